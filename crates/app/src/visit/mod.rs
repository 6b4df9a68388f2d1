//! Visits: what is due to whom, making them, what comes of them, and the search for those who are not reached.

mod act;
mod look;
mod plan;
mod round;
mod today;
pub mod weather;

pub use act::{Command, Done, NewReferral, act};
pub use look::{Search, VisitView, look, searches};
pub use round::{RoundAsked, RoundDay, RoundStop, round};
pub use today::due_in;

pub(crate) use act::{move_visit, next_rung, replan, tell_rung};
pub(crate) use plan::{NewVisit, plan_new, plan_next};
