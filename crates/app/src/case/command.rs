//! What a person asks for. Deadlines, routes and reasons are added by `plan`.

use domain::case::{Channel, Evidence, RefuseReason, Satisfaction, Urgency};
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId, ClassCode, UnitId};
use jiff::Timestamp;
use serde::Serialize;

/// A report as it comes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportCommand {
    /// In the reporter's own words, 1 to 2,000 characters.
    pub text: String,
    /// What the reporter thinks it is.
    pub class: Option<ClassCode>,
    /// Where, WGS-84.
    pub point: Option<LngLat>,
    /// Where, in words; at most 200 characters.
    pub words: String,
    /// Where, when there is no point: an area of any level.
    pub area: Option<AreaId>,
    /// How it came in.
    pub channel: Channel,
    /// Pictures and papers.
    pub evidence: Vec<Evidence>,
    /// By the reporter's own clock, when it comes later than it was made.
    pub happened_at: Option<Timestamp>,
    /// Hidden from all who do not work on it.
    pub private: bool,
    /// Number in the system it came from.
    pub outside_no: Option<String>,
}

/// An act as a person asks for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[allow(missing_docs)] // the acts of `domain::case::Act`, without what is computed
pub enum Command {
    Verify { note: String, evidence: Vec<Evidence> },
    Refuse { reason: RefuseReason, note: String },
    Merge { into: CaseId },
    Split { parts: Vec<Part> },
    Link { to: CaseId },
    File { class: ClassCode, urgency: Option<Urgency>, private: Option<bool> },
    Assign { lead: ShareCommand, co: Vec<ShareCommand>, instead: Option<String> },
    Accept,
    Return { reason: String },
    HandUp { reason: String },
    HandDown { to: AreaId, reason: String },
    AskPostpone { until: Timestamp, reason: String },
    DecidePostpone { granted: bool, note: String },
    Suspend { until: Timestamp, reason: String },
    Resume,
    Urge { note: String },
    Progress { note: String, evidence: Vec<Evidence> },
    Handle { note: String, evidence: Vec<Evidence> },
    FixOnSpot { class: ClassCode, note: String, evidence: Vec<Evidence> },
    Check { passed: bool, note: String, evidence: Vec<Evidence> },
    Answer { text: String },
    Confirm { satisfaction: Satisfaction, note: String },
    Reopen { reason: String },
    Appeal { reason: String },
    DecideAppeal { upheld: bool, note: String },
    Withdraw { reason: String },
    Note { text: String },
}

/// A unit and what it is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShareCommand {
    /// The unit.
    pub unit: UnitId,
    /// Its part, in words; may be empty.
    pub task: String,
}

/// One of the matters a report really was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The new case.
    pub id: CaseId,
    /// What it is about.
    pub text: String,
    /// What it is.
    pub class: Option<ClassCode>,
}

impl Command {
    /// Which act it asks for.
    pub fn name(&self) -> domain::case::ActName {
        use domain::case::ActName as A;
        match self {
            Command::Verify { .. } => A::Verify,
            Command::Refuse { .. } => A::Refuse,
            Command::Merge { .. } => A::Merge,
            Command::Split { .. } => A::Split,
            Command::Link { .. } => A::Link,
            Command::File { .. } => A::File,
            Command::Assign { .. } => A::Assign,
            Command::Accept => A::Accept,
            Command::Return { .. } => A::Return,
            Command::HandUp { .. } => A::HandUp,
            Command::HandDown { .. } => A::HandDown,
            Command::AskPostpone { .. } => A::AskPostpone,
            Command::DecidePostpone { .. } => A::DecidePostpone,
            Command::Suspend { .. } => A::Suspend,
            Command::Resume => A::Resume,
            Command::Urge { .. } => A::Urge,
            Command::Progress { .. } => A::Progress,
            Command::Handle { .. } => A::Handle,
            Command::FixOnSpot { .. } => A::FixOnSpot,
            Command::Check { .. } => A::Check,
            Command::Answer { .. } => A::Answer,
            Command::Confirm { .. } => A::Confirm,
            Command::Reopen { .. } => A::Reopen,
            Command::Appeal { .. } => A::Appeal,
            Command::DecideAppeal { .. } => A::DecideAppeal,
            Command::Withdraw { .. } => A::Withdraw,
            Command::Note { .. } => A::Note,
        }
    }
}
