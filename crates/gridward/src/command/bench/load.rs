//! Load: as fast as answers come (`closed`), or at a steady pace whatever the answers do (`paced`).
//!
//! A closed loop tells how much is done in a second; its latencies flatter a server that stalls, because nobody
//! asks meanwhile. The paced one counts each answer from the moment its request was due.

use super::wire::Connection;
use crate::out::{Failed, because, plain};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Makes the request of a client: which client, and its how many-th.
pub type Make = Arc<dyn Fn(usize, usize) -> Vec<u8> + Send + Sync>;

/// What came of it.
pub struct Load {
    /// Requests answered as they should be.
    pub n: usize,
    /// From the first to the last.
    pub elapsed: Duration,
    latencies: Vec<Duration>,
}

impl Load {
    fn of(mut latencies: Vec<Duration>, elapsed: Duration) -> Load {
        latencies.sort_unstable();
        Load { n: latencies.len(), elapsed, latencies }
    }

    /// Answers in a second.
    pub fn per_s(&self) -> f64 {
        self.n as f64 / self.elapsed.as_secs_f64()
    }

    /// So many percent were answered within this time, milliseconds.
    pub fn ms_at(&self, percent: f64) -> f64 {
        let at = (self.latencies.len() as f64 * percent / 100.0) as usize;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).copied().map_or(0.0, super::ms)
    }
}

/// Measures something done here, one after the other.
pub async fn in_process<F: Future<Output = Result<(), Failed>>>(
    n: usize,
    mut each: impl FnMut(usize) -> F,
) -> Result<Load, Failed> {
    let begun = Instant::now();
    let mut latencies = Vec::with_capacity(n);
    for at in 0..n {
        let asked = Instant::now();
        each(at).await?;
        latencies.push(asked.elapsed());
    }
    Ok(Load::of(latencies, begun.elapsed()))
}

/// So many clients, each sending its next request when its last was answered.
pub async fn closed(
    address: SocketAddr,
    clients: usize,
    length: Duration,
    wanted: u16,
    make: Make,
) -> Result<Load, Failed> {
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(Connection::open(address).await.map_err(|error| because("cannot connect", error))?);
    }
    let begun = Instant::now();
    let until = begun + length;
    let tasks = connections.into_iter().enumerate().map(|(client, mut connection)| {
        let make = make.clone();
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            while Instant::now() < until {
                let request = make(client, latencies.len());
                let asked = Instant::now();
                answered(&mut connection, &request, wanted).await?;
                latencies.push(asked.elapsed());
            }
            Ok::<_, Failed>(latencies)
        })
    });
    gathered(tasks.collect(), begun).await
}

/// So many requests a second over so many connections; a late answer makes the next ones of its connection late too,
/// and each counts from when it was due.
pub async fn paced(
    address: SocketAddr,
    connections: usize,
    per_s: f64,
    length: Duration,
    make: Make,
) -> Result<Load, Failed> {
    let begun = Instant::now() + Duration::from_millis(100);
    let n = (length.as_secs_f64() * per_s) as usize;
    let tasks = (0..connections).map(|client| {
        let make = make.clone();
        tokio::spawn(async move {
            let opened = Connection::open(address).await;
            let mut connection = opened.map_err(|error| because("cannot connect", error))?;
            let mut latencies = Vec::new();
            for at in (client..n).step_by(connections) {
                let due = begun + Duration::from_secs_f64(at as f64 / per_s);
                tokio::time::sleep_until(due.into()).await;
                // Timers wake up to a millisecond late: that is ours, not the server's.
                let due = if due.elapsed() < Duration::from_millis(2) { Instant::now() } else { due };
                answered(&mut connection, &make(client, at), 200).await?;
                latencies.push(due.elapsed());
            }
            Ok::<_, Failed>(latencies)
        })
    });
    gathered(tasks.collect(), begun).await
}

async fn answered(connection: &mut Connection, request: &[u8], wanted: u16) -> Result<(), Failed> {
    match connection.ask(request).await.map_err(|error| because("the server broke off", error))? {
        (status, _) if status == wanted => Ok(()),
        (status, body) => Err(plain(format!("answered {status}: {}", String::from_utf8_lossy(body)))),
    }
}

type Task = tokio::task::JoinHandle<Result<Vec<Duration>, Failed>>;

async fn gathered(tasks: Vec<Task>, begun: Instant) -> Result<Load, Failed> {
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.map_err(|error| because("a client ended badly", error))??);
    }
    Ok(Load::of(latencies, begun.elapsed()))
}
