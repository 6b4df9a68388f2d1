//! A bounded queue from async callers to plain threads: callers wait without blocking, threads wait without spinning.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard},
    time::Duration,
};

use tokio::sync::Semaphore;

/// Why a thing was not taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No place came free in time.
    Full,
    /// Nobody works here any more.
    Closed,
}

/// What a thread found.
#[derive(Debug)]
pub(crate) enum Found<T> {
    /// At least one thing, oldest first.
    Some(Vec<T>),
    /// Nothing within the time given.
    Nothing,
    /// Closed, and empty.
    Closed,
}

#[derive(Debug)]
pub(crate) struct Queue<T> {
    places: Semaphore,
    line: Mutex<Line<T>>,
    came: Condvar,
}

#[derive(Debug)]
struct Line<T> {
    waiting: VecDeque<T>,
    open: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Semaphore::new(places),
            line: Mutex::new(Line { waiting: VecDeque::new(), open: true }),
            came: Condvar::new(),
        }
    }

    /// Waits at most `patience` for a place.
    pub(crate) async fn push(&self, it: T, patience: Duration) -> Result<(), Refused> {
        let place = match self.places.try_acquire() {
            Ok(place) => place,
            Err(_) => match tokio::time::timeout(patience, self.places.acquire()).await {
                Err(_late) => return Err(Refused::Full),
                Ok(Err(_closed)) => return Err(Refused::Closed),
                Ok(Ok(place)) => place,
            },
        };
        let mut line = self.line();
        if !line.open {
            return Err(Refused::Closed);
        }
        place.forget();
        line.waiting.push_back(it);
        drop(line);
        self.came.notify_one();
        Ok(())
    }

    /// Takes the oldest things as long as their weights add up to less than `enough`; waits at most `patience`.
    pub(crate) fn take(&self, enough: usize, weight: impl Fn(&T) -> usize, patience: Duration) -> Found<T> {
        let (mut line, _) = self
            .came
            .wait_timeout_while(self.line(), patience, |line| line.open && line.waiting.is_empty())
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut taken, mut sum) = (Vec::new(), 0);
        while sum < enough
            && let Some(it) = line.waiting.pop_front()
        {
            sum += weight(&it);
            taken.push(it);
        }
        let open = line.open;
        drop(line);
        self.places.add_permits(taken.len());
        match taken.is_empty() {
            false => Found::Some(taken),
            true if open => Found::Nothing,
            true => Found::Closed,
        }
    }

    /// Lets nothing more in; what waits is still served.
    pub(crate) fn close(&self) {
        self.line().open = false;
        self.places.close();
        self.came.notify_all();
    }

    fn line(&self) -> MutexGuard<'_, Line<T>> {
        self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
