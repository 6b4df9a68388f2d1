//! Ranks that know how little they know: expected rank and the chance of being among the extreme tenth.

use rayon::prelude::*;

use super::{RELIABILITY_FLOOR, shrink::Shrunk};
use crate::stats::Rng;

/// Which end of the rates is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Rank 1 is the highest rate.
    Highest,
    /// Rank 1 is the lowest rate.
    Lowest,
}

/// One area's rank over draws from its belief.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PosteriorRank {
    /// Expected rank, 1 at the end that is counted from.
    pub expected: f64,
    /// P(among the tenth at that end).
    pub top_tenth: f64,
    /// The rank that may be shown: of the expected ranks, only at or above the reliability floor.
    pub shown: Option<usize>,
}

/// Draws all areas together many times and ranks each draw. The same seed gives the same answer on any number of
/// threads.
pub fn posterior_ranks(shrunk: &Shrunk, end: End, draws: usize, seed: u64) -> Vec<PosteriorRank> {
    let sign = match end {
        End::Highest => 1.0,
        End::Lowest => -1.0,
    };
    let n = shrunk.areas.len();
    let tenth = n.div_ceil(10);
    const BATCH: usize = 16;
    let batches: Vec<usize> = (0..draws).step_by(BATCH).collect();
    let sums: Vec<Vec<(u64, u32)>> = batches
        .into_par_iter()
        .map(|from| {
            let mut sum = vec![(0u64, 0u32); n];
            for d in from..(from + BATCH).min(draws) {
                let mut rng = Rng::new(seed, d as u64);
                let mut drawn: Vec<(f64, usize)> = shrunk
                    .areas
                    .iter()
                    .enumerate()
                    .map(|(i, a)| (sign * a.belief.draw(&mut rng), i))
                    .collect();
                // Ties (areas with the same point belief) fall by chance, not by position.
                let twist = rng.below(n.max(1));
                drawn.sort_unstable_by(|a, b| {
                    b.0.total_cmp(&a.0).then(((a.1 + twist) % n).cmp(&((b.1 + twist) % n)))
                });
                for (r, (_, i)) in drawn.into_iter().enumerate() {
                    sum[i].0 += r as u64 + 1;
                    sum[i].1 += u32::from(r < tenth);
                }
            }
            sum
        })
        .collect();
    let m = draws.max(1) as f64;
    let expected: Vec<f64> = (0..n).map(|i| sums.iter().map(|s| s[i].0).sum::<u64>() as f64 / m).collect();
    let order = crate::stats::rank_ascending(&expected, crate::stats::Ties::Min);
    (0..n)
        .map(|i| PosteriorRank {
            expected: expected[i],
            top_tenth: f64::from(sums.iter().map(|s| s[i].1).sum::<u32>()) / m,
            shown: (shrunk.areas[i].reliability >= RELIABILITY_FLOOR).then_some(order[i] as usize),
        })
        .collect()
}
