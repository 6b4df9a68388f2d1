//! Use cases of a case: report, act, wake, look at, list.
//!
//! `command` is what a person asks for; `plan` decides what that does to a case (pure, given the city);
//! `report` and `act` load, plan and commit. Whoever writes many cases at once plans them and commits
//! the plans together (`Moved::batch`).

mod act;
mod clocks;
mod command;
mod duplicates;
mod list;
mod look;
mod number;
mod others;
mod plan;
mod relocate;
mod wake;

pub use act::{Done, act, load, report};
pub use clocks::{WouldStart, would_start};
pub use command::{Command, Part, ReportCommand, ShareCommand};
pub use duplicates::{Duplicate, Likeness, duplicates};
pub use list::{PAGE_MAX, Page, by_number, co_units, count, list, loads, my_turn};
pub use look::{CaseView, NextAct, look, may_see, next_acts};
pub(crate) use number::beginning as number_beginning;
pub use number::{ids_of_number, number, same_number};
pub use others::plan_others;
pub use plan::{Acting, Moved, plan_act, plan_report, plan_wake};
pub use relocate::{Follows, placed_anew, plan_relocate};
pub use wake::{Woken, wake};
