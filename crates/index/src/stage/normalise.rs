//! Every indicator onto one scale where more is better. Formulas by method are with the variants of [`To`].

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bound::Bounds;
use crate::{
    error::{IndexError, Result},
    model::{Direction, Entry, Frame, Meta, Scope},
    note::{Note, Stage},
    stats::{Moments, Ties, mad, mean, median, range, rank_ascending},
};

/// What to do with an indicator that has one value for everybody, where the method needs a spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Constant {
    /// Everybody gets the middle of the scale, with a note.
    #[default]
    Middle,
    /// Everybody is missing it, with a note.
    Missing,
    /// Stop.
    Error,
}

/// What to do with an indicator that nobody has a value of: a table of one late month on the bounds of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Empty {
    /// Stop.
    #[default]
    Error,
    /// Everybody is missing it, with a note.
    Missing,
}

impl Empty {
    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks it
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The scale. `x` is the value turned so that more is better (x times the direction), `t` its place between the
/// bounds: 0 at the worse, 1 at the better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum To {
    /// from + (to - from) t, cut to the bounds when `cap`.
    MinMax {
        /// Score at the worse bound.
        from: f64,
        /// Score at the better bound.
        to: f64,
        /// Whether scores outside are cut.
        #[serde(default)]
        cap: bool,
    },
    /// clamp(t) * scale with the framework's goalposts.
    Goalposts,
    /// mean + sd (x - m)/s over the pool; s with n-1, or with n when `population`.
    ZScore {
        /// Mean of the scores.
        mean: f64,
        /// Standard deviation of the scores, above zero.
        sd: f64,
        /// Divide by n.
        #[serde(default)]
        population: bool,
    },
    /// mean + sd (x - median)/(1.4826 MAD).
    RobustZ {
        /// Median of the scores.
        mean: f64,
        /// Spread of the scores, above zero.
        sd: f64,
    },
    /// 1 - (max - x)/(max - min).
    DistToMax,
    /// 1 - (ref - x)/(ref - min) with the value of a reference unit.
    DistToReference {
        /// The unit.
        unit: String,
        /// Whether scores above 1 are cut.
        #[serde(default)]
        cap: bool,
    },
    /// x/ref in raw values; ref/x where less is better.
    RatioToReference {
        /// The unit.
        unit: String,
    },
    /// 1 - (target - x)/(target - min) with the framework's target.
    DistToTarget {
        /// Whether scores above 1 are cut.
        #[serde(default)]
        cap: bool,
    },
    /// x/max of the raw values; min/x where less is better, so that 1 is the best either way. Values above zero.
    FractionOfMax,
    /// 100 (x - lower)/(upper - lower) with given numbers, in turned values.
    Scaled {
        /// Lower.
        lower: f64,
        /// Upper.
        upper: f64,
    },
    /// Rank, 1 is the worst.
    Rank {
        /// Ties.
        #[serde(default)]
        ties: Ties,
    },
    /// (rank - 1)/(n - 1).
    PercentileRank {
        /// Ties.
        #[serde(default)]
        ties: Ties,
    },
    /// rank - 1.
    Borda {
        /// Ties.
        #[serde(default)]
        ties: Ties,
    },
    /// Bands: below the first cut the first score, at or above the last cut the last (Handbook, categorical scale).
    Bands {
        /// Ascending cuts of what `of` says.
        cuts: Vec<f64>,
        /// One score more than cuts.
        scores: Vec<f64>,
        /// What the cuts cut.
        #[serde(default)]
        of: BandsOf,
    },
    /// +1 above m(1+p), -1 below m(1-p), else 0, m the mean of the raw values (turned by the direction).
    AboveBelowMean {
        /// p.
        share: f64,
    },
    /// 100 + 10 z with the population standard deviation, as the Mazziotta-Pareto index wants.
    Mpi,
    /// 100 +- 60 (x - ref)/(max - min): 70..130 for the adjusted index; D over all periods, ref the mean of the
    /// reference period (of all rows when not given).
    Ampi {
        /// The reference period.
        #[serde(default)]
        reference: Option<String>,
    },
    /// -23 ln(1 - R (1 - exp(-100/23))), R = rank from the worst divided by n, turned so that R = 1 is the highest
    /// value (English Indices of Deprivation).
    Exponential,
    /// Efficacy score: floor + (ceiling - floor) t^a, or floor (ceiling/floor)^t when `exponential`.
    Efficacy {
        /// Score at the worse bound, often 60.
        floor: f64,
        /// Score at the better bound, often 100.
        ceiling: f64,
        /// Power of t.
        #[serde(default = "one")]
        power: f64,
        /// Exponential form.
        #[serde(default)]
        exponential: bool,
    },
    /// Straight lines through (raw value, score) points, flat outside: a scoring standard that deducts or adds.
    Piecewise {
        /// Ascending in the raw value; the direction is in the scores.
        points: Vec<(f64, f64)>,
    },
    /// x itself, turned.
    Turned,
    /// The raw value.
    Raw,
}

/// What the cuts of [`To::Bands`] are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BandsOf {
    /// t, the place between the bounds (0 to 1).
    #[default]
    Place,
    /// The share of units that are worse, (rank - 1)/(n - 1) with equal values at the lower rank (0 to 1).
    Percentile,
    /// The raw value; then the direction is in the scores.
    Value,
}

fn one() -> f64 {
    1.0
}

impl Default for To {
    fn default() -> Self {
        Self::MinMax { from: 0.0, to: 100.0, cap: false }
    }
}

/// The rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Normalise {
    /// For all indicators.
    pub to: To,
    /// For single indicators.
    pub only: BTreeMap<String, To>,
    /// Among which rows means, extremes and ranks are taken. Bounds have their own scope.
    pub scope: Scope,
    /// What a constant indicator gets.
    pub constant: Constant,
    /// What happens where nobody has a value.
    #[serde(skip_serializing_if = "Empty::is_default")]
    pub empty: Empty,
}

/// Scales every column.
pub fn normalise(
    frame: &Frame,
    bounds: &Bounds,
    meta: &Meta,
    rule: &Normalise,
) -> Result<(Frame, Vec<Note>)> {
    if let Some(code) = rule.only.keys().find(|c| frame.position(c).is_none()) {
        return Err(IndexError::unknown("indicator", code));
    }
    let mut out = frame.clone();
    let mut notes = Vec::new();
    let pools = frame.units().pools(rule.scope);
    let remarks: Vec<Vec<Note>> = out
        .par_columns_mut()
        .enumerate()
        .map(|(j, target)| {
            let code = &frame.codes()[j];
            let entry = meta.get(code).ok_or_else(|| IndexError::unknown("indicator", code))?;
            let to = rule.only.get(code).unwrap_or(&rule.to);
            let column = Column { frame, bounds, entry, j };
            let mut notes = Vec::new();
            for rows in &pools {
                column.fill(rows, to, rule, target, &mut notes)?;
            }
            Ok(notes)
        })
        .collect::<Result<_>>()?;
    notes.extend(remarks.into_iter().flatten());
    Ok((out, notes))
}

enum Scored {
    Values(Vec<f64>),
    /// The one value, and the middle of the scale.
    Constant(f64, f64),
}

struct Column<'a> {
    frame: &'a Frame,
    bounds: &'a Bounds,
    entry: &'a Entry,
    j: usize,
}

impl Column<'_> {
    fn fill(
        &self,
        rows: &[usize],
        to: &To,
        rule: &Normalise,
        target: &mut [f64],
        notes: &mut Vec<Note>,
    ) -> Result<()> {
        let code = &self.entry.code;
        let there = |i: usize| !self.frame.at(i, self.j).is_nan();
        if rule.empty == Empty::Missing && !rows.iter().any(|&i| there(i)) {
            rows.iter().for_each(|&i| target[i] = f64::NAN);
            notes.push(Note::new(Stage::Normalise, code, "nobody has a value: left out"));
            return Ok(());
        }
        let scored = match self.score(rows, to)? {
            Scored::Values(v) => v,
            Scored::Constant(value, middle) => {
                let (text, fill) = match rule.constant {
                    Constant::Error => {
                        return Err(IndexError::Constant { code: code.clone(), value, stage: "normalising" });
                    }
                    Constant::Middle => {
                        (format!("the same value {value} everywhere: all get {middle}"), middle)
                    }
                    Constant::Missing => (format!("the same value {value} everywhere: left out"), f64::NAN),
                };
                notes.push(Note::new(Stage::Normalise, code, text));
                for &i in rows {
                    target[i] = if there(i) { fill } else { f64::NAN };
                }
                return Ok(());
            }
        };
        for (&i, y) in rows.iter().zip(scored) {
            if y.is_infinite() || (y.is_nan() && there(i)) {
                let subject = format!("{code}, unit {}", self.frame.units().label(i));
                return Err(IndexError::NotFinite { what: "normalised value", subject });
            }
            target[i] = y;
        }
        Ok(())
    }

    // table: one arm a way of scaling
    fn score(&self, rows: &[usize], to: &To) -> Result<Scored> {
        let raw: Vec<f64> = rows.iter().map(|&i| self.frame.at(i, self.j)).collect();
        let x: Vec<f64> = raw.iter().map(|v| v * self.entry.direction.sign()).collect();
        let Some((min, max)) = range(&x) else {
            let within = self.frame.units().period(rows[0]).map(|p| format!(" in {p}")).unwrap_or_default();
            return Err(IndexError::AllMissing { code: self.entry.code.clone(), within });
        };
        let map = |f: &dyn Fn(f64) -> f64| Scored::Values(x.iter().map(|&v| f(v)).collect());
        let flat = max <= min;
        Ok(match to {
            To::MinMax { from, to, cap } => {
                return self.between(rows, &raw, f64::midpoint(*from, *to), &|t| {
                    let t = if *cap { t.clamp(0.0, 1.0) } else { t };
                    t * (to - from) + from
                });
            }
            To::Goalposts => {
                let posts = self
                    .entry
                    .goalposts
                    .ok_or_else(|| IndexError::unknown("goalposts of", &self.entry.code))?;
                let value = |v: f64| {
                    let t = self.place(v, posts.lower, posts.upper);
                    posts.scale * if posts.truncate { t.clamp(0.0, 1.0) } else { t }
                };
                Scored::Values(raw.iter().map(|&v| value(v)).collect())
            }
            To::ZScore { mean: to, sd, population } => {
                if *sd <= 0.0 {
                    return Err(IndexError::parameter("normalise.sd", sd, "it must be above zero"));
                }
                let m = Moments::of(&x).expect("a range exists");
                let s = if *population { Some(m.population_sd()) } else { m.sample_sd() };
                match s.filter(|&s| s > 0.0) {
                    Some(s) => map(&|v| (v - m.mean) / s * sd + to),
                    None => Scored::Constant(raw_of(&raw), *to),
                }
            }
            To::RobustZ { mean: to, sd } => {
                let (m, d) = (median(&x).unwrap_or(min), 1.4826 * mad(&x).unwrap_or(0.0));
                if d > 0.0 { map(&|v| (v - m) / d * sd + to) } else { Scored::Constant(raw_of(&raw), *to) }
            }
            To::DistToMax if flat => Scored::Constant(raw_of(&raw), 0.5),
            To::DistToMax => map(&|v| 1.0 - (max - v) / (max - min)),
            To::DistToReference { unit, cap } => {
                let r = self.reference(rows, unit)? * self.entry.direction.sign();
                self.toward(&x, r, min, *cap)
            }
            To::RatioToReference { unit } => {
                let r = self.reference(rows, unit)?;
                let down = self.entry.direction == Direction::Down;
                Scored::Values(raw.iter().map(|v| if down { r / v } else { v / r }).collect())
            }
            To::DistToTarget { cap } => {
                let t =
                    self.entry.target.ok_or_else(|| IndexError::unknown("target of", &self.entry.code))?;
                self.toward(&x, t * self.entry.direction.sign(), min, *cap)
            }
            To::FractionOfMax => {
                let (low, high) = range(&raw).expect("a range exists");
                let down = self.entry.direction == Direction::Down;
                if down && low <= 0.0 || high <= 0.0 {
                    return Err(IndexError::parameter(
                        format!("fraction-of-max of {}", self.entry.code),
                        if down { low } else { high },
                        "it must be above zero",
                    ));
                }
                Scored::Values(raw.iter().map(|v| if down { low / v } else { v / high }).collect())
            }
            To::Scaled { lower, upper } => map(&|v| (v - lower) / (upper - lower) * 100.0),
            To::Rank { ties } => Scored::Values(rank_ascending(&x, *ties)),
            To::Borda { ties } => Scored::Values(rank_ascending(&x, *ties).iter().map(|r| r - 1.0).collect()),
            To::PercentileRank { ties } => {
                let n = x.iter().filter(|v| !v.is_nan()).count() as f64;
                if n < 2.0 {
                    return Ok(Scored::Constant(raw_of(&raw), 0.5));
                }
                Scored::Values(rank_ascending(&x, *ties).iter().map(|r| (r - 1.0) / (n - 1.0)).collect())
            }
            To::Bands { cuts, scores, of } => {
                if scores.len() != cuts.len() + 1 {
                    return Err(IndexError::Shape {
                        what: "scores of bands",
                        expected: cuts.len() + 1,
                        got: scores.len(),
                    });
                }
                if cuts.windows(2).any(|w| w[0] >= w[1]) {
                    return Err(IndexError::parameter("cuts", format!("{cuts:?}"), "they must be ascending"));
                }
                let band = |t: f64| {
                    if t.is_nan() { t } else { scores[cuts.iter().filter(|&&c| t >= c).count()] }
                };
                match of {
                    BandsOf::Place => return self.between(rows, &raw, scores[scores.len() / 2], &band),
                    BandsOf::Value => Scored::Values(raw.iter().map(|&v| band(v)).collect()),
                    BandsOf::Percentile => {
                        let last = (x.iter().filter(|v| !v.is_nan()).count().max(2) - 1) as f64;
                        let ranks = rank_ascending(&x, Ties::Min);
                        Scored::Values(ranks.iter().map(|r| band((r - 1.0) / last)).collect())
                    }
                }
            }
            To::AboveBelowMean { share } => {
                let m = mean(&raw).expect("a range exists");
                let (low, high) = (m - m.abs() * share, m + m.abs() * share);
                let sign = self.entry.direction.sign();
                Scored::Values(
                    raw.iter()
                        .map(|&v| {
                            if v.is_nan() {
                                v
                            } else {
                                sign * (f64::from(i8::from(v > high)) - f64::from(i8::from(v < low)))
                            }
                        })
                        .collect(),
                )
            }
            To::Mpi => return self.score(rows, &To::ZScore { mean: 100.0, sd: 10.0, population: true }),
            To::Ampi { reference } => return self.ampi(rows, &raw, reference.as_deref()),
            To::Exponential => {
                let n = x.iter().filter(|v| !v.is_nan()).count() as f64;
                let ranks = rank_ascending(&x, Ties::Average);
                Scored::Values(ranks.iter().map(|r| exponential(r / n)).collect())
            }
            To::Efficacy { floor, ceiling, power, exponential } => {
                let of = |t: f64| {
                    let t = t.clamp(0.0, 1.0);
                    if *exponential {
                        floor * (ceiling / floor).powf(t)
                    } else {
                        floor + (ceiling - floor) * t.powf(*power)
                    }
                };
                return self.between(rows, &raw, of(0.5), &of);
            }
            To::Piecewise { points } => {
                if points.is_empty() || points.windows(2).any(|w| w[0].0 >= w[1].0) {
                    return Err(IndexError::parameter(
                        "piecewise points",
                        format!("{points:?}"),
                        "they must be ascending and not empty",
                    ));
                }
                Scored::Values(raw.iter().map(|&v| piecewise(points, v)).collect())
            }
            To::Turned => map(&|v| v),
            To::Raw => Scored::Values(raw),
        })
    }

    /// Place between bounds: 0 at the worse, 1 at the better.
    fn place(&self, v: f64, lower: f64, upper: f64) -> f64 {
        match self.entry.direction {
            Direction::Up => (v - lower) / (upper - lower),
            Direction::Down => (upper - v) / (upper - lower),
        }
    }

    fn between(&self, rows: &[usize], raw: &[f64], middle: f64, f: &dyn Fn(f64) -> f64) -> Result<Scored> {
        let mut out = Vec::with_capacity(raw.len());
        let units = self.frame.units();
        let mut last: Option<(Option<&str>, f64, f64)> = None;
        for (&i, &v) in rows.iter().zip(raw) {
            let period = units.period(i);
            let (lower, upper) = match last {
                Some((p, lower, upper)) if p == period => (lower, upper),
                _ => {
                    let b = self
                        .bounds
                        .find(&self.entry.code, period)
                        .ok_or_else(|| IndexError::unknown("bounds of", &self.entry.code))?;
                    last = Some((period, b.lower, b.upper));
                    (b.lower, b.upper)
                }
            };
            if lower >= upper {
                return Ok(Scored::Constant(lower, middle));
            }
            out.push(f(self.place(v, lower, upper)));
        }
        Ok(Scored::Values(out))
    }

    fn toward(&self, x: &[f64], goal: f64, min: f64, cap: bool) -> Scored {
        if goal <= min {
            // The goal is no better than the worst: the formula has no meaning; 1 where reached.
            return Scored::Values(
                x.iter().map(|&v| if v.is_nan() { v } else { f64::from(u8::from(v >= goal)) }).collect(),
            );
        }
        let f = |v: f64| {
            let y = 1.0 - (goal - v) / (goal - min);
            if cap { y.min(1.0) } else { y }
        };
        Scored::Values(x.iter().map(|&v| if v.is_nan() { v } else { f(v) }).collect())
    }

    fn reference(&self, rows: &[usize], unit: &str) -> Result<f64> {
        let i = rows
            .iter()
            .find(|&&i| self.frame.units().codes[i] == unit)
            .ok_or_else(|| IndexError::unknown("unit", unit))?;
        let v = self.frame.at(*i, self.j);
        if v.is_nan() {
            return Err(IndexError::NotFinite {
                what: "reference value",
                subject: format!("{}, unit {unit}", self.entry.code),
            });
        }
        Ok(v)
    }

    fn ampi(&self, rows: &[usize], raw: &[f64], reference: Option<&str>) -> Result<Scored> {
        let (min, max) = range(self.frame.column(self.j)).expect("checked by the caller");
        if max <= min {
            return Ok(Scored::Constant(min, 100.0));
        }
        let units = self.frame.units();
        let base: Vec<f64> = (0..units.len())
            .filter(|&i| reference.is_none() || units.period(i) == reference)
            .map(|i| self.frame.at(i, self.j))
            .collect();
        let at = mean(&base).ok_or_else(|| IndexError::unknown("period", reference.unwrap_or("(any)")))?;
        debug_assert_eq!(rows.len(), raw.len());
        let half = (max - min) / 2.0;
        let sign = self.entry.direction.sign();
        Ok(Scored::Values(
            raw.iter()
                .map(|v| {
                    let r = 60.0 * (v - (at - half)) / (2.0 * half) + 70.0;
                    if sign > 0.0 { r } else { 200.0 - r }
                })
                .collect(),
        ))
    }
}

/// The exponential transform of the English Indices of Deprivation: `r` in (0, 1], 1 the most, gives 0 to 100.
pub fn exponential(r: f64) -> f64 {
    -23.0 * (1.0 - r * (1.0 - (-100.0f64 / 23.0).exp())).ln()
}

fn piecewise(points: &[(f64, f64)], v: f64) -> f64 {
    if v.is_nan() {
        return v;
    }
    let after = points.partition_point(|p| p.0 < v);
    match after {
        0 => points[0].1,
        k if k == points.len() => points[k - 1].1,
        k => {
            let ((a, y), (b, z)) = (points[k - 1], points[k]);
            y + (z - y) * (v - a) / (b - a)
        }
    }
}

fn raw_of(raw: &[f64]) -> f64 {
    raw.iter().copied().find(|v| !v.is_nan()).unwrap_or(f64::NAN)
}
