//! `keys`: the master keys of what is personal, for whoever runs the machine.

use super::{Here, keys_of};
use crate::cli;
use crate::out::{End, Failed, because, give, give_json, plain};
use app::vault::Keys;
use app::{Clock, Vault};
use std::path::PathBuf;
use store::Store;

pub async fn keys(here: &Here, keys: cli::Keys) -> Result<End, Failed> {
    match keys {
        cli::Keys::Renew { db } => {
            let (path, store) = (path(here, &db)?, here.found(&db).await?);
            let _opens = open(&path, &store).await?;
            let now = Clock::machine().now();
            let renewed = read(&path)?.renewed(&format!("k{}", now.strftime("%Y%m%d%H%M%S")));
            renewed.write(&path).map_err(|error| plain(error.to_string()))?;
            give(&format!(
                "{} is the newest master key in {}: give the file to every node, start them again, then run \
                 `gridward keys rewrap`",
                renewed.name(),
                path.display()
            ))?;
            store.close().await;
        }
        cli::Keys::Rewrap { db } => {
            let (path, store) = (path(here, &db)?, here.found(&db).await?);
            let vault = open(&path, &store).await?;
            let n = vault.rewrap(&store).await.map_err(|error| because("cannot wrap the keys", error))?;
            let alone = read(&path)?.alone();
            alone.write(&path).map_err(|error| plain(error.to_string()))?;
            give(&format!("{n} keys are wrapped by {}; those before it are forgotten", alone.name()))?;
            store.close().await;
        }
        cli::Keys::Show { db, json } => {
            let store = here.found(&db).await?;
            let masters = store::secret::masters(&store).await;
            let masters = masters.map_err(|error| because("cannot read the keys", error))?;
            if json {
                let rows: Vec<_> = masters
                    .iter()
                    .map(|(name, n)| serde_json::json!({ "master": name, "n_records": n }))
                    .collect();
                give_json(&serde_json::json!({ "masters": rows }))?;
            } else {
                masters.iter().try_for_each(|(name, n)| give(&format!("{name} wraps {n} records")))?;
            }
            store.close().await;
        }
    }
    Ok(End::Done)
}

fn path(here: &Here, db: &cli::Db) -> Result<PathBuf, Failed> {
    let none = || plain("no file of keys is named: set GRIDWARD_KEYS, or `keys` in the settings file");
    keys_of(&here.settings()?, &here.url(db)?).ok_or_else(none)
}

async fn open(path: &std::path::Path, store: &Store) -> Result<Vault, Failed> {
    Vault::open(path, store, Clock::machine().now()).await.map_err(|error| plain(error.to_string()))
}

fn read(path: &std::path::Path) -> Result<Keys, Failed> {
    Keys::read(path).map_err(|error| plain(error.to_string()))
}
