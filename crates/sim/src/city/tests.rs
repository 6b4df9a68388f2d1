//! The demo city as a whole: complete, exactly covered, the same for the same seed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::area::{Locator, Tree};
use domain::geo::area_m2;
use domain::topology;
use jiff::civil::date;

use super::*;

fn data() -> CityData {
    let sources = Sources {
        city_and_counties: include_str!("../../../../demo/areas/city_and_counties.csv"),
        townships: include_str!("../../../../demo/areas/townships_to_11_counties.csv"),
        communities: include_str!("../../../../demo/areas/nbs2023_villages.csv"),
        outlines: include_str!("../../../../demo/boundaries/counties.geojson"),
    };
    CityData::parse(sources, 8_930, date(2024, 1, 1)).unwrap()
}

/// Built once for all tests: it is the slowest part.
static CITY: LazyLock<Vec<Area>> = LazyLock::new(|| {
    let start = std::time::Instant::now();
    let city = build(1, &data()).unwrap();
    println!("city built in {:?}", start.elapsed());
    city
});

#[test]
fn the_demo_city_has_every_area_of_the_data() {
    let mut n: BTreeMap<Level, usize> = BTreeMap::new();
    CITY.iter().for_each(|a| *n.entry(a.level).or_default() += 1);
    assert_eq!(n.into_values().collect::<Vec<_>>(), [1, 11, 136, 2_408, 8_930]);
    assert_eq!(CITY.iter().filter(|a| a.kind == Kind::Zone).count(), 3);
    let dedicated = CITY.iter().filter(|a| a.kind == Kind::Dedicated).count();
    assert!((200..1_500).contains(&dedicated), "{dedicated}");
    assert!(CITY.iter().all(|a| !a.name_en.is_empty() && !a.pinyin.is_empty() && a.polygon.is_some()));
}

#[test]
fn the_demo_city_has_no_gap_no_overlap_and_nothing_outside() {
    let tree = Tree::new(CITY.clone()).unwrap();
    let start = std::time::Instant::now();
    let findings = topology::report(&tree, 0.0);
    println!("report in {:?}", start.elapsed());
    let said: Vec<_> = findings.iter().take(20).map(|f| f.say(&tree)).collect();
    assert!(findings.is_empty(), "{} findings: {said:#?}", findings.len());
}

#[test]
fn every_area_is_in_one_piece() {
    let in_parts: Vec<_> = CITY
        .iter()
        .filter(|a| a.polygon.as_ref().unwrap().0.len() != 1)
        .map(|a| (&a.code, &a.name_zh))
        .collect();
    assert!(in_parts.is_empty(), "{in_parts:?}");
}

#[test]
fn the_grids_cover_the_ground_of_the_given_outlines() {
    let given = |o: &data::Outline| {
        area_m2(&MultiPolygon(vec![domain::geo::Polygon::new(
            domain::geo::LineString(o.ring.clone()),
            vec![],
        )]))
    };
    let given: f64 = data().outlines.iter().map(given).sum();
    let grids = CITY.iter().filter(|a| a.level == Level::Grid);
    let covered: f64 = grids.map(|a| area_m2(a.polygon.as_ref().unwrap())).sum();
    // Corners put into the county's edges bend them by up to 15 cm.
    assert!((covered / given - 1.0).abs() < 1e-6, "{covered} of {given}");
}

#[test]
fn no_grid_is_a_sliver() {
    let mut sizes: Vec<f64> = CITY
        .iter()
        .filter(|a| a.level == Level::Grid)
        .map(|a| area_m2(a.polygon.as_ref().unwrap()))
        .collect();
    sizes.sort_by(f64::total_cmp);
    println!(
        "grids: least {:.0}, median {:.0}, most {:.0} m2",
        sizes[0],
        sizes[sizes.len() / 2],
        sizes[sizes.len() - 1]
    );
    assert!(sizes[0] > 2_000.0, "{}", sizes[0]);
}

#[test]
fn the_map_of_all_grids_is_small_and_can_be_read_back() {
    let tree = Tree::new(CITY.clone()).unwrap();
    let text = app::area::map::geojson(&tree, Level::Grid, domain::geo::Crs::Wgs84);
    println!("map of grids: {} bytes", text.len());
    assert!(text.len() < 5_000_000, "{}", text.len());
    let read = app::area::import::read_geojson(text.as_bytes(), domain::geo::Crs::Wgs84);
    assert_eq!((read.findings.len(), read.drafts.len()), (0, 8_930), "{:?}", read.findings.first());
}

#[test]
fn townships_of_zones_keep_their_codes() {
    let tree = Tree::new(CITY.clone()).unwrap();
    let foreign: Vec<_> = tree
        .at_level(Level::Township)
        .filter(|t| !t.code.starts_with(&tree.get(t.parent.unwrap()).unwrap().code))
        .map(|t| tree.get(t.parent.unwrap()).unwrap().kind)
        .collect();
    assert_eq!(foreign, [Kind::Zone; 9]);
}

#[test]
fn a_seat_of_a_county_lies_in_a_street_of_it() {
    let tree = Tree::new(CITY.clone()).unwrap();
    let locator = Locator::of(&tree, 1);
    let data = data();
    let streets = data.outlines.iter().filter(|o| {
        let located = locator.at(o.seat).unwrap();
        assert!(located.is_inside());
        let township = tree.ancestors(located.grid()).unwrap().township.unwrap();
        println!("{} {}", o.code, tree.get(township).unwrap().name_zh);
        tree.get(township).unwrap().kind == Kind::Street
    });
    assert!(streets.count() >= 6);
}

#[test]
fn the_same_seed_gives_the_same_city() {
    let mut data = data();
    data.townships.retain(|t| t.gb_county_code.as_str() == "371524");
    data.communities.retain(|c| c.code.as_str().starts_with("371524"));
    data.outlines.retain(|o| o.code.as_str() == "371524");
    data.counties.retain(|c| c.code.as_str() == "371524");
    data.n_grids = 900;
    let city = build(7, &data).unwrap();
    assert_eq!(city, build(7, &data).unwrap());
    assert_ne!(city, build(8, &data).unwrap());
}

#[test]
fn every_seed_gives_a_closed_city() {
    for seed in [0, u64::MAX] {
        let tree = Tree::new(build(seed, &data()).unwrap()).unwrap();
        assert_eq!(topology::report(&tree, 0.0), [], "seed {seed}");
    }
}
