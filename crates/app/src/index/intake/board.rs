//! The board: which department has handed in which month, and when.

use domain::area::Level;
use domain::framework::Framework;
use domain::month::Month;
use domain::policy::Actor;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeMap;

use super::plan::{SIGNED, counties, names};
use super::see::seen;
use crate::index::followed::followed;
use crate::{App, AppError};

/// Months of one board at most.
const MOST_MONTHS: i32 = 36;

/// One department's line.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardRow {
    /// Its unit's code.
    pub department: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// One a month, the first first.
    pub cells: Vec<BoardCell>,
}

/// One department in one month. Figures are those of counties; bases are not asked for month by month and not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardCell {
    /// The month.
    pub month: Month,
    /// The moment until which figures are on time.
    pub due: Timestamp,
    /// How many figures are asked: indicators times counties.
    pub expected: u32,
    /// Of these, how many are signed.
    pub given: u32,
    /// Of these, how many were signed in time.
    pub on_time: u32,
    /// Of these, how many were corrected later.
    pub corrected: u32,
    /// Intakes that are saved and not signed.
    pub waiting: u32,
    /// When the first vintage of the last figure was signed.
    pub first: Option<Timestamp>,
    /// When anything was signed last.
    pub last: Option<Timestamp>,
    /// What that comes to.
    pub delivery: Delivery,
}

/// Whether figures are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// All were signed in time.
    OnTime,
    /// All are signed, some of them late.
    Late,
    /// Some are not signed, and there is still time.
    Awaited,
    /// Some are not signed, and it is too late to be on time.
    Missing,
}

impl Delivery {
    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Delivery::OnTime => "on_time",
            Delivery::Late => "late",
            Delivery::Awaited => "awaited",
            Delivery::Missing => "missing",
        }
    }

    fn of(cell: &BoardCell, now: Timestamp) -> Delivery {
        match (cell.given >= cell.expected, cell.on_time >= cell.expected) {
            (true, true) => Delivery::OnTime,
            (true, false) => Delivery::Late,
            (false, _) if now <= cell.due => Delivery::Awaited,
            (false, _) => Delivery::Missing,
        }
    }
}

/// The board of some months, as far as someone sees it: departments by code. Asked of the framework in force now.
pub async fn board(app: &App, who: &Actor, first: Month, last: Month) -> Result<Vec<BoardRow>, AppError> {
    let own = seen(app, who, None)?;
    if first > last || last.since(first) >= MOST_MONTHS {
        let why = format!("at most {MOST_MONTHS} months, the first before the last");
        return Err(AppError::field("?first", "range", why));
    }
    let now = app.clock.now();
    let (_, framework) = followed(app).await?;
    let asked = indicators(&framework);
    let (city, names) = (app.city(), names(&app.city()));
    let visible = |code: &str| own.as_deref().is_none_or(|own| own == code);
    let mut rows: Vec<BoardRow> = asked
        .keys()
        .filter(|code| visible(code))
        .map(|code| {
            let (name_zh, name_en) = names.get(*code).cloned().unwrap_or_default();
            BoardRow { department: (*code).to_owned(), name_zh, name_en, cells: Vec::new() }
        })
        .collect();
    for month in Month::range(first, last) {
        let due = due(month, framework.due_day, &city.zone);
        let lines = store::intake::board(&app.store, Level::County, month, due, SIGNED).await?;
        let lines: BTreeMap<&str, _> = lines.iter().map(|line| (line.indicator.as_str(), line)).collect();
        let waiting: BTreeMap<String, u32> =
            store::intake::waiting(&app.store, month).await?.into_iter().collect();
        let n_counties = counties(&city, month).len() as u32;
        for row in &mut rows {
            let codes = &asked[row.department.as_str()];
            let mut cell = BoardCell {
                month,
                due,
                expected: codes.len() as u32 * n_counties,
                given: 0,
                on_time: 0,
                corrected: 0,
                waiting: waiting.get(&row.department).copied().unwrap_or(0),
                first: None,
                last: None,
                delivery: Delivery::Awaited,
            };
            for line in codes.iter().filter_map(|code| lines.get(code)) {
                cell.given += line.given;
                cell.on_time += line.on_time;
                cell.corrected += line.corrected;
                cell.first = cell.first.max(Some(line.first));
                cell.last = cell.last.max(Some(line.last));
            }
            cell.delivery = Delivery::of(&cell, now);
            row.cells.push(cell);
        }
    }
    Ok(rows)
}

/// Indicators by who hands them in; what the platform computes by itself is nobody's.
fn indicators(framework: &Framework) -> BTreeMap<&str, Vec<&str>> {
    let mut by_department: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in framework.indicators.iter().filter(|it| it.row.source.is_empty()) {
        by_department.entry(&it.row.department).or_default().push(&it.row.code);
    }
    by_department
}

/// The last millisecond of the day in the following month until whose end figures are on time.
pub(crate) fn due(month: Month, due_day: i8, zone: &TimeZone) -> Timestamp {
    let day = month.plus(1).first_day() + i32::from(due_day).days();
    let midnight = day.at(0, 0, 0, 0);
    let next_day = zone.to_timestamp(midnight).expect("days of this age begin in every zone");
    next_day - SignedDuration::from_millis(1)
}
