//! Phones that work while they are alone: which there are (`device`), what they should hold (`pull`), what they did
//! (`push`), and pictures that come in pieces (`upload`). What follows from what stands in `domain::sync`.

pub mod device;
pub mod pull;
pub mod push;
pub mod upload;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use uuid::Uuid;

/// One at a time for each phone and each upload on this node. What happens on other nodes is guarded by rows.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<Uuid, Arc<Turn<()>>>>>);

impl Turns {
    /// Waits until nobody else has the turn of this id.
    pub(crate) async fn of(&self, id: Uuid) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if turns.len() > 1_000 {
                turns.retain(|_, turn| Arc::strong_count(turn) > 1); // those that someone has or waits for
            }
            turns.entry(id).or_default().clone()
        };
        turn.lock_owned().await
    }
}
