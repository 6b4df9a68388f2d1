//! What the product refuses to hold has no place to be held: no column, table or API field for a face, a
//! licence plate, an identity vector, a person's track, a watch list or a score of a resident.
//!
//! Held for SQL migrations and the OpenAPI snapshot, by the words that names are made of. That the values
//! behind other names are innocent is for reviewers and for the tests of the crates.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, humps, identifiers, numbered};

pub const NAME: &str = "privacy";
pub const SAYS: &str =
    "no schema has a field for a face, a plate, an identity vector, a track or a watch list";

/// Single words that no name may contain.
#[rustfmt::skip] // a table, best read as one
const WORDS: &[&str] = &[
    "face", "faces", "facial", "faceprint", "plate", "plates", "embedding", "embeddings", "gait", "iris",
    "biometric", "biometrics", "fingerprint", "track", "tracks", "tracking", "trajectory", "trajectories",
    "watchlist", "blacklist", "reid", "suspect", "suspects",
];
/// Pairs of words that no name may contain side by side.
#[rustfmt::skip] // a table, best read as one
const PAIRS: &[(&str, &str)] = &[
    ("identity", "vector"), ("feature", "vector"), ("person", "vector"), ("face", "id"), ("watch", "list"),
    ("person", "score"), ("resident", "score"), ("social", "credit"), ("online", "minutes"), ("raw", "positions"),
];

/// Names in migrations and API descriptions that could hold what is refused.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        let is_migration =
            ending(path) == "sql" && (path.contains("/sqlite/") || path.contains("/postgres/"));
        let is_openapi =
            path.to_lowercase().contains("openapi") && matches!(ending(path), "json" | "snap" | "yaml");
        for (number, line) in numbered(text) {
            let names: Vec<&str> = match (is_migration, is_openapi) {
                (true, _) => identifiers(without_comment(line)).collect(),
                (_, true) => api_names(line),
                _ => break,
            };
            for name in names {
                if let Some(refused) = refused(name) {
                    let says = format!("`{name}` could hold what the product refuses to hold ({refused})");
                    findings.push(Finding::new(NAME, path, number, says));
                }
            }
        }
    }
    findings
}

/// What stands before `--`, with quoted text taken out: comments may say what is refused.
fn without_comment(line: &str) -> &str {
    let line = line.split("--").next().unwrap_or(line);
    if line.trim_start().to_ascii_lowercase().starts_with("comment on") {
        line.split('\'').next().unwrap_or(line)
    } else {
        line
    }
}

/// Property names (`"name":`) and names of parameters (`"name": "value"`) of a line of JSON.
fn api_names(line: &str) -> Vec<&str> {
    let Some((key, value)) = line.split_once("\":") else { return Vec::new() };
    let key = key.trim().trim_start_matches(['{', ' ', '"']);
    let value = value.trim().trim_matches([',', '"']);
    if key == "name" { vec![value] } else { vec![key] }
}

fn refused(name: &str) -> Option<String> {
    let words = humps(name);
    let single = words.iter().find(|word| WORDS.contains(&word.as_str())).cloned();
    single.or_else(|| {
        words
            .windows(2)
            .find(|pair| PAIRS.contains(&(pair[0].as_str(), pair[1].as_str())))
            .map(|pair| pair.join(" "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_column_for_a_plate_is_found_on_both_databases() {
        let sql = "CREATE TABLE observation (\n  id BLOB,\n  number_plate TEXT, -- never\n  face_id BLOB,\n  identity_vector BLOB\n);\n";
        assert_eq!(lines("m/sqlite/0001_a.sql", sql), [3, 4, 5]);
        assert_eq!(lines("m/postgres/0001_a.sql", sql), [3, 4, 5]);
    }

    #[test]
    fn words_that_only_contain_a_refused_one_pass() {
        let sql = "CREATE TABLE template (surface TEXT, platelet BIGINT, backtracked BIGINT); -- no face, no plate\n\
                   COMMENT ON TABLE template IS 'holds no track';\n";
        assert!(lines("m/postgres/0001_a.sql", sql).is_empty());
    }

    #[test]
    fn an_api_field_for_a_face_or_a_track_is_found() {
        let api = "{\n  \"properties\": {\n    \"faceId\": {\n      \"description\": \"the face\"\n    }\n  },\n  \"name\": \"worker_track\",\n}\n";
        assert_eq!(lines("docs/openapi.json", api), [3, 7]);
    }

    #[test]
    fn other_files_may_speak_of_what_is_refused() {
        assert!(lines("README.md", "no face, no plate\n").is_empty());
    }
}
