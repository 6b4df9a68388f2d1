//! Places and things, their kinds, and inspections.

mod files;
mod inspections;
mod kinds;
mod list;
mod one;
mod wire;

pub use wire::CaseSourceWire;

use utoipa_axum::router::OpenApiRouter;

use super::state::State;

/// The paths of this folder.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(list::routes())
        .merge(files::routes())
        .merge(one::routes())
        .merge(inspections::routes())
        .merge(kinds::routes())
}
