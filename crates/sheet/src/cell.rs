//! What a sheet holds once it is read: cells, and which of them are merged.

use std::collections::HashMap;
use std::sync::Arc;

use crate::place::Place;

/// The content of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing, or only blanks.
    #[default]
    Empty,
    /// Text, without blanks around it.
    Text(String),
    /// A number as stored.
    Number(f64),
    /// A number that the spreadsheet shows in percent, in percent: what shows as 98.5% is 98.5.
    Percent(f64),
    /// Yes or no.
    Truth(bool),
    /// A day or a moment, as `2026-09-30` or `2026-09-30 08:00:00`.
    Date(String),
    /// What a formula could not compute, as `#DIV/0!`.
    Error(String),
}

impl Cell {
    /// As text: numbers in the shortest form that reads back as the same, percent with its sign.
    pub fn text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) | Cell::Date(text) | Cell::Error(text) => text.clone(),
            Cell::Number(value) => value.to_string(),
            Cell::Percent(value) => format!("{value}%"),
            Cell::Truth(value) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Cell::Empty)
    }

    pub(crate) fn of_text(text: &str) -> Cell {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}');
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }
}

/// One sheet: rows of cells, counted from 0, as the spreadsheet shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    name: Arc<str>,
    rows: Vec<Vec<Cell>>,
    /// Cells covered by a merged one, and where its content stands.
    merged: HashMap<(usize, usize), (usize, usize)>,
}

impl Sheet {
    pub(crate) fn new(name: &str, rows: Vec<Vec<Cell>>) -> Sheet {
        Sheet { name: name.into(), rows, merged: HashMap::new() }
    }

    pub(crate) fn merge(&mut self, covered: (usize, usize), by: (usize, usize)) {
        self.merged.insert(covered, by);
    }

    /// The sheet's name; empty for CSV.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows there are, up to the last with content.
    pub fn height(&self) -> usize {
        self.rows.len()
    }

    /// How many columns the widest row has.
    pub fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// What stands in a cell; nothing outside the sheet, and nothing where a merged cell covers it.
    pub fn cell(&self, row: usize, column: usize) -> &Cell {
        self.rows.get(row).and_then(|cells| cells.get(column)).unwrap_or(&Cell::Empty)
    }

    /// What a reader sees there: a merged cell's content counts for every cell it covers.
    pub fn seen(&self, row: usize, column: usize) -> &Cell {
        match self.covering(row, column) {
            Some((row, column)) => self.cell(row, column),
            None => self.cell(row, column),
        }
    }

    /// Where the content of the merged cell stands that covers this one, if one does and it is elsewhere.
    pub fn covering(&self, row: usize, column: usize) -> Option<(usize, usize)> {
        self.merged.get(&(row, column)).copied()
    }

    /// Whether nothing stands in a row.
    pub fn is_blank(&self, row: usize) -> bool {
        self.rows.get(row).is_none_or(|cells| cells.iter().all(Cell::is_empty))
    }

    /// A cell's place, to tell people.
    pub fn place(&self, row: usize, column: usize) -> Place {
        Place { sheet: self.name.clone(), row: row + 1, column: column + 1 }
    }
}
