//! The law and `advance` agree for every step and act, and whoever is refused hears what is legal.

use std::collections::BTreeSet;

use super::build::{ROADS, Story, WATER, a_case, hours};
use super::chance::{fitted, someone};
use crate::case::{Act, ActName, LAW, Refusal, StepName};

/// At least two cases at each step, on hold and not.
fn cases() -> Vec<Story> {
    let at_work = a_case().filed().assigned_with(ROADS, &[WATER]).accepted_by(ROADS);
    let bounced = a_case().filed().assigned_to(ROADS).returned_by(ROADS);
    let decided = bounced.clone().assigned_to(WATER).returned_by(WATER).assigned_to(ROADS);
    let handled = a_case().mended_by(ROADS);
    let answered = handled.clone().passed().answered();
    let closed = a_case().closed();
    let appealed = Act::Appeal { unit: ROADS, reason: "申诉".to_owned() };
    vec![
        a_case(),
        a_case().verified(),
        a_case().filed(),
        a_case().filed().on_hold_for(hours(5)),
        bounced,
        a_case().filed().assigned_to(ROADS),
        at_work.clone().on_hold_for(hours(5)),
        at_work.clone().asked_for(ROADS, hours(5)),
        at_work,
        decided,
        handled.clone(),
        handled.clone().passed(),
        a_case().fixed_on_spot(),
        handled.sent_back(),
        answered.clone(),
        answered.clone().confirmed(),
        answered.reopened(),
        closed.clone(),
        closed.does(someone(1), appealed),
        a_case().does(someone(1), Act::Withdraw { reason: "撤".to_owned() }),
    ]
}

#[test]
fn every_cell_of_the_law_is_kept_by_advance() {
    let mut done: BTreeSet<(StepName, ActName)> = BTreeSet::new();
    for case in cases() {
        let at = case.step.name();
        // Late enough for whatever waits for a time.
        let story = case.after(hours(1000));
        for act in ActName::ALL.iter().copied() {
            let allowed = story.may(act);
            for way in 0..=255 {
                let answer = story.tries(someone(way), &fitted(&story, act, way, story.now));
                match (&allowed, answer) {
                    (Ok(()), Ok(_)) => drop(done.insert((at, act))),
                    (Ok(()), Err(no)) => assert!(
                        !matches!(no, Refusal::WrongStep { .. } | Refusal::OnHold { .. }),
                        "the law allows {act:?} at {at:?}: {no}"
                    ),
                    (Err(law), Err(no)) => assert_eq!(*law, no, "{act:?} at {at:?}"),
                    (Err(law), Ok(_)) => panic!("{act:?} at {at:?} was done against the law: {law}"),
                }
            }
        }
    }
    let written: BTreeSet<_> = LAW.iter().flat_map(|line| line.at.iter().map(|at| (*at, line.act))).collect();
    let never: Vec<_> = written.difference(&done).collect();
    assert!(never.is_empty(), "legal by the table, yet nothing did it: {never:?}");
    assert!(done.is_subset(&written));
}

#[test]
fn the_law_has_one_line_for_every_act_but_the_first() {
    let lines: Vec<ActName> = LAW.iter().map(|line| line.act).collect();
    assert_eq!(lines, ActName::ALL[1..]);
    assert_eq!(ActName::ALL[0], ActName::Report);
    let story = a_case();
    let again = Act::Report(story.reported().report.clone());
    assert_eq!(story.tries(someone(1), &again), Err(Refusal::Exists));
}

#[test]
fn an_illegal_act_says_which_acts_are_legal_now() {
    let closed = a_case().closed();
    let refusal = closed.tries(someone(1), &Act::Accept { unit: ROADS }).unwrap_err();
    let legal = vec![ActName::Link, ActName::Appeal, ActName::Note];
    assert_eq!(refusal, Refusal::WrongStep { at: StepName::Evaluated, act: ActName::Accept, legal });
}

#[test]
fn what_is_legal_is_exactly_what_the_law_may_allow() {
    for story in cases() {
        let may: Vec<_> = ActName::ALL.iter().copied().filter(|act| story.may(*act).is_ok()).collect();
        assert_eq!(story.legal(), may);
    }
}
