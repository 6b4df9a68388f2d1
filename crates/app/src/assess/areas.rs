//! Ranking of areas and units over some days, ending with one: rates, scores with intervals, ranks that are shared where
//! scores cannot be told apart.

use std::collections::BTreeMap;

use domain::area::{Kind, Level};
use domain::id::{AreaId, UnitId};
use domain::policy::{Actor, ScoreAct};
use domain::score::rank::shared;
use domain::score::reckon::Subject;
use domain::score::{Measure, Rate, Recipe, Score, Stock, reckon};
use jiff::ToSpan;
use jiff::civil::Date;

use super::count::{Books, Sums, Tallies, add_stock, books, of_level, stock_of_level};
use super::{permit, recipe, whole};
use crate::city::department_of;
use crate::{App, AppError, City};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Areas of which level.
    pub level: Level,
    /// Only those below this one; they are compared with the whole city all the same.
    pub below: Option<AreaId>,
    /// The last day.
    pub to: Date,
    /// So many days, ending with it; as the recipe says when absent.
    pub days: Option<u16>,
}

/// An area and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Which.
    pub area: AreaId,
    /// Its score; `None` with too few shares due.
    pub score: Option<Score>,
    /// The rank it shares with those it cannot be told apart from.
    pub rank: Option<u32>,
    /// Its score a day before.
    pub before: Option<f64>,
    /// What was counted.
    pub tallies: Tallies,
    /// What stood open at the end of the last day.
    pub stock: Stock,
}

/// A ranking.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Days without a book.
    pub missing: Vec<Date>,
    /// Version of the recipe.
    pub version: u32,
    /// The recipe.
    pub recipe: Recipe,
    /// Areas of which level.
    pub level: Level,
    /// The best first; those without a score last, by code.
    pub areas: Vec<Ranked>,
    /// The whole city, or the area that was asked about.
    pub whole: (AreaId, Tallies, Stock),
}

/// A unit's rates.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitLine {
    /// Code of the department.
    pub department: String,
    /// The unit of the whole city, or the only one.
    pub unit: UnitId,
    /// What was counted of it and its offices.
    pub tallies: Tallies,
    /// What stood open at the end of the last day where it leads.
    pub stock: Stock,
}

/// The ranking of areas.
pub async fn ranking(app: &App, who: &Actor, asked: Asked) -> Result<Ranking, AppError> {
    permit(who, ScoreAct::SeeRanking, &whole(app), None, "day")?;
    let (_, until) = super::day::bounds(&app.city().zone, asked.to);
    let (version, recipe) = recipe::followed_at(app, until.min(app.clock.now())).await?;
    let days = asked.days.unwrap_or(recipe.window_days);
    let from = asked.to.saturating_sub((i64::from(days.max(1)) - 1).days());
    let now = books(app, from, asked.to).await?;
    if now.books.is_empty() {
        return Err(AppError::NotFound { what: "day" });
    }
    let yesterday = |day: Date| day.yesterday().unwrap_or(day);
    let before = books(app, yesterday(from), yesterday(asked.to)).await?;
    ranked(app, asked, (version, recipe), now, Some(before)).await
}

/// The same of books at hand.
pub async fn ranked(
    app: &App,
    asked: Asked,
    (version, recipe): (u32, Recipe),
    now: Books,
    before: Option<Books>,
) -> Result<Ranking, AppError> {
    let city = app.city();
    let below = asked.below.or(city.root().map(|root| root.id)).ok_or(AppError::NotFound { what: "area" })?;
    let top = city.area(below).ok_or(AppError::NotFound { what: "area" })?.clone();
    if asked.level <= top.level && top.level != Level::City {
        let why = format!("{} is a {}: ask for a level below it", top.code, top.level);
        return Err(AppError::field("?level", "range", why));
    }
    let work = move || {
        let sums = now.sums();
        let mut areas = level(&city, &recipe, &sums, asked);
        if let Some(before) = before.filter(|it| !it.books.is_empty()) {
            let last: BTreeMap<AreaId, f64> =
                level(&city, &recipe, &before.sums(), Asked { to: before.to, ..asked })
                    .into_iter()
                    .filter_map(|it| Some((it.area, it.score?.total)))
                    .collect();
            areas.iter_mut().for_each(|it| it.before = last.get(&it.area).copied());
        }
        let tree = city.history.as_of(asked.to);
        let total = of_level(&city, &tree, &sums, top.level).remove(&below).unwrap_or_default().0;
        let stock = stock_of_level(&city, &tree, &sums, top.level).remove(&below).unwrap_or_default();
        areas.retain(|it| city.area(it.area).is_some_and(|area| top.path.contains(&area.path)));
        Ranking {
            from: now.from,
            to: now.to,
            missing: sums.missing,
            version,
            recipe,
            level: asked.level,
            areas,
            whole: (below, total, stock),
        }
    };
    Ok(tokio::task::spawn_blocking(work).await.expect("ranking does not panic"))
}

/// All areas of a level, the best first.
fn level(city: &City, recipe: &Recipe, sums: &Sums, asked: Asked) -> Vec<Ranked> {
    let tree = city.history.as_of(asked.to);
    let counted = of_level(city, &tree, sums, asked.level);
    let stock = stock_of_level(city, &tree, sums, asked.level);
    let mut all: BTreeMap<AreaId, (Tallies, Tallies)> =
        tree.at_level(asked.level).map(|it| (it.id, Default::default())).collect();
    all.extend(counted);
    let subject = |area: AreaId, tallies: &Tallies| Subject {
        group: kind(city, area),
        tallies: *tallies,
        load: 0,
        gate: Some(tallies[Measure::Handled as usize].n),
    };
    let sealed: Vec<Subject> = all.iter().map(|(area, (_, it))| subject(*area, it)).collect();
    let mended: Vec<Subject> = all.iter().map(|(area, (it, _))| subject(*area, it)).collect();
    let scores = reckon(&recipe.area, 0.0, &sealed, &mended);
    let told: Vec<Option<(f64, f64)>> =
        scores.iter().map(|it| it.as_ref().map(|it| (it.total, it.error))).collect();
    let ranks = shared(&told);
    let mut areas: Vec<Ranked> = all
        .iter()
        .zip(scores)
        .zip(ranks)
        .map(|(((area, (tallies, _)), score), rank)| Ranked {
            area: *area,
            score,
            rank,
            before: None,
            tallies: *tallies,
            stock: stock.get(area).copied().unwrap_or_default(),
        })
        .collect();
    let code = |it: &Ranked| city.area(it.area).map(|area| area.code.to_string()).unwrap_or_default();
    areas.sort_by(|a, b| {
        let total = |it: &Ranked| it.score.as_ref().map_or(f64::NEG_INFINITY, |it| it.total);
        total(b).total_cmp(&total(a)).then_with(|| code(a).cmp(&code(b)))
    });
    areas
}

/// Areas of the same kind are peers; counties are few, and all of them are.
fn kind(city: &City, area: AreaId) -> u32 {
    let Some(area) = city.area(area) else { return 0 };
    if area.level <= Level::County {
        return 0;
    }
    Kind::ALL.iter().position(|it| *it == area.kind).map_or(0, |at| at as u32)
}

/// Rates of the city's departments with their offices, by code.
pub async fn units(app: &App, who: &Actor, to: Date, days: u16) -> Result<Vec<UnitLine>, AppError> {
    permit(who, ScoreAct::SeeRanking, &whole(app), None, "day")?;
    let from = to.saturating_sub((i64::from(days.max(1)) - 1).days());
    let books = books(app, from, to).await?;
    if books.books.is_empty() {
        return Err(AppError::NotFound { what: "day" });
    }
    let sums = books.sums();
    let city = app.city();
    let mut lines: BTreeMap<String, UnitLine> = BTreeMap::new();
    let mut line = |unit: UnitId, add: &dyn Fn(&mut UnitLine)| {
        let Some(known) = city.units.get(&unit) else { return };
        let department = department_of(&known.code).to_owned();
        let line = lines.entry(department.clone()).or_insert(UnitLine {
            department,
            unit,
            tallies: Tallies::default(),
            stock: Stock::default(),
        });
        // The highest office stands for the department.
        if city.units.get(&line.unit).is_some_and(|it| known.level < it.level) {
            line.unit = unit;
        }
        add(line);
    };
    for (unit, tallies) in &sums.units {
        line(*unit, &|line| line.tallies.iter_mut().zip(tallies).for_each(|(into, more)| into.add(*more)));
    }
    for (_, unit, stock) in sums.stock.iter().filter(|(_, unit, _)| *unit > 0) {
        line(UnitId(*unit), &|line| add_stock(&mut line.stock, *stock));
    }
    Ok(lines.into_values().collect())
}

/// The nine rates, each with numerator and denominator.
pub fn rates(tallies: &Tallies) -> [(Rate, u32, u32); 9] {
    Rate::ALL.map(|rate| {
        let (num, den) = rate.of(tallies);
        (rate, num, den)
    })
}
