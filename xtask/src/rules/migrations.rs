//! Two databases, one history: every migration exists under `sqlite/` and `postgres/` with the same number
//! and name, and the numbers run without a gap. What a migration says is tested in the store.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::ending;

pub const NAME: &str = "migrations";
pub const SAYS: &str = "every migration exists under sqlite/ and postgres/ with the same number and name";

const DIALECTS: [&str; 2] = ["sqlite", "postgres"];

/// Migrations without a twin, with a number used twice, or after a gap.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut folders: BTreeMap<String, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for path in tree.files.keys().filter(|path| ending(path) == "sql") {
        for (i, dialect) in DIALECTS.iter().enumerate() {
            if let Some((folder, name)) = path.split_once(&format!("/{dialect}/")) {
                folders.entry(folder.to_owned()).or_default()[i].insert(name);
            }
        }
    }
    folders.iter().flat_map(|(folder, names)| check_folder(folder, names)).collect()
}

fn check_folder(folder: &str, names: &[BTreeSet<&str>; 2]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (here, there) in [(0, 1), (1, 0)] {
        for name in names[here].difference(&names[there]) {
            let path = format!("{folder}/{}/{name}", DIALECTS[here]);
            findings.push(Finding::new(NAME, &path, 0, format!("has no twin under {}/", DIALECTS[there])));
        }
    }
    for (names, dialect) in names.iter().zip(DIALECTS) {
        for (expected, name) in (1..).zip(names) {
            let number = name.split('_').next().and_then(|digits| digits.parse::<usize>().ok());
            if number != Some(expected) {
                let path = format!("{folder}/{dialect}/{name}");
                let says =
                    format!("should carry the number {expected:04}: numbers are used once and leave no gap");
                findings.push(Finding::new(NAME, &path, 0, says));
                break;
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        check(&Tree::of(&files)).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn twins_with_running_numbers_pass() {
        assert!(
            found(&[
                "m/sqlite/0001_a.sql",
                "m/postgres/0001_a.sql",
                "m/sqlite/0002_b.sql",
                "m/postgres/0002_b.sql"
            ])
            .is_empty()
        );
    }

    #[test]
    fn a_migration_without_a_twin_is_found() {
        assert_eq!(
            found(&["m/sqlite/0001_a.sql"]),
            ["m/sqlite/0001_a.sql: [migrations] has no twin under postgres/"]
        );
        assert_eq!(found(&["m/sqlite/0001_a.sql", "m/postgres/0001_b.sql"]).len(), 2);
    }

    #[test]
    fn a_gap_and_a_number_used_twice_are_found() {
        assert_eq!(found(&["m/sqlite/0002_a.sql", "m/postgres/0002_a.sql"]).len(), 2);
        let twice =
            ["m/sqlite/0001_a.sql", "m/sqlite/0001_b.sql", "m/postgres/0001_a.sql", "m/postgres/0001_b.sql"];
        assert_eq!(found(&twice).len(), 2);
    }
}
