//! How much of a file is read before it is refused.

/// Limits of what is read; each is refused with an error that names the limit.
///
/// The defaults are far above what a department of a city hands in (some hundred rows) and keep one hostile
/// file below about 300 MB of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file as it comes.
    pub bytes: usize,
    /// Bytes of everything inside a zip once it is inflated.
    pub inflated: u64,
    /// Files inside a zip.
    pub files: usize,
    /// Sheets of a workbook.
    pub sheets: usize,
    /// Rows of a sheet.
    pub rows: usize,
    /// Columns of a sheet.
    pub columns: usize,
    /// Cells with content, of all sheets together.
    pub cells: usize,
    /// Bytes of text in all cells together.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 10_000_000,
            inflated: 64_000_000,
            files: 1_000,
            sheets: 50,
            rows: 50_000,
            columns: 2_000,
            cells: 500_000,
            text: 16_000_000,
        }
    }
}
