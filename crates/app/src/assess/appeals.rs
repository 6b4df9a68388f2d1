//! Appeals: a worker contests a line of a month's score, or one case of it; somebody independent decides. What is upheld
//! is mended in the outcomes, and everything made of them is made again, with before and after kept.

use std::collections::{BTreeMap, BTreeSet};

use domain::area::{Ancestors, Level};
use domain::id::{ActId, AppealId, AreaId, PersonId};
use domain::month::Month;
use domain::policy::{Actor, ScoreAct};
use domain::score::appeal::{last_day, may_ask, may_decide};
use domain::score::{AppealAct, AppealFacts, AppealRefusal, AppealState, Measure, Mend, Remedy};
use domain::stream::{Stream, StreamId};
use serde::Serialize;
use serde_json::{Value, json};
use store::assess::{self, Appeal};
use store::{Batch, CommitError};
use uuid::Uuid;

use super::areas::{self, Ranking};
use super::count::{Books, books, days_of};
use super::workers::{Assessed, assessed, ground, outcomes};
use super::{permit, recipe};
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::{App, AppError};

/// What a worker asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Of which month.
    pub month: Month,
    /// Which line.
    pub measure: Measure,
    /// Which case of it; the whole line when `None`.
    pub source: Option<Uuid>,
    /// In their own words.
    pub words: String,
}

/// What somebody decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// What is done; `None` when it is not upheld.
    pub remedy: Option<Remedy>,
    /// Why.
    pub words: String,
}

fn stream_of(id: AppealId) -> StreamId {
    StreamId::new(Stream::Appeal, id.0)
}

fn refused(why: AppealRefusal) -> AppError {
    match why {
        AppealRefusal::Words => AppError::field("/words", "range", why.to_string()),
        AppealRefusal::TooLate { .. } | AppealRefusal::TooEarly(_) => {
            AppError::field("/month", "range", why.to_string())
        }
        AppealRefusal::Over(_) => AppError::Blocked { why: why.to_string() },
        AppealRefusal::Own | AppealRefusal::Acted => AppError::NotTheirs {
            who: "somebody who is neither the worker nor acted on the case",
            what: "decide it",
        },
    }
}

/// Contests a line of one's own score, or a case of it. The same id with the same request is one appeal.
pub async fn ask(app: &App, who: &Actor, id: AppealId, asked: &Asked) -> Result<(Appeal, bool), AppError> {
    let person = who.person.ok_or(AppError::NotFound { what: "score" })?;
    permit(who, ScoreAct::Appeal, &Ancestors::default(), Some(person), "score")?;
    let (key, request) = (ActId(id.0), request_hash(asked));
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return Ok((one_of(app, id).await?, false));
    }
    may_ask(asked.month, &asked.words, app.people.today()).map_err(refused)?;
    let line = outcomes(app, who, person, (asked.month, asked.measure)).await?;
    let meant = |it: &&super::workers::Outcome| asked.source.is_none_or(|source| it.source == source);
    if !line.iter().any(|it| meant(&it)) {
        let why = "this line has no such case in this month; take `source` from the line's list";
        return Err(AppError::field("/source", "unknown", why));
    }
    if line.iter().filter(meant).all(|it| it.good && !it.back) {
        let why = "everything in it counts as good already: there is nothing to mend";
        return Err(AppError::field("/source", "range", why));
    }
    let (area, _) = ground(app, person).await?;
    let now = app.clock.now();
    let mut trail = Trail::new(stream_of(id));
    let act = AppealAct::Ask {
        person,
        month: asked.month,
        measure: asked.measure,
        source: asked.source,
        words: asked.words.trim().to_owned(),
    };
    let entry = trail.append(who, now, key, request, &act);
    let appeal = Appeal {
        id,
        version: trail.version(),
        head: trail.head(),
        person,
        month: asked.month,
        measure: asked.measure,
        source: asked.source,
        area,
        state: AppealState::Asked,
        remedy: None,
        words: asked.words.trim().to_owned(),
        asked: now,
        decided_by: None,
        decided: None,
        decision: None,
        moved: None,
    };
    match app.store.commit(Batch::new("appeal").with(appeal.insert()).with(entry)).await {
        Ok(()) => Ok((appeal, true)),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            let used = stream::used(app, key).await?.ok_or(AppError::Contended)?;
            stream::is_again(&used, stream_of(id), request)?;
            Ok((one_of(app, id).await?, false))
        }
        Err(error) => Err(error.into()),
    }
}

/// Decides it, and makes everything again that it touches.
pub async fn decide(
    app: &App,
    who: &Actor,
    id: AppealId,
    key: ActId,
    decided: &Decided,
) -> Result<Appeal, AppError> {
    let request = request_hash(decided);
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return one(app, who, id).await;
    }
    for _ in 0..TRIES {
        let mut appeal = one_of(app, id).await?;
        let ground = app.city().ancestors(appeal.area);
        permit(who, ScoreAct::DecideAppeal, &ground, Some(appeal.person), "appeal")?;
        let actors = actors(app, &appeal).await?;
        let facts = AppealFacts { person: appeal.person, state: appeal.state, actors };
        may_decide(&facts, who.person).map_err(refused)?;
        if decided.words.trim().is_empty() {
            return Err(refused(AppealRefusal::Words));
        }
        let moved = match decided.remedy {
            Some(remedy) => Some(moved(app, &appeal, remedy).await?),
            None => None,
        };
        let now = app.clock.now();
        let mut trail = Trail::at(stream_of(id), appeal.version, appeal.head);
        let words = decided.words.trim().to_owned();
        let act = AppealAct::Decide { remedy: decided.remedy, words: words.clone(), moved: moved.clone() };
        let entry = trail.append(who, now, key, request, &act);
        (appeal.version, appeal.head) = (trail.version(), trail.head());
        appeal.state = if decided.remedy.is_some() { AppealState::Upheld } else { AppealState::Rejected };
        (appeal.remedy, appeal.decided_by) = (decided.remedy, who.person);
        (appeal.decided, appeal.decision) = (Some(now), Some(words));
        appeal.moved = moved.map(|it| it.to_string());
        match app.store.commit(Batch::new("appeal").with(appeal.end()).with(entry)).await {
            Ok(()) => return Ok(appeal),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Takes one's own appeal back.
pub async fn withdraw(app: &App, who: &Actor, id: AppealId, key: ActId) -> Result<Appeal, AppError> {
    let request = request_hash(&"withdraw");
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return one(app, who, id).await;
    }
    for _ in 0..TRIES {
        let mut appeal = one_of(app, id).await?;
        permit(who, ScoreAct::Appeal, &Ancestors::default(), Some(appeal.person), "appeal")?;
        if appeal.state != AppealState::Asked {
            return Err(refused(AppealRefusal::Over(appeal.state)));
        }
        let mut trail = Trail::at(stream_of(id), appeal.version, appeal.head);
        let entry = trail.append(who, app.clock.now(), key, request, &AppealAct::Withdraw {});
        (appeal.version, appeal.head, appeal.state) = (trail.version(), trail.head(), AppealState::Withdrawn);
        match app.store.commit(Batch::new("appeal").with(appeal.end()).with(entry)).await {
            Ok(()) => return Ok(appeal),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// One appeal, of oneself or of one's own line.
pub async fn one(app: &App, who: &Actor, id: AppealId) -> Result<Appeal, AppError> {
    let appeal = one_of(app, id).await?;
    let ground = app.city().ancestors(appeal.area);
    permit(who, ScoreAct::SeeAppeals, &ground, Some(appeal.person), "appeal")?;
    Ok(appeal)
}

async fn one_of(app: &App, id: AppealId) -> Result<Appeal, AppError> {
    assess::appeal(&app.store, id).await?.ok_or(AppError::NotFound { what: "appeal" })
}

/// One's own appeals, or those of an area's workers, the newest first.
pub async fn list(
    app: &App,
    who: &Actor,
    area: Option<AreaId>,
    state: Option<AppealState>,
) -> Result<Vec<Appeal>, AppError> {
    let own = who
        .person
        .filter(|it| permit(who, ScoreAct::SeeAppeals, &Ancestors::default(), Some(*it), "").is_ok());
    if let (Some(own), None) = (own, area) {
        let all = assess::appeals_of(&app.store, own).await?;
        return Ok(all.into_iter().filter(|it| state.is_none_or(|state| it.state == state)).collect());
    }
    let city = app.city();
    let area = area.unwrap_or(who.area);
    permit(who, ScoreAct::SeeAppeals, &city.ancestors(area), None, "area")?;
    let path = &city.area(area).ok_or(AppError::NotFound { what: "area" })?.path;
    Ok(assess::appeals_in(&app.store, path, state).await?)
}

/// Everybody who acted on the contested cases.
async fn actors(app: &App, appeal: &Appeal) -> Result<BTreeSet<PersonId>, AppError> {
    let (from, to) = days_of(appeal.month);
    let books = books(app, from, to).await?;
    let mut sources = BTreeSet::new();
    for (_, book) in &books.books {
        let rows = book.of_person(appeal.person).filter(|row| row.measure == appeal.measure);
        let contested = |row: &domain::score::Row| match appeal.source {
            Some(source) => row.source == source,
            None => !row.good,
        };
        sources.extend(rows.filter(contested).map(|row| row.source));
    }
    let seq = assess::last_seq(&app.store).await?;
    let lives = super::gather::lives(app, sources.into_iter().collect(), app.clock.now(), seq).await?;
    Ok(lives.into_iter().flat_map(|life| life.actors).collect())
}

/// What the remedy touches: the worker's score, and scores and ranks of the areas above, before and after.
async fn moved(app: &App, appeal: &Appeal, remedy: Remedy) -> Result<Value, AppError> {
    let (from, to) = days_of(appeal.month);
    let (_, until) = super::day::bounds(&app.city().zone, to);
    let (version, recipe) = recipe::followed_at(app, until.min(app.clock.now())).await?;
    let mend = Mend {
        person: appeal.person,
        measure: appeal.measure,
        source: appeal.source,
        days: (from, to),
        remedy,
    };
    let with = |books: Books| Books { mends: books.mends.iter().copied().chain([mend]).collect(), ..books };
    let before = assessed(app, appeal.month, version, recipe.clone(), books(app, from, to).await?).await?;
    let after =
        assessed(app, appeal.month, version, recipe.clone(), with(books(app, from, to).await?)).await?;
    let code = |id: AreaId| app.city().area(id).map(|it| it.code.to_string());
    let mut areas_moved = Vec::new();
    for level in [Level::Community, Level::Township, Level::County] {
        let asked = areas::Asked { level, below: None, to, days: None };
        let recipe = (version, recipe.clone());
        let one = areas::ranked(app, asked, recipe.clone(), books(app, from, to).await?, None).await?;
        let other = areas::ranked(app, asked, recipe, with(books(app, from, to).await?), None).await?;
        areas_moved.extend(differences(&one, &other).into_iter().map(
            |(id, was, is)| json!({ "area": code(id), "level": level.name(), "before": was, "after": is }),
        ));
    }
    Ok(json!({
        "worker": { "before": told(&before, appeal.person), "after": told(&after, appeal.person) },
        "others": others(&before, &after, appeal.person),
        "areas": areas_moved,
    }))
}

fn told(all: &Assessed, person: PersonId) -> Value {
    let Some(worker) = all.of(person) else { return Value::Null };
    let lines = all.recipe.worker.lines.iter().enumerate().map(|(at, line)| {
        let score = worker.score.as_ref().and_then(|it| it.lines[at]);
        let tally = worker.tallies[line.measure as usize];
        json!({ "line": line.code, "n": tally.n, "good": tally.own(), "points": score.map(|it| tenth(it.printed)) })
    });
    json!({ "total": worker.score.as_ref().map(|it| tenth(it.printed.0)), "lines": lines.collect::<Vec<_>>() })
}

/// How many other workers' scores moved: none, because peers are told from the sealed books.
fn others(before: &Assessed, after: &Assessed, but: PersonId) -> usize {
    let score: BTreeMap<PersonId, _> = before.workers.iter().map(|it| (it.person, &it.score)).collect();
    after.workers.iter().filter(|it| it.person != but && score.get(&it.person) != Some(&&it.score)).count()
}

fn differences(before: &Ranking, after: &Ranking) -> Vec<(AreaId, Value, Value)> {
    let was: BTreeMap<AreaId, _> = before.areas.iter().map(|it| (it.area, it)).collect();
    let tell = |it: &areas::Ranked| {
        let total = it.score.as_ref().map(|it| (it.total * 100.0).round() / 100.0);
        json!({ "score": total, "rank": it.rank })
    };
    let differs = |it: &&areas::Ranked| {
        was.get(&it.area).is_some_and(|old| old.rank != it.rank || old.score != it.score)
    };
    after.areas.iter().filter(differs).map(|it| (it.area, tell(was[&it.area]), tell(it))).collect()
}

/// Tenths as points.
#[allow(clippy::cast_precision_loss)] // at most a thousand
pub fn tenth(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}

/// The last day on which a month can be contested.
pub fn until(month: Month) -> jiff::civil::Date {
    last_day(month)
}
