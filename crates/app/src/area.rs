//! Areas at the door: reading files of areas and outlines (`import`), names in pinyin and English (`names`), outlines for
//! the web map (`map`), faults between outlines (`topology`), who may change them (`rights`). The law of the tree is `domain::area`; the rows are `store::area`.

use std::sync::Arc;

use domain::area::{Ancestors, Locator, Tree};
use domain::geo::LngLat;
use jiff::civil::Date;

use crate::City;

pub mod changes;
pub mod import;
pub mod map;
pub mod names;
pub(crate) mod rights;
pub mod topology;

/// The tree of a day, and where a point is in its grids: everything above it, and how far off the grid is in metres.
/// `None` when that day had no grids. Today's are at hand ([`City::locate`]); those of another day are prepared anew.
pub async fn on_day(city: &Arc<City>, point: LngLat, day: Date) -> (Tree, Option<(Ancestors, f64)>) {
    let city = city.clone();
    let worked_out = tokio::task::spawn_blocking(move || {
        let tree = city.history.as_of(day);
        let located = Locator::of(&tree, 0).at(point);
        let placed = located.and_then(|it| Some((tree.ancestors(it.grid())?, it.distance_m())));
        (tree, placed)
    });
    worked_out.await.expect("preparing grids does not panic")
}
