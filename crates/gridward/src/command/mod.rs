//! What each command does: opens what it needs, calls one use case of `app`, and says what came of it.

mod admin;
mod areas;
mod bench;
mod demo;
mod import;
pub mod index;
mod record;
mod serve;
mod stats;

use crate::cli::{Cli, Command, Db};
use crate::config::{Config, Wrong};
use crate::out::{End, Failed, because, give, give_json, plain, say};
use app::attachment::{Bucket, Shelf};
use app::{App, Clock};
use std::path::{Path, PathBuf};
use store::Store;

/// Does it.
pub async fn run(cli: Cli) -> Result<End, Failed> {
    let here = Here { config: cli.config };
    match cli.command {
        Command::Serve(args) => serve::run(&here, args).await,
        Command::Demo(args) => demo::run(&args).await,
        Command::Check { json } => check(&here, json).await,
        Command::Verify(verify) => record::verify(&here, verify).await,
        Command::Export(export) => record::export(&here, export).await,
        Command::Stats(stats) => stats::stats(&here, stats).await,
        Command::Areas(it) => areas::areas(&here, it).await,
        Command::Import(import) => import::import(&here, import).await,
        Command::Index(it) => index::index(it),
        Command::Admin(admin) => admin::admin(&here, admin).await,
        Command::Bench(args) => bench::run(args).await,
    }
}

/// Where the settings are.
pub struct Here {
    config: Option<PathBuf>,
}

impl Here {
    fn read(&self) -> Result<Config, Vec<Wrong>> {
        Config::read(self.config.as_deref())
    }

    fn settings(&self) -> Result<Config, Failed> {
        self.read().map_err(|wrong| plain(told(&wrong)))
    }

    /// Opens the named database, else that of the settings; creates and migrates it when new.
    async fn store(&self, db: &Db) -> Result<Store, Failed> {
        let url = match &db.db {
            Some(url) => url.clone(),
            None => self.settings()?.database_url,
        };
        if let Some(folder) = url.strip_prefix("sqlite:").and_then(|path| Path::new(path).parent()) {
            std::fs::create_dir_all(folder)
                .map_err(|error| because(format!("cannot make {}", folder.display()), error))?;
        }
        Store::open(&url).await.map_err(|fault| because("cannot open the database", fault))
    }

    /// The shelf for attachments.
    fn shelf(config: &Config) -> Result<Shelf, Wrong> {
        let folder = config.data.join("files");
        let Some(files) = &config.files else { return Ok(Shelf::Folder(folder)) };
        if !files.starts_with("s3://") {
            return Ok(Shelf::Folder(files.into()));
        }
        let known = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
        let wrong = |fix| Wrong { key: "files".to_owned(), value: files.clone(), fix };
        Ok(Shelf::Bucket(Bucket::open(files, known).map_err(wrong)?, folder))
    }

    async fn app(&self, db: &Db) -> Result<App, Failed> {
        let store = self.store(db).await?;
        App::new(store, Clock::machine()).await.map_err(|error| because("cannot load the city", error))
    }
}

fn told(wrong: &[Wrong]) -> String {
    let lines: Vec<String> =
        wrong.iter().map(|it| format!("{} = {:?}: {}", it.key, it.value, it.fix)).collect();
    lines.join("\n")
}

async fn check(here: &Here, json: bool) -> Result<End, Failed> {
    let mut wrong = match here.read() {
        Ok(config) => {
            let mut wrong = unopened(here, &config).await;
            wrong.extend(unshelved(&config).await);
            wrong
        }
        Err(wrong) => wrong,
    };
    wrong.sort_by(|one, other| one.key.cmp(&other.key));
    if json {
        give_json(&serde_json::json!({ "ok": wrong.is_empty(), "wrong": wrong }))?;
    } else if wrong.is_empty() {
        give("every setting makes sense, and what is set up answers")?;
    } else {
        say(&told(&wrong));
    }
    Ok(if wrong.is_empty() { End::Done } else { End::Found })
}

/// A shelf that cannot be written and read.
async fn unshelved(config: &Config) -> Option<Wrong> {
    let shelf = match Here::shelf(config) {
        Ok(shelf @ Shelf::Bucket(..)) => shelf,
        Ok(Shelf::Folder(_)) => return None,
        Err(wrong) => return Some(wrong),
    };
    let error = shelf.probe().await.err()?;
    let fix = format!("{error}: look at the address, the variables AWS_… and the rights of the key");
    Some(Wrong { key: "files".to_owned(), value: config.files.clone().unwrap_or_default(), fix })
}

/// A database that cannot be opened. A SQLite file that is not there yet is made at the first start, not now.
async fn unopened(here: &Here, config: &Config) -> Vec<Wrong> {
    let url = &config.database_url;
    if url.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
        return Vec::new();
    }
    let Err(failed) = here.store(&Db { db: Some(url.clone()) }).await else { return Vec::new() };
    let why = failed.root_cause();
    let fix = format!("{why}: start the server, or mend the address");
    let value = url.rsplit('@').next().unwrap_or_default().to_owned();
    vec![Wrong { key: "database_url".to_owned(), value, fix }]
}
