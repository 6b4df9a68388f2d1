//! Counters of one node and their text form. A registry of our own: a few families with few labels need no crate.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::{
        LazyLock, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Upper bounds of the buckets, in seconds.
const BOUNDS_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

static NODE: LazyLock<Metrics> = LazyLock::new(Metrics::default);

/// What was counted since the start of this process.
#[derive(Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<Request, Times>>,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    connections: AtomicU64,
    streams: AtomicU64,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Request {
    method: &'static str,
    path: String,
    status: u16,
}

#[derive(Clone, Default)]
struct Times {
    buckets: [u64; BOUNDS_S.len()],
    count: u64,
    sum_s: f64,
}

/// Whether a figure only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// Something open; no longer counted when dropped.
pub struct Open(&'static AtomicU64);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Metrics {
    /// The counters of this process.
    pub fn of_node() -> &'static Metrics {
        &NODE
    }

    /// A request was answered.
    pub fn answered(&self, method: &'static str, path: &str, status: u16, took: Duration) {
        let request = Request { method, path: path.to_owned(), status };
        let took_s = took.as_secs_f64();
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let times = requests.entry(request).or_default();
        if let Some(bucket) = BOUNDS_S.iter().position(|bound| took_s <= *bound) {
            times.buckets[bucket] += 1;
        }
        times.count += 1;
        times.sum_s += took_s;
    }

    /// Something was refused before any handler saw it.
    pub fn refused(&self, why: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner).entry(why).or_default() += 1;
    }

    /// One connection more, until dropped.
    pub fn connection(&'static self) -> Open {
        self.connections.fetch_add(1, Relaxed);
        Open(&self.connections)
    }

    /// One event stream more, until dropped.
    pub fn stream(&'static self) -> Open {
        self.streams.fetch_add(1, Relaxed);
        Open(&self.streams)
    }

    /// Event streams open now.
    pub fn streams(&self) -> u64 {
        self.streams.load(Relaxed)
    }

    /// All of it in text, `more` figures of others behind it: name, kind, meaning, value.
    pub fn text(&self, more: &[(&str, Kind, &str, f64)]) -> String {
        let mut text = String::with_capacity(16 * 1024);
        self.write(&mut text, more).expect("a string takes it all");
        text
    }

    fn write(&self, to: &mut String, more: &[(&str, Kind, &str, f64)]) -> fmt::Result {
        let (open, streams) = (self.connections.load(Relaxed) as f64, self.streams() as f64);
        head(to, "gridward_http_connections", "gauge", "Connections open now.")?;
        writeln!(to, "gridward_http_connections {open}")?;
        head(to, "gridward_http_streams", "gauge", "Event streams open now.")?;
        writeln!(to, "gridward_http_streams {streams}")?;
        head(to, "gridward_http_refused_total", "counter", "Refused before any handler saw it, by reason.")?;
        for (why, count) in &*self.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            writeln!(to, "gridward_http_refused_total{{why=\"{why}\"}} {count}")?;
        }
        let name = "gridward_http_request_duration_seconds";
        head(to, name, "histogram", "Time until the answer began, by method, path template and status.")?;
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (request, times) in &requests {
            let Request { method, path, status } = request;
            let labels = format!("method=\"{method}\",path=\"{path}\",status=\"{status}\"");
            times.write(to, name, &labels)?;
        }
        for (name, kind, meaning, value) in more {
            let kind = if *kind == Kind::Counter { "counter" } else { "gauge" };
            head(to, name, kind, meaning)?;
            writeln!(to, "{name} {value}")?;
        }
        Ok(())
    }
}

impl Times {
    fn write(&self, to: &mut String, name: &str, labels: &str) -> fmt::Result {
        let mut below = 0;
        for (bound, count) in BOUNDS_S.iter().zip(self.buckets) {
            below += count;
            writeln!(to, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}")?;
        }
        writeln!(to, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", self.count)?;
        writeln!(to, "{name}_sum{{{labels}}} {}", self.sum_s)?;
        writeln!(to, "{name}_count{{{labels}}} {}", self.count)
    }
}

fn head(to: &mut String, name: &str, kind: &str, meaning: &str) -> fmt::Result {
    writeln!(to, "# HELP {name} {meaning}\n# TYPE {name} {kind}")
}
