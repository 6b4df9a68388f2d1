//! Shares of cases by area and month: SQL counts exactly what the definition counts.

use domain::area::Level;
use domain::framework::{CaseMeasure, CaseQuery};
use domain::id::AreaId;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use store::case::{CaseCount, CaseCounts};
use store::testing::on_both;
use store::{Batch, Dialect, params};
use uuid::Uuid;

const CASES: usize = 600;
const CHANNELS: [&str; 3] = ["worker", "hotline", "resident"];
const CLASSES: [&str; 4] = ["S0201", "S0202", "S0301", "06081"];
const URGENCIES: [&str; 3] = ["ordinary", "urgent", "emergency"];

#[derive(Clone, Debug)]
struct Row {
    grid: Option<u32>,
    channel: &'static str,
    class: Option<&'static str>,
    urgency: Option<&'static str>,
    due: Option<i64>,
    handled: Option<i64>,
    closed: Option<i64>,
    ended: bool,
    reopens: u32,
    satisfaction: Option<&'static str>,
}

fn a_row() -> impl Strategy<Value = Row> {
    let some = |values: &'static [&'static str]| prop::option::weighted(0.9, prop::sample::select(values));
    let time = || prop::option::weighted(0.8, 0..100_i64);
    let places = (prop::option::weighted(0.9, 1..5_u32), prop::sample::select(&CHANNELS[..]));
    let times = (time(), time(), time());
    let rest = (prop::bool::weighted(0.1), 0..2_u32, some(&["satisfied", "fair", "dissatisfied"]));
    (places, some(&CLASSES), some(&URGENCIES), times, rest).prop_map(
        |((grid, channel), class, urgency, (due, handled, closed), (ended, reopens, satisfaction))| Row {
            grid,
            channel,
            class,
            urgency,
            due,
            handled,
            closed,
            ended,
            reopens,
            satisfaction,
        },
    )
}

fn insert(n: usize, it: &Row) -> Batch {
    // Grids 1 and 2 are in community 11, 3 and 4 in community 12.
    let community = it.grid.map(|grid| 11 + (grid - 1) / 2);
    Batch::new("case").guard(
        "insert into cases (id, version, head, city_id, community_id, grid_id, desk_id, level, step, stage, turn,
            state, private, channel, class_code, urgency, first_due_ms, handled_ms, closed_ms, ended, reopens,
            satisfaction, text, place, evidence, reported_ms, last_ms, bounces, reworks, urged, postponed, verified)
         values ($1, 1, $2, 1, $3, $4, 1, 'city', 'reported', 1, 'verify', 'open', 0, $5, $6, $7, $8, $9, $10, $11,
            $12, $13, 'x', '', 0, 0, 0, 0, 0, 0, 0, 0)",
        params![
            Uuid::from_u128(n as u128 + 1),
            [0_u8; 32],
            community,
            it.grid,
            it.channel,
            it.class,
            it.urgency,
            it.due,
            it.handled,
            it.closed,
            it.ended.then_some("refused"),
            it.reopens,
            it.satisfaction
        ],
    )
}

/// What the words of a measure say of one case: the moment by which it belongs to a month, whether it is of those
/// that are counted, and whether it is counted.
fn said(measure: CaseMeasure, it: &Row) -> (Option<i64>, bool, bool) {
    let on_time = it.handled.zip(it.due).is_some_and(|(handled, due)| handled <= due);
    match measure {
        CaseMeasure::HandledOnTime => (it.due, true, on_time),
        CaseMeasure::ClosedOnTime => (it.closed, true, on_time),
        CaseMeasure::Resolved => (it.closed, true, it.reopens == 0),
        CaseMeasure::Reopened => (it.closed, true, it.reopens > 0),
        CaseMeasure::Satisfied => {
            (it.closed, it.satisfaction.is_some(), it.satisfaction == Some("satisfied"))
        }
    }
}

fn counted(rows: &[Row], query: &CaseQuery, level: Level, bounds: &[i64]) -> Vec<CaseCount> {
    let mut found: BTreeMap<(u32, usize), (u64, u64, u64)> = BTreeMap::new();
    for it in rows.iter().filter(|it| !it.ended) {
        let (at, of_them, counts) = said(query.measure, it);
        let period = at.and_then(|at| bounds.windows(2).position(|ends| ends[0] <= at && at < ends[1]));
        let area = match level {
            Level::Grid => it.grid,
            _ => it.grid.map(|grid| 11 + (grid - 1) / 2),
        };
        let fits = (query.channels.is_empty() || query.channels.iter().any(|c| c.as_str() == it.channel))
            && (query.urgencies.is_empty() || query.urgencies.iter().any(|u| Some(u.as_str()) == it.urgency))
            && (query.classes.is_empty()
                || it.class.is_some_and(|class| query.classes.iter().any(|c| class.starts_with(c.as_str()))));
        if let (Some(period), Some(area), true) = (period, area, fits) {
            let (num, den, whole) = found.entry((area, period)).or_default();
            *whole += 1;
            *den += u64::from(of_them);
            *num += u64::from(counts);
        }
    }
    let count =
        |((area, period), (num, den, whole))| CaseCount { area: AreaId(area), period, num, den, whole };
    found.into_iter().map(count).collect()
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap()
}

#[tokio::test]
async fn shares_of_cases_are_counted_as_their_words_say() {
    let mut chance = TestRunner::deterministic();
    let rows: Vec<Row> = (0..CASES).map(|_| a_row().new_tree(&mut chance).unwrap().current()).collect();
    let sources = CaseMeasure::ALL.iter().flat_map(|measure| {
        [
            "",
            ";channel=hotline",
            ";classes=S02,06081",
            ";urgency=urgent,emergency;classes=S03;channel=worker,hotline",
        ]
        .map(|rest| format!("cases:{}{rest}", measure.as_str()))
    });
    let queries: Vec<CaseQuery> = sources.map(|source| CaseQuery::parse(&source).unwrap()).collect();
    on_both(async |store| {
        let inserts = rows.iter().enumerate().map(|(n, it)| insert(n, it)).collect();
        assert!(store.commit_many(inserts).await.iter().all(Result::is_ok));
        let mut n_found = 0;
        for query in &queries {
            for (level, bounds) in [(Level::Grid, &[20, 45, 60, 90][..]), (Level::Community, &[0, 50])] {
                let moments: Vec<Timestamp> = bounds.iter().map(|ms| at(*ms)).collect();
                let asked = CaseCounts::new(query, level, None, &moments);
                let found = asked.run(&store).await.unwrap();
                assert_eq!(found, counted(&rows, query, level, bounds), "{query:?}");
                assert!(found.iter().all(|it| it.num <= it.den && it.den <= it.whole));
                n_found += found.len();
                let below = CaseCounts::new(query, level, Some((Level::Community, AreaId(12))), &moments);
                let inside = |it: &&CaseCount| it.area == AreaId(12) || [3, 4].contains(&it.area.0);
                let expected: Vec<CaseCount> = found.iter().filter(inside).copied().collect();
                assert_eq!(below.run(&store).await.unwrap(), expected);
                // Whoever runs what is shown finds the same.
                let shown = store.rows(&asked.shown(), vec![]).await.unwrap();
                let again = shown.iter().map(|row| row.int("num").unwrap() as u64);
                assert!(again.eq(found.iter().map(|it| it.num)), "{}", asked.shown());
            }
        }
        assert!(n_found > 200, "most queries must find something, or nothing is tested: {n_found}");
    })
    .await;
}

#[tokio::test]
async fn a_month_is_found_by_an_index() {
    on_both(async |store| {
        for measure in CaseMeasure::ALL {
            let query = CaseQuery::parse(&format!("cases:{}", measure.as_str())).unwrap();
            let asked = CaseCounts::new(&query, Level::County, None, &[at(0), at(1)]).shown();
            let (explain, column) = match store.dialect() {
                Dialect::Sqlite => ("explain query plan", "detail"),
                // PostgreSQL would read a table of nothing from end to end, and may.
                Dialect::Postgres => return,
            };
            let plan = store.rows(&format!("{explain} {asked}"), vec![]).await.unwrap();
            let text: Vec<String> = plan.iter().map(|row| row.text(column).unwrap()).collect();
            assert!(text[0].contains("_month"), "{text:?}");
        }
    })
    .await;
}
