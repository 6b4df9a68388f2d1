//! What would move a unit: slopes of the root by indicator, and the least-cost change that reaches another rank while
//! the other units stay.

use std::collections::BTreeMap;

use crate::{
    error::{IndexError, Result},
    model::Direction,
    run::Run,
    stage::{
        aggregate::{Rule, node_value},
        normalise::To,
    },
};

/// d(root)/d(score) of every leaf at a unit, by central differences through the tree (exact to about 1e-9); `NaN`
/// where the leaf is missing. Times d(score)/d(value) this is the slope by raw value.
pub fn slopes(run: &Run, row: usize) -> Result<Vec<f64>> {
    let tree = run.tree();
    let own = leaf_scores(run, row);
    (0..tree.leaves)
        .map(|k| {
            if own[k].is_nan() {
                return Ok(f64::NAN);
            }
            let h = 1e-5 * own[k].abs().max(1.0);
            let at = |x: f64| {
                let mut v = own.clone();
                v[k] = x;
                root(run, &v)
            };
            Ok((at(own[k] + h)? - at(own[k] - h)?) / (2.0 * h))
        })
        .collect()
}

/// One indicator's change.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The indicator.
    pub code: String,
    /// Score now and needed.
    pub score: (f64, f64),
    /// Value now and needed, where the scale can be read backwards (min-max and goalposts on untreated values).
    pub value: Option<(f64, f64)>,
}

/// How to reach a rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Rank now and wanted.
    pub rank: (usize, usize),
    /// Root score now and needed.
    pub score: (f64, f64),
    /// For each indicator that can do it alone, the change it takes; the smallest cost first.
    pub alone: Vec<Move>,
    /// The least-cost change together (cost is linear in points of score); empty when even everything at its best is
    /// not enough. `None` when the rules are neither all arithmetic nor all geometric.
    pub together: Option<Vec<Move>>,
    /// Cost of `together`.
    pub cost: Option<f64>,
}

/// The least-cost change that moves a unit up `places`. Where the root is a Copeland order, its children are what
/// moves (`together`, found exactly), and no score is named. `best` is the highest score an indicator can have (100 on a
/// scale to 100); `costs` are per point of score by indicator, 1 where not given; a cost below or equal to zero means
/// that the indicator cannot be changed.
pub fn reach(
    run: &Run,
    row: usize,
    places: usize,
    best: f64,
    costs: &BTreeMap<String, f64>,
) -> Result<Reach> {
    let tree = run.tree();
    let compares = |k: usize| run.recipe.aggregate.rule_of(tree, k).compares_units();
    if *run.recipe.aggregate.rule_of(tree, tree.root) == Rule::Copeland
        && !tree.aggregates().any(|k| k != tree.root && compares(k))
    {
        return super::reach_copeland::reach_copeland(run, row, places, best, costs);
    }
    if let Some(k) = tree.aggregates().find(|&k| compares(k)) {
        let rule = format!("{:?}", run.recipe.aggregate.rule_of(tree, k));
        return Err(IndexError::parameter("reach", rule, "rules that compare units are not supported"));
    }
    let units = run.scores.units();
    let now = run.index()[row];
    if now.is_nan() {
        return Err(IndexError::NotFinite { what: "score", subject: units.label(row) });
    }
    let mut above: Vec<f64> = (0..units.len())
        .filter(|&i| units.period(i) == units.period(row))
        .map(|i| run.index()[i])
        .filter(|s| *s > now)
        .collect();
    above.sort_by(f64::total_cmp);
    let rank = above.len() + 1;
    if places == 0 || places > above.len() {
        return Err(IndexError::parameter(
            "places",
            places,
            "it must be from 1 to the number of units above",
        ));
    }
    // A hair above the unit to be passed.
    let goal = above[places - 1] * (1.0 + 1e-12) + f64::MIN_POSITIVE;
    let own = leaf_scores(run, row);
    let cost = |k: usize| costs.get(&tree.nodes[k].code).copied().unwrap_or(1.0);
    let free: Vec<usize> = (0..tree.leaves).filter(|&k| own[k] < best && cost(k) > 0.0).collect();
    let mut alone: Vec<(f64, Move)> = Vec::new();
    for &k in &free {
        if let Some(x) = alone_to(run, &own, k, best, goal)? {
            alone.push(((x - own[k]) * cost(k), step(run, row, k, own[k], x)));
        }
    }
    alone.sort_by(|a, b| a.0.total_cmp(&b.0));
    let together = cheapest(run, row, (&own, &free), (best, goal), &cost)?;
    let total = together.as_ref().map(|t| t.iter().map(|&(k, x)| (x - own[k]) * cost(k)).sum());
    Ok(Reach {
        rank: (rank, rank - places),
        score: (now, goal),
        alone: alone.into_iter().map(|(_, m)| m).collect(),
        together: together.map(|t| t.into_iter().map(|(k, x)| step(run, row, k, own[k], x)).collect()),
        cost: total,
    })
}

/// The change of one indicator alone that moves the unit up `places`; `None` when even `best` is not enough, or
/// nobody is above. Errors as [`reach`]; its rules compare no units.
pub fn reach_alone(run: &Run, row: usize, places: usize, best: f64, code: &str) -> Result<Option<Move>> {
    let tree = run.tree();
    let k = tree.position(code)?;
    let own = leaf_scores(run, row);
    let units = run.scores.units();
    let now = run.index()[row];
    let mut above: Vec<f64> = (0..units.len())
        .filter(|&i| units.period(i) == units.period(row))
        .map(|i| run.index()[i])
        .filter(|s| *s > now)
        .collect();
    above.sort_by(f64::total_cmp);
    if now.is_nan() || own[k].is_nan() || places == 0 || places > above.len() {
        return Ok(None);
    }
    let goal = above[places - 1] * (1.0 + 1e-12) + f64::MIN_POSITIVE;
    Ok(alone_to(run, &own, k, best, goal)?.map(|x| step(run, row, k, own[k], x)))
}

pub(super) fn leaf_scores(run: &Run, row: usize) -> Vec<f64> {
    (0..run.tree().leaves).map(|k| run.scores.at(row, k)).collect()
}

/// The root from leaf scores.
pub(super) fn root(run: &Run, leaves: &[f64]) -> Result<f64> {
    let tree = run.tree();
    let mut v = leaves.to_vec();
    for k in tree.aggregates() {
        let children = &tree.nodes[k].children;
        let values: Vec<f64> = children.iter().map(|&c| v[c]).collect();
        let weights: Vec<f64> = children.iter().map(|&c| run.weights[c]).collect();
        let rule = run.recipe.aggregate.rule_of(tree, k);
        let y =
            node_value(tree, k, rule, &weights, run.recipe.aggregate.threshold(tree, k), &values, &|| {
                "the unit".into()
            })?;
        v.push(y);
    }
    Ok(v[tree.root])
}

/// The score of one leaf that alone lifts the root to the goal; bisection, the root never falls as a leaf rises.
fn alone_to(run: &Run, own: &[f64], k: usize, best: f64, goal: f64) -> Result<Option<f64>> {
    let at = |x: f64| {
        let mut v = own.to_vec();
        v[k] = x;
        root(run, &v)
    };
    if at(best)? < goal {
        return Ok(None);
    }
    let (mut low, mut high) = (own[k], best);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if at(middle)? < goal { low = middle } else { high = middle }
    }
    Ok(Some(high))
}

/// Least total cost over all leaves: a continuous knapsack for arithmetic means, water-filling for geometric ones.
fn cheapest(
    run: &Run,
    row: usize,
    (own, free): (&[f64], &[usize]),
    (best, goal): (f64, f64),
    cost: &dyn Fn(usize) -> f64,
) -> Result<Option<Vec<(usize, f64)>>> {
    let tree = run.tree();
    let rules: Vec<&Rule> = tree.aggregates().map(|k| run.recipe.aggregate.rule_of(tree, k)).collect();
    let complete = own.iter().all(|x| !x.is_nan());
    let arithmetic = rules.iter().all(|r| **r == Rule::Arithmetic);
    if !complete && !arithmetic {
        return Ok(None);
    }
    // Where leaves are missing their weights went to the others: the slopes are the weights that count.
    let share = if complete { tree.effective_weights(&run.weights) } else { slopes(run, row)? };
    let there = (0..tree.leaves).filter(|&k| !own[k].is_nan());
    let now: f64 = crate::sum::sum(there.map(|k| share[k] * own[k]));
    if arithmetic {
        let mut order = free.to_vec();
        order.sort_by(|&a, &b| (share[b] / cost(b)).total_cmp(&(share[a] / cost(a))).then(a.cmp(&b)));
        let mut lack = goal - now;
        let mut out = Vec::new();
        for k in order {
            if lack <= 0.0 {
                break;
            }
            let points = (lack / share[k]).min(best - own[k]);
            lack -= points * share[k];
            out.push((k, own[k] + points));
        }
        return Ok(Some(if lack > 1e-12 * goal.abs() { Vec::new() } else { out }));
    }
    if !rules.iter().all(|r| **r == Rule::Geometric) {
        return Ok(None);
    }
    let filled = |level: f64, k: usize| (level * share[k] / cost(k)).clamp(own[k], best);
    let value = |level: f64| {
        let gain: f64 = free.iter().map(|&k| share[k] * (filled(level, k) / own[k]).ln()).sum();
        let base: f64 = (0..tree.leaves).map(|k| share[k] * own[k].ln()).sum();
        (base + gain).exp()
    };
    let top = free.iter().map(|&k| best * cost(k) / share[k]).fold(0.0, f64::max);
    if value(top) < goal {
        return Ok(Some(Vec::new()));
    }
    let (mut low, mut high) = (0.0, top);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if value(middle) < goal { low = middle } else { high = middle }
    }
    Ok(Some(free.iter().map(|&k| (k, filled(high, k))).filter(|&(k, x)| x > own[k]).collect()))
}

fn step(run: &Run, row: usize, k: usize, from: f64, to: f64) -> Move {
    let code = run.tree().nodes[k].code.clone();
    let value = raw_value(run, row, &code, to).map(|needed| {
        let now = run.prepared.treated.position(&code).map_or(f64::NAN, |j| run.prepared.treated.at(row, j));
        (now, needed)
    });
    Move { code, score: (from, to), value }
}

/// The (treated) value behind a score, where the scale is made of straight lines.
fn raw_value(run: &Run, row: usize, code: &str, score: f64) -> Option<f64> {
    let rule = &run.recipe.normalise;
    let entry = run.prepared.meta.get(code)?;
    let to = rule.only.get(code).unwrap_or(&rule.to);
    if let To::Piecewise { points } = to {
        // The first piece whose scores enclose the one wanted.
        return points.windows(2).find_map(|p| {
            let ((a, y), (b, z)) = (p[0], p[1]);
            let inside = y != z && (y.min(z)..=y.max(z)).contains(&score);
            inside.then(|| a + (b - a) * (score - y) / (z - y))
        });
    }
    let (lower, upper, t) = match to {
        To::MinMax { from, to, .. } => {
            let b = run.prepared.bounds.find(code, run.scores.units().period(row))?;
            (b.lower, b.upper, (score - from) / (to - from))
        }
        To::Goalposts => {
            let g = entry.goalposts?;
            (g.lower, g.upper, score / g.scale)
        }
        _ => return None,
    };
    Some(match entry.direction {
        Direction::Up => lower + t * (upper - lower),
        Direction::Down => upper - t * (upper - lower),
    })
}
