//! Metres and square metres from degrees. Sums only; nothing here knows what is being measured.

use super::{Coord, LineString, LngLat, MultiPolygon};

/// Semi-major axis of WGS-84, metres.
const A_M: f64 = 6_378_137.0;
/// First eccentricity of WGS-84, squared.
const E2: f64 = 0.006_694_379_990_141_317;
/// Mean radius of the Earth (IUGG), metres.
const MEAN_RADIUS_M: f64 = 6_371_008.8;

/// Great-circle distance in metres (haversine on the mean sphere; within 0.5 % of the ellipsoid).
pub fn distance_m(a: LngLat, b: LngLat) -> f64 {
    let half = |x: f64| (x.to_radians() / 2.0).sin().powi(2);
    let h = half(b.lat - a.lat) + a.lat.to_radians().cos() * b.lat.to_radians().cos() * half(b.lng - a.lng);
    2.0 * MEAN_RADIUS_M * h.min(1.0).sqrt().asin()
}

/// Area in square metres on the WGS-84 ellipsoid (cylindrical equal-area projection; Snyder 1987, eq. 3-12).
///
/// Holes are subtracted; an empty shape has area 0. Rings may wind either way.
pub fn area_m2(shape: &MultiPolygon<f64>) -> f64 {
    let ring = |r: &LineString<f64>| ring_area_m2(&r.0).abs();
    shape.iter().map(|p| ring(p.exterior()) - p.interiors().iter().map(ring).sum::<f64>()).sum()
}

/// Signed area of a closed ring in square metres: positive when counter-clockwise.
pub fn ring_area_m2(ring: &[Coord<f64>]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    // Relative to the first vertex, so that small rings keep their digits.
    let (q0, flat) = (authalic(first.y), |c: &Coord<f64>| ((c.x - first.x).to_radians(), authalic(c.y)));
    let doubled: f64 = ring
        .windows(2)
        .map(|w| {
            let ((x1, y1), (x2, y2)) = (flat(&w[0]), flat(&w[1]));
            x1 * (y2 - q0) - x2 * (y1 - q0)
        })
        .sum();
    doubled / 2.0 * A_M * A_M / 2.0
}

fn authalic(lat: f64) -> f64 {
    let (e, sin) = (E2.sqrt(), lat.to_radians().sin());
    (1.0 - E2) * (sin / (1.0 - E2 * sin * sin) - ((1.0 - e * sin) / (1.0 + e * sin)).ln() / (2.0 * e))
}

/// A flat piece of the ground around an origin, in metres east and north.
///
/// Lengths are right within 1 % up to 100 km from the origin; use it to compare and construct, not to survey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    origin: LngLat,
    m_per_deg_lng: f64,
    m_per_deg_lat: f64,
}

impl Plane {
    /// The plane that touches the ellipsoid at `origin`.
    pub fn at(origin: LngLat) -> Self {
        let (sin, cos) = origin.lat.to_radians().sin_cos();
        let w = 1.0 - E2 * sin * sin;
        Self {
            origin,
            m_per_deg_lng: (A_M / w.sqrt() * cos).to_radians(),
            m_per_deg_lat: (A_M * (1.0 - E2) / (w * w.sqrt())).to_radians(),
        }
    }

    /// Metres east (x) and north (y) of the origin.
    pub fn to_m(&self, c: Coord<f64>) -> Coord<f64> {
        Coord {
            x: (c.x - self.origin.lng) * self.m_per_deg_lng,
            y: (c.y - self.origin.lat) * self.m_per_deg_lat,
        }
    }

    /// Degrees from metres east and north of the origin.
    pub fn to_deg(&self, c: Coord<f64>) -> Coord<f64> {
        Coord { x: self.origin.lng + c.x / self.m_per_deg_lng, y: self.origin.lat + c.y / self.m_per_deg_lat }
    }
}
