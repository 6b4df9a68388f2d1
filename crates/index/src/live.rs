//! A run that stays up to date: one changed value recomputes only what depends on it, and the result has the same
//! bytes as a run from scratch.
//!
//! Only the changed indicator's column goes through the stages, then its ancestors. Where the change stays in its row
//! (bounds did not move), only that row is recomputed. Recipes whose imputation borrows from other indicators, or that
//! screen units by their data, fall back to a full run.

use crate::{
    error::{IndexError, Result},
    model::{Entry, Frame, Meta},
    recipe::Recipe,
    run::{Inputs, Run, finish, prepare, run},
    stage::{
        aggregate::{node_column, node_value},
        bound::Bounds,
        impute::Fill,
        rank::rank,
        screen::ScreenBy,
    },
    stats::Ties,
};

/// What an update touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// Nothing downstream changed.
    Nothing,
    /// One row of the indicator and its ancestors.
    Row,
    /// The indicator's column and its ancestors.
    Column,
    /// Everything.
    All,
}

/// Inputs, recipe and result kept together.
#[derive(Debug, Clone)]
pub struct Live {
    inputs: Inputs,
    frozen: Option<Bounds>,
    run: Run,
}

impl Live {
    /// Runs once.
    pub fn new(inputs: Inputs, recipe: &Recipe, frozen: Option<Bounds>) -> Result<Self> {
        let run = match &frozen {
            Some(b) => finish(prepare(&inputs, recipe, Some(b))?, recipe)?,
            None => run(&inputs, recipe)?,
        };
        Ok(Self { inputs, frozen, run })
    }
    /// The result.
    pub fn run(&self) -> &Run {
        &self.run
    }
    /// Changes one raw value (`NaN` for missing) and brings the result up to date. On an error nothing has changed.
    pub fn set(&mut self, unit: &str, period: Option<&str>, code: &str, value: f64) -> Result<Touched> {
        if value.is_infinite() {
            return Err(IndexError::NotFinite { what: "value", subject: format!("{code}, unit {unit}") });
        }
        let row = self
            .inputs
            .indicators
            .units()
            .row_of(unit, period)
            .ok_or_else(|| IndexError::unknown("unit", unit))?;
        let j =
            self.inputs.indicators.position(code).ok_or_else(|| IndexError::unknown("indicator", code))?;
        let before = self.inputs.indicators.at(row, j);
        if before.to_bits() == value.to_bits() || (before.is_nan() && value.is_nan()) {
            return Ok(Touched::Nothing);
        }
        self.inputs.indicators.column_mut(j)[row] = value;
        let done = self.update(code);
        if done.is_err() {
            self.inputs.indicators.column_mut(j)[row] = before;
        }
        done
    }
    fn column_suffices(&self) -> bool {
        let r = &self.run.recipe;
        let simple = matches!(r.impute.fill, Fill::None | Fill::Mean | Fill::Median | Fill::Constant { .. });
        let all_rows = self.inputs.indicators.rows() == self.run.scores.rows();
        simple
            && all_rows
            && r.screen.by == ScreenBy::None
            && r.select.only.is_empty()
            && r.select.without.is_empty()
    }
    // table: every stage in order, each with what one changed column touches
    fn update(&mut self, code: &str) -> Result<Touched> {
        if !self.column_suffices() {
            let recipe = self.run.recipe.clone();
            *self = Self::new(self.inputs.clone(), &recipe, self.frozen.clone())?;
            return Ok(Touched::All);
        }
        let recipe = single(&self.run.recipe, code);
        let inputs = Inputs {
            meta: Meta {
                entries: self
                    .inputs
                    .meta
                    .entries
                    .iter()
                    .filter(|e| e.code == code)
                    .map(|e| Entry { parent: Some("(root)".into()), ..e.clone() })
                    .chain([Entry::aggregate("(root)", None)])
                    .collect(),
            },
            indicators: self.inputs.indicators.pick_columns(&[code])?,
            denominators: self.denominator_of(code)?,
        };
        let own = match &self.frozen {
            Some(b) => prepare(&inputs, &recipe, Some(b))?,
            None => prepare(&inputs, &recipe, None)?,
        };
        let tree = self.run.prepared.tree.clone();
        let leaf = tree.position(code)?;
        let fresh = own.normalised.column(0);
        let old = self.run.scores.column(leaf);
        let moved: Vec<usize> = (0..fresh.len())
            .filter(|&i| fresh[i].to_bits() != old[i].to_bits() && !(fresh[i].is_nan() && old[i].is_nan()))
            .collect();
        let path: Vec<usize> = tree.path_up(leaf).into_iter().skip(1).collect();
        // Work on copies of the path's columns first, so that an error changes nothing.
        let one_row = moved.len() == 1
            && !self.run.recipe.weigh.needs_data()
            && path.iter().all(|&k| !self.run.recipe.aggregate.rule_of(&tree, k).compares_units());
        let mut scores =
            std::mem::replace(&mut self.run.scores, Frame::empty(self.run.ranks.units().clone()));
        let saved: Vec<(usize, Vec<f64>)> = [leaf]
            .iter()
            .chain(&path)
            .map(|&k| (k, if one_row { vec![scores.at(moved[0], k)] } else { scores.column(k).to_vec() }))
            .collect();
        scores.column_mut(leaf).copy_from_slice(fresh);
        let mut weights = self.run.weights.clone();
        let result = self.climb(
            &mut scores,
            &mut weights,
            &path,
            if one_row { Some(moved[0]) } else { None },
            moved.is_empty(),
        );
        if let Err(e) = result {
            for (k, column) in saved {
                if one_row {
                    scores.column_mut(k)[moved[0]] = column[0];
                } else {
                    scores.column_mut(k).copy_from_slice(&column);
                }
            }
            self.run.scores = scores;
            return Err(e);
        }
        self.run.scores = scores;
        self.run.weights = weights;
        let p = &mut self.run.prepared;
        for (target, source) in [
            (&mut p.raw, &own.raw),
            (&mut p.denominated, &own.denominated),
            (&mut p.imputed, &own.imputed),
            (&mut p.screened, &own.screened),
            (&mut p.treated, &own.treated),
            (&mut p.normalised, &own.normalised),
        ] {
            let at = target.position(code).ok_or_else(|| IndexError::unknown("indicator", code))?;
            target.column_mut(at).copy_from_slice(source.column(0));
        }
        if self.frozen.is_none() {
            for b in own.bounds.list {
                if let Some(slot) =
                    p.bounds.list.iter_mut().find(|x| x.code == b.code && x.period == b.period)
                {
                    *slot = b;
                }
            }
        }
        for t in own.treatments {
            if let Some(slot) = p.treatments.iter_mut().find(|x| x.code == t.code) {
                *slot = t;
            }
        }
        if moved.is_empty() {
            return Ok(Touched::Nothing);
        }
        let r = &self.run.recipe.rank;
        let by_count = one_row && r.ties == Ties::Min && r.within.is_none() && r.tolerance == 0.0;
        for &k in &path {
            if by_count {
                let before = saved.iter().find(|(s, _)| *s == k).map_or(f64::NAN, |(_, c)| c[0]);
                let scores = self.run.scores.column(k);
                if !before.is_nan() && !scores[moved[0]].is_nan() {
                    let period = self
                        .run
                        .scores
                        .units()
                        .pools(r.scope)
                        .into_iter()
                        .find(|p| p.contains(&moved[0]))
                        .unwrap_or_default();
                    shift_ranks(
                        &period,
                        scores,
                        moved[0],
                        before,
                        self.run.ranks.column_mut(k - tree.leaves),
                    );
                    continue;
                }
            }
            let one = self.run.scores.pick_columns(&[tree.nodes[k].code.as_str()])?;
            let ranks = rank(&one, &self.run.recipe.rank)?;
            self.run.ranks.column_mut(k - tree.leaves).copy_from_slice(ranks.column(0));
        }
        Ok(if one_row { Touched::Row } else { Touched::Column })
    }
    fn climb(
        &self,
        scores: &mut Frame,
        weights: &mut [f64],
        path: &[usize],
        row: Option<usize>,
        nothing: bool,
    ) -> Result<()> {
        if nothing {
            return Ok(());
        }
        let tree = &self.run.prepared.tree;
        let recipe = &self.run.recipe;
        for &k in path {
            if let Some(i) = row {
                let children = &tree.nodes[k].children;
                let values: Vec<f64> = children.iter().map(|&c| scores.at(i, c)).collect();
                let w = recipe.weigh.below(tree, k, &[])?;
                let y = node_value(
                    tree,
                    k,
                    recipe.aggregate.rule_of(tree, k),
                    &w,
                    recipe.aggregate.threshold(tree, k),
                    &values,
                    &|| scores.units().label(i),
                )?;
                scores.column_mut(k)[i] = y;
            } else {
                let (column, w) = node_column(scores, tree, k, &recipe.weigh, &recipe.aggregate)?;
                for (&c, w) in tree.nodes[k].children.iter().zip(w) {
                    weights[c] = w;
                }
                scores.column_mut(k).copy_from_slice(&column);
            }
        }
        Ok(())
    }
    fn denominator_of(&self, code: &str) -> Result<Frame> {
        let named = self
            .run
            .recipe
            .denominate
            .by
            .get(code)
            .cloned()
            .or_else(|| self.inputs.meta.get(code).and_then(|e| e.denominator.clone()));
        match named.filter(|d| self.inputs.denominators.position(d).is_some()) {
            Some(d) => self.inputs.denominators.pick_columns(&[d]),
            None => Ok(Frame::empty(self.inputs.denominators.units().clone())),
        }
    }
}

/// Sport ranks after one unit's score changed: the others move by one where it passed them.
fn shift_ranks(pool: &[usize], score: &[f64], row: usize, before: f64, rank: &mut [f64]) {
    let now = score[row];
    let mut own = 1.0;
    for &i in pool.iter().filter(|&&i| i != row && !score[i].is_nan()) {
        rank[i] += f64::from(u8::from(now > score[i])) - f64::from(u8::from(before > score[i]));
        own += f64::from(u8::from(score[i] > now));
    }
    rank[row] = own;
}

/// The recipe as it concerns one indicator.
fn single(recipe: &Recipe, code: &str) -> Recipe {
    let mut r = recipe.clone();
    r.denominate.by.retain(|k, _| k == code);
    r.denominate.scale.retain(|k, _| k == code);
    r.treat.only.retain(|k, _| k == code);
    r.treat.transform.retain(|k, _| k == code);
    r.bound.only.retain(|k, _| k == code);
    r.normalise.only.retain(|k, _| k == code);
    r.veto.clear();
    r
}
