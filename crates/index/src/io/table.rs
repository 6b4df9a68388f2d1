//! The grammar of a CSV table: encoding, header, cells; knows rows and columns, not what they mean.

use crate::error::{IndexError, Result};

/// No framework has more columns than this; a table beyond it is most often transposed.
const COLUMN_LIMIT: usize = 20_000;

/// A table of text cells with a header.
pub(super) struct Table {
    pub name: String,
    pub header: Vec<String>,
    pub rows: Vec<csv::StringRecord>,
}

impl Table {
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        check_utf8(name, bytes)?;
        let broken = |e: &csv::Error| IndexError::Csv {
            table: name.into(),
            row: e.position().map_or(1, |p| p.line() as usize),
            problem: problem_of(e),
        };
        let mut reader = csv::ReaderBuilder::new().flexible(false).trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|e| broken(&e))?;
        if header.len() > COLUMN_LIMIT {
            return Err(IndexError::TooManyColumns {
                table: name.into(),
                found: header.len(),
                limit: COLUMN_LIMIT,
            });
        }
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        let mut seen = std::collections::HashMap::new();
        for (j, column) in header.iter().enumerate() {
            if let Some(first) = seen.insert(column.as_str(), j) {
                return Err(IndexError::DuplicateColumn {
                    table: name.into(),
                    column: column.clone(),
                    first: first + 1,
                    second: j + 1,
                });
            }
        }
        let rows = reader.records().collect::<std::result::Result<Vec<_>, _>>().map_err(|e| broken(&e))?;
        if let Some(row) = rows.iter().position(|r| follows_an_empty_line(bytes, r)) {
            // Rows below it would be counted one too low.
            let problem = "the row is empty; take it out".into();
            return Err(IndexError::Csv { table: name.into(), row: row + 2, problem });
        }
        if rows.is_empty() {
            return Err(IndexError::Empty { table: name.into() });
        }
        Ok(Self { name: name.into(), header, rows })
    }
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|h| h == name)
    }
    pub fn required(&self, name: &str) -> Result<usize> {
        self.column(name)
            .ok_or_else(|| IndexError::MissingColumn { table: self.name.clone(), column: name.into() })
    }
    /// The text of a cell; `None` where it says nothing.
    pub fn text(&self, row: usize, column: usize) -> Option<&str> {
        self.rows[row].get(column).filter(|t| !is_missing(t))
    }
    /// The number of a cell; `None` where missing.
    pub fn number(&self, row: usize, column: usize) -> Result<Option<f64>> {
        let Some(text) = self.text(row, column) else { return Ok(None) };
        let place = || (self.name.clone(), self.line(row), self.header[column].clone());
        match text.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(Some(x)),
            Ok(_) => {
                let (table, row, column) = place();
                Err(IndexError::Infinite { table, row, column })
            }
            Err(_) => {
                let (table, row, column) = place();
                Err(IndexError::NotANumber { table, row, column, text: text.into() })
            }
        }
    }
    /// The text of a cell that must not be empty.
    pub fn filled(&self, row: usize, column: usize) -> Result<&str> {
        self.text(row, column).ok_or_else(|| IndexError::EmptyCell {
            table: self.name.clone(),
            row: self.line(row),
            column: self.header[column].clone(),
        })
    }
    /// The row as a person counts, the header being row 1.
    pub fn line(&self, row: usize) -> usize {
        row + 2
    }
}

/// Whether an empty line was passed over before this record.
fn follows_an_empty_line(bytes: &[u8], record: &csv::StringRecord) -> bool {
    let at = record.position().map_or(0, |p| p.byte() as usize);
    let rest = &bytes[at.min(bytes.len())..];
    // The reader may stand between the two bytes of the line before.
    let after_return = at > 0 && bytes[at - 1] == b'\r';
    let rest = if after_return { rest.strip_prefix(b"\n").unwrap_or(rest) } else { rest };
    matches!(rest.first(), Some(b'\n' | b'\r'))
}

/// Empty cells and the usual words for "not available".
fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "null" | "NULL")
}

fn problem_of(e: &csv::Error) -> String {
    match e.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        other => format!("{other:?}"),
    }
}

fn check_utf8(name: &str, bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let hint = "; the file is UTF-16, save it as UTF-8";
        return Err(IndexError::NotUtf8 { table: name.into(), row: 1, column: 1, offset: 0, hint });
    }
    let Err(e) = std::str::from_utf8(bytes) else { return Ok(()) };
    let offset = e.valid_up_to();
    let before = &bytes[..offset];
    let row = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let column = 1 + before[line_start..].iter().filter(|&&b| b == b',').count();
    let hint = if looks_like_gbk(bytes) { "; it looks like GBK, convert it to UTF-8 first" } else { "" };
    Err(IndexError::NotUtf8 { table: name.into(), row, column, offset, hint })
}

/// Whether every high byte is the lead of a legal GBK pair (lead 81-FE, trail 40-7E or 80-FE).
fn looks_like_gbk(bytes: &[u8]) -> bool {
    let mut i = 0;
    let mut pairs = 0;
    while i < bytes.len() {
        if bytes[i] < 0x80 {
            i += 1;
        } else if (0x81..=0xfe).contains(&bytes[i])
            && bytes.get(i + 1).is_some_and(|&t| (0x40..=0xfe).contains(&t) && t != 0x7f)
        {
            pairs += 1;
            i += 2;
        } else {
            return false;
        }
    }
    pairs > 0
}
