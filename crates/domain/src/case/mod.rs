//! The case (案件) and its six steps: what a case is, what may happen to it, and what follows.
//!
//! `step` draws the six types, `act` what people do, `law` the one table of what is legal when, `advance`
//! the door through which every act passes, `refusal` how the city says no. Computing deadlines, finding
//! the unit and asking who may act live in `clock`, `routing` and `policy`; saving lives outside.

mod act;
mod advance;
mod law;
mod refusal;
mod side;
mod step;

pub use crate::class::Urgency;
pub use act::{
    Act, ActName, Channel, Due, Evidence, EvidenceKind, Moved, MovedShare, Place, RefuseReason, Report,
    RouteNote, Satisfaction, ShareOrder, Superior,
};
pub use advance::BOUNCES;
pub use law::{LAW, Line, law_table};
pub use refusal::Refusal;
pub use side::{Appeal, Given, Hold, Pause, PostponeAsked, Side};
pub use step::{
    Answered, Assigned, Check, Confirmed, Ended, EndedHow, Evaluated, Filed, Handled, Handler, Reported,
    Share, ShareState, Step, StepName, Verified,
};

use crate::area::Ancestors;
use crate::id::{CaseId, ClassCode, PersonId, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A case: its step with all facts known by then, and what stands around the loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Made by the reporter's client.
    pub id: CaseId,
    /// Number of acts so far; the first act makes version 1.
    pub version: u32,
    /// Time of the last act.
    pub last_at: Timestamp,
    /// Where in the loop it stands.
    pub step: Step,
    /// Holds, bounces, links and other facts that are no step.
    pub side: Side,
}

/// Who acted, as the record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct By {
    /// The account; `None` for residents and the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// In which role.
    pub role: crate::policy::Role,
    /// For which unit, if for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

/// Whose turn it is: who must act next for the case to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Someone who sees it on site, or the desk by phone.
    Verify,
    /// The desk: to file, assign or answer.
    Desk,
    /// A unit with a share.
    Unit,
    /// The unit works on, and the desk must decide about more time.
    Postpone,
    /// Someone who did not do the work.
    Check,
    /// The reporter has the last word.
    Reporter,
    /// Closed.
    Nobody,
}

impl Turn {
    /// All, in the order of the loop.
    pub const ALL: &[Turn] =
        &[Turn::Verify, Turn::Desk, Turn::Unit, Turn::Postpone, Turn::Check, Turn::Reporter, Turn::Nobody];

    /// Reads what [`as_str`](Turn::as_str) writes.
    pub fn parse(text: &str) -> Option<Turn> {
        Turn::ALL.iter().copied().find(|turn| turn.as_str() == text)
    }

    /// As it stands in columns and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Turn::Verify => "verify",
            Turn::Desk => "desk",
            Turn::Unit => "unit",
            Turn::Postpone => "postpone",
            Turn::Check => "check",
            Turn::Reporter => "reporter",
            Turn::Nobody => "nobody",
        }
    }
}

impl By {
    /// The platform itself: timers, wake-ups, evaluation.
    pub const SYSTEM: By = By { person: None, role: crate::policy::Role::System, unit: None };
}

impl Case {
    /// The report all else stands on.
    pub fn reported(&self) -> &Reported {
        self.step.reported()
    }

    /// The filing, once there is one.
    pub fn filed(&self) -> Option<&Filed> {
        self.step.filed()
    }

    /// The current assignment, once there is one.
    pub fn assigned(&self) -> Option<&Assigned> {
        self.step.assigned()
    }

    /// The handling, once the units are done.
    pub fn handled(&self) -> Option<&Handled> {
        self.step.handled()
    }

    /// The answer, once given.
    pub fn answered(&self) -> Option<&Answered> {
        self.step.answered()
    }

    /// Shares still to be done, also those that wait with the case at the desk; none before an assignment.
    pub fn open_shares(&self) -> impl Iterator<Item = &Share> {
        let shares = match &self.step {
            Step::Filed(filed) => filed.kept.as_slice(),
            Step::Assigned(assigned) => assigned.shares.as_slice(),
            _ => &[],
        };
        shares.iter().filter(|share| share.due().is_some())
    }

    /// The five areas it happened in (as far as known).
    pub fn ancestors(&self) -> Ancestors {
        self.reported().place.areas
    }

    /// Agreed class, else what the reporter said.
    pub fn class(&self) -> Option<&ClassCode> {
        self.filed().map(|f| &f.class).or(self.reported().class.as_ref())
    }

    /// Whether nothing more is to be done about it: evaluated, refused, merged, split or withdrawn.
    pub fn is_closed(&self) -> bool {
        matches!(self.step, Step::Evaluated(_) | Step::Ended(_))
    }

    /// Shown only to those who work on it.
    pub fn is_private(&self) -> bool {
        self.filed().map_or(self.reported().private, |f| f.private)
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        match &self.step {
            Step::Reported(r) if r.verified.is_none() => Turn::Verify,
            Step::Reported(_) | Step::Filed(_) => Turn::Desk,
            Step::Assigned(_) if self.side.asked.is_some() => Turn::Postpone,
            Step::Assigned(_) => Turn::Unit,
            Step::Handled(Handled { check: Check::Open { .. }, .. }) => Turn::Check,
            Step::Handled(_) => Turn::Desk,
            Step::Answered(_) => Turn::Reporter,
            Step::Evaluated(_) | Step::Ended(_) => Turn::Nobody,
        }
    }

    /// The number (1 to 6) of the step as people count them: an accepted assignment is being handled (4).
    pub fn stage(&self) -> u8 {
        match &self.step {
            Step::Reported(_) => 1,
            Step::Filed(_) => 2,
            Step::Assigned(a) if a.shares.iter().all(|s| s.state == ShareState::Given) => 3,
            Step::Assigned(_) | Step::Handled(_) => 4,
            Step::Answered(_) => 5,
            Step::Evaluated(_) => 6,
            Step::Ended(ended) if ended.was.filed().is_some() => 2,
            Step::Ended(_) => 1,
        }
    }

    /// The clock that runs now; `None` when closed, on hold, or waiting for nobody.
    pub fn due(&self) -> Option<Due> {
        if self.side.hold.is_some() { None } else { self.step.due() }
    }

    /// When the platform must look at it again by itself: a warning, an escalation, the end of a hold
    /// or of the reporter's waiting time. `None` when nothing will happen without a person.
    pub fn wake_at(&self) -> Option<Timestamp> {
        if let Some(hold) = &self.side.hold {
            return Some(hold.until);
        }
        if let Step::Answered(answered) = &self.step {
            return Some(answered.confirmed.as_ref().map_or(answered.wait_until, |c| c.at));
        }
        let due = self.step.due()?;
        [(50, due.half), (80, due.most), (100, due.at), (200, due.twice)]
            .into_iter()
            .find(|(share, _)| *share > self.side.warned_pct)
            .map(|(_, at)| at)
    }

    /// Late now: the running clock is past its deadline.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| now > due.at)
    }
}

#[cfg(test)]
mod tests;
