//! What a rule answers: a place and what is wrong there. Which rules exist is in `rules`.

use std::fmt;

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root of the repository.
    pub path: String,
    /// Line number from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Name of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do, in one line.
    pub says: String,
}

impl Finding {
    /// A breach at `line` (from 1; 0 for the whole file) of `path`.
    pub fn new(rule: &'static str, path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, says: says.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: [{}] {}", self.path, self.rule, self.says)
        } else {
            write!(f, "{}:{}: [{}] {}", self.path, self.line, self.rule, self.says)
        }
    }
}
