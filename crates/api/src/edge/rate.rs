//! How often one caller may ask: a bucket of requests that fills at a steady rate.
//!
//! Per caller one moment is kept, the one at which its bucket is full again (the generic cell rate algorithm).
//! Sign-in has a stricter limit of its own, by account, in `app`.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::address::Caller;
use crate::problem::{Answer, Code, Problem};

const SHARDS: usize = 16;
/// Callers kept in one shard before full buckets are forgotten.
const KEPT: usize = 4_096;

/// The buckets of all callers.
pub struct Rate {
    cost: Duration,
    room: Duration,
    shards: [Mutex<HashMap<Caller, Instant>>; SHARDS],
    hasher: RandomState,
}

impl Rate {
    /// `per_s` requests a second for ever, `burst` at once after a rest.
    pub fn new(per_s: f64, burst: f64) -> Self {
        let cost = Duration::from_secs_f64(1.0 / per_s);
        let room = cost.mul_f64((burst - 1.0).max(0.0));
        Rate { cost, room, shards: Default::default(), hasher: RandomState::new() }
    }

    /// Takes one request out of the caller's bucket.
    pub fn admit(&self, caller: Caller) -> Answer<()> {
        let wait = self.admit_at(caller, Instant::now());
        let Err(wait) = wait else { return Ok(()) };
        Err(Problem::new(Code::RateLimited).retry_after(wait.as_secs() as u32 + 1))
    }

    fn admit_at(&self, caller: Caller, now: Instant) -> Result<(), Duration> {
        let shard = self.hasher.hash_one(caller) as usize % SHARDS;
        let mut full_at = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= KEPT {
            full_at.retain(|_, at| *at > now);
        }
        let at = full_at.get(&caller).copied().unwrap_or(now).max(now);
        let over = at.duration_since(now).saturating_sub(self.room);
        if !over.is_zero() {
            return Err(over);
        }
        full_at.insert(caller, at + self.cost);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: Caller = Caller::Session(1);

    #[test]
    fn a_rested_caller_gets_its_burst_and_then_the_steady_rate() {
        let (rate, start) = (Rate::new(10.0, 5.0), Instant::now());
        let granted = |at_ms: u64, tries: usize| {
            let now = start + Duration::from_millis(at_ms);
            (0..tries).filter(|_| rate.admit_at(WHO, now).is_ok()).count()
        };
        assert_eq!(granted(0, 20), 5);
        assert_eq!(granted(100, 20), 1);
        assert_eq!(granted(1_100, 50), 5, "a long rest fills the bucket and no more");
    }

    #[test]
    fn the_time_to_wait_is_enough() {
        let (rate, start) = (Rate::new(2.0, 1.0), Instant::now());
        assert!(rate.admit_at(WHO, start).is_ok());
        let wait = rate.admit_at(WHO, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(500));
        assert!(rate.admit_at(WHO, start + wait).is_ok());
    }

    #[test]
    fn one_caller_does_not_use_up_anothers() {
        let (rate, now) = (Rate::new(1.0, 1.0), Instant::now());
        assert!(rate.admit_at(WHO, now).is_ok());
        assert!(rate.admit_at(WHO, now).is_err());
        assert!(rate.admit_at(Caller::Session(2), now).is_ok());
    }

    #[test]
    fn callers_long_gone_are_forgotten() {
        let (rate, start) = (Rate::new(1.0, 1.0), Instant::now());
        let sizes = |rate: &Rate| rate.shards.iter().map(|s| s.lock().unwrap().len()).sum::<usize>();
        for caller in 0..SHARDS * KEPT {
            let _granted = rate.admit_at(Caller::Session(caller as u64), start);
        }
        let before = sizes(&rate);
        for caller in 0..SHARDS * KEPT {
            let _granted = rate.admit_at(Caller::Session(!(caller as u64)), start + Duration::from_mins(1));
        }
        assert!(sizes(&rate) <= before + SHARDS, "{} after {before}", sizes(&rate));
    }
}
