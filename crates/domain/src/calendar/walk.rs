//! A calendar read day by day: slow, obvious, right for any date of the calendar's zone.
//!
//! The table (`table`) is compiled from this and proved equal to it; outside the table's years this
//! is what answers.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::plan::CalendarPlan;

/// The last second a `Timestamp` can hold (in the year 9999); a walk that leaves the era ends here.
pub(super) const LAST_SECOND: i64 = 253_402_207_200;

/// A plan and its zone, walked one local day at a time. Seconds are Unix seconds.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub plan: &'a CalendarPlan,
    pub zone: &'a TimeZone,
}

impl Walk<'_> {
    pub fn date_of(self, second: i64) -> Date {
        let at = Timestamp::from_second(second).unwrap_or(if second < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
        self.zone.to_datetime(at).date()
    }

    /// The instant a local day begins.
    pub fn midnight(self, date: Date) -> i64 {
        self.instant(date, 0)
    }

    /// Open stretches of a day, in order, none empty, none overlapping.
    ///
    /// Where the clock jumps inside a shift, the shift is as long as it really lasts.
    pub fn opens(self, date: Date) -> Vec<(i64, i64)> {
        let mut opens: Vec<(i64, i64)> = Vec::new();
        for shift in self.plan.hours_on(date) {
            let start = self.instant(date, shift.from_min()).max(opens.last().map_or(i64::MIN, |o| o.1));
            let end = self.instant(date, shift.to_min());
            if start < end {
                opens.push((start, end));
            }
        }
        opens
    }

    /// Seconds of work in `[from, to)`; 0 when `to <= from`.
    pub fn work_between(self, from: i64, to: i64) -> i64 {
        if to <= from {
            return 0;
        }
        let last = self.date_of(to);
        days_from(self.date_of(from))
            .take_while(|d| *d <= last)
            .flat_map(|d| self.opens(d))
            .map(|(start, end)| (end.min(to) - start.max(from)).max(0))
            .sum()
    }

    /// The earliest instant by which `work_s` seconds of work have passed since `from`.
    pub fn after_work(self, from: i64, work_s: i64) -> i64 {
        let mut left = work_s;
        if left <= 0 {
            return from;
        }
        for (start, end) in days_from(self.date_of(from)).flat_map(|d| self.opens(d)) {
            let start = start.max(from);
            if end - start >= left {
                return start + left;
            }
            left -= (end - start).max(0);
        }
        LAST_SECOND
    }

    /// Close of business of the n-th work day after the local day of `from`, n >= 1.
    pub fn close_of_work_day(self, from: i64, n: u32) -> i64 {
        days_from(self.date_of(from))
            .skip(1)
            .filter_map(|d| self.opens(d).last().map(|o| o.1))
            .nth(n as usize - 1)
            .unwrap_or(LAST_SECOND)
    }

    /// 24:00 of the n-th day after the local day of `from`.
    pub fn end_of_day(self, from: i64, n: u32) -> i64 {
        let days = jiff::Span::new().try_days(i64::from(n) + 1);
        let next = days.and_then(|days| self.date_of(from).checked_add(days));
        next.map_or(LAST_SECOND, |d| self.midnight(d))
    }

    fn instant(self, date: Date, minute: u16) -> i64 {
        let (date, minute) =
            if minute == 24 * 60 { (date.tomorrow().unwrap_or(Date::MAX), 0) } else { (date, minute) };
        let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).unwrap_or(Time::MAX);
        self.zone.to_timestamp(date.to_datetime(time)).map_or(LAST_SECOND, Timestamp::as_second)
    }
}

fn days_from(first: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |d| d.tomorrow().ok())
}
