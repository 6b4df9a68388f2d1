//! The law of the city: what an area, a case, a deadline and a right *are*, and what follows from what.
//!
//! Pure: no async, no SQL, no HTTP, no clock, no randomness. `now` is an argument. Serde is derived on
//! acts and states only because the record (`audit`) is made of them; wire formats live at the edges.

pub mod area;
pub mod audit;
pub mod calendar;
pub mod campaign;
pub mod care;
pub mod case;
pub mod class;
pub mod clock;
mod closed;
pub mod deed;
pub mod dispute;
pub mod duty;
pub mod edition;
pub mod form;
pub mod framework;
pub mod geo;
pub mod id;
pub mod intake;
pub mod month;
pub mod notice;
pub mod patrol;
pub mod place;
pub mod policy;
pub mod query;
pub mod referral;
pub mod routing;
pub mod safety;
pub mod score;
pub mod stream;
pub mod sync;
pub mod telling;
pub mod today;
pub mod topology;
pub mod visit;
