//! What forms cost, published: minutes per worker and day by the department that asks. Sums of several people, never one's.

use app::burden::{self, FEWEST, Line};
use axum::extract::State as Shared;
use domain::month::Month;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::forms::FormRowWire;
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(of))
}

/// Of what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct BurdenQuery {
    /// The month, as `2026-09`; this month when absent.
    #[param(value_type = Option<String>)]
    month: Option<Month>,
    /// Id or code of a township, a county or the city; the city when absent.
    area: Option<String>,
}

/// The burden of a month.
#[derive(Serialize, ToSchema)]
struct BurdenWire {
    month: String,
    /// Id of the area.
    area: u32,
    /// Of all departments together; absent where fewer people filled anything in than are told of.
    minutes_per_worker_day: Option<f64>,
    /// By department, the costliest first.
    departments: Vec<BurdenLineWire>,
    /// By form.
    forms: Vec<BurdenLineWire>,
    /// How many departments are not told, because too few people were asked.
    hidden: usize,
    /// Fewest people that anything is told of.
    fewest: u64,
    /// Forms that ask what is known already, with the questions.
    asking: Vec<FormRowWire>,
}

/// What the forms of a department cost, or one of them.
#[derive(Serialize, ToSchema)]
struct BurdenLineWire {
    /// Code of the department.
    owner: String,
    owner_zh: String,
    owner_en: String,
    /// Code of the form; empty for all of the department.
    form: String,
    title_zh: String,
    title_en: String,
    /// Forms filled in, to the nearest ten.
    forms: u64,
    /// Minutes per worker and day on which they filled one in.
    minutes_per_worker_day: f64,
    /// Share of forms whose time was measured, in percent; of others the form's own estimate counts.
    measured_pct: u8,
    /// Questions asked that are known already, to the nearest ten.
    asked_although_known: u64,
}

impl From<Line> for BurdenLineWire {
    fn from(it: Line) -> BurdenLineWire {
        BurdenLineWire {
            owner: it.owner,
            owner_zh: it.name.zh,
            owner_en: it.name.en,
            form: it.form,
            title_zh: it.title.zh,
            title_en: it.title.en,
            forms: it.forms,
            minutes_per_worker_day: it.minutes_per_worker_day,
            measured_pct: it.measured_pct,
            asked_although_known: it.asked_although_known,
        }
    }
}

/// What forms cost
///
/// Of whole months, and of areas from townships up: smaller sums would tell of one person.
#[utoipa::path(get, path = "/api/v1/burden", tag = "forms", params(BurdenQuery), responses(
    (status = 200, description = "By department and form", body = BurdenWire),
    (status = 404, description = "No such area"),
    (status = 422, description = "A parameter makes no sense")))]
async fn of(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<BurdenQuery>,
) -> Answer<Json<BurdenWire>> {
    let city = state.app.city();
    let area = match query.area.as_deref() {
        None => city.root(),
        Some(text) => city.area_by_text(text),
    };
    let area = area.ok_or_else(|| Problem::new(crate::problem::Code::NotFound))?.id;
    let month = query.month.unwrap_or_else(|| Month::of(state.app.people.today()));
    let told = burden::of(&state.app, area, month).await?;
    Ok(Json(BurdenWire {
        month: told.month.to_string(),
        area: told.area.0,
        minutes_per_worker_day: told.minutes_per_worker_day,
        departments: told.departments.into_iter().map(BurdenLineWire::from).collect(),
        forms: told.forms.into_iter().map(BurdenLineWire::from).collect(),
        hidden: told.hidden,
        fewest: FEWEST,
        asking: told.asking.into_iter().map(FormRowWire::from).collect(),
    }))
}
