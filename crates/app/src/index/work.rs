//! Long work over an edition that people ask for and come back to: how much the ranking depends on what was chosen, the
//! statistical audit, the past under another framework. Any node takes it up; one that is overtaken stops.

use super::backcast::backcast;
use super::followed::permit;
use super::framework::read;
use super::opened::{Opened, open};
use crate::people::system;
use crate::{App, AppError};
use ::index::audit::audit;
use ::index::sensitivity::{Study, StudyResult};
use ::index::stage::select::Select;
use ::index::{Frame, Inputs};
use domain::framework::FrameworkDoc;
use domain::id::{EditionId, JobId};
use domain::month::Month;
use domain::policy::{Actor, IndexAct};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use store::job::{self, Hold, Job, State};
use store::{Batch, CommitError};

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Work {
    /// How much the ranking depends on each choice.
    Sensitivity {
        /// The study as the engine reads it (TOML); the usual one when absent.
        #[serde(default)]
        study: Option<String>,
    },
    /// The statistical audit, as a page.
    Audit,
    /// The past under another framework.
    Backcast {
        /// The other framework.
        framework: Box<FrameworkDoc>,
        /// First month; as far as there are figures when absent.
        #[serde(default)]
        first: Option<Month>,
    },
}

/// The usual study: weights; whether unevenness within a dimension costs points (mean-min function, Tarabusi and Guarini
/// 2013; a geometric mean would be zero at one zero); the least share of figures.
const USUAL: &str = r#"
n = 256
exact-up-to = 0
bootstrap = 100
top = 3
[[input]]
name = "weights"
kind = "dirichlet"
concentration = 100
[[input]]
name = "uneven dimensions cost more"
kind = "choice"
path = "aggregate.level"
values = [{}, { 3 = { by = "mean-min", a = 0.5, b = 0.0 } }]
[[input]]
name = "least share of figures"
kind = "choice"
path = "aggregate.min-available"
values = [0.0, 0.5, 0.8]
"#;

/// A job without a sign of life for so long is taken up by another node.
const SILENT: SignedDuration = SignedDuration::from_secs(30);
/// Between two signs of life.
const BEAT: Duration = Duration::from_millis(400);

impl Work {
    fn kind(&self) -> &'static str {
        match self {
            Work::Sensitivity { .. } => "sensitivity",
            Work::Audit => "audit",
            Work::Backcast { .. } => "backcast",
        }
    }

    /// What would only be found wrong after the work has begun.
    fn check(&self, app: &App) -> Result<(), AppError> {
        match self {
            Work::Sensitivity { study: Some(text) } => Study::from_toml(text)
                .map(|_| ())
                .map_err(|why| AppError::field("/study", "format", why.to_string())),
            Work::Backcast { framework, .. } => read(&app.city(), framework).map(|_| ()),
            _ => Ok(()),
        }
    }
}

/// Asks for work on an edition; the same id twice is one job.
pub async fn ask(
    app: &App,
    who: &Actor,
    id: JobId,
    edition: EditionId,
    work: &Work,
) -> Result<Job, AppError> {
    permit(app, who, IndexAct::RunStudy, None, "job")?;
    let found = super::edition::one(app, who, edition).await?;
    work.check(app)?;
    let asked = serde_json::to_string(work).expect("work is plain data");
    if let Some(known) = job::one(&app.store, id).await? {
        let same = known.subject == found.id.to_string() && known.asked == asked;
        return if same { Ok(known) } else { Err(AppError::KeyReused) };
    }
    let job = Job {
        id,
        kind: work.kind().to_owned(),
        subject: found.id.to_string(),
        person: who.person,
        state: State::Waiting,
        taken: 0,
        done: 0,
        total: 0,
        asked,
        error: None,
        made: app.clock.now(),
        beat: None,
        ended: None,
        result_type: None,
    };
    app.store.commit(Batch::new("job").with(job.insert())).await?;
    Ok(job)
}

/// One job.
pub async fn one(app: &App, who: &Actor, id: JobId) -> Result<Job, AppError> {
    permit(app, who, IndexAct::RunStudy, None, "job")?;
    job::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "job" })
}

/// Jobs, the newest first; all, or those on one edition.
pub async fn list(
    app: &App,
    who: &Actor,
    edition: Option<EditionId>,
    before: Option<(Timestamp, JobId)>,
    limit: u32,
) -> Result<Vec<Job>, AppError> {
    permit(app, who, IndexAct::RunStudy, None, "job")?;
    let subject = edition.map(|it| it.to_string());
    Ok(job::list(&app.store, subject.as_deref(), before, limit).await?)
}

/// What came of a job: media type and bytes.
pub async fn result(app: &App, who: &Actor, id: JobId) -> Result<(String, Vec<u8>), AppError> {
    let known = one(app, who, id).await?;
    let not_yet = || AppError::Blocked { why: format!("it is {}: there is no result", known.state.as_str()) };
    job::result(&app.store, id).await?.ok_or_else(not_yet)
}

/// Wants a job no more.
pub async fn cancel(app: &App, who: &Actor, id: JobId) -> Result<Job, AppError> {
    let known = one(app, who, id).await?;
    if !known.state.is_over() {
        match app.store.commit(Batch::new("job").with(job::cancel(id, app.clock.now()))).await {
            Ok(()) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    one(app, who, id).await
}

/// Takes up one job that waits, and does it; whether there was one.
pub async fn step(app: &App) -> Result<bool, AppError> {
    let silent = app.clock.now() - SILENT;
    let Some(next) = job::to_do(&app.store, silent, 1).await?.pop() else { return Ok(false) };
    match app.store.commit(Batch::new("job").with(next.take(app.clock.now()))).await {
        Ok(()) => {}
        Err(CommitError::Conflict { .. }) => return Ok(true),
        Err(error) => return Err(error.into()),
    }
    let hold = Hold { id: next.id, taken: next.taken + 1 };
    let end = match done(app, &next, hold).await {
        Ok(Some((kind, bytes))) => hold.finish(app.clock.now(), kind, &bytes),
        Ok(None) => return Ok(true),
        Err(error) => hold.fail(app.clock.now(), &error.to_string()),
    };
    match app.store.commit(Batch::new("job").with(end)).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// How far it is, shared with the thread that works.
#[derive(Default)]
struct Pace {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

/// The result; `None` when it was cancelled or taken over.
async fn done(app: &App, job: &Job, hold: Hold) -> Result<Option<(&'static str, Vec<u8>)>, AppError> {
    let work: Work = serde_json::from_str(&job.asked)
        .map_err(|why| AppError::Blocked { why: format!("what was asked cannot be read: {why}") })?;
    let edition: EditionId = job.subject.parse().map_err(|_| AppError::NotFound { what: "edition" })?;
    let city = app.city();
    let root = city.root().ok_or(AppError::NotFound { what: "city" })?;
    let (_, opened) = open(app, &system(root.id), edition).await?;
    let pace = Arc::new(Pace::default());
    let own = pace.clone();
    let mut working = tokio::task::spawn_blocking(move || work_off(&work, &opened, &own));
    loop {
        match tokio::time::timeout(BEAT, &mut working).await {
            Ok(done) => return done.expect("long work does not panic").map(Some),
            Err(_still) => {
                let (done, total) = (pace.done.load(Ordering::Relaxed), pace.total.load(Ordering::Relaxed));
                let beat = hold.beat(app.clock.now(), done, total);
                match app.store.commit(Batch::new("job").with(beat)).await {
                    Ok(()) => {}
                    Err(CommitError::Conflict { .. }) => {
                        pace.stop.store(true, Ordering::Relaxed);
                        let _stopped = working.await;
                        return Ok(None);
                    }
                    Err(error) => tracing::warn!(%error, "no sign of life of a job"),
                }
            }
        }
    }
}

fn work_off(work: &Work, opened: &Opened, pace: &Pace) -> Result<(&'static str, Vec<u8>), AppError> {
    let wrong = |why: &dyn ToString| AppError::Blocked { why: why.to_string() };
    match work {
        Work::Sensitivity { study } => {
            let text = study.as_deref().unwrap_or(USUAL);
            let found = studied(opened, text, pace).map_err(|why| wrong(&why))?;
            Ok(("application/json", told(opened, &found).to_string().into_bytes()))
        }
        Work::Audit => {
            let study = studied(opened, USUAL, pace).map_err(|why| wrong(&why))?;
            let report = audit(&opened.made.panel, Some(&study)).map_err(|why| wrong(&why))?;
            Ok(("text/html; charset=utf-8", report.to_html().into_bytes()))
        }
        Work::Backcast { framework, first } => {
            let first = first.unwrap_or(opened.made.values.first);
            let past = backcast(&opened.materials, FrameworkDoc::clone(framework), 0, first);
            let past = past.map_err(super::framework::refused)?;
            let months = past.iter().map(|it| json!({ "month": it.month, "ranking": it.ranking }));
            let body = json!({ "months": months.collect::<Vec<_>>() });
            Ok(("application/json", body.to_string().into_bytes()))
        }
    }
}

/// Over all months of the edition: with eleven units alone hardly anything can be told.
fn studied(opened: &Opened, text: &str, pace: &Pace) -> ::index::Result<StudyResult> {
    let study = Study::from_toml(text)?;
    let panel = &opened.made.panel;
    let indicators = panel.prepared.raw.clone();
    let inputs = Inputs {
        meta: panel.prepared.meta.clone(),
        denominators: Frame::empty(indicators.units().clone()),
        indicators,
    };
    let recipe = ::index::Recipe { select: Select::default(), ..panel.recipe.clone() };
    let told = |done: usize, total: usize| {
        pace.done.store(done as u64, Ordering::Relaxed);
        pace.total.store(total as u64, Ordering::Relaxed);
        !pace.stop.load(Ordering::Relaxed)
    };
    study.run(&inputs, &recipe, Some(&told))
}

/// What a study says of the edition's month.
fn told(opened: &Opened, found: &StudyResult) -> Value {
    let there = |x: f64| (!x.is_nan()).then_some(x);
    let inputs = found.inputs.iter().enumerate().map(|(at, name)| {
        let exact = found.total.exact.get(at).map(|it| (it.first, it.total));
        let estimated = found.total.indices.get(at).map(|it| (it.first, it.total));
        let (first, total) = exact.or(estimated).unwrap_or((f64::NAN, f64::NAN));
        json!({ "name": name, "first": there(first), "total": there(total) })
    });
    let n = opened.materials.areas.len();
    let newest = found.stats.units.len().saturating_sub(n);
    let areas = found.stats.units[newest..].iter().zip(&opened.materials.areas).map(|(it, area)| {
        json!({
            "area": area.code, "name_zh": area.name_zh, "name_en": area.name_en, "rank": there(it.nominal),
            "median": there(it.median), "q05": there(it.q05), "q95": there(it.q95), "score": it.score.map(there),
        })
    });
    let failures =
        found.failures.iter().take(20).map(|it| json!({ "replicate": it.replicate, "why": it.reason }));
    json!({
        "month": opened.month(),
        "replicates": found.shift.len(),
        "failed": found.failures.len(),
        "exact": found.is_exact,
        "inputs": inputs.collect::<Vec<_>>(),
        "areas": areas.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}
