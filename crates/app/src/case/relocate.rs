//! An open case follows its area: where it lies, and whose desk has it, once the areas have changed. Pure, as `plan` is.

use std::collections::BTreeSet;

use super::plan::{Moved, system_key};
use crate::city::level_of;
use crate::{AppError, City};
use domain::area::{Ancestors, Level, Located};
use domain::audit::Hash;
use domain::case::{Act, By, Case};
use domain::geo::LngLat;
use domain::id::{AreaChangeId, AreaId};
use jiff::Timestamp;

/// Which change is followed, and whose cases must be placed anew.
#[derive(Clone, Debug)]
pub struct Follows {
    /// The change.
    pub change: AreaChangeId,
    /// Areas that ended, hang elsewhere or have another outline: cases in these are placed anew.
    pub unsettled: BTreeSet<AreaId>,
}

/// Gives a case its areas of today: by its point where that lies in a grid, else by the successor of the area it was in
/// (of several, the one named first). `None` when it is closed, not concerned, or where it should be already.
pub fn plan_relocate(
    city: &City,
    case: &Case,
    head: Hash,
    now: Timestamp,
    follows: &Follows,
) -> Result<Option<Moved>, AppError> {
    let old = case.ancestors();
    let concerns = |id: &AreaId| follows.unsettled.contains(id);
    if case.is_closed() || !(old.upwards().any(|id| concerns(&id)) || concerns(&case.side.desk)) {
        return Ok(None);
    }
    let place = &case.reported().place;
    let (areas, off_m) = placed_anew(city, &old, place.point, place.off_m);
    let (desk, level) = desk(city, case, &areas);
    if (areas, off_m, desk, level) == (old, place.off_m, case.side.desk, case.side.level) {
        return Ok(None);
    }
    let act = Act::Relocate { change: follows.change, areas, off_m, desk, level };
    let at = (now, system_key(case.id, case.version + 1));
    Moved::step(case, head, &act, By::SYSTEM, at, Hash::default()).map(Some)
}

/// Where something lies today that lay in `areas`: by its point where that lies in a grid, else by the successor of the
/// lowest of these; and how far outside of its grid.
pub fn placed_anew(
    city: &City,
    areas: &Ancestors,
    point: Option<LngLat>,
    off_m: Option<u32>,
) -> (Ancestors, Option<u32>) {
    let lowest = areas.upwards().next();
    let heir = lowest.map(|id| heir(city, id));
    let located = point.and_then(|point| city.locator.at(point));
    let by_point = |it: Located| {
        let off_m = (!it.is_inside()).then(|| it.distance_m().round() as u32).filter(|off| *off > 0);
        (city.ancestors(it.grid()), off_m)
    };
    match (located, heir) {
        (Some(it), _) if it.is_inside() => by_point(it),
        // Near a grid is no proof while the grid that took over has no outline of its own.
        (Some(it), Some(heir)) if has_outlines(city, lowest, heir) => by_point(it),
        (Some(it), None) => by_point(it),
        (_, Some(heir)) => (city.ancestors(heir), off_m),
        (None, None) => (*areas, off_m),
    }
}

/// Whether everything that may have taken over from an area is drawn.
fn has_outlines(city: &City, lowest: Option<AreaId>, heir: AreaId) -> bool {
    let drawn = |id: &AreaId| {
        city.tree.get(*id).is_some_and(|area| area.level == Level::Grid && area.polygon.is_some())
    };
    let ended = lowest.filter(|id| city.tree.get(*id).is_none()).and_then(|id| city.history.get(id));
    drawn(&heir) && ended.is_none_or(|ended| ended.successors.iter().all(drawn))
}

/// The area of today that stands for one of former days: itself, else the successor named first, else what it lay under.
pub fn heir(city: &City, area: AreaId) -> AreaId {
    let mut at = area;
    // As many steps as there could be, should the record ever run in a circle.
    for _ in 0..city.history.len() {
        if city.tree.get(at).is_some() {
            return at;
        }
        let Some(ended) = city.history.get(at) else { return at };
        let Some(next) = ended.successors.first().copied().or(ended.parent) else { return at };
        at = next;
    }
    at
}

/// The desk keeps its level: that of the case's own ground follows the ground, another one goes to its successor.
fn desk(city: &City, case: &Case, areas: &Ancestors) -> (AreaId, Level) {
    let (desk, level) = (case.side.desk, case.side.level);
    if case.ancestors().at(level) == Some(desk)
        && let Some(new) = areas.at(level)
    {
        return (new, level);
    }
    match heir(city, desk) {
        same if same == desk => (desk, level),
        new => (new, level_of(city, new)),
    }
}
