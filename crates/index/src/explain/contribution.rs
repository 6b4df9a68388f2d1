//! A unit's score against a baseline, split over the tree so that the parts of every node sum to it, to the last bit:
//! points are added up from the leaves, and the root's then equal the difference of the scores to about 1e-15.
//!
//! Arithmetic means: w (x - b). Geometric means: logarithmic-mean weights (LMDI; Ang 2004). Other rules: Shapley values
//! over the children (exact up to 12 children).

use crate::{
    error::{IndexError, Result},
    run::Run,
    stage::aggregate::{Rule, node_value},
    sum::sum,
};

/// What a unit is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Baseline {
    /// Zero on every indicator (arithmetic means only): contributions are weighted scores.
    Zero,
    /// The mean of all units, indicator by indicator.
    MeanUnit,
    /// The mean of all other units, indicator by indicator.
    Others,
    /// Another unit, by row.
    Unit(usize),
}

/// A node's part in the difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The node.
    pub code: String,
    /// Level in the tree.
    pub level: u32,
    /// The unit's score there; `NaN` where missing.
    pub score: f64,
    /// The baseline's score there.
    pub baseline: f64,
    /// Points of the root that come from it.
    pub points: f64,
    /// Parts that sum to `points`, largest first.
    pub parts: Vec<Contribution>,
}

/// The contribution tree of a row. The root's points are its score minus the baseline's (to rounding); at every node
/// the parts sum to its points exactly.
pub fn contributions(run: &Run, row: usize, baseline: Baseline) -> Result<Contribution> {
    let tree = run.tree();
    if row >= run.scores.rows() {
        return Err(IndexError::unknown("row", row.to_string()));
    }
    if run.index()[row].is_nan() {
        return Err(IndexError::NotFinite { what: "score", subject: run.scores.units().label(row) });
    }
    let own: Vec<f64> = (0..tree.nodes.len()).map(|k| run.scores.at(row, k)).collect();
    let mut base = vec![f64::NAN; tree.nodes.len()];
    for k in 0..tree.leaves {
        if own[k].is_nan() {
            continue; // the baseline lacks what the unit lacks, so that like meets like
        }
        base[k] = match baseline {
            Baseline::Zero => 0.0,
            Baseline::MeanUnit => crate::stats::mean(run.scores.column(k)).unwrap_or(f64::NAN),
            Baseline::Others => {
                let column = run.scores.column(k);
                let others: Vec<f64> = (0..column.len()).filter(|&i| i != row).map(|i| column[i]).collect();
                crate::stats::mean(&others).unwrap_or(f64::NAN)
            }
            Baseline::Unit(other) if other < run.scores.rows() => run.scores.at(other, k),
            Baseline::Unit(other) => return Err(IndexError::unknown("row", other.to_string())),
        };
        if base[k].is_nan() {
            base[k] = own[k]; // the other unit has no value: no difference can be told
        }
    }
    let tool = Tool { run, own: &own };
    for k in tree.aggregates() {
        let rule = run.recipe.aggregate.rule_of(tree, k);
        if rule.compares_units() {
            return Err(IndexError::parameter(
                "contributions",
                format!("{rule:?}"),
                "rules that compare units have no additive parts",
            ));
        }
        if baseline == Baseline::Zero && *rule != Rule::Arithmetic {
            return Err(IndexError::parameter(
                "baseline",
                "zero",
                "only arithmetic means can be compared with zero",
            ));
        }
        if !own[k].is_nan() {
            let values: Vec<f64> = tree.nodes[k].children.iter().map(|&c| base[c]).collect();
            base[k] = tool.value(k, &values)?;
        }
    }
    tool.part(tree.root, own[tree.root] - base[tree.root], &base)
}

struct Tool<'a> {
    run: &'a Run,
    own: &'a [f64],
}

impl Tool<'_> {
    fn weights(&self, k: usize) -> Vec<f64> {
        self.run.tree().nodes[k].children.iter().map(|&c| self.run.weights[c]).collect()
    }
    fn value(&self, k: usize, values: &[f64]) -> Result<f64> {
        let tree = self.run.tree();
        let rule = self.run.recipe.aggregate.rule_of(tree, k);
        node_value(tree, k, rule, &self.weights(k), 0.0, values, &|| "baseline".into())
    }
    fn part(&self, k: usize, points: f64, base: &[f64]) -> Result<Contribution> {
        let tree = self.run.tree();
        let node = &tree.nodes[k];
        let mut parts = Vec::new();
        if !node.is_leaf && !self.own[k].is_nan() {
            let children: Vec<usize> =
                node.children.iter().copied().filter(|&c| !self.own[c].is_nan()).collect();
            let mut deltas = self.split(k, &children, base)?;
            // Differences of the node's own score, scaled to its points in the root, remainder to the largest.
            let own = self.own[k] - base[k];
            if own == 0.0 {
                // A node without difference may hide parts that cancel; they cancel in the root too.
                let total = sum(deltas.iter().copied());
                if total != 0.0 {
                    deltas.iter_mut().for_each(|d| *d = 0.0);
                }
            } else {
                deltas.iter_mut().for_each(|d| *d *= points / own);
            }
            super::close(&mut deltas, points);
            for (&c, d) in children.iter().zip(&deltas) {
                parts.push(self.part(c, *d, base)?);
            }
            parts.sort_by(|a, b| b.points.abs().total_cmp(&a.points.abs()).then_with(|| a.code.cmp(&b.code)));
        }
        let points = if parts.is_empty() { points } else { sum(parts.iter().map(|p| p.points)) };
        Ok(Contribution {
            code: node.code.clone(),
            level: node.level,
            score: self.own[k],
            baseline: base[k],
            points,
            parts,
        })
    }
    /// Splits own[k] - base[k] over the children that are there.
    fn split(&self, k: usize, children: &[usize], base: &[f64]) -> Result<Vec<f64>> {
        let tree = self.run.tree();
        let total: f64 = sum(children.iter().map(|&c| self.run.weights[c]));
        let share = |c: usize| self.run.weights[c] / total;
        match self.run.recipe.aggregate.rule_of(tree, k) {
            Rule::Arithmetic => Ok(children.iter().map(|&c| share(c) * (self.own[c] - base[c])).collect()),
            Rule::Geometric => {
                let l = log_mean(self.own[k], base[k]);
                Ok(children.iter().map(|&c| share(c) * l * (self.own[c] / base[c]).ln()).collect())
            }
            _ if children.len() <= 12 => self.shapley(k, children, base),
            rule => Err(IndexError::parameter(
                format!("contributions of {}", tree.nodes[k].code),
                format!("{rule:?} over {} children", children.len()),
                "at most 12 children can be split exactly",
            )),
        }
    }
    fn shapley(&self, k: usize, children: &[usize], base: &[f64]) -> Result<Vec<f64>> {
        let all = &self.run.tree().nodes[k].children;
        let d = children.len();
        let value = |set: usize| -> Result<f64> {
            let v: Vec<f64> = all
                .iter()
                .map(|c| match children.iter().position(|x| x == c) {
                    Some(i) if set >> i & 1 == 1 => self.own[*c],
                    Some(_) => base[*c],
                    None => f64::NAN,
                })
                .collect();
            self.value(k, &v)
        };
        let values: Vec<f64> = (0..1usize << d).map(value).collect::<Result<_>>()?;
        Ok(crate::sensitivity::shapley_from_subsets(&values, d))
    }
}

/// (a - b)/ln(a/b), a where they are equal.
fn log_mean(a: f64, b: f64) -> f64 {
    let r = (a / b).ln();
    if r.abs() < 1e-9 { f64::midpoint(a, b) } else { (a - b) / r }
}
