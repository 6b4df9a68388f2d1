//! What may vary: any choice or number of the recipe by its path, weights, and the data themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::{Frame, Tree},
    stats::Rng,
};

/// One uncertain input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Input {
    /// Name in reports.
    pub name: String,
    /// How it varies.
    #[serde(flatten)]
    pub vary: Vary,
}

/// How an input varies. Every alternative is equally likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Vary {
    /// The value at a path of the recipe, such as `treat.steps.0.max-points` or `normalise.to`, from a list.
    Choice {
        /// Dotted path; a number steps into a list.
        path: String,
        /// Alternatives.
        values: Vec<toml::Value>,
    },
    /// A number at a path, uniform between two ends.
    Uniform {
        /// Dotted path.
        path: String,
        /// From.
        low: f64,
        /// To.
        high: f64,
    },
    /// Leaving out one of these indicators, or none.
    DropOne {
        /// Candidates.
        indicators: Vec<String>,
    },
    /// Weight sets to choose from; a code that a set does not name keeps its weight.
    WeightSets {
        /// Weights by code.
        sets: Vec<BTreeMap<String, f64>>,
    },
    /// Every weight times a uniform factor in 1 -+ share.
    WeightNoise {
        /// 0 to below 1.
        share: f64,
        /// Only nodes at these levels; all when empty.
        #[serde(default)]
        levels: Vec<u32>,
    },
    /// Weights below each parent from a Dirichlet distribution around the recipe's, concentration times shares.
    Dirichlet {
        /// Above zero; the larger, the closer to the recipe's weights.
        concentration: f64,
    },
    /// Indicator values drawn around what was measured.
    Measurement {
        /// The error.
        noise: Noise,
        /// Which indicators; all when empty.
        #[serde(default)]
        indicators: Vec<String>,
    },
}

/// Errors of measurement, applied to raw values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Noise {
    /// Counts of events: Poisson with the value as its mean.
    Poisson,
    /// Shares of a denominator column: Binomial(n, value/scale) scale/n.
    Binomial {
        /// Denominator with n.
        denominator: String,
        /// 1 for shares, 100 for percent.
        scale: f64,
    },
    /// Survey estimates: normal with a standard error by indicator.
    Normal {
        /// Standard errors by code; those not named have none.
        se: BTreeMap<String, f64>,
    },
    /// Normal with a standard error that is a share of the value.
    Relative {
        /// The share.
        share: f64,
    },
}

impl Vary {
    /// How many equally likely alternatives; `None` when there is no end of them.
    pub fn levels(&self) -> Option<usize> {
        match self {
            Self::Choice { values, .. } => Some(values.len()),
            Self::DropOne { indicators } => Some(indicators.len() + 1),
            Self::WeightSets { sets } => Some(sets.len()),
            _ => None,
        }
    }
    /// Whether it changes only weights.
    pub(crate) fn is_weight(&self) -> bool {
        matches!(self, Self::WeightSets { .. } | Self::WeightNoise { .. } | Self::Dirichlet { .. })
    }
    /// Whether it changes the data.
    pub(crate) fn is_data(&self) -> bool {
        matches!(self, Self::Measurement { .. })
    }
    /// Checks numbers and lists.
    pub(crate) fn check(&self, name: &str) -> Result<()> {
        let bad = |value: String, range| Err(IndexError::parameter(format!("input {name}"), value, range));
        match self {
            Self::WeightNoise { share, .. } if !(0.0..1.0).contains(share) => {
                bad(share.to_string(), "share must be from 0 to below 1")
            }
            Self::Dirichlet { concentration } if *concentration <= 0.0 => {
                bad(concentration.to_string(), "concentration must be above zero")
            }
            Self::Uniform { low, high, .. } if low >= high => {
                bad(format!("{low}..{high}"), "low must be below high")
            }
            Self::Measurement { noise: Noise::Binomial { scale, .. }, .. } if *scale <= 0.0 => {
                bad(scale.to_string(), "scale must be above zero")
            }
            _ if self.levels() == Some(0) => bad("no alternative".into(), "there must be at least one"),
            _ => Ok(()),
        }
    }
    /// Position in [0,1) to alternative: equal slices of the whole interval, whatever was observed of it.
    pub(crate) fn level(&self, u: f64) -> usize {
        let l = self.levels().unwrap_or(1);
        ((u * l as f64) as usize).min(l - 1)
    }
    /// Weights by node under this input, starting from the recipe's.
    pub(crate) fn weights(&self, u: f64, base: &mut [f64], tree: &Tree) {
        match self {
            Self::WeightSets { sets } => {
                for (code, w) in &sets[self.level(u)] {
                    if let Ok(k) = tree.position(code) {
                        base[k] = *w;
                    }
                }
            }
            Self::WeightNoise { share, levels } => {
                let mut rng = stream(u);
                for (k, node) in tree.nodes.iter().enumerate() {
                    let factor = 1.0 + share * (2.0 * rng.uniform() - 1.0);
                    if levels.is_empty() || levels.contains(&node.level) {
                        base[k] *= factor;
                    }
                }
            }
            Self::Dirichlet { concentration } => {
                let mut rng = stream(u);
                for k in tree.aggregates() {
                    let children = &tree.nodes[k].children;
                    let total: f64 = children.iter().map(|&c| base[c]).sum();
                    let alpha: Vec<f64> = children.iter().map(|&c| concentration * base[c] / total).collect();
                    for (&c, w) in children.iter().zip(rng.dirichlet(&alpha)) {
                        base[c] = w.max(1e-12);
                    }
                }
            }
            _ => {}
        }
    }
    /// Draws the data anew.
    pub(crate) fn perturb(&self, u: f64, frame: &mut Frame, denominators: &Frame) -> Result<()> {
        let Self::Measurement { noise, indicators } = self else { return Ok(()) };
        let mut rng = stream(u);
        let size = match noise {
            Noise::Binomial { denominator, .. } => Some(denominators.named(denominator)?),
            _ => None,
        };
        for j in 0..frame.columns() {
            let code = frame.codes()[j].clone();
            if !indicators.is_empty() && !indicators.contains(&code) {
                continue;
            }
            for (i, x) in frame.column_mut(j).iter_mut().enumerate().filter(|(_, x)| !x.is_nan()) {
                *x = match noise {
                    Noise::Poisson => rng.poisson(x.max(0.0)),
                    Noise::Binomial { scale, .. } => {
                        let n = size.map_or(0.0, |s| s[i]).round();
                        if n >= 1.0 { rng.binomial(n as u64, *x / scale) / n * scale } else { *x }
                    }
                    Noise::Normal { se } => *x + rng.normal() * se.get(&code).copied().unwrap_or(0.0),
                    Noise::Relative { share } => *x + rng.normal() * share * x.abs(),
                };
            }
        }
        Ok(())
    }
}

/// A stream of chance that belongs to one point of the design.
fn stream(u: f64) -> Rng {
    Rng::new(0x005e_ed0f_1dea, u.to_bits())
}

/// Sets the value at a dotted path of a table.
pub(crate) fn set_path(table: &mut toml::Table, path: &str, value: toml::Value) -> Result<()> {
    let steps: Vec<&str> = path.split('.').collect();
    let (last, above) = steps.split_last().ok_or_else(|| IndexError::unknown("recipe path", path))?;
    let mut at = toml::Value::Table(std::mem::take(table));
    let done = {
        let mut place = Some(&mut at);
        for step in above {
            place = place.and_then(|p| match p {
                toml::Value::Table(t) => Some(
                    t.entry((*step).to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new())),
                ),
                toml::Value::Array(a) => step.parse::<usize>().ok().and_then(|k| a.get_mut(k)),
                _ => None,
            });
        }
        match place {
            Some(toml::Value::Table(t)) => {
                t.insert((*last).to_owned(), value);
                true
            }
            Some(toml::Value::Array(a)) => match last.parse::<usize>().ok().and_then(|k| a.get_mut(k)) {
                Some(slot) => {
                    *slot = value;
                    true
                }
                None => false,
            },
            _ => false,
        }
    };
    if let toml::Value::Table(t) = at {
        *table = t;
    }
    if done { Ok(()) } else { Err(IndexError::unknown("recipe path", path)) }
}
