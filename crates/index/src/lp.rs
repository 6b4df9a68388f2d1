//! Small linear programmes: maximise c w, subject to rows a w <= b and w >= 0, with few variables.
//!
//! Two-phase primal simplex on a dense tableau with Bland's rule, so that it ends. For many rows and few variables
//! use [`cutting`], which only looks at the rows that matter.

use crate::error::{IndexError, Result};

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// c w.
    pub value: f64,
    /// The variables.
    pub w: Vec<f64>,
}

const EPS: f64 = 1e-11;

/// Maximises; `None` when no w satisfies the rows.
pub fn maximise(c: &[f64], rows: &[(Vec<f64>, f64)]) -> Result<Option<Optimum>> {
    let (n, m) = (c.len(), rows.len());
    let negative: Vec<usize> = (0..m).filter(|&r| rows[r].1 < 0.0).collect();
    let width = n + m + negative.len();
    let mut t: Vec<Vec<f64>> = Vec::with_capacity(m);
    let mut basis = Vec::with_capacity(m);
    for (r, (a, b)) in rows.iter().enumerate() {
        let mut line = vec![0.0; width + 1];
        let sign = if *b < 0.0 { -1.0 } else { 1.0 };
        for (x, a) in line.iter_mut().zip(a) {
            *x = sign * a;
        }
        line[n + r] = sign;
        line[width] = sign * b;
        if let Some(k) = negative.iter().position(|&q| q == r) {
            line[n + m + k] = 1.0;
            basis.push(n + m + k);
        } else {
            basis.push(n + r);
        }
        t.push(line);
    }
    if !negative.is_empty() {
        let mut cost = vec![0.0; width + 1];
        for x in &mut cost[n + m..width] {
            *x = -1.0;
        }
        let mut z = priced(&cost, &t, &basis);
        pivot_until_done(&mut t, &mut z, &mut basis, width)?;
        if z[width] < -1e-9 {
            return Ok(None);
        }
        drive_out(&mut t, &mut z, &mut basis, n + m);
    }
    let mut cost = vec![0.0; width + 1];
    cost[..n].copy_from_slice(c);
    let mut z = priced(&cost, &t, &basis);
    pivot_until_done(&mut t, &mut z, &mut basis, n + m)?;
    let mut w = vec![0.0; n];
    for (line, &b) in t.iter().zip(&basis) {
        if b < n {
            w[b] = line[width].max(0.0);
        }
    }
    Ok(Some(Optimum { value: c.iter().zip(&w).map(|(c, w)| c * w).sum(), w }))
}

/// Objective row in terms of the non-basic variables: z[j] = c_j - c_B B^-1 a_j; the last entry is minus the value,
/// kept so that it grows as the value falls.
fn priced(cost: &[f64], t: &[Vec<f64>], basis: &[usize]) -> Vec<f64> {
    let mut z = cost.to_vec();
    for (line, &b) in t.iter().zip(basis) {
        let c = cost[b];
        if c != 0.0 {
            for (z, a) in z.iter_mut().zip(line) {
                *z -= c * a;
            }
        }
    }
    let last = z.len() - 1;
    z[last] = -z[last]; // now the value itself
    z
}

fn pivot_until_done(t: &mut [Vec<f64>], z: &mut [f64], basis: &mut [usize], columns: usize) -> Result<()> {
    const LIMIT: usize = 100_000;
    let last = z.len() - 1;
    for step in 0..LIMIT {
        // Largest coefficient first; Bland's rule after a while, against cycling.
        let enter = if step < 200 {
            (0..columns).filter(|&j| z[j] > EPS).max_by(|&a, &b| z[a].total_cmp(&z[b]).then(b.cmp(&a)))
        } else {
            (0..columns).find(|&j| z[j] > EPS)
        };
        let Some(enter) = enter else { return Ok(()) };
        let leave = (0..t.len())
            .filter(|&r| t[r][enter] > EPS)
            .min_by(|&a, &b| {
                let ratio = |r: usize| t[r][last] / t[r][enter];
                ratio(a).total_cmp(&ratio(b)).then(basis[a].cmp(&basis[b]))
            })
            .ok_or(IndexError::Parameter {
                name: "linear programme".into(),
                value: "unbounded".into(),
                range: "every direction of gain must be limited",
            })?;
        pivot(t, z, basis, leave, enter);
    }
    Err(IndexError::NoConvergence { what: "simplex", iterations: LIMIT })
}

fn pivot(t: &mut [Vec<f64>], z: &mut [f64], basis: &mut [usize], row: usize, column: usize) {
    let p = t[row][column];
    for x in &mut t[row] {
        *x /= p;
    }
    let line = t[row].clone();
    let last = z.len() - 1;
    for (r, other) in t.iter_mut().enumerate() {
        let f = other[column];
        if r != row && f != 0.0 {
            for (x, y) in other.iter_mut().zip(&line) {
                *x -= f * y;
            }
            other[column] = 0.0;
        }
    }
    let f = z[column];
    for (x, y) in z[..last].iter_mut().zip(&line) {
        *x -= f * y;
    }
    z[column] = 0.0;
    z[last] += f * line[last];
    basis[row] = column;
}

/// Swaps artificial variables that stayed in the basis at zero for real ones.
fn drive_out(t: &mut [Vec<f64>], z: &mut [f64], basis: &mut [usize], real: usize) {
    for r in 0..t.len() {
        if basis[r] >= real
            && let Some(j) = (0..real).find(|&j| t[r][j].abs() > 1e-9)
        {
            pivot(t, z, basis, r, j);
        }
    }
}

/// Maximises c w over w >= 0 with `few` rows and `many` rows given by a function that returns the most violated row
/// for a w, or none within 1e-12. The first rows must bound the problem.
pub fn cutting(
    c: &[f64],
    mut rows: Vec<(Vec<f64>, f64)>,
    violated: impl Fn(&[f64]) -> Option<(Vec<f64>, f64)>,
) -> Result<Option<Optimum>> {
    const LIMIT: usize = 1_000;
    for _ in 0..LIMIT {
        let Some(best) = maximise(c, &rows)? else { return Ok(None) };
        match violated(&best.w) {
            Some(row) => rows.push(row),
            None => return Ok(Some(best)),
        }
    }
    Err(IndexError::NoConvergence { what: "cutting planes", iterations: LIMIT })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_textbook_programme_has_its_textbook_answer() {
        let rows = vec![(vec![1.0, 0.0], 4.0), (vec![0.0, 2.0], 12.0), (vec![3.0, 2.0], 18.0)];
        let best = maximise(&[3.0, 5.0], &rows).unwrap().unwrap();
        assert!((best.value - 36.0).abs() < 1e-12 && (best.w[0] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn rows_with_negative_limits_need_a_first_phase() {
        // x + y >= 2, x <= 3, y <= 3, minimise x + 2y -> x = 2
        let rows = vec![(vec![-1.0, -1.0], -2.0), (vec![1.0, 0.0], 3.0), (vec![0.0, 1.0], 3.0)];
        let best = maximise(&[-1.0, -2.0], &rows).unwrap().unwrap();
        assert!((best.value + 2.0).abs() < 1e-12);
        let impossible = vec![(vec![1.0], 1.0), (vec![-1.0], -2.0)];
        assert_eq!(maximise(&[1.0], &impossible).unwrap(), None);
    }
}
