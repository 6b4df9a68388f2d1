//! Square bins over the city, each with the grids that may hold a point of it. Only containment; the nearest grid is the tree's.

use std::sync::Arc;

use super::{Cell, Edge, encloses};
use crate::geo::Coord;
use crate::id::AreaId;

/// Bins for each grid, on average: more cost memory, fewer cost candidates.
const BINS_PER_CELL: f64 = 6.0;
/// Squares that a grid may lie in, on average.
const MOST_SQUARES: usize = 40;
/// However far the grids lie apart.
const MOST_BINS: f64 = 1_000_000.0;

#[derive(Debug)]
struct Candidate {
    min: [f64; 2],
    max: [f64; 2],
    grid: AreaId,
    edges: Arc<[Edge]>,
}

/// A candidate list for each square of the city's box, row by row from the south-west.
#[derive(Debug)]
pub(super) struct Bins {
    origin: [f64; 2],
    side_m: f64,
    columns: usize,
    rows: usize,
    /// Where each bin's candidates begin; one entry more than there are bins.
    starts: Vec<u32>,
    /// By bin, then by grid id.
    candidates: Vec<Candidate>,
}

impl Bins {
    pub(super) fn of(cells: &[Cell]) -> Self {
        let fold = |of: fn(f64, f64) -> f64, at: fn(&Cell) -> [f64; 2], from: f64| {
            cells.iter().map(at).fold([from; 2], |[x, y], [cx, cy]| [of(x, cx), of(y, cy)])
        };
        let origin = fold(f64::min, |c| c.bounds.lower(), f64::INFINITY);
        let end = fold(f64::max, |c| c.bounds.upper(), f64::NEG_INFINITY);
        let (width, height) = ((end[0] - origin[0]).max(1.0), (end[1] - origin[1]).max(1.0));
        let n_bins = (cells.len() as f64 * BINS_PER_CELL).clamp(1.0, MOST_BINS);
        // At most that many squares along either side, so that a long thin city does not get more.
        let side_m = (width * height / n_bins).sqrt().max(width.max(height) / n_bins);
        let (columns, rows) = ((width / side_m) as usize + 1, (height / side_m) as usize + 1);
        let mut bins = Self { origin, side_m, columns, rows, starts: vec![0], candidates: Vec::new() };
        if cells.is_empty() {
            return Self { columns: 0, rows: 0, ..bins };
        }
        // Grids that are large for their number (a hostile file) get coarser squares, not a list in each.
        while cells.iter().map(|c| bins.squares_of(c).count()).sum::<usize>() > cells.len() * MOST_SQUARES {
            bins.side_m *= 2.0;
            (bins.columns, bins.rows) = (bins.columns.div_ceil(2), bins.rows.div_ceil(2));
        }
        let mut lists: Vec<Vec<&Cell>> = vec![Vec::new(); bins.columns * bins.rows];
        for cell in cells {
            bins.squares_of(cell).for_each(|square| lists[square].push(cell));
        }
        for mut list in lists {
            list.sort_by_key(|cell| cell.grid);
            bins.candidates.extend(list.into_iter().map(|cell| Candidate {
                min: cell.bounds.lower(),
                max: cell.bounds.upper(),
                grid: cell.grid,
                edges: Arc::clone(&cell.edges),
            }));
            bins.starts.push(bins.candidates.len() as u32);
        }
        bins
    }

    /// The squares that the box of a grid touches.
    fn squares_of(&self, cell: &Cell) -> impl Iterator<Item = usize> + use<> {
        let ([west, south], [east, north]) = (cell.bounds.lower(), cell.bounds.upper());
        let place = |x: f64, y: f64| self.place(x, y).expect("the box holds every grid");
        let ((left, low), (right, high)) = (place(west, south), place(east, north));
        let columns = self.columns;
        (low..=high).flat_map(move |row| (left..=right).map(move |column| row * columns + column))
    }

    /// The grid with the lowest id that encloses the point.
    pub(super) fn find(&self, p: Coord<f64>) -> Option<AreaId> {
        let (column, row) = self.place(p.x, p.y)?;
        let bin = row * self.columns + column;
        let of_bin = &self.candidates[self.starts[bin] as usize..self.starts[bin + 1] as usize];
        let near = |c: &&Candidate| c.min[0] <= p.x && p.x <= c.max[0] && c.min[1] <= p.y && p.y <= c.max[1];
        of_bin.iter().filter(near).find(|c| encloses(&c.edges, p)).map(|c| c.grid)
    }

    fn place(&self, x: f64, y: f64) -> Option<(usize, usize)> {
        let (column, row) = ((x - self.origin[0]) / self.side_m, (y - self.origin[1]) / self.side_m);
        let within = column >= 0.0 && row >= 0.0 && column < self.columns as f64 && row < self.rows as f64;
        within.then_some((column as usize, row as usize))
    }
}
