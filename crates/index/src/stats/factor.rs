//! One common factor by maximum likelihood.

use crate::error::{IndexError, Result};

/// Uniqueness is kept at or above this, as in R's `factanal`: below, a column would be the factor itself.
const LEAST_UNIQUENESS: f64 = 0.005;

/// Loadings of the one-factor model of a correlation matrix, R = l l' + diag(1 - l^2), by maximum likelihood (EM,
/// Rubin and Thayer 1982). The sum of the loadings is positive.
pub fn one_factor(r: &[Vec<f64>]) -> Result<Vec<f64>> {
    const ITERATIONS: usize = 100_000;
    let p = r.len();
    if p < 3 {
        return Err(IndexError::TooFew { what: "columns of a factor".into(), needed: 3, got: p });
    }
    let first = super::eigen_symmetric(r)?;
    let start = (first.values[0].max(0.0) / p as f64).sqrt().min(0.99);
    let mut l: Vec<f64> =
        first.vectors[0].iter().map(|v| start.max(0.1) * if *v < 0.0 { -1.0 } else { 1.0 }).collect();
    let mut psi: Vec<f64> = l.iter().map(|l| (1.0 - l * l).max(LEAST_UNIQUENESS)).collect();
    for _ in 0..ITERATIONS {
        let g = 1.0 / (1.0 + l.iter().zip(&psi).map(|(l, u)| l * l / u).sum::<f64>());
        let beta: Vec<f64> = l.iter().zip(&psi).map(|(l, u)| g * l / u).collect();
        let rb: Vec<f64> = r.iter().map(|row| row.iter().zip(&beta).map(|(a, b)| a * b).sum()).collect();
        let ezz = g + beta.iter().zip(&rb).map(|(a, b)| a * b).sum::<f64>();
        let next: Vec<f64> = rb.iter().map(|x| x / ezz).collect();
        let mut moved: f64 = 0.0;
        for j in 0..p {
            let u = (r[j][j] - next[j] * rb[j]).max(LEAST_UNIQUENESS);
            moved = moved.max((u - psi[j]).abs()).max((next[j] - l[j]).abs());
            psi[j] = u;
        }
        l = next;
        if moved < 1e-13 {
            let sign = if l.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
            // At the maximum l^2 = 1 - u; where the floor holds, l keeps below one.
            return Ok(l.iter().map(|x| (sign * x).clamp(-0.9975, 0.9975)).collect());
        }
    }
    Err(IndexError::NoConvergence { what: "one factor", iterations: ITERATIONS })
}
