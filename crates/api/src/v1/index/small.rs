//! Areas below the counties: what one indicator says of each, and what it cannot say.

use app::index::small::told::{SmallArea, Told};
use app::index::small::{Asked, USUAL_MONTHS, small as ask};
use axum::extract::State as Shared;
use domain::area::Level;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::intake_wire::month;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Query};
use crate::v1::edited::limit;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(small))
}

/// Which areas, by what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SmallQuery {
    /// Code of an indicator that is a share or a rate.
    indicator: String,
    /// township, community or grid.
    level: String,
    /// The last month that is added up, as `2026-09`.
    month: String,
    /// Months that are added up: 12, 24 or 36; 12 when absent.
    months: Option<u32>,
    /// Code or id of an area: only those within it. They are compared with the whole city all the same.
    within: Option<String>,
    /// At most so many, 1 to 500; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<u32>,
}

/// Areas of a level, those to look at first before others.
#[derive(Serialize, ToSchema)]
struct SmallAreasPage {
    /// Code of the indicator.
    indicator: String,
    name_zh: String,
    name_en: String,
    /// Unit of values and intervals.
    unit: String,
    level: String,
    /// The months that are added up.
    first: String,
    last: String,
    /// The mean of all areas of the level, in the unit; a month's of a rate.
    mean: Option<f64>,
    /// How many areas are compared.
    of: usize,
    /// The chance to be among the worst tenth of an area of which nothing is known.
    chance_of_any: f64,
    items: Vec<SmallAreaWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// What can be told of an area.
#[derive(Serialize, ToSchema)]
struct SmallAreaWire {
    /// Code of the area.
    area: String,
    name_zh: String,
    name_en: String,
    /// Events of all months; `null` where they are of few, or would give those of another area away.
    events: Option<f64>,
    /// Of how many; for a rate the base figure times months. `null` with `events`.
    exposure: Option<f64>,
    /// The value smoothed towards the mean, in the unit.
    value: Option<f64>,
    /// 90 % interval of the value.
    interval: Option<(f64, f64)>,
    /// Share of its difference from the mean that is no noise, 0 to 1.
    reliability: Option<f64>,
    /// `rank`, `chance`, `cannot be told: noise`, `cannot be told: few` or `cannot be told: no figure`.
    told: String,
    /// Its rank among all of the level, 1 the worst; from a reliability of 0.6 on.
    rank: Option<usize>,
    /// Its chance to be among the worst tenth; without a rank only where it is more than twice or less than half
    /// `chance_of_any`.
    chance_worst_tenth: Option<f64>,
}

/// Small areas
///
/// One indicator in townships, communities or grids: counts added up over years, smoothed over the city, with a rank
/// where that is reliable, else the chance to be among the worst tenth, else that it cannot be told. Counts of few are
/// hidden for everybody, and no answer gives them away. Months after the last published edition are for those who may
/// see drafts.
#[utoipa::path(get, path = "/api/v1/index/small", tag = "index", params(SmallQuery), responses(
    (status = 200, description = "Those to look at first before others", body = SmallAreasPage),
    (status = 404, description = "No such indicator or area; or no edition is published"),
    (status = 409, description = "No framework of the index is saved yet", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense")))]
async fn small(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<SmallQuery>,
) -> Answer<Json<SmallAreasPage>> {
    let limit = limit(query.limit, 50)? as usize;
    let city = state.app.city();
    let bad = |_| Problem::field("?level", "unknown", "township, community or grid");
    let level = query.level.parse::<Level>().map_err(bad)?;
    let within = match &query.within {
        Some(text) => Some(city.area_by_text(text).ok_or_else(|| Problem::new(Code::NotFound))?.id),
        None => None,
    };
    let asked = Asked {
        indicator: query.indicator,
        level,
        month: month("?month", &query.month)?,
        months: query.months.unwrap_or(USUAL_MONTHS),
        within,
    };
    let answer = ask(&state.app, &who, &asked).await?;
    let begin = query.cursor.unwrap_or(0) as usize;
    let day = asked.month.first_day().last_of_month();
    let wire = |it: &SmallArea| {
        let area = city.history.get_on(it.area, day).expect("areas of the answer are those of the day");
        SmallAreaWire {
            area: area.code.to_string(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
            events: it.counts.map(|counts| counts.0),
            exposure: it.counts.map(|counts| counts.1),
            value: it.value,
            interval: it.interval,
            reliability: it.reliability,
            told: it.told.as_str().to_owned(),
            rank: match it.told {
                Told::Rank(rank) => Some(rank),
                _ => None,
            },
            chance_worst_tenth: it.chance,
        }
    };
    let all = &answer.small.areas;
    let end = begin + limit;
    let row = answer.indicator.row;
    Ok(Json(SmallAreasPage {
        indicator: row.code,
        name_zh: row.name_zh,
        name_en: row.name_en,
        unit: row.unit,
        level: level.name().to_owned(),
        first: answer.first.to_string(),
        last: asked.month.to_string(),
        mean: answer.small.mean,
        of: answer.small.n,
        chance_of_any: answer.small.chance,
        items: all.iter().skip(begin).take(limit).map(wire).collect(),
        next: (end < all.len()).then(|| end.to_string()),
    }))
}
