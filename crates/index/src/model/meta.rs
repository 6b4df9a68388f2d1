//! The framework as a list: what every column is, and where it hangs in the tree (COINr's `iMeta`).

use serde::{Deserialize, Serialize};

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A measured indicator: a leaf of the tree.
    Indicator,
    /// A node that is calculated from its children.
    Aggregate,
    /// A size to divide by (population, area).
    Denominator,
    /// A grouping of units.
    Group,
    /// Carried along, not used.
    Other,
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More is better.
    #[default]
    Up,
    /// Less is better.
    Down,
}

impl Direction {
    /// +1 or -1.
    pub fn sign(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
        }
    }
}

/// Expert bounds of one indicator, in its own unit, `lower < upper` whatever the direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Goalposts {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// What the better bound scores.
    pub scale: f64,
    /// Whether values outside are cut to the bounds.
    pub truncate: bool,
}

/// One line of the framework.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Code, unique.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// What the column is for.
    pub kind: Kind,
    /// Level, 1 at the indicators; `None` when the tree decides.
    pub level: Option<u32>,
    /// Whether more is better.
    pub direction: Direction,
    /// Weight relative to its siblings, above zero.
    pub weight: f64,
    /// Code of the parent; `None` at the root.
    pub parent: Option<String>,
    /// Unit of measurement.
    pub unit: Option<String>,
    /// Target value for distance-to-target.
    pub target: Option<f64>,
    /// Code of the denominator.
    pub denominator: Option<String>,
    /// Expert bounds.
    pub goalposts: Option<Goalposts>,
}

impl Entry {
    /// An indicator below `parent` with weight 1, more is better.
    pub fn indicator(code: &str, parent: &str) -> Self {
        Self {
            code: code.into(),
            name: code.into(),
            kind: Kind::Indicator,
            level: None,
            direction: Direction::Up,
            weight: 1.0,
            parent: Some(parent.into()),
            unit: None,
            target: None,
            denominator: None,
            goalposts: None,
        }
    }
    /// An aggregate below `parent` (or the root) with weight 1.
    pub fn aggregate(code: &str, parent: Option<&str>) -> Self {
        Self { kind: Kind::Aggregate, parent: parent.map(Into::into), ..Self::indicator(code, "") }
    }
    /// The same with another weight.
    #[must_use]
    pub fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }
    /// The same where less is better.
    #[must_use]
    pub fn less_is_better(self) -> Self {
        Self { direction: Direction::Down, ..self }
    }
}

/// The whole framework.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meta {
    /// In the order of the table.
    pub entries: Vec<Entry>,
}

impl Meta {
    /// The entry with this code.
    pub fn get(&self, code: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.code == code)
    }
    /// Codes of one kind, in order.
    pub fn codes(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(move |e| e.kind == kind).map(|e| e.code.as_str())
    }
}
