//! The engine against published and computed reference values, and against its own laws. One binary.

#![allow(
    clippy::many_single_char_names,
    clippy::float_cmp,
    clippy::format_push_string,
    clippy::needless_for_each
)]

mod support;

mod golden_coinr;
mod golden_published;
mod golden_sensitivity;
mod golden_statistics;

mod bad_input;
mod choices;
mod formulas;
mod laws;
mod readme;
mod report;
mod small_areas;
