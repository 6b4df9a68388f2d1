//! `gridward demo`: the demo city, made on the first start (aside, then renamed: half a city is never served).

use super::serve::{bind, serve};
use crate::cli::DemoArgs;
use crate::out::End;
use anyhow::{Context, Result};
use app::attachment::Shelf;
use app::{App, Clock, Vault};
use domain::case::{Evidence, EvidenceKind};
use domain::id::AttachmentId;
use jiff::{SignedDuration, Timestamp};
use sim::history::{self, Plan};
use std::path::{Path, PathBuf};
use std::time::Instant;
use store::Store;

/// Days of visits to those in the care register of the demo.
const CARE_DAYS: i64 = 45;
const ACCOUNTS: &str = "worker, desk, unit, department, county, city, analyst, admin";

/// Runs it.
pub async fn run(args: &DemoArgs) -> Result<End> {
    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot make {}", args.data.display()))?;
    let path = args.data.join("city.db");
    let is_new = !path.exists();
    let password = match (&args.password, is_new) {
        (Some(password), _) => Some(password.clone()),
        (None, true) => Some(made_up()?),
        (None, false) => None,
    };
    // A taken port and a password that will not do are told now, not after a minute.
    if let Some(password) = &password {
        for account in ACCOUNTS.split(", ") {
            app::session::password::check(account, password)
                .context("GRIDWARD_DEMO_PASSWORD cannot be used")?;
        }
    }
    if is_new {
        drop(bind(&args.listen).await?);
        build(args, &path).await?;
    }
    let store = Store::open(&url(&path)).await?;
    let vault = Vault::open(&keys_of(args), &store, Timestamp::now()).await?;
    let app = App::new(store, Clock::machine())
        .await?
        .with_shelf(Shelf::Folder(args.data.join("files")))
        .with_vault(vault);
    if let Some(password) = &password {
        for account in ACCOUNTS.split(", ") {
            app.people.set_password(account, password).await?;
        }
    }
    let listener = bind(&args.listen).await?;
    if !is_new {
        println!("The city of {} goes on; to make it anew, remove that folder.", args.data.display());
    }
    println!("\nThe demo city is at http://{}", listener.local_addr()?);
    println!("Sign in as one of {ACCOUNTS}");
    match password {
        Some(password) => println!("with the password {password}"),
        None => println!("with the password of the first start (GRIDWARD_DEMO_PASSWORD sets another)"),
    }
    let living = match args.live {
        Some(pace) => {
            println!("The city goes on: {pace} reports and acts a minute");
            Some(tokio::spawn(live(app.clone(), args.seed, pace)))
        }
        None => None,
    };
    serve(app, listener).await;
    if let Some(living) = living {
        living.abort();
    }
    Ok(End::Done)
}

/// Goes on until the program ends. A step that fails is told and tried again at the next.
async fn live(app: App, seed: u64, per_minute: f64) {
    let begun = match stock(&app).await {
        Ok(stock) => sim::live::Live::begin(&app, seed ^ u64::from(std::process::id()), stock).await,
        Err(error) => return tracing::error!("the city cannot go on: {error:#}"),
    };
    let mut city = match begun {
        Ok(city) => city,
        Err(error) => return tracing::error!(%error, "the city cannot go on"),
    };
    let mut ticks = tokio::time::interval(sim::live::between(per_minute));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        match city.step(&app).await {
            Ok(Some(happened)) => {
                tracing::debug!(act = happened.act.as_str(), case = %happened.case.id, "the city went on");
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a step of the city failed"),
        }
    }
}

fn keys_of(args: &DemoArgs) -> PathBuf {
    args.data.join("keys.toml")
}

fn url(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

async fn build(args: &DemoArgs, path: &Path) -> Result<()> {
    let started = Instant::now();
    let aside = args.data.join("city.db.part");
    for leftover in [&aside, &args.data.join("city.db.part-wal"), &args.data.join("city.db.part-shm")] {
        let _absent = std::fs::remove_file(leftover);
    }
    let store = Store::open(&url(&aside)).await?;
    let to = Timestamp::now();
    let today = jiff::tz::TimeZone::UTC.to_datetime(to).date();
    // Two years at least, and no month of the index without its cases.
    let two_years = to - SignedDuration::from_hours(24 * 730);
    let begin = sim::index::first_day(today).yesterday().unwrap_or(today);
    let from =
        jiff::tz::TimeZone::UTC.to_timestamp(begin.at(0, 0, 0, 0)).map_or(two_years, |it| it.min(two_years));
    let telling = Telling::begin(args.cases);
    telling.say("Laying out the city: areas, units, people …");
    let seeded = sim::seed::seed(&store, args.seed, from, today).await?;
    // Whatever keys lie here were of a city that is no more.
    let _absent = std::fs::remove_file(keys_of(args));
    let vault = Vault::open(&keys_of(args), &store, to).await?;
    let app = App::new(store, Clock::standing_at(to))
        .await?
        .with_shelf(Shelf::Folder(args.data.join("files")))
        .with_vault(vault);
    let stock = stock(&app).await?;
    let plan = Plan { seed: args.seed, n_cases: args.cases, from, to };
    telling.say("Living through two years …");
    let made = history::make(&app, &seeded.cast, &seeded.texts, &stock, plan, |n| telling.at(n)).await?;
    telling.end();
    println!("Setting up places and things, and inspecting some …");
    let places = sim::places::make(&app, &seeded.cast, args.seed, to).await?;
    let work = sim::work::make(&app, &seeded.cast, &seeded.texts, args.seed).await?;
    println!(
        "{} requests for leave, {} campaigns, {} disputes in mediation",
        work.n_leaves, work.n_campaigns, work.n_disputes
    );
    println!("Making the safety index: what departments handed in, and {} editions …", args.editions);
    let plan = sim::index::Plan { seed: args.seed, now: to, n_editions: args.editions };
    let index = sim::index::make(&app, &seeded.cast, plan).await?;
    println!("Looking after people: a care register with six weeks of visits …");
    let plan = sim::care::Plan { seed: args.seed, n_entries: args.care, days: CARE_DAYS, now: to };
    let care = sim::care::make(&app, &seeded.cast, &seeded.texts, plan).await?;
    println!("{} entries, {} visits, {} referrals", care.n_entries, care.n_visits, care.n_referrals);
    println!("Making the books of the days of last month and this …");
    let assessed = sim::assess::make(&app, &seeded.cast, args.seed).await?;
    app.store.close().await;
    std::fs::rename(&aside, path).with_context(|| format!("cannot rename {}", aside.display()))?;
    println!(
        "{} cases with {} acts, {} places and things with {} inspections, {} intakes, {} editions of the index and {} books of days in {:.0} s",
        made.n_cases,
        made.n_acts,
        places.n_places,
        places.n_inspections,
        index.n_intakes,
        index.n_editions,
        assessed.n_days,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// How far the making is: a bar on a terminal, a line every tenth elsewhere.
struct Telling {
    bar: indicatif::ProgressBar,
    total: usize,
    told: std::cell::Cell<usize>,
}

impl Telling {
    fn begin(total: usize) -> Telling {
        let bar = crate::out::bar("cases");
        bar.set_length(total as u64);
        Telling { bar, total: total.max(1), told: std::cell::Cell::new(0) }
    }

    fn say(&self, what: &str) {
        self.bar.suspend(|| println!("{what}"));
    }

    fn at(&self, n: usize) {
        self.bar.set_position(n as u64);
        let tenth = n * 10 / self.total;
        if self.bar.is_hidden() && tenth > self.told.get() {
            self.told.set(tenth);
            println!("{:3} %", tenth * 10);
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A picture or paper of each kind, to be shown as evidence.
async fn stock(app: &App) -> Result<Vec<Evidence>> {
    let mut all = Vec::new();
    for kind in EvidenceKind::ALL {
        let bytes = sim::picture::of(*kind);
        let it = app.attach(None, &bytes).await?;
        all.push(Evidence { attachment: AttachmentId(it.id.0), sha256: it.sha256, kind: *kind });
    }
    Ok(all)
}

fn made_up() -> Result<String> {
    let mut bytes = [0_u8; 9];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    Ok(bytes
        .iter()
        .map(|b| char::from(b"abcdefghjkmnpqrstuvwxyz23456789"[usize::from(*b) % 31]))
        .collect::<String>()
        + "-demo")
}
