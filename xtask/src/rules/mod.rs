//! The rules of the house, one file each. A rule is a function from the tree to its findings; each is
//! tested on a tree with a planted violation and on one without.
//!
//! A rule belongs here when a reader would be misled by its breach and no compiler notices. Style that
//! rustfmt or clippy can see does not.

mod city;
mod edges;
mod functions;
mod header;
mod hosts;
mod i18n;
mod migrations;
mod paths;
mod privacy;
mod pure;
mod size;
mod vocabulary;

use crate::finding::Finding;
use crate::tree::Tree;

/// A rule: its name in findings, what it asks for, and the check.
pub struct Rule {
    /// Short name, printed in brackets.
    pub name: &'static str,
    /// What the rule asks for, in one line.
    pub says: &'static str,
    /// Every breach in a tree.
    pub check: fn(&Tree) -> Vec<Finding>,
}

/// All rules, in the order of their names.
pub const ALL: &[Rule] = &[
    Rule { name: city::NAME, says: city::SAYS, check: city::check },
    Rule { name: edges::NAME, says: edges::SAYS, check: edges::check },
    Rule { name: functions::NAME, says: functions::SAYS, check: functions::check },
    Rule { name: header::NAME, says: header::SAYS, check: header::check },
    Rule { name: hosts::NAME, says: hosts::SAYS, check: hosts::check },
    Rule { name: i18n::NAME, says: i18n::SAYS, check: i18n::check },
    Rule { name: migrations::NAME, says: migrations::SAYS, check: migrations::check },
    Rule { name: paths::NAME, says: paths::SAYS, check: paths::check },
    Rule { name: privacy::NAME, says: privacy::SAYS, check: privacy::check },
    Rule { name: pure::NAME, says: pure::SAYS, check: pure::check },
    Rule { name: size::NAME, says: size::SAYS, check: size::check },
    Rule { name: vocabulary::NAME, says: vocabulary::SAYS, check: vocabulary::check },
];
