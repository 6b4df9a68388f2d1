//! Timers of those who work alone. A position stands here only while an alarm that the phone gave it for is not over.

use std::sync::LazyLock;

use domain::area::{Ancestors, Level};
use domain::audit::Hash;
use domain::geo::LngLat;
use domain::id::{AreaId, PersonId, TimerId, VisitId};
use domain::safety::{Cause, State, Timer};
use jiff::Timestamp;

use crate::case::{opt_time, time};
use crate::standing::{
    AREAS, areas, insert_sql, known, ms, nonsense, read_areas, read_head, read_point, select_sql, update_sql,
};
use crate::{Fault, Row, Statement, Store, Value, params};

const COLUMNS: &[&str] = &[
    "id",
    "version",
    "head",
    "person_id",
    "city_id",
    "county_id",
    "township_id",
    "community_id",
    "grid_id",
    "visit_id",
    "state",
    "started_ms",
    "until_ms",
    "cause",
    "told",
    "taken_by",
    "safe",
    "alarm_lng",
    "alarm_lat",
    "ended_ms",
    "wake_ms",
];

static INSERT: LazyLock<String> = LazyLock::new(|| insert_sql("safety_timer", COLUMNS));
static UPDATE: LazyLock<String> = LazyLock::new(|| update_sql("safety_timer", COLUMNS));
static ONE: LazyLock<String> = LazyLock::new(|| select_sql("safety_timer", COLUMNS, "where id = $1"));
static OF_PERSON: LazyLock<String> = LazyLock::new(|| {
    select_sql("safety_timer", COLUMNS, "where person_id = $1 order by started_ms desc, id desc limit $2")
});
static ALARMS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of = |level: Level| {
        let rest = format!(
            "where state in ('alarm', 'taken') and {} = $1 order by started_ms, id limit 200",
            AREAS[level.depth()]
        );
        select_sql("safety_timer", COLUMNS, &rest)
    };
    Level::ALL.into_iter().map(of).collect()
});
static WAKING: LazyLock<String> = LazyLock::new(|| {
    select_sql(
        "safety_timer",
        COLUMNS,
        "where wake_ms is not null and wake_ms <= $1 order by wake_ms, id limit $2",
    )
});

const HAS_DESK: &str =
    "select 1 as n from person where role = 'desk' and area_id = $1 and disabled = 0 limit 1";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[HAS_DESK];

/// Statements of this file that are built, to be prepared on both databases by a test.
pub fn built_sql() -> Vec<String> {
    let all = [&INSERT, &UPDATE, &ONE, &OF_PERSON, &WAKING];
    all.into_iter().map(|sql| (**sql).clone()).chain(ALARMS.iter().cloned()).collect()
}

/// A timer.
#[derive(Clone, Debug, PartialEq)]
pub struct TimerRow {
    /// Its id.
    pub id: TimerId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest.
    pub head: Hash,
    /// Whose.
    pub person: PersonId,
    /// In which grid they are.
    pub areas: Ancestors,
    /// For which visit.
    pub visit: Option<VisitId>,
    /// Where it stands.
    pub timer: Timer,
    /// Where the phone said it was, after the alarm.
    pub position: Option<LngLat>,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

impl TimerRow {
    /// Adds it; a duplicate when its id is taken.
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
        let mut values = params![self.id.0, self.version, self.head.0, self.person.0];
        values.extend(areas(&self.areas));
        let (until, cause, told, taken, safe) = match self.timer.state {
            State::Running { until } => (Some(until), None, None, None, None),
            State::Safe => (None, None, None, None, Some(true)),
            State::Alarm { cause, level, until } => (Some(until), Some(cause), Some(level), None, None),
            State::Taken { cause, by } => (None, Some(cause), None, Some(by), None),
            State::Closed { safe } => (None, None, None, None, Some(safe)),
        };
        let position = self.position.filter(|_| self.timer.state.is_open());
        values.extend(params![
            self.visit.map(|it| it.0),
            self.timer.state.as_str(),
            self.timer.started.as_millisecond(),
            ms(until),
            cause.map(Cause::as_str),
            told.map(Level::name),
            taken.map(|it| it.0),
            safe,
            position.map(|it| it.lng),
            position.map(|it| it.lat),
            ms(self.ended),
            ms(self.timer.next().map(|(when, _)| when)),
        ]);
        values
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let state = match row.text("state")?.as_str() {
            "running" => State::Running { until: time(row, "until_ms")? },
            "safe" => State::Safe,
            "alarm" => State::Alarm {
                cause: known(row, "cause", Cause::parse)?,
                level: known(row, "told", |text| text.parse().ok())?,
                until: time(row, "until_ms")?,
            },
            "taken" => State::Taken {
                cause: known(row, "cause", Cause::parse)?,
                by: PersonId(row.uuid("taken_by")?),
            },
            "closed" => State::Closed { safe: row.yes("safe")? },
            _ => return Err(nonsense("state", "it is no state of a timer")),
        };
        Ok(Self {
            id: TimerId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: read_head(row)?,
            person: PersonId(row.uuid("person_id")?),
            areas: read_areas(row)?,
            visit: row.opt_uuid("visit_id")?.map(VisitId),
            timer: Timer { started: time(row, "started_ms")?, state },
            position: read_point(row, "alarm_lng", "alarm_lat")?,
            ended: opt_time(row, "ended_ms")?,
        })
    }
}

/// One timer.
pub async fn one(store: &Store, id: TimerId) -> Result<Option<TimerRow>, Fault> {
    store.row(&ONE, params![id.0]).await?.as_ref().map(TimerRow::read).transpose()
}

/// Timers of a person, the newest first.
pub async fn of_person(store: &Store, person: PersonId, limit: u32) -> Result<Vec<TimerRow>, Fault> {
    store.rows(&OF_PERSON, params![person.0, limit]).await?.iter().map(TimerRow::read).collect()
}

/// Alarms that are not over, in an area of some level; the oldest first, at most 200.
pub async fn alarms(store: &Store, level: Level, area: AreaId) -> Result<Vec<TimerRow>, Fault> {
    store.rows(&ALARMS[level.depth()], params![area.0]).await?.iter().map(TimerRow::read).collect()
}

/// Whether anybody works at the desk of an area.
pub async fn has_desk(store: &Store, area: AreaId) -> Result<bool, Fault> {
    Ok(store.row(HAS_DESK, params![area.0]).await?.is_some())
}

/// Timers whose moment has come.
pub async fn waking(store: &Store, now: Timestamp, limit: u32) -> Result<Vec<TimerRow>, Fault> {
    store.rows(&WAKING, params![now.as_millisecond(), limit]).await?.iter().map(TimerRow::read).collect()
}
