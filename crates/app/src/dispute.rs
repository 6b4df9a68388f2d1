//! Mediation of disputes: a record that belongs to a case of a dispute class. Who the parties are and what was said is
//! sealed by a key of its own; three years after the end the key is destroyed. What may follow what is
//! `domain::dispute`'s law.

use domain::case::By;
use domain::class::Label;
use domain::dispute::{Dispute, DisputeAct, Kept, Outcome, State, not_mediated};
use domain::id::{ActId, AreaId, CaseId, DisputeId, UnitId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, WorkAct};
use domain::stream::{Stream, StreamId};
use domain::today::{Item, Kind};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::dispute::{self, Stored};
use store::lease::Held;
use store::{Batch, CommitError};

use crate::leave::{Done, words};
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::today::moment;
use crate::vault::{self, DataKey};
use crate::{App, AppError, case, notice, work};

/// As what everything personal is sealed.
const ABOUT: &str = "dispute/said";
/// How long a record can be read after its end.
pub const KEPT: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);
/// Most disputes of a page.
pub const PAGE: u32 = 200;
/// Records looked at in one sweep.
const AT_ONCE: u32 = 200;
/// Parties of a dispute at most.
const PARTIES_MAX: usize = 20;
/// What a follow-up takes, in minutes: for the length of the walk alone.
const FOLLOW_UP_MIN: u32 = 20;

/// One of those who quarrel, or who speaks for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// What they are called.
    pub name: String,
    /// How they are reached; may be empty.
    pub contact: String,
    /// Which side they are on, from 1; 0 for someone who is on none.
    pub side: u8,
}

/// What is sealed with an act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spoken {
    /// Parties, at the opening.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Party>,
    /// Mediators of a session.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mediators: Vec<String>,
    /// Summary, terms, what was found, why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What somebody does in a mediation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the acts of `DisputeAct`, before they are sealed
pub enum Doing {
    Session { held: Timestamp, mediators: Vec<String>, summary: String },
    Agree { on: Date, terms: String, follow_ups: Vec<Date> },
    FollowUp { due: Date, kept: Kept, note: String },
    HandOver { unit: UnitId, why: String },
    Close { outcome: Outcome },
}

/// One act as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: By,
    /// What, with its seal.
    pub act: DisputeAct,
    /// What was said; `None` once it is erased, and where nothing was.
    pub spoken: Option<Spoken>,
}

/// A mediation with everything that was said.
#[derive(Clone, Debug)]
pub struct View {
    /// As it stands.
    pub stored: Stored,
    /// What was done, oldest first.
    pub acts: Vec<Told>,
}

fn stream_of(id: DisputeId) -> StreamId {
    StreamId::new(Stream::Dispute, id.0)
}

/// Opens the record of a case. The id is the key.
pub async fn open(
    app: &App,
    who: &Actor,
    id: DisputeId,
    of: CaseId,
    parties: &[Party],
) -> Result<Done<View>, AppError> {
    let parties = tidied(parties)?;
    let key = ActId(id.0);
    let request = request_hash(&(of, blind(app, &parties)?));
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return Ok(Done { now: view(app, who, id).await?, replayed: true });
    }
    let seen = case::look(app, who, of).await?.case;
    let areas = seen.ancestors();
    let area = areas.upwards().next().ok_or(AppError::NotFound { what: "case" })?;
    work::permit_in(&app.city(), who, WorkAct::Mediate, area, "case")?;
    let city = app.city();
    if let Some(why) = not_mediated(seen.class().and_then(|code| city.class(code))) {
        return Err(AppError::Blocked { why: why.to_owned() });
    }
    if seen.is_closed() {
        return Err(AppError::Blocked { why: "the case is closed: reopen it, or report it anew".to_owned() });
    }
    let now = app.clock.now();
    let (keep, secret) = app.vault.new_key(id.0, now)?;
    let sealed = secret.seal_text(ABOUT, &Spoken { parties, ..Spoken::default() });
    let mut trail = Trail::new(stream_of(id));
    let entry = trail.append(who, now, key, request, &DisputeAct::Open { case: of, sealed });
    let new = Stored {
        id,
        version: trail.version(),
        head: trail.head(),
        case: of,
        area,
        grid: areas.grid,
        dispute: Dispute::opened(),
        told: None,
        opened: now,
        closed: None,
    };
    match app.store.commit(new.insert(Batch::new("dispute").with(keep)).with(entry)).await {
        Ok(()) => Ok(Done { now: view(app, who, id).await?, replayed: false }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            if let Some(used) = stream::used(app, key).await? {
                stream::is_again(&used, stream_of(id), request)?;
                return Ok(Done { now: view(app, who, id).await?, replayed: true });
            }
            let known = dispute::of_case(&app.store, of).await?.ok_or(AppError::Contended)?;
            let why = format!("the case has a record of mediation already: {}", known.id);
            Err(AppError::Blocked { why })
        }
        Err(error) => Err(error.into()),
    }
}

/// Does something in a mediation.
pub async fn act(
    app: &App,
    who: &Actor,
    id: DisputeId,
    key: ActId,
    doing: &Doing,
) -> Result<Done<View>, AppError> {
    let (plain, spoken) = split(app, doing)?;
    let request = request_hash(&(id, &plain, blind(app, &spoken)?));
    let right = match doing {
        Doing::HandOver { .. } | Doing::Close { .. } => WorkAct::PassDispute,
        _ => WorkAct::Mediate,
    };
    for _ in 0..TRIES {
        if let Some(used) = stream::used(app, key).await? {
            stream::is_again(&used, stream_of(id), request)?;
            return Ok(Done { now: view(app, who, id).await?, replayed: true });
        }
        let mut it = seen(app, who, right, id).await?;
        let secret = app.vault.key(&app.store, id.0).await?;
        let secret =
            secret.ok_or_else(|| AppError::Blocked { why: "what it holds was erased".to_owned() })?;
        let act = sealed(plain.clone(), &secret, spoken.as_ref());
        let (before, now) = (it.version, app.clock.now());
        let next = it.dispute.clone().advance(&act, app.people.today());
        it.dispute = next.map_err(|no| AppError::Blocked { why: no.to_string() })?;
        it.closed = (it.dispute.state == State::Closed).then_some(now);
        let mut trail = Trail::at(stream_of(id), it.version, it.head);
        let entry = trail.append(who, now, key, request, &act);
        (it.version, it.head) = (trail.version(), trail.head());
        let mut batch = it.save(Batch::new("mediate"), before).with(entry);
        if let Doing::HandOver { unit, .. } = doing {
            let told = notice::to_unit(*unit, NoticeKind::DisputeGiven, stream_of(id), it.area, false, now);
            batch = batch.with(told);
        }
        match app.store.commit(batch).await {
            Ok(()) => return Ok(Done { now: view(app, who, id).await?, replayed: false }),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// A mediation with everything that was said, for whoever keeps it: the worker of the grid, and its desks.
pub async fn view(app: &App, who: &Actor, id: DisputeId) -> Result<View, AppError> {
    let stored = seen(app, who, WorkAct::Mediate, id).await?;
    let secret = app.vault.key(&app.store, id.0).await?;
    let mut acts = Vec::new();
    for told in stream::acts::<DisputeAct>(app, stream_of(id)).await? {
        let spoken = match (&secret, seal(&told.act)) {
            (Some(secret), Some(text)) => Some(secret.open_text(ABOUT, text)?),
            _ => None,
        };
        acts.push(Told { at: told.at, by: told.by, act: told.act, spoken });
    }
    Ok(View { stored, acts })
}

/// The record that belongs to a case, if there is one.
pub async fn of_case(app: &App, who: &Actor, of: CaseId) -> Result<Stored, AppError> {
    let absent = AppError::NotFound { what: "dispute" };
    let found = dispute::of_case(&app.store, of).await?.ok_or(absent)?;
    work::permit_in(&app.city(), who, WorkAct::Mediate, found.area, "dispute")?;
    Ok(found)
}

/// Disputes of an area in one state, the newest first, before one: days, counts and states alone.
pub async fn list(
    app: &App,
    who: &Actor,
    area: Option<AreaId>,
    state: State,
    before: Option<(Timestamp, DisputeId)>,
    limit: u32,
) -> Result<Vec<Stored>, AppError> {
    let path = work::path_for(&app.city(), who, WorkAct::Mediate, area)?;
    Ok(dispute::list(&app.store, &path, state, before, limit.clamp(1, PAGE)).await?)
}

/// Follow-ups of some grids that are due before a day. A list says nothing of who quarrels.
pub(crate) async fn due_in(app: &App, grids: &[AreaId], before: Date) -> Result<Vec<Item>, AppError> {
    let mut items = Vec::new();
    for grid in grids {
        for it in dispute::due_in(&app.store, *grid, before).await? {
            let Some(due) = it.dispute.next_due() else { continue };
            items.push(Item {
                kind: Kind::Dispute,
                id: it.id.0,
                grid: *grid,
                title: Label::new("调解回访", "follow-up of a mediation"),
                place: String::new(),
                point: None,
                due: due.tomorrow().ok().map(|end| moment(app, end)),
                minutes: FOLLOW_UP_MIN,
                reason: Label::new("约定今天回访", "agreed for this day"),
                urgent: false,
            });
        }
    }
    Ok(items)
}

/// Tells desks of follow-ups whose day has come, and destroys keys of records that are three years over; how many.
pub(crate) async fn look_after(app: &App, held: &Held) -> Result<u32, AppError> {
    let now = app.clock.now();
    let mut batches = Vec::new();
    for it in dispute::to_tell(&app.store, app.people.today(), AT_ONCE).await? {
        let desk = crate::leave::desk_of(app, it.area);
        let told = notice::to_desk(desk, NoticeKind::DisputeDue, stream_of(it.id), it.area, false, now);
        batches.push(Batch::new("dispute due").with(held.guard()).with(it.tell()).with(told));
    }
    for id in dispute::old(&app.store, now - KEPT, AT_ONCE).await? {
        batches.push(Batch::new("forget dispute").with(held.guard()).with(vault::erase(id.0)));
    }
    let mut n_done = 0;
    for answer in app.store.commit_many(batches).await {
        match answer {
            Ok(()) => n_done += 1,
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(n_done)
}

async fn seen(app: &App, who: &Actor, act: WorkAct, id: DisputeId) -> Result<Stored, AppError> {
    let absent = AppError::NotFound { what: "dispute" };
    let found = dispute::one(&app.store, id).await?.ok_or(absent)?;
    work::permit_in(&app.city(), who, act, found.area, "dispute")?;
    Ok(found)
}

/// What an act says openly, and what is to be sealed with it.
fn split(app: &App, doing: &Doing) -> Result<(DisputeAct, Option<Spoken>), AppError> {
    let sealed = String::new();
    let said = |text: String| Some(Spoken { text, ..Spoken::default() });
    Ok(match doing {
        Doing::Session { held, mediators, summary } => {
            if *held > app.clock.now() {
                return Err(AppError::field(
                    "/held",
                    "range",
                    "that is in the future: write it down afterwards",
                ));
            }
            if mediators.is_empty() || mediators.len() > PARTIES_MAX {
                return Err(AppError::field("/mediators", "range", format!("1 to {PARTIES_MAX} mediators")));
            }
            let names = mediators.iter().enumerate();
            let names = names.map(|(at, name)| words(&format!("/mediators/{at}"), name, 80));
            let mediators = names.collect::<Result<_, _>>()?;
            let text = words("/summary", summary, 4_000)?;
            (
                DisputeAct::Session { held: *held, sealed },
                Some(Spoken { mediators, text, ..Spoken::default() }),
            )
        }
        Doing::Agree { on, terms, follow_ups } => {
            let act = DisputeAct::Agree { on: *on, follow_ups: follow_ups.clone(), sealed };
            (act, said(words("/terms", terms, 4_000)?))
        }
        Doing::FollowUp { due, kept, note } => {
            (DisputeAct::FollowUp { due: *due, kept: *kept, sealed }, said(words("/note", note, 2_000)?))
        }
        Doing::HandOver { unit, why } => {
            if app.city().units.get(unit).is_none_or(|it| it.ended) {
                return Err(AppError::field("/unit", "unknown", format!("there is no unit {unit}")));
            }
            (DisputeAct::HandOver { unit: *unit, sealed }, said(words("/why", why, 2_000)?))
        }
        Doing::Close { outcome } => (DisputeAct::Close { outcome: *outcome }, None),
    })
}

fn sealed(act: DisputeAct, secret: &DataKey, spoken: Option<&Spoken>) -> DisputeAct {
    let Some(spoken) = spoken else { return act };
    let sealed = secret.seal_text(ABOUT, spoken);
    match act {
        DisputeAct::Open { case, .. } => DisputeAct::Open { case, sealed },
        DisputeAct::Session { held, .. } => DisputeAct::Session { held, sealed },
        DisputeAct::Agree { on, follow_ups, .. } => DisputeAct::Agree { on, follow_ups, sealed },
        DisputeAct::FollowUp { due, kept, .. } => DisputeAct::FollowUp { due, kept, sealed },
        DisputeAct::HandOver { unit, .. } => DisputeAct::HandOver { unit, sealed },
        bare => bare,
    }
}

fn seal(act: &DisputeAct) -> Option<&str> {
    match act {
        DisputeAct::Open { sealed, .. }
        | DisputeAct::Session { sealed, .. }
        | DisputeAct::Agree { sealed, .. }
        | DisputeAct::FollowUp { sealed, .. }
        | DisputeAct::HandOver { sealed, .. } => Some(sealed),
        DisputeAct::Close { .. } | DisputeAct::Follow { .. } => None,
    }
}

/// Not a plain hash of what people say: that could be guessed at.
fn blind(app: &App, said: &impl Serialize) -> Result<[u8; 16], AppError> {
    let text = serde_json::to_string(said).expect("what is said is plain data");
    app.vault.blind(ABOUT, &text)
}

fn tidied(parties: &[Party]) -> Result<Vec<Party>, AppError> {
    if parties.len() < 2 || parties.len() > PARTIES_MAX {
        let why = format!("a dispute has 2 to {PARTIES_MAX} parties");
        return Err(AppError::field("/parties", "range", why));
    }
    let tidy = |(at, it): (usize, &Party)| {
        let name = words(&format!("/parties/{at}/name"), &it.name, 80)?;
        let contact = it.contact.trim().to_owned();
        if contact.chars().count() > 120 {
            let path = format!("/parties/{at}/contact");
            return Err(AppError::field(&path, "range", "at most 120 characters"));
        }
        Ok(Party { name, contact, side: it.side })
    };
    parties.iter().enumerate().map(tidy).collect()
}
