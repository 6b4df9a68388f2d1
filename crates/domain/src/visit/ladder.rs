//! The ladder (递进联系): what is tried when someone is not reached, each rung with a clock of its own.

use jiff::{SignedDuration, Timestamp};

use crate::closed::closed;

closed! {
    /// A rung of the ladder, in the order in which they are climbed.
    Rung {
        Again = "again", "当日再访", "again today";
        Neighbour = "neighbour", "问邻居", "a neighbour";
        Kin = "kin", "联系亲属", "kin";
        Desk = "desk", "社区值守台", "the community's desk";
        WelfareCheck = "welfare_check", "上门查看（必要时会同派出所）", "a welfare check";
    }
}

/// Who there is to be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// A neighbour agreed to be asked.
    pub neighbour: bool,
    /// Kin or a guardian is known.
    pub kin: bool,
    /// Someone for whom every hour counts: its clocks are half as long.
    pub pressing: bool,
}

impl Rung {
    /// Hours this rung may take before the next is climbed.
    const fn hours(self) -> i64 {
        match self {
            Rung::Again => 6,
            Rung::Neighbour => 3,
            Rung::Kin => 4,
            Rung::Desk | Rung::WelfareCheck => 2,
        }
    }

    /// When this rung, begun now, runs out.
    pub fn until(self, now: Timestamp, ways: Ways) -> Timestamp {
        let minutes = self.hours() * if ways.pressing { 30 } else { 60 };
        now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX)
    }

    /// The next that there is someone for; `None` above the last.
    pub fn next(self, ways: Ways) -> Option<Rung> {
        match self {
            Rung::Again if ways.neighbour => Some(Rung::Neighbour),
            Rung::Again | Rung::Neighbour if ways.kin => Some(Rung::Kin),
            Rung::Again | Rung::Neighbour | Rung::Kin => Some(Rung::Desk),
            Rung::Desk => Some(Rung::WelfareCheck),
            Rung::WelfareCheck => None,
        }
    }

    /// Whether the desk of the community looks for the person, too, and so may know who it is.
    pub const fn is_desks(self) -> bool {
        matches!(self, Rung::Desk | Rung::WelfareCheck)
    }
}
