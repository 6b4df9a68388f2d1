//! CSV as RFC 4180 has it: commas, CRLF, quotation marks where needed.

use crate::table::{Content, Table, Value};

/// How a CSV file begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvStart {
    /// With a byte order mark, by which Excel knows that Chinese is in UTF-8.
    Bom,
    /// Without one, for programs.
    Plain,
}

/// A table as CSV in UTF-8: its title lines, its header in one row, its rows, its foot.
///
/// A column's name is its heading, with its group before it where headings alone would be the same. Numbers have
/// all their digits. Text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-` or `@`) gets an
/// apostrophe before it, which [`crate::read`] takes off again.
pub fn to_csv(table: &Table, start: CsvStart) -> Vec<u8> {
    let mut text = String::new();
    if start == CsvStart::Bom {
        text.push('\u{feff}');
    }
    for line in &table.title {
        row(&mut text, std::iter::once(guarded(line)));
    }
    let once = |heading: &str| table.columns.iter().filter(|column| column.heading == heading).count() == 1;
    row(
        &mut text,
        table.columns.iter().map(|column| match &column.group {
            Some(group) if !once(&column.heading) => guarded(&format!("{group} {}", column.heading)),
            _ => guarded(&column.heading),
        }),
    );
    for values in &table.rows {
        let width = table.columns.len().max(values.len());
        let empty = Value::empty();
        row(&mut text, (0..width).map(|at| field(values.get(at).unwrap_or(&empty))));
    }
    for line in &table.foot {
        row(&mut text, std::iter::once(guarded(line)));
    }
    text.into_bytes()
}

fn row(text: &mut String, fields: impl Iterator<Item = String>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            text.push(',');
        }
        if field.contains(['"', ',', ';', '\t', '\n', '\r']) || field.starts_with(' ') || field.ends_with(' ')
        {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text.push_str("\r\n");
}

fn field(value: &Value) -> String {
    match &value.content {
        Content::Empty => String::new(),
        Content::Text(text) => guarded(text),
        Content::Number(number) => number.to_string(),
    }
}

fn guarded(text: &str) -> String {
    let runs = text.trim_start().starts_with(['=', '+', '-', '@']);
    // A text that is a dash means "none"; nothing runs it.
    let is_dash = text.trim().chars().all(|c| c == '-');
    if runs && !is_dash { format!("'{}", text.trim_start()) } else { text.to_owned() }
}
