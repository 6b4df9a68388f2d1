//! Weak links (短板): where an area loses points against the others, since when, and the smallest change that helps.

use super::compute::Computed;
use super::materials::{EditionFault, Materials};
use ::index::Run;
use ::index::explain::{Baseline, Contribution, contributions, reach_alone};
use domain::month::Month;

/// Where an area loses points.
#[derive(Clone, Debug, PartialEq)]
pub struct WeakLink {
    /// Place of the area in the materials.
    pub area: usize,
    /// The indicator.
    pub indicator: String,
    /// Points of the index lost against the mean of the others, above zero.
    pub lost: f64,
    /// Its score, and the mean score of the others.
    pub score: (f64, f64),
    /// Share of its differences that is no noise; `None` where nothing is smoothed. The heaviest links are those whose
    /// loss, times this, is the largest: one accident in a small county is not yet a weakness.
    pub reliability: Option<f64>,
    /// Its place among the areas by this indicator, and of how many.
    pub place: (usize, usize),
    /// The first month since when it has been at least half as far behind as now.
    pub since: Month,
    /// The value that counts, in the indicator's unit.
    pub value: Option<f64>,
    /// The value that counts, and the one that would lift the area by one rank with all else as it is; `None` when this
    /// indicator alone cannot, or nobody is ahead.
    pub change: Option<(f64, f64)>,
}

impl WeakLink {
    /// Points lost as far as they are no noise.
    pub fn weight(&self) -> f64 {
        self.lost * self.reliability.unwrap_or(1.0)
    }
}

/// Weak links of all areas, at most so many each as the choices say, the heaviest first.
pub fn weak_links(made: &Computed, it: &Materials) -> Result<Vec<WeakLink>, EditionFault> {
    let mut found = Vec::new();
    for area in 0..it.areas.len() {
        if made.now.index()[area].is_nan() {
            continue;
        }
        let tree = contributions(&made.now, area, Baseline::Others)?;
        let mut leaves = Vec::new();
        collect(&tree, &mut leaves);
        leaves.retain(|leaf| leaf.points < -1e-9);
        let sure = |leaf: &Contribution| leaf.points * reliability(made, area, &leaf.code).unwrap_or(1.0);
        leaves.sort_by(|a, b| sure(a).total_cmp(&sure(b)).then_with(|| a.code.cmp(&b.code)));
        for leaf in leaves.into_iter().take(it.choices.weak_links) {
            found.push(weak_link(made, it, area, leaf)?);
        }
    }
    Ok(found)
}

fn reliability(made: &Computed, area: usize, indicator: &str) -> Option<f64> {
    let told = made.values.told.iter().find(|it| it.area == area && it.indicator == indicator);
    told.and_then(|it| it.reliability)
}

fn collect<'a>(tree: &'a Contribution, leaves: &mut Vec<&'a Contribution>) {
    if tree.parts.is_empty() {
        leaves.push(tree);
    }
    tree.parts.iter().for_each(|part| collect(part, leaves));
}

fn weak_link(
    made: &Computed,
    it: &Materials,
    area: usize,
    leaf: &Contribution,
) -> Result<WeakLink, EditionFault> {
    let column = made.now.scores.column(made.now.tree().position(&leaf.code)?);
    let ahead = column.iter().filter(|score| **score > leaf.score).count();
    let best =
        made.framework.indicator(&leaf.code).map_or(100.0, |it| it.standard.score.0.max(it.standard.score.1));
    let step = reach_alone(&made.now, area, 1, best, &leaf.code)?;
    let change = step
        .and_then(|step| step.value)
        .map(|(now, then)| (made.in_its_unit(&leaf.code, now), made.in_its_unit(&leaf.code, then)));
    Ok(WeakLink {
        area,
        indicator: leaf.code.clone(),
        lost: -leaf.points,
        score: (leaf.score, leaf.baseline),
        reliability: reliability(made, area, &leaf.code),
        value: made
            .values
            .told
            .iter()
            .find(|it| it.area == area && it.indicator == leaf.code)
            .and_then(|it| it.value),
        place: (ahead + 1, column.iter().filter(|score| !score.is_nan()).count()),
        since: since(&made.panel, it, area, &leaf.code)?,
        change,
    })
}

/// Back from the edition's month as long as the area was at least half as far behind the others as now.
fn since(panel: &Run, it: &Materials, area: usize, code: &str) -> Result<Month, EditionFault> {
    let column = panel.scores.column(panel.tree().position(code)?);
    let n = it.areas.len();
    let behind = |months_ago: usize| -> Option<f64> {
        let begin = column.len().checked_sub((months_ago + 1) * n)?;
        let row = &column[begin..begin + n];
        let others: Vec<f64> = (0..n).filter(|&i| i != area && !row[i].is_nan()).map(|i| row[i]).collect();
        let mean = others.iter().sum::<f64>() / others.len() as f64;
        Some(mean - row[area]).filter(|gap| !gap.is_nan())
    };
    let Some(now) = behind(0) else { return Ok(it.month) };
    let all = column.len() / n;
    let months = (1..all).take_while(|ago| behind(*ago).is_some_and(|gap| gap >= now / 2.0)).count();
    Ok(it.month.plus(-(months as i32)))
}
