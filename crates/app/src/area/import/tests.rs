//! Files as people send them: broken, doubled, in the wrong encoding, and what is said about each.

use domain::area::{self, Tree};
use domain::geo::{Crs, area_m2, distance_m};
use jiff::civil::{Date, date};

use super::*;

const SINCE: Date = date(2024, 1, 1);
const ON: Date = date(2027, 1, 1);

const CITY: &str = "code,name,parent,level,kind,name_en\n\
    9901,试城,,city,city,Testville\n\
    990102,东区,9901,county,district,\n\
    990102001,河西街道,990102,township,street,\n\
    990102001001,柳园社区居委会,990102001,,residents,\n\
    990102001001001,一号网格,,,,\n";

fn said(read: &Read) -> Vec<String> {
    read.findings.iter().map(ToString::to_string).collect()
}

fn city() -> Tree {
    let (areas, findings) = founding(&read_csv(CITY.as_bytes()).drafts, SINCE);
    assert_eq!(findings, []);
    Tree::new(areas).unwrap()
}

fn feature(code: &str, rings: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":{rings}}}}}"#
    )
}

fn collection(features: &[String]) -> Vec<u8> {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")).into_bytes()
}

const SQUARE: &str = "[[[116.0,36.0],[116.01,36.0],[116.01,36.01],[116.0,36.01],[116.0,36.0]]]";

#[test]
fn a_file_of_areas_founds_a_city() {
    let tree = city();
    assert_eq!(tree.len(), 5);
    let township = tree.by_code(&"990102001".parse().unwrap()).unwrap();
    assert_eq!((township.name_en.as_str(), township.initials().as_str()), ("Hexi Subdistrict", "hxjd"));
    assert_eq!(tree.by_code(&"9901".parse().unwrap()).unwrap().name_en, "Testville");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let marked = [b"\xef\xbb\xbf", CITY.replace('\n', "\r\n").as_bytes()].concat();
    let (plain, marked) = (read_csv(CITY.as_bytes()), read_csv(&marked));
    assert_eq!(said(&marked), Vec::<String>::new());
    assert_eq!(marked.drafts, plain.drafts);
}

#[test]
fn every_bad_row_is_named_and_the_good_ones_are_kept() {
    let text = "code,name,parent,level,kind\n\
        9901,试城,,city,city\n\
        99010,东区,9901,,\n\
        990102,东区,9901,county,castle\n\
        990103,西区,9901,township,\n\
        990104,\n\
        990105,,9901,,\n\
        990106,北区,99,,\n\
        9901,试城,,city,city\n\
        990107,南区,9901,county,zone\n";
    let mut bytes = text.as_bytes().to_vec();
    bytes.extend(b"990108,\xc1\xc4,9901,,\n"); // GBK
    let read = read_csv(&bytes);
    let said = said(&read);
    let expect = [
        "row 3, code: code \"99010\" must be 4 (city), 6 (county), 9 (township), 12 (community) or 15 (grid) digits",
        "row 4, kind: unknown kind \"castle\"; use one of city, district, county, county_level_city, zone, street, town, township, special, residents, village, basic, dedicated",
        "row 5, level: says township, but 990103 has the length of a county code",
        "row 6: has 2 fields, the header has 5; look for a missing quote or comma",
        "row 7, name_zh: is empty; every area needs a name",
        "row 8, parent: code \"99\" must be 4 (city), 6 (county), 9 (township), 12 (community) or 15 (grid) digits",
        "row 9, code: 9901 already stands in row 2; keep one of the two",
        "row 11, name_zh: is not UTF-8; save the file as UTF-8 (spreadsheets often write GBK)",
    ];
    assert_eq!(said, expect);
    assert_eq!(read.drafts.iter().map(|d| d.code.as_str()).collect::<Vec<_>>(), ["9901", "990107"]);
}

#[test]
fn a_file_without_a_header_or_without_anything_says_what_it_needs() {
    assert!(said(&read_csv(b""))[0].contains("needs a header row"));
    assert!(said(&read_csv("9901,试城\n".as_bytes()))[0].contains("has no column code"));
}

#[test]
fn an_area_without_its_parent_is_found() {
    let read = read_csv("code,name\n9901,试城\n990102001,河西街道\n".as_bytes());
    let (areas, findings) = founding(&read.drafts, SINCE);
    assert_eq!(areas.len(), 1);
    assert_eq!(
        findings[0].to_string(),
        "row 3, parent: 990102001 lies under 990102, which is neither in the file nor in the city; add it or name another parent"
    );
}

#[test]
fn outlines_come_in_from_shifted_maps_as_wgs84() {
    let bytes = collection(&[feature("990102001001001", SQUARE)]);
    let plain = read_geojson(&bytes, Crs::Wgs84).drafts.remove(0).polygon.unwrap();
    let shifted = read_geojson(&bytes, Crs::Gcj02).drafts.remove(0).polygon.unwrap();
    let corner = |shape: &MultiPolygon<f64>| shape.0[0].exterior().0[0].into();
    let off = distance_m(corner(&plain), corner(&shifted));
    assert!((100.0..1_000.0).contains(&off), "{off}");
    assert!((area_m2(&shifted) / area_m2(&plain) - 1.0).abs() < 0.01);
}

#[test]
fn every_bad_outline_is_named() {
    let features = [
        feature("9901", "[[[116.0,36.0],[116.01,36.01],[116.01,36.0],[116.0,36.01],[116.0,36.0]]]"),
        feature("990102", "[[[36.0,116.0],[36.01,116.0],[36.01,116.01],[36.0,116.0]]]"),
        feature("990103", "[[[116.0,36.0],[116.01,36.0],[116.01,36.01],[116.0,36.01]]]"),
        feature("990104", "[[[116.0,36.0],[116.01,36.0],[116.0,36.0]]]"),
        feature("990105", "[[[116.0,36.0],[200.5,36.0],[116.0,36.1],[116.0,36.0]]]"),
        feature("990106", "[[[116.0,36.0],[null,36.0],[116.0,36.1],[116.0,36.0]]]"),
        feature("x", SQUARE),
        r#"{"type":"Feature","properties":{"code":"990107"},"geometry":{"type":"Point","coordinates":[116,36]}}"#.into(),
        r#"{"type":"Feature","properties":{"code":"990108"},"geometry":null}"#.into(),
        r#"{"type":"Feature","properties":{},"geometry":null}"#.into(),
        feature("990103", SQUARE),
    ];
    let read = read_geojson(&collection(&features), Crs::Wgs84);
    let said = said(&read);
    let expect = [
        "feature 1, geometry: the outline crosses itself, doubles back or encloses nothing at 116.005000,36.005000; redraw it there",
        "feature 2, geometry: point 1 of ring 1: latitude 116 is beyond ±90; longitude comes first, latitude second: were they exchanged?",
        "feature 3, geometry: ring 1 was open; it was closed with a straight line to its first point",
        "feature 4, geometry: ring 1 has fewer than three different points",
        "feature 5, geometry: point 2 of ring 1: (200.5, 36) is not on the globe: longitude must be within ±180 and latitude within ±90",
        "feature 6, geometry: point 2 of ring 1 is not a pair of numbers",
        "feature 7, code: code \"x\" must be 4 (city), 6 (county), 9 (township), 12 (community) or 15 (grid) digits",
        "feature 8, geometry: is a Point; an area needs a Polygon or a MultiPolygon",
        "feature 9, geometry: is missing; draw the outline",
        "feature 10, code: is missing; every feature needs the code of its area",
        "feature 11, code: 990103 already stands in feature 3; keep one of the two",
    ];
    assert_eq!(said, expect);
    assert_eq!(read.drafts.len(), 1);
}

#[test]
fn a_file_that_is_no_geojson_says_why() {
    for (bytes, why) in [
        (&b"{\"features\": [NaN]}"[..], "is not valid JSON"),
        (b"[1, 2]", "is no FeatureCollection"),
        (b"\xff\xfe", "is not valid JSON"),
        (b"", "is not valid JSON"),
    ] {
        assert!(said(&read_geojson(bytes, Crs::Wgs84))[0].contains(why));
    }
}

#[test]
fn a_later_file_becomes_dated_changes_with_a_preview() {
    let tree = city();
    let mut read = read_csv(
        "code,name,parent\n990102001,河东街道,990102\n990102001001,柳园社区居委会,990102001\n990102002,新镇,990102\n990102001001002,二号网格,990102001001\n"
            .as_bytes(),
    );
    read.with_outlines(read_geojson(&collection(&[feature("990102001001001", SQUARE)]), Crs::Wgs84));
    let (changes, findings) = changes(&tree, &read.drafts, ON);
    assert_eq!(findings, []);
    let preview = area::preview(&tree, &changes, SINCE);
    assert_eq!(preview.findings, []);
    assert_eq!((preview.created.len(), preview.changed.len()), (2, 2)); // added two; renamed a street, drew a grid
    assert_eq!((preview.grids.created.len(), preview.grids.altered.len()), (1, 1));
    let after = area::apply(&tree, &changes, SINCE).unwrap();
    let street = "990102001".parse().unwrap();
    assert_eq!(after.as_of(ON).by_code(&street).unwrap().name_zh, "河东街道");
    assert_eq!(after.as_of(SINCE).by_code(&street).unwrap().name_zh, "河西街道");
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let (changes, findings) = changes(&city(), &read_csv(CITY.as_bytes()).drafts, ON);
    assert_eq!((changes, findings), (vec![], vec![]));
}
