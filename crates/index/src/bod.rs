//! Benefit of the doubt: each unit scored with the weights that suit it best (Cherchye and others 2007).
//!
//! max sum w_j x_ij subject to sum w_j x_kj <= 1 for every unit k and w >= 0; with pie shares also
//! L <= w_j x_ij / score <= U. Values must not be negative; a unit of zeros scores 0.

use rayon::prelude::*;

use crate::{
    error::{IndexError, Result},
    lp,
    stats::Rng,
};

/// One unit's score and the weights that gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Benefit {
    /// 0 to 1 (may exceed 1 when the unit is not in its own reference set).
    pub score: f64,
    /// One set of optimal weights; others may give the same score.
    pub weights: Vec<f64>,
}

/// Scores of all units against all. `x` by unit.
pub fn scores(x: &[Vec<f64>], min_share: f64, max_share: f64) -> Result<Vec<f64>> {
    Ok(benefits(x, min_share, max_share)?.into_iter().map(|b| b.score).collect())
}

/// Scores with weights.
pub fn benefits(x: &[Vec<f64>], min_share: f64, max_share: f64) -> Result<Vec<Benefit>> {
    check(x, min_share, max_share)?;
    let start = starting_rows(x);
    (0..x.len()).into_par_iter().map(|i| benefit(&x[i], x, &start, min_share, max_share)).collect()
}

/// Robust scores of order m: the mean score against `draws` random reference sets of `m` units
/// (Vidoli and Mazziotta 2013; Cazals and others 2002). May exceed 1.
pub fn order_m(x: &[Vec<f64>], m: usize, draws: usize, seed: u64) -> Result<Vec<f64>> {
    check(x, 0.0, 1.0)?;
    if m == 0 || draws == 0 {
        return Err(IndexError::parameter(
            "order-m",
            format!("{m} units, {draws} draws"),
            "both must be above zero",
        ));
    }
    let sums: Vec<Vec<f64>> = (0..draws)
        .into_par_iter()
        .map(|d| {
            let mut rng = Rng::new(seed, d as u64);
            let reference: Vec<Vec<f64>> = (0..m).map(|_| x[rng.below(x.len())].clone()).collect();
            let start = starting_rows(&reference);
            x.iter()
                .map(|own| benefit(own, &reference, &start, 0.0, 1.0).map(|b| b.score))
                .collect::<Result<Vec<f64>>>()
        })
        .collect::<Result<_>>()?;
    Ok((0..x.len()).map(|i| sums.iter().map(|s| s[i]).sum::<f64>() / draws as f64).collect())
}

/// One set of weights for everybody: those that maximise the sum of all scores. Scores are then comparable.
pub fn common_weights(x: &[Vec<f64>]) -> Result<Vec<f64>> {
    check(x, 0.0, 1.0)?;
    let c: Vec<f64> =
        (0..x[0].len()).map(|j| crate::sum::sum(x.iter().map(|r| r[j])) / x.len() as f64).collect();
    Ok(benefit(&c, x, &starting_rows(x), 0.0, 1.0)?.weights)
}

/// Directional scores 1/(1 + b): b is how far a unit can go in direction `g` (all of it zero or above, not all zero)
/// before it meets the frontier: max b subject to sum l_k x_kj >= x_ij + b g_j, sum l_k <= 1 (Fusco 2015; Vidoli,
/// Fusco and Mazziotta 2015). With g = x this is the benefit of the doubt; another g says which children may not be
/// made up for by others.
pub fn directional(x: &[Vec<f64>], g: &[f64]) -> Result<Vec<f64>> {
    check(x, 0.0, 1.0)?;
    let m = x[0].len();
    if g.len() != m || g.iter().any(|v| !v.is_finite() || *v < 0.0) || g.iter().all(|v| *v == 0.0) {
        let value = format!("{g:?}");
        return Err(IndexError::parameter(
            "direction",
            value,
            "one number by child, from zero, not all zero",
        ));
    }
    // The dual: max sum w x_i - u subject to sum w x_k <= u for all k, sum w g >= 1.
    (0..x.len())
        .into_par_iter()
        .map(|i| {
            let row = |r: &[f64]| r.iter().copied().chain([-1.0]).collect::<Vec<f64>>();
            let goal: Vec<f64> = g.iter().map(|v| -v).chain([0.0]).collect();
            let violated = |w: &[f64]| {
                let over = |r: &[f64]| r.iter().zip(w).map(|(a, b)| a * b).sum::<f64>() - w[m];
                let worst = (0..x.len()).max_by(|&a, &b| over(&x[a]).total_cmp(&over(&x[b])))?;
                (over(&x[worst]) > 1e-12 * w[m].abs().max(1.0)).then(|| (row(&x[worst]), 0.0))
            };
            let rows = vec![(row(&x[i]), 0.0), (goal, -1.0)];
            let best = lp::cutting(&row(&x[i]), rows, violated)?.ok_or(IndexError::NotFinite {
                what: "directional benefit of the doubt",
                subject: "this direction".into(),
            })?;
            Ok(1.0 / (1.0 + (-best.value).max(0.0)))
        })
        .collect()
}

fn check(x: &[Vec<f64>], min_share: f64, max_share: f64) -> Result<()> {
    if x.is_empty() {
        return Err(IndexError::TooFew { what: "benefit of the doubt".into(), needed: 1, got: 0 });
    }
    let m = x[0].len() as f64;
    if !(0.0..=1.0).contains(&min_share)
        || !(0.0..=1.0).contains(&max_share)
        || min_share * m > 1.0
        || max_share * m < 1.0
    {
        let text = format!("{min_share}..{max_share} for {m} children");
        return Err(IndexError::parameter(
            "pie shares",
            text,
            "the lower times the children must not exceed 1, the upper must reach it",
        ));
    }
    match x.iter().position(|r| r.iter().any(|v| v.is_nan() || *v < 0.0)) {
        Some(i) => {
            let subject =
                format!("unit in row {} (benefit of the doubt needs complete data from zero up)", i + 1);
            Err(IndexError::NotFinite { what: "a score", subject })
        }
        None => Ok(()),
    }
}

/// The unit best in each child bounds its weight.
fn starting_rows(x: &[Vec<f64>]) -> Vec<(Vec<f64>, f64)> {
    let m = x[0].len();
    let mut best: Vec<usize> = (0..m)
        .map(|j| (0..x.len()).max_by(|&a, &b| x[a][j].total_cmp(&x[b][j]).then(b.cmp(&a))).unwrap_or(0))
        .collect();
    best.sort_unstable();
    best.dedup();
    best.into_iter().map(|k| (x[k].clone(), 1.0)).collect()
}

fn benefit(
    own: &[f64],
    reference: &[Vec<f64>],
    start: &[(Vec<f64>, f64)],
    min_share: f64,
    max_share: f64,
) -> Result<Benefit> {
    let m = own.len();
    if own.iter().all(|&v| v == 0.0) {
        return Ok(Benefit { score: 0.0, weights: vec![0.0; m] });
    }
    let mut rows = start.to_vec();
    for j in 0..m {
        // A child that nobody in the reference has any of would leave its weight without limit.
        if start.iter().all(|(r, _)| r[j] == 0.0) {
            let mut row = vec![0.0; m];
            row[j] = 1.0;
            rows.push((row, 0.0));
        }
        let share = |s: f64, sign: f64| -> (Vec<f64>, f64) {
            // sign (w_j x_j - s sum w x) <= 0
            ((0..m).map(|k| sign * (if k == j { own[k] } else { 0.0 } - s * own[k])).collect(), 0.0)
        };
        if max_share < 1.0 {
            rows.push(share(max_share, 1.0));
        }
        if min_share > 0.0 {
            rows.push(share(min_share, -1.0));
        }
    }
    let violated = |w: &[f64]| {
        let dot = |r: &[f64]| r.iter().zip(w).map(|(a, b)| a * b).sum::<f64>();
        let (mut worst, mut at) = (1.0 + 1e-12, None);
        for r in reference {
            let d = dot(r);
            if d > worst {
                (worst, at) = (d, Some(r));
            }
        }
        at.map(|r| (r.clone(), 1.0))
    };
    let best = lp::cutting(own, rows, violated)?
        .ok_or(IndexError::NotFinite { what: "benefit of the doubt", subject: "the pie shares".into() })?;
    Ok(Benefit { score: best.value, weights: best.w })
}
