//! Notes of hand-over: whoever leaves a grid writes what the next one must know, and that one says that they read it.
//! The text may name people, so it is sealed, and its key is destroyed after half a year.

use domain::duty::HandOverAct;
use domain::id::{ActId, AreaId, HandOverId, PersonId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, WorkAct};
use domain::stream::{Stream, StreamId};
use jiff::{SignedDuration, Timestamp};
use store::duty::{self, DutyKind};
use store::hand_over::{self, HandOver};
use store::{Batch, CommitError};

use crate::leave::{Done, words};
use crate::stream::{self, TRIES, Trail, request_hash};
use crate::{App, AppError, notice, vault, work};

/// As what the text is sealed.
const ABOUT: &str = "hand_over/text";
/// Notes of a list.
const MOST: u32 = 50;
/// How long a note can be read.
pub const KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Notes whose key is destroyed in one go.
const AT_ONCE: u32 = 200;

/// A note as whoever has the grid reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The note.
    pub id: HandOverId,
    /// For whoever has this grid.
    pub grid: AreaId,
    /// Who wrote it.
    pub person: PersonId,
    /// When.
    pub written: Timestamp,
    /// What it says; `None` once it is erased.
    pub text: Option<String>,
    /// Who has read it, and when.
    pub readers: Vec<(PersonId, Timestamp)>,
}

/// Writes a note for whoever has a grid next. The id is the key. Who has, had or will have a duty in the grid may, and
/// its desk.
pub async fn write(
    app: &App,
    who: &Actor,
    id: HandOverId,
    grid: AreaId,
    text: &str,
) -> Result<Done<Note>, AppError> {
    let text = words("/text", text, 2_000)?;
    // Not of the text itself: a hash of what people say could be guessed at.
    let request = request_hash(&(grid, app.vault.blind(ABOUT, &text)?));
    let key = ActId(id.0);
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, stream_of(id), request)?;
        return Ok(Done { now: one(app, who, id).await?, replayed: true });
    }
    let person = writes(app, who, grid).await?;
    let now = app.clock.now();
    let (keep, secret) = app.vault.new_key(id.0, now)?;
    let sealed = secret.seal_text(ABOUT, &text);
    let mut trail = Trail::new(stream_of(id));
    let act = HandOverAct::Write { grid, sealed: sealed.clone() };
    let entry = trail.append(who, now, key, request, &act);
    let new =
        HandOver { id, version: trail.version(), head: trail.head(), grid, person, sealed, written: now };
    let mut batch = Batch::new("hand over").with(keep).with(new.insert()).with(entry);
    for (next, _) in duty::in_grid(&app.store, grid, app.people.today()).await? {
        if next != person {
            let told = notice::to_person(next, NoticeKind::HandOver, stream_of(id), grid, false, now);
            batch = batch.with(told);
        }
    }
    match app.store.commit(batch).await {
        Ok(()) => Ok(Done { now: read(app, &new).await?, replayed: false }),
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            let used = stream::used(app, key).await?.ok_or(AppError::Contended)?;
            stream::is_again(&used, stream_of(id), request)?;
            Ok(Done { now: one(app, who, id).await?, replayed: true })
        }
        Err(error) => Err(error.into()),
    }
}

/// Whoever has the grid says that they have read it.
pub async fn acknowledge(app: &App, who: &Actor, id: HandOverId, key: ActId) -> Result<Done<Note>, AppError> {
    let request = request_hash(&(id, "read"));
    for _ in 0..TRIES {
        if let Some(used) = stream::used(app, key).await? {
            stream::is_again(&used, stream_of(id), request)?;
            return Ok(Done { now: one(app, who, id).await?, replayed: true });
        }
        let mut note = seen(app, who, id).await?;
        let Some(person) = who.person else { return Err(AppError::NotFound { what: "hand-over" }) };
        if hand_over::readers(&app.store, id).await?.iter().any(|(reader, _)| *reader == person) {
            return Ok(Done { now: read(app, &note).await?, replayed: true });
        }
        let (before, now) = (note.version, app.clock.now());
        let mut trail = Trail::at(stream_of(id), note.version, note.head);
        let entry = trail.append(who, now, key, request, &HandOverAct::Read { person });
        (note.version, note.head) = (trail.version(), trail.head());
        let batch = Batch::new("read").with(note.save(before)).with(note.read_by(person, now)).with(entry);
        match app.store.commit(batch).await {
            Ok(()) => return Ok(Done { now: read(app, &note).await?, replayed: false }),
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Notes of a grid that are not erased, the newest first.
pub async fn list(app: &App, who: &Actor, grid: AreaId) -> Result<Vec<Note>, AppError> {
    work::permit_in(&app.city(), who, WorkAct::HandOver, grid, "grid")?;
    of_grid(app, grid).await
}

/// Notes of some grids that someone has not read, and did not write.
pub(crate) async fn unread(
    app: &App,
    person: PersonId,
    grids: impl IntoIterator<Item = AreaId>,
) -> Result<Vec<Note>, AppError> {
    let mut notes = Vec::new();
    for grid in grids {
        let all = of_grid(app, grid).await?;
        notes.extend(all.into_iter().filter(|note| {
            note.person != person && note.readers.iter().all(|(reader, _)| *reader != person)
        }));
    }
    Ok(notes)
}

/// Destroys the keys of notes that are half a year old; how many.
pub(crate) async fn forget(app: &App) -> Result<u32, AppError> {
    let old = hand_over::older(&app.store, app.clock.now() - KEPT, AT_ONCE).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let erased = old.iter().fold(Batch::new("forget notes"), |batch, id| {
        batch.with(vault::erase(id.0)).with(hand_over::empty(*id))
    });
    app.store.commit(erased).await?;
    Ok(old.len() as u32)
}

async fn of_grid(app: &App, grid: AreaId) -> Result<Vec<Note>, AppError> {
    let since = app.clock.now() - KEPT;
    let mut notes = Vec::new();
    for note in hand_over::of_grid(&app.store, grid, since, MOST).await? {
        notes.push(read(app, &note).await?);
    }
    Ok(notes)
}

/// One note, as far as it may be seen: by whoever has the grid, its desk, and whoever wrote it.
async fn one(app: &App, who: &Actor, id: HandOverId) -> Result<Note, AppError> {
    read(app, &seen(app, who, id).await?).await
}

async fn seen(app: &App, who: &Actor, id: HandOverId) -> Result<HandOver, AppError> {
    let absent = AppError::NotFound { what: "hand-over" };
    let note = hand_over::one(&app.store, id).await?.ok_or(absent)?;
    if who.person != Some(note.person) {
        work::permit_in(&app.city(), who, WorkAct::HandOver, note.grid, "hand-over")?;
    }
    Ok(note)
}

/// Who writes: on duty there today, or with a duty there that is not over, on leave or not yet begun.
async fn writes(app: &App, who: &Actor, grid: AreaId) -> Result<PersonId, AppError> {
    let absent = AppError::NotFound { what: "grid" };
    let Some(person) = who.person else { return Err(absent) };
    if work::permit_in(&app.city(), who, WorkAct::HandOver, grid, "grid").is_ok() {
        return Ok(person);
    }
    let theirs = duty::of_person(&app.store, person, app.people.today()).await?;
    let has = theirs.iter().any(|it| it.grid == grid && it.kind != DutyKind::Leave);
    if has { Ok(person) } else { Err(absent) }
}

async fn read(app: &App, note: &HandOver) -> Result<Note, AppError> {
    let text = match app.vault.key(&app.store, note.id.0).await? {
        Some(secret) if !note.sealed.is_empty() => Some(secret.open_text(ABOUT, &note.sealed)?),
        _ => None,
    };
    let readers = hand_over::readers(&app.store, note.id).await?;
    let HandOver { id, grid, person, written, .. } = *note;
    Ok(Note { id, grid, person, written, text, readers })
}

fn stream_of(id: HandOverId) -> StreamId {
    StreamId::new(Stream::HandOver, id.0)
}
