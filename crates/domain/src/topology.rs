//! Faults between shapes: gaps, overlaps, areas outside their parent, and outlines that cross themselves.
//!
//! Children that share their edges exactly and cover their parent are recognised without any geometry: taken
//! with their direction, their edges cancel against each other and against the parent's outline. A sum of outlines
//! that is zero covers every point equally often, so nothing is left to find (`outline`). Only groups that do not cancel are
//! measured with boolean operations (`measure`). Faults of codes and parent links are `crate::area`'s.

use std::collections::BTreeSet;

use ::geo::MultiPolygon;
use rstar::{RTree, RTreeObject, primitives::GeomWithData, primitives::Rectangle};
use serde::{Deserialize, Serialize};

use self::measure::{Piece, gaps, outside, overlap};
use crate::area::{Area, Level, Tree};
use crate::geo::LngLat;
use crate::id::AreaId;

mod measure;
mod outline;

/// What is wrong between which areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
pub enum Flaw {
    /// An outline that crosses or doubles itself, or encloses nothing. Its area is that of the whole shape.
    Broken {
        /// Whose.
        area: AreaId,
    },
    /// Ground of the parent, or ground enclosed by the areas, that belongs to none of them.
    Gap {
        /// The parent; `None` where it has no outline of its own.
        parent: Option<AreaId>,
    },
    /// Ground that belongs to two areas of one level.
    Overlap {
        /// The one with the lower id.
        one: AreaId,
        /// The other.
        other: AreaId,
    },
    /// Ground of an area that its parent does not have.
    Outside {
        /// The area.
        area: AreaId,
        /// Its parent.
        parent: AreaId,
    },
}

/// One flaw, its size and a point in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What and who.
    #[serde(flatten)]
    pub flaw: Flaw,
    /// Size of this piece, square metres.
    pub area_m2: f64,
    /// A point in it, for a map.
    pub at: LngLat,
}

impl Finding {
    /// The finding in words, with codes and names instead of ids.
    pub fn say(&self, tree: &Tree) -> String {
        let name = |id: AreaId| match tree.get(id) {
            Some(a) => format!("{} {}", a.code, a.name_zh),
            None => format!("area {id}"),
        };
        let (m2, at) = (self.area_m2, format!("{:.6},{:.6}", self.at.lng, self.at.lat));
        match self.flaw {
            Flaw::Broken { area } => format!("outline of {} crosses itself at {at}", name(area)),
            Flaw::Gap { parent: Some(parent) } => format!("gap of {m2:.0} m2 in {} at {at}", name(parent)),
            Flaw::Gap { parent: None } => format!("gap of {m2:.0} m2 between areas at {at}"),
            Flaw::Overlap { one, other } => {
                format!("overlap of {m2:.0} m2 between {} and {} at {at}", name(one), name(other))
            }
            Flaw::Outside { area, parent } => {
                format!("{m2:.0} m2 of {} lie outside {} at {at}", name(area), name(parent))
            }
        }
    }
}

/// Areas of one parent that should cover it exactly.
struct Group<'a> {
    parent: Option<&'a Area>,
    children: Vec<&'a Area>,
}

/// Everything that is wrong with the outlines of a day's tree, level by level; pieces up to `tolerance_m2` are let pass.
///
/// Areas without an outline are left out. Where a parent has none, its children are checked against each other
/// and against the other areas of the level, and only enclosed gaps can be seen.
pub fn report(tree: &Tree, tolerance_m2: f64) -> Vec<Finding> {
    let mut found = Vec::new();
    for level in Level::ALL {
        level_findings(tree, level, tolerance_m2, &mut found);
    }
    found
}

/// Where an outline crosses or doubles back on itself, or a corner of one that encloses nothing; `None` when it is sound.
pub fn crosses_at(shape: &MultiPolygon<f64>) -> Option<LngLat> {
    outline::first_flaw(shape).map(|piece| piece.at)
}

fn level_findings(tree: &Tree, level: Level, tolerance_m2: f64, found: &mut Vec<Finding>) {
    let cells: Vec<&Area> = tree.at_level(level).filter(|a| a.polygon.is_some()).collect();
    let mut broken = BTreeSet::new();
    for cell in &cells {
        if let Some(piece) = outline::first_flaw(shape(cell)) {
            found.push(finding(Flaw::Broken { area: cell.id }, piece));
            broken.insert(cell.id);
        }
    }
    let mut dirty = BTreeSet::new();
    for group in groups(tree, &cells) {
        let sound = !group.children.iter().any(|c| broken.contains(&c.id));
        let parent = group.parent.map(shape);
        if sound && parent.is_some_and(|p| outline::cancel(group.children.iter().map(|c| shape(c)), p)) {
            continue;
        }
        dirty.extend(group.children.iter().map(|c| c.id));
        let children: Vec<_> = group.children.iter().map(|c| shape(c)).collect();
        let parent_id = group.parent.map(|p| p.id);
        let flaw = Flaw::Gap { parent: parent_id };
        found.extend(gaps(&children, parent, tolerance_m2).into_iter().map(|p| finding(flaw, p)));
        if let Some(parent) = group.parent {
            for child in group.children {
                let flaw = Flaw::Outside { area: child.id, parent: parent.id };
                let pieces = outside(shape(child), shape(parent), tolerance_m2);
                found.extend(pieces.into_iter().map(|p| finding(flaw, p)));
            }
        }
    }
    overlaps(&cells, &dirty, tolerance_m2, found);
}

fn groups<'a>(tree: &'a Tree, cells: &[&'a Area]) -> Vec<Group<'a>> {
    let mut groups: std::collections::BTreeMap<Option<AreaId>, Group> = std::collections::BTreeMap::new();
    for cell in cells.iter().filter(|c| c.level != Level::City) {
        let parent = cell.parent.and_then(|p| tree.get(p)).filter(|p| p.polygon.is_some());
        let group = groups.entry(parent.map(|p| p.id)).or_insert(Group { parent, children: Vec::new() });
        group.children.push(cell);
    }
    groups.into_values().collect()
}

/// Pairs whose boxes meet and of which at least one is in a group that did not cancel.
fn overlaps(cells: &[&Area], dirty: &BTreeSet<AreaId>, tolerance_m2: f64, found: &mut Vec<Finding>) {
    if dirty.is_empty() {
        return;
    }
    let boxes = cells.iter().filter_map(|c| Some(GeomWithData::new(measure::bounds(shape(c))?, *c)));
    let tree: RTree<GeomWithData<Rectangle<[f64; 2]>, &Area>> = RTree::bulk_load(boxes.collect());
    for one in cells.iter().filter(|c| dirty.contains(&c.id)) {
        let Some(bounds) = measure::bounds(shape(one)) else { continue };
        let mut others: Vec<&Area> =
            tree.locate_in_envelope_intersecting(bounds.envelope()).map(|g| g.data).collect();
        others.retain(|other| other.id > one.id || (other.id < one.id && !dirty.contains(&other.id)));
        others.sort_by_key(|other| other.id);
        for other in others {
            let flaw = Flaw::Overlap { one: one.id.min(other.id), other: one.id.max(other.id) };
            let pieces = overlap(shape(one), shape(other), tolerance_m2);
            found.extend(pieces.into_iter().map(|p| finding(flaw, p)));
        }
    }
}

fn shape(area: &Area) -> &MultiPolygon<f64> {
    area.polygon.as_ref().expect("areas without an outline were left out")
}

fn finding(flaw: Flaw, piece: Piece) -> Finding {
    Finding { flaw, area_m2: piece.area_m2, at: piece.at }
}

#[cfg(test)]
mod tests;
