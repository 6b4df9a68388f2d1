//! Coordinate systems at the edge: what is taken and given in GCJ-02 or BD-09 on demand; inside it is WGS-84, always.

use domain::geo::{Crs, LngLat};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::{Answer, Problem};

/// In which system points are given.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct CrsQuery {
    /// Of the point in the answer: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
}

impl CrsQuery {
    /// The system that is asked for.
    pub(super) fn system(&self) -> Answer<Crs> {
        crs(self.crs.as_deref(), "?crs")
    }
}

/// The system that a parameter or field names; WGS-84 when it is absent. `name` is that of the parameter.
pub(super) fn crs(text: Option<&str>, name: &str) -> Answer<Crs> {
    let unknown = |_| Problem::field(name, "unknown", "wgs84, gcj02 or bd09 is taken here");
    text.map_or(Ok(Crs::Wgs84), |text| text.parse().map_err(unknown))
}

/// Longitude and latitude of a stored point as `crs` calls it, to 1e-7 degrees where it is not the stored system.
pub(super) fn given(point: LngLat, crs: Crs) -> LngLat {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    match crs {
        Crs::Wgs84 => point,
        shifted => {
            let there = shifted.from_wgs84(point);
            LngLat { lng: round(there.lng), lat: round(there.lat) }
        }
    }
}
