//! A worker's days ahead: which visits on which day, in walking order, at most so many a day. Names are list readings.

use domain::care::ReadReason;
use domain::geo::LngLat;
use domain::id::{AreaId, CareId, VisitId};
use domain::policy::{Actor, CareAct, CareReach, care_reach};
use domain::visit::{PlanReason, Round, State, Stop, plan_round};
use jiff::ToSpan;
use jiff::civil::Date;
use store::visit::VisitRow;

use crate::care::named_by;
use crate::{App, AppError};

/// What a round is asked.
#[derive(Clone, Copy, Debug)]
pub struct RoundAsked {
    /// Days ahead, today included: 1 to 14.
    pub days: u8,
    /// Most visits of one day: 1 to 20.
    pub at_most: u8,
    /// Where one sets out.
    pub start: Option<LngLat>,
}

/// One day of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundDay {
    /// Which.
    pub day: Date,
    /// In walking order.
    pub stops: Vec<RoundStop>,
    /// Metres as the crow flies.
    pub metres: f64,
}

/// One visit of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundStop {
    /// The visit.
    pub visit: VisitId,
    /// The entry.
    pub entry: CareId,
    /// Their name.
    pub name: String,
    /// Where they live, in words.
    pub address: String,
    /// The grid.
    pub grid: AreaId,
    /// When it is due.
    pub due: Date,
    /// After its day.
    pub late: bool,
    /// Someone is being looked for, or was poor.
    pub urgent: bool,
    /// Why it is due when it is.
    pub because: Vec<PlanReason>,
}

/// The days ahead of a worker: in the grids they have duty in today, on the days that are worked. Gives the days, and how
/// many visits found no room in them.
pub async fn round(app: &App, who: &Actor, asked: RoundAsked) -> Result<(Vec<RoundDay>, usize), AppError> {
    if care_reach(who.role, CareAct::Visit) != CareReach::Grids {
        return Err(AppError::NotTheirs { who: "a worker", what: "have a round planned" });
    }
    if !(1..=14).contains(&asked.days) {
        return Err(AppError::field("?days", "range", "1 to 14 is taken here"));
    }
    if !(1..=20).contains(&asked.at_most) {
        return Err(AppError::field("?at_most", "range", "1 to 20 is taken here"));
    }
    let today = app.people.today();
    let last = today.saturating_add(i64::from(asked.days - 1).days());
    let grids: Vec<AreaId> = who.grids.iter().copied().collect();
    // Those due a little later may come early.
    let rows = store::visit::due(&app.store, &grids, last.saturating_add(3.days()), 2_000).await?;
    let days = working_days(app, grids.first().copied(), today, last);
    let round = Round { days, at_most: usize::from(asked.at_most), start: asked.start };
    let (plans, left) = plan_round(&round, &rows.iter().map(stop_of).collect::<Vec<_>>());
    let ids: Vec<CareId> = rows.iter().map(|row| row.care).collect();
    let names = named_by(app, who, &ids, ReadReason::Round).await?;
    let told = |id: &VisitId, day: Date| {
        let row = rows.iter().find(|row| row.id == *id)?;
        let held = names.get(&row.care)?;
        Some(RoundStop {
            visit: row.id,
            entry: row.care,
            name: held.person.name.clone(),
            address: held.person.address.clone(),
            grid: row.grid(),
            due: row.visit.due,
            late: row.visit.due < day,
            urgent: row.urgent,
            because: row.because.clone(),
        })
    };
    let days = plans.into_iter().map(|plan| RoundDay {
        day: plan.day,
        stops: plan.stops.iter().filter_map(|id| told(id, plan.day)).collect(),
        metres: plan.metres,
    });
    let left = left.len();
    Ok((days.collect(), left))
}

/// A visit as the planner of days sees it.
pub(super) fn stop_of(row: &VisitRow) -> Stop {
    let searching = matches!(row.visit.state, State::Searching { .. });
    Stop { id: row.id, near: row.near, due: row.visit.due, slack: row.slack, urgent: row.urgent || searching }
}

/// Days that are worked where one walks; today in any case.
fn working_days(app: &App, grid: Option<AreaId>, today: Date, last: Date) -> Vec<Date> {
    let city = app.city();
    let areas = grid.map(|grid| city.ancestors(grid)).unwrap_or_default();
    let plan = city.calendar(&areas).plan();
    let all = std::iter::successors(Some(today), |day| day.tomorrow().ok()).take_while(|day| *day <= last);
    all.filter(|day| *day == today || !plan.hours_on(*day).is_empty()).collect()
}
