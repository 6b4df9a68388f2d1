//! `gridward serve`: opens the store, loads the city, starts the sweeper, and answers until told to stop.

use super::{Here, told};
use crate::cli::{Listen, Serve};
use crate::out::{End, plain};
use anyhow::{Context, Result};
use api::Limits;
use api::health::{Part, Probes};
use api::server::Ending;
use app::attachment::Shelf;
use app::session::FirstStart;
use app::{App, Clock};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Spent on seals at once: the sweeper has cases to wake.
const SEALING: Duration = Duration::from_millis(300);

/// How often it is looked whether a day is over.
const ASSESSING: Duration = Duration::from_secs(2);

/// Runs it.
pub async fn run(here: &Here, args: Serve) -> Result<End> {
    let mut settings = here.settings()?;
    settings.data = args.data.unwrap_or(settings.data);
    let shelf = Here::shelf(&settings).map_err(|wrong| plain(told(&[wrong])))?;
    let store = here.store(&args.db).await?;
    let listen =
        Listen { listen: args.listen.unwrap_or(settings.listen), port: args.port.unwrap_or(settings.port) };
    let vault = here.vault(&settings, &args.db, &store).await?;
    if !vault.is_open() {
        tracing::info!(
            "no file of keys is named (setting `keys`): the care register and whatever else is personal is refused"
        );
    }
    let app = App::new(store, Clock::machine()).await?.with_vault(vault);
    if let (Shelf::Bucket(..), Err(error)) = (&shelf, shelf.probe().await) {
        tracing::warn!(%error, "attachments cannot be kept now; everything else goes on");
    }
    let app = app.with_shelf(shelf);
    let app = match &settings.telling {
        Some(path) => app.with_outside(app::telling::Outside::read(path)?),
        None => app,
    };
    let listener = bind(&listen).await?;
    let at = listener.local_addr()?;
    if let Some(told) = first_start(app.people.first_start().await?, at) {
        println!("{told}");
    }
    println!("Gridward serves http://{at}");
    serve(app, listener).await;
    Ok(End::Done)
}

/// What whoever runs the city must do first. The secret stands behind `#`: browsers send it to nobody.
fn first_start(found: FirstStart, mut at: SocketAddr) -> Option<String> {
    if at.ip().is_unspecified() {
        at.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    match found {
        FirstStart::Settled => None,
        FirstStart::NoCity => Some(
            "This database has no areas yet: bring them in with `gridward import areas`, then start again \
             for the link that makes the first administrator."
                .to_owned(),
        ),
        FirstStart::Link { account, token } => {
            let what = match account {
                Some(account) => format!("to set the password of {account}"),
                None => "to make the first administrator".to_owned(),
            };
            Some(format!(
                "First start: open this link once within 24 hours {what}:\n  http://{at}/setup#{}",
                token.reveal()
            ))
        }
    }
}

/// Takes the port; with port 0 the system chooses one.
pub async fn bind(listen: &Listen) -> Result<TcpListener> {
    let at = (listen.listen, listen.port);
    TcpListener::bind(at)
        .await
        .with_context(|| format!("cannot listen on {}:{}: choose another with --port", at.0, at.1))
}

/// Serves until SIGINT or SIGTERM.
pub async fn serve(app: App, listener: TcpListener) {
    let (limits, ending) = (Arc::new(Limits::default()), Ending::new());
    let sweeping = tokio::spawn(sweep(app.clone()));
    let current = app.clone();
    let working = tokio::spawn(work(app.clone()));
    let indexing = tokio::spawn(app::query::follow(app.clone()));
    let assessing = tokio::spawn(assess(app.clone()));
    let telling = tokio::spawn(tell(app.clone()));
    let listening = tokio::spawn(async move { current.keep_current().await });
    let asked = app.clone();
    let probes = Probes {
        parts: Arc::new(move || {
            let app = asked.clone();
            Box::pin(async move {
                let found = store::area::tree_version(&app.store).await;
                vec![Part { name: "database", ok: found.is_ok(), detail: None }, query_part(&app)]
            })
        }),
        figures: Arc::new(Vec::new),
        closing: ending.closing(),
    };
    let router = api::router(app.clone(), limits.clone(), probes);
    api::server::serve(listener, router, limits, ending, stopped()).await;
    sweeping.abort();
    working.abort();
    indexing.abort();
    assessing.abort();
    telling.abort();
    listening.abort();
    app.store.clone().close().await;
}

/// Tells people, one node at a time; looks for news once a second.
async fn tell(app: App) {
    let node = format!("node-{}-telling", std::process::id());
    loop {
        match app::telling::step(&app, &node).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => {
                tracing::warn!(%error, "cannot tell people");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}

/// The query answers while its index is built, so a node that builds may be sent work.
fn query_part(app: &App) -> Part {
    let it = app.finder.progress();
    let detail = if it.ready {
        format!("{} cases, {} MB", it.done, it.bytes / 1_000_000)
    } else {
        format!("building: {} of {} cases", it.done, it.total)
    };
    Part { name: "query", ok: true, detail: Some(detail) }
}

/// Wakes cases, and follows changes of the city and of its areas, once a second.
async fn sweep(app: App) {
    let node = format!("node-{}", std::process::id());
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        ticks.tick().await;
        if let Err(error) = app.refresh().await {
            tracing::warn!(%error, "cannot look for changes of the city");
        }
        if let Err(error) = app::timers::sweep(&app, &node).await {
            tracing::warn!(%error, "cannot wake cases");
        }
        if app.vault.is_open()
            && let Err(error) = app::care::sweep::sweep(&app, &node).await
        {
            tracing::warn!(%error, "cannot do what is due of care");
        }
        match app::area::changes::sweep(&app, &node).await {
            Ok(0) => {}
            Ok(cases) => tracing::info!(cases, "cases followed a change of the areas"),
            Err(error) => tracing::warn!(%error, "cannot follow a change of the areas"),
        }
        match app::work::sweep(&app, &node).await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "findings about the day's work were made, told or closed"),
            Err(error) => tracing::warn!(%error, "cannot look after the day's work"),
        }
        if let Err(error) = app::sync::upload::sweep(&app).await {
            tracing::warn!(%error, "cannot give up stale uploads");
        }
        seal(&app, &node).await;
    }
}

/// Makes the book of yesterday after midnight, and of days that were missed, one at a time.
async fn assess(app: App) {
    let node = format!("node-{}", std::process::id());
    let mut ticks = tokio::time::interval(ASSESSING);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if let Err(error) = app::assess::day::sweep(&app, &node).await {
            tracing::warn!(%error, "cannot make the book of a day");
        }
    }
}

/// Does long work on the index, one job at a time; looks for the next once a second.
async fn work(app: App) {
    loop {
        match app::index::work::step(&app).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(Duration::from_secs(1)).await,
            Err(error) => {
                tracing::warn!(%error, "cannot do long work");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
}

/// Sets the seals that are due. Only the last is told, since it covers all before: a city just made or imported has
/// many to catch up with, and takes a few at a time.
async fn seal(app: &App, node: &str) {
    let (begun, mut last) = (Instant::now(), None);
    while begun.elapsed() < SEALING {
        match app::seal::set(app, node).await {
            Ok(Some(seal)) => last = Some(seal),
            Ok(None) => {
                if let Some(it) = last {
                    tracing::info!(number = it.number, hash = %it.hash, entries = it.n_entries, "sealed the record");
                }
                return;
            }
            Err(error) => return tracing::warn!(%error, "cannot seal the record"),
        }
    }
}

async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("signals can be heard");
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}
