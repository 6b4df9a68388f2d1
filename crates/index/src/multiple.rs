//! Multiple imputation of a whole index: several runs with drawn values, pooled by Rubin's rules.

use rayon::prelude::*;

use crate::{
    error::{IndexError, Result},
    recipe::Recipe,
    run::{Inputs, run},
    stage::impute::{Fill, Pooled, rubin},
};

/// One unit's score over m imputations.
#[derive(Debug, Clone, PartialEq)]
pub struct Imputed {
    /// The unit, with its period in a panel.
    pub unit: String,
    /// The score pooled: its variance is the part that comes from not knowing the missing values. `None` where fewer
    /// than two imputations gave a score.
    pub score: Option<Pooled>,
    /// Smallest and largest rank over the imputations.
    pub ranks: (f64, f64),
}

/// Runs the recipe `m` times with drawn values in place of its own filling, seeds `seed` to `seed + m - 1`.
/// T = W + (1 + 1/m) B with W = 0: a score has no error of its own here (give a study measurement errors for that).
pub fn run_multiple(inputs: &Inputs, recipe: &Recipe, m: usize, seed: u64) -> Result<Vec<Imputed>> {
    if m < 2 {
        return Err(IndexError::parameter("imputations", m, "at least two are needed"));
    }
    let runs = (0..m as u64)
        .into_par_iter()
        .map(|k| {
            let mut r = recipe.clone();
            r.impute.fill = Fill::EmDraw { seed: seed + k, iterations: 100 };
            run(inputs, &r)
        })
        .collect::<Result<Vec<_>>>()?;
    let units = runs[0].scores.units();
    Ok((0..units.len())
        .map(|i| {
            let at: Vec<(f64, f64)> = runs
                .iter()
                .filter_map(|r| {
                    let row = r.scores.units().row_of(&units.codes[i], units.period(i))?;
                    Some((r.index()[row], r.index_rank()[row]))
                })
                .filter(|(s, _)| !s.is_nan())
                .collect();
            let scores: Vec<f64> = at.iter().map(|a| a.0).collect();
            let ranks: Vec<f64> = at.iter().map(|a| a.1).collect();
            Imputed {
                unit: units.label(i),
                score: rubin(&scores, &vec![0.0; scores.len()]),
                ranks: crate::stats::range(&ranks).unwrap_or((f64::NAN, f64::NAN)),
            }
        })
        .collect())
}
