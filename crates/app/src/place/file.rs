//! Places and things as files: read from CSV, XLSX and GeoJSON, shown row by row, brought in whole; and given out.
//!
//! A row with a number is the place that has it; without one, its name and spot say which it is: the same file sent twice
//! changes nothing. Text that a spreadsheet would run is given out with an apostrophe before it.

mod bring;
mod give;
mod read;

pub use bring::{Brought, Fate, How, RowFate, bring};
pub use give::{export_csv, export_geojson};
pub use read::{Draft, Finding, ReadFile, Spot, read_geojson, read_table};
