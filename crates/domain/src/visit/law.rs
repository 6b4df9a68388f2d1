//! The law of a visit: from which state which act leads where.

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use super::act::{Act, Found};
use super::ladder::Rung;
use crate::area::Level;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Due on a day; not yet made.
    Planned,
    /// Nobody was reached: this rung, until then.
    Searching {
        /// The rung.
        rung: Rung,
        /// When it runs out.
        until: Timestamp,
        /// The level that was told last, once the last rung ran out.
        told: Option<Level>,
    },
    /// Made.
    Done,
    /// The person wanted none.
    Refused,
    /// Not reached, and then found.
    Found(Found),
    /// The entry is no more.
    Dropped,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Where it stands.
    pub state: State,
    /// The day it is due.
    pub due: Date,
    /// Whether who answers for the grid was told that nobody came.
    pub reminded: bool,
}

/// Why an act is not legal now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the message is the meaning
pub enum VisitRefusal {
    #[error("the visit is over ({at}); what is new belongs to the next visit of the entry")]
    Over { at: &'static str },
    #[error("nobody has been looked for: say `not_reached` first")]
    NotSearching,
    #[error("somebody is looking for them already; say `find`, or `climb` when this rung was in vain")]
    Searching,
    #[error("the last rung has been climbed; it ends by `find`")]
    LastRung,
    #[error("the next rung is {}", next.as_str())]
    NotNext { next: Rung },
    #[error("a visit is due today or later")]
    InThePast,
}

impl State {
    /// As it stands in columns and on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Searching { .. } => "searching",
            State::Done => "done",
            State::Refused => "refused",
            State::Found(_) => "found",
            State::Dropped => "dropped",
        }
    }

    /// Whether anything may still come of it.
    pub const fn is_open(&self) -> bool {
        matches!(self, State::Planned | State::Searching { .. })
    }
}

impl Visit {
    /// After an act on some day; or why not.
    pub fn after(&self, act: &Act, today: Date) -> Result<Visit, VisitRefusal> {
        if !self.state.is_open() {
            return Err(VisitRefusal::Over { at: self.state.as_str() });
        }
        let to = |state| Ok(Visit { state, ..self.clone() });
        match (act, self.state) {
            (Act::Plan { .. }, _) => Err(VisitRefusal::Over { at: "planned already" }),
            (Act::Replan { due, .. }, State::Planned) if *due >= today => {
                Ok(Visit { due: *due, reminded: false, ..self.clone() })
            }
            (Act::Replan { .. }, State::Planned) => Err(VisitRefusal::InThePast),
            (Act::Done { .. }, _) => to(State::Done),
            (Act::Refuse { .. }, _) => to(State::Refused),
            (Act::NotReached { rung, until }, State::Planned) => {
                to(State::Searching { rung: *rung, until: *until, told: None })
            }
            (Act::Replan { .. } | Act::NotReached { .. }, _) => Err(VisitRefusal::Searching),
            (Act::Climb { to: next, until }, State::Searching { rung, .. }) => {
                if *next <= rung {
                    return Err(VisitRefusal::LastRung);
                }
                to(State::Searching { rung: *next, until: *until, told: None })
            }
            (Act::Alert { level, until }, State::Searching { rung, .. }) => {
                to(State::Searching { rung, until: *until, told: Some(*level) })
            }
            (Act::Find { found, .. }, State::Searching { .. }) => to(State::Found(*found)),
            (Act::Climb { .. } | Act::Alert { .. } | Act::Find { .. }, _) => Err(VisitRefusal::NotSearching),
            (Act::Remind { .. }, State::Planned) => Ok(Visit { reminded: true, ..self.clone() }),
            (Act::Remind { .. }, _) => Err(VisitRefusal::Searching),
            (Act::Drop, _) => to(State::Dropped),
            (Act::Move { .. }, state) => to(state),
        }
    }
}
