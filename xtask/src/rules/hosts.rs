//! Where packages come from is a setting of the machine, not of this tree: no file names the host of a
//! package registry, and no lock file pins one. Cargo.lock's own name for its index is Cargo's, and stays.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::numbered;

pub const NAME: &str = "hosts";
pub const SAYS: &str = "no file names the host of a package registry";

/// In two pieces, so that this file names none either.
#[rustfmt::skip] // a table, best read as one
const HOSTS: &[(&str, &str)] = &[
    ("crates", ".io"),
    ("registry.npmjs", ".org"),
    ("registry.yarnpkg", ".com"),
    ("npmmirror", ".com"),
    ("pypi", ".org"),
    ("pythonhosted", ".org"),
    ("deb.debian", ".org"),
    ("security.debian", ".org"),
    ("rsproxy", ".cn"),
];

/// Lines that name a registry's host.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        if path == "Cargo.lock" {
            continue;
        }
        for (number, line) in numbered(text) {
            if let Some(host) = named_in(line) {
                findings.push(Finding::new(NAME, path, number, format!("names the registry host {host}")));
            } else if path.ends_with("package-lock.json") && line.contains("\"resolved\": \"http") {
                let says = "pins a download address: make the lock with omit-lockfile-registry-resolved=true";
                findings.push(Finding::new(NAME, path, number, says));
            }
        }
    }
    findings
}

fn named_in(line: &str) -> Option<String> {
    let line = line.to_ascii_lowercase();
    HOSTS.iter().find_map(|(name, zone)| {
        let at = line.find(name)?;
        let rest = &line[at + name.len()..];
        rest.starts_with(zone).then(|| format!("{name}{zone}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_registry_is_found() {
        let host = HOSTS[1].0.to_owned() + HOSTS[1].1;
        let tree = Tree::of(&[("web/.npmrc", &format!("# ours\nregistry=https://{host}/\n"))]);
        let found = check(&tree);
        assert_eq!((found.len(), found[0].line), (1, 2));
    }

    #[test]
    fn a_pinned_download_is_found_in_the_web_lock() {
        let tree =
            Tree::of(&[("web/package-lock.json", "{\n  \"resolved\": \"http://10.0.0.1/x.tgz\"\n}\n")]);
        assert_eq!(check(&tree).len(), 1);
    }

    #[test]
    fn the_rust_lock_and_other_hosts_are_left_alone() {
        let index = format!(
            "source = \"registry+https://github.com/rust-lang/{}{}-index\"\n",
            HOSTS[0].0, HOSTS[0].1
        );
        assert!(check(&Tree::of(&[("Cargo.lock", &index), ("README.md", "https://nodejs.org")])).is_empty());
    }
}
