//! What the demo city's departments hand in for the safety index: plausible figures by month, seeded, with a few
//! things planted that the index must find. Levels and what is planted are data (`demo/index_levels.csv`,
//! `demo/index_planted.toml`); this file puts the figures into intakes with their times.

mod county;
mod levels;
mod materials;
mod planted;
mod seeding;
#[cfg(test)]
mod tests;

pub use materials::materials;
pub use planted::{Correction, Improving, Late, Missing, Planted, Real, Slip, WeakLink};
pub use seeding::{Made, Plan, make};

use crate::bundle::BadBundle;
use crate::chance::Chance;
use crate::history::id_at;
use county::Counties;
use domain::framework::Framework;
use domain::id::AreaId;
use domain::month::Month;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use levels::Levels;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Months for which the demo city has an edition.
pub const N_MONTHS: i32 = 24;
/// Day of the following month on which an edition is published.
pub const PUBLISHED_ON: i8 = 15;

/// A county and its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct County {
    /// Which.
    pub area: AreaId,
    /// Its code.
    pub code: String,
    /// Grids in it: as many people as these hold live there.
    pub n_grids: usize,
}

/// One figure handed in; what it must have depends on the indicator's measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Code of the indicator or base figure.
    pub indicator: String,
    /// The county.
    pub area: AreaId,
    /// Events, or the part of a share.
    pub num: Option<f64>,
    /// The whole of a share.
    pub den: Option<f64>,
    /// The value, where it is no quotient.
    pub value: Option<f64>,
    /// Standard error of a survey.
    pub se: Option<f64>,
    /// Answers of a survey.
    pub n: Option<f64>,
    /// What the department says to it.
    pub remark: Option<String>,
}

impl Given {
    /// A figure with nothing in it yet.
    fn blank(indicator: &str, area: AreaId) -> Given {
        let indicator = indicator.to_owned();
        Given { indicator, area, num: None, den: None, value: None, se: None, n: None, remark: None }
    }
}

/// What one department hands in at once.
#[derive(Clone, Debug, PartialEq)]
pub struct HandedIn {
    /// Made by the department's client.
    pub id: Uuid,
    /// Code of the department.
    pub department: String,
    /// For which month.
    pub month: Month,
    /// When it was handed in.
    pub saved: Timestamp,
    /// When it was signed, not before.
    pub signed: Timestamp,
    /// What the department says to the whole.
    pub note: Option<String>,
    /// By indicator, then county.
    pub figures: Vec<Given>,
}

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The same seed gives the same figures.
    pub seed: u64,
    /// What is asked, and of whom.
    pub framework: &'a Framework,
    /// Of which counties.
    pub counties: &'a [County],
    /// The last month of the [`N_MONTHS`].
    pub newest: Month,
    /// In which departments live.
    pub zone: &'a TimeZone,
    /// Nothing is signed later.
    pub now: Timestamp,
}

/// The first day from which there are figures in a city of this day.
pub fn first_day(today: Date) -> Date {
    newest_month(today).plus(1 - N_MONTHS).first_day()
}

/// The newest month whose edition can be out on a day.
pub fn newest_month(today: Date) -> Month {
    Month::of(today).plus(if today.day() > PUBLISHED_ON { -1 } else { -2 })
}

/// Everything that was handed in, in the order of signing: [`N_MONTHS`] months, and of the month that runs after
/// them what has come already. What the platform computes from its own cases is not among it.
pub fn handed_in(asked: &Asked<'_>) -> Result<Vec<HandedIn>, BadBundle> {
    let planted = Planted::read()?;
    let levels = Levels::read(asked.framework)?;
    planted.check(asked.framework, asked.counties)?;
    let chance = Chance::new(asked.seed).branch("index");
    let first = asked.newest.plus(1 - N_MONTHS);
    let counties = Counties::new(&chance, asked, &levels, &planted);
    let mut all = Vec::new();
    for month in Month::range(first, asked.newest.plus(1)) {
        let figures = counties.figures(month);
        for (department, codes) in asked.framework.departments() {
            let own: Vec<Given> =
                figures.iter().filter(|it| codes.contains(&it.indicator.as_str())).cloned().collect();
            let back = month.since(asked.newest);
            if !own.is_empty() && !planted.is_missing(department, back) {
                all.extend(with_corrections(asked, &planted, &chance, department, month, own));
            }
        }
    }
    all.retain(|it| it.signed <= asked.now);
    all.sort_by(|a, b| (a.signed, &a.department).cmp(&(b.signed, &b.department)));
    Ok(all)
}

/// The figures as first handed in, and the corrections that came later.
fn with_corrections(
    asked: &Asked<'_>,
    planted: &Planted,
    chance: &Chance,
    department: &str,
    month: Month,
    mut figures: Vec<Given>,
) -> Vec<HandedIn> {
    let back = month.since(asked.newest);
    let desk = Desk { asked, chance, department, month };
    let mut later = Vec::new();
    for it in planted.corrections(department, back) {
        let area = asked.counties.iter().find(|county| county.code == it.county).map(|county| county.area);
        let meant =
            |figure: &&mut Given| Some(figure.area) == area && it.indicators.contains(&figure.indicator);
        let mut right = Vec::new();
        for figure in figures.iter_mut().filter(meant) {
            right.push(figure.clone());
            figure.num = figure.num.map(|num| (num * it.times).round());
        }
        later.push(desk.hands_in("correction", it.days, right, Some(it.note.clone())));
    }
    let late = planted.days_late(department, back);
    let first = desk.hands_in("first", late.unwrap_or(0), figures, None);
    std::iter::once(first).chain(later).collect()
}

/// Who hands in.
struct Desk<'a> {
    asked: &'a Asked<'a>,
    chance: &'a Chance,
    department: &'a str,
    month: Month,
}

impl Desk<'_> {
    /// In the morning of one of the working days before the due day, or `late` days after it; signed that afternoon.
    fn hands_in(&self, what: &str, late: i64, figures: Vec<Given>, note: Option<String>) -> HandedIn {
        let mut chance = self.chance.branch(&format!("{what} {} {}", self.department, self.month));
        let due_day = i64::from(self.asked.framework.due_day);
        let after = if late > 0 {
            due_day - 1 + late
        } else {
            2 + chance.below((due_day - 3).max(1) as usize) as i64
        };
        let day = self.month.plus(1).first_day().saturating_add(after.days());
        let off = match day.weekday() {
            Weekday::Saturday => 1,
            Weekday::Sunday => 2,
            _ => 0,
        };
        // Who is late comes after the weekend, not before it and in time.
        let day = day.saturating_add((if late > 0 { 3 - off } else { -off } * i64::from(off > 0)).days());
        let mut at = |from_minute: usize, n: usize| {
            let minute = from_minute + chance.below(n);
            let civil = day.at((minute / 60) as i8, (minute % 60) as i8, chance.below(60) as i8, 0);
            self.asked.zone.to_timestamp(civil).expect("every working hour of these years exists")
        };
        let (saved, signed) = (at(8 * 60 + 30, 200), at(14 * 60, 200));
        let id = id_at(&mut chance, saved);
        let (department, month) = (self.department.to_owned(), self.month);
        HandedIn { id, department, month, saved, signed, note, figures }
    }
}

/// Areas of a bundle's counties by code.
fn by_code(counties: &[County]) -> BTreeMap<&str, &County> {
    counties.iter().map(|county| (county.code.as_str(), county)).collect()
}
