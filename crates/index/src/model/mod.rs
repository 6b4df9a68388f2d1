//! The nouns of the engine: units, the framework of indicators, and frames of numbers between them.

mod frame;
mod meta;
mod tree;
mod units;

pub use frame::Frame;
pub use meta::{Direction, Entry, Goalposts, Kind, Meta};
pub use tree::{Node, Tree};
pub use units::{Scope, Units};
