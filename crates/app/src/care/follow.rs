//! Entries, visits and referrals go with the ground they stand on: by their point, else to the grid that took over.

use domain::area::Ancestors;
use domain::audit::Hash;
use domain::care;
use domain::id::{ActId, AreaId, CareId};
use domain::policy::Actor;
use domain::stream::{Stream, StreamId};
use domain::{referral, visit};
use store::care::CareRow;
use store::{Batch, Statement};

use super::file::{file_of, private_hash};
use crate::area::changes::{Following, Page};
use crate::people::{new_id, system};
use crate::stream::Trail;
use crate::{App, AppError};

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

/// The next entries of a change, each with what moves it; those that are where they should be are passed over. Only the
/// platform opens them, to read their point.
pub(crate) async fn page(
    app: &App,
    following: &Following,
    after: Option<uuid::Uuid>,
    limit: u32,
) -> Result<Page, AppError> {
    let rows = store::care::in_areas(&app.store, &following.areas(), after.map(CareId), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.id.0);
    let city = app.city();
    let mut batches = Vec::new();
    for row in rows {
        let point = match &row.open {
            Some(open) => match app.vault.key(&app.store, row.id.0).await? {
                Some(key) => file_of(row.clone(), &open.sealed, key)?.held.person.point,
                None => None,
            },
            None => None,
        };
        let (areas, _) = following.placed(&city, &row.areas, point, None);
        if areas != row.areas && areas.grid.is_some() {
            batches.push(moving(app, row, areas).await?);
        }
    }
    Ok(Page { batches, next })
}

async fn moving(app: &App, row: CareRow, areas: Ancestors) -> Result<Batch, AppError> {
    let (clock, now) = (system(areas.city.unwrap_or(AreaId(0))), app.clock.now());
    let to = areas.grid.unwrap_or(AreaId(0));
    let open = open_things(app, &clock, row.id, areas).await?;
    let mut trail = Trail::at(StreamId::new(Stream::Care, row.id.0), row.version, row.head);
    let act = care::Act::Move { from: row.grid(), to };
    let request = private_hash(app, &(row.id, "move", to))?;
    let entry = trail.append(&clock, now, ActId(new_id(now).0), request, &act);
    let moved = CareRow { version: trail.version(), head: trail.head(), areas, ..row.clone() };
    let batch = Batch::new("move care").with(moved.save(row.version));
    Ok(open.into_iter().fold(batch, Batch::with).with(entry))
}
