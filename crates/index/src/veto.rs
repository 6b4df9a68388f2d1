//! One-vote vetoes: a limit that a single indicator must not cross. A veto never enters a mean; it is a flag beside
//! the score, seen by everybody who sees the rank.

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    run::Run,
};

/// A limit on one indicator's value, after dividing by its denominator and before anything is filled in or treated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Veto {
    /// The indicator.
    pub indicator: String,
    /// Raised above this value.
    #[serde(default)]
    pub above: Option<f64>,
    /// Raised below this value.
    #[serde(default)]
    pub below: Option<f64>,
    /// What it means, for people.
    #[serde(default)]
    pub name: String,
}

/// A veto that was raised.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// Row of the result.
    pub row: usize,
    /// The unit, with its period in a panel.
    pub unit: String,
    /// The indicator.
    pub indicator: String,
    /// The value that crossed the limit.
    pub value: f64,
    /// The limit.
    pub limit: f64,
    /// What it means.
    pub name: String,
}

/// The vetoes must name indicators and at least one limit.
pub(crate) fn check(list: &[Veto], known: impl Fn(&str) -> bool) -> Result<()> {
    for v in list {
        if !known(&v.indicator) {
            return Err(IndexError::unknown("indicator of a veto", &v.indicator));
        }
        if v.above.is_none() && v.below.is_none() {
            return Err(IndexError::parameter(
                format!("veto on {}", v.indicator),
                "no limit",
                "give `above`, `below` or both",
            ));
        }
    }
    Ok(())
}

impl Run {
    /// Vetoes raised, by row and then in the order of the recipe. A missing value raises none.
    pub fn flags(&self) -> Vec<Flag> {
        let p = &self.prepared;
        let units = self.scores.units();
        let mut out = Vec::new();
        for row in 0..units.len() {
            for v in &self.recipe.veto {
                let at = p.denominated.units().row_of(&units.codes[row], units.period(row));
                let value = at.zip(p.denominated.position(&v.indicator)).map(|(i, j)| p.denominated.at(i, j));
                let Some(value) = value.filter(|x| !x.is_nan()) else { continue };
                let crossed = v.above.filter(|l| value > *l).or(v.below.filter(|l| value < *l));
                out.extend(crossed.map(|limit| Flag {
                    row,
                    unit: units.label(row),
                    indicator: v.indicator.clone(),
                    value,
                    limit,
                    name: v.name.clone(),
                }));
            }
        }
        out
    }
}
