//! Which grid a point is in, answered from memory on every node.
//!
//! A [`Locator`] is immutable and carries a version; when the tree changes a new one is built and swapped in.
//! Where grids share their edges exactly, every point belongs to exactly one of them, also a point on an edge
//! or a corner: the crossing test is half-open and sums each shared edge the same way for both neighbours.

use std::sync::Arc;

use rstar::{AABB, PointDistance, RTree, RTreeObject};
use serde::{Deserialize, Serialize};

use self::bins::Bins;
use super::{Level, Tree};
use crate::geo::{Coord, LineString, LngLat, MultiPolygon, Plane, distance_m};
use crate::id::AreaId;

mod bins;

/// Points nearer to a grid than this count as in it, metres: the precision of stored coordinates.
const ON_THE_EDGE_M: f64 = 0.02;

/// Where a point is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Located {
    /// In this grid.
    Inside {
        /// The grid; of overlapping ones the one with the lowest id.
        grid: AreaId,
    },
    /// In a gap between grids or outside the city; this grid is the nearest.
    Nearest {
        /// The nearest grid.
        grid: AreaId,
        /// How far its edge is, metres.
        distance_m: f64,
    },
}

impl Located {
    /// The grid, whether the point is in it or only near it.
    pub fn grid(self) -> AreaId {
        match self {
            Self::Inside { grid } | Self::Nearest { grid, .. } => grid,
        }
    }

    /// Is the point in the grid?
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Inside { .. })
    }

    /// Metres to the grid; 0 inside.
    pub fn distance_m(self) -> f64 {
        match self {
            Self::Inside { .. } => 0.0,
            Self::Nearest { distance_m, .. } => distance_m,
        }
    }
}

/// All grids of one day, prepared for point lookups.
#[derive(Debug)]
pub struct Locator {
    version: u64,
    plane: Plane,
    /// For the nearest grid of a point that is in none.
    cells: RTree<Cell>,
    /// For the grid that a point is in: three to four times as fast as the tree.
    bins: Bins,
}

impl Locator {
    /// Prepares the grids that have a polygon. `tree` is the tree of a day, `version` whatever orders its changes.
    pub fn of(tree: &Tree, version: u64) -> Self {
        Self::build(tree.at_level(Level::Grid).filter_map(|a| Some((a.id, a.polygon.as_ref()?))), version)
    }

    /// Prepares any polygons.
    pub fn build<'a>(grids: impl Iterator<Item = (AreaId, &'a MultiPolygon<f64>)>, version: u64) -> Self {
        let grids: Vec<_> = grids.filter(|(_, shape)| !shape.0.is_empty()).collect();
        let plane = Plane::at(middle(grids.iter().map(|(_, shape)| *shape)));
        let cells: Vec<_> =
            grids.into_iter().filter_map(|(id, shape)| Cell::new(id, shape, &plane)).collect();
        let bins = Bins::of(&cells);
        Self { version, plane, cells: RTree::bulk_load(cells), bins }
    }

    /// Which state of the tree this was built from.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How many grids it knows.
    pub fn len(&self) -> usize {
        self.cells.size()
    }

    /// Does it know no grid at all?
    pub fn is_empty(&self) -> bool {
        self.cells.size() == 0
    }

    /// The grid a point is in, or else the nearest one with its distance. `None` when no grid is known.
    pub fn at(&self, point: LngLat) -> Option<Located> {
        let p = self.plane.to_m(point.coord());
        let inside = self.bins.find(p);
        inside.map(|grid| Located::Inside { grid }).or_else(|| self.nearest(point, p))
    }

    fn nearest(&self, point: LngLat, p: Coord<f64>) -> Option<Located> {
        let cell = self.cells.nearest_neighbors(&[p.x, p.y]).into_iter().min_by_key(|cell| cell.grid)?;
        let there = LngLat::from(self.plane.to_deg(cell.nearest_to(p)));
        let (grid, distance_m) = (cell.grid, distance_m(point, there));
        Some(if distance_m < ON_THE_EDGE_M {
            Located::Inside { grid }
        } else {
            Located::Nearest { grid, distance_m }
        })
    }
}

fn middle<'a>(shapes: impl Iterator<Item = &'a MultiPolygon<f64>>) -> LngLat {
    let firsts = shapes.filter_map(|s| s.0.first()?.exterior().0.first());
    let (n, sum) = firsts.fold((0_u32, Coord::zero()), |(n, sum), c| (n + 1, sum + *c));
    if n == 0 { LngLat { lng: 0.0, lat: 0.0 } } else { (sum / f64::from(n)).into() }
}

/// The lower end and the upper end.
type Edge = (Coord<f64>, Coord<f64>);

/// One grid on the plane: its edges, the lower end first, so that both neighbours of an edge hold the same numbers.
#[derive(Debug)]
struct Cell {
    grid: AreaId,
    bounds: AABB<[f64; 2]>,
    edges: Arc<[Edge]>,
}

impl Cell {
    fn new(grid: AreaId, shape: &MultiPolygon<f64>, plane: &Plane) -> Option<Self> {
        let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
        let edges: Arc<[_]> =
            rings.flat_map(LineString::lines).map(|l| upwards(plane, l.start, l.end)).collect();
        let corners = edges.iter().flat_map(|(a, b)| [[a.x, a.y], [b.x, b.y]]);
        let corners: Vec<_> = corners.collect();
        (!edges.is_empty()).then(|| Self { grid, bounds: AABB::from_points(&corners), edges })
    }

    fn nearest_to(&self, p: Coord<f64>) -> Coord<f64> {
        let to = |c: &Coord<f64>| (c.x - p.x).powi(2) + (c.y - p.y).powi(2);
        let feet = self.edges.iter().map(|&(a, b)| foot(p, a, b));
        feet.min_by(|c, d| to(c).total_cmp(&to(d))).expect("a cell has edges")
    }
}

fn upwards(plane: &Plane, a: Coord<f64>, b: Coord<f64>) -> (Coord<f64>, Coord<f64>) {
    let (a, b) = (plane.to_m(a), plane.to_m(b));
    if (a.y, a.x) <= (b.y, b.x) { (a, b) } else { (b, a) }
}

/// The point of the segment from `a` to `b` that is nearest to `p`.
fn foot(p: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> Coord<f64> {
    let (along, to_p) = (b - a, p - a);
    let length2 = along.x * along.x + along.y * along.y;
    if length2 == 0.0 {
        return a;
    }
    a + along * ((to_p.x * along.x + to_p.y * along.y) / length2).clamp(0.0, 1.0)
}

impl RTreeObject for Cell {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

impl PointDistance for Cell {
    fn distance_2(&self, &[x, y]: &[f64; 2]) -> f64 {
        if self.contains_point(&[x, y]) {
            return 0.0;
        }
        let there = self.nearest_to(Coord { x, y });
        (there.x - x).powi(2) + (there.y - y).powi(2)
    }

    /// Even-odd crossings of a ray to the east. Half-open in both directions (see the head of this file).
    fn contains_point(&self, &[x, y]: &[f64; 2]) -> bool {
        encloses(&self.edges, Coord { x, y })
    }
}

fn encloses(edges: &[Edge], p: Coord<f64>) -> bool {
    let mut inside = false;
    for (low, high) in edges {
        if low.y <= p.y && p.y < high.y {
            let side = (high.x - low.x) * (p.y - low.y) - (p.x - low.x) * (high.y - low.y);
            inside ^= side > 0.0;
        }
    }
    inside
}

#[cfg(test)]
mod tests;
