//! XLSX: a title over the whole width, a header that stays, rows between hairlines, a foot; A4, one page wide.

use std::collections::{HashMap, HashSet};

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format as Style, FormatAlign,
    FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::error::SheetError;
use crate::table::{Align, Column, Content, Format, Look, Table, Value};

/// What Excel holds in one cell, and in one list of choices.
const MOST_CHOICES: usize = 255;
/// The day that every file says it was made: a file says what is in it, not when it was asked for.
const MADE: (u16, u8, u8) = (2000, 1, 1);
const FONT: &str = "等线";
const USUAL_WIDTH: f64 = 12.0;

const INK: Color = Color::RGB(0x1f_29_37);
const FAINT: Color = Color::RGB(0x6b_72_80);
const BAD: Color = Color::RGB(0xb4_23_18);
const HEAD: Color = Color::RGB(0xe6_ee_f5);
const LINE: Color = Color::RGB(0xc3_cb_d4);
const ASKED: Color = Color::RGB(0xff_f9_e5);
const NOT_ASKED: Color = Color::RGB(0xe5_e7_eb);

/// Tables as the sheets of a workbook, in their order.
///
/// # Errors
/// More rows or columns than Excel has, or a text of more than 32,767 characters, named with its sheet.
pub fn to_xlsx(tables: &[Table]) -> Result<Vec<u8>, SheetError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(MADE.0, MADE.1, MADE.2).expect("the day is a day");
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let mut names = HashSet::new();
    for table in tables {
        let name = sheet_name(&table.name, &mut names);
        write(book.add_worksheet(), table, &name)
            .map_err(|error| SheetError::Write(format!("sheet {name}: {error}")))?;
    }
    book.save_to_buffer().map_err(|error| SheetError::Write(error.to_string()))
}

/// A name that spreadsheets take and that no other sheet has.
fn sheet_name(name: &str, taken: &mut HashSet<String>) -> String {
    let clean: String =
        name.chars().map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { ' ' } else { c }).collect();
    let clean = if clean.trim().is_empty() { "Sheet" } else { clean.trim() };
    let mut chosen: String = clean.chars().take(31).collect();
    let mut n = 2;
    while !taken.insert(chosen.to_lowercase()) {
        let end = format!(" {n}");
        chosen = clean.chars().take(31 - end.len()).chain(end.chars()).collect();
        n += 1;
    }
    chosen
}

fn write(sheet: &mut Worksheet, table: &Table, name: &str) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    let last = (table.columns.len().max(1) - 1) as u16;
    let widths: Vec<f64> = table.columns.iter().map(width).collect();
    let across: f64 = widths.iter().sum();
    for (at, width) in widths.iter().enumerate() {
        sheet.set_column_width(at as u16, *width)?;
    }
    let mut row = 0;
    for (at, line) in table.title.iter().enumerate() {
        let style = if at == 0 { title_style() } else { note_style() };
        let size = if at == 0 { 16.0 } else { 10.0 };
        over(sheet, row, last, line, &style)?;
        sheet.set_row_height(row, height(line, across, size))?;
        row += 1;
    }
    let header = row;
    row = heads(sheet, table, row)?;
    let first = row;
    let mut styles: HashMap<(Format, Align, Look), Style> = HashMap::new();
    for values in &table.rows {
        let mut tallest = 1.0_f64;
        for (at, column) in table.columns.iter().enumerate() {
            let empty = Value::empty();
            let value = values.get(at).unwrap_or(&empty);
            let style = styles
                .entry((column.format, column.align, value.look))
                .or_insert_with(|| cell_style(column.format, column.align, value.look));
            let at = at as u16;
            match &value.content {
                Content::Empty => sheet.write_blank(row, at, style)?,
                Content::Text(text) => {
                    tallest = tallest.max(lines(text, widths[usize::from(at)], 10.5));
                    sheet.write_string_with_format(row, at, text, style)?
                }
                Content::Number(number) => {
                    sheet.write_number_with_format(row, at, shown(*number, column.format), style)?
                }
            };
        }
        sheet.set_row_height(row, (15.0 * tallest + 3.0).max(table.row_height).min(400.0))?;
        row += 1;
    }
    for (at, column) in table.columns.iter().enumerate().filter(|_| row > first) {
        if let Some(rule) = rule(column)? {
            sheet.add_data_validation(first, at as u16, row - 1, at as u16, &rule)?;
        }
    }
    for line in &table.foot {
        over(sheet, row, last, line, &note_style())?;
        sheet.set_row_height(row, height(line, across, 10.0))?;
        row += 1;
    }
    sheet.set_freeze_panes(first, table.frozen_columns as u16)?;
    page(sheet, table.landscape, header, first)
}

/// A4, as wide as one page, the header on each, numbered.
fn page(sheet: &mut Worksheet, landscape: bool, header: u32, first: u32) -> Result<(), XlsxError> {
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&C&9&P / &N");
    sheet.set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3).set_print_center_horizontally(true);
    if landscape {
        sheet.set_landscape();
    }
    sheet.set_repeat_rows(header, first.max(header + 1) - 1)?;
    Ok(())
}

/// A line over the whole width.
fn over(sheet: &mut Worksheet, row: u32, last: u16, line: &str, style: &Style) -> Result<(), XlsxError> {
    if last == 0 {
        sheet.write_string_with_format(row, 0, line, style)?;
    } else {
        sheet.merge_range(row, 0, row, last, line, style)?;
    }
    Ok(())
}

/// The header, in two rows where a column has a group; gives the row below it.
fn heads(sheet: &mut Worksheet, table: &Table, row: u32) -> Result<u32, XlsxError> {
    let style = head_style();
    let grouped = table.columns.iter().any(|column| column.group.is_some());
    let lower = row + u32::from(grouped);
    let mut tallest = 1.0_f64;
    let mut at = 0;
    while at < table.columns.len() {
        let column = &table.columns[at];
        let like = |other: &Column| column.group.is_some() && other.group == column.group;
        let run = table.columns[at..].iter().take_while(|other| like(other)).count().max(1);
        let (first, last) = (at as u16, (at + run - 1) as u16);
        match &column.group {
            Some(group) if run > 1 => {
                sheet.merge_range(row, first, row, last, group, &style)?;
            }
            Some(group) => {
                sheet.write_string_with_format(row, first, group, &style)?;
            }
            None if grouped => {
                sheet.merge_range(row, first, lower, first, &column.heading, &style)?;
            }
            None => {}
        }
        for (offset, column) in table.columns[at..at + run].iter().enumerate() {
            if column.group.is_some() || !grouped {
                sheet.write_string_with_format(lower, (at + offset) as u16, &column.heading, &style)?;
            }
            tallest = tallest.max(lines(&column.heading, width(column), 10.5));
        }
        at += run;
    }
    sheet.set_row_height(lower, 15.0 * tallest + 8.0)?;
    if grouped {
        sheet.set_row_height(row, 21.0)?;
    }
    Ok(lower + 1)
}

fn rule(column: &Column) -> Result<Option<DataValidation>, XlsxError> {
    if let Some(least) = column.least {
        let rule =
            DataValidation::new().allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(least));
        return Ok(Some(rule.set_error_message(format!("{} ≥ {least}", column.heading))?));
    }
    let length: usize = column.choices.iter().map(|choice| choice.chars().count() + 1).sum();
    if column.choices.is_empty() || length > MOST_CHOICES {
        return Ok(None);
    }
    DataValidation::new().allow_list_strings(&column.choices).map(Some)
}

fn width(column: &Column) -> f64 {
    if column.width > 0.0 { column.width } else { USUAL_WIDTH }
}

/// A difference that shows as zero is zero, not minus zero.
fn shown(number: f64, format: Format) -> f64 {
    let is_zero = |n: u8| (number * 10_f64.powi(i32::from(n))).round() == 0.0;
    if matches!(format, Format::Signed(n) if is_zero(n)) { 0.0 } else { number }
}

/// How many lines a text takes in a column of a width; a Chinese character is as wide as two letters.
fn lines(text: &str, width: f64, size: f64) -> f64 {
    let room = (width * 11.0 / size).max(1.0);
    let of = |line: &str| {
        let letters: f64 = line.chars().map(|c| if c.is_ascii() { 0.95 } else { 2.0 }).sum();
        (letters / room).ceil().max(1.0)
    };
    text.split('\n').map(of).sum()
}

/// Height in points of a line over the whole width.
fn height(line: &str, across: f64, size: f64) -> f64 {
    (lines(line, across, size) * size * 1.45 + 4.0).min(400.0)
}

fn base() -> Style {
    Style::new()
        .set_font_name(FONT)
        .set_font_size(10.5)
        .set_font_color(INK)
        .set_align(FormatAlign::VerticalCenter)
}

fn title_style() -> Style {
    base().set_font_size(16).set_bold().set_align(FormatAlign::Center).set_text_wrap()
}

fn note_style() -> Style {
    base().set_font_size(10).set_font_color(FAINT).set_align(FormatAlign::Left).set_text_wrap()
}

fn lined(style: Style) -> Style {
    style.set_border(FormatBorder::Thin).set_border_color(LINE)
}

fn head_style() -> Style {
    lined(base()).set_bold().set_background_color(HEAD).set_align(FormatAlign::Center).set_text_wrap()
}

fn cell_style(format: Format, align: Align, look: Look) -> Style {
    let style = lined(base()).set_text_wrap();
    let style = match format {
        Format::General => style,
        Format::Text => style.set_num_format("@"),
        Format::Whole => style.set_num_format("#,##0"),
        Format::Decimals(n) => style.set_num_format(decimals(n)),
        Format::Signed(n) => {
            let plain = decimals(n);
            style.set_num_format(format!("+{plain};-{plain};{plain}"))
        }
    };
    let style =
        if align == Align::Middle { style.set_align(FormatAlign::Center) } else { style.set_indent(1) };
    match look {
        Look::Plain => style,
        Look::Asked => style.set_background_color(ASKED),
        Look::NotAsked => style.set_background_color(NOT_ASKED).set_font_color(FAINT),
        Look::Strong => style.set_bold(),
        Look::Bad => style.set_font_color(BAD).set_bold(),
        Look::Faint => style.set_font_color(FAINT),
    }
}

fn decimals(n: u8) -> String {
    let n = usize::from(n.min(15));
    if n == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(n)) }
}
