//! Use cases: load, permit, decide, save, record. Decides *when*; `domain` decides *what*, `store` remembers.

pub mod clock;
pub mod fault;

pub use clock::Clock;
pub use fault::{AppError, FieldError};
