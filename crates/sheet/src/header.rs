//! Finding the header among title rows and merged cells, by the names that columns may have.

use thiserror::Error;

use crate::cell::Sheet;
use crate::number::half_width;
use crate::place::Place;

/// Rows looked at from the top for a header.
const SEARCHED: usize = 60;

/// A column that may be in a table, and what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// All its names, in whatever language; the first is the one told in errors. See [`fold`] for what need not
    /// be written twice.
    pub names: Vec<String>,
    /// Whether a table without it is none.
    pub required: bool,
}

impl Known {
    /// A column that must be there.
    pub fn required<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Known {
        Known { names: names.into_iter().map(Into::into).collect(), required: true }
    }

    /// A column that may be there.
    pub fn optional<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Known {
        Known { required: false, ..Known::required(names) }
    }
}

/// Where the columns of a table stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The last row of the header, from 0.
    pub row: usize,
    /// The first row below it, from 0.
    pub first: usize,
    /// The column of each that was asked for, from 0, in the order asked.
    pub columns: Vec<Option<usize>>,
    /// The columns that nobody asked for, with what stands above them.
    pub others: Vec<(usize, String)>,
}

/// No header, or one that says two things.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeaderFault {
    /// No row has all required columns.
    #[error("{}no row of column names was found; missing: {}", sheet_prefix(sheet), missing.join(", "))]
    Missing {
        /// The sheet; empty for CSV.
        sheet: String,
        /// The row that has most of them, from 1.
        nearest: Option<usize>,
        /// First names of the columns that it lacks, or that are required where there is no such row.
        missing: Vec<String>,
    },
    /// Two columns with the same meaning.
    #[error("the column {name} is there twice: {first} and {second}")]
    Twice {
        /// First name of the column.
        name: String,
        /// The first.
        first: Place,
        /// The second.
        second: Place,
    },
}

fn sheet_prefix(sheet: &str) -> String {
    if sheet.is_empty() { String::new() } else { format!("sheet {sheet}: ") }
}

/// Finds the header of a table: the row, or the two rows one above the other, that name most of the columns.
///
/// Title rows above it are passed over, merged cells count for all they cover, a group's name above a column's
/// counts as its beginning (`区域` over `编码` is `区域编码`), and a name in two languages counts by either
/// (`分子 numerator`).
pub fn find_header(sheet: &Sheet, known: &[Known]) -> Result<Header, HeaderFault> {
    let names: Vec<Vec<String>> =
        known.iter().map(|column| column.names.iter().map(|name| fold(name)).collect()).collect();
    let height = sheet.height().min(SEARCHED);
    let mut best: Option<(usize, usize, Labels)> = None;
    for row in 0..height {
        for two in [false, true] {
            let labels = Labels::read(sheet, row, two, &names);
            let required = labels.count(|at| known[at].required);
            let all = labels.count(|_| true);
            let better = best.as_ref().is_none_or(|(r, a, _)| (required, all) > (*r, *a));
            if all > 0 && better {
                best = Some((required, all, labels));
            }
        }
    }
    let required = |column: &&Known| column.required;
    let Some((found, _, labels)) = best else {
        let missing = known.iter().filter(required).map(|column| column.names[0].clone()).collect();
        return Err(HeaderFault::Missing { sheet: sheet.name().to_owned(), nearest: None, missing });
    };
    if found < known.iter().filter(required).count() {
        let lacks =
            |at: &usize| known[*at].required && !labels.found.iter().any(|(_, it, _)| *it == Some(*at));
        let missing = (0..known.len()).filter(lacks).map(|at| known[at].names[0].clone()).collect();
        let nearest = Some(labels.row + 1);
        return Err(HeaderFault::Missing { sheet: sheet.name().to_owned(), nearest, missing });
    }
    labels.into_header(sheet, known)
}

/// What stands above each column, and which known column it is.
struct Labels {
    /// The lower row.
    row: usize,
    found: Vec<(usize, Option<usize>, String)>,
}

impl Labels {
    fn read(sheet: &Sheet, row: usize, two: bool, names: &[Vec<String>]) -> Labels {
        let lower = row + usize::from(two);
        let mut found = Vec::new();
        let mut group = String::new();
        for column in 0..sheet.width() {
            let below = sheet.seen(lower, column).text();
            let mut above = if two { sheet.seen(row, column).text() } else { String::new() };
            // Where a file tells of no merged cells, a group's name stands over its first column only.
            if !above.is_empty() {
                group.clone_from(&above);
            } else if two && !below.is_empty() {
                above.clone_from(&group);
            }
            let whole = if above == below { below.clone() } else { format!("{above}{below}") };
            let known = [&whole, &below, &above].into_iter().find_map(|label| matching(label, names));
            if !whole.is_empty() {
                found.push((column, known, if below.is_empty() { above } else { below }));
            }
        }
        Labels { row: lower, found }
    }

    /// How many different known columns of a kind there are.
    fn count(&self, counts: impl Fn(usize) -> bool) -> usize {
        let mut seen: Vec<usize> =
            self.found.iter().filter_map(|(_, at, _)| *at).filter(|at| counts(*at)).collect();
        seen.sort_unstable();
        seen.dedup();
        seen.len()
    }

    fn into_header(self, sheet: &Sheet, known: &[Known]) -> Result<Header, HeaderFault> {
        let mut columns: Vec<Option<usize>> = vec![None; known.len()];
        let mut others = Vec::new();
        for (column, at, label) in self.found {
            let Some(at) = at else {
                others.push((column, label));
                continue;
            };
            if let Some(first) = columns[at] {
                // The same merged cell over two columns is one name.
                if sheet.covering(self.row, column).is_some() {
                    continue;
                }
                return Err(HeaderFault::Twice {
                    name: known[at].names[0].clone(),
                    first: sheet.place(self.row, first),
                    second: sheet.place(self.row, column),
                });
            }
            columns[at] = Some(column);
        }
        // A name merged over several rows ends where its last row ends.
        let goes_on = |row: usize| {
            columns
                .iter()
                .flatten()
                .any(|column| sheet.covering(row, *column).is_some_and(|by| by.0 <= self.row))
        };
        let first = (self.row + 1..=sheet.height()).find(|row| !goes_on(*row)).unwrap_or(self.row + 1);
        Ok(Header { row: first - 1, first, columns, others })
    }
}

/// Which known column a label names: by all of it, else by the one that its parts agree on.
fn matching(label: &str, names: &[Vec<String>]) -> Option<usize> {
    let named = |folded: &str| {
        if folded.is_empty() {
            None
        } else {
            names.iter().position(|names| names.iter().any(|name| name == folded))
        }
    };
    named(&fold(label)).or_else(|| {
        let mut found = parts(label).into_iter().filter_map(|part| named(&fold(&part)));
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    })
}

/// The pieces of a label between slashes, line ends and bars, and where Chinese meets Latin letters.
fn parts(label: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before: Option<bool> = None;
    for c in label.chars().map(|c| if matches!(c, '\n' | '\r') { '|' } else { half_width(c) }) {
        if matches!(c, '/' | '|' | '\\') {
            parts.push(String::new());
            before = None;
            continue;
        }
        if c.is_alphabetic() {
            let latin = c.is_ascii();
            if before.is_some_and(|before| before != latin) {
                parts.push(String::new());
            }
            before = Some(latin);
        }
        parts.last_mut().expect("there is always one").push(c);
    }
    parts
}

/// A name without what people write in different ways: full-width characters as half-width, small letters,
/// without blanks, marks, and what stands in brackets (`数值（%）` is `数值`, `Area Code` is `areacode`).
pub fn fold(name: &str) -> String {
    let mut folded = String::new();
    let mut depth = 0_usize;
    for c in name.chars().map(half_width) {
        match c {
            '(' | '[' | '{' | '【' | '〔' | '《' | '<' => depth += 1,
            ')' | ']' | '}' | '】' | '〕' | '》' | '>' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ => {}
        }
    }
    if folded.is_empty() {
        // All of it in brackets.
        folded = name
            .chars()
            .map(half_width)
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
    }
    folded
}

#[cfg(test)]
mod tests;
