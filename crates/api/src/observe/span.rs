//! The span of a request, by the names of OpenTelemetry's semantic conventions for HTTP servers. It goes on where the
//! caller's `traceparent` (W3C Trace Context) left off.

use axum::http::HeaderMap;
use opentelemetry::{global, propagation::Extractor};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The span; the route, not the path, since a path may name a person's case.
pub(super) fn of(method: &'static str, route: &str, request: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("{method} {route}"));
        let caller = global::get_text_map_propagator(|from| from.extract(&Headers(headers)));
        let _nobody_traces = span.set_parent(caller);
    }
    span
}

/// How it ended.
pub(super) fn end(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(axum::http::HeaderName::as_str).collect()
    }
}
