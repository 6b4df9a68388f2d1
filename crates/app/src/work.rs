//! What the rooms around the work of a day have in common: the sweep that looks after all of them, asking for a right,
//! and finding the ground under an area.

pub(crate) mod follow;

use domain::area::{Ancestors, AreaPath};
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Reach, Work, WorkAct, permit_work, work_reach};
use store::lease;

use crate::{App, AppError, City, campaign, dispute, hand_over, vacancy};

const LEASE: &str = "work";
/// The lease is kept until it runs out: so often the sweep is made, by one node.
const EVERY_MS: i64 = 10 * 60_000;

/// Looks for grids without anybody, ends campaigns that are over, tells of follow-ups that are due, and destroys keys of
/// what is old enough; at most every ten minutes in the whole city. How much was found, told or closed.
pub async fn sweep(app: &App, node: &str) -> Result<u32, AppError> {
    let now_ms = app.clock.now().as_millisecond();
    let held = lease::acquire(&app.store, LEASE, node, now_ms, EVERY_MS).await?;
    let Some(held) = held else { return Ok(0) };
    let n = vacancy::look(app, &held).await?;
    let n = n + campaign::end_those_over(app, &held).await? + dispute::look_after(app, &held).await?;
    Ok(n + hand_over::forget(app).await?)
}

/// Forbidden and absent look the same.
pub(crate) fn permit(who: &Actor, act: WorkAct, work: &Work, what: &'static str) -> Result<(), AppError> {
    permit_work(who, act, work).map_err(|_| AppError::NotFound { what })
}

/// The same for something that stands in an area.
pub(crate) fn permit_in(
    city: &City,
    who: &Actor,
    act: WorkAct,
    area: AreaId,
    what: &'static str,
) -> Result<(), AppError> {
    permit(who, act, &on(city, area), what)
}

/// Something that stands in an area.
pub(crate) fn on(city: &City, area: AreaId) -> Work {
    Work { ground: city.ancestors(area), ..Work::default() }
}

/// Something that stands in an area and is someone's.
pub(crate) fn of(city: &City, area: AreaId, whom: PersonId) -> Work {
    Work { ground: city.ancestors(area), whom: Some(whom), unit: None }
}

/// Where an area that was asked for hangs in today's tree, if this person may do this in it; their own when none was
/// asked for.
pub(crate) fn path_for(
    city: &City,
    who: &Actor,
    act: WorkAct,
    area: Option<AreaId>,
) -> Result<AreaPath, AppError> {
    let area = city.tree.get(area.unwrap_or(who.area)).ok_or(AppError::NotFound { what: "area" })?;
    let ground = Work { ground: Ancestors::of(&area.path), ..Work::default() };
    permit(who, act, &ground, "area")?;
    Ok(area.path.clone())
}

/// Whether a role has this right over nothing but its own.
pub(crate) fn is_own(who: &Actor, act: WorkAct) -> bool {
    work_reach(who.role, act) == Reach::Own
}
