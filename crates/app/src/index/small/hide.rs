//! Which areas below the counties tell nothing, because their counts are of few or would give such a one away.
//!
//! From the counties down: what lies below a hidden area is hidden, and of the parts of a shown one so many that the
//! hidden ones are at least two and together at least twice the fewest. Counties are shown: the index tells of them. A
//! level is decided by itself and those above it, so that it is the same whichever level is asked for.

use crate::index::from_cases::FEWEST;
use domain::area::{Level, Tree};
use domain::id::AreaId;
use std::collections::{BTreeMap, BTreeSet};

/// Counts of one area over a year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Events.
    pub events: f64,
    /// What they happened among: so many in all of a share, the base figure times months of a rate.
    pub exposure: f64,
    /// Whether every month is there, and the exposure.
    pub whole: bool,
}

/// Counts of one year by level.
pub type Year = BTreeMap<Level, BTreeMap<AreaId, Cell>>;

/// What counts as few.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Whether those without the event are people as well: so of a share, not of a rate.
    pub counts: Counts,
    /// Below this exposure nothing is told.
    pub min_den: f64,
}

/// Which numbers are counts of few when they are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Those with the event and those without.
    BothSides,
    /// Those with the event.
    Events,
}

impl Cell {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Cell) -> Cell {
        Cell {
            events: self.events + other.events,
            exposure: self.exposure + other.exposure,
            whole: self.whole && other.whole,
        }
    }
}

impl Rules {
    fn sides(self, cell: &Cell) -> [f64; 2] {
        match self.counts {
            Counts::BothSides => [cell.events, cell.exposure - cell.events],
            Counts::Events => [cell.events, 0.0],
        }
    }

    /// Whether a cell may not be shown for its own sake.
    fn is_few(self, cell: &Cell) -> bool {
        let few = |count: f64| count > 0.0 && count < FEWEST as f64;
        // Nothing at all of a share is no few; below the least denominator it still is.
        let thin = cell.exposure > 0.0 && cell.exposure < self.min_den;
        !cell.whole || thin || self.sides(cell).into_iter().any(few)
    }

    /// Whether nothing follows for one of several hidden cells from their sum.
    pub fn is_safe(self, cells: &[Cell]) -> bool {
        let sum = |side: usize| cells.iter().map(|cell| self.sides(cell)[side]).sum::<f64>();
        let enough = |side| sum(side) == 0.0 || sum(side) >= 2.0 * FEWEST as f64;
        cells.len() >= 2 && enough(0) && enough(1)
    }

    /// Of the parts of a shown whole, which are hidden; a part without any figure is `None`.
    fn among(self, parts: &[Option<Cell>]) -> Vec<bool> {
        let mut hidden: Vec<bool> =
            parts.iter().map(|part| part.is_none_or(|cell| self.is_few(&cell))).collect();
        while hidden.contains(&true) {
            let pairs = || parts.iter().zip(&hidden).enumerate();
            let own: Vec<Cell> =
                pairs().filter(|(_, (_, h))| **h).filter_map(|(_, (part, _))| *part).collect();
            if self.is_safe(&own) {
                break;
            }
            let size = |cell: Cell| self.sides(&cell).into_iter().sum::<f64>();
            let shown =
                pairs().filter(|(_, (_, h))| !**h).filter_map(|(at, (part, _))| Some((size((*part)?), at)));
            let next =
                shown.filter(|(size, _)| *size > 0.0).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            match next {
                Some((_, at)) => hidden[at] = true,
                None => hidden.fill(true),
            }
            if !hidden.contains(&false) {
                break;
            }
        }
        hidden
    }
}

/// Areas from the townships down to `level` that tell nothing.
pub fn hidden(tree: &Tree, year: &Year, level: Level, rules: Rules) -> BTreeSet<AreaId> {
    let year = filled(tree, year, level);
    let none = BTreeMap::new();
    let mut hidden = BTreeSet::new();
    for at in Level::ALL.into_iter().filter(|it| *it > Level::County && *it <= level) {
        let cells = year.get(&at).unwrap_or(&none);
        for parent in at.above().into_iter().flat_map(|above| tree.at_level(above)) {
            let ids: Vec<AreaId> = tree.children(parent.id).map(|it| it.id).collect();
            if hidden.contains(&parent.id) {
                hidden.extend(ids);
                continue;
            }
            let parts: Vec<Option<Cell>> = ids.iter().map(|id| cells.get(id).copied()).collect();
            let found = rules.among(&parts);
            hidden.extend(ids.into_iter().zip(found).filter(|(_, is_hidden)| *is_hidden).map(|(id, _)| id));
        }
    }
    hidden
}

/// Where a level is not handed in below some area, its counts are the sums of the level below it.
fn filled(tree: &Tree, year: &Year, level: Level) -> Year {
    let mut year = year.clone();
    for at in Level::ALL.into_iter().rev().filter(|it| *it > Level::County && *it < level) {
        let below = at.below().and_then(|below| year.get(&below)).cloned().unwrap_or_default();
        let cells = year.entry(at).or_default();
        for parent in at.above().into_iter().flat_map(|above| tree.at_level(above)) {
            if tree.children(parent.id).any(|it| cells.contains_key(&it.id)) {
                continue;
            }
            for area in tree.children(parent.id) {
                let own = tree.children(area.id).filter_map(|it| below.get(&it.id).copied());
                if let Some(sum) = own.reduce(Cell::plus) {
                    cells.insert(area.id, Cell { whole: true, ..sum });
                }
            }
        }
    }
    year
}
