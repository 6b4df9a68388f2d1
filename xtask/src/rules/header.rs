//! Every Rust file opens by saying what lives in it and what does not.

use crate::finding::Finding;
use crate::tree::Tree;

pub const NAME: &str = "header";
pub const SAYS: &str = "every .rs file opens with //! and says what lives here";

/// A header shorter than this many letters says nothing.
const LEAST_LETTERS: usize = 12;

/// Rust files whose first line is not `//!` with some words.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts()
        .filter(|(path, _)| crate::words::ending(path) == "rs")
        .filter_map(|(path, text)| {
            let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
            match first.strip_prefix("//!") {
                None => Some(Finding::new(
                    NAME,
                    path,
                    1,
                    "opens without //!: say what lives here and what does not",
                )),
                Some(words) if words.trim().len() < LEAST_LETTERS => {
                    Some(Finding::new(NAME, path, 1, "the //! header says nothing yet"))
                }
                Some(_) => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let tree = Tree::of(&[
            ("a.rs", "use std::fmt;\n"),
            ("b.rs", "//! The law of the loop.\n"),
            ("c.rs", "//! x\n"),
        ]);
        let found: Vec<_> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["a.rs", "c.rs"]);
    }

    #[test]
    fn an_empty_file_is_found_and_other_files_are_left_alone() {
        let found = check(&Tree::of(&[("a.rs", ""), ("b.sql", "SELECT 1")]));
        assert_eq!(found.len(), 1);
    }
}
