//! Editions of the index: one month's draft, review and publication, with the archive it can be rebuilt from. What each
//! step needs is decided above; here a step that is not the next is a conflict.

use crate::case::{opt_time, time};
use crate::intake::{hash, month, nonsense};
use crate::{Fault, Row, Statement, Store, params};
use domain::audit::Hash;
use domain::edition::State;
use domain::id::{EditionId, PersonId};
use domain::month::Month;
use jiff::Timestamp;

const INSERT: &str = "insert into index_edition
    (id, month, revision, state, framework_version, recipe_sha, known_ms, drafted_by, drafted_ms, note, code_version,
    sha256, summary, archive)
    values ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const REVIEW: &str = "update index_edition set state = 'reviewed', reviewed_by = $2, reviewed_ms = $3
    where id = $1 and state = 'draft'";
const PUBLISH: &str = "update index_edition set state = 'published', published_by = $2, published_ms = $3
    where id = $1 and state = 'reviewed'";
const DISCARD: &str =
    "update index_edition set state = 'discarded', discarded_by = $2, discarded_ms = $3, note = $4
    where id = $1 and state in ('draft', 'reviewed')";
const ONE: &str = "select id, month, revision, state, framework_version, recipe_sha, known_ms, drafted_by, drafted_ms,
    reviewed_by, reviewed_ms, published_by, published_ms, discarded_by, discarded_ms, note, code_version, sha256, summary
    from index_edition where id = $1";
const OF_REVISION: &str = "select id, month, revision, state, framework_version, recipe_sha, known_ms, drafted_by,
    drafted_ms, reviewed_by, reviewed_ms, published_by, published_ms, discarded_by, discarded_ms, note, code_version,
    sha256, summary from index_edition where month = $1 and revision = $2 and state <> 'discarded'";
const LIST: &str = "select id, month, revision, state, framework_version, recipe_sha, known_ms, drafted_by, drafted_ms,
    reviewed_by, reviewed_ms, published_by, published_ms, discarded_by, discarded_ms, note, code_version, sha256, summary
    from index_edition where (month, drafted_ms, id) < ($1, $2, $3)
    and (cast($4 as text) is null or month = $4) and (cast($5 as text) is null or state = $5)
    order by month desc, drafted_ms desc, id desc limit $6";
// The last published revision of each month.
const PUBLISHED: &str =
    "select e.id, e.month, e.revision, e.state, e.framework_version, e.recipe_sha, e.known_ms,
    e.drafted_by, e.drafted_ms, e.reviewed_by, e.reviewed_ms, e.published_by, e.published_ms, e.discarded_by,
    e.discarded_ms, e.note, e.code_version, e.sha256, e.summary from index_edition e
    where e.state = 'published' and e.month >= $1 and e.month <= $2 and e.revision =
        (select max(o.revision) from index_edition o where o.month = e.month and o.state = 'published')
    order by e.month";
const STOOD_FOR: &str = "select id from index_edition where state in ('reviewed', 'published') order by id";
const LAST_REVISION: &str =
    "select max(revision) as revision from index_edition where month = $1 and state <> 'discarded'";
const LAST_KNOWN: &str = "select max(known_ms) as at_ms from index_edition";
const ARCHIVE: &str = "select archive from index_edition where id = $1";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    INSERT,
    REVIEW,
    PUBLISH,
    DISCARD,
    ONE,
    OF_REVISION,
    LIST,
    PUBLISHED,
    STOOD_FOR,
    LAST_REVISION,
    LAST_KNOWN,
    ARCHIVE,
];

/// One month's index, without its archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// Made by whoever drafts.
    pub id: EditionId,
    /// The month it is of.
    pub month: Month,
    /// 0, and one more with each that replaces a published one.
    pub revision: u32,
    /// How far it has come.
    pub state: State,
    /// Version of the bundle `framework`.
    pub framework_version: u32,
    /// SHA-256 of the recipe.
    pub recipe: Hash,
    /// Figures signed until then are in it.
    pub known: Timestamp,
    /// Who and when; `None` for whoever runs the machine.
    pub drafted: Stamp,
    /// Who found it right, and when.
    pub reviewed: Option<Stamp>,
    /// Who made it public, and when.
    pub published: Option<Stamp>,
    /// Who gave it up, and when.
    pub discarded: Option<Stamp>,
    /// Why this revision, or why it was discarded.
    pub note: String,
    /// The program that computed it.
    pub code_version: String,
    /// SHA-256 of the archive.
    pub sha256: Hash,
    /// What lists and the first page show, JSON.
    pub summary: String,
}

/// Who did something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// `None` for whoever runs the machine.
    pub by: Option<PersonId>,
    /// To the millisecond.
    pub at: Timestamp,
}

/// Which editions a list shows; `None` sets no condition.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed {
    /// Of one month.
    pub month: Option<Month>,
    /// In one state.
    pub state: Option<State>,
    /// Those before this one, by month and then by when they were drafted; `None` for the newest.
    pub before: Option<(Month, Timestamp, EditionId)>,
}

impl Edition {
    /// What saves it as a draft. A duplicate when its id is taken, or its revision by another that is not discarded.
    pub fn insert(&self, archive: &[u8]) -> Statement {
        let values = params![
            self.id.0,
            self.month.to_string(),
            self.revision,
            self.framework_version,
            self.recipe.0,
            self.known.as_millisecond(),
            self.drafted.by.map(|it| it.0),
            self.drafted.at.as_millisecond(),
            self.note.as_str(),
            self.code_version.as_str(),
            self.sha256.0,
            self.summary.as_str(),
            archive
        ];
        Statement::new(INSERT, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let state = row.text("state")?;
        let drafted = stamp(row, "drafted_by", "drafted_ms")?;
        Ok(Self {
            id: EditionId(row.uuid("id")?),
            month: month(row)?,
            revision: row.int("revision")? as u32,
            state: State::parse(&state).ok_or_else(|| nonsense("state", &state))?,
            framework_version: row.int("framework_version")? as u32,
            recipe: hash("recipe_sha", &row.bytes("recipe_sha")?)?,
            known: time(row, "known_ms")?,
            drafted: drafted.ok_or_else(|| nonsense("drafted_ms", "nothing"))?,
            reviewed: stamp(row, "reviewed_by", "reviewed_ms")?,
            published: stamp(row, "published_by", "published_ms")?,
            discarded: stamp(row, "discarded_by", "discarded_ms")?,
            note: row.text("note")?,
            code_version: row.text("code_version")?,
            sha256: hash("sha256", &row.bytes("sha256")?)?,
            summary: row.text("summary")?,
        })
    }
}

/// Someone found it right. A conflict when it is no draft any more.
pub fn review(id: EditionId, by: Stamp) -> Statement {
    step(REVIEW, id, by)
}

/// It is what the city says. A conflict when it is not reviewed, or published already.
pub fn publish(id: EditionId, by: Stamp) -> Statement {
    step(PUBLISH, id, by)
}

/// It is given up, for a reason that takes the place of its note. A conflict when it is published or discarded.
pub fn discard(id: EditionId, by: Stamp, why: &str) -> Statement {
    let values = params![id.0, by.by.map(|it| it.0), by.at.as_millisecond(), why];
    Statement::new(DISCARD, values).expecting(1)
}

fn step(sql: &'static str, id: EditionId, by: Stamp) -> Statement {
    Statement::new(sql, params![id.0, by.by.map(|it| it.0), by.at.as_millisecond()]).expecting(1)
}

/// One edition.
pub async fn one(store: &Store, id: EditionId) -> Result<Option<Edition>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(Edition::read).transpose()
}

/// The edition of a month and revision that is not discarded.
pub async fn of_revision(store: &Store, month: Month, revision: u32) -> Result<Option<Edition>, Fault> {
    let row = store.row(OF_REVISION, params![month.to_string(), revision]).await?;
    row.as_ref().map(Edition::read).transpose()
}

/// Editions, the last month first and of a month the last draft.
pub async fn list(store: &Store, asked: Listed, limit: u32) -> Result<Vec<Edition>, Fault> {
    let (month, at_ms, id) = match asked.before {
        Some((month, at, id)) => (month.to_string(), at.as_millisecond(), id.0),
        None => ("9999-99".to_owned(), i64::MAX, uuid::Uuid::max()),
    };
    let of = asked.month.map(|it| it.to_string());
    let values = params![month, at_ms, id, of, asked.state.map(State::as_str), limit];
    store.rows(LIST, values).await?.iter().map(Edition::read).collect()
}

/// What the city says of each month from `first` to `last`: the last published revision of each that has one.
pub async fn published(store: &Store, first: Month, last: Month) -> Result<Vec<Edition>, Fault> {
    let rows = store.rows(PUBLISHED, params![first.to_string(), last.to_string()]).await?;
    rows.iter().map(Edition::read).collect()
}

/// Every edition that someone has reviewed or published.
pub async fn stood_for(store: &Store) -> Result<Vec<EditionId>, Fault> {
    let rows = store.rows(STOOD_FOR, params![]).await?;
    rows.iter().map(|row| Ok(EditionId(row.uuid("id")?))).collect()
}

/// The highest revision of a month that is not discarded; `None` when there is none.
pub async fn last_revision(store: &Store, month: Month) -> Result<Option<u32>, Fault> {
    let row = store.row(LAST_REVISION, params![month.to_string()]).await?;
    row.map_or(Ok(None), |row| Ok(row.opt_int("revision")?.map(|it| it as u32)))
}

/// The latest moment that any edition has taken for known: whoever signs figures signs after it.
pub async fn last_known(store: &Store) -> Result<Option<Timestamp>, Fault> {
    store.row(LAST_KNOWN, params![]).await?.map_or(Ok(None), |row| opt_time(&row, "at_ms"))
}

/// The archive of one edition, as bytes.
pub async fn archive(store: &Store, id: EditionId) -> Result<Option<Vec<u8>>, Fault> {
    store.row(ARCHIVE, params![id.0]).await?.map(|row| row.bytes("archive")).transpose()
}

fn stamp(row: &Row, by: &'static str, at: &'static str) -> Result<Option<Stamp>, Fault> {
    let by = row.opt_uuid(by)?.map(PersonId);
    Ok(opt_time(row, at)?.map(|at| Stamp { by, at }))
}
