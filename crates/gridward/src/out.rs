//! How a command speaks: results on standard output, everything else on standard error, a bar on a terminal.

use crate::traces::Traces;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// How a command ended when nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Done: exit code 0.
    Done,
    /// It looked for something wrong and found it: exit code 3.
    Found,
}

impl End {
    /// Its exit code.
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            End::Done => 0,
            End::Found => 3,
        })
    }
}

/// A command that failed: exit code 1. Its chain says what was being done, and why that failed.
pub type Failed = anyhow::Error;

/// What was being done, and why it failed.
pub fn because(doing: impl Into<String>, source: impl Into<Failed>) -> Failed {
    source.into().context(doing.into())
}

/// Something to be mended by whoever called.
pub fn plain(why: impl Into<String>) -> Failed {
    Failed::msg(why.into())
}

/// Logs go to standard error; `RUST_LOG` chooses, `info` without it. Spans go to a collector, where there is one.
pub fn start_logs(json: bool, traces: Option<&Traces>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A log that cannot be written (its disk is full) is no reason to fail: complaining about it would panic.
    let logs = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let logs =
        if json { logs.json().boxed() } else { logs.with_ansi(std::io::stderr().is_terminal()).boxed() };
    // Spans of our own crates alone: those of the sender would be sent, and so on without end.
    let ours = Targets::new().with_targets(["api", "app", "store"].map(|name| (name, Level::DEBUG)));
    let spans =
        traces.map(|traces| tracing_opentelemetry::layer().with_tracer(traces.tracer()).with_filter(ours));
    tracing_subscriber::registry().with(logs.with_filter(filter)).with(spans).init();
}

/// Says why, with every cause below.
pub fn tell_failed(failed: &Failed) {
    say(&format!("gridward: {failed:#}"));
}

/// One line for people, on standard error.
pub fn say(line: &str) {
    let _nobody_listens = writeln!(std::io::stderr(), "{line}");
}

/// One line of the result, on standard output.
pub fn give(line: &str) -> Result<(), Failed> {
    match writeln!(std::io::stdout(), "{line}") {
        // Whoever reads has seen enough (`| head`): that is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => written.map_err(|error| because("cannot write the result", error)),
    }
}

/// A result as one line of JSON.
pub fn give_json(result: &impl serde::Serialize) -> Result<(), Failed> {
    give(&serde_json::to_string(result).expect("results are plain data"))
}

/// A bar on a terminal, nothing elsewhere.
pub fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{prefix} [{bar:32}] {pos}/{len} {per_sec} {eta}");
    bar.set_style(style.expect("a template that holds").progress_chars("=> "));
    bar.set_prefix(what);
    bar
}
