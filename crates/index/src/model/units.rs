//! Units: opaque codes, in the order of the table, with their period (panels) and groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{IndexError, Result};

/// The rows of a table. A panel repeats a code once per period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Units {
    /// Code of each row.
    pub codes: Vec<String>,
    /// Name of each row; the code where no name was given.
    pub names: Vec<String>,
    /// Period of each row; `None` for a single cross-section.
    pub periods: Option<Vec<String>>,
    /// Grouping columns: value of each row, `None` where empty.
    pub groups: BTreeMap<String, Vec<Option<String>>>,
}

/// Which rows are looked at together when a stage needs a spread, a mean or a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All rows of all periods together: scores stay comparable over time.
    #[default]
    Pooled,
    /// Each period by itself.
    PerPeriod,
}

impl Units {
    /// Units with these codes and nothing else.
    pub fn of<S: Into<String>>(codes: impl IntoIterator<Item = S>) -> Self {
        let codes: Vec<String> = codes.into_iter().map(Into::into).collect();
        Self { names: codes.clone(), codes, periods: None, groups: BTreeMap::new() }
    }
    /// How many rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
    /// The first row of a unit (of the period, when given).
    pub fn row_of(&self, code: &str, period: Option<&str>) -> Option<usize> {
        (0..self.len()).find(|&i| self.codes[i] == code && (period.is_none() || self.period(i) == period))
    }
    /// The period of a row.
    pub fn period(&self, row: usize) -> Option<&str> {
        self.periods.as_ref().map(|p| p[row].as_str())
    }
    /// `AUT` or `AUT 2018`: how a row is named in messages.
    pub fn label(&self, row: usize) -> String {
        match self.period(row) {
            Some(period) => format!("{} {period}", self.codes[row]),
            None => self.codes[row].clone(),
        }
    }
    /// The periods in order: as numbers where all are numbers, else as text.
    pub fn period_list(&self) -> Vec<String> {
        let mut list: Vec<String> = self.periods.iter().flatten().cloned().collect();
        if list.iter().all(|p| p.parse::<f64>().is_ok()) {
            list.sort_by(|a, b| a.parse::<f64>().unwrap_or(0.0).total_cmp(&b.parse().unwrap_or(0.0)));
        } else {
            list.sort();
        }
        list.dedup();
        list
    }
    /// Row numbers by pool.
    pub fn pools(&self, scope: Scope) -> Vec<Vec<usize>> {
        match (&self.periods, scope) {
            (Some(periods), Scope::PerPeriod) => self
                .period_list()
                .iter()
                .map(|p| (0..self.len()).filter(|&i| periods[i] == *p).collect())
                .collect(),
            _ => vec![(0..self.len()).collect()],
        }
    }
    /// Value of a grouping column for every row.
    pub fn group(&self, name: &str) -> Result<&[Option<String>]> {
        self.groups.get(name).map(Vec::as_slice).ok_or_else(|| IndexError::unknown("group", name))
    }
    /// The chosen rows, in the order given.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Self {
        let take = |v: &Vec<String>| rows.iter().map(|&i| v[i].clone()).collect::<Vec<_>>();
        Self {
            codes: take(&self.codes),
            names: take(&self.names),
            periods: self.periods.as_ref().map(take),
            groups: self
                .groups
                .iter()
                .map(|(k, v)| (k.clone(), rows.iter().map(|&i| v[i].clone()).collect()))
                .collect(),
        }
    }
}
