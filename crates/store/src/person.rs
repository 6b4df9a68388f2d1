//! People with an account, and what their sign-in depends on. A password is only ever held as its hash, and the
//! hash only in [`Login`], which tells nobody what it holds. Duties live in `duty`, sessions in `session`.

use std::fmt;

use domain::{
    area::AreaPath,
    id::{AreaId, PersonId, UnitId},
    policy::Role,
};
use jiff::Timestamp;

use crate::{Fault, Row, Statement, Store, Value, params};

const INSERT: &str = "insert into person (id, account, name, role, area_id, unit_id, disabled, created_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE: &str =
    "update person set account = $2, name = $3, role = $4, area_id = $5, unit_id = $6, disabled = $7
    where id = $1";
const BY_ID: &str =
    "select id, account, name, role, area_id, unit_id, disabled, created_ms from person where id = $1";
const BY_ACCOUNT: &str = "select id, account, name, role, area_id, unit_id, disabled, created_ms from person
    where account = $1";
const ALL: &str =
    "select id, account, name, role, area_id, unit_id, disabled, created_ms from person order by account";
const PAGE: &str =
    "select p.id, p.account, p.name, p.role, p.area_id, p.unit_id, p.disabled, p.created_ms from person p
    where p.area_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2)
    and p.account > $3 order by p.account limit $4";
const LOGIN: &str = "select id, password, failures, locked_until_ms, disabled from person where account = $1";
const LOGIN_BY_ID: &str =
    "select id, password, failures, locked_until_ms, disabled from person where id = $1";
// Only as long as nobody else has counted meanwhile.
const FAILED: &str =
    "update person set failures = failures + 1, locked_until_ms = $3 where id = $1 and failures = $2";
// Only as long as the password is still the one that was found right.
const PASSED: &str =
    "update person set failures = 0, locked_until_ms = null where id = $1 and password = $2 and disabled = 0";
const SET_PASSWORD: &str =
    "update person set password = $2, failures = 0, locked_until_ms = null where id = $1 and disabled = 0";
const RELOCK: &str = "update person set password = null, failures = 0, locked_until_ms = null where id = $1";
const ADMINS: &str = "select id, account, name, role, area_id, unit_id, disabled, created_ms from person
    where role = 'admin' and disabled = 0 order by created_ms, account";
const ADMIN_READY: &str =
    "select 1 as yes from person where role = 'admin' and disabled = 0 and password is not null limit 1";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    INSERT,
    UPDATE,
    BY_ID,
    BY_ACCOUNT,
    ALL,
    PAGE,
    LOGIN,
    LOGIN_BY_ID,
    FAILED,
    PASSED,
    SET_PASSWORD,
    RELOCK,
    ADMINS,
    ADMIN_READY,
];

/// Someone with an account: staff, or a partner system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Never given to another.
    pub id: PersonId,
    /// What they sign in with: lower case, unique.
    pub account: String,
    /// As colleagues know them.
    pub name: String,
    /// Their post.
    pub role: Role,
    /// The area they answer for, with everything under it.
    pub area: AreaId,
    /// The unit they work in.
    pub unit: Option<UnitId>,
    /// Can no longer sign in; what they did stays theirs.
    pub disabled: bool,
    /// Since when there is the account.
    pub created: Timestamp,
}

impl Person {
    /// Adds them, without a password. A taken id or account is a `Duplicate`.
    pub fn insert(&self) -> Statement {
        let mut columns = self.columns();
        columns.push(Value::from(self.created.as_millisecond()));
        Statement::new(INSERT, columns).expecting(1)
    }

    /// Changes everything but id, password and day of creation.
    pub fn update(&self) -> Statement {
        Statement::new(UPDATE, self.columns()).expecting(1)
    }

    fn columns(&self) -> Vec<Value> {
        params![
            self.id.0,
            &self.account,
            &self.name,
            self.role.as_str(),
            self.area.0,
            self.unit.map(|it| it.0),
            self.disabled
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: PersonId(row.uuid("id")?),
            account: row.text("account")?,
            name: row.text("name")?,
            role: role(row)?,
            area: AreaId(row.int("area_id")? as u32),
            unit: row.opt_int("unit_id")?.map(|it| UnitId(it as u32)),
            disabled: row.yes("disabled")?,
            created: moment(row.int("created_ms")?, "created_ms")?,
        })
    }
}

/// What a sign-in is decided on.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Whose.
    pub person: PersonId,
    /// argon2id in PHC form; `None` as long as none was set.
    pub password: Option<String>,
    /// Wrong passwords in a row.
    pub failures: u32,
    /// Nothing is tried before this moment.
    pub locked_until: Option<Timestamp>,
    /// The account was closed.
    pub disabled: bool,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("person", &self.person)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

impl Login {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            person: PersonId(row.uuid("id")?),
            password: row.opt_text("password")?,
            failures: row.int("failures")? as u32,
            locked_until: row
                .opt_int("locked_until_ms")?
                .map(|ms| moment(ms, "locked_until_ms"))
                .transpose()?,
            disabled: row.yes("disabled")?,
        })
    }

    /// Counts one more wrong password; a conflict when another was counted since this was read.
    pub fn failed(&self, locked_until: Option<Timestamp>) -> Statement {
        let locked_until = locked_until.map(jiff::Timestamp::as_millisecond);
        Statement::new(FAILED, params![self.person.0, self.failures, locked_until]).expecting(1)
    }

    /// Forgets the wrong ones; a conflict when password or account were changed since this was read.
    pub fn passed(&self) -> Statement {
        Statement::new(PASSED, params![self.person.0, self.password.as_deref()]).expecting(1)
    }
}

/// Sets a password, given as its hash, and forgets wrong ones; a conflict when the account is closed.
pub fn set_password(person: PersonId, hash: &str) -> Statement {
    Statement::new(SET_PASSWORD, params![person.0, hash]).expecting(1)
}

/// Takes the password away: nobody signs in until a new one is set.
pub fn take_password(person: PersonId) -> Statement {
    Statement::new(RELOCK, params![person.0]).expecting(1)
}

/// One person.
pub async fn by_id(store: &Store, id: PersonId) -> Result<Option<Person>, Fault> {
    store.row(BY_ID, params![id.0]).await?.as_ref().map(Person::read).transpose()
}

/// One person by account (lower case).
pub async fn by_account(store: &Store, account: &str) -> Result<Option<Person>, Fault> {
    store.row(BY_ACCOUNT, params![account]).await?.as_ref().map(Person::read).transpose()
}

/// Everybody, by account: some 10,000 in a large city. For imports and the caches of a node.
pub async fn all(store: &Store) -> Result<Vec<Person>, Fault> {
    store.rows(ALL, params![]).await?.iter().map(Person::read).collect()
}

/// The next people of an area and of everything under it, by account; `after` is `""` at the start.
pub async fn page(store: &Store, area: &AreaPath, after: &str, limit: u32) -> Result<Vec<Person>, Fault> {
    let (from, to) = area.range();
    store.rows(PAGE, params![from, to, after, limit]).await?.iter().map(Person::read).collect()
}

/// What a sign-in under this account (lower case) is decided on.
pub async fn login(store: &Store, account: &str) -> Result<Option<Login>, Fault> {
    store.row(LOGIN, params![account]).await?.as_ref().map(Login::read).transpose()
}

/// The same, of a person who is known already.
pub async fn login_of(store: &Store, person: PersonId) -> Result<Option<Login>, Fault> {
    store.row(LOGIN_BY_ID, params![person.0]).await?.as_ref().map(Login::read).transpose()
}

/// Administrators whose account is open, oldest first.
pub async fn admins(store: &Store) -> Result<Vec<Person>, Fault> {
    store.rows(ADMINS, params![]).await?.iter().map(Person::read).collect()
}

/// Is there an administrator who can sign in?
pub async fn an_admin_is_ready(store: &Store) -> Result<bool, Fault> {
    Ok(store.row(ADMIN_READY, params![]).await?.is_some())
}

pub(crate) fn role(row: &Row) -> Result<Role, Fault> {
    let text = row.text("role")?;
    let nonsense = || Fault::Nonsense { what: "column role".into(), why: format!("{text:?} is no role") };
    Role::parse(&text).ok_or_else(nonsense)
}

pub(crate) fn moment(ms: i64, column: &'static str) -> Result<Timestamp, Fault> {
    let nonsense =
        |_| Fault::Nonsense { what: format!("column {column}"), why: format!("{ms} is no moment") };
    Timestamp::from_millisecond(ms).map_err(nonsense)
}
