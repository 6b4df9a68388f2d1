//! Imports point down. The table is the picture in ARCHITECTURE.md; Cargo keeps crates apart only where a
//! manifest leaves an edge out, so the manifests are held to the table. What a crate may know of the outside
//! (a database, HTTP, the clock) is held by the second table and by each crate's clippy.toml.

use crate::finding::Finding;
use crate::metadata::Package;
use crate::tree::Tree;

pub const NAME: &str = "edges";
pub const SAYS: &str = "imports between crates point down, and heavy dependencies stay behind their door";

/// Who may import whom. A test may also import whatever its crate reaches indirectly,
/// and its own crate with more features.
#[rustfmt::skip] // a table, best read as one
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain",   &[]),
    ("index",    &[]),
    ("sheet",    &[]), // CSV, XLSX and zip, parsers of foreign files; knows tables, not what they mean
    ("store",    &["domain"]),
    ("app",      &["domain", "store", "index", "sheet"]),
    ("api",      &["domain", "store", "app", "index", "sheet"]), // store: rows of lists and the feed are read as they are
    ("video",    &["domain", "app"]),
    ("sim",      &["domain", "store", "app", "index"]), // store: people and units are seeded as rows
    ("gridward", &["domain", "store", "app", "api", "video", "sim", "index", "sheet"]),
    ("crashlab", &["domain", "store"]), // a failing disk; alone because it needs unsafe code. Nobody imports it
    ("xtask",    &[]),
];

/// Outside crates with one door: only these crates may ask for them, tests excepted.
#[rustfmt::skip] // a table, best read as one
const DOORS: &[(&str, &[&str])] = &[
    ("rusqlite",          &["store", "crashlab"]),
    ("tokio-postgres",    &["store"]),
    ("deadpool-postgres", &["store"]),
    ("axum",              &["api", "gridward"]),
    ("utoipa",            &["api", "gridward"]),
    ("clap",              &["gridward"]),
    ("calamine",          &["sheet"]),
    ("rust_xlsxwriter",   &["sheet"]),
    ("encoding_rs",       &["sheet"]),
    ("zip",               &["sheet"]),
];

/// What makes a pure crate impure: it would know the time, chance, the network or a runtime.
const IMPURE: &[&str] = &["tokio", "async-trait", "futures", "hyper", "reqwest", "tracing"];
const PURE: &[&str] = &["domain", "index"];

/// Every edge that the tables do not allow.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.packages.iter().flat_map(|package| check_package(package, tree)).collect()
}

fn check_package(package: &Package, tree: &Tree) -> Vec<Finding> {
    let at = |says: String| Finding::new(NAME, &package.manifest, 0, says);
    let Some(allowed) = allowed(&package.name) else {
        return vec![at(format!(
            "the crate {} is not in the table of xtask/src/rules/edges.rs: add it with the import it forbids",
            package.name
        ))];
    };
    let below = reach(&package.name);
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        let ours = tree.packages.iter().any(|other| other.name == name);
        if ours {
            let in_tests = name == package.name || below.contains(&name);
            let fine = allowed.contains(&name) || (dependency.dev && in_tests);
            if !fine {
                findings.push(at(format!("{} must not import {name}: imports point down", package.name)));
            }
            continue;
        }
        if dependency.dev {
            continue;
        }
        if let Some((_, keepers)) = DOORS.iter().find(|(door, _)| *door == name)
            && !keepers.contains(&package.name.as_str())
        {
            findings.push(at(format!(
                "{name} belongs to {}, not to {}",
                keepers.join(" and "),
                package.name
            )));
        }
        if PURE.contains(&package.name.as_str()) && IMPURE.contains(&name) {
            findings.push(at(format!("{} is pure and must not ask for {name}", package.name)));
        }
    }
    findings
}

fn allowed(name: &str) -> Option<&'static [&'static str]> {
    MAY_IMPORT.iter().find(|(from, _)| *from == name).map(|(_, to)| *to)
}

/// Everything below a crate, by any number of allowed steps.
fn reach(name: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = allowed(name).unwrap_or_default().to_vec();
    let mut next = 0;
    while next < found.len() {
        for to in allowed(found[next]).unwrap_or_default() {
            if !found.contains(to) {
                found.push(to);
            }
        }
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn package(name: &str, normal: &[&str], dev: &[&str]) -> Package {
        let asked = |names: &[&str], dev| {
            names.iter().map(|name| Dependency { name: (*name).to_owned(), dev }).collect::<Vec<_>>()
        };
        Package {
            name: name.to_owned(),
            manifest: format!("crates/{name}/Cargo.toml"),
            dependencies: [asked(normal, false), asked(dev, true)].concat(),
            ..Package::default()
        }
    }

    fn says(packages: Vec<Package>) -> Vec<String> {
        let tree = Tree { packages, ..Tree::default() };
        check(&tree).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn the_picture_of_the_house_passes() {
        let house = vec![
            package("domain", &["jiff", "serde"], &["proptest"]),
            package("store", &["domain", "rusqlite"], &[]),
            package("app", &["domain", "store"], &[]),
            package("api", &["app", "domain", "axum"], &["store", "rusqlite"]),
        ];
        assert_eq!(says(house), Vec::<String>::new());
    }

    #[test]
    fn an_upward_import_is_found() {
        let house = vec![package("domain", &["store"], &[]), package("store", &[], &[])];
        assert_eq!(says(house), ["domain must not import store: imports point down"]);
    }

    #[test]
    fn an_upward_import_is_found_in_tests_too() {
        let house = vec![package("store", &[], &["app"]), package("app", &[], &[])];
        assert_eq!(says(house), ["store must not import app: imports point down"]);
    }

    #[test]
    fn an_edge_that_skips_the_shell_is_found() {
        let house = vec![package("domain", &["store"], &[]), package("store", &[], &[])];
        assert_eq!(says(house), ["domain must not import store: imports point down"]);
    }

    #[test]
    fn a_crate_may_test_itself_with_more_features() {
        assert_eq!(says(vec![package("store", &[], &["store"])]), Vec::<String>::new());
        assert_eq!(says(vec![package("store", &["store"], &[])]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_line_in_the_table_is_found() {
        assert!(says(vec![package("common", &[], &[])])[0].contains("is not in the table"));
    }

    #[test]
    fn a_database_outside_the_store_and_a_runtime_in_the_core_are_found() {
        let house = vec![package("app", &["rusqlite"], &[]), package("domain", &["tokio"], &[])];
        assert_eq!(
            says(house),
            [
                "rusqlite belongs to store and crashlab, not to app",
                "domain is pure and must not ask for tokio"
            ]
        );
    }

    #[test]
    fn the_table_has_no_circle() {
        for (name, _) in MAY_IMPORT {
            assert!(!reach(name).contains(name), "{name} reaches itself");
        }
    }
}
