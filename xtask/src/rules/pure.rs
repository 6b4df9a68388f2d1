//! The core knows no clock, no chance, no file and no network of the standard library. Manifests keep outside
//! crates out (`edges`) and clippy.toml keeps their clocks out; modules of the standard library need neither
//! a manifest nor one particular function, so they are looked for by name. Tests may read and measure.

use crate::finding::Finding;
use crate::tree::Tree;
use crate::words::{ending, numbered};

pub const NAME: &str = "pure";
pub const SAYS: &str = "domain and index use no files, network, environment or clock";

const PURE: &[&str] = &["crates/domain/src/", "crates/index/src/"];
const WORLD: &[&str] =
    &["std::fs", "std::net", "std::env", "std::process", "SystemTime", "Instant::now", "thread::sleep"];

/// Lines of the core, tests left out, that reach into the world.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| is_core(path)) {
        let code = numbered(text)
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code {
            if let Some(what) = WORLD.iter().find(|what| line.contains(**what)) {
                findings.push(Finding::new(
                    NAME,
                    path,
                    number,
                    format!("`{what}`: the core takes it as an argument"),
                ));
            }
        }
    }
    findings
}

fn is_core(path: &str) -> bool {
    let is_tests = path.ends_with("/tests.rs") || path.contains("/tests/");
    PURE.iter().any(|folder| path.starts_with(folder)) && ending(path) == "rs" && !is_tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_file_read_in_the_core_is_found() {
        assert_eq!(
            lines(
                "crates/domain/src/class.rs",
                "// std::fs\nlet a = std::fs::read(p);\nlet t = Instant::now();\n"
            ),
            [2, 3]
        );
    }

    #[test]
    fn tests_and_the_shell_may() {
        assert!(lines("crates/domain/src/class.rs", "#[cfg(test)]\nmod tests { use std::fs; }\n").is_empty());
        assert!(lines("crates/domain/src/class/tests.rs", "use std::fs;\n").is_empty());
        assert!(lines("crates/app/src/lib.rs", "use std::fs;\n").is_empty());
    }
}
