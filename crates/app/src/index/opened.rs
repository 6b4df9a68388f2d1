//! An edition opened from its archive, and what can be asked of it: where an area stands and why, where a number comes
//! from, what another value would change, what changed since another edition.

use super::archive::{ArchiveFault, materials};
use super::backcast::scores_of;
use super::compute::{Computed, compute_with};
use super::edition::archive_of;
use super::framework::refused;
use super::materials::{KnownFigure, Materials};
use super::tables::{bounds_of, standings};
use super::values::Told;
use super::weak::WeakLink;
use crate::{App, AppError};
use ::index::explain::{self, Baseline, Change, Contribution, Reach, contributions, reach};
use ::index::stage::bound::Bound;
use ::index::{Frame, IndexError, Inputs, run_frozen};
use domain::framework::Measure;
use domain::id::EditionId;
use domain::month::Month;
use domain::policy::Actor;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use store::edition::Edition;

/// Editions kept open at most.
const KEPT: usize = 8;

/// Editions that were opened lately, the last one first.
#[derive(Clone, Default)]
pub struct Shelf {
    open: Arc<Mutex<Vec<Kept>>>,
}

type Kept = (EditionId, Arc<Opened>);

/// An edition with everything it was made of.
#[derive(Debug)]
pub struct Opened {
    /// What it was made of.
    pub materials: Materials,
    /// What came out.
    pub made: Computed,
}

/// Where one number comes from.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// What became of the figure.
    pub told: &'a Told,
    /// Its score, and the mean score of the others.
    pub score: (Option<f64>, Option<f64>),
    /// Share of the indicator in the index: the product of the weights down the tree.
    pub weight: f64,
    /// The bounds, with their window, method and error; `None` where the standard has points of its own.
    pub bound: Option<&'a Bound>,
    /// The bounds in the indicator's own unit.
    pub bounds_in_unit: Option<(f64, f64)>,
    /// The figures behind it: of its month, and the base figure.
    pub sources: Vec<&'a KnownFigure>,
    /// Scores by month, on the bounds of this edition.
    pub history: Vec<Then>,
}

/// A score in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Then {
    /// Which month, as `2026-09`.
    pub month: String,
    /// The area's score.
    pub score: Option<f64>,
    /// The mean score of the others.
    pub others: Option<f64>,
}

/// What another value would do.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf {
    /// Score of the area, before and after.
    pub score: (Option<f64>, Option<f64>),
    /// Rank of the area, before and after.
    pub rank: (Option<usize>, Option<usize>),
    /// Score of the indicator, before and after.
    pub indicator: (Option<f64>, Option<f64>),
}

/// Opens an edition that someone may see.
pub async fn open(app: &App, who: &Actor, id: EditionId) -> Result<(Edition, Arc<Opened>), AppError> {
    let edition = super::edition::one(app, who, id).await?;
    if let Some(open) = app.editions.get(id) {
        return Ok((edition, open));
    }
    let (edition, bytes) = archive_of(app, who, id).await?;
    let opened = tokio::task::spawn_blocking(move || Opened::from_archive(&bytes));
    let opened = Arc::new(opened.await.expect("opening does not panic")?);
    app.editions.put(id, opened.clone());
    Ok((edition, opened))
}

impl Shelf {
    fn get(&self, id: EditionId) -> Option<Arc<Opened>> {
        let mut open = self.open.lock().expect("the shelf's lock is never held across a panic");
        let at = open.iter().position(|(kept, _)| *kept == id)?;
        let kept = open.remove(at);
        open.insert(0, kept);
        Some(open[0].1.clone())
    }

    fn put(&self, id: EditionId, opened: Arc<Opened>) {
        let mut open = self.open.lock().expect("the shelf's lock is never held across a panic");
        open.retain(|(kept, _)| *kept != id);
        open.insert(0, (id, opened));
        open.truncate(KEPT);
    }
}

impl Opened {
    /// From the bytes of an archive. What is told of an edition is made again from its materials, but for bootstrap and
    /// draws: its bounds and its ranking stand in the archive.
    pub fn from_archive(bytes: &[u8]) -> Result<Opened, AppError> {
        let files = unpack(bytes)?;
        let materials = materials(&files).map_err(unreadable)?;
        let standing = files.get("ranking.csv").and_then(|ranking| standings(&materials, ranking));
        let bounds = files.get("bounds.csv").and_then(|bounds| bounds_of(bounds));
        let made = compute_with(&materials, bounds.zip(standing)).map_err(refused)?;
        Ok(Opened { materials, made })
    }

    /// Place of an area by its code.
    pub fn area(&self, code: &str) -> Option<usize> {
        self.materials.areas.iter().position(|it| it.code == code)
    }

    /// How an area's score differs from the mean of the others, split over the tree.
    pub fn parts(&self, area: usize) -> Result<Contribution, AppError> {
        contributions(&self.made.now, area, Baseline::Others).map_err(engine)
    }

    /// Weak links of an area, the heaviest first.
    pub fn weak(&self, area: usize) -> impl Iterator<Item = &WeakLink> {
        self.made.weak.iter().filter(move |it| it.area == area)
    }

    /// Scores of a node by month on the bounds of this edition: the area's, and the mean of the others.
    pub fn history(&self, area: usize, node: &str) -> Result<Vec<Then>, AppError> {
        let panel = &self.made.panel;
        let column = panel.scores.column(panel.tree().position(node).map_err(engine)?);
        let n = self.materials.areas.len();
        let there = |x: f64| (!x.is_nan()).then_some(x);
        let months = column.chunks(n).enumerate().map(|(at, row)| {
            let others: Vec<f64> =
                (0..n).filter(|&i| i != area).map(|i| row[i]).filter(|x| !x.is_nan()).collect();
            let mean = (!others.is_empty()).then(|| others.iter().sum::<f64>() / others.len() as f64);
            let month = panel.scores.units().period(at * n).unwrap_or_default().to_owned();
            Then { month, score: there(row[area]), others: mean }
        });
        Ok(months.collect())
    }

    /// Where one number comes from.
    pub fn origin(&self, area: usize, indicator: &str) -> Result<Origin<'_>, AppError> {
        let absent = || AppError::NotFound { what: "indicator" };
        let known = self.made.framework.indicator(indicator).ok_or_else(absent)?;
        let told = self.made.values.told.iter().find(|it| it.indicator == indicator && it.area == area);
        let now = &self.made.now;
        let at = now.tree().position(indicator).ok();
        let scores = at.map(|at| now.scores.column(at));
        let there = |x: f64| (!x.is_nan()).then_some(x);
        let own = scores.and_then(|column| there(column[area]));
        let history = at.map_or(Ok(Vec::new()), |_| self.history(area, indicator))?;
        let bound = self.made.panel.prepared.bounds.find(indicator, None);
        let bound = bound.filter(|_| known.standard.curve == domain::framework::Curve::Linear);
        let unit = |it: &Bound| {
            (self.made.in_its_unit(indicator, it.lower), self.made.in_its_unit(indicator, it.upper))
        };
        Ok(Origin {
            told: told.ok_or_else(absent)?,
            score: (own, history.last().and_then(|then| then.others)),
            weight: at.map_or(0.0, |at| now.tree().effective_weights(&now.weights)[at]),
            bound,
            bounds_in_unit: bound.map(unit),
            sources: self.sources(area, indicator, &known.standard.measure),
            history,
        })
    }

    /// The figure of the edition's month, and the base figure that it is divided by.
    fn sources(&self, area: usize, indicator: &str, measure: &Measure) -> Vec<&KnownFigure> {
        let code = &self.materials.areas[area].code;
        let own = |it: &&KnownFigure| it.area == *code;
        let figures = || self.materials.figures.iter().filter(own);
        let mut found: Vec<&KnownFigure> =
            figures().filter(|it| it.indicator == indicator && it.month == self.materials.month).collect();
        if let Measure::Rate { base, .. } = measure {
            found.extend(figures().filter(|it| it.indicator == *base).max_by_key(|it| it.month));
        }
        found
    }

    /// What an area's rank would be if one of its values were another, all else as it is.
    pub fn what_if(&self, area: usize, indicator: &str, value: f64) -> Result<WhatIf, AppError> {
        let now = &self.made.now;
        let at = now.tree().position(indicator).map_err(|_| AppError::NotFound { what: "indicator" })?;
        let mut indicators = now.prepared.raw.clone();
        let column = indicators.position(indicator).ok_or(AppError::NotFound { what: "indicator" })?;
        indicators.column_mut(column)[area] = value;
        let then =
            run_frozen(&self.inputs(indicators), &self.plain(), &now.prepared.bounds).map_err(engine)?;
        let there = |x: f64| (!x.is_nan()).then_some(x);
        let rank = |run: &::index::Run| there(run.index_rank()[area]).map(|rank| rank as usize);
        Ok(WhatIf {
            score: (there(now.index()[area]), there(then.index()[area])),
            rank: (rank(now), rank(&then)),
            indicator: (there(now.scores.at(area, at)), there(then.scores.at(area, at))),
        })
    }

    /// The least change that moves an area up so many places.
    pub fn reach(
        &self,
        area: usize,
        places: usize,
        costs: &BTreeMap<String, f64>,
    ) -> Result<Reach, AppError> {
        reach(&self.made.now, area, places, 100.0, costs).map_err(engine)
    }

    /// What changed in every area's score since an earlier edition: data, bounds, weights, method.
    pub fn change_since(&self, earlier: &Opened) -> Result<Vec<Change>, AppError> {
        explain::change(&earlier.as_edition(), &self.as_edition()).map_err(engine)
    }

    fn as_edition(&self) -> explain::Edition {
        let now = &self.made.now;
        explain::Edition {
            inputs: self.inputs(now.prepared.raw.clone()),
            recipe: self.plain(),
            bounds: now.prepared.bounds.clone(),
        }
    }

    /// The recipe for tables in which nothing is to be selected any more.
    fn plain(&self) -> ::index::Recipe {
        ::index::Recipe { select: ::index::stage::select::Select::default(), ..self.made.recipe.clone() }
    }

    fn inputs(&self, indicators: Frame) -> Inputs {
        Inputs {
            meta: self.made.now.prepared.meta.clone(),
            denominators: Frame::empty(indicators.units().clone()),
            indicators,
        }
    }

    /// The month it tells of.
    pub fn month(&self) -> Month {
        self.materials.month
    }
}

/// The files of an archive, within the limits of what is read from outside.
pub fn unpack(bytes: &[u8]) -> Result<super::archive::Files, AppError> {
    let limits = sheet::Limits { bytes: 256 << 20, inflated: 1 << 30, ..sheet::Limits::default() };
    sheet::unpack(bytes, &limits).map_err(|why| AppError::Blocked { why: why.to_string() })
}

/// The index of one area by month, as an archive has it.
pub fn scores_in(bytes: &[u8], area: &str) -> Result<BTreeMap<Month, f64>, AppError> {
    let files = unpack(bytes)?;
    let root = super::archive::root(&files).map_err(unreadable)?;
    let scores = files.get("scores.csv").ok_or(ArchiveFault::Missing("scores.csv")).map_err(unreadable)?;
    scores_of(scores, &root, area).map_err(|why| AppError::Blocked { why: format!("scores.csv: {why}") })
}

fn unreadable(fault: ArchiveFault) -> AppError {
    match fault {
        ArchiveFault::Edition(fault) => refused(fault),
        fault => AppError::Blocked { why: fault.to_string() },
    }
}

/// What the engine says of a question that makes no sense.
#[allow(clippy::needless_pass_by_value)] // for map_err
fn engine(fault: IndexError) -> AppError {
    AppError::Blocked { why: fault.to_string() }
}
