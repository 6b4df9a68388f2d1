//! The gap report (职责缺口): classes that nobody answers for, at the highest area where nobody does at all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Destination, Matrix, Place, route};
use crate::id::{AreaId, ClassCode};

/// A finding: nobody answers for this class anywhere in this area.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Gap {
    /// The class.
    pub class: ClassCode,
    /// The highest area in which every place is a gap.
    pub area: AreaId,
    /// How many of the places asked about lie in it.
    pub n_places: u32,
}

/// All gaps of a matrix over classes and places, by class, then in the order of the places.
///
/// Ask about the lowest areas of the tree (grids); 250 classes x 9,000 grids take about a second.
pub fn gaps<'a>(
    classes: impl IntoIterator<Item = &'a ClassCode>,
    places: &[Place],
    matrix: &Matrix,
) -> Vec<Gap> {
    classes.into_iter().flat_map(|class| gaps_of(class, places, matrix)).collect()
}

fn gaps_of(class: &ClassCode, places: &[Place], matrix: &Matrix) -> Vec<Gap> {
    let open: Vec<&Place> =
        places.iter().filter(|p| matches!(route(class, p, matrix).to, Destination::Desk(_))).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let (of_all, of_open) = (places_by_area(places), places_by_area(open.iter().copied()));
    let mut gaps: Vec<Gap> = Vec::new();
    for place in open {
        let whole = place.path.iter().map(|(area, _)| *area).find(|area| of_open[area] == of_all[area]);
        let area = whole.unwrap_or_else(|| place.area());
        if !gaps.iter().any(|gap| gap.area == area) {
            gaps.push(Gap { class: class.clone(), area, n_places: of_open[&area] });
        }
    }
    gaps
}

fn places_by_area<'a>(places: impl IntoIterator<Item = &'a Place>) -> BTreeMap<AreaId, u32> {
    let mut counts = BTreeMap::new();
    for (area, _) in places.into_iter().flat_map(|p| &p.path) {
        *counts.entry(*area).or_default() += 1;
    }
    counts
}
