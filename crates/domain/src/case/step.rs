//! The six steps as types. Each carries the one before it and the facts that made it; the moves that are
//! legal from it stand in `advance`.

use super::act::{Due, Report, RouteNote, Satisfaction};
use crate::class::Urgency;
use crate::id::{CaseId, ClassCode, PersonId, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where in the loop a case stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the variants are the types below
pub enum Step {
    Reported(Reported),
    Filed(Filed),
    Assigned(Assigned),
    Handled(Handled),
    Answered(Answered),
    Evaluated(Evaluated),
    Ended(Ended),
}

/// 1 信息上报.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// When it was received.
    pub at: Timestamp,
    /// What was said.
    #[serde(flatten)]
    pub report: Box<Report>,
    /// Seen on site or confirmed by phone.
    pub verified: Option<Verified>,
}

impl std::ops::Deref for Reported {
    type Target = Report;
    fn deref(&self) -> &Report {
        &self.report
    }
}

/// Seen on site or confirmed by phone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<PersonId>,
    /// The filing clock it started.
    pub due: Due,
}

/// 2 核实立案.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filed {
    /// The step before.
    pub reported: Reported,
    /// When.
    pub at: Timestamp,
    /// Agreed class.
    pub class: ClassCode,
    /// Agreed urgency.
    pub urgency: Urgency,
    /// Hidden from all who do not work on it.
    pub private: bool,
    /// The dispatch clock; a return does not start it again.
    pub due: Due,
    /// Bounced too often: only the superior desk may assign.
    pub superior_decides: bool,
    /// The first handling deadline ever set, kept through returns and reopenings.
    pub first_due: Option<Timestamp>,
    /// Shares of units that did not return it: an assignment to them goes on where it was.
    pub kept: Vec<Share>,
}

/// 3 分流交办.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assigned {
    /// The step before.
    pub filed: Filed,
    /// When.
    pub at: Timestamp,
    /// The lead first, then the co-units.
    pub shares: Vec<Share>,
    /// Why it went there.
    pub route: RouteNote,
    /// The lead's first deadline: moved by a granted postponement or a hold, never by rework or a return.
    pub first_due: Timestamp,
}

/// One unit's part of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The unit.
    pub unit: UnitId,
    /// Its part, in words.
    pub task: String,
    /// Until when to accept or return.
    pub accept: Due,
    /// Until when to be done.
    pub handle: Due,
    /// How far it is.
    pub state: ShareState,
}

/// How far a unit is with its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareState {
    /// Not yet accepted.
    Given,
    /// Accepted at this time.
    Accepted(Timestamp),
    /// Done at this time by this person.
    Done(Timestamp, Option<PersonId>),
}

/// 4 跟踪处理: the work is done; the check is open or passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handled {
    /// The step before; without shares when a worker mended it on the spot.
    pub assigned: Assigned,
    /// When the last share was done.
    pub at: Timestamp,
    /// Who did the work.
    pub handlers: Vec<Handler>,
    /// The independent check.
    pub check: Check,
}

/// Who did the work: the checker must be none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// The person, if known.
    pub person: Option<PersonId>,
    /// The unit; `None` when mended on the spot.
    pub unit: Option<UnitId>,
}

/// The independent check of the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Waiting for it.
    Open {
        /// The check clock.
        due: Due,
    },
    /// Passed; the answer clock runs.
    Passed {
        /// When.
        at: Timestamp,
        /// By whom.
        by: Option<PersonId>,
        /// The answer clock.
        due: Due,
    },
}

/// 5 事件反馈.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The step before.
    pub handled: Handled,
    /// When the reporter was told.
    pub at: Timestamp,
    /// What the reporter was told.
    pub text: String,
    /// Until when the reporter may confirm or reopen.
    pub wait_until: Timestamp,
    /// What the reporter said.
    pub confirmed: Option<Confirmed>,
}

/// The reporter's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// When.
    pub at: Timestamp,
    /// How content.
    pub satisfaction: Satisfaction,
}

/// 6 考核评价: closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The step before.
    pub answered: Answered,
    /// When.
    pub at: Timestamp,
}

impl Evaluated {
    /// Whether the work was done by the first deadline that was set.
    pub fn is_on_time(&self) -> bool {
        self.answered.handled.at <= self.answered.handled.assigned.first_due
    }
}

/// Left the loop before its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Where it stood.
    pub was: Box<Step>,
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: EndedHow,
}

/// How a case left the loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedHow {
    /// 不予受理.
    Refused(super::act::RefuseReason),
    /// 并案 into this one.
    Merged(CaseId),
    /// 拆分 into these.
    Split(Vec<CaseId>),
    /// 撤回.
    Withdrawn,
}

/// The name of a step, for tables, columns and screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the types above
pub enum StepName {
    Reported,
    Filed,
    Assigned,
    Handled,
    Answered,
    Evaluated,
    Ended,
}

impl StepName {
    /// Every step, in order.
    pub const ALL: &[StepName] = &[
        StepName::Reported,
        StepName::Filed,
        StepName::Assigned,
        StepName::Handled,
        StepName::Answered,
        StepName::Evaluated,
        StepName::Ended,
    ];

    /// As it stands in columns and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            StepName::Reported => "reported",
            StepName::Filed => "filed",
            StepName::Assigned => "assigned",
            StepName::Handled => "handled",
            StepName::Answered => "answered",
            StepName::Evaluated => "evaluated",
            StepName::Ended => "ended",
        }
    }

    /// As people say it.
    pub fn zh(self) -> &'static str {
        match self {
            StepName::Reported => "信息上报",
            StepName::Filed => "核实立案",
            StepName::Assigned => "分流交办",
            StepName::Handled => "跟踪处理",
            StepName::Answered => "事件反馈",
            StepName::Evaluated => "考核评价",
            StepName::Ended => "已终止",
        }
    }

    /// From a column or the wire.
    pub fn parse(text: &str) -> Option<StepName> {
        StepName::ALL.iter().copied().find(|s| s.as_str() == text)
    }
}

impl Step {
    /// Which step this is.
    pub fn name(&self) -> StepName {
        match self {
            Step::Reported(_) => StepName::Reported,
            Step::Filed(_) => StepName::Filed,
            Step::Assigned(_) => StepName::Assigned,
            Step::Handled(_) => StepName::Handled,
            Step::Answered(_) => StepName::Answered,
            Step::Evaluated(_) => StepName::Evaluated,
            Step::Ended(_) => StepName::Ended,
        }
    }

    pub(super) fn reported(&self) -> &Reported {
        match self {
            Step::Reported(reported) => reported,
            Step::Ended(ended) => ended.was.reported(),
            later => &later.filed().expect("every later step carries its filing").reported,
        }
    }

    /// The report all else stands on, to be given other areas.
    pub(super) fn reported_mut(&mut self) -> &mut Reported {
        match self {
            Step::Reported(reported) => reported,
            Step::Filed(filed) => &mut filed.reported,
            Step::Assigned(assigned) => &mut assigned.filed.reported,
            Step::Handled(handled) => &mut handled.assigned.filed.reported,
            Step::Answered(answered) => &mut answered.handled.assigned.filed.reported,
            Step::Evaluated(evaluated) => &mut evaluated.answered.handled.assigned.filed.reported,
            Step::Ended(ended) => ended.was.reported_mut(),
        }
    }

    pub(super) fn filed(&self) -> Option<&Filed> {
        match self {
            Step::Reported(_) => None,
            Step::Filed(filed) => Some(filed),
            Step::Ended(ended) => ended.was.filed(),
            later => later.assigned().map(|a| &a.filed),
        }
    }

    pub(super) fn assigned(&self) -> Option<&Assigned> {
        match self {
            Step::Reported(_) | Step::Filed(_) => None,
            Step::Assigned(assigned) => Some(assigned),
            Step::Ended(ended) => ended.was.assigned(),
            later => later.handled().map(|h| &h.assigned),
        }
    }

    pub(super) fn handled(&self) -> Option<&Handled> {
        match self {
            Step::Handled(handled) => Some(handled),
            Step::Ended(ended) => ended.was.handled(),
            later => later.answered().map(|a| &a.handled),
        }
    }

    pub(super) fn answered(&self) -> Option<&Answered> {
        match self {
            Step::Answered(answered) => Some(answered),
            Step::Evaluated(evaluated) => Some(&evaluated.answered),
            _ => None,
        }
    }

    /// The clock that runs at this step.
    pub(super) fn due(&self) -> Option<Due> {
        match self {
            Step::Reported(r) => Some(r.verified.as_ref().map_or(r.report.due, |v| v.due)),
            Step::Filed(filed) => Some(filed.due),
            Step::Assigned(assigned) => assigned.due(),
            Step::Handled(Handled { check: Check::Open { due } | Check::Passed { due, .. }, .. }) => {
                Some(*due)
            }
            Step::Answered(_) | Step::Evaluated(_) | Step::Ended(_) => None,
        }
    }
}

impl Assigned {
    /// The nearest deadline among the shares that are not done.
    pub fn due(&self) -> Option<Due> {
        self.shares.iter().filter_map(Share::due).min_by_key(|due| due.at)
    }

    /// That unit's share.
    pub fn share(&self, unit: UnitId) -> Option<&Share> {
        self.shares.iter().find(|s| s.unit == unit)
    }
}

impl Share {
    /// The clock that runs for this unit: to accept, then to be done.
    pub fn due(&self) -> Option<Due> {
        match self.state {
            ShareState::Given => Some(self.accept),
            ShareState::Accepted(_) => Some(self.handle),
            ShareState::Done(..) => None,
        }
    }
}
