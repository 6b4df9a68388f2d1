//! Suggestions of duplicates at entry over HTTP, at a steady pace, where and as people lately reported.

use super::city::City;
use super::load::{self, Make};
use super::machine::Machine;
use super::server::Server;
use super::{Figures, Measured, wire};
use crate::cli::Bench;
use crate::out::Failed;
use app::case::{self, Likeness};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const REPORTS: usize = 500;
/// Reports of so many days are compared with.
const DAYS: i64 = 29;
const PER_S: f64 = 50.0;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let desk = city.desk().await?;
    let token = city.tokens(desk.person).await?.remove(0);
    let mut rows = city.some_cases(2 * REPORTS, SignedDuration::from_hours(24 * DAYS)).await?;
    rows.retain(|row| row.point.is_some());
    rows.truncate(REPORTS);
    let n_found = AtomicUsize::new(0);
    let (app, desk, some, found) = (&city.app, &desk, &rows, &n_found);
    let raw = load::in_process(2 * rows.len(), async |at| {
        let row = &some[at % some.len()];
        let point = row.point.expect("only those with a point were kept");
        let (class, text) = (row.class.clone(), row.text.clone());
        let like = Likeness { id: None, point, class, text, at: Timestamp::now() };
        found.fetch_add(case::duplicates(app, desk, &like).await?.len(), Ordering::Relaxed);
        Ok(())
    })
    .await?;
    let found_each = n_found.into_inner() as f64 / raw.n as f64;

    let paths: Vec<String> = rows.iter().filter_map(path).collect();
    let (database, n_cases, closed) = (city.database(), city.n_cases, city.close().await);
    let server = Server::start(&closed.url, closed.data())?;
    let make: Make = Arc::new(move |_, at| wire::get(&paths[at % paths.len()], &token));
    load::paced(server.address, 8, PER_S, Duration::from_secs(2), make.clone()).await?;
    let load = load::paced(server.address, 8, PER_S, Duration::from_secs(args.seconds), make).await?;
    Ok(Measured {
        what: "duplicates",
        database,
        goal: format!("duplicates at entry at {n_cases} cases: 99 % within 20 ms over HTTP"),
        met: load.ms_at(99.0) <= 20.0,
        figures: Figures::from([
            ("cases", n_cases as f64),
            ("p50_ms", load.ms_at(50.0)),
            ("p99_ms", load.ms_at(99.0)),
            ("asked_per_s", PER_S),
            ("found_each", found_each),
        ]),
        raw: Figures::from([("in_process_p50_ms", raw.ms_at(50.0)), ("in_process_p99_ms", raw.ms_at(99.0))]),
        of_raw_pct: None,
        machine,
    })
}

fn path(row: &store::case::CaseRow) -> Option<String> {
    let point = row.point?;
    let class = row.class.as_ref().map(|class| format!("&class={class}")).unwrap_or_default();
    let text = wire::escaped(&row.text);
    Some(format!("/api/v1/cases/duplicates?lng={}&lat={}{class}&text={text}", point.lng, point.lat))
}
