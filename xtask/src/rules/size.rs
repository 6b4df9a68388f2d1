//! A file is one idea. 250 lines is the aim, 500 the moment to look for a seam, and 800 the end, unless the
//! file is a table and says so in its first lines with `tidy: table` and the reason.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, is_test_data};

pub const NAME: &str = "size";
pub const SAYS: &str =
    "no source file of 800 lines or more, unless its first lines say `tidy: table` and why";

const LIMIT: usize = 800;
const FIRST_LINES: usize = 5;
const SOURCE: &[&str] = &["rs", "ts", "js", "mjs", "svelte", "css", "sql", "sh", "py", "html"];

/// Source files that are too long.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts()
        .filter(|(path, _)| SOURCE.contains(&ending(path)) && !is_test_data(path))
        .filter_map(|(path, text)| {
            let lines = text.lines().count();
            let is_table = text.lines().take(FIRST_LINES).any(|line| line.contains("tidy: table"));
            (lines >= LIMIT && !is_table)
                .then(|| Finding::new(NAME, path, 0, format!("{lines} lines: look for a seam and split it")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_eight_hundred_lines_is_refused() {
        let (long, short) = ("x\n".repeat(LIMIT), "x\n".repeat(LIMIT - 1));
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", &short), ("c.csv", &long)]);
        let found: Vec<_> = check(&tree).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, ["a.rs"]);
    }

    #[test]
    fn a_table_that_says_so_may_be_long() {
        let table = format!("//! Deadlines.\n//! tidy: table, one example a line\n{}", "x\n".repeat(LIMIT));
        assert!(check(&Tree::of(&[("a.rs", &table)])).is_empty());
        let late = format!("{}// tidy: table\n", "x\n".repeat(LIMIT));
        assert_eq!(check(&Tree::of(&[("a.rs", &late)])).len(), 1);
    }
}
