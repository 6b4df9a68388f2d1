//! Lists of places, and how many there are and are due. When one is due follows from its kind's plan, which is given.

use domain::area::Level;
use domain::id::{AreaId, PlaceId, UnitId};
use domain::place::{Sort, State};
use domain::policy::PlaceScope;

use super::row::{PlaceRow, SELECTED};
use crate::case::Where;
use crate::{Fault, Store};

/// Days that no place is due on.
const NEVER: i64 = 9_999_999;

/// How often places of a kind are inspected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Code of the kind.
    pub kind: String,
    /// Days after an inspection.
    pub every: u16,
    /// Days after one with something failing.
    pub after_failing: u16,
}

/// Which places a list shows; what is `None` or empty sets no condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Places, or things.
    pub sort: Option<Sort>,
    /// Of these kinds.
    pub kinds: Vec<String>,
    /// In this area of this level.
    pub area: Option<(Level, AreaId)>,
    /// In these grids.
    pub grids: Vec<AreaId>,
    /// In these states; where there are none, those in use.
    pub states: Vec<State>,
    /// Owned by this unit.
    pub owner: Option<UnitId>,
    /// With these words in name, number or address.
    pub words: String,
    /// Due on or before this day.
    pub due_by: Option<i32>,
    /// With something that failed when last inspected.
    pub failing: bool,
    /// West, south, east, north.
    pub within: Option<[f64; 4]>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they were added.
    #[default]
    Added,
    /// The longest due first.
    Due,
}

/// Where a list goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Due day of the last row; 0 in the order of adding.
    pub key: i64,
    /// Its id.
    pub id: PlaceId,
}

/// What a list is asked.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Conditions.
    pub filter: &'a Filter,
    /// What the person sees, its area being of `level`.
    pub scope: (&'a PlaceScope, Level),
    /// The plans of all kinds that have one.
    pub plans: &'a [Plan],
    /// In which order.
    pub order: Order,
    /// Where to go on.
    pub after: Option<Cursor>,
    /// At most so many rows.
    pub limit: u32,
}

/// A place and the day on which it is due, in days since 1970.
pub type Planned = (PlaceRow, Option<i32>);

/// How many there are of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Code of the kind.
    pub kind: String,
    /// In this state.
    pub state: State,
    /// How many.
    pub n: u64,
    /// Of these with something that failed when last inspected.
    pub failing: u64,
    /// Due on that day or before.
    pub due: u64,
    /// Due before that day.
    pub overdue: u64,
}

pub(super) fn sql() -> Vec<String> {
    let plans = [Plan { kind: "school".into(), every: 30, after_failing: 7 }];
    let filter = Filter { words: "x".into(), due_by: Some(1), within: Some([0.0; 4]), ..Filter::default() };
    let everything = PlaceScope::All;
    let ask = List {
        filter: &filter,
        scope: (&everything, Level::City),
        plans: &plans,
        order: Order::Due,
        after: Some(Cursor { key: 0, id: PlaceId(uuid::Uuid::nil()) }),
        limit: 1,
    };
    vec![listing(ask).0, counting(ask, 0).0]
}

/// The next places with their due days, and where to go on when there are more.
pub async fn list(store: &Store, ask: List<'_>) -> Result<(Vec<Planned>, Option<Cursor>), Fault> {
    let (sql, params) = listing(ask);
    let rows = store.rows(&sql, params).await?;
    let read = |row: &crate::Row| {
        let due = row.int("due_day")?;
        Ok::<_, Fault>((PlaceRow::read(row)?, (due < NEVER).then_some(due as i32)))
    };
    let mut rows: Vec<Planned> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let more = rows.len() > ask.limit as usize;
    rows.truncate(ask.limit as usize);
    let next = rows.last().filter(|_| more).map(|(row, due)| Cursor {
        key: if ask.order == Order::Due { due.map_or(NEVER, i64::from) } else { 0 },
        id: row.place.id,
    });
    Ok((rows, next))
}

fn listing(ask: List<'_>) -> (String, Vec<crate::Value>) {
    let mut conditions = Where::new();
    let due = due_day(&mut conditions, ask.plans);
    conditions_of(&mut conditions, ask, &due);
    let key = if ask.order == Order::Due { due.as_str() } else { "0" };
    if let Some(after) = ask.after {
        let (at, id) = (conditions.bind(after.key), conditions.bind(after.id.0));
        conditions.and(match ask.order {
            Order::Added => format!("(cast({at} as bigint) = 0 and p.id > {id})"),
            Order::Due => format!("({key} > {at} or ({key} = {at} and p.id > {id}))"),
        });
    }
    let limit = conditions.bind(ask.limit + 1);
    let order = if ask.order == Order::Due { format!("{key}, p.id") } else { "p.id".to_owned() };
    let sql = format!(
        "select {}, {due} as due_day from place p where {} order by {order} limit {limit}",
        *SELECTED,
        conditions.sql()
    );
    (sql, conditions.params)
}

/// How many there are by kind and state, of those a list would show; due by `today`.
pub async fn count(store: &Store, ask: List<'_>, today: i32) -> Result<Vec<Count>, Fault> {
    let (sql, params) = counting(ask, today);
    let rows = store.rows(&sql, params).await?;
    let read = |row: &crate::Row| {
        let state = row.text("state")?;
        let number = |column| Ok::<_, Fault>(row.int(column)? as u64);
        Ok(Count {
            kind: row.text("kind")?,
            state: State::parse(&state)
                .ok_or_else(|| Fault::Nonsense { what: "column state".into(), why: state.clone() })?,
            n: number("n")?,
            failing: number("failing")?,
            due: number("due")?,
            overdue: number("overdue")?,
        })
    };
    rows.iter().map(read).collect()
}

fn counting(ask: List<'_>, today: i32) -> (String, Vec<crate::Value>) {
    let mut conditions = Where::new();
    let due = due_day(&mut conditions, ask.plans);
    let today = conditions.bind(today);
    conditions_of(&mut conditions, ask, &due);
    let sum = |condition: &str| format!("cast(sum(case when {condition} then 1 else 0 end) as bigint)");
    let sql = format!(
        "select p.kind, p.state, count(*) as n, {} as failing, {} as due, {} as overdue from place p where {}
        group by p.kind, p.state order by p.kind, p.state",
        sum("p.look_failed > 0"),
        sum(&format!("{due} <= {today}")),
        sum(&format!("{due} < {today}")),
        conditions.sql()
    );
    (sql, conditions.params)
}

/// The day on which a place is due, as an expression.
fn due_day(conditions: &mut Where, plans: &[Plan]) -> String {
    if plans.is_empty() {
        return format!("cast({NEVER} as bigint)");
    }
    let mut cases = String::new();
    for plan in plans {
        let kind = conditions.bind(plan.kind.as_str());
        cases += &format!(
            " when p.kind = {kind} then (case when p.look_day is null then p.first_day when p.look_failed > 0 \
             then p.look_day + {} else p.look_day + {} end)",
            plan.after_failing, plan.every
        );
    }
    format!("(case when p.state in ('retired', 'removed') then {NEVER}{cases} else {NEVER} end)")
}

fn conditions_of(to: &mut Where, ask: List<'_>, due: &str) {
    let filter = ask.filter;
    match ask.scope {
        (PlaceScope::All, _) => {}
        (PlaceScope::Area(area), level) => in_area(to, level, *area),
        (PlaceScope::Grids(grids), _) if grids.is_empty() => to.and("1 = 0"),
        (PlaceScope::Grids(grids), _) => to.any_of("p.grid_id", grids.iter().map(|it| it.0)),
    }
    if let Some(sort) = filter.sort {
        let place = to.bind(sort.as_str());
        to.and(format!("p.sort = {place}"));
    }
    to.any_of("p.kind", filter.kinds.iter().map(String::as_str));
    if let Some((level, area)) = filter.area {
        in_area(to, level, area);
    }
    to.any_of("p.grid_id", filter.grids.iter().map(|it| it.0));
    if filter.states.is_empty() {
        to.and("p.state not in ('retired', 'removed')");
    }
    to.any_of("p.state", filter.states.iter().map(|it| it.as_str()));
    if let Some(owner) = filter.owner {
        let place = to.bind(owner.0);
        to.and(format!("p.owner_id = {place}"));
    }
    let words = filter.words.trim();
    if !words.is_empty() {
        let escaped = words.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let place = to.bind(format!("%{escaped}%"));
        let like = |column: &str| format!("p.{column} like {place} escape '!'");
        let any = ["name", "name_en", "number", "address"].map(like);
        to.and(format!("({})", any.join(" or ")));
    }
    if let Some(day) = filter.due_by {
        let place = to.bind(day);
        to.and(format!("{due} <= {place}"));
    }
    if filter.failing {
        to.and("p.look_failed > 0");
    }
    if let Some([west, south, east, north]) = filter.within {
        let (west, south) = (to.bind(west), to.bind(south));
        let (east, north) = (to.bind(east), to.bind(north));
        to.and(format!("p.lng >= {west} and p.lng <= {east} and p.lat >= {south} and p.lat <= {north}"));
    }
}

fn in_area(to: &mut Where, level: Level, area: AreaId) {
    let place = to.bind(area.0);
    let column = match level {
        Level::City => "p.city_id",
        Level::County => "p.county_id",
        Level::Township => "p.township_id",
        Level::Community => "p.community_id",
        Level::Grid => "p.grid_id",
    };
    to.and(format!("{column} = {place}"));
}
