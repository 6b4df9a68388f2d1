//! The daily assessment: days, rankings, workers' months, appeals, alarms, recipes, and files of them.

mod alarms;
mod appeals;
mod brief;
mod days;
mod paper;
mod ranking;
mod recipe;
mod workers;

use app::City;
use domain::id::AreaId;
use domain::month::Month;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::State;
use crate::problem::{Answer, Code, Problem};

/// The paths of this folder.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(days::routes())
        .merge(ranking::routes())
        .merge(workers::routes())
        .merge(appeals::routes())
        .merge(alarms::routes())
        .merge(recipe::routes())
        .merge(paper::routes())
}

/// An area, as lists name it.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AreaName {
    /// Code of the area.
    area: String,
    name_zh: String,
    name_en: String,
    level: String,
}

impl AreaName {
    fn of(city: &City, id: AreaId) -> AreaName {
        let area = city.area(id);
        let text = |of: fn(&domain::area::Area) -> String| area.map(of).unwrap_or_default();
        AreaName {
            area: text(|it| it.code.to_string()),
            name_zh: text(|it| it.name_zh.clone()),
            name_en: text(|it| it.name_en.clone()),
            level: text(|it| it.level.name().to_owned()),
        }
    }
}

/// One decimal, as points are printed.
fn one(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A share with four decimals.
fn four(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn day(text: &str) -> Answer<Date> {
    super::edited::day("?day", text)
}

fn month(text: &str) -> Answer<Month> {
    text.parse().map_err(|why: domain::month::BadMonth| Problem::field("?month", "format", why.to_string()))
}

/// An area of a query, by code or id.
fn area(city: &City, text: &str) -> Answer<AreaId> {
    city.area_by_text(text).map(|it| it.id).ok_or_else(|| Problem::new(Code::NotFound))
}
