//! Rows as they circulate and as they are kept.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One node of the tree: a row of the framework's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameworkRow {
    /// Its code, unique.
    pub code: String,
    /// 1 at the top.
    pub level: u8,
    /// Code of the node above; at level 1 the name of the whole.
    pub parent: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Unit of the figure, as `%` or `per 10k`; `score` above the indicators.
    pub unit: String,
    /// 1: more is better; -1: less is better.
    pub direction: i8,
    /// Dimension (维度).
    pub dimension: String,
    /// Aspect (社情, 警情, 舆情, 综合).
    pub aspect: String,
    /// Who answers for it: a unit's code, or its name in either language.
    pub department: String,
    /// How a figure becomes a score (see `Standard`), or how the nodes below are put together.
    pub scoring_standard: String,
    /// Share in the node above; the shares below one node sum to 1.
    pub weight: f64,
    /// Where figures come from: empty when handed in, else a query over the platform's own cases.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
}

/// A base figure (基数): what rates are divided by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseRow {
    /// Its code, as standards name it.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// Its unit.
    pub unit: String,
    /// Who hands it in.
    pub department: String,
}

/// The document that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameworkDoc {
    /// Day of the following month until whose end figures are on time, 1 to 28.
    pub due_day: i8,
    /// The tree.
    pub rows: Vec<FrameworkRow>,
    /// Base figures.
    pub bases: Vec<BaseRow>,
}

/// Something wrong with a framework.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[error("{table} row {row}, {column}: {why}")]
pub struct FrameworkFault {
    /// `rows` or `bases`.
    pub table: &'static str,
    /// Row of that table, from 1; 0 for the table as a whole.
    pub row: usize,
    /// Column.
    pub column: &'static str,
    /// Character of the column's text, from 1, where that can be told.
    pub character: Option<usize>,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl FrameworkFault {
    pub(super) fn of_row(at: usize, column: &'static str, why: impl Into<String>) -> FrameworkFault {
        FrameworkFault { table: "rows", row: at + 1, column, character: None, why: why.into() }
    }

    pub(super) fn of_base(at: usize, column: &'static str, why: impl Into<String>) -> FrameworkFault {
        FrameworkFault { table: "bases", ..FrameworkFault::of_row(at, column, why) }
    }
}
