//! Phones that work while they are alone: which there are, what they should hold, what they did, and pictures that come in
//! pieces.

mod devices;
mod doors;
mod pull;
mod push;
mod uploads;

pub use doors::Doors;

use utoipa_axum::router::OpenApiRouter;

use super::state::State;

/// The paths of this folder.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .merge(devices::routes())
        .merge(pull::routes())
        .merge(push::routes())
        .merge(uploads::routes())
}
