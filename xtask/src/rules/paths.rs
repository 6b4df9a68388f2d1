//! A document that names a file which is not there misleads. Held here: links and backticked paths of
//! Markdown documents, and backticked paths of Rust doc comments. Fenced blocks are examples and are not read.
//!
//! What a build makes (`target/`, `web/dist/`, a data folder) is not in the tree and may be named.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, is_test_data, numbered};

pub const NAME: &str = "paths";
pub const SAYS: &str = "every path that a document names exists";

const GENERATED: &[&str] = &["target", "web/dist", "web/node_modules", "data"];
/// A bare file name in backticks is a path when it ends like source or a document.
const SOURCE: &[&str] = &["rs", "sql", "md", "sh", "svelte"];

/// Named paths that are not there.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| !is_test_data(path)) {
        let named: Vec<(usize, String)> = match ending(path) {
            "md" => in_markdown(text),
            "rs" => in_doc_comments(text),
            _ => continue,
        };
        let is_document = ending(path) == "md";
        for (line, name) in named {
            let gone = match name.strip_prefix("link:") {
                Some(target) => !resolves(tree, path, target),
                None => is_path(tree, &name, is_document) && !resolves(tree, path, &name),
            };
            if gone {
                let name = name.trim_start_matches("link:");
                findings.push(Finding::new(NAME, path, line, format!("names `{name}`, which is not there")));
            }
        }
    }
    findings
}

/// Backticked words, and link targets marked `link:`, with their lines.
fn in_markdown(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in numbered(text) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        found.extend(backticked(line).map(|word| (number, word.to_owned())));
        found.extend(link_targets(line).map(|target| (number, format!("link:{target}"))));
    }
    found
}

fn in_doc_comments(text: &str) -> Vec<(usize, String)> {
    numbered(text)
        .filter(|(_, line)| line.trim_start().starts_with("//!") || line.trim_start().starts_with("///"))
        .flat_map(|(number, line)| backticked(line).map(move |word| (number, word.to_owned())))
        .collect()
}

fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).map(str::trim)
}

/// Targets of `[text](target)` that point into this repository.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split_whitespace().next()?;
        let target = target.split('#').next().unwrap_or("");
        let outside = target.contains("://") || target.starts_with("mailto:") || target.is_empty();
        (!outside).then_some(target)
    })
}

/// Does this backticked word claim to be a path of the repository?
fn is_path(tree: &Tree, word: &str, in_document: bool) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:".contains(c));
    if !plain || word.starts_with('/') || word.contains("://") || word.contains("::") {
        return false;
    }
    let word = without_line(word);
    match word.split_once('/') {
        Some((first, _)) => tree.has(first) && !first.is_empty() && first != "." || first == "..",
        None => in_document && SOURCE.contains(&ending(word)) && !word.starts_with('.'),
    }
}

/// `src/a.rs:12` names `src/a.rs`.
fn without_line(word: &str) -> &str {
    match word.split_once(':') {
        Some((path, line)) if line.chars().all(|c| c.is_ascii_digit()) => path,
        _ => word,
    }
}

/// From the root, from the document's own folder, or, for a bare name, anywhere in the tree.
fn resolves(tree: &Tree, document: &str, named: &str) -> bool {
    let named = without_line(named).trim_start_matches("./");
    if named.starts_with("../") && !document.contains('/') {
        return false; // beside the repository: a clone does not have it
    }
    let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
    let near = joined(folder, named);
    let generated = |path: &str| {
        GENERATED.iter().any(|made| {
            path == *made || path.trim_end_matches('/') == *made || path.starts_with(&format!("{made}/"))
        })
    };
    let anywhere =
        || !named.contains('/') && tree.files.keys().any(|path| path.ends_with(&format!("/{named}")));
    generated(named)
        || near.as_deref().is_some_and(|near| generated(near) || tree.has(near))
        || tree.has(named)
        || anywhere()
}

/// `folder` and `path` together, with `..` taken out; `None` when it leaves the repository.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(document: &str, text: &str) -> Vec<usize> {
        let tree = Tree::of(&[(document, text), ("docs/operate.md", ""), ("crates/app/src/lib.rs", "")]);
        check(&tree).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_backticked_path_that_is_gone_is_found() {
        let text = "See `crates/app/src/lib.rs`.\nSee `crates/app/src/gone.rs:12`.\nSee `GONE.md`.\n";
        assert_eq!(lines("README.md", text), [2, 3]);
    }

    #[test]
    fn a_link_that_is_gone_is_found() {
        let text = "[a](docs/operate.md#ports)\n[b](docs/gone.md)\n[c](https://example.org/x)\n[d](#here)\n";
        assert_eq!(lines("README.md", text), [2]);
    }

    #[test]
    fn links_start_at_the_documents_own_folder() {
        assert_eq!(lines("docs/index/a.md", "[up](../operate.md) [gone](../gone.md)\n"), [1]);
        assert_eq!(lines("docs/index/a.md", "[up](../operate.md)\n[out](../../../x.md)\n"), [2]);
    }

    #[test]
    fn what_a_build_makes_and_what_is_no_path_may_be_named() {
        let text = "`target/release/gridward` `web/dist` `application/json` `/api/v1/cases` `app::case` `cargo test`\n";
        assert_eq!(lines("README.md", text), Vec::<usize>::new());
    }

    #[test]
    fn fenced_examples_are_not_read() {
        assert_eq!(lines("README.md", "```\n`crates/gone`\n```\n`crates/gone`\n"), [4]);
    }

    #[test]
    fn doc_comments_are_held_too() {
        assert_eq!(
            lines("crates/app/src/a.rs", "//! See `docs/gone.md`.\nlet x = \"`docs/gone.md`\";\n"),
            [1]
        );
    }

    #[test]
    fn what_lies_beside_the_repository_is_not_there() {
        assert_eq!(lines("README.md", "`../elsewhere/data`\n"), [1]);
    }
}
