//! The topology report of a city: each gap, overlap and area outside its parent on a day, as `domain::topology` finds it.

use domain::area::{AreaPath, Tree};
use domain::id::AreaId;
use domain::policy::Actor;
use domain::topology::{Finding, Flaw, report};
use jiff::civil::Date;

use super::rights;
use crate::{App, AppError};

/// Pieces of ground up to this size are let pass unless something else is asked, m²: the width of a drawn line.
pub const TOLERANCE_M2: f64 = 1.0;

/// What is asked of the report.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Only flaws that concern this area or something under it.
    pub under: AreaId,
    /// As the outlines are on this day; today when absent.
    pub as_of: Option<Date>,
    /// Pieces up to this size are let pass, m².
    pub tolerance_m2: f64,
}

/// Everything that is wrong with the outlines under an area, and the tree it was found in.
pub async fn topology(app: &App, who: &Actor, asked: Asked) -> Result<(Tree, Vec<Finding>), AppError> {
    let city = app.city();
    let under = city.area(asked.under).ok_or(AppError::NotFound { what: "area" })?.path.clone();
    rights::may_change_ground(who, &city.ancestors(asked.under))?;
    let worked_out = tokio::task::spawn_blocking(move || {
        let tree = asked.as_of.map_or_else(|| city.tree.clone(), |day| city.history.as_of(day));
        let mut found = report(&tree, asked.tolerance_m2);
        found.retain(|it| concerns(&tree, &it.flaw, &under));
        (tree, found)
    });
    Ok(worked_out.await.expect("measuring shapes does not panic"))
}

/// Whether a flaw lies in, or at the edge of, an area or something under it.
fn concerns(tree: &Tree, flaw: &Flaw, under: &AreaPath) -> bool {
    let is_under = |id: AreaId| tree.get(id).is_some_and(|area| under.contains(&area.path));
    match *flaw {
        Flaw::Broken { area } => is_under(area),
        Flaw::Gap { parent } => parent.map_or(under.ids().len() == 1, is_under),
        Flaw::Overlap { one, other } => is_under(one) || is_under(other),
        Flaw::Outside { area, parent } => is_under(area) || is_under(parent),
    }
}
