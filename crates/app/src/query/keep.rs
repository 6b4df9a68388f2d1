//! Building the index and keeping it current: pages of cases in the order of their ids, then the feed from where it stood
//! before the first page. Names are made anew whenever the city or the accounts have changed.
//!
//! A step is short, so that questions are answered in between; whoever asks while it is built is answered from what is
//! there and told so. When the history is another one (a restored backup), everything is thrown away and built again.

use super::cases::{Cases, Prepared};
use super::names::{self, Names};
use crate::city::Stamp;
use crate::{App, AppError};
use domain::id::{AreaId, CaseId, PlaceId};
use domain::place::Kinds;
use domain::query::Kind;
use domain::stream::Stream;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use store::feed::{self, Cursor, FeedError};
use store::person::Person;
use store::{deed, person, query};
use uuid::Uuid;

/// Cases read at once while it is built.
const PAGE: u32 = 4_000;
/// Cases put in while questions wait.
const AT_ONCE: usize = 1_000;
/// Entries of the feed followed at once.
const ENTRIES: u32 = 400;
/// On PostgreSQL an entry shows only when older transactions have ended: no bell rings for that.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// However many commits there are, the feed is looked at no more often.
const AT_MOST_EVERY: Duration = Duration::from_millis(50);

/// What a node looks in. Clones share it.
#[derive(Clone, Default)]
pub struct Finder {
    held: Arc<RwLock<Index>>,
    keeping: Arc<tokio::sync::Mutex<Keeping>>,
}

/// The index.
#[derive(Default)]
pub(super) struct Index {
    pub names: Names,
    pub cases: Cases,
    pub progress: Progress,
}

/// How far the index of this node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Everything is in; from now on it follows within a second or two.
    pub ready: bool,
    /// Cases in it.
    pub done: u64,
    /// Cases there were when building began.
    pub total: u64,
    /// Memory it takes, bytes, about.
    pub bytes: u64,
}

/// Where the keeper stands.
#[derive(Default)]
struct Keeping {
    /// The place in the feed up to which cases are current; `None` before the first page.
    cursor: Option<Cursor>,
    /// The last case of the pages read so far.
    after: Option<CaseId>,
    whole: bool,
    city: Option<Stamp>,
    deed: Option<u64>,
    people: Vec<Person>,
    kinds: Kinds,
    /// The last of the places and things read so far; all are, when `sites_whole`.
    site: Option<PlaceId>,
    sites_whole: bool,
}

impl Finder {
    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.read().progress
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings it up to now: for commands and tests, which have no keeper.
    pub async fn catch_up(&self, app: &App) -> Result<(), AppError> {
        while self.step(app).await? {}
        Ok(())
    }

    /// Does some of what is to be done. Whether there may be more.
    pub async fn step(&self, app: &App) -> Result<bool, AppError> {
        let mut keeping = self.keeping.lock().await;
        self.keep_names(app, &mut keeping).await?;
        if !keeping.sites_whole {
            return self.build_sites(app, &mut keeping).await.map(|()| true);
        }
        if !keeping.whole {
            return self.build(app, &mut keeping).await.map(|()| true);
        }
        match self.follow(app, &mut keeping).await {
            Ok(more) => Ok(more),
            Err(FeedError::Fault(fault)) => Err(fault.into()),
            Err(FeedError::OtherHistory) => {
                tracing::warn!("the history is another one: the index of the query is built anew");
                *keeping = Keeping::default();
                *self.write() = Index::default();
                Ok(true)
            }
        }
    }

    async fn keep_names(&self, app: &App, keeping: &mut Keeping) -> Result<(), AppError> {
        let (city, head) = (app.city(), deed::head(&app.store).await?.number);
        let same_city = keeping.city.as_ref() == Some(&city.stamp);
        let same_people = keeping.deed == Some(head);
        if same_city && same_people {
            return Ok(());
        }
        if !same_people {
            keeping.people = person::all(&app.store).await?;
        }
        let people = names::people(&city, &keeping.people);
        if !same_city {
            // Kinds are called otherwise, or places lie in other areas: they are read again.
            keeping.kinds = crate::place::kinds::kinds(app).await?.body;
            (keeping.site, keeping.sites_whole) = (None, false);
            self.write().names.clear_sites();
            let (areas, units) = (names::areas(&city), names::units(&city));
            let mut index = self.write();
            index.names.put(Kind::Area, areas);
            index.names.put(Kind::Unit, units);
        }
        self.write().names.put(Kind::Person, people);
        (keeping.city, keeping.deed) = (Some(city.stamp.clone()), Some(head));
        Ok(())
    }

    /// Reads the next page of places and things.
    async fn build_sites(&self, app: &App, keeping: &mut Keeping) -> Result<(), AppError> {
        if keeping.cursor.is_none() {
            keeping.cursor = Some(end(app).await?);
        }
        let root: Vec<AreaId> = app.city().root().map(|root| root.id).into_iter().collect();
        let page = store::place::page_in(&app.store, &root, keeping.site, PAGE).await?;
        let mut index = self.write();
        page.iter().for_each(|row| index.names.put_site(&row.place, &keeping.kinds));
        keeping.site = page.last().map(|row| row.place.id).or(keeping.site);
        keeping.sites_whole = page.is_empty();
        Ok(())
    }

    /// Reads the next page of cases.
    async fn build(&self, app: &App, keeping: &mut Keeping) -> Result<(), AppError> {
        if keeping.after.is_none() {
            self.write().progress.total = query::count(&app.store).await?;
        }
        let after = keeping.after.unwrap_or(CaseId(Uuid::nil()));
        let page = query::page(&app.store, after, PAGE).await?;
        let Some(last) = page.last() else {
            keeping.whole = true;
            let mut index = self.write();
            index.cases.grams.shrink();
            index.progress.ready = true;
            index.tell();
            return Ok(());
        };
        keeping.after = Some(last.id);
        self.put(page).await;
        Ok(())
    }

    /// Brings the cases up to date that the next entries of the feed are about.
    async fn follow(&self, app: &App, keeping: &mut Keeping) -> Result<bool, FeedError> {
        let (rows, next) =
            feed::after(&app.store, keeping.cursor.as_ref(), &["case_id", "kind"], ENTRIES).await?;
        let (mut ids, mut sites) = (BTreeSet::new(), BTreeSet::new());
        for row in &rows {
            let (id, kind) = (row.uuid("case_id")?, row.text("kind")?);
            match Stream::parse(&kind) {
                Some(Stream::Case) => drop(ids.insert(CaseId(id))),
                Some(Stream::Place) => drop(sites.insert(PlaceId(id))),
                _ => {}
            }
        }
        for id in sites {
            if let Some(row) = store::place::one(&app.store, id).await? {
                self.write().names.put_site(&row.place, &keeping.kinds);
            }
        }
        let ids: Vec<CaseId> = ids.into_iter().collect();

        self.put(query::some(&app.store, &ids).await?).await;
        keeping.cursor = Some(next);
        Ok(rows.len() as u32 == ENTRIES)
    }

    /// Cuts the texts up apart from the threads that answer, then puts them in a few at a time.
    async fn put(&self, cases: Vec<query::Indexed>) {
        if cases.is_empty() {
            return;
        }
        let finder = self.clone();
        let put = move || {
            let mut prepared: Vec<Prepared> = cases.into_iter().map(Prepared::of).collect();
            while !prepared.is_empty() {
                let rest = prepared.split_off(prepared.len().min(AT_ONCE));
                let mut index = finder.write();
                prepared.into_iter().for_each(|case| index.cases.put(case));
                index.tell();
                prepared = rest;
            }
        };
        tokio::task::spawn_blocking(put).await.expect("putting cases into the index does not panic");
    }
}

impl Index {
    fn tell(&mut self) {
        self.progress.done = self.cases.n() as u64;
        // Counting memory goes through every key: only now and then.
        if self.progress.ready && self.progress.bytes == 0 {
            self.progress.bytes = self.cases.bytes() as u64;
        }
    }
}

/// The place behind everything that has happened.
async fn end(app: &App) -> Result<Cursor, AppError> {
    feed::end(&app.store).await.map_err(|error| match error {
        FeedError::Fault(fault) => AppError::from(fault),
        FeedError::OtherHistory => AppError::Away { what: "the database", retry_s: 1 },
    })
}

/// Keeps the index of this node current as long as it is polled.
pub async fn follow(app: App) {
    let mut bell = app.store.watch();
    loop {
        match app.finder.step(&app).await {
            Ok(true) => tokio::task::yield_now().await,
            Ok(false) => {
                tokio::time::sleep(AT_MOST_EVERY).await;
                if let Ok(Err(_closed)) = tokio::time::timeout(LOOK_AGAIN, bell.changed()).await {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "the index of the query cannot be kept current");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
}
