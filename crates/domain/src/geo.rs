//! Coordinates: WGS-84 inside, other systems converted at the edge.
//!
//! Here: a checked point, the Chinese systems (`crs`), distances and areas (`metric`), and the compact bytes a
//! shape is stored as (`shape`). No tree and no grid: those are `area`; faults between shapes are `topology`.

use serde::{Deserialize, Serialize};

pub use self::crs::{Crs, UnknownCrs};
pub use self::metric::{Plane, area_m2, distance_m};
pub use self::shape::{BrokenShape, shape_from_bytes, shape_to_bytes, snap};
pub use ::geo::{Coord, LineString, MultiPolygon, Polygon};

pub mod crs;
pub mod metric;
pub mod rings;
pub mod shape;

/// A point in WGS-84 degrees: longitude -180..=180, latitude -90..=90.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct LngLat {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}

/// What is wrong with a pair of numbers that should have been a point.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadPoint {
    /// NaN or infinite.
    #[error("a coordinate is not a number")]
    NotANumber,
    /// The latitude cannot be one, but the longitude could: the two were most likely exchanged.
    #[error("latitude {lat} is beyond ±90; longitude comes first, latitude second: were they exchanged?")]
    Exchanged {
        /// The latitude as given.
        lat: f64,
    },
    /// Outside ±180 / ±90.
    #[error("({lng}, {lat}) is not on the globe: longitude must be within ±180 and latitude within ±90")]
    OffTheGlobe {
        /// The longitude as given.
        lng: f64,
        /// The latitude as given.
        lat: f64,
    },
}

impl LngLat {
    /// A point, if the two numbers are one.
    pub fn new(lng: f64, lat: f64) -> Result<Self, BadPoint> {
        if !lng.is_finite() || !lat.is_finite() {
            Err(BadPoint::NotANumber)
        } else if lat.abs() > 90.0 && lat.abs() <= 180.0 && lng.abs() <= 90.0 {
            Err(BadPoint::Exchanged { lat })
        } else if lng.abs() > 180.0 || lat.abs() > 90.0 {
            Err(BadPoint::OffTheGlobe { lng, lat })
        } else {
            Ok(Self { lng, lat })
        }
    }

    /// The same point as a coordinate pair of the geometry library (x = longitude, y = latitude).
    pub fn coord(self) -> Coord<f64> {
        Coord { x: self.lng, y: self.lat }
    }
}

impl From<Coord<f64>> for LngLat {
    fn from(c: Coord<f64>) -> Self {
        Self { lng: c.x, lat: c.y }
    }
}

#[derive(Deserialize)]
struct Unchecked {
    lng: f64,
    lat: f64,
}

impl TryFrom<Unchecked> for LngLat {
    type Error = BadPoint;
    fn try_from(u: Unchecked) -> Result<Self, BadPoint> {
        Self::new(u.lng, u.lat)
    }
}

#[cfg(test)]
mod tests;
