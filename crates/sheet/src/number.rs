//! Numbers as people type them. What means "missing" is a table; whatever is neither is an error, never zero.

use thiserror::Error;

use crate::cell::Cell;

/// What stands in tables where there is no figure, after folding full-width characters and case.
#[rustfmt::skip] // a table, best read as one
pub const MISSING: &[&str] = &[
    "", "-", "--", "—", "——", "–", "―", "/", "\\", "…", "……", "...",
    "无", "无数据", "缺", "缺失", "缺报", "暂无", "暂无数据", "未统计", "不适用", "空",
    "na", "n/a", "n.a.", "nan", "null", "none", "missing", "no data", "not available",
];

/// A figure, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Typed {
    /// One of [`MISSING`].
    Missing,
    /// A finite number as it stands.
    Number(f64),
    /// A number with a percent sign or shown in percent: 98.5% is 98.5.
    Percent(f64),
}

impl Typed {
    /// The number, whether with a percent sign or without.
    pub fn value(self) -> Option<f64> {
        match self {
            Typed::Missing => None,
            Typed::Number(value) | Typed::Percent(value) => Some(value),
        }
    }
}

/// Text where a number belongs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a number: {why}")]
pub struct NotANumber {
    /// What stands there, at most 40 characters of it.
    pub text: String,
    /// What would be right.
    pub why: &'static str,
}

const WRITE: &str = "write digits with a point, as 1234.5, or leave the cell empty";
const GROUPS: &str = "a comma groups digits by three, as 1,234; write decimals with a point";
const UNIT: &str = "write the number out in digits, without a unit beside it";

/// Reads a cell that holds a figure or nothing.
///
/// Full-width digits, thousands commas (`1,234.5`), a percent sign and exponents are read. A date, a yes or no,
/// a formula's error and every other text is an error.
pub fn typed(cell: &Cell) -> Result<Typed, NotANumber> {
    let not = |why| Err(NotANumber { text: cell.text().chars().take(40).collect(), why });
    match cell {
        Cell::Empty => Ok(Typed::Missing),
        Cell::Number(value) if value.is_finite() => Ok(Typed::Number(*value)),
        Cell::Percent(value) if value.is_finite() => Ok(Typed::Percent(*value)),
        Cell::Text(text) => text_number(text),
        Cell::Date(_) => not("a day stands where a number belongs; set the cell's format to a number"),
        Cell::Error(_) => not("the formula gives an error; mend it, or leave the cell empty"),
        _ => not(WRITE),
    }
}

fn text_number(text: &str) -> Result<Typed, NotANumber> {
    let not = |why| Err(NotANumber { text: text.chars().take(40).collect(), why });
    let folded: String = text.chars().map(half_width).collect::<String>().to_lowercase();
    let plain = folded.trim();
    if MISSING.contains(&plain) {
        return Ok(Typed::Missing);
    }
    let (digits, percent) = match plain.strip_suffix('%') {
        Some(rest) => (rest.trim_end(), true),
        None => (plain, false),
    };
    let Some(ungrouped) = ungrouped(digits) else { return not(GROUPS) };
    if !is_decimal(&ungrouped) {
        let begins = ungrouped.starts_with(|c: char| c.is_ascii_digit());
        let has_unit = begins && ungrouped.ends_with(|c: char| c.is_alphabetic());
        return not(if has_unit { UNIT } else { WRITE });
    }
    match ungrouped.parse::<f64>() {
        Ok(value) if value.is_finite() && percent => Ok(Typed::Percent(value)),
        Ok(value) if value.is_finite() => Ok(Typed::Number(value)),
        _ => not("it is too large for a number"),
    }
}

/// Without thousands commas; `None` where commas do not stand before groups of three digits.
fn ungrouped(digits: &str) -> Option<String> {
    if !digits.contains(',') {
        return Some(digits.to_owned());
    }
    let (whole, rest) = match digits.find(['.', 'e']) {
        Some(at) => digits.split_at(at),
        None => (digits, ""),
    };
    let mut groups = whole.trim_start_matches(['-', '+']).split(',');
    let is_digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && is_digits(group));
    let others = groups.all(|group| group.len() == 3 && is_digits(group));
    (first && others && !rest.contains(',')).then(|| whole.replace(',', "") + rest)
}

/// `-12`, `.5`, `1.5e-3`: no `inf`, no `nan`, no blanks inside, which `f64` or a person might let pass.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once('e').map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    is_digits(whole) && is_digits(part) && !(whole.is_empty() && part.is_empty()) && exponent_fits
}

/// The half-width form of a full-width character, a blank for every kind of blank, a minus for every kind of it.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{2212}' | '\u{2010}' | '\u{2011}' | '\u{fe63}' => '-',
        '\u{fe6a}' => '%',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Typed, NotANumber> {
        typed(&Cell::Text(text.to_owned()))
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (text, value) in [
            ("12", 12.0),
            ("1,234", 1234.0),
            ("１，２３４．５", 1234.5),
            ("-1,234,567.25", -1_234_567.25),
            ("−3", -3.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1.2E+05", 120_000.0),
            ("+7", 7.0),
        ] {
            assert_eq!(read(text), Ok(Typed::Number(value)), "{text}");
        }
        assert_eq!(read("98.5%"), Ok(Typed::Percent(98.5)));
        assert_eq!(read("９８．５ ％"), Ok(Typed::Percent(98.5)));
        assert_eq!(typed(&Cell::Percent(98.5)), Ok(Typed::Percent(98.5)));
    }

    #[test]
    fn every_word_of_the_table_means_missing() {
        for text in MISSING {
            assert_eq!(read(text), Ok(Typed::Missing), "{text}");
        }
        assert_eq!(read("Ｎ／Ａ"), Ok(Typed::Missing));
        assert_eq!(read("0"), Ok(Typed::Number(0.0)), "zero is a figure");
    }

    #[test]
    fn what_is_neither_is_an_error_that_says_what_would_be_right() {
        for (text, why) in [
            ("1,23", GROUPS),
            ("1.234,5", GROUPS),
            ("12,34,567", GROUPS),
            ("3.5万", UNIT),
            ("12起", UNIT),
            ("约12", WRITE),
            ("inf", WRITE),
            ("infinity", WRITE),
            ("1 234", WRITE),
            ("e5", WRITE),
            (".", WRITE),
            ("%", WRITE),
            ("5%%", WRITE),
            ("1e999", "it is too large for a number"),
        ] {
            assert_eq!(read(text).unwrap_err().why, why, "{text}");
        }
        assert!(typed(&Cell::Error("#DIV/0!".into())).is_err());
        assert!(typed(&Cell::Date("2026-09-30".into())).is_err());
        assert!(typed(&Cell::Truth(true)).is_err());
        assert!(typed(&Cell::Number(f64::NAN)).is_err());
    }
}
