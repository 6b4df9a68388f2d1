//! Laws that hold whatever people do: replay, closed cases, versions, clocks.

use proptest::prelude::*;

use super::build::{a_case, case_id};
use super::chance::{played, someone, thrown, throws};
use crate::case::{Act, ActName, Case, Step, StepName};

proptest! {
    #[test]
    fn replaying_the_log_gives_the_state(throws in throws()) {
        let story = played(&throws);
        let replayed = Case::replay(case_id(0), story.log.clone()).unwrap();
        prop_assert_eq!(replayed.as_ref(), Some(&story.case));
    }

    #[test]
    fn replaying_the_written_log_gives_the_state(throws in throws()) {
        let story = played(&throws);
        let written = story.log.iter().map(|(at, by, act)| {
            let act: Act = serde_json::from_str(&serde_json::to_string(act).unwrap()).unwrap();
            (*at, serde_json::from_str(&serde_json::to_string(by).unwrap()).unwrap(), act)
        });
        let replayed = Case::replay(case_id(0), written).unwrap();
        prop_assert_eq!(replayed.as_ref(), Some(&story.case));
    }

    #[test]
    fn a_closed_case_never_moves(throws in throws(), more in throws()) {
        let mut story = played(&throws);
        for throw in more {
            let closed = story.is_closed().then(|| story.step.clone());
            let (by, act) = thrown(&story, throw, story.now);
            let Ok(after) = story.tries(by, &act) else { continue };
            if let Some(step) = closed {
                let allowed = [ActName::Note, ActName::Link, ActName::Appeal, ActName::DecideAppeal];
                prop_assert!(allowed.contains(&act.name()), "{act:?}");
                prop_assert_eq!(step, after.step);
            }
            story = story.does(by, act);
        }
    }

    #[test]
    fn versions_rise_by_one(throws in throws()) {
        let mut story = a_case();
        for throw in throws {
            let (by, act) = thrown(&story, throw, story.now);
            let Ok(after) = story.tries(by, &act) else { continue };
            prop_assert_eq!(after.version, story.version + 1);
            story = story.does(by, act);
        }
        prop_assert_eq!(story.version as usize, story.log.len());
    }

    #[test]
    fn work_that_is_open_always_has_a_clock_or_a_time_to_wake(throws in throws()) {
        let story = played(&throws);
        if story.is_closed() {
            prop_assert_eq!((story.due(), story.wake_at()), (None, None));
        } else {
            let silent = story.side.warned_pct >= 200;
            prop_assert!(story.wake_at().is_some() || silent, "{:?}", story.step.name());
            let waits = story.side.hold.is_some() || story.step.name() == StepName::Answered;
            prop_assert_eq!(story.due().is_none(), waits);
        }
    }

    #[test]
    fn no_checked_case_was_checked_by_a_handler(throws in throws()) {
        let story = played(&throws);
        let passed = story.log.iter().rev().find_map(|(_, by, act)| match act {
            Act::Check { passed: true, .. } => Some(*by),
            _ => None,
        });
        if let (Step::Evaluated(_) | Step::Answered(_), Some(checker)) = (&story.step, passed) {
            for handler in &story.handled().unwrap().handlers {
                prop_assert!(handler.person.is_none() || handler.person != checker.person);
                prop_assert!(handler.unit.is_none() || handler.unit != checker.unit);
            }
        }
    }

    #[test]
    fn acts_are_read_back_as_they_were_written(throws in throws()) {
        for (_, by, act) in played(&throws).log {
            let text = serde_json::to_string(&act).unwrap();
            let read: Act = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read, &act);
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
            prop_assert_eq!(serde_json::from_str::<crate::case::By>(&serde_json::to_string(&by).unwrap()).unwrap(), by);
        }
    }

    #[test]
    fn a_point_is_read_back_to_the_last_bit(lng in -180.0..180.0_f64, lat in -90.0..90.0_f64) {
        let mut report = super::build::a_report(super::build::start());
        report.place.point = Some(crate::geo::LngLat { lng, lat });
        let act = Act::Report(Box::new(report));
        prop_assert_eq!(serde_json::from_str::<Act>(&serde_json::to_string(&act).unwrap()).unwrap(), act);
    }
}

#[test]
fn chance_reaches_every_step_and_every_act() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let stories: Vec<_> =
        (0..2000).map(|_| played(&throws().new_tree(&mut runner).unwrap().current())).collect();
    for step in StepName::ALL {
        assert!(stories.iter().any(|s| s.step.name() == *step), "chance never ends at {step:?}");
    }
    for act in ActName::ALL {
        let seen = stories.iter().any(|s| s.log.iter().any(|(_, _, done)| done.name() == *act));
        assert!(seen, "chance never did {act:?}");
    }
    assert!(someone(0).person.is_none() && someone(4).person.is_some());
}
