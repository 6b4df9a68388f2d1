//! A civil month: the period of figures and of editions.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A month of a year, from 0001-01 to 9999-12. As text `2026-09`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    /// Months since year 0.
    since: i32,
}

/// A text that is no month.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a month; write the year and the month, as 2026-09")]
pub struct BadMonth(pub String);

impl Month {
    /// The month of a year; `None` beyond 0001-01 to 9999-12.
    pub fn new(year: i16, month: i8) -> Option<Month> {
        let fits = (1..=9999).contains(&year) && (1..=12).contains(&month);
        fits.then(|| Month { since: i32::from(year) * 12 + i32::from(month) - 1 })
    }

    /// The month a day is in.
    pub fn of(day: Date) -> Month {
        Month { since: i32::from(day.year().max(1)) * 12 + i32::from(day.month()) - 1 }
    }

    /// The year.
    pub fn year(self) -> i16 {
        (self.since / 12) as i16
    }

    /// The month of the year, 1 to 12.
    pub fn number(self) -> i8 {
        (self.since % 12 + 1) as i8
    }

    /// So many months later, or earlier; stays within 0001-01 to 9999-12.
    #[must_use]
    pub fn plus(self, months: i32) -> Month {
        Month { since: self.since.saturating_add(months).clamp(12, 9999 * 12 + 11) }
    }

    /// How many months lie from `earlier` to this one; negative when it is the later one.
    pub fn since(self, earlier: Month) -> i32 {
        self.since - earlier.since
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        Date::new(self.year(), self.number(), 1).expect("a month within range has a first day")
    }

    /// From one month to another, both included; empty when `last` is earlier.
    pub fn range(first: Month, last: Month) -> impl DoubleEndedIterator<Item = Month> {
        (first.since..=last.since).map(|since| Month { since })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Month({self})")
    }
}

impl FromStr for Month {
    type Err = BadMonth;
    fn from_str(text: &str) -> Result<Month, BadMonth> {
        let bad = || BadMonth(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(bad)?;
        let digits = |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(bad());
        }
        let parsed = year.parse().ok().zip(month.parse().ok());
        parsed.and_then(|(year, month)| Month::new(year, month)).ok_or_else(bad)
    }
}

impl TryFrom<String> for Month {
    type Error = BadMonth;
    fn try_from(text: String) -> Result<Month, BadMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> String {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_counted_and_written_back() {
        let month: Month = "2026-09".parse().unwrap();
        assert_eq!((month.year(), month.number()), (2026, 9));
        assert_eq!(month.plus(4).to_string(), "2027-01");
        assert_eq!(month.plus(-9).to_string(), "2025-12");
        assert_eq!(month.plus(-9).since(month), -9);
        assert_eq!(Month::range(month.plus(-1), month.plus(1)).count(), 3);
        assert_eq!(Month::of(jiff::civil::date(2026, 9, 30)), month);
        assert_eq!(serde_json::to_string(&month).unwrap(), "\"2026-09\"");
    }

    #[test]
    fn what_is_no_month_is_refused_with_the_form_that_is() {
        for text in
            ["2026-13", "2026-00", "2026-9", "26-09", "2026/09", "+026-09", "", "2026-09-01", "0000-01"]
        {
            let told = text.parse::<Month>().unwrap_err().to_string();
            assert!(told.contains("as 2026-09"), "{told}");
        }
    }
}
