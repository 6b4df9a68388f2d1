//! What the loop promises: every legal move, every refusal, and replay.
//!
//! `build` tells stories (`a_case().filed().assigned_to(ROADS)`), `chance` makes acts up, the rest are the
//! sentences. The printed law and the record's form of each act are locked in `crates/domain/tests/tables.rs`.

mod around;
mod build;
mod chance;
mod law;
mod pauses;
mod properties;
mod round;
mod units;
