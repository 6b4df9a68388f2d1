//! One thing, one word. GLOSSARY.md says which words mean nothing here; this rule reads them from there and
//! looks for them in the names of types, modules and files. Prose, functions and values are left alone.
//! The other way round, every step and act of the loop has its line in the glossary.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, humps, identifiers, is_test_data, numbered};

pub const NAME: &str = "vocabulary";
pub const SAYS: &str = "names use no word that GLOSSARY.md gives up, and it knows every step and act";

const GLOSSARY: &str = "GLOSSARY.md";
/// The section of the glossary whose table holds the words, first column in backticks.
const SECTION: &str = "## Words we do not use";
/// Where the loop is declared, and the enums that are its words.
const LOOP: (&str, &[&str]) = ("crates/domain/src/case/", &["Act", "Step"]);
const DECLARES: &[&str] = &["struct", "enum", "trait", "type", "mod", "union", "class", "interface"];
const CODE: &[&str] = &["rs", "ts", "js", "mjs", "svelte", "sql", "py"];

/// Names made with a given-up word.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(glossary) = tree.text(GLOSSARY) else {
        return vec![Finding::new(NAME, GLOSSARY, 0, "is missing: it says which words are used")];
    };
    let given_up = given_up(glossary);
    if given_up.is_empty() {
        return vec![Finding::new(
            NAME,
            GLOSSARY,
            0,
            format!("has no words under `{SECTION}`: this rule sleeps"),
        )];
    }
    let bad = |name: &str| humps(name).into_iter().find_map(|word| given_up.get_key_value(&word));
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| CODE.contains(&ending(path)) && !is_test_data(path)) {
        for part in path.split('/').map(|part| part.split('.').next().unwrap_or(part)) {
            if let Some((word, instead)) = bad(part) {
                findings.push(Finding::new(NAME, path, 0, format!("the path says `{word}`: {instead}")));
            }
        }
        for (number, line) in numbered(text).filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for name in declared(line) {
                if let Some((word, instead)) = bad(name) {
                    findings.push(Finding::new(
                        NAME,
                        path,
                        number,
                        format!("`{name}` says `{word}`: {instead}"),
                    ));
                }
            }
        }
    }
    findings.extend(unexplained(tree, glossary));
    findings
}

/// Steps and acts without a line in the glossary.
fn unexplained(tree: &Tree, glossary: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| path.starts_with(LOOP.0) && ending(path) == "rs") {
        for name in LOOP.1 {
            let opening = format!("pub enum {name} {{");
            let body = numbered(text)
                .skip_while(|(_, line)| *line != opening)
                .skip(1)
                .take_while(|(_, line)| *line != "}");
            for (number, line) in body {
                // Variants stand one step in and start with a capital.
                let variant = line
                    .strip_prefix("    ")
                    .and_then(|line| identifiers(line).next().filter(|word| line.starts_with(word)));
                let Some(word) = variant.filter(|word| word.starts_with(char::is_uppercase)) else {
                    continue;
                };
                if !glossary.contains(&format!("| `{word}` |")) {
                    findings.push(Finding::new(
                        NAME,
                        path,
                        number,
                        format!("`{word}` has no line in {GLOSSARY}"),
                    ));
                }
            }
        }
    }
    findings
}

/// Word in lower case to what to say instead.
fn given_up(glossary: &str) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    let section = glossary.lines().skip_while(|line| line.trim() != SECTION).skip(1);
    for row in section.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [first, rest @ ..] = cells.as_slice() else { continue };
        for word in first.split('`').skip(1).step_by(2) {
            words.insert(word.to_lowercase(), rest.last().copied().unwrap_or_default().to_owned());
        }
    }
    words
}

/// Names that stand right after a word that declares a type or a module.
fn declared(line: &str) -> Vec<&str> {
    let before_text = line.split('"').next().unwrap_or(line);
    let words: Vec<&str> = before_text.split_whitespace().collect();
    let declares = |word: &str| DECLARES.contains(&word);
    let name = |word| identifiers(word).next().filter(|name| str::starts_with(word, name));
    words.windows(2).filter(|pair| declares(pair[0])).filter_map(|pair| name(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Words\n\n## Words we do not use\n\n| word | why | say |\n|---|---|---|\n\
        | `Ticket` | no street has one | a case |\n| `utils`, `common` | knows nothing | name what it knows |\n\n## After\n| `Case` | | |\n";

    fn found(path: &str, text: &str) -> Vec<(usize, String)> {
        let tree = Tree::of(&[(GLOSSARY, TABLE), (path, text)]);
        check(&tree).into_iter().map(|finding| (finding.line, finding.says)).collect()
    }

    #[test]
    fn a_type_named_with_a_given_up_word_is_found() {
        let found =
            found("crates/app/src/a.rs", "pub struct TicketId(u32);\nmod common;\npub struct Case;\n");
        assert_eq!(found[0], (1, "`TicketId` says `ticket`: a case".to_owned()));
        assert_eq!(found[1].0, 2);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_file_named_with_a_given_up_word_is_found() {
        assert_eq!(found("crates/app/src/utils.rs", "//! x\n").len(), 1);
        assert_eq!(found("web/src/common/a.ts", "\n").len(), 1);
    }

    #[test]
    fn prose_functions_and_longer_words_are_left_alone() {
        let text =
            "// a Ticket\nfn most_common() {}\nlet common = 1;\nconst type = common;\nstruct Uncommon;\n";
        assert!(found("crates/app/src/a.rs", text).is_empty());
    }

    #[test]
    fn an_act_that_the_glossary_does_not_know_is_found() {
        let law = "pub enum Act {\n    /// Known.\n    Case { note: String },\n    Wander,\n}\npub enum Other {\n    Thing,\n}\n";
        assert_eq!(
            found("crates/domain/src/case/act.rs", law),
            [(4, "`Wander` has no line in GLOSSARY.md".to_owned())]
        );
    }

    #[test]
    fn a_glossary_without_the_table_is_itself_a_finding() {
        assert_eq!(check(&Tree::of(&[(GLOSSARY, "# Words\n")])).len(), 1);
        assert_eq!(check(&Tree::of(&[])).len(), 1);
    }
}
