//! Phones: which there are, what each holds, which of its acts were settled how, and pictures that come in pieces.

use crate::case::{opt_time, time};
use crate::{Fault, Row, Statement, Store, params};
use domain::audit::Hash;
use domain::id::{ActId, DeviceId, PersonId};
use jiff::Timestamp;
use uuid::Uuid;

const ADD: &str = "insert into device (id, person_id, name, made_ms, settled, session, sealed)
    values ($1, $2, $3, $4, 0, $5, $6)";
const ONE: &str = "select id, person_id, name, made_ms, used_ms, cut_ms, settled, skew_ms, session, sealed from device where id = $1";
const OF_PERSON: &str =
    "select id, person_id, name, made_ms, used_ms, cut_ms, settled, skew_ms, session, sealed
    from device where person_id = $1 order by made_ms, id";
const CUT: &str =
    "update device set cut_ms = $2, sealed = null, session = null where id = $1 and cut_ms is null";
const USED: &str = "update device set used_ms = $2, skew_ms = $3 where id = $1 and cut_ms is null";
const SETTLE: &str = "update device set settled = $3 where id = $1 and settled = $2 and cut_ms is null";
const RENEW: &str = "update device set name = $2, session = $3 where id = $1 and cut_ms is null";

const HELD: &str = "select number, items from device_held where device_id = $1 order by number";
const HOLD: &str = "insert into device_held (device_id, number, made_ms, items) values ($1, $2, $3, $4)";
const LET_GO: &str = "delete from device_held where device_id = $1 and number <> $2";
const LET_ALL_GO: &str = "delete from device_held where device_id = $1";

const KEEP: &str = "insert into pushed (device_id, seq, act_id, key_sha, at_ms, received_ms, body, state)
    values ($1, $2, $3, $4, $5, $6, $7, 'waits')";
const SETTLED: &str = "update pushed set state = $3, answer = $4, settled_ms = $5, body = ''
    where device_id = $1 and seq = $2 and state = 'waits'";
const BY_SEQ: &str = "select seq, act_id, key_sha, at_ms, received_ms, body, state, answer from pushed
    where device_id = $1 and seq = $2";
const BY_ACT: &str = "select seq, act_id, key_sha, at_ms, received_ms, body, state, answer from pushed
    where device_id = $1 and act_id = $2";
const NEXT_WAITING: &str = "select seq, act_id, key_sha, at_ms, received_ms, body, state, answer from pushed
    where device_id = $1 and state = 'waits' and seq > $2 order by seq limit 1";
const UNSETTLED: &str = "select seq, act_id, key_sha, at_ms, received_ms, body, state, answer from pushed
    where device_id = $1 and state in ('refused', 'conflict') order by seq desc limit $2";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    ADD,
    ONE,
    OF_PERSON,
    CUT,
    USED,
    SETTLE,
    RENEW,
    HELD,
    HOLD,
    LET_GO,
    LET_ALL_GO,
    KEEP,
    SETTLED,
    BY_SEQ,
    BY_ACT,
    NEXT_WAITING,
    UNSETTLED,
];

/// A phone, or another thing that works while it is alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Made by itself.
    pub id: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// What its person calls it.
    pub name: String,
    /// Since when it is known.
    pub made: Timestamp,
    /// When it was last heard of.
    pub used: Option<Timestamp>,
    /// When it was cut off.
    pub cut: Option<Timestamp>,
    /// Its acts up to this number are settled.
    pub settled: u64,
    /// How far its clock was behind ours when it last sent something, milliseconds.
    pub skew_ms: Option<i64>,
    /// SHA-256 of the token it last signed in with; gone once it is cut off.
    pub session: Option<Vec<u8>>,
    /// The key of what it keeps, sealed; gone once it is cut off.
    pub sealed: Option<Vec<u8>>,
}

impl Device {
    /// What keeps a new one.
    pub fn add(&self) -> Statement {
        let values = params![
            self.id.0,
            self.person.0,
            &self.name,
            self.made.as_millisecond(),
            self.session.as_deref(),
            self.sealed.as_deref()
        ];
        Statement::new(ADD, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Device, Fault> {
        Ok(Device {
            id: DeviceId(row.uuid("id")?),
            person: PersonId(row.uuid("person_id")?),
            name: row.text("name")?,
            made: time(row, "made_ms")?,
            used: opt_time(row, "used_ms")?,
            cut: opt_time(row, "cut_ms")?,
            settled: row.int("settled")? as u64,
            skew_ms: row.opt_int("skew_ms")?,
            session: row.opt_bytes("session")?,
            sealed: row.opt_bytes("sealed")?,
        })
    }
}

/// One by its id.
pub async fn device(store: &Store, id: DeviceId) -> Result<Option<Device>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(Device::read).transpose()
}

/// Those of a person, oldest first.
pub async fn devices(store: &Store, person: PersonId) -> Result<Vec<Device>, Fault> {
    store.rows(OF_PERSON, params![person.0]).await?.iter().map(Device::read).collect()
}

/// Cuts one off: the key of what it keeps is gone.
pub fn cut(id: DeviceId, now: Timestamp) -> Statement {
    Statement::new(CUT, params![id.0, now.as_millisecond()]).expecting(1)
}

/// Calls it something else, and notes what it signed in with.
pub fn renew(id: DeviceId, name: &str, session: &[u8]) -> Statement {
    Statement::new(RENEW, params![id.0, name, session]).expecting(1)
}

/// Notes that it was heard of, and what its clock said.
pub fn heard(id: DeviceId, now: Timestamp, skew_ms: i64) -> Statement {
    Statement::new(USED, params![id.0, now.as_millisecond(), skew_ms])
}

/// Moves on to the next number; a conflict when another was faster, or the phone was cut off.
pub fn settle(id: DeviceId, before: u64, now_settled: u64) -> Statement {
    Statement::new(SETTLE, params![id.0, before as i64, now_settled as i64]).expecting(1)
}

/// What a phone was last sent: states by number, the one it has and the one that may be on its way.
pub async fn held(store: &Store, id: DeviceId) -> Result<Vec<(u64, Vec<u8>)>, Fault> {
    let rows = store.rows(HELD, params![id.0]).await?;
    rows.iter().map(|row| Ok((row.int("number")? as u64, row.bytes("items")?))).collect()
}

/// Keeps another state; a duplicate when another request was faster.
pub fn hold(id: DeviceId, number: u64, items: &[u8], now: Timestamp) -> Statement {
    Statement::new(HOLD, params![id.0, number as i64, now.as_millisecond(), items]).expecting(1)
}

/// Forgets all states but one.
pub fn let_go(id: DeviceId, but: u64) -> Statement {
    Statement::new(LET_GO, params![id.0, but as i64])
}

/// Forgets all states.
pub fn let_all_go(id: DeviceId) -> Statement {
    Statement::new(LET_ALL_GO, params![id.0])
}

/// How a pushed act ended, as it stands in the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    /// Those before it, or a picture of its own, have not come yet.
    Waits,
    /// Done.
    Done,
    /// Refused, with the reason.
    Refused,
    /// Something else happened meanwhile: its person decides.
    Conflict,
}

impl PushState {
    /// All of them.
    pub const ALL: [PushState; 4] =
        [PushState::Waits, PushState::Done, PushState::Refused, PushState::Conflict];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            PushState::Waits => "waits",
            PushState::Done => "done",
            PushState::Refused => "refused",
            PushState::Conflict => "conflict",
        }
    }

    fn parse(text: &str) -> Option<PushState> {
        PushState::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// One act that a phone sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Its number in the phone's order.
    pub seq: u64,
    /// Its id, which is also the key it is done under.
    pub act: ActId,
    /// SHA-256 of what was asked.
    pub key: Hash,
    /// When the phone says it was made, by its own clock.
    pub at: Timestamp,
    /// When it came.
    pub received: Timestamp,
    /// What was asked, JSON; empty once it is settled.
    pub body: String,
    /// How it stands.
    pub state: PushState,
    /// What was answered, JSON; once it is settled.
    pub answer: Option<String>,
}

impl Pushed {
    /// What keeps one that is not settled yet; a duplicate when its number or its id is known.
    pub fn keep(&self, device: DeviceId) -> Statement {
        Statement::new(
            KEEP,
            params![
                device.0,
                self.seq as i64,
                self.act.0,
                self.key.0,
                self.at.as_millisecond(),
                self.received.as_millisecond(),
                &self.body
            ],
        )
        .expecting(1)
    }

    fn read(row: &Row) -> Result<Pushed, Fault> {
        let state = row.text("state")?;
        let key = row.bytes("key_sha")?;
        let nonsense = |what: &str| Fault::Nonsense { what: format!("column {what}"), why: state.clone() };
        Ok(Pushed {
            seq: row.int("seq")? as u64,
            act: ActId(row.uuid("act_id")?),
            key: Hash(key.try_into().map_err(|_| nonsense("key_sha"))?),
            at: time(row, "at_ms")?,
            received: time(row, "received_ms")?,
            body: row.text("body")?,
            state: PushState::parse(&state).ok_or_else(|| nonsense("state"))?,
            answer: row.opt_text("answer")?,
        })
    }
}

/// Settles one that waits.
pub fn settled(device: DeviceId, seq: u64, state: PushState, answer: &str, now: Timestamp) -> Statement {
    Statement::new(SETTLED, params![device.0, seq as i64, state.as_str(), answer, now.as_millisecond()])
        .expecting(1)
}

/// One by its number.
pub async fn pushed(store: &Store, device: DeviceId, seq: u64) -> Result<Option<Pushed>, Fault> {
    store.row(BY_SEQ, params![device.0, seq as i64]).await?.as_ref().map(Pushed::read).transpose()
}

/// One by its id.
pub async fn pushed_as(store: &Store, device: DeviceId, act: ActId) -> Result<Option<Pushed>, Fault> {
    store.row(BY_ACT, params![device.0, act.0]).await?.as_ref().map(Pushed::read).transpose()
}

/// The first after a number that waits.
pub async fn next_waiting(store: &Store, device: DeviceId, after: u64) -> Result<Option<Pushed>, Fault> {
    store.row(NEXT_WAITING, params![device.0, after as i64]).await?.as_ref().map(Pushed::read).transpose()
}

/// The newest that need their person: refused, or in conflict.
pub async fn needing_attention(store: &Store, device: DeviceId, limit: u32) -> Result<Vec<Pushed>, Fault> {
    store.rows(UNSETTLED, params![device.0, limit]).await?.iter().map(Pushed::read).collect()
}

const BEGIN: &str = "insert into upload (id, person_id, bytes, sha256, made_ms) values ($1, $2, $3, $4, $5)";
const UPLOAD: &str = "select id, person_id, bytes, sha256, made_ms, done_ms from upload where id = $1";
const UPLOADED: &str = "update upload set done_ms = $2 where id = $1 and done_ms is null";
const STALE: &str = "select id, person_id, bytes, sha256, made_ms, done_ms from upload
    where done_ms is null and made_ms < $1 order by made_ms limit $2";
const DROP: &str = "delete from upload where id = $1 and done_ms is null";

/// Statements about uploads.
pub const UPLOAD_SQL: &[&str] = &[BEGIN, UPLOAD, UPLOADED, STALE, DROP];

/// A picture or paper that comes in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Made by the phone; the attachment's id once it is whole.
    pub id: Uuid,
    /// Whose.
    pub person: PersonId,
    /// Bytes in all.
    pub bytes: u64,
    /// SHA-256 of all bytes as they are sent, in hex, if the phone said it.
    pub sha256: Option<String>,
    /// When it began.
    pub made: Timestamp,
    /// When it was whole and kept.
    pub done: Option<Timestamp>,
}

impl Upload {
    /// What begins it; a duplicate when its id is known.
    pub fn begin(&self) -> Statement {
        let values = params![
            self.id,
            self.person.0,
            self.bytes as i64,
            self.sha256.as_deref(),
            self.made.as_millisecond()
        ];
        Statement::new(BEGIN, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Upload, Fault> {
        Ok(Upload {
            id: row.uuid("id")?,
            person: PersonId(row.uuid("person_id")?),
            bytes: row.int("bytes")? as u64,
            sha256: row.opt_text("sha256")?,
            made: time(row, "made_ms")?,
            done: opt_time(row, "done_ms")?,
        })
    }
}

/// One by its id.
pub async fn upload(store: &Store, id: Uuid) -> Result<Option<Upload>, Fault> {
    store.row(UPLOAD, params![id]).await?.as_ref().map(Upload::read).transpose()
}

/// Says that it is whole and kept.
pub fn uploaded(id: Uuid, now: Timestamp) -> Statement {
    Statement::new(UPLOADED, params![id, now.as_millisecond()])
}

/// Those that were begun before a moment and never ended.
pub async fn stale_uploads(store: &Store, before: Timestamp, limit: u32) -> Result<Vec<Upload>, Fault> {
    store.rows(STALE, params![before.as_millisecond(), limit]).await?.iter().map(Upload::read).collect()
}

/// Gives one up.
pub fn drop_upload(id: Uuid) -> Statement {
    Statement::new(DROP, params![id])
}
