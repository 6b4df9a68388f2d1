//! Outlines as sums of directed edges, and whether one outline crosses itself. No areas are measured here.

use std::collections::HashMap;

use ::geo::line_intersection::{LineIntersection, line_intersection};
use ::geo::{Coord, Line, LineString, MultiPolygon};

use super::measure::Piece;
use crate::geo::area_m2;
use crate::geo::metric::ring_area_m2;

/// An edge without its direction, by the bits of its ends.
type Edge = [u64; 4];

/// Do the outlines of the children, added up, equal the parent's outline edge by edge?
///
/// If so, and if no outline crosses itself, the children cover the parent exactly once: the sum of their winding
/// numbers is the parent's everywhere.
pub(super) fn cancel<'a>(
    children: impl Iterator<Item = &'a MultiPolygon<f64>>,
    parent: &MultiPolygon<f64>,
) -> bool {
    let mut sum: HashMap<Edge, i32> = HashMap::new();
    let mut add = |shape: &MultiPolygon<f64>, times: i32| {
        for (from, to) in directed_edges(shape) {
            let (key, sign) = undirected(from, to);
            *sum.entry(key).or_default() += sign * times;
        }
    };
    children.for_each(|child| add(child, 1));
    add(parent, -1);
    sum.values().all(|&n| n == 0)
}

/// Edges with the ground on their left, whichever way the rings were given.
fn directed_edges(shape: &MultiPolygon<f64>) -> impl Iterator<Item = (Coord<f64>, Coord<f64>)> {
    let outer = shape.iter().map(|p| (p.exterior(), true));
    let holes = shape.iter().flat_map(|p| p.interiors().iter().map(|r| (r, false)));
    outer.chain(holes).flat_map(|(ring, is_outer)| {
        let as_wanted = (ring_area_m2(&ring.0) > 0.0) == is_outer;
        let turn = move |w: &[Coord<f64>]| if as_wanted { (w[0], w[1]) } else { (w[1], w[0]) };
        ring.0.windows(2).map(turn).filter(|(a, b)| a != b)
    })
}

fn undirected(from: Coord<f64>, to: Coord<f64>) -> (Edge, i32) {
    // Adding zero makes -0.0 and 0.0 one number.
    let bits = |c: Coord<f64>| [(c.x + 0.0).to_bits(), (c.y + 0.0).to_bits()];
    let (a, b) = (bits(from), bits(to));
    if a < b { ([a[0], a[1], b[0], b[1]], 1) } else { ([b[0], b[1], a[0], a[1]], -1) }
}

/// Where an outline crosses or doubles itself, or the first vertex of one that encloses nothing.
///
/// Rings may touch in single points: two parts of a community that meet at a corner are in order.
pub(super) fn first_flaw(shape: &MultiPolygon<f64>) -> Option<Piece> {
    let size = area_m2(shape);
    let piece = |at: Coord<f64>| Some(Piece { area_m2: size, at: at.into() });
    let rings = || shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    let unfit =
        |r: &&LineString<f64>| r.0.len() < 4 || r.0.iter().any(|c| !c.x.is_finite() || !c.y.is_finite());
    if let Some(ring) = rings().find(unfit) {
        return piece(
            ring.0.iter().find(|c| c.x.is_finite() && c.y.is_finite()).copied().unwrap_or_default(),
        );
    }
    if rings().next().is_none() {
        return piece(Coord::default());
    }
    if let Some(at) = first_crossing(shape) {
        return piece(at);
    }
    let flat = rings().find(|r| ring_area_m2(&r.0) == 0.0);
    flat.and_then(|r| piece(r.0[0]))
}

/// Sweeps the edges from west to east and compares those whose boxes meet.
fn first_crossing(shape: &MultiPolygon<f64>) -> Option<Coord<f64>> {
    let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    let mut edges: Vec<Line<f64>> = rings.flat_map(LineString::lines).filter(|l| l.start != l.end).collect();
    let west = |l: &Line<f64>| l.start.x.min(l.end.x);
    let east = |l: &Line<f64>| l.start.x.max(l.end.x);
    let south = |l: &Line<f64>| l.start.y.min(l.end.y);
    let north = |l: &Line<f64>| l.start.y.max(l.end.y);
    edges.sort_by(|a, b| west(a).total_cmp(&west(b)));
    let mut open: Vec<Line<f64>> = Vec::new();
    for edge in edges {
        open.retain(|o| east(o) >= west(&edge));
        for other in open.iter().filter(|o| south(o) <= north(&edge) && south(&edge) <= north(o)) {
            match line_intersection(*other, edge) {
                Some(LineIntersection::SinglePoint { intersection, is_proper: true }) => {
                    return Some(intersection);
                }
                Some(LineIntersection::Collinear { intersection })
                    if intersection.start != intersection.end =>
                {
                    return Some(intersection.start);
                }
                _ => {}
            }
        }
        open.push(edge);
    }
    None
}
