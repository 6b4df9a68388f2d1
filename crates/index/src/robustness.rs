//! What a rank owes to single choices: to the weights (Foster, McGillivray and Seth 2013), to one node of the
//! framework (remove one), and to who else is compared (rank reversal).

use rayon::prelude::*;

use crate::{
    error::{IndexError, Result},
    model::{Frame, Units},
    recipe::Recipe,
    run::{Inputs, Run, run},
};

/// How robust the order of two units is to the weights of a weighted mean: r = A/(A + B) with A = sum w (x - y) the
/// lead of the better one and B = max(0, max_j (y_j - x_j)) the largest lead of the other on one child. The order
/// holds for all weights (1 - s) w + s v, v any weights, with s up to r; r = 1 is dominance, 0 a tie.
///
/// Foster, McGillivray and Seth (2013), Econometric Reviews 32(1). `None` with a missing value.
pub fn pair_robustness(x: &[f64], y: &[f64], w: &[f64]) -> Option<f64> {
    if x.iter().chain(y).any(|v| v.is_nan()) {
        return None;
    }
    let total: f64 = w.iter().sum();
    let lead: f64 = crate::sum::sum(x.iter().zip(y).zip(w).map(|((x, y), w)| w / total * (x - y)));
    let sign = if lead < 0.0 { -1.0 } else { 1.0 };
    let against = x.iter().zip(y).map(|(x, y)| sign * (y - x)).fold(0.0, f64::max);
    let lead = lead.abs();
    Some(if lead > 0.0 { lead / (lead + against) } else { 0.0 })
}

/// How many pairs of units are ordered for sure.
#[derive(Debug, Clone, PartialEq)]
pub struct RankRobustness {
    /// Pairs of units without missing values.
    pub pairs: usize,
    /// Share of them whose order holds for every weights (dominance).
    pub dominance: f64,
    /// Share whose order holds when up to this much of the weights is anybody's choice: (r, share) for r = 0, 0.05..1.
    pub prevalence: Vec<(f64, f64)>,
}

/// The prevalence of robust pairs by r. `x` by unit.
pub fn rank_robustness(x: &[Vec<f64>], w: &[f64]) -> RankRobustness {
    let all: Vec<f64> = (0..x.len())
        .into_par_iter()
        .flat_map_iter(|i| (0..i).filter_map(move |j| pair_robustness(&x[i], &x[j], w)))
        .collect();
    let share =
        |r: f64| all.iter().filter(|v| **v > 0.0 && **v >= r).count() as f64 / all.len().max(1) as f64;
    let prevalence = (0..=20).map(|k| f64::from(k) / 20.0).map(|r| (r, share(r))).collect();
    RankRobustness { pairs: all.len(), dominance: share(1.0), prevalence }
}

/// What happens to the ranks without one node of the framework.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// The node; everything below it goes too.
    pub code: String,
    /// Its level.
    pub level: u32,
    /// Mean absolute shift of ranks, and the largest with its unit; or why the rest cannot be run.
    pub outcome: std::result::Result<(f64, f64, String), String>,
}

/// Removes every node below the root, one at a time, at every level.
pub fn remove_one(inputs: &Inputs, recipe: &Recipe) -> Result<Vec<Removed>> {
    let nominal = run(inputs, recipe)?;
    let tree = nominal.tree();
    Ok((0..tree.nodes.len())
        .filter(|&k| k != tree.root)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|k| {
            let node = &tree.nodes[k];
            let mut r = recipe.clone();
            r.select.without.push(node.code.clone());
            forget(&mut r, nominal.tree(), k);
            let outcome = run(inputs, &r).map(|other| shift(&nominal, &other)).map_err(|e| e.to_string());
            Removed { code: node.code.clone(), level: node.level, outcome }
        })
        .collect())
}

/// Takes what a recipe says of a removed branch out of it, so that the rest does not name unknown codes.
fn forget(recipe: &mut Recipe, tree: &crate::model::Tree, k: usize) {
    let gone = |code: &String| {
        tree.position(code).is_ok_and(|c| {
            tree.path_up(c).contains(&k) || tree.leaves_under(c).iter().all(|&l| tree.path_up(l).contains(&k))
        })
    };
    recipe.denominate.by.retain(|c, _| !gone(c));
    recipe.denominate.scale.retain(|c, _| !gone(c));
    recipe.treat.only.retain(|c, _| !gone(c));
    recipe.treat.transform.retain(|c, _| !gone(c));
    recipe.bound.only.retain(|c, _| !gone(c));
    recipe.normalise.only.retain(|c, _| !gone(c));
    recipe.weigh.set.retain(|c, _| !gone(c));
    recipe.weigh.below.retain(|c, _| !gone(c));
    recipe.aggregate.only.retain(|c, _| !gone(c));
    recipe.veto.retain(|v| !gone(&v.indicator));
}

fn shift(a: &Run, b: &Run) -> (f64, f64, String) {
    let units = a.scores.units();
    let (mut total, mut n, mut worst) = (0.0, 0.0, (0.0, String::new()));
    for i in 0..units.len() {
        let there = b.scores.units().row_of(&units.codes[i], units.period(i));
        let Some(moved) =
            there.map(|k| (a.index_rank()[i] - b.index_rank()[k]).abs()).filter(|d| !d.is_nan())
        else {
            continue;
        };
        total += moved;
        n += 1.0;
        if moved > worst.0 {
            worst = (moved, units.label(i));
        }
    }
    (total / f64::max(n, 1.0), worst.0, worst.1)
}

/// Pairs of other units whose order turns round when one unit leaves or joins.
#[derive(Debug, Clone, PartialEq)]
pub struct Reversal {
    /// The unit.
    pub unit: String,
    /// Pairs reversed among the others when it is left out.
    pub without: usize,
    /// Pairs reversed among all when a copy of it joins.
    pub copied: usize,
    /// Pairs looked at.
    pub pairs: usize,
}

/// Rank-reversal test: leaves out each unit, and adds a copy of it, and counts whose order that turns. An index whose
/// bounds are frozen and whose rule looks at one unit at a time has none. At most `limit` units are tried, from the
/// best down (0: all); single periods only.
pub fn rank_reversals(inputs: &Inputs, recipe: &Recipe, limit: usize) -> Result<Vec<Reversal>> {
    if inputs.indicators.units().periods.is_some() {
        return Err(IndexError::parameter("rank reversal", "a panel", "select one period and take its rows"));
    }
    let nominal = run(inputs, recipe)?;
    let mut order = nominal.order();
    if limit > 0 {
        order.truncate(limit);
    }
    order
        .into_par_iter()
        .map(|i| {
            let unit = nominal.scores.units().codes[i].clone();
            let mut r = recipe.clone();
            r.select.without_units.push(unit.clone());
            let less = run(inputs, &r)?;
            let more = run(&with_copy(inputs, &unit)?, recipe)?;
            let ((without, _), (copied, pairs)) = (reversed(&nominal, &less), reversed(&nominal, &more));
            Ok(Reversal { unit, without, copied, pairs })
        })
        .collect()
}

fn with_copy(inputs: &Inputs, unit: &str) -> Result<Inputs> {
    let at = inputs.indicators.units().row_of(unit, None).ok_or_else(|| IndexError::unknown("unit", unit))?;
    let rows: Vec<usize> = (0..inputs.indicators.rows()).chain([at]).collect();
    let again = |f: &Frame| -> Result<Frame> {
        let f = f.pick_rows(&rows);
        let mut units = Units::clone(f.units());
        if let Some(last) = units.codes.last_mut() {
            last.push_str(" (copy)");
        }
        let columns = (0..f.columns()).map(|j| (f.codes()[j].clone(), f.column(j).to_vec())).collect();
        Frame::from_columns(std::sync::Arc::new(units), columns)
    };
    Ok(Inputs {
        meta: inputs.meta.clone(),
        indicators: again(&inputs.indicators)?,
        denominators: again(&inputs.denominators)?,
    })
}

/// Pairs that both runs order, and how many of them the other way round.
fn reversed(a: &Run, b: &Run) -> (usize, usize) {
    let units = a.scores.units();
    let there: std::collections::HashMap<&str, f64> =
        b.scores.units().codes.iter().map(String::as_str).zip(b.index().iter().copied()).collect();
    let both: Vec<(f64, f64)> = (0..units.len())
        .filter_map(|i| there.get(units.codes[i].as_str()).map(|s| (a.index()[i], *s)))
        .filter(|(x, y)| !x.is_nan() && !y.is_nan())
        .collect();
    let mut turned = 0;
    for (k, p) in both.iter().enumerate() {
        turned += both[..k].iter().filter(|q| (p.0 - q.0) * (p.1 - q.1) < 0.0).count();
    }
    (turned, both.len() * both.len().saturating_sub(1) / 2)
}
