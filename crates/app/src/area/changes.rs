//! Dated changes of the areas, from the plan to the last case that has followed.
//!
//! `read` takes them as people write them, `plan` says who would be affected and what stands in the way (saving
//! nothing), `save` arranges them and takes them back, `effect` works out what a change means for duties and cases,
//! `follow` carries that out when the day has come, for `followers`, too. The tree itself needs no carrying out: its versions are dated, so
//! that every node answers with the tree of the day. The law of the tree is `domain::area`.

mod effect;
mod follow;
mod followers;
mod plan;
mod read;
mod save;

pub use effect::{Effect, Passing};
pub use follow::sweep;
pub use followers::{Following, Page};
pub use plan::{Affected, Few, Planned, plan};
pub use read::{ChangeFile, read};
pub use save::{Asked, Outcome, cancel, list, look, save};
