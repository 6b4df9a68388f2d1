//! The stages, each usable alone: a frame and its rule in, a frame and notes out.

pub mod aggregate;
pub mod bound;
pub mod denominate;
pub mod impute;
mod impute_model;
pub mod normalise;
pub mod rank;
pub mod screen;
pub mod select;
pub mod treat;
pub mod weigh;
