//! The one clock, handed down: the machine's, or one that a test or the demo city moves.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time, to the millisecond.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Milliseconds UTC when virtual; `None` for the machine's own clock.
    virtual_ms: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Clock {
        Clock::default()
    }

    /// A clock that stands still until it is moved.
    pub fn standing_at(now: Timestamp) -> Clock {
        Clock { virtual_ms: Some(Arc::new(AtomicI64::new(now.as_millisecond()))) }
    }

    /// Now.
    #[allow(clippy::disallowed_methods)] // this is the clock that is handed down
    pub fn now(&self) -> Timestamp {
        let ms = match &self.virtual_ms {
            Some(ms) => ms.load(Ordering::Acquire),
            None => Timestamp::now().as_millisecond(),
        };
        Timestamp::from_millisecond(ms).expect("a clock within jiff's ten thousand years")
    }

    /// Sets a virtual clock; the machine's clock is not ours to set.
    pub fn set(&self, now: Timestamp) {
        if let Some(ms) = &self.virtual_ms {
            ms.store(now.as_millisecond(), Ordering::Release);
        }
    }

    /// Moves a virtual clock on.
    pub fn pass(&self, time: SignedDuration) {
        if let Some(ms) = &self.virtual_ms {
            ms.fetch_add(time.as_millis() as i64, Ordering::AcqRel);
        }
    }
}
