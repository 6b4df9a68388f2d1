//! Why a case was sent where it was sent, as facts and in words of both languages.

use serde::{Deserialize, Serialize};

use crate::area::{Kind, Level};
use crate::class::Label;
use crate::id::{AreaId, ClassCode, UnitId};

/// One step of the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// This line of the matrix speaks for it.
    Line {
        /// Number of the line.
        number: u32,
        /// Its classes.
        classes: String,
        /// Its area.
        area: AreaId,
    },
    /// The line is for a group of classes this one belongs to.
    ClassesInherited {
        /// The class.
        class: ClassCode,
        /// The prefix of the line.
        from: String,
    },
    /// The line is for an area above.
    AreaInherited {
        /// The place.
        area: AreaId,
        /// The area of the line.
        from: AreaId,
    },
    /// The line is only for areas of a kind, and the place lies in one.
    OnlyKind {
        /// The kind.
        kind: Kind,
    },
    /// The department's office that answers.
    Office {
        /// The department.
        department: String,
        /// The level asked for.
        level: Level,
        /// The area whose office it is: of that level, or above where that level has none.
        found_at: AreaId,
        /// The office.
        unit: UnitId,
    },
    /// The department has no office in or above the place; the next line was asked.
    NoOffice {
        /// The department.
        department: String,
    },
    /// No line is left: a gap of the matrix.
    Nobody {
        /// The class.
        class: ClassCode,
        /// The place.
        area: AreaId,
        /// Whose desk decides.
        desk: AreaId,
    },
}

/// What a reason speaks of and only the reader can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing<'a> {
    /// An area.
    Area(AreaId),
    /// A unit.
    Unit(UnitId),
    /// A class, a major or another beginning of codes; empty for all classes.
    Classes(&'a str),
    /// A department by its code.
    Department(&'a str),
    /// A kind of area.
    Kind(Kind),
    /// A level of the tree.
    Level(Level),
}

impl Reason {
    /// The reason in words; `name` gives the name of each thing it speaks of.
    pub fn tell(&self, name: &dyn Fn(Thing<'_>) -> Label) -> Label {
        match self {
            Reason::Line { number, classes, area } => {
                let (classes, area) = (name(Thing::Classes(classes)), name(Thing::Area(*area)));
                Label::new(
                    format!("责任清单第{number}行：{}的{}", area.zh, classes.zh),
                    format!("line {number} of the responsibility matrix: {} in {}", classes.en, area.en),
                )
            }
            Reason::ClassesInherited { class, from } => {
                let (class, from) = (name(Thing::Classes(&class.0)), name(Thing::Classes(from)));
                Label::new(
                    format!("“{}”没有单列，按“{}”办", class.zh, from.zh),
                    format!("{} has no line of its own and follows {}", class.en, from.en),
                )
            }
            Reason::AreaInherited { area, from } => {
                let (area, from) = (name(Thing::Area(*area)), name(Thing::Area(*from)));
                Label::new(
                    format!("{}没有单列，沿用{}的规定", area.zh, from.zh),
                    format!("{} has no line of its own and follows {}", area.en, from.en),
                )
            }
            Reason::OnlyKind { kind } => {
                let kind = name(Thing::Kind(*kind));
                Label::new(
                    format!("此行只用于{}", kind.zh),
                    format!("the line is only for areas of the kind {}", kind.en),
                )
            }
            Reason::Office { department, level, found_at, unit } => {
                let (department, level) = (name(Thing::Department(department)), name(Thing::Level(*level)));
                let (area, unit) = (name(Thing::Area(*found_at)), name(Thing::Unit(*unit)));
                Label::new(
                    format!("由{}{}级承办，在{}是{}", department.zh, level.zh, area.zh, unit.zh),
                    format!(
                        "{} answers at the level of the {}; in {} that is {}",
                        department.en, level.en, area.en, unit.en
                    ),
                )
            }
            Reason::NoOffice { department } => {
                let department = name(Thing::Department(department));
                Label::new(
                    format!("{}在此地没有机构，看下一行", department.zh),
                    format!("{} has no office here, so the next line was asked", department.en),
                )
            }
            Reason::Nobody { class, area, desk } => {
                let (class, area, desk) =
                    (name(Thing::Classes(&class.0)), name(Thing::Area(*area)), name(Thing::Area(*desk)));
                Label::new(
                    format!("{}的“{}”无人认领，转{}工作台裁定，并列入职责缺口", area.zh, class.zh, desk.zh),
                    format!(
                        "nobody answers for {} in {}; the desk of {} decides, and it is a gap of the matrix",
                        class.en, area.en, desk.en
                    ),
                )
            }
        }
    }
}
