//! The safety index: its framework, what departments hand in, its editions, and what can be asked of one.

mod areas;
mod board;
mod editions;
mod framework;
mod intake_wire;
mod intakes;
mod jobs;
mod named;
mod over_time;
mod paper;
mod ranking;
mod small;
mod values;

use utoipa_axum::router::OpenApiRouter;

use super::state::State;

/// The paths of this folder.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(framework::routes())
        .merge(intakes::routes())
        .merge(board::routes())
        .merge(values::routes())
        .merge(editions::routes())
        .merge(ranking::routes())
        .merge(areas::routes())
        .merge(jobs::routes())
        .merge(over_time::routes())
        .merge(small::routes())
        .merge(paper::routes())
}
