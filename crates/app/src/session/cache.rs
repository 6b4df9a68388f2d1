//! Sessions seen a moment ago, so that thousands of requests a second do not each ask the database. What is ended
//! on this node is gone from here at once, what is ended on another within [`FRESH`]. Correct without it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::PersonId;
use jiff::{SignedDuration, Timestamp};
use store::session::Sha;

use super::Signed;

/// How long an answer of the database is trusted.
pub const FRESH: SignedDuration = SignedDuration::from_secs(3);
/// How many sessions are held at most.
const HELD: usize = 50_000;

/// The sessions this node has seen.
#[derive(Default)]
pub struct Cache(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    seen: HashMap<Sha, (Arc<Signed>, Timestamp)>,
    /// Grows with each ending: an answer read before it is not put in after it.
    endings: u64,
}

/// The state of the cache before the database was asked.
#[derive(Clone, Copy)]
pub struct Before(u64);

impl Cache {
    /// What was seen lately; else what to hand to [`Cache::put`] with the database's answer.
    pub fn get(&self, sha: &Sha, now: Timestamp) -> Result<Arc<Signed>, Before> {
        let inner = self.inner();
        match inner.seen.get(sha) {
            // A clock that was set back makes nothing fresh.
            Some((signed, at)) if *at <= now && now < *at + FRESH && now < signed.expires => {
                Ok(signed.clone())
            }
            _ => Err(Before(inner.endings)),
        }
    }

    /// Remembers an answer, unless something was ended while it was on its way.
    pub fn put(&self, signed: Arc<Signed>, now: Timestamp, before: Before) {
        let mut inner = self.inner();
        if inner.endings != before.0 {
            return;
        }
        if inner.seen.len() >= HELD {
            inner.seen.retain(|_, (_, at)| *at <= now && now < *at + FRESH);
        }
        if inner.seen.len() < HELD {
            inner.seen.insert(signed.session.0, (signed, now));
        }
    }

    /// Forgets one session.
    pub fn end(&self, sha: &Sha) {
        let mut inner = self.inner();
        inner.endings += 1;
        inner.seen.remove(sha);
    }

    /// Forgets all sessions of a person.
    pub fn end_all(&self, person: PersonId) {
        let mut inner = self.inner();
        inner.endings += 1;
        inner.seen.retain(|_, (signed, _)| signed.person != person);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
