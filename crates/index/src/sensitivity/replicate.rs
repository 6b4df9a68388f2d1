//! One replicate: from a point of the design to the root's scores, taking the shortest way the recipe allows.
//!
//! Stages up to normalising are kept by combination of choices. Where all rules are arithmetic (or all geometric)
//! means of complete data, the tree collapses to one vector of effective weights.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use super::input::{Input, Vary, set_path};
use crate::{
    error::{IndexError, Result},
    model::Tree,
    recipe::Recipe,
    run::{Inputs, Prepared, prepare},
    stage::aggregate::{Rule, aggregate},
};

/// How the tree is walked.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// sum over leaves of effective weight times score.
    Linear,
    /// exp of the same over logarithms.
    LogLinear,
    /// Node by node.
    Tree,
}

/// Stages up to normalising under one combination of choices.
pub(super) struct Base {
    recipe: Recipe,
    prepared: Prepared,
    way: Way,
    /// Leaf columns, or their logarithms.
    columns: Vec<f64>,
}

pub(super) struct Runner<'a> {
    inputs: &'a Inputs,
    recipe: &'a Recipe,
    vary: &'a [Input],
    kept: Mutex<HashMap<Vec<usize>, Arc<Result<Base>>>>,
}

/// Combinations kept at most; beyond, each is made anew.
const KEEP: usize = 256;

impl<'a> Runner<'a> {
    pub fn new(inputs: &'a Inputs, recipe: &'a Recipe, vary: &'a [Input]) -> Self {
        Self { inputs, recipe, vary, kept: Mutex::new(HashMap::new()) }
    }
    /// The base of a point: kept when all that decides it is discrete.
    pub fn base(&self, point: &[f64]) -> Arc<Result<Base>> {
        let structural = || self.vary.iter().zip(point).filter(|(i, _)| !i.vary.is_weight());
        let discrete = structural().all(|(i, _)| i.vary.levels().is_some());
        let key: Vec<usize> = structural().map(|(i, &u)| i.vary.level(u)).collect();
        if discrete && let Some(found) = self.kept.lock().expect("no panic while held").get(&key) {
            return found.clone();
        }
        let made = Arc::new(self.make(point));
        if discrete {
            let mut kept = self.kept.lock().expect("no panic while held");
            if kept.len() < KEEP {
                return kept.entry(key).or_insert(made).clone();
            }
        }
        made
    }
    fn make(&self, point: &[f64]) -> Result<Base> {
        let mut table = self.recipe.to_value();
        let mut dropped = Vec::new();
        for (input, &u) in self.vary.iter().zip(point) {
            match &input.vary {
                Vary::Choice { path, values } => {
                    set_path(&mut table, path, values[input.vary.level(u)].clone())?;
                }
                Vary::Uniform { path, low, high } => {
                    set_path(&mut table, path, toml::Value::Float(low + u * (high - low)))?;
                }
                Vary::DropOne { indicators } => {
                    dropped.extend(indicators.get(input.vary.level(u)).cloned());
                }
                _ => {}
            }
        }
        let mut recipe = Recipe::from_value(table)?;
        recipe.select.without.extend(dropped);
        let mut own;
        let inputs = if self.vary.iter().any(|i| i.vary.is_data()) {
            own = self.inputs.clone();
            for (input, &u) in self.vary.iter().zip(point) {
                input.vary.perturb(u, &mut own.indicators, &self.inputs.denominators)?;
            }
            &own
        } else {
            self.inputs
        };
        let prepared = prepare(inputs, &recipe, None)?;
        Base::new(recipe, prepared)
    }
    /// The root's scores, by row of the base, for points that share it.
    pub fn scores_of(&self, base: &Base, points: &[&[f64]]) -> Vec<Result<Vec<f64>>> {
        let tree = &base.prepared.tree;
        let weights = points.iter().map(|point| {
            let mut w: Vec<f64> = base.declared();
            for (input, &u) in self.vary.iter().zip(*point) {
                input.vary.weights(u, &mut w, tree);
            }
            w
        });
        if base.way == Way::Tree {
            let varied = self.vary.iter().any(|i| i.vary.is_weight());
            return weights.map(|w| base.walk(&w, varied)).collect();
        }
        let shares: Vec<Vec<f64>> = weights.map(|w| tree.effective_weights(&w)).collect();
        base.collapse(&shares).into_iter().map(Ok).collect()
    }
}

impl Base {
    fn new(recipe: Recipe, prepared: Prepared) -> Result<Self> {
        let tree = &prepared.tree;
        recipe.weigh.check(tree)?;
        recipe.aggregate.check(tree)?;
        let rules: Vec<&Rule> = tree.aggregates().map(|k| recipe.aggregate.rule_of(tree, k)).collect();
        let leaves = prepared.normalised.pick_columns(&tree.leaf_codes())?;
        let all = |r: &Rule| rules.iter().all(|x| *x == r);
        let simple = !leaves.has_missing() && !recipe.weigh.needs_data();
        let way = if simple && all(&Rule::Arithmetic) {
            Way::Linear
        } else if simple && all(&Rule::Geometric) && leaves.values().iter().all(|&x| x > 0.0) {
            Way::LogLinear
        } else {
            Way::Tree
        };
        let columns = match way {
            Way::Linear => leaves.values().to_vec(),
            Way::LogLinear => leaves.values().iter().map(|x| x.ln()).collect(),
            Way::Tree => Vec::new(),
        };
        Ok(Self { recipe, prepared, way, columns })
    }
    pub fn rows(&self) -> usize {
        self.prepared.normalised.rows()
    }
    pub fn codes(&self) -> &[String] {
        &self.prepared.normalised.units().codes
    }
    /// Labels with period, for matching rows between bases.
    pub fn labels(&self) -> Vec<String> {
        let units = self.prepared.normalised.units();
        (0..units.len()).map(|i| units.label(i)).collect()
    }
    pub fn tree(&self) -> &Tree {
        &self.prepared.tree
    }
    /// The recipe's weights by node (declared or equal, with single weights set).
    fn declared(&self) -> Vec<f64> {
        let tree = self.tree();
        let mut w: Vec<f64> = tree.nodes.iter().map(|n| n.weight).collect();
        if self.recipe.weigh.needs_data() {
            return w;
        }
        for k in tree.aggregates() {
            if let Ok(below) = self.recipe.weigh.below(tree, k, &[]) {
                for (&c, x) in tree.nodes[k].children.iter().zip(below) {
                    w[c] = x;
                }
            }
        }
        w
    }
    fn walk(&self, weights: &[f64], varied: bool) -> Result<Vec<f64>> {
        let tree = self.tree();
        let mut weigh = self.recipe.weigh.clone();
        if varied {
            if weigh.needs_data() {
                let what = "data-driven weights together with an input that varies weights";
                return Err(IndexError::parameter("weigh", what, "choose one of them"));
            }
            weigh.set = tree.nodes.iter().zip(weights).map(|(n, &w)| (n.code.clone(), w)).collect();
        }
        let scores = aggregate(&self.prepared.normalised, tree, &weigh, &self.recipe.aggregate)?;
        Ok(scores.frame.column(tree.root).to_vec())
    }
    /// Scores for several vectors of effective weights, in strips of rows that stay in cache.
    fn collapse(&self, shares: &[Vec<f64>]) -> Vec<Vec<f64>> {
        const STRIP: usize = 256;
        let n = self.rows();
        let leaves = self.tree().leaves;
        let mut out = vec![vec![0.0; n]; shares.len()];
        for from in (0..n).step_by(STRIP) {
            let to = (from + STRIP).min(n);
            for (share, o) in shares.iter().zip(out.iter_mut()) {
                let acc = &mut o[from..to];
                for j in (0..leaves).step_by(4) {
                    axpy4(acc, &self.columns, &share[..leaves], j, n, from);
                }
                if self.way == Way::LogLinear {
                    acc.iter_mut().for_each(|x| *x = x.exp());
                }
            }
        }
        out
    }
}

/// acc += up to four columns times their shares.
#[inline]
fn axpy4(acc: &mut [f64], columns: &[f64], share: &[f64], j: usize, n: usize, from: usize) {
    let len = acc.len();
    let col = |k: usize| &columns[k * n + from..k * n + from + len];
    if j + 4 <= share.len() {
        let (a, b, c, d) = (col(j), col(j + 1), col(j + 2), col(j + 3));
        let w = [share[j], share[j + 1], share[j + 2], share[j + 3]];
        for i in 0..len {
            acc[i] += (w[0] * a[i] + w[1] * b[i]) + (w[2] * c[i] + w[3] * d[i]);
        }
    } else {
        for (k, w) in share.iter().enumerate().skip(j) {
            for (x, y) in acc.iter_mut().zip(col(k)) {
                *x += w * y;
            }
        }
    }
}
