//! Fay and Herriot's area model (1979): direct estimates with known sampling variances, covariates, and a random
//! effect of the area.

use crate::{
    error::{IndexError, Result},
    stats::cholesky_solve,
};

/// Estimates of all areas.
#[derive(Debug, Clone, PartialEq)]
pub struct FayHerriot {
    /// Coefficients of the covariates.
    pub beta: Vec<f64>,
    /// A: variance between areas, 0 when none was found.
    pub between: f64,
    /// gamma_i y_i + (1 - gamma_i) x_i beta.
    pub estimates: Vec<f64>,
    /// gamma_i = A/(A + D_i): the reliability of the direct estimate.
    pub reliability: Vec<f64>,
    /// Mean squared error g1 + g2 + 2 g3 (Prasad and Rao 1990; Datta, Rao and Smith 2005 for this A).
    pub mse: Vec<f64>,
}

/// Fits. `x` by area (include a 1 for the intercept), `variance` the known sampling variances D, above zero.
/// A solves sum (y - x beta)^2/(A + D) = n - p.
pub fn fay_herriot(y: &[f64], x: &[Vec<f64>], variance: &[f64]) -> Result<FayHerriot> {
    let n = y.len();
    let p = x.first().map_or(0, Vec::len);
    if x.len() != n || variance.len() != n || x.iter().any(|r| r.len() != p) {
        return Err(IndexError::Shape {
            what: "rows of the area model",
            expected: n,
            got: x.len().min(variance.len()),
        });
    }
    if n <= p + 1 {
        return Err(IndexError::TooFew { what: "the area model".into(), needed: p + 2, got: n });
    }
    if let Some(i) = variance.iter().position(|d| !(d.is_finite() && *d > 0.0)) {
        return Err(IndexError::parameter(
            format!("sampling variance in row {}", i + 1),
            variance[i],
            "it must be above zero",
        ));
    }
    let fit = |a: f64| -> Result<(Vec<f64>, f64)> {
        let w: Vec<f64> = variance.iter().map(|d| 1.0 / (a + d)).collect();
        let beta = solve(x, y, &w)?;
        let q = (0..n).map(|i| w[i] * (y[i] - dot(&x[i], &beta)).powi(2)).sum::<f64>();
        Ok((beta, q - (n - p) as f64))
    };
    let mut between = 0.0;
    if fit(0.0)?.1 > 0.0 {
        let (mut low, mut high) = (0.0, variance.iter().copied().fold(0.0, f64::max));
        while fit(high)?.1 > 0.0 {
            high *= 2.0;
        }
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if fit(middle)?.1 > 0.0 { low = middle } else { high = middle }
        }
        between = f64::midpoint(low, high);
    }
    let beta = fit(between)?.0;
    let w: Vec<f64> = variance.iter().map(|d| 1.0 / (between + d)).collect();
    let normal = normal_matrix(x, &w);
    let var_a = 2.0 * n as f64 / w.iter().sum::<f64>().powi(2);
    let mut out =
        FayHerriot { beta, between, estimates: Vec::new(), reliability: Vec::new(), mse: Vec::new() };
    for i in 0..n {
        let d = variance[i];
        let g = between / (between + d);
        let synthetic = dot(&x[i], &out.beta);
        out.estimates.push(g * y[i] + (1.0 - g) * synthetic);
        out.reliability.push(g);
        let z = cholesky_solve(&normal, &x[i]).ok_or_else(singular)?;
        let g1 = g * d;
        let g2 = (1.0 - g).powi(2) * dot(&x[i], &z);
        let g3 = d * d / (between + d).powi(3) * var_a;
        out.mse.push(g1 + g2 + 2.0 * g3);
    }
    Ok(out)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn normal_matrix(x: &[Vec<f64>], w: &[f64]) -> Vec<Vec<f64>> {
    let p = x[0].len();
    (0..p).map(|a| (0..p).map(|b| x.iter().zip(w).map(|(r, w)| w * r[a] * r[b]).sum()).collect()).collect()
}

fn solve(x: &[Vec<f64>], y: &[f64], w: &[f64]) -> Result<Vec<f64>> {
    let p = x[0].len();
    let b: Vec<f64> = (0..p).map(|a| (0..y.len()).map(|i| w[i] * x[i][a] * y[i]).sum()).collect();
    cholesky_solve(&normal_matrix(x, w), &b).ok_or_else(singular)
}

fn singular() -> IndexError {
    IndexError::NotFinite { what: "the area model", subject: "covariates that repeat each other".into() }
}
