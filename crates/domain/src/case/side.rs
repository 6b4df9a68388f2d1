//! What stands around the loop: holds, postponements, bounces, links. Facts, not steps.

use super::act::{Evidence, EvidenceKind};
use crate::area::Level;
use crate::id::{AreaId, CaseId, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What stands around the loop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The area whose desk has it.
    pub desk: AreaId,
    /// That desk's level.
    pub level: Level,
    /// On hold (挂账) until a time.
    pub hold: Option<Hold>,
    /// Holds that are over: the running clock did not count them.
    pub pauses: Vec<Pause>,
    /// A postponement asked for and not yet decided.
    pub asked: Option<PostponeAsked>,
    /// Postponements granted.
    pub postponed: u16,
    /// Returns to the dispatcher (退回), of which two are a unit's right.
    pub bounces: u16,
    /// Failed checks (返工).
    pub reworks: u16,
    /// Reopenings by the reporter.
    pub reopens: u16,
    /// Pictures and papers given so far.
    pub evidence: Given,
    /// Times it was urged (督办).
    pub urged: u16,
    /// Cases it has to do with.
    pub links: Vec<CaseId>,
    /// Cases it also stands for.
    pub absorbed: Vec<CaseId>,
    /// Last warning of the running clock, in percent of its span; 0 for none.
    pub warned_pct: u16,
    /// The highest level that was told of a breach of the running clock.
    pub escalated: Option<Level>,
    /// The appeal against the evaluation.
    pub appeal: Option<Appeal>,
}

/// How many pieces of evidence of each kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// As found.
    pub before: u16,
    /// While at work.
    pub during: u16,
    /// When done.
    pub after: u16,
    /// Papers.
    pub document: u16,
}

impl Given {
    /// With these pieces too.
    #[must_use]
    pub fn and(mut self, more: &[Evidence]) -> Given {
        for piece in more {
            match piece.kind {
                EvidenceKind::Before => self.before += 1,
                EvidenceKind::During => self.during += 1,
                EvidenceKind::After => self.after += 1,
                EvidenceKind::Document => self.document += 1,
            }
        }
        self
    }

    /// All together.
    pub fn total(self) -> u16 {
        self.before + self.during + self.after + self.document
    }
}

/// On hold until a time; expires by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// A hold that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Why.
    pub reason: String,
}

/// A unit asks for more time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostponeAsked {
    /// Which unit.
    pub unit: UnitId,
    /// Asked when.
    pub at: Timestamp,
    /// Until when it wants.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// An appeal against the evaluation, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Which unit appeals.
    pub unit: UnitId,
    /// Why.
    pub reason: String,
    /// `None` while undecided.
    pub upheld: Option<bool>,
}

impl Side {
    pub(super) fn new(desk: AreaId, level: Level) -> Side {
        Side {
            desk,
            level,
            hold: None,
            pauses: Vec::new(),
            asked: None,
            postponed: 0,
            bounces: 0,
            reworks: 0,
            reopens: 0,
            evidence: Given::default(),
            urged: 0,
            links: Vec::new(),
            absorbed: Vec::new(),
            warned_pct: 0,
            escalated: None,
            appeal: None,
        }
    }

    /// A new clock runs: what was warned of the old one no longer counts.
    pub(super) fn new_clock(&mut self) {
        self.warned_pct = 0;
        self.escalated = None;
    }
}
