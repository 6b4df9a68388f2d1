//! What the topology report promises: each planted gap, overlap and stray cell is named with its size.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::area::{AreaPath, Kind};
use crate::geo::{Coord, LineString, Polygon, area_m2, snap};

const N: u32 = 6;

fn ring(corners: &[(f64, f64)]) -> Polygon<f64> {
    let at = |&(x, y): &(f64, f64)| snap(Coord { x: 116.0 + x / 100.0, y: 36.0 + y / 100.0 });
    Polygon::new(LineString(corners.iter().chain(&corners[..1]).map(at).collect()), vec![])
}

fn rect(x: f64, y: f64, w: f64, h: f64) -> MultiPolygon<f64> {
    MultiPolygon(vec![ring(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h)])])
}

/// A community of `N` by `N` square grids of 0.01 degrees; its outline has a vertex at every grid corner.
fn community() -> Vec<Area> {
    let n = f64::from(N);
    let steps = || (0..N).map(f64::from);
    let rim: Vec<_> = steps()
        .map(|i| (i, 0.0))
        .chain(steps().map(|i| (n, i)))
        .chain(steps().map(|i| (n - i, n)))
        .chain(steps().map(|i| (0.0, n - i)))
        .collect();
    let kinds = [Kind::City, Kind::District, Kind::Street, Kind::Residents];
    let mut areas: Vec<Area> = Vec::new();
    for kind in kinds {
        let polygon = (kind == Kind::Residents).then(|| MultiPolygon(vec![ring(&rim)]));
        areas.push(area(areas.last(), areas.len() as u32 + 1, kind, polygon));
    }
    for i in 0..N * N {
        let cell = rect(f64::from(i % N), f64::from(i / N), 1.0, 1.0);
        areas.push(area(Some(&areas[3]), 5 + i, Kind::Basic, Some(cell)));
    }
    areas
}

fn area(parent: Option<&Area>, id: u32, kind: Kind, polygon: Option<MultiPolygon<f64>>) -> Area {
    let code = match kind.level() {
        Level::Grid => format!("371502001001{:03}", id - 4),
        level => "371502001001"[..level.digits()].to_owned(),
    };
    Area {
        id: AreaId(id),
        parent: parent.map(|p| p.id),
        level: kind.level(),
        code: code.parse().unwrap(),
        name_zh: format!("区域{id}"),
        name_en: String::new(),
        pinyin: String::new(),
        kind,
        valid_from: date(2024, 1, 1),
        valid_to: None,
        successors: vec![],
        path: parent.map_or(AreaPath::root(AreaId(id)), |p| p.path.child(AreaId(id))),
        polygon,
    }
}

/// Ids: grid in column `x`, row `y`.
fn grid(x: u32, y: u32) -> AreaId {
    AreaId(5 + y * N + x)
}

fn with(change: impl Fn(&mut Area)) -> Vec<Finding> {
    let mut areas = community();
    areas.iter_mut().for_each(change);
    report(&Tree::new(areas).unwrap(), 1.0)
}

fn shape_as(id: AreaId, shape: &MultiPolygon<f64>) -> Vec<Finding> {
    with(|a| {
        if a.id == id {
            a.polygon = Some(shape.clone());
        }
    })
}

fn one_of(findings: &[Finding], flaw: Flaw, area: f64) {
    let found: Vec<_> = findings.iter().filter(|f| f.flaw == flaw).collect();
    assert_eq!(found.len(), 1, "{flaw:?} in {findings:?}");
    assert!((found[0].area_m2 / area - 1.0).abs() < 0.01, "{} is not {area}", found[0].area_m2);
}

#[test]
fn areas_that_share_their_edges_exactly_give_no_finding() {
    assert_eq!(with(|_| ()), []);
}

#[test]
fn the_direction_of_a_ring_does_not_matter() {
    let turned = with(|a| {
        if let Some(shape) = a.polygon.as_mut().filter(|_| a.id.0 % 3 == 0) {
            shape.0[0].exterior_mut(|r| r.0.reverse());
        }
    });
    assert_eq!(turned, []);
}

#[test]
fn a_corner_of_one_grid_on_the_edge_of_another_is_no_gap() {
    let mut areas = community();
    areas[3].polygon = Some(rect(0.0, 0.0, f64::from(N), f64::from(N))); // no vertices along its sides
    assert_eq!(report(&Tree::new(areas).unwrap(), 1.0), []);
}

#[test]
fn a_planted_gap_is_found_with_its_size() {
    let parent = Some(AreaId(4));
    let found = shape_as(grid(2, 2), &rect(2.0, 2.0, 0.9, 1.0));
    one_of(&found, Flaw::Gap { parent }, area_m2(&rect(2.9, 2.0, 0.1, 1.0)));
    assert_eq!(found.len(), 1);
    assert!((found[0].at.lng - 116.0295).abs() < 0.0006, "{found:?}");
}

#[test]
fn a_planted_overlap_is_found_with_its_size_and_both_names() {
    let found = shape_as(grid(2, 2), &rect(2.0, 2.0, 1.2, 1.0));
    one_of(&found, Flaw::Overlap { one: grid(2, 2), other: grid(3, 2) }, area_m2(&rect(3.0, 2.0, 0.2, 1.0)));
    assert_eq!(found.len(), 1);
}

#[test]
fn a_grid_that_leaves_its_community_is_found_with_its_size() {
    let found = shape_as(grid(0, 3), &rect(-0.3, 3.0, 1.3, 1.0));
    one_of(
        &found,
        Flaw::Outside { area: grid(0, 3), parent: AreaId(4) },
        area_m2(&rect(-0.3, 3.0, 0.3, 1.0)),
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn two_copies_of_one_grid_overlap() {
    let found = shape_as(grid(1, 1), &rect(2.0, 1.0, 1.0, 1.0));
    one_of(&found, Flaw::Overlap { one: grid(1, 1), other: grid(2, 1) }, area_m2(&rect(2.0, 1.0, 1.0, 1.0)));
    one_of(&found, Flaw::Gap { parent: Some(AreaId(4)) }, area_m2(&rect(1.0, 1.0, 1.0, 1.0)));
}

#[test]
fn an_outline_that_crosses_itself_is_named() {
    let bow = MultiPolygon(vec![ring(&[(2.0, 2.0), (3.0, 3.0), (3.0, 2.0), (2.0, 3.0)])]);
    let found = shape_as(grid(2, 2), &bow);
    assert!(found.iter().any(|f| f.flaw == Flaw::Broken { area: grid(2, 2) }), "{found:?}");
    let line = MultiPolygon(vec![ring(&[(2.0, 2.0), (3.0, 3.0), (2.0, 2.0)])]);
    let found = shape_as(grid(2, 2), &line);
    assert!(found.iter().any(|f| f.flaw == Flaw::Broken { area: grid(2, 2) }), "{found:?}");
}

#[test]
fn a_piece_within_the_tolerance_is_let_pass() {
    let mut areas = community();
    areas[20].polygon = Some(rect(4.0, 2.0, 1.0, 0.999_99)); // 900 m wide, 1 cm short
    let tree = Tree::new(areas).unwrap();
    assert_eq!(report(&tree, 50.0), []);
    assert_eq!(report(&tree, 1.0).len(), 1);
}

#[test]
fn without_an_outline_of_the_parent_enclosed_gaps_and_overlaps_are_still_found() {
    let mut areas = community();
    areas[3].polygon = None;
    areas.iter_mut().find(|a| a.id == grid(2, 2)).unwrap().polygon = Some(rect(2.0, 2.0, 0.5, 1.0));
    areas.iter_mut().find(|a| a.id == grid(4, 4)).unwrap().polygon = Some(rect(4.0, 4.0, 1.0, 1.1));
    let found = report(&Tree::new(areas).unwrap(), 1.0);
    one_of(&found, Flaw::Gap { parent: None }, area_m2(&rect(2.5, 2.0, 0.5, 1.0)));
    one_of(&found, Flaw::Overlap { one: grid(4, 4), other: grid(4, 5) }, area_m2(&rect(4.0, 5.0, 1.0, 0.1)));
}

#[test]
fn a_finding_is_said_with_codes_and_names() {
    let mut areas = community();
    areas.iter_mut().find(|a| a.id == grid(2, 2)).unwrap().polygon = Some(rect(2.0, 2.0, 1.2, 1.0));
    let tree = Tree::new(areas).unwrap();
    let said = report(&tree, 1.0)[0].say(&tree);
    assert!(said.starts_with("overlap of 200027 m2 "), "{said}");
    assert!(said.contains("between 371502001001015 区域19 and 371502001001016 区域20 at 116.03"), "{said}");
}

proptest! {
    #[test]
    fn a_fault_of_any_size_is_measured_within_a_hundredth(x in 1..N - 2, y in 0..N, by in -0.9..0.9_f64) {
        prop_assume!(by.abs() > 0.001);
        let (fx, fy) = (f64::from(x), f64::from(y));
        let found = shape_as(grid(x, y), &rect(fx, fy, 1.0 + by, 1.0));
        let flaw = if by < 0.0 { Flaw::Gap { parent: Some(AreaId(4)) } } else { Flaw::Overlap { one: grid(x, y), other: grid(x + 1, y) } };
        one_of(&found, flaw, area_m2(&rect(fx + 1.0 + by.min(0.0), fy, by.abs(), 1.0)));
        prop_assert_eq!(found.len(), 1);
    }
}
