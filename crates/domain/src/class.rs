//! Classes of case (案件类别): what a kind of case is called, how long its stages may take, what must be shown.
//!
//! A [`Dictionary`] is versioned data, made of rows (`class::row`) and checked as a whole. Who is
//! responsible for a class in an area is `routing`'s; which seconds a clock counts is `calendar`'s.
//! A case records the facts it took from here (deadlines, evidence asked), so an old case never needs
//! an old dictionary.

mod row;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::{Span, Stage};
use crate::id::ClassCode;

pub use row::{ClassFault, ClassFaults, ClassRow};

/// One thing said in both languages of the city's screens.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "two languages")]
pub struct Label {
    pub zh: String,
    pub en: String,
}

/// A class of case. Retired classes stay readable for old cases and take no new ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Our code; begins with the code of its major.
    pub code: ClassCode,
    /// Name.
    pub name: Label,
    /// The major it belongs to.
    pub major: Major,
    /// The standard it comes from, or empty for a local class.
    pub standard: String,
    /// Its code in that standard, or empty.
    pub standard_code: String,
    /// Its `service_code` for Open311.
    pub service_code: String,
    /// How pressing it is before anybody has looked.
    pub urgency: Urgency,
    /// Seen by the acting units only, never by neighbours, unless the case says otherwise.
    pub private: bool,
    /// Takes no new cases.
    pub retired: bool,
    /// How long each stage may take.
    pub clocks: Clocks,
    /// What the handler must attach.
    pub evidence: Evidence,
    /// When a report of this class is filed (立案条件), shown to everyone.
    pub filing: Label,
    /// When it may be closed (结案条件), shown to everyone.
    pub closing: Label,
}

/// A chapter of a dictionary (大类).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Major {
    /// The beginning of the codes of all its classes.
    pub code: String,
    /// Name.
    pub name: Label,
}

/// How pressing a case is. Later means more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// 一般.
    Ordinary,
    /// 紧急: today.
    Urgent,
    /// 特急: somebody may be hurt.
    Emergency,
}

/// The clock of each stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one field for each `Stage`, explained there")]
pub struct Clocks {
    pub verify: Span,
    pub file: Span,
    pub dispatch: Span,
    pub accept: Span,
    pub handle: Span,
    pub check: Span,
    pub answer: Span,
    pub confirm: Span,
}

/// What must be attached before work counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Pictures from before the work, at least; the reporter's count.
    pub before_photos: u8,
    /// Pictures from after the work, at least.
    pub after_photos: u8,
    /// Whether a paper is needed: an agreement, a record of the visit, an official answer.
    pub document: bool,
}

/// A dictionary of classes in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dictionary {
    version: u32,
    classes: BTreeMap<ClassCode, Class>,
    by_service_code: BTreeMap<String, ClassCode>,
}

impl Dictionary {
    /// Checks rows (of one or several files) and makes a dictionary of them, or tells every fault.
    pub fn new(version: u32, rows: &[ClassRow]) -> Result<Dictionary, ClassFaults> {
        row::check(rows).map(|classes| {
            let by_service_code = classes.iter().map(|c| (c.service_code.clone(), c.code.clone())).collect();
            let classes = classes.into_iter().map(|c| (c.code.clone(), c)).collect();
            Dictionary { version, classes, by_service_code }
        })
    }

    /// Counts up with every change.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// A class by its code, retired or not.
    pub fn get(&self, code: &ClassCode) -> Option<&Class> {
        self.classes.get(code)
    }

    /// A class by its Open311 `service_code`, retired or not.
    pub fn by_service_code(&self, service_code: &str) -> Option<&Class> {
        self.by_service_code.get(service_code).and_then(|code| self.get(code))
    }

    /// All classes in the order of their codes.
    pub fn classes(&self) -> impl Iterator<Item = &Class> {
        self.classes.values()
    }

    /// Classes that take new cases, in the order of their codes.
    pub fn open_classes(&self) -> impl Iterator<Item = &Class> {
        self.classes().filter(|c| !c.retired)
    }

    /// The majors that have classes, in the order of their codes.
    pub fn majors(&self) -> Vec<&Major> {
        let mut majors: Vec<&Major> = self.classes().map(|c| &c.major).collect();
        majors.sort();
        majors.dedup();
        majors
    }
}

impl Label {
    /// A label.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Label {
        Label { zh: zh.into(), en: en.into() }
    }
}

impl Clocks {
    /// The clock of one stage.
    pub fn of(&self, stage: Stage) -> Span {
        match stage {
            Stage::Verify => self.verify,
            Stage::File => self.file,
            Stage::Dispatch => self.dispatch,
            Stage::Accept => self.accept,
            Stage::Handle => self.handle,
            Stage::Check => self.check,
            Stage::Answer => self.answer,
            Stage::Confirm => self.confirm,
        }
    }
}

impl Evidence {
    /// What is still missing, given what is there; nothing missing is `Evidence::default()`.
    #[must_use]
    pub fn missing(self, before_photos: u8, after_photos: u8, documents: u8) -> Evidence {
        Evidence {
            before_photos: self.before_photos.saturating_sub(before_photos),
            after_photos: self.after_photos.saturating_sub(after_photos),
            document: self.document && documents == 0,
        }
    }
}
