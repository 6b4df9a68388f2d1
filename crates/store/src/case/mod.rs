//! Cases: the row that answers questions, the shares of units, and what a list may ask for.
//!
//! A row is a projection of the case's log (`crate::log`), written in the same batch as the entry; whoever
//! needs the case itself replays the log.

mod filter;
mod list;
mod rate;
mod row;
mod write;

pub use filter::{CaseFilter, Cursor, Order, State, TurnOf};
pub(crate) use filter::{Where, area_column};
pub(crate) use list::selected;
pub use list::{
    AreaLoad, COUNT_CAP, List, Near, acts_since, area_loads, co_units, count, is_row_of, list, near, of_tail,
    one, units, waking,
};
pub use rate::{CaseCount, CaseCounts};
pub use row::CaseRow;
pub(crate) use row::{opt_time, time};
pub use write::{Write, change};

/// Statements of this folder that can be prepared as they stand.
pub fn sql() -> Vec<String> {
    let mut all = write::sql();
    all.extend(list::sql());
    all.extend(rate::sql());
    all
}
