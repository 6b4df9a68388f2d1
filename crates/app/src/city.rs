//! The city as every use case needs it at hand: tree, locator, units, classes, calendars, responsibility.
//!
//! A snapshot, read-only and shared. It is loaded from the store, replaced whole when anything of it has
//! changed there, and correct without being told: `refresh` compares version numbers.

use crate::AppError;
use domain::area::{Ancestors, Area, AreaCode, Kind, Level, Located, Locator, Tree};
use domain::calendar::{Calendar, CalendarBook, CalendarPlan, Shift, Week};
use domain::class::{Class, ClassRow, Clocks, Dictionary, Label};
use domain::clock::Span;
use domain::geo::LngLat;
use domain::id::{AreaId, ClassCode, UnitId};
use domain::routing::{self, Destination, Known, Matrix, MatrixRow, Offices, Thing};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::unit::Unit;
use store::{Store, area, bundle, deed, unit};

/// A snapshot of the city's own facts.
pub struct City {
    /// What tells whether it is still true.
    pub stamp: Stamp,
    /// The areas of today.
    pub tree: Tree,
    /// All versions of all areas, for questions as of another day.
    pub history: Tree,
    /// Which grid a point is in.
    pub locator: Locator,
    /// Classes of case.
    pub classes: Dictionary,
    /// Who works when.
    pub calendars: CalendarBook,
    /// Time zone of the whole city.
    pub zone: TimeZone,
    /// Who is responsible for what, where.
    pub matrix: Matrix,
    /// The rows it was made of.
    pub(crate) matrix_rows: Vec<MatrixRow>,
    /// Units by id, those that were ended, too.
    pub units: BTreeMap<UnitId, Unit>,
    /// The highest office of each department.
    heads: HashMap<String, UnitId>,
}

/// Versions of everything a snapshot was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    tree: u64,
    bundles: Vec<(String, u32)>,
    units: UnitId,
    /// Number of the last deed about a unit.
    unit_deed: u64,
    day: String,
}

/// A document with the calendars of a city.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarBundle {
    /// Everybody's.
    pub everybody: CalendarPlan,
    /// Those of areas (by code) that keep their own.
    #[serde(default)]
    pub own: Vec<(String, CalendarPlan)>,
}

/// Kinds of bundle.
pub mod kind {
    /// Rows of the dictionary of classes.
    pub const CLASSES: &str = "classes";
    /// Rows of the responsibility matrix.
    pub const MATRIX: &str = "matrix";
    /// The calendars.
    pub const CALENDARS: &str = "calendars";
}

impl City {
    /// Loads it. A new city without bundles has an empty dictionary, an empty matrix and five working days.
    pub async fn load(store: &Store, now: Timestamp) -> Result<City, AppError> {
        let bundles = bundle::versions(store, now).await?;
        let tree_version = area::tree_version(store).await?;
        let unit_deed = deed::last_about_units(store).await?;
        let areas = area::all(store).await?;
        let units: BTreeMap<UnitId, Unit> = unit::all(store).await?.into_iter().map(|u| (u.id, u)).collect();
        let calendars: Option<CalendarBundle> =
            document(store, kind::CALENDARS, now).await?.map(|(_, it)| it);
        let classes: (u32, Vec<ClassRow>) = document(store, kind::CLASSES, now).await?.unwrap_or_default();
        let rows: Vec<MatrixRow> =
            document(store, kind::MATRIX, now).await?.map(|(_, it)| it).unwrap_or_default();
        tokio::task::spawn_blocking(move || {
            let parts = Parts { tree_version, unit_deed, bundles, areas, units, calendars, classes, rows };
            parts.build(now)
        })
        .await
        .expect("building the city does not panic")
    }

    /// Whether the store has moved on since this was loaded, or another day has begun.
    pub async fn is_stale(&self, store: &Store, now: Timestamp) -> Result<bool, AppError> {
        Ok(self.stamp
            != Stamp {
                tree: area::tree_version(store).await?,
                bundles: bundle::versions(store, now).await?,
                units: unit::last_id(store).await?,
                unit_deed: deed::last_about_units(store).await?,
                day: day_of(&self.zone, now),
            })
    }

    /// Which state of the areas this is.
    pub fn tree_version(&self) -> u64 {
        self.stamp.tree
    }

    /// Documents that hold now whose kind begins so, each with its version: `form/` gives all forms.
    pub fn documents<'a>(&'a self, beginning: &'a str) -> impl Iterator<Item = (&'a str, u32)> {
        let under = self.stamp.bundles.iter().filter(move |(kind, _)| kind.starts_with(beginning));
        under.map(|(kind, version)| (kind.as_str(), *version))
    }

    /// The city itself.
    pub fn root(&self) -> Option<&Area> {
        self.tree.root()
    }

    /// An area of today or of former days.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.tree.get(id).or_else(|| self.history.get(id))
    }

    /// An area and everything above it.
    pub fn ancestors(&self, id: AreaId) -> Ancestors {
        self.area(id).map(|a| Ancestors::of(&a.path)).unwrap_or_default()
    }

    /// An area by its id as text or by its code.
    pub fn area_by_text(&self, text: &str) -> Option<&Area> {
        let by_code = text
            .parse()
            .ok()
            .and_then(|code| self.tree.by_code(&code).or_else(|| self.history.by_code(&code)));
        by_code.or_else(|| text.parse().ok().and_then(|id| self.area(id)))
    }

    /// An area by its id as text or by its code, as it stands on a day.
    pub fn area_by_text_on(&self, text: &str, day: Date) -> Option<&Area> {
        let holds = |code: &AreaCode| {
            self.history.all_versions().find(|a| a.code == *code && a.is_valid_on(day)).map(Arc::as_ref)
        };
        let by_code = text.parse().ok().and_then(|code| holds(&code));
        by_code.or_else(|| text.parse().ok().and_then(|id| self.history.get_on(id, day)))
    }

    /// The grid of a point (or the nearest) with everything above it, and how far off it is in metres.
    pub fn locate(&self, point: LngLat) -> Option<(Ancestors, f64)> {
        let located: Located = self.locator.at(point)?;
        Some((self.ancestors(located.grid()), located.distance_m()))
    }

    /// Grids within some metres of a point: of the points on two rings around it, and its own.
    pub fn grids_near(&self, point: LngLat, radius_m: f64) -> Vec<AreaId> {
        let (north, east) =
            (radius_m / 111_320.0, radius_m / (111_320.0 * point.lat.to_radians().cos().max(0.01)));
        let ring = |share: f64| {
            (0..8).map(move |eighth| {
                let turn = std::f64::consts::TAU * f64::from(eighth) / 8.0;
                LngLat {
                    lng: point.lng + share * east * turn.cos(),
                    lat: point.lat + share * north * turn.sin(),
                }
            })
        };
        let around = std::iter::once(point).chain(ring(0.5)).chain(ring(1.0));
        let mut grids: Vec<AreaId> = around.filter_map(|p| self.locator.at(p)).map(Located::grid).collect();
        grids.sort_unstable();
        grids.dedup();
        grids
    }

    /// A class by its code.
    pub fn class(&self, code: &ClassCode) -> Option<&Class> {
        self.classes.get(code)
    }

    /// The calendar kept in a place.
    pub fn calendar(&self, areas: &Ancestors) -> &Calendar {
        let mut path: Vec<AreaId> = areas.upwards().collect();
        path.reverse();
        self.calendars.of(&path)
    }

    /// Whose matter a class is in a place, as the desk of `desk` asks; the reason in both languages.
    pub fn route(&self, class: &ClassCode, areas: &Ancestors, desk: AreaId) -> Suggestion {
        let mut path: Vec<(AreaId, Kind)> =
            areas.upwards().filter_map(|id| Some((id, self.area(id)?.kind))).collect();
        path.reverse();
        let Some(place) = routing::Place::new(path, desk) else {
            let why = Label::new("没有地点，无法按责任清单分派", "without a place the matrix cannot tell");
            return Suggestion { unit: None, desk, because: why };
        };
        let route = routing::route(class, &place, &self.matrix);
        let name = |thing: Thing<'_>| self.name_of(thing);
        let told: Vec<Label> = route.because.iter().map(|reason| reason.tell(&name)).collect();
        let join = |of: fn(&Label) -> &str, with: &str| told.iter().map(of).collect::<Vec<_>>().join(with);
        let because = Label::new(join(|l| &l.zh, "；"), join(|l| &l.en, "; "));
        match route.to {
            Destination::Unit(unit) => Suggestion { unit: Some(unit), desk, because },
            Destination::Desk(desk) => Suggestion { unit: None, desk, because },
        }
    }

    fn name_of(&self, thing: Thing<'_>) -> Label {
        match thing {
            Thing::Area(id) => self.area(id).map(|a| Label::new(&a.name_zh, &a.name_en)),
            Thing::Unit(id) => self.units.get(&id).map(|u| Label::new(&u.name_zh, &u.name_en)),
            Thing::Classes("") => Some(Label::new("全部事项", "every class")),
            Thing::Classes(code) => self.classes_name(code),
            Thing::Kind(kind) => Some(Label::new(kind.zh(), kind.name().replace('_', " "))),
            Thing::Level(level) => Some(Label::new(level.zh(), level.name())),
            Thing::Department(code) => {
                let head = self.heads.get(code).and_then(|id| self.units.get(id));
                head.map(|u| Label::new(&u.name_zh, &u.name_en))
            }
        }
        .unwrap_or_else(|| Label::new("?", "?"))
    }
}

impl City {
    /// A class, a major, or else the beginning of codes itself.
    fn classes_name(&self, code: &str) -> Option<Label> {
        let major = || self.classes.majors().into_iter().find(|m| m.code == code).map(|m| m.name.clone());
        let class = self.class(&ClassCode(code.to_owned())).map(|c| c.name.clone());
        class.or_else(major).or_else(|| Some(Label::new(format!("{code}类"), format!("classes {code}"))))
    }
}

/// What the responsibility matrix says.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The unit; `None` where the matrix has a gap.
    pub unit: Option<UnitId>,
    /// The desk that decides where it has one.
    pub desk: AreaId,
    /// Why, in words.
    pub because: Label,
}

/// A unit's code names its department before the first full stop: `fire.371502` is an office of `fire`.
pub fn department_of(code: &str) -> &str {
    code.split('.').next().unwrap_or(code)
}

/// Clocks of a case whose class is not agreed yet.
pub fn plain_clocks() -> Clocks {
    Clocks {
        verify: Span::UrgentMinutes(30),
        file: Span::WorkMinutes(60),
        dispatch: Span::WorkMinutes(120),
        accept: Span::WorkMinutes(120),
        handle: Span::WorkDays(3),
        check: Span::WorkDays(1),
        answer: Span::WorkDays(1),
        confirm: Span::NaturalDays(7),
    }
}

/// Five days of office hours in UTC, until a city has given its own.
pub(crate) fn plain_calendar() -> CalendarPlan {
    let shift = |from, to| Shift::new(from, to).expect("a shift within a day");
    CalendarPlan {
        code: "plain".to_owned(),
        name: "plain".to_owned(),
        zone: "UTC".to_owned(),
        week: Week::five_days(&[shift(8 * 60 + 30, 12 * 60), shift(13 * 60 + 30, 17 * 60 + 30)]),
        seasons: Vec::new(),
        exceptions: BTreeMap::new(),
    }
}

struct Parts {
    tree_version: u64,
    unit_deed: u64,
    bundles: Vec<(String, u32)>,
    areas: Vec<Area>,
    units: BTreeMap<UnitId, Unit>,
    calendars: Option<CalendarBundle>,
    classes: (u32, Vec<ClassRow>),
    rows: Vec<MatrixRow>,
}

impl Parts {
    fn build(self, now: Timestamp) -> Result<City, AppError> {
        let founded = if self.areas.is_empty() { Ok(Tree::default()) } else { Tree::new(self.areas) };
        let history = founded.map_err(|findings| {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            store::Fault::Nonsense { what: "the tree of areas".to_owned(), why: first }
        })?;
        let (zone, calendars) = calendars(self.calendars, &history)?;
        let day = day_of(&zone, now);
        let tree = history.as_of(day.parse().expect("a date just printed"));
        let classes =
            Dictionary::new(self.classes.0, &self.classes.1).map_err(|e| nonsense("the classes", &e))?;
        let offices = Offices::new(
            self.units
                .values()
                .filter(|u| !u.ended)
                .map(|u| (department_of(&u.code).to_owned(), u.area, u.id)),
        );
        let by_code = |code: &str| history.by_code(&code.parse().ok()?).map(|a| a.id);
        let known = Known { area: &by_code, dictionary: &classes };
        let matrix = Matrix::read(&self.rows, offices, known)
            .map_err(|e| nonsense("the responsibility matrix", &e))?;
        let locator = Locator::of(&tree, self.tree_version);
        let last_unit = self.units.keys().next_back().copied().unwrap_or(UnitId(0));
        let stamp = Stamp {
            tree: self.tree_version,
            bundles: self.bundles,
            units: last_unit,
            unit_deed: self.unit_deed,
            day,
        };
        let (heads, units) = (heads(&self.units), self.units);
        let matrix_rows = self.rows;
        Ok(City {
            stamp,
            tree,
            history,
            locator,
            classes,
            calendars,
            zone,
            matrix,
            matrix_rows,
            units,
            heads,
        })
    }
}

/// The highest office of each department, by the department's code.
fn heads(units: &BTreeMap<UnitId, Unit>) -> HashMap<String, UnitId> {
    let mut heads: HashMap<String, UnitId> = HashMap::new();
    for unit in units.values() {
        let head = heads.entry(department_of(&unit.code).to_owned()).or_insert(unit.id);
        if unit.level < units[head].level {
            *head = unit.id;
        }
    }
    heads
}

fn calendars(bundle: Option<CalendarBundle>, tree: &Tree) -> Result<(TimeZone, CalendarBook), AppError> {
    let bundle = match bundle {
        Some(bundle) => bundle,
        None => CalendarBundle { everybody: plain_calendar(), own: Vec::new() },
    };
    let compiled = |plan| Calendar::new(plan).map(Arc::new).map_err(|e| nonsense("a calendar", &e));
    let everybody = compiled(bundle.everybody)?;
    let zone = everybody.zone().clone();
    let mut book = CalendarBook::new(everybody);
    for (code, plan) in bundle.own {
        let area = code.parse().ok().and_then(|code| tree.by_code(&code)).map(|a| a.id);
        let area = area.ok_or_else(|| nonsense("a calendar", &format!("no area has the code {code}")))?;
        book = book.with(area, compiled(plan)?);
    }
    Ok((zone, book))
}

pub(crate) async fn document<T: serde::de::DeserializeOwned>(
    store: &Store,
    kind: &str,
    now: Timestamp,
) -> Result<Option<(u32, T)>, AppError> {
    let Some((version, body)) = bundle::newest(store, kind, now).await? else { return Ok(None) };
    let read = serde_json::from_str(&body).map_err(|e| nonsense(kind, &e))?;
    Ok(Some((version, read)))
}

fn nonsense(what: &str, why: &dyn std::fmt::Display) -> AppError {
    store::Fault::Nonsense { what: what.to_owned(), why: why.to_string() }.into()
}

fn day_of(zone: &TimeZone, now: Timestamp) -> String {
    zone.to_datetime(now).date().to_string()
}

/// The level of an area, the city's when it is unknown.
pub fn level_of(city: &City, area: AreaId) -> Level {
    city.area(area).map_or(Level::City, |a| a.level)
}
