//! A work calendar as a clerk writes it: zone, week, seasons, holidays and make-up days.
//!
//! Readable when serialised (`"mon": ["08:30-12:00", "13:30-17:30"]`). Nothing is computed here;
//! `Calendar::new` checks a plan and compiles it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// A work calendar as data. See `Calendar::new` for what makes one valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarPlan {
    /// Unique among the calendars of a city, e.g. `offices`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// IANA name of the time zone its clock times are in.
    pub zone: String,
    /// Hours of an ordinary week.
    pub week: Week,
    /// Parts of the year with other hours (e.g. longer noon rest in summer). They must not overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<Season>,
    /// Holidays and make-up days (调休), by date. A year without any is a year nobody has announced yet.
    #[serde(default)]
    pub exceptions: BTreeMap<Date, Exception>,
}

/// Working hours by weekday; a weekday with none is a day of rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "seven weekdays")]
pub struct Week {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mon: Vec<Shift>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tue: Vec<Shift>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wed: Vec<Shift>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thu: Vec<Shift>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fri: Vec<Shift>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sat: Vec<Shift>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sun: Vec<Shift>,
}

/// A stretch of working time within one day, written `08:30-12:00`. A night shift is two: `22:00-24:00`
/// on one day and `00:00-06:00` on the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shift {
    /// Minutes after midnight, 0 to 1439.
    from_min: u16,
    /// Minutes after midnight, more than `from_min`, at most 1440 (24:00).
    to_min: u16,
}

/// A part of every year, written `06-01` to `08-31` (both days included), with its own week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// First day.
    pub first: MonthDay,
    /// Last day; before `first` when the season crosses New Year.
    pub last: MonthDay,
    /// The hours of the season.
    pub week: Week,
}

/// A day of the year, written `06-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MonthDay {
    month: i8,
    day: i8,
}

/// A date that does not follow its weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// Nobody works (放假).
    Holiday,
    /// Worked with the hours of a Monday to Sunday of choice (调休上班).
    MakeUp(LikeWeekday),
}

/// Whose hours a make-up day has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "seven weekdays")]
pub enum LikeWeekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Why a text is not a shift or a day of the year.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrittenWrong {
    /// Not `HH:MM-HH:MM` with a later end.
    #[error(
        "`{0}` is not a shift: write start and end like 08:30-12:00, the end later than the start, at most 24:00"
    )]
    Shift(String),
    /// Not `MM-DD`.
    #[error("`{0}` is not a day of the year: write month and day like 06-01")]
    MonthDay(String),
}

impl Week {
    /// The same hours from Monday to Friday, rest on Saturday and Sunday.
    pub fn five_days(hours: &[Shift]) -> Week {
        let day = || hours.to_vec();
        Week { mon: day(), tue: day(), wed: day(), thu: day(), fri: day(), sat: vec![], sun: vec![] }
    }

    /// The hours of one weekday.
    pub fn on(&self, weekday: Weekday) -> &[Shift] {
        match weekday {
            Weekday::Monday => &self.mon,
            Weekday::Tuesday => &self.tue,
            Weekday::Wednesday => &self.wed,
            Weekday::Thursday => &self.thu,
            Weekday::Friday => &self.fri,
            Weekday::Saturday => &self.sat,
            Weekday::Sunday => &self.sun,
        }
    }
}

impl Shift {
    /// From and to in minutes after midnight.
    pub fn new(from_min: u16, to_min: u16) -> Result<Shift, WrittenWrong> {
        let shift = Shift { from_min, to_min };
        if from_min < to_min && to_min <= 24 * 60 {
            Ok(shift)
        } else {
            Err(WrittenWrong::Shift(shift.to_string()))
        }
    }

    /// Start in minutes after midnight.
    pub fn from_min(self) -> u16 {
        self.from_min
    }

    /// End in minutes after midnight; 1440 is the midnight that ends the day.
    pub fn to_min(self) -> u16 {
        self.to_min
    }
}

impl Season {
    /// Whether a date lies in the season.
    pub fn includes(&self, date: Date) -> bool {
        let day = MonthDay { month: date.month(), day: date.day() };
        if self.first <= self.last {
            (self.first..=self.last).contains(&day)
        } else {
            day >= self.first || day <= self.last
        }
    }
}

impl LikeWeekday {
    /// The weekday it names.
    pub fn weekday(self) -> Weekday {
        match self {
            LikeWeekday::Mon => Weekday::Monday,
            LikeWeekday::Tue => Weekday::Tuesday,
            LikeWeekday::Wed => Weekday::Wednesday,
            LikeWeekday::Thu => Weekday::Thursday,
            LikeWeekday::Fri => Weekday::Friday,
            LikeWeekday::Sat => Weekday::Saturday,
            LikeWeekday::Sun => Weekday::Sunday,
        }
    }
}

impl CalendarPlan {
    /// The hours of a date: exception first, then season, then week.
    pub fn hours_on(&self, date: Date) -> &[Shift] {
        let week = self.seasons.iter().find(|s| s.includes(date)).map_or(&self.week, |s| &s.week);
        match self.exceptions.get(&date) {
            Some(Exception::Holiday) => &[],
            Some(Exception::MakeUp(like)) => week.on(like.weekday()),
            None => week.on(date.weekday()),
        }
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (self.from_min, self.to_min);
        write!(f, "{:02}:{:02}-{:02}:{:02}", a / 60, a % 60, b / 60, b % 60)
    }
}

impl FromStr for Shift {
    type Err = WrittenWrong;
    fn from_str(text: &str) -> Result<Shift, WrittenWrong> {
        let minutes = |clock: &str| {
            let (h, m) = clock.split_once(':')?;
            let two_digits = |s: &str| if s.len() == 2 { s.parse::<u16>().ok() } else { None };
            let (h, m) = (two_digits(h)?, two_digits(m)?);
            (h <= 24 && m < 60).then_some(h * 60 + m)
        };
        let wrong = || WrittenWrong::Shift(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        match (minutes(from.trim()), minutes(to.trim())) {
            (Some(from), Some(to)) => Shift::new(from, to).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl FromStr for MonthDay {
    type Err = WrittenWrong;
    fn from_str(text: &str) -> Result<MonthDay, WrittenWrong> {
        let wrong = || WrittenWrong::MonthDay(text.to_owned());
        let (month, day) = text.split_once('-').ok_or_else(wrong)?;
        let (month, day) = (month.parse().map_err(|_| wrong())?, day.parse().map_err(|_| wrong())?);
        Date::new(2000, month, day).map(|_| MonthDay { month, day }).map_err(|_| wrong())
    }
}

impl From<Shift> for String {
    fn from(shift: Shift) -> String {
        shift.to_string()
    }
}
impl TryFrom<String> for Shift {
    type Error = WrittenWrong;
    fn try_from(text: String) -> Result<Shift, WrittenWrong> {
        text.parse()
    }
}
impl From<MonthDay> for String {
    fn from(day: MonthDay) -> String {
        day.to_string()
    }
}
impl TryFrom<String> for MonthDay {
    type Error = WrittenWrong;
    fn try_from(text: String) -> Result<MonthDay, WrittenWrong> {
        text.parse()
    }
}
