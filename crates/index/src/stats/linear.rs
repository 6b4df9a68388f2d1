//! Small dense linear algebra: symmetric eigenvalues, Cholesky, the Perron vector. Row-major, a few hundred rows at most.

use crate::error::{IndexError, Result};

/// Eigenvalues in descending order with their vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen {
    /// Descending.
    pub values: Vec<f64>,
    /// `vectors[k]` belongs to `values[k]`, has length one, and its largest entry is positive.
    pub vectors: Vec<Vec<f64>>,
}

/// Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, 8.5).
pub fn eigen_symmetric(matrix: &[Vec<f64>]) -> Result<Eigen> {
    const SWEEPS: usize = 100;
    let n = matrix.len();
    let mut a = matrix.to_vec();
    let mut v: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let scale: f64 = a.iter().flatten().map(|x| x * x).sum::<f64>().sqrt();
    let mut settled = false;
    for _ in 0..SWEEPS {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j] * a[i][j]).sum();
        if off.sqrt() <= 1e-17 * scale {
            settled = true;
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, p, q);
            }
        }
    }
    if !settled {
        return Err(IndexError::NoConvergence { what: "eigenvalues", iterations: SWEEPS });
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j][j].total_cmp(&a[i][i]));
    let vectors = order
        .iter()
        .map(|&k| {
            let col: Vec<f64> = (0..n).map(|i| v[i][k]).collect();
            let largest = col.iter().copied().fold(0.0, |m: f64, x| if x.abs() > m.abs() { x } else { m });
            col.into_iter().map(|x| if largest < 0.0 { -x } else { x }).collect()
        })
        .collect();
    Ok(Eigen { values: order.iter().map(|&k| a[k][k]).collect(), vectors })
}

fn rotate(a: &mut [Vec<f64>], v: &mut [Vec<f64>], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = theta.signum() / (theta.abs() + theta.mul_add(theta, 1.0).sqrt());
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / t.mul_add(t, 1.0).sqrt();
    let s = t * c;
    for row in a.iter_mut() {
        let (x, y) = (row[p], row[q]);
        row[p] = c * x - s * y;
        row[q] = s * x + c * y;
    }
    let (above, below) = a.split_at_mut(q); // p < q
    for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
    a[p][q] = 0.0;
    a[q][p] = 0.0;
    for row in v.iter_mut() {
        let (x, y) = (row[p], row[q]);
        row[p] = c * x - s * y;
        row[q] = s * x + c * y;
    }
}

/// Solves A x = b for a symmetric positive definite A; `None` when it is not.
pub fn cholesky_solve(a: &[Vec<f64>], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let s: f64 = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            if i == j {
                if s <= 0.0 || s <= 1e-13 * a[i][i].abs() {
                    return None;
                }
                l[i][i] = s.sqrt();
            } else {
                l[i][j] = s / l[j][j];
            }
        }
    }
    let mut x = b.to_vec();
    for i in 0..n {
        x[i] = (x[i] - (0..i).map(|k| l[i][k] * x[k]).sum::<f64>()) / l[i][i];
    }
    for i in (0..n).rev() {
        x[i] = (x[i] - (i + 1..n).map(|k| l[k][i] * x[k]).sum::<f64>()) / l[i][i];
    }
    Some(x)
}

/// Largest eigenvalue of a positive matrix and its eigenvector, entries summing to one (power iteration).
pub fn perron(matrix: &[Vec<f64>]) -> Result<(f64, Vec<f64>)> {
    const ITERATIONS: usize = 10_000;
    let n = matrix.len();
    let mut x = vec![1.0 / n as f64; n];
    for _ in 0..ITERATIONS {
        let y: Vec<f64> = matrix.iter().map(|row| row.iter().zip(&x).map(|(a, b)| a * b).sum()).collect();
        let total: f64 = y.iter().sum();
        let y: Vec<f64> = y.into_iter().map(|v| v / total).collect();
        let moved = x.iter().zip(&y).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        x = y;
        if moved < 2e-16 * 4.0 {
            return Ok((total, x));
        }
    }
    Err(IndexError::NoConvergence { what: "principal eigenvector", iterations: ITERATIONS })
}
