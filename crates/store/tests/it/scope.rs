//! The list filter is the decision: of any set of cases, SQL finds exactly those that the scope covers.

use std::collections::BTreeSet;

use domain::area::{Ancestors, Level};
use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::{Facts, Scope};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::case::{CaseFilter, List, Order, list};
use store::scope::ScopeSql;
use store::testing::on_both;
use store::{Batch, params};
use uuid::Uuid;

const CASES: usize = 300;
const SCOPES: usize = 400;

/// Few of each, so that scopes and cases meet often.
fn an_area() -> impl Strategy<Value = AreaId> {
    (1..12_u32).prop_map(AreaId)
}

fn a_person() -> impl Strategy<Value = PersonId> {
    (1..5_u128).prop_map(|n| PersonId(Uuid::from_u128(n)))
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let below = || prop::option::weighted(0.8, an_area());
    let areas = (an_area(), below(), below(), below(), below());
    let units = prop::collection::btree_set(1..6_u32, 0..3);
    (areas, an_area(), units, prop::option::of(a_person()), any::<bool>()).prop_map(
        |((city, county, township, community, grid), desk, units, reporter, private)| Facts {
            areas: Ancestors { city: Some(city), county, township, community, grid },
            desk,
            desk_areas: Ancestors::default(),
            units: units.into_iter().map(UnitId).collect(),
            reporter,
            private,
        },
    )
}

fn a_scope() -> impl Strategy<Value = (Scope, Level)> {
    let area = (prop::option::of(an_area()), prop::sample::select(&Level::ALL[..]));
    let grids = prop::collection::btree_set(an_area(), 0..4);
    let unit = prop::option::of((1..6_u32).prop_map(UnitId));
    (prop::bool::weighted(0.05), area, any::<bool>(), grids, unit, prop::option::of(a_person())).prop_map(
        |(all, (area, level), private, grids, unit, reporter)| {
            (Scope { all, area, private, grids, unit, reporter }, level)
        },
    )
}

/// In life an id belongs to one level, which is what lets the filter look at one column. Here ids are few, so the
/// level is written into them.
fn of_one_level(facts: &mut Facts) {
    let at = |area: Option<AreaId>, level: Level| area.map(|a| AreaId(a.0 * 5 + level.depth() as u32));
    let areas = &mut facts.areas;
    areas.city = at(areas.city, Level::City);
    areas.county = at(areas.county, Level::County);
    areas.township = at(areas.township, Level::Township);
    areas.community = at(areas.community, Level::Community);
    areas.grid = at(areas.grid, Level::Grid);
    let level = Level::ALL[facts.desk.0 as usize % 5];
    facts.desk = AreaId(facts.desk.0 * 5 + level.depth() as u32);
}

fn insert(n: usize, facts: &Facts) -> Batch {
    let id = Uuid::from_u128(n as u128 + 1);
    let area = |it: Option<AreaId>| it.map(|it| it.0);
    let batch = Batch::new("case").guard(
        "insert into cases (id, version, head, city_id, county_id, township_id, community_id, grid_id, desk_id, level,
            step, stage, turn, state, private, channel, reporter_id, text, place, evidence, reported_ms, last_ms,
            bounces, reworks, reopens, urged, postponed, verified)
         values ($1, 1, $2, $3, $4, $5, $6, $7, $8, 'city', 'reported', 1, 'verify', 'open', $9, 'worker', $10,
            'x', '', 0, 0, 0, 0, 0, 0, 0, 0, 0)",
        params![
            id,
            [0_u8; 32],
            area(facts.areas.city),
            area(facts.areas.county),
            area(facts.areas.township),
            area(facts.areas.community),
            area(facts.areas.grid),
            facts.desk.0,
            facts.private,
            facts.reporter.map(|it| it.0)
        ],
    );
    let share = "insert into share (case_id, unit_id, lead, state) values ($1, $2, 0, $3)";
    let states = ["given", "accepted", "done"];
    let units = facts.units.iter().enumerate();
    let batch = units.fold(batch, |batch, (at, unit)| batch.run(share, params![id, unit.0, states[at % 3]]));
    // A share that was taken away opens nothing.
    let over = UnitId(1 + n as u32 % 5);
    if facts.units.contains(&over) { batch } else { batch.run(share, params![id, over.0, "over"]) }
}

#[tokio::test]
async fn a_list_shows_exactly_what_the_scope_covers() {
    let mut chance = TestRunner::deterministic();
    let facts: Vec<Facts> = (0..CASES)
        .map(|_| {
            let mut facts = some_facts().new_tree(&mut chance).unwrap().current();
            of_one_level(&mut facts);
            facts
        })
        .collect();
    let scopes: Vec<(Scope, Level)> = (0..SCOPES)
        .map(|_| {
            let (mut scope, level) = a_scope().new_tree(&mut chance).unwrap().current();
            scope.area = scope.area.map(|a| AreaId(a.0 * 5 + level.depth() as u32));
            scope.grids = scope.grids.iter().map(|g| AreaId(g.0 * 5 + Level::Grid.depth() as u32)).collect();
            (scope, level)
        })
        .collect();
    let some = scopes.iter().filter(|(scope, _)| facts.iter().any(|it| scope.covers(it))).count();
    assert!(some > SCOPES / 2, "most scopes must cover something, or nothing is tested: {some}");
    on_both(async |store| {
        let inserts = facts.iter().enumerate().map(|(n, it)| insert(n, it)).collect();
        assert!(store.commit_many(inserts).await.iter().all(Result::is_ok));
        for (scope, level) in &scopes {
            let (filter, scope_sql) = (CaseFilter::default(), ScopeSql::new(scope.clone(), *level));
            let asked =
                List { filter: &filter, scope: &scope_sql, order: Order::Newest, after: None, limit: 1_000 };
            let (rows, _) = list(&store, asked).await.unwrap();
            let listed: BTreeSet<u128> = rows.iter().map(|row| row.id.0.as_u128()).collect();
            let covered: BTreeSet<u128> =
                (1..).zip(&facts).filter(|(_, it)| scope.covers(it)).map(|(n, _)| n).collect();
            assert_eq!(listed, covered, "{scope:?}");
            assert_eq!(rows.len(), listed.len(), "a case is listed once: {scope:?}");
        }
    })
    .await;
}
