//! Entries, visits and referrals go with the ground they stand on: by their point, else to the grid that took over.

use domain::area::Ancestors;
use domain::audit::Hash;
use domain::care;
use domain::id::{ActId, AreaId, CareId};
use domain::policy::Actor;
use domain::stream::{Stream, StreamId};
use domain::{referral, visit};
use store::care::CareRow;
use store::lease::Held as Lease;
use store::{Batch, CommitError, Statement};

use super::file::{file_of, private_hash};
use crate::people::{new_id, system};
use crate::stream::Trail;
use crate::{App, AppError, City};

const AT_ONCE: u32 = 100;

/// What moves the open visit and the open referrals of an entry to other ground.
pub(super) async fn open_things(
    app: &App,
    who: &Actor,
    id: CareId,
    areas: Ancestors,
) -> Result<Vec<Statement>, AppError> {
    let now = app.clock.now();
    let to = areas.grid.unwrap_or(AreaId(0));
    let request: Hash = private_hash(app, &(id, "move", to))?;
    let mut all = Vec::new();
    if let Some(mut row) = store::visit::open_of(&app.store, id).await? {
        let on = row.version;
        let mut trail = Trail::at(StreamId::new(Stream::Visit, row.id.0), on, row.head);
        let act = visit::Act::Move { from: row.grid(), to };
        let entry = trail.append(who, now, ActId(new_id(now).0), request, &act);
        (row.version, row.head, row.areas) = (trail.version(), trail.head(), areas);
        all.extend([row.save(on), entry]);
    }
    for mut row in store::referral::of_care(&app.store, id).await? {
        if !row.referral.state.is_open() {
            continue;
        }
        let on = row.version;
        let mut trail = Trail::at(StreamId::new(Stream::Referral, row.id.0), on, row.head);
        let act = referral::Act::Move { from: row.grid(), to };
        let entry = trail.append(who, now, ActId(new_id(now).0), request, &act);
        (row.version, row.head, row.areas) = (trail.version(), trail.head(), areas);
        all.extend([row.save(on), entry]);
    }
    Ok(all)
}

/// Moves what stands in some areas of a change to where that is now, under the lease of the change; how many entries
/// were moved, and whether nobody acted on one meanwhile.
pub async fn follow(app: &App, lease: &Lease, ground: &[AreaId]) -> Result<(u32, bool), AppError> {
    let (mut n, mut is_whole) = (0, true);
    for area in ground {
        let mut after = CareId(uuid::Uuid::nil());
        loop {
            let rows = store::care::of_area(&app.store, *area, after, AT_ONCE).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for row in rows {
                let Some(areas) = now_at(app, &row).await? else { continue };
                match app.store.commit(moving(app, lease, row, areas).await?).await {
                    Ok(()) => n += 1,
                    Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => is_whole = false,
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Ok((n, is_whole))
}

async fn moving(app: &App, lease: &Lease, row: CareRow, areas: Ancestors) -> Result<Batch, AppError> {
    let (clock, now) = (system(AreaId(0)), app.clock.now());
    let to = areas.grid.unwrap_or(AreaId(0));
    let open = open_things(app, &clock, row.id, areas).await?;
    let mut trail = Trail::at(StreamId::new(Stream::Care, row.id.0), row.version, row.head);
    let act = care::Act::Move { from: row.grid(), to };
    let request = private_hash(app, &(row.id, "move", to))?;
    let entry = trail.append(&clock, now, ActId(new_id(now).0), request, &act);
    let moved = CareRow { version: trail.version(), head: trail.head(), areas, ..row.clone() };
    let batch = Batch::new("move care").with(lease.guard()).with(moved.save(row.version));
    Ok(open.into_iter().fold(batch, Batch::with).with(entry))
}

/// Where an entry stands in the tree of today; `None` where that is what its row says. Only the platform opens it, to
/// read its point.
async fn now_at(app: &App, row: &CareRow) -> Result<Option<Ancestors>, AppError> {
    let city = app.city();
    let grid = row.grid();
    let point = match &row.open {
        Some(open) => match app.vault.key(&app.store, row.id.0).await? {
            Some(key) => file_of(row.clone(), &open.sealed, key)?.held.person.point,
            None => None,
        },
        None => None,
    };
    let by_point = point.and_then(|it| city.locate(it)).map(|(areas, _)| areas);
    let stays = city.tree.get(grid).is_some();
    let areas = match by_point.filter(|areas| areas.grid.is_some()) {
        Some(areas) => areas,
        None if stays => city.ancestors(grid),
        None => successor(&city, grid).map_or(row.areas, |to| city.ancestors(to)),
    };
    Ok((areas != row.areas).then_some(areas))
}

/// The grid that took over, through as many changes as there were.
fn successor(city: &City, grid: AreaId) -> Option<AreaId> {
    let mut at = grid;
    for _ in 0..20 {
        if city.tree.get(at).is_some() {
            return Some(at);
        }
        at = *city.history.get(at)?.successors.first()?;
    }
    None
}
