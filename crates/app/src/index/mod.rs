//! The safety index (平安指数) of the city: what departments hand in, and the editions made of it.
//!
//! `materials` is everything an edition is made of; `values`, `recipe`, `compute`, `standing` and `weak` make it, pure
//! and without a store, so that a published edition can be made again from its archive on any machine (`archive`).
//! `from_cases` is what the platform itself knows; `gather` what was known at a moment; `edition` and `framework` are the
//! use cases, `opened` and `backcast` what can be asked of an edition.
//! `small` is what can be said of areas below the counties.
//! `intake` is what departments hand in, against the framework that is `followed`.

pub mod archive;
pub mod backcast;
pub mod compute;
pub mod doubts;
pub mod edition;
pub mod followed;
pub mod framework;
pub mod from_cases;
pub mod gather;
pub mod intake;
pub mod materials;
pub mod opened;
pub mod paper;
pub mod platform;
pub mod recipe;
pub mod sheets;
pub mod small;
pub mod standing;
mod tables;
#[cfg(test)]
mod tests;
pub mod values;
pub mod weak;
pub mod work;
