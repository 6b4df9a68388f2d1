//! TOPSIS, VIKOR and PROMETHEE II on scores where more is better (Hwang and Yoon 1981; Opricovic 1998; Brans 1982).

use crate::error::{IndexError, Result};

fn complete(x: &[Vec<f64>]) -> Result<()> {
    match x.iter().position(|r| r.iter().any(|v| v.is_nan())) {
        Some(i) => Err(IndexError::NotFinite {
            what: "a score",
            subject: format!("unit in row {} (TOPSIS, VIKOR and PROMETHEE need complete data)", i + 1),
        }),
        None => Ok(()),
    }
}

/// d-/(d- + d+) with vector-normalised, weighted columns. A column of zeros counts nothing; all equal gives 1/2.
pub fn closeness(x: &[Vec<f64>], w: &[f64]) -> Result<Vec<f64>> {
    complete(x)?;
    let total: f64 = w.iter().sum();
    let m = w.len();
    let v: Vec<Vec<f64>> = (0..m)
        .map(|k| {
            let norm = x.iter().map(|r| r[k] * r[k]).sum::<f64>().sqrt();
            x.iter().map(|r| if norm > 0.0 { r[k] / norm * w[k] / total } else { 0.0 }).collect()
        })
        .collect();
    let ends: Vec<(f64, f64)> = v.iter().map(|c| crate::stats::range(c).unwrap_or((0.0, 0.0))).collect();
    Ok((0..x.len())
        .map(|i| {
            let (mut low, mut high) = (0.0, 0.0);
            for k in 0..m {
                low += (v[k][i] - ends[k].0).powi(2);
                high += (v[k][i] - ends[k].1).powi(2);
            }
            let (low, high) = (low.sqrt(), high.sqrt());
            if low + high > 0.0 { low / (low + high) } else { 0.5 }
        })
        .collect())
}

/// VIKOR's Q in 0..1, 0 the best compromise; `v` weighs group utility against individual regret (often 0.5).
pub fn vikor(x: &[Vec<f64>], w: &[f64], v: f64) -> Result<Vec<f64>> {
    complete(x)?;
    let total: f64 = w.iter().sum();
    let m = w.len();
    let ends: Vec<(f64, f64)> = (0..m)
        .map(|k| crate::stats::range(&x.iter().map(|r| r[k]).collect::<Vec<_>>()).unwrap_or((0.0, 0.0)))
        .collect();
    let (s, r): (Vec<f64>, Vec<f64>) = x
        .iter()
        .map(|row| {
            let d = (0..m).map(|k| {
                let (lo, hi) = ends[k];
                if hi > lo { w[k] / total * (hi - row[k]) / (hi - lo) } else { 0.0 }
            });
            (d.clone().sum::<f64>(), d.fold(0.0, f64::max))
        })
        .unzip();
    let scale = |z: &[f64]| {
        let (lo, hi) = crate::stats::range(z).unwrap_or((0.0, 0.0));
        z.iter().map(|a| if hi > lo { (a - lo) / (hi - lo) } else { 0.0 }).collect::<Vec<f64>>()
    };
    Ok(scale(&s).into_iter().zip(scale(&r)).map(|(s, r)| v * s + (1.0 - v) * r).collect())
}

/// PROMETHEE II net flows (-1..1) with linear preference between `indifference` and `preference` (differences).
pub fn promethee(x: &[Vec<f64>], w: &[f64], indifference: f64, preference: f64) -> Result<Vec<f64>> {
    complete(x)?;
    if preference < indifference || indifference < 0.0 {
        return Err(IndexError::parameter(
            "preference",
            preference,
            "it must be at least the indifference, both from 0",
        ));
    }
    let total: f64 = w.iter().sum();
    let degree = |d: f64| {
        if d <= indifference {
            0.0
        } else if d >= preference {
            1.0
        } else {
            (d - indifference) / (preference - indifference)
        }
    };
    let n = x.len();
    let others = (n.max(2) - 1) as f64;
    Ok((0..n)
        .map(|i| {
            let flow = |j: usize| -> f64 {
                (0..w.len())
                    .map(|k| w[k] / total * (degree(x[i][k] - x[j][k]) - degree(x[j][k] - x[i][k])))
                    .sum()
            };
            (0..n).filter(|&j| j != i).map(flow).sum::<f64>() / others
        })
        .collect())
}
