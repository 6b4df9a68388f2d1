//! Bringing in what a city already has: areas and classes from plain files, cases of another system with their
//! history. Units and people come in by `crate::people::import`.
//!
//! `mapping` says which foreign column means what, `row` reads a row by it, `history` turns the rows of one number
//! into the acts of one case, `cases` walks a whole file. Opening and unpacking files is the binary's affair.

mod areas;
mod cases;
mod classes;
mod history;
mod mapping;
mod row;

pub use areas::{ImportedAreas, import_areas};
pub use cases::{Imported, Rejected, Told, import_cases};
pub use classes::import_classes;
pub use mapping::Mapping;

use crate::AppError;
use thiserror::Error;

/// Why an import did not begin, or had to end. A row that makes no sense is no error: it is told and left out.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The mapping, the heading of the file or the city do not fit; the message says what to mend.
    #[error("{0}")]
    Unfit(String),
    /// The file cannot be read on.
    #[error("cannot read the file")]
    Read(#[from] csv::Error),
    /// The use case failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<store::Fault> for ImportError {
    fn from(fault: store::Fault) -> ImportError {
        ImportError::App(fault.into())
    }
}

impl From<store::CommitError> for ImportError {
    fn from(error: store::CommitError) -> ImportError {
        ImportError::App(error.into())
    }
}
