//! Who may change areas: the administrator of everything that a change touches, before and after it.

use domain::area::{Ancestors, Tree};
use domain::id::AreaId;
use domain::policy::{Actor, Reach, StaffAct, permit_staff, staff_reach};

use crate::AppError;

const NOT_THEIRS: AppError =
    AppError::NotTheirs { who: "an administrator of the area", what: "check or change areas" };

/// Whether someone may change areas anywhere at all.
pub fn may_change_some(who: &Actor) -> Result<(), AppError> {
    if staff_reach(who.role, StaffAct::ChangeAreas) == Reach::No { Err(NOT_THEIRS) } else { Ok(()) }
}

/// Whether someone may change what stands on this ground.
pub fn may_change_ground(who: &Actor, ground: &Ancestors) -> Result<(), AppError> {
    permit_staff(who, StaffAct::ChangeAreas, ground, None).map_err(|_| NOT_THEIRS)
}

/// Whether someone may change all of these, where they lie in each of the trees.
pub fn may_change(
    who: &Actor,
    trees: [&Tree; 2],
    touched: impl IntoIterator<Item = AreaId>,
) -> Result<(), AppError> {
    for id in touched {
        for ground in trees.iter().filter_map(|tree| tree.ancestors(id)) {
            may_change_ground(who, &ground)?;
        }
    }
    Ok(())
}
