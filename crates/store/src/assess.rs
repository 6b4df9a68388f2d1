//! Books of days, appeals against scores, and what a book is read from: cases that moved in a day, those that are late,
//! what stood open, and logs up to a moment. What counts is decided above.

use crate::case::{opt_time, time};
use crate::{Fault, Row, Statement, Store, Value, params};
use domain::audit::Hash;
use domain::id::{AppealId, AreaId, PersonId};
use domain::month::Month;
use domain::score::{AppealState, Measure, Remedy};
use jiff::Timestamp;
use jiff::civil::Date;
use std::sync::LazyLock;
use uuid::Uuid;

const MOVED: &str = "select id from cases where last_ms >= $1 and reported_ms < $2";
const LATE: &str = "select id from cases where city_id in ($1, 0) and state <> 'closed' and due_ms < $2
    and last_ms < $3";
const OPEN: &str =
    "select coalesce(c.grid_id, c.community_id, c.township_id, c.county_id, c.desk_id) as area_id,
    c.lead_unit, c.state, c.due_ms from cases c
    where c.city_id in ($1, 0) and c.state <> 'closed' and c.last_ms < $2
    and exists (select 1 from entry e where e.case_id = c.id and e.version = 1 and e.seq <= $3)";
const LAST_SEQ: &str = "select coalesce(max(seq), 0) as seq from entry";
// The class of a case is agreed once, at its filing.
const LIKE: &str = "select id from cases where grid_id = $1 and reported_ms >= $2 and reported_ms < $3
    and class_code = $4 and id <> $5";
// What was erased has lost its end: its record is looked at again, and tells.
const VISITS: &str = "select id from visit where made_ms < $1 and (ended_ms is null or ended_ms >= $2)";
const REFERRALS: &str =
    "select id, grid_id from referral where made_ms < $1 and (ended_ms is null or ended_ms >= $2)";
const PUT_DAY: &str = "insert into assess_day
    (day, until_ms, last_seq, recipe, rules, code, made_ms, n_rows, sha256, body)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const DAYS: &str =
    "select day, until_ms, last_seq, recipe, rules, code, made_ms, n_rows, sha256 from assess_day
    where day >= $1 and day <= $2 order by day";
const BODIES: &str = "select day, body from assess_day where day >= $1 and day <= $2 order by day";
const LAST_DAY: &str = "select max(day) as day from assess_day";
const PUT_APPEAL: &str = "insert into assess_appeal
    (id, version, head, person_id, month, measure, source_id, area_id, state, words, asked_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, 'asked', $9, $10)";
const END_APPEAL: &str =
    "update assess_appeal set version = $3, head = $4, state = $5, remedy = $6, decided_by = $7,
    decided_ms = $8, decision = $9, moved = $10 where id = $1 and version = $2";
const APPEAL: &str =
    "select id, version, head, person_id, month, measure, source_id, area_id, state, remedy, words,
    asked_ms, decided_by, decided_ms, decision, moved from assess_appeal where id = $1";
const OF_PERSON: &str =
    "select id, version, head, person_id, month, measure, source_id, area_id, state, remedy, words,
    asked_ms, decided_by, decided_ms, decision, moved from assess_appeal where person_id = $1
    order by asked_ms desc, id desc limit 500";
const IN_AREA: &str =
    "select a.id, a.version, a.head, a.person_id, a.month, a.measure, a.source_id, a.area_id, a.state,
    a.remedy, a.words, a.asked_ms, a.decided_by, a.decided_ms, a.decision, a.moved from assess_appeal a
    where a.area_id in (select v.area_id from area_version v where v.path >= $1 and v.path < $2)
    and (cast($3 as text) is null or a.state = $3) order by a.asked_ms desc, a.id desc limit 500";
const UPHELD: &str = "select person_id, measure, source_id, month, remedy from assess_appeal
    where state = 'upheld' and month >= $1 and month <= $2 order by person_id, measure, source_id";
const REPORTS: &str = "select reporter_id, id, text, reported_ms from cases
    where channel = 'worker' and reporter_id is not null and reported_ms >= $1 and reported_ms < $2";
const PICTURES: &str = "select sha256, person_id, id, created_ms from attachment
    where person_id is not null and created_ms >= $1 and created_ms < $2 and sha256 in
    (select o.sha256 from attachment o where o.created_ms >= $1 and o.created_ms < $2 group by o.sha256
        having count(*) > 1) order by sha256, created_ms, id";
const MAIN_DUTIES: &str = "select d.person_id, d.grid_id from duty d
    where d.kind = 'main' and d.from_day <= $1 and (d.to_day is null or d.to_day > $1) order by d.id";

/// Cases whose logs are read by one statement.
const AT_ONCE: usize = 128;

static LOGS: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (3..3 + AT_ONCE).map(|n| format!("${n}")).collect();
    format!(
        "select case_id, at_ms, by_whom, act from entry where at_ms < $1 and seq <= $2 and case_id in ({}) \
         order by case_id, version",
        places.join(", ")
    )
});

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    MOVED,
    LATE,
    OPEN,
    LAST_SEQ,
    LIKE,
    VISITS,
    REFERRALS,
    PUT_DAY,
    DAYS,
    BODIES,
    LAST_DAY,
    PUT_APPEAL,
    END_APPEAL,
    APPEAL,
    OF_PERSON,
    IN_AREA,
    UPHELD,
    REPORTS,
    PICTURES,
    MAIN_DUTIES,
];

/// Statements that are built.
pub fn built_sql() -> Vec<String> {
    vec![LOGS.clone()]
}

/// An entry as it stands, to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whose log.
    pub case: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who, canonical JSON.
    pub by: String,
    /// What, canonical JSON.
    pub act: String,
}

/// A case that stands open as it has for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The smallest area known.
    pub area: AreaId,
    /// Whose turn it is mainly.
    pub lead: Option<u32>,
    /// On hold.
    pub held: bool,
    /// The deadline that runs.
    pub due: Option<Timestamp>,
}

/// A kept day, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub day: Date,
    /// The midnight at its end.
    pub until: Timestamp,
    /// Nothing written down after this is in it.
    pub last_seq: i64,
    /// Version of the recipe that held.
    pub recipe: u32,
    /// Rules by which it was made.
    pub rules: u32,
    /// Version of the program.
    pub code: String,
    /// When.
    pub made: Timestamp,
    /// Outcomes.
    pub n_rows: u32,
    /// Hash of everything.
    pub sha256: Hash,
}

/// An appeal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeal {
    /// Which.
    pub id: AppealId,
    /// Number of its newest entry.
    pub version: u32,
    /// Hash of it.
    pub head: Hash,
    /// Whose score.
    pub person: PersonId,
    /// Of which month.
    pub month: Month,
    /// Which line.
    pub measure: Measure,
    /// Which case of it.
    pub source: Option<Uuid>,
    /// The worker's grid.
    pub area: AreaId,
    /// How far it has come.
    pub state: AppealState,
    /// What was done.
    pub remedy: Option<Remedy>,
    /// The worker's words.
    pub words: String,
    /// When it was asked.
    pub asked: Timestamp,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided: Option<Timestamp>,
    /// Why.
    pub decision: Option<String>,
    /// What it touched, JSON.
    pub moved: Option<String>,
}

/// What an upheld appeal mends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upheld {
    /// Whose score.
    pub person: PersonId,
    /// Which line.
    pub measure: Measure,
    /// Which case of it.
    pub source: Option<Uuid>,
    /// Of which month.
    pub month: Month,
    /// How.
    pub remedy: Remedy,
}

/// A report of a worker, for alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who.
    pub person: PersonId,
    /// Which case.
    pub case: Uuid,
    /// In their words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A picture that was stored more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Who stored it.
    pub person: PersonId,
    /// Which attachment.
    pub attachment: Uuid,
}

/// Cases reported before `until` in which anything happened since `since`, now or later.
pub async fn moved(store: &Store, since: Timestamp, until: Timestamp) -> Result<Vec<Uuid>, Fault> {
    ids(store, MOVED, params![since.as_millisecond(), until.as_millisecond()]).await
}

/// Open cases whose deadline passed before `until`, and in which nothing happened since `since`.
pub async fn late(
    store: &Store,
    city: AreaId,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<Uuid>, Fault> {
    ids(store, LATE, params![city.0, until.as_millisecond(), since.as_millisecond()]).await
}

/// Cases of a class in a grid, reported in a time, but this one.
pub async fn alike(
    store: &Store,
    (grid, class): (AreaId, &str),
    (from, until): (Timestamp, Timestamp),
    but: Uuid,
) -> Result<Vec<Uuid>, Fault> {
    let values = params![grid.0, from.as_millisecond(), until.as_millisecond(), class, but];
    ids(store, LIKE, values).await
}

/// Visits planned before `until` that were not over at `since`.
pub async fn visits(store: &Store, since: Timestamp, until: Timestamp) -> Result<Vec<Uuid>, Fault> {
    ids(store, VISITS, params![until.as_millisecond(), since.as_millisecond()]).await
}

/// Referrals made before `until` that were not over at `since`, each with its grid.
pub async fn referrals(
    store: &Store,
    since: Timestamp,
    until: Timestamp,
) -> Result<Vec<(Uuid, AreaId)>, Fault> {
    let read = |row: &Row| Ok((row.uuid("id")?, AreaId(row.int("grid_id")? as u32)));
    let values = params![until.as_millisecond(), since.as_millisecond()];
    store.rows(REFERRALS, values).await?.iter().map(read).collect()
}

async fn ids(store: &Store, sql: &str, values: Vec<Value>) -> Result<Vec<Uuid>, Fault> {
    store.rows(sql, values).await?.iter().map(|row| row.uuid(0)).collect()
}

/// Cases that stood open at `until` and have not moved since; those that have are read from their logs.
pub async fn open(
    store: &Store,
    city: AreaId,
    until: Timestamp,
    last_seq: i64,
) -> Result<Vec<Standing>, Fault> {
    let read = |row: &Row| {
        Ok(Standing {
            area: AreaId(row.int("area_id")? as u32),
            lead: row.opt_int("lead_unit")?.map(|it| it as u32),
            held: row.text("state")? == "held",
            due: opt_time(row, "due_ms")?,
        })
    };
    store.rows(OPEN, params![city.0, until.as_millisecond(), last_seq]).await?.iter().map(read).collect()
}

/// Number of the newest entry.
pub async fn last_seq(store: &Store) -> Result<i64, Fault> {
    store.row(LAST_SEQ, params![]).await?.map_or(Ok(0), |row| row.int("seq"))
}

/// Logs of cases up to a moment and a number, by case and version.
pub async fn logs(
    store: &Store,
    cases: &[Uuid],
    until: Timestamp,
    last_seq: i64,
) -> Result<Vec<Said>, Fault> {
    let mut all = Vec::new();
    for some in cases.chunks(AT_ONCE) {
        let mut values = params![until.as_millisecond(), last_seq];
        // The last is repeated: one text for any number.
        values.extend((0..AT_ONCE).map(|at| Value::from(some[at.min(some.len() - 1)])));
        for row in store.rows(&LOGS, values).await? {
            all.push(Said {
                case: row.uuid(0)?,
                at: time(&row, "at_ms")?,
                by: row.text(2)?,
                act: row.text(3)?,
            });
        }
    }
    Ok(all)
}

impl Day {
    /// Keeps it, with its body. A day that is there already is a `Duplicate`.
    pub fn insert(&self, body: Vec<u8>) -> Statement {
        let values = params![
            self.day.to_string(),
            self.until.as_millisecond(),
            self.last_seq,
            self.recipe,
            self.rules,
            &self.code,
            self.made.as_millisecond(),
            self.n_rows,
            self.sha256.0,
            body
        ];
        Statement::new(PUT_DAY, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Day, Fault> {
        Ok(Day {
            day: day(row, "day")?,
            until: time(row, "until_ms")?,
            last_seq: row.int("last_seq")?,
            recipe: row.int("recipe")? as u32,
            rules: row.int("rules")? as u32,
            code: row.text("code")?,
            made: time(row, "made_ms")?,
            n_rows: row.int("n_rows")? as u32,
            sha256: hash(row, "sha256")?,
        })
    }
}

/// Kept days from one to another, both included.
pub async fn days(store: &Store, from: Date, to: Date) -> Result<Vec<Day>, Fault> {
    store.rows(DAYS, params![from.to_string(), to.to_string()]).await?.iter().map(Day::read).collect()
}

/// Bodies of kept days, in order.
pub async fn bodies(store: &Store, from: Date, to: Date) -> Result<Vec<(Date, Vec<u8>)>, Fault> {
    let read = |row: &Row| Ok((day(row, "day")?, row.bytes("body")?));
    store.rows(BODIES, params![from.to_string(), to.to_string()]).await?.iter().map(read).collect()
}

/// The last kept day.
pub async fn last_day(store: &Store) -> Result<Option<Date>, Fault> {
    let Some(row) = store.row(LAST_DAY, params![]).await? else { return Ok(None) };
    row.opt_text("day")?.map(|_| day(&row, "day")).transpose()
}

impl Appeal {
    /// Asks it.
    pub fn insert(&self) -> Statement {
        let values = params![
            self.id.0,
            self.version,
            self.head.0,
            self.person.0,
            self.month.to_string(),
            self.measure.as_str(),
            self.source,
            self.area.0,
            &self.words,
            self.asked.as_millisecond()
        ];
        Statement::new(PUT_APPEAL, values).expecting(1)
    }

    /// Ends it, if it still is at the version before.
    pub fn end(&self) -> Statement {
        let values = params![
            self.id.0,
            self.version - 1,
            self.version,
            self.head.0,
            self.state.as_str(),
            self.remedy.map(Remedy::as_str),
            self.decided_by.map(|it| it.0),
            self.decided.map(Timestamp::as_millisecond),
            self.decision.as_deref(),
            self.moved.as_deref()
        ];
        Statement::new(END_APPEAL, values).expecting(1)
    }

    fn read(row: &Row) -> Result<Appeal, Fault> {
        Ok(Appeal {
            id: AppealId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: hash(row, "head")?,
            person: PersonId(row.uuid("person_id")?),
            month: month(row)?,
            measure: measure(row)?,
            source: row.opt_uuid("source_id")?,
            area: AreaId(row.int("area_id")? as u32),
            state: word(row, "state", AppealState::parse)?,
            remedy: row.opt_text("remedy")?.and_then(|it| Remedy::parse(&it)),
            words: row.text("words")?,
            asked: time(row, "asked_ms")?,
            decided_by: row.opt_uuid("decided_by")?.map(PersonId),
            decided: opt_time(row, "decided_ms")?,
            decision: row.opt_text("decision")?,
            moved: row.opt_text("moved")?,
        })
    }
}

/// One appeal.
pub async fn appeal(store: &Store, id: AppealId) -> Result<Option<Appeal>, Fault> {
    store.row(APPEAL, params![id.0]).await?.as_ref().map(Appeal::read).transpose()
}

/// Appeals of a person, the newest first; at most 500.
pub async fn appeals_of(store: &Store, person: PersonId) -> Result<Vec<Appeal>, Fault> {
    store.rows(OF_PERSON, params![person.0]).await?.iter().map(Appeal::read).collect()
}

/// Appeals of an area's workers, the newest first; at most 500.
pub async fn appeals_in(
    store: &Store,
    area: &domain::area::AreaPath,
    state: Option<AppealState>,
) -> Result<Vec<Appeal>, Fault> {
    let (from, to) = area.range();
    let values = params![from, to, state.map(AppealState::as_str)];
    store.rows(IN_AREA, values).await?.iter().map(Appeal::read).collect()
}

/// What upheld appeals mend in some months, in a fixed order.
pub async fn upheld(store: &Store, from: Month, to: Month) -> Result<Vec<Upheld>, Fault> {
    let read = |row: &Row| {
        Ok(Upheld {
            person: PersonId(row.uuid("person_id")?),
            measure: measure(row)?,
            source: row.opt_uuid("source_id")?,
            month: month(row)?,
            remedy: word(row, "remedy", Remedy::parse)?,
        })
    };
    store.rows(UPHELD, params![from.to_string(), to.to_string()]).await?.iter().map(read).collect()
}

/// Reports of workers in a time.
pub async fn reports(store: &Store, from: Timestamp, until: Timestamp) -> Result<Vec<Told>, Fault> {
    let read = |row: &Row| {
        Ok(Told {
            person: PersonId(row.uuid("reporter_id")?),
            case: row.uuid("id")?,
            text: row.text("text")?,
            at: time(row, "reported_ms")?,
        })
    };
    let values = params![from.as_millisecond(), until.as_millisecond()];
    store.rows(REPORTS, values).await?.iter().map(read).collect()
}

/// Pictures that were stored more than once in a time, by their bytes.
pub async fn copied(store: &Store, from: Timestamp, until: Timestamp) -> Result<Vec<Copied>, Fault> {
    let read = |row: &Row| {
        Ok(Copied {
            sha256: row.text("sha256")?,
            person: PersonId(row.uuid("person_id")?),
            attachment: row.uuid("id")?,
        })
    };
    let values = params![from.as_millisecond(), until.as_millisecond()];
    store.rows(PICTURES, values).await?.iter().map(read).collect()
}

/// Whose grid is which on a day: main duties, in the order in which they were given.
pub async fn main_duties(store: &Store, on: Date) -> Result<Vec<(PersonId, AreaId)>, Fault> {
    let read = |row: &Row| Ok((PersonId(row.uuid("person_id")?), AreaId(row.int("grid_id")? as u32)));
    store.rows(MAIN_DUTIES, params![on.to_string()]).await?.iter().map(read).collect()
}

fn day(row: &Row, column: &'static str) -> Result<Date, Fault> {
    word(row, column, |text| text.parse().ok())
}

fn month(row: &Row) -> Result<Month, Fault> {
    word(row, "month", |text| text.parse().ok())
}

fn measure(row: &Row) -> Result<Measure, Fault> {
    word(row, "measure", Measure::parse)
}

fn word<T>(row: &Row, column: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    let text = row.text(column)?;
    let why = || format!("{text:?} is not a value it can have");
    read(&text).ok_or_else(|| Fault::Nonsense { what: format!("column {column}"), why: why() })
}

fn hash(row: &Row, column: &'static str) -> Result<Hash, Fault> {
    let bytes = row.bytes(column)?;
    let why = || format!("a hash has 32 bytes, not {}", bytes.len());
    let whole = bytes.as_slice().try_into();
    whole.map(Hash).map_err(|_| Fault::Nonsense { what: format!("column {column}"), why: why() })
}
