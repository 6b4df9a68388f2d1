//! Acts as a caller sends them, and what they mean to `app`.

use super::wire::EvidenceIn;
use crate::problem::{Answer, Problem};
use app::case::{Command, Part, ShareCommand};
use domain::case::{Evidence, RefuseReason, Satisfaction, Urgency};
use domain::id::{AreaId, CaseId, ClassCode, UnitId};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An act on a case. Deadlines are computed by the server; the unit of a handler's act is their own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)] // the acts of the loop; the documents list what each needs
pub enum ActBody {
    Verify {
        #[serde(default)]
        note: String,
        #[serde(default)]
        evidence: Vec<EvidenceIn>,
    },
    Refuse {
        reason: String,
        #[serde(default)]
        note: String,
    },
    Merge {
        into: Uuid,
    },
    Split {
        parts: Vec<PartIn>,
    },
    Link {
        to: Uuid,
    },
    File {
        class: String,
        urgency: Option<String>,
        private: Option<bool>,
    },
    Assign {
        unit: u32,
        #[serde(default)]
        task: String,
        #[serde(default)]
        co: Vec<ShareIn>,
        instead: Option<String>,
    },
    Accept {},
    Return {
        reason: String,
    },
    HandUp {
        reason: String,
    },
    HandDown {
        to: u32,
        reason: String,
    },
    AskPostpone {
        #[schema(value_type = String)]
        until: Timestamp,
        reason: String,
    },
    DecidePostpone {
        granted: bool,
        #[serde(default)]
        note: String,
    },
    Suspend {
        #[schema(value_type = String)]
        until: Timestamp,
        reason: String,
    },
    Resume {},
    Urge {
        note: String,
    },
    Progress {
        note: String,
        #[serde(default)]
        evidence: Vec<EvidenceIn>,
    },
    Handle {
        note: String,
        #[serde(default)]
        evidence: Vec<EvidenceIn>,
    },
    FixOnSpot {
        class: String,
        note: String,
        #[serde(default)]
        evidence: Vec<EvidenceIn>,
    },
    Check {
        passed: bool,
        #[serde(default)]
        note: String,
        #[serde(default)]
        evidence: Vec<EvidenceIn>,
    },
    Answer {
        text: String,
    },
    Confirm {
        satisfaction: String,
        #[serde(default)]
        note: String,
    },
    Reopen {
        reason: String,
    },
    Appeal {
        reason: String,
    },
    DecideAppeal {
        upheld: bool,
        note: String,
    },
    Withdraw {
        #[serde(default)]
        reason: String,
    },
    Note {
        text: String,
    },
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
            ActBody::Refuse { reason, note } => {
                Command::Refuse { reason: word("/reason", &reason, RefuseReason::parse)?, note }
            }
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
                urgency: urgency.map(|u| word("/urgency", &u, Urgency::parse)).transpose()?,
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
            ActBody::AskPostpone { until, reason } => Command::AskPostpone { until, reason },
            ActBody::DecidePostpone { granted, note } => Command::DecidePostpone { granted, note },
            ActBody::Suspend { until, reason } => Command::Suspend { until, reason },
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
                satisfaction: word("/satisfaction", &satisfaction, Satisfaction::parse)?,
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
pub(super) fn word<T>(path: &str, text: &str, parse: impl Fn(&str) -> Option<T>) -> Answer<T> {
    parse(text)
        .ok_or_else(|| Problem::field(path, "unknown", format!("{text:?} is none of the words taken here")))
}
