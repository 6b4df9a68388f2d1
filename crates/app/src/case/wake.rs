//! Waking a case whose time has come: warnings, escalations, ends of holds and of waiting times.

use super::act::load;
use super::plan::plan_wake;
use crate::{App, AppError};
use domain::id::CaseId;
use store::lease::Held;
use store::{Batch, CommitError};

/// What came of waking a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It was moved.
    Moved,
    /// Someone else moved it meanwhile, or its time had not come: nothing to do.
    Nothing,
    /// The lease under which it was woken is another node's now.
    LeaseLost,
}

/// Wakes one case under a lease.
pub async fn wake(app: &App, id: CaseId, lease: &Held) -> Result<Woken, AppError> {
    let (case, head) = load(app, id).await?;
    let Some(moved) = plan_wake(&app.city(), &case, head, app.clock.now())? else {
        return Ok(Woken::Nothing);
    };
    let batch = moved.batch(Batch::new("wake").with(lease.guard()));
    match app.store.commit(batch).await {
        Ok(()) => Ok(Woken::Moved),
        Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
            let holds = store::lease::holder(&app.store, &lease.name).await?;
            let ours = holds.is_some_and(|held| held.epoch == lease.epoch && held.holder == lease.holder);
            Ok(if ours { Woken::Nothing } else { Woken::LeaseLost })
        }
        Err(error) => Err(error.into()),
    }
}
