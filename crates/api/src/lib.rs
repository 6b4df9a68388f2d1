//! The HTTP edge: what callers may send, how they are answered, how much of it there may be.
//!
//! Knows HTTP, not rules: a handler reads, calls one use case of `app`, and writes. Wire types live here and
//! nowhere else (`v1`). The accept loop is `server`, the rules for every request `edge`, errors `problem`.

pub mod assets;
pub mod brief;
pub mod edge;
pub mod health;
pub mod limits;
pub mod observe;
pub mod openapi;
pub mod problem;
pub mod read;
pub mod server;
mod session_cookie;
#[cfg(test)]
mod snapshot;
pub mod v1;

use std::sync::Arc;

use app::App;
use axum::Router;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use health::Probes;

pub use limits::Limits;
pub use problem::{Code, Problem};

/// Everything a node serves, under its limits. Call within a runtime.
pub fn router(app: App, limits: Arc<Limits>, probes: Probes) -> Router {
    let (routes, description) = described(app, &limits, probes);
    let routes = routes.merge(openapi::routes(&description)).fallback(assets::serve);
    edge::Edge::new(limits).over(routes.method_not_allowed_fallback(wrong_method))
}

/// The routes that are described, and their description (OpenAPI 3.1).
pub fn described(app: App, limits: &Limits, probes: Probes) -> (Router, Value) {
    let state = v1::State::new(app, limits, probes.closing.clone());
    let all = OpenApiRouter::with_openapi(openapi::About::openapi());
    let all = all.merge(health::routes(probes)).merge(v1::routes(state));
    let (routes, generated) = all.split_for_parts();
    (routes, openapi::describe(&generated))
}

async fn wrong_method() -> Problem {
    Problem::new(Code::WrongMethod)
}
