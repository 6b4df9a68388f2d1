//! The HTTP edge: what callers may send, how they are answered, how much of it there may be.
//!
//! Knows HTTP, not rules: a handler reads, calls one use case of `app`, and writes. Wire types live here and
//! nowhere else (`v1`). The accept loop is `server`, the rules for every request `edge`, errors `problem`.

pub mod assets;
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

pub use limits::Limits;
pub use problem::{Code, Problem};
