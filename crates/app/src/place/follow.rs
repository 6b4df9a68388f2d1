//! Places follow the areas they lie in when these change: by their point, else to the successor.

use domain::audit::Hash;
use domain::id::{ActId, PlaceId};
use domain::place::Act;
use store::place::page_in;
use uuid::Uuid;

use super::keep::{save, stream_of};
use crate::area::changes::{Following, Page};
use crate::people::system;
use crate::stream::system_key;
use crate::{App, AppError};

/// The next places of a change, each with what moves it; those that are where they should be are passed over.
pub(crate) async fn page(
    app: &App,
    following: &Following,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page, AppError> {
    let rows = page_in(&app.store, &following.areas(), after.map(PlaceId), limit).await?;
    let next = rows.last().filter(|_| rows.len() == limit as usize).map(|row| row.place.id.0);
    let city = app.city();
    let mut batches = Vec::new();
    for row in rows {
        let place = &row.place;
        let (areas, off_m) = following.placed(&city, &place.areas, place.told.point, place.off_m);
        if (areas, off_m) == (place.areas, place.off_m) {
            continue;
        }
        let act = Act::Follow { change: following.change, areas, off_m };
        let nonsense = |no: domain::place::Refusal| store::Fault::Nonsense {
            what: format!("place {}", place.id),
            why: no.to_string(),
        };
        let moved = place.after(&act).map_err(nonsense)?;
        let key: ActId = system_key(stream_of(place.id), moved.version);
        let who = system(areas.city.unwrap_or(domain::id::AreaId(0)));
        batches.push(save(&who, &row, &moved, &act, (following.now, key, Hash::default())));
    }
    Ok(Page { batches, next })
}
