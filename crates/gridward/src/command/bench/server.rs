//! The server under load: this program as `serve`, in a process of its own.

use crate::out::{Failed, because, plain};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; ended when dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until it listened.
    pub started_in: Duration,
    child: Child,
    _said: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    pub fn start(url: &str, data: &Path) -> Result<Server, Failed> {
        let begun = Instant::now();
        let program = std::env::current_exe().map_err(|error| because("cannot find this program", error))?;
        let mut command = Command::new(program);
        command.args(["serve", "--db", url, "--listen", "127.0.0.1", "--port", "0", "--data"]).arg(data);
        command.env("RUST_LOG", "warn").stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| because("cannot start the server", error))?;
        let mut said = BufReader::new(child.stdout.take().expect("its output was asked for"));
        let mut line = String::new();
        loop {
            line.clear();
            let read = said.read_line(&mut line).map_err(|error| because("cannot hear the server", error))?;
            if read == 0 {
                return Err(plain("the server ended before it listened"));
            }
            if let Some(at) = line.trim().strip_prefix("Gridward serves http://") {
                let address = at.parse().map_err(|error| because("the server named no address", error))?;
                return Ok(Server { address, started_in: begun.elapsed(), child, _said: said });
            }
        }
    }

    /// Memory resident now and at most, MiB.
    pub fn memory_mib(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kib = |name: &str| -> f64 {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0.0)
        };
        (kib("VmRSS:") / 1024.0, kib("VmHWM:") / 1024.0)
    }

    /// CPU time it has used, seconds (user and system; Linux counts in hundredths).
    pub fn cpu_s(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let ticks = |at: usize| -> f64 {
            after_name.split(' ').nth(at).and_then(|number| number.parse().ok()).unwrap_or(0.0)
        };
        (ticks(11) + ticks(12)) / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}
