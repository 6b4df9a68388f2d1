//! Once round the loop, and the ways back: rework, reopening, appeal, a fix on the spot.

use super::build::{ROADS, WATER, a_case, desk, due, hours, of, start, worker};
use crate::case::{Act, By, Check, Evaluated, Refusal, Share, ShareState, Step, StepName, Turn};

#[test]
fn six_steps_lead_from_the_report_to_the_evaluation() {
    let story = a_case();
    assert_eq!((story.stage(), story.turn()), (1, Turn::Verify));
    let story = story.verified();
    assert_eq!((story.stage(), story.turn()), (1, Turn::Desk));
    let story = story.filed();
    assert_eq!((story.stage(), story.turn()), (2, Turn::Desk));
    let story = story.assigned_to(ROADS);
    assert_eq!((story.stage(), story.turn()), (3, Turn::Unit));
    let story = story.accepted_by(ROADS);
    assert_eq!((story.stage(), story.turn()), (4, Turn::Unit));
    let story = story.handled_by(ROADS);
    assert_eq!((story.stage(), story.turn()), (4, Turn::Check));
    let story = story.passed();
    assert_eq!((story.stage(), story.turn()), (4, Turn::Desk));
    let story = story.answered();
    assert_eq!((story.stage(), story.turn()), (5, Turn::Reporter));
    let story = story.confirmed().evaluated();
    assert_eq!((story.stage(), story.turn()), (6, Turn::Nobody));
    assert!(story.is_closed());
    assert_eq!((story.due(), story.wake_at()), (None, None));
    assert_eq!(story.version, 10);
}

#[test]
fn each_stage_runs_its_own_clock() {
    let at = |story: &super::build::Story| story.due().map(|d| d.at);
    let story = a_case();
    assert_eq!(at(&story), Some(start() + hours(1)));
    let story = story.verified();
    assert_eq!(at(&story), Some(start() + hours(2)));
    let story = story.filed();
    assert_eq!(at(&story), Some(start() + hours(4)));
    let story = story.assigned_to(ROADS);
    assert_eq!(at(&story), Some(start() + hours(2)), "to accept");
    let story = story.accepted_by(ROADS);
    assert_eq!(at(&story), Some(start() + hours(24)), "to be done");
    let story = story.handled_by(ROADS);
    assert_eq!(at(&story), Some(start() + hours(8)), "to be checked");
    let story = story.passed();
    assert_eq!(at(&story), Some(start() + hours(6)), "to be answered");
    let story = story.answered();
    assert_eq!(at(&story), None);
    assert_eq!(story.wake_at(), Some(start() + hours(7 * 24)), "the reporter's silence is not a delay");
}

#[test]
fn the_checker_is_never_the_handler() {
    let handled = a_case().mended_by(ROADS);
    let check = handled.check(true);
    assert_eq!(handled.tries(of(ROADS), &check), Err(Refusal::CheckerHandled));
    let of_the_same_unit = By { person: Some(super::build::person(777)), ..of(ROADS) };
    assert_eq!(handled.tries(of_the_same_unit, &check), Err(Refusal::CheckerHandled));
    let the_same_person_elsewhere = By { unit: None, ..of(ROADS) };
    assert_eq!(handled.tries(the_same_person_elsewhere, &check), Err(Refusal::CheckerHandled));
    assert!(handled.tries(of(WATER), &check).is_ok());
    assert!(handled.tries(desk(), &check).is_ok());
}

#[test]
fn every_co_unit_counts_as_a_handler_too() {
    let handled = a_case()
        .filed()
        .assigned_with(ROADS, &[WATER])
        .accepted_by(ROADS)
        .accepted_by(WATER)
        .handled_by(WATER)
        .handled_by(ROADS);
    for unit in [ROADS, WATER] {
        assert_eq!(handled.tries(of(unit), &handled.check(true)), Err(Refusal::CheckerHandled));
    }
}

#[test]
fn rework_keeps_the_first_deadline() {
    let handled = a_case().mended_by(ROADS);
    let first = handled.handle_due(ROADS);
    let again = handled.after(hours(30)).sent_back();
    assert_eq!(again.step.name(), StepName::Assigned);
    assert_eq!(again.handle_due(ROADS), first);
    assert_eq!(again.assigned().unwrap().first_due, first.at);
    assert!(again.is_overdue(again.now), "the first deadline has passed meanwhile");
    assert_eq!(again.side.reworks, 1);
    assert!(matches!(again.assigned().unwrap().shares[..], [Share { state: ShareState::Accepted(_), .. }]));
}

#[test]
fn nothing_is_answered_before_the_check_has_passed() {
    let handled = a_case().mended_by(ROADS);
    let answer = Act::Answer { text: "已处理".to_owned(), wait_until: handled.now + hours(24) };
    assert_eq!(handled.tries(desk(), &answer), Err(Refusal::CheckOpen));
    let passed = handled.passed();
    assert_eq!(passed.tries(desk(), &passed.check(false)), Err(Refusal::CheckPassed));
    assert!(passed.tries(desk(), &answer).is_ok());
}

#[test]
fn the_reporter_s_silence_closes_when_the_waiting_time_is_over_and_not_before() {
    let answered = a_case().mended_by(ROADS).passed().answered();
    let early = answered.clone().after(hours(7 * 24 - 1));
    assert_eq!(early.tries(By::SYSTEM, &Act::Evaluate), Err(Refusal::StillWaiting));
    assert!(answered.after(hours(7 * 24)).evaluated().is_closed());
}

#[test]
fn the_reporter_s_word_closes_at_once_and_cannot_be_taken_back() {
    let confirmed = a_case().mended_by(ROADS).passed().answered().confirmed();
    let reopen = Act::Reopen { reason: "又坏了".to_owned(), due: due(confirmed.now, 4) };
    assert_eq!(confirmed.tries(worker(), &reopen), Err(Refusal::AlreadyConfirmed));
    assert!(confirmed.evaluated().is_closed());
}

#[test]
fn a_reopened_case_waits_for_the_dispatcher_and_keeps_its_first_deadline_on_record() {
    let answered = a_case().mended_by(ROADS).passed().answered();
    let first = answered.assigned().unwrap().first_due;
    let reopened = answered.after(hours(48)).reopened();
    assert_eq!((reopened.step.name(), reopened.turn()), (StepName::Filed, Turn::Desk));
    assert_eq!(reopened.due(), Some(due(reopened.now, 4)));
    assert_eq!(reopened.case.filed().unwrap().first_due, Some(first));
    let again = reopened.assigned_to(WATER);
    assert_eq!(again.handle_due(WATER), due(again.now, 24), "the new unit has time of its own");
    assert_eq!(again.assigned().unwrap().first_due, first);
    let closed = again.accepted_by(WATER).handled_by(WATER).passed().answered().confirmed().evaluated();
    assert_eq!(closed.side.reopens, 1);
    assert!(!evaluated(&closed).is_on_time());
}

#[test]
fn work_done_by_its_deadline_is_on_time() {
    assert!(evaluated(&a_case().closed()).is_on_time());
    let late = a_case().filed().assigned_to(ROADS).accepted_by(ROADS).after(hours(25)).handled_by(ROADS);
    assert!(!evaluated(&late.passed().answered().confirmed().evaluated()).is_on_time());
}

fn evaluated(story: &super::build::Story) -> &Evaluated {
    let Step::Evaluated(evaluated) = &story.step else { panic!("not evaluated") };
    evaluated
}

#[test]
fn what_a_worker_mends_on_the_spot_is_still_checked_by_another() {
    let fixed = a_case().fixed_on_spot();
    assert_eq!((fixed.step.name(), fixed.turn()), (StepName::Handled, Turn::Check));
    assert_eq!(fixed.tries(worker(), &fixed.check(true)), Err(Refusal::CheckerHandled));
    let passed = fixed.passed();
    assert!(matches!(passed.handled().unwrap().check, Check::Passed { .. }));
    assert!(passed.answered().confirmed().evaluated().is_closed());
}

#[test]
fn a_fix_on_the_spot_that_does_not_hold_goes_to_the_dispatcher() {
    let back = a_case().fixed_on_spot().sent_back();
    assert_eq!((back.step.name(), back.turn()), (StepName::Filed, Turn::Desk));
    assert_eq!(back.due(), Some(due(back.now, 6)));
    assert!(back.assigned_to(ROADS).accepted_by(ROADS).handled_by(ROADS).passed().answered().due().is_none());
}

#[test]
fn an_evaluation_is_appealed_against_once_and_the_appeal_decided_once() {
    let decide = Act::DecideAppeal { upheld: true, note: "理由成立".to_owned() };
    let appeal = Act::Appeal { unit: ROADS, reason: "非本单位原因".to_owned() };
    let closed = a_case().closed();
    assert_eq!(closed.tries(desk(), &decide), Err(Refusal::NoAppeal));
    let appealed = closed.does(of(ROADS), appeal.clone());
    assert_eq!(appealed.tries(of(ROADS), &appeal), Err(Refusal::AppealedAlready));
    let decided = appealed.does(desk(), decide.clone());
    assert_eq!(decided.side.appeal.as_ref().unwrap().upheld, Some(true));
    assert_eq!(decided.tries(desk(), &decide), Err(Refusal::NoAppeal));
    assert!(decided.is_closed());
}
