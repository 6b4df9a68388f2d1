//! Acts around the loop: refusing, merging, splitting, linking, withdrawing, urging, noting.

use super::build::{ROADS, a_case, case_id, desk, worker};
use crate::area::{Ancestors, Level};
use crate::case::{Act, ActName, By, EndedHow, Refusal, RefuseReason, Step, StepName, Turn};
use crate::id::{AreaChangeId, AreaId};

#[test]
fn a_merged_case_ends_and_the_other_goes_on_for_both() {
    let ended = a_case().does(desk(), Act::Merge { into: case_id(7) });
    assert_eq!((ended.step.name(), ended.turn()), (StepName::Ended, Turn::Nobody));
    assert_eq!(how(&ended.step), &EndedHow::Merged(case_id(7)));
    let other = a_case().filed().does(desk(), Act::Absorb { from: case_id(8) });
    assert_eq!((other.step.name(), &other.side.absorbed[..]), (StepName::Filed, &[case_id(8)][..]));
}

#[test]
fn a_case_on_hold_still_takes_in_another_report_of_the_same() {
    let held = a_case().filed().on_hold_for(super::build::hours(24));
    assert!(held.tries(desk(), &Act::Absorb { from: case_id(8) }).is_ok());
}

#[test]
fn what_is_answered_takes_in_no_more_reports() {
    let answered = a_case().mended_by(ROADS).passed().answered();
    let refusal = answered.tries(desk(), &Act::Absorb { from: case_id(8) }).unwrap_err();
    assert!(matches!(refusal, Refusal::WrongStep { at: StepName::Answered, act: ActName::Absorb, .. }));
}

#[test]
fn a_case_follows_its_area_at_every_open_step_and_nothing_else_of_it_moves() {
    let areas = Ancestors { township: Some(AreaId(33)), ..a_case().ancestors() };
    let act = Act::Relocate {
        change: AreaChangeId(case_id(1).0),
        areas,
        off_m: Some(7),
        desk: AreaId(33),
        level: Level::Township,
    };
    let held = a_case().filed().on_hold_for(super::build::hours(24));
    let answered = a_case().mended_by(ROADS).passed().answered();
    for story in [a_case(), a_case().filed(), held, a_case().mended_by(ROADS), answered] {
        let after = story.tries(By::SYSTEM, &act).unwrap();
        assert_eq!(
            (after.ancestors(), after.reported().place.off_m, after.side.desk),
            (areas, Some(7), AreaId(33))
        );
        assert_eq!(
            (after.due(), after.turn(), after.step.name()),
            (story.due(), story.turn(), story.step.name())
        );
        assert_eq!((after.wake_at(), after.version), (story.wake_at(), story.version + 1));
    }
    let ended = a_case().does(desk(), Act::Withdraw { reason: String::new() });
    assert!(
        matches!(ended.tries(By::SYSTEM, &act), Err(Refusal::WrongStep { .. })),
        "what is over stays where it was"
    );
}

#[test]
fn a_split_ends_a_case_for_at_least_two_others() {
    let story = a_case();
    let into = |parts: &[u128]| Act::Split { parts: parts.iter().map(|n| case_id(*n)).collect() };
    assert_eq!(story.tries(desk(), &into(&[1])), Err(Refusal::TooFewParts));
    assert_eq!(story.tries(desk(), &into(&[1, 0])), Err(Refusal::Itself));
    let ended = story.does(desk(), into(&[1, 2]));
    assert_eq!(how(&ended.step), &EndedHow::Split(vec![case_id(1), case_id(2)]));
}

#[test]
fn no_case_is_merged_with_linked_to_or_absorbed_by_itself() {
    let story = a_case();
    let itself = case_id(0);
    for act in [Act::Merge { into: itself }, Act::Link { to: itself }, Act::Absorb { from: itself }] {
        assert_eq!(story.tries(desk(), &act), Err(Refusal::Itself), "{}", act.name().as_str());
    }
}

#[test]
fn two_cases_are_linked_once_also_when_closed() {
    let link = Act::Link { to: case_id(7) };
    let linked = a_case().closed().does(desk(), link.clone()).does(desk(), link);
    assert_eq!(linked.side.links, [case_id(7)]);
    assert!(linked.is_closed());
}

#[test]
fn a_report_that_is_no_matter_for_the_city_is_refused_with_its_reason() {
    let act = Act::Refuse { reason: RefuseReason::NotFound, note: "现场未见".to_owned() };
    let ended = a_case().verified().does(desk(), act);
    assert_eq!(how(&ended.step), &EndedHow::Refused(RefuseReason::NotFound));
    assert_eq!((ended.stage(), ended.due(), ended.wake_at()), (1, None, None));
}

#[test]
fn a_report_is_withdrawn_only_until_a_unit_has_it() {
    let withdraw = Act::Withdraw { reason: "已自行解决".to_owned() };
    let filed = a_case().filed();
    assert_eq!(how(&filed.clone().does(worker(), withdraw.clone()).step), &EndedHow::Withdrawn);
    assert!(filed.assigned_to(ROADS).tries(worker(), &withdraw).is_err());
}

#[test]
fn urging_and_noting_move_no_clock() {
    let story = a_case().filed().assigned_to(ROADS);
    let (due, turn) = (story.due(), story.turn());
    let story = story.does(desk(), Act::Urge { note: "请尽快".to_owned() });
    let story = story.does(desk(), Act::Note { text: "已电话联系".to_owned() });
    assert_eq!((story.due(), story.turn(), story.side.urged), (due, turn, 1));
}

#[test]
fn what_a_case_has_learned_stays_known_after_it_ended() {
    let ended = a_case().filed().does(desk(), Act::Merge { into: case_id(7) });
    assert_eq!(ended.stage(), 2);
    assert_eq!(ended.class(), ended.case.filed().map(|f| &f.class));
    assert_eq!(ended.reported().text, "井盖缺失");
}

fn how(step: &Step) -> &EndedHow {
    let Step::Ended(ended) = step else { panic!("not ended") };
    &ended.how
}
