//! Visits, planned and made, with where a search for someone stands. What was seen is not here: it stands sealed in the
//! record. Warnings of the weather service, which move visits, are at the end.

use std::sync::LazyLock;

use domain::area::{Ancestors, Level};
use domain::audit::Hash;
use domain::geo::LngLat;
use domain::id::{AreaId, CareId, PersonId, VisitId, WarningId};
use domain::visit::{Found, Peril, PlanReason, Rung, State, Visit, Warning, WarningLevel, Ways};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::case::{opt_time, time};
use crate::standing::{
    areas, day, insert_sql, joined, known, ms, nonsense, opt_known, places, read_areas, read_head,
    read_point, select_sql, update_sql,
};
use crate::{Fault, Row, Statement, Store, Value, params};

const COLUMNS: &[&str] = &[
    "id",
    "version",
    "head",
    "care_id",
    "city_id",
    "county_id",
    "township_id",
    "community_id",
    "grid_id",
    "state",
    "due_day",
    "slack",
    "because",
    "urgent",
    "lng",
    "lat",
    "rung",
    "until_ms",
    "told",
    "neighbour",
    "kin",
    "pressing",
    "reminded",
    "found",
    "person_id",
    "minutes",
    "made_ms",
    "ended_ms",
    "wake_ms",
];

static INSERT: LazyLock<String> = LazyLock::new(|| insert_sql("visit", COLUMNS));
static UPDATE: LazyLock<String> = LazyLock::new(|| update_sql("visit", COLUMNS));
static ONE: LazyLock<String> = LazyLock::new(|| select_sql("visit", COLUMNS, "where id = $1"));
static OPEN_OF: LazyLock<String> = LazyLock::new(|| {
    select_sql("visit", COLUMNS, "where care_id = $1 and state in ('planned', 'searching')")
});
static OF_CARE: LazyLock<String> = LazyLock::new(|| {
    select_sql("visit", COLUMNS, "where care_id = $1 order by made_ms desc, id desc limit $2")
});
static WAKING: LazyLock<String> = LazyLock::new(|| {
    select_sql("visit", COLUMNS, "where wake_ms is not null and wake_ms <= $1 order by wake_ms, id limit $2")
});
static SEARCHED_IN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of = |level: Level| {
        let column = crate::standing::AREAS[level.depth()];
        let rest = format!(
            "where state = 'searching' and rung in ('desk', 'welfare_check') and {column} = $1 order by until_ms, id limit $2"
        );
        select_sql("visit", COLUMNS, &rest)
    };
    Level::ALL.into_iter().map(of).collect()
});
static WARM: LazyLock<String> = LazyLock::new(|| {
    select_sql(
        "visit",
        COLUMNS,
        "where state = 'planned' and $1 in (city_id, county_id, township_id, community_id, grid_id) and id > $2 order by id limit $3",
    )
});

const FORGET_PLACES: &str = "update visit set lng = null, lat = null, because = '' where care_id = $1";
const WARN: &str =
    "insert into weather_warning (id, area_id, peril, level, from_day, to_day, person_id, made_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const LIFT: &str = "update weather_warning set ended_ms = $2 where id = $1 and ended_ms is null";
const WARNING: &str =
    "select id, area_id, peril, level, from_day, to_day, ended_ms from weather_warning where id = $1";
const WARNINGS: &str = "select id, area_id, peril, level, from_day, to_day, ended_ms from weather_warning
    where to_day >= $1 and ended_ms is null order by from_day, id limit 500";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[FORGET_PLACES, WARN, LIFT, WARNING, WARNINGS];

/// Statements of this file that are built.
pub fn built_sql() -> Vec<String> {
    let all = [&INSERT, &UPDATE, &ONE, &OPEN_OF, &OF_CARE, &WAKING, &WARM];
    let fixed = all.into_iter().map(|sql| (**sql).clone());
    fixed.chain(SEARCHED_IN.iter().cloned()).chain([due_sql(2)]).collect()
}

/// A visit.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitRow {
    /// Its id.
    pub id: VisitId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest.
    pub head: Hash,
    /// To whom.
    pub care: CareId,
    /// Where.
    pub areas: Ancestors,
    /// Where it stands, due day and reminder.
    pub visit: Visit,
    /// Days it may come before it is due.
    pub slack: u16,
    /// Why it is due when it is.
    pub because: Vec<PlanReason>,
    /// Goes before others.
    pub urgent: bool,
    /// About where, rounded to some 100 m.
    pub near: Option<LngLat>,
    /// Who there is to be asked when nobody is reached.
    pub ways: Ways,
    /// Who made it, or said that nobody was reached.
    pub person: Option<PersonId>,
    /// How long it took.
    pub minutes: Option<u16>,
    /// When it was planned.
    pub made: Timestamp,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// When the platform must look again.
    pub wake: Option<Timestamp>,
}

impl VisitRow {
    /// Adds it; a duplicate when its id is taken, or its entry has an open visit.
    pub fn insert(&self) -> Statement {
        Statement::new(INSERT.as_str(), self.values()).expecting(1)
    }

    /// Writes it on top of the version it was decided on; a conflict when another was faster.
    pub fn save(&self, on: u32) -> Statement {
        let mut values = self.values();
        values.push(on.into());
        Statement::new(UPDATE.as_str(), values).expecting(1)
    }

    /// The grid.
    pub fn grid(&self) -> AreaId {
        self.areas.grid.unwrap_or(AreaId(0))
    }

    fn values(&self) -> Vec<Value> {
        let mut values = params![self.id.0, self.version, self.head.0, self.care.0];
        values.extend(areas(&self.areas));
        let (rung, until, told) = match self.visit.state {
            State::Searching { rung, until, told } => {
                (Some(rung.as_str()), Some(until), told.map(Level::name))
            }
            _ => (None, None, None),
        };
        let found = match self.visit.state {
            State::Found(found) => Some(found.as_str()),
            _ => None,
        };
        values.extend(params![
            self.visit.state.as_str(),
            self.visit.due.to_string(),
            self.slack,
            joined(self.because.iter().map(|it| it.as_str())),
            self.urgent,
            self.near.map(|near| near.lng),
            self.near.map(|near| near.lat),
            rung,
            ms(until),
            told,
            self.ways.neighbour,
            self.ways.kin,
            self.ways.pressing,
            self.visit.reminded,
            found,
            self.person.map(|it| it.0),
            self.minutes,
            self.made.as_millisecond(),
            ms(self.ended),
            ms(self.wake),
        ]);
        values
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let because = row.text("because")?;
        let because = because.split(',').filter(|it| !it.is_empty()).map(PlanReason::parse);
        let because = because.collect::<Option<Vec<_>>>();
        Ok(Self {
            id: VisitId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: read_head(row)?,
            care: CareId(row.uuid("care_id")?),
            areas: read_areas(row)?,
            visit: Visit { state: state(row)?, due: day(row, "due_day")?, reminded: row.yes("reminded")? },
            slack: row.int("slack")? as u16,
            because: because.ok_or_else(|| nonsense("because", "it is no word of its list"))?,
            urgent: row.yes("urgent")?,
            near: read_point(row, "lng", "lat")?,
            ways: Ways {
                neighbour: row.yes("neighbour")?,
                kin: row.yes("kin")?,
                pressing: row.yes("pressing")?,
            },
            person: row.opt_uuid("person_id")?.map(PersonId),
            minutes: row.opt_int("minutes")?.map(|it| it as u16),
            made: time(row, "made_ms")?,
            ended: opt_time(row, "ended_ms")?,
            wake: opt_time(row, "wake_ms")?,
        })
    }
}

fn state(row: &Row) -> Result<State, Fault> {
    Ok(match row.text("state")?.as_str() {
        "planned" => State::Planned,
        "searching" => State::Searching {
            rung: known(row, "rung", Rung::parse)?,
            until: time(row, "until_ms")?,
            told: opt_known(row, "told", |text| text.parse().ok())?,
        },
        "done" => State::Done,
        "refused" => State::Refused,
        "found" => State::Found(known(row, "found", Found::parse)?),
        "dropped" => State::Dropped,
        _ => return Err(nonsense("state", "it is no state of a visit")),
    })
}

/// One visit.
pub async fn one(store: &Store, id: VisitId) -> Result<Option<VisitRow>, Fault> {
    store.row(&ONE, params![id.0]).await?.as_ref().map(VisitRow::read).transpose()
}

/// The open visit of an entry.
pub async fn open_of(store: &Store, care: CareId) -> Result<Option<VisitRow>, Fault> {
    store.row(&OPEN_OF, params![care.0]).await?.as_ref().map(VisitRow::read).transpose()
}

/// Visits of an entry, the newest first.
pub async fn of_care(store: &Store, care: CareId, limit: u32) -> Result<Vec<VisitRow>, Fault> {
    store.rows(&OF_CARE, params![care.0, limit]).await?.iter().map(VisitRow::read).collect()
}

/// Open visits in some grids that are due by a day, by due day; at most `limit`.
pub async fn due(store: &Store, grids: &[AreaId], by: Date, limit: u32) -> Result<Vec<VisitRow>, Fault> {
    if grids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![by.to_string()];
    values.extend(grids.iter().map(|grid| Value::from(grid.0)));
    let sql = format!("{} limit {limit}", due_sql(grids.len()));
    store.rows(&sql, values).await?.iter().map(VisitRow::read).collect()
}

fn due_sql(n: usize) -> String {
    let rest = format!(
        "where state in ('planned', 'searching') and due_day <= $1 and grid_id in ({}) order by due_day, id",
        places(2, n)
    );
    select_sql("visit", COLUMNS, &rest)
}

/// Searches that have come to the desk, in an area of some level; the most pressing first.
pub async fn searched_in(
    store: &Store,
    level: Level,
    area: AreaId,
    limit: u32,
) -> Result<Vec<VisitRow>, Fault> {
    store
        .rows(&SEARCHED_IN[level.depth()], params![area.0, limit])
        .await?
        .iter()
        .map(VisitRow::read)
        .collect()
}

/// Planned visits in an area of any level, by id after one.
pub async fn planned_in(
    store: &Store,
    area: AreaId,
    after: VisitId,
    limit: u32,
) -> Result<Vec<VisitRow>, Fault> {
    store.rows(&WARM, params![area.0, after.0, limit]).await?.iter().map(VisitRow::read).collect()
}

/// Forgets where visits of an entry were and why they were due: the entry is no more.
pub fn forget_places(care: CareId) -> Statement {
    Statement::new(FORGET_PLACES, params![care.0])
}

/// Visits whose moment has come.
pub async fn waking(store: &Store, now: Timestamp, limit: u32) -> Result<Vec<VisitRow>, Fault> {
    store.rows(&WAKING, params![now.as_millisecond(), limit]).await?.iter().map(VisitRow::read).collect()
}

/// A warning of the weather service, for an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningRow {
    /// Its id.
    pub id: WarningId,
    /// For this area and everything under it.
    pub area: AreaId,
    /// What it says.
    pub warning: Warning,
    /// When it was lifted early.
    pub ended: Option<Timestamp>,
}

impl WarningRow {
    /// Adds it; a duplicate when its id is taken.
    pub fn insert(&self, by: Option<PersonId>, now: Timestamp) -> Statement {
        let it = &self.warning;
        let values = params![
            self.id.0,
            self.area.0,
            it.peril.as_str(),
            it.level.as_str(),
            it.from.to_string(),
            it.to.to_string(),
            by.map(|it| it.0),
            now.as_millisecond()
        ];
        Statement::new(WARN, values).expecting(1)
    }

    /// Lifts it early; a conflict when it was.
    pub fn lift(&self, now: Timestamp) -> Statement {
        Statement::new(LIFT, params![self.id.0, now.as_millisecond()]).expecting(1)
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: WarningId(row.uuid("id")?),
            area: AreaId(row.int("area_id")? as u32),
            warning: Warning {
                peril: known(row, "peril", Peril::parse)?,
                level: known(row, "level", WarningLevel::parse)?,
                from: day(row, "from_day")?,
                to: day(row, "to_day")?,
            },
            ended: opt_time(row, "ended_ms")?,
        })
    }
}

/// One warning.
pub async fn warning(store: &Store, id: WarningId) -> Result<Option<WarningRow>, Fault> {
    store.row(WARNING, params![id.0]).await?.as_ref().map(WarningRow::read).transpose()
}

/// Warnings that are not over on a day, wherever; at most 500.
pub async fn warnings(store: &Store, today: Date) -> Result<Vec<WarningRow>, Fault> {
    store.rows(WARNINGS, params![today.to_string()]).await?.iter().map(WarningRow::read).collect()
}
