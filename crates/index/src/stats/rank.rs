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
    let turned: Vec<f64> = x.iter().map(|v| -v).collect();
    rank_descending(&turned, ties)
}

/// Ranks where the largest value is 1.
pub fn rank_descending(x: &[f64], ties: Ties) -> Vec<f64> {
    let (mut at, mut keys) = (Vec::new(), Vec::new());
    order_descending(x, 0..x.len(), &mut at, &mut keys);
    let mut rank = vec![f64::NAN; x.len()];
    let mut from = 0;
    let mut block = 0;
    while from < at.len() {
        let mut to = from + 1;
        #[allow(clippy::float_cmp)] // ties are equal values, nothing less; -0 equals 0
        while to < at.len() && x[at[to] as usize] == x[at[from] as usize] {
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
            rank[i as usize] = r;
        }
        from = to;
    }
    rank
}

/// Positions of `rows` from the largest value to the smallest, without the missing; ties by position.
///
/// Sorts 64-bit words made of a 32-bit key and the position, then puts right what 32 bits could not tell apart.
pub(crate) fn order_descending(
    x: &[f64],
    rows: impl Iterator<Item = usize>,
    at: &mut Vec<u32>,
    keys: &mut Vec<u64>,
) {
    keys.clear();
    keys.extend(rows.filter(|&i| !x[i].is_nan()).map(|i| {
        let bits = (x[i] as f32 + 0.0).to_bits(); // + 0.0 makes -0 equal to 0
        let ascending = if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 };
        u64::from(!ascending) << 32 | i as u64
    }));
    keys.sort_unstable();
    at.clear();
    at.extend(keys.iter().map(|k| *k as u32));
    let mut from = 0;
    while from < keys.len() {
        let mut to = from + 1;
        while to < keys.len() && keys[to] >> 32 == keys[from] >> 32 {
            to += 1;
        }
        if to - from > 1 {
            at[from..to].sort_unstable_by(|&a, &b| {
                x[b as usize].partial_cmp(&x[a as usize]).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(&b))
            });
        }
        from = to;
    }
}
