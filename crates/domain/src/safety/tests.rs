//! Starting, extending, ending, and what happens when nobody does.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn start() -> Timestamp {
    "2026-11-24T01:00:00Z".parse().unwrap()
}

fn running() -> Timer {
    let until = runs_until(start(), start(), 30).unwrap();
    Timer { started: start(), state: State::Running { until } }
}

#[test]
fn a_timer_that_ends_safe_tells_nobody() {
    let safe = running().after(&Act::Safe, start()).unwrap();
    assert_eq!((safe.state, safe.next()), (State::Safe, None));
    assert_eq!(safe.after(&Act::RunOut, start()), Err(TimerRefusal::Over));
}

#[test]
fn it_runs_a_bounded_time() {
    let now = start() + SignedDuration::from_hours(7);
    assert!(runs_until(start(), start(), 4).is_err() && runs_until(start(), start(), 241).is_err());
    assert!(runs_until(start(), now, 60).is_ok() && runs_until(start(), now, 61).is_err());
    assert!(runs_until(start(), start(), u32::MAX).is_err());
}

#[test]
fn nobody_ends_it_and_it_climbs_to_the_city_until_somebody_takes_it_on() {
    let mut timer = running();
    let mut told = Vec::new();
    for _ in 0..6 {
        let (when, act) = timer.next().unwrap();
        timer = timer.after(&act, when).unwrap();
        told.push((when.duration_since(start()).as_mins(), act));
    }
    let climb = |level| Act::Climb { level };
    assert_eq!(
        told,
        [
            (30, Act::RunOut),
            (40, climb(Level::Township)),
            (50, climb(Level::County)),
            (60, climb(Level::City)),
            (70, climb(Level::City)),
            (80, climb(Level::City)),
        ]
    );
    let who = PersonId(Uuid::from_u128(1));
    let taken = timer.after(&Act::Take { person: who }, start()).unwrap();
    assert_eq!(taken.next(), None);
    assert_eq!(taken.after(&Act::Take { person: who }, start()), Err(TimerRefusal::Taken));
    assert_eq!(taken.after(&Act::Close { safe: true }, start()).unwrap().state, State::Closed { safe: true });
}

#[test]
fn a_position_is_taken_only_after_an_alarm() {
    assert_eq!(running().after(&Act::Position, start()), Err(TimerRefusal::NoAlarm));
    let alarm = running().after(&Act::Alarm, start()).unwrap();
    assert!(alarm.after(&Act::Position, start()).is_ok());
    let until = start() + SignedDuration::from_hours(1);
    assert_eq!(alarm.after(&Act::Extend { until }, start()), Err(TimerRefusal::RanOut));
}

proptest! {
    /// Whatever is done in whatever order: an alarm that nobody took on always has a next moment.
    #[test]
    fn an_alarm_is_never_forgotten(throws in prop::collection::vec(0..8_u8, 0..30)) {
        let (mut timer, mut now) = (running(), start());
        for throw in throws {
            now += SignedDuration::from_mins(7);
            let act = match throw {
                0 => Act::Extend { until: now + SignedDuration::from_mins(30) },
                1 => Act::Safe,
                2 => Act::Alarm,
                3 => Act::RunOut,
                4 => Act::Position,
                5 => Act::Climb { level: Level::County },
                6 => Act::Take { person: PersonId(Uuid::from_u128(9)) },
                _ => Act::Close { safe: false },
            };
            if let Ok(after) = timer.after(&act, now) {
                timer = after;
            }
            let waits = matches!(timer.state, State::Running { .. } | State::Alarm { .. });
            prop_assert_eq!(timer.next().is_some(), waits);
        }
    }
}
