//! Imputation that borrows from other indicators: regression, EM, nearest neighbours, and Rubin's rules.
//! Columns are standardised first, so that units of measurement do not matter.

use crate::{
    error::{IndexError, Result},
    model::Frame,
    stats::{Moments, Rng, cholesky_solve, pearson},
};

/// Standardised columns of the pool, with mean and standard deviation of each.
fn standardised(frame: &Frame, rows: &[usize]) -> (Vec<Vec<f64>>, Vec<(f64, f64)>) {
    (0..frame.columns())
        .map(|j| {
            let x: Vec<f64> = rows.iter().map(|&i| frame.at(i, j)).collect();
            let (m, s) = Moments::of(&x).map_or((0.0, 1.0), |m| (m.mean, m.sample_sd().unwrap_or(0.0)));
            let s = if s > 0.0 { s } else { 1.0 };
            (x.iter().map(|v| (v - m) / s).collect(), (m, s))
        })
        .unzip()
}

/// Fills by least squares on the most correlated indicators that the unit has.
pub(super) fn regression(frame: &Frame, out: &mut Frame, rows: &[usize], predictors: usize) -> Result<()> {
    if predictors == 0 {
        return Err(IndexError::parameter("impute.predictors", predictors, "it must be above zero"));
    }
    let (z, scale) = standardised(frame, rows);
    for j in 0..z.len() {
        let holes: Vec<usize> = (0..rows.len()).filter(|&i| z[j][i].is_nan()).collect();
        if holes.is_empty() {
            continue;
        }
        let mut by_r: Vec<(f64, usize)> = (0..z.len())
            .filter(|&k| k != j)
            .filter_map(|k| pearson(&z[j], &z[k]).map(|r| (r.abs(), k)))
            .collect();
        by_r.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for i in holes {
            let used: Vec<usize> =
                by_r.iter().map(|&(_, k)| k).filter(|&k| !z[k][i].is_nan()).take(predictors).collect();
            let y = predict(&z, j, i, &used).unwrap_or(0.0); // no predictor: the mean
            out.column_mut(j)[rows[i]] = scale[j].0 + scale[j].1 * y;
        }
    }
    Ok(())
}

fn predict(z: &[Vec<f64>], j: usize, i: usize, used: &[usize]) -> Option<f64> {
    let complete: Vec<usize> =
        (0..z[j].len()).filter(|&r| !z[j][r].is_nan() && used.iter().all(|&k| !z[k][r].is_nan())).collect();
    if used.is_empty() || complete.len() <= used.len() + 1 {
        return None;
    }
    let p = used.len() + 1;
    let value = |c: usize, r: usize| if c == 0 { 1.0 } else { z[used[c - 1]][r] };
    let a: Vec<Vec<f64>> = (0..p)
        .map(|u| (0..p).map(|v| complete.iter().map(|&r| value(u, r) * value(v, r)).sum()).collect())
        .collect();
    let b: Vec<f64> = (0..p).map(|u| complete.iter().map(|&r| value(u, r) * z[j][r]).sum()).collect();
    let beta = cholesky_solve(&a, &b)?;
    Some((0..p).map(|c| beta[c] * value(c, i)).sum())
}

/// A multivariate normal fitted to incomplete standardised columns.
struct Normal {
    mean: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    /// The columns with conditional means in the holes.
    filled: Vec<Vec<f64>>,
}

impl Normal {
    /// EM (Little and Rubin 2002, 11.2). A small ridge (1e-6 of the variance) keeps nearly collinear frameworks
    /// solvable; p must be below n.
    fn fit(z: &[Vec<f64>], iterations: usize) -> Result<Self> {
        let (n, p) = (z.first().map_or(0, Vec::len), z.len());
        if n <= p {
            return Err(IndexError::TooFew { what: "imputation by EM".into(), needed: p + 1, got: n });
        }
        let mut x: Vec<Vec<f64>> =
            z.iter().map(|c| c.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect()).collect();
        let mut extra = vec![vec![0.0; p]; p];
        let mut fitted = (Vec::new(), Vec::new());
        for _ in 0..iterations.max(1) {
            let mean: Vec<f64> = x.iter().map(|c| c.iter().sum::<f64>() / n as f64).collect();
            let s = |a: usize, b: usize| -> f64 {
                (0..n).map(|i| (x[a][i] - mean[a]) * (x[b][i] - mean[b])).sum()
            };
            let covariance: Vec<Vec<f64>> = (0..p)
                .map(|a| {
                    let ridge = |b: usize| if a == b { 1e-6 } else { 0.0 };
                    (0..p).map(|b| (s(a, b) + extra[a][b]) / n as f64 + ridge(b)).collect()
                })
                .collect();
            extra = vec![vec![0.0; p]; p];
            let mut moved: f64 = 0.0;
            for i in 0..n {
                let (gone, there): (Vec<usize>, Vec<usize>) = (0..p).partition(|&j| z[j][i].is_nan());
                if gone.is_empty() {
                    continue;
                }
                let own: Vec<f64> = x.iter().map(|c| c[i]).collect();
                for &g in &gone {
                    let (y, w) = conditional(&mean, &covariance, &there, g, &own)
                        .ok_or(IndexError::NoConvergence { what: "imputation by EM", iterations })?;
                    moved = moved.max((y - x[g][i]).abs());
                    x[g][i] = y;
                    for &h in &gone {
                        let explained: f64 = there.iter().zip(&w).map(|(&v, w)| w * covariance[h][v]).sum();
                        extra[g][h] += covariance[g][h] - explained;
                    }
                }
            }
            fitted = (mean, covariance);
            if moved < 1e-9 {
                break;
            }
        }
        Ok(Self { mean: fitted.0, covariance: fitted.1, filled: x })
    }
}

/// Mean of column `g` given the columns `there` of one unit, and the weights of those.
fn conditional(
    mean: &[f64],
    covariance: &[Vec<f64>],
    there: &[usize],
    g: usize,
    own: &[f64],
) -> Option<(f64, Vec<f64>)> {
    let a: Vec<Vec<f64>> = there.iter().map(|&u| there.iter().map(|&v| covariance[u][v]).collect()).collect();
    let b: Vec<f64> = there.iter().map(|&v| covariance[g][v]).collect();
    let w = cholesky_solve(&a, &b)?;
    let y = mean[g] + w.iter().zip(there).map(|(w, &u)| w * (own[u] - mean[u])).sum::<f64>();
    Some((y, w))
}

/// Fills by conditional means of a multivariate normal whose mean and covariance are found by EM.
pub(super) fn em(frame: &Frame, out: &mut Frame, rows: &[usize], iterations: usize) -> Result<()> {
    let (z, scale) = standardised(frame, rows);
    let fitted = Normal::fit(&z, iterations)?;
    for j in 0..z.len() {
        for (i, &row) in rows.iter().enumerate().filter(|(i, _)| z[j][*i].is_nan()) {
            out.column_mut(j)[row] = scale[j].0 + scale[j].1 * fitted.filled[j][i];
        }
    }
    Ok(())
}

/// Fills by one draw: the normal is fitted to a bootstrap sample of the units, each hole is drawn given what the unit
/// has (EM with bootstrapping, Honaker and King 2010). Draws with several seeds are multiple imputations.
pub(super) fn em_draw(
    frame: &Frame,
    out: &mut Frame,
    rows: &[usize],
    iterations: usize,
    seed: u64,
) -> Result<()> {
    let (z, scale) = standardised(frame, rows);
    let mut rng = Rng::new(seed, 0x1eaf);
    let sample: Vec<usize> = (0..rows.len()).map(|_| rng.below(rows.len())).collect();
    let again: Vec<Vec<f64>> = z.iter().map(|c| sample.iter().map(|&i| c[i]).collect()).collect();
    let fitted = Normal::fit(&again, iterations)?;
    for (i, &row) in rows.iter().enumerate() {
        let (gone, mut there): (Vec<usize>, Vec<usize>) = (0..z.len()).partition(|&j| z[j][i].is_nan());
        let mut own: Vec<f64> = z.iter().map(|c| c[i]).collect();
        for g in gone {
            let (y, w) = conditional(&fitted.mean, &fitted.covariance, &there, g, &own)
                .ok_or(IndexError::NoConvergence { what: "imputation by EM", iterations })?;
            let explained: f64 = w.iter().zip(&there).map(|(w, &v)| w * fitted.covariance[g][v]).sum();
            own[g] = y + (fitted.covariance[g][g] - explained).max(0.0).sqrt() * rng.normal();
            there.push(g); // the next hole is drawn given this one
            out.column_mut(g)[row] = scale[g].0 + scale[g].1 * own[g];
        }
    }
    Ok(())
}

/// Fills by the mean of the k nearest units that have the value; distance is the mean squared difference of the
/// standardised indicators that both have.
pub(super) fn knn(frame: &Frame, out: &mut Frame, rows: &[usize], k: usize) -> Result<()> {
    if k == 0 {
        return Err(IndexError::parameter("impute.k", k, "it must be above zero"));
    }
    let (z, _) = standardised(frame, rows);
    for i in 0..rows.len() {
        let holes: Vec<usize> = (0..z.len()).filter(|&j| z[j][i].is_nan()).collect();
        if holes.is_empty() {
            continue;
        }
        let mut near: Vec<(f64, usize)> = (0..rows.len())
            .filter(|&o| o != i)
            .filter_map(|o| {
                let d: Vec<f64> = z.iter().map(|c| (c[i] - c[o]).powi(2)).filter(|d| !d.is_nan()).collect();
                (!d.is_empty()).then(|| (d.iter().sum::<f64>() / d.len() as f64, o))
            })
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for j in holes {
            let v: Vec<f64> =
                near.iter().map(|&(_, o)| frame.at(rows[o], j)).filter(|x| !x.is_nan()).take(k).collect();
            out.column_mut(j)[rows[i]] = crate::stats::mean(&v).unwrap_or(f64::NAN);
        }
    }
    Ok(())
}

/// An estimate pooled over m imputations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// Mean of the estimates.
    pub estimate: f64,
    /// Mean within-imputation variance W.
    pub within: f64,
    /// Between-imputation variance B.
    pub between: f64,
    /// Total variance T = W + (1 + 1/m) B (Rubin 1987).
    pub total: f64,
}

/// Rubin's rules. `None` below two imputations.
pub fn rubin(estimates: &[f64], variances: &[f64]) -> Option<Pooled> {
    let m = estimates.len();
    if m < 2 || variances.len() != m {
        return None;
    }
    let estimate = estimates.iter().sum::<f64>() / m as f64;
    let within = variances.iter().sum::<f64>() / m as f64;
    let between = estimates.iter().map(|e| (e - estimate).powi(2)).sum::<f64>() / (m - 1) as f64;
    Some(Pooled { estimate, within, between, total: within + (1.0 + 1.0 / m as f64) * between })
}
