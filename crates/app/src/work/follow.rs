//! What stands in a grid by its id alone follows the areas when these change, to the successor: work of campaigns,
//! disputes, notes of hand-over. Grids without anybody are found anew by the sweep.

use domain::audit::Hash;
use domain::campaign::ErrandAct;
use domain::dispute::DisputeAct;
use domain::duty::HandOverAct;
use domain::id::{AreaId, DisputeId, ErrandId, HandOverId};
use domain::stream::{Stream, StreamId};
use store::{Batch, campaign, dispute, hand_over};
use uuid::Uuid;

use crate::area::changes::{Following, Page};
use crate::people::system;
use crate::stream::{Trail, system_key};
use crate::{App, AppError, City};

/// The next work of campaigns.
pub(crate) async fn errands(
    app: &App,
    following: &Following,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page, AppError> {
    let rows = campaign::errands_in(&app.store, &following.areas(), after.map(ErrandId), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|it| it.id.0);
    let mut batches = Vec::new();
    for mut it in rows {
        let Some(grid) = moved(&app.city(), following, it.grid) else { continue };
        let (before, act) = (it.version, ErrandAct::Follow { change: following.change, grid });
        let id = StreamId::new(Stream::Errand, it.id.0);
        let mut trail = Trail::at(id, it.version, it.head);
        let key = system_key(id, it.version + 1);
        let entry = trail.append(&system(grid), following.now, key, Hash::default(), &act);
        (it.version, it.head, it.grid) = (trail.version(), trail.head(), grid);
        batches.push(Batch::new("follow").with(it.move_to(before)).with(entry));
    }
    Ok(Page { batches, next })
}

/// The next disputes.
pub(crate) async fn disputes(
    app: &App,
    following: &Following,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page, AppError> {
    let rows = dispute::in_areas(&app.store, &following.areas(), after.map(DisputeId), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|it| it.id.0);
    let mut batches = Vec::new();
    for mut it in rows {
        let Some(area) = moved(&app.city(), following, it.area) else { continue };
        let grid = it.grid.map(|_| area);
        let (before, act) = (it.version, DisputeAct::Follow { change: following.change, area });
        let id = StreamId::new(Stream::Dispute, it.id.0);
        let mut trail = Trail::at(id, it.version, it.head);
        let key = system_key(id, it.version + 1);
        let entry = trail.append(&system(area), following.now, key, Hash::default(), &act);
        (it.version, it.head, it.area, it.grid) = (trail.version(), trail.head(), area, grid);
        batches.push(Batch::new("follow").with(it.move_to(before)).with(entry));
    }
    Ok(Page { batches, next })
}

/// The next notes of hand-over.
pub(crate) async fn notes(
    app: &App,
    following: &Following,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page, AppError> {
    let rows = hand_over::in_areas(&app.store, &following.areas(), after.map(HandOverId), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|it| it.id.0);
    let mut batches = Vec::new();
    for mut it in rows {
        let Some(grid) = moved(&app.city(), following, it.grid) else { continue };
        let (before, act) = (it.version, HandOverAct::Follow { change: following.change, grid });
        let id = StreamId::new(Stream::HandOver, it.id.0);
        let mut trail = Trail::at(id, it.version, it.head);
        let key = system_key(id, it.version + 1);
        let entry = trail.append(&system(grid), following.now, key, Hash::default(), &act);
        (it.version, it.head, it.grid) = (trail.version(), trail.head(), grid);
        batches.push(Batch::new("follow").with(it.move_to(before)).with(entry));
    }
    Ok(Page { batches, next })
}

/// Where something that lay in an area lies now; `None` where nothing changes.
fn moved(city: &City, following: &Following, area: AreaId) -> Option<AreaId> {
    let (areas, _) = following.placed(city, &city.ancestors(area), None, None);
    areas.upwards().next().filter(|now| *now != area)
}
