//! What of care is a worker's today: visits that are due, and appointments of referrals they may want to know of. A title
//! is a name and never a reason; each name is a list reading on record.

use domain::care::ReadReason;
use domain::class::Label;
use domain::geo::LngLat;
use domain::id::{AreaId, CareId};
use domain::policy::{Actor, CareAct, CareReach, care_reach};
use domain::today::{Item, Kind};
use domain::visit::State;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::care::named_by;
use crate::{App, AppError};

/// How long a visit takes when nobody has measured.
const MINUTES: u32 = 20;

/// What is due in some grids on a day, for someone who has duty there.
pub async fn due_in(app: &App, who: &Actor, grids: &[AreaId], day: Date) -> Result<Vec<Item>, AppError> {
    if care_reach(who.role, CareAct::Visit) != CareReach::Grids {
        return Ok(Vec::new());
    }
    let own: Vec<AreaId> = grids.iter().copied().filter(|grid| who.grids.contains(grid)).collect();
    let visits = store::visit::due(&app.store, &own, day, 500).await?;
    let referrals = store::referral::in_grids(&app.store, &own, true, 500).await?;
    let zone = app.city().zone.clone();
    let on_day = |at: &Timestamp| zone.to_datetime(*at).date() == day;
    let appointed: Vec<_> =
        referrals.into_iter().filter_map(|row| row.at.filter(on_day).map(|at| (row, at))).collect();
    let ids: Vec<CareId> =
        visits.iter().map(|row| row.care).chain(appointed.iter().map(|(row, _)| row.care)).collect();
    let names = named_by(app, who, &ids, ReadReason::Round).await?;
    let mut items = Vec::with_capacity(ids.len());
    let mut add = |care: CareId, item: Item| {
        if let Some(held) = names.get(&care) {
            let name = &held.person.name;
            let point: Option<LngLat> = held.person.point;
            let place = held.person.address.clone();
            items.push(Item { title: Label::new(name, name), place, point, ..item });
        }
    };
    for row in visits {
        let (reason, due) = match row.visit.state {
            State::Searching { rung, until, .. } => (rung.label(), Some(until)),
            _ if row.visit.due < day => {
                (Label::new("走访已逾期", "the visit is overdue"), end_of(app, row.visit.due))
            }
            _ => (Label::new("今天该走访", "a visit is due today"), None),
        };
        let blank = blank(Kind::Visit, row.id.0, row.grid());
        add(row.care, Item { due, minutes: MINUTES, reason, urgent: row.urgent, ..blank });
    }
    for (row, at) in appointed {
        let reason = Label::new("今天有约", "an appointment today");
        let blank = blank(Kind::Referral, row.id.0, row.grid());
        add(row.care, Item { due: Some(at), reason, ..blank });
    }
    Ok(items)
}

fn blank(kind: Kind, id: uuid::Uuid, grid: AreaId) -> Item {
    Item {
        kind,
        id,
        grid,
        title: Label::new("", ""),
        place: String::new(),
        point: None,
        due: None,
        minutes: 0,
        reason: Label::new("", ""),
        urgent: false,
    }
}

/// The last second of a day.
fn end_of(app: &App, day: Date) -> Option<Timestamp> {
    let next = crate::care::wake_of(app, day)?;
    next.checked_sub(SignedDuration::from_secs(1)).ok()
}
