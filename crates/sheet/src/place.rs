//! Where a cell stands, in the words that a spreadsheet shows.

use std::fmt;
use std::sync::Arc;

/// A cell's place. As text `sheet 数据, row 3, column C`, without the sheet where a file has no sheets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The name of the sheet; empty for CSV.
    pub sheet: Arc<str>,
    /// The row, counted from 1.
    pub row: usize,
    /// The column, counted from 1; its letters are [`column_letters`].
    pub column: usize,
}

impl Place {
    /// The letters of its column.
    pub fn letters(&self) -> String {
        column_letters(self.column.max(1) - 1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.sheet.is_empty() {
            write!(f, "sheet {}, ", self.sheet)?;
        }
        write!(f, "row {}, column {}", self.row, self.letters())
    }
}

/// The letters of a column counted from 0: 0 is `A`, 25 is `Z`, 26 is `AA`.
pub fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        let letters: Vec<_> = [0, 25, 26, 51, 52, 701, 702, 16_383].map(column_letters).to_vec();
        assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn a_place_says_its_sheet_where_there_is_one() {
        let place = Place { sheet: "数据".into(), row: 3, column: 3 };
        assert_eq!(place.to_string(), "sheet 数据, row 3, column C");
        assert_eq!(Place { sheet: "".into(), ..place }.to_string(), "row 3, column C");
    }
}
