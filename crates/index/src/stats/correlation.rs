//! Correlations over pairs where both values are there.

use super::{Ties, rank_ascending};
use crate::sum::{Sum, sum};

fn pairs(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    x.iter().zip(y).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).unzip()
}

/// Product-moment correlation; `None` below two pairs or without spread.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = pairs(x, y);
    if x.len() < 2 {
        return None;
    }
    let n = x.len() as f64;
    let (mx, my) = (sum(x.iter().copied()) / n, sum(y.iter().copied()) / n);
    let (mut sxy, mut sxx, mut syy) = (Sum::default(), Sum::default(), Sum::default());
    for (a, b) in x.iter().zip(&y) {
        sxy.add((a - mx) * (b - my));
        sxx.add((a - mx) * (a - mx));
        syy.add((b - my) * (b - my));
    }
    let (sxx, syy) = (sxx.value(), syy.value());
    (sxx > 0.0 && syy > 0.0).then(|| (sxy.value() / (sxx.sqrt() * syy.sqrt())).clamp(-1.0, 1.0))
}

/// Rank correlation with mean ranks for ties; `None` below two pairs or without spread.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = pairs(x, y);
    pearson(&rank_ascending(&x, Ties::Average), &rank_ascending(&y, Ties::Average))
}

/// Kendall's tau-b; `None` below two pairs or without spread. O(n^2): meant for up to a few thousand units.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = pairs(x, y);
    let (mut s, mut tx, mut ty) = (0i64, 0i64, 0i64);
    for i in 0..x.len() {
        for j in 0..i {
            let (a, b) = (x[i].partial_cmp(&x[j])? as i64, y[i].partial_cmp(&y[j])? as i64);
            s += a * b;
            tx += a * a;
            ty += b * b;
        }
    }
    (tx > 0 && ty > 0).then(|| s as f64 / ((tx as f64).sqrt() * (ty as f64).sqrt()))
}
