//! The demo city before its first case: areas, bundles, units, people with duties and leave.

use crate::bundle::{self, BadBundle};
use crate::chance::Chance;
use crate::city::{self, CityData, Sources};
use crate::history::{BadTexts, Cast, Texts, id_at};
use app::city::kind;
use app::index::framework::FRAMEWORK;
use app::{AppError, Clock, People, bulk};
use domain::area::{Area, Kind, Level};
use domain::class::Label;
use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::Role;
use domain::routing::plan_offices;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;
use store::Store;
use store::duty::{Duty, DutyKind};
use store::person::Person;
use store::unit::Unit;
use thiserror::Error;

/// Grids of the demo city.
pub const N_GRIDS: usize = 8_930;
/// Grid workers of the demo city; those beyond one a grid stand in for others on leave.
pub const N_WORKERS: usize = 9_145;
/// The department of the whole city whose handler is the demo's `department`: it hands in figures for the index.
const DEPARTMENT: &str = "market";

/// The demo city cannot be seeded.
#[derive(Debug, Error)]
#[allow(missing_docs)] // each is the failure of the thing it names
pub enum SeedError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Bundle(#[from] BadBundle),
    #[error(transparent)]
    Texts(#[from] BadTexts),
    #[error("the demo bundle's areas cannot be read")]
    Data(#[from] city::BadData),
    #[error("the demo city's ground cannot be laid")]
    Build(#[from] city::BuildError),
}

/// A city ready for its history.
pub struct Seeded {
    /// Who acts.
    pub cast: Cast,
    /// What they write.
    pub texts: Texts,
}

/// Seeds an empty store. `since` is before the first case; `today` the day of the demo. Nobody has a
/// password yet.
pub async fn seed(store: &Store, seed: u64, since: Timestamp, today: Date) -> Result<Seeded, SeedError> {
    let chance = Chance::new(seed);
    let zone = jiff::tz::TimeZone::UTC;
    let first_day = zone.to_datetime(since).date();
    let areas = tokio::task::spawn_blocking(move || areas(seed, first_day))
        .await
        .expect("laying the ground does not panic")?;
    bulk::save_areas(store, &areas).await?;
    bulk::save_bundle(store, kind::CLASSES, since, &bundle::classes()?).await?;
    bulk::save_bundle(store, kind::MATRIX, since, &bundle::matrix()?).await?;
    bulk::save_bundle(store, kind::CALENDARS, since, &bundle::calendars()?).await?;
    bulk::save_bundle(store, FRAMEWORK, since, &bundle::framework()?).await?;
    let units = units(&areas)?;
    let people = People::new(store.clone(), Clock::standing_at(since), zone);
    people.keep_units(&units).await?;
    let texts = Texts::read(bundle::REPORTS, bundle::ACTS, bundle::NAMES)?;
    let mut hiring = Hiring { chance: chance.branch("people"), texts: &texts, since, people: Vec::new() };
    let (cast, duties) = hiring.everybody(&areas, &units, first_day, today);
    people.keep_people(&hiring.people).await?;
    people.keep_duties(duties).await?;
    Ok(Seeded { cast, texts })
}

fn areas(seed: u64, since: Date) -> Result<Vec<Area>, SeedError> {
    let sources = Sources {
        city_and_counties: bundle::AREA_NAMES,
        townships: bundle::TOWNSHIPS,
        communities: bundle::COMMUNITIES,
        outlines: bundle::OUTLINES,
    };
    Ok(city::build(seed, &CityData::parse(sources, N_GRIDS, since)?)?)
}

fn units(areas: &[Area]) -> Result<Vec<Unit>, SeedError> {
    let rows = bundle::offices()?;
    let names: Vec<(AreaId, Kind, Label)> =
        areas.iter().map(|a| (a.id, a.kind, Label::new(&a.name_zh, &a.name_en))).collect();
    let by_id: BTreeMap<AreaId, &Area> = areas.iter().map(|a| (a.id, a)).collect();
    let planned =
        plan_offices(&rows, names.iter().map(|(id, kind, name)| (*id, *kind, name))).map_err(|faults| {
            let why = faults.iter().map(|f| f.why.clone()).collect::<Vec<_>>().join("; ");
            BadBundle { file: "units", why }
        })?;
    let mut heads: BTreeMap<String, UnitId> = BTreeMap::new();
    let mut units = Vec::with_capacity(planned.len());
    for (office, number) in planned.into_iter().zip(1..) {
        let area = by_id[&office.area];
        let id = UnitId(number);
        let top = area.level == Level::City;
        if top {
            heads.insert(office.department.clone(), id);
        }
        units.push(Unit {
            id,
            code: if top {
                office.department.clone()
            } else {
                format!("{}.{}", office.department, area.code)
            },
            name_zh: office.name.zh,
            name_en: office.name.en,
            level: area.level,
            area: area.id,
            parent: if top { None } else { heads.get(&office.department).copied() },
            ended: false,
        });
    }
    Ok(units)
}

struct Hiring<'a> {
    chance: Chance,
    texts: &'a Texts,
    since: Timestamp,
    people: Vec<Person>,
}

impl Hiring<'_> {
    fn everybody(&mut self, areas: &[Area], units: &[Unit], first: Date, today: Date) -> (Cast, Vec<Duty>) {
        let mut cast = Cast::default();
        let root = areas.iter().find(|a| a.level == Level::City).expect("a city has a root");
        let county = areas.iter().find(|a| a.level == Level::County).expect("a city has counties");
        for area in areas.iter().filter(|a| a.level <= Level::Township) {
            let demo = (area.id == county.id).then_some("desk");
            let desk = self.hire(Role::Desk, area.id, None, demo, &format!("desk.{}", area.code));
            cast.desks.insert(area.id, desk);
            let demo =
                if area.id == county.id { Some("county") } else { (area.id == root.id).then_some("city") };
            let leader = self.hire(Role::Leader, area.id, None, demo, &format!("leader.{}", area.code));
            cast.leaders.insert(area.id, leader);
        }
        cast.analyst = Some(self.hire(Role::Analyst, root.id, None, Some("analyst"), "analyst"));
        self.hire(Role::Admin, root.id, None, Some("admin"), "admin");
        let busiest = format!("urban.{}", county.code);
        for unit in units {
            let demo = match unit.code.as_str() {
                code if code == busiest => Some("unit"),
                DEPARTMENT => Some("department"),
                _ => None,
            };
            let handler =
                self.hire(Role::Handler, unit.area, Some(unit.id), demo, &format!("unit.{}", unit.code));
            cast.handlers.insert(unit.id, handler);
        }
        let duties = self.workers(areas, county, &mut cast, first, today);
        (cast, duties)
    }

    /// One worker a grid; the others stand in where someone is on leave these days.
    fn workers(
        &mut self,
        areas: &[Area],
        county: &Area,
        cast: &mut Cast,
        first: Date,
        today: Date,
    ) -> Vec<Duty> {
        let grids: Vec<&Area> = areas.iter().filter(|a| a.level == Level::Grid).collect();
        let demo_grid = grids.iter().position(|g| county.path.contains(&g.path)).unwrap_or(0);
        let mut duties: Vec<Duty> = Vec::with_capacity(N_WORKERS + 2 * 215);
        let mut add = |grid: AreaId, person, kind, from, to| {
            duties.push(Duty { id: duties.len() as i64 + 1, grid, person, kind, from, to });
        };
        for (at, grid) in grids.iter().enumerate() {
            let demo = (at == demo_grid).then_some("worker");
            let worker = self.hire(Role::Worker, grid.id, None, demo, &format!("w{}", grid.code));
            cast.workers.insert(grid.id, worker);
            add(grid.id, worker, DutyKind::Main, first, None);
        }
        let own = cast.workers[&grids[demo_grid].id];
        let same = |g: &&&Area| g.parent == grids[demo_grid].parent && g.id != grids[demo_grid].id;
        for grid in grids.iter().filter(same).take(2) {
            add(grid.id, own, DutyKind::Substitute, first, None);
        }
        for n in 0..N_WORKERS.saturating_sub(grids.len()) {
            let at = (n * 41 + 7) % grids.len();
            let grid = grids[if at == demo_grid { at + 1 } else { at }];
            let stand_in = self.hire(Role::Worker, grid.id, None, None, &format!("s{}", grid.code));
            let from = today.saturating_sub((self.chance.below(4) as i64).days());
            let to = today.saturating_add((1 + self.chance.below(6) as i64).days());
            add(grid.id, cast.workers[&grid.id], DutyKind::Leave, from, Some(to));
            add(grid.id, stand_in, DutyKind::Substitute, from, Some(to));
        }
        duties
    }

    /// A person; with the demo's account name where one is given.
    fn hire(
        &mut self,
        role: Role,
        area: AreaId,
        unit: Option<UnitId>,
        demo: Option<&str>,
        account: &str,
    ) -> PersonId {
        let id = PersonId(id_at(&mut self.chance, self.since));
        let person = Person {
            id,
            account: demo.unwrap_or(account).to_lowercase(),
            name: self.texts.person(&mut self.chance),
            role,
            area,
            unit,
            disabled: false,
            created: self.since,
        };
        self.people.push(person);
        id
    }
}
