//! How calendars stand in a bundle of data files: hours in one file, a country's holidays in another.
//!
//! Only the shapes and how they become plans; reading files is the shell's.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::plan::{CalendarPlan, Exception, LikeWeekday, Season, Week};

/// A file of calendars; the first is everybody's who is not named elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarFile {
    /// In the order of the file.
    pub calendar: Vec<CalendarEntry>,
}

/// One calendar of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarEntry {
    /// Unique, e.g. `offices`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// Whether the country's holidays and make-up days apply.
    pub holidays: bool,
    /// Whose hours a make-up day has.
    #[serde(default = "monday")]
    pub make_up_like: LikeWeekday,
    /// National codes of areas that keep this calendar, with all below them.
    #[serde(default)]
    pub areas: Vec<String>,
    /// Hours of an ordinary week.
    pub week: Week,
    /// Seasons with other hours.
    #[serde(default)]
    pub seasons: Vec<Season>,
}

/// A row of the file of holidays and make-up days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayRow {
    /// The date that does not follow its weekday.
    pub date: Date,
    /// 1 when it is worked (调休上班), 0 when it is free.
    pub is_workday: u8,
    /// Which festival.
    pub festival: String,
}

impl CalendarEntry {
    /// The plan of this calendar, with the country's holidays where it keeps them.
    pub fn plan(&self, holidays: &[HolidayRow]) -> CalendarPlan {
        let exception = |row: &HolidayRow| match row.is_workday {
            0 => Exception::Holiday,
            _ => Exception::MakeUp(self.make_up_like),
        };
        let exceptions: BTreeMap<Date, Exception> =
            holidays.iter().filter(|_| self.holidays).map(|row| (row.date, exception(row))).collect();
        CalendarPlan {
            code: self.code.clone(),
            name: self.name.clone(),
            zone: self.zone.clone(),
            week: self.week.clone(),
            seasons: self.seasons.clone(),
            exceptions,
        }
    }
}

fn monday() -> LikeWeekday {
    LikeWeekday::Mon
}
