//! All SQL of Gridward, for SQLite and PostgreSQL, and the migrations. Knows no rules: what may change, and when,
//! is decided in `domain` and `app`. Below the typed tables lies the [`engine`].

pub mod area;
pub mod area_change;
pub mod assess;
pub mod attachment;
pub mod bundle;
pub mod burden;
pub mod campaign;
pub mod care;
pub mod case;
pub mod deed;
pub mod dispute;
pub mod duty;
pub mod edition;
pub mod engine;
pub mod feed;
pub mod gap;
pub mod ground;
pub mod hand_over;
pub mod inspection;
pub mod intake;
pub mod job;
pub mod lease;
pub mod leave;
pub mod log;
pub mod migrate;
pub mod notice;
pub mod patrol;
pub mod person;
pub mod place;
pub mod query;
pub mod referral;
pub mod safety;
pub mod scope;
pub mod seal;
pub mod secret;
pub mod session;
mod standing;
pub mod stats;
pub mod sync;
pub mod telling;
#[cfg(feature = "testing")]
pub mod testing;
pub mod unit;
pub mod vacancy;
pub mod visit;

pub use engine::fault::without_secrets;
pub use engine::{Batch, Column, CommitError, Dialect, Expect, Fault, Row, Statement, Store, Value};
