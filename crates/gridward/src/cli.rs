//! What can be asked on the command line.

use clap::{Args, Parser, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;

/// The open platform with which a city looks after its people, street by street.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve a city from its database.
    #[command(after_help = "Example: gridward serve --db sqlite:/var/lib/gridward/city.db --port 8080")]
    Serve(ServeArgs),
    /// Build, seed and serve the demo city.
    #[command(after_help = "Example: GRIDWARD_PORT=9000 gridward demo")]
    Demo(DemoArgs),
    /// Check every chain of the record and every stored state against its log; exit code 3 when one is broken.
    #[command(after_help = "Example: gridward verify --db sqlite:/var/lib/gridward/city.db --json")]
    Verify(VerifyArgs),
}

/// Where to listen.
#[derive(Args, Clone)]
pub struct Listen {
    /// Address to listen on.
    #[arg(long, env = "GRIDWARD_LISTEN", default_value = "127.0.0.1")]
    pub listen: IpAddr,
    /// Port to listen on.
    #[arg(long, env = "GRIDWARD_PORT", default_value_t = 8080)]
    pub port: u16,
}

/// Arguments of `serve`.
#[derive(Args)]
pub struct ServeArgs {
    /// `sqlite:/path/file.db` or `postgres://user@host/database`; created and migrated when new.
    #[arg(long, env = "GRIDWARD_DATABASE_URL")]
    pub db: String,
    /// Folder for pictures and papers.
    #[arg(long, env = "GRIDWARD_DATA", default_value = "data")]
    pub data: PathBuf,
    /// Where to listen.
    #[command(flatten)]
    pub listen: Listen,
}

/// Arguments of `demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Folder of the demo city; it is made on the first start.
    #[arg(long, env = "GRIDWARD_DATA", default_value = "data/demo")]
    pub data: PathBuf,
    /// Password of the seven demo accounts; made up at the first start when absent.
    #[arg(long, env = "GRIDWARD_DEMO_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// How many cases the two years have.
    #[arg(long, env = "GRIDWARD_DEMO_CASES", default_value_t = 200_000)]
    pub cases: usize,
    /// The same seed gives the same city.
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Where to listen.
    #[command(flatten)]
    pub listen: Listen,
}

/// Arguments of `verify`.
#[derive(Args)]
pub struct VerifyArgs {
    /// The database.
    #[arg(long, env = "GRIDWARD_DATABASE_URL")]
    pub db: String,
    /// Answer as one JSON line.
    #[arg(long)]
    pub json: bool,
}
