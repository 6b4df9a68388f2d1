//! Ranks with stated treatment of ties. Missing values get no rank (`NaN`).

use serde::{Deserialize, Serialize};

/// What equal values get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// The best rank of the block, as in sport: 1, 2, 2, 4.
    #[default]
    Min,
    /// The worst rank of the block: 1, 3, 3, 4.
    Max,
    /// The mean rank of the block: 1, 2.5, 2.5, 4.
    Average,
    /// No gaps: 1, 2, 2, 3.
    Dense,
}

/// Ranks where the smallest value is 1.
pub fn rank_ascending(x: &[f64], ties: Ties) -> Vec<f64> {
    rank_by(x, ties, |a, b| a.total_cmp(b))
}

/// Ranks where the largest value is 1.
pub fn rank_descending(x: &[f64], ties: Ties) -> Vec<f64> {
    rank_by(x, ties, |a, b| b.total_cmp(a))
}

fn rank_by(x: &[f64], ties: Ties, order: impl Fn(&f64, &f64) -> std::cmp::Ordering) -> Vec<f64> {
    let mut at: Vec<usize> = (0..x.len()).filter(|&i| !x[i].is_nan()).collect();
    at.sort_unstable_by(|&a, &b| order(&x[a], &x[b]).then(a.cmp(&b)));
    let mut rank = vec![f64::NAN; x.len()];
    let mut from = 0;
    let mut block = 0;
    while from < at.len() {
        let mut to = from + 1;
        #[allow(clippy::float_cmp)] // ties are equal values, nothing less; -0 equals 0
        while to < at.len() && x[at[to]] == x[at[from]] {
            to += 1;
        }
        block += 1;
        let r = match ties {
            Ties::Min => (from + 1) as f64,
            Ties::Max => to as f64,
            Ties::Average => (from + 1 + to) as f64 / 2.0,
            Ties::Dense => f64::from(block),
        };
        for &i in &at[from..to] {
            rank[i] = r;
        }
        from = to;
    }
    rank
}
