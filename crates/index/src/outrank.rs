//! Comparing units pair by pair: outranking, Copeland, and the exact Condorcet-Kemeny-Young order.
//!
//! o_ij = sum w [x_i > x_j] + half of sum w [x_i = x_j], over the criteria that both units have, weights rescaled to
//! one: symmetric (o_ij + o_ji = 1) whatever the order of rows.

use rayon::prelude::*;

use crate::error::{IndexError, Result};

/// A share of one half within this counts as a tie.
const TIE: f64 = 1e-12;

/// Sum of w (sign of x_i - x_j) over shared criteria divided by their weight: 2 o_ij - 1. 0 without shared criteria.
fn balance(a: &[f64], b: &[f64], w: &[f64]) -> f64 {
    let (mut d, mut total) = (0.0, 0.0);
    for ((x, y), w) in a.iter().zip(b).zip(w) {
        if !x.is_nan() && !y.is_nan() {
            d += w * (f64::from(u8::from(x > y)) - f64::from(u8::from(x < y)));
            total += w;
        }
    }
    if total > 0.0 { d / total } else { 0.0 }
}

/// The matrix o_ij; the diagonal is 0, as in COINr. `x` by unit.
pub fn matrix(x: &[Vec<f64>], w: &[f64]) -> Vec<Vec<f64>> {
    (0..x.len())
        .map(|i| {
            (0..x.len()).map(|j| if i == j { 0.0 } else { 0.5 + balance(&x[i], &x[j], w) / 2.0 }).collect()
        })
        .collect()
}

/// Pairs where one unit is at least as good everywhere and better somewhere, and their share of all pairs.
pub fn dominance(x: &[Vec<f64>]) -> (usize, f64) {
    let n = x.len();
    let dominates =
        |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(x, y)| x >= y) && a.iter().zip(b).any(|(x, y)| x > y);
    let pairs = (0..n)
        .flat_map(|i| (0..n).map(move |j| (i, j)))
        .filter(|&(i, j)| i != j && dominates(&x[i], &x[j]))
        .count();
    (pairs, pairs as f64 / ((n * n - n) as f64 / 2.0))
}

/// Calls `f(i, signs)` style accumulation: for each unit, folds 2 o_ij - 1 over all others.
fn fold_rows(x: &[Vec<f64>], w: &[f64], f: impl Fn(f64) -> f64 + Sync) -> Vec<f64> {
    let n = x.len();
    let m = w.len();
    let total: f64 = w.iter().sum();
    let complete = x.iter().all(|r| r.iter().all(|v| !v.is_nan()));
    if !complete {
        return (0..n)
            .into_par_iter()
            .map(|i| (0..n).filter(|&j| j != i).map(|j| f(balance(&x[i], &x[j], w))).sum())
            .collect();
    }
    // By column, so that the comparison runs along memory.
    let columns: Vec<Vec<f64>> = (0..m).map(|k| x.iter().map(|r| r[k]).collect()).collect();
    (0..n)
        .into_par_iter()
        .map_init(
            || vec![0.0; n],
            |d, i| {
                d.fill(0.0);
                for (column, w) in columns.iter().zip(w) {
                    let v = column[i];
                    let w = w / total;
                    for (d, y) in d.iter_mut().zip(column) {
                        *d += w * (f64::from(u8::from(v > *y)) - f64::from(u8::from(v < *y)));
                    }
                }
                d[i] = 0.0;
                let own = f(0.0);
                d.iter().map(|&b| f(b)).sum::<f64>() - own
            },
        )
        .collect()
}

/// Copeland scores: over all other units, +1 where outranking, -1 where outranked, 0 at a tie (within 1e-12).
pub fn copeland(x: &[Vec<f64>], w: &[f64]) -> Vec<f64> {
    fold_rows(x, w, |b| f64::from(i8::from(b > 2.0 * TIE) - i8::from(b < -2.0 * TIE)))
}

/// Mean of o_ij over the other units; 0 for a unit alone.
pub fn mean_outranking(x: &[Vec<f64>], w: &[f64]) -> Vec<f64> {
    let others = (x.len().max(2) - 1) as f64;
    fold_rows(x, w, |b| 0.5 + b / 2.0).into_iter().map(|s| s / others).collect()
}

/// Best orders by the Kemeny rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Kemeny {
    /// Sum of o_ij over pairs with i before j.
    pub score: f64,
    /// All optimal orders (best unit first), at most `limit` of them, in lexicographic order of positions.
    pub orders: Vec<Vec<usize>>,
    /// How many optimal orders there are, counted exactly.
    pub optima: u64,
}

/// The exact Condorcet-Kemeny-Young orders by dynamic programming over sets: 2^n n steps, n up to 20.
///
/// `o[i][j]` is what is gained when i stands before j; ties within 1e-9 count as equal.
pub fn kemeny(o: &[Vec<f64>], limit: usize) -> Result<Kemeny> {
    let n = o.len();
    if n == 0 || n > 20 {
        return Err(IndexError::parameter("units in an exact Kemeny order", n, "it must be from 1 to 20"));
    }
    let full = (1usize << n) - 1;
    // gain[i][s]: what i gains standing before all of s; built from s without its lowest member.
    let gain = |i: usize, s: usize| -> f64 { (0..n).filter(|&j| s >> j & 1 == 1).map(|j| o[i][j]).sum() };
    // best[s]: best score of an order of s; the first of s is some i followed by s without i.
    let mut best = vec![0.0; full + 1];
    let mut count = vec![1u64; full + 1];
    for s in 1..=full {
        let (mut top, mut ways) = (f64::NEG_INFINITY, 0);
        for i in (0..n).filter(|&i| s >> i & 1 == 1) {
            let rest = s & !(1 << i);
            let v = best[rest] + gain(i, rest);
            if v > top + 1e-9 {
                (top, ways) = (v, count[rest]);
            } else if v >= top - 1e-9 {
                ways += count[rest];
            }
        }
        best[s] = top;
        count[s] = ways;
    }
    let mut orders = Vec::new();
    let mut prefix = Vec::new();
    walk(full, &best, &gain, n, limit, &mut prefix, &mut orders);
    Ok(Kemeny { score: best[full], orders, optima: count[full] })
}

fn walk(
    s: usize,
    best: &[f64],
    gain: &dyn Fn(usize, usize) -> f64,
    n: usize,
    limit: usize,
    prefix: &mut Vec<usize>,
    orders: &mut Vec<Vec<usize>>,
) {
    if orders.len() >= limit {
        return;
    }
    if s == 0 {
        orders.push(prefix.clone());
        return;
    }
    for i in (0..n).filter(|&i| s >> i & 1 == 1) {
        let rest = s & !(1 << i);
        if best[rest] + gain(i, rest) >= best[s] - 1e-9 {
            prefix.push(i);
            walk(rest, best, gain, n, limit, prefix, orders);
            prefix.pop();
        }
    }
}

/// A good order for many units: by Copeland score, then moving single units while that gains (local optimum).
pub fn kemeny_heuristic(o: &[Vec<f64>]) -> (f64, Vec<usize>) {
    let n = o.len();
    let mut order: Vec<usize> = (0..n).collect();
    let net: Vec<f64> =
        (0..n).map(|i| (0..n).filter(|&j| j != i).map(|j| (o[i][j] - o[j][i]).signum()).sum()).collect();
    order.sort_by(|&a, &b| net[b].total_cmp(&net[a]).then(a.cmp(&b)));
    let mut improved = true;
    while improved {
        improved = false;
        for from in 0..n {
            let unit = order[from];
            let (mut best, mut to) = (1e-9, from);
            let mut gain = 0.0;
            for k in (0..from).rev() {
                gain += o[unit][order[k]] - o[order[k]][unit];
                if gain > best {
                    (best, to) = (gain, k);
                }
            }
            gain = 0.0;
            for (k, &other) in order.iter().enumerate().skip(from + 1) {
                gain += o[other][unit] - o[unit][other];
                if gain > best {
                    (best, to) = (gain, k);
                }
            }
            if to != from {
                order.remove(from);
                order.insert(to, unit);
                improved = true;
            }
        }
    }
    let score =
        (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).map(|(a, b)| o[order[a]][order[b]]).sum();
    (score, order)
}
