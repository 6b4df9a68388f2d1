//! A composite-indicator engine: tables in; scores, ranks, intervals and reasons out.
//!
//! It knows no city. Units are opaque codes, indicators a tree of any depth. The stages are select, denominate,
//! impute, screen, treat, bound, normalise, weigh, aggregate, rank, test, explain; each is usable alone, and a
//! [`Recipe`] runs them all. No files, no clock, no chance but seeded chance: the caller reads and writes.
//!
//! Start with [`Inputs::from_csv`], [`Recipe::from_toml`] and [`run`]; the crate's README has worked examples.

#![allow(
    clippy::many_single_char_names, // formulas keep the letters of the papers they are from
    clippy::float_cmp,              // ties, zero weights and constants are exact by meaning
    clippy::format_push_string,     // reports are written once; clarity before an allocation
    clippy::needless_for_each,      // one-line updates of a slice read well this way
    clippy::items_after_statements, // a constant beside its one use
    clippy::format_collect,         // the same
    clippy::unused_self,            // helpers that belong to a thing by meaning
    clippy::type_complexity,        // two plain lists need no name
    clippy::naive_bytecount         // counts lines only when reporting an error
)]

pub mod audit;
pub mod bod;
pub mod coherence;
pub mod error;
pub mod explain;
pub mod io;
mod live;
pub mod lp;
pub mod mean;
pub mod methods;
pub mod model;
mod multiple;
mod note;
pub mod outrank;
mod place;
mod recipe;
pub mod robustness;
mod run;
pub mod sensitivity;
pub mod small_area;
pub mod stage;
pub mod stats;
pub mod structure;
pub mod sum;
pub mod topsis;
mod veto;
pub mod weights;

pub use error::{IndexError, Result};
pub use live::{Live, Touched};
pub use model::{Direction, Entry, Frame, Kind, Meta, Scope, Tree, Units};
pub use multiple::{Imputed, run_multiple};
pub use note::{Note, Stage};
pub use recipe::{Recipe, VERSION};
pub use run::{Inputs, Prepared, Run, finish, prepare, run, run_frozen};
pub use veto::{Flag, Veto};

/// The examples of the README are compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
