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

/// Two-sided p-value of tau-b by the normal approximation, variance corrected for ties (Kendall 1970). `None` where
/// tau-b is.
pub fn kendall_p(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = pairs(x, y);
    let tau = kendall(&x, &y)?;
    let n = x.len() as f64;
    let ties = |v: &[f64]| {
        let mut v = v.to_vec();
        v.sort_unstable_by(f64::total_cmp);
        let blocks = v.chunk_by(|a, b| a == b).map(|b| b.len() as f64);
        blocks.fold([0.0; 3], |[two, three, five], t| {
            let pairs = t * (t - 1.0);
            [two + pairs / 2.0, three + pairs * (t - 2.0), five + pairs * (2.0 * t + 5.0)]
        })
    };
    let ([x2, x3, x5], [y2, y3, y5]) = (ties(&x), ties(&y));
    let all = n * (n - 1.0);
    let lead = tau * ((all / 2.0 - x2) * (all / 2.0 - y2)).sqrt();
    let third = if n > 2.0 { x3 * y3 / (9.0 * all * (n - 2.0)) } else { 0.0 };
    let variance = (all * (2.0 * n + 5.0) - x5 - y5) / 18.0 + 2.0 * x2 * y2 / all + third;
    (variance > 0.0).then(|| 2.0 * (1.0 - super::normal_cdf(lead.abs() / variance.sqrt())))
}
