//! What tells someone of something, in the commit of what it tells of. Delivery is `crate::telling`'s affair.

use domain::id::{AreaId, PersonId, UnitId};
use domain::notice::{Notice, NoticeKind, Whom};
use domain::stream::StreamId;
use jiff::Timestamp;
use store::Statement;

use crate::people::new_id;

/// Tells a person.
pub fn to_person(
    person: PersonId,
    kind: NoticeKind,
    about: impl Into<StreamId>,
    place: AreaId,
    urgent: bool,
    now: Timestamp,
) -> Statement {
    to(Whom::Person(person), kind, about, place, urgent, now)
}

/// Tells whoever is at the desk of an area.
pub fn to_desk(
    desk: AreaId,
    kind: NoticeKind,
    about: impl Into<StreamId>,
    place: AreaId,
    urgent: bool,
    now: Timestamp,
) -> Statement {
    to(Whom::Desk(desk), kind, about, place, urgent, now)
}

/// Tells whoever works in a unit.
pub fn to_unit(
    unit: UnitId,
    kind: NoticeKind,
    about: impl Into<StreamId>,
    place: AreaId,
    urgent: bool,
    now: Timestamp,
) -> Statement {
    to(Whom::Unit(unit), kind, about, place, urgent, now)
}

fn to(
    whom: Whom,
    kind: NoticeKind,
    about: impl Into<StreamId>,
    place: AreaId,
    urgent: bool,
    now: Timestamp,
) -> Statement {
    let (id, about) = (new_id(now).0, about.into());
    store::notice::insert(&Notice { id, whom, kind, about, place, urgent, at: now, read: None })
}
