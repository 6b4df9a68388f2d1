//! The tables of rights as reviewers read them, and the laws that hold between seeing and doing.

use std::collections::BTreeSet;

use domain::area::{Ancestors, Level};
use domain::case::ActName;
use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::{
    Actor, CareAct, CareFacts, Denied, Facts, Grant, Grants, IndexAct, PlaceAct, PlaceScope, Reach, Role,
    Scope, StaffAct, care_table, grant_table, index_table, may_give, permit, permit_care, permit_index,
    permit_place, permit_staff, place_table, reach, rights_table, staff_table,
};
use domain::policy::{ScoreAct, permit_score, score_table};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use uuid::Uuid;

#[test]
fn the_tables_of_rights_are_as_printed() {
    let tables = [
        rights_table(),
        staff_table(),
        index_table(),
        place_table(),
        care_table(),
        score_table(),
        domain::policy::work_table(),
        grant_table(),
    ];
    let now = tables.join("\n");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rights.txt");
    if std::env::var_os("GRIDWARD_BLESS").is_some() {
        std::fs::write(file, &now).unwrap();
    }
    let printed = std::fs::read_to_string(file).unwrap();
    assert_eq!(
        now, printed,
        "rights have changed: look at every line, then run this test with GRIDWARD_BLESS=1"
    );
}

/// Ids tell their level: county 20-21, township 30-33, community 40-47, grid 50-65 under one city 10.
fn a_place() -> impl Strategy<Value = Ancestors> {
    (0..16_u32, 1..=5_usize).prop_map(|(grid, depth)| {
        let at = |level: usize, id: u32| (level < depth).then_some(AreaId(id));
        Ancestors {
            city: at(0, 10),
            county: at(1, 20 + grid / 8),
            township: at(2, 30 + grid / 4),
            community: at(3, 40 + grid / 2),
            grid: at(4, 50 + grid),
        }
    })
}

fn area_of(place: &Ancestors) -> (AreaId, Level) {
    let lowest = Level::ALL.into_iter().rev().find_map(|level| Some((place.at(level)?, level)));
    lowest.expect("a place has at least its city")
}

fn a_person() -> impl Strategy<Value = PersonId> {
    (1..4_u128).prop_map(|n| PersonId(Uuid::from_u128(n)))
}

fn some_facts() -> impl Strategy<Value = Facts> {
    let units = prop::collection::vec((1..4_u32).prop_map(UnitId), 0..3);
    (a_place(), 0..5_usize, units, prop::option::of(a_person()), any::<bool>()).prop_map(
        |(areas, up, units, reporter, private)| {
            // A desk is that of the place itself or of an area above it.
            let chain: Vec<AreaId> = areas.upwards().collect();
            let desk = chain[up.min(chain.len() - 1)];
            let level = Level::ALL.into_iter().find(|l| areas.at(*l) == Some(desk)).unwrap();
            let down_to = |l: Level| areas.at(l).filter(|_| l <= level);
            let desk_areas = Ancestors {
                city: down_to(Level::City),
                county: down_to(Level::County),
                township: down_to(Level::Township),
                community: down_to(Level::Community),
                grid: down_to(Level::Grid),
            };
            Facts { areas, desk, desk_areas, units, reporter, private }
        },
    )
}

fn an_actor() -> impl Strategy<Value = Actor> {
    let grids = prop::collection::btree_set((50..66_u32).prop_map(AreaId), 0..6);
    let unit = prop::option::of((1..4_u32).prop_map(UnitId));
    (prop::sample::select(Role::ALL), a_place(), grids, unit, prop::option::of(a_person())).prop_map(
        |(role, place, grids, unit, person)| {
            let (area, level) = area_of(&place);
            Actor { person, role, area, level, unit, grids }
        },
    )
}

fn may(actor: &Actor, facts: &Facts) -> Vec<ActName> {
    ActName::ALL.iter().copied().filter(|act| permit(actor, *act, facts).is_ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whoever may do anything with a case sees it, and whoever does not see it gets one answer to everything.
    #[test]
    fn nothing_is_done_unseen_and_the_unseen_looks_absent(actor in an_actor(), facts in some_facts()) {
        if Scope::of(&actor).covers(&facts) {
            for act in ActName::ALL {
                prop_assert_ne!(permit(&actor, *act, &facts), Err(Denied::Unseen));
            }
        } else {
            for act in ActName::ALL {
                prop_assert_eq!(permit(&actor, *act, &facts), Err(Denied::Unseen));
            }
        }
    }

    /// Of a private case only those know who work on it or reported it.
    #[test]
    fn a_private_case_is_seen_by_who_works_on_it(actor in an_actor(), mut facts in some_facts()) {
        facts.private = true;
        if Scope::of(&actor).covers(&facts) {
            let works = match actor.role {
                Role::System => true,
                Role::Worker => facts.areas.grid.is_some_and(|grid| actor.grids.contains(&grid)),
                Role::Desk => facts.areas.upwards().any(|area| area == actor.area),
                Role::Handler => actor.unit.is_some_and(|unit| facts.units.contains(&unit)),
                Role::Leader | Role::Analyst | Role::Admin | Role::Resident => false,
            };
            prop_assert!(works || (actor.person.is_some() && actor.person == facts.reporter));
        }
    }

    /// What a desk sees, the desk of every area above it sees too.
    #[test]
    fn a_desk_above_sees_what_a_desk_below_sees(place in a_place(), facts in some_facts()) {
        let desk = |area, level| Actor {
            person: None, role: Role::Desk, area, level, unit: None, grids: BTreeSet::new(),
        };
        let (area, level) = area_of(&place);
        if Scope::of(&desk(area, level)).covers(&facts) {
            for above in Level::ALL.into_iter().filter(|it| *it <= level) {
                let actor = desk(place.at(above).unwrap(), above);
                prop_assert!(Scope::of(&actor).covers(&facts));
            }
        }
    }

    /// An administrator runs accounts and has no part in cases but their own reports.
    #[test]
    fn an_admin_does_nothing_with_cases(mut actor in an_actor(), facts in some_facts()) {
        actor.role = Role::Admin;
        prop_assert_eq!(may(&actor, &facts), []);
    }

    /// Rights over people end at the border of the area, and the answer there is that of absence.
    #[test]
    fn staff_rights_end_at_the_border(actor in an_actor(), ground in a_place(), whom in a_person()) {
        let inside = ground.upwards().any(|area| area == actor.area);
        for act in StaffAct::ALL {
            let answer = permit_staff(&actor, act, &ground, Some(whom));
            prop_assert!(matches!(answer, Ok(()) | Err(Denied::Unseen)));
            let own = actor.person == Some(whom);
            if answer.is_ok() && !inside && !own {
                prop_assert!(actor.role == Role::System || act == StaffAct::SeeUnit);
            }
        }
    }

    /// Figures of a department are seen by itself and by those who answer for the whole city, and handed in by itself.
    #[test]
    fn figures_are_the_departments_own_and_the_citys(actor in an_actor(), unit in (1..4_u32).prop_map(UnitId)) {
        let city = AreaId(10);
        let sees = permit_index(&actor, IndexAct::SeeIntake, city, Some(unit)).is_ok();
        let hands_in = permit_index(&actor, IndexAct::HandIn, city, Some(unit)).is_ok();
        let own = actor.role == Role::Handler && actor.unit == Some(unit);
        let answers = matches!(actor.role, Role::Analyst | Role::Leader) && actor.area == city;
        prop_assert_eq!(sees, own || answers || actor.role == Role::System);
        prop_assert_eq!(hands_in, own || actor.role == Role::System);
        prop_assert!(permit_index(&actor, IndexAct::SeePublished, city, None).is_ok());
        for act in IndexAct::ALL {
            let answer = permit_index(&actor, act, city, None);
            prop_assert!(matches!(answer, Ok(()) | Err(Denied::Unseen)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Without a purpose, a duty or a referral nobody opens an entry, whatever their post; and every no looks alike.
    #[test]
    fn nobody_opens_an_entry_by_rank(actor in an_actor(), areas in a_place(), act in prop::sample::select(&CareAct::ALL)) {
        let facts = CareFacts { areas, ..CareFacts::default() };
        let answer = permit_care(&actor, act, &facts);
        prop_assert!(matches!(answer, Ok(()) | Err(Denied::Unseen)));
        let opens = [CareAct::List, CareAct::Read, CareAct::Keep, CareAct::Hand, CareAct::End, CareAct::Visit];
        if opens.contains(&act) && answer.is_ok() {
            let walks_there = areas.grid.is_some_and(|grid| actor.grids.contains(&grid));
            prop_assert!(actor.role == Role::System || (actor.role == Role::Worker && walks_there));
        }
    }

    /// A purpose ends at the border of the area of whoever holds it.
    #[test]
    fn a_purpose_ends_at_the_border(actor in an_actor(), areas in a_place()) {
        let facts = CareFacts { areas, purpose: true, ..CareFacts::default() };
        let inside = areas.upwards().any(|area| area == actor.area);
        let by_purpose = [Role::Desk, Role::Leader, Role::Analyst].contains(&actor.role);
        if by_purpose {
            prop_assert_eq!(permit_care(&actor, CareAct::Read, &facts).is_ok(), inside);
        }
    }
}

proptest! {
    /// Names of workers and decisions about them stay with their own line; nobody else's score is a worker's to see.
    #[test]
    fn scores_of_workers_are_seen_by_themselves_and_their_own_line(
        actor in an_actor(), ground in a_place(), whom in a_person(),
    ) {
        let inside = ground.upwards().any(|area| area == actor.area);
        for act in ScoreAct::ALL {
            let answer = permit_score(&actor, act, &ground, Some(whom));
            prop_assert!(matches!(answer, Ok(()) | Err(Denied::Unseen)));
        }
        let names = permit_score(&actor, ScoreAct::SeeNames, &ground, Some(whom)).is_ok();
        let leads = matches!(actor.role, Role::Desk | Role::Leader) && actor.level > Level::City && inside;
        prop_assert_eq!(names, leads || actor.role == Role::System);
        let own = permit_score(&actor, ScoreAct::SeeOwn, &ground, Some(whom)).is_ok();
        prop_assert_eq!(own, actor.role == Role::System
            || (actor.role == Role::Worker && actor.person == Some(whom)));
    }
}

/// A right that no actor could ever use would be a line that says what is not so.
#[test]
fn every_right_in_the_table_can_be_used_by_someone() {
    let mut chance = proptest::test_runner::TestRunner::deterministic();
    let mut some = |_| {
        let mut pick = || (an_actor(), some_facts()).new_tree(&mut chance).unwrap().current();
        pick()
    };
    let pairs: Vec<(Actor, Facts)> = (0..4_000).map(&mut some).collect();
    for role in Role::ALL {
        for act in ActName::ALL.iter().filter(|act| reach(*role, **act) != Reach::No) {
            let used = pairs
                .iter()
                .any(|(actor, facts)| permit(&Actor { role: *role, ..actor.clone() }, *act, facts).is_ok());
            assert!(used, "{} never gets to {}", role.as_str(), act.as_str());
        }
    }
}

#[test]
fn what_only_reads_opens_nothing_that_writes_and_every_form_is_read_back() {
    for grant in Grant::ALL {
        assert_eq!(
            Grants::Read.cover(grant),
            grant.as_str().split_once('.').is_some_and(|(_, how)| how == "read"),
            "{grant:?}"
        );
        let only = Grants::Only([grant].into());
        assert!(Grant::ALL.into_iter().all(|other| only.cover(other) == (other == grant)));
        assert_eq!(Grant::parse(grant.as_str()), Some(grant));
        assert!(Grants::All.cover(grant));
    }
    let all = [Grants::All, Grants::Read, Grants::Only(Grant::ALL.into())];
    for grants in all {
        assert_eq!(Grants::parse(&grants.text()), Some(grants));
    }
    assert_eq!(Grants::parse("cases.read,everything"), None);
    assert!(!may_give(Role::Admin, Grant::CasesWrite), "an administrator has no part in the loop");
    assert!(!may_give(Role::Leader, Grant::IntakeWrite), "figures are the department's");
}

proptest! {
    #[test]
    fn a_list_shows_the_places_that_may_be_seen_one_by_one(actor in an_actor(), ground in a_place()) {
        let one = permit_place(&actor, PlaceAct::SeePlace, &ground).is_ok();
        prop_assert_eq!(PlaceScope::of(&actor).covers(&ground), one);
    }

    #[test]
    fn whoever_may_do_something_with_a_place_sees_it(actor in an_actor(), ground in a_place()) {
        for act in [PlaceAct::ChangePlace, PlaceAct::ImportPlaces, PlaceAct::Inspect] {
            if permit_place(&actor, act, &ground).is_ok() {
                prop_assert!(permit_place(&actor, PlaceAct::SeePlace, &ground).is_ok());
            }
        }
    }
}
