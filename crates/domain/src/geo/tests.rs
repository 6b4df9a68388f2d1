//! What coordinates promise: ranges, distances and the conversions at the edge.

use proptest::prelude::*;

use super::*;

const HERE: LngLat = LngLat { lng: 115.98, lat: 36.45 };

#[test]
fn a_point_must_be_on_the_globe() {
    assert!(LngLat::new(115.98, 36.45).is_ok());
    assert_eq!(LngLat::new(f64::NAN, 36.0), Err(BadPoint::NotANumber));
    assert_eq!(LngLat::new(36.45, 115.98), Err(BadPoint::Exchanged { lat: 115.98 }));
    assert!(matches!(LngLat::new(200.0, 36.0), Err(BadPoint::OffTheGlobe { .. })));
}

#[test]
fn a_point_off_the_globe_cannot_come_in_through_serde() {
    assert!(serde_json::from_str::<LngLat>(r#"{"lng":36.4,"lat":116.0}"#).is_err());
    assert_eq!(serde_json::from_str::<LngLat>(r#"{"lng":115.98,"lat":36.45}"#).unwrap(), HERE);
}

#[test]
fn the_shift_agrees_with_the_reference_points_of_public_implementations() {
    // Published by the widely used converters for (116.404, 39.915).
    let p = LngLat { lng: 116.404, lat: 39.915 };
    let gcj = Crs::Gcj02.from_wgs84(p);
    assert!(
        (gcj.lng - 116.410_244_499_169_38).abs() < 1e-9 && (gcj.lat - 39.916_404_281_501_64).abs() < 1e-9
    );
    // GCJ-02 (116.404, 39.915) is BD-09 (116.41036949371029, 39.92133699351021).
    let bd = Crs::Bd09.from_wgs84(Crs::Gcj02.to_wgs84(p));
    assert!((bd.lng - 116.410_369_493_710_29).abs() < 1e-9 && (bd.lat - 39.921_336_993_510_21).abs() < 1e-9);
}

#[test]
fn outside_china_all_systems_agree() {
    for (lng, lat) in [(-87.6, 41.9), (2.35, 48.86), (0.0, 0.0), (151.2, -33.9)] {
        let p = LngLat { lng, lat };
        for crs in [Crs::Wgs84, Crs::Gcj02, Crs::Bd09] {
            assert_eq!(crs.from_wgs84(p), p);
            assert_eq!(crs.to_wgs84(p), p);
        }
    }
}

#[test]
fn the_system_may_be_spelled_as_people_spell_it() {
    for s in ["", "wgs84", "WGS-84", "EPSG:4326", "crs84"] {
        assert_eq!(s.parse(), Ok(Crs::Wgs84));
    }
    assert_eq!("GCJ-02".parse(), Ok(Crs::Gcj02));
    assert_eq!("bd_09".parse(), Ok(Crs::Bd09));
    assert_eq!("mars".parse::<Crs>(), Err(UnknownCrs("mars".into())));
}

#[test]
fn a_degree_of_latitude_is_about_111_km() {
    let d = distance_m(HERE, LngLat { lat: HERE.lat + 1.0, ..HERE });
    assert!((d - 111_195.0).abs() < 5.0, "{d}");
}

#[test]
fn area_agrees_with_the_ellipsoid_within_a_thousandth() {
    // A cell of 0.01 by 0.01 degrees at 36.45 N: M N cos(lat) dlat dlng with the radii of WGS-84.
    let plane = Plane::at(HERE);
    let (w, h) = (plane.to_m(Coord { x: HERE.lng + 0.01, y: HERE.lat }).x, 0.0);
    let north = plane.to_m(Coord { x: HERE.lng, y: HERE.lat + 0.01 }).y - h;
    let square = square(HERE.lng - 0.005, HERE.lat - 0.005, 0.01);
    assert!((area_m2(&square) / (w * north) - 1.0).abs() < 1e-3);
}

fn square(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
    let ring = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    MultiPolygon(vec![Polygon::new(LineString::from(ring.to_vec()), vec![])])
}

#[test]
fn a_hole_is_not_area() {
    let outer = square(116.0, 36.0, 0.02);
    let inner = square(116.005, 36.005, 0.01);
    let holed =
        MultiPolygon(vec![Polygon::new(outer.0[0].exterior().clone(), vec![inner.0[0].exterior().clone()])]);
    assert!((area_m2(&holed) - (area_m2(&outer) - area_m2(&inner))).abs() < 1e-3);
    assert!(area_m2(&MultiPolygon(vec![])).abs() < f64::EPSILON);
}

#[test]
fn broken_bytes_are_refused_where_they_break() {
    let bytes = shape_to_bytes(&square(116.0, 36.0, 0.02));
    for cut in 0..bytes.len() {
        assert!(shape_from_bytes(&bytes[..cut]).is_err());
    }
    assert_eq!(shape_from_bytes(&[1, 0xff, 0xff, 0xff, 0x7f]), Err(BrokenShape { at: 1 }));
}

proptest! {
    #[test]
    fn there_and_back_is_within_a_millimetre(lng in 72.1..137.7_f64, lat in 1.0..55.7_f64) {
        let p = LngLat { lng, lat };
        for crs in [Crs::Gcj02, Crs::Bd09] {
            prop_assert!(distance_m(crs.to_wgs84(crs.from_wgs84(p)), p) < 1e-3);
            let named = crs.from_wgs84(p);
            prop_assert!(distance_m(crs.from_wgs84(crs.to_wgs84(named)), named) < 1e-3);
        }
    }

    #[test]
    fn any_point_survives_the_way_in(lng in -180.0..180.0_f64, lat in -90.0..90.0_f64) {
        let p = LngLat { lng, lat };
        for crs in [Crs::Wgs84, Crs::Gcj02, Crs::Bd09] {
            prop_assert!(distance_m(crs.to_wgs84(crs.from_wgs84(p)), p) < 0.5);
        }
    }

    #[test]
    fn a_snapped_shape_survives_its_bytes(
        rings in prop::collection::vec(prop::collection::vec((-180.0..180.0_f64, -90.0..90.0_f64), 3..9), 1..4)
    ) {
        let ring = |r: &Vec<(f64, f64)>| LineString(r.iter().map(|&(x, y)| snap(Coord { x, y })).chain([snap(Coord::from(r[0]))]).collect());
        let shape = MultiPolygon(vec![Polygon::new(ring(&rings[0]), rings[1..].iter().map(ring).collect())]);
        prop_assert_eq!(shape_from_bytes(&shape_to_bytes(&shape)).unwrap(), shape);
    }

    #[test]
    fn bytes_of_any_kind_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut bytes = bytes;
        if let Some(b) = bytes.first_mut() { *b = 1; }
        let _ = shape_from_bytes(&bytes);
    }

    #[test]
    fn distance_is_symmetric(a in -80.0..80.0_f64, b in -80.0..80.0_f64, c in -179.0..179.0_f64) {
        let (p, q) = (LngLat { lng: c, lat: a }, LngLat { lng: b, lat: b });
        prop_assert!((distance_m(p, q) - distance_m(q, p)).abs() < 1e-6);
    }
}
