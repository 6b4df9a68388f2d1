//! Places and things: added, changed, moved, inspected by plan; brought in and given out as files.
//!
//! `keep` is the shell of every act, `inspect` records inspections and makes cases of what fails, `see` lists and counts,
//! `due` tells the day's work, `follow` moves places when the areas change, `file` reads
//! and writes CSV, XLSX and GeoJSON.

mod due;
pub mod file;
pub(crate) mod follow;
mod inspect;
mod keep;
pub mod kinds;
mod see;

pub use due::due_in;
pub use inspect::{InspectCommand, Inspected, inspect};
pub use keep::{Done, PlaceCommand, PlaceIn, act, add};
pub use see::{
    Asked, KindCount, Overview, PlaceView, inspection, inspections, list, look, overview, source_of_case,
};

use jiff::civil::Date;

/// A local day as a count from 1970.
pub fn day_number(day: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    day.since(epoch).map_or(0, |span| span.get_days())
}

/// The local day of a count from 1970.
pub fn day_of(number: i32) -> Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(jiff::Span::new().days(number)).unwrap_or(epoch)
}
