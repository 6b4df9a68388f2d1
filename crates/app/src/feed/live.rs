//! The newest part of the stream, read once per node for all who listen here.
//!
//! The tail is a convenience: every follower could read the store by itself, and does whenever its place is
//! not in the tail. So nothing here can lose an event, only save queries.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::sync::watch;

use super::{Cursor, Event, FeedError, end, read};
use crate::App;

/// Events kept at hand.
const KEPT: usize = 2_000;
/// Events read at once.
const PAGE: u32 = 500;
/// On PostgreSQL an event shows only when older transactions have ended: no bell rings for that.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The newest part of the stream.
pub struct Live {
    app: App,
    tail: RwLock<Tail>,
    /// Changes whenever the tail has grown.
    grown: watch::Sender<u64>,
}

#[derive(Default)]
struct Tail {
    /// The place before the first event kept; `None` while nobody listens.
    from: Option<Cursor>,
    /// The place behind everything that was read.
    to: Option<Cursor>,
    /// How many events were dropped from the front so far.
    dropped: u64,
    events: VecDeque<Arc<Event>>,
}

/// Someone who listens from a place on.
pub struct Follower {
    live: Arc<Live>,
    cursor: Cursor,
    /// Number of the next event in the tail, once joined.
    joined: Option<u64>,
    heard: watch::Receiver<u64>,
}

impl Live {
    /// Follows the log of this store as long as the value lives. Call within a runtime.
    pub fn start(app: App) -> Arc<Live> {
        let live = Arc::new(Live { app, tail: RwLock::default(), grown: watch::Sender::new(0) });
        tokio::spawn(keep(Arc::downgrade(&live), live.app.store.watch()));
        live
    }

    /// Listens from a place on; `None` is now.
    pub async fn follow(self: &Arc<Self>, after: Option<Cursor>) -> Result<Follower, FeedError> {
        let heard = self.grown.subscribe();
        let cursor = match after {
            Some(cursor) => cursor,
            None => end(&self.app).await?,
        };
        Ok(Follower { live: self.clone(), cursor, joined: None, heard })
    }

    /// Reads what is new into the tail. Whether there was anything.
    async fn grow(&self) -> Result<bool, FeedError> {
        if self.grown.receiver_count() == 0 {
            *self.tail.write().unwrap_or_else(PoisonError::into_inner) = Tail::default();
            return Ok(false);
        }
        let last = self.tail.read().unwrap_or_else(PoisonError::into_inner).to.clone();
        let from = match last {
            Some(cursor) => cursor,
            None => end(&self.app).await?,
        };
        let (events, to) = read(&self.app, Some(&from), PAGE).await?;
        let (more, grew) = (to != from, !events.is_empty());
        self.tail.write().unwrap_or_else(PoisonError::into_inner).append(from, events, to);
        if grew {
            self.grown.send_modify(|count| *count += 1);
        }
        Ok(more)
    }
}

async fn keep(live: Weak<Live>, mut bell: watch::Receiver<u64>) {
    loop {
        let Some(here) = live.upgrade() else { return };
        let grew = here.grow().await;
        match grew {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "the stream of events is read anew");
                *here.tail.write().unwrap_or_else(PoisonError::into_inner) = Tail::default();
                here.grown.send_modify(|count| *count += 1); // followers look for themselves
            }
        }
        drop(here);
        if let Ok(Err(_closed)) = tokio::time::timeout(LOOK_AGAIN, bell.changed()).await {
            return;
        }
    }
}

impl Tail {
    fn append(&mut self, from: Cursor, events: Vec<Arc<Event>>, to: Cursor) {
        self.from.get_or_insert(from);
        self.to = Some(to);
        self.events.extend(events);
        while self.events.len() > KEPT {
            self.from = self.events.pop_front().map(|event| event.cursor.clone());
            self.dropped += 1;
        }
    }

    /// The number of the event behind this place, if the place is in the tail.
    fn number_after(&self, cursor: &Cursor) -> Option<u64> {
        if self.from.as_ref() == Some(cursor) {
            return Some(self.dropped);
        }
        if self.to.as_ref() == Some(cursor) {
            return Some(self.dropped + self.events.len() as u64);
        }
        let at = self.events.iter().rposition(|event| event.cursor == *cursor)?;
        Some(self.dropped + at as u64 + 1)
    }

    /// Events from a number on; `None` when they are no longer kept.
    fn kept_from(&self, number: u64) -> Option<Vec<Arc<Event>>> {
        let at = number.checked_sub(self.dropped)? as usize;
        (at <= self.events.len()).then(|| self.events.range(at..).cloned().collect())
    }
}

impl Follower {
    /// The place up to which everything was heard.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The next events, at least one. Safe to be given up at any wait: nothing is taken before it is returned.
    pub async fn next(&mut self) -> Result<Vec<Arc<Event>>, FeedError> {
        loop {
            self.heard.borrow_and_update();
            let at_hand = self.at_hand();
            let events = if let Some(events) = at_hand {
                events
            } else {
                let (events, behind) = read(&self.live.app, Some(&self.cursor), PAGE).await?;
                if events.is_empty() && behind != self.cursor {
                    self.cursor = behind; // only what is passed over: there may be more
                    continue;
                }
                events
            };
            if let Some(last) = events.last() {
                self.cursor = last.cursor.clone();
                self.joined = self.joined.map(|number| number + events.len() as u64);
                return Ok(events);
            }
            let waited = tokio::time::timeout(2 * LOOK_AGAIN, self.heard.changed()).await;
            if waited.is_err() && self.joined.is_some() {
                self.heard.changed().await.ok(); // joined: the one reader looks for all
            }
        }
    }

    fn at_hand(&mut self) -> Option<Vec<Arc<Event>>> {
        let tail = self.live.tail.read().unwrap_or_else(PoisonError::into_inner);
        let number = self.joined.or_else(|| tail.number_after(&self.cursor));
        let events = number.and_then(|number| tail.kept_from(number));
        self.joined = if events.is_some() { number } else { None };
        events
    }
}
