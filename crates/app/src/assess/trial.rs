//! A trial run of another recipe on a month that is over: who would move, and by how much. Nothing is saved.

use std::collections::BTreeMap;

use domain::area::Level;
use domain::id::AreaId;
use domain::month::Month;
use domain::policy::{Actor, ScoreAct};
use domain::score::RecipeDoc;

use super::areas::{self, Ranked};
use super::count::{books, days_of};
use super::workers::{assessed, month as scored};
use super::{permit, recipe, whole};
use crate::{App, AppError};

/// Workers told one by one, at most.
const TOLD: usize = 200;

/// What would change for a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkerMove {
    /// Their grid.
    pub grid: AreaId,
    /// Score by the recipe that holds.
    pub before: Option<f64>,
    /// Score by the other one.
    pub after: Option<f64>,
}

/// What would change for an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaMove {
    /// Which.
    pub area: AreaId,
    /// Score and rank by the recipe that holds.
    pub before: (Option<f64>, Option<u32>),
    /// And by the other one.
    pub after: (Option<f64>, Option<u32>),
}

/// Who would move.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The month it was tried on.
    pub month: Month,
    /// Version of the recipe that holds.
    pub version: u32,
    /// Workers with a score by either.
    pub n: usize,
    /// Of those, whose score would rise or fall by half a point or more.
    pub up: usize,
    /// And fall.
    pub down: usize,
    /// The middle size of a move.
    pub median: f64,
    /// Those that would move most.
    pub workers: Vec<WorkerMove>,
    /// Townships and counties whose rank would change.
    pub areas: Vec<(Level, AreaMove)>,
}

/// Tries a recipe on a month.
pub async fn trial(app: &App, who: &Actor, doc: &RecipeDoc, month: Month) -> Result<Trial, AppError> {
    permit(who, ScoreAct::TryRecipe, &whole(app), None, "recipe")?;
    let other = recipe::read(doc)?;
    let (from, to) = days_of(month);
    let now = scored(app, month).await?;
    if now.workers.is_empty() {
        return Err(AppError::Blocked {
            why: format!("{month} has no book of any day: nothing can be tried on it"),
        });
    }
    let then = assessed(app, month, 0, other.clone(), books(app, from, to).await?).await?;
    let total = |score: &Option<domain::score::Score>| score.as_ref().map(|it| it.total);
    let mut moves: Vec<WorkerMove> = now
        .workers
        .iter()
        .zip(&then.workers)
        .filter(|(a, b)| a.score.is_some() || b.score.is_some())
        .map(|(a, b)| WorkerMove { grid: a.grid, before: total(&a.score), after: total(&b.score) })
        .collect();
    let change = |it: &WorkerMove| it.after.unwrap_or(0.0) - it.before.unwrap_or(0.0);
    let (n, up) = (moves.len(), moves.iter().filter(|it| change(it) >= 0.5).count());
    let down = moves.iter().filter(|it| change(it) <= -0.5).count();
    moves.sort_by(|a, b| change(b).abs().total_cmp(&change(a).abs()).then(a.grid.cmp(&b.grid)));
    let median = moves.get(n / 2).map_or(0.0, |it| change(it).abs());
    moves.truncate(TOLD);
    let mut ranks = Vec::new();
    for level in [Level::County, Level::Township] {
        let asked = areas::Asked { level, below: None, to, days: None };
        let held = (now.version, now.recipe.clone());
        let one = areas::ranked(app, asked, held, books(app, from, to).await?, None).await?;
        let two = areas::ranked(app, asked, (0, other.clone()), books(app, from, to).await?, None).await?;
        let known: BTreeMap<AreaId, &Ranked> = one.areas.iter().map(|it| (it.area, it)).collect();
        let told = |it: &Ranked| (total(&it.score), it.rank);
        ranks.extend(two.areas.iter().filter_map(|it| {
            let old = known.get(&it.area)?;
            (old.rank != it.rank)
                .then(|| (level, AreaMove { area: it.area, before: told(old), after: told(it) }))
        }));
    }
    Ok(Trial { month, version: now.version, n, up, down, median, workers: moves, areas: ranks })
}
