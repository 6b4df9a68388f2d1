//! Opening a visit: the entry with everything one must know at the door, in one call. The desk opens one when the search
//! has come to it. Each is a reading on record.

use domain::area::Ancestors;
use domain::care::ReadReason;
use domain::id::{AreaId, VisitId};
use domain::policy::{Actor, CareAct, CareFacts, CareReach, Role, care_reach, permit_care};
use domain::visit::{Rung, State};
use jiff::Timestamp;
use store::visit::VisitRow;

use crate::care::{EntryView, open_row, put_on_record, view};
use crate::stream::TRIES;
use crate::{App, AppError};

/// Visits told with it.
const VISITS: u32 = 12;

/// A visit with its entry.
#[derive(Clone, Debug)]
pub struct VisitView {
    /// The visit.
    pub visit: VisitRow,
    /// The entry.
    pub entry: EntryView,
}

/// Someone who is being looked for, without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// The visit.
    pub visit: VisitId,
    /// The grid.
    pub grid: AreaId,
    /// The rung.
    pub rung: Rung,
    /// When it runs out.
    pub until: Timestamp,
}

/// Opens a visit with its entry.
pub async fn look(app: &App, who: &Actor, id: VisitId) -> Result<VisitView, AppError> {
    let gone = || AppError::NotFound { what: "visit" };
    for _ in 0..TRIES {
        let row = store::visit::one(&app.store, id).await?.ok_or_else(gone)?;
        let desk_searches = matches!(row.visit.state, State::Searching { rung, .. } if rung.is_desks());
        let facts = CareFacts { areas: row.areas, desk_searches, ..CareFacts::default() };
        let needed = if who.role == Role::Desk { CareAct::Search } else { CareAct::Visit };
        permit_care(who, needed, &facts).map_err(|_| gone())?;
        let reason = match row.visit.state {
            State::Searching { .. } => ReadReason::Ladder,
            _ => ReadReason::Visit,
        };
        let entry = store::care::one(&app.store, row.care).await?.ok_or_else(gone)?;
        let file = open_row(app, entry).await?;
        if let Some(file) = put_on_record(app, who, file, reason, None).await? {
            return Ok(VisitView { visit: row, entry: view(app, file, VISITS).await? });
        }
    }
    Err(AppError::Contended)
}

/// Searches that have come to the desk, in one's area; without names.
pub async fn searches(app: &App, who: &Actor) -> Result<Vec<Search>, AppError> {
    if care_reach(who.role, CareAct::Search) != CareReach::Rung {
        return Err(AppError::NotTheirs { who: "the desk of an area", what: "see searches" });
    }
    let rows = store::visit::searched_in(&app.store, who.level, who.area, 500).await?;
    let told = rows.into_iter().filter_map(|row| match row.visit.state {
        State::Searching { rung, until, .. } => {
            Some(Search { visit: row.id, grid: grid(&row.areas), rung, until })
        }
        _ => None,
    });
    Ok(told.collect())
}

fn grid(areas: &Ancestors) -> AreaId {
    areas.grid.unwrap_or(AreaId(0))
}
