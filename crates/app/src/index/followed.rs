//! The framework that the index follows now, with its departments as units of the city.

use domain::area::{Area, Level};
use domain::framework::Framework;
use domain::id::AreaId;
use domain::month::Month;
use domain::policy::{Actor, IndexAct, permit_index};
use std::sync::Arc;
use store::unit::Unit;

use super::framework;
use crate::city::{City, department_of};
use crate::{App, AppError};

/// The framework in force now and its version; without one, nothing can be handed in.
pub async fn followed(app: &App) -> Result<(u32, Framework), AppError> {
    let blocked = |why: String| AppError::Blocked { why };
    let kept = framework::framework(app).await?;
    if kept.version == 0 {
        return Err(blocked("no framework of the index is saved yet".to_owned()));
    }
    let read = framework::read(&app.city(), &kept.body);
    let read = read.map_err(|why| blocked(format!("the framework does not hold any more: {why}")))?;
    Ok((kept.version, read))
}

/// A department of the whole city by its unit's code, by the code's first part, or by a name.
pub fn department<'a>(city: &'a City, text: &str) -> Option<&'a Unit> {
    let root = city.root()?.id;
    let of_city = || city.units.values().filter(move |unit| unit.area == root && !unit.ended);
    let by_code = of_city().find(|unit| unit.code == text);
    by_code
        .or_else(|| of_city().find(|unit| department_of(&unit.code) == text))
        .or_else(|| of_city().find(|unit| unit.name_zh == text || unit.name_en == text))
}

/// The counties on the last day of a month as they were then, in the order of their codes.
pub fn counties(city: &City, month: Month) -> Vec<Arc<Area>> {
    let day = month.first_day().last_of_month();
    let of_then = |it: &&Arc<Area>| it.level == Level::County && it.is_valid_on(day);
    let mut all: Vec<Arc<Area>> = city.history.all_versions().filter(of_then).cloned().collect();
    all.sort_by(|a, b| a.code.as_str().cmp(b.code.as_str()));
    all
}

/// Whether someone may do this with the index, or with a department's part in it; whoever may not is told that there is
/// no such thing.
pub(crate) fn permit(
    app: &App,
    who: &Actor,
    act: IndexAct,
    department_code: Option<&str>,
    what: &'static str,
) -> Result<(), AppError> {
    let city = app.city();
    let root = city.root().map_or(AreaId(0), |root| root.id);
    let unit = department_code.and_then(|code| department(&city, code)).map(|unit| unit.id);
    permit_index(who, act, root, unit).map_err(|_| AppError::NotFound { what })
}
