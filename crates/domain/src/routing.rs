//! Routing: whose matter a class of case is in a place, and why, in words.
//!
//! The responsibility matrix is data ([`Matrix`]); [`route`] reads it. Whether the unit accepts is the
//! case's (`case`); sending on after a bounce is the superior's decision, not the matrix's.
//!
//! # Which line wins
//! A line speaks for a class when its prefix begins the code, and for a place when its area is the place or
//! above it and, if it names a kind, an area of that kind is on the place's path. Of all such lines wins
//! 1. the nearer area, then 2. the longer prefix, then 3. the deeper kind (none is the shallowest).
//!
//! There are no ties: two lines with the same prefix, area and kind are a fault of the matrix.
//! A line may name one unit, or a department and a level: then the department's office of that level
//! in the place answers, or where there is none, the nearest above. Where no office exists at all,
//! the next line is asked. Where nobody is left, the case goes to the desk of the level above.

mod gaps;
mod matrix;
mod offices;
mod reason;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::area::{Kind, Level};
use crate::id::{AreaId, ClassCode, UnitId};

pub use gaps::{Gap, gaps};
pub use matrix::{Known, Line, Matrix, MatrixFault, MatrixFaults, MatrixRow, Offices, Owner};
pub use offices::{OfficeFault, OfficeRow, PlannedOffice, plan_offices};
pub use reason::{Reason, Thing};

/// Where a case is, and which desk asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The area and all above it, city first, never empty.
    path: Vec<(AreaId, Kind)>,
    /// Index into the path.
    desk: usize,
}

/// Where a case should go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The answer.
    pub to: Destination,
    /// How it was found, in the order of thought; at least one.
    pub because: Vec<Reason>,
}

/// A unit, or the desk that decides where the matrix is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The unit answers for it.
    Unit(UnitId),
    /// Nobody does: the desk of this area decides. A finding for the matrix.
    Desk(AreaId),
}

impl Place {
    /// A place by its path, city first, with the desk of one of its areas asking.
    ///
    /// An area that is not on the path asks as the place itself. `None` for an empty path.
    pub fn new(path: Vec<(AreaId, Kind)>, desk: AreaId) -> Option<Place> {
        let last = path.len().checked_sub(1)?;
        let desk = path.iter().position(|(id, _)| *id == desk).unwrap_or(last);
        Some(Place { path, desk })
    }

    /// The place itself: the last area of its path.
    pub fn area(&self) -> AreaId {
        self.path[self.path.len() - 1].0
    }

    /// The area whose desk is one level above the asking one; the city's own desk has none above it.
    pub fn desk_above(&self) -> AreaId {
        self.path[self.desk.saturating_sub(1)].0
    }

    fn upwards(&self) -> impl Iterator<Item = (AreaId, Kind)> {
        self.path.iter().rev().copied()
    }

    /// Depth of the area of a kind on the path.
    fn depth_of(&self, kind: Kind) -> Option<usize> {
        self.path.iter().position(|(_, k)| *k == kind)
    }
}

/// Whose matter a class is in a place, with the reasons.
pub fn route(class: &ClassCode, place: &Place, matrix: &Matrix) -> Route {
    let mut because = Vec::new();
    for line in matrix.lines_for(class, place) {
        because.push(Reason::Line { number: line.number, classes: line.classes.clone(), area: line.area });
        if line.classes != class.0 {
            because.push(Reason::ClassesInherited { class: class.clone(), from: line.classes.clone() });
        }
        if line.area != place.area() {
            because.push(Reason::AreaInherited { area: place.area(), from: line.area });
        }
        if let Some(kind) = line.kind {
            because.push(Reason::OnlyKind { kind });
        }
        match &line.to {
            Owner::Unit(unit) => return Route { to: Destination::Unit(*unit), because },
            Owner::Office { department, level } => {
                if let Some((unit, at)) = office(department, *level, place, matrix.offices()) {
                    let (department, level) = (department.clone(), *level);
                    because.push(Reason::Office { department, level, found_at: at, unit });
                    return Route { to: Destination::Unit(unit), because };
                }
                because.push(Reason::NoOffice { department: department.clone() });
            }
        }
    }
    let desk = place.desk_above();
    because.push(Reason::Nobody { class: class.clone(), area: place.area(), desk });
    Route { to: Destination::Desk(desk), because }
}

/// The office of a department at a level of a place, or the nearest above it, and the area it is for.
fn office(department: &str, level: Level, place: &Place, offices: &Offices) -> Option<(UnitId, AreaId)> {
    let at_or_above = place.upwards().filter(|(_, kind)| kind.level() <= level);
    at_or_above.into_iter().find_map(|(area, _)| offices.get(department, area).map(|unit| (unit, area)))
}
