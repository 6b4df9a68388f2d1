//! Weights of siblings: declared, equal, or from the data of the children (formulas in [`crate::weights`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    bod,
    error::{IndexError, Result},
    model::Tree,
    weights,
};

/// Where the weights below a parent come from.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// Unobserved components: signal over noise of one common factor.
    Unobserved,
    /// The weights that benefit all units most together, the same for everybody.
    CommonBenefit,
    /// Pairwise judgements of one or several judges (AHP). Only below a single parent.
    Ahp {
        /// The children in the order of the judgements.
        of: Vec<String>,
        /// One matrix by judge.
        judges: Vec<Vec<Vec<f64>>>,
    },
    /// Points that each judge spreads over the children. Only below a single parent.
    Budget {
        /// The children in the order of the points.
        of: Vec<String>,
        /// Points by judge.
        judges: Vec<Vec<f64>>,
    },
    /// Swings: what going from worst to best is worth, the most valued 100. Only below a single parent.
    Swing {
        /// The children in the order of the points.
        of: Vec<String>,
        /// Points by judge.
        judges: Vec<Vec<f64>>,
    },
    /// Best-worst judgements. Only below a single parent.
    BestWorst {
        /// The children in the order of the judgements.
        of: Vec<String>,
        /// The most important child.
        best: String,
        /// The least important child.
        worst: String,
        /// How much more important the best is than each, 1 to 9.
        over: Vec<f64>,
        /// How much more important each is than the worst, 1 to 9.
        under: Vec<f64>,
    },
    /// Ratings of made-up profiles (conjoint analysis). Only below a single parent.
    Conjoint {
        /// The children in the order of the profiles' columns.
        of: Vec<String>,
        /// Scores by profile, then child.
        profiles: Vec<Vec<f64>>,
        /// How each profile was rated.
        ratings: Vec<f64>,
    },
}

impl WeightBy {
    /// Whether the children's scores are needed.
    fn needs_data(&self) -> bool {
        use WeightBy::{CommonBenefit, Critic, Cv, Entropy, Factors, FirstComponent, Sd, Unobserved};
        matches!(self, Entropy | Critic | Sd | Cv | Factors | FirstComponent | Unobserved | CommonBenefit)
    }
    /// The children that people judged, in their order.
    fn judged(&self) -> Option<&[String]> {
        match self {
            Self::Ahp { of, .. }
            | Self::Budget { of, .. }
            | Self::Swing { of, .. }
            | Self::BestWorst { of, .. }
            | Self::Conjoint { of, .. } => Some(of),
            _ => None,
        }
    }
    /// Weights in the order of `judged`.
    fn by_people(&self) -> Result<Vec<f64>> {
        match self {
            Self::Ahp { judges, .. } => Ok(weights::ahp_group(judges)?.weights),
            Self::Budget { judges, .. } => weights::budget(judges),
            Self::Swing { judges, .. } => weights::swing(judges),
            Self::BestWorst { of, best, worst, over, under } => {
                let at = |code: &String| {
                    of.iter().position(|c| c == code).ok_or_else(|| IndexError::unknown("judged child", code))
                };
                Ok(weights::best_worst(at(best)?, at(worst)?, over, under)?.weights)
            }
            Self::Conjoint { profiles, ratings, .. } => weights::conjoint(profiles, ratings),
            _ => unreachable!("asked only where people judged"),
        }
    }
    /// The judged weights in the order of the children, which must be the judged ones, neither more nor less.
    fn for_children(&self, of: &[String], parent: &str, children: &[&str]) -> Result<Vec<f64>> {
        let found = self.by_people()?;
        if found.len() != of.len() {
            return Err(IndexError::Shape { what: "judged weights", expected: of.len(), got: found.len() });
        }
        if let Some(code) = of.iter().find(|c| !children.contains(&c.as_str())) {
            return Err(IndexError::unknown("judged child", format!("{code} of {parent}")));
        }
        children
            .iter()
            .map(|c| {
                let at = of.iter().position(|o| o == c);
                let at =
                    at.ok_or_else(|| IndexError::unknown("judgement of", format!("{c} below {parent}")))?;
                Ok(found[at].max(1e-12))
            })
            .collect()
    }
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
        if self.by.judged().is_some() {
            return Err(IndexError::parameter(
                "weigh.by",
                "judgements of people",
                "they belong to the children of one parent: [weigh.below.PARENT]",
            ));
        }
        for (code, by) in &self.below {
            let node = &tree.nodes[tree.position(code)?];
            if let Some(of) = by.judged() {
                let children: Vec<&str> =
                    node.children.iter().map(|&c| tree.nodes[c].code.as_str()).collect();
                by.for_children(of, code, &children)?;
            }
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
        self.by.needs_data() || self.below.values().any(WeightBy::needs_data)
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
                WeightBy::Unobserved => weights::unobserved(columns)?,
                WeightBy::CommonBenefit => {
                    let rows: Vec<Vec<f64>> =
                        (0..columns[0].len()).map(|i| columns.iter().map(|c| c[i]).collect()).collect();
                    bod::common_weights(&rows)?
                }
                people => {
                    let children: Vec<&str> =
                        node.children.iter().map(|&c| tree.nodes[c].code.as_str()).collect();
                    people.for_children(people.judged().unwrap_or_default(), &node.code, &children)?
                }
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
