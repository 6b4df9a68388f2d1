//! Both languages are whole. That the message files of `web/src/i18n` have the same keys is held by the
//! TypeScript compiler; here is what it cannot see: a label written straight into a component, and Chinese
//! left in the English file.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, numbered};

pub const NAME: &str = "i18n";
pub const SAYS: &str = "no Chinese label outside the message files, and none left in the English one";

/// Components that speak Chinese by themselves, and English messages that do.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| path.starts_with("web/src/")) {
        let says = match (ending(path), path.ends_with("/i18n/en.ts")) {
            ("svelte", _) => "writes a label into the page: put it into both message files",
            (_, true) => "Chinese in the English messages",
            _ => continue,
        };
        for (number, line) in numbered(text) {
            // The name of a language is written in that language.
            if has_chinese(without_comment(line)) && !line.contains("lang=\"zh-CN\"") {
                findings.push(Finding::new(NAME, path, number, says));
            }
        }
    }
    findings
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c))
}

/// A line of a comment says nothing to the user.
fn without_comment(line: &str) -> &str {
    let start = line.trim_start();
    if ["//", "/*", "*", "<!--"].iter().any(|mark| start.starts_with(mark)) {
        return "";
    }
    line.split(" // ").next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_label_in_a_component_is_found() {
        assert_eq!(
            lines("web/src/a/A.svelte", "<!-- 队列 -->\n<h1>队列</h1>\n<p>{say.app.queue}</p>\n"),
            [2]
        );
    }

    #[test]
    fn the_name_of_the_language_itself_passes() {
        assert!(lines("web/src/a/A.svelte", "<button lang=\"zh-CN\">中文</button>\n").is_empty());
    }

    #[test]
    fn chinese_in_the_english_messages_is_found() {
        assert_eq!(lines("web/src/i18n/en.ts", "  queue: 'Queue', // 队列\n  desk: '工作台',\n"), [2]);
        assert!(lines("web/src/i18n/zh.ts", "  desk: '工作台',\n").is_empty());
    }
}
