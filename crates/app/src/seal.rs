//! Seals over the record as a whole, set by one node at a time and told to the log, which lies elsewhere: whoever can
//! write to the database can forge everything in it, but not what others have already written down.

use crate::{App, AppError};
use domain::audit::{Hash, Sealing};
use domain::deed::Head;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::seal::{self, Place, Seal};
use store::{Batch, CommitError, deed, lease};

const LEASE: &str = "seals";
const LEASE_MS: i64 = 30_000;
/// The most entries under one seal: so many can be missing before it is known where.
const AT_MOST: u32 = 20_000;
/// Fewer wait this long for more.
const EVERY: SignedDuration = SignedDuration::from_secs(60);
const BROKEN_MAX: usize = 100;
const PAGE: u32 = 500;

/// Sets the next seal, if it is time and this node has the lease.
pub async fn set(app: &App, node: &str) -> Result<Option<Seal>, AppError> {
    let now = app.clock.now();
    let before = seal::newest(&app.store).await?;
    let place = before.map(|seal| seal.last).unwrap_or_default();
    let waits = before.is_some_and(|seal| now.duration_since(seal.at) < EVERY);
    if waits && seal::ready(&app.store, place, AT_MOST).await?.len() < AT_MOST as usize {
        return Ok(None);
    }
    let held = lease::acquire(&app.store, LEASE, node, now.as_millisecond(), LEASE_MS).await?;
    let Some(held) = held else { return Ok(None) };
    let set = set_under(app, &held, now).await;
    match lease::release(&app.store, &held).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => set,
        Err(error) => Err(error.into()),
    }
}

async fn set_under(app: &App, held: &lease::Held, now: Timestamp) -> Result<Option<Seal>, AppError> {
    let before = seal::newest(&app.store).await?;
    let place = before.map(|seal| seal.last).unwrap_or_default();
    let entries = seal::ready(&app.store, place, AT_MOST).await?;
    let deeds = deed::head(&app.store).await?;
    if entries.is_empty() && deeds.number == before.map_or(0, |seal| seal.n_deeds) {
        return Ok(None);
    }
    let seal = Seal {
        number: before.map_or(1, |seal| seal.number + 1),
        last: entries.last().map_or(place, |(last, _)| *last),
        n_entries: before.map_or(0, |seal| seal.n_entries) + entries.len() as i64,
        n_deeds: deeds.number,
        hash: sealed(before.as_ref(), &entries, deeds),
        at: now,
    };
    let batch = Batch::new("seal").with(held.guard()).with(seal.insert());
    match app.store.commit(batch).await {
        Ok(()) => Ok(Some(seal)),
        Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => Ok(None), // another node was faster
        Err(error) => Err(error.into()),
    }
}

fn sealed(before: Option<&Seal>, entries: &[(Place, Hash)], deeds: Head) -> Hash {
    let mut sealing = Sealing::on(before.map(|seal| seal.hash).unwrap_or_default());
    entries.iter().for_each(|(_, hash)| sealing.add(*hash));
    if deeds.number > before.map_or(0, |seal| seal.n_deeds) {
        sealing.add_deeds(deeds.number, deeds.hash);
    }
    sealing.finish()
}

/// What the seals say.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Seals {
    /// How many there are.
    pub n: i64,
    /// Entries under them.
    pub n_entries: i64,
    /// Deeds under them.
    pub n_deeds: u64,
    /// Hash of the newest: to be written down elsewhere.
    pub newest: Option<Hash>,
    /// Those that do not hold, at most a hundred.
    pub broken: Vec<BrokenSeal>,
}

/// A seal that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("seal {number}, set at {at}, does not hold: {there} of the {sealed} entries and {deeds_there} of the {deeds} deeds \
    under it are there{}", if (there, deeds_there) == (sealed, deeds) { ", not all as they were" } else { "" })]
pub struct BrokenSeal {
    /// Which.
    pub number: i64,
    /// When it was set.
    pub at: Timestamp,
    /// How many entries were sealed.
    pub sealed: i64,
    /// How many are there.
    pub there: i64,
    /// How many deeds were sealed.
    pub deeds: u64,
    /// How many are there.
    pub deeds_there: u64,
}

/// Sums up the whole record again, seal by seal.
pub async fn verify(app: &App) -> Result<Seals, AppError> {
    let mut found = Seals::default();
    let mut before: Option<Seal> = None;
    loop {
        let seals = seal::page(&app.store, before.map_or(0, |seal| seal.number), PAGE).await?;
        if seals.is_empty() {
            return Ok(found);
        }
        for seal in seals {
            let from = before.map(|seal| seal.last).unwrap_or_default();
            // One more than can lie under it: what was put in between shows, too.
            let entries = seal::under(&app.store, from, seal.last, AT_MOST + 1).await?;
            let sealed_n = seal.n_entries - before.map_or(0, |seal| seal.n_entries);
            let n_deeds = before.map_or(0, |seal| seal.n_deeds);
            let head = Head {
                number: seal.n_deeds,
                hash: deed::hash_of(&app.store, seal.n_deeds).await?.unwrap_or_default(),
            };
            let follows = seal.number == before.map_or(1, |seal| seal.number + 1);
            let same = follows && sealed(before.as_ref(), &entries, head) == seal.hash;
            if !same && found.broken.len() < BROKEN_MAX {
                let there = entries.len() as i64;
                found.broken.push(BrokenSeal {
                    number: seal.number,
                    at: seal.at,
                    sealed: sealed_n,
                    there,
                    deeds: seal.n_deeds.saturating_sub(n_deeds),
                    deeds_there: deed::count(&app.store, n_deeds, seal.n_deeds).await?,
                });
            }
            found.n += 1;
            found.n_entries = seal.n_entries;
            found.n_deeds = seal.n_deeds;
            found.newest = Some(seal.hash);
            before = Some(seal);
        }
    }
}

/// Hash of the seal of a number, to be compared with what was written down elsewhere.
pub async fn hash_of(app: &App, number: i64) -> Result<Option<Hash>, AppError> {
    let seals = seal::page(&app.store, number - 1, 1).await?;
    Ok(seals.first().filter(|seal| seal.number == number).map(|seal| seal.hash))
}
