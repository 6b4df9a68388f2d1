//! Laws of routing and the words it gives. The demo matrix is read in `crates/domain/tests/bundle.rs`.

use proptest::prelude::*;

use super::*;
use crate::class::Label;

const CITY: AreaId = AreaId(1);

/// City 1; counties 11, 12; townships 111..; communities 1111..; grids 11111.. (each has two children).
fn place(grid: u32) -> Place {
    let kind = |depth, id: u32| match depth {
        0 => Kind::City,
        1 => Kind::District,
        2 => [Kind::Street, Kind::Town][(id % 2) as usize],
        3 => [Kind::Residents, Kind::Village][(id % 2) as usize],
        _ => [Kind::Basic, Kind::Dedicated][(id % 2) as usize],
    };
    let ids = [grid / 10_000, grid / 1000, grid / 100, grid / 10, grid];
    let path: Vec<_> = ids.iter().enumerate().map(|(depth, &id)| (AreaId(id), kind(depth, id))).collect();
    let desk = path[2].0;
    Place::new(path, desk).unwrap()
}

fn grids() -> Vec<u32> {
    let digits = [1, 2];
    let two = |ids: Vec<u32>| ids.into_iter().flat_map(|id| digits.map(|d| id * 10 + d)).collect();
    (0..4).fold(vec![1], |ids, _| two(ids))
}

fn line(number: u32, classes: &str, area: u32, kind: Option<Kind>, unit: u32) -> Line {
    Line { number, classes: classes.into(), area: AreaId(area), kind, to: Owner::Unit(UnitId(unit)) }
}

fn matrix(lines: Vec<Line>) -> Matrix {
    Matrix::new(lines, Offices::default()).unwrap()
}

fn class(code: &str) -> ClassCode {
    ClassCode(code.into())
}

fn unit_of(code: &str, grid: u32, matrix: &Matrix) -> Destination {
    route(&class(code), &place(grid), matrix).to
}

#[test]
fn the_nearer_area_wins_over_the_longer_prefix_and_that_over_the_kind() {
    let lines = vec![
        line(1, "", 1, None, 1),
        line(2, "06", 1, None, 2),
        line(3, "06010", 1, None, 3),
        line(4, "06", 11, None, 4),
        line(5, "06", 11, Some(Kind::Dedicated), 5),
        line(6, "06010", 11, None, 6),
    ];
    let m = matrix(lines);
    assert_eq!(unit_of("07001", 11_112, &m), Destination::Unit(UnitId(1)));
    assert_eq!(unit_of("06012", 12_112, &m), Destination::Unit(UnitId(2)));
    assert_eq!(unit_of("06010", 12_112, &m), Destination::Unit(UnitId(3)));
    assert_eq!(unit_of("06012", 11_112, &m), Destination::Unit(UnitId(4)));
    assert_eq!(unit_of("06012", 11_111, &m), Destination::Unit(UnitId(5)));
    assert_eq!(unit_of("06010", 11_111, &m), Destination::Unit(UnitId(6)));
}

#[test]
fn a_department_answers_with_its_office_in_the_place_or_the_nearest_above() {
    let to = Owner::Office { department: "water".into(), level: Level::County };
    let lines = vec![Line { number: 1, classes: "05".into(), area: CITY, kind: None, to }];
    let offices = [("water", 1, 100), ("water", 11, 111)];
    let offices = Offices::new(offices.map(|(d, area, unit)| (d.to_owned(), AreaId(area), UnitId(unit))));
    let m = Matrix::new(lines, offices).unwrap();
    assert_eq!(unit_of("05081", 11_111, &m), Destination::Unit(UnitId(111)));
    assert_eq!(unit_of("05081", 12_111, &m), Destination::Unit(UnitId(100)));
}

#[test]
fn a_line_whose_department_has_no_office_here_gives_way_to_the_next() {
    let to = Owner::Office { department: "water".into(), level: Level::County };
    let lines = vec![
        Line { number: 1, classes: "05081".into(), area: CITY, kind: None, to },
        line(2, "05", 1, None, 7),
    ];
    let offices = Offices::new([("water".to_owned(), AreaId(11), UnitId(111))]);
    let m = Matrix::new(lines, offices).unwrap();
    assert_eq!(unit_of("05081", 11_111, &m), Destination::Unit(UnitId(111)));
    assert_eq!(unit_of("05081", 12_111, &m), Destination::Unit(UnitId(7)));
}

#[test]
fn what_nobody_owns_goes_to_the_desk_of_the_level_above_and_stays_at_the_citys_own() {
    let m = matrix(vec![]);
    assert_eq!(unit_of("06010", 11_111, &m), Destination::Desk(AreaId(11)));
    let of_city = Place { desk: 0, ..place(11_111) };
    assert_eq!(route(&class("06010"), &of_city, &m).to, Destination::Desk(CITY));
}

#[test]
fn the_reason_is_told_in_both_languages() {
    let to = Owner::Office { department: "water".into(), level: Level::County };
    let lines = vec![Line { number: 9, classes: "05".into(), area: CITY, kind: None, to }];
    let offices = Offices::new([("water".to_owned(), AreaId(11), UnitId(111))]);
    let m = Matrix::new(lines, offices).unwrap();
    let name = |thing: Thing<'_>| match thing {
        Thing::Area(AreaId(id)) => Label::new(format!("{id}号地"), format!("area {id}")),
        Thing::Unit(UnitId(id)) => Label::new(format!("{id}号局"), format!("unit {id}")),
        Thing::Classes(code) => Label::new(format!("{code}类"), format!("class {code}")),
        Thing::Department(_) => Label::new("水利", "Water"),
        Thing::Kind(kind) => Label::new(kind.name(), kind.name()),
        Thing::Level(_) => Label::new("县", "county"),
    };
    let told = |code: &str, grid| {
        let route = route(&class(code), &place(grid), &m);
        route
            .because
            .iter()
            .map(|r| r.tell(&name))
            .map(|l| format!("{} / {}", l.zh, l.en))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let expected = "\
责任清单第9行：1号地的05类 / line 9 of the responsibility matrix: class 05 in area 1
“05081类”没有单列，按“05类”办 / class 05081 has no line of its own and follows class 05
11111号地没有单列，沿用1号地的规定 / area 11111 has no line of its own and follows area 1
由水利县级承办，在11号地是111号局 / Water answers at the level of the county; in area 11 that is unit 111";
    assert_eq!(told("05081", 11_111), expected);
    let nobody = "11111号地的“06010类”无人认领，转11号地工作台裁定，并列入职责缺口 / nobody answers for class 06010 in area 11111; the desk of area 11 decides, and it is a gap of the matrix";
    assert_eq!(told("06010", 11_111), nobody);
}

#[test]
fn two_lines_that_say_the_same_are_refused() {
    let faults = Matrix::new(vec![line(1, "06", 1, None, 1), line(2, "06", 1, None, 2)], Offices::default());
    assert_eq!(
        faults.unwrap_err().to_string(),
        "line 2: says who answers for `06` where line 1 did; keep one"
    );
}

#[test]
fn rows_of_units_give_each_area_of_a_kind_its_office_by_name() {
    let row = |code: &str, kinds: &str, zh: &str, en: &str| OfficeRow {
        code: code.into(),
        kinds: kinds.into(),
        zh: zh.into(),
        en: en.into(),
        duties_zh: String::new(),
    };
    let rows = [
        row("water", "city", "市水利局", "Water"),
        row("water", "district county", "{area}水利局", "{area} Water"),
    ];
    let (city, east) = (Label::new("市", "City"), Label::new("东区", "East"));
    let areas =
        [(CITY, Kind::City, &city), (AreaId(11), Kind::District, &east), (AreaId(12), Kind::Zone, &east)];
    let planned = plan_offices(&rows, areas).unwrap();
    let names: Vec<_> = planned.iter().map(|o| (o.area.0, o.name.zh.as_str(), o.name.en.as_str())).collect();
    assert_eq!(names, [(1, "市水利局", "Water"), (11, "东区水利局", "East Water")]);
    let again = [row("water", "city", "a", "a"), row("water", "city village", "a", "a")];
    let fault = plan_offices(&again, []).unwrap_err();
    assert_eq!(fault[0].to_string(), "row 2: `water` has its offices of the kind city from row 1; keep one");
}

#[test]
fn rows_that_cannot_be_read_are_told_with_the_fix() {
    use crate::class::Dictionary;
    let dictionary = Dictionary::new(1, &[]).unwrap();
    let row = MatrixRow {
        classes: "06".into(),
        area: "9".into(),
        unit: "x".into(),
        level: "moon".into(),
        ..MatrixRow::default()
    };
    let known = Known { area: &|_| None, dictionary: &dictionary };
    let faults = Matrix::read(&[row], Offices::default(), known).unwrap_err().to_string();
    let expected = "\
line 1: no class begins with `06`; write a class code, its beginning, or *
line 1: there is no area with the code `9`; take one from the tree of areas
line 1: department `x` has no office anywhere; take a code from the units
line 1: unknown level \"moon\"; use city, county, township, community or grid";
    assert_eq!(faults, expected);
}

#[test]
fn gaps_are_reported_at_the_highest_area_where_nobody_answers() {
    let m = matrix(vec![
        line(1, "06", 11, None, 1),
        line(2, "06", 121, None, 2),
        line(3, "07", 1, Some(Kind::Village), 3),
    ]);
    let places: Vec<Place> = grids().into_iter().map(place).collect();
    let found = gaps(&[class("05001"), class("06001"), class("07001")], &places, &m);
    let expected: Vec<(&str, u32, u32)> = [("05001", 1, 16), ("06001", 122, 4)]
        .into_iter()
        .chain([1112, 1122, 1212, 1222].map(|residents| ("07001", residents, 2)))
        .collect();
    let found: Vec<_> = found.iter().map(|g| (g.class.0.as_str(), g.area.0, g.n_places)).collect();
    assert_eq!(found, expected);
}

fn any_line() -> impl Strategy<Value = Line> {
    let area = prop::sample::select(vec![1, 11, 12, 111, 112, 121, 1111, 1112, 11_111, 12_222]);
    let classes = prop::sample::select(vec!["", "0", "06", "060", "06010", "06012", "07", "S", "S01"]);
    let kind =
        prop::option::of(prop::sample::select(vec![Kind::Dedicated, Kind::Village, Kind::Town, Kind::City]));
    (classes, area, kind, 1..50_u32)
        .prop_map(|(classes, area, kind, unit)| line(0, classes, area, kind, unit))
}

/// Up to 30 lines, no two with the same prefix, area and kind, in any order.
fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec(any_line(), 0..30).prop_map(|mut lines| {
        let mut seen = std::collections::HashSet::new();
        lines.retain(|l| seen.insert((l.classes.clone(), l.area, l.kind)));
        (1..).zip(&mut lines).for_each(|(number, l)| l.number = number);
        lines
    })
}

fn any_class() -> impl Strategy<Value = ClassCode> {
    prop::sample::select(vec!["06010", "06012", "06099", "07001", "S0101", "S0201"]).prop_map(class)
}

fn any_place() -> impl Strategy<Value = Place> {
    prop::sample::select(grids()).prop_map(place)
}

proptest! {
    #[test]
    fn the_winner_is_the_most_specific_line_that_fits(lines in any_lines(), class in any_class(), place in any_place()) {
        let depth = |area| place.path.iter().position(|(id, _)| *id == area);
        let expected = lines
            .iter()
            .filter(|l| class.0.starts_with(&l.classes))
            .filter_map(|l| {
                let kind = l.kind.map_or(Some(0), |k| place.path.iter().position(|(_, has)| *has == k).map(|d| d + 1))?;
                Some(((depth(l.area)?, l.classes.len(), kind), l))
            })
            .max_by_key(|(specificity, _)| *specificity)
            .map_or(Destination::Desk(place.desk_above()), |(_, l)| match l.to {
                Owner::Unit(unit) => Destination::Unit(unit),
                Owner::Office { .. } => unreachable!("only units are drawn"),
            });
        let found = route(&class, &place, &matrix(lines));
        prop_assert_eq!(found.to, expected);
        prop_assert!(!found.because.is_empty());
    }

    #[test]
    fn the_order_of_the_lines_does_not_matter(lines in any_lines(), class in any_class(), place in any_place()) {
        let backwards = lines.iter().rev().cloned().collect();
        prop_assert_eq!(route(&class, &place, &matrix(lines)), route(&class, &place, &matrix(backwards)));
    }

    #[test]
    fn a_line_changes_nothing_outside_its_area_and_its_classes(
        lines in any_lines(), more in any_line(), class in any_class(), place in any_place(),
    ) {
        let is_inside = place.path.iter().any(|(id, _)| *id == more.area) && class.0.starts_with(&more.classes);
        let is_new = !lines.iter().any(|l| (&l.classes, l.area, l.kind) == (&more.classes, more.area, more.kind));
        prop_assume!(!is_inside && is_new);
        let with_more = lines.iter().cloned().chain([Line { number: 99, ..more }]).collect();
        prop_assert_eq!(route(&class, &place, &matrix(lines)), route(&class, &place, &matrix(with_more)));
    }

    #[test]
    fn a_gap_is_reported_exactly_where_a_case_would_go_to_a_desk(lines in any_lines(), class in any_class()) {
        let (m, places) = (matrix(lines), grids().into_iter().map(place).collect::<Vec<_>>());
        let found = gaps([&class], &places, &m);
        for p in &places {
            let is_gap = p.path.iter().any(|(id, _)| found.iter().any(|gap| gap.area == *id));
            prop_assert_eq!(is_gap, matches!(route(&class, p, &m).to, Destination::Desk(_)));
        }
        let n_places: u32 = found.iter().map(|gap| gap.n_places).sum();
        let n_gaps = places.iter().filter(|p| matches!(route(&class, p, &m).to, Destination::Desk(_))).count();
        prop_assert_eq!(n_places as usize, n_gaps);
    }
}
