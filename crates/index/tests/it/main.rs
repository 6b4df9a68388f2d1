//! The engine against published and computed reference values, and against its own laws. One binary.

mod support;

mod golden_coinr;
mod golden_published;
mod golden_sensitivity;
mod golden_statistics;

mod bad_input;
mod laws;
mod report;
mod small_areas;
