//! The shell of every act: load, plan, commit; on a conflict read again and decide again; a retry of the same
//! request is answered as the first time.

use super::command::{Command, ReportCommand};
use super::look::next_acts;
use super::number::has_number;
use super::others::plan_others;
use super::plan::{Acting, plan_act, plan_report, request_hash};
use crate::{App, AppError, City};
use domain::audit::{Entry, Hash};
use domain::case::{Case, Refusal};
use domain::id::{ActId, CaseId};
use domain::policy::{Actor, Facts, Scope};
use domain::stream::Stream;
use jiff::Timestamp;
use store::log::{self, Used};
use store::{Batch, CommitError, Fault};
use uuid::Uuid;

/// How often a decision is made again when others were faster.
const TRIES: u32 = 12;

/// What came of a report or an act.
#[derive(Clone, Debug)]
pub struct Done {
    /// The case after it.
    pub case: Case,
    /// Hash of the entry it made.
    pub head: Hash,
    /// The same request was done before; this is its first answer.
    pub replayed: bool,
}

/// Reports a case. The same key and the same report give the same answer, for ever. The key is the case's id, if it is
/// a UUIDv7, as a phone makes it; any other is a key alone, since the number people read out is read off the id.
pub async fn report(
    app: &App,
    actor: &Actor,
    key: CaseId,
    command: &ReportCommand,
) -> Result<Done, AppError> {
    let (city, now) = (app.city(), app.clock.now());
    let id = if has_number(key) { key } else { CaseId(id_made(now)) };
    let acting = Acting { city: &city, actor, now, key: ActId(key.0) };
    let moved = plan_report(&acting, id, command)?;
    match app.store.commit(moved.batch(Batch::new("report"))).await {
        Ok(()) => Ok(Done { case: moved.after, head: moved.head, replayed: false }),
        Err(error @ (CommitError::Duplicate { .. } | CommitError::Conflict { .. })) => {
            match log::used(&app.store, acting.key).await? {
                Some(used) => replayed(app, used, request_hash(command)).await,
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// A UUIDv7 of this moment.
fn id_made(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

/// Makes an act on a case. `seen` is the version the person decided on, if they say so.
pub async fn act(
    app: &App,
    actor: &Actor,
    id: CaseId,
    key: ActId,
    seen: Option<u32>,
    command: &Command,
) -> Result<Done, AppError> {
    let request = request_hash(&(id, command));
    if let Some(used) = log::used(&app.store, key).await? {
        return replayed(app, used, request).await;
    }
    for _ in 0..TRIES {
        let city = app.city();
        let (case, head) = load(app, id).await?;
        if !Scope::of(actor).covers(&Facts::of(&case, city.ancestors(case.side.desk))) {
            return Err(AppError::NotFound { what: "case" });
        }
        if seen.is_some_and(|seen| seen != case.version) {
            return Err(AppError::Stale { now: case.version });
        }
        let acting = Acting { city: &city, actor, now: app.clock.now(), key };
        let moved =
            plan_act(&acting, &case, head, command).map_err(|error| theirs(error, &city, actor, &case))?;
        let batch = with_others(app, &acting, &case, command, moved.batch(Batch::new("act"))).await?;
        match app.store.commit(batch).await {
            Ok(()) => return Ok(Done { case: moved.after, head: moved.head, replayed: false }),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
                if let Some(used) = log::used(&app.store, key).await? {
                    return replayed(app, used, request).await;
                }
                parts_are_new(app, command).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// A refusal names what this person may do instead, not what others may.
fn theirs(error: AppError, city: &City, actor: &Actor, case: &Case) -> AppError {
    let AppError::Refused(mut refusal) = error else { return error };
    if let Refusal::WrongStep { legal, .. } | Refusal::OnHold { legal, .. } = &mut refusal {
        *legal = next_acts(city, actor, case).into_iter().map(|next| next.act).collect();
    }
    AppError::Refused(refusal)
}

/// What an act does to other cases, in the same change.
async fn with_others(
    app: &App,
    acting: &Acting<'_>,
    case: &Case,
    command: &Command,
    batch: Batch,
) -> Result<Batch, AppError> {
    let other = match command.other() {
        Some(id) => Some(load(app, id).await?),
        None => None,
    };
    let others = plan_others(acting, case, command, other.as_ref().map(|(case, head)| (case, *head)))?;
    Ok(others.iter().fold(batch, |batch, moved| moved.batch(batch)))
}

/// A part's id is the key of its report: one that was used before is another case.
async fn parts_are_new(app: &App, command: &Command) -> Result<(), AppError> {
    let Command::Split { parts } = command else { return Ok(()) };
    for part in parts {
        if log::used(&app.store, ActId(part.id.0)).await?.is_some() {
            return Err(AppError::KeyReused);
        }
    }
    Ok(())
}

/// A case and the hash of its newest entry.
pub async fn load(app: &App, id: CaseId) -> Result<(Case, Hash), AppError> {
    let log = log::of(&app.store, id).await?;
    let head = log.last().map(|entry| entry.hash).unwrap_or_default();
    Ok((replay(id, &log)?, head))
}

/// Folds a log; an empty one is a case that does not exist.
pub(crate) fn replay(id: CaseId, log: &[Entry]) -> Result<Case, AppError> {
    let nonsense =
        |why: String| AppError::Fault(Fault::Nonsense { what: format!("the log of case {id}"), why });
    let acts = log
        .iter()
        .map(|entry| entry.parsed().map(|(by, act)| (entry.at, by, act)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|broken| nonsense(broken.to_string()))?;
    let case = Case::replay(id, acts).map_err(|refusal| nonsense(refusal.to_string()))?;
    case.ok_or(AppError::NotFound { what: "case" })
}

async fn replayed(app: &App, used: Used, request: Hash) -> Result<Done, AppError> {
    if used.key != request || used.stream.stream != Stream::Case {
        return Err(AppError::KeyReused);
    }
    let case = CaseId(used.stream.id);
    let mut log = log::of(&app.store, case).await?;
    log.retain(|entry| entry.version <= used.version);
    let head = log.last().map(|entry| entry.hash).unwrap_or_default();
    Ok(Done { case: replay(case, &log)?, head, replayed: true })
}
