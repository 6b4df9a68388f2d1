//! Which calendar an area keeps: its own, or that of the nearest area above it that has one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Calendar;
use crate::id::AreaId;

/// The calendars of a city: one for everybody, others for counties that keep their own.
#[derive(Clone, Debug)]
pub struct CalendarBook {
    everybody: Arc<Calendar>,
    own: BTreeMap<AreaId, Arc<Calendar>>,
}

impl CalendarBook {
    /// One calendar for the whole city.
    pub fn new(everybody: Arc<Calendar>) -> CalendarBook {
        CalendarBook { everybody, own: BTreeMap::new() }
    }

    /// Gives an area, and all below it, a calendar of its own.
    #[must_use]
    pub fn with(mut self, area: AreaId, calendar: Arc<Calendar>) -> CalendarBook {
        self.own.insert(area, calendar);
        self
    }

    /// The calendar of an area given by its path, city first, itself last.
    pub fn of(&self, path: &[AreaId]) -> &Calendar {
        path.iter().rev().find_map(|area| self.own.get(area)).unwrap_or(&self.everybody)
    }
}
