//! Places and things: where each stands, lists of them, and how many are due. What was done to them is their stream.

mod list;
mod row;

pub use list::{Count, Cursor, Filter, List, Order, Plan, Planned, count, list};
pub use row::{PlaceRow, by_number, insert, numbers, one, page_in, update};

/// Statements of this room whose text is fixed.
pub fn sql() -> Vec<String> {
    let mut all = row::sql();
    all.extend(list::sql());
    all
}
