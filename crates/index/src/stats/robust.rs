//! Spread and skew that a few wild values cannot move.

use super::{median, present};

/// Median absolute deviation from the median, not scaled; multiply by 1.4826 for a normal standard deviation.
pub fn mad(x: &[f64]) -> Option<f64> {
    let m = median(x)?;
    median(&x.iter().map(|v| (v - m).abs()).collect::<Vec<_>>())
}

/// Medcouple, a robust skewness between -1 and 1 (Brys, Hubert and Struyf 2004).
///
/// The plain O(n^2) kernel; above 2,000 values every k-th order statistic stands for its neighbours.
/// `None` below three values or when more than half are equal to the median.
pub fn medcouple(x: &[f64]) -> Option<f64> {
    let mut v = present(x);
    v.sort_unstable_by(f64::total_cmp);
    if v.len() > 2_000 {
        let step = v.len() as f64 / 2_000.0;
        v = (0..2_000).map(|k| v[((f64::from(k) + 0.5) * step) as usize]).collect();
    }
    if v.len() < 3 {
        return None;
    }
    let m = median(&v)?;
    let upper: Vec<f64> = v.iter().copied().filter(|&a| a >= m).collect();
    let lower: Vec<f64> = v.iter().copied().filter(|&a| a <= m).collect();
    let at_median = v.iter().filter(|&&a| (a - m).abs() <= 0.0).count();
    if 2 * at_median > v.len() {
        return None;
    }
    let mut h = Vec::with_capacity(upper.len() * lower.len());
    let (upper_ties, lower_ties) = (at_median, at_median);
    for (i, &a) in upper.iter().enumerate() {
        for (j, &b) in lower.iter().enumerate() {
            if a > b {
                h.push(((a - m) - (m - b)) / (a - b));
            } else {
                // both equal the median: sign of (upper index + lower index) around the block of ties
                let (p, q) = (i, lower_ties - 1 - (j + lower_ties - lower.len()));
                let d = (p + q) as i64 - (upper_ties as i64 - 1);
                h.push(d.signum() as f64);
            }
        }
    }
    median(&h)
}
