//! One attempt at a time on one account of this node: a hundred guesses sent at once are still counted one by one.
//! Accounts share a few hundred turns, so that the memory is bounded whatever names are tried.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::AppError;

/// The turns of a node.
pub struct Turns {
    all: Vec<Arc<Mutex<()>>>,
    chance: RandomState,
    patience: Duration,
}

impl Turns {
    /// Who has waited for `patience` is told to come again.
    pub fn new(patience: Duration) -> Turns {
        Turns { all: (0..256).map(|_| Arc::default()).collect(), chance: RandomState::new(), patience }
    }

    /// Held until dropped.
    pub async fn take(&self, account: &str) -> Result<OwnedMutexGuard<()>, AppError> {
        let at = self.chance.hash_one(account) as usize % self.all.len();
        let turn = tokio::time::timeout(self.patience, self.all[at].clone().lock_owned()).await;
        turn.map_err(|_late| AppError::Busy { retry_s: 2 })
    }
}
