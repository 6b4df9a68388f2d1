//! What the locator promises: every point finds its grid, or the nearest one with its distance.

use ::geo::{Distance, Euclidean, Intersects, Point};
use proptest::prelude::*;

use super::*;
use crate::geo::{Polygon, snap};

/// `n` by `n` four-cornered cells over 0.01 n degrees, the inner corners pushed about: an exact partition.
fn crooked_city(n: usize, seed: u64) -> Vec<(AreaId, MultiPolygon<f64>)> {
    let push = |i: usize, j: usize, salt: u64| {
        let mut h = seed ^ (i as u64) << 32 ^ (j as u64) << 8 ^ salt;
        h = (h ^ h >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        h = (h ^ h >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let rim = i == 0 || j == 0 || i == n || j == n;
        if rim { 0.0 } else { ((h >> 40) as f64 / (1u64 << 24) as f64 - 0.5) * 0.008 }
    };
    let corner = |i: usize, j: usize| {
        let (x, y) = (116.0 + i as f64 * 0.01 + push(i, j, 1), 36.0 + j as f64 * 0.01 + push(i, j, 2));
        snap(Coord { x, y })
    };
    let cell = |i, j| {
        let ring = vec![corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1), corner(i, j)];
        MultiPolygon(vec![Polygon::new(LineString(ring), vec![])])
    };
    let all = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
    all.map(|(i, j)| (AreaId((i * n + j) as u32 + 1), cell(i, j))).collect()
}

fn locator(city: &[(AreaId, MultiPolygon<f64>)]) -> Locator {
    Locator::build(city.iter().map(|(id, shape)| (*id, shape)), 7)
}

fn shape_of(city: &[(AreaId, MultiPolygon<f64>)], id: AreaId) -> &MultiPolygon<f64> {
    &city.iter().find(|(i, _)| *i == id).unwrap().1
}

#[test]
fn every_corner_belongs_to_one_grid_that_has_it() {
    let city = crooked_city(12, 3);
    let locator = locator(&city);
    for (_, shape) in &city {
        for c in &shape.0[0].exterior().0 {
            let located = locator.at((*c).into()).unwrap();
            assert!(located.is_inside(), "{c:?} {located:?}");
            assert!(shape_of(&city, located.grid()).intersects(&Point(*c)));
        }
    }
}

#[test]
fn a_point_in_the_sea_gets_the_nearest_grid_and_is_told_how_far() {
    let city = crooked_city(4, 3);
    let located = locator(&city).at(LngLat { lng: 116.02, lat: 35.0 }).unwrap();
    assert!(!located.is_inside());
    assert!((located.distance_m() - 111_195.0).abs() < 30.0, "{located:?}");
    assert!([AreaId(5), AreaId(9)].contains(&located.grid()), "{located:?}");
    for (lng, lat) in [(-87.6, 41.9), (180.0, -90.0), (-180.0, 90.0)] {
        assert!(locator(&city).at(LngLat { lng, lat }).unwrap().distance_m() > 1e6);
    }
}

#[test]
fn a_point_in_a_gap_is_not_inside() {
    let mut city = crooked_city(3, 3);
    let taken_out = city.remove(4);
    let p = LngLat { lng: 116.015, lat: 36.015 };
    assert!(taken_out.1.intersects(&Point(p.coord())));
    let located = locator(&city).at(p).unwrap();
    assert!(!located.is_inside() && located.distance_m() < 700.0, "{located:?}");
}

#[test]
fn of_overlapping_grids_the_lowest_id_answers_on_every_node() {
    let mut city = crooked_city(2, 3);
    let double = city[3].1.clone();
    city.insert(0, (AreaId(99), double));
    let p = LngLat { lng: 116.018, lat: 36.018 };
    assert_eq!(locator(&city).at(p), Some(Located::Inside { grid: AreaId(4) }));
    city.reverse();
    assert_eq!(locator(&city).at(p), Some(Located::Inside { grid: AreaId(4) }));
}

#[test]
fn a_hole_is_outside() {
    let (outer, inner) = (crooked_city(1, 0), (116.004, 36.004, 0.002));
    let (x, y, s) = inner;
    let hole = LineString::from(vec![(x, y), (x, y + s), (x + s, y + s), (x + s, y), (x, y)]);
    let ring = outer[0].1.0[0].exterior().clone();
    let holed = vec![(AreaId(1), MultiPolygon(vec![Polygon::new(ring, vec![hole])]))];
    assert!(!locator(&holed).at(LngLat { lng: 116.005, lat: 36.005 }).unwrap().is_inside());
    assert!(locator(&holed).at(LngLat { lng: 116.002, lat: 36.005 }).unwrap().is_inside());
}

#[test]
fn without_grids_there_is_no_answer() {
    let none = Locator::build(std::iter::empty(), 1);
    assert!(none.is_empty() && none.at(LngLat { lng: 116.0, lat: 36.0 }).is_none());
    let hollow = [(AreaId(1), MultiPolygon(vec![])), (AreaId(2), MultiPolygon(vec![Polygon::empty()]))];
    assert!(locator(&hollow).is_empty());
}

#[test]
fn grids_as_large_as_the_city_do_not_fill_the_memory() {
    let mut city = crooked_city(60, 3);
    let whole = crooked_city(1, 3)[0].1.clone();
    let whole = ::geo::MapCoords::map_coords(&whole, |c| Coord {
        x: 116.0 + (c.x - 116.0) * 60.0,
        y: 36.0 + (c.y - 36.0) * 60.0,
    });
    city.extend((0..400).map(|i| (AreaId(10_000 + i), whole.clone())));
    let locator = locator(&city);
    assert_eq!(locator.at(LngLat { lng: 116.005, lat: 36.005 }), Some(Located::Inside { grid: AreaId(1) }));
}

proptest! {
    #[test]
    fn a_point_is_in_the_grid_that_brute_force_finds(
        seed in any::<u64>(), points in prop::collection::vec((115.99..116.09_f64, 35.99..36.09_f64), 20)
    ) {
        let city = crooked_city(8, seed);
        let locator = locator(&city);
        let plane = Plane::at(LngLat { lng: 116.04, lat: 36.04 });
        for (lng, lat) in points {
            let located = locator.at(LngLat { lng, lat }).unwrap();
            let point = Point::new(lng, lat);
            let holders: Vec<_> = city.iter().filter(|(_, s)| s.intersects(&point)).map(|(id, _)| *id).collect();
            let flat = |s: &MultiPolygon<f64>| ::geo::MapCoords::map_coords(s, |c| plane.to_m(c));
            let p = Point(plane.to_m(point.0));
            if !holders.is_empty() {
                prop_assert!(located.is_inside() && holders.contains(&located.grid()));
                continue;
            }
            let least = city.iter().map(|(_, s)| Euclidean.distance(&p, &flat(s))).fold(f64::INFINITY, f64::min);
            prop_assert!(!located.is_inside() || least < 1.1 * ON_THE_EDGE_M);
            prop_assert!((located.distance_m() - least).abs() < 0.01 * least + 0.1, "{} {}", located.distance_m(), least);
        }
    }
}

/// `cargo test --release -p domain lookups_per_second -- --ignored --nocapture` prints the figure of BENCHMARKS.md.
#[test]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]
#[ignore = "a measurement, not a rule; meaningful in a release build only"]
fn lookups_per_second() {
    let city = crooked_city(95, 1);
    let start = std::time::Instant::now();
    let locator = locator(&city);
    println!("built {} cells in {:?}", locator.len(), start.elapsed());
    let points: Vec<_> = (0..1_000_000_u64)
        .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .map(|h| LngLat { lng: 116.0 + (h >> 40) as f64 / 1.8e7, lat: 36.0 + (h & 0xff_ffff) as f64 / 1.8e7 })
        .collect();
    let start = std::time::Instant::now();
    let inside = points.iter().filter(|p| locator.at(**p).is_some_and(Located::is_inside)).count();
    println!("{inside} inside; {:.2} M lookups/s", points.len() as f64 / start.elapsed().as_secs_f64() / 1e6);
    assert_eq!(inside, points.len());
}
