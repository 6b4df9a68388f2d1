//! How many requests are at work at once. One too many hears so at once; nobody queues in memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Answer, Code, Problem};

/// The places there are.
#[derive(Clone)]
pub struct Busy(Arc<Semaphore>);

/// A place, given back when dropped.
pub type Slot = OwnedSemaphorePermit;

impl Busy {
    /// So many at once.
    pub fn new(most: usize) -> Self {
        Busy(Arc::new(Semaphore::new(most)))
    }

    /// A place, if one is free.
    pub fn enter(&self) -> Answer<Slot> {
        self.0.clone().try_acquire_owned().map_err(|_none_free| Problem::new(Code::Busy))
    }
}
