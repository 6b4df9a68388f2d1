//! Why a unit stands where it stands: contributions that sum exactly, change between editions, slopes, and the
//! cheapest way to another rank.

mod chain;
mod change;
mod contribution;
mod frontier;
mod reach;
mod reach_copeland;

pub use chain::{Series, chain};
pub use change::{Change, Edition, change};
pub use contribution::{Baseline, Contribution, contributions};
pub use frontier::{Gap, frontier};
pub use reach::{Move, Reach, reach, reach_alone, slopes};

/// Brings the sum of the parts (by the order-free [`sum`](crate::sum::sum)) as close to the total as their last bits
/// allow: the bulk of the rounding goes to the largest part, what is finer than its last bit to the smallest.
fn close(parts: &mut [f64], total: f64) {
    let by_size = |a: &usize, b: &usize, parts: &[f64]| parts[*a].abs().total_cmp(&parts[*b].abs());
    for turn in 0..8 {
        let rest = total - crate::sum::sum(parts.iter().copied());
        if rest == 0.0 {
            return;
        }
        let there = (0..parts.len()).filter(|&i| parts[i] != 0.0 || parts.len() == 1);
        let at = if turn == 0 {
            there.max_by(|a, b| by_size(a, b, parts))
        } else {
            there.min_by(|a, b| by_size(a, b, parts))
        };
        let Some(at) = at else {
            // All parts are zero and the total is not: it has no better home than the first.
            if let Some(first) = parts.first_mut() {
                *first = total;
            }
            return;
        };
        parts[at] += rest;
    }
}
