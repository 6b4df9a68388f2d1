//! What the figures about cases are made of: when each was reported and closed, and what it was. The sums are
//! made above, once, so that both databases give the same.

use crate::case::{opt_time, time};
use crate::{Fault, Store, params};
use domain::id::{CaseId, ClassCode};
use jiff::Timestamp;

const PAGE: &str = "select id, class_code, reported_ms, closed_ms from cases
    where id > $1 and reported_ms >= $2 and reported_ms < $3 order by id limit $4";

/// Statements of this file.
pub const SQL: &[&str] = &[PAGE];

/// The life of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Which.
    pub case: CaseId,
    /// What it is; `None` before it was agreed.
    pub class: Option<ClassCode>,
    /// When it was received.
    pub reported: Timestamp,
    /// When it was closed, if it is.
    pub closed: Option<Timestamp>,
}

/// The next cases after one, by id, that were reported in `from <= t < until`.
pub async fn lives(
    store: &Store,
    after: CaseId,
    from: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Life>, Fault> {
    let values = params![after.0, from.as_millisecond(), until.as_millisecond(), limit];
    let read = |row: &crate::Row| {
        Ok(Life {
            case: CaseId(row.uuid("id")?),
            class: row.opt_text("class_code")?.map(ClassCode),
            reported: time(row, "reported_ms")?,
            closed: opt_time(row, "closed_ms")?,
        })
    };
    store.rows(PAGE, values).await?.iter().map(read).collect()
}
