//! Tables as people hand them round: CSV and XLSX read and written, and archives of files that are the same
//! bytes every time. It knows cells, headers and places, and no rules of any city: what a column means is told
//! by whoever asks. Everything is bytes in and bytes out; files, clocks and networks are elsewhere.
//!
//! ```
//! use sheet::{Limits, read};
//! let sheets = read("区域,数值\n东区,98.5%\n".as_bytes(), &Limits::default()).unwrap();
//! assert_eq!(sheets[0].cell(1, 0).text(), "东区");
//! assert_eq!(sheets[0].place(1, 1).to_string(), "row 2, column B");
//! ```

mod archive;
mod cell;
mod error;
mod header;
mod limits;
mod number;
mod place;
mod read;
mod table;
mod write;

pub use archive::{pack, unpack};
pub use cell::{Cell, Sheet};
pub use error::{Fault, SheetError};
pub use header::{Header, HeaderFault, Known, find_header, fold};
pub use limits::Limits;
pub use number::{MISSING, NotANumber, Typed, typed};
pub use place::{Place, column_letters};
pub use read::read;
pub use table::{Align, Column, Format, Look, Table, Value};
pub use write::{CsvStart, to_csv, to_xlsx};
