//! Units and desks: shares with clocks of their own, returns, the superior, handing up and down.

use super::build::{CITY, COUNTY, PARKS, ROADS, TOWNSHIP, WATER, a_case, desk, due, hours, of, order, start};
use crate::area::Level;
use crate::case::{Act, Refusal, RouteNote, ShareState, StepName, Turn};

#[test]
fn lead_and_co_units_each_have_a_clock_of_their_own() {
    let story = a_case().filed().assigned_with(ROADS, &[WATER]);
    assert_eq!(story.handle_due(ROADS).at, start() + hours(24));
    assert_eq!(story.handle_due(WATER).at, start() + hours(48));
    let story = story.accepted_by(ROADS);
    assert_eq!(story.due().unwrap().at, start() + hours(2), "the co-unit has still to accept");
    let story = story.accepted_by(WATER);
    assert_eq!(story.due().unwrap().at, start() + hours(24), "the nearest clock is the case's");
    let story = story.handled_by(ROADS);
    assert_eq!(story.due().unwrap().at, start() + hours(48));
    assert_eq!(story.step.name(), StepName::Assigned, "not handled until every share is done");
    assert_eq!(story.handled_by(WATER).step.name(), StepName::Handled);
}

#[test]
fn a_unit_acts_on_its_own_share_only_and_in_order() {
    let given = a_case().filed().assigned_to(ROADS);
    let handle =
        |unit| Act::Handle { unit, note: String::new(), evidence: Vec::new(), due: due(given.now, 8) };
    assert_eq!(given.tries(of(WATER), &handle(WATER)), Err(Refusal::NotYourShare { unit: WATER }));
    assert_eq!(given.tries(of(ROADS), &handle(ROADS)), Err(Refusal::NotAccepted { unit: ROADS }));
    let accepted = given.clone().accepted_by(ROADS);
    let accept = Act::Accept { unit: ROADS };
    assert_eq!(accepted.tries(of(ROADS), &accept), Err(Refusal::AlreadyAccepted { unit: ROADS }));
    let joint = a_case().filed().assigned_with(ROADS, &[WATER]).accepted_by(ROADS).handled_by(ROADS);
    assert_eq!(joint.tries(of(ROADS), &handle(ROADS)), Err(Refusal::AlreadyDone { unit: ROADS }));
    assert_eq!(joint.tries(of(ROADS), &accept), Err(Refusal::AlreadyDone { unit: ROADS }));
}

#[test]
fn no_unit_is_assigned_twice() {
    let story = a_case().filed();
    let twice = Act::Assign {
        lead: order(ROADS, story.now, 24),
        co: vec![order(ROADS, story.now, 48)],
        route: RouteNote::default(),
    };
    assert_eq!(story.tries(desk(), &twice), Err(Refusal::UnitTwice { unit: ROADS }));
}

#[test]
fn a_return_does_not_start_the_dispatch_clock_again() {
    let filed = a_case().filed();
    let dispatch = filed.due();
    let back = filed.assigned_to(ROADS).after(hours(1)).returned_by(ROADS);
    assert_eq!(back.step.name(), StepName::Filed);
    assert_eq!(back.due(), dispatch);
    assert_eq!((back.side.bounces, back.side.desk), (1, TOWNSHIP));
}

#[test]
fn after_two_returns_the_superior_s_desk_has_it_and_its_clock() {
    let twice = a_case().filed().assigned_to(ROADS).returned_by(ROADS).assigned_to(WATER).after(hours(1));
    let twice = twice.returned_by(WATER);
    assert_eq!((twice.side.desk, twice.side.level), (COUNTY, Level::County));
    assert_eq!(twice.due(), Some(due(twice.now, 3)), "a clock of the superior's own");
    assert!(twice.case.filed().unwrap().superior_decides);
    let decided = twice.assigned_to(PARKS);
    let again = Act::Return { unit: PARKS, reason: "不属".to_owned(), superior: None };
    assert_eq!(decided.tries(of(PARKS), &again), Err(Refusal::BouncesSpent), "what it decides stands");
    assert!(!decided.legal().contains(&again.name()));
}

#[test]
fn a_second_return_without_the_superior_s_clock_is_refused() {
    let story = a_case().filed().assigned_to(ROADS).returned_by(ROADS).assigned_to(WATER);
    let act = Act::Return { unit: WATER, reason: "不属".to_owned(), superior: None };
    assert_eq!(story.tries(of(WATER), &act), Err(Refusal::DueMissing));
}

#[test]
fn a_return_keeps_the_other_units_at_their_work() {
    let story = a_case().filed().assigned_with(ROADS, &[WATER]).accepted_by(WATER);
    let water = story.assigned().unwrap().share(WATER).cloned();
    let again = story.returned_by(ROADS).after(hours(1)).assigned_with(PARKS, &[WATER]);
    assert_eq!(
        again.assigned().unwrap().share(WATER).cloned(),
        water,
        "neither its clock nor its state moved"
    );
    assert_eq!(again.assigned().unwrap().share(PARKS).unwrap().state, ShareState::Given);
    assert_eq!(again.assigned().unwrap().first_due, start() + hours(24), "the first lead's deadline counts");
}

#[test]
fn a_lead_at_work_is_not_taken_off_the_case() {
    let story = a_case().filed().assigned_to(ROADS);
    let other =
        Act::Assign { lead: order(WATER, story.now, 24), co: Vec::new(), route: RouteNote::default() };
    assert!(story.tries(desk(), &other).is_ok(), "as long as it has not accepted");
    assert_eq!(story.accepted_by(ROADS).tries(desk(), &other), Err(Refusal::LeadAtWork { unit: ROADS }));
}

#[test]
fn who_loses_its_share_no_longer_waits_for_more_time() {
    let story = a_case().filed().assigned_with(ROADS, &[WATER]).accepted_by(WATER);
    let asked = story.asked_for(WATER, hours(24));
    assert_eq!(asked.turn(), Turn::Postpone);
    let without = asked.assigned_to(ROADS);
    assert_eq!((without.turn(), without.side.asked.clone()), (Turn::Unit, None));
}

#[test]
fn a_case_is_handed_up_and_down_with_a_dispatch_clock_for_the_new_desk() {
    let story = a_case().filed().after(hours(1));
    let up =
        Act::HandUp { to: CITY, level: Level::City, reason: "跨区".to_owned(), due: due(story.now, 4) };
    let up = story.does(desk(), up);
    assert_eq!((up.side.desk, up.side.level), (CITY, Level::City));
    assert_eq!(up.due(), Some(due(up.now, 4)));
    let down =
        |to| Act::HandDown { to, level: Level::County, reason: "属地".to_owned(), due: due(up.now, 4) };
    assert_eq!(up.tries(desk(), &down(CITY)), Err(Refusal::ThereAlready));
    assert_eq!(up.tries(desk(), &down(COUNTY)).unwrap().side.desk, COUNTY);
}
