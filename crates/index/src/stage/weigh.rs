//! Weights of siblings: declared, equal, or from the data of the children (formulas in [`crate::weights`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::Tree,
    weights,
};

/// Where the weights below a parent come from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
pub enum WeightBy {
    /// The framework.
    #[default]
    Declared,
    /// All siblings alike.
    Equal,
    /// Shannon's entropy.
    Entropy,
    /// Contrast and conflict (CRITIC).
    Critic,
    /// Standard deviation.
    Sd,
    /// Coefficient of variation.
    Cv,
    /// Varimax-rotated principal components, squared loadings by share of variance.
    Factors,
    /// Loadings of the first principal component, squared.
    FirstComponent,
}

/// The rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Weigh {
    /// For all parents.
    pub by: WeightBy,
    /// For the children of single parents.
    pub below: BTreeMap<String, WeightBy>,
    /// Single weights, before everything else; above zero.
    pub set: BTreeMap<String, f64>,
}

impl Weigh {
    /// Checks names and numbers against a tree.
    pub fn check(&self, tree: &Tree) -> Result<()> {
        for code in self.below.keys() {
            tree.position(code)?;
        }
        for (code, &weight) in &self.set {
            tree.position(code)?;
            if !(weight.is_finite() && weight > 0.0) {
                return Err(IndexError::BadWeight { code: code.clone(), weight });
            }
        }
        Ok(())
    }
    /// Whether any weight depends on the data.
    pub fn needs_data(&self) -> bool {
        let fixed = |w: &WeightBy| matches!(w, WeightBy::Declared | WeightBy::Equal);
        !fixed(&self.by) || self.below.values().any(|w| !fixed(w))
    }
    /// Weights of the children of `parent`, in their order, not yet summing to one. `columns` are their scores.
    pub fn below(&self, tree: &Tree, parent: usize, columns: &[&[f64]]) -> Result<Vec<f64>> {
        let node = &tree.nodes[parent];
        let by = self.below.get(&node.code).unwrap_or(&self.by);
        let mut w = if node.children.len() == 1 {
            vec![1.0]
        } else {
            match by {
                WeightBy::Declared => node.children.iter().map(|&c| tree.nodes[c].weight).collect(),
                WeightBy::Equal => vec![1.0; node.children.len()],
                WeightBy::Entropy => weights::entropy(columns)?,
                WeightBy::Critic => weights::critic(columns)?,
                WeightBy::Sd => weights::by_sd(columns)?,
                WeightBy::Cv => weights::by_cv(columns)?,
                WeightBy::Factors => weights::factors(columns)?.weights,
                WeightBy::FirstComponent => weights::first_component(columns)?,
            }
        };
        for (k, &c) in node.children.iter().enumerate() {
            if let Some(&set) = self.set.get(&tree.nodes[c].code) {
                w[k] = set;
            }
        }
        Ok(w)
    }
}
