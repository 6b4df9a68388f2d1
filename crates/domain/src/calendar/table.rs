//! A calendar compiled: cumulative seconds of work per day and per open stretch, for binary search.
//!
//! Covers the announced years and some on both sides. Every answer is `None` outside of them; the
//! caller then walks (`walk`). About 70 bytes a day.

use jiff::civil::Date;

use super::walk::Walk;

/// The compiled years. All instants are Unix seconds.
#[derive(Clone, Debug)]
pub(super) struct Table {
    days: Vec<Day>,
    opens: Vec<Open>,
    /// Close of business of each work day, in order.
    closes: Vec<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Day {
    /// Local midnight.
    start: i64,
    /// Number of open stretches before this day.
    opens_before: u32,
    /// Number of work days up to and including this day.
    work_days: u32,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    start: i64,
    end: i64,
    /// Seconds of work before `start`, since the table begins.
    before: i64,
}

impl Table {
    /// Compiles the years `first..=last`.
    pub fn compile(walk: Walk<'_>, first: i16, last: i16) -> Table {
        let mut table = Table { days: Vec::new(), opens: Vec::new(), closes: Vec::new() };
        let mut worked = 0;
        let mut next = Date::new(first, 1, 1).ok();
        while let Some(date) = next.filter(|d| d.year() <= last) {
            let opens_before = table.opens.len() as u32;
            for (start, end) in walk.opens(date) {
                table.opens.push(Open { start, end, before: worked });
                worked += end - start;
            }
            if table.opens.len() as u32 > opens_before {
                table.closes.extend(table.opens.last().map(|o| o.end));
            }
            let work_days = table.closes.len() as u32;
            table.days.push(Day { start: walk.midnight(date), opens_before, work_days });
            next = date.tomorrow().ok();
        }
        table
    }

    /// Seconds of work from the beginning of the table to an instant inside it.
    pub fn worked_until(&self, at: i64) -> Option<i64> {
        let day = self.days.get(self.day_of(at)?)?;
        let mut worked = match self.opens.get(day.opens_before as usize) {
            Some(open) => open.before,
            None => self.opens.last().map_or(0, |o| o.before + o.end - o.start),
        };
        for open in self.opens.get(day.opens_before as usize..)?.iter().take_while(|o| o.start < at) {
            worked = open.before + open.end.min(at) - open.start;
        }
        Some(worked)
    }

    /// The earliest instant by which `worked` seconds (> 0) of work have passed since the table begins.
    pub fn instant_of(&self, worked: i64) -> Option<i64> {
        let open = self.opens.get(self.opens.partition_point(|o| o.before + (o.end - o.start) < worked))?;
        Some(open.start + (worked - open.before))
    }

    /// Close of business of the n-th work day after the day of `from`, n >= 1.
    pub fn close_of_work_day(&self, from: i64, n: u32) -> Option<i64> {
        let day = self.days.get(self.day_of(from)?)?;
        self.closes.get(day.work_days as usize + n as usize - 1).copied()
    }

    /// 24:00 of the n-th day after the day of `from`.
    pub fn end_of_day(&self, from: i64, n: u32) -> Option<i64> {
        self.days.get(self.day_of(from)? + n as usize + 1).map(|d| d.start)
    }

    /// Index of the day an instant lies in; the last day of the table only marks its end.
    fn day_of(&self, at: i64) -> Option<usize> {
        let (first, last) = (self.days.first()?, self.days.last()?);
        if at < first.start || at >= last.start {
            return None;
        }
        // A day has 86,400 seconds but for clock changes, so the guess is off by one at most.
        let mut guess = ((at - first.start) / 86_400) as usize;
        while self.days.get(guess).is_none_or(|d| d.start > at) {
            guess -= 1;
        }
        while self.days.get(guess + 1).is_some_and(|d| d.start <= at) {
            guess += 1;
        }
        Some(guess)
    }
}
