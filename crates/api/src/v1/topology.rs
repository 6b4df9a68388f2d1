//! The topology report: what is wrong between the outlines of areas, with its size and a point to look at.

use app::area::topology::{Asked, TOLERANCE_M2, topology};
use axum::extract::State as Shared;
use domain::area::Tree;
use domain::geo::Crs;
use domain::id::AreaId;
use domain::topology::{Finding, Flaw};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::areas::day;
use super::crs::{crs, given};
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};

/// Flaws of one answer.
const MOST: usize = 5_000;
const FEW: usize = 500;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(report))
}

/// Where to look, and how closely.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct TopologyQuery {
    /// Id of an area: only flaws that concern it or something under it. The caller's own area when absent.
    under: Option<u32>,
    /// With the outlines of this day; today when absent.
    #[param(format = Date)]
    as_of: Option<String>,
    /// Pieces of ground up to this size are let pass, m²; 1 when absent.
    tolerance_m2: Option<f64>,
    /// Of the points in the answer: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// At most so many, the largest first, up to 5,000; 500 when absent.
    limit: Option<usize>,
}

/// One flaw.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FlawWire {
    /// `broken` (an outline crosses itself), `gap`, `overlap` or `outside` (of its parent).
    flaw: &'static str,
    /// Ids of the areas concerned: the broken one; the parent with the gap; both that overlap; area and parent.
    areas: Vec<u32>,
    /// Size of this piece, m²; of a broken outline, of the whole area.
    area_m2: f64,
    /// A point in it, degrees east.
    lng: f64,
    /// Degrees north.
    lat: f64,
    /// In words, with codes and names.
    says: String,
}

impl FlawWire {
    /// In words.
    pub fn says(&self) -> &str {
        &self.says
    }

    /// A flaw found in this tree.
    pub fn of(found: &Finding, tree: &Tree, system: Crs) -> FlawWire {
        let (flaw, areas) = match found.flaw {
            Flaw::Broken { area } => ("broken", vec![area.0]),
            Flaw::Gap { parent } => ("gap", parent.map(|p| p.0).into_iter().collect()),
            Flaw::Overlap { one, other } => ("overlap", vec![one.0, other.0]),
            Flaw::Outside { area, parent } => ("outside", vec![area.0, parent.0]),
        };
        let at = given(found.at, system);
        let area_m2 = (found.area_m2 * 100.0).round() / 100.0;
        FlawWire { flaw, areas, area_m2, lng: at.lng, lat: at.lat, says: found.say(tree) }
    }
}

/// What is wrong between outlines.
#[derive(Serialize, ToSchema)]
struct TopologyWire {
    /// Largest first.
    items: Vec<FlawWire>,
    /// How many there are in all.
    total: usize,
}

/// Check the outlines
///
/// Gaps, overlaps, areas outside their parent, outlines that cross themselves. For administrators.
#[utoipa::path(get, path = "/api/v1/areas/topology", tag = "areas", params(TopologyQuery), responses(
    (status = 200, description = "Each flaw with its size", body = TopologyWire),
    (status = 403, description = "Not an administrator of that area"), (status = 404, description = "No such area"),
    (status = 422, description = "A parameter makes no sense")))]
async fn report(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<TopologyQuery>,
) -> Answer<Json<TopologyWire>> {
    let system = crs(query.crs.as_deref(), "?crs")?;
    let tolerance_m2 = query.tolerance_m2.unwrap_or(TOLERANCE_M2);
    if !(0.0..=1e12).contains(&tolerance_m2) {
        return Err(Problem::field("?tolerance_m2", "range", "0 to 1e12 m² is taken here"));
    }
    let limit = query.limit.unwrap_or(FEW);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::field("?limit", "range", format!("1 to {MOST} is taken here")));
    }
    let as_of = query.as_of.as_deref().map(|it| day(it, "?as_of")).transpose()?;
    let under = query.under.map_or(who.area, AreaId);
    let (tree, mut found) = topology(&state.app, &who, Asked { under, as_of, tolerance_m2 }).await?;
    found.sort_by(|one, other| other.area_m2.total_cmp(&one.area_m2));
    let items = found.iter().take(limit).map(|it| FlawWire::of(it, &tree, system)).collect();
    Ok(Json(TopologyWire { items, total: found.len() }))
}
