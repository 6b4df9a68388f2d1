//! THIRD_PARTY.md: what the binary is built from and under which licences, written from the locked
//! dependencies. What the demo data is made from stands in NOTICE.md, by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::metadata::{self, Package};

const FILE: &str = "THIRD_PARTY.md";
const WEB_LOCK: &str = "web/package-lock.json";

/// Writes the file anew.
pub fn write(root: &Path) -> Result<(), String> {
    let text = text(root)?;
    std::fs::write(root.join(FILE), text).map_err(|error| format!("cannot write {FILE}: {error}"))
}

/// `true` when the file says what would be written now; says so otherwise.
pub fn is_current(root: &Path) -> Result<bool, String> {
    let now = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let current = now == text(root)?;
    if !current {
        println!("{FILE} is out of date: run `cargo xtask notices`");
    }
    Ok(current)
}

fn text(root: &Path) -> Result<String, String> {
    let (packages, resolve) = metadata::locked(root)?;
    let web = match std::fs::read_to_string(root.join(WEB_LOCK)) {
        Ok(lock) => web_packages(&lock)?,
        Err(_) => BTreeSet::new(),
    };
    Ok(page(&shipped(&packages, &resolve), &web))
}

/// Crates from elsewhere that the binary needs to run: no tests, no build scripts of ours.
fn shipped<'a>(packages: &'a [Package], resolve: &Value) -> Vec<&'a Package> {
    let by_id: BTreeMap<&str, &Package> =
        packages.iter().map(|package| (package.id.as_str(), package)).collect();
    let edges: BTreeMap<&str, Vec<&str>> = resolve["nodes"]
        .as_array()
        .map(|nodes| nodes.iter().filter_map(|node| Some((node["id"].as_str()?, needed(node)))).collect())
        .unwrap_or_default();
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> =
        packages.iter().filter(|package| package.name == "gridward").map(|p| p.id.as_str()).collect();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(edges.get(id).into_iter().flatten().copied());
        }
    }
    let mut shipped: Vec<&Package> = found.iter().filter_map(|id| by_id.get(id).copied()).collect();
    shipped.retain(|package| !package.manifest.starts_with("crates/"));
    shipped.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    shipped
}

/// Ids that a node needs other than for its tests.
fn needed(node: &Value) -> Vec<&str> {
    let kinds = |dep: &Value| {
        dep["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] != "dev"))
    };
    node["deps"]
        .as_array()
        .map(|deps| deps.iter().filter(|dep| kinds(dep)).filter_map(|dep| dep["pkg"].as_str()).collect())
        .unwrap_or_default()
}

/// Name, version and licence of what the web pages are made with, development tools left out.
fn web_packages(lock: &str) -> Result<BTreeSet<(String, String, String)>, String> {
    let lock: Value =
        serde_json::from_str(lock).map_err(|error| format!("{WEB_LOCK} is no JSON: {error}"))?;
    let packages = lock["packages"].as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("not stated").to_owned();
    Ok(packages
        .iter()
        .filter(|(path, package)| {
            path.contains("node_modules/") && package["dev"] != true && package["optional"] != true
        })
        .filter_map(|(path, package)| {
            let name = path.rsplit("node_modules/").next()?;
            Some((name.to_owned(), text(&package["version"]), text(&package["license"])))
        })
        .collect())
}

fn page(crates: &[&Package], web: &BTreeSet<(String, String, String)>) -> String {
    let mut page = String::from(
        "# Third-party notices\n\nWritten by `cargo xtask notices` from the lock files; do not edit. The sources and licence texts of each\n\
         part come with its package. What the demo city's data is made from is in [NOTICE.md](NOTICE.md).\n",
    );
    let mut licences: BTreeMap<&str, usize> = BTreeMap::new();
    for package in crates {
        *licences.entry(package.license.as_deref().unwrap_or("not stated")).or_default() += 1;
    }
    let _ =
        write!(page, "\n## In the binary\n\n{} crates.\n\n| licence | crates |\n|---|---:|\n", crates.len());
    for (licence, count) in &licences {
        let _ = writeln!(page, "| {licence} | {count} |");
    }
    page.push_str("\n| crate | version | licence |\n|---|---|---|\n");
    for package in crates {
        let name = match package.repository.as_deref() {
            Some(at) if at.starts_with("https://") => format!("[{}]({at})", package.name),
            _ => package.name.clone(),
        };
        let _ = writeln!(
            page,
            "| {name} | {} | {} |",
            package.version,
            package.license.as_deref().unwrap_or("not stated")
        );
    }
    if !web.is_empty() {
        let _ = write!(page, "\n## In the web pages\n\n| package | version | licence |\n|---|---|---|\n");
        for (name, version, licence) in web {
            let _ = writeln!(page, "| {name} | {version} | {licence} |");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, manifest: &str, license: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            id: name.to_owned(),
            manifest: manifest.to_owned(),
            license: license.map(str::to_owned),
            ..Package::default()
        }
    }

    #[test]
    fn only_what_the_binary_needs_is_listed() {
        let packages = [
            package("gridward", "crates/gridward/Cargo.toml", None),
            package("app", "crates/app/Cargo.toml", None),
            package("deep", "/far/deep/Cargo.toml", Some("MIT")),
            package("only-tests", "/far/only-tests/Cargo.toml", Some("MIT")),
        ];
        let resolve = serde_json::json!({ "nodes": [
            { "id": "gridward", "deps": [ { "pkg": "app", "dep_kinds": [ { "kind": null } ] },
                                          { "pkg": "only-tests", "dep_kinds": [ { "kind": "dev" } ] } ] },
            { "id": "app", "deps": [ { "pkg": "deep", "dep_kinds": [ { "kind": null }, { "kind": "dev" } ] } ] },
        ] });
        let names: Vec<_> = shipped(&packages, &resolve).iter().map(|package| package.name.clone()).collect();
        assert_eq!(names, ["deep"]);
    }

    #[test]
    fn a_crate_that_states_no_licence_is_said_so() {
        let crates = [package("quiet", "/far/quiet/Cargo.toml", None)];
        let page = page(&[&crates[0]], &BTreeSet::new());
        assert!(page.contains("| quiet | 1.0.0 | not stated |") && !page.contains("## In the web pages"));
    }

    #[test]
    fn tools_of_the_web_build_are_left_out() {
        let lock = r#"{"packages":{"":{},"node_modules/a":{"version":"1.0.0","license":"MIT"},"node_modules/b":{"dev":true}}}"#;
        let found = web_packages(lock).unwrap();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("a".to_owned(), "1.0.0".to_owned(), "MIT".to_owned())]
        );
    }
}
