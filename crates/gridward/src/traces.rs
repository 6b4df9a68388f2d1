//! Spans to a collector by OTLP over HTTP, where the variables of OpenTelemetry name one; nothing otherwise.
//! What is told are routes, statuses, statements and times: no address, no parameter, no person.

use crate::out::{Failed, because};
use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, Tracer};

/// Variables that name a collector, as the OpenTelemetry specification has them.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// Spans on their way. Dropped, the last of them are sent.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Where a collector is named, what sends to it. To be called before any runtime is entered: sending has a
    /// thread and a client of its own.
    pub fn start() -> Result<Option<Traces>, Failed> {
        if ENDPOINTS.iter().all(|name| std::env::var_os(name).is_none_or(|it| it.is_empty())) {
            return Ok(None);
        }
        let _chosen_before = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.map_err(|error| because("cannot send spans by OTLP", error))?;
        let resource = Resource::builder().with_service_name("gridward").build();
        let sending =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Traces(sending)))
    }

    /// What makes spans.
    pub fn tracer(&self) -> Tracer {
        self.0.tracer("gridward")
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}
