//! A server that nobody asks anything: its memory, and how soon it was there.

use super::city::City;
use super::machine::Machine;
use super::server::Server;
use super::{Figures, Measured, ms};
use crate::cli::Bench;
use crate::out::Failed;
use std::time::Duration;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let (database, n_cases, closed) = (city.database(), city.n_cases, city.close().await);
    let server = Server::start(&closed.url, closed.data())?;
    let before = server.cpu_s();
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    let (now, peak) = server.memory_mib();
    Ok(Measured {
        what: "idle",
        database,
        goal: format!("at most 200 MiB resident with {n_cases} cases"),
        met: now <= 200.0,
        figures: Figures::from([
            ("cases", n_cases as f64),
            ("resident_mib", now),
            ("peak_mib", peak),
            ("start_ms", ms(server.started_in)),
            ("cpu_ms_per_s", (server.cpu_s() - before) * 1e3 / args.seconds as f64),
        ]),
        raw: Figures::new(),
        of_raw_pct: None,
        machine,
    })
}
