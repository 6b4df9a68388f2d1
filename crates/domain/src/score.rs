//! Assessment (考核): what is counted of the work, how a score is made of it, and who may contest it.
//!
//! Scores come from outcomes alone. `measure` is the closed list of what may count, `life` reads the outcomes of a case
//! out of its log, `care` those of visits and referrals, `book` keeps the outcomes of one day in columns, `recipe` says how points are given, `reckon` gives
//! them, `print` rounds them so that they add up, `rank` shares ranks, `appeal` is the law of contesting a line, and
//! `alarm` points people to where they should look. Residents are never scored, and nobody is by log-ins, minutes online
//! or numbers of uploads: there is no measure of it.

pub mod alarm;
pub mod appeal;
pub mod book;
pub mod care;
pub mod life;
pub mod measure;
pub mod print;
pub mod rank;
pub mod recipe;
pub mod reckon;

pub use alarm::{Alarm, AlarmKind};
pub use appeal::{AppealAct, AppealFacts, AppealRefusal, AppealState, Mend, Remedy};
pub use book::{Book, BookFault, Row, Stock};
pub use life::{Life, Mark};
pub use measure::{Measure, N_MEASURES, Rate, Tally};
pub use recipe::{Line, LineDoc, Recipe, RecipeDoc, RecipeFault, SectionDoc};
pub use reckon::{LineScore, Score, Subject, reckon};

#[cfg(test)]
#[allow(clippy::float_cmp)] // equals are made to be equal in every bit
mod tests;
