//! How an entry ends: its key is destroyed, its row emptied, what is open of it dropped, in one transaction. What remains
//! says that there was an entry in a grid, and of nobody anything.

use domain::audit::Hash;
use domain::care::{Act, Ended};
use domain::id::ActId;
use domain::policy::Actor;
use domain::stream::{Stream, StreamId};
use domain::{referral, visit};
use store::Batch;
use store::care::CareRow;

use super::file::File;
use crate::people::new_id;
use crate::stream::Trail;
use crate::vault;
use crate::{App, AppError};

/// What ends an entry, behind what stands in `batch`.
pub(crate) async fn ending(
    app: &App,
    who: &Actor,
    file: &File,
    why: Ended,
    (key, request): (ActId, Hash),
    batch: Batch,
) -> Result<Batch, AppError> {
    let (now, today) = (app.clock.now(), app.people.today());
    let act = Act::End { why };
    file.may(&act, today)?;
    let mut trail = file.trail();
    let entry = trail.append(who, now, key, request, &act);
    let touched = file.touched(&trail);
    let row = CareRow { revision: touched.revision + 1, open: None, ended: Some((today, why)), ..touched };
    let id = row.id;
    let mut batch = batch
        .with(row.save(file.row.version))
        .with(vault::erase(id.0))
        .with(store::care::forget_listed(id))
        .with(store::visit::forget_places(id))
        .with(entry);
    if let Some(mut open) = store::visit::open_of(&app.store, id).await? {
        let on = open.version;
        let mut trail = Trail::at(StreamId::new(Stream::Visit, open.id.0), on, open.head);
        let dropped = trail.append(who, now, ActId(new_id(now).0), request, &visit::Act::Drop);
        open.visit.state = visit::State::Dropped;
        (open.version, open.head) = (trail.version(), trail.head());
        (open.near, open.wake, open.ended, open.urgent) = (None, None, Some(now), false);
        open.because.clear();
        batch = batch.with(open.save(on)).with(dropped);
    }
    for mut open in store::referral::of_care(&app.store, id).await? {
        if !open.referral.state.is_open() {
            continue;
        }
        let on = open.version;
        let mut trail = Trail::at(StreamId::new(Stream::Referral, open.id.0), on, open.head);
        let dropped = trail.append(who, now, ActId(new_id(now).0), request, &referral::Act::Drop);
        open.referral.state = referral::State::Dropped;
        (open.version, open.head, open.ended) = (trail.version(), trail.head(), Some(now));
        batch = batch.with(open.save(on)).with(dropped);
    }
    Ok(batch)
}
