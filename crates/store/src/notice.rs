//! Notices, written in the same commit as what they tell of.

use domain::notice::{Notice, Whom};

use crate::{Statement, params};

const INSERT: &str = "insert into notice
    (id, person_id, area_id, unit_id, kind, stream, about_id, place_id, urgent, at_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Statements of this file, to be prepared on both databases by a test.
pub const SQL: &[&str] = &[INSERT];

/// What keeps a notice.
pub fn insert(it: &Notice) -> Statement {
    let (person, area, unit) = match it.whom {
        Whom::Person(person) => (Some(person.0), None, None),
        Whom::Desk(area) => (None, Some(area.0), None),
        Whom::Unit(unit) => (None, None, Some(unit.0)),
    };
    Statement::new(
        INSERT,
        params![
            it.id,
            person,
            area,
            unit,
            it.kind.as_str(),
            it.about.stream.as_str(),
            it.about.id,
            it.place.0,
            it.urgent,
            it.at.as_millisecond()
        ],
    )
}
