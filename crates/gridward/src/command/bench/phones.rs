//! Nine thousand phones that pull over HTTP: first everything, then the difference after a morning of reports.

use super::city::{City, Worker};
use super::machine::Machine;
use super::server::Server;
use super::wire::{Connection, post};
use super::{Figures, Measured, ms};
use crate::cli::Bench;
use crate::out::{Failed, because, plain};
use domain::id::DeviceId;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use store::Batch;
use store::sync::Device;
use uuid::Uuid;

const PHONES: usize = 9_000;
const AT_ONCE: usize = 16;
/// One grid in so many has something new.
const NEWS: usize = 5;

struct Phone {
    id: Uuid,
    token: String,
    worker: Worker,
}

/// What pulls cost.
struct Pulls {
    took: Duration,
    each: Vec<Duration>,
    most_bytes: usize,
    cursors: HashMap<Uuid, u64>,
    n_items: usize,
}

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let workers = city.workers(PHONES).await?;
    let tokens = city.tokens(workers.iter().map(|worker| worker.person)).await?;
    let phones: Vec<Phone> = workers
        .into_iter()
        .zip(tokens)
        .map(|(worker, token)| Phone { id: Uuid::now_v7(), token, worker })
        .collect();
    let now = city.app.clock.now();
    let known = phones.iter().map(|phone| Device {
        id: DeviceId(phone.id),
        person: phone.worker.person,
        name: "bench".to_owned(),
        made: now,
        used: None,
        cut: None,
        settled: 0,
        skew_ms: None,
        session: None,
        sealed: None,
    });
    city.app.store.commit(known.fold(Batch::new("phones"), |batch, it| batch.with(it.add()))).await?;
    let (database, n_cases, closed) = (city.database(), city.n_cases, city.close().await);
    let server = Server::start(&closed.url, closed.data())?;
    let phones = Arc::new(phones);
    let first = pull_all(server.address, &phones, &HashMap::new()).await?;
    report_some(server.address, &phones).await?;
    let cpu_before = server.cpu_s();
    let second = pull_all(server.address, &phones, &first.cursors).await?;
    let cpu_s = server.cpu_s() - cpu_before;
    let third = pull_all(server.address, &phones, &second.cursors).await?;
    let at = |pulls: &Pulls, share: f64| {
        ms(pulls.each[((pulls.each.len() - 1) as f64 * share) as usize]) // sorted
    };
    Ok(Measured {
        what: "phones",
        database,
        goal: format!(
            "{PHONES} phones pull their differences at {n_cases} cases within 60 s; a first pull within 300 ms and 1 MB"
        ),
        met: second.took <= Duration::from_mins(1)
            && at(&first, 0.95) <= 300.0
            && first.most_bytes <= 1_000_000,
        figures: Figures::from([
            ("cases", n_cases as f64),
            ("first_all_s", first.took.as_secs_f64()),
            ("first_p50_ms", at(&first, 0.5)),
            ("first_p95_ms", at(&first, 0.95)),
            ("first_most_kb_uncompressed", first.most_bytes as f64 / 1e3),
            ("delta_all_s", second.took.as_secs_f64()),
            ("delta_p95_ms", at(&second, 0.95)),
            ("delta_items", second.n_items as f64),
            ("delta_cpu_s", cpu_s),
            ("nothing_new_all_s", third.took.as_secs_f64()),
        ]),
        raw: Figures::new(),
        of_raw_pct: None,
        machine,
    })
}

/// Every phone pulls once, some at the same time.
async fn pull_all(
    address: SocketAddr,
    phones: &Arc<Vec<Phone>>,
    cursors: &HashMap<Uuid, u64>,
) -> Result<Pulls, Failed> {
    let (next, cursors) = (Arc::new(AtomicUsize::new(0)), Arc::new(cursors.clone()));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (phones, next, cursors) = (phones.clone(), next.clone(), cursors.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut pulled = Vec::new();
                while let Some(phone) = phones.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let body = json!({ "device": phone.id, "cursor": cursors.get(&phone.id) }).to_string();
                    let request = post("/api/v1/sync/pull", &phone.token, Uuid::now_v7(), &body);
                    let begun = Instant::now();
                    let (status, bytes) = connection.ask(&request).await?;
                    pulled.push((phone.id, begun.elapsed(), status, bytes.to_vec()));
                }
                Ok::<_, std::io::Error>(pulled)
            })
        })
        .collect();
    let mut pulls =
        Pulls { took: Duration::ZERO, each: Vec::new(), most_bytes: 0, cursors: HashMap::new(), n_items: 0 };
    let mut all = Vec::new();
    for task in tasks {
        let pulled = task.await.expect("pulling does not panic");
        all.extend(pulled.map_err(|error| because("cannot ask the server", error))?);
    }
    pulls.took = begun.elapsed();
    for (id, took, status, bytes) in all {
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let cursor = answer["cursor"].as_u64().filter(|_| status == 200);
        let cursor = cursor.ok_or_else(|| plain(format!("a pull was answered with {status}: {answer}")))?;
        pulls.cursors.insert(id, cursor);
        pulls.n_items += answer["items"].as_array().map_or(0, Vec::len);
        pulls.most_bytes = pulls.most_bytes.max(bytes.len());
        pulls.each.push(took);
    }
    pulls.each.sort_unstable();
    Ok(pulls)
}

/// A morning's reports: one in some grids.
async fn report_some(address: SocketAddr, phones: &Arc<Vec<Phone>>) -> Result<(), Failed> {
    let mut connection =
        Connection::open(address).await.map_err(|error| because("cannot ask the server", error))?;
    for phone in phones.iter().step_by(NEWS) {
        let point = phone.worker.point;
        let body =
            json!({ "text": "路面有坑槽", "place": { "lng": point.lng, "lat": point.lat } }).to_string();
        let request = post("/api/v1/cases", &phone.token, Uuid::now_v7(), &body);
        let (status, bytes) =
            connection.ask(&request).await.map_err(|error| because("cannot ask the server", error))?;
        if status != 201 {
            return Err(plain(format!(
                "a report was answered with {status}: {}",
                String::from_utf8_lossy(bytes)
            )));
        }
    }
    Ok(())
}
