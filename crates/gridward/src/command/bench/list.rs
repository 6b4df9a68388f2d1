//! Open tasks of a worker over HTTP, at a steady pace, beside the same list asked of the store in this process.

use super::city::City;
use super::load::{self, Make};
use super::machine::Machine;
use super::server::Server;
use super::{Figures, Measured, wire};
use crate::cli::Bench;
use crate::out::Failed;
use app::case;
use std::sync::Arc;
use std::time::Duration;
use store::case::{CaseFilter, Order};

const WORKERS: usize = 500;
const PER_S: f64 = 200.0;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let workers = city.workers(WORKERS).await?;
    let tokens = city.tokens(workers.iter().map(|worker| worker.person)).await?;
    let app = &city.app;
    let n_rows = std::sync::atomic::AtomicUsize::new(0);
    let (seen, workers) = (&n_rows, &workers);
    let raw = load::in_process(4 * WORKERS, async |at| {
        let actor = workers[at % WORKERS].actor();
        let filter = CaseFilter { turn: case::my_turn(&actor), ..CaseFilter::default() };
        let page = case::list(app, &actor, &filter, Order::Due, None, 100).await?;
        seen.fetch_add(page.rows.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(())
    })
    .await?;
    let rows_each = n_rows.into_inner() as f64 / raw.n as f64;

    let (database, n_cases, closed) = (city.database(), city.n_cases, city.close().await);
    let server = Server::start(&closed.url, closed.data())?;
    let make: Make =
        Arc::new(move |_, at| wire::get("/api/v1/cases?filter=holder:me", &tokens[at % tokens.len()]));
    load::paced(server.address, 16, PER_S, Duration::from_secs(2), make.clone()).await?;
    let load = load::paced(server.address, 16, PER_S, Duration::from_secs(args.seconds), make).await?;
    Ok(Measured {
        what: "list",
        database,
        goal: format!("open tasks of a worker at {n_cases} cases: 99 % within 5 ms over HTTP"),
        met: load.ms_at(99.0) <= 5.0,
        figures: Figures::from([
            ("cases", n_cases as f64),
            ("p50_ms", load.ms_at(50.0)),
            ("p99_ms", load.ms_at(99.0)),
            ("p999_ms", load.ms_at(99.9)),
            ("asked_per_s", PER_S),
            ("rows_each", rows_each),
        ]),
        raw: Figures::from([("in_process_p50_ms", raw.ms_at(50.0)), ("in_process_p99_ms", raw.ms_at(99.0))]),
        of_raw_pct: None,
        machine,
    })
}
