//! The care register: who may open an entry, what is put on record before anything is told, and how an entry ends. What
//! is lawful is `domain::care`; visits, referrals and timers have rooms of their own.

pub mod count;
mod end;
mod enrol;
mod file;
pub mod follow;
mod hand;
mod keep;
mod list;
pub mod purpose;
mod read;
pub mod sweep;

pub use enrol::{Enrolled, NewEntry, enrol};
pub use hand::{Code, Reading, Shown, export, give_code, readings, shown};
pub use keep::{Correction, Keeping, Kept, keep};
pub use list::{Asked, Named, find, list};
pub use read::{EntryView, ReferralBrief, VisitBrief, read};

pub(crate) use end::ending;
pub(crate) use file::{File, about, blocked, open, open_row, private_hash, wake_of};
pub(crate) use list::named_by;
pub(crate) use read::{Saw, put_on_record, view};
