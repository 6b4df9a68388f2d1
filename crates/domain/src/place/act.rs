//! What is done to a place or thing. Each act is one entry of its stream; folding them gives the place.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Facts, Look, Owner, Place, Sort, State};
use crate::area::Ancestors;
use crate::form::Answers;
use crate::geo::LngLat;
use crate::id::{AreaChangeId, CaseId, ClassCode, InspectionId, PlaceId};

/// What is told of a place or thing by whoever keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// A place or a thing.
    pub sort: Sort,
    /// Code of its kind.
    pub kind: String,
    /// Its own number, unique among its sort; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// What people call it.
    pub name: String,
    /// The same in English; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// Where it is, in words; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Where it is, WGS-84.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<LngLat>,
    /// The unit that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Owner,
    /// What is known of it, by its kind's fields.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
}

/// An act. Its canonical JSON is what is stored and hashed: variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// It is there from now on.
    Add {
        /// What is told of it.
        told: Box<Told>,
        /// Where it lies.
        areas: Ancestors,
        /// How far outside of its grid, metres.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        off_m: Option<u32>,
        /// The local day, in days since 1970.
        day: i32,
        /// How it is.
        state: State,
    },
    /// Something else is told of it, or it lies elsewhere.
    Change(Box<Change>),
    /// It is in another state.
    SetState {
        /// Which.
        state: State,
        /// Why, in words; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
    },
    /// It was looked at.
    Inspect(Box<Finding>),
    /// The areas changed, and it with them.
    Follow {
        /// The change.
        change: AreaChangeId,
        /// Where it lies now.
        areas: Ancestors,
        /// How far outside of its grid, metres.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        off_m: Option<u32>,
    },
}

/// What is told from now on, and where it lies by that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// All that is told.
    pub told: Told,
    /// Where it lies.
    pub areas: Ancestors,
    /// How far outside of its grid, metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_m: Option<u32>,
}

/// What an inspection found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Made by whoever inspected; the key of the act.
    pub inspection: InspectionId,
    /// Code of the form.
    pub form: String,
    /// The version it was filled in with.
    pub form_version: u32,
    /// The answers.
    pub answers: Answers,
    /// Names of the questions whose answers fail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// The cases that these became.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<(ClassCode, CaseId)>,
    /// A remark; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When, by the clock of whoever inspected, in milliseconds UTC.
    pub made_ms: i64,
    /// The local day of that, in days since 1970.
    pub day: i32,
    /// Seconds that filling in took, as measured on the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
}

/// An act that is not possible as things stand.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is out of use.
    #[error("it is {}: set its state to intact first", .0.as_str())]
    Over(State),
    /// It is so already.
    #[error("it is {} already", .0.as_str())]
    Same(State),
    /// Its sort is never so.
    #[error("a {} is intact or retired, never {}", .0.as_str(), .1.as_str())]
    NotOf(Sort, State),
    /// Its sort cannot change.
    #[error("a {} does not become a {}", .0.as_str(), .1.as_str())]
    Sort(Sort, Sort),
    /// It is there already, or it is not there yet.
    #[error("only the first act adds it")]
    Added,
}

impl Place {
    /// The place that an act adds.
    pub fn add(id: PlaceId, act: &Act) -> Result<Place, Refusal> {
        let Act::Add { told, areas, off_m, day, state } = act else { return Err(Refusal::Added) };
        if !state.fits(told.sort) {
            return Err(Refusal::NotOf(told.sort, *state));
        }
        let told = (**told).clone();
        let (areas, off_m, state, added_day) = (*areas, *off_m, *state, *day);
        Ok(Place { id, version: 1, told, areas, off_m, state, added_day, look: None })
    }

    /// The place after an act.
    pub fn after(&self, act: &Act) -> Result<Place, Refusal> {
        let mut next = self.clone();
        next.version += 1;
        match act {
            Act::Add { .. } => return Err(Refusal::Added),
            Act::Change(_) | Act::Inspect(_) if self.state.is_over() => {
                return Err(Refusal::Over(self.state));
            }
            Act::Change(change) => {
                if change.told.sort != self.told.sort {
                    return Err(Refusal::Sort(self.told.sort, change.told.sort));
                }
                next.told = change.told.clone();
                (next.areas, next.off_m) = (change.areas, change.off_m);
            }
            Act::SetState { state, .. } => {
                if *state == self.state {
                    return Err(Refusal::Same(*state));
                }
                if !state.fits(self.told.sort) {
                    return Err(Refusal::NotOf(self.told.sort, *state));
                }
                next.state = *state;
            }
            Act::Inspect(finding) => {
                let failed = finding.failed.len().min(usize::from(u16::MAX)) as u16;
                // One that comes in late says nothing about what was found since.
                if self.look.is_none_or(|last| last.day <= finding.day) {
                    next.look = Some(Look { day: finding.day, failed });
                }
            }
            Act::Follow { areas, off_m, .. } => (next.areas, next.off_m) = (*areas, *off_m),
        }
        Ok(next)
    }

    /// Folds the acts of a stream.
    pub fn replay<'a>(
        id: PlaceId,
        acts: impl IntoIterator<Item = &'a Act>,
    ) -> Result<Option<Place>, Refusal> {
        acts.into_iter().try_fold(None, |place: Option<Place>, act| match place {
            None => Place::add(id, act).map(Some),
            Some(place) => place.after(act).map(Some),
        })
    }
}
