//! What departments hand in for the index: looked at, saved, signed; and what is known of it at a moment.
//!
//! A figure counts from the moment its department has signed it. Nothing that was signed is changed: a correction is
//! handed in, and is the next vintage.

mod board;
mod file;
pub(crate) mod past;
mod plan;
mod save;
mod see;

pub use board::{BoardCell, BoardRow, Delivery, board};
pub use file::{FileRead, read_file};
pub use plan::{Doubt, FigureIn, HandIn, Planned, preview};
pub use save::{Saved, discard, save, sign};
pub use see::{Page, Values, known, list, one, vintages};
pub use store::intake::{File, Given, Intake, Known};
