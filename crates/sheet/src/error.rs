//! What can be wrong with a file, told so that whoever sent it can mend it.

use thiserror::Error;

use crate::place::Place;

/// A file that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SheetError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Some other kind of file.
    #[error("the file is {0}; save it as XLSX or as CSV and send that")]
    OtherKind(&'static str),
    /// Text in no encoding that is known.
    #[error(
        "the text is neither UTF-8 nor GB18030: line {line}, byte {byte} of the file is 0x{value:02X}{hint}; save it as UTF-8 or as XLSX"
    )]
    Encoding {
        /// Line of the first byte that fits neither, from 1.
        line: usize,
        /// Its number in the file, from 1.
        byte: usize,
        /// The byte.
        value: u8,
        /// What else was noticed; empty, or beginning with a comma.
        hint: &'static str,
    },
    /// UTF-16 that is none.
    #[error(
        "the file begins as UTF-16 but line {line}, byte {byte} does not go on as such; save it as UTF-8 or as XLSX"
    )]
    Utf16 {
        /// Line, from 1.
        line: usize,
        /// Byte of the file, from 1.
        byte: usize,
    },
    /// Text that makes sense in two encodings.
    #[error(
        "the file can be read as UTF-8 (line {line}: {utf8:?}) and as GBK ({gbk:?}); save it as UTF-8 with BOM or as XLSX"
    )]
    TwoReadings {
        /// Line of the first difference, from 1.
        line: usize,
        /// How UTF-8 reads it.
        utf8: String,
        /// How GBK reads it.
        gbk: String,
    },
    /// A quotation mark without its other half.
    #[error("the quotation mark at {0} is never closed")]
    OpenQuote(Place),
    /// Text after a closing quotation mark.
    #[error("the quotation mark at {0} is followed by text; a quotation mark inside a cell is written twice")]
    AfterQuote(Place),
    /// More than a limit allows.
    #[error("{what}: more than {limit}{place}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// Where, beginning with a space; empty where it is the whole file.
        place: String,
    },
    /// A zip or workbook that is damaged.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// A table that a spreadsheet cannot hold.
    #[error("the table cannot be written: {0}")]
    Write(String),
    /// A file of an archive that has no right name.
    #[error(
        "the archive holds a file named {0:?}; names are relative paths with /, without . and .., each once"
    )]
    Name(String),
}

impl SheetError {
    pub(crate) fn too_much(what: &'static str, limit: impl TryInto<u64>) -> SheetError {
        SheetError::TooMuch { what, limit: limit.try_into().unwrap_or(u64::MAX), place: String::new() }
    }

    pub(crate) fn too_much_in(what: &'static str, limit: usize, sheet: &str) -> SheetError {
        let place = if sheet.is_empty() { String::new() } else { format!(" in sheet {sheet}") };
        SheetError::TooMuch { what, limit: limit as u64, place }
    }
}

/// Something wrong at a place of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {why}")]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong, and what would be right.
    pub why: String,
}
