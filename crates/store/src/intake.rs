//! Intakes and the figures in them: what departments hand in, month by month, and what is known of a figure at a moment.
//! A figure counts from the moment its intake is signed; a later one of the same indicator, area and month is its next
//! vintage, numbered from 1. Nothing is overwritten. Whether a figure makes sense is decided above.

use crate::case::{opt_time, time};
use crate::{Batch, Fault, Row, Statement, Store, Value, params};
use domain::area::Level;
use domain::audit::Hash;
use domain::id::{AreaId, IntakeId, PersonId};
use domain::intake::{Figure, State};
use domain::month::Month;
use jiff::Timestamp;
use std::sync::LazyLock;

const INSERT: &str = "insert into index_intake
    (id, key_sha, department, month, state, person_id, note, file_name, file_sha, saved_ms, n_figures, n_changed, n_doubts)
    values ($1, $2, $3, $4, 'saved', $5, $6, $7, $8, $9, $10, $11, $12)";
const VALUE: &str = "insert into index_value
    (intake_id, seq, indicator, area_id, level, month, num, den, value, se, n, remark, z)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const SIGN: &str = "update index_intake set state = 'signed', signed_by = $2, signed_ms = $3
    where id = $1 and state = 'saved'";
const DISCARD: &str = "update index_intake set state = 'discarded', discarded_by = $2, discarded_ms = $3
    where id = $1 and state = 'saved'";
const ONE: &str =
    "select id, key_sha, department, month, state, person_id, note, file_name, file_sha, saved_ms, signed_by, signed_ms,
    discarded_by, discarded_ms, n_figures, n_changed, n_doubts from index_intake where id = $1";
const LIST: &str =
    "select id, key_sha, department, month, state, person_id, note, file_name, file_sha, saved_ms, signed_by, signed_ms,
    discarded_by, discarded_ms, n_figures, n_changed, n_doubts from index_intake
    where (saved_ms, id) < ($1, $2) and (cast($3 as text) is null or department = $3)
    and (cast($4 as text) is null or month = $4) and (cast($5 as text) is null or state = $5)
    order by saved_ms desc, id desc limit $6";
const FIGURES: &str =
    "select seq, indicator, area_id, level, month, num, den, value, se, n, remark, z from index_value
    where intake_id = $1 order by seq";
const ALL_SIGNED: &str = "select id from index_intake where state = 'signed' order by id";
const LAST_SIGNED: &str = "select max(signed_ms) as at_ms from index_intake where signed_ms is not null";
// The newest of each; its number is how many there are, for numbers run from 1 without a gap.
const KNOWN: &str = "select k.* from
    (select v.indicator, v.area_id, v.level, v.month, v.num, v.den, v.value, v.se, v.n, v.remark, v.z,
        v.intake_id, i.department, i.signed_ms,
        row_number() over (partition by v.indicator, v.area_id order by i.signed_ms, i.id) as vintage,
        count(*) over (partition by v.indicator, v.area_id) as last
     from index_value v join index_intake i on i.id = v.intake_id
     where v.month = $1 and v.level = $2 and i.signed_ms <= $3) k
    where k.vintage = k.last order by k.indicator, k.area_id";
// The last month up to one, and of that the newest.
const HELD: &str = "select k.* from
    (select v.indicator, v.area_id, v.level, v.month, v.num, v.den, v.value, v.se, v.n, v.remark, v.z,
        v.intake_id, i.department, i.signed_ms,
        row_number() over (partition by v.area_id order by v.month desc, i.signed_ms desc, i.id desc) as place,
        count(*) over (partition by v.area_id, v.month) as vintage
     from index_value v join index_intake i on i.id = v.intake_id
     where v.indicator = $1 and v.month <= $2 and v.level = $3 and i.signed_ms <= $4) k
    where k.place = 1 order by k.area_id";
// The newest of each month, added up.
const SUMS: &str =
    "select k.area_id, count(k.num) as n_num, count(k.den) as n_den, sum(k.num) as num, sum(k.den) as den
    from (select v.area_id, v.num, v.den,
        row_number() over (partition by v.area_id, v.month order by i.signed_ms desc, i.id desc) as place
     from index_value v join index_intake i on i.id = v.intake_id
     where v.indicator = $1 and v.level = $2 and v.month >= $3 and v.month <= $4 and i.signed_ms <= $5) k
    where k.place = 1 group by k.area_id order by k.area_id";
const VINTAGES: &str =
    "select v.indicator, v.area_id, v.level, v.month, v.num, v.den, v.value, v.se, v.n, v.remark, v.z,
    v.intake_id, i.department, i.signed_ms, row_number() over (order by i.signed_ms, i.id) as vintage
    from index_value v join index_intake i on i.id = v.intake_id
    where v.indicator = $1 and v.area_id = $2 and v.month = $3 and i.signed_ms is not null
    order by i.signed_ms, i.id";
const BOARD: &str = "select f.indicator, count(*) as given,
        sum(case when f.first_ms <= $3 then 1 else 0 end) as on_time,
        sum(f.corrected) as corrected, max(f.first_ms) as first_ms, max(f.last_ms) as last_ms from
    (select v.indicator, v.area_id, min(i.signed_ms) as first_ms, max(i.signed_ms) as last_ms,
        case when min(v.num) < max(v.num) or min(v.den) < max(v.den) or min(v.value) < max(v.value)
            then 1 else 0 end as corrected
     from index_value v join index_intake i on i.id = v.intake_id
     where v.month = $1 and v.level = $2 and i.signed_ms <= $4 group by v.indicator, v.area_id) f
    group by f.indicator order by f.indicator";
const WAITING: &str = "select department, count(*) as n from index_intake
    where month = $1 and state = 'saved' group by department order by department";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[
    INSERT,
    VALUE,
    SIGN,
    DISCARD,
    ONE,
    LIST,
    FIGURES,
    ALL_SIGNED,
    LAST_SIGNED,
    KNOWN,
    HELD,
    SUMS,
    VINTAGES,
    BOARD,
    WAITING,
];

/// Figures written by one statement at most.
const AT_ONCE: usize = 32;
const COLUMNS: usize = 13;

static VALUES: LazyLock<String> = LazyLock::new(|| {
    let head = VALUE.split_once(" values").expect("an insert has values").0;
    let row = |at: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|n| format!("${}", at * COLUMNS + n)).collect();
        format!("({})", places.join(", "))
    };
    format!("{head} values {}", (0..AT_ONCE).map(row).collect::<Vec<_>>().join(", "))
});

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    vec![VALUES.clone()]
}

/// What one department hands in for one month.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// Made by whoever hands in.
    pub id: IntakeId,
    /// SHA-256 of the request, for retries.
    pub key: Hash,
    /// Code of the city's unit, as units have it.
    pub department: String,
    /// The month of its figures.
    pub month: Month,
    /// How far it has come.
    pub state: State,
    /// Who saved it; `None` for the platform itself.
    pub person: Option<PersonId>,
    /// In words.
    pub note: String,
    /// The file it came in.
    pub file: Option<File>,
    /// When it was saved.
    pub saved: Timestamp,
    /// Who signed it, or discarded it; `None` for the platform itself, and as long as nobody has.
    pub ended_by: Option<PersonId>,
    /// From when on its figures count.
    pub signed: Option<Timestamp>,
    /// When it was given up.
    pub discarded: Option<Timestamp>,
    /// How many figures it has.
    pub n_figures: u32,
    /// Of these, how many differed from what was known when it was saved.
    pub n_changed: u32,
    /// Of these, how many were implausible when it was saved, and confirmed.
    pub n_doubts: u32,
}

/// A file that figures came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As whoever sent it calls it.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: Hash,
}

/// A figure as it lies in its intake.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What was handed in.
    pub figure: Figure,
    /// Level of its area.
    pub level: Level,
    /// Distance from the usual in robust deviations, when it was saved; `None` where too little was known.
    pub z: Option<f64>,
}

/// A figure that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What was handed in, with the level of its area.
    pub given: Given,
    /// Its number among those of the same indicator, area and month, from 1.
    pub vintage: u32,
    /// The intake it came in.
    pub intake: IntakeId,
    /// Who handed it in: code of the city's unit.
    pub department: String,
    /// Since when it counts.
    pub signed: Timestamp,
}

/// Counts of one area added up over months.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summed {
    /// Which area.
    pub area: AreaId,
    /// Months with a number of events, and with a denominator.
    pub months: (u32, u32),
    /// Events.
    pub num: f64,
    /// Of how many.
    pub den: f64,
}

/// One indicator's line of the board for one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardLine {
    /// Its code.
    pub indicator: String,
    /// Areas whose figure is known.
    pub given: u32,
    /// Of these, how many were first signed in time.
    pub on_time: u32,
    /// Of these, how many have a vintage with another number.
    pub corrected: u32,
    /// When the last of the first vintages was signed.
    pub first: Timestamp,
    /// When the last of all vintages was signed.
    pub last: Timestamp,
}

/// Which intakes a list shows; `None` sets no condition.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed<'a> {
    /// Of one department.
    pub department: Option<&'a str>,
    /// Of one month.
    pub month: Option<Month>,
    /// In one state.
    pub state: Option<State>,
    /// Those before this one, by when they were saved; `None` for the newest.
    pub before: Option<(Timestamp, IntakeId)>,
}

impl Intake {
    /// Adds what saves it with its figures, in their order. A duplicate when its id is taken.
    pub fn insert(&self, batch: Batch, figures: &[Given]) -> Batch {
        let values = params![
            self.id.0,
            self.key.0,
            self.department.as_str(),
            self.month.to_string(),
            self.person.map(|it| it.0),
            self.note.as_str(),
            self.file.as_ref().map(|it| it.name.as_str()),
            self.file.as_ref().map(|it| it.sha256.0),
            self.saved.as_millisecond(),
            self.n_figures,
            self.n_changed,
            self.n_doubts
        ];
        let batch = batch.guard(INSERT, values);
        let numbered: Vec<(i64, &Given)> = (1..).zip(figures).collect();
        let (many, rest) = numbered.as_chunks::<AT_ONCE>();
        let batch = many.iter().fold(batch, |batch, some| {
            let values = some.iter().flat_map(|(seq, given)| self.columns(*seq, given)).collect();
            batch.with(Statement::new(VALUES.as_str(), values).expecting(AT_ONCE as u64))
        });
        rest.iter().fold(batch, |batch, (seq, given)| batch.guard(VALUE, self.columns(*seq, given)))
    }

    fn columns(&self, seq: i64, given: &Given) -> Vec<Value> {
        let it = &given.figure;
        params![
            self.id.0,
            seq,
            it.indicator.as_str(),
            it.area.0,
            given.level.name(),
            it.month.to_string(),
            it.num,
            it.den,
            it.value,
            it.se,
            it.n,
            it.remark.as_deref(),
            given.z
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let state = row.text("state")?;
        let state = State::parse(&state).ok_or_else(|| nonsense("state", &state))?;
        let file = match (row.opt_text("file_name")?, row.opt_bytes("file_sha")?) {
            (Some(name), Some(sha)) => Some(File { name, sha256: hash("file_sha", &sha)? }),
            _ => None,
        };
        let (signed_by, discarded_by) = (row.opt_uuid("signed_by")?, row.opt_uuid("discarded_by")?);
        Ok(Self {
            id: IntakeId(row.uuid("id")?),
            key: hash("key_sha", &row.bytes("key_sha")?)?,
            department: row.text("department")?,
            month: month(row)?,
            state,
            person: row.opt_uuid("person_id")?.map(PersonId),
            note: row.text("note")?,
            file,
            saved: time(row, "saved_ms")?,
            ended_by: signed_by.or(discarded_by).map(PersonId),
            signed: opt_time(row, "signed_ms")?,
            discarded: opt_time(row, "discarded_ms")?,
            n_figures: row.int("n_figures")? as u32,
            n_changed: row.int("n_changed")? as u32,
            n_doubts: row.int("n_doubts")? as u32,
        })
    }
}

/// Its figures count from `at` on. A conflict when it is not saved any more.
pub fn sign(id: IntakeId, by: Option<PersonId>, at: Timestamp) -> Statement {
    Statement::new(SIGN, params![id.0, by.map(|it| it.0), at.as_millisecond()]).expecting(1)
}

/// It is given up. A conflict when it is not saved any more.
pub fn discard(id: IntakeId, by: Option<PersonId>, at: Timestamp) -> Statement {
    Statement::new(DISCARD, params![id.0, by.map(|it| it.0), at.as_millisecond()]).expecting(1)
}

/// One intake.
pub async fn one(store: &Store, id: IntakeId) -> Result<Option<Intake>, Fault> {
    store.row(ONE, params![id.0]).await?.as_ref().map(Intake::read).transpose()
}

/// The figures of one intake, in its order.
pub async fn figures(store: &Store, id: IntakeId) -> Result<Vec<Given>, Fault> {
    store.rows(FIGURES, params![id.0]).await?.iter().map(given).collect()
}

/// Intakes, those saved last first.
pub async fn list(store: &Store, asked: Listed<'_>, limit: u32) -> Result<Vec<Intake>, Fault> {
    let (saved_ms, id) =
        asked.before.map_or((i64::MAX, uuid::Uuid::max()), |(saved, id)| (saved.as_millisecond(), id.0));
    let month = asked.month.map(|it| it.to_string());
    let values = params![saved_ms, id, asked.department, month, asked.state.map(State::as_str), limit];
    store.rows(LIST, values).await?.iter().map(Intake::read).collect()
}

/// Every intake that is signed.
pub async fn all_signed(store: &Store) -> Result<Vec<IntakeId>, Fault> {
    let rows = store.rows(ALL_SIGNED, params![]).await?;
    rows.iter().map(|row| Ok(IntakeId(row.uuid("id")?))).collect()
}

/// When the last intake was signed: whoever signs after it signs at a later moment, so that what was known at a moment
/// stays what was known then.
pub async fn last_signed(store: &Store) -> Result<Option<Timestamp>, Fault> {
    store.row(LAST_SIGNED, params![]).await?.map_or(Ok(None), |row| opt_time(&row, "at_ms"))
}

/// The newest figure of each indicator and area of one level, for each month from `first` to `last`, as far as signed
/// by `known`: by month, indicator and area.
pub async fn figures_known(
    store: &Store,
    level: Level,
    first: Month,
    last: Month,
    known: Timestamp,
) -> Result<Vec<Known>, Fault> {
    let mut all = Vec::new();
    // Month by month: each read is short, however many there are.
    for month in Month::range(first, last) {
        let values = params![month.to_string(), level.name(), known.as_millisecond()];
        let rows = store.rows(KNOWN, values).await?;
        all.reserve(rows.len());
        for row in &rows {
            all.push(known_of(row)?);
        }
    }
    Ok(all)
}

/// The figure of an indicator that holds in a month, area by area of one level: that of the last month up to it, as far
/// as signed by `known`. Bases are asked for like this: they hold until the next.
pub async fn held(
    store: &Store,
    indicator: &str,
    level: Level,
    month: Month,
    known: Timestamp,
) -> Result<Vec<Known>, Fault> {
    let values = params![indicator, month.to_string(), level.name(), known.as_millisecond()];
    store.rows(HELD, values).await?.iter().map(known_of).collect()
}

/// The counts of an indicator in the areas of one level, added up over the months from `first` to `last`, of each month
/// the newest that was signed by `known`. Areas without any are not among them.
pub async fn sums(
    store: &Store,
    indicator: &str,
    level: Level,
    (first, last): (Month, Month),
    known: Timestamp,
) -> Result<Vec<Summed>, Fault> {
    let values =
        params![indicator, level.name(), first.to_string(), last.to_string(), known.as_millisecond()];
    let read = |row: &Row| {
        Ok(Summed {
            area: AreaId(row.int("area_id")? as u32),
            months: (row.int("n_num")? as u32, row.int("n_den")? as u32),
            num: row.opt_real("num")?.unwrap_or(0.0),
            den: row.opt_real("den")?.unwrap_or(0.0),
        })
    };
    store.rows(SUMS, values).await?.iter().map(read).collect()
}

/// All vintages of one number, the first first.
pub async fn vintages(
    store: &Store,
    indicator: &str,
    area: AreaId,
    month: Month,
) -> Result<Vec<Known>, Fault> {
    let rows = store.rows(VINTAGES, params![indicator, area.0, month.to_string()]).await?;
    rows.iter().map(known_of).collect()
}

/// What is known of each indicator for one month in areas of one level, as far as signed by `known`; `due` is the
/// moment until which figures are on time.
pub async fn board(
    store: &Store,
    level: Level,
    month: Month,
    due: Timestamp,
    known: Timestamp,
) -> Result<Vec<BoardLine>, Fault> {
    let (due, known) = (due.as_millisecond(), known.as_millisecond());
    let rows = store.rows(BOARD, params![month.to_string(), level.name(), due, known]).await?;
    let line = |row: &Row| {
        Ok(BoardLine {
            indicator: row.text("indicator")?,
            given: row.int("given")? as u32,
            on_time: row.int("on_time")? as u32,
            corrected: row.int("corrected")? as u32,
            first: time(row, "first_ms")?,
            last: time(row, "last_ms")?,
        })
    };
    rows.iter().map(line).collect()
}

/// How many intakes of a month each department has saved and not signed.
pub async fn waiting(store: &Store, month: Month) -> Result<Vec<(String, u32)>, Fault> {
    let rows = store.rows(WAITING, params![month.to_string()]).await?;
    rows.iter().map(|row| Ok((row.text("department")?, row.int("n")? as u32))).collect()
}

fn known_of(row: &Row) -> Result<Known, Fault> {
    Ok(Known {
        given: given(row)?,
        vintage: row.int("vintage")? as u32,
        intake: IntakeId(row.uuid("intake_id")?),
        department: row.text("department")?,
        signed: time(row, "signed_ms")?,
    })
}

fn given(row: &Row) -> Result<Given, Fault> {
    let level = row.text("level")?;
    Ok(Given {
        figure: Figure {
            indicator: row.text("indicator")?,
            area: AreaId(row.int("area_id")? as u32),
            month: month(row)?,
            num: row.opt_real("num")?,
            den: row.opt_real("den")?,
            value: row.opt_real("value")?,
            se: row.opt_real("se")?,
            n: row.opt_real("n")?,
            remark: row.opt_text("remark")?,
        },
        level: level.parse().map_err(|_| nonsense("level", &level))?,
        z: row.opt_real("z")?,
    })
}

pub(crate) fn month(row: &Row) -> Result<Month, Fault> {
    let text = row.text("month")?;
    text.parse().map_err(|_| nonsense("month", &text))
}

pub(crate) fn hash(column: &str, bytes: &[u8]) -> Result<Hash, Fault> {
    bytes.try_into().map(Hash).map_err(|_| nonsense(column, "not 32 bytes"))
}

pub(crate) fn nonsense(column: &str, text: &str) -> Fault {
    Fault::Nonsense {
        what: format!("column {column} of the index"),
        why: format!("{text:?} is not a value it can have"),
    }
}
