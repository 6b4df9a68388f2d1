//! Everything the engine refuses, each with the row and column it happened at.
//!
//! Rows are counted as a person counts lines of the file: the header is row 1. What is worth telling but does not
//! stop the work is a [`Note`](crate::Note), not an error.

#![allow(missing_docs)] // the fields of a variant are named and explained by its message

/// Why the engine would not go on. Messages start small and end without a full stop.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The bytes are not UTF-8; `hint` says what they look like.
    #[error("{table}: row {row}, column {column}: byte {offset} is not UTF-8{hint}")]
    NotUtf8 { table: String, row: usize, column: usize, offset: usize, hint: &'static str },
    /// The CSV grammar is broken.
    #[error("{table}: row {row}: {problem}")]
    Csv { table: String, row: usize, problem: String },
    /// A table has no rows below its header.
    #[error("{table}: no rows below the header")]
    Empty { table: String },
    /// More columns than any framework has; most often a table laid on its side.
    #[error(
        "{table}: row 1, column {limit}: {found} columns, more than the limit of {limit}; is the table transposed?"
    )]
    TooManyColumns { table: String, found: usize, limit: usize },
    /// A column that must be there is not.
    #[error("{table}: column {column} is missing from the header")]
    MissingColumn { table: String, column: String },
    /// Two columns have one name.
    #[error("{table}: column {column} appears twice in the header (columns {first} and {second})")]
    DuplicateColumn { table: String, column: String, first: usize, second: usize },
    /// A number was expected.
    #[error("{table}: row {row}, column {column}: {text:?} is not a number")]
    NotANumber { table: String, row: usize, column: String, text: String },
    /// Infinite values cannot be ranked.
    #[error("{table}: row {row}, column {column}: the value is infinite")]
    Infinite { table: String, row: usize, column: String },
    /// A cell that must be filled is empty.
    #[error("{table}: row {row}, column {column}: the cell is empty")]
    EmptyCell { table: String, row: usize, column: String },
    /// A cell holds a word outside its list.
    #[error("{table}: row {row}, column {column}: {text:?} is not one of {allowed}")]
    NotAllowed { table: String, row: usize, column: String, text: String, allowed: &'static str },
    /// The same unit twice (in the same period).
    #[error("{table}: row {row}: unit {unit:?} is already in row {first}")]
    DuplicateUnit { table: String, unit: String, first: usize, row: usize },
    /// The same indicator code twice.
    #[error("{table}: row {row}: indicator {code:?} is already in row {first}")]
    DuplicateIndicator { table: String, code: String, first: usize, row: usize },
    /// A parent that is nowhere defined.
    #[error("indicator {code:?} has parent {parent:?}, which is not in the framework")]
    UnknownParent { code: String, parent: String },
    /// A parent that is not an aggregate.
    #[error("indicator {code:?} has parent {parent:?}, which is not an aggregate")]
    ParentNotAggregate { code: String, parent: String },
    /// Following parents comes back to the start.
    #[error("the framework has a cycle: {path}")]
    Cycle { path: String },
    /// An aggregate with nothing below it.
    #[error("aggregate {code:?} has no children")]
    NoChildren { code: String },
    /// None or several nodes without a parent.
    #[error("the framework needs exactly one root, found {found}: {roots}")]
    Roots { found: usize, roots: String },
    /// A level that does not grow towards the root.
    #[error(
        "indicator {code:?} is at level {level}, its parent {parent:?} at level {parent_level}; levels must grow towards the root"
    )]
    LevelOrder { code: String, level: u32, parent: String, parent_level: u32 },
    /// Weights must be finite and above zero.
    #[error("indicator {code:?} has weight {weight}; weights must be finite and above zero")]
    BadWeight { code: String, weight: f64 },
    /// One of the errors here, at its row and column of a table.
    #[error("{table}: {place}: {problem}")]
    At { table: String, place: String, problem: Box<IndexError> },
    /// Nobody to compare with.
    #[error(
        "there is only one unit, {unit:?}, and this recipe compares units; give goalposts or fixed bounds to score it alone"
    )]
    OneUnit { unit: String },
    /// A name that is not in the tables.
    #[error("{what} {name:?} is not known")]
    Unknown { what: &'static str, name: String },
    /// A denominator of zero or below.
    #[error(
        "unit {unit:?}, indicator {code:?}: denominator {denominator:?} is {value}; it must be above zero"
    )]
    BadDenominator { unit: String, code: String, denominator: String, value: f64 },
    /// No value at all.
    #[error("indicator {code:?} has no value for any unit{within}")]
    AllMissing { code: String, within: String },
    /// Every value is the same where a spread is needed.
    #[error("indicator {code:?} has the same value {value} for every unit; {stage} needs a spread")]
    Constant { code: String, value: f64, stage: &'static str },
    /// A value that a step of treatment has no answer for, like the logarithm of a negative number.
    #[error("unit {unit:?}, indicator {code:?}: {step} of {value} is not a number")]
    Untreatable { unit: String, code: String, value: f64, step: String },
    /// A division that left the range of numbers.
    #[error(
        "unit {unit:?}, indicator {code:?}: {value:e} divided by {denominator:?}, {below:e}, is infinite"
    )]
    InfiniteRate { unit: String, code: String, value: f64, denominator: String, below: f64 },
    /// A mean that needs positive numbers met another.
    #[error("unit {unit:?}, {node:?}: {rule} needs values above zero, child {child:?} is {value}")]
    NotPositive { unit: String, node: String, child: String, rule: &'static str, value: f64 },
    /// Too few observations for what was asked.
    #[error("{what} needs at least {needed} observations, got {got}")]
    TooFew { what: String, needed: usize, got: usize },
    /// A parameter outside its range.
    #[error("{name} is {value}; {range}")]
    Parameter { name: String, value: String, range: &'static str },
    /// The recipe text does not parse; the message carries line and column.
    #[error("recipe: {0}")]
    Recipe(String),
    /// Two shapes that must agree do not.
    #[error("{what}: expected {expected}, got {got}")]
    Shape { what: &'static str, expected: usize, got: usize },
    /// A calculation gave no number where one was promised.
    #[error("{what} is not a number for {subject}")]
    NotFinite { what: &'static str, subject: String },
    /// An iteration did not settle.
    #[error("{what} did not converge in {iterations} iterations")]
    NoConvergence { what: &'static str, iterations: usize },
    /// Somebody asked to stop.
    #[error("cancelled after {done} of {total}")]
    Cancelled { done: usize, total: usize },
}

/// The engine's result.
pub type Result<T> = std::result::Result<T, IndexError>;

impl IndexError {
    /// A parameter outside its range.
    pub(crate) fn parameter(
        name: impl Into<String>,
        value: impl std::fmt::Display,
        range: &'static str,
    ) -> Self {
        Self::Parameter { name: name.into(), value: value.to_string(), range }
    }
    /// A name that is not in the tables.
    pub(crate) fn unknown(what: &'static str, name: impl Into<String>) -> Self {
        Self::Unknown { what, name: name.into() }
    }
}
