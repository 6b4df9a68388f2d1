//! The binary: reads the command line and the settings, opens what a command needs, and says how it ended.
//! What a command does is in `command`; what the city's law is lies far below.

mod cli;
mod command;
mod config;
mod out;
mod traces;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let traces = match traces::Traces::start() {
        Ok(traces) => traces,
        Err(failed) => {
            out::tell_failed(&failed);
            return ExitCode::from(1);
        }
    };
    out::start_logs(cli.log_json, traces.as_ref());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(command::run(cli)),
        Err(error) => Err(out::because("cannot start", error)),
    };
    match ended {
        Ok(end) => end.code(),
        Err(failed) => {
            out::tell_failed(&failed);
            ExitCode::from(1)
        }
    }
}
