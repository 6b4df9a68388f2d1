//! Alarms (异常提示): patterns that a person should look at. They give samples to look at by hand, and deduct nothing.

use super::measure::Tally;
use crate::id::PersonId;
use uuid::Uuid;

/// With chance alone, one in so many would stand out like this.
pub const RARE: f64 = 0.001;
/// Cases given to look at, at most.
pub const SAMPLE: usize = 10;
/// The last days of a month that are held against the others.
pub const END_DAYS: u32 = 3;

/// What stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmKind {
    /// 自报自办: own reports mended by the same person within minutes.
    QuickOwn,
    /// 月末突击: many more reports at the month's end than on its other days.
    MonthEnd,
    /// 文字雷同: the same text in several reports.
    SameText,
    /// 图片雷同: the same picture in several cases.
    SamePicture,
    /// 核查全过: never a failed check among many, where others fail some.
    AlwaysPerfect,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: [AlarmKind; 5] = [
        AlarmKind::QuickOwn,
        AlarmKind::MonthEnd,
        AlarmKind::SameText,
        AlarmKind::SamePicture,
        AlarmKind::AlwaysPerfect,
    ];

    /// As the wire has it.
    pub fn as_str(self) -> &'static str {
        match self {
            AlarmKind::QuickOwn => "quick_own",
            AlarmKind::MonthEnd => "month_end",
            AlarmKind::SameText => "same_text",
            AlarmKind::SamePicture => "same_picture",
            AlarmKind::AlwaysPerfect => "always_perfect",
        }
    }
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// What stands out.
    pub kind: AlarmKind,
    /// Whose.
    pub person: PersonId,
    /// So many.
    pub n: u32,
    /// Of so many.
    pub of: u32,
    /// Cases to look at by hand.
    pub sample: Vec<Uuid>,
}

/// Whether own fixes within minutes stand out: five at least, and more than half of all.
pub fn is_quick(fixes: Tally) -> bool {
    let quick = fixes.n - fixes.own();
    quick >= 5 && quick * 2 > fixes.n
}

/// Whether so many of all reports fell on the last days of a month of `days` by more than chance: binomial tail.
pub fn is_burst(last: u32, all: u32, days: u32) -> bool {
    if all < 10 || days <= END_DAYS {
        return false;
    }
    let share = f64::from(END_DAYS) / f64::from(days);
    tail(all, last, share) < RARE
}

/// Whether never having failed one of so many checks stands out, where others fail this share.
pub fn is_perfect(checks: Tally, fails: f64) -> bool {
    checks.n >= 20
        && checks.own() == checks.n
        && fails > 0.0
        && (1.0 - fails).powf(f64::from(checks.n)) < 0.01
}

/// Chance of `least` or more of `n` with this share: the sum of binomial terms, each from the one before.
fn tail(n: u32, least: u32, share: f64) -> f64 {
    let odds = share / (1.0 - share);
    let mut term = (1.0 - share).powf(f64::from(n));
    let mut sum = if least == 0 { term } else { 0.0 };
    for k in 1..=n {
        term *= f64::from(n - k + 1) / f64::from(k) * odds;
        if k >= least {
            sum += term;
        }
    }
    sum
}
