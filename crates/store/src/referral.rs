//! Referrals: to whom a need was handed, its appointment and its result. What was said stands sealed in the record.

use std::sync::LazyLock;

use domain::area::{Ancestors, Level};
use domain::audit::Hash;
use domain::id::{AreaId, CareId, PersonId, ReferralId, UnitId, VisitId};
use domain::referral::{Referral, Reminder, Result as Outcome, Service, State};
use jiff::Timestamp;

use crate::case::{opt_time, time};
use crate::standing::{
    areas, insert_sql, known, ms, nonsense, opt_known, places, read_areas, read_head, select_sql, update_sql,
};
use crate::{Fault, Row, Statement, Store, Value, params};

const COLUMNS: &[&str] = &[
    "id",
    "version",
    "head",
    "care_id",
    "visit_id",
    "city_id",
    "county_id",
    "township_id",
    "community_id",
    "grid_id",
    "service",
    "state",
    "unit_id",
    "person_id",
    "from_id",
    "answer_by_ms",
    "at_ms",
    "result",
    "reminded",
    "told",
    "made_ms",
    "ended_ms",
    "wake_ms",
];

static INSERT: LazyLock<String> = LazyLock::new(|| insert_sql("referral", COLUMNS));
static UPDATE: LazyLock<String> = LazyLock::new(|| update_sql("referral", COLUMNS));
static ONE: LazyLock<String> = LazyLock::new(|| select_sql("referral", COLUMNS, "where id = $1"));
static OF_CARE: LazyLock<String> = LazyLock::new(|| {
    select_sql("referral", COLUMNS, "where care_id = $1 order by made_ms desc, id desc limit 200")
});
static OF_UNIT: LazyLock<String> = LazyLock::new(|| {
    let open = "where unit_id = $1 and (made_ms, id) < ($2, $3) and ($4 = 0 or state in ('open', 'accepted', 'returned'))";
    select_sql("referral", COLUMNS, &format!("{open} order by made_ms desc, id desc limit $5"))
});
static USUAL: LazyLock<String> = LazyLock::new(|| {
    let rest = "where township_id = $1 and service = $2 and state in ('accepted', 'concluded') order by made_ms desc, id desc limit 1";
    select_sql("referral", COLUMNS, rest)
});
static WAKING: LazyLock<String> = LazyLock::new(|| {
    select_sql(
        "referral",
        COLUMNS,
        "where wake_ms is not null and wake_ms <= $1 order by wake_ms, id limit $2",
    )
});

/// Statements of this file that are built, to be prepared on both databases by a test.
pub fn built_sql() -> Vec<String> {
    let all = [&INSERT, &UPDATE, &ONE, &OF_CARE, &OF_UNIT, &USUAL, &WAKING];
    all.into_iter().map(|sql| (**sql).clone()).chain([in_grids_sql(2)]).collect()
}

/// A referral.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferralRow {
    /// Its id.
    pub id: ReferralId,
    /// Acts so far.
    pub version: u32,
    /// Hash of the newest.
    pub head: Hash,
    /// For whom.
    pub care: CareId,
    /// The visit that found the need.
    pub visit: Option<VisitId>,
    /// Where they live.
    pub areas: Ancestors,
    /// What is needed.
    pub service: Service,
    /// Where it stands, who is responsible.
    pub referral: Referral,
    /// Who referred.
    pub from: Option<PersonId>,
    /// By when the unit should answer.
    pub answer_by: Timestamp,
    /// The appointment, which stays when there is a result.
    pub at: Option<Timestamp>,
    /// When it was made.
    pub made: Timestamp,
    /// When it was over.
    pub ended: Option<Timestamp>,
}

impl ReferralRow {
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
        let it = &self.referral;
        let mut values =
            params![self.id.0, self.version, self.head.0, self.care.0, self.visit.map(|visit| visit.0)];
        values.extend(areas(&self.areas));
        let result = match it.state {
            State::Concluded(result) => Some(result.as_str()),
            _ => None,
        };
        values.extend(params![
            self.service.as_str(),
            it.state.as_str(),
            it.unit.0,
            it.person.map(|person| person.0),
            self.from.map(|person| person.0),
            self.answer_by.as_millisecond(),
            ms(self.at),
            result,
            it.reminded.map(Reminder::as_str),
            it.told.map(Level::name),
            self.made.as_millisecond(),
            ms(self.ended),
            ms(it.next().map(|(when, _)| when)),
        ]);
        values
    }

    fn read(row: &Row) -> std::result::Result<Self, Fault> {
        let (answer_by, at) = (time(row, "answer_by_ms")?, opt_time(row, "at_ms")?);
        let state = match row.text("state")?.as_str() {
            "open" => State::Open { answer_by },
            "accepted" => State::Accepted { at: time(row, "at_ms")? },
            "returned" => State::Returned,
            "concluded" => State::Concluded(known(row, "result", Outcome::parse)?),
            "withdrawn" => State::Withdrawn,
            "dropped" => State::Dropped,
            _ => return Err(nonsense("state", "it is no state of a referral")),
        };
        Ok(Self {
            id: ReferralId(row.uuid("id")?),
            version: row.int("version")? as u32,
            head: read_head(row)?,
            care: CareId(row.uuid("care_id")?),
            visit: row.opt_uuid("visit_id")?.map(VisitId),
            areas: read_areas(row)?,
            service: known(row, "service", Service::parse)?,
            referral: Referral {
                state,
                unit: UnitId(row.int("unit_id")? as u32),
                person: row.opt_uuid("person_id")?.map(PersonId),
                reminded: opt_known(row, "reminded", Reminder::parse)?,
                told: opt_known(row, "told", |text| text.parse().ok())?,
            },
            from: row.opt_uuid("from_id")?.map(PersonId),
            answer_by,
            at,
            made: time(row, "made_ms")?,
            ended: opt_time(row, "ended_ms")?,
        })
    }
}

/// One referral.
pub async fn one(store: &Store, id: ReferralId) -> std::result::Result<Option<ReferralRow>, Fault> {
    store.row(&ONE, params![id.0]).await?.as_ref().map(ReferralRow::read).transpose()
}

/// Referrals of an entry, the newest first; at most 200.
pub async fn of_care(store: &Store, care: CareId) -> std::result::Result<Vec<ReferralRow>, Fault> {
    store.rows(&OF_CARE, params![care.0]).await?.iter().map(ReferralRow::read).collect()
}

/// Referrals of a unit, the newest first, before one (by when it was made).
pub async fn of_unit(
    store: &Store,
    unit: UnitId,
    before: Option<(Timestamp, ReferralId)>,
    open_only: bool,
    limit: u32,
) -> std::result::Result<Vec<ReferralRow>, Fault> {
    let (at, id) = before.map_or((i64::MAX, uuid::Uuid::max()), |(at, id)| (at.as_millisecond(), id.0));
    let values = params![unit.0, at, id, i64::from(open_only), limit];
    store.rows(&OF_UNIT, values).await?.iter().map(ReferralRow::read).collect()
}

/// Referrals in some grids, the newest first; open ones only, or all.
pub async fn in_grids(
    store: &Store,
    grids: &[AreaId],
    open_only: bool,
    limit: u32,
) -> std::result::Result<Vec<ReferralRow>, Fault> {
    if grids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = params![i64::from(open_only)];
    values.extend(grids.iter().map(|grid| Value::from(grid.0)));
    let sql = format!("{} limit {limit}", in_grids_sql(grids.len()));
    store.rows(&sql, values).await?.iter().map(ReferralRow::read).collect()
}

fn in_grids_sql(n: usize) -> String {
    let rest = format!(
        "where ($1 = 0 or state in ('open', 'accepted', 'returned')) and grid_id in ({}) order by made_ms desc, id desc",
        places(2, n)
    );
    select_sql("referral", COLUMNS, &rest)
}

/// The unit that last took on such a need in a township.
pub async fn usual_unit(
    store: &Store,
    township: AreaId,
    service: Service,
) -> std::result::Result<Option<UnitId>, Fault> {
    let row = store.row(&USUAL, params![township.0, service.as_str()]).await?;
    row.map(|row| Ok(UnitId(row.int("unit_id")? as u32))).transpose()
}

/// Referrals whose moment has come.
pub async fn waking(
    store: &Store,
    now: Timestamp,
    limit: u32,
) -> std::result::Result<Vec<ReferralRow>, Fault> {
    store.rows(&WAKING, params![now.as_millisecond(), limit]).await?.iter().map(ReferralRow::read).collect()
}
