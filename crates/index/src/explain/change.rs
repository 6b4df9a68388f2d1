//! Change of a score between two editions, split into data, bounds, weights and method: Shapley values over
//! the sixteen mixtures of the two editions, so that no order of changing is preferred.

use crate::{
    error::{IndexError, Result},
    recipe::Recipe,
    run::{Inputs, run_frozen},
    sensitivity::shapley_from_subsets,
    stage::{bound::Bounds, weigh::Weigh},
};

/// All that made an edition.
#[derive(Debug, Clone)]
pub struct Edition {
    /// Tables.
    pub inputs: Inputs,
    /// Choices.
    pub recipe: Recipe,
    /// Frozen bounds.
    pub bounds: Bounds,
}

/// One unit's change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The unit.
    pub unit: String,
    /// Score in the earlier edition.
    pub from: f64,
    /// Score in the later edition.
    pub to: f64,
    /// Points from new values.
    pub data: f64,
    /// Points from new bounds.
    pub bounds: f64,
    /// Points from new weights (of the framework and of the recipe).
    pub weights: f64,
    /// Points from other choices of the recipe.
    pub method: f64,
}

/// Splits the change of every unit that has a score in both. Both editions must have the same indicators; bounds must
/// fit the scale of treated values, so a change from plain to logged values belongs to method with its own bounds.
pub fn change(old: &Edition, new: &Edition) -> Result<Vec<Change>> {
    let codes = |e: &Edition| -> Vec<String> {
        let mut c: Vec<String> = e.inputs.meta.entries.iter().map(|e| e.code.clone()).collect();
        c.sort();
        c
    };
    let (a, b) = (codes(old), codes(new));
    if let Some(code) = a.iter().find(|c| !b.contains(c)).or_else(|| b.iter().find(|c| !a.contains(c))) {
        return Err(IndexError::unknown("indicator of both editions", code));
    }
    let runs = (0..16usize)
        .map(|mix| {
            let pick = |bit: usize| if mix >> bit & 1 == 1 { new } else { old };
            let mut inputs = pick(0).inputs.clone();
            for e in &mut inputs.meta.entries {
                if let Some(w) = pick(2).inputs.meta.get(&e.code) {
                    e.weight = w.weight;
                }
            }
            let recipe = Recipe { weigh: Weigh::clone(&pick(2).recipe.weigh), ..pick(3).recipe.clone() };
            run_frozen(&inputs, &recipe, &pick(1).bounds)
        })
        .collect::<Result<Vec<_>>>()?;
    let units = runs[0].scores.units().clone();
    let mut out = Vec::new();
    for i in 0..units.len() {
        let scores: Option<Vec<f64>> = runs
            .iter()
            .map(|r| {
                r.scores.units().row_of(&units.codes[i], None).map(|k| r.index()[k]).filter(|s| !s.is_nan())
            })
            .collect();
        let Some(scores) = scores else { continue };
        let mut parts = shapley_from_subsets(&scores, 4);
        let (from, to) = (scores[0], scores[15]);
        super::close(&mut parts, to - from);
        out.push(Change {
            unit: units.label(i),
            from,
            to,
            data: parts[0],
            bounds: parts[1],
            weights: parts[2],
            method: parts[3],
        });
    }
    Ok(out)
}
