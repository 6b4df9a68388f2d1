//! What stands in the grids beside cases and follows them when the areas change. Each room moves its own, a page at a time;
//! the sweeper (`follow`) holds the lease, guards each batch with it, and comes again where somebody else was faster.
//!
//! A new room adds a line to [`Follower`]: its page gives the next rows in the areas concerned, by id, each with what
//! moves it, and passes over those that are where they should be.

use std::collections::BTreeSet;

use domain::area::Ancestors;
use domain::geo::LngLat;
use domain::id::{AreaChangeId, AreaId};
use jiff::Timestamp;
use store::Batch;
use uuid::Uuid;

use crate::case::placed_anew;
use crate::{App, AppError, City};

/// A change that is followed.
#[derive(Clone, Debug)]
pub struct Following {
    /// Which.
    pub change: AreaChangeId,
    /// Areas that ended, hang elsewhere or have another outline: what lies in these is placed anew.
    pub unsettled: BTreeSet<AreaId>,
    /// The moment of the acts that move things.
    pub now: Timestamp,
}

/// The next things that are moved.
#[derive(Debug, Default)]
pub struct Page {
    /// What moves each.
    pub batches: Vec<Batch>,
    /// The last that was looked at; `None` at the end.
    pub next: Option<Uuid>,
}

impl Following {
    /// Where something lies now: by its point where that lies in a grid, else by the successor of the area it was in.
    pub fn placed(
        &self,
        city: &City,
        areas: &Ancestors,
        point: Option<LngLat>,
        off_m: Option<u32>,
    ) -> (Ancestors, Option<u32>) {
        if areas.upwards().any(|id| self.unsettled.contains(&id)) {
            placed_anew(city, areas, point, off_m)
        } else {
            (*areas, off_m)
        }
    }

    /// The areas concerned, for a query by any of the five ancestors.
    pub fn areas(&self) -> Vec<AreaId> {
        self.unsettled.iter().copied().collect()
    }
}

/// Everything beside cases that stands in the grids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follower {
    /// Places and things.
    Places,
    /// Work of campaigns.
    Errands,
    /// Disputes.
    Disputes,
    /// Notes of hand-over.
    Notes,
    /// Entries of the care register, with their open visits and referrals.
    Care,
}

impl Follower {
    pub const ALL: [Follower; 5] =
        [Follower::Places, Follower::Errands, Follower::Disputes, Follower::Notes, Follower::Care];

    /// The next of these in the areas concerned, after one that was looked at.
    pub async fn page(
        self,
        app: &App,
        following: &Following,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page, AppError> {
        match self {
            Follower::Places => crate::place::follow::page(app, following, after, limit).await,
            Follower::Errands => crate::work::follow::errands(app, following, after, limit).await,
            Follower::Disputes => crate::work::follow::disputes(app, following, after, limit).await,
            Follower::Notes => crate::work::follow::notes(app, following, after, limit).await,
            Follower::Care => crate::care::follow::page(app, following, after, limit).await,
        }
    }
}
