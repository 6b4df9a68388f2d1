//! What the area tree promises: paths, levels and dated changes.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::geo::{LineString, Polygon};

const START: Date = date(2024, 1, 1);
const TODAY: Date = date(2026, 11, 25);
const LATER: Date = date(2027, 3, 1);

/// A square of `side` hundredths of a degree with its lower left corner at (116 + x/100, 36 + y/100).
fn square(x: f64, y: f64, side: f64) -> MultiPolygon<f64> {
    let corner = |dx: f64, dy: f64| (116.0 + (x + dx) / 100.0, 36.0 + (y + dy) / 100.0);
    let ring =
        vec![corner(0.0, 0.0), corner(side, 0.0), corner(side, side), corner(0.0, side), corner(0.0, 0.0)];
    MultiPolygon(vec![Polygon::new(LineString::from(ring), vec![])])
}

fn code(s: &str) -> AreaCode {
    s.parse().unwrap()
}

/// A city of one county, two townships, three communities (two in the first) and four grids.
fn small_city() -> Vec<Area> {
    #[rustfmt::skip]
    let rows = [
        (1, 0, "3715", Kind::City), (2, 1, "371502", Kind::District),
        (3, 2, "371502001", Kind::Street), (4, 2, "371502101", Kind::Town),
        (5, 3, "371502001001", Kind::Residents), (6, 3, "371502001002", Kind::Residents), (7, 4, "371502101201", Kind::Village),
        (8, 5, "371502001001001", Kind::Basic), (9, 5, "371502001001002", Kind::Dedicated),
        (10, 6, "371502001002001", Kind::Basic), (11, 7, "371502101201001", Kind::Basic),
    ];
    let mut areas: Vec<Area> = Vec::new();
    for (id, parent, c, kind) in rows {
        let above = areas.iter().find(|a| a.id.0 == parent).map(|a| a.path.clone());
        areas.push(Area {
            id: AreaId(id),
            parent: (parent > 0).then_some(AreaId(parent)),
            level: kind.level(),
            code: code(c),
            name_zh: format!("区域{id}"),
            name_en: format!("Area {id}"),
            pinyin: format!("qu yu {id}"),
            kind,
            valid_from: START,
            valid_to: None,
            successors: vec![],
            path: above.map_or(AreaPath::root(AreaId(id)), |p| p.child(AreaId(id))),
            polygon: (kind.level() == Level::Grid).then(|| square(f64::from(id), 0.0, 1.0)),
        });
    }
    areas
}

fn tree() -> Tree {
    Tree::new(small_city()).unwrap()
}

fn new_area(c: &str, kind: Kind) -> NewArea {
    let (name_zh, name_en, pinyin) = ("新".into(), "New".into(), "xin".into());
    NewArea { code: code(c), kind, name_zh, name_en, pinyin, polygon: None }
}

fn on(day: Date, change: Change) -> Vec<Dated> {
    vec![Dated { on: day, change }]
}

fn split_first_grid() -> Change {
    let part = |c| Part { area: new_area(c, Kind::Basic), children: vec![] };
    Change::Split {
        area: code("371502001001001"),
        into: vec![part("371502001001003"), part("371502001001004")],
    }
}

fn merge_first_two_communities() -> Change {
    let areas = vec![code("371502001001"), code("371502001002")];
    Change::Merge { areas, into: new_area("371502001003", Kind::Residents) }
}

fn move_second_community() -> Change {
    Change::Move { area: code("371502001002"), to: code("371502101"), code: None }
}

fn ids(areas: Vec<&Area>) -> Vec<u32> {
    areas.into_iter().map(|a| a.id.0).collect()
}

#[test]
fn the_number_of_digits_tells_the_level() {
    let level = |s: &str| s.parse::<AreaCode>().map(|c| c.level());
    assert_eq!(level("3715"), Ok(Level::City));
    assert_eq!(level("371502001001001"), Ok(Level::Grid));
    for bad in ["", "37150", "37150a", "３７１５", "3715020010010011"] {
        assert!(level(bad).is_err(), "{bad}");
    }
    assert_eq!(code("371502001001").of_grid(7), Some(code("371502001001007")));
    assert_eq!(code("371502001001").of_grid(1000), None);
}

#[test]
fn everything_under_an_area_is_one_range_of_paths() {
    let tree = tree();
    for x in tree.iter() {
        let (lower, upper) = x.path.range();
        let in_range: Vec<_> = tree
            .iter()
            .filter(|a| lower.as_str() <= a.path.as_str() && a.path.as_str() < upper.as_str())
            .collect();
        let mut under = ids(tree.under(x.id));
        under.sort_unstable();
        assert_eq!(ids(in_range), under);
    }
}

#[test]
fn a_path_names_the_five_ancestors() {
    let a = tree().ancestors(AreaId(10)).unwrap();
    assert_eq!(a.upwards().map(|id| id.0).collect::<Vec<_>>(), [10, 6, 3, 2, 1]);
    let a = tree().ancestors(AreaId(4)).unwrap();
    assert_eq!((a.township, a.community, a.grid), (Some(AreaId(4)), None, None));
}

#[test]
fn a_tree_says_everything_that_is_wrong_with_it() {
    let mut areas = small_city();
    areas[4].code = code("371502001002"); // taken
    areas[5].kind = Kind::Basic; // of another level
    areas[6].parent = Some(AreaId(99)); // nobody
    areas[7].name_zh = " ".into();
    areas[10].path = AreaPath::root(AreaId(11));
    let said: Vec<_> = Tree::new(areas).unwrap_err().iter().map(ToString::to_string).collect();
    let expect = [
        "371502001002: a community cannot be of kind basic; that is a kind of grid",
        "371502001002: code is already that of 区域5 (area 5), from 2024-01-01; codes are never reused: give another",
        "371502101201: parent 99 does not exist on that day; add it first, or name another",
        "371502001001001: has no Chinese name; give one",
        "371502101201001: path 1B does not follow its parent's; it should be 111214171B",
    ];
    for e in expect {
        assert!(said.iter().any(|s| s == e), "{e}\nnot in {said:#?}");
    }
}

#[test]
fn a_split_grid_is_retired_with_successors_and_the_past_still_answers() {
    let before = tree();
    let after = apply(&before, &on(LATER, split_first_grid()), TODAY).unwrap();
    let old = after.get(AreaId(8)).unwrap();
    assert_eq!((old.valid_to, &old.successors[..]), (Some(LATER), &[AreaId(12), AreaId(13)][..]));
    let eve = after.as_of(LATER.yesterday().unwrap());
    assert!(eve.iter().map(|a| &a.path).eq(before.iter().map(|a| &a.path)));
    let then = after.as_of(LATER);
    assert_eq!(ids(then.children(AreaId(5)).collect()), [9, 12, 13]);
    assert!(then.get(AreaId(8)).is_none());
}

#[test]
fn a_preview_names_the_grids_that_are_touched() {
    let p = preview(&tree(), &on(LATER, split_first_grid()), TODAY);
    assert_eq!((p.grids.retired, p.grids.created), (vec![AreaId(8)], vec![AreaId(12), AreaId(13)]));
    let p = preview(&tree(), &on(LATER, merge_first_two_communities()), TODAY);
    assert_eq!((p.retired, p.created), (vec![AreaId(5), AreaId(6)], vec![AreaId(12)]));
    assert_eq!(p.grids.moved, [8, 9, 10].map(AreaId));
    assert_eq!(p.findings, []);
}

#[test]
fn merged_areas_hand_over_their_children_and_their_ground() {
    let grids = vec![code("371502001001001"), code("371502001001002")];
    let merge = Change::Merge { areas: grids, into: new_area("371502001001003", Kind::Basic) };
    let after = apply(&tree(), &on(TODAY, merge), TODAY).unwrap();
    let ground = |id| crate::geo::area_m2(after.get(AreaId(id)).unwrap().polygon.as_ref().unwrap());
    assert!((ground(12) - ground(8) - ground(9)).abs() < 1.0);
    assert_eq!(ids(after.as_of(TODAY).children(AreaId(5)).collect()), [12]);
}

#[test]
fn what_moves_takes_everything_under_it_along_and_keeps_its_ids() {
    let after = apply(&tree(), &on(LATER, move_second_community()), TODAY).unwrap();
    let then = after.as_of(LATER);
    assert_eq!(then.ancestors(AreaId(10)).unwrap().township, Some(AreaId(4)));
    assert_eq!(after.as_of(TODAY).ancestors(AreaId(10)).unwrap().township, Some(AreaId(3)));
}

#[test]
fn a_moved_area_may_get_a_new_code_and_answers_to_both() {
    let to = code("371502101202");
    let change = Change::Move { area: code("371502001002"), to: code("371502101"), code: Some(to.clone()) };
    let after = apply(&tree(), &on(LATER, change), TODAY).unwrap();
    for c in [code("371502001002"), to] {
        assert_eq!(after.by_code(&c).unwrap().id, AreaId(6));
    }
}

#[test]
fn a_renamed_area_is_the_same_area() {
    let rename = Change::Rename {
        area: code("371502001"),
        name_zh: "新名".into(),
        name_en: "New Name".into(),
        pinyin: "xin ming".into(),
    };
    let after = apply(&tree(), &on(LATER, rename), TODAY).unwrap();
    assert_eq!(after.as_of(LATER).get(AreaId(3)).unwrap().name_zh, "新名");
    assert_eq!(after.as_of(TODAY).get(AreaId(3)).unwrap().name_zh, "区域3");
    assert_eq!(after.get(AreaId(3)).unwrap().initials(), "xm");
}

#[test]
fn several_changes_of_one_day_are_one_new_version() {
    let mut changes = on(LATER, merge_first_two_communities());
    changes
        .extend(on(LATER, Change::Reshape { area: code("371502001001001"), polygon: square(0.0, 0.0, 2.0) }));
    changes.extend(on(
        LATER,
        Change::Add { parent: code("371502001003"), area: new_area("371502001003001", Kind::Basic) },
    ));
    let after = apply(&tree(), &changes, TODAY).unwrap();
    assert_eq!(after.versions(AreaId(8)).count(), 2);
    assert_eq!(ids(after.as_of(LATER).children(AreaId(12)).collect()), [8, 9, 10, 13]);
}

fn refused(changes: &[Dated]) -> Vec<String> {
    let findings = apply(&tree(), changes, TODAY).unwrap_err();
    assert_eq!(preview(&tree(), changes, TODAY).findings, findings);
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_refused_change_names_the_thing_and_the_remedy() {
    let yesterday = TODAY.yesterday().unwrap();
    assert_eq!(
        refused(&on(yesterday, split_first_grid())),
        [
            "371502001001001: 2026-11-24 is past (today is 2026-11-25); history is not rewritten: date the change today or later"
        ]
    );
    let reuse = Change::Add { parent: code("371502001001"), area: new_area("371502001001001", Kind::Basic) };
    assert_eq!(
        refused(&on(LATER, reuse)),
        [
            "371502001001001: code is already that of 区域8 (area 8), from 2024-01-01; codes are never reused: give another"
        ]
    );
    let retire = Change::Retire { area: code("371502001001"), successors: vec![] };
    assert_eq!(
        refused(&on(LATER, retire)),
        ["371502001001: still has 2 areas under it; move or retire them first"]
    );
    let half = Change::Split {
        area: code("371502001"),
        into: ["371502002", "371502003"]
            .map(|c| Part { area: new_area(c, Kind::Street), children: vec![code("371502001001")] })
            .to_vec(),
    };
    assert_eq!(
        refused(&on(LATER, half)),
        ["371502001: child 371502001001 goes to 2 of the new areas; name it in exactly one"]
    );
    let skip = Change::Move { area: code("371502001002"), to: code("371502"), code: None };
    assert_eq!(
        refused(&on(LATER, skip)),
        ["371502001002: a community cannot lie directly under a county; name its township"]
    );
    let nowhere = Change::Retire { area: code("371502009"), successors: vec![] };
    assert_eq!(
        refused(&on(LATER, nowhere)),
        ["371502009: no such area on 2027-03-01; look it up as of that day"]
    );
}

#[test]
fn the_code_of_a_retired_area_stays_taken() {
    let retire = Change::Retire { area: code("371502001001002"), successors: vec![code("371502001001001")] };
    let after = apply(&tree(), &on(TODAY, retire), TODAY).unwrap();
    let again = Change::Add { parent: code("371502001001"), area: new_area("371502001001002", Kind::Basic) };
    let findings = apply(&after, &on(LATER, again), TODAY).unwrap_err();
    assert!(matches!(findings[0].fault, Fault::CodeTaken { holder: AreaId(9), .. }));
}

#[test]
fn nothing_slips_in_before_an_arranged_change() {
    let after = apply(&tree(), &on(LATER, split_first_grid()), TODAY).unwrap();
    let retire = Change::Retire { area: code("371502001001001"), successors: vec![] };
    let findings = apply(&after, &on(TODAY, retire), TODAY).unwrap_err();
    assert!(matches!(findings[0].fault, Fault::LaterChangeArranged { later: LATER }));
}

#[test]
fn nothing_is_put_under_what_is_arranged_to_end_or_to_hang_elsewhere() {
    let moving = apply(&tree(), &on(LATER, move_second_community()), TODAY).unwrap();
    let add = Change::Add { parent: code("371502001002"), area: new_area("371502001002009", Kind::Basic) };
    let findings = apply(&moving, &on(TODAY, add.clone()), TODAY).unwrap_err();
    assert_eq!(findings[0].about, "371502001002");
    assert!(matches!(findings[0].fault, Fault::LaterChangeArranged { later: LATER }));
    assert!(apply(&moving, &on(LATER, add), TODAY).is_ok(), "on that day it hangs where it will stay");
}

#[test]
fn a_cancelled_change_leaves_nothing_behind_but_its_ids() {
    for change in [split_first_grid(), merge_first_two_communities(), move_second_community()] {
        let changes = on(LATER, change);
        let made = preview(&tree(), &changes, TODAY);
        let arranged = apply(&tree(), &changes, TODAY).unwrap();
        let after = cancel(&arranged, &made, LATER, TODAY).unwrap();
        assert!(after.all_versions().eq(tree().all_versions()));
        assert_eq!(after.next_id(), arranged.next_id(), "an id is never given twice");
    }
}

#[test]
fn what_is_in_force_or_built_upon_is_not_cancelled() {
    let split = on(LATER, split_first_grid());
    let made = preview(&tree(), &split, TODAY);
    let arranged = apply(&tree(), &split, TODAY).unwrap();
    let late = cancel(&arranged, &made, LATER, LATER).unwrap_err();
    assert!(matches!(late[0].fault, Fault::InForce { since: LATER }));
    let made_by = arranged.get(AreaId(12)).unwrap().code.clone();
    let next = LATER.tomorrow().unwrap();
    let retire = Change::Retire { area: made_by.clone(), successors: vec![code("371502001001002")] };
    let upon = apply(&arranged, &on(next, retire), TODAY).unwrap();
    let findings = cancel(&upon, &made, LATER, TODAY).unwrap_err();
    assert!(matches!(findings[0].fault, Fault::LaterChangeArranged { later } if later == next));
    let heir = Change::Retire { area: code("371502001001002"), successors: vec![made_by] };
    let inherits = apply(&arranged, &on(next, heir), TODAY).unwrap();
    let findings = cancel(&inherits, &made, LATER, TODAY).unwrap_err();
    assert!(matches!(findings[0].fault, Fault::BadSuccessor { .. }), "{findings:?}");
}

#[test]
fn changes_and_areas_survive_json() {
    for change in [split_first_grid(), merge_first_two_communities(), move_second_community()] {
        let dated = Dated { on: LATER, change };
        let json = serde_json::to_string(&dated).unwrap();
        assert_eq!(serde_json::from_str::<Dated>(&json).unwrap(), dated, "{json}");
    }
    for area in small_city() {
        let json = serde_json::to_string(&area).unwrap();
        assert_eq!(serde_json::from_str::<Area>(&json).unwrap(), area, "{json}");
    }
}

proptest! {
    #[test]
    fn a_path_is_read_back_and_sorts_like_its_ids(
        a in prop::collection::vec(any::<u32>(), 1..6), b in prop::collection::vec(any::<u32>(), 1..6)
    ) {
        let path = |ids: &[u32]| ids[1..].iter().fold(AreaPath::root(AreaId(ids[0])), |p, &id| p.child(AreaId(id)));
        let (pa, pb) = (path(&a), path(&b));
        prop_assert_eq!(pa.ids().iter().map(|i| i.0).collect::<Vec<_>>(), a.clone());
        prop_assert_eq!(pa.as_str().parse::<AreaPath>().unwrap(), pa.clone());
        prop_assert_eq!(pa.cmp(&pb), a.cmp(&b));
        let (lower, upper) = pa.range();
        let inside = lower.as_str() <= pb.as_str() && pb.as_str() < upper.as_str();
        prop_assert_eq!(inside, b.starts_with(&a));
        prop_assert_eq!(pa.contains(&pb), b.starts_with(&a));
    }

    #[test]
    fn text_that_is_no_path_is_refused_and_never_panics(s in "[0-9A-Z]{0,20}") {
        if let Ok(p) = s.parse::<AreaPath>() {
            prop_assert_eq!(p.ids().into_iter().skip(1).fold(AreaPath::root(p.ids()[0]), |q, id| q.child(id)), p);
        }
    }

    #[test]
    fn whatever_is_arranged_yesterday_stays_as_it_was(
        days in prop::collection::vec(0..400_i64, 1..4), which in prop::collection::vec(0..3_usize, 1..4)
    ) {
        let menu = [split_first_grid(), merge_first_two_communities(), move_second_community()];
        let changes: Vec<Dated> = days.iter().zip(&which)
            .map(|(&d, &w)| Dated { on: TODAY.saturating_add(jiff::Span::new().days(d)), change: menu[w].clone() })
            .collect();
        let before = tree();
        if let Ok(after) = apply(&before, &changes, TODAY) {
            let first = changes.iter().map(|c| c.on).min().unwrap();
            let eve = after.as_of(first.yesterday().unwrap());
            prop_assert!(eve.iter().map(|a| (a.id, &a.path, &a.code, &a.name_zh)).eq(before.iter().map(|a| (a.id, &a.path, &a.code, &a.name_zh))));
            // Every day's tree is a tree by itself: nobody under a retired parent.
            for day in changes.iter().map(|c| c.on) {
                let then = after.as_of(day);
                prop_assert!(then.iter().all(|a| a.parent.is_none_or(|p| then.get(p).is_some_and(|p| p.path.contains(&a.path)))));
            }
        }
    }
}
