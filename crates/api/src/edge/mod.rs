//! What every request must pass before a handler sees it. Each rule has its file and knows nothing of the others.
//!
//! The order is cheap first: where it comes from, what it claims, how often, how many at once; then its body is
//! put under limits and the handler under a clock.

mod address;
mod body;
mod busy;
mod cross_site;
mod rate;
pub mod secure;
#[cfg(test)]
mod tests;

use std::{any::Any, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::header,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel, Predicate,
        predicate::{DefaultPredicate, SizeAbove},
    },
};

pub use address::From;
pub use body::{BodyFault, fault_of};

use crate::{
    limits::Limits,
    observe::{Metrics, observe},
    problem::{Answer, Code, Problem},
};

/// Holds what the rules count.
#[derive(Clone)]
pub struct Edge {
    limits: Arc<Limits>,
    rate: Arc<rate::Rate>,
    busy: busy::Busy,
}

impl Edge {
    /// Nothing counted yet.
    pub fn new(limits: Arc<Limits>) -> Self {
        let rate = Arc::new(rate::Rate::new(limits.rate_per_s, limits.rate_burst));
        let busy = busy::Busy::new(limits.requests_at_once);
        Edge { limits, rate, busy }
    }

    /// Puts every rule over every route of `router`.
    pub fn over(self, router: Router) -> Router {
        let limits = self.limits.clone();
        let worth_it = DefaultPredicate::new().and(SizeAbove::new(860));
        let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_it);
        router
            .layer(middleware::from_fn_with_state(self, guard))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(compression)
            .layer(middleware::from_fn_with_state(limits, observe))
    }

    fn admit(&self, request: &Request) -> Answer<Option<busy::Slot>> {
        let (headers, path) = (request.headers(), request.uri().path());
        body::refuse_compressed(headers)?;
        body::refuse_declared(headers, self.limits.body_for(path))?;
        cross_site::refuse(request.method(), headers)?;
        if is_probe(path) {
            return Ok(None); // a probe must be answered when nothing else is
        }
        if let Some(caller) = address::caller(request, &self.limits.proxies) {
            self.rate.admit(caller)?;
        }
        self.busy.enter().map(Some)
    }
}

async fn guard(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    if let Some(from) = address::from(&request, &edge.limits.proxies) {
        request.extensions_mut().insert(from);
    }
    let slot = match edge.admit(&request) {
        Ok(slot) => slot,
        Err(problem) => {
            Metrics::of_node().refused(problem.code().as_str());
            return refuse(problem, &request);
        }
    };
    let path = request.uri().path();
    let (bytes, time) = (edge.limits.body_for(path), edge.limits.time_for(path));
    let request = request.map(|body| body::limited(body, bytes, edge.limits.silence));
    let answered = tokio::time::timeout(time, next.run(request)).await;
    drop(slot);
    answered.unwrap_or_else(|_too_slow| Problem::new(Code::TimedOut).into_response())
}

/// A body that was not read would be taken for the next request: such a connection is closed.
fn refuse(problem: Problem, request: &Request) -> Response {
    let mut response = problem.into_response();
    if http_body::Body::size_hint(request.body()).upper() != Some(0) {
        response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    response
}

fn is_probe(path: &str) -> bool {
    path.starts_with("/health/") || path == "/metrics"
}

#[allow(clippy::needless_pass_by_value)] // the layer wants it so
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("nothing");
    tracing::error!(said, "a handler panicked");
    Problem::new(Code::Fault).into_response()
}
