//! Means of one unit's values. No missing values here: the caller has left them out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::IndexError,
    stage::aggregate::Rule,
    sum::{Sum, sum},
};

/// Side of the Mazziotta-Pareto penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Penalty {
    /// M - S^2/M: unbalance lowers a good thing.
    #[default]
    Minus,
    /// M + S^2/M: unbalance raises a bad thing.
    Plus,
}

/// Why a mean has no value.
pub(crate) enum Problem {
    NotPositive { rule: &'static str, child: usize, value: f64 },
    Other(IndexError),
}

/// sum w x / sum w.
pub fn arithmetic(x: &[f64], w: &[f64]) -> f64 {
    let total = sum(w.iter().copied());
    sum(x.iter().zip(w).map(|(x, w)| x * (w / total)))
}

/// exp(sum w ln x / sum w).
pub fn geometric(x: &[f64], w: &[f64]) -> f64 {
    (sum(x.iter().zip(w).map(|(x, w)| w * x.ln())) / sum(w.iter().copied())).exp()
}

/// sum w / sum (w/x).
pub fn harmonic(x: &[f64], w: &[f64]) -> f64 {
    sum(w.iter().copied()) / sum(x.iter().zip(w).map(|(x, w)| w / x))
}

/// (sum w x^p / sum w)^(1/p), geometric at p = 0.
pub fn power(x: &[f64], w: &[f64], p: f64) -> f64 {
    if p == 0.0 {
        return geometric(x, w);
    }
    (sum(x.iter().zip(w).map(|(x, w)| w * x.powf(p))) / sum(w.iter().copied())).powf(1.0 / p)
}

/// Mazziotta-Pareto index of values on a scale around 100: M -+ S cv, cv = S/M, S with n.
pub fn mpi(x: &[f64], penalty: Penalty) -> f64 {
    let n = x.len() as f64;
    let m = sum(x.iter().copied()) / n;
    let s2 = sum(x.iter().map(|v| (v - m) * (v - m))) / n;
    match penalty {
        Penalty::Minus => m - s2 / m,
        Penalty::Plus => m + s2 / m,
    }
}

/// Ordered weighted average; `v` by position, the largest value first.
pub fn owa(x: &[f64], v: &[f64]) -> f64 {
    let mut y = x.to_vec();
    y.sort_by(|a, b| b.total_cmp(a));
    arithmetic(&y, v)
}

/// OWA weights of n positions from the quantifier r^a: v_k = (k/n)^a - ((k-1)/n)^a (Yager 1988).
pub fn owa_quantifier(n: usize, a: f64) -> Vec<f64> {
    let q = |k: usize| (k as f64 / n as f64).powf(a);
    (1..=n).map(|k| q(k) - q(k - 1)).collect()
}

/// OWA weights of n positions that have exactly this orness (0 < orness < 1) and the greatest entropy (O'Hagan 1988):
/// v_k in proportion to t^(n-k), so that 1/2 gives equal weights.
pub fn owa_weights(n: usize, orness: f64) -> Vec<f64> {
    if n < 2 {
        return vec![1.0; n];
    }
    let weights = |t: f64| -> Vec<f64> {
        // The largest exponent is zero, whatever the sign of t.
        let at = |k: usize| t * ((n - 1 - k) as f64 / (n - 1) as f64 - if t > 0.0 { 1.0 } else { 0.0 });
        let v: Vec<f64> = (0..n).map(|k| at(k).exp()).collect();
        let total = sum(v.iter().copied());
        v.into_iter().map(|x| x / total).collect()
    };
    let (mut low, mut high) = (-1e4, 1e4);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if self::orness(&weights(middle)) < orness { low = middle } else { high = middle }
    }
    weights(f64::midpoint(low, high))
}

/// Orness of OWA weights: sum (n - k) v_k / (n - 1), k from 1.
pub fn orness(v: &[f64]) -> f64 {
    let n = v.len();
    let total: f64 = v.iter().sum();
    v.iter().enumerate().map(|(k, v)| (n - 1 - k) as f64 * v).sum::<f64>() / ((n - 1) as f64 * total)
}

/// M - a (sqrt((M - min)^2 + b^2) - b).
pub fn mean_min(x: &[f64], w: &[f64], a: f64, b: f64) -> f64 {
    let m = arithmetic(x, w);
    let low = x.iter().copied().fold(f64::INFINITY, f64::min);
    m - a * (((m - low).powi(2) + b * b).sqrt() - b)
}

/// Capacity of a set of children: as named (codes joined by `+`, any order), else the sum over its members, at most 1.
fn capacity_of(capacity: &BTreeMap<String, f64>, set: &[&str], all: bool) -> f64 {
    if all {
        return 1.0;
    }
    let wanted: std::collections::BTreeSet<&str> = set.iter().copied().collect();
    let named = capacity
        .iter()
        .find(|(k, _)| k.split('+').map(str::trim).collect::<std::collections::BTreeSet<_>>() == wanted);
    match named {
        Some((_, v)) => *v,
        None if set.len() > 1 => set.iter().map(|c| capacity_of(capacity, &[c], false)).sum::<f64>().min(1.0),
        None => 0.0,
    }
}

/// Values in descending order with the capacity of the set of the k largest, k = 1..n.
fn chain(x: &[f64], code: &dyn Fn(usize) -> String, capacity: &BTreeMap<String, f64>) -> Vec<(f64, f64)> {
    let mut at: Vec<usize> = (0..x.len()).collect();
    at.sort_by(|&a, &b| x[b].total_cmp(&x[a]));
    let names: Vec<String> = at.iter().map(|&i| code(i)).collect();
    (1..=x.len())
        .map(|k| {
            let set: Vec<&str> = names[..k].iter().map(String::as_str).collect();
            (x[at[k - 1]], capacity_of(capacity, &set, k == x.len()))
        })
        .collect()
}

/// Applies a rule that looks at one unit only.
pub(crate) fn apply<'a>(
    rule: &Rule,
    x: &[f64],
    w: &[f64],
    code: &dyn Fn(usize) -> &'a str,
    children: usize,
) -> Result<f64, Problem> {
    let positive = |name: &'static str| match x.iter().position(|&v| v <= 0.0) {
        Some(child) => Err(Problem::NotPositive { rule: name, child, value: x[child] }),
        None => Ok(()),
    };
    Ok(match rule {
        Rule::Arithmetic => arithmetic(x, w),
        Rule::Geometric => {
            positive("geometric mean")?;
            geometric(x, w)
        }
        Rule::Harmonic => {
            if let Some(child) = x.iter().position(|&v| v == 0.0) {
                return Err(Problem::NotPositive { rule: "harmonic mean", child, value: 0.0 });
            }
            harmonic(x, w)
        }
        Rule::Power { p } => {
            if *p != 1.0 {
                positive("power mean")?;
            }
            power(x, w, *p)
        }
        Rule::Ces { elasticity } => {
            if *elasticity <= 0.0 {
                let e = IndexError::parameter("elasticity", elasticity, "it must be above zero");
                return Err(Problem::Other(e));
            }
            positive("constant elasticity mean")?;
            power(x, w, if (*elasticity - 1.0).abs() < 1e-12 { 0.0 } else { 1.0 - 1.0 / elasticity })
        }
        Rule::Mpi { penalty } => mpi(x, *penalty),
        Rule::Owa { weights, orness, quantifier } => {
            let v = match (orness, quantifier) {
                (None, Some(a)) if *a > 0.0 => owa_quantifier(x.len(), *a),
                (None, Some(a)) => {
                    let e = IndexError::parameter("quantifier", a, "it must be above zero");
                    return Err(Problem::Other(e));
                }
                (Some(o), None) if *o > 0.0 && *o < 1.0 => owa_weights(x.len(), *o),
                (Some(o), _) => {
                    return Err(Problem::Other(IndexError::parameter(
                        "orness",
                        o,
                        "it must be between 0 and 1, and without a quantifier beside it",
                    )));
                }
                (None, None) => weights.clone(),
            };
            let given = orness.is_none() && quantifier.is_none();
            if v.len() != x.len() || (given && x.len() != children) {
                let e = IndexError::Shape { what: "OWA weights", expected: x.len(), got: v.len() };
                return Err(Problem::Other(e));
            }
            owa(x, &v)
        }
        Rule::Choquet { capacity } => {
            let mut before = 0.0;
            let mut total = Sum::default();
            for (v, m) in chain(x, &|i| code(i).to_owned(), capacity) {
                total.add(v * (m - before));
                before = m;
            }
            total.value()
        }
        Rule::Sugeno { capacity } => {
            chain(x, &|i| code(i).to_owned(), capacity).iter().map(|(v, m)| v.min(*m)).fold(0.0, f64::max)
        }
        Rule::MeanMin { a, b } => mean_min(x, w, *a, *b),
        Rule::Bottleneck { scale } => {
            let low = x.iter().copied().fold(f64::INFINITY, f64::min);
            let y: Vec<f64> = x.iter().map(|v| low + scale * (1.0 - (-(v - low) / scale).exp())).collect();
            arithmetic(&y, w)
        }
        Rule::Minimum => x.iter().copied().fold(f64::INFINITY, f64::min),
        Rule::Maximum => x.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Rule::Median => crate::stats::median(x).expect("not empty"),
        Rule::Copeland | Rule::Outranking | Rule::Topsis | Rule::Bod { .. } => {
            unreachable!("rules that compare units are handled by the stage")
        }
    })
}
