//! What may count: the closed list of outcomes, and the rates of city management that are made of them.

use crate::class::Label;
use serde::{Deserialize, Serialize};

/// An outcome that is counted: so many good ones of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Measure {
    /// 上报属实: reports of workers found valid, of those judged. Merged, split and withdrawn ones are not judged.
    Valid = 0,
    /// 按时办完每一步: clocks of the loop (verify, file, dispatch, check, answer) that ended in time.
    Steps = 1,
    /// 没有返工: work that passed its check, of work that was checked. A failed check counts once the work is dispatched anew.
    Checked = 2,
    /// 问题没有重来: checked work of whose class nothing was filed at the same place within 30 days after.
    Lasting = 3,
    /// 核查站得住: checks passed whose case was not opened again by its reporter.
    Upheld = 4,
    /// 居民满意: residents who answered that they are satisfied, of those who answered.
    Satisfied = 5,
    /// 该走访的走访了: visits that were due and done.
    Visits = 6,
    /// 转介有了结果: referrals that came to a result.
    Referrals = 7,
    /// 立案: reports that were filed, of those filed or refused.
    Filed = 8,
    /// 准确派遣: answers of lead units that took the case, of those that took it or gave it back.
    Dispatched = 9,
    /// 按期处置: shares done by their deadline, of those done or overdue: an overdue one counts as due.
    Handled = 10,
    /// 按期结案: closed cases whose work was done by the first deadline.
    Closed = 11,
    /// 响应: residents' reports that somebody took up by the deadline, of those taken up or overdue.
    Responded = 12,
    /// 解决: residents' cases that were closed without having been opened again.
    Solved = 13,
    /// Reports that came in; a number, no rate.
    Reported = 14,
    /// Own reports mended on the spot, good unless within minutes: for alarms alone.
    OwnFix = 15,
    /// Checks made by a worker, good when passed: for alarms alone.
    CheckMade = 16,
}

/// How many measures there are.
pub const N_MEASURES: usize = 17;

/// Good ones of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Tally {
    /// All.
    pub n: u32,
    /// The good ones; what is taken back may make it negative within a short period.
    pub good: i32,
}

impl Tally {
    /// The good ones, within 0 and all.
    pub fn own(self) -> u32 {
        self.good.clamp(0, self.n.cast_signed()).cast_unsigned()
    }

    /// The share of good ones, 0 to 1; `None` without any.
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| f64::from(self.own()) / f64::from(self.n))
    }

    /// Both together.
    pub fn add(&mut self, other: Tally) {
        self.n += other.n;
        self.good += other.good;
    }
}

impl Measure {
    /// Every measure, in the order of its number.
    pub const ALL: [Measure; N_MEASURES] = [
        Measure::Valid,
        Measure::Steps,
        Measure::Checked,
        Measure::Lasting,
        Measure::Upheld,
        Measure::Satisfied,
        Measure::Visits,
        Measure::Referrals,
        Measure::Filed,
        Measure::Dispatched,
        Measure::Handled,
        Measure::Closed,
        Measure::Responded,
        Measure::Solved,
        Measure::Reported,
        Measure::OwnFix,
        Measure::CheckMade,
    ];

    /// As recipes, columns and the wire have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::Valid => "valid",
            Measure::Steps => "steps",
            Measure::Checked => "checked",
            Measure::Lasting => "lasting",
            Measure::Upheld => "upheld",
            Measure::Satisfied => "satisfied",
            Measure::Visits => "visits",
            Measure::Referrals => "referrals",
            Measure::Filed => "filed",
            Measure::Dispatched => "dispatched",
            Measure::Handled => "handled",
            Measure::Closed => "closed",
            Measure::Responded => "responded",
            Measure::Solved => "solved",
            Measure::Reported => "reported",
            Measure::OwnFix => "own_fix",
            Measure::CheckMade => "check_made",
        }
    }

    /// From a recipe, a column or the wire.
    pub fn parse(text: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// By its number in a book.
    pub fn of(number: u8) -> Option<Measure> {
        Measure::ALL.get(usize::from(number)).copied()
    }

    /// Whether points may be given for it: what is only counted, or only watched for alarms, may not.
    pub fn may_score(self) -> bool {
        !matches!(self, Measure::Reported | Measure::OwnFix | Measure::CheckMade)
    }

    /// Whether it can be told of one worker.
    pub fn is_of_workers(self) -> bool {
        self as u8 <= Measure::Referrals as u8
    }
}

/// A rate of city management, made of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// 立案率.
    Filed,
    /// 按期处置率.
    HandledOnTime,
    /// 准确派遣率.
    DispatchedRight,
    /// 返工率: of work that was checked, what failed and was dispatched anew.
    Rework,
    /// 按期结案率.
    ClosedOnTime,
    /// 有效上报率.
    ValidReports,
    /// 响应率.
    Response,
    /// 解决率.
    Solution,
    /// 满意率.
    Satisfaction,
}

impl Rate {
    /// All nine, in the order of the table that circulates.
    pub const ALL: [Rate; 9] = [
        Rate::Filed,
        Rate::HandledOnTime,
        Rate::DispatchedRight,
        Rate::Rework,
        Rate::ClosedOnTime,
        Rate::ValidReports,
        Rate::Response,
        Rate::Solution,
        Rate::Satisfaction,
    ];

    /// As the wire and files have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Rate::Filed => "filed",
            Rate::HandledOnTime => "handled_on_time",
            Rate::DispatchedRight => "dispatched_right",
            Rate::Rework => "rework",
            Rate::ClosedOnTime => "closed_on_time",
            Rate::ValidReports => "valid_reports",
            Rate::Response => "response",
            Rate::Solution => "solution",
            Rate::Satisfaction => "satisfaction",
        }
    }

    /// As people say it.
    pub fn label(self) -> Label {
        match self {
            Rate::Filed => Label::new("立案率", "filed"),
            Rate::HandledOnTime => Label::new("按期处置率", "handled on time"),
            Rate::DispatchedRight => Label::new("准确派遣率", "dispatched right"),
            Rate::Rework => Label::new("返工率", "rework"),
            Rate::ClosedOnTime => Label::new("按期结案率", "closed on time"),
            Rate::ValidReports => Label::new("有效上报率", "valid reports"),
            Rate::Response => Label::new("响应率", "response"),
            Rate::Solution => Label::new("解决率", "solved"),
            Rate::Satisfaction => Label::new("满意率", "satisfied"),
        }
    }

    /// The measure it is made of.
    pub fn measure(self) -> Measure {
        match self {
            Rate::Filed => Measure::Filed,
            Rate::HandledOnTime => Measure::Handled,
            Rate::DispatchedRight => Measure::Dispatched,
            Rate::Rework => Measure::Checked,
            Rate::ClosedOnTime => Measure::Closed,
            Rate::ValidReports => Measure::Valid,
            Rate::Response => Measure::Responded,
            Rate::Solution => Measure::Solved,
            Rate::Satisfaction => Measure::Satisfied,
        }
    }

    /// Numerator and denominator.
    pub fn of(self, tallies: &[Tally; N_MEASURES]) -> (u32, u32) {
        let tally = tallies[self.measure() as usize];
        let num = if self == Rate::Rework { tally.n - tally.own() } else { tally.own() };
        (num, tally.n)
    }
}
