//! Leave as it is asked for and decided. What is granted becomes duties (`crate::duty`) with their deeds; the request
//! itself is a stream. Before anybody decides, `preview` says what would be left open, and `chain` whether the
//! substitute could stand in at all.

mod chain;
mod preview;

pub use preview::{Candidate, Open, Preview, candidates, preview};

pub(crate) use chain::refuse_chain;

use domain::audit::Hash;
use domain::duty::LeaveAct;
use domain::id::{ActId, AreaId, LeaveId, PersonId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, WorkAct};
use domain::stream::{Stream, StreamId};
use jiff::civil::Date;
use store::leave::{self, Request, State};
use store::{Batch, CommitError, person};

use crate::deeds::Recording;
use crate::duty::Leave;
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::{App, AppError, notice, work};

/// Longest leave that is asked for at once, in days.
const LONGEST_DAYS: i32 = 366;
/// Most requests of a page.
pub const PAGE: u32 = 500;

/// Leave as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Ask {
    /// Who wants to be away.
    pub person: PersonId,
    /// First day away.
    pub from: Date,
    /// First day back.
    pub to: Date,
    /// Who is to stand in, in all of their grids.
    pub substitute: Option<PersonId>,
}

/// What the desk says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Decision {
    /// Yes.
    Grant {
        /// Who stands in; who was asked for when `None`.
        substitute: Option<PersonId>,
        /// Grants it although grids would have nobody.
        knowingly: bool,
    },
    /// No.
    Refuse {
        /// Why, 1 to 500 characters.
        why: String,
    },
}

/// What came of something that is sent with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done<T> {
    /// As it stands.
    pub now: T,
    /// It had been done before.
    pub replayed: bool,
}

fn stream_of(id: LeaveId) -> StreamId {
    StreamId::new(Stream::Leave, id.0)
}

/// Asks for leave. The id is the key.
pub async fn ask(app: &App, who: &Actor, id: LeaveId, ask: &Ask) -> Result<Done<Request>, AppError> {
    let (request, key) = (request_hash(ask), ActId(id.0));
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return Ok(Done { now: load(app, id).await?, replayed: true });
    }
    let found = check(app, who, ask).await?;
    not_twice(app, ask, id).await?;
    refuse_chain(app, ask).await?;
    let now = app.clock.now();
    let Ask { person, from, to, substitute } = ask.clone();
    let mut trail = Trail::new(stream_of(id));
    let entry = trail.append(who, now, key, request, &LeaveAct::Ask { person, from, to, substitute });
    let new = Request {
        id,
        version: trail.version(),
        head: trail.head(),
        person,
        area: found.area,
        from,
        to,
        substitute,
        state: State::Asked,
        asked: now,
        decided: None,
        answer: String::new(),
    };
    let told = notice::to_desk(
        desk_of(app, found.area),
        NoticeKind::LeaveAsked,
        stream_of(id),
        found.area,
        false,
        now,
    );
    let batch = Batch::new("ask leave").with(new.insert()).with(entry).with(told);
    match app.store.commit(batch).await {
        Ok(()) => Ok(Done { now: new, replayed: false }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            again(app, id, key, request).await?.ok_or(AppError::Contended)
        }
        Err(error) => Err(error.into()),
    }
}

/// The desk decides. Granting writes the duties; grids that would have nobody stop it unless that is meant.
pub async fn decide(
    app: &App,
    who: &Actor,
    id: LeaveId,
    key: ActId,
    decision: &Decision,
) -> Result<Done<Request>, AppError> {
    let request = request_hash(&(id, decision));
    for _ in 0..TRIES {
        if let Some(done) = again(app, id, key, request).await? {
            return Ok(done);
        }
        let mut stands = seen(app, who, WorkAct::DecideLeave, id).await?;
        if who.person == Some(stands.person) {
            return Err(AppError::Blocked {
                why: "nobody decides on their own leave: another desk does".to_owned(),
            });
        }
        undecided(&stands)?;
        let (before, now) = (stands.version, app.clock.now());
        let mut recording = Recording::new(&app.store, now, crate::deeds::by(who));
        recording.begin().await?;
        let (act, mut duties) = match decision {
            Decision::Refuse { why } => {
                stands.state = State::Refused;
                stands.answer = words("/why", why, 500)?;
                (LeaveAct::Refuse { why: stands.answer.clone() }, Vec::new())
            }
            Decision::Grant { substitute, knowingly } => {
                stands.state = State::Granted;
                stands.substitute = substitute.or(stands.substitute);
                let substitute = stands.substitute;
                let asked = Ask { person: stands.person, from: stands.from, to: stands.to, substitute };
                refuse_chain(app, &asked).await?;
                let nobody = preview::open_grids(app, &asked).await?;
                if !nobody.is_empty() && !knowingly {
                    return Err(would_be_empty(app, &nobody));
                }
                let leave = Leave { person: stands.person, from: stands.from, to: stands.to, substitute };
                let (_, duties) = app.people.leave(who, &leave).await?;
                (LeaveAct::Grant { substitute, nobody: nobody.iter().map(|it| it.grid).collect() }, duties)
            }
        };
        stands.decided = Some(now);
        let mut trail = Trail::at(stream_of(id), stands.version, stands.head);
        let entry = trail.append(who, now, key, request, &act);
        (stands.version, stands.head) = (trail.version(), trail.head());
        let told = |person, kind| notice::to_person(person, kind, stream_of(id), stands.area, false, now);
        let mut batch = Batch::new("decide leave").with(stands.save(before)).with(entry);
        batch = batch.with(told(stands.person, NoticeKind::LeaveDecided));
        if let (Some(substitute), State::Granted) = (stands.substitute, stands.state) {
            batch = batch.with(told(substitute, NoticeKind::LeaveDecided));
        }
        let committed = if duties.is_empty() {
            app.store.commit(batch).await.map(|()| true)
        } else {
            app.people.commit_duties(&mut recording, &mut duties, batch).await
        };
        match committed {
            Ok(true) => return Ok(Done { now: stands, replayed: false }),
            Ok(false) | Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Whoever asked takes it back, as long as nobody has decided.
pub async fn withdraw(app: &App, who: &Actor, id: LeaveId, key: ActId) -> Result<Done<Request>, AppError> {
    let request = request_hash(&(id, "withdraw"));
    for _ in 0..TRIES {
        if let Some(done) = again(app, id, key, request).await? {
            return Ok(done);
        }
        let mut stands = seen(app, who, WorkAct::AskLeave, id).await?;
        undecided(&stands)?;
        let (before, now) = (stands.version, app.clock.now());
        let mut trail = Trail::at(stream_of(id), stands.version, stands.head);
        let entry = trail.append(who, now, key, request, &LeaveAct::Withdraw);
        (stands.version, stands.head) = (trail.version(), trail.head());
        (stands.state, stands.decided) = (State::Withdrawn, Some(now));
        match app.store.commit(Batch::new("withdraw leave").with(stands.save(before)).with(entry)).await {
            Ok(()) => return Ok(Done { now: stands, replayed: false }),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// One request, as far as it may be seen.
pub async fn one(app: &App, who: &Actor, id: LeaveId) -> Result<Request, AppError> {
    seen(app, who, WorkAct::SeeLeave, id).await
}

/// Requests in one state, by their first day, after one: one's own, or those of an area.
pub async fn list(
    app: &App,
    who: &Actor,
    area: Option<AreaId>,
    state: State,
    after: Option<(Date, LeaveId)>,
    limit: u32,
) -> Result<Vec<Request>, AppError> {
    if work::is_own(who, WorkAct::SeeLeave) {
        let Some(person) = who.person else { return Ok(Vec::new()) };
        let own = leave::of_person(&app.store, person, app.people.today()).await?;
        let rest =
            own.into_iter().filter(|it| it.state == state && after.is_none_or(|a| (it.from, it.id) > a));
        return Ok(rest.take(limit as usize).collect());
    }
    let path = work::path_for(&app.city(), who, WorkAct::SeeLeave, area)?;
    Ok(leave::list(&app.store, &path, state, after, limit.min(PAGE)).await?)
}

/// What stands against the days of a request, and whose it is.
async fn check(app: &App, who: &Actor, ask: &Ask) -> Result<person::Person, AppError> {
    let absent = AppError::NotFound { what: "person" };
    let found = person::by_id(&app.store, ask.person).await?.filter(|it| !it.disabled).ok_or(absent)?;
    work::permit(who, WorkAct::AskLeave, &work::of(&app.city(), found.area, found.id), "person")?;
    let today = app.people.today();
    if ask.to <= ask.from {
        return Err(AppError::field("/to", "range", "the first day back comes after the first day away"));
    }
    if ask.from < today {
        let why = format!("leave is asked for from today ({today}) on; a desk enters what is past as a duty");
        return Err(AppError::field("/from", "range", why));
    }
    let days = ask.from.until(ask.to).map_or(i32::MAX, |span| span.get_days());
    if days > LONGEST_DAYS {
        let why = format!("{days} days are too many at once: {LONGEST_DAYS} at most");
        return Err(AppError::field("/to", "range", why));
    }
    if let Some(substitute) = ask.substitute {
        if substitute == ask.person {
            return Err(AppError::field("/substitute", "range", "nobody stands in for themselves"));
        }
        let known = person::by_id(&app.store, substitute).await?.filter(|it| !it.disabled);
        let known =
            known.ok_or_else(|| AppError::field("/substitute", "unknown", "there is no such person"))?;
        if known.role != found.role {
            let why = "whoever stands in has the same post: a worker for a worker";
            return Err(AppError::field("/substitute", "range", why));
        }
    }
    Ok(found)
}

/// Someone has one request for the same days at a time.
async fn not_twice(app: &App, ask: &Ask, id: LeaveId) -> Result<(), AppError> {
    let known = leave::of_person(&app.store, ask.person, ask.from).await?;
    let twin = known
        .iter()
        .find(|it| it.id != id && it.from < ask.to && matches!(it.state, State::Asked | State::Granted));
    twin.map_or(Ok(()), |it| {
        let why = format!("leave from {} to {} was {} already", it.from, it.to, it.state.as_str());
        Err(AppError::field("/from", "taken", why))
    })
}

fn undecided(stands: &Request) -> Result<(), AppError> {
    if stands.state == State::Asked {
        return Ok(());
    }
    let why = format!("the request was {} already; ask anew for other days", stands.state.as_str());
    Err(AppError::Blocked { why })
}

fn would_be_empty(app: &App, nobody: &[Open]) -> AppError {
    let city = app.city();
    let named: Vec<String> = nobody
        .iter()
        .take(5)
        .map(|it| {
            let code = city.area(it.grid).map_or_else(|| it.grid.to_string(), |a| a.code.to_string());
            format!("grid {code} on {} days from {}", it.days.len(), it.days[0])
        })
        .collect();
    let why = format!(
        "nobody would be there: {}; name a substitute, or say that it is meant with knowingly",
        named.join(", ")
    );
    AppError::Blocked { why }
}

/// The desk that decides: of the township, where there is one.
pub(crate) fn desk_of(app: &App, area: AreaId) -> AreaId {
    let above = app.city().ancestors(area);
    above.township.or(above.county).or(above.city).unwrap_or(area)
}

async fn load(app: &App, id: LeaveId) -> Result<Request, AppError> {
    leave::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "leave" })
}

async fn seen(app: &App, who: &Actor, act: WorkAct, id: LeaveId) -> Result<Request, AppError> {
    let found = load(app, id).await?;
    work::permit(who, act, &work::of(&app.city(), found.area, found.person), "leave")?;
    Ok(found)
}

/// What was answered to this key, if it was used.
async fn again(app: &App, id: LeaveId, key: ActId, request: Hash) -> Result<Option<Done<Request>>, AppError> {
    let Some(used) = stream::used(app, key).await? else { return Ok(None) };
    stream::is_again(&used, stream_of(id), request)?;
    Ok(Some(Done { now: load(app, id).await?, replayed: true }))
}

/// Words of a person, trimmed; 1 to `most` characters.
pub(crate) fn words(path: &str, text: &str, most: usize) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::field(path, "missing", "say it in words"));
    }
    if text.chars().count() > most {
        return Err(AppError::field(path, "range", format!("at most {most} characters")));
    }
    Ok(text.to_owned())
}
