//! What an assessment promises: it adds up, equals are equal, and it is the same whenever it is made again.

use super::appeal::{AppealRefusal, last_day, may_ask, may_decide};
use super::measure::{Measure, N_MEASURES, Tally};
use super::print::tenths;
use super::rank::{is_ahead, shared};
use super::recipe::{Recipe, RecipeDoc};
use super::reckon::{Subject, reckon};
use super::{AppealFacts, AppealState, Book, Row, Stock, alarm};
use crate::id::{AreaId, PersonId, UnitId};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn recipe() -> Recipe {
    Recipe::read(&RecipeDoc::plain()).unwrap()
}

fn subject(group: u32, load: u32, told: &[(Measure, u32, i32)]) -> Subject {
    let mut tallies = [Tally::default(); N_MEASURES];
    for (measure, n, good) in told {
        tallies[*measure as usize] = Tally { n: *n, good: *good };
    }
    Subject { group, tallies, load, gate: None }
}

fn some_subjects() -> impl Strategy<Value = Vec<Subject>> {
    let tally = (0..80_u32, 0.0..=1.0_f64);
    let one = (prop::collection::vec(tally, N_MEASURES), 0..3_u32, 0..200_u32);
    prop::collection::vec(one, 1..60).prop_map(|all| {
        all.into_iter()
            .map(|(told, group, load)| {
                let mut tallies = [Tally::default(); N_MEASURES];
                for (tally, (n, share)) in tallies.iter_mut().zip(told) {
                    *tally = Tally { n, good: (f64::from(n) * share).round() as i32 };
                }
                Subject { group, tallies, load, gate: None }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn printed_values_sum_to_the_printed_sum_and_are_each_within_a_tenth(
        values in prop::collection::vec(-40.0..60.0_f64, 1..14),
    ) {
        let printed = tenths(&values);
        let sum: f64 = values.iter().sum();
        prop_assert_eq!(printed.iter().sum::<i64>(), (values.iter().map(|it| it * 10.0).sum::<f64>()).round() as i64);
        prop_assert!((printed.iter().sum::<i64>() as f64 / 10.0 - sum).abs() < 0.051);
        for (value, tenths) in values.iter().zip(&printed) {
            prop_assert!((value * 10.0 - *tenths as f64).abs() <= 1.0);
        }
    }

    #[test]
    fn lines_of_every_score_sum_exactly_to_it(subjects in some_subjects()) {
        let recipe = recipe();
        for score in reckon(&recipe.worker, recipe.workload_cap, &subjects, &subjects).into_iter().flatten() {
            let (total, load, pull) = score.printed;
            let lines: i64 = score.lines.iter().flatten().map(|it| it.printed).sum();
            prop_assert_eq!(lines + load + pull, total);
            prop_assert_eq!(total, (score.total * 10.0).round() as i64);
            prop_assert!((0.0..=100.0 + 1e-9).contains(&score.total));
            prop_assert!(score.load >= -1e-9);
            let (low, high) = score.interval();
            prop_assert!(low <= score.total + 1e-9 && score.total <= high + 1e-9);
            for line in score.lines.iter().flatten() {
                let (least, most) = (line.eased.min(line.peers), line.eased.max(line.peers));
                prop_assert!(line.shrunk >= least - 1e-9 && line.shrunk <= most + 1e-9);
            }
        }
    }

    #[test]
    fn equals_have_equal_scores_and_share_a_rank(subjects in some_subjects(), twin in 0..60_usize) {
        let recipe = recipe();
        let mut subjects = subjects;
        let twin = subjects[twin % subjects.len()];
        subjects.push(twin);
        let scores = reckon(&recipe.worker, recipe.workload_cap, &subjects, &subjects);
        let told: Vec<_> = scores.iter().map(|it| it.as_ref().map(|it| (it.total, it.error))).collect();
        let ranks = shared(&told);
        let at = subjects.iter().position(|it| *it == twin).unwrap();
        prop_assert_eq!(told[at], told[told.len() - 1]);
        prop_assert_eq!(ranks[at], ranks[ranks.len() - 1]);
        prop_assert_eq!(reckon(&recipe.worker, recipe.workload_cap, &subjects, &subjects), scores);
    }

    #[test]
    fn ranks_follow_scores_and_whoever_is_surely_behind_the_first_is_not_first(
        scores in prop::collection::vec(prop::option::weighted(0.9, ((0..40_u32).prop_map(f64::from), 0.1..9.0_f64)), 1..40),
    ) {
        let ranks = shared(&scores);
        for (a, one) in scores.iter().enumerate() {
            prop_assert_eq!(ranks[a].is_none(), one.is_none());
            for (b, other) in scores.iter().enumerate() {
                let (Some(one), Some(other)) = (one, other) else { continue };
                if one.0 > other.0 {
                    prop_assert!(ranks[a] <= ranks[b]);
                }
                if one.0 == other.0 {
                    prop_assert_eq!(ranks[a], ranks[b]);
                }
            }
        }
        let best = scores.iter().flatten().map(|it| it.0).fold(f64::MIN, f64::max);
        let heads: Vec<(f64, f64)> = scores.iter().flatten().copied().filter(|it| it.0 == best).collect();
        for (at, one) in scores.iter().enumerate() {
            if ranks[at] == Some(1) {
                let one = one.unwrap();
                let group: Vec<_> = scores.iter().flatten().filter(|it| it.0 == one.0).collect();
                prop_assert!(group.iter().any(|it| heads.iter().any(|head| !is_ahead(*head, **it))));
            }
        }
    }

    #[test]
    fn a_book_is_the_same_bytes_whatever_the_order_and_is_read_back(
        told in prop::collection::vec((0..86_400_000_u32, 0..9_u128, 0..N_MEASURES, 0..5_u128, 0..4_u32, any::<[bool; 3]>()), 0..60),
        stock in prop::collection::btree_map((1..9_u32, 0..4_u32), (0..9_u32, 0..9_u32, 0..9_u32), 0..9),
    ) {
        let begin: Timestamp = "2026-09-28T16:00:00Z".parse().unwrap();
        let rows: Vec<Row> = told
            .iter()
            .map(|(after, source, measure, person, unit, [good, whole, back])| Row {
                at: Timestamp::from_millisecond(begin.as_millisecond() + i64::from(*after)).unwrap(),
                source: Uuid::from_u128(*source),
                measure: Measure::ALL[*measure],
                person: (*person > 0).then(|| PersonId(Uuid::from_u128(*person))),
                unit: (*unit > 0).then_some(UnitId(*unit)),
                area: AreaId(10 + unit),
                good: *good,
                whole: *whole,
                back: *back,
            })
            .collect();
        let stock: BTreeMap<(AreaId, u32), Stock> = stock
            .into_iter()
            .map(|((area, unit), (open, overdue, held))| ((AreaId(area), unit), Stock { open, overdue, held }))
            .collect();
        let book = Book::of(begin, rows.clone(), stock.clone());
        let bytes = book.encode();
        let backwards: Vec<Row> = rows.iter().rev().copied().collect();
        prop_assert_eq!(&bytes, &Book::of(begin, backwards, stock).encode());
        let read = Book::decode(&bytes).unwrap();
        prop_assert_eq!(&read, &book);
        let distinct: BTreeSet<Row> = rows.iter().copied().collect();
        prop_assert_eq!(read.rows().collect::<Vec<_>>(), distinct.into_iter().collect::<Vec<_>>());
        for cut in [0, 3, 11, bytes.len().saturating_sub(1)] {
            prop_assert!(Book::decode(&bytes[..cut.min(bytes.len())]).is_err());
        }
    }
}

#[test]
fn few_outcomes_are_pulled_to_the_peers_more_than_many() {
    let recipe = recipe();
    let mut all: Vec<Subject> = (0..40)
        .map(|n| subject(0, 50, &[(Measure::Valid, 40, 36 + n % 5), (Measure::Steps, 60, 55 + n % 6)]))
        .collect();
    all.push(subject(0, 50, &[(Measure::Valid, 8, 4), (Measure::Steps, 60, 57)]));
    all.push(subject(0, 50, &[(Measure::Valid, 80, 40), (Measure::Steps, 60, 57)]));
    let scores = reckon(&recipe.worker, recipe.workload_cap, &all, &all);
    let of = |at: usize| scores[at].as_ref().unwrap().lines[0].unwrap();
    let (few, many) = (of(40), of(41));
    assert_eq!(few.own, Some(0.5));
    assert!(few.shrunk > many.shrunk && many.shrunk < few.peers, "{few:?} {many:?}");
    assert!(scores[40].as_ref().unwrap().pull > 0.0);
}

#[test]
fn a_heavy_load_is_made_up_for_where_peers_show_that_it_costs() {
    let recipe = recipe();
    let busy = |n: u32| {
        let late = n * n / 300;
        subject(0, n, &[(Measure::Steps, n, (n - late).cast_signed())])
    };
    let all: Vec<Subject> = (20..60).map(busy).collect();
    let scores = reckon(&recipe.worker, recipe.workload_cap, &all, &all);
    let (light, heavy) = (scores[0].as_ref().unwrap(), scores[39].as_ref().unwrap());
    assert_eq!(light.load, 0.0, "nobody loses for little to do");
    assert!(heavy.load > 0.5, "{}", heavy.load);
    let even: Vec<Subject> = (20..60).map(|n| subject(0, n, &[(Measure::Steps, 40, 38)])).collect();
    assert!(
        reckon(&recipe.worker, recipe.workload_cap, &even, &even).iter().flatten().all(|it| it.load == 0.0)
    );
}

#[test]
fn who_did_too_little_is_not_assessed_and_a_line_without_outcomes_is_left_out() {
    let recipe = recipe();
    let all = [subject(0, 9, &[(Measure::Valid, 7, 7)]), subject(0, 9, &[(Measure::Valid, 9, 9)])];
    let scores = reckon(&recipe.worker, recipe.workload_cap, &all, &all);
    assert_eq!(scores[0], None);
    let score = scores[1].as_ref().unwrap();
    assert_eq!(score.lines.iter().flatten().count(), 1, "only one line has outcomes");
    assert_eq!(score.lines[0].unwrap().weight, 100.0, "its weight stands for all");
    assert_eq!(score.printed.0, 1000);
}

#[test]
fn a_recipe_of_log_ins_minutes_or_uploads_does_not_validate_and_says_why() {
    for bad in ["login_days", "在线时长", "online_minutes", "upload_count", "签到次数", "patrol_mileage"]
    {
        let mut doc = RecipeDoc::plain();
        bad.clone_into(&mut doc.worker.lines[0].measure);
        let faults = Recipe::read(&doc).unwrap_err();
        let found = faults.iter().find(|it| it.path == "/worker/lines/0/measure").unwrap();
        assert_eq!(found.code, "refused", "{bad}");
        assert!(found.detail.contains("outcomes") && found.detail.contains("2023-12"), "{}", found.detail);
    }
    let mut doc = RecipeDoc::plain();
    doc.worker.lines[1].zh = "登录天数".to_owned();
    assert_eq!(Recipe::read(&doc).unwrap_err()[0].code, "refused", "a name says what a line is of, too");
}

#[test]
fn everything_that_is_wrong_with_a_recipe_is_told_with_its_place() {
    let mut doc = RecipeDoc::plain();
    doc.worker.lines[0].measure = "happiness".to_owned();
    doc.worker.lines[1].measure = "closed".to_owned();
    doc.worker.lines[2].weight = 11.0;
    doc.worker.lines[3].target = 0.0;
    doc.area.lines[1].code = doc.area.lines[0].code.clone();
    doc.area.lines[2].en = String::new();
    doc.workload_cap = 3.0;
    let faults = Recipe::read(&doc).unwrap_err();
    let at: Vec<&str> = faults.iter().map(|it| it.path.as_str()).collect();
    for path in [
        "/worker/lines/0/measure",
        "/worker/lines/1/measure",
        "/worker/lines/3/target",
        "/worker/lines",
        "/area/lines/1/code",
        "/area/lines/2/en",
        "/workload_cap",
    ] {
        assert!(at.contains(&path), "{path} is not among {at:?}");
    }
    assert!(faults[0].detail.contains("valid, steps"), "{}", faults[0].detail);
}

#[test]
fn a_month_is_contested_until_the_end_of_the_next_and_decided_by_somebody_else() {
    let month = "2026-10".parse().unwrap();
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(last_day(month), day("2026-11-30"));
    assert_eq!(may_ask(month, "井盖不是我修的", day("2026-11-30")), Ok(()));
    assert!(matches!(may_ask(month, "晚了", day("2026-12-01")), Err(AppealRefusal::TooLate { .. })));
    assert!(matches!(may_ask(month, "早了", day("2026-10-31")), Err(AppealRefusal::TooEarly(_))));
    assert_eq!(may_ask(month, "  ", day("2026-11-02")), Err(AppealRefusal::Words));
    let person = |n: u128| PersonId(Uuid::from_u128(n));
    let facts = AppealFacts { person: person(1), state: AppealState::Asked, actors: [person(2)].into() };
    assert_eq!(may_decide(&facts, Some(person(1))), Err(AppealRefusal::Own));
    assert_eq!(may_decide(&facts, Some(person(2))), Err(AppealRefusal::Acted));
    assert_eq!(may_decide(&facts, Some(person(3))), Ok(()));
    let over = AppealFacts { state: AppealState::Rejected, ..facts };
    assert_eq!(may_decide(&over, Some(person(3))), Err(AppealRefusal::Over(AppealState::Rejected)));
}

#[test]
fn alarms_ring_for_what_chance_does_not_explain() {
    assert!(alarm::is_burst(12, 20, 30) && !alarm::is_burst(3, 20, 30));
    assert!(alarm::is_quick(Tally { n: 9, good: 2 }) && !alarm::is_quick(Tally { n: 9, good: 6 }));
    assert!(alarm::is_perfect(Tally { n: 60, good: 60 }, 0.1));
    assert!(
        !alarm::is_perfect(Tally { n: 60, good: 59 }, 0.1)
            && !alarm::is_perfect(Tally { n: 60, good: 60 }, 0.01)
    );
}
