//! Which units have enough data to be compared.

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::Frame,
    note::{Note, Stage},
};

/// What a unit must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScreenBy {
    /// Nobody is left out.
    #[default]
    None,
    /// Enough values.
    Missing,
    /// Enough values that are not zero.
    Zeros,
    /// Both.
    MissingAndZeros,
}

/// The rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Screen {
    /// What is asked.
    pub by: ScreenBy,
    /// Smallest share of indicators with a value (0 to 1).
    pub min_available: f64,
    /// Smallest share of values that are not zero (0 to 1).
    pub min_nonzero: f64,
    /// Units that stay whatever their data.
    pub keep: Vec<String>,
    /// Units that go whatever their data.
    pub drop: Vec<String>,
}

impl Default for Screen {
    fn default() -> Self {
        Self {
            by: ScreenBy::None,
            min_available: 2.0 / 3.0,
            min_nonzero: 0.05,
            keep: Vec::new(),
            drop: Vec::new(),
        }
    }
}

/// How much data one unit has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Availability {
    /// Indicators without a value.
    pub missing: usize,
    /// Values that are zero.
    pub zeros: usize,
    /// Share of indicators with a value.
    pub available: f64,
    /// Share of values that are not zero; 1 when there is no value.
    pub nonzero: f64,
}

/// Availability of every row.
pub fn availability(frame: &Frame) -> Vec<Availability> {
    let m = frame.columns().max(1);
    (0..frame.rows())
        .map(|i| {
            let row = (0..frame.columns()).map(|j| frame.at(i, j));
            let (missing, zeros) =
                row.fold((0, 0), |(a, b), x| (a + usize::from(x.is_nan()), b + usize::from(x == 0.0)));
            let there = m - missing;
            let nonzero = if there == 0 { 1.0 } else { 1.0 - zeros as f64 / there as f64 };
            Availability { missing, zeros, available: 1.0 - missing as f64 / m as f64, nonzero }
        })
        .collect()
}

/// The rows that stay, and a note for each that goes. It is an error when nobody stays.
pub fn screen(frame: &Frame, rule: &Screen) -> Result<(Vec<usize>, Vec<Note>)> {
    let units = frame.units();
    if let Some(u) = rule.keep.iter().chain(&rule.drop).find(|u| !units.codes.contains(u)) {
        return Err(IndexError::unknown("unit", u));
    }
    for (name, x) in [("screen.min-available", rule.min_available), ("screen.min-nonzero", rule.min_nonzero)]
    {
        if !(0.0..=1.0).contains(&x) {
            return Err(IndexError::parameter(name, x, "it must be between 0 and 1"));
        }
    }
    if rule.by == ScreenBy::None && rule.drop.is_empty() {
        return Ok(((0..frame.rows()).collect(), Vec::new()));
    }
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for (i, a) in availability(frame).into_iter().enumerate() {
        let few = a.available < rule.min_available;
        let zero = a.nonzero < rule.min_nonzero;
        let out = match rule.by {
            ScreenBy::None => false,
            ScreenBy::Missing => few,
            ScreenBy::Zeros => zero,
            ScreenBy::MissingAndZeros => few || zero,
        };
        let out = (out && !rule.keep.contains(&units.codes[i])) || rule.drop.contains(&units.codes[i]);
        if out {
            let text =
                format!("left out: {} of {} values missing, {} zero", a.missing, frame.columns(), a.zeros);
            notes.push(Note::new(Stage::Screen, units.label(i), text));
        } else {
            rows.push(i);
        }
    }
    if rows.is_empty() {
        return Err(IndexError::TooFew { what: "screening".into(), needed: 1, got: 0 });
    }
    Ok((rows, notes))
}
