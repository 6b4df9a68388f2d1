//! What each command does: opens what it needs, calls one use case of `app`, and says what came of it.

mod admin;
mod areas;
mod assess;
mod bench;
mod demo;
mod import;
pub mod index;
mod keys;
mod record;
mod serve;
mod stats;

use crate::cli::{Cli, Command, Db};
use crate::config::{Config, Wrong};
use crate::out::{End, Failed, because, give, give_json, plain, say};
use app::attachment::{Bucket, Shelf};
use app::{App, Clock, Vault};
use domain::stream::Stream;
use std::path::{Path, PathBuf};
use store::{Store, without_secrets};
use uuid::Uuid;

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
        Command::Assess(it) => assess::assess(&here, it).await,
        Command::Import(import) => import::import(&here, import).await,
        Command::Index(it) => index::index(&here, it).await,
        Command::Admin(admin) => admin::admin(&here, admin).await,
        Command::Keys(it) => keys::keys(&here, it).await,
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

    fn url(&self, db: &Db) -> Result<String, Failed> {
        match &db.db {
            Some(url) => Ok(url.clone()),
            None => Ok(self.settings()?.database_url),
        }
    }

    /// Opens the named database, else that of the settings, for a command that only reads: a name with a slip in it
    /// must not become an empty city in which everything holds.
    async fn found(&self, db: &Db) -> Result<Store, Failed> {
        let url = self.url(db)?;
        if let Some(path) = file_of(&url).filter(|path| !path.exists()) {
            let path = path.display();
            return Err(plain(format!(
                "there is no database at {path}: name one with --db, or set GRIDWARD_DATABASE_URL"
            )));
        }
        let store = self.store(db).await?;
        let cannot = |fault: store::Fault| because("cannot read the database", fault);
        let is_empty = store::area::tree_version(&store).await.map_err(cannot)? == 0
            && store::log::heads(&store, Stream::Case, Uuid::nil(), 1).await.map_err(cannot)?.is_empty();
        if is_empty {
            return Err(plain("this database holds no city: name another with --db, or import areas first"));
        }
        Ok(store)
    }

    /// The same with the city loaded.
    async fn found_app(&self, db: &Db) -> Result<App, Failed> {
        let store = self.found(db).await?;
        App::new(store, Clock::machine()).await.map_err(|error| because("cannot load the city", error))
    }

    /// Opens the named database, else that of the settings; creates and migrates it when new.
    async fn store(&self, db: &Db) -> Result<Store, Failed> {
        let url = self.url(db)?;
        if let Some(folder) = file_of(&url).and_then(Path::parent) {
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

    /// The keys of what is personal. Where none are named they lie in the data folder, but only beside a database that is
    /// a file there too: nodes that share a server must be given theirs.
    async fn vault(&self, config: &Config, db: &Db, store: &Store) -> Result<Vault, Failed> {
        let Some(path) = keys_of(config, &self.url(db)?) else { return Ok(Vault::closed()) };
        Vault::open(&path, store, Clock::machine().now()).await.map_err(|error| plain(error.to_string()))
    }

    async fn app(&self, db: &Db) -> Result<App, Failed> {
        let store = self.store(db).await?;
        App::new(store, Clock::machine()).await.map_err(|error| because("cannot load the city", error))
    }
}

/// The file of keys, if one is named or there is a place for it.
fn keys_of(config: &Config, url: &str) -> Option<PathBuf> {
    let beside = || file_of(url).map(|_| config.data.join("keys.toml"));
    config.keys.clone().or_else(beside)
}

/// The file of a SQLite database, if the address names one.
fn file_of(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    (path != ":memory:").then(|| Path::new(path))
}

fn told(wrong: &[Wrong]) -> String {
    let lines: Vec<String> =
        wrong.iter().map(|it| format!("{} = {:?}: {}", it.key, it.value, it.fix)).collect();
    lines.join("\n")
}

async fn check(here: &Here, json: bool) -> Result<End, Failed> {
    let mut wrong = match here.read() {
        Ok(config) => {
            let database = unopened(here, &config).await;
            database.into_iter().chain(unshelved(&config).await).collect()
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

/// A database that cannot be opened. A SQLite file that is not there yet is made at the first start, not now; but its
/// folder must be one in which that can be done.
async fn unopened(here: &Here, config: &Config) -> Option<Wrong> {
    let url = &config.database_url;
    let wrong = |key: &str, fix| Wrong { key: key.to_owned(), value: without_secrets(url), fix };
    if let Some(path) = file_of(url).filter(|path| !path.exists()) {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let why = unwritable(folder)?;
        let is_default = path.starts_with(&config.data);
        let fix = format!("{why}: name a place where files can be made");
        return Some(if is_default {
            Wrong { key: "data".to_owned(), value: config.data.display().to_string(), fix }
        } else {
            wrong("database_url", fix)
        });
    }
    let failed = here.store(&Db { db: Some(url.clone()) }).await.err()?;
    Some(wrong("database_url", format!("{}: start the server, or mend the address", failed.root_cause())))
}

/// Why nothing can be made in a folder, which may not be there yet. Leaves nothing behind.
fn unwritable(folder: &Path) -> Option<String> {
    let there = folder.ancestors().find(|it| it.as_os_str().is_empty() || it.exists())?;
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    let probe = there.join(format!(".gridward-{}", Uuid::now_v7().simple()));
    let made = std::fs::create_dir(&probe);
    let _was_never_there = std::fs::remove_dir(&probe);
    made.err().map(|error| format!("nothing can be written in {} ({error})", there.display()))
}
