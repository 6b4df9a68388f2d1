//! Version 1 of the API: one file a resource, wire types of its own, each handler one use case.

mod acts;
mod areas;
mod attachments;
mod cases;
mod events;
mod filter;
mod lists;
mod session;
mod state;
mod view;
mod who;
mod wire;

pub use state::State;

use axum::Router;
use utoipa::OpenApi;

/// What is said about the paths of this version.
#[derive(OpenApi)]
#[openapi(paths(
    cases::list,
    cases::counts,
    cases::report,
    cases::look,
    cases::act,
    cases::log,
    cases::duplicates_of,
    cases::duplicates_at
))]
pub struct Paths;

/// Every path of this version.
pub fn routes(state: State) -> Router {
    let all = Router::new()
        .merge(session::routes())
        .merge(cases::routes())
        .merge(areas::routes())
        .merge(lists::routes())
        .merge(attachments::routes())
        .merge(events::routes());
    Router::new().nest("/api/v1", all.with_state(state))
}
