//! Boolean operations on pairs and groups of shapes, cut down to the pieces that matter and measured.

use ::geo::{
    BooleanOps, BoundingRect, Coord, InteriorPoint, MultiPolygon, Orient, Polygon, orient, unary_union,
};
use rstar::primitives::Rectangle;

use crate::geo::{LngLat, area_m2};

/// One connected piece of ground.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub area_m2: f64,
    pub at: LngLat,
}

/// Pieces of the parent that no child has; without a parent, the holes in the union of the children.
pub(super) fn gaps(
    children: &[&MultiPolygon<f64>],
    parent: Option<&MultiPolygon<f64>>,
    tolerance_m2: f64,
) -> Vec<Piece> {
    let turned: Vec<_> = children.iter().map(|c| c.orient(orient::Direction::Default)).collect();
    let union = unary_union(&turned);
    let left = match parent {
        Some(parent) => parent.difference(&union),
        None => MultiPolygon(
            union
                .iter()
                .flat_map(Polygon::interiors)
                .map(|hole| Polygon::new(hole.clone(), vec![]))
                .collect(),
        ),
    };
    pieces(left, tolerance_m2)
}

/// Pieces that both have.
pub(super) fn overlap(one: &MultiPolygon<f64>, other: &MultiPolygon<f64>, tolerance_m2: f64) -> Vec<Piece> {
    pieces(one.intersection(other), tolerance_m2)
}

/// Pieces of the child that the parent does not have.
pub(super) fn outside(
    child: &MultiPolygon<f64>,
    parent: &MultiPolygon<f64>,
    tolerance_m2: f64,
) -> Vec<Piece> {
    pieces(child.difference(parent), tolerance_m2)
}

/// The box around a shape; `None` when it is empty.
pub(super) fn bounds(shape: &MultiPolygon<f64>) -> Option<Rectangle<[f64; 2]>> {
    let rect = shape.bounding_rect()?;
    Some(Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]))
}

fn pieces(shape: MultiPolygon<f64>, tolerance_m2: f64) -> Vec<Piece> {
    let measured = shape.into_iter().map(|polygon| {
        let at = point_in(&polygon);
        Piece { area_m2: area_m2(&MultiPolygon(vec![polygon])), at }
    });
    measured.filter(|p| p.area_m2 > tolerance_m2).collect()
}

fn point_in(polygon: &Polygon<f64>) -> LngLat {
    let first = polygon.exterior().0.first().copied().unwrap_or(Coord { x: 0.0, y: 0.0 });
    polygon.interior_point().map_or(first, |p| p.0).into()
}
