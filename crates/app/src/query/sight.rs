//! Whose cases: the scope of a person over the index, the same rule as `domain::policy::Scope::covers`, as tables over the
//! values that cases share. It is asked before anything is counted or put in order.

use super::cases::{Cases, NOBODY};
use domain::policy::Scope;

/// What a person sees of the cases in the index.
pub(super) struct Sight {
    all: bool,
    area: Option<u32>,
    private: bool,
    in_area: Vec<bool>,
    in_grids: Vec<bool>,
    units: Vec<bool>,
    reporter: u32,
}

impl Sight {
    pub fn of(scope: &Scope, cases: &Cases) -> Sight {
        let under = |area| cases.all_areas.which(|areas| areas.upwards().any(|above| above == area));
        Sight {
            all: scope.all,
            area: scope.area.map(|area| area.0),
            private: scope.private,
            in_area: scope.area.map_or_else(Vec::new, under),
            in_grids: cases
                .all_areas
                .which(|areas| areas.grid.is_some_and(|grid| scope.grids.contains(&grid))),
            units: match scope.unit {
                Some(unit) => cases.unit_sets(|it| it == unit),
                None => cases.unit_sets(|_| false),
            },
            reporter: scope.reporter.and_then(|person| cases.all_people.known(&person)).unwrap_or(NOBODY),
        }
    }

    /// Whether they may see the case at a place.
    pub fn covers(&self, cases: &Cases, at: u32) -> bool {
        let (areas, facts) = (cases.areas[at as usize] as usize, &cases.facts[at as usize]);
        let in_area = self.area.is_some_and(|area| self.in_area[areas] || facts.desk == area);
        self.all
            || (in_area && (self.private || !facts.private))
            || self.in_grids[areas]
            || self.units[facts.units as usize]
            || (self.reporter != NOBODY && self.reporter == facts.reporter)
    }
}
