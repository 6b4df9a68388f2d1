//! Editions over time: what each month was in the editions that came after it.

use app::index::edition;
use app::index::opened::scores_in;
use axum::extract::State as Shared;
use domain::edition::State as Stage;
use domain::month::Month;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::edition::Listed;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::named;
use crate::problem::Answer;
use crate::read::{Json, Query};
use crate::v1::edited;
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(revisions))
}

/// Of which area.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RevisionsQuery {
    /// Code of the area.
    area: String,
    /// The last editions, 1 to 24; 12 when absent.
    editions: Option<u32>,
}

/// What each month was in each edition.
#[derive(Serialize, ToSchema)]
struct RevisionsWire {
    /// Code of the area.
    area: String,
    /// Published editions, the first first.
    editions: Vec<SeenIn>,
    /// Months with a score in any of them, the first first.
    months: Vec<RevisedWire>,
}

/// An edition of the triangle.
#[derive(Serialize, ToSchema)]
struct SeenIn {
    id: Uuid,
    #[schema(value_type = String)]
    month: Month,
    revision: u32,
}

/// A month in the editions.
#[derive(Serialize, ToSchema)]
struct RevisedWire {
    #[schema(value_type = String)]
    month: Month,
    /// Its score in each edition, in their order; `null` where it was not yet.
    scores: Vec<Option<f64>>,
}

/// The revision triangle
///
/// The score of an area's months in each published edition: by how much later figures and bounds have moved them.
#[utoipa::path(get, path = "/api/v1/index/revisions", tag = "index", params(RevisionsQuery), responses(
    (status = 200, description = "Months by editions", body = RevisionsWire),
    (status = 422, description = "A parameter makes no sense")))]
async fn revisions(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<RevisionsQuery>,
) -> Answer<Json<RevisionsWire>> {
    let most = edited::limit(query.editions, 12)?.min(24);
    let published = Listed { state: Some(Stage::Published), ..Listed::default() };
    let mut found = edition::list(&state.app, &who, published, most).await?;
    found.sort_by_key(|it| (it.month, it.revision));
    let mut months: BTreeMap<Month, Vec<Option<f64>>> = BTreeMap::new();
    for (at, it) in found.iter().enumerate() {
        let (_, bytes) = edition::archive_of(&state.app, &who, it.id).await?;
        let area = query.area.clone();
        let scores = named::off(move || scores_in(&bytes, &area)).await?;
        for (month, score) in scores {
            months.entry(month).or_insert_with(|| vec![None; found.len()])[at] = Some(score);
        }
    }
    let editions = found.iter().map(|it| SeenIn { id: it.id.0, month: it.month, revision: it.revision });
    Ok(Json(RevisionsWire {
        area: query.area,
        editions: editions.collect(),
        months: months.into_iter().map(|(month, scores)| RevisedWire { month, scores }).collect(),
    }))
}
