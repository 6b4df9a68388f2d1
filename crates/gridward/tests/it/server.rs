//! The program as a running server: started on a free port, killed or asked to stop, watched from outside.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running `gridward serve`; killed when dropped.
pub struct Server {
    pub address: SocketAddr,
    /// What it said before it listened.
    pub said_first: String,
    child: Child,
    log: PathBuf,
    _said: BufReader<ChildStdout>,
}

impl Server {
    /// Starts it and waits until it listens. Its log is kept in `data`.
    pub fn start(url: &str, data: &Path) -> Server {
        Server::start_with(url, data, &[])
    }

    /// The same with some variables set.
    pub fn start_with(url: &str, data: &Path, variables: &[(&str, &str)]) -> Server {
        std::fs::create_dir_all(data).unwrap();
        let log = data.join(format!("serve-{}.log", uuid::Uuid::now_v7().simple()));
        let mut command = Command::new(env!("CARGO_BIN_EXE_gridward"));
        for name in ["DATABASE_URL", "DATA", "LISTEN", "PORT", "CONFIG", "KEYS"] {
            command.env_remove(format!("GRIDWARD_{name}"));
        }
        command.args(["serve", "--db", url, "--listen", "127.0.0.1", "--port", "0", "--data"]).arg(data);
        command.envs(variables.iter().copied());
        command.env("RUST_LOG", "warn").stdout(Stdio::piped()).stderr(File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let (mut line, mut said_first) = (String::new(), String::new());
        let address = loop {
            line.clear();
            let n_read = said.read_line(&mut line).unwrap();
            assert!(n_read > 0, "the server ended: {}", std::fs::read_to_string(&log).unwrap());
            if let Some(at) = line.trim().strip_prefix("Gridward serves http://") {
                break at.parse().unwrap();
            }
            said_first.push_str(&line);
        };
        Server { address, said_first, child, log, _said: said }
    }

    /// SIGKILL: the process is gone in the middle of whatever it did.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, as an operator or systemd sends it.
    pub fn ask_to_stop(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub fn ended(mut self) -> ExitStatus {
        let limit = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < limit, "the server goes on: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it logged; at level `warn` an ordinary day is silent.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The most memory it ever had resident, in MiB.
    pub fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}
