//! A worker's day in one call: what every room has for their grids, in one order, with reasons; who stands in for whom;
//! what the one before wrote down. Which items there are is each room's own affair; the order is `domain::today`'s.

use std::collections::BTreeMap;

use domain::case::Turn;
use domain::class::Label;
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Scope, Work, WorkAct};
use domain::today::{Item, Kind, Press, put_in_order};
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use store::case::{self, CaseFilter, CaseRow, List, Order, TurnOf};
use store::duty::{self, DutyKind};
use store::scope::ScopeSql;

use crate::hand_over::{self, Note};
use crate::people::system;
use crate::{App, AppError, campaign, dispute, place, work};

/// Most items of one room.
const MOST: u32 = 500;
/// How far ahead the next item is looked for when there is nothing today, in days.
const AHEAD: i64 = 30;
/// What looking at a case on site takes, in minutes, until there is a measure: for the length of the walk alone, never
/// for assessment.
const ON_SITE_MIN: u32 = 10;

/// A day.
#[derive(Clone, Debug)]
pub struct Day {
    /// Which, by the city's calendar.
    pub day: Date,
    /// When this was put together.
    pub at: Timestamp,
    /// The grids that are theirs today, by id.
    pub grids: Vec<Ground>,
    /// What is to be done, in order.
    pub items: Vec<Item>,
    /// How much of each kind, those without any left out.
    pub counts: Vec<(Kind, u32)>,
    /// Of it, late.
    pub n_late: u32,
    /// Of it, soon late or urgent.
    pub n_soon: u32,
    /// What comes next when there is nothing to do today.
    pub next: Option<Item>,
    /// Who has their grids while they are away today.
    pub away: Vec<Ground>,
    /// Notes of hand-over they have not read.
    pub notes: Vec<Note>,
    /// What they did today, by name of the act.
    pub done: BTreeMap<String, u32>,
}

/// A grid and who has to do with it today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The grid.
    pub grid: AreaId,
    /// Whether it is theirs or they stand in.
    pub kind: DutyKind,
    /// Whom they stand in for; while they are away, who stands in for them.
    pub others: Vec<PersonId>,
}

/// The day of whoever asks.
pub async fn of(app: &App, who: &Actor) -> Result<Day, AppError> {
    let absent = AppError::NotFound { what: "day" };
    let person = who.person.ok_or(absent)?;
    let own = Work { whom: Some(person), ..Work::default() };
    work::permit(who, WorkAct::SeeToday, &own, "day")?;
    let (day, at) = (app.people.today(), app.clock.now());
    let (grids, away) = grounds(app, person, day).await?;
    let ids: Vec<AreaId> = grids.iter().map(|it| it.grid).collect();
    let tomorrow = day.saturating_add(Span::new().days(1));
    let who = Actor { grids: ids.iter().copied().collect(), ..who.clone() };
    let mut items = until(app, &who, &ids, tomorrow).await?;
    // Here and not in `until`: each name is a reading on record, and only of today is there a reason to read.
    items.extend(crate::visit::due_in(app, &who, &ids, day).await?);
    put_in_order(&mut items, at);
    let next = if items.is_empty() { next(app, &who, &ids, tomorrow).await? } else { None };
    let counts = Kind::ALL.into_iter().filter_map(|kind| {
        let n = items.iter().filter(|item| item.kind == kind).count() as u32;
        (n > 0).then_some((kind, n))
    });
    let pressing = |press| items.iter().filter(|item| item.press(at) == press).count() as u32;
    Ok(Day {
        day,
        at,
        counts: counts.collect(),
        n_late: pressing(Press::Late),
        n_soon: pressing(Press::Soon),
        next,
        notes: hand_over::unread(app, person, ids.iter().copied()).await?,
        done: done(app, person, &ids, day).await?,
        grids,
        away,
        items,
    })
}

/// Everything open in some grids that falls due within these days, or on no day in particular; what is late is always
/// among it. Rooms that know of no day for their items give them while they are open.
pub(crate) async fn in_grids(
    app: &App,
    who: &Actor,
    grids: &[AreaId],
    from: Date,
    to: Date,
) -> Result<Vec<Item>, AppError> {
    let mut items = until(app, who, grids, to).await?;
    let start = moment(app, from);
    items.retain(|item| item.due.is_none_or(|due| due >= start) || from <= app.people.today());
    Ok(items)
}

/// The same of whatever falls due before a day.
async fn until(app: &App, who: &Actor, grids: &[AreaId], to: Date) -> Result<Vec<Item>, AppError> {
    if grids.is_empty() {
        return Ok(Vec::new());
    }
    let mut items = cases(app, grids, moment(app, to)).await?;
    items.extend(place::due_in(app, who, grids, to.yesterday().unwrap_or(to)).await?);
    items.extend(campaign::due_in(app, grids, to).await?);
    items.extend(dispute::due_in(app, grids, to).await?);
    Ok(items)
}

/// The nearest item of the coming weeks.
async fn next(app: &App, who: &Actor, grids: &[AreaId], from: Date) -> Result<Option<Item>, AppError> {
    let items = until(app, who, grids, from.saturating_add(Span::new().days(AHEAD))).await?;
    Ok(items.into_iter().filter(|it| it.due.is_some()).min_by_key(|it| (it.due, it.id)))
}

/// Cases that wait to be verified or checked by someone who walks there. What falls due later is not for today, but an
/// unverified case is: it waits for nobody else.
async fn cases(app: &App, grids: &[AreaId], before: Timestamp) -> Result<Vec<Item>, AppError> {
    let filter = CaseFilter { turn: Some(TurnOf::Grids(grids.to_vec())), ..CaseFilter::default() };
    let everything = system(AreaId(0));
    let scope = ScopeSql::new(Scope::of(&everything), everything.level);
    let list = List { filter: &filter, scope: &scope, order: Order::Due, after: None, limit: MOST };
    let (rows, _) = case::list(&app.store, list).await?;
    let due = |row: &CaseRow| row.due.is_none_or(|due| due.at < before);
    Ok(rows.iter().filter(|row| due(row)).filter_map(|row| case_item(app, row)).collect())
}

fn case_item(app: &App, row: &CaseRow) -> Option<Item> {
    let city = app.city();
    let title = row.class.as_ref().and_then(|code| city.class(code)).map(|class| class.name.clone());
    let is_check = row.turn == Turn::Check.as_str();
    let reason = match (is_check, row.reworks > 0) {
        (true, false) => Label::new("办结待核查", "done, to be checked"),
        (true, true) => Label::new("返工后待核查", "done again, to be checked"),
        (false, _) => Label::new("上报待核实", "reported, to be verified"),
    };
    Some(Item {
        kind: Kind::Case,
        id: row.id.0,
        grid: row.areas.grid?,
        title: title.unwrap_or_else(|| Label::new("未分类上报", "a report without a class")),
        place: row.place.clone(),
        point: row.point,
        due: row.due.map(|due| due.at),
        minutes: ON_SITE_MIN,
        reason,
        urgent: row.urgency.is_some_and(|it| it > domain::case::Urgency::Ordinary),
    })
}

/// The grids someone has today with whom they stand in for, and those they are away from with who stands in.
async fn grounds(app: &App, person: PersonId, day: Date) -> Result<(Vec<Ground>, Vec<Ground>), AppError> {
    let own = duty::of_person(&app.store, person, day).await?;
    let mut ids: Vec<AreaId> = own.iter().filter(|it| it.holds_on(day)).map(|it| it.grid).collect();
    ids.sort_unstable();
    ids.dedup();
    let (mut here, mut away) = (Vec::new(), Vec::new());
    for grid in ids {
        let all = duty::of_grid(&app.store, grid, day).await?;
        let of = |kind: DutyKind| all.iter().filter(move |it| it.kind == kind && it.holds_on(day));
        let is_away = of(DutyKind::Leave).any(|it| it.person == person);
        if is_away {
            let others = of(DutyKind::Substitute).map(|it| it.person).filter(|it| *it != person).collect();
            away.push(Ground { grid, kind: DutyKind::Leave, others });
            continue;
        }
        let is_main = of(DutyKind::Main).any(|it| it.person == person);
        let kind = if is_main { DutyKind::Main } else { DutyKind::Substitute };
        let others = match kind {
            DutyKind::Substitute => of(DutyKind::Leave).map(|it| it.person).collect(),
            _ => Vec::new(),
        };
        here.push(Ground { grid, kind, others });
    }
    Ok((here, away))
}

/// What someone did today in their grids, by name of the act.
async fn done(
    app: &App,
    person: PersonId,
    grids: &[AreaId],
    day: Date,
) -> Result<BTreeMap<String, u32>, AppError> {
    let mut counts = BTreeMap::new();
    for act in case::acts_since(&app.store, grids, person, moment(app, day)).await? {
        *counts.entry(act).or_default() += 1;
    }
    Ok(counts)
}

/// The first moment of a day in the city.
pub(crate) fn moment(app: &App, day: Date) -> Timestamp {
    app.city().zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}
