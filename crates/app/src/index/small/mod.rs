//! One indicator in the townships, communities or grids of the city: what can be told of each, and what cannot.
//!
//! Small numbers are added up over years of twelve months that end in one month, smoothed over all areas of the level in
//! the city, and told with their reliability: a rank where most of a difference is real, else the chance to be among the
//! worst tenth where that says something, else that it cannot be told. Counts of few are hidden for everybody (`hide`),
//! and nothing that is told depends on them (`told`).
//!
//! A window is one, two or three whole years: the difference of two windows of other lengths would be the counts of a
//! few months, and of those nothing is hidden. For the same reason every month of it must have its figures, and a window
//! may not begin before the cases do.

pub mod hide;
#[cfg(test)]
mod tests;
pub mod told;

use super::edition;
use super::followed::{followed, permit};
use super::from_cases::{begun_by, by_year};
use crate::{App, AppError};
use ::index::small_area::End;
use domain::area::{Level, Tree};
use domain::framework::{Framework, Indicator, Measure, Shrink};
use domain::id::AreaId;
use domain::month::Month;
use domain::policy::{Actor, IndexAct};
use hide::{Cell, Counts, Rules, Year};
use jiff::Timestamp;
use std::collections::BTreeMap;
use told::{Reading, Small, told};

/// Months of a window when nobody says otherwise.
pub const USUAL_MONTHS: u32 = 12;
/// Months that can be added up.
const WINDOWS: [u32; 3] = [12, 24, 36];

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Code of an indicator with counts.
    pub indicator: String,
    /// Township, community or grid.
    pub level: Level,
    /// The last month of the window.
    pub month: Month,
    /// Months of the window: 12, 24 or 36.
    pub months: u32,
    /// Only what lies within this area; it is compared with the whole city all the same.
    pub within: Option<AreaId>,
}

/// What is told, and of what.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The indicator.
    pub indicator: Indicator,
    /// The first month of the window.
    pub first: Month,
    /// What is told.
    pub small: Small,
}

/// What can be told of the areas of a level, those to look at first before others.
///
/// Whoever may see published editions may see it, up to the month of the last one; of later months only who may see
/// drafts.
pub async fn small(app: &App, who: &Actor, asked: &Asked) -> Result<Answer, AppError> {
    permit(app, who, IndexAct::SeePublished, None, "edition")?;
    let indicator = chosen(app, who, asked).await?;
    let reading = reading(&indicator)?;
    let tree = app.city().history.as_of(asked.month.first_day().last_of_month());
    let within = match asked.within {
        Some(id) => Some(tree.get(id).ok_or(AppError::NotFound { what: "area" })?.path.clone()),
        None => None,
    };
    let first = asked.month.plus(1 - asked.months as i32);
    let years = match &indicator.source {
        Some(_) => from_cases(app, &indicator, asked, first, &tree).await?,
        None => from_figures(app, &indicator, asked, first).await?,
    };
    let level = asked.level;
    let work = move || {
        let mut small = told(&tree, &years, level, reading)?;
        if let Some(within) = within {
            small.areas.retain(|it| tree.get(it.area).is_some_and(|area| within.contains(&area.path)));
        }
        Ok(small)
    };
    let small = tokio::task::spawn_blocking(work).await.expect("smoothing does not panic");
    let small = small.map_err(|why: ::index::IndexError| AppError::Blocked { why: why.to_string() })?;
    Ok(Answer { indicator, first, small })
}

/// The indicator, when everything that is asked makes sense.
async fn chosen(app: &App, who: &Actor, asked: &Asked) -> Result<Indicator, AppError> {
    if asked.level <= Level::County {
        let why = "township, community or grid: counties have their rank in the edition";
        return Err(AppError::field("/level", "range", why));
    }
    if !WINDOWS.contains(&asked.months) {
        let why = "12, 24 or 36: windows of other lengths would give counts of few away by their differences";
        return Err(AppError::field("/months", "range", why));
    }
    if super::followed::permit(app, who, IndexAct::SeeDraft, None, "edition").is_err() {
        let latest = edition::latest(app, who).await?.month;
        if asked.month > latest {
            let why = format!("the last published edition is of {latest}; ask for a month up to it");
            return Err(AppError::field("/month", "range", why));
        }
    }
    let (_, framework): (u32, Framework) = followed(app).await?;
    let found = framework.indicator(&asked.indicator).cloned();
    found.ok_or(AppError::NotFound { what: "indicator" })
}

fn reading(indicator: &Indicator) -> Result<Reading, AppError> {
    let standard = &indicator.standard;
    let (counts, model, scale) = match &standard.measure {
        Measure::Share { .. } => (Counts::BothSides, Shrink::BetaBinomial, 100.0),
        Measure::Rate { scale, .. } => (Counts::Events, Shrink::GammaPoisson, *scale),
        Measure::Plain => {
            let code = &indicator.row.code;
            let why = format!(
                "{code} is a figure by itself and has no counts: only shares and rates can be smoothed"
            );
            return Err(AppError::field("/indicator", "range", why));
        }
    };
    let worst = if indicator.row.direction > 0 { End::Lowest } else { End::Highest };
    let min_den = match counts {
        Counts::BothSides => standard.min_den,
        // Exposure is the base figure times the months of a year.
        Counts::Events => 12.0 * standard.min_den,
    };
    Ok(Reading { rules: Rules { counts, min_den }, model, scale, worst })
}

/// The levels whose counts are needed: those above tell what differences would give away.
fn levels(asked: Level) -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(move |it| *it > Level::County && *it <= asked)
}

async fn from_cases(
    app: &App,
    indicator: &Indicator,
    asked: &Asked,
    first: Month,
    tree: &Tree,
) -> Result<Vec<Year>, AppError> {
    let n_years = (asked.months / 12) as i32;
    let mut years = vec![Year::new(); n_years as usize];
    for level in levels(asked.level) {
        // Of an area without a case it is known that there was none.
        let none = Cell { whole: true, ..Cell::default() };
        let all: BTreeMap<AreaId, Cell> = tree.at_level(level).map(|it| (it.id, none)).collect();
        years.iter_mut().for_each(|year| _ = year.insert(level, all.clone()));
        for row in by_year(app, indicator, level, (first, n_years)).await? {
            let cell = Cell { events: row.num as f64, exposure: row.den as f64, whole: true };
            years[row.period].entry(level).or_default().insert(row.area, cell);
        }
    }
    if !begun_by(app, indicator, first).await? {
        let why =
            format!("there is no case to count up to {first}: a window begins with cases or after them");
        return Err(AppError::field("/month", "range", why));
    }
    Ok(years)
}

async fn from_figures(
    app: &App,
    indicator: &Indicator,
    asked: &Asked,
    first: Month,
) -> Result<Vec<Year>, AppError> {
    let code = &indicator.row.code;
    let known = Timestamp::MAX;
    let mut years = Vec::new();
    for begin in (0..asked.months as i32).step_by(12).map(|months| first.plus(months)) {
        let end = begin.plus(11);
        let mut year = Year::new();
        for level in levels(asked.level) {
            let mut cells = BTreeMap::new();
            let bases: BTreeMap<AreaId, f64> = match &indicator.standard.measure {
                Measure::Rate { base, .. } => {
                    let held = store::intake::held(&app.store, base, level, end, known).await?;
                    held.iter()
                        .filter_map(|it| Some((it.given.figure.area, it.given.figure.value?)))
                        .collect()
                }
                _ => BTreeMap::new(),
            };
            for sum in store::intake::sums(&app.store, code, level, (begin, end), known).await? {
                let is_rate = matches!(indicator.standard.measure, Measure::Rate { .. });
                let months = if is_rate { sum.months.0 } else { sum.months.0.min(sum.months.1) };
                let base = bases.get(&sum.area).copied().unwrap_or(0.0);
                let exposure = if is_rate { base * f64::from(months) } else { sum.den };
                let whole = months == 12 && (exposure > 0.0 || !is_rate);
                cells.insert(sum.area, Cell { events: sum.num, exposure, whole });
            }
            year.insert(level, cells);
        }
        years.push(year);
    }
    Ok(years)
}
