//! Coordinates: WGS-84 inside, other systems converted at the edge. No polygons of the tree (see `area`).

use serde::{Deserialize, Serialize};

/// A point in WGS-84 degrees: longitude -180..=180, latitude -90..=90.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LngLat {
    /// Degrees east.
    pub lng: f64,
    /// Degrees north.
    pub lat: f64,
}
