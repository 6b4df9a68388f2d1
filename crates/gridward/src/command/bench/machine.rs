//! The machine a figure comes from: without it the figure says nothing.

use serde::Serialize;
use std::fmt;
use std::fs;

/// What a reader must know to compare.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// As the processor calls itself.
    cpu: String,
    /// Cores this process may use.
    cores: usize,
    /// Memory, GiB.
    memory_gib: f64,
    /// Kernel.
    kernel: String,
    /// Work that waited on average in the last minute, before this run.
    load_before: f64,
    /// `release`, or `debug`, which means nothing.
    build: &'static str,
}

impl Machine {
    /// This one, now. Linux tells; elsewhere fields stay empty.
    pub fn here() -> Machine {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map_or("", |(_, value)| value.trim()).to_owned()
        };
        let kib = field(&read("/proc/meminfo"), "MemTotal");
        let kib: f64 = kib.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0);
        let load = read("/proc/loadavg");
        Machine {
            cpu: field(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: (kib / 1024.0 / 1024.0 * 10.0).round() / 10.0,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_before: load.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cpu, cores, memory_gib, kernel, load_before, build } = self;
        write!(
            f,
            "{cpu}, {cores} cores, {memory_gib} GiB, Linux {kernel}, load before {load_before}, {build}"
        )
    }
}
