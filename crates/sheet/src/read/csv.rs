//! CSV as RFC 4180 has it and as spreadsheets write it. A reader of our own, because rows are counted as a
//! spreadsheet shows them (blank ones too), and a quotation mark that is never closed is an error and does not
//! swallow the rest of the file.

use crate::cell::{Cell, Sheet};
use crate::error::SheetError;
use crate::limits::Limits;
use crate::place::Place;

/// Rows looked at to find what separates cells.
const SAMPLE_ROWS: usize = 200;

/// Reads a text whose cells stand between commas, semicolons or tabs.
pub fn read(text: &str, limits: &Limits) -> Result<Sheet, SheetError> {
    let (separator, text) = separator(text, limits);
    let mut rows = rows(text, separator, limits, usize::MAX)?;
    while rows.last().is_some_and(|row| row.iter().all(Cell::is_empty)) {
        rows.pop();
    }
    Ok(Sheet::new("", rows))
}

/// The separator by which most rows have one width, the greater width first; and the text behind a `sep=;`.
fn separator<'a>(text: &'a str, limits: &Limits) -> (u8, &'a str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator @ (b',' | b';' | b'\t')] =
        first.trim_end_matches('\r').as_bytes()
    {
        return (*separator, rest);
    }
    let fit = |separator: u8| {
        let sample = rows(text, separator, limits, SAMPLE_ROWS).unwrap_or_default();
        let mut widths: Vec<usize> = sample
            .iter()
            .filter(|row| row.iter().any(|cell| !cell.is_empty()))
            .map(Vec::len)
            .filter(|width| *width > 1)
            .collect();
        widths.sort_unstable();
        let runs = widths.chunk_by(|a, b| a == b).map(|run| (run.len(), run[0]));
        runs.max().unwrap_or((0, 0))
    };
    let best = [b';', b'\t', b','].into_iter().max_by_key(|separator| fit(*separator));
    (best.unwrap_or(b','), text)
}

/// The cells of at most so many rows.
fn rows(text: &str, separator: u8, limits: &Limits, most: usize) -> Result<Vec<Vec<Cell>>, SheetError> {
    let bytes = text.as_bytes();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    let mut cells = 0;
    let mut at = 0;
    while at < bytes.len() && rows.len() < most {
        let place = || Place { sheet: "".into(), row: rows.len() + 1, column: row.len() + 1 };
        let end = if bytes[at] == b'"' {
            let (content, end) = quoted(text, at + 1, separator).map_err(|open| {
                if open { SheetError::OpenQuote(place()) } else { SheetError::AfterQuote(place()) }
            })?;
            row.push(unguarded(&content));
            end
        } else {
            let ends = |b: &u8| *b == separator || *b == b'\n' || *b == b'\r';
            let end = bytes[at..].iter().position(ends).map_or(bytes.len(), |length| at + length);
            row.push(unguarded(&text[at..end]));
            end
        };
        cells += 1;
        if row.len() > limits.columns {
            return Err(SheetError::TooMuch {
                what: "columns",
                limit: limits.columns as u64,
                place: format!(" in row {}", rows.len() + 1),
            });
        }
        if cells > limits.cells {
            return Err(SheetError::too_much("cells", limits.cells as u64));
        }
        at = end + 1;
        if bytes.get(end) == Some(&separator) {
            if at == bytes.len() {
                row.push(Cell::Empty);
                rows.push(std::mem::take(&mut row));
            }
            continue;
        }
        if bytes.get(end) == Some(&b'\r') && bytes.get(at) == Some(&b'\n') {
            at += 1;
        }
        rows.push(std::mem::take(&mut row));
        if rows.len() > limits.rows {
            return Err(SheetError::too_much("rows", limits.rows as u64));
        }
    }
    Ok(rows)
}

/// The content of a quoted cell from behind its first mark, and where it ends; `Err(true)` where it is never
/// closed, `Err(false)` where something stands behind its closing mark.
fn quoted(text: &str, from: usize, separator: u8) -> Result<(String, usize), bool> {
    let mut content = String::new();
    let mut at = from;
    loop {
        let mark = text[at..].find('"').ok_or(true)?;
        content.push_str(&text[at..at + mark]);
        at += mark + 1;
        if text.as_bytes().get(at) != Some(&b'"') {
            break;
        }
        content.push('"');
        at += 1;
    }
    let blanks = text[at..].bytes().take_while(|b| *b == b' ' && *b != separator).count();
    match text.as_bytes().get(at + blanks) {
        None | Some(b'\n' | b'\r') => Ok((content, at + blanks)),
        Some(b) if *b == separator => Ok((content, at + blanks)),
        Some(_) => Err(false),
    }
}

/// Text as it was before it was guarded against being taken for a formula: `'=1` (as we write it), or `="01"`
/// (as other systems do).
fn unguarded(text: &str) -> Cell {
    let trimmed = text.trim();
    if let Some(rest) = trimmed.strip_prefix('\'')
        && rest.starts_with(['=', '+', '-', '@'])
    {
        return Cell::of_text(rest);
    }
    let inner = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    Cell::of_text(inner.filter(|inner| !inner.contains('"')).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        let sheet = super::read(text, &Limits::default()).unwrap();
        (0..sheet.height())
            .map(|row| (0..sheet.width()).map(|column| sheet.cell(row, column).text()).collect())
            .collect()
    }

    #[test]
    fn commas_semicolons_and_tabs_give_the_same_cells() {
        let cells = [["区域", "数值"], ["东区", "1"], ["西区", "2"]];
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n", "\r"] {
                let text = cells.map(|row| row.join(separator)).join(end);
                assert_eq!(read(&text), cells, "{separator:?} {end:?}");
            }
        }
        assert_eq!(read("sep=;\r\na;1,5\r\n"), [["a", "1,5"]]);
        assert_eq!(read("a;b\n1,5;2,5\n3,5;4\n"), [["a", "b"], ["1,5", "2,5"], ["3,5", "4"]]);
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes() {
        assert_eq!(read("a,\"b,\"\"c\"\"\nd\"\n1,\"\"\n"), [["a", "b,\"c\"\nd"], ["1", ""]]);
        assert_eq!(read("5\" pipe,1\n"), [["5\" pipe", "1"]]);
    }

    #[test]
    fn blank_rows_are_counted_and_trailing_ones_left_out() {
        assert_eq!(read("a,b\n\n1,2\n,\n\n"), [["a", "b"], ["", ""], ["1", "2"]]);
        assert_eq!(read("a,b,\n"), [["a", "b", ""]]);
        assert_eq!(read("a,"), [["a", ""]]);
    }

    #[test]
    fn a_quote_never_closed_is_told_by_its_place() {
        let told = |text| super::read(text, &Limits::default()).unwrap_err().to_string();
        assert_eq!(told("a,b\n1,\"2\n3,4\n"), "the quotation mark at row 2, column B is never closed");
        assert!(told("a,b\n\"1\"x,2\n").starts_with("the quotation mark at row 2, column A is followed"));
    }

    #[test]
    fn guards_against_formulas_are_taken_off() {
        assert_eq!(
            read("'=1+1,=\"0012\",\"=\"\"0013\"\"\",'quoted'\n"),
            [["=1+1", "0012", "0013", "'quoted'"]]
        );
    }

    #[test]
    fn a_million_columns_are_refused_by_row() {
        let text = format!("a,b\n{}\n", ",".repeat(1_000_000));
        let told = super::read(&text, &Limits::default()).unwrap_err().to_string();
        assert_eq!(told, "columns: more than 2000 in row 2");
        let rows = super::read(&"1\n".repeat(50_001), &Limits::default()).unwrap_err();
        assert_eq!(rows.to_string(), "rows: more than 50000");
    }
}
