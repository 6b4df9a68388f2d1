//! The demo bundle: everything that makes the demo city this city. Data files, embedded; no name of them is code.

use app::city::{CalendarBundle, kind};
use domain::calendar::{CalendarFile, HolidayRow};
use domain::class::ClassRow;
use domain::framework::{BaseRow, FrameworkDoc, FrameworkRow};
use domain::routing::{MatrixRow, OfficeRow};
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::places::StockRow;

macro_rules! file {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/", $path))
    };
}

pub(crate) const AREA_NAMES: &str = file!("areas/city_and_counties.csv");
pub(crate) const TOWNSHIPS: &str = file!("areas/townships_to_11_counties.csv");
pub(crate) const COMMUNITIES: &str = file!("areas/nbs2023_villages.csv");
pub(crate) const OUTLINES: &str = file!("boundaries/counties.geojson");
pub(crate) const REPORTS: &str = file!("texts/reports.toml");
pub(crate) const ACTS: &str = file!("texts/acts.toml");
pub(crate) const NAMES: &str = file!("names.toml");
pub(crate) const PLACE_KINDS: &str = file!("places/kinds.json");
pub(crate) const ELEMENTS: &str = file!("places/elements.json");
const STOCK: &str = file!("places/stock.csv");
/// Every form with the name of its file.
pub(crate) const FORMS: &[(&str, &str)] = &[
    ("forms/care-home.json", file!("forms/care-home.json")),
    ("forms/clinic.json", file!("forms/clinic.json")),
    ("forms/fuel.json", file!("forms/fuel.json")),
    ("forms/home-visit.json", file!("forms/home-visit.json")),
    ("forms/hydrant.json", file!("forms/hydrant.json")),
    ("forms/market.json", file!("forms/market.json")),
    ("forms/scenic.json", file!("forms/scenic.json")),
    ("forms/school.json", file!("forms/school.json")),
    ("forms/shop.json", file!("forms/shop.json")),
    ("forms/substation.json", file!("forms/substation.json")),
];
const CITY_CLASSES: &str = file!("classes/city-management.csv");
const COMMUNITY_CLASSES: &str = file!("classes/community.csv");
const MATRIX: &str = file!("responsibility.csv");
const OFFICES: &str = file!("units.csv");
const CALENDARS: &str = file!("calendar/calendars.toml");
const FRAMEWORK: &str = file!("index_framework.csv");
const BASES: &str = file!("index_bases.csv");
const LEVELS: &str = file!("index_levels.csv");
const PLANTED: &str = file!("index_planted.toml");
const HOLIDAYS: &str = file!("calendar/exceptions.csv");

/// A file of the bundle cannot be read.
#[derive(Debug, Error)]
#[error("the demo bundle's {file} cannot be read: {why}")]
pub struct BadBundle {
    /// Which file.
    pub file: &'static str,
    /// Why.
    pub why: String,
}

/// Rows of both dictionaries of classes.
pub fn classes() -> Result<Vec<ClassRow>, BadBundle> {
    let mut rows: Vec<ClassRow> = csv_rows(kind::CLASSES, CITY_CLASSES)?;
    rows.extend(csv_rows::<ClassRow>(kind::CLASSES, COMMUNITY_CLASSES)?);
    Ok(rows)
}

/// Rows of the responsibility matrix.
pub fn matrix() -> Result<Vec<MatrixRow>, BadBundle> {
    csv_rows(kind::MATRIX, MATRIX)
}

/// Which departments have offices in which kinds of area.
pub fn offices() -> Result<Vec<OfficeRow>, BadBundle> {
    csv_rows("units", OFFICES)
}

/// The calendars.
pub fn calendars() -> Result<CalendarBundle, BadBundle> {
    let bad = |why: String| BadBundle { file: kind::CALENDARS, why };
    let file: CalendarFile = toml::from_str(CALENDARS).map_err(|e| bad(e.to_string()))?;
    let holidays: Vec<HolidayRow> = csv_rows("holidays", HOLIDAYS)?;
    let mut plans = file.calendar.iter().map(|entry| (entry.areas.clone(), entry.plan(&holidays)));
    let (_, everybody) = plans.next().ok_or_else(|| bad("it has no calendar".to_owned()))?;
    let own =
        plans.flat_map(|(areas, plan)| areas.into_iter().map(move |code| (code, plan.clone()))).collect();
    Ok(CalendarBundle { everybody, own })
}

/// Day of the following month until whose end a department's figures are on time.
const DUE_DAY: i8 = 10;
pub(crate) const INDEX_LEVELS_FILE: &str = "index levels";
pub(crate) const INDEX_PLANTED_FILE: &str = "planted figures";

/// The framework of the index, with the base figures; departments by the codes of their units.
pub fn framework() -> Result<FrameworkDoc, BadBundle> {
    let file = "index framework";
    let mut rows: Vec<FrameworkRow> = csv_rows(file, FRAMEWORK)?;
    let mut bases: Vec<BaseRow> = csv_rows("base figures", BASES)?;
    let offices = offices()?;
    let all = rows.iter_mut().map(|row| &mut row.department);
    for department in all.chain(bases.iter_mut().map(|base| &mut base.department)) {
        let office = offices.iter().find(|office| office.zh == *department);
        let unknown = || BadBundle { file, why: format!("{department} is no department of the city") };
        *department = office.ok_or_else(unknown)?.code.clone();
    }
    Ok(FrameworkDoc { due_day: DUE_DAY, rows, bases })
}

pub(crate) fn index_levels<T: DeserializeOwned>() -> Result<Vec<T>, BadBundle> {
    csv_rows(INDEX_LEVELS_FILE, LEVELS)
}

pub(crate) fn index_planted<T: DeserializeOwned>() -> Result<T, BadBundle> {
    toml::from_str(PLANTED).map_err(|e| BadBundle { file: INDEX_PLANTED_FILE, why: e.to_string() })
}

/// How many places of each kind there are, and what they are called.
pub(crate) fn stock() -> Result<Vec<StockRow>, BadBundle> {
    csv_rows("places/stock.csv", STOCK)
}

pub(crate) fn json<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, BadBundle> {
    serde_json::from_str(text).map_err(|e| BadBundle { file, why: e.to_string() })
}

fn csv_rows<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<Vec<T>, BadBundle> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|e| BadBundle { file, why: e.to_string() })
}
