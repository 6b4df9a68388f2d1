//! Serde of shapes as plain nested arrays, the `coordinates` of a GeoJSON MultiPolygon: `#[serde(with = "rings")]`.
//!
//! Done by hand because the geometry library's own serde feature brings seven old versions of its R-tree into the lock file.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Coord, LineString, MultiPolygon, Polygon};

type Rings = Vec<Vec<Vec<[f64; 2]>>>;

/// Writes `[[[[lng, lat], ...], ...], ...]`.
pub fn serialize<S: Serializer>(shape: &MultiPolygon<f64>, to: S) -> Result<S::Ok, S::Error> {
    plain(shape).serialize(to)
}

/// Reads what [`serialize`] wrote. Rings are closed if they are not; a polygon without rings is dropped.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<MultiPolygon<f64>, D::Error> {
    Rings::deserialize(from).map(shape)
}

/// The same for a shape that may be absent.
pub mod option {
    use super::{Deserialize, Deserializer, MultiPolygon, Rings, Serialize, Serializer, plain, shape};

    /// Writes the arrays, or null.
    pub fn serialize<S: Serializer>(it: &Option<MultiPolygon<f64>>, to: S) -> Result<S::Ok, S::Error> {
        it.as_ref().map(plain).serialize(to)
    }

    /// Reads the arrays, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MultiPolygon<f64>>, D::Error> {
        Ok(Option::<Rings>::deserialize(from)?.map(shape))
    }
}

fn plain(shape: &MultiPolygon<f64>) -> Rings {
    let ring = |r: &LineString<f64>| r.0.iter().map(|c| [c.x, c.y]).collect();
    shape.iter().map(|p| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect()).collect()
}

fn shape(rings: Rings) -> MultiPolygon<f64> {
    let line = |ring: Vec<[f64; 2]>| LineString(ring.into_iter().map(|[x, y]| Coord { x, y }).collect());
    let polygon = |rings: Vec<Vec<[f64; 2]>>| {
        let mut rings = rings.into_iter().map(line);
        rings.next().map(|outer| Polygon::new(outer, rings.collect()))
    };
    MultiPolygon(rings.into_iter().filter_map(polygon).collect())
}
