//! How sure a rank is: intervals, frequencies, and who beats whom over the replicates.

use rayon::prelude::*;

use crate::stats::{QuantileType, quantile_sorted};

/// One unit's scores and ranks over the replicates that worked.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitRanks {
    /// Unit.
    pub unit: String,
    /// Rank with the recipe as it is.
    pub nominal: f64,
    /// Mean rank.
    pub mean: f64,
    /// Median rank.
    pub median: f64,
    /// 5 % quantile of the rank (type 7).
    pub q05: f64,
    /// 95 % quantile of the rank.
    pub q95: f64,
    /// 5 %, 50 % and 95 % quantiles of the score.
    pub score: [f64; 3],
    /// Share of replicates among the best k.
    pub in_top: f64,
    /// Share among the worst k.
    pub in_bottom: f64,
}

/// All units.
#[derive(Debug, Clone, PartialEq)]
pub struct RankStats {
    /// By unit.
    pub units: Vec<UnitRanks>,
    /// k of `in_top` and `in_bottom`.
    pub k: usize,
    /// P(rank = r), by unit and rank from 1; only for up to 500 units.
    pub frequency: Option<Vec<Vec<f64>>>,
}

/// Replicates by row: `scores[r * n + i]` and `ranks` alike; rank 0 means none.
pub fn rank_stats(units: &[String], nominal: &[f64], scores: &[f32], ranks: &[u16], k: usize) -> RankStats {
    let n = units.len();
    let replicates = ranks.len() / n.max(1);
    let strips: Vec<usize> = (0..n).step_by(16).collect();
    let stats = strips
        .into_par_iter()
        .flat_map_iter(|from| {
            let to = (from + 16).min(n);
            // One pass over memory for sixteen units.
            let mut s = vec![Vec::with_capacity(replicates); to - from];
            let mut q = vec![Vec::with_capacity(replicates); to - from];
            for r in 0..replicates {
                for i in from..to {
                    if ranks[r * n + i] > 0 {
                        s[i - from].push(scores[r * n + i]);
                        q[i - from].push(ranks[r * n + i]);
                    }
                }
            }
            (from..to)
                .map(|i| unit_of(&units[i], nominal[i], &mut s[i - from], &mut q[i - from], n, k))
                .collect::<Vec<_>>()
        })
        .collect();
    let frequency = (n <= 500).then(|| {
        (0..n)
            .map(|i| {
                let mut f = vec![0.0; n];
                let there = (0..replicates).map(|r| ranks[r * n + i]).filter(|&q| q > 0);
                let mut seen = 0.0;
                for q in there {
                    f[q as usize - 1] += 1.0;
                    seen += 1.0;
                }
                f.iter_mut().for_each(|x| *x /= f64::max(seen, 1.0));
                f
            })
            .collect()
    });
    RankStats { units: stats, k, frequency }
}

fn unit_of(unit: &str, nominal: f64, s: &mut [f32], q: &mut [u16], n: usize, k: usize) -> UnitRanks {
    let m = q.len();
    if m == 0 {
        let x = f64::NAN;
        return UnitRanks {
            unit: unit.into(),
            nominal,
            mean: x,
            median: x,
            q05: x,
            q95: x,
            score: [x; 3],
            in_top: x,
            in_bottom: x,
        };
    }
    let share = |c: usize| c as f64 / m as f64;
    let (in_top, in_bottom) = (
        share(q.iter().filter(|&&r| (r as usize) <= k).count()),
        share(q.iter().filter(|&&r| (r as usize) > n - k.min(n)).count()),
    );
    let mean = q.iter().map(|&r| f64::from(r)).sum::<f64>() / m as f64;
    let rank = quantiles(q, |&r| f64::from(r), std::cmp::Ord::cmp);
    let score = quantiles(s, |&x| f64::from(x), f32::total_cmp);
    UnitRanks {
        unit: unit.into(),
        nominal,
        mean,
        median: rank[1],
        q05: rank[0],
        q95: rank[2],
        score,
        in_top,
        in_bottom,
    }
}

/// Type 7 quantiles at 5, 50 and 95 % by selection, without sorting everything.
fn quantiles<T: Copy>(
    x: &mut [T],
    value: impl Fn(&T) -> f64,
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> [f64; 3] {
    let n = x.len();
    if n < 8 {
        x.sort_unstable_by(&order);
        let v: Vec<f64> = x.iter().map(value).collect();
        return [0.05, 0.5, 0.95]
            .map(|p| quantile_sorted(&v, p, QuantileType::default()).unwrap_or(f64::NAN));
    }
    let mut from = 0;
    [0.05, 0.5, 0.95].map(|p| {
        let at = (n - 1) as f64 * p;
        let j = at.floor() as usize;
        let (_, low, above) = x[from..].select_nth_unstable_by(j - from, &order);
        let low = value(low);
        let next = above.iter().min_by(|a, b| order(a, b)).map_or(low, &value);
        from = j;
        low + (at - j as f64) * (next - low)
    })
}

/// P(unit i scores above unit j), ties half, over replicates where both have a score. O(n^2 replicates).
pub fn beats(scores: &[f32], n: usize) -> Vec<Vec<f64>> {
    let replicates = scores.len() / n.max(1);
    (0..n)
        .into_par_iter()
        .map(|i| {
            (0..n)
                .map(|j| {
                    let (mut wins, mut seen) = (0.0, 0.0);
                    for r in 0..replicates {
                        let (a, b) = (scores[r * n + i], scores[r * n + j]);
                        if !a.is_nan() && !b.is_nan() {
                            wins += if a > b { 1.0 } else { f64::from(u8::from(a >= b)) * 0.5 };
                            seen += 1.0;
                        }
                    }
                    if seen > 0.0 { wins / seen } else { f64::NAN }
                })
                .collect()
        })
        .collect()
}
