//! What operators see of a node: metrics in the text form that Prometheus reads, and one line of log a request.
//! Neither holds personal data: paths are templates, query strings and bodies are never looked at.

mod metrics;
mod request;
mod span;
#[cfg(test)]
mod tests;

pub use metrics::{Kind, Metrics, Open};
pub use request::{RequestId, observe};
