//! Children into parents, up the tree. The means themselves are in [`crate::mean`]; rules that compare units with
//! each other (Copeland, benefit of the doubt, TOPSIS) are in their own modules.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::weigh::Weigh;
use crate::{
    bod,
    error::{IndexError, Result},
    mean::{self, Penalty},
    model::{Frame, Scope, Tree},
    note::{Note, Stage},
    outrank, topsis,
};

/// How children become a parent. `w` are weights that sum to one over the children that are there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// sum w x.
    #[default]
    Arithmetic,
    /// prod x^w; all x above zero.
    Geometric,
    /// 1 / sum (w/x); no x zero.
    Harmonic,
    /// (sum w x^p)^(1/p); geometric at p = 0.
    Power {
        /// p.
        p: f64,
    },
    /// Constant elasticity of substitution: power mean with p = 1 - 1/elasticity.
    Ces {
        /// Above zero; 1 is geometric.
        elasticity: f64,
    },
    /// M -+ S^2/M with population S (Mazziotta and Pareto); unweighted.
    Mpi {
        /// Side of the penalty.
        #[serde(default)]
        penalty: Penalty,
    },
    /// sum v_k x_(k), x_(1) the largest (Yager 1988); unweighted.
    Owa {
        /// v by position, rescaled when a child is missing is refused: OWA needs all children.
        #[serde(default)]
        weights: Vec<f64>,
        /// In place of `weights`: those of greatest entropy with exactly this orness, in (0, 1); 1 is "the largest".
        #[serde(default)]
        orness: Option<f64>,
        /// In place of `weights`: v_k = (k/n)^a - ((k-1)/n)^a with this a > 0.
        #[serde(default)]
        quantifier: Option<f64>,
    },
    /// Choquet integral for a capacity given by sets of children `a+b`; sets not named are additive.
    Choquet {
        /// Capacity by set.
        capacity: BTreeMap<String, f64>,
    },
    /// Sugeno integral for such a capacity; values in 0..1.
    Sugeno {
        /// Capacity by set.
        capacity: BTreeMap<String, f64>,
    },
    /// M - a (sqrt((M - min)^2 + b^2) - b) (Tarabusi and Guarini 2013).
    MeanMin {
        /// 0 to 1.
        a: f64,
        /// 0 or above.
        b: f64,
    },
    /// Mean after the penalty for bottlenecks: each x becomes min + s (1 - exp(-(x - min)/s)) (Acs and others 2014),
    /// s the width of the scale.
    Bottleneck {
        /// Width of the scale, for instance 1 or 100.
        scale: f64,
    },
    /// Smallest child.
    Minimum,
    /// Largest child.
    Maximum,
    /// Middle child; unweighted.
    Median,
    /// sum over units of sign(o_ij - 1/2).
    Copeland,
    /// Mean over units of o_ij.
    Outranking,
    /// Closeness to the ideal (Hwang and Yoon 1981).
    Topsis,
    /// Benefit of the doubt, each unit with its own best weights.
    Bod {
        /// Smallest share of a child in the score; 0 for none.
        #[serde(default)]
        min_share: f64,
        /// Largest share; 1 for none.
        #[serde(default = "whole")]
        max_share: f64,
    },
}

fn whole() -> f64 {
    1.0
}

impl Rule {
    /// Whether one unit's score depends on other units' values.
    pub fn compares_units(&self) -> bool {
        matches!(self, Self::Copeland | Self::Outranking | Self::Topsis | Self::Bod { .. })
    }
}

/// The rule for the whole tree.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Aggregate {
    /// For all parents.
    pub rule: Rule,
    /// For parents at a level (as in the framework: 2 is the first above the indicators).
    pub level: BTreeMap<String, Rule>,
    /// For single parents.
    pub only: BTreeMap<String, Rule>,
    /// A parent is missing when less than this share of its children is there (0 to 1).
    pub min_available: f64,
    /// The same by level.
    pub min_available_level: BTreeMap<String, f64>,
    /// Among which rows units are compared, for rules that do.
    pub scope: Scope,
}

impl Aggregate {
    /// The rule of a node.
    pub fn rule_of(&self, tree: &Tree, k: usize) -> &Rule {
        let node = &tree.nodes[k];
        self.only.get(&node.code).or_else(|| self.level.get(&node.level.to_string())).unwrap_or(&self.rule)
    }
    pub(crate) fn threshold(&self, tree: &Tree, k: usize) -> f64 {
        self.min_available_level.get(&tree.nodes[k].level.to_string()).copied().unwrap_or(self.min_available)
    }
    /// Checks names and numbers against a tree.
    pub fn check(&self, tree: &Tree) -> Result<()> {
        for code in self.only.keys() {
            tree.position(code)?;
        }
        let levels: Vec<String> = tree.nodes[tree.leaves..].iter().map(|n| n.level.to_string()).collect();
        for level in self.level.keys().chain(self.min_available_level.keys()) {
            if !levels.contains(level) {
                return Err(IndexError::unknown("level", level));
            }
        }
        for t in self.min_available_level.values().chain([&self.min_available]) {
            if !(0.0..=1.0).contains(t) {
                return Err(IndexError::parameter(
                    "aggregate.min-available",
                    t,
                    "it must be between 0 and 1",
                ));
            }
        }
        Ok(())
    }
}

/// Scores of all nodes, and the weights that made them.
#[derive(Debug, Clone)]
pub struct Scores {
    /// One column per node: leaves, then aggregates bottom-up.
    pub frame: Frame,
    /// Weight of each node among its siblings, summing to one at each parent (by node).
    pub weights: Vec<f64>,
    /// What a reader should know.
    pub notes: Vec<Note>,
}

/// Aggregates the whole tree. `frame` holds a column for every leaf.
pub fn aggregate(frame: &Frame, tree: &Tree, weigh: &Weigh, rule: &Aggregate) -> Result<Scores> {
    weigh.check(tree)?;
    rule.check(tree)?;
    let mut out = frame.pick_columns(&tree.leaf_codes())?;
    out.reserve(tree.nodes.len());
    let mut weights = vec![1.0; tree.nodes.len()];
    let mut notes = Vec::new();
    for k in tree.aggregates() {
        let node = &tree.nodes[k];
        let (column, w) = node_column(&out, tree, k, weigh, rule)?;
        for (&c, w) in node.children.iter().zip(&w) {
            weights[c] = *w;
        }
        let gone = column.iter().filter(|x| x.is_nan()).count();
        if gone > 0 {
            notes.push(Note::new(
                Stage::Aggregate,
                &node.code,
                format!("{gone} of {} units without a score", column.len()),
            ));
        }
        let code = node.code.clone();
        out.push(code, &column)?;
    }
    Ok(Scores { frame: out, weights, notes })
}

struct Parent<'a> {
    tree: &'a Tree,
    k: usize,
    columns: &'a [&'a [f64]],
    weights: &'a [f64],
    threshold: f64,
}

impl Parent<'_> {
    fn aggregate(&self, frame: &Frame, rule: &Rule, scope: Scope) -> Result<Vec<f64>> {
        let n = frame.rows();
        let mut out = vec![f64::NAN; n];
        if rule.compares_units() {
            for rows in frame.units().pools(scope) {
                let x: Vec<Vec<f64>> =
                    rows.iter().map(|&i| self.columns.iter().map(|c| c[i]).collect()).collect();
                let scores = match rule {
                    Rule::Copeland => outrank::copeland(&x, self.weights),
                    Rule::Outranking => outrank::mean_outranking(&x, self.weights),
                    Rule::Topsis => topsis::closeness(&x, self.weights)?,
                    Rule::Bod { min_share, max_share } => bod::scores(&x, *min_share, *max_share)?,
                    _ => unreachable!("the match above lists the rules that compare units"),
                };
                for (&i, s) in rows.iter().zip(scores) {
                    if self.enough(i) {
                        out[i] = s;
                    }
                }
            }
            return Ok(out);
        }
        if *rule == Rule::Arithmetic && self.columns.iter().all(|c| c.iter().all(|x| !x.is_nan())) {
            // The same sums in the same order as `mean::arithmetic`, without a list for every unit.
            let total = crate::sum::sum(self.weights.iter().copied());
            let w: Vec<f64> = self.weights.iter().map(|w| w / total).collect();
            out.par_chunks_mut(1_024).enumerate().for_each(|(strip, out)| {
                for (i, y) in out.iter_mut().enumerate() {
                    *y = crate::sum::sum(self.columns.iter().zip(&w).map(|(c, w)| c[strip * 1_024 + i] * w));
                }
            });
            return Ok(out);
        }
        let mut values = vec![0.0; self.columns.len()];
        for (i, y) in out.iter_mut().enumerate() {
            for (v, c) in values.iter_mut().zip(self.columns) {
                *v = c[i];
            }
            *y = node_value(self.tree, self.k, rule, self.weights, self.threshold, &values, &|| {
                frame.units().label(i)
            })?;
        }
        Ok(out)
    }

    fn enough(&self, i: usize) -> bool {
        let there = self.columns.iter().filter(|c| !c[i].is_nan()).count();
        there > 0 && there as f64 / self.columns.len() as f64 >= self.threshold
    }
}

/// One unit's value of a node from its children's values (`NaN` where missing), under a rule that looks at one unit.
/// `NaN` when too few children are there.
pub(crate) fn node_value(
    tree: &Tree,
    k: usize,
    rule: &Rule,
    weights: &[f64],
    threshold: f64,
    values: &[f64],
    unit: &dyn Fn() -> String,
) -> Result<f64> {
    let there = values.iter().filter(|v| !v.is_nan()).count();
    if there == 0 || (there as f64) / (values.len() as f64) < threshold {
        return Ok(f64::NAN);
    }
    let code = |j: usize| tree.nodes[tree.nodes[k].children[j]].code.as_str();
    let at: Vec<usize> = if there == values.len() {
        Vec::new()
    } else {
        (0..values.len()).filter(|&j| !values[j].is_nan()).collect()
    };
    let value = if there == values.len() {
        mean::apply(rule, values, weights, &code, values.len())
    } else {
        let x: Vec<f64> = at.iter().map(|&j| values[j]).collect();
        let w: Vec<f64> = at.iter().map(|&j| weights[j]).collect();
        mean::apply(rule, &x, &w, &|j| code(at[j]), values.len())
    };
    let y = value.map_err(|problem| match problem {
        mean::Problem::NotPositive { rule, child, value } => IndexError::NotPositive {
            unit: unit(),
            node: tree.nodes[k].code.clone(),
            child: code(at.get(child).copied().unwrap_or(child)).into(),
            rule,
            value,
        },
        mean::Problem::Other(e) => e,
    })?;
    if y.is_finite() {
        Ok(y)
    } else {
        let subject = format!("{}, unit {}", tree.nodes[k].code, unit());
        Err(IndexError::NotFinite { what: "aggregate", subject })
    }
}

/// One node's column from the columns of its children, and the children's weights summing to one.
pub(crate) fn node_column(
    frame: &Frame,
    tree: &Tree,
    k: usize,
    weigh: &Weigh,
    rule: &Aggregate,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let columns: Vec<&[f64]> = tree.nodes[k].children.iter().map(|&c| frame.column(c)).collect();
    let w = weigh.below(tree, k, &columns)?;
    let total = crate::sum::sum(w.iter().copied());
    let parent = Parent { tree, k, columns: &columns, weights: &w, threshold: rule.threshold(tree, k) };
    let column = parent.aggregate(frame, rule.rule_of(tree, k), rule.scope)?;
    Ok((column, w.into_iter().map(|w| w / total).collect()))
}
