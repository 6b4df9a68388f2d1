//! Time that stands still or is given: holds, postponements, warnings.

use super::build::{ROADS, WATER, a_case, desk, hours, later, of, start};
use crate::area::Level;
use crate::case::{Act, By, Refusal, Turn};

#[test]
fn a_case_on_hold_has_no_clock_and_refuses_work() {
    let held = a_case().filed().assigned_to(ROADS).on_hold_for(hours(72));
    assert_eq!(held.due(), None);
    assert!(!held.is_overdue(held.now + hours(1000)));
    let accept = Act::Accept { unit: ROADS };
    let refusal = held.tries(of(ROADS), &accept).unwrap_err();
    assert_eq!(refusal, Refusal::OnHold { act: accept.name(), legal: held.legal() });
}

#[test]
fn a_hold_moves_every_open_share_s_clock() {
    let story = a_case()
        .filed()
        .assigned_with(ROADS, &[WATER])
        .accepted_by(ROADS)
        .accepted_by(WATER)
        .on_hold_for(hours(72))
        .resumed_after(hours(10));
    assert_eq!(story.handle_due(ROADS).at, start() + hours(34));
    assert_eq!(story.handle_due(WATER).at, start() + hours(58));
    assert_eq!(story.assigned().unwrap().first_due, start() + hours(34), "the deadline that counts too");
    assert_eq!(story.side.pauses.len(), 1);
}

#[test]
fn a_hold_leaves_a_done_share_as_it_was() {
    let story = a_case().filed().assigned_with(ROADS, &[WATER]).accepted_by(ROADS).handled_by(ROADS);
    let done = story.handle_due(ROADS);
    let story = story.on_hold_for(hours(72)).resumed_after(hours(10));
    assert_eq!(story.handle_due(ROADS), done);
    assert_eq!(story.handle_due(WATER).at, start() + hours(58));
    assert_eq!(story.assigned().unwrap().first_due, done.at);
}

#[test]
fn a_hold_at_the_desk_moves_the_dispatch_clock_and_the_units_that_wait() {
    let story = a_case().filed().assigned_with(ROADS, &[WATER]).accepted_by(WATER).returned_by(ROADS);
    let (dispatch, water) = (story.due().unwrap(), story.open_shares().next().unwrap().handle);
    let story = story.on_hold_for(hours(72)).resumed_after(hours(10));
    assert_eq!(story.due(), Some(later(dispatch, hours(10))));
    let again = story.assigned_with(ROADS, &[WATER]);
    assert_eq!(again.handle_due(WATER), later(water, hours(10)));
}

#[test]
fn a_hold_expires_by_itself_and_not_before_its_time() {
    let held = a_case().filed().on_hold_for(hours(72));
    assert_eq!(held.wake_at(), Some(start() + hours(72)));
    let early = held.clone().after(hours(71));
    let wake = Act::Wake { moved: early.moved(hours(71)) };
    assert_eq!(early.tries(By::SYSTEM, &wake), Err(Refusal::TooEarly));
    let then = held.after(hours(72));
    let wake = Act::Wake { moved: then.moved(hours(72)) };
    let awake = then.does(By::SYSTEM, wake);
    assert_eq!(awake.due().unwrap().at, start() + hours(76));
    assert_eq!(awake.tries(desk(), &Act::Resume { moved: awake.moved(hours(0)) }), Err(Refusal::NotOnHold));
}

#[test]
fn a_hold_ends_in_the_future() {
    let story = a_case().filed();
    let act = Act::Suspend { until: story.now, reason: "等".to_owned() };
    assert_eq!(story.tries(desk(), &act), Err(Refusal::InThePast));
}

#[test]
fn a_granted_postponement_moves_the_deadline_that_counts() {
    let asked = a_case().filed().assigned_to(ROADS).accepted_by(ROADS).asked_for(ROADS, hours(12));
    assert_eq!(asked.due().unwrap().at, start() + hours(24), "asking moves nothing");
    assert_eq!(asked.turn(), Turn::Postpone);
    let granted = asked.granted();
    assert_eq!(granted.handle_due(ROADS).at, start() + hours(36));
    assert_eq!(granted.assigned().unwrap().first_due, start() + hours(36));
    assert_eq!((granted.side.postponed, granted.turn()), (1, Turn::Unit));
    let mended = granted.after(hours(30)).handled_by(ROADS).passed().answered().confirmed().evaluated();
    let crate::case::Step::Evaluated(evaluated) = &mended.step else { panic!("not evaluated") };
    assert!(evaluated.is_on_time());
}

#[test]
fn a_co_unit_s_postponement_leaves_the_deadline_that_counts() {
    let story = a_case().filed().assigned_to(ROADS).after(hours(1)).returned_by(ROADS);
    let story = story.assigned_with(ROADS, &[WATER]).accepted_by(WATER);
    let granted = story.asked_for(WATER, hours(12)).granted();
    assert_eq!(granted.assigned().unwrap().first_due, start() + hours(24));
}

#[test]
fn a_denied_postponement_moves_nothing() {
    let story = a_case().filed().assigned_to(ROADS).accepted_by(ROADS);
    let before = story.handle_due(ROADS);
    let denied = story.asked_for(ROADS, hours(12)).denied();
    assert_eq!(denied.handle_due(ROADS), before);
    assert_eq!((denied.side.postponed, denied.turn()), (0, Turn::Unit));
}

#[test]
fn a_postponement_is_asked_for_by_the_unit_at_work_for_a_later_time_one_at_a_time() {
    let given = a_case().filed().assigned_to(ROADS);
    let ask = |until| Act::AskPostpone { unit: ROADS, until, reason: "等配件".to_owned() };
    let later = ask(start() + hours(25));
    assert_eq!(given.tries(of(ROADS), &later), Err(Refusal::NotAccepted { unit: ROADS }));
    let accepted = given.accepted_by(ROADS);
    assert_eq!(accepted.tries(of(ROADS), &ask(start() + hours(24))), Err(Refusal::NotLater));
    let nothing = Act::DecidePostpone { granted: false, due: None, note: String::new() };
    assert_eq!(accepted.tries(desk(), &nothing), Err(Refusal::NothingAsked));
    let asked = accepted.does(of(ROADS), later.clone());
    assert_eq!(asked.tries(of(ROADS), &later), Err(Refusal::AskedAlready));
    let grant = Act::DecidePostpone { granted: true, due: None, note: String::new() };
    assert_eq!(asked.tries(desk(), &grant), Err(Refusal::DueMissing), "a grant says until when");
}

#[test]
fn a_clock_warns_at_50_80_100_and_200_percent_and_a_new_clock_from_the_start() {
    let mut story = a_case();
    for (share_pct, minutes) in [(50, 30), (80, 48), (100, 60), (200, 120)] {
        let at = start() + jiff::SignedDuration::from_mins(minutes);
        assert_eq!(story.wake_at(), Some(at), "{share_pct} %");
        story = story.does(By::SYSTEM, Act::Warn { share_pct, level: Level::County });
        assert_eq!(story.side.escalated.is_some(), share_pct >= 100, "escalation begins at the deadline");
    }
    assert_eq!(story.wake_at(), None);
    let filed = story.filed();
    assert_eq!((filed.side.warned_pct, filed.side.escalated), (0, None));
    assert_eq!(filed.wake_at(), Some(start() + hours(2)));
}
