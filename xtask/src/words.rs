//! Taking names and lines apart: what several rules need to read source text without a parser.

/// The words of an identifier in lower case: `CaseManagerId` and `case_manager_id` both give
/// `case`, `manager`, `id`. An acronym is one word (`HTTPServer`: `http`, `server`).
pub fn humps(identifier: &str) -> Vec<String> {
    let chars: Vec<char> = identifier.chars().collect();
    let mut words = vec![String::new()];
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let after_lower = i > 0 && (chars[i - 1].is_lowercase() || chars[i - 1].is_ascii_digit());
        let ends_acronym =
            i > 0 && chars[i - 1].is_uppercase() && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || ends_acronym) {
            words.push(String::new());
        }
        words.last_mut().expect("starts with one word").extend(c.to_lowercase());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The runs of letters, digits and `_` in a text.
pub fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Lines with their numbers, from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line))
}

/// The ending of a path after its last dot, without the folder; empty where there is none.
pub fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Is this file's content data that tests read (fixtures, golden files, recorded snapshots)?
pub fn is_test_data(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "testdata" | "fixtures" | "golden" | "snapshots" | "corpus"))
        || ending(path) == "snap"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_come_apart_at_their_humps() {
        assert_eq!(humps("CaseManagerId"), ["case", "manager", "id"]);
        assert_eq!(humps("case_manager_id"), ["case", "manager", "id"]);
        assert_eq!(humps("HTTPServer2Go"), ["http", "server2", "go"]);
        assert_eq!(humps("surface"), ["surface"]);
        assert!(humps("__").is_empty());
    }

    #[test]
    fn endings_do_not_come_from_folders() {
        assert_eq!(ending("a.b/c"), "");
        assert_eq!(ending("a.b/c.rs"), "rs");
    }
}
