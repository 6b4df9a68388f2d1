//! Writing tables. The same tables give the same bytes: no file holds a clock.

mod csv;
mod xlsx;

pub use csv::{CsvStart, to_csv};
pub use xlsx::to_xlsx;
