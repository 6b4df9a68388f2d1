//! The pipeline: select, denominate, impute, screen, treat, bound, normalise, weigh, aggregate, rank.

use crate::{
    error::{IndexError, Result},
    model::{Frame, Kind, Meta, Tree},
    note::Note,
    place::{in_data, in_meta},
    recipe::Recipe,
    stage::{
        aggregate::aggregate,
        bound::{BoundBy, Bounds, bounds},
        denominate::denominate,
        impute::{Moment, impute},
        normalise::{BandsOf, To, normalise},
        rank::rank,
        screen::screen,
        select::{select_meta, select_rows},
        treat::{Treated, treat},
    },
};

/// What goes in.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The framework.
    pub meta: Meta,
    /// Indicator values.
    pub indicators: Frame,
    /// Denominators; may be empty.
    pub denominators: Frame,
}

impl Inputs {
    /// From COINr's two tables as bytes of CSV.
    pub fn from_csv(idata: &[u8], imeta: &[u8]) -> Result<(Self, Vec<Note>)> {
        let meta = crate::io::read_meta("iMeta", imeta)?;
        Tree::build(&meta).map_err(|e| in_meta(&meta, e))?;
        let data = crate::io::read_data("iData", idata, &meta)?;
        Ok((Self { meta, indicators: data.indicators, denominators: data.denominators }, data.notes))
    }
}

/// Everything up to scores on one scale.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The framework after selection.
    pub meta: Meta,
    /// The tree after selection.
    pub tree: Tree,
    /// Selected values.
    pub raw: Frame,
    /// After dividing.
    pub denominated: Frame,
    /// After filling.
    pub imputed: Frame,
    /// After leaving out units.
    pub screened: Frame,
    /// After treatment.
    pub treated: Frame,
    /// What treatment did.
    pub treatments: Vec<Treated>,
    /// The bounds used.
    pub bounds: Bounds,
    /// On one scale, more is better.
    pub normalised: Frame,
    /// Remarks of all stages so far.
    pub notes: Vec<Note>,
}

/// The whole result.
#[derive(Debug, Clone)]
pub struct Run {
    /// The recipe that was used.
    pub recipe: Recipe,
    /// Stages up to normalising.
    pub prepared: Prepared,
    /// Scores of all nodes (leaves, then aggregates bottom-up).
    pub scores: Frame,
    /// Weight of each node among its siblings.
    pub weights: Vec<f64>,
    /// Ranks of the aggregates.
    pub ranks: Frame,
    /// Remarks of all stages.
    pub notes: Vec<Note>,
}

impl Run {
    /// The tree.
    pub fn tree(&self) -> &Tree {
        &self.prepared.tree
    }
    /// Scores of the root.
    pub fn index(&self) -> &[f64] {
        self.scores.column(self.tree().root)
    }
    /// Ranks of the root.
    pub fn index_rank(&self) -> &[f64] {
        self.ranks.column(self.tree().root - self.tree().leaves)
    }
    /// Rows from the best to the worst; units without a score last.
    pub fn order(&self) -> Vec<usize> {
        let score = self.index();
        let mut order: Vec<usize> = (0..score.len()).collect();
        order.sort_by(|&a, &b| {
            let key = |i: usize| if score[i].is_nan() { f64::NEG_INFINITY } else { score[i] };
            key(b)
                .total_cmp(&key(a))
                .then_with(|| self.scores.units().codes[a].cmp(&self.scores.units().codes[b]))
        });
        order
    }
}

/// Runs all stages.
pub fn run(inputs: &Inputs, recipe: &Recipe) -> Result<Run> {
    finish(prepare(inputs, recipe, None)?, recipe).map_err(|e| in_data(inputs.indicators.units(), e))
}

/// Runs all stages with bounds frozen by an earlier edition.
pub fn run_frozen(inputs: &Inputs, recipe: &Recipe, frozen: &Bounds) -> Result<Run> {
    finish(prepare(inputs, recipe, Some(frozen))?, recipe).map_err(|e| in_data(inputs.indicators.units(), e))
}

/// Runs up to normalising.
pub fn prepare(inputs: &Inputs, recipe: &Recipe, frozen: Option<&Bounds>) -> Result<Prepared> {
    prepare_in_place(inputs, recipe, frozen).map_err(|e| in_data(inputs.indicators.units(), e))
}

fn prepare_in_place(inputs: &Inputs, recipe: &Recipe, frozen: Option<&Bounds>) -> Result<Prepared> {
    let meta = select_meta(&inputs.meta, &recipe.select)?;
    let tree = Tree::build(&meta)?;
    crate::veto::check(&recipe.veto, |c| tree.position(c).is_ok_and(|k| k < tree.leaves))?;
    let codes: Vec<&str> = meta.codes(Kind::Indicator).collect();
    let (rows, mut notes) = select_rows(&inputs.indicators, &recipe.select)?;
    let mut raw = inputs.indicators.pick_columns(&codes)?;
    let mut below = inputs.denominators.clone();
    if rows.len() < raw.rows() {
        raw = raw.pick_rows(&rows);
        below = below.pick_rows(&rows);
    }
    let first = recipe.impute.moment == Moment::BeforeDenominate;
    let (before, n1) = if first { impute(&raw, &meta, &recipe.impute)? } else { (raw.clone(), Vec::new()) };
    let (denominated, n2) = denominate(&before, &below, &meta, &recipe.denominate)?;
    let (imputed, n3) =
        if first { (denominated.clone(), Vec::new()) } else { impute(&denominated, &meta, &recipe.impute)? };
    let (kept, n4) = screen(&imputed, &recipe.screen)?;
    let screened = if kept.len() == imputed.rows() { imputed.clone() } else { imputed.pick_rows(&kept) };
    if screened.rows() == 1 && frozen.is_none() && compares(recipe, &codes) {
        return Err(IndexError::OneUnit { unit: screened.units().label(0) });
    }
    let (treated, treatments, n5) = treat(&screened, &recipe.treat)?;
    let bounds = match frozen {
        Some(b) => b.clone(),
        None => bounds(&treated, &meta, &recipe.bound)?,
    };
    let (normalised, n6) = normalise(&treated, &bounds, &meta, &recipe.normalise)?;
    for n in [n1, n2, n3, n4, n5, n6] {
        notes.extend(n);
    }
    Ok(Prepared {
        meta,
        tree,
        raw,
        denominated,
        imputed,
        screened,
        treated,
        treatments,
        bounds,
        normalised,
        notes,
    })
}

/// Whether any indicator's scale is taken from the units themselves, which one unit alone cannot give.
fn compares(recipe: &Recipe, codes: &[&str]) -> bool {
    codes.iter().any(|&code| {
        let by = recipe.bound.only.get(code).unwrap_or(&recipe.bound.by);
        match recipe.normalise.only.get(code).unwrap_or(&recipe.normalise.to) {
            To::Goalposts
            | To::Piecewise { .. }
            | To::Scaled { .. }
            | To::Bands { of: BandsOf::Value, .. }
            | To::Turned
            | To::Raw => false,
            To::Bands { of: BandsOf::Percentile, .. } => true,
            To::MinMax { .. } | To::Bands { .. } | To::Efficacy { .. } => {
                !matches!(by, BoundBy::Fixed { .. } | BoundBy::Goalposts)
            }
            _ => true,
        }
    })
}

/// From one scale to scores and ranks.
pub fn finish(prepared: Prepared, recipe: &Recipe) -> Result<Run> {
    let scores = aggregate(&prepared.normalised, &prepared.tree, &recipe.weigh, &recipe.aggregate)?;
    let aggregates: Vec<&str> =
        prepared.tree.nodes[prepared.tree.leaves..].iter().map(|n| n.code.as_str()).collect();
    let ranks = rank(&scores.frame.pick_columns(&aggregates)?, &recipe.rank)?;
    let mut notes = prepared.notes.clone();
    notes.extend(scores.notes);
    Ok(Run { recipe: recipe.clone(), prepared, scores: scores.frame, weights: scores.weights, ranks, notes })
}
