//! Which case was made of something that nobody answers for.

use crate::case::time;
use crate::{Fault, Statement, Store, params};
use domain::id::CaseId;
use jiff::Timestamp;

const INSERT: &str = "insert into gap_case (gap, case_id, raised_ms) values ($1, $2, $3)";
const MOVE: &str = "update gap_case set case_id = $3, raised_ms = $4 where gap = $1 and case_id = $2";
const ALL: &str = "select g.gap, g.case_id, g.raised_ms, c.state from gap_case g
    left join cases c on c.id = g.case_id order by g.gap";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT, MOVE, ALL];

/// A gap and its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// `class:<code>@<area>` or `unit:<id>`.
    pub gap: String,
    /// The case that was made of it last.
    pub case: CaseId,
    /// When.
    pub at: Timestamp,
    /// Whether that case is still worked on.
    pub is_open: bool,
}

/// A case was made of it. A duplicate when it has one.
pub fn insert(gap: &str, case: CaseId, now: Timestamp) -> Statement {
    Statement::new(INSERT, params![gap, case.0, now.as_millisecond()]).expecting(1)
}

/// Another case was made of it, after the one before was closed.
pub fn again(raised: &Raised, case: CaseId, now: Timestamp) -> Statement {
    let values = params![&raised.gap, raised.case.0, case.0, now.as_millisecond()];
    Statement::new(MOVE, values).expecting(1)
}

/// All that were raised, by their text.
pub async fn all(store: &Store) -> Result<Vec<Raised>, Fault> {
    let rows = store.rows(ALL, params![]).await?;
    rows.iter()
        .map(|row| {
            let state = row.opt_text("state")?;
            Ok(Raised {
                gap: row.text("gap")?,
                case: CaseId(row.uuid("case_id")?),
                at: time(row, "raised_ms")?,
                is_open: state.is_some_and(|state| state != "closed"),
            })
        })
        .collect()
}
