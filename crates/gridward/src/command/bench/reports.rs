//! Durable reports over HTTP by many clients at once, beside what the store alone does with the same rows.

use super::city::{City, Worker};
use super::load::{self, Make};
use super::machine::Machine;
use super::server::Server;
use super::{Figures, Measured, ms, wire};
use crate::cli::Bench;
use crate::out::{Failed, because, plain};
use app::case::{Acting, ReportCommand, plan_report};
use domain::case::Channel;
use domain::id::{ActId, CaseId, ClassCode};
use jiff::Timestamp;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{Batch, engine};
use uuid::Uuid;

const TEXT: &str = "路口东侧人行道地砖松动，雨后积水，老人走过差点摔倒，请尽快派人来看看";
const PLACE: &str = "路口东侧便道";
/// Rows planned for each second of the raw measurement; more than any machine takes.
const PLANNED_PER_S: u64 = 20_000;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, 0).await?;
    let workers = city.workers(args.clients).await?;
    let tokens = city.tokens(workers.iter().map(|worker| worker.person)).await?;
    let class = city.app.city().classes.open_classes().next().map(|it| it.code.clone());
    let class = class.ok_or_else(|| plain("this city has no classes"))?;
    let length = Duration::from_secs(args.seconds);
    let small = engine::baseline(&city.app.store, args.clients, length).await?;
    let same = same_rows(&city, &workers, &class, args).await?;

    let (database, closed) = (city.database(), city.close().await);
    let server = Server::start(&closed.url, closed.data())?;
    let make: Make = Arc::new(move |client, _| {
        let domain::geo::LngLat { lng, lat } = workers[client].point;
        let body = format!(
            r#"{{"text":"{TEXT}","class":"{class}","place":{{"lng":{lng:.6},"lat":{lat:.6},"words":"{PLACE}"}}}}"#
        );
        wire::post("/api/v1/cases", &tokens[client], Uuid::now_v7(), &body)
    });
    load::closed(server.address, args.clients, Duration::from_secs(1), 201, make.clone()).await?;
    let before = server.cpu_s();
    let load = load::closed(server.address, args.clients, length, 201, make).await?;
    let cpu_us = (server.cpu_s() - before) * 1e6 / load.n as f64;

    let goal = if database == "sqlite" { 6_000.0 } else { 4_000.0 };
    let share = 100.0 * load.per_s() / same;
    Ok(Measured {
        what: "reports",
        database,
        goal: format!(
            "{goal:.0} durable reports/s with {} clients, and 20 % of raw group commit of the same rows",
            args.clients
        ),
        met: load.per_s() >= goal && share >= 20.0,
        figures: Figures::from([
            ("reports_per_s", load.per_s()),
            ("p50_ms", load.ms_at(50.0)),
            ("p99_ms", load.ms_at(99.0)),
            ("server_cpu_us_per_report", cpu_us),
            ("server_peak_mib", server.memory_mib().1),
        ]),
        raw: Figures::from([
            ("same_rows_per_s", same),
            ("one_small_row_per_s", small.per_second()),
            ("one_small_row_p99_ms", ms(small.p99)),
        ]),
        of_raw_pct: Some(share),
        machine,
    })
}

/// Rows of reports that were decided beforehand, committed one by one from as many submitters; how many in a second.
async fn same_rows(city: &City, workers: &[Worker], class: &ClassCode, args: &Bench) -> Result<f64, Failed> {
    let mut planned = Vec::new();
    let facts = city.app.city();
    for n in 0..args.seconds * PLANNED_PER_S {
        let worker = workers[n as usize % workers.len()];
        let (actor, id) = (worker.actor(), CaseId(Uuid::now_v7()));
        let acting = Acting { city: &facts, actor: &actor, now: Timestamp::now(), key: ActId(id.0) };
        let command = ReportCommand {
            text: TEXT.to_owned(),
            class: Some(class.clone()),
            point: Some(worker.point),
            words: PLACE.to_owned(),
            area: None,
            channel: Channel::Worker,
            evidence: Vec::new(),
            happened_at: None,
            private: false,
            outside_no: None,
        };
        planned.push(plan_report(&acting, id, &command)?.batch(Batch::new("report")));
    }
    let planned = Arc::new(Mutex::new(planned.into_iter()));
    let begun = Instant::now();
    let until = begun + Duration::from_secs(args.seconds);
    let tasks: Vec<_> = (0..args.clients)
        .map(|_| {
            let (store, planned) = (city.app.store.clone(), planned.clone());
            tokio::spawn(async move {
                let mut n = 0_u64;
                while Instant::now() < until {
                    let Some(batch) = planned.lock().expect("nobody panics with it").next() else { break };
                    store.commit(batch).await?;
                    n += 1;
                }
                Ok::<_, store::CommitError>(n)
            })
        })
        .collect();
    let mut n = 0;
    for task in tasks {
        n += task.await.map_err(|error| because("a submitter ended badly", error))??;
    }
    Ok(n as f64 / begun.elapsed().as_secs_f64())
}
