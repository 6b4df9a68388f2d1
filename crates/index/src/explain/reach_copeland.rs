//! The cheapest way up where the root compares units (Copeland): an exact search over the levels that matter.

use std::collections::BTreeMap;

use super::reach::{Move, Reach};
use crate::{
    error::{IndexError, Result},
    run::Run,
};

/// Combinations looked at before the search gives up.
const LIMIT: usize = 20_000_000;

struct Search<'a> {
    /// Scores of the others on each child, and the signs they have among themselves.
    others: &'a [Vec<f64>],
    settled: &'a [f64],
    w: &'a [f64],
    /// For each child: (cost, level), the present level first, rising.
    levels: &'a [Vec<(f64, f64)>],
    allowed: usize,
    best: Option<(f64, Vec<f64>)>,
    looked: usize,
}

impl Search<'_> {
    fn go(&mut self, child: usize, cost: f64, at: &mut Vec<f64>) -> Result<()> {
        if child == self.levels.len() {
            self.looked += 1;
            if self.looked > LIMIT {
                return Err(IndexError::NoConvergence {
                    what: "search over Copeland ranks",
                    iterations: LIMIT,
                });
            }
            if self.ahead(at) <= self.allowed {
                self.best = Some((cost, at.clone()));
            }
            return Ok(());
        }
        for &(c, level) in &self.levels[child] {
            // Levels rise in cost: nothing after this one can be cheaper.
            if self.best.as_ref().is_some_and(|(b, _)| cost + c >= *b) {
                break;
            }
            at.push(level);
            self.go(child + 1, cost + c, at)?;
            at.pop();
        }
        Ok(())
    }
    /// How many others stand above a unit with these scores.
    fn ahead(&self, at: &[f64]) -> usize {
        let total: f64 = self.w.iter().sum();
        let sign = |o: &[f64]| {
            let d: f64 = at
                .iter()
                .zip(o)
                .zip(self.w)
                .map(|((a, b), w)| w / total * (f64::from(u8::from(a > b)) - f64::from(u8::from(a < b))))
                .sum();
            f64::from(i8::from(d > 2e-12) - i8::from(d < -2e-12))
        };
        let signs: Vec<f64> = self.others.iter().map(|o| sign(o)).collect();
        let own: f64 = signs.iter().sum();
        self.settled.iter().zip(&signs).filter(|(s, own_sign)| **s - **own_sign > own).count()
    }
}

/// The least-cost change of the root's children that moves a unit up `places` in Copeland's order. A child only has
/// to be raised to the level of another unit, or just above it, so the search is finite and exact.
pub(super) fn reach_copeland(
    run: &Run,
    row: usize,
    places: usize,
    best: f64,
    costs: &BTreeMap<String, f64>,
) -> Result<Reach> {
    let tree = run.tree();
    let units = run.scores.units();
    let children = &tree.nodes[tree.root].children;
    let w: Vec<f64> = children.iter().map(|&c| run.weights[c]).collect();
    let line = |i: usize| -> Vec<f64> { children.iter().map(|&c| run.scores.at(i, c)).collect() };
    let own = line(row);
    let peers: Vec<usize> = (0..units.len())
        .filter(|&i| i != row && units.period(i) == units.period(row) && !run.index()[i].is_nan())
        .collect();
    let others: Vec<Vec<f64>> = peers.iter().map(|&i| line(i)).collect();
    if others.iter().chain([&own]).flatten().any(|x| x.is_nan()) {
        return Err(IndexError::NotFinite { what: "a score below the root", subject: units.label(row) });
    }
    let now = run.index()[row];
    let rank = 1 + peers.iter().filter(|&&i| run.index()[i] > now).count();
    if places == 0 || places >= rank {
        return Err(IndexError::parameter(
            "places",
            places,
            "it must be from 1 to the number of units above",
        ));
    }
    let settled = crate::outrank::copeland(&others, &w);
    let levels: Vec<Vec<(f64, f64)>> = (0..children.len())
        .map(|k| {
            let cost = costs.get(&tree.nodes[children[k]].code).copied().unwrap_or(1.0);
            let mut at: Vec<f64> = vec![own[k]];
            if cost > 0.0 {
                let hair = |x: f64| x + 1e-9 * x.abs().max(1.0);
                at.extend(others.iter().map(|o| o[k]).flat_map(|x| [x, hair(x)]));
                at.retain(|x| *x >= own[k] && (*x <= best || *x == own[k]));
            }
            at.sort_by(f64::total_cmp);
            at.dedup();
            at.into_iter().map(|x| ((x - own[k]) * cost, x)).collect()
        })
        .collect();
    let mut search = Search {
        others: &others,
        settled: &settled,
        w: &w,
        levels: &levels,
        allowed: rank - 1 - places,
        best: None,
        looked: 0,
    };
    search.go(0, 0.0, &mut Vec::new())?;
    let (cost, at) = search.best.map_or((None, own.clone()), |(c, at)| (Some(c), at));
    let moves = (0..children.len())
        .filter(|&k| at[k] > own[k])
        .map(|k| Move { code: tree.nodes[children[k]].code.clone(), score: (own[k], at[k]), value: None })
        .collect();
    Ok(Reach {
        rank: (rank, rank - places),
        score: (now, f64::NAN),
        alone: Vec::new(),
        together: Some(moves),
        cost,
    })
}
