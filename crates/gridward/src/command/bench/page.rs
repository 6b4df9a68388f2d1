//! The page of one case over HTTP, at a steady pace: its steps, clocks, record, next acts and possible duplicates.

use super::city::City;
use super::load::{self, Make};
use super::machine::Machine;
use super::server::Server;
use super::{Figures, Measured, wire};
use crate::cli::Bench;
use crate::out::Failed;
use app::case;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

const CASES: usize = 500;
/// Days of the city's history.
const DAYS: i64 = 729;
/// One desk may go on asking so often; a page is more work than a list.
const PER_S: f64 = 50.0;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let desk = city.desk().await?;
    let token = city.tokens(desk.person).await?.remove(0);
    let ids: Vec<_> = city.some_cases(CASES, SignedDuration::from_hours(24 * DAYS)).await?;
    let ids: Vec<_> = ids.into_iter().map(|row| row.id).collect();
    let (app, desk, some) = (&city.app, &desk, &ids);
    let raw = load::in_process(2 * CASES, async |at| {
        case::look(app, desk, some[at % CASES]).await?;
        Ok(())
    })
    .await?;

    let (database, n_cases, closed) = (city.database(), city.n_cases, city.close().await);
    let server = Server::start(&closed.url, closed.data())?;
    let make: Make = Arc::new(move |_, at| wire::get(&format!("/api/v1/cases/{}", ids[at % CASES]), &token));
    load::paced(server.address, 8, PER_S, Duration::from_secs(2), make.clone()).await?;
    let load = load::paced(server.address, 8, PER_S, Duration::from_secs(args.seconds), make).await?;
    Ok(Measured {
        what: "page",
        database,
        goal: format!("the page of a case at {n_cases} cases: 99 % within 10 ms over HTTP"),
        met: load.ms_at(99.0) <= 10.0,
        figures: Figures::from([
            ("cases", n_cases as f64),
            ("p50_ms", load.ms_at(50.0)),
            ("p99_ms", load.ms_at(99.0)),
            ("asked_per_s", PER_S),
        ]),
        raw: Figures::from([("in_process_p50_ms", raw.ms_at(50.0)), ("in_process_p99_ms", raw.ms_at(99.0))]),
        of_raw_pct: None,
        machine,
    })
}
