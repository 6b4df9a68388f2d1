//! The sweeper: one node at a time, under a lease, wakes the cases whose time has come.
//!
//! Timers are not tasks that sleep but a column of the case row (`wake_ms`): they survive a restart, and the
//! lease's fencing epoch, checked in every commit, makes a node that slept too long harmless.

use crate::case::{Woken, wake};
use crate::{App, AppError};
use store::{CommitError, case, lease};

const LEASE: &str = "timers";
const LEASE_MS: i64 = 15_000;
/// Cases woken in one go.
const AT_ONCE: u32 = 256;

/// Wakes what is due now; how many cases were moved. 0 also when another node has the lease.
pub async fn sweep(app: &App, node: &str) -> Result<u32, AppError> {
    let now_ms = app.clock.now().as_millisecond();
    let Some(held) =
        lease::acquire(&app.store, LEASE, node, now_ms, LEASE_MS).await.map_err(AppError::from)?
    else {
        return Ok(0);
    };
    let moved = sweep_under(app, &held).await;
    match lease::release(&app.store, &held).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => moved,
        Err(error) => Err(error.into()),
    }
}

async fn sweep_under(app: &App, held: &lease::Held) -> Result<u32, AppError> {
    let mut n_moved = 0;
    loop {
        let now = app.clock.now();
        if now.as_millisecond() >= held.until_ms {
            return Ok(n_moved);
        }
        let due = case::waking(&app.store, now, AT_ONCE).await?;
        let mut n_now = 0;
        for id in &due {
            match wake(app, *id, held).await? {
                Woken::Moved => n_now += 1,
                Woken::Nothing => {}
                Woken::LeaseLost => return Ok(n_moved + n_now),
            }
        }
        n_moved += n_now;
        if n_now == 0 || due.len() < AT_ONCE as usize {
            return Ok(n_moved);
        }
    }
}
