//! Figures read from a table: our own template filled in, a free table with a row for each figure, or one as
//! departments circulate it, with counties across and indicators down or the other way round.
//!
//! What cannot be read is told by sheet, row and column, all of it at once. Whether a figure is possible or likely is
//! `domain::intake`'s to say.

use super::County;
use super::columns::{Column, known};
use super::names::{Codes, find_county, is_total};
use super::period::{Period, month_of_cell, periods};
use super::template::READ_ONLY;
use domain::framework::Framework;
use domain::id::AreaId;
use domain::intake::Figure;
use domain::month::Month;
use sheet::{
    Cell, Fault, Header, HeaderFault, Known, Limits, Place, Sheet, SheetError, Typed, find_header, typed,
};
use std::collections::HashMap;

/// What a file is read against.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The framework: its indicators that are handed in, and its base figures.
    pub framework: &'a Framework,
    /// The month that is asked for.
    pub month: Month,
    /// The counties.
    pub counties: &'a [County],
}

/// What stood in a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadBack {
    /// The figures, each with the place of its row (or of its cell, in a wide table), in the order of the file. Cells
    /// that say "missing" give none.
    pub figures: Vec<(Figure, Place)>,
    /// What is wrong. While there is any, nothing should be saved.
    pub faults: Vec<Fault>,
    /// What was passed over or read with some thought, in words: sums, sheets without figures, abbreviations.
    pub notes: Vec<String>,
}

/// Reads figures from a CSV or XLSX file. The error is of files that cannot be read at all.
pub fn read_figures(bytes: &[u8], reading: &Reading<'_>, limits: &Limits) -> Result<ReadBack, SheetError> {
    let sheets = sheet::read(bytes, limits)?;
    let codes = Codes::new(reading.framework);
    let mut reader = Reader { reading, codes, back: ReadBack::default(), seen: HashMap::new() };
    let mut read = 0;
    let mut nearest = None;
    for sheet in &sheets {
        if READ_ONLY.contains(&sheet.name()) {
            reader.back.notes.push(format!("sheet {} is for reading only and was passed over", sheet.name()));
        } else if sheet.height() > 0 {
            match reader.sheet(sheet) {
                Ok(()) => read += 1,
                Err(fault) => {
                    nearest.get_or_insert(fault.clone());
                    reader.back.notes.push(format!("{}: {}", fault.place, fault.why));
                }
            }
        }
    }
    if read == 0 {
        reader.back.notes.clear();
        let lost = || Fault { place: sheets[0].place(0, 0), why: NO_TABLE.to_owned() };
        reader.back.faults.push(nearest.unwrap_or_else(lost));
    }
    Ok(reader.back)
}

const NO_TABLE: &str = "no table of figures was found; a table has columns for the indicator (指标编码), the area \
    (区域编码) and a figure (分子, 分母, 数值), or counties as columns and indicators as rows, or the reverse";

/// A table's shape.
enum Shape {
    /// A row for each figure.
    Long(Header),
    /// Indicators down, counties across: the columns of counties.
    CountiesAcross(Header, Vec<(usize, AreaId)>),
    /// Counties down, indicators across.
    IndicatorsAcross(Header, Vec<(usize, String)>),
}

struct Reader<'a> {
    reading: &'a Reading<'a>,
    codes: Codes<'a>,
    back: ReadBack,
    /// Where each figure stood first.
    seen: HashMap<(String, AreaId), Place>,
}

impl Reader<'_> {
    fn sheet(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        let shape = self.shape(sheet)?;
        let header = match &shape {
            Shape::Long(header) | Shape::CountiesAcross(header, _) | Shape::IndicatorsAcross(header, _) => {
                header
            }
        };
        self.check_titles(sheet, header);
        for row in header.first..sheet.height() {
            if sheet.is_blank(row) || is_header_again(sheet, header, row) {
                continue;
            }
            match &shape {
                Shape::Long(header) => self.long_row(sheet, header, row),
                Shape::CountiesAcross(header, across) => self.row_of_indicator(sheet, header, across, row),
                Shape::IndicatorsAcross(header, across) => self.row_of_county(sheet, header, across, row),
            }
        }
        Ok(())
    }

    /// Which of the three shapes a sheet has; the first that fits.
    fn shape(&mut self, sheet: &Sheet) -> Result<Shape, Fault> {
        let fault = |fault: HeaderFault| match fault {
            HeaderFault::Missing { nearest, .. } => {
                Fault { place: sheet.place(nearest.map_or(0, |row| row - 1), 0), why: NO_TABLE.to_owned() }
            }
            HeaderFault::Twice { ref second, .. } => Fault { place: second.clone(), why: fault.to_string() },
        };
        let has = |header: &Header, columns: &[Column]| {
            columns.iter().any(|it| header.columns[*it as usize].is_some())
        };
        let long = find_header(sheet, &known());
        if let Ok(header) = &long
            && has(header, &[Column::Code, Column::Name])
            && has(header, &[Column::AreaCode, Column::Area])
            && has(header, &[Column::Num, Column::Den, Column::Value])
        {
            return Ok(Shape::Long(header.clone()));
        }
        let counties = self.reading.counties;
        let names = |it: &County| Known::optional([it.name_zh.clone(), it.name_en.clone(), it.code.clone()]);
        let asked: Vec<Known> = known().into_iter().chain(counties.iter().map(names)).collect();
        if let Ok(header) = find_header(sheet, &asked)
            && has(&header, &[Column::Code, Column::Name])
        {
            let across = self.counties_across(&header);
            if across.len() >= counties.len().min(2) {
                return Ok(Shape::CountiesAcross(header, across));
            }
        }
        let all = self.codes.all();
        // A bare "code" is the county's here.
        let mut asked = known();
        let bare = std::mem::replace(&mut asked[Column::Code as usize], Known::optional(["—"])).names;
        asked[Column::AreaCode as usize].names.extend(bare);
        asked.extend(all.values().map(|names| Known::optional(names.clone())));
        match find_header(sheet, &asked) {
            Ok(header) if has(&header, &[Column::AreaCode, Column::Area]) => {
                let found = header.columns[known().len()..].iter().zip(all.keys());
                let across: Vec<_> =
                    found.filter_map(|(at, code)| Some(((*at)?, (*code).to_owned()))).collect();
                if across.is_empty() {
                    Err(fault(long.err().unwrap_or_else(|| missing(sheet, &header))))
                } else {
                    Ok(Shape::IndicatorsAcross(header, across))
                }
            }
            Ok(header) => Err(fault(long.err().unwrap_or_else(|| missing(sheet, &header)))),
            Err(other) => Err(fault(long.err().unwrap_or(other))),
        }
    }

    /// Columns of counties, by their names and by abbreviations that fit one.
    fn counties_across(&mut self, header: &Header) -> Vec<(usize, AreaId)> {
        let counties = self.reading.counties;
        let found = header.columns[known().len()..].iter().zip(counties);
        let mut across: Vec<(usize, AreaId)> = found.filter_map(|(at, it)| Some(((*at)?, it.id))).collect();
        if across.is_empty() {
            return across;
        }
        for (column, label) in &header.others {
            if is_total(label) {
                self.back.notes.push(format!("the column {label} sums up others and was passed over"));
                continue;
            }
            match find_county(counties, label) {
                Ok(it) if across.iter().all(|(_, id)| *id != it.county.id) => {
                    self.back.notes.push(format!("{label} was read as {}", it.county.name_zh));
                    across.push((*column, it.county.id));
                }
                _ => self.back.notes.push(format!("the column {label} is no county and was passed over")),
            }
        }
        across.sort_unstable_by_key(|(column, _)| *column);
        across
    }

    /// A title of another month is a fault: the file is the wrong one.
    fn check_titles(&mut self, sheet: &Sheet, header: &Header) {
        let asked = self.reading.month;
        let cells = (0..header.row).flat_map(|row| (0..sheet.width()).map(move |column| (row, column)));
        for (row, column) in cells {
            for period in periods(&sheet.cell(row, column).text()) {
                let why = match period {
                    Period::Month(month) if month == asked => continue,
                    Period::Month(month) => format!("the title says {month}, and {asked} is asked for"),
                    Period::Span(span) => {
                        format!("the title says {span}: figures of one month are asked for, {asked}")
                    }
                };
                self.back.faults.push(Fault { place: sheet.place(row, column), why });
            }
        }
    }

    fn fault(&mut self, place: Place, why: impl Into<String>) {
        self.back.faults.push(Fault { place, why: why.into() });
    }

    fn long_row(&mut self, sheet: &Sheet, header: &Header, row: usize) {
        let at = |column: Column| header.columns[column as usize];
        let figures = [Column::Num, Column::Den, Column::Value, Column::Se, Column::N];
        let has_figure =
            figures.iter().filter_map(|it| at(*it)).any(|column| !sheet.cell(row, column).is_empty());
        let Some(code) = self.indicator(sheet, header, row, has_figure) else { return };
        let Some(area) = self.county(sheet, header, row, has_figure) else { return };
        if let Some(column) = at(Column::Month)
            && !sheet.seen(row, column).is_empty()
        {
            let text = sheet.seen(row, column).text();
            let asked = self.reading.month;
            if month_of_cell(&text) != Some(asked) {
                return self.fault(
                    sheet.place(row, column),
                    format!("{text:?} is not the month asked for, {asked}"),
                );
            }
        }
        let mut numbers = [None; 5];
        for (number, column) in numbers.iter_mut().zip(figures) {
            if let Some(at) = at(column) {
                let may_be_percent =
                    matches!(column, Column::Value | Column::Se) && self.codes.unit(&code).contains('%');
                match self.number(sheet, row, at, may_be_percent) {
                    Ok(read) => *number = read,
                    Err(()) => return,
                }
            }
        }
        let [num, den, value, se, n] = numbers;
        let remark = at(Column::Remark).map(|at| sheet.seen(row, at).text()).filter(|it| !it.is_empty());
        if numbers.iter().all(Option::is_none) {
            if remark.is_some() {
                let place = sheet.place(row, at(Column::Remark).unwrap_or_default());
                self.back.notes.push(format!("{place}: a remark without a figure was passed over"));
            }
            return;
        }
        let month = self.reading.month;
        let figure = Figure { indicator: code, area, month, num, den, value, se, n, remark };
        self.keep(figure, sheet.place(row, at(Column::Code).or(at(Column::Name)).unwrap_or_default()));
    }

    fn row_of_indicator(&mut self, sheet: &Sheet, header: &Header, across: &[(usize, AreaId)], row: usize) {
        let has_figure = across.iter().any(|(column, _)| !sheet.cell(row, *column).is_empty());
        let Some(code) = self.indicator(sheet, header, row, has_figure) else { return };
        let remark = remark(sheet, header, row);
        for (column, area) in across {
            self.value(sheet, row, *column, (&code, *area), remark.clone());
        }
    }

    fn row_of_county(&mut self, sheet: &Sheet, header: &Header, across: &[(usize, String)], row: usize) {
        let has_figure = across.iter().any(|(column, _)| !sheet.cell(row, *column).is_empty());
        let Some(area) = self.county(sheet, header, row, has_figure) else { return };
        let remark = remark(sheet, header, row);
        for (column, code) in across {
            self.value(sheet, row, *column, (code, area), remark.clone());
        }
    }

    /// A cell of a wide table.
    fn value(
        &mut self,
        sheet: &Sheet,
        row: usize,
        column: usize,
        of: (&str, AreaId),
        remark: Option<String>,
    ) {
        let (code, area) = of;
        let percent = self.codes.unit(code).contains('%');
        if let Ok(Some(value)) = self.number(sheet, row, column, percent) {
            let (indicator, month) = (code.to_owned(), self.reading.month);
            let figure = Figure {
                indicator,
                area,
                month,
                num: None,
                den: None,
                value: Some(value),
                se: None,
                n: None,
                remark,
            };
            self.keep(figure, sheet.place(row, column));
        }
    }

    fn keep(&mut self, figure: Figure, place: Place) {
        let key = (figure.indicator.clone(), figure.area);
        if let Some(first) = self.seen.get(&key) {
            let why = format!("the figure of {} for this area stands already at {first}", figure.indicator);
            return self.fault(place, why);
        }
        self.seen.insert(key, place.clone());
        self.back.figures.push((figure, place));
    }

    /// A figure, or that it is missing; what is neither has been told.
    fn number(
        &mut self,
        sheet: &Sheet,
        row: usize,
        column: usize,
        may_be_percent: bool,
    ) -> Result<Option<f64>, ()> {
        let place = sheet.place(row, column);
        if let Some(by) = sheet.covering(row, column)
            && !sheet.cell(by.0, by.1).is_empty()
            && typed(sheet.cell(by.0, by.1)).is_ok_and(|it| it != Typed::Missing)
        {
            let from = sheet.place(by.0, by.1);
            self.fault(
                place,
                format!("the cell is merged with {from}: a figure belongs to one cell; unmerge them"),
            );
            return Err(());
        }
        match typed(sheet.cell(row, column)) {
            Ok(Typed::Missing) => Ok(None),
            Ok(Typed::Percent(value)) if may_be_percent => Ok(Some(value)),
            Ok(Typed::Percent(value)) => {
                self.fault(
                    place,
                    format!("{value}% stands where no percentage belongs: write the number itself"),
                );
                Err(())
            }
            Ok(Typed::Number(value)) => Ok(Some(value)),
            Err(wrong) => {
                self.fault(place, wrong.to_string());
                Err(())
            }
        }
    }

    /// The indicator of a row, by code and by name, which must not contradict each other.
    fn indicator(&mut self, sheet: &Sheet, header: &Header, row: usize, has_figure: bool) -> Option<String> {
        let find = |codes: &Codes<'_>, text: &str| codes.find(text).map(str::to_owned);
        let found = self.key(sheet, header, row, [Column::Code, Column::Name], has_figure, find)?;
        Some(found)
    }

    fn county(&mut self, sheet: &Sheet, header: &Header, row: usize, has_figure: bool) -> Option<AreaId> {
        let counties = self.reading.counties;
        let mut short = None;
        let found = self.key(sheet, header, row, [Column::AreaCode, Column::Area], has_figure, |_, text| {
            let found = find_county(counties, text)?;
            if found.abbreviated {
                short = Some(format!("{text} was read as {}", found.county.name_zh));
            }
            Ok(found.county.id)
        });
        if let Some(note) = short.filter(|note| !self.back.notes.contains(note)) {
            self.back.notes.push(note);
        }
        found
    }

    /// What the two key columns of a row say together. A row that says nothing known and has no figures is a line below
    /// the table, and is noted; one that has figures is told as wrong.
    fn key<T: PartialEq>(
        &mut self,
        sheet: &Sheet,
        header: &Header,
        row: usize,
        columns: [Column; 2],
        has_figure: bool,
        mut find: impl FnMut(&Codes<'_>, &str) -> Result<T, String>,
    ) -> Option<T> {
        let places: Vec<usize> = columns.iter().filter_map(|it| header.columns[*it as usize]).collect();
        let mut kept: Option<T> = None;
        for column in &places {
            let text = sheet.seen(row, *column).text();
            if text.is_empty() {
                continue;
            }
            if is_total(&text) {
                self.back.notes.push(format!(
                    "{}: {text} sums up others and was passed over",
                    sheet.place(row, *column)
                ));
                return None;
            }
            match find(&self.codes, &text) {
                Ok(found) if kept.as_ref().is_some_and(|it| *it != found) => {
                    let why =
                        format!("code and name mean different things: {text:?} is not what its code says");
                    self.fault(sheet.place(row, *column), why);
                    return None;
                }
                Ok(found) => kept = Some(found),
                // A name of one's own beside a code that is known is no harm.
                Err(_) if kept.is_some() => {}
                Err(why) if has_figure => {
                    self.fault(sheet.place(row, *column), why);
                    return None;
                }
                Err(_) => {
                    self.back.notes.push(format!(
                        "{}: a line without figures was passed over",
                        sheet.place(row, *column)
                    ));
                    return None;
                }
            }
        }
        if kept.is_none() && has_figure {
            let what = if columns[0] == Column::Code { "indicator" } else { "area" };
            let column = places.first().copied().unwrap_or_default();
            self.fault(
                sheet.place(row, column),
                format!("the row has figures and no {what}: write it in every row"),
            );
        }
        kept
    }
}

fn missing(sheet: &Sheet, header: &Header) -> HeaderFault {
    HeaderFault::Missing {
        sheet: sheet.name().to_owned(),
        nearest: Some(header.row + 1),
        missing: Vec::new(),
    }
}

fn remark(sheet: &Sheet, header: &Header, row: usize) -> Option<String> {
    let column = header.columns[Column::Remark as usize]?;
    Some(sheet.seen(row, column).text()).filter(|text| !text.is_empty())
}

/// Whether a row repeats the header, as printed pages do.
fn is_header_again(sheet: &Sheet, header: &Header, row: usize) -> bool {
    let mut columns = header.columns.iter().flatten().peekable();
    let same = |column: &usize| {
        let here = sheet.seen(row, *column);
        !matches!(here, Cell::Empty) && here == sheet.seen(header.row, *column)
    };
    columns.peek().is_some() && columns.all(same)
}
