//! Scores of workers, month by month: everybody's by grid, one's own with its lines down to the cases.

use std::collections::BTreeMap;

use domain::area::{Ancestors, Kind, Level, Tree};
use domain::id::{AreaId, PersonId};
use domain::month::Month;
use domain::policy::{Actor, ScoreAct};
use domain::score::reckon::Subject;
use domain::score::{Measure, Recipe, Remedy, Score, reckon};
use jiff::Timestamp;
use jiff::civil::Date;
use store::assess;
use uuid::Uuid;

use super::count::{Books, Sums, Tallies, ancestors, books, days_of};
use super::{permit, recipe};
use crate::{App, AppError, City};

/// A worker's month.
#[derive(Clone, Debug, PartialEq)]
pub struct Worker {
    /// Who.
    pub person: PersonId,
    /// Their grid: of their main duty on the last day, else where most of the month was.
    pub grid: AreaId,
    /// Workers of the same kind of grid in the same county have the same.
    pub group: u32,
    /// What was counted.
    pub tallies: Tallies,
    /// The score; `None` with too few outcomes.
    pub score: Option<Score>,
}

/// Everybody's month.
#[derive(Clone, Debug)]
pub struct Assessed {
    /// Which.
    pub month: Month,
    /// Version of the recipe.
    pub version: u32,
    /// The recipe.
    pub recipe: Recipe,
    /// Days without a book.
    pub missing: Vec<Date>,
    /// In ascending order of ids.
    pub workers: Vec<Worker>,
}

/// Where one stands among the peers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peers {
    /// Workers of the same kind with a score, oneself included.
    pub n: usize,
    /// The middle score.
    pub median: f64,
    /// The middle half.
    pub half: (f64, f64),
    /// How many others cannot be told apart.
    pub same: usize,
    /// Whether the own interval leaves the median out.
    pub stands_out: bool,
}

/// One's own month.
#[derive(Clone, Debug)]
pub struct Own {
    /// Which month, by which recipe.
    pub month: Month,
    /// Version of the recipe.
    pub version: u32,
    /// The recipe.
    pub recipe: Recipe,
    /// Days without a book.
    pub missing: Vec<Date>,
    /// The score and what was counted; `None` when nothing was.
    pub worker: Option<Worker>,
    /// Where that is among the peers.
    pub peers: Option<Peers>,
}

/// One outcome of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The case, visit or referral.
    pub source: Uuid,
    /// When it became known.
    pub at: Timestamp,
    /// Whether it is a good one.
    pub good: bool,
    /// Whether it takes back a good one that was counted before.
    pub back: bool,
    /// What an upheld appeal made of it.
    pub remedy: Option<Remedy>,
}

/// Everybody's month by the recipe that held at its end.
pub async fn month(app: &App, month: Month) -> Result<Assessed, AppError> {
    let (from, to) = days_of(month);
    let books = books(app, from, to).await?;
    let (_, until) = super::day::bounds(&app.city().zone, to);
    let (version, recipe) = recipe::followed_at(app, until.min(app.clock.now())).await?;
    assessed(app, month, version, recipe, books).await
}

/// The same of books at hand.
pub async fn assessed(
    app: &App,
    month: Month,
    version: u32,
    recipe: Recipe,
    books: Books,
) -> Result<Assessed, AppError> {
    let (_, to) = days_of(month);
    let main: BTreeMap<PersonId, AreaId> = assess::main_duties(&app.store, to).await?.into_iter().collect();
    let city = app.city();
    let work = move || {
        let sums = books.sums();
        let tree = city.history.as_of(to);
        let workers = score(&city, &tree, &recipe, &sums, &main);
        Assessed { month, version, recipe, missing: sums.missing, workers }
    };
    Ok(tokio::task::spawn_blocking(work).await.expect("scoring does not panic"))
}

/// Scores everybody of whom something was counted.
pub fn score(
    city: &City,
    tree: &Tree,
    recipe: &Recipe,
    sums: &Sums,
    main: &BTreeMap<PersonId, AreaId>,
) -> Vec<Worker> {
    let of = |tallies: &Tallies, group: u32| Subject {
        group,
        tallies: *tallies,
        load: tallies[Measure::Steps as usize].n + tallies[Measure::Visits as usize].n,
        gate: None,
    };
    let mut workers = Vec::with_capacity(sums.people.len());
    let (mut sealed, mut mended) = (Vec::new(), Vec::new());
    for (person, counted) in &sums.people {
        let grid = main.get(person).copied().unwrap_or(counted.area);
        let group = group(city, &ancestors(city, tree, grid));
        sealed.push(of(&counted.sealed, group));
        mended.push(of(&counted.tallies, group));
        workers.push(Worker { person: *person, grid, group, tallies: counted.tallies, score: None });
    }
    let scores = reckon(&recipe.worker, recipe.workload_cap, &sealed, &mended);
    workers.iter_mut().zip(scores).for_each(|(worker, score)| worker.score = score);
    workers
}

/// Kind of the grid, kind of its township, and the county.
fn group(city: &City, areas: &Ancestors) -> u32 {
    let kind = |area: Option<AreaId>| {
        let kind = area.and_then(|it| city.area(it)).map(|it| it.kind);
        kind.and_then(|kind| Kind::ALL.iter().position(|it| *it == kind)).map_or(0, |at| at as u32 + 1)
    };
    let county = areas.county.map_or(0, |it| it.0);
    (county * 256) + (kind(areas.township) * 16) + kind(areas.grid)
}

impl Assessed {
    /// A worker's month, if anything was counted.
    pub fn of(&self, person: PersonId) -> Option<&Worker> {
        self.workers.binary_search_by_key(&person, |it| it.person).ok().map(|at| &self.workers[at])
    }

    /// Where one stands among those of the same kind; `None` without a score.
    pub fn peers(&self, worker: &Worker) -> Option<Peers> {
        let own = worker.score.as_ref()?;
        let others = || self.workers.iter().filter(|it| it.group == worker.group);
        let mut totals: Vec<f64> = others().filter_map(|it| it.score.as_ref()).map(|it| it.total).collect();
        totals.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (totals.len() - 1) as f64;
            let (low, high) = (totals[place.floor() as usize], totals[place.ceil() as usize]);
            low + (high - low) * place.fract()
        };
        let is_same = |it: &Score| {
            let (one, other) = ((own.total, own.error), (it.total, it.error));
            !domain::score::rank::is_ahead(one, other) && !domain::score::rank::is_ahead(other, one)
        };
        let same = others()
            .filter(|it| it.person != worker.person)
            .filter_map(|it| it.score.as_ref())
            .filter(|it| is_same(it));
        let (low, high) = own.interval();
        let median = at(0.5);
        Some(Peers {
            n: totals.len(),
            median,
            half: (at(0.25), at(0.75)),
            same: same.count(),
            stands_out: median < low || median > high,
        })
    }
}

/// A person's grid as the rights see it: of their main duty, else of their post.
pub(super) async fn ground(app: &App, person: PersonId) -> Result<(AreaId, Ancestors), AppError> {
    let today = app.people.today();
    let main = assess::main_duties(&app.store, today).await?.into_iter().find(|(who, _)| *who == person);
    let area = if let Some((_, grid)) = main {
        grid
    } else {
        let found = store::person::by_id(&app.store, person).await?;
        found.ok_or(AppError::NotFound { what: "worker" })?.area
    };
    Ok((area, app.city().ancestors(area)))
}

/// Whether someone may see a worker's score with its name: the worker, or their own line.
pub(super) async fn may_see(app: &App, who: &Actor, person: PersonId) -> Result<(), AppError> {
    let none = Ancestors::default();
    let own = permit(who, ScoreAct::SeeOwn, &none, Some(person), "worker");
    if own.is_ok() || who.person == Some(person) {
        return own;
    }
    let (_, areas) = ground(app, person).await?;
    permit(who, ScoreAct::SeeNames, &areas, Some(person), "worker")
}

/// A worker's own month.
pub async fn own(app: &App, who: &Actor, person: PersonId, of: Month) -> Result<Own, AppError> {
    may_see(app, who, person).await?;
    let all = month(app, of).await?;
    let worker = all.of(person).cloned();
    let peers = worker.as_ref().and_then(|it| all.peers(it));
    Ok(Own { month: of, version: all.version, recipe: all.recipe, missing: all.missing, worker, peers })
}

/// The outcomes of a line, the newest first.
pub async fn outcomes(
    app: &App,
    who: &Actor,
    person: PersonId,
    (of, measure): (Month, Measure),
) -> Result<Vec<Outcome>, AppError> {
    may_see(app, who, person).await?;
    let (from, to) = days_of(of);
    let books = books(app, from, to).await?;
    let mut found = Vec::new();
    for (day, book) in &books.books {
        let mends: Vec<_> = books
            .mends
            .iter()
            .copied()
            .filter(|it| it.person == person && it.days.0 <= *day && *day <= it.days.1)
            .collect();
        let mended = book.mended(&mends);
        for at in (0..book.len()).filter(|at| book.row(*at).person == Some(person)) {
            let row = book.row(at);
            if row.measure == measure {
                let remedy = mended.get(&at).copied();
                found.push(Outcome {
                    source: row.source,
                    at: row.at,
                    good: row.good,
                    back: row.back,
                    remedy,
                });
            }
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse((it.at, it.source)));
    Ok(found)
}

/// Workers of an area, by the code of their grids; with whether their names may be seen.
pub async fn list(
    app: &App,
    who: &Actor,
    area: AreaId,
    of: Month,
) -> Result<(Assessed, Vec<(Worker, bool)>), AppError> {
    let city = app.city();
    let areas = city.ancestors(area);
    permit(who, ScoreAct::SeeWorkers, &areas, None, "area")?;
    let named = permit(who, ScoreAct::SeeNames, &areas, None, "area").is_ok();
    let path = city.area(area).ok_or(AppError::NotFound { what: "area" })?.path.clone();
    let all = month(app, of).await?;
    let is_in = |it: &&Worker| city.area(it.grid).is_some_and(|grid| path.contains(&grid.path));
    let mut found: Vec<(Worker, bool)> =
        all.workers.iter().filter(is_in).map(|it| (it.clone(), named)).collect();
    let code = |it: &Worker| city.area(it.grid).map(|grid| grid.code.to_string()).unwrap_or_default();
    found.sort_by_key(|(it, _)| (code(it), it.person));
    Ok((all, found))
}

/// Whether an area is a grid.
pub fn is_grid(city: &City, area: AreaId) -> bool {
    city.area(area).is_some_and(|it| it.level == Level::Grid)
}
