//! Acts as a caller sends them, and what they mean to `app`.
//!
//! The same table is written twice by the macro: as a caller reads about it (`act` beside the other fields), and as
//! it is read (the name outside), because only so an error knows the path of the field it is about.

use app::case::{Command, Part, ShareCommand};
use domain::case::{Evidence, RefuseReason, Satisfaction, Urgency};
use domain::id::{AreaId, CaseId, ClassCode, UnitId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::EvidenceIn;
use crate::problem::{Answer, Problem};
use crate::read::from_value;

macro_rules! acts {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal { $($(#[serde($serde:ident)])? $field:ident: $type:ty),* $(,)? })*) => {
        /// An act on a case. Deadlines are computed by the server; the unit of a handler's act is their own.
        #[derive(Clone, Debug, Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        #[allow(missing_docs)] // of the fields: their names say it
        pub enum ActBody {
            $($(#[doc = $doc])* $name { $($(#[serde($serde)])? $field: $type),* }),*
        }

        /// An act on a case. Deadlines are computed by the server; the unit of a handler's act is their own.
        #[derive(Deserialize, ToSchema)]
        #[serde(tag = "act", rename_all = "snake_case")]
        #[schema(as = Act)]
        #[allow(dead_code, missing_docs)] // only described, never made
        pub enum ActSchema {
            $($(#[doc = $doc])* $name { $($(#[serde($serde)])? $field: $type),* }),*
        }

        /// Every act that can be sent.
        const NAMES: &[&str] = &[$($text),*];
    };
}

/// A moment as it is sent: RFC 3339.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime)]
pub struct Moment(pub Timestamp);

acts! {
    /// Seen on site or asked by phone.
    Verify "verify" { #[serde(default)] note: String, #[serde(default)] evidence: Vec<EvidenceIn> }
    /// Not taken up: `reason` is not_found, not_ours, too_little_known, elsewhere or already_done.
    Refuse "refuse" { reason: String, #[serde(default)] note: String }
    /// The same as another case, which goes on for both.
    Merge "merge" { into: Uuid }
    /// Really several matters, each a case of its own from now on.
    Split "split" { parts: Vec<PartIn> }
    /// Has to do with another case.
    Link "link" { to: Uuid }
    /// Class, urgency (ordinary, urgent, emergency) and privacy are agreed.
    File "file" { class: String, urgency: Option<String>, private: Option<bool> }
    /// Given to a lead unit and co-units; `instead` says why not to the unit that was suggested.
    Assign "assign" { unit: u32, #[serde(default)] task: String, #[serde(default)] co: Vec<ShareIn>, instead: Option<String> }
    /// The unit takes its share.
    Accept "accept" {}
    /// The unit says it is not its matter.
    Return "return" { reason: String }
    /// To the desk of the level above.
    HandUp "hand_up" { reason: String }
    /// To the desk of an area below.
    HandDown "hand_down" { to: u32, reason: String }
    /// The unit asks for more time.
    AskPostpone "ask_postpone" { until: Moment, reason: String }
    /// The desk decides about more time.
    DecidePostpone "decide_postpone" { granted: bool, #[serde(default)] note: String }
    /// Nothing can be done before a time; ends by itself.
    Suspend "suspend" { until: Moment, reason: String }
    /// It can be done after all.
    Resume "resume" {}
    /// A superior urges.
    Urge "urge" { note: String }
    /// Something was done, not everything.
    Progress "progress" { note: String, #[serde(default)] evidence: Vec<EvidenceIn> }
    /// The unit has done its share.
    Handle "handle" { note: String, #[serde(default)] evidence: Vec<EvidenceIn> }
    /// The worker who found it mended it.
    FixOnSpot "fix_on_spot" { class: String, note: String, #[serde(default)] evidence: Vec<EvidenceIn> }
    /// Looked at by someone who did not do it.
    Check "check" { passed: bool, #[serde(default)] note: String, #[serde(default)] evidence: Vec<EvidenceIn> }
    /// The reporter is told.
    Answer "answer" { text: String }
    /// The reporter is satisfied, finds it fair, or is dissatisfied and yet agrees.
    Confirm "confirm" { satisfaction: String, #[serde(default)] note: String }
    /// The reporter says it is not solved.
    Reopen "reopen" { reason: String }
    /// A unit objects to the evaluation.
    Appeal "appeal" { reason: String }
    /// The objection is decided.
    DecideAppeal "decide_appeal" { upheld: bool, note: String }
    /// The reporter takes it back.
    Withdraw "withdraw" { #[serde(default)] reason: String }
    /// A remark.
    Note "note" { text: String }
}

/// A co-unit and its part.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareIn {
    /// Id of the unit.
    pub unit: u32,
    /// Its part, in words.
    #[serde(default)]
    pub task: String,
}

/// One of the matters a report really was.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartIn {
    /// Id of the new case (UUIDv7), made by the caller so that a retry makes no second one.
    pub id: Uuid,
    /// What it is about.
    pub text: String,
    /// Code of the class.
    pub class: Option<String>,
}

impl ActBody {
    /// Reads an act: its name says which fields may follow, and an error names the field by its path.
    pub fn read(body: Value) -> Answer<ActBody> {
        let Value::Object(mut fields) = body else {
            return Err(Problem::field("", "type", "an act is an object"));
        };
        let name = fields.remove("act").ok_or_else(|| Problem::field("/act", "missing", "name the act"))?;
        let name = name.as_str().map(str::to_owned).filter(|name| NAMES.contains(&name.as_str()));
        let name = name
            .ok_or_else(|| Problem::field("/act", "unknown", format!("the acts are {}", NAMES.join(", "))))?;
        let tagged = Map::from_iter([(name.clone(), Value::Object(fields))]);
        from_value(Value::Object(tagged)).map_err(|problem| problem.without(&format!("/{name}")))
    }

    /// The evidence it names, to be looked up before `command`.
    pub fn evidence(&self) -> &[EvidenceIn] {
        match self {
            ActBody::Verify { evidence, .. }
            | ActBody::Progress { evidence, .. }
            | ActBody::Handle { evidence, .. }
            | ActBody::FixOnSpot { evidence, .. }
            | ActBody::Check { evidence, .. } => evidence,
            _ => &[],
        }
    }

    /// What it means, with its evidence as it is stored.
    pub fn command(self, evidence: Vec<Evidence>) -> Answer<Command> {
        Ok(match self {
            ActBody::Verify { note, .. } => Command::Verify { note, evidence },
            ActBody::Refuse { reason, note } => Command::Refuse {
                reason: word("/reason", &reason, RefuseReason::ALL, RefuseReason::as_str)?,
                note,
            },
            ActBody::Merge { into } => Command::Merge { into: CaseId(into) },
            ActBody::Split { parts } => Command::Split {
                parts: parts
                    .into_iter()
                    .map(|p| Part { id: CaseId(p.id), text: p.text, class: p.class.map(ClassCode) })
                    .collect(),
            },
            ActBody::Link { to } => Command::Link { to: CaseId(to) },
            ActBody::File { class, urgency, private } => Command::File {
                class: ClassCode(class),
                urgency: urgency.map(|u| word("/urgency", &u, Urgency::ALL, Urgency::as_str)).transpose()?,
                private,
            },
            ActBody::Assign { unit, task, co, instead } => Command::Assign {
                lead: ShareCommand { unit: UnitId(unit), task },
                co: co.into_iter().map(|s| ShareCommand { unit: UnitId(s.unit), task: s.task }).collect(),
                instead,
            },
            ActBody::Accept {} => Command::Accept,
            ActBody::Return { reason } => Command::Return { reason },
            ActBody::HandUp { reason } => Command::HandUp { reason },
            ActBody::HandDown { to, reason } => Command::HandDown { to: AreaId(to), reason },
            ActBody::AskPostpone { until, reason } => Command::AskPostpone { until: until.0, reason },
            ActBody::DecidePostpone { granted, note } => Command::DecidePostpone { granted, note },
            ActBody::Suspend { until, reason } => Command::Suspend { until: until.0, reason },
            ActBody::Resume {} => Command::Resume,
            ActBody::Urge { note } => Command::Urge { note },
            ActBody::Progress { note, .. } => Command::Progress { note, evidence },
            ActBody::Handle { note, .. } => Command::Handle { note, evidence },
            ActBody::FixOnSpot { class, note, .. } => {
                Command::FixOnSpot { class: ClassCode(class), note, evidence }
            }
            ActBody::Check { passed, note, .. } => Command::Check { passed, note, evidence },
            ActBody::Answer { text } => Command::Answer { text },
            ActBody::Confirm { satisfaction, note } => Command::Confirm {
                satisfaction: word("/satisfaction", &satisfaction, Satisfaction::ALL, Satisfaction::as_str)?,
                note,
            },
            ActBody::Reopen { reason } => Command::Reopen { reason },
            ActBody::Appeal { reason } => Command::Appeal { reason },
            ActBody::DecideAppeal { upheld, note } => Command::DecideAppeal { upheld, note },
            ActBody::Withdraw { reason } => Command::Withdraw { reason },
            ActBody::Note { text } => Command::Note { text },
        })
    }
}

/// A word of a closed list.
pub(super) fn word<T: Copy>(
    path: &str,
    text: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Answer<T> {
    let found = all.iter().copied().find(|one| as_str(*one) == text);
    found.ok_or_else(|| {
        let taken: Vec<&str> = all.iter().map(|one| as_str(*one)).collect();
        Problem::field(path, "unknown", format!("one of these is taken here: {}", taken.join(", ")))
    })
}
