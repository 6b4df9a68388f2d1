//! When visits are due, the ladder, walks and rounds.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::care::{Basis, Category, ConsentForm, Consenter, Need, Terms, add};
use crate::geo::{LngLat, distance_m};
use crate::id::{AreaId, VisitId};

/// A Thursday.
const LAST: Date = date(2026, 11, 12);

fn terms() -> Terms {
    Terms {
        category: Category::OlderAlone,
        basis: Basis::Consent { by: Consenter::Person, form: ConsentForm::Written, on: LAST },
        purpose: "看望".into(),
        needs: BTreeSet::from([Need::Company]),
        every_days: 10,
        review: date(2027, 2, 1),
        expiry: date(2027, 11, 1),
    }
}

fn saw(sign: Sign, grade: Grade) -> Observations {
    Observations { signs: [(sign, grade)].into(), pressure: None }
}

fn due(steady: Steady, why: PlanReason, conditions: &Conditions<'_>) -> Planned {
    next_visit(&terms(), steady, why, LAST, LAST, conditions)
}

#[test]
fn a_worse_observation_moves_the_next_visit_closer_and_calm_brings_it_back() {
    let good = saw(Sign::Spirits, Grade::Good);
    let fair = saw(Sign::Spirits, Grade::Fair);
    let (steady, why) = interval(&terms(), Steady::default(), &good, None);
    assert_eq!((steady.days, why), (10, PlanReason::Agreed));
    let (steady, why) = interval(&terms(), steady, &fair, Some(&good));
    assert_eq!((steady.days, why), (5, PlanReason::Worse));
    let (steady, why) = interval(&terms(), steady, &saw(Sign::Meals, Grade::Poor), Some(&fair));
    assert_eq!((steady.days, why), (2, PlanReason::Poor));
    let mut calm = steady;
    let mut days = Vec::new();
    for _ in 0..15 {
        calm = interval(&terms(), calm, &good, Some(&good)).0;
        days.push(calm.days);
    }
    assert_eq!(days, [2, 2, 3, 3, 3, 5, 5, 5, 8, 8, 8, 10, 10, 10, 10]);
}

#[test]
fn needs_and_categories_bound_what_was_agreed() {
    let mut terms = terms();
    terms.needs.insert(Need::Medicine);
    let (steady, _) = interval(&terms, Steady::default(), &Observations::default(), None);
    assert_eq!(steady.days, 7);
    terms.category = Category::ChildAtRisk;
    terms.every_days = 5;
    let (steady, _) = interval(&terms, Steady::default(), &Observations::default(), None);
    assert_eq!(steady.days, 5);
}

#[test]
fn a_high_pressure_is_poor_and_nonsense_is_refused() {
    let measured = |systolic, diastolic| Observations {
        pressure: Some(Pressure { systolic, diastolic }),
        ..Observations::default()
    };
    assert!(measured(182, 95).is_poor() && measured(150, 110).is_poor() && !measured(150, 95).is_poor());
    assert!(Pressure { systolic: 80, diastolic: 120 }.fault().is_some());
    assert!(Pressure { systolic: 0, diastolic: 0 }.fault().is_some());
    assert!(Pressure { systolic: 128, diastolic: 82 }.fault().is_none());
}

#[test]
fn a_warning_brings_the_visit_before_it_comes() {
    let steady = Steady { days: 10, good: 0 };
    let cold =
        |level| Warning { peril: Peril::Cold, level, from: date(2026, 11, 18), to: date(2026, 11, 20) };
    let plain = Conditions::default();
    assert_eq!(due(steady, PlanReason::Agreed, &plain).due, date(2026, 11, 22));
    let orange = [cold(WarningLevel::Orange)];
    let planned = due(steady, PlanReason::Agreed, &Conditions { warnings: &orange, ..plain.clone() });
    assert_eq!((planned.due, planned.because[0]), (date(2026, 11, 17), PlanReason::Weather));
    let yellow = [cold(WarningLevel::Yellow)];
    let planned = due(steady, PlanReason::Agreed, &Conditions { warnings: &yellow, ..plain.clone() });
    assert_eq!(planned.due, date(2026, 11, 18));
    let blue = [cold(WarningLevel::Blue)];
    assert_eq!(
        due(steady, PlanReason::Agreed, &Conditions { warnings: &blue, ..plain.clone() }).due,
        date(2026, 11, 22)
    );
    let smog = [Warning { peril: Peril::Smog, ..cold(WarningLevel::Red) }];
    assert_eq!(
        due(steady, PlanReason::Agreed, &Conditions { warnings: &smog, ..plain }).due,
        date(2026, 11, 22)
    );
}

#[test]
fn a_visit_due_within_a_long_holiday_comes_before_it() {
    let steady = Steady { days: 10, good: 0 };
    let off: Vec<Date> = (20..=24).map(|day| date(2026, 11, day)).collect();
    let planned = due(steady, PlanReason::Agreed, &Conditions { warnings: &[], days_off: &off });
    assert_eq!((planned.due, planned.because[0]), (date(2026, 11, 19), PlanReason::Holiday));
    // A weekend is no holiday, and whoever needs a look every other day gets it on days off, too.
    let weekend = [date(2026, 11, 22), date(2026, 11, 21)];
    assert_eq!(
        due(steady, PlanReason::Agreed, &Conditions { warnings: &[], days_off: &weekend }).due,
        date(2026, 11, 22)
    );
    let daily = Steady { days: 1, good: 0 };
    let all_off: Vec<Date> = (12..=24).map(|day| date(2026, 11, day)).collect();
    assert_eq!(
        due(daily, PlanReason::Poor, &Conditions { warnings: &[], days_off: &all_off }).due,
        date(2026, 11, 13)
    );
}

#[test]
fn the_ladder_leaves_out_rungs_without_anybody_and_ends_with_a_welfare_check() {
    let all = Ways { neighbour: true, kin: true, pressing: false };
    let climbed =
        |ways: Ways| std::iter::successors(Some(Rung::Again), |rung| rung.next(ways)).collect::<Vec<_>>();
    assert_eq!(climbed(all), Rung::ALL);
    let none = Ways::default();
    assert_eq!(climbed(none), [Rung::Again, Rung::Desk, Rung::WelfareCheck]);
    let now: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
    assert_eq!(Rung::Kin.until(now, all).to_string(), "2026-11-24T06:00:00Z");
    let pressing = Ways { pressing: true, ..all };
    assert_eq!(Rung::Kin.until(now, pressing).to_string(), "2026-11-24T04:00:00Z");
}

#[test]
fn a_visit_that_is_over_takes_nothing_more() {
    let now: Timestamp = "2026-11-24T02:00:00Z".parse().unwrap();
    let planned = Visit { state: State::Planned, due: LAST, reminded: false };
    let lost = planned.after(&Act::NotReached { rung: Rung::Again, until: now }, LAST).unwrap();
    assert_eq!(
        lost.after(&Act::NotReached { rung: Rung::Again, until: now }, LAST),
        Err(VisitRefusal::Searching)
    );
    let climbed = lost.after(&Act::Climb { to: Rung::Kin, until: now }, LAST).unwrap();
    assert!(climbed.after(&Act::Climb { to: Rung::Neighbour, until: now }, LAST).is_err());
    let found =
        climbed.after(&Act::Find { found: Found::Well, sealed: String::new(), next: None }, LAST).unwrap();
    assert_eq!(found.state, State::Found(Found::Well));
    for act in
        [Act::Drop, Act::Move { from: AreaId(1), to: AreaId(2) }, Act::Replan { due: LAST, because: vec![] }]
    {
        assert_eq!(found.after(&act, LAST), Err(VisitRefusal::Over { at: "found" }));
    }
    assert_eq!(
        planned.after(&Act::Find { found: Found::Well, sealed: String::new(), next: None }, LAST),
        Err(VisitRefusal::NotSearching)
    );
    let yesterday = Act::Replan { due: add(LAST, -1), because: vec![] };
    assert_eq!(planned.after(&yesterday, LAST), Err(VisitRefusal::InThePast));
}

fn points(n: usize) -> impl Strategy<Value = Vec<LngLat>> {
    prop::collection::vec((0..200_u32, 0..200_u32), 0..=n).prop_map(|all| {
        let at =
            |(x, y): (u32, u32)| LngLat { lng: 116.0 + f64::from(x) / 1e4, lat: 36.0 + f64::from(y) / 1e4 };
        all.into_iter().map(at).collect()
    })
}

const START: LngLat = LngLat { lng: 116.01, lat: 36.01 };

fn length(start: LngLat, stops: &[LngLat], order: &[usize]) -> f64 {
    let mut here = start;
    let mut sum = 0.0;
    for at in order {
        sum += distance_m(here, stops[*at]);
        here = stops[*at];
    }
    sum
}

/// The shortest of all orders, by trying them.
fn shortest(start: LngLat, stops: &[LngLat]) -> f64 {
    fn go(here: LngLat, stops: &[LngLat], left: &mut Vec<usize>) -> f64 {
        let mut best = if left.is_empty() { 0.0 } else { f64::INFINITY };
        for at in 0..left.len() {
            let next = left.remove(at);
            best = best.min(distance_m(here, stops[next]) + go(stops[next], stops, left));
            left.insert(at, next);
        }
        best
    }
    go(start, stops, &mut (0..stops.len()).collect())
}

fn stops() -> impl Strategy<Value = Vec<Stop>> {
    prop::collection::vec((0..200_u32, 0..200_u32, -5..20_i32, 0..4_u16, prop::bool::weighted(0.1)), 0..60)
        .prop_map(|all| {
            let stop = |(n, (x, y, due, slack, urgent)): (usize, (u32, u32, i32, u16, bool))| Stop {
                id: VisitId(Uuid::from_u128(n as u128 + 1)),
                near: (x > 10)
                    .then_some(LngLat { lng: 116.0 + f64::from(x) / 1e4, lat: 36.0 + f64::from(y) / 1e4 }),
                due: add(LAST, due),
                slack,
                urgent,
            };
            all.into_iter().enumerate().map(stop).collect()
        })
}

fn round() -> Round {
    Round { days: (0..5).map(|n| add(LAST, n)).collect(), at_most: 6, start: Some(START) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_walk_visits_every_stop_once_and_is_near_the_shortest(stops in points(7), from_start in any::<bool>()) {
        let start = from_start.then_some(START);
        let (order, metres) = walk(start, &stops);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..stops.len()).collect::<Vec<_>>());
        prop_assert_eq!(&order, &walk(start, &stops).0);
        if from_start {
            let best = shortest(START, &stops);
            prop_assert!(metres <= best * 1.25 + 2.0, "{} of {}", metres, best);
            prop_assert!((metres - length(START, &stops, &order)).abs() <= 0.01 * metres + 1.0);
        }
    }

    #[test]
    fn a_round_loses_nobody_and_keeps_to_the_days_number(stops in stops()) {
        let (days, left) = plan_round(&round(), &stops);
        let mut planned: Vec<VisitId> = days.iter().flat_map(|day| day.stops.clone()).chain(left.clone()).collect();
        planned.sort_unstable();
        prop_assert_eq!(planned, stops.iter().map(|it| it.id).collect::<Vec<_>>());
        for day in &days {
            let of = |id: &VisitId| stops.iter().find(|it| it.id == *id).unwrap();
            prop_assert!(day.stops.iter().filter(|id| !of(id).urgent).count() <= 6);
            for stop in day.stops.iter().map(of).filter(|it| !it.urgent) {
                prop_assert!(crate::care::days_between(day.day, stop.due) <= i32::from(stop.slack));
                prop_assert_eq!(day.late.contains(&stop.id), stop.due < day.day);
            }
        }
        // What is left is due beyond the days, or every day that may take it is full.
        for stop in stops.iter().filter(|it| left.contains(&it.id)) {
            prop_assert!(!stop.urgent);
            let open = days.iter().any(|day| day.day >= stop.due && day.stops.len() < 6);
            prop_assert!(!open, "{:?}", stop);
        }
    }

    #[test]
    fn the_same_visits_give_the_same_round_in_whatever_order(stops in stops(), seed in any::<u64>()) {
        let mut other = stops.clone();
        other.sort_by_key(|it| it.id.0.as_u128().wrapping_mul(u128::from(seed | 1)));
        prop_assert_eq!(plan_round(&round(), &stops), plan_round(&round(), &other));
    }
}
