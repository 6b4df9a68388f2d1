//! Work calendars: which seconds count, and when a span of time ends.
//!
//! A [`CalendarPlan`] is the data a clerk edits; a [`Calendar`] is the same, checked and compiled.
//! Which calendar belongs to which county is [`CalendarBook`]'s. Spans are `clock`'s.
//!
//! # Conventions
//! The rules follow the Civil Code of the PRC, articles 200 to 204 (periods), and are tested line by
//! line in `crates/domain/tests/deadlines.csv`.
//! 1. Whole seconds: a fraction of a second in `from` is dropped.
//! 2. *Urgent* spans run every second.
//! 3. *Work hours* run only inside working hours. The deadline is the earliest instant at which the
//!    amount has passed: what is used up exactly at noon is due at noon, not after the break. What
//!    arrives outside working hours starts with the next opening.
//! 4. *Work days*: the day it begins is not counted, whether it was a work day or not and at whatever
//!    hour it came; due at the close of business of the n-th work day after. A make-up Saturday is a work day.
//! 5. *Natural days*: the day it begins is not counted; due at 24:00 of the n-th day after. A deadline
//!    on a holiday stays there: what may wait for the next work day is given work days instead.
//! 6. On time is at or before the deadline.
//! 7. A pause moves the deadline by the time of the same kind that lay in the pause, to the second. Two
//!    pauses move it as far as one as long, and a pause over a weekend costs a work-hour clock nothing.
//! 8. Where the clock jumps (summer time), a shift counts as long as it really lasted.

mod book;
mod bundle;
mod check;
mod plan;
mod table;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::{Span, SpanKind, Warning};

pub use book::CalendarBook;
pub use bundle::{CalendarEntry, CalendarFile, HolidayRow};
pub use check::CalendarFault;
pub use plan::{CalendarPlan, Exception, LikeWeekday, MonthDay, Season, Shift, Week, WrittenWrong};
use table::Table;
use walk::{LAST_SECOND, Walk};

/// Years compiled after the last one announced: open cases seldom look further.
const YEARS_AHEAD: i16 = 10;

/// A checked and compiled work calendar. Serialised as its plan.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "CalendarPlan", try_from = "CalendarPlan")]
pub struct Calendar {
    plan: CalendarPlan,
    zone: TimeZone,
    known_years: BTreeSet<i16>,
    table: Table,
}

/// Everything that is wrong with a plan, one fault a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct CalendarFaults(pub Vec<CalendarFault>);

impl Calendar {
    /// Checks and compiles a plan.
    pub fn new(plan: CalendarPlan) -> Result<Calendar, CalendarFaults> {
        let zone = check::check(&plan).map_err(CalendarFaults)?;
        let known_years: BTreeSet<i16> = plan.exceptions.keys().map(|d| d.year()).collect();
        let first = known_years.first().map_or(2000, |y| y.saturating_sub(1)).max(1900);
        let last = known_years.last().map_or(2050, |y| y.saturating_add(YEARS_AHEAD)).min(2200);
        let table = Table::compile(Walk { plan: &plan, zone: &zone }, first, last);
        Ok(Calendar { plan, zone, known_years, table })
    }

    /// The data it was made of.
    pub fn plan(&self) -> &CalendarPlan {
        &self.plan
    }

    /// The zone its clock times and dates are in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the holidays of a date's year have been entered. Where not, the week pattern alone counts,
    /// and whoever shows such a deadline should say so.
    pub fn covers(&self, date: Date) -> bool {
        self.known_years.contains(&date.year())
    }

    /// The calendar date of an instant in this calendar's zone.
    pub fn date_of(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// Whether anybody works on a date.
    pub fn is_work_day(&self, date: Date) -> bool {
        !self.plan.hours_on(date).is_empty()
    }

    /// Whether an instant lies inside working hours (the first second does, the closing second does not).
    pub fn is_open_at(&self, at: Timestamp) -> bool {
        let at = second(at);
        self.worked(at, at + 1) > 0
    }

    /// When a span that begins at `from` is used up.
    pub fn deadline(&self, from: Timestamp, span: Span) -> Timestamp {
        let from = second(from);
        let due = match span {
            Span::UrgentMinutes(0) | Span::WorkMinutes(0) | Span::WorkDays(0) | Span::NaturalDays(0) => from,
            Span::UrgentMinutes(n) => from + i64::from(n) * 60,
            Span::WorkMinutes(n) => self.after_work(from, i64::from(n) * 60),
            Span::WorkDays(n) => self
                .table
                .close_of_work_day(from, n)
                .unwrap_or_else(|| self.walk().close_of_work_day(from, n)),
            Span::NaturalDays(n) => {
                self.table.end_of_day(from, n).unwrap_or_else(|| self.walk().end_of_day(from, n))
            }
        };
        instant(due)
    }

    /// The deadline after a postponement (延期): the span goes on from the old deadline.
    ///
    /// A deadline at 24:00 belongs to the day it ends, so one natural day more is 24:00 of the next day.
    pub fn postpone(&self, due: Timestamp, by: Span) -> Timestamp {
        let counts_days = matches!(by, Span::WorkDays(_) | Span::NaturalDays(_)) && by.amount() > 0;
        self.deadline(if counts_days { instant(second(due) - 1) } else { due }, by)
    }

    /// Seconds of work in `[from, to)`; negative when `to` is before `from`.
    pub fn work_between_s(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.worked(second(from), second(to))
    }

    /// Seconds that a clock of this kind counts in `[from, to)`; negative when `to` is before `from`.
    pub fn counted_s(&self, from: Timestamp, to: Timestamp, kind: SpanKind) -> i64 {
        self.counted(second(from), second(to), kind)
    }

    /// Seconds left of a clock, counted in its kind; negative once overdue.
    pub fn remaining_s(&self, now: Timestamp, due: Timestamp, kind: SpanKind) -> i64 {
        self.counted_s(now, due, kind)
    }

    /// The moment when `pct` percent of the counted time from `from` to `due` is used (100 is `due` itself).
    pub fn at_share(&self, from: Timestamp, due: Timestamp, kind: SpanKind, pct: u8) -> Timestamp {
        let (from, due) = (second(from), second(due));
        let all = self.counted(from, due, kind);
        if pct == 100 || all <= 0 {
            return instant(due);
        }
        instant(self.advance(from, (all * i64::from(pct) + 99) / 100, kind))
    }

    /// When each warning of a running clock is due.
    pub fn warnings(&self, from: Timestamp, due: Timestamp, kind: SpanKind) -> [(Warning, Timestamp); 3] {
        Warning::ALL.map(|warning| (warning, self.at_share(from, due, kind, warning.share_pct())))
    }

    /// The deadline of a clock that stood still in `[paused_from, paused_to)`.
    ///
    /// A pause that begins at or after `due` changes nothing: what was late stays late.
    pub fn resume(
        &self,
        due: Timestamp,
        kind: SpanKind,
        paused_from: Timestamp,
        paused_to: Timestamp,
    ) -> Timestamp {
        let (due, from, to) = (second(due), second(paused_from), second(paused_to));
        if from >= due || to <= from {
            return instant(due);
        }
        instant(self.advance(due, self.counted(from, to, kind), kind))
    }

    fn counted(&self, from: i64, to: i64, kind: SpanKind) -> i64 {
        if kind.counts_work() { self.worked(from, to) } else { to - from }
    }

    fn advance(&self, from: i64, counted_s: i64, kind: SpanKind) -> i64 {
        if kind.counts_work() { self.after_work(from, counted_s) } else { from + counted_s }
    }

    fn worked(&self, from: i64, to: i64) -> i64 {
        match (self.table.worked_until(from), self.table.worked_until(to)) {
            (Some(before), Some(after)) => after - before,
            _ if from <= to => self.walk().work_between(from, to),
            _ => -self.walk().work_between(to, from),
        }
    }

    fn after_work(&self, from: i64, work_s: i64) -> i64 {
        if work_s <= 0 {
            return from;
        }
        let found = self.table.worked_until(from).and_then(|worked| self.table.instant_of(worked + work_s));
        found.unwrap_or_else(|| self.walk().after_work(from, work_s))
    }

    fn walk(&self) -> Walk<'_> {
        Walk { plan: &self.plan, zone: &self.zone }
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Calendar) -> bool {
        self.plan == other.plan
    }
}

impl From<Calendar> for CalendarPlan {
    fn from(calendar: Calendar) -> CalendarPlan {
        calendar.plan
    }
}

impl TryFrom<CalendarPlan> for Calendar {
    type Error = CalendarFaults;
    fn try_from(plan: CalendarPlan) -> Result<Calendar, CalendarFaults> {
        Calendar::new(plan)
    }
}

fn second(at: Timestamp) -> i64 {
    at.as_millisecond().div_euclid(1000)
}

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second.min(LAST_SECOND)).unwrap_or(Timestamp::MAX)
}
