//! The command line: reads what was asked, does it, and says in its exit code how it went.
//!
//! Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong arguments, 3 `verify` found a break.

mod cli;
mod demo;
mod serve;
mod verify;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args).await,
        Command::Demo(args) => demo::run(&args).await,
        Command::Verify(args) => verify::run(&args).await,
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gridward: {error:#}");
            ExitCode::FAILURE
        }
    }
}
