//! Filling what is missing, and saying so. Models that borrow from other indicators live in `impute_model`.

use serde::{Deserialize, Serialize};

use super::impute_model;
pub use super::impute_model::{Pooled, rubin};
use crate::{
    error::{IndexError, Result},
    model::{Direction, Frame, Meta, Scope},
    note::{Note, Stage},
    stats::{mean, median, range},
};

/// How missing values are filled.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fill {
    /// Not at all; later stages leave the value out and renormalise weights.
    #[default]
    None,
    /// Mean of the indicator.
    Mean,
    /// Median of the indicator.
    Median,
    /// Mean of the indicator in the unit's group.
    GroupMean {
        /// Name of the grouping column.
        group: String,
    },
    /// Median of the indicator in the unit's group.
    GroupMedian {
        /// Name of the grouping column.
        group: String,
    },
    /// A fixed value, for instance 0 where an empty cell means "none happened".
    Constant {
        /// The value.
        value: f64,
    },
    /// The worst value seen: a bound of what a missing value can do.
    Worst,
    /// The best value seen: the other bound.
    Best,
    /// Least squares on the indicators most correlated with it, from complete pairs.
    Regression {
        /// How many predictors at most.
        #[serde(default = "three")]
        predictors: usize,
    },
    /// Expectation-maximisation under a multivariate normal (Little and Rubin 2002, 11.2).
    Em {
        /// Iterations at most.
        #[serde(default = "hundred")]
        iterations: usize,
    },
    /// One draw from that normal, fitted to a bootstrap sample of the units (Honaker and King 2010). Several seeds are
    /// multiple imputations: see [`run_multiple`](crate::run_multiple).
    EmDraw {
        /// Seed.
        seed: u64,
        /// Iterations at most.
        #[serde(default = "hundred")]
        iterations: usize,
    },
    /// Mean of the k units nearest in the standardised indicators both have.
    Knn {
        /// How many neighbours.
        #[serde(default = "five")]
        k: usize,
    },
    /// Panels: the unit's last known earlier value.
    Latest {
        /// At most this many periods back; 0 is without limit.
        #[serde(default)]
        max_back: usize,
    },
    /// Panels: straight line between the unit's neighbours in time; the nearest value outside them.
    Linear,
}

fn three() -> usize {
    3
}
fn five() -> usize {
    5
}
fn hundred() -> usize {
    100
}

/// Whether rates or raw totals are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// After dividing by denominators.
    #[default]
    AfterDenominate,
    /// Before it.
    BeforeDenominate,
}

/// The rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Impute {
    /// How.
    pub fill: Fill,
    /// When.
    pub moment: Moment,
    /// Among which rows means and models are taken.
    pub scope: Scope,
}

/// Fills; one note per indicator that had something to fill. What cannot be filled (a group without a value) stays
/// missing, with a note.
pub fn impute(frame: &Frame, meta: &Meta, rule: &Impute) -> Result<(Frame, Vec<Note>)> {
    let mut out = frame.clone();
    if rule.fill == Fill::None {
        return Ok((out, Vec::new()));
    }
    for rows in frame.units().pools(rule.scope) {
        fill_pool(frame, &mut out, meta, &rule.fill, &rows)?;
    }
    let mut notes = Vec::new();
    for j in 0..frame.columns() {
        let missing = |f: &Frame| f.column(j).iter().filter(|x| x.is_nan()).count();
        let (before, after) = (missing(frame), missing(&out));
        if before > after {
            let text = format!("{} of {} values filled", before - after, frame.rows());
            notes.push(Note::new(Stage::Impute, &frame.codes()[j], text));
        }
        if after > 0 {
            let text = format!("{after} values could not be filled and stay missing");
            notes.push(Note::new(Stage::Impute, &frame.codes()[j], text));
        }
    }
    Ok((out, notes))
}

fn fill_pool(frame: &Frame, out: &mut Frame, meta: &Meta, fill: &Fill, rows: &[usize]) -> Result<()> {
    match fill {
        Fill::Regression { predictors } => return impute_model::regression(frame, out, rows, *predictors),
        Fill::Em { iterations } => return impute_model::em(frame, out, rows, *iterations),
        Fill::EmDraw { seed, iterations } => {
            return impute_model::em_draw(frame, out, rows, *iterations, *seed);
        }
        Fill::Knn { k } => return impute_model::knn(frame, out, rows, *k),
        Fill::Latest { max_back } => return over_time(frame, out, |t, known| latest(t, known, *max_back)),
        Fill::Linear => return over_time(frame, out, linear),
        _ => {}
    }
    let group = match fill {
        Fill::GroupMean { group } | Fill::GroupMedian { group } => Some(frame.units().group(group)?.to_vec()),
        _ => None,
    };
    for j in 0..frame.columns() {
        let x = frame.column(j);
        if rows.iter().all(|&i| !x[i].is_nan()) {
            continue;
        }
        let all: Vec<f64> = rows.iter().map(|&i| x[i]).collect();
        let down = meta.get(&frame.codes()[j]).is_some_and(|e| e.direction == Direction::Down);
        for &i in rows.iter().filter(|&&i| x[i].is_nan()) {
            let filled = match fill {
                Fill::Mean => mean(&all),
                Fill::Median => median(&all),
                Fill::GroupMean { .. } => same_group(group.as_deref(), x, rows, i).and_then(|v| mean(&v)),
                Fill::GroupMedian { .. } => same_group(group.as_deref(), x, rows, i).and_then(|v| median(&v)),
                Fill::Constant { value } => Some(*value),
                Fill::Worst => range(&all).map(|(lo, hi)| if down { hi } else { lo }),
                Fill::Best => range(&all).map(|(lo, hi)| if down { lo } else { hi }),
                _ => None,
            };
            out.column_mut(j)[i] = filled.unwrap_or(f64::NAN);
        }
    }
    Ok(())
}

/// Values of the units in the same group; `None` for a unit without a group.
fn same_group(group: Option<&[Option<String>]>, x: &[f64], rows: &[usize], i: usize) -> Option<Vec<f64>> {
    let group = group?;
    let own = group[i].as_ref()?;
    Some(rows.iter().filter(|&&k| group[k].as_ref() == Some(own)).map(|&k| x[k]).collect())
}

type Known = [(usize, f64)];

/// Applies a rule to each unit's own history. `t` and the known points are positions in the list of periods.
fn over_time(frame: &Frame, out: &mut Frame, rule: impl Fn(usize, &Known) -> Option<f64>) -> Result<()> {
    let units = frame.units().clone();
    if units.periods.is_none() {
        return Err(IndexError::unknown("column", "Time (filling over time needs a panel)"));
    }
    let list = units.period_list();
    let when: Vec<usize> = (0..units.len())
        .map(|i| list.iter().position(|p| Some(p.as_str()) == units.period(i)).unwrap_or(0))
        .collect();
    let mut histories: std::collections::BTreeMap<&str, Vec<usize>> = std::collections::BTreeMap::new();
    for i in 0..units.len() {
        histories.entry(&units.codes[i]).or_default().push(i);
    }
    for rows in histories.values_mut() {
        rows.sort_by_key(|&i| when[i]);
        for j in 0..frame.columns() {
            let known: Vec<(usize, f64)> =
                rows.iter().map(|&i| (when[i], frame.at(i, j))).filter(|(_, x)| !x.is_nan()).collect();
            for &i in rows.iter().filter(|&&i| frame.at(i, j).is_nan()) {
                out.column_mut(j)[i] = rule(when[i], &known).unwrap_or(f64::NAN);
            }
        }
    }
    Ok(())
}

fn latest(t: usize, known: &Known, max_back: usize) -> Option<f64> {
    known.iter().rev().find(|(k, _)| *k < t && (max_back == 0 || t - k <= max_back)).map(|(_, x)| *x)
}

fn linear(t: usize, known: &Known) -> Option<f64> {
    let before = known.iter().rev().find(|(k, _)| *k < t);
    let after = known.iter().find(|(k, _)| *k > t);
    match (before, after) {
        (Some((a, x)), Some((b, y))) => Some(x + (y - x) * (t - a) as f64 / (b - a) as f64),
        (Some((_, x)), None) | (None, Some((_, x))) => Some(*x),
        (None, None) => None,
    }
}
