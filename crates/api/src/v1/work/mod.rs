//! The work of a day over HTTP: today, leave, hand-over, grids without anybody, patrol, campaigns, disputes, gaps.

mod campaigns;
mod disputes;
mod errands;
mod gaps;
mod hand_overs;
mod leaves;
mod pass;
mod patrol;
mod today;
mod vacancies;
mod wire;

use super::state::State;
use utoipa_axum::router::OpenApiRouter;

/// The paths of these files.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(today::routes())
        .merge(leaves::routes())
        .merge(pass::routes())
        .merge(hand_overs::routes())
        .merge(vacancies::routes())
        .merge(patrol::routes())
        .merge(campaigns::routes())
        .merge(errands::routes())
        .merge(disputes::routes())
        .merge(gaps::routes())
}
