//! What is handed over to be committed: statements with their guards, whole or not at all.

use std::borrow::Cow;

use super::value::Value;

/// How many rows a statement must touch (or, for a `select`, return).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Any number.
    Any,
    /// Exactly so many; otherwise the whole batch is a conflict.
    Rows(u64),
}

/// One statement of a [`Batch`]; `$1..$n` stand for the parameters on both databases.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The text.
    pub sql: Cow<'static, str>,
    /// The parameters in order.
    pub params: Vec<Value>,
    /// Rows it must touch.
    pub expect: Expect,
    /// Where it may be done together with others of its text.
    pub stack: Option<Stack>,
}

/// When the inserts of a group may be done together: many rows of one text at once are half the work for a server.
/// Only for `insert into … (…) values ($1, …, $n)` of rows that do not depend on what stands between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// Before everything else of the group: rows that others refer to.
    First,
    /// Behind everything else: rows that nothing of the group reads.
    Last,
}

impl Statement {
    /// A statement that may touch any number of rows.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self { sql: sql.into(), params, expect: Expect::Any, stack: None }
    }

    /// The same, but must touch exactly `rows`.
    #[must_use]
    pub const fn expecting(mut self, rows: u64) -> Self {
        self.expect = Expect::Rows(rows);
        self
    }

    /// The same, but may be done together with others of its text.
    #[must_use]
    pub const fn stacked(mut self, stack: Stack) -> Self {
        self.stack = Some(stack);
        self
    }
}

/// Statements applied together, in order, whole or not at all.
///
/// Guards come first: on PostgreSQL they lock the rows they guard, which keeps both the order of the feed for one
/// case and the order of locks (`docs/design` tells why).
#[derive(Clone, Debug)]
pub struct Batch {
    /// Names the batch in conflicts and logs: `report`, `assign`.
    pub label: &'static str,
    /// In order of application.
    pub statements: Vec<Statement>,
}

impl Batch {
    /// An empty batch.
    pub const fn new(label: &'static str) -> Self {
        Self { label, statements: Vec::new() }
    }

    /// Adds a statement that may touch any number of rows.
    #[must_use]
    pub fn run(self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        self.with(Statement::new(sql, params))
    }

    /// Adds a statement that must touch exactly one row.
    #[must_use]
    pub fn guard(self, sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        self.with(Statement::new(sql, params).expecting(1))
    }

    /// Adds a statement.
    #[must_use]
    pub fn with(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Adds the statements of another batch behind these.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self
    }
}
