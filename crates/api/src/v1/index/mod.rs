//! The safety index: its framework, its editions, and what can be asked of one.

mod areas;
mod editions;
mod framework;
mod named;
mod over_time;
mod ranking;

use utoipa_axum::router::OpenApiRouter;

use super::state::State;

/// The paths of this folder.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(framework::routes())
        .merge(editions::routes())
        .merge(ranking::routes())
        .merge(areas::routes())
        .merge(over_time::routes())
}
