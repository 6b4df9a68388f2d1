//! Outlines from GeoJSON (RFC 7946): a FeatureCollection of Polygons and MultiPolygons with a property `code`.
//!
//! Other properties are those of the CSV columns. Coordinates may be in a shifted system, named by the caller; they are
//! stored in WGS-84 and rounded to 1e-7 degrees. An open ring is closed and said; everything else is left out and said.

use domain::area::{AreaCode, Level};
use domain::geo::{Coord, Crs, LineString, LngLat, MultiPolygon, Polygon, snap};
use domain::topology;
use serde_json::Value;

use super::{Draft, Finding, Read, Spot, Weight};

/// Reads a file of outlines whose coordinates are in `crs`.
pub fn read_geojson(bytes: &[u8], crs: Crs) -> Read {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match serde_json::from_slice(bytes) {
        Ok(json) => read_features(&json, crs),
        Err(e) => {
            let hint = "numbers such as NaN are not JSON; check the program that wrote the file";
            Read { findings: vec![whole(format!("is not valid JSON: {e} ({hint})"))], ..Read::default() }
        }
    }
}

/// Reads outlines that are JSON already.
pub fn read_features(json: &Value, crs: Crs) -> Read {
    let mut read = Read::default();
    let Some(features) = json.get("features").and_then(Value::as_array) else {
        read.findings.push(whole("is no FeatureCollection; export it as GeoJSON with features".into()));
        return read;
    };
    for (i, feature) in features.iter().enumerate() {
        let at = Spot::Feature(i + 1);
        match draft(at, feature, crs, &mut read.findings) {
            Ok(draft) => read.drafts.push(draft),
            Err(finding) => read.findings.push(finding),
        }
    }
    read.without_doubles()
}

fn whole(message: String) -> Finding {
    Finding::left_out(Spot::File, None, message)
}

fn draft(at: Spot, feature: &Value, crs: Crs, notes: &mut Vec<Finding>) -> Result<Draft, Finding> {
    let property = |name: &str| feature.get("properties").and_then(|p| p.get(name)).filter(|v| !v.is_null());
    let text = |name: &str| {
        let text = property(name).map(|v| v.as_str().map_or_else(|| v.to_string(), |s| s.trim().to_owned()));
        text.filter(|t| !t.is_empty())
    };
    let wrong = |name: &str, message: String| Finding::left_out(at, Some(name), message);
    let code = text("code")
        .ok_or_else(|| wrong("code", "is missing; every feature needs the code of its area".into()))?;
    let code: AreaCode = code.parse().map_err(|e: domain::area::BadCode| wrong("code", e.to_string()))?;
    let parent = text("parent").or_else(|| text("parent_code"));
    let parent = parent.map(|p| p.parse().map_err(|e: domain::area::BadCode| wrong("parent", e.to_string())));
    if let Some(level) = text("level") {
        let level: Level = level.parse().map_err(|e| wrong("level", e))?;
        if level != code.level() {
            return Err(wrong(
                "level",
                format!("says {level}, but {code} has the length of a {} code", code.level()),
            ));
        }
    }
    let kind = text("kind").map(|k| k.parse().map_err(|e| wrong("kind", e))).transpose()?;
    let geometry = feature.get("geometry").filter(|g| !g.is_null());
    let geometry = geometry.ok_or_else(|| wrong("geometry", "is missing; draw the outline".into()))?;
    let shape = shape(geometry, crs, &mut |message| {
        notes.push(Finding { at, column: Some("geometry".into()), message, weight: Weight::PutRight });
    });
    let shape = shape.map_err(|message| wrong("geometry", message))?;
    if let Some(p) = topology::crosses_at(&shape) {
        let message = format!(
            "the outline crosses itself, doubles back or encloses nothing at {:.6},{:.6}; redraw it there",
            p.lng, p.lat
        );
        return Err(wrong("geometry", message));
    }
    let name_zh = text("name_zh").or_else(|| text("name"));
    let (name_en, pinyin) = (text("name_en"), text("pinyin"));
    Ok(Draft { at, code, name_zh, name_en, pinyin, parent: parent.transpose()?, kind, polygon: Some(shape) })
}

type Said<T> = Result<T, String>;

/// One geometry in `crs` as a shape in WGS-84; an open ring is closed without a word.
pub fn read_shape(geometry: &Value, crs: Crs) -> Said<MultiPolygon<f64>> {
    shape(geometry, crs, &mut |_| ())
}

fn shape(geometry: &Value, crs: Crs, note: &mut impl FnMut(String)) -> Said<MultiPolygon<f64>> {
    let coordinates = list(geometry.get("coordinates").unwrap_or(&Value::Null), "coordinates")?;
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or("nothing");
    let polygons = match kind {
        "Polygon" => vec![polygon(coordinates, crs, note)?],
        "MultiPolygon" => {
            coordinates.iter().map(|p| polygon(list(p, "a polygon")?, crs, note)).collect::<Said<_>>()?
        }
        other => return Err(format!("is a {other}; an area needs a Polygon or a MultiPolygon")),
    };
    Ok(MultiPolygon(polygons))
}

fn polygon(rings: &[Value], crs: Crs, note: &mut impl FnMut(String)) -> Said<Polygon<f64>> {
    let mut read = Vec::with_capacity(rings.len());
    for (i, points) in rings.iter().enumerate() {
        read.push(ring(i + 1, list(points, "a ring")?, crs, note)?);
    }
    if read.is_empty() {
        return Err("has a polygon without rings; draw the outline".into());
    }
    Ok(Polygon::new(read.remove(0), read))
}

fn ring(n: usize, points: &[Value], crs: Crs, note: &mut impl FnMut(String)) -> Said<LineString<f64>> {
    let mut ring = Vec::with_capacity(points.len() + 1);
    for (i, p) in points.iter().enumerate() {
        let numbers = p.as_array().and_then(|p| Some((p.first()?.as_f64()?, p.get(1)?.as_f64()?)));
        let (lng, lat) =
            numbers.ok_or_else(|| format!("point {} of ring {n} is not a pair of numbers", i + 1))?;
        let p = LngLat::new(lng, lat).map_err(|e| format!("point {} of ring {n}: {e}", i + 1))?;
        ring.push(snap(crs.to_wgs84(p).coord()));
    }
    ring.dedup();
    let distinct =
        |ring: &[Coord<f64>]| ring.len() - usize::from(ring.len() > 1 && ring.first() == ring.last());
    if distinct(&ring) < 3 {
        return Err(format!("ring {n} has fewer than three different points"));
    }
    if ring.first() != ring.last() {
        ring.push(ring[0]);
        note(format!("ring {n} was open; it was closed with a straight line to its first point"));
    }
    Ok(LineString(ring))
}

fn list<'a>(value: &'a Value, what: &str) -> Said<&'a [Value]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{what} is not a list"))
}
