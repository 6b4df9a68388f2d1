//! Scores into ranks: 1 is the highest score.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    error::Result,
    model::{Frame, Scope},
    stats::{Ties, rank_descending},
};

/// The rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct RankRule {
    /// What equal scores get.
    pub ties: Ties,
    /// Rank within periods (the default) or over all rows.
    pub scope: Scope,
    /// Rank within the groups of this column.
    pub within: Option<String>,
    /// Scores closer than this share of their size count as equal; rounding noise must not decide a rank.
    pub tolerance: f64,
}

impl Default for RankRule {
    fn default() -> Self {
        Self { ties: Ties::Min, scope: Scope::PerPeriod, within: None, tolerance: 0.0 }
    }
}

/// Ranks of every column; a missing score has a missing rank.
pub fn rank(frame: &Frame, rule: &RankRule) -> Result<Frame> {
    let mut out = frame.clone();
    let group = rule.within.as_ref().map(|g| frame.units().group(g).map(<[_]>::to_vec)).transpose()?;
    for pool in frame.units().pools(rule.scope) {
        let mut parts: std::collections::BTreeMap<Option<&String>, Vec<usize>> =
            std::collections::BTreeMap::new();
        for i in pool {
            parts.entry(group.as_ref().and_then(|g| g[i].as_ref())).or_default().push(i);
        }
        for rows in parts.values() {
            out.par_columns_mut().enumerate().for_each(|(j, column)| {
                let x: Vec<f64> = rows.iter().map(|&i| frame.at(i, j)).collect();
                let x = if rule.tolerance > 0.0 { merged(&x, rule.tolerance) } else { x };
                for (&i, r) in rows.iter().zip(rank_descending(&x, rule.ties)) {
                    column[i] = r;
                }
            });
        }
    }
    Ok(out)
}

/// Values of one chain of near-equals take the largest of it.
fn merged(x: &[f64], tolerance: f64) -> Vec<f64> {
    let mut at: Vec<usize> = (0..x.len()).filter(|&i| !x[i].is_nan()).collect();
    at.sort_by(|&a, &b| x[b].total_cmp(&x[a]));
    let mut y = x.to_vec();
    for pair in at.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if x[a] - x[b] <= tolerance * x[a].abs().max(x[b].abs()) {
            y[b] = y[a];
        }
    }
    y
}
