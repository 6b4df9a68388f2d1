//! The city that is measured: the demo's, with as many cases as asked, in a place of its own or in the one named.
//!
//! A database that has a city already is taken as it is, so that one which took minutes to build serves many runs.

use crate::cli::Bench;
use crate::out::{Failed, bar, because, plain, say};
use app::token::Token;
use app::{App, Clock};
use domain::area::Level;
use domain::geo::LngLat;
use domain::id::{AreaId, CaseId, PersonId};
use domain::policy::{Actor, Grants, Role};
use domain::stream::Stream;
use jiff::{SignedDuration, Timestamp};
use sim::chance::Chance;
use sim::history::{self, Plan};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use store::session::{Session, SessionKind};
use store::{Batch, Store, case, duty, log, person};

/// The same chance in every run.
pub const SEED: u64 = 42;

/// A city, open in this process.
pub struct City {
    /// Its database.
    pub url: String,
    /// The city itself.
    pub app: App,
    /// How many cases it has.
    pub n_cases: usize,
    place: Place,
}

/// A city that a server may open now.
pub struct Closed {
    /// Its database.
    pub url: String,
    place: Place,
}

/// A folder for files; removed with whatever was made in it.
struct Place {
    folder: PathBuf,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _nothing_there = std::fs::remove_dir_all(&self.folder);
    }
}

impl Closed {
    /// Where the server may keep files.
    pub fn data(&self) -> &Path {
        &self.place.folder
    }
}

/// A worker with a grid.
#[derive(Clone, Copy, Debug)]
pub struct Worker {
    /// Who.
    pub person: PersonId,
    /// Their grid.
    pub grid: AreaId,
    /// A point in it.
    pub point: LngLat,
}

impl Worker {
    /// As the rights see them.
    pub fn actor(&self) -> Actor {
        Actor {
            person: Some(self.person),
            role: Role::Worker,
            area: self.grid,
            level: Level::Grid,
            unit: None,
            grids: BTreeSet::from([self.grid]),
        }
    }
}

impl City {
    /// Opens the city of the database named, or builds one with so many cases.
    pub async fn open(args: &Bench, n_cases: usize) -> Result<City, Failed> {
        let folder = std::env::temp_dir().join(format!("gridward-bench-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&folder).map_err(|error| because("cannot make a temporary folder", error))?;
        let place = Place { folder };
        let own = || format!("sqlite:{}", place.folder.join("city.db").display());
        let url = args.db.db.clone().unwrap_or_else(own);
        let store = Store::open(&url).await.map_err(|fault| because("cannot open the database", fault))?;
        let app = if store::area::tree_version(&store).await? == 0 {
            build(store, n_cases).await?
        } else {
            App::new(store, Clock::machine()).await?
        };
        let n_cases = count(&app).await?;
        Ok(City { url, app, n_cases, place })
    }

    /// `sqlite` or `postgres`.
    pub fn database(&self) -> &'static str {
        self.app.store.dialect().pick("sqlite", "postgres")
    }

    /// Lets go of the database.
    pub async fn close(self) -> Closed {
        self.app.store.close().await;
        Closed { url: self.url, place: self.place }
    }

    /// Some workers, by chance, each with one grid.
    pub async fn workers(&self, n: usize) -> Result<Vec<Worker>, Failed> {
        let city = self.app.city();
        let grids: Vec<_> = city.tree.at_level(Level::Grid).collect();
        let mut chance = Chance::new(SEED).branch("workers");
        let mut found = Vec::with_capacity(n);
        for _ in 0..100 * n {
            let grid = *chance.one_of(&grids);
            let on_duty = duty::of_grid(&self.app.store, grid.id, self.app.people.today()).await?;
            let main = on_duty.iter().find(|duty| duty.kind == duty::DutyKind::Main);
            let corners = grid.polygon.as_ref().and_then(|shape| Some(shape.0.first()?.exterior().0.clone()));
            if let (Some(duty), Some(corners)) = (main, corners) {
                let n = corners.len() as f64;
                let mean = |of: fn(&domain::geo::Coord<f64>) -> f64| corners.iter().map(of).sum::<f64>() / n;
                let point = LngLat { lng: mean(|c| c.x), lat: mean(|c| c.y) };
                found.push(Worker { person: duty.person, grid: grid.id, point });
            }
            if found.len() == n {
                return Ok(found);
            }
        }
        Err(plain("this city has too few workers to measure with"))
    }

    /// Someone at the city's own desk.
    pub async fn desk(&self) -> Result<Actor, Failed> {
        let root = self.app.city().root().map(|root| root.id);
        let root = root.ok_or_else(|| plain("this database has no city"))?;
        let everybody = person::all(&self.app.store).await?;
        let desk = everybody.iter().find(|it| it.role == Role::Desk && it.area == root && !it.disabled);
        let desk = desk.ok_or_else(|| plain("nobody sits at the city's own desk"))?;
        Ok(Actor {
            person: Some(desk.id),
            role: Role::Desk,
            area: root,
            level: Level::City,
            unit: None,
            grids: BTreeSet::new(),
        })
    }

    /// A token of each.
    pub async fn tokens(&self, people: impl IntoIterator<Item = PersonId>) -> Result<Vec<String>, Failed> {
        let now = Timestamp::now();
        let mut batch = Batch::new("tokens");
        let mut tokens = Vec::new();
        for person in people {
            let token = Token::random();
            let session = Session {
                sha: token.sha(),
                person,
                kind: SessionKind::Token,
                name: "bench".to_owned(),
                grants: Grants::All,
                created: now,
                expires: now + SignedDuration::from_hours(24),
                used: None,
            };
            batch = batch.with(session.insert());
            tokens.push(token.reveal());
        }
        self.app.store.commit(batch).await?;
        Ok(tokens)
    }

    /// Rows of some cases, by chance, all reported since.
    pub async fn some_cases(&self, n: usize, since: SignedDuration) -> Result<Vec<case::CaseRow>, Failed> {
        let now = Timestamp::now();
        let span_ms = since.as_millis() as f64;
        let mut chance = Chance::new(SEED).branch("cases");
        let mut found = Vec::with_capacity(n);
        for _ in 0..20 * n {
            let back = SignedDuration::from_millis(chance.between(0.0, span_ms) as i64);
            let after = CaseId(history::id_at(&mut chance, now - back));
            let head = log::heads(&self.app.store, Stream::Case, after.0, 1).await?;
            if let Some(head) = head.first()
                && let Some(row) = case::one(&self.app.store, CaseId(head.stream.id)).await?
            {
                found.push(row);
            }
            if found.len() == n {
                return Ok(found);
            }
        }
        Err(plain("this city has too few cases of late to measure with"))
    }
}

async fn build(store: Store, n_cases: usize) -> Result<App, Failed> {
    let to = Timestamp::now();
    let from = to - SignedDuration::from_hours(24 * 730);
    let today = jiff::tz::TimeZone::UTC.to_datetime(to).date();
    say(&format!("building a city with {n_cases} cases …"));
    let seeded = sim::seed::seed(&store, SEED, from, today).await?;
    let app = App::new(store, Clock::machine()).await?;
    let bar = bar("cases");
    bar.set_length(n_cases as u64);
    let plan = Plan { seed: SEED, n_cases, from, to };
    if n_cases > 0 {
        history::make(&app, &seeded.cast, &seeded.texts, &[], plan, |n| bar.set_position(n as u64)).await?;
    }
    bar.finish_and_clear();
    Ok(app)
}

/// Walks over the keys of all cases, in pages.
async fn count(app: &App) -> Result<usize, Failed> {
    let (mut n, mut after) = (0, uuid::Uuid::nil());
    loop {
        let page = log::heads(&app.store, Stream::Case, after, 10_000).await?;
        match page.last() {
            Some(last) => after = last.stream.id,
            None => return Ok(n),
        }
        n += page.len();
    }
}
