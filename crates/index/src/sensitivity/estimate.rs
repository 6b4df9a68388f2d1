//! Variance-based indices from a design. A missing (`NaN`) output leaves out its row for the indices that need it.

use crate::stats::Rng;

/// Indices of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indices {
    /// First order: share of the variance that goes when the input is fixed, on average.
    pub first: f64,
    /// Total: share that stays when all others are fixed, on average.
    pub total: f64,
    /// Rows used.
    pub rows: usize,
}

/// The parts of an output laid out as [`Design::points`](super::Design::points).
fn part(y: &[f64], n: usize, k: usize) -> &[f64] {
    &y[k * n..(k + 1) * n]
}

/// Mean and variance (n-1) of the outputs at A and B together.
fn spread(y: &[f64], n: usize) -> (f64, f64) {
    let there: Vec<f64> = crate::stats::present(&y[..2 * n]);
    match crate::stats::Moments::of(&there) {
        Some(m) => (m.mean, m.sample_sd().map_or(f64::NAN, |s| s * s)),
        None => (f64::NAN, f64::NAN),
    }
}

/// Centred Saltelli S_i = mean((yB - f0)(yABi - yA))/V and Jansen ST_i = mean((yA - yABi)^2)/(2V)
/// (Saltelli and others 2010; Jansen 1999). `y` in the order of the design. All zero when the output never varies.
pub fn first_and_total(y: &[f64], n: usize, d: usize) -> Vec<Indices> {
    let rows: Vec<usize> = (0..n).collect();
    let (f0, v) = spread(y, n);
    (0..d).map(|i| one(y, n, i, f0, v, &rows)).collect()
}

fn one(y: &[f64], n: usize, i: usize, f0: f64, v: f64, rows: &[usize]) -> Indices {
    let (a, b, ab) = (part(y, n, 0), part(y, n, 1), part(y, n, 2 + i));
    let (mut s, mut st, mut used) = (0.0, 0.0, 0usize);
    for &k in rows {
        if a[k].is_nan() || b[k].is_nan() || ab[k].is_nan() {
            continue;
        }
        s += (b[k] - f0) * (ab[k] - a[k]);
        st += (a[k] - ab[k]) * (a[k] - ab[k]);
        used += 1;
    }
    if used == 0 || v.is_nan() {
        return Indices { first: f64::NAN, total: f64::NAN, rows: 0 };
    }
    if v <= 0.0 {
        return Indices { first: 0.0, total: 0.0, rows: used };
    }
    let m = used as f64;
    Indices { first: s / m / v, total: st / (2.0 * m) / v, rows: used }
}

/// The uncentred first-order estimator that COINr uses, kept to compare with: mean(yB (yABi - yA))/V.
pub fn uncentred_first(y: &[f64], n: usize, d: usize) -> Vec<f64> {
    let (_, v) = spread(y, n);
    (0..d)
        .map(|i| {
            let (a, b, ab) = (part(y, n, 0), part(y, n, 1), part(y, n, 2 + i));
            (0..n).map(|k| b[k] * (ab[k] - a[k])).sum::<f64>() / n as f64 / v
        })
        .collect()
}

/// Bootstrap standard errors of first and total indices over rows of the design.
pub fn bootstrap_se(y: &[f64], n: usize, d: usize, draws: usize, seed: u64) -> Vec<(f64, f64)> {
    let (f0, v) = spread(y, n);
    let mut sums = vec![[0.0f64; 4]; d];
    for b in 0..draws {
        let mut rng = Rng::new(seed, b as u64);
        let rows: Vec<usize> = (0..n).map(|_| rng.below(n)).collect();
        for (i, s) in sums.iter_mut().enumerate() {
            let x = one(y, n, i, f0, v, &rows);
            s[0] += x.first;
            s[1] += x.first * x.first;
            s[2] += x.total;
            s[3] += x.total * x.total;
        }
    }
    let m = draws as f64;
    let sd = |s: f64, q: f64| ((q - s * s / m) / (m - 1.0)).max(0.0).sqrt();
    sums.iter().map(|s| (sd(s[0], s[1]), sd(s[2], s[3]))).collect()
}

/// Second-order indices S_ij (i < j) from a design with BA points:
/// (mean(yBAi yABj) - mean(yA yB))/V - S_i - S_j, all centred (Saltelli 2002).
pub fn second_order(y: &[f64], n: usize, d: usize) -> Vec<(usize, usize, f64)> {
    let (f0, v) = spread(y, n);
    let first = first_and_total(y, n, d);
    let product = |p: &[f64], q: &[f64]| {
        let pairs: Vec<f64> =
            p.iter().zip(q).map(|(a, b)| (a - f0) * (b - f0)).filter(|x| !x.is_nan()).collect();
        pairs.iter().sum::<f64>() / pairs.len() as f64
    };
    let base = product(part(y, n, 0), part(y, n, 1));
    let mut out = Vec::new();
    for i in 0..d {
        for j in i + 1..d {
            let closed = product(part(y, n, 2 + d + i), part(y, n, 2 + j)) - base;
            let s = if v > 0.0 { closed / v - first[i].first - first[j].first } else { 0.0 };
            out.push((i, j, s));
        }
    }
    out
}

/// Shapley effects from a design with all mixes of A and B (Song, Nelson and Staum 2016, by pick-freeze in place of
/// nested loops): the closed variance of the inputs in u is the mean of two centred estimates,
/// (yA - f0)(y(A on u, B elsewhere) - yB) and the same with A and B exchanged. They sum to one; small ones may come
/// out a little below zero.
pub fn shapley_effects(y: &[f64], n: usize, d: usize, second: bool) -> Vec<f64> {
    let (f0, v) = spread(y, n);
    let full = (1usize << d) - 1;
    let place = super::design::mixes(d, second);
    let of = |u: usize| part(y, n, place[u]);
    let (a, b) = (of(full), of(0));
    let closed: Vec<f64> = (0..=full)
        .map(|u| {
            if u == 0 || u == full || v <= 0.0 {
                return f64::from(u8::from(u == full && v > 0.0));
            }
            let (with, without) = (of(u), of(full & !u));
            let terms: Vec<f64> = (0..n)
                .map(|k| 0.5 * ((a[k] - f0) * (with[k] - b[k]) + (b[k] - f0) * (without[k] - a[k])) / v)
                .filter(|x| !x.is_nan())
                .collect();
            terms.iter().sum::<f64>() / terms.len() as f64
        })
        .collect();
    shapley_from_subsets(&closed, d)
}

/// Shapley effects from the closed variance share of every subset of inputs (bit i set: input i in it):
/// the mean over orders of what an input adds (Owen 2014). They sum to the share of the full set.
pub fn shapley_from_subsets(closed: &[f64], d: usize) -> Vec<f64> {
    (0..d)
        .map(|i| {
            (0..1usize << d)
                .filter(|u| u >> i & 1 == 0)
                .map(|u| {
                    let size = u.count_ones() as usize;
                    (closed[u | 1 << i] - closed[u]) / (d as f64 * choose(d - 1, size))
                })
                .sum()
        })
        .collect()
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64)
}
