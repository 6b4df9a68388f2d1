//! How each wants to be told, browsers that take pushes, and deliveries under way. Addresses are sealed before they come
//! here; why a delivery failed is told without them.

use crate::case::{opt_time, time};
use crate::{Fault, Row, Statement, Store, params};
use domain::id::{AreaId, PersonId, UnitId};
use domain::telling::{Quiet, Way};
use jiff::Timestamp;
use uuid::Uuid;

const CHOICE: &str =
    "select person_id, language, quiet_from, quiet_to, push, mail, sms, key_id, sealed, changed_ms
    from telling_choice where person_id = $1";
const CHOOSE: &str = "insert into telling_choice
    (person_id, language, quiet_from, quiet_to, push, mail, sms, key_id, sealed, changed_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    on conflict (person_id) do update set language = excluded.language, quiet_from = excluded.quiet_from,
    quiet_to = excluded.quiet_to, push = excluded.push, mail = excluded.mail, sms = excluded.sms,
    key_id = excluded.key_id, sealed = excluded.sealed, changed_ms = excluded.changed_ms";
const BROWSERS: &str =
    "select id, person_id, key_id, sealed, made_ms from telling_browser where person_id = $1 order by id";
const BROWSER: &str = "select id, person_id, key_id, sealed, made_ms from telling_browser where id = $1";
const ADD_BROWSER: &str =
    "insert into telling_browser (id, person_id, key_id, sealed, made_ms) values ($1, $2, $3, $4, $5)";
const DROP_BROWSER: &str = "delete from telling_browser where id = $1";
const KEY: &str = "select key_id, sealed from telling_key where name = $1";
const ADD_KEY: &str = "insert into telling_key (name, key_id, sealed) values ($1, $2, $3)";
const AT_DESK: &str =
    "select id from person where role = 'desk' and area_id = $1 and disabled = 0 order by id";
const IN_UNIT: &str = "select id from person where unit_id = $1 and disabled = 0 order by id";
const ADD: &str =
    "insert into delivery (id, notice_id, way, person_id, target_id, state, tries, next_ms, made_ms)
    values ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7)";
const DUE: &str =
    "select id, notice_id, way, person_id, target_id, state, tries, next_ms, made_ms, ended_ms, error
    from delivery where state = 'waiting' and next_ms <= $1 order by next_ms limit $2";
const DEAD: &str =
    "select id, notice_id, way, person_id, target_id, state, tries, next_ms, made_ms, ended_ms, error
    from delivery where state = 'dead' and id > $1 order by id limit $2";
const OF_NOTICE: &str =
    "select id, notice_id, way, person_id, target_id, state, tries, next_ms, made_ms, ended_ms, error
    from delivery where notice_id = $1 order by id";
const SENT: &str = "update delivery set state = 'sent', tries = tries + 1, ended_ms = $3, error = null
    where id = $1 and tries = $2 and state = 'waiting'";
const FAILED: &str = "update delivery set tries = tries + 1, next_ms = $3, error = $4
    where id = $1 and tries = $2 and state = 'waiting'";
const GIVEN_UP: &str = "update delivery set state = 'dead', tries = tries + 1, ended_ms = $3, error = $4
    where id = $1 and tries = $2 and state = 'waiting'";
const RESEND: &str = "update delivery set state = 'waiting', tries = 0, next_ms = $2, ended_ms = null
    where id = $1 and state = 'dead'";
const WAITING: &str = "select count(*) as n from delivery where state = 'waiting'";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    CHOICE,
    CHOOSE,
    BROWSERS,
    BROWSER,
    ADD_BROWSER,
    DROP_BROWSER,
    KEY,
    ADD_KEY,
    AT_DESK,
    IN_UNIT,
    ADD,
    DUE,
    DEAD,
    OF_NOTICE,
    SENT,
    FAILED,
    GIVEN_UP,
    RESEND,
    WAITING,
];

/// Something sealed, and the id of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Of the key.
    pub key: Uuid,
    /// The sealed text.
    pub text: String,
}

/// How someone wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who.
    pub person: PersonId,
    /// `zh` or `en`.
    pub language: String,
    /// When only what is urgent.
    pub quiet: Option<Quiet>,
    /// By their browsers.
    pub push: bool,
    /// By mail.
    pub mail: bool,
    /// By message.
    pub sms: bool,
    /// Their addresses.
    pub sealed: Option<Sealed>,
    /// When they said so.
    pub changed: Timestamp,
}

impl Choice {
    /// Keeps it instead of what was kept.
    pub fn put(&self) -> Statement {
        let minute = |of: fn(&Quiet) -> u16| self.quiet.as_ref().map(|quiet| i64::from(of(quiet)));
        Statement::new(
            CHOOSE,
            params![
                self.person.0,
                &self.language,
                minute(|it| it.from_min),
                minute(|it| it.to_min),
                self.push,
                self.mail,
                self.sms,
                self.sealed.as_ref().map(|it| it.key),
                self.sealed.as_ref().map(|it| it.text.as_str()),
                self.changed.as_millisecond()
            ],
        )
        .expecting(1)
    }
}

fn sealed(row: &Row) -> Result<Option<Sealed>, Fault> {
    let both = row.opt_uuid("key_id")?.zip(row.opt_text("sealed")?);
    Ok(both.map(|(key, text)| Sealed { key, text }))
}

/// How someone wants to be told; `None` when they never said.
pub async fn choice(store: &Store, person: PersonId) -> Result<Option<Choice>, Fault> {
    let Some(row) = store.row(CHOICE, params![person.0]).await? else { return Ok(None) };
    let quiet = row.opt_int("quiet_from")?.zip(row.opt_int("quiet_to")?);
    Ok(Some(Choice {
        person,
        language: row.text("language")?,
        quiet: quiet.and_then(|(from, to)| Quiet::new(from as u16, to as u16)),
        push: row.yes("push")?,
        mail: row.yes("mail")?,
        sms: row.yes("sms")?,
        sealed: sealed(&row)?,
        changed: time(&row, "changed_ms")?,
    }))
}

/// A browser that takes pushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Browser {
    /// Made by the browser.
    pub id: Uuid,
    /// Whose.
    pub person: PersonId,
    /// Where to push and with which keys.
    pub sealed: Sealed,
    /// Since when.
    pub made: Timestamp,
}

impl Browser {
    /// Adds it. A taken id is a `Duplicate`.
    pub fn insert(&self) -> Statement {
        let made = self.made.as_millisecond();
        Statement::new(ADD_BROWSER, params![self.id, self.person.0, self.sealed.key, &self.sealed.text, made])
            .expecting(1)
    }

    fn read(row: &Row) -> Result<Browser, Fault> {
        let sealed = Sealed { key: row.uuid("key_id")?, text: row.text("sealed")? };
        Ok(Browser {
            id: row.uuid("id")?,
            person: PersonId(row.uuid("person_id")?),
            sealed,
            made: time(row, "made_ms")?,
        })
    }
}

/// Takes a browser out.
pub fn drop_browser(id: Uuid) -> Statement {
    Statement::new(DROP_BROWSER, params![id])
}

/// Someone's browsers.
pub async fn browsers(store: &Store, person: PersonId) -> Result<Vec<Browser>, Fault> {
    store.rows(BROWSERS, params![person.0]).await?.iter().map(Browser::read).collect()
}

/// One browser.
pub async fn browser(store: &Store, id: Uuid) -> Result<Option<Browser>, Fault> {
    store.row(BROWSER, params![id]).await?.as_ref().map(Browser::read).transpose()
}

/// A key of the city itself.
pub async fn key(store: &Store, name: &str) -> Result<Option<Sealed>, Fault> {
    let Some(row) = store.row(KEY, params![name]).await? else { return Ok(None) };
    sealed(&row)
}

/// Keeps a key of the city itself. A taken name is a `Duplicate`.
pub fn add_key(name: &str, sealed: &Sealed) -> Statement {
    Statement::new(ADD_KEY, params![name, sealed.key, &sealed.text]).expecting(1)
}

/// Who sits at the desk of an area.
pub async fn at_desk(store: &Store, area: AreaId) -> Result<Vec<PersonId>, Fault> {
    store.rows(AT_DESK, params![area.0]).await?.iter().map(|row| row.uuid("id").map(PersonId)).collect()
}

/// Who works in a unit.
pub async fn in_unit(store: &Store, unit: UnitId) -> Result<Vec<PersonId>, Fault> {
    store.rows(IN_UNIT, params![unit.0]).await?.iter().map(|row| row.uuid("id").map(PersonId)).collect()
}

/// A notice on one way to someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its own id; the same in every try.
    pub id: Uuid,
    /// Of which notice.
    pub notice: Uuid,
    /// Which way.
    pub way: Way,
    /// To whom; none for a webhook.
    pub person: Option<PersonId>,
    /// To which browser or webhook.
    pub target: Option<Uuid>,
    /// `waiting`, `sent` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub n_tries: u32,
    /// Not tried before.
    pub next: Timestamp,
    /// When it was made.
    pub made: Timestamp,
    /// When it was sent or given up.
    pub ended: Option<Timestamp>,
    /// Why it failed last.
    pub error: Option<String>,
}

impl Delivery {
    /// Adds it, waiting.
    pub fn insert(&self) -> Statement {
        Statement::new(
            ADD,
            params![
                self.id,
                self.notice,
                self.way.as_str(),
                self.person.map(|it| it.0),
                self.target,
                self.next.as_millisecond(),
                self.made.as_millisecond()
            ],
        )
        .expecting(1)
    }

    /// It arrived.
    pub fn sent(&self, now: Timestamp) -> Statement {
        Statement::new(SENT, params![self.id, self.n_tries, now.as_millisecond()]).expecting(1)
    }

    /// It did not; tried again at `next`, given up without one.
    pub fn failed(&self, now: Timestamp, next: Option<Timestamp>, why: &str) -> Statement {
        let (sql, at) = next.map_or((GIVEN_UP, now), |next| (FAILED, next));
        Statement::new(sql, params![self.id, self.n_tries, at.as_millisecond(), why]).expecting(1)
    }

    fn read(row: &Row) -> Result<Delivery, Fault> {
        let way = row.text("way")?;
        let nonsense =
            || Fault::Nonsense { what: "column way".to_owned(), why: format!("{way:?} is no way") };
        Ok(Delivery {
            id: row.uuid("id")?,
            notice: row.uuid("notice_id")?,
            way: Way::parse(&way).ok_or_else(nonsense)?,
            person: row.opt_uuid("person_id")?.map(PersonId),
            target: row.opt_uuid("target_id")?,
            state: row.text("state")?,
            n_tries: row.int("tries")? as u32,
            next: time(row, "next_ms")?,
            made: time(row, "made_ms")?,
            ended: opt_time(row, "ended_ms")?,
            error: row.opt_text("error")?,
        })
    }
}

/// Puts a dead delivery on its way again; a conflict when it is not dead.
pub fn resend(id: Uuid, now: Timestamp) -> Statement {
    Statement::new(RESEND, params![id, now.as_millisecond()]).expecting(1)
}

/// What is to be tried at `now`, longest waiting first.
pub async fn due(store: &Store, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, Fault> {
    store.rows(DUE, params![now.as_millisecond(), limit]).await?.iter().map(Delivery::read).collect()
}

/// What was given up, by id after one.
pub async fn dead(store: &Store, after: Uuid, limit: u32) -> Result<Vec<Delivery>, Fault> {
    store.rows(DEAD, params![after, limit]).await?.iter().map(Delivery::read).collect()
}

/// Deliveries of one notice.
pub async fn of_notice(store: &Store, notice: Uuid) -> Result<Vec<Delivery>, Fault> {
    store.rows(OF_NOTICE, params![notice]).await?.iter().map(Delivery::read).collect()
}

/// How many are still under way.
pub async fn waiting(store: &Store) -> Result<u64, Fault> {
    Ok(store.row(WAITING, params![]).await?.map_or(Ok(0), |row| row.int("n"))? as u64)
}
