//! What can be wrong with a calendar plan, each fault naming the thing and the fix.

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::plan::{CalendarPlan, Exception, Shift, Week};

/// A fault of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarFault {
    /// The zone is not in the time zone database.
    #[error("calendar `{code}`: time zone `{zone}` is unknown; write an IANA name such as Asia/Shanghai")]
    Zone {
        /// Which calendar.
        code: String,
        /// What was written.
        zone: String,
    },
    /// No weekday has hours.
    #[error("calendar `{code}`: {part} has no working hours at all; give at least one weekday a shift")]
    NeverOpen {
        /// Which calendar.
        code: String,
        /// `the week` or `season 06-01`.
        part: String,
    },
    /// Two shifts of a weekday overlap or stand in the wrong order.
    #[error(
        "calendar `{code}`: {part}, {weekday:?}: {second} begins before {first} ends; order the shifts and keep them apart"
    )]
    Shifts {
        /// Which calendar.
        code: String,
        /// `the week` or `season 06-01`.
        part: String,
        /// Which weekday.
        weekday: Weekday,
        /// The earlier of the two as written.
        first: Shift,
        /// The one after it.
        second: Shift,
    },
    /// Two seasons share a day.
    #[error(
        "calendar `{code}`: {date} lies in the seasons beginning {first} and {second}; shorten one of them"
    )]
    Seasons {
        /// Which calendar.
        code: String,
        /// First day found in both.
        date: String,
        /// First day of one.
        first: String,
        /// First day of the other.
        second: String,
    },
    /// A make-up day copies a weekday nobody works.
    #[error(
        "calendar `{code}`: make-up day {date} copies a weekday without hours; name one with hours, e.g. mon"
    )]
    MakeUp {
        /// Which calendar.
        code: String,
        /// The make-up day.
        date: Date,
    },
}

/// The zone of a valid plan, or everything that is wrong with it.
pub(super) fn check(plan: &CalendarPlan) -> Result<TimeZone, Vec<CalendarFault>> {
    let code = &plan.code;
    let mut faults = Vec::new();
    let zone = TimeZoneDatabase::bundled().get(&plan.zone);
    if zone.is_err() {
        faults.push(CalendarFault::Zone { code: code.clone(), zone: plan.zone.clone() });
    }
    check_week(code, "the week", &plan.week, &mut faults);
    for season in &plan.seasons {
        check_week(code, &format!("season {}", season.first), &season.week, &mut faults);
    }
    check_seasons(plan, &mut faults);
    for (&date, exception) in &plan.exceptions {
        if matches!(exception, Exception::MakeUp(_)) && plan.hours_on(date).is_empty() {
            faults.push(CalendarFault::MakeUp { code: code.clone(), date });
        }
    }
    zone.map_err(|_| ())
        .and_then(|zone| if faults.is_empty() { Ok(zone) } else { Err(()) })
        .map_err(|()| faults)
}

fn check_week(code: &str, part: &str, week: &Week, faults: &mut Vec<CalendarFault>) {
    let weekdays = || Weekday::Monday.cycle_forward().take(7);
    if weekdays().all(|d| week.on(d).is_empty()) {
        faults.push(CalendarFault::NeverOpen { code: code.to_owned(), part: part.to_owned() });
    }
    for weekday in weekdays() {
        for pair in week.on(weekday).windows(2) {
            if pair[1].from_min() < pair[0].to_min() {
                let (first, second) = (pair[0], pair[1]);
                let (code, part) = (code.to_owned(), part.to_owned());
                faults.push(CalendarFault::Shifts { code, part, weekday, first, second });
            }
        }
    }
}

fn check_seasons(plan: &CalendarPlan, faults: &mut Vec<CalendarFault>) {
    let leap_year = std::iter::successors(Some(jiff::civil::date(2000, 1, 1)), |d| d.tomorrow().ok());
    for date in leap_year.take_while(|d| d.year() == 2000) {
        let mut here = plan.seasons.iter().filter(|s| s.includes(date));
        if let (Some(a), Some(b)) = (here.next(), here.next()) {
            faults.push(CalendarFault::Seasons {
                code: plan.code.clone(),
                date: format!("{:02}-{:02}", date.month(), date.day()),
                first: a.first.to_string(),
                second: b.first.to_string(),
            });
            return;
        }
    }
}
