//! A day's plan for every worker of a large city: some visits each, spread over the week, in walking order.

use super::machine::Machine;
use super::{Figures, Measured, ms};
use domain::geo::LngLat;
use domain::id::VisitId;
use domain::visit::{Round, Stop, plan_round, walk};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use sim::chance::Chance;
use std::time::Instant;
use uuid::Uuid;

/// Workers of the demo city.
const WORKERS: usize = sim::seed::N_WORKERS;
/// Visits of a worker's two weeks.
const VISITS: usize = 40;
const AT_MOST: usize = 8;
const SEED: u64 = 1;
const MONDAY: Date = date(2026, 11, 23);

/// Measures it.
pub fn run() -> Measured {
    let machine = Machine::here();
    let mut chance = Chance::new(SEED);
    let workers: Vec<Vec<Stop>> = (0..WORKERS).map(|worker| visits(&mut chance, worker)).collect();
    let days: Vec<Date> = (0..5).map(|n| MONDAY.saturating_add(i64::from(n).days())).collect();
    let begun = Instant::now();
    let mut n_planned = 0;
    let mut metres = 0.0;
    for stops in &workers {
        let round =
            Round { days: days.clone(), at_most: AT_MOST, start: stops.first().and_then(|it| it.near) };
        let (plans, _) = plan_round(&round, stops);
        n_planned += plans.iter().map(|plan| plan.stops.len()).sum::<usize>();
        metres += plans.iter().map(|plan| plan.metres).sum::<f64>();
    }
    let ours = begun.elapsed();
    // Raw: the walks alone, of as many stops a day, without deciding on days.
    let begun = Instant::now();
    for stops in &workers {
        let points: Vec<LngLat> = stops.iter().filter_map(|it| it.near).take(AT_MOST).collect();
        for _ in &days {
            std::hint::black_box(walk(None, &points));
        }
    }
    let raw = begun.elapsed();
    Measured {
        what: "rounds",
        database: "none",
        goal: format!("a week's plan for {WORKERS} workers within 10 s"),
        met: ours.as_secs_f64() <= 10.0,
        figures: Figures::from([
            ("workers", WORKERS as f64),
            ("planned_visits", n_planned as f64),
            ("mean_day_m", metres / (WORKERS * days.len()) as f64),
            ("all_ms", ms(ours)),
        ]),
        raw: Figures::from([("walks_ms", ms(raw))]),
        of_raw_pct: Some(100.0 * raw.as_secs_f64() / ours.as_secs_f64().max(1e-9)),
        machine,
    }
}

/// Visits of a worker: in a grid of a kilometre, due over two weeks.
fn visits(chance: &mut Chance, worker: usize) -> Vec<Stop> {
    let corner =
        LngLat { lng: 116.0 + (worker % 100) as f64 * 0.01, lat: 36.0 + (worker / 100) as f64 * 0.01 };
    let visit = |n: usize| Stop {
        id: VisitId(Uuid::from_u128((worker * VISITS + n + 1) as u128)),
        near: Some(LngLat {
            lng: corner.lng + chance.between(0.0, 0.01),
            lat: corner.lat + chance.between(0.0, 0.01),
        }),
        due: MONDAY.saturating_add((chance.below(14) as i64).days()),
        slack: chance.below(4) as u16,
        urgent: chance.happens(0.02),
    };
    (0..VISITS).map(visit).collect()
}
