//! `gridward verify`: the whole record of a database, checked.

use crate::cli::VerifyArgs;
use anyhow::Result;
use app::{App, Clock};
use std::process::ExitCode;
use store::Store;

/// Exit code when the record is broken.
const BROKEN: u8 = 3;

/// Runs it.
pub async fn run(args: &VerifyArgs) -> Result<ExitCode> {
    let app = App::new(Store::open(&args.db).await?, Clock::machine()).await?;
    let found = app::verify::verify(&app, |_| {}).await?;
    if args.json {
        println!("{}", serde_json::to_string(&found)?);
    } else {
        println!("{} cases, {} entries", found.n_cases, found.n_entries);
        for broken in &found.broken {
            println!("{broken}");
        }
        if found.broken.is_empty() {
            println!("every entry holds, and every stored state is what its log gives");
        }
    }
    app.store.close().await;
    Ok(if found.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}
