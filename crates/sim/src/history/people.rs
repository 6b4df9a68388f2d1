//! Who acts in the simulated city: the worker of a grid, the desk of an area, the handler of a unit.

use app::City;
use domain::area::Level;
use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::{Actor, Role};
use std::collections::{BTreeSet, HashMap};
use store::duty::{Duty, DutyKind};
use store::person::Person;

/// Everybody who acts, by what they answer for.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// The worker who has main duty in a grid.
    pub workers: HashMap<AreaId, PersonId>,
    /// An operator of an area's desk.
    pub desks: HashMap<AreaId, PersonId>,
    /// A handler of a unit.
    pub handlers: HashMap<UnitId, PersonId>,
    /// A leader of an area.
    pub leaders: HashMap<AreaId, PersonId>,
    /// The city's analyst.
    pub analyst: Option<PersonId>,
}

impl Cast {
    /// Who acts in a city that stands already.
    pub fn of(people: &[Person], duties: &[Duty]) -> Cast {
        let mut cast = Cast::default();
        for person in people.iter().filter(|person| !person.disabled) {
            match (person.role, person.unit) {
                (Role::Desk, _) => drop(cast.desks.insert(person.area, person.id)),
                (Role::Analyst, _) => cast.analyst = Some(person.id),
                (Role::Leader, _) => drop(cast.leaders.insert(person.area, person.id)),
                (Role::Handler, Some(unit)) => drop(cast.handlers.insert(unit, person.id)),
                _ => {}
            }
        }
        let on_main = duties.iter().filter(|duty| duty.kind == DutyKind::Main && duty.to.is_none());
        cast.workers = on_main.map(|duty| (duty.grid, duty.person)).collect();
        cast
    }

    /// The worker of a grid.
    pub fn worker(&self, grid: AreaId) -> Option<Actor> {
        let person = *self.workers.get(&grid)?;
        let grids = BTreeSet::from([grid]);
        Some(Actor {
            person: Some(person),
            role: Role::Worker,
            area: grid,
            level: Level::Grid,
            unit: None,
            grids,
        })
    }

    /// An operator of a desk.
    pub fn desk(&self, city: &City, area: AreaId) -> Actor {
        plain(Role::Desk, self.desks.get(&area).copied(), area, app::city::level_of(city, area), None)
    }

    /// A handler of a unit.
    pub fn handler(&self, city: &City, unit: UnitId) -> Actor {
        let area = city.units.get(&unit).map_or(AreaId(0), |u| u.area);
        let person = self.handlers.get(&unit).copied();
        plain(Role::Handler, person, area, app::city::level_of(city, area), Some(unit))
    }

    /// The city's analyst.
    pub fn analyst(&self, city: &City) -> Actor {
        let root = city.root().map_or(AreaId(0), |root| root.id);
        plain(Role::Analyst, self.analyst, root, Level::City, None)
    }

    /// The leader of a county, or of the city.
    pub fn leader(&self, city: &City, county: AreaId) -> Actor {
        plain(
            Role::Leader,
            self.leaders.get(&county).copied(),
            county,
            app::city::level_of(city, county),
            None,
        )
    }
}

/// A resident without an account.
pub fn resident(city: &City) -> Actor {
    let root = city.root().map_or(AreaId(0), |root| root.id);
    plain(Role::Resident, None, root, Level::City, None)
}

fn plain(role: Role, person: Option<PersonId>, area: AreaId, level: Level, unit: Option<UnitId>) -> Actor {
    Actor { person, role, area, level, unit, grids: BTreeSet::new() }
}
