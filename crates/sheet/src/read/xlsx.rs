//! Workbooks. Cells are read one by one, so that a sheet whose two cells stand in opposite corners takes two
//! cells of memory; what the zip holds is counted by inflating it once before anything else looks at it.

use std::collections::HashSet;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Style, Xlsx, XlsxError};

use crate::archive;
use crate::cell::{Cell, Sheet};
use crate::error::SheetError;
use crate::limits::Limits;

/// The sheets of a workbook that are seen.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Sheet>, SheetError> {
    let names = archive::measure(bytes, limits)?;
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    if !has("xl/workbook.xml") && !has("_rels/.rels") || has("xl/workbook.bin") {
        return Err(SheetError::OtherKind(other_kind(&names)));
    }
    if !has("xl/") {
        return Err(SheetError::OtherKind(other_kind(&names)));
    }
    // The parser is not ours, and this is a door to the outside: should it panic, the file is at fault.
    catch_unwind(AssertUnwindSafe(|| workbook(bytes, limits)))
        .unwrap_or_else(|_| Err(SheetError::Damaged("the workbook cannot be read".to_owned())))
}

fn other_kind(names: &[String]) -> &'static str {
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    if has("word/") {
        "a text document (.docx)"
    } else if has("xl/workbook.bin") {
        "a binary workbook (.xlsb)"
    } else if has("content.xml") {
        "an OpenDocument file"
    } else {
        "a zip without a workbook in it"
    }
}

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

fn damaged(error: &XlsxError) -> SheetError {
    SheetError::Damaged(error.to_string())
}

fn workbook(bytes: &[u8], limits: &Limits) -> Result<Vec<Sheet>, SheetError> {
    let mut book: Book<'_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let seen: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    if seen.len() > limits.sheets {
        return Err(SheetError::too_much("sheets", limits.sheets as u64));
    }
    // By name, as the parser finds them: of two with one name it would read the first twice.
    if seen.iter().collect::<HashSet<_>>().len() < seen.len() {
        return Err(SheetError::Damaged("two sheets have the same name".to_owned()));
    }
    let mut room = Room { limits, cells: 0, text: 0 };
    seen.iter().map(|name| sheet(&mut book, name, &mut room)).collect()
}

/// What all sheets together have taken.
struct Room<'a> {
    limits: &'a Limits,
    cells: usize,
    text: usize,
}

impl Room<'_> {
    fn take(&mut self, cells: usize, text: usize) -> Result<(), SheetError> {
        self.cells = self.cells.saturating_add(cells);
        self.text = self.text.saturating_add(text);
        if self.cells > self.limits.cells {
            return Err(SheetError::too_much("cells", self.limits.cells as u64));
        }
        if self.text > self.limits.text {
            return Err(SheetError::too_much("bytes of text in cells", self.limits.text as u64));
        }
        Ok(())
    }
}

fn sheet(book: &mut Book<'_>, name: &str, room: &mut Room<'_>) -> Result<Sheet, SheetError> {
    let merges = book.merge_cells_by_sheet_name(name).map_err(|error| damaged(&error))?;
    let mut cells = book.worksheet_cells_reader(name).map_err(|error| damaged(&error))?;
    let percent: Vec<bool> = cells.styles().iter().map(shows_percent).collect();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    while let Some((found, style)) = cells.next_cell_with_style_id().map_err(|error| damaged(&error))? {
        let cell = cell_of(found.get_value(), percent.get(style).copied().unwrap_or_default());
        if cell.is_empty() {
            continue;
        }
        let (row, column) = found.get_position();
        let (row, column) = (row as usize, column as usize);
        if row >= room.limits.rows {
            return Err(SheetError::too_much_in("rows", room.limits.rows, name));
        }
        if column >= room.limits.columns {
            return Err(SheetError::too_much_in("columns", room.limits.columns, name));
        }
        if rows.len() <= row {
            rows.resize(row + 1, Vec::new());
        }
        let line = &mut rows[row];
        // Cells left empty before it take room too.
        room.take((column + 1).saturating_sub(line.len()).max(1), text_length(&cell))?;
        if line.len() <= column {
            line.resize(column + 1, Cell::Empty);
        }
        line[column] = cell;
    }
    let mut sheet = Sheet::new(name, rows);
    let (height, width) = (sheet.height(), sheet.width());
    for merge in merges {
        let (first, last) = (merge.start, merge.end);
        let (first, last) = ((first.0 as usize, first.1 as usize), (last.0 as usize, last.1 as usize));
        let rows = first.0..height.min(last.0.saturating_add(1));
        let columns = first.1..width.min(last.1.saturating_add(1));
        room.take(rows.len().saturating_mul(columns.len()), 0)?;
        for row in rows {
            for column in columns.clone().filter(|column| (row, *column) != first) {
                sheet.merge((row, column), first);
            }
        }
    }
    Ok(sheet)
}

fn text_length(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) | Cell::Date(text) | Cell::Error(text) => text.len(),
        _ => 0,
    }
}

fn cell_of(value: &DataRef<'_>, percent: bool) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::of_text(text),
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Int(value) => number(*value as f64, percent),
        DataRef::Float(value) => number(*value, percent),
        DataRef::Bool(value) => Cell::Truth(*value),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::Date(text.clone()),
        DataRef::Error(error) => Cell::Error(error.to_string()),
        DataRef::DateTime(moment)
            if moment.is_datetime() && (0.0..2_958_466.0).contains(&moment.as_f64()) =>
        {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let day = format!("{year:04}-{month:02}-{day:02}");
            let at_midnight = (hour, minute, second) == (0, 0, 0);
            Cell::Date(if at_midnight { day } else { format!("{day} {hour:02}:{minute:02}:{second:02}") })
        }
        DataRef::DateTime(moment) => Cell::Date(format!("{} days", moment.as_f64())),
    }
}

/// What a spreadsheet shows as 98.5% is stored as 0.985; times a hundred, to the 15 digits a spreadsheet knows.
fn number(value: f64, percent: bool) -> Cell {
    if percent && value.is_finite() {
        let shown = value * 100.0;
        return Cell::Percent(format!("{shown:.14e}").parse().unwrap_or(shown));
    }
    Cell::Number(value)
}

/// Whether a number format has a percent sign that is not quoted.
fn shows_percent(style: &Style) -> bool {
    let Some(format) = &style.number_format else { return false };
    let mut quoted = false;
    let mut chars = format.format_code.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' | '_' | '*' => drop(chars.next()),
            '"' => quoted = !quoted,
            '%' if !quoted => return true,
            _ => {}
        }
    }
    false
}
