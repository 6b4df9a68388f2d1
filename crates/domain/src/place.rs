//! Places (重点场所) and things (部件): what stands in the grids and is looked at by plan.
//!
//! Kinds are data (`kind`), what is done to a place is an act (`act`), and when one is due follows from its kind and
//! its last inspection (`plan`). Forms and answers are `form`'s; which grid a point is in is `area`'s.

mod act;
mod kind;
mod plan;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use act::{Act, Change, Finding, Refusal, Told};
pub use kind::{Fact, FactFault, Field, FieldKind, Kind, KindFault, Kinds};
pub use plan::{Look, due_day, first_day, next_day};

use crate::area::Ancestors;
use crate::geo::LngLat;
use crate::id::{PlaceId, UnitId};

/// A place or a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// 重点场所: a school, a hospital, a market.
    Place,
    /// 部件: a hydrant, a lamp, a manhole cover.
    Thing,
}

impl Sort {
    /// Both.
    pub const ALL: [Sort; 2] = [Sort::Place, Sort::Thing];

    /// As it stands in columns and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sort::Place => "place",
            Sort::Thing => "thing",
        }
    }

    /// From a column or the wire.
    pub fn parse(text: &str) -> Option<Sort> {
        Sort::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// How a place or thing is. Places are intact or retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 完好: there and in use.
    Intact,
    /// 破损.
    Damaged,
    /// 丢失.
    Missing,
    /// 停用: no longer in use.
    Retired,
    /// 移除: taken away.
    Removed,
}

impl State {
    /// All five.
    pub const ALL: [State; 5] =
        [State::Intact, State::Damaged, State::Missing, State::Retired, State::Removed];

    /// As it stands in columns and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Intact => "intact",
            State::Damaged => "damaged",
            State::Missing => "missing",
            State::Retired => "retired",
            State::Removed => "removed",
        }
    }

    /// As people say it.
    pub const fn zh(self) -> &'static str {
        match self {
            State::Intact => "完好",
            State::Damaged => "破损",
            State::Missing => "丢失",
            State::Retired => "停用",
            State::Removed => "移除",
        }
    }

    /// From a column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether it is looked at no more.
    pub const fn is_over(self) -> bool {
        matches!(self, State::Retired | State::Removed)
    }

    /// Whether a place or thing of this sort can be so.
    pub fn fits(self, sort: Sort) -> bool {
        sort == Sort::Thing || matches!(self, State::Intact | State::Retired)
    }
}

/// A place or thing as it is now: what folding its acts gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Made by whoever adds it.
    pub id: PlaceId,
    /// Acts so far.
    pub version: u32,
    /// What is told of it.
    pub told: Told,
    /// Where it lies.
    pub areas: Ancestors,
    /// How far outside of its grid its point is, metres; `None` when it is in it.
    pub off_m: Option<u32>,
    /// How it is.
    pub state: State,
    /// The day it was added, in days since 1970.
    pub added_day: i32,
    /// The last inspection.
    pub look: Option<Look>,
}

/// Facts by the names of the kind's fields.
pub type Facts = BTreeMap<String, Fact>;

/// Where something lies, without what it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// WGS-84.
    pub point: Option<LngLat>,
    /// The grid and what is above it.
    pub areas: Ancestors,
    /// How far outside of that grid, metres.
    pub off_m: Option<u32>,
}

/// A unit that owns a thing, as far as it has one.
pub type Owner = Option<UnitId>;
