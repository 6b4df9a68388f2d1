//! How far a value is from what is usual: the robust z of Iglewicz and Hoaglin (1993), `0.6745 (x - median) / MAD`,
//! against earlier months of the same area.
//!
//! With fewer than [`ENOUGH`] earlier months of its own, an area's median is taken from what months there are, and the
//! spread from all areas: the median size of their months' deviations, each from its own area's median. An area without
//! any earlier month is held against the values of all areas. Where all of that is less than [`ENOUGH`] values, nothing
//! is said.
//!
//! Where more than half of the values are the same, MAD is 0. Then the spread is 1.2533 times the mean absolute
//! deviation (the normal distribution's ratio). The spread is never less than what chance alone does to a figure of that
//! size: a count that has stood still for a year may move by one. Where all of that is 0, nothing is said.

use super::Figure;
use super::known::{Known, Subject};
use crate::framework::{Measure, Transform};
use crate::id::AreaId;
use std::collections::BTreeMap;

/// Values that what is usual is told by.
pub const ENOUGH: usize = 8;
/// Beyond so many robust deviations a value is implausible (Iglewicz and Hoaglin 1993).
pub const FAR: f64 = 3.5;
/// Earlier months that are looked at.
pub const LOOKS_BACK: i32 = 36;
/// What chance is taken to do to a base figure, as a share of it.
const BASE_CHANCE: f64 = 0.01;

/// What is usual, and how far a value is from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// The median, in the indicator's unit.
    pub median: f64,
    /// Robust deviations from it.
    pub z: f64,
    /// Whether other areas had to be asked, because this one has too few months.
    pub pooled: bool,
    /// How many values it was told by.
    pub n: usize,
}

impl Usual {
    /// Whether the value is so far off that someone must say why it is right.
    pub fn is_implausible(&self) -> bool {
        self.z.abs() > FAR
    }
}

/// How far a figure is from what is usual; `None` where too little is known. `all` are the values of earlier months,
/// by area, on the subject's scale.
pub(super) fn usual(
    known: &Known,
    subject: Subject<'_>,
    figure: &Figure,
    value: f64,
    all: &BTreeMap<AreaId, Vec<f64>>,
) -> Option<Usual> {
    let own = all.get(&figure.area).map_or(&[][..], Vec::as_slice);
    let (median, deviations, pooled) = if own.len() >= ENOUGH {
        let median = median_of(own)?;
        (median, deviations(own, median), false)
    } else if let Some(median) = median_of(own) {
        let others = all.values().filter(|values| values.len() > 1);
        let pooled =
            others.filter_map(|values| Some(deviations(values, median_of(values)?))).flatten().collect();
        (median, pooled, true)
    } else {
        let everywhere: Vec<f64> = all.values().flatten().copied().collect();
        let median = median_of(&everywhere)?;
        (median, deviations(&everywhere, median), true)
    };
    if deviations.len() < ENOUGH {
        return None;
    }
    let mad = median_of(&deviations)?;
    let spread = if mad > 0.0 {
        mad / 0.6745
    } else {
        let mean = deviations.iter().sum::<f64>() / deviations.len() as f64;
        1.2533 * mean
    };
    let spread = spread.max(chance(known, subject, figure, median));
    let z = (subject.scaled(value) - median) / spread;
    let n = deviations.len();
    z.is_finite().then(|| Usual { median: unscaled(subject, median), z, pooled, n })
}

/// Standard deviation that chance alone gives a figure of the usual size, on the scale of `median`; 0 when unknown.
fn chance(known: &Known, subject: Subject<'_>, figure: &Figure, median: f64) -> f64 {
    let Subject::Indicator(indicator) = subject else { return BASE_CHANCE };
    let usual = unscaled(subject, median);
    let error = match &indicator.standard.measure {
        // Binomial, with half a success and half a failure more, so that 0 and 100 % are not taken for certain.
        Measure::Share { .. } => figure.den.map_or(0.0, |den| {
            let share = (usual / 100.0 * den + 0.5) / (den + 1.0);
            100.0 * (share * (1.0 - share) / den).sqrt()
        }),
        // Poisson, with one event more.
        Measure::Rate { base, scale } => known
            .base(base, figure.area, figure.month)
            .map_or(0.0, |base| scale / base * (usual * base / scale + 1.0).sqrt()),
        Measure::Plain => figure.se.unwrap_or(0.0),
    };
    match indicator.standard.transform {
        Transform::Plain => error,
        Transform::Log1p => error / (1.0 + usual),
    }
}

fn unscaled(subject: Subject<'_>, median: f64) -> f64 {
    match subject {
        Subject::Indicator(it) if it.standard.transform == Transform::Log1p => median.exp_m1(),
        Subject::Indicator(_) => median,
        Subject::Base(_) => median.exp(),
    }
}

fn deviations(values: &[f64], median: f64) -> Vec<f64> {
    values.iter().map(|value| (value - median).abs()).collect()
}

/// The middle one, or the mean of the two in the middle; `None` of nothing.
fn median_of(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[middle - 1], upper) })
}
