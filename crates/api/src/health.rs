//! For whoever operates a node: is it alive, may it be sent work, what does it count.
//!
//! What makes a node ready is asked of the checks handed in; this file knows none of them.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    observe::{Kind, Metrics},
    read::Json,
    server::Closing,
};

type Found = Pin<Box<dyn Future<Output = Vec<Part>> + Send>>;
/// One figure of someone else: name, kind, meaning, value.
pub type Figure = (&'static str, Kind, &'static str, f64);

/// Where health and figures come from.
#[derive(Clone)]
pub struct Probes {
    /// Asks each part of the node.
    pub parts: Arc<dyn Fn() -> Found + Send + Sync>,
    /// Figures beside those of HTTP.
    pub figures: Arc<dyn Fn() -> Vec<Figure> + Send + Sync>,
    /// Whether the node is stopping.
    pub closing: Closing,
}

/// One part of a node, and how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Part {
    /// Which: `database`, `sign_in`, …
    #[schema(value_type = String)]
    pub name: &'static str,
    /// Whether it does its work.
    pub ok: bool,
    /// What an operator should know, without figures that identify anyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ready {
    /// Whether it may be sent work.
    pub ok: bool,
    /// Each of its parts.
    pub parts: Vec<Part>,
}

/// `/health/live`, `/health/ready`, `/metrics`.
pub fn routes(probes: Probes) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(metrics))
        .with_state(probes)
}

/// The process runs. Restart it when this is not answered.
#[utoipa::path(get, path = "/health/live", tag = "operation",
    responses((status = 200, description = "It runs", body = str, content_type = "text/plain")))]
async fn live() -> &'static str {
    "ok\n"
}

/// The node may be sent work. Send it none while this answers 503.
#[utoipa::path(get, path = "/health/ready", tag = "operation", responses(
    (status = 200, description = "Every part works", body = Ready),
    (status = 503, description = "Some part does not, or the node is stopping", body = Ready)))]
async fn ready(State(probes): State<Probes>) -> Response {
    let mut parts = (probes.parts)().await;
    let stopping = probes.closing.is_given();
    parts.push(Part { name: "accepting", ok: !stopping, detail: stopping.then(|| "stopping".to_owned()) });
    let ok = parts.iter().all(|part| part.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ok, parts })).into_response()
}

/// Counters and gauges of this node, in the text form that Prometheus reads.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Text exposition format 0.0.4", body = str, content_type = "text/plain")))]
async fn metrics(State(probes): State<Probes>) -> impl IntoResponse {
    let text = Metrics::of_node().text(&(probes.figures)());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}
