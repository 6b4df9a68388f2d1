//! Sessions of browsers, tokens of programs, and one-time set-up links. Of each secret only its SHA-256 is here:
//! whoever reads the table can sign in as nobody. How long they hold and when they end is decided in `app`.

use domain::{
    area::Level,
    id::{AreaId, PersonId, UnitId},
    policy::{Grants, Role},
};
use jiff::Timestamp;

use crate::{
    Fault, Row, Statement, Store, params,
    person::{moment, role},
    unit::level,
};

const INSERT: &str = "insert into session (token_sha, person_id, kind, name, scope, created_ms, expires_ms)
    values ($1, $2, $3, $4, $5, $6, $7)";
const FIND: &str =
    "select s.token_sha, s.person_id, s.kind, s.name as label, s.scope, s.created_ms, s.expires_ms, s.used_ms,
    p.account, p.name, p.role, p.area_id, a.level, p.unit_id
    from session s join person p on p.id = s.person_id join area a on a.id = p.area_id
    where s.token_sha = $1 and s.expires_ms > $2 and p.disabled = 0";
const OF_PERSON: &str =
    "select token_sha, person_id, kind, name as label, scope, created_ms, expires_ms, used_ms from session
    where person_id = $1 and expires_ms > $2 order by created_ms desc, token_sha";
const USED: &str = "update session set used_ms = $2 where token_sha = $1";
const EXTEND: &str = "update session set expires_ms = $2 where token_sha = $1 and expires_ms < $2";
const END: &str = "delete from session where token_sha = $1";
const END_OWN: &str = "delete from session where token_sha = $1 and person_id = $2";
const END_ALL: &str = "delete from session where person_id = $1";
const END_OTHERS: &str = "delete from session where person_id = $1 and token_sha <> $2";
const SWEEP: &str = "delete from session where expires_ms <= $1";
const FIRST_LINK: &str = "insert into meta (key, value) values ('first_start', $1)
    on conflict (key) do update set value = excluded.value";
const FIRST_FIND: &str = "select value from meta where key = 'first_start'";
const FIRST_USE: &str = "delete from meta where key = 'first_start' and value = $1";
const LINK: &str = "insert into setup_link (token_sha, person_id, expires_ms) values ($1, $2, $3)";
const LINK_FIND: &str = "select l.person_id from setup_link l join person p on p.id = l.person_id
    where l.token_sha = $1 and l.expires_ms > $2 and p.disabled = 0";
const LINK_USE: &str = "delete from setup_link where token_sha = $1 and expires_ms > $2";
const LINK_DROP: &str = "delete from setup_link where person_id = $1";
const LINK_SWEEP: &str = "delete from setup_link where expires_ms <= $1";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    INSERT, FIND, OF_PERSON, USED, EXTEND, END, END_OWN, END_ALL, END_OTHERS, SWEEP, LINK, LINK_FIND,
    LINK_USE, LINK_DROP, LINK_SWEEP, FIRST_LINK, FIRST_FIND, FIRST_USE,
];

/// SHA-256 of a secret.
pub type Sha = [u8; 32];

/// Who holds a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A person at a browser.
    Browser,
    /// A program.
    Token,
}

impl SessionKind {
    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Token => "token",
        }
    }
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its token: its key.
    pub sha: Sha,
    /// Whose.
    pub person: PersonId,
    /// Held by a browser or a program.
    pub kind: SessionKind,
    /// What the person calls it.
    pub name: String,
    /// What it may be used for.
    pub grants: Grants,
    /// Since when.
    pub created: Timestamp,
    /// Until when, unless it is extended.
    pub expires: Timestamp,
    /// When it was used lately, to some minutes; `None` while it was not.
    pub used: Option<Timestamp>,
}

impl Session {
    /// Adds it.
    pub fn insert(&self) -> Statement {
        let columns = params![
            self.sha,
            self.person.0,
            self.kind.as_str(),
            &self.name,
            self.grants.text(),
            self.created.as_millisecond(),
            self.expires.as_millisecond()
        ];
        Statement::new(INSERT, columns).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let nonsense = |column: &str, text: &str| Fault::Nonsense {
            what: format!("column {column} of a session"),
            why: format!("{text:?} is unknown"),
        };
        let (kind, grant, sha) = (row.text("kind")?, row.text("scope")?, row.bytes("token_sha")?);
        Ok(Self {
            sha: sha.try_into().map_err(|_| nonsense("token_sha", "its length"))?,
            person: PersonId(row.uuid("person_id")?),
            kind: match kind.as_str() {
                "browser" => SessionKind::Browser,
                "token" => SessionKind::Token,
                _ => return Err(nonsense("kind", &kind)),
            },
            name: row.text("label")?,
            grants: Grants::parse(&grant).ok_or_else(|| nonsense("scope", &grant))?,
            created: moment(row.int("created_ms")?, "created_ms")?,
            expires: moment(row.int("expires_ms")?, "expires_ms")?,
            used: row.opt_int("used_ms")?.map(|ms| moment(ms, "used_ms")).transpose()?,
        })
    }
}

/// A session with the person behind it, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The session.
    pub session: Session,
    /// What they sign in with.
    pub account: String,
    /// As colleagues know them.
    pub name: String,
    /// Their post.
    pub role: Role,
    /// The area they answer for.
    pub area: AreaId,
    /// That area's level.
    pub level: Level,
    /// The unit they work in.
    pub unit: Option<UnitId>,
}

/// The session with this key, if it holds at `now` and the account is open.
pub async fn find(store: &Store, sha: &Sha, now: Timestamp) -> Result<Option<Held>, Fault> {
    let Some(row) = store.row(FIND, params![*sha, now.as_millisecond()]).await? else { return Ok(None) };
    Ok(Some(Held {
        session: Session::read(&row)?,
        account: row.text("account")?,
        name: row.text("name")?,
        role: role(&row)?,
        area: AreaId(row.int("area_id")? as u32),
        level: level(&row, "level")?,
        unit: row.opt_int("unit_id")?.map(|it| UnitId(it as u32)),
    }))
}

/// Sessions of a person that hold at `now`, newest first.
pub async fn of_person(store: &Store, person: PersonId, now: Timestamp) -> Result<Vec<Session>, Fault> {
    store.rows(OF_PERSON, params![person.0, now.as_millisecond()]).await?.iter().map(Session::read).collect()
}

/// Notes that it was used.
pub fn used(sha: &Sha, now: Timestamp) -> Statement {
    Statement::new(USED, params![*sha, now.as_millisecond()])
}

/// Lets it hold until `expires`; never shortens it, never brings an ended one back.
pub fn extend(sha: &Sha, expires: Timestamp) -> Statement {
    Statement::new(EXTEND, params![*sha, expires.as_millisecond()])
}

/// Ends a session; one that is gone already is no matter.
pub fn end(sha: &Sha) -> Statement {
    Statement::new(END, params![*sha])
}

/// Ends a session of this person; a conflict when they have none with this key.
pub fn end_own(sha: &Sha, person: PersonId) -> Statement {
    Statement::new(END_OWN, params![*sha, person.0]).expecting(1)
}

/// Ends every session and token of a person.
pub fn end_all(person: PersonId) -> Statement {
    Statement::new(END_ALL, params![person.0])
}

/// Ends every session and token of a person but one.
pub fn end_others(person: PersonId, but: &Sha) -> Statement {
    Statement::new(END_OTHERS, params![person.0, *but])
}

/// Clears away what expired before `now`: sessions and links.
pub fn sweep(now: Timestamp) -> [Statement; 2] {
    [SWEEP, LINK_SWEEP].map(|sql| Statement::new(sql, params![now.as_millisecond()]))
}

/// Adds a one-time set-up link.
pub fn add_link(sha: &Sha, person: PersonId, expires: Timestamp) -> Statement {
    Statement::new(LINK, params![*sha, person.0, expires.as_millisecond()]).expecting(1)
}

/// Whose link this is, if it holds at `now` and the account is open.
pub async fn link(store: &Store, sha: &Sha, now: Timestamp) -> Result<Option<PersonId>, Fault> {
    let row = store.row(LINK_FIND, params![*sha, now.as_millisecond()]).await?;
    row.map(|row| Ok(PersonId(row.uuid("person_id")?))).transpose()
}

/// Uses a link up; a conflict when it was used or expired meanwhile.
pub fn use_link(sha: &Sha, now: Timestamp) -> Statement {
    Statement::new(LINK_USE, params![*sha, now.as_millisecond()]).expecting(1)
}

/// Drops every link of a person.
pub fn drop_links(person: PersonId) -> Statement {
    Statement::new(LINK_DROP, params![person.0])
}

/// The one link with which the first administrator is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstLink {
    /// SHA-256 of its token.
    pub sha: Sha,
    /// Until when it holds.
    pub expires: Timestamp,
}

impl FirstLink {
    /// Makes it the only one.
    pub fn put(&self) -> Statement {
        Statement::new(FIRST_LINK, params![self.text()]).expecting(1)
    }

    /// Uses it up; a conflict when it was used or replaced meanwhile.
    pub fn used(&self) -> Statement {
        Statement::new(FIRST_USE, params![self.text()]).expecting(1)
    }

    fn text(&self) -> String {
        use std::fmt::Write;
        let hex = self.sha.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _never_fails = write!(hex, "{byte:02x}");
            hex
        });
        format!("{hex} {}", self.expires.as_millisecond())
    }

    /// Back from its text; `None` when it is none.
    fn read(text: &str) -> Option<Self> {
        let (hex, ms) = text.split_once(' ')?;
        let mut sha = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (at, byte) in sha.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self { sha, expires: Timestamp::from_millisecond(ms.parse().ok()?).ok()? })
    }
}

/// The link of the first administrator, if there is one.
pub async fn first_link(store: &Store) -> Result<Option<FirstLink>, Fault> {
    let Some(row) = store.row(FIRST_FIND, params![]).await? else { return Ok(None) };
    Ok(FirstLink::read(&row.text("value")?))
}
