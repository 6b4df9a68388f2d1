//! Rankings of areas, level by level, and the rates of units.

use app::City;
use app::assess::areas::{self, Asked, Ranked, Ranking, rates};
use app::assess::day::last_over;
use axum::extract::State as Shared;
use domain::area::Level;
use domain::score::{N_MEASURES, Stock, Tally};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{AreaName, area, day, four, one};
use crate::problem::{Answer, Problem};
use crate::read::{Json, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(ranking)).routes(routes!(units))
}

/// Which ranking.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RankingQuery {
    /// county, township, community or grid; county when absent, or the level below `below`.
    level: Option<String>,
    /// Code or id of an area: only what lies below it. Ranks are of the whole city all the same.
    below: Option<String>,
    /// The last day; yesterday when absent.
    day: Option<String>,
    /// So many days, ending with it, 1 to 92; as the recipe says when absent.
    days: Option<u16>,
}

impl RankingQuery {
    /// Of parts at hand.
    pub fn of(
        level: Option<String>,
        below: Option<String>,
        day: Option<String>,
        days: Option<u16>,
    ) -> RankingQuery {
        RankingQuery { level, below, day, days }
    }

    /// What is asked.
    pub fn asked(&self, state: &State) -> Answer<Asked> {
        let city = state.app.city();
        let below = self.below.as_deref().map(|text| area(&city, text)).transpose()?;
        let bad = |_| Problem::field("?level", "unknown", "county, township, community or grid");
        let level = if let Some(text) = &self.level {
            text.parse::<Level>().map_err(bad)?
        } else {
            let above = below.and_then(|it| city.area(it)).map_or(Level::City, |it| it.level);
            above.below().ok_or_else(|| Problem::field("?below", "range", "a grid has nothing below it"))?
        };
        let to = match &self.day {
            Some(text) => day(text)?,
            None => last_over(&state.app),
        };
        Ok(Asked { level, below, to, days: self.days })
    }
}

/// One rate.
#[derive(Serialize, ToSchema)]
pub struct RateWire {
    /// filed, handled_on_time, dispatched_right, rework, closed_on_time, valid_reports, response, solution or satisfaction.
    rate: String,
    name_zh: String,
    name_en: String,
    num: u32,
    den: u32,
    /// 0 to 1; `null` of none.
    value: Option<f64>,
}

/// What stood open at midnight.
#[derive(Serialize, ToSchema)]
pub struct StockWire {
    open: u32,
    overdue: u32,
    held: u32,
}

/// An area and where it stands.
#[derive(Serialize, ToSchema)]
struct ScoredAreaWire {
    #[serde(flatten)]
    area: AreaName,
    /// Shared by all that cannot be told apart; `null` without a score.
    rank: Option<u32>,
    /// How many share it.
    sharing: usize,
    score: Option<f64>,
    /// 95 % interval of the score.
    interval: Option<(f64, f64)>,
    /// Points gained since the day before.
    change: Option<f64>,
    /// Shares due: done, or overdue.
    due: u32,
    /// Points by line of the recipe, in its order; they sum to the score with `pull`.
    lines: Vec<Option<f64>>,
    /// Points gained or lost by being pulled towards areas of the same kind.
    pull: Option<f64>,
    rates: Vec<RateWire>,
    at_midnight: StockWire,
}

/// A ranking.
#[derive(Serialize, ToSchema)]
struct ScoreRankingWire {
    from: String,
    to: String,
    /// Days of it that have no book.
    missing: Vec<String>,
    level: String,
    /// Version of the recipe.
    recipe: u32,
    /// Codes of its lines, with their points.
    lines: Vec<(String, f64)>,
    /// With fewer shares due there is no rank.
    least_due: u32,
    /// The best first; without a score last.
    items: Vec<ScoredAreaWire>,
    /// The city, or the area that was asked about.
    whole: WholeWire,
}

/// The whole of it.
#[derive(Serialize, ToSchema)]
struct WholeWire {
    #[serde(flatten)]
    area: AreaName,
    rates: Vec<RateWire>,
    at_midnight: StockWire,
}

/// Rates of tallies.
pub fn rates_of(tallies: &[Tally; N_MEASURES]) -> Vec<RateWire> {
    let wire = |(rate, num, den): (domain::score::Rate, u32, u32)| {
        let label = rate.label();
        RateWire {
            rate: rate.as_str().to_owned(),
            name_zh: label.zh,
            name_en: label.en,
            num,
            den,
            value: (den > 0).then(|| four(f64::from(num) / f64::from(den))),
        }
    };
    rates(tallies).into_iter().map(wire).collect()
}

impl From<Stock> for StockWire {
    fn from(it: Stock) -> StockWire {
        StockWire { open: it.open, overdue: it.overdue, held: it.held }
    }
}

/// Rank areas
///
/// Rates with numerators and denominators, scores with intervals, ranks that are shared where scores cannot be told apart.
/// `below` goes one level down.
#[utoipa::path(get, path = "/api/v1/assess/ranking", tag = "assess", params(RankingQuery), responses(
    (status = 200, description = "The best first", body = ScoreRankingWire),
    (status = 404, description = "No such area, or no book of any of these days"),
    (status = 422, description = "A parameter makes no sense")))]
async fn ranking(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<RankingQuery>,
) -> Answer<Json<ScoreRankingWire>> {
    let found = areas::ranking(&state.app, &who, query.asked(&state)?).await?;
    let city = state.app.city();
    Ok(Json(wire(&city, &found)))
}

fn wire(city: &City, found: &Ranking) -> ScoreRankingWire {
    let item = |it: &Ranked| {
        let score = it.score.as_ref();
        let lines =
            || score.iter().flat_map(|score| &score.lines).map(|line| line.map(|it| tenth(it.printed)));
        ScoredAreaWire {
            area: AreaName::of(city, it.area),
            rank: it.rank,
            sharing: it
                .rank
                .map_or(0, |rank| found.areas.iter().filter(|other| other.rank == Some(rank)).count()),
            score: score.map(|score| tenth(score.printed.0)),
            interval: score.map(|score| (one(score.interval().0), one(score.interval().1))),
            change: score.zip(it.before).map(|(score, before)| one(score.total - before)),
            due: it.tallies[domain::score::Measure::Handled as usize].n,
            lines: lines().collect(),
            pull: score.map(|score| tenth(score.printed.1 + score.printed.2)),
            rates: rates_of(&it.tallies),
            at_midnight: it.stock.into(),
        }
    };
    ScoreRankingWire {
        from: found.from.to_string(),
        to: found.to.to_string(),
        missing: found.missing.iter().map(ToString::to_string).collect(),
        level: found.level.name().to_owned(),
        recipe: found.version,
        lines: found.recipe.area.lines.iter().map(|it| (it.code.clone(), it.weight)).collect(),
        least_due: found.recipe.area.min_cases,
        items: found.areas.iter().map(item).collect(),
        whole: WholeWire {
            area: AreaName::of(city, found.whole.0),
            rates: rates_of(&found.whole.1),
            at_midnight: found.whole.2.into(),
        },
    }
}

/// Tenths as points.
pub fn tenth(tenths: i64) -> f64 {
    app::assess::appeals::tenth(tenths)
}

/// Which days of units.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct UnitsQuery {
    /// The last day; yesterday when absent.
    day: Option<String>,
    /// So many days, ending with it, 1 to 92; 1 when absent.
    days: Option<u16>,
}

/// A department with its offices.
#[derive(Serialize, ToSchema)]
struct UnitRatesWire {
    /// Code of the department.
    department: String,
    name_zh: String,
    name_en: String,
    rates: Vec<RateWire>,
    at_midnight: StockWire,
}

/// Departments.
#[derive(Serialize, ToSchema)]
struct UnitRatesPage {
    to: String,
    days: u16,
    /// By code.
    items: Vec<UnitRatesWire>,
}

/// Rates of units
///
/// Each department of the city with its offices. Units have rates and no ranks: their cases differ too much in kind.
#[utoipa::path(get, path = "/api/v1/assess/units", tag = "assess", params(UnitsQuery), responses(
    (status = 200, description = "By code", body = UnitRatesPage),
    (status = 404, description = "No book of any of these days"),
    (status = 422, description = "A parameter makes no sense")))]
async fn units(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<UnitsQuery>,
) -> Answer<Json<UnitRatesPage>> {
    let to = match &query.day {
        Some(text) => day(text)?,
        None => last_over(&state.app),
    };
    let days = query.days.unwrap_or(1);
    let found = areas::units(&state.app, &who, to, days).await?;
    let city = state.app.city();
    let items = found.into_iter().map(|it| {
        let unit = city.units.get(&it.unit);
        UnitRatesWire {
            department: it.department,
            name_zh: unit.map(|it| it.name_zh.clone()).unwrap_or_default(),
            name_en: unit.map(|it| it.name_en.clone()).unwrap_or_default(),
            rates: rates_of(&it.tallies),
            at_midnight: it.stock.into(),
        }
    });
    Ok(Json(UnitRatesPage { to: to.to_string(), days, items: items.collect() }))
}
