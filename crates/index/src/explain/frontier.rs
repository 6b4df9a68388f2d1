//! How far a unit is from the best of its peers, indicator by indicator.

use super::reach::{leaf_scores, root};
use crate::{
    error::{IndexError, Result},
    run::Run,
};

/// One indicator against the best peer.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The indicator.
    pub code: String,
    /// The unit's score.
    pub score: f64,
    /// The best score among the peers, the unit included.
    pub best: f64,
    /// Who has it; the first in the table at a tie.
    pub by: String,
    /// Points of the root that reaching it alone would gain.
    pub points: f64,
}

/// Gaps of a row to the frontier of its peers, the largest gain first: units of the same period and, with `group`, of
/// the same value in that column. Missing scores are left out.
pub fn frontier(run: &Run, row: usize, group: Option<&str>) -> Result<Vec<Gap>> {
    let units = run.scores.units();
    let now = run.index()[row];
    if now.is_nan() {
        return Err(IndexError::NotFinite { what: "score", subject: units.label(row) });
    }
    let column = group.map(|g| units.group(g)).transpose()?;
    let peers: Vec<usize> = (0..units.len())
        .filter(|&i| units.period(i) == units.period(row) && column.is_none_or(|c| c[i] == c[row]))
        .collect();
    let own = leaf_scores(run, row);
    let mut out = Vec::new();
    for (k, &score) in own.iter().enumerate().filter(|(_, s)| !s.is_nan()) {
        let (mut best, mut by) = (score, row);
        for &i in &peers {
            if run.scores.at(i, k) > best {
                (best, by) = (run.scores.at(i, k), i);
            }
        }
        let mut there = own.clone();
        there[k] = best;
        let code = run.tree().nodes[k].code.clone();
        out.push(Gap { code, score, best, by: units.label(by), points: root(run, &there)? - now });
    }
    out.sort_by(|a, b| b.points.total_cmp(&a.points).then_with(|| a.code.cmp(&b.code)));
    Ok(out)
}
