//! Lower and upper bounds of each indicator: from the data or from experts, frozen per edition, with where they come
//! from and how sure they are.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::{Frame, Meta, Scope, Units},
    stats::{QuantileType, Rng, mad, medcouple, median, present, quantile_sorted},
};

/// Where bounds come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BoundBy {
    /// Smallest and largest value.
    #[default]
    Range,
    /// Two quantiles.
    Quantile {
        /// Probability of the lower bound.
        lower: f64,
        /// Probability of the upper bound.
        upper: f64,
        /// Hyndman and Fan's type.
        #[serde(default)]
        kind: QuantileType,
    },
    /// Q1 - k IQR and Q3 + k IQR (Tukey 1977; k = 1.5 or 3).
    Tukey {
        /// k.
        k: f64,
        /// Whether a fence beyond the data moves in to the last value.
        #[serde(default)]
        cut: bool,
    },
    /// Tukey's fences bent by the medcouple: factors exp(-4 MC) and exp(3 MC), or -3 and 4 when MC < 0
    /// (Hubert and Vandervieren 2008).
    AdjustedTukey {
        /// k.
        k: f64,
        /// Whether a fence beyond the data moves in to the last value.
        #[serde(default)]
        cut: bool,
    },
    /// median -+ k 1.4826 MAD.
    Mad {
        /// k.
        k: f64,
        /// Whether a bound beyond the data moves in to the last value.
        #[serde(default)]
        cut: bool,
    },
    /// Range after dropping this share of the values farthest from the medoid (here the median value).
    Trimmed {
        /// Share dropped (0 to 0.5).
        share: f64,
    },
    /// The framework's goalposts; the range where it has none is an error.
    Goalposts,
    /// Given numbers.
    Fixed {
        /// Lower bound.
        lower: f64,
        /// Upper bound.
        upper: f64,
    },
}

impl std::fmt::Display for BoundBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |cut: bool| if cut { ", moved in to the data" } else { "" };
        match *self {
            Self::Range => write!(f, "smallest and largest value"),
            Self::Quantile { lower, upper, kind } => {
                write!(f, "quantiles {lower} and {upper} (type {})", u8::from(kind))
            }
            Self::Tukey { k, cut: moved } => {
                write!(f, "quartiles and {k} interquartile ranges{}", cut(moved))
            }
            Self::AdjustedTukey { k, cut: moved } => {
                write!(f, "quartiles and {k} interquartile ranges, bent by the medcouple{}", cut(moved))
            }
            Self::Mad { k, cut: moved } => write!(f, "median and {k} scaled MAD{}", cut(moved)),
            Self::Trimmed { share } => write!(f, "range without the farthest {share}"),
            Self::Goalposts => write!(f, "goalposts of the framework"),
            Self::Fixed { lower, upper } => write!(f, "given: {lower} and {upper}"),
        }
    }
}

/// The rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct BoundRule {
    /// For all indicators.
    pub by: BoundBy,
    /// For single indicators.
    pub only: BTreeMap<String, BoundBy>,
    /// Among which rows; pooled keeps scores comparable over time.
    pub scope: Scope,
    /// Periods the bounds are taken from (a window); all when empty.
    pub window: Vec<String>,
    /// Windows of single indicators, in place of `window`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub windows: BTreeMap<String, Vec<String>>,
    /// Outliers of single indicators: left out of the pool before bounds are taken from it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub outliers: BTreeMap<String, Outliers>,
    /// Bootstrap replicates for standard errors; 0 for none.
    pub bootstrap: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// Values beyond both fences do not set bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outliers {
    /// So many interquartile ranges from the quartiles (Tukey 1977), above zero.
    pub iqr: f64,
    /// And so many 1.4826 MAD from the median (Iglewicz and Hoaglin 1993: 3.5), above zero. A MAD of zero leaves this
    /// fence to the other.
    pub mad: f64,
}

/// One indicator's bounds and their story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The indicator.
    pub code: String,
    /// The period they hold for; `None` for all.
    pub period: Option<String>,
    /// Lower bound in the unit of the (treated) indicator.
    pub lower: f64,
    /// Upper bound, never below `lower`.
    pub upper: f64,
    /// Bootstrap standard error of the lower bound.
    pub lower_se: Option<f64>,
    /// Bootstrap standard error of the upper bound.
    pub upper_se: Option<f64>,
    /// Values used.
    pub n: usize,
    /// Outliers not used.
    #[serde(default)]
    pub left_out: usize,
    /// The pool and window they come from: `all rows`, `2018..2022`, or the periods by name.
    pub window: String,
    /// The method in words.
    pub method: String,
    /// FNV-1a by 64-bit words of the values used, in order: equal data, equal digest.
    pub digest: u64,
}

/// Frozen bounds of an edition.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// By indicator and, when taken per period, by period.
    pub list: Vec<Bound>,
}

impl Bounds {
    /// The bounds of an indicator in a period.
    pub fn find(&self, code: &str, period: Option<&str>) -> Option<&Bound> {
        self.list.iter().find(|b| b.code == code && (b.period.is_none() || b.period.as_deref() == period))
    }
}

/// Finds the bounds of every column.
pub fn bounds(frame: &Frame, meta: &Meta, rule: &BoundRule) -> Result<Bounds> {
    let named = rule.only.keys().chain(rule.windows.keys()).chain(rule.outliers.keys());
    if let Some(code) = named.into_iter().find(|c| frame.position(c).is_none()) {
        return Err(IndexError::unknown("indicator", code));
    }
    let units = frame.units();
    let mut list = Vec::new();
    for rows in units.pools(rule.scope) {
        let per_period = rule.scope == Scope::PerPeriod && units.periods.is_some();
        let period = per_period.then(|| units.period(rows[0]).map(str::to_owned)).flatten();
        let within = |window: &[String]| -> (Vec<usize>, String) {
            let inside = |i: usize| {
                window.is_empty() || units.period(i).is_some_and(|p| window.iter().any(|w| w == p))
            };
            let used: Vec<usize> = rows.iter().copied().filter(|&i| inside(i)).collect();
            let name = window_of(units, &used);
            (used, name)
        };
        let common = within(&rule.window);
        // Few windows, many indicators: each window is looked up once.
        let mut own: BTreeMap<&[String], (Vec<usize>, String)> = BTreeMap::new();
        for window in rule.windows.values() {
            own.entry(window).or_insert_with(|| within(window));
        }
        let found: Vec<Bound> = (0..frame.columns())
            .into_par_iter()
            .map(|j| {
                let code = &frame.codes()[j];
                let by = rule.only.get(code).unwrap_or(&rule.by);
                let (used, window) = rule.windows.get(code).map_or(&common, |it| &own[it.as_slice()]);
                let values: Vec<f64> = used.iter().map(|&i| frame.at(i, j)).collect();
                bound_of(code, (period.clone(), window), &values, meta, by, rule)
            })
            .collect::<Result<_>>()?;
        list.extend(found);
    }
    Ok(Bounds { list })
}

/// How the pool is named: its periods, or all rows of a table without time.
fn window_of(units: &Units, used: &[usize]) -> String {
    let there: std::collections::BTreeSet<&str> = used.iter().filter_map(|&i| units.period(i)).collect();
    let list: Vec<String> = units.period_list().into_iter().filter(|p| there.contains(p.as_str())).collect();
    match list.as_slice() {
        [] => "all rows".into(),
        [one] => one.clone(),
        // Without gaps the ends say it all.
        [first, .., last] if units.period_list().windows(list.len()).any(|w| w == list) => {
            format!("{first}..{last}")
        }
        some => some.join(" "),
    }
}

fn bound_of(
    code: &str,
    (period, window): (Option<String>, &str),
    values: &[f64],
    meta: &Meta,
    by: &BoundBy,
    rule: &BoundRule,
) -> Result<Bound> {
    let mut v = present(values);
    let digest = fnv(&v);
    let outliers = rule.outliers.get(code);
    if *by == BoundBy::Range && rule.bootstrap < 2 && outliers.is_none() {
        // Only the ends are needed, and a full sort is most of the cost.
        if let Some((lo, hi)) = crate::stats::range(&v) {
            let n = v.len();
            let method = by.to_string();
            return Ok(Bound {
                code: code.into(),
                period,
                lower: lo,
                upper: hi,
                lower_se: None,
                upper_se: None,
                n,
                left_out: 0,
                window: window.into(),
                method,
                digest,
            });
        }
    }
    v.sort_unstable_by(f64::total_cmp);
    let left_out = outliers.map_or(Ok(0), |it| leave_out(&mut v, *it, code))?;
    let fixed = match *by {
        BoundBy::Fixed { lower, upper } => Some((lower, upper)),
        BoundBy::Goalposts => {
            let posts = meta.get(code).and_then(|e| e.goalposts);
            let posts = posts.ok_or_else(|| IndexError::unknown("goalposts of", code))?;
            Some((posts.lower, posts.upper))
        }
        _ => None,
    };
    if v.is_empty() && fixed.is_none() {
        let within = period.as_ref().map(|p| format!(" in {p}")).unwrap_or_default();
        return Err(IndexError::AllMissing { code: code.into(), within });
    }
    let (lower, upper) = match fixed {
        Some((lower, upper)) if lower < upper => (lower, upper),
        Some((lower, upper)) => {
            let text = format!("{lower}..{upper}");
            return Err(IndexError::parameter(
                format!("bounds of {code}"),
                text,
                "the lower must be below the upper",
            ));
        }
        None => from_data(&v, by)?,
    };
    let (lower_se, upper_se) = match (rule.bootstrap, fixed) {
        (b, None) if b > 1 => {
            let (l, u) = bootstrap(&v, by, b, rule.seed ^ digest)?;
            (Some(l), Some(u))
        }
        _ => (None, None),
    };
    Ok(Bound {
        code: code.into(),
        period,
        lower,
        upper,
        lower_se,
        upper_se,
        n: v.len(),
        left_out,
        window: window.into(),
        method: by.to_string(),
        digest,
    })
}

/// Takes the values beyond both fences out of ascending ones; how many.
fn leave_out(v: &mut Vec<f64>, rule: Outliers, code: &str) -> Result<usize> {
    if !(rule.iqr > 0.0 && rule.mad > 0.0) {
        let given = format!("{} and {}", rule.iqr, rule.mad);
        return Err(IndexError::parameter(format!("outliers of {code}"), given, "both must be above zero"));
    }
    let at = |p| quantile_sorted(v, p, QuantileType::default());
    let (Some(q1), Some(q3), Some(middle)) = (at(0.25), at(0.75), median(v)) else { return Ok(0) };
    let (reach, spread) = (rule.iqr * (q3 - q1), rule.mad * 1.4826 * mad(v).unwrap_or(0.0));
    if reach <= 0.0 && spread <= 0.0 {
        return Ok(0); // half of the values are one value: nothing tells what is far
    }
    let before = v.len();
    v.retain(|x| (*x >= q1 - reach && *x <= q3 + reach) || (*x - middle).abs() <= spread);
    Ok(before - v.len())
}

/// Bounds of ascending values.
fn from_data(v: &[f64], by: &BoundBy) -> Result<(f64, f64)> {
    let (min, max) = (v[0], v[v.len() - 1]);
    let q = |p, kind| {
        quantile_sorted(v, p, kind)
            .ok_or_else(|| IndexError::parameter("quantile", p, "it must be between 0 and 1"))
    };
    let seven = QuantileType::default();
    let within = |cut: bool, a: f64, b: f64| if cut { (a.max(min), b.min(max)) } else { (a, b) };
    Ok(match *by {
        BoundBy::Quantile { lower, upper, kind } => {
            if lower >= upper {
                return Err(IndexError::parameter(
                    "bound quantiles",
                    format!("{lower}..{upper}"),
                    "the lower must be below the upper",
                ));
            }
            (q(lower, kind)?, q(upper, kind)?)
        }
        BoundBy::Tukey { k, cut } => {
            let (q1, q3) = (q(0.25, seven)?, q(0.75, seven)?);
            within(cut, q1 - k * (q3 - q1), q3 + k * (q3 - q1))
        }
        BoundBy::AdjustedTukey { k, cut } => {
            let (q1, q3) = (q(0.25, seven)?, q(0.75, seven)?);
            let mc = medcouple(v).unwrap_or(0.0);
            let (a, b) = if mc >= 0.0 { (-4.0, 3.0) } else { (-3.0, 4.0) };
            within(cut, q1 - k * (a * mc).exp() * (q3 - q1), q3 + k * (b * mc).exp() * (q3 - q1))
        }
        BoundBy::Mad { k, cut } => {
            let (m, d) = (median(v).unwrap_or(min), mad(v).unwrap_or(0.0) * 1.4826);
            within(cut, m - k * d, m + k * d)
        }
        BoundBy::Trimmed { share } => {
            if !(0.0..0.5).contains(&share) {
                return Err(IndexError::parameter("trimmed share", share, "it must be from 0 to below 0.5"));
            }
            let middle = v[(v.len() - 1) / 2];
            let mut near = v.to_vec();
            near.sort_by(|a, b| (a - middle).abs().total_cmp(&(b - middle).abs()));
            near.truncate(v.len() - (share * v.len() as f64).floor() as usize);
            near.iter().fold((middle, middle), |(lo, hi), &x| (lo.min(x), hi.max(x)))
        }
        _ => (min, max),
    })
}

fn bootstrap(v: &[f64], by: &BoundBy, replicates: usize, seed: u64) -> Result<(f64, f64)> {
    let (mut lows, mut highs) = (Vec::new(), Vec::new());
    for b in 0..replicates {
        let mut rng = Rng::new(seed, b as u64);
        let mut sample: Vec<f64> = (0..v.len()).map(|_| v[rng.below(v.len())]).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let (lo, hi) = from_data(&sample, by)?;
        lows.push(lo);
        highs.push(hi);
    }
    let sd = |x: &[f64]| crate::stats::sample_sd(x).unwrap_or(0.0);
    Ok((sd(&lows), sd(&highs)))
}

fn fnv(v: &[f64]) -> u64 {
    v.iter().fold(0xcbf2_9ce4_8422_2325, |h, x| (h ^ x.to_bits()).wrapping_mul(0x0100_0000_01b3))
}
