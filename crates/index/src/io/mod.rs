//! Tables in and out: COINr's two tables (`iData`, `iMeta`) unchanged, panels with a `Time` column, and one CSV per
//! stage with 17 significant digits. Bytes in, bytes out; files and paths are the caller's.

mod data;
mod meta;
mod table;
mod write;

pub use data::{Data, read_data};
pub use meta::read_meta;
pub use write::{number, write_columns, write_frame};
