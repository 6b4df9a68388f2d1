//! The daily assessment (日考核): books of days made at midnight, scores of workers and areas, appeals, alarms.
//!
//! `gather` reads the outcomes of a day out of logs as they stood at its end; `day` keeps, makes again and compares books;
//! `count` adds books up, with what upheld appeals mend; `workers` and `areas` make scores and ranks of that by the
//! `recipe`; `trial` does so by another one. `appeals` and `alarms` are what people do about it. `small` hides counts of
//! few, and `paper` writes tables.

pub mod alarms;
pub mod appeals;
pub mod areas;
pub mod count;
pub mod day;
pub mod gather;
pub mod inputs;
pub mod paper;
pub mod recipe;
pub mod small;
pub mod trial;
pub mod workers;

use domain::area::Ancestors;
use domain::id::PersonId;
use domain::policy::{Actor, ScoreAct, permit_score};

use crate::{App, AppError};

/// Forbidden and absent look the same.
pub(crate) fn permit(
    who: &Actor,
    act: ScoreAct,
    ground: &Ancestors,
    whom: Option<PersonId>,
    what: &'static str,
) -> Result<(), AppError> {
    permit_score(who, act, ground, whom).map_err(|_| AppError::NotFound { what })
}

/// What is about no smaller area than the city.
pub(crate) fn whole(app: &App) -> Ancestors {
    app.city().root().map(|root| Ancestors::of(&root.path)).unwrap_or_default()
}

/// Whether someone may do what is about no smaller area than the city.
pub fn may(app: &App, who: &Actor, act: ScoreAct) -> Result<(), AppError> {
    permit(who, act, &whole(app), None, "day")
}
