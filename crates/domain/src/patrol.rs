//! Patrol as coverage: which cells of a grid somebody was in, in some days. A cell is a square of about 250 m on a raster
//! that is the same everywhere; a place is turned into its cell at once, and neither way, hour nor person is kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::geo::{LngLat, MultiPolygon};
use crate::id::AreaId;
use ::geo::{BoundingRect, Contains, InteriorPoint, Point};
use serde::{Deserialize, Serialize};

/// Side of a cell, in metres.
pub const SIDE_M: f64 = 250.0;
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_320.0;
/// Cells of one row have numbers below this.
const ROW: i64 = 1 << 20;
/// Cells of a grid at most: one of 30 km by 30 km has as many.
const MOST: usize = 16_384;

/// One cell of the raster: its row from the south pole, and its place in that row from the west, in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cell(pub i64);

impl Cell {
    /// The cell that a point lies in.
    pub fn of(point: LngLat) -> Cell {
        let row = ((point.lat + 90.0) / height()).floor() as i64;
        let column = ((point.lng + 180.0) / width(row)).floor() as i64;
        Cell(row * ROW + column.clamp(0, ROW - 1))
    }

    /// Its south-west and north-east corner; `None` for a number that no cell has.
    pub fn corners(self) -> Option<(LngLat, LngLat)> {
        let (row, column) = (self.0.checked_div(ROW)?, self.0.checked_rem(ROW)?);
        if self.0 < 0 {
            return None;
        }
        let at = |row: i64, column: i64, of: i64| {
            let lat = row as f64 * height() - 90.0;
            LngLat::new(column as f64 * width(of) - 180.0, lat.min(90.0)).ok()
        };
        at(row, column, row).zip(at(row + 1, column + 1, row))
    }

    /// Its middle.
    pub fn middle(self) -> Option<LngLat> {
        let (a, b) = self.corners()?;
        LngLat::new(f64::midpoint(a.lng, b.lng), f64::midpoint(a.lat, b.lat)).ok()
    }
}

/// Height of a cell in degrees of latitude.
fn height() -> f64 {
    SIDE_M / DEGREE_M
}

/// Width of the cells of a row in degrees of longitude.
fn width(row: i64) -> f64 {
    let lat = (row as f64 + 0.5) * height() - 90.0;
    SIDE_M / (DEGREE_M * lat.to_radians().cos().max(0.01))
}

/// The cells of a grid, in order: those whose middle lies in it; where it is too small for any, the one it lies in.
pub fn cells(shape: &MultiPolygon<f64>) -> Vec<Cell> {
    let Some(bounds) = shape.bounding_rect() else { return Vec::new() };
    let corner = |lng, lat| LngLat { lng, lat };
    let (low, high) = (bounds.min(), bounds.max());
    let mut found = Vec::new();
    let rows = |lat: f64| Cell::of(corner(low.x, lat)).0 / ROW;
    for row in rows(low.y)..=rows(high.y) {
        let column = |lng: f64| ((lng + 180.0) / width(row)).floor() as i64;
        for column in column(low.x)..=column(high.x) {
            let cell = Cell(row * ROW + column);
            let inside = cell.middle().is_some_and(|at| shape.contains(&Point::from(at.coord())));
            if inside && found.len() < MOST {
                found.push(cell);
            }
        }
    }
    if found.is_empty() {
        found.extend(shape.interior_point().map(|at| Cell::of(LngLat::from(at.0))));
    }
    found
}

/// Of these cells of one grid, the one that stands for a point: the one it lies in, else the nearest. `None` when there
/// are none.
pub fn standing_for(cells: &[Cell], point: LngLat) -> Option<Cell> {
    let own = Cell::of(point);
    if cells.binary_search(&own).is_ok() {
        return Some(own);
    }
    let off = |cell: &Cell| {
        cell.middle().map_or(f64::MAX, |at| {
            let east = (at.lng - point.lng) * point.lat.to_radians().cos();
            east * east + (at.lat - point.lat) * (at.lat - point.lat)
        })
    };
    cells.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b)))
}

/// How much of a grid, or of several, was visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Cells there are.
    pub n_cells: u32,
    /// Of these, visited.
    pub n_visited: u32,
    /// Grids there are.
    pub n_grids: u32,
    /// Of these, with any cell visited.
    pub n_grids_visited: u32,
}

impl Coverage {
    /// Of one grid.
    pub fn of(cells: &[Cell], visited: &BTreeSet<Cell>) -> Coverage {
        let n_visited = cells.iter().filter(|cell| visited.contains(cell)).count() as u32;
        Coverage {
            n_cells: cells.len() as u32,
            n_visited,
            n_grids: 1,
            n_grids_visited: u32::from(n_visited > 0),
        }
    }

    /// Of this and another together.
    #[must_use]
    pub fn and(self, other: Coverage) -> Coverage {
        Coverage {
            n_cells: self.n_cells + other.n_cells,
            n_visited: self.n_visited + other.n_visited,
            n_grids: self.n_grids + other.n_grids,
            n_grids_visited: self.n_grids_visited + other.n_grids_visited,
        }
    }

    /// Share of the cells that was visited, in percent (0 to 100); `None` without cells.
    pub fn cells_pct(self) -> Option<f64> {
        (self.n_cells > 0).then(|| 100.0 * f64::from(self.n_visited) / f64::from(self.n_cells))
    }
}

/// Where somebody was, by grid: places turned into the cells that stand for them.
pub fn visited(
    cells_of: &BTreeMap<AreaId, Vec<Cell>>,
    places: impl IntoIterator<Item = (AreaId, LngLat)>,
) -> BTreeMap<AreaId, BTreeSet<Cell>> {
    let mut found: BTreeMap<AreaId, BTreeSet<Cell>> = BTreeMap::new();
    for (grid, point) in places {
        let Some(cells) = cells_of.get(&grid) else { continue };
        found.entry(grid).or_default().extend(standing_for(cells, point));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Polygon, distance_m};
    use proptest::prelude::*;

    fn square(lng: f64, lat: f64, side: f64) -> MultiPolygon<f64> {
        let (e, n) = (lng + side, lat + side);
        let ring = vec![(lng, lat), (e, lat), (e, n), (lng, n), (lng, lat)];
        MultiPolygon(vec![Polygon::new(ring.into(), Vec::new())])
    }

    #[test]
    fn a_cell_is_about_250_m_on_each_side() {
        let (a, b) = Cell::of(LngLat { lng: 116.0, lat: 36.5 }).corners().unwrap();
        let (east, north) = (LngLat { lng: b.lng, lat: a.lat }, LngLat { lng: a.lng, lat: b.lat });
        assert!((distance_m(a, east) - 250.0).abs() < 2.0 && (distance_m(a, north) - 250.0).abs() < 2.0);
    }

    #[test]
    fn a_grid_smaller_than_a_cell_has_one() {
        assert_eq!(cells(&square(116.0, 36.0, 1e-4)).len(), 1);
        assert_eq!(cells(&MultiPolygon(Vec::new())), []);
    }

    #[test]
    fn a_square_kilometre_has_about_sixteen() {
        let n = cells(&square(116.0, 36.0, 0.009)).len();
        assert!((12..=20).contains(&n), "{n}");
    }

    #[test]
    fn a_number_that_is_no_cell_has_no_corners() {
        assert_eq!(Cell(-5).corners(), None);
        assert_eq!(Cell(i64::MAX).corners(), None);
    }

    #[test]
    fn coverage_of_two_grids_is_the_sum_of_both() {
        let own = cells(&square(116.0, 36.0, 0.009));
        let half = Coverage::of(&own, &own.iter().copied().take(2).collect());
        let both = half.and(Coverage::of(&own, &BTreeSet::new()));
        assert_eq!((both.n_visited, both.n_grids, both.n_grids_visited), (2, 2, 1));
        assert_eq!(Coverage::default().cells_pct(), None);
    }

    proptest! {
        #[test]
        fn a_point_lies_between_the_corners_of_its_cell(lng in -179.0..179.0, lat in -80.0..80.0) {
            let (a, b) = Cell::of(LngLat { lng, lat }).corners().unwrap();
            prop_assert!(a.lng <= lng + 1e-9 && lng <= b.lng + 1e-9);
            prop_assert!(a.lat <= lat + 1e-9 && lat <= b.lat + 1e-9);
        }

        #[test]
        fn every_point_of_a_grid_stands_for_one_of_its_cells(x in 0.0..0.009, y in 0.0..0.009) {
            let own = cells(&square(116.0, 36.0, 0.009));
            let at = LngLat { lng: 116.0 + x, lat: 36.0 + y };
            let cell = standing_for(&own, at).unwrap();
            prop_assert!(own.contains(&cell));
            prop_assert!(distance_m(cell.middle().unwrap(), at) < 400.0);
        }
    }
}
