//! What can be wrong with a tree or a change to it, each said with its remedy. Faults of geometry are `crate::topology`.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{AreaCode, Kind, Level};
use crate::id::AreaId;

/// One thing that is wrong, and with which area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{about}: {fault}")]
pub struct Finding {
    /// The area as a person would look it up: its code, or its id where it has none yet.
    pub about: String,
    /// What is wrong and what would put it right.
    pub fault: Fault,
}

/// Everything that can be wrong. Each message ends with the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Two areas, or one area after another, with one code.
    #[error(
        "code is already that of {holder_name} (area {holder}), from {since}; codes are never reused: give another"
    )]
    CodeTaken {
        /// Who has or had it.
        holder: AreaId,
        /// Its name.
        holder_name: String,
        /// Since when.
        since: Date,
    },
    /// The code's length stands for another level.
    #[error("code {code} has the length of a {code_level} code; a {level} needs {} digits", level.digits())]
    CodeOfOtherLevel {
        /// The code.
        code: AreaCode,
        /// What it would be.
        code_level: Level,
        /// What the area is.
        level: Level,
    },
    /// A kind of another level.
    #[error("a {level} cannot be of kind {kind}; that is a kind of {}", kind.level())]
    KindOfOtherLevel {
        /// The kind.
        kind: Kind,
        /// What the area is.
        level: Level,
    },
    /// No such parent.
    #[error("parent {parent} does not exist on that day; add it first, or name another")]
    NoParent {
        /// As given.
        parent: String,
    },
    /// A parent that is not exactly one level up.
    #[error("a {level} cannot lie directly under a {parent_level}; name its {}", level.above().map_or("nothing", Level::name))]
    ParentOfOtherLevel {
        /// Level of the area.
        level: Level,
        /// Level of the parent.
        parent_level: Level,
    },
    /// More than one city, or none.
    #[error("there must be one city at the top, not {n}")]
    Roots {
        /// How many areas have no parent.
        n: usize,
    },
    /// The stored path is not parent's path plus own id.
    #[error("path {path} does not follow its parent's; it should be {right}")]
    Path {
        /// As stored.
        path: String,
        /// As it should be.
        right: String,
    },
    /// Two versions of one area on the same day.
    #[error("has two versions on {day}; end the earlier one by then")]
    TwoVersions {
        /// First day with both.
        day: Date,
    },
    /// `valid_to` not after `valid_from`.
    #[error("ends on {end}, not after its beginning {start}; give a later day")]
    EndsBeforeItBegins {
        /// First day.
        start: Date,
        /// First day after.
        end: Date,
    },
    /// The thing to be changed is not there.
    #[error("no such area on {on}; look it up as of that day")]
    NoSuchArea {
        /// The day of the change.
        on: Date,
    },
    /// A change in the past.
    #[error("{on} is past (today is {today}); history is not rewritten: date the change today or later")]
    Past {
        /// The day of the change.
        on: Date,
        /// The day it was asked.
        today: Date,
    },
    /// Something is already arranged for a later day.
    #[error(
        "another change is already arranged for {later}; date this one after it, or put both in one file"
    )]
    LaterChangeArranged {
        /// The first day of that version.
        later: Date,
    },
    /// A change that began on the same day.
    #[error("this version began on {on} itself; date the change one day later")]
    SameDay {
        /// The day.
        on: Date,
    },
    /// Too late to take a change back.
    #[error("is in force since {since} and cannot be cancelled; arrange another change that puts it right")]
    InForce {
        /// The first day.
        since: Date,
    },
    /// A split into fewer than two, a merge of fewer than two.
    #[error("{verb} needs at least two areas, not {n}")]
    TooFew {
        /// split or merge.
        verb: String,
        /// How many were given.
        n: usize,
    },
    /// The parts of a split must share out the children; the same child twice or not at all is a fault.
    #[error("child {child} goes to {times} of the new areas; name it in exactly one")]
    ChildNotShared {
        /// Code of the child.
        child: AreaCode,
        /// How often it was named.
        times: usize,
    },
    /// Named as a child but is none.
    #[error("{child} is not a child of it on that day; remove it from the list")]
    NotAChild {
        /// Code or id as given.
        child: String,
    },
    /// Areas under different parents or of different levels cannot become one.
    #[error("{other} is not of the same level and parent; move it there first")]
    NotSiblings {
        /// Code of the other.
        other: AreaCode,
    },
    /// A retired area leaves children behind.
    #[error("still has {n} areas under it; move or retire them first")]
    HasChildren {
        /// How many.
        n: usize,
    },
    /// A successor that is not there on that day.
    #[error("successor {successor} is not an area of the same level on that day; name another")]
    BadSuccessor {
        /// As given.
        successor: String,
    },
    /// An area may not be put under itself, nor the city anywhere.
    #[error("the city itself cannot be moved, split, merged or retired")]
    TheCity,
    /// A name is needed.
    #[error("has no Chinese name; give one")]
    NoName,
}

impl Finding {
    /// A finding about an area that has a code.
    pub fn about(code: &AreaCode, fault: Fault) -> Self {
        Self { about: code.to_string(), fault }
    }
}
