//! Forms (检查表、走访记录表): what is asked on a place, a thing or a visit, as versioned data.
//!
//! A [`FormDoc`] is what is kept and sent round; [`Form::read`] checks it as a whole and gives what answers are read by.
//! Answers are always read by the version they were filled in with: an old version is never refused for being old.
//! Which version stands, who may save one and files of forms are the business of the shell.

mod answer;
mod doc;
mod expr;
mod known;
mod read;
#[cfg(test)]
mod tests;

pub use answer::{Answer, AnswerFault, Answers, Failed, Filled, MOST_PHOTOS, TEXT_MAX};
pub use doc::{Choice, FormDoc, FormUse, ItemDoc, ItemKind};
pub use expr::{Expr, Given, Wrong};
pub use known::{Asked, Element, Elements, asks_known};
pub(crate) use read::is_code;
pub use read::{Form, FormFault, FormFaults, Item, MOST_ITEMS};
