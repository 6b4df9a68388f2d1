//! Everyone who signs in: their units, posts and accounts (here), their sessions (`crate::session`) and their
//! duties (`crate::duty`). Residents have no account; cases are elsewhere.

mod account;
pub mod import;
pub mod tag;
mod unit;

pub use account::{NewPerson, Opened, PersonChange};
pub use unit::{NewUnit, UnitChange};

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use domain::area::{Ancestors, Level};
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Role, StaffAct, permit_staff};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::Store;
use store::ground::{self, Ground};

use crate::deeds::{self, Recording};
use crate::session::cache::Cache;
use crate::session::password::Hasher;
use crate::session::strikes::Strikes;
use crate::session::turns::Turns;
use crate::{AppError, Clock};

/// How long a sign-in waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// The use cases around people. Cheap to clone; one for each node.
#[derive(Clone)]
pub struct People {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// The city's; it changes with everybody's calendar.
    zone: Arc<RwLock<TimeZone>>,
    pub(crate) node: Arc<Node>,
}

/// What this node keeps in memory; correct without it.
pub(crate) struct Node {
    pub(crate) hasher: Hasher,
    pub(crate) strikes: Strikes,
    pub(crate) turns: Turns,
    pub(crate) cache: Cache,
}

impl People {
    /// Names of some people, as they stand beside what these did; unknown ones are left out.
    pub async fn names(
        &self,
        people: impl IntoIterator<Item = PersonId>,
    ) -> Result<HashMap<PersonId, String>, AppError> {
        let mut names = HashMap::new();
        for id in people {
            if !names.contains_key(&id)
                && let Some(person) = store::person::by_id(&self.store, id).await?
            {
                names.insert(id, person.name);
            }
        }
        Ok(names)
    }

    /// `zone` is the city's: it decides which day it is for duties.
    pub fn new(store: Store, clock: Clock, zone: TimeZone) -> People {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let node = Node {
            hasher: Hasher::new(cores, PATIENCE),
            strikes: Strikes::default(),
            turns: Turns::new(PATIENCE),
            cache: Cache::default(),
        };
        People { store, clock, zone: Arc::new(RwLock::new(zone)), node: Arc::new(node) }
    }

    /// The record of what this person now does.
    pub(crate) fn recording(&self, who: &Actor) -> Recording<'_> {
        Recording::new(&self.store, self.clock.now(), deeds::by(who))
    }

    /// The city's day.
    pub fn today(&self) -> Date {
        let zone = self.zone.read().expect("the zone's lock is never held across a panic");
        zone.to_datetime(self.clock.now()).date()
    }

    /// Days begin by another zone from now on.
    pub(crate) fn move_to(&self, zone: &TimeZone) {
        let mut held = self.zone.write().expect("the zone's lock is never held across a panic");
        held.clone_from(zone);
    }

    /// Someone by their account, for whoever runs the machine and acts on their word. Not for workers: their duties are
    /// looked up when they sign in.
    pub async fn acting(&self, city: &crate::City, account: &str) -> Result<Actor, AppError> {
        let found = store::person::by_account(&self.store, account).await?;
        let person = found.filter(|it| !it.disabled).ok_or(AppError::NotFound { what: "account" })?;
        let level = city.area(person.area).map_or(Level::City, |area| area.level);
        let (role, area, unit) = (person.role, person.area, person.unit);
        Ok(Actor {
            person: Some(person.id),
            role,
            area,
            level,
            unit,
            grids: std::collections::BTreeSet::new(),
        })
    }

    /// The ground of an area as it stands today; an area that is not there, or not theirs, does not exist.
    pub(crate) async fn ground(
        &self,
        who: &Actor,
        act: StaffAct,
        area: AreaId,
        whom: Option<PersonId>,
        what: &'static str,
    ) -> Result<Ground, AppError> {
        let ground = ground::of(&self.store, area, self.today()).await?;
        let ground = ground.ok_or(AppError::NotFound { what })?;
        permit(who, act, &ground.areas(), whom, what)?;
        Ok(ground)
    }
}

/// Forbidden and absent look the same.
pub(crate) fn permit(
    who: &Actor,
    act: StaffAct,
    ground: &Ancestors,
    whom: Option<PersonId>,
    what: &'static str,
) -> Result<(), AppError> {
    permit_staff(who, act, ground, whom).map_err(|_| AppError::NotFound { what })
}

/// The platform itself, for imports and the command line.
pub fn system(area: AreaId) -> Actor {
    let level = Level::City;
    Actor {
        person: None,
        role: Role::System,
        area,
        level,
        unit: None,
        grids: std::collections::BTreeSet::new(),
    }
}

/// A new id, sorted by the clock that is handed down.
pub(crate) fn new_id(now: Timestamp) -> PersonId {
    let mut chance = [0; 10];
    getrandom::fill(&mut chance).expect("the machine has a source of randomness");
    let ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
    PersonId(uuid::Builder::from_unix_timestamp_millis(ms, &chance).into_uuid())
}
