//! Grids that have, or will have, nobody.

use app::vacancy;
use axum::extract::State as Shared;
use domain::duty::VacancyAct;
use domain::id::{AreaId, VacancyId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::vacancy::Vacancy;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::leaves::CandidateWire;
use super::wire::{GridRef, id};
use crate::problem::Answer;
use crate::read::{Json, Named, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// A grid that has, or will have, nobody.
#[derive(Serialize, ToSchema)]
struct VacancyWire {
    id: Uuid,
    grid: GridRef,
    /// First day with nobody.
    #[schema(format = Date)]
    from: String,
    /// Days with nobody among today and the seven that follow.
    n_days: u32,
    /// The highest level whose desk was told: township, county or city.
    told: String,
    #[schema(value_type = String, format = DateTime)]
    told_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
    /// Since when someone has it again.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl VacancyWire {
    fn of(state: &State, it: &Vacancy) -> VacancyWire {
        VacancyWire {
            id: it.id.0,
            grid: GridRef::of(state, it.grid),
            from: it.from.to_string(),
            n_days: it.n_days,
            told: it.told.name().to_owned(),
            told_at: it.told_at,
            found_at: it.found,
            ended_at: it.ended,
        }
    }
}

/// The board of findings.
#[derive(Serialize, ToSchema)]
struct VacanciesWire {
    /// The nearest day first, at most 500.
    items: Vec<VacancyWire>,
}

/// A finding with what a desk needs to close it.
#[derive(Serialize, ToSchema)]
struct VacancyView {
    #[serde(flatten)]
    vacancy: VacancyWire,
    /// Who could stand in, the least loaded neighbour first.
    candidates: Vec<CandidateWire>,
    /// What happened, oldest first.
    acts: Vec<VacancyActWire>,
}

/// Something that happened to a finding.
#[derive(Serialize, ToSchema)]
struct VacancyActWire {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `act` is find, climb or fill.
    #[schema(value_type = Object)]
    what: Value,
}

/// Where findings are looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct VacanciesQuery {
    /// In this area (id) and everything under it; one's own when absent.
    area: Option<u32>,
}

/// Grids that have, or will have, nobody
///
/// Looked for every ten minutes, eight days ahead; told to the township's desk first, then one level higher at a time.
#[utoipa::path(get, path = "/api/v1/vacancies", tag = "work", params(VacanciesQuery), responses(
    (status = 200, description = "Open findings", body = VacanciesWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<VacanciesQuery>,
) -> Answer<Json<VacanciesWire>> {
    let found = vacancy::list(&state.app, &who, query.area.map(AreaId)).await?;
    Ok(Json(VacanciesWire { items: found.iter().map(|it| VacancyWire::of(&state, it)).collect() }))
}

/// A grid that has nobody, and who could
#[utoipa::path(get, path = "/api/v1/vacancies/{id}", tag = "work",
    params(("id" = Uuid, Path, description = "The finding")), responses(
    (status = 200, description = "With people who could stand in", body = VacancyView),
    (status = 404, description = "No such finding, or not the caller's")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(text): Named) -> Answer<Json<VacancyView>> {
    let view = vacancy::one(&state.app, &who, VacancyId(id(&text)?)).await?;
    let told = |act: &VacancyAct| serde_json::to_value(act).expect("acts are plain data");
    Ok(Json(VacancyView {
        vacancy: VacancyWire::of(&state, &view.vacancy),
        candidates: view.candidates.into_iter().map(CandidateWire::of).collect(),
        acts: view.acts.iter().map(|it| VacancyActWire { at: it.at, what: told(&it.act) }).collect(),
    }))
}
