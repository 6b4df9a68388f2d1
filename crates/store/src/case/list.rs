//! Lists of cases, counts, loads of areas, neighbours of a new report, and cases whose time has come.

use super::filter::{Cursor, Order, Where, area_column};
use super::row::{COLUMNS, values};
use super::write::share_values;
use super::{CaseFilter, CaseRow};
use crate::scope::ScopeSql;
use crate::{Fault, Store, Value, params};
use domain::area::Level;
use domain::audit::Hash;
use domain::case::Case;
use domain::id::{AreaId, CaseId, PersonId, UnitId};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::LazyLock;

static SELECTED: LazyLock<String> = LazyLock::new(|| {
    let columns: Vec<String> = COLUMNS.iter().map(|column| format!("c.{column}")).collect();
    columns.join(", ")
});
static ONE: LazyLock<String> = LazyLock::new(|| format!("select {} from cases c where c.id = $1", *SELECTED));
static NEAR: LazyLock<String> = LazyLock::new(|| {
    format!(
        "select {} from cases c where c.grid_id = $1 and c.reported_ms >= $2 order by c.reported_ms desc limit $3",
        *SELECTED
    )
});
const OF_TAIL: &str =
    "select id from cases where substr(id, 13) in ($1, $2, $3, $4) order by id desc limit 20";
const OF_TAIL_PG: &str =
    "select id from cases where substr(uuid_send(id), 13) in ($1, $2, $3, $4) order by id desc limit 20";
const SHARES: &str = "select unit_id, lead, state, due_ms from share
    where case_id = $1 and state <> 'over' order by unit_id";
const WAKING: &str = "select id from cases where wake_ms <= $1 order by wake_ms limit $2";
/// Rows after which a count says "at least".
pub const COUNT_CAP: i64 = 10_000;
/// Sort key of cases without a running clock.
const NO_DUE: i64 = i64::MAX;

const UNITS: &str = "select unit_id from share where case_id = $1 and state <> 'over' order by unit_id";

pub(super) fn sql() -> Vec<String> {
    vec![UNITS.to_owned(), ONE.clone(), NEAR.clone(), SHARES.to_owned(), WAKING.to_owned()]
}

/// What a list is asked.
#[derive(Clone, Copy)]
pub struct List<'a> {
    /// Conditions.
    pub filter: &'a CaseFilter,
    /// What the person may see.
    pub scope: &'a ScopeSql,
    /// In which order.
    pub order: Order,
    /// Where to go on; `None` from the start.
    pub after: Option<Cursor>,
    /// At most so many rows.
    pub limit: u32,
}

/// Every column of a row, over the alias `c`.
pub(crate) fn selected() -> &'static str {
    &SELECTED
}

/// One case's row.
pub async fn one(store: &Store, id: CaseId) -> Result<Option<CaseRow>, Fault> {
    store.row(&ONE, params![id.0]).await?.map(|row| CaseRow::read(&row)).transpose()
}

/// Units with a share of a case that is not over.
pub async fn units(store: &Store, case: CaseId) -> Result<Vec<UnitId>, Fault> {
    let rows = store.rows(UNITS, params![case.0]).await?;
    rows.iter().map(|row| Ok(UnitId(row.int("unit_id")? as u32))).collect()
}

/// Co-units of several cases; cases without any are left out.
pub async fn co_units(store: &Store, cases: &[CaseId]) -> Result<HashMap<CaseId, Vec<UnitId>>, Fault> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let mut conditions = Where::new();
    conditions.any_of("s.case_id", cases.iter().map(|id| id.0));
    conditions.and("s.lead = 0 and s.state <> 'over'");
    let sql =
        format!("select s.case_id, s.unit_id from share s where {} order by s.unit_id", conditions.sql());
    let mut found: HashMap<CaseId, Vec<UnitId>> = HashMap::new();
    for row in store.rows(&sql, conditions.params).await? {
        found.entry(CaseId(row.uuid("case_id")?)).or_default().push(UnitId(row.int("unit_id")? as u32));
    }
    Ok(found)
}

/// The next rows, and where to go on when there are more.
pub async fn list(store: &Store, list: List<'_>) -> Result<(Vec<CaseRow>, Option<Cursor>), Fault> {
    let mut conditions = conditions(list.filter, list.scope);
    let (key, order) = match list.order {
        Order::Due => (format!("coalesce(c.due_ms, {NO_DUE})"), "asc"),
        Order::Newest => ("c.reported_ms".to_owned(), "desc"),
    };
    if let Some(after) = list.after {
        let sign = if list.order == Order::Due { ">" } else { "<" };
        let (at, id) = (conditions.bind(after.key_ms), conditions.bind(after.id.0));
        conditions.and(format!("({key}, c.id) {sign} ({at}, {id})"));
    }
    let limit = conditions.bind(list.limit + 1);
    let sql = format!(
        "select {} from cases c where {} order by {key} {order}, c.id {order} limit {limit}",
        *SELECTED,
        conditions.sql()
    );
    let rows = store.rows(&sql, conditions.params).await?;
    let mut rows: Vec<CaseRow> = rows.iter().map(CaseRow::read).collect::<Result<_, _>>()?;
    let more = rows.len() > list.limit as usize;
    rows.truncate(list.limit as usize);
    let next = rows.last().filter(|_| more).map(|last| Cursor {
        key_ms: match list.order {
            Order::Due => last.due.map_or(NO_DUE, |due| due.at.as_millisecond()),
            Order::Newest => last.reported_at.as_millisecond(),
        },
        id: last.id,
    });
    Ok((rows, next))
}

/// The newest cases whose ids end so, at most twenty.
pub async fn of_tail(store: &Store, tails: [[u8; 4]; 4]) -> Result<Vec<CaseId>, Fault> {
    let sql = store.dialect().pick(OF_TAIL, OF_TAIL_PG);
    let rows = store.rows(sql, tails.map(|tail| tail.to_vec().into()).into()).await?;
    rows.iter().map(|row| row.uuid("id").map(CaseId)).collect()
}

/// How many cases there are, counting no further than [`COUNT_CAP`].
pub async fn count(store: &Store, filter: &CaseFilter, scope: &ScopeSql) -> Result<i64, Fault> {
    let conditions = conditions(filter, scope);
    let sql = format!(
        "select count(*) as n from (select 1 as one from cases c where {} limit {COUNT_CAP}) as counted",
        conditions.sql()
    );
    let row = store.row(&sql, conditions.params).await?;
    row.map_or(Ok(0), |row| row.int("n"))
}

/// Open cases of one area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AreaLoad {
    /// The area.
    pub area: AreaId,
    /// Not closed.
    pub open: u32,
    /// Of these, with a running clock that is over.
    pub overdue: u32,
}

/// Open and overdue cases of each area of a level, as far as the person may see; areas without any are left out.
pub async fn area_loads(
    store: &Store,
    filter: &CaseFilter,
    scope: &ScopeSql,
    level: Level,
    now: Timestamp,
) -> Result<Vec<AreaLoad>, Fault> {
    let mut conditions = conditions(filter, scope);
    let now = conditions.bind(now.as_millisecond());
    conditions.and("c.state <> 'closed'");
    let column = area_column(level);
    let sql = format!(
        "select {column} as area, count(*) as open, sum(case when c.due_ms < {now} then 1 else 0 end) as overdue
         from cases c where {} and {column} is not null group by {column} order by {column}",
        conditions.sql()
    );
    let rows = store.rows(&sql, conditions.params).await?;
    rows.iter()
        .map(|row| {
            let (open, overdue) = (row.int("open")? as u32, row.int("overdue")? as u32);
            Ok(AreaLoad { area: AreaId(row.int("area")? as u32), open, overdue })
        })
        .collect()
}

/// Where and when to look for neighbours of a report.
#[derive(Clone, Debug)]
pub struct Near {
    /// Grids that the circle touches.
    pub grids: Vec<AreaId>,
    /// Reported since.
    pub since: Timestamp,
    /// At most so many of each grid, newest first.
    pub limit: u32,
}

/// Cases near a report, newest first: candidates, to be scored by those who know how.
pub async fn near(store: &Store, near: &Near) -> Result<Vec<CaseRow>, Fault> {
    let mut found = Vec::new();
    for grid in &near.grids {
        for row in store.rows(&NEAR, params![grid.0, near.since.as_millisecond(), near.limit]).await? {
            found.push(CaseRow::read(&row)?);
        }
    }
    Ok(found)
}

/// Whether the stored row of a case and the rows of its shares are what `case` gives, column by column.
pub async fn is_row_of(store: &Store, case: &Case, head: Hash) -> Result<bool, Fault> {
    let Some(row) = store.row(&ONE, params![case.id.0]).await? else { return Ok(false) };
    for (at, should) in values(case, head).iter().enumerate() {
        let same = match (row.value(at)?, should) {
            (Value::Bytes(is), Value::Uuid(should)) => is.as_slice() == should.as_bytes(),
            (Value::Int(is), Value::Real(should)) => (*is as f64).total_cmp(should).is_eq(),
            (is, should) => is == should,
        };
        if !same {
            return Ok(false);
        }
    }
    let shares = case.assigned().map(|a| a.shares.as_slice()).unwrap_or_default();
    let mut should: Vec<_> = shares.iter().enumerate().collect();
    should.sort_by_key(|(_, share)| share.unit);
    let stored = store.rows(SHARES, params![case.id.0]).await?;
    if stored.len() != should.len() {
        return Ok(false);
    }
    for (row, (at, share)) in stored.iter().zip(should) {
        for (column, value) in share_values(at, share).iter().enumerate() {
            if row.value(column)? != value {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Cases that the platform must look at by itself at `now`, longest waiting first.
pub async fn waking(store: &Store, now: Timestamp, limit: u32) -> Result<Vec<CaseId>, Fault> {
    let rows = store.rows(WAKING, params![now.as_millisecond(), limit]).await?;
    rows.iter().map(|row| Ok(CaseId(row.uuid("id")?))).collect()
}

fn conditions(filter: &CaseFilter, scope: &ScopeSql) -> Where {
    let mut conditions = Where::new();
    filter.conditions(&mut conditions);
    scope.conditions(&mut conditions);
    conditions
}

/// Names of the acts that someone did since a moment in cases of some grids.
pub async fn acts_since(
    store: &Store,
    grids: &[AreaId],
    person: PersonId,
    since: Timestamp,
) -> Result<Vec<String>, Fault> {
    if grids.is_empty() {
        return Ok(Vec::new());
    }
    let mut conditions = Where::new();
    conditions.any_of("c.grid_id", grids.iter().map(|grid| grid.0));
    let since = conditions.bind(since.as_millisecond());
    // By whom is canonical JSON, and an act's begins with its name.
    let by = conditions.bind(format!("{{\"person\":\"{}\"%", person.0));
    conditions.and(format!("c.last_ms >= {since} and e.at_ms >= {since} and e.by_whom like {by}"));
    let sql = format!(
        "select e.act from cases c join entry e on e.case_id = c.id where {} order by e.seq",
        conditions.sql()
    );
    let rows = store.rows(&sql, conditions.params).await?;
    rows.iter()
        .map(|row| {
            let act = row.text("act")?;
            let name = act.strip_prefix("{\"act\":\"").and_then(|rest| rest.split('"').next());
            Ok(name.unwrap_or_default().to_owned())
        })
        .collect()
}
