//! A function fits one screen. Read off the indentation that rustfmt gives: a function ends at the first
//! closing brace that stands under its first line.
//!
//! A table is best read as one, and says so: `#[rustfmt::skip]` or a comment `// table: why` above it.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, numbered};

pub const NAME: &str = "functions";
pub const SAYS: &str = "no Rust function of more than 100 lines, unless it is a table";

/// The aim is 25 and the wish 60; this is where reading breaks down.
const LIMIT: usize = 100;

/// Functions that are too long.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.texts()
        .filter(|(path, _)| ending(path) == "rs")
        .flat_map(|(path, text)| check_file(path, text))
        .collect()
}

fn check_file(path: &str, text: &str) -> Vec<Finding> {
    let lines: Vec<(usize, &str)> = numbered(text).collect();
    let mut findings = Vec::new();
    for (at, (number, line)) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let closing = format!("{indent}}}");
        let Some(length) = lines[at..].iter().position(|(_, line)| *line == closing) else { continue };
        let says_table = lines[..at]
            .iter()
            .rev()
            .map(|(_, above)| above.trim())
            .take_while(|above| above.starts_with("#[") || above.starts_with("//"))
            .any(|above| above.contains("rustfmt::skip") || above.starts_with("// table:"));
        if length + 1 > LIMIT && !says_table {
            findings.push(Finding::new(
                NAME,
                path,
                *number,
                format!("`{name}` has {} lines, more than {LIMIT}", length + 1),
            ));
        }
    }
    findings
}

/// The name of the function whose first line this is, when its body opens on a later line or at its end.
fn function_name(line: &str) -> Option<&str> {
    let words = line.trim_start();
    if words.starts_with("//") || words.ends_with(';') || words.ends_with('}') {
        return None;
    }
    let before_name = words.find("fn ")?;
    let qualifiers = words[..before_name].split_whitespace();
    let known = |word: &str| {
        matches!(word, "pub" | "const" | "async" | "unsafe" | "extern") || word.starts_with("pub(")
    };
    if !qualifiers.into_iter().all(|word| known(word) || word.ends_with(')')) {
        return None;
    }
    words[before_name + 3..]
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(above: &str, lines: usize) -> String {
        format!(
            "impl Case {{\n{above}    pub(crate) async fn long(\n        self,\n    ) {{\n{}    }}\n}}\n",
            "        step();\n".repeat(lines)
        )
    }

    #[test]
    fn a_long_function_is_found_with_its_length() {
        let found = check(&Tree::of(&[("a.rs", &function("", 97))]));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].says.as_str()), (2, "`long` has 101 lines, more than 100"));
    }

    #[test]
    fn a_short_function_passes() {
        assert!(check(&Tree::of(&[("a.rs", &function("", 96))])).is_empty());
    }

    #[test]
    fn a_table_passes_when_it_says_so() {
        assert!(
            check(&Tree::of(&[("a.rs", &function("    // table: the law of the loop\n", 300))])).is_empty()
        );
        assert!(check(&Tree::of(&[("a.rs", &function("    #[rustfmt::skip]\n", 300))])).is_empty());
    }

    #[test]
    fn a_mention_of_a_function_is_none() {
        assert_eq!(function_name("    // fn old() {"), None);
        assert_eq!(function_name("    fn asked(&self);"), None);
        assert_eq!(function_name("    let f: fn (u8) = 3 +"), None);
    }
}
