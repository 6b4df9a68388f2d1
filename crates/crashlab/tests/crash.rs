//! The crash lab: the real store, group commit included, on a disk that fails. What it acknowledged is there
//! afterwards, what it refused is not, the database is whole, and the log replays to the state.
//!
//! `GRIDWARD_CRASH_SEEDS=20000` runs more, `GRIDWARD_CRASH_SEED=17` runs one and prints what is derived from it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crashlab::{Chance, Disk, Plan};
use store::{Batch, CommitError, Row, Store, params};

const SEEDS: u64 = 500;

/// Everything that a seed decides.
#[derive(Clone, Debug)]
struct Options {
    submitters: i64,
    /// Commits that each submitter tries in one life of the process.
    commits: u64,
    checkpoint_pages: u64,
    /// One per life of the process.
    lives: Vec<Life>,
}

#[derive(Clone, Debug)]
struct Life {
    plan: Plan,
    /// Whether the power is cut at the end, or only the process ends.
    power_cut: bool,
    /// Whether a process that only ended is followed by the next one at once, on what the page cache shows.
    unchecked: bool,
}

impl Options {
    fn of(chance: &mut Chance) -> Self {
        let commits = 3 + chance.below(30);
        let lives = (0..=chance.below(4)).map(|_| Life::of(chance)).collect();
        let checkpoint_pages = [8, 40, 200][chance.below(3) as usize];
        Self { submitters: 1 + chance.below(6) as i64, commits, checkpoint_pages, lives }
    }
}

impl Life {
    fn of(chance: &mut Chance) -> Self {
        let mut plan = Plan::default();
        let horizon = if chance.percent(20) { 30 } else { 400 };
        let when = 1 + chance.below(horizon);
        match chance.below(10) {
            0..=4 => plan.cut_at = Some(when),
            5 | 6 => plan.failing_sync_at = Some(when),
            7 => plan.failing_write_at = Some(when),
            8 => plan.full = Some(when..when + 1 + chance.below(200)),
            _ => {}
        }
        if chance.percent(15) && plan.cut_at.is_none() {
            plan.cut_at = Some(when + chance.below(200));
        }
        Self { plan, power_cut: chance.percent(60), unchecked: chance.percent(70) }
    }
}

/// What the submitters were told, by stream: the last version acknowledged.
type Ledger = BTreeMap<i64, i64>;

#[derive(Default)]
struct Totals {
    acknowledged: AtomicU64,
    cuts: AtomicU64,
    failed_syncs: AtomicU64,
    full: AtomicU64,
}

#[test]
fn what_was_acknowledged_survives_power_cuts_and_failing_disks() {
    if let Some(seed) = env("GRIDWARD_CRASH_SEED") {
        let options = Options::of(&mut Chance::new(seed));
        println!("seed {seed}: {options:#?}");
        run(seed, false, &Totals::default()).unwrap();
        return;
    }
    let seeds = env("GRIDWARD_CRASH_SEEDS").unwrap_or(SEEDS);
    let totals = Totals::default();
    let failures = on_all_cores(seeds, |seed| run(seed, false, &totals).err());
    let of = |it: &AtomicU64| it.load(Ordering::Relaxed);
    println!(
        "{seeds} seeds: {} acknowledged, {} power cuts, {} failed syncs, {} full disks, {} failures",
        of(&totals.acknowledged),
        of(&totals.cuts),
        of(&totals.failed_syncs),
        of(&totals.full),
        failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        of(&totals.cuts) > 0 && of(&totals.failed_syncs) > 0 && of(&totals.full) > 0,
        "the lab tested nothing"
    );
}

/// The lab itself can fail: a disk that answers a sync without doing it is found out.
#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let failures = on_all_cores(40, |seed| run(seed, true, &Totals::default()).err());
    assert!(failures.len() > 5, "only {} of 40 seeds saw the loss", failures.len());
}

fn env(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|it| it.parse().expect("a number"))
}

fn on_all_cores(seeds: u64, run: impl Fn(u64) -> Option<String> + Sync) -> Vec<String> {
    let next = AtomicU64::new(0);
    let lanes = std::thread::available_parallelism().map_or(2, usize::from).min(8);
    std::thread::scope(|scope| {
        let lane = || {
            let mut failures = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return failures;
                }
                failures.extend(run(seed));
            }
        };
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    })
}

fn run(seed: u64, lying: bool, totals: &Totals) -> Result<(), String> {
    crashlab::register();
    store::engine::sqlite::when_disk_is_lost(|_| {}); // in earnest the process ends; here the next life begins
    let mut chance = Chance::new(seed);
    let options = Options::of(&mut chance);
    let folder = Folder::new(seed);
    let disk = Disk::under(&folder.0, Plan::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(lives(&folder.0, &disk, &options, lying, &mut chance, totals));
    Disk::remove(&folder.0);
    outcome.map_err(|why| format!("seed {seed}: {why}\n  {options:?}"))
}

async fn lives(
    folder: &Path,
    disk: &Arc<Disk>,
    options: &Options,
    lying: bool,
    chance: &mut Chance,
    totals: &Totals,
) -> Result<(), String> {
    let url = format!(
        "sqlite:{}?vfs={}&checkpoint_pages={}",
        folder.join("store.db").display(),
        crashlab::NAME,
        options.checkpoint_pages
    );
    let store = Store::open(&url).await.map_err(|fault| format!("cannot begin: {fault:?}"))?;
    prepare(&store, options.submitters).await;
    store.close().await;

    let mut ledger = Ledger::new();
    for (number, life) in options.lives.iter().enumerate() {
        disk.replan(Plan { lying, ..life.plan.clone() });
        // A fault may hit the opening itself; that is a start that fails, and the next one must not.
        if let Ok(store) = Store::open(&url).await
            && let Ok(heads) = store.rows("select stream, version from head", vec![]).await
        {
            take_over(&heads, &mut ledger).map_err(|why| format!("life {number} begins: {why}"))?;
            let submitters = (0..options.submitters).map(|stream| {
                let chance = Chance::new(chance.any());
                let last = ledger.get(&stream).copied().unwrap_or(0);
                tokio::spawn(submit(store.clone(), Arc::clone(disk), stream, last, options.commits, chance))
            });
            for submitter in submitters.collect::<Vec<_>>() {
                let told = submitter.await.map_err(|error| error.to_string())??;
                totals.acknowledged.fetch_add(told.acknowledged, Ordering::Relaxed);
                totals.full.fetch_add(told.full, Ordering::Relaxed);
                ledger.insert(told.stream, told.last);
            }
            if disk.sync_has_failed() && !disk.is_dead() && store.commit(entry(0, -1, -1, 1)).await.is_ok() {
                return Err("it went on after a failed sync".to_owned());
            }
            store.close().await;
        }
        totals.failed_syncs.fetch_add(u64::from(disk.sync_has_failed()), Ordering::Relaxed);
        if life.power_cut || disk.is_dead() {
            totals.cuts.fetch_add(1, Ordering::Relaxed);
            disk.settle(folder, chance).map_err(|error| error.to_string())?;
        } else if life.unchecked && number + 1 < options.lives.len() {
            continue;
        }
        disk.replan(Plan { lying, ..Plan::default() });
        let store = Store::open(&url)
            .await
            .map_err(|fault| format!("life {number}: cannot open again: {fault:?}"))?;
        let checked = check(&store, &mut ledger).await.map_err(|why| format!("life {number}: {why}"));
        store.close().await;
        checked?;
    }
    Ok(())
}

async fn prepare(store: &Store, streams: i64) {
    let mut batch = Batch::new("prepare")
        .run("create table head (stream bigint primary key, version bigint not null)", vec![])
        .run("create table line (stream bigint, version bigint, body blob not null, primary key (stream, version))", vec![])
        .run("create table poison (stream bigint)", vec![]);
    for stream in 0..streams {
        batch = batch.guard("insert into head values ($1, 0)", params![stream]);
    }
    store.commit(batch).await.unwrap();
}

/// The next entry of a stream, guarded by the version before it.
fn entry(stream: i64, before: i64, after: i64, bytes: u64) -> Batch {
    let body: Vec<u8> = (0..bytes).map(|at| (at as i64 + after) as u8).collect();
    Batch::new("entry")
        .guard(
            "update head set version = $2 where stream = $1 and version = $3",
            params![stream, after, before],
        )
        .run("insert into line (stream, version, body) values ($1, $2, $3)", params![stream, after, body])
}

struct Told {
    stream: i64,
    last: i64,
    acknowledged: u64,
    full: u64,
}

/// Commits to its own stream until the disk is gone; fails when the store's word and its rows differ.
async fn submit(
    store: Store,
    disk: Arc<Disk>,
    stream: i64,
    last: i64,
    commits: u64,
    mut chance: Chance,
) -> Result<Told, String> {
    let mut told = Told { stream, last, acknowledged: 0, full: 0 };
    for _ in 0..commits {
        if chance.percent(15) {
            let poison =
                Batch::new("poison").run("insert into poison (stream) values ($1)", params![stream]).guard(
                    "update head set version = version where stream = $1 and version = -7",
                    params![stream],
                );
            if store.commit(poison).await.is_ok() {
                return Err("a batch went through against its guard".to_owned());
            }
        }
        let many = if chance.percent(20) { 2 + chance.below(4) as i64 } else { 1 };
        let bytes = if chance.percent(10) { 9_000 } else { 300 };
        let batches = (0..many).map(|at| entry(stream, told.last + at, told.last + at + 1, bytes)).collect();
        for outcome in store.commit_many(batches).await {
            match outcome {
                Ok(()) => {
                    told.last += 1;
                    told.acknowledged += 1;
                }
                Err(CommitError::Full) => told.full += 1,
                // A group that the disk refused is not in the database, nor what follows it in the stream.
                Err(CommitError::Fault(_) | CommitError::Conflict { .. }) => {}
                Err(error) => return Err(format!("unexpected: {error:?}")),
            }
        }
        if disk.is_dead() || disk.sync_has_failed() {
            break;
        }
        let head = store.row("select version from head where stream = $1", params![stream]).await;
        match head {
            Ok(Some(row)) if row.int("version").ok() == Some(told.last) => {}
            _ if disk.is_dead() || disk.sync_has_failed() => break,
            other => return Err(format!("told {}, reads {other:?}", told.last)),
        }
    }
    Ok(told)
}

/// Safety, in a life without faults. The ledger takes over what was committed without an answer.
async fn check(store: &Store, ledger: &mut Ledger) -> Result<(), String> {
    let rows = async |sql: &str| store.rows(sql, vec![]).await.map_err(|fault| format!("{fault:?}"));
    let whole = rows("pragma integrity_check").await?;
    if whole.first().and_then(|row| row.text(0).ok()).as_deref() != Some("ok") {
        return Err(format!("the database is damaged: {whole:?}"));
    }
    if !rows("select stream from poison").await?.is_empty() {
        return Err("part of a refused batch is there".to_owned());
    }
    let sql = "select h.stream, h.version, count(l.version) as lines, coalesce(max(l.version), 0) as last
        from head h left join line l on l.stream = h.stream group by h.stream, h.version";
    for row in rows(sql).await? {
        let int = |column: &str| row.int(column).map_err(|fault| fault.to_string());
        let (stream, version) = (int("stream")?, int("version")?);
        if int("lines")? != version || int("last")? != version {
            return Err(format!("stream {stream}: the log does not replay to the state: {row:?}"));
        }
    }
    take_over(&rows(sql).await?, ledger)?;
    Ok(())
}

/// What is there must be at least what was acknowledged; what more is there counts from now on.
fn take_over(heads: &[Row], ledger: &mut Ledger) -> Result<(), String> {
    for row in heads {
        let (stream, version) = (row.int("stream").map_err(string)?, row.int("version").map_err(string)?);
        let acknowledged = ledger.insert(stream, version).unwrap_or(0);
        if version < acknowledged {
            return Err(format!("stream {stream}: {acknowledged} acknowledged, {version} there"));
        }
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn string(error: store::Fault) -> String {
    error.to_string()
}

/// A folder of its own per seed, gone afterwards; in memory where the machine has such a place.
struct Folder(PathBuf);

impl Folder {
    fn new(seed: u64) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("gridward-crash-{}-{seed}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.canonicalize().unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
