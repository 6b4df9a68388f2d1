//! One area in an edition: where it stands and why, where each number comes from, what another value would do.

use app::index::opened::{Opened, Then};
use app::index::weak::WeakLink;
use axum::extract::State as Shared;
use index::explain::{Contribution, Move};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::named;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Names, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(area))
        .routes(routes!(origin))
        .routes(routes!(what_if))
        .routes(routes!(reach))
}

/// A weak link.
#[derive(Serialize, ToSchema)]
pub(super) struct WeakWire {
    /// Code of the area.
    pub area: String,
    /// Code of the indicator.
    pub indicator: String,
    pub name_zh: String,
    pub name_en: String,
    /// Code of the unit that answers for it.
    pub department: String,
    /// Points of the index lost against the mean of the others.
    pub lost: f64,
    /// Its score.
    pub score: f64,
    /// Mean score of the others.
    pub others: f64,
    /// Share of its differences that is no noise, from 0 to 1; `null` where nothing is smoothed. Links are ordered by
    /// their loss times this.
    pub reliability: Option<f64>,
    /// Its place by this indicator.
    pub place: usize,
    /// Of how many.
    pub of: usize,
    /// First month since when it has been at least half as far behind as now.
    pub since: String,
    /// The value that counts, in `unit`.
    pub value: Option<f64>,
    /// The value that would lift the area by one rank, all else as it is; `null` when this alone cannot.
    pub value_for_one_rank: Option<f64>,
    /// Unit of the values.
    pub unit: String,
}

/// A figure beyond a limit: told beside the score, never hidden in it.
#[derive(Serialize, ToSchema)]
pub(super) struct FlagWire {
    area: String,
    indicator: String,
    value: f64,
    limit: f64,
}

/// A figure that is not there.
#[derive(Serialize, ToSchema)]
pub(super) struct LackingWire {
    area: String,
    indicator: String,
    /// Code of the unit that hands it in.
    department: String,
    /// `no figure`, `no base figure`, `denominator too small` or `too few answers`.
    why: String,
}

/// A node of the tree for one area; the points of the parts sum to those of their node.
#[derive(Serialize, ToSchema)]
struct PointsWire {
    code: String,
    name_zh: String,
    name_en: String,
    /// 1 for the indicators, one more with each level above.
    level: u32,
    /// 0 to 100; `null` when missing.
    score: Option<f64>,
    /// Mean of the others.
    others: Option<f64>,
    /// Points of the index by which it is ahead of the others; below zero where it is behind.
    points: f64,
    #[schema(no_recursion)]
    parts: Vec<PointsWire>,
}

/// A score in a month, on the bounds of this edition.
#[derive(Serialize, ToSchema)]
struct ThenWire {
    month: String,
    score: Option<f64>,
    /// Mean of the others.
    others: Option<f64>,
}

/// One area in an edition.
#[derive(Serialize, ToSchema)]
struct AreaInEditionWire {
    area: String,
    name_zh: String,
    name_en: String,
    score: Option<f64>,
    rank: Option<usize>,
    shared: Option<usize>,
    interval: Option<(f64, f64)>,
    ranks: Option<(usize, usize)>,
    /// Of how many.
    of: usize,
    /// The whole tree; `null` without a score.
    parts: Option<PointsWire>,
    weak: Vec<WeakWire>,
    flags: Vec<FlagWire>,
    lacking: Vec<LackingWire>,
    /// The index by month.
    history: Vec<ThenWire>,
}

/// One area in an edition
///
/// Its rank with intervals, the whole tree against the mean of the others, weak links, history.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/areas/{area}", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), ("area" = String, Path, description = "Code of the area")), responses(
    (status = 200, description = "The area", body = AreaInEditionWire),
    (status = 404, description = "No such edition or area, or not the caller's to see")))]
async fn area(
    Shared(state): Shared<State>,
    who: Who,
    Names(names): Names<2>,
) -> Answer<Json<AreaInEditionWire>> {
    let [name, code] = names;
    let (_, opened) = named::opened(&state, &who, &name).await?;
    let at = named::area(&opened, &code)?;
    let standing = &opened.made.standing[at];
    let parts = match standing.score {
        Some(_) => Some(part(&opened, &opened.parts(at)?)),
        None => None,
    };
    let it = &opened.materials.areas[at];
    Ok(Json(AreaInEditionWire {
        area: it.code.clone(),
        name_zh: it.name_zh.clone(),
        name_en: it.name_en.clone(),
        score: standing.score,
        rank: standing.rank,
        shared: standing.shared,
        interval: standing.interval,
        ranks: standing.ranks,
        of: opened.made.standing.iter().filter(|other| other.score.is_some()).count(),
        parts,
        weak: opened.weak(at).map(|link| weak(&opened, link)).collect(),
        flags: flags(&opened, Some(at)),
        lacking: lacking(&opened, Some(at)),
        history: opened.history(at, &opened.made.framework.root)?.into_iter().map(then).collect(),
    }))
}

/// Where one number comes from.
#[derive(Serialize, ToSchema)]
struct OriginWire {
    indicator: String,
    name_zh: String,
    name_en: String,
    unit: String,
    /// Code of the unit that answers for it.
    department: String,
    /// How it becomes a score, as the framework has it.
    scoring_standard: String,
    /// Share in the index: the product of the weights down the tree.
    weight: f64,
    score: Option<f64>,
    /// Mean score of the others.
    others: Option<f64>,
    /// The value before smoothing.
    raw: Option<f64>,
    /// The value that counts.
    value: Option<f64>,
    /// Share of its differences from the others that is no noise; `null` where nothing is smoothed.
    reliability: Option<f64>,
    /// 90 % interval of the value.
    interval: Option<(f64, f64)>,
    /// Why there is no value.
    lacking: Option<String>,
    /// What the platform counts, where it computes the figure from its own cases.
    query: Option<CaseQueryWire>,
    /// Where 0 and 100 lie; `null` where the standard has points of its own.
    bounds: Option<BoundWire>,
    /// The figures behind it.
    sources: Vec<SourceWire>,
    /// Its score by month, on the bounds of this edition.
    history: Vec<ThenWire>,
}

/// What the platform counts, so that anybody can count it again.
#[derive(Serialize, ToSchema)]
struct CaseQueryWire {
    /// In plain words.
    zh: String,
    en: String,
    /// As it is run for the counties of the month; times in milliseconds UTC.
    sql: String,
}

/// Bounds, and where they come from.
#[derive(Serialize, ToSchema)]
struct BoundWire {
    /// In the indicator's unit.
    lower: f64,
    upper: f64,
    /// Bootstrap standard errors, on the engine's scale; `null` where experts set the bound.
    lower_se: Option<f64>,
    upper_se: Option<f64>,
    /// Values they were taken from.
    n: usize,
    /// Outliers not among them.
    left_out: usize,
    /// Months they come from.
    window: String,
    /// How they were taken.
    method: String,
    /// Equal values, equal digest.
    digest: String,
}

/// A figure as it was handed in.
#[derive(Serialize, ToSchema)]
struct SourceWire {
    /// Code of the indicator or base figure.
    indicator: String,
    month: String,
    num: Option<f64>,
    den: Option<f64>,
    value: Option<f64>,
    se: Option<f64>,
    n: Option<f64>,
    remark: Option<String>,
    /// 1 for what came first, one more with each correction.
    vintage: u32,
    /// The intake it came with.
    intake: Uuid,
    #[schema(value_type = String, format = DateTime)]
    signed: Timestamp,
}

/// Where a number comes from
///
/// From the score over bounds and window to the figures that were signed.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/areas/{area}/indicators/{indicator}", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), ("area" = String, Path, description = "Code of the area"),
        ("indicator" = String, Path, description = "Code of the indicator")), responses(
    (status = 200, description = "The number's origin", body = OriginWire),
    (status = 404, description = "No such edition, area or indicator, or not the caller's to see")))]
async fn origin(Shared(state): Shared<State>, who: Who, Names(names): Names<3>) -> Answer<Json<OriginWire>> {
    let [name, code, indicator] = names;
    let (_, opened) = named::opened(&state, &who, &name).await?;
    let at = named::area(&opened, &code)?;
    let origin = opened.origin(at, &indicator)?;
    let known = opened.made.framework.indicator(&indicator).expect("its origin is known");
    let row = &known.row;
    let query = app::index::from_cases::query_shown(&state.app, known, opened.month())?;
    let bounds = origin.bound.zip(origin.bounds_in_unit).map(|(bound, (lower, upper))| BoundWire {
        lower,
        upper,
        lower_se: bound.lower_se,
        upper_se: bound.upper_se,
        n: bound.n,
        left_out: bound.left_out,
        window: bound.window.clone(),
        method: bound.method.clone(),
        digest: format!("{:016x}", bound.digest),
    });
    let sources = origin.sources.iter().map(|it| SourceWire {
        indicator: it.indicator.clone(),
        month: it.month.to_string(),
        num: it.num,
        den: it.den,
        value: it.value,
        se: it.se,
        n: it.n,
        remark: it.remark.clone(),
        vintage: it.vintage,
        intake: it.intake,
        signed: it.signed,
    });
    Ok(Json(OriginWire {
        indicator: row.code.clone(),
        name_zh: row.name_zh.clone(),
        name_en: row.name_en.clone(),
        unit: row.unit.clone(),
        department: row.department.clone(),
        scoring_standard: row.scoring_standard.clone(),
        weight: origin.weight,
        score: origin.score.0,
        others: origin.score.1,
        raw: origin.told.raw,
        value: origin.told.value,
        reliability: origin.told.reliability,
        interval: origin.told.interval,
        lacking: origin.told.lacking.map(|why| why.as_str().to_owned()),
        query: query.map(|(words, sql)| CaseQueryWire { zh: words.zh, en: words.en, sql }),
        bounds,
        sources: sources.collect(),
        history: origin.history.into_iter().map(then).collect(),
    }))
}

/// Which other value.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WhatIfQuery {
    /// In the indicator's unit.
    value: f64,
}

/// What another value would do.
#[derive(Serialize, ToSchema)]
struct WhatIfWire {
    /// Score of the area now.
    score: Option<f64>,
    /// And then.
    score_then: Option<f64>,
    rank: Option<usize>,
    rank_then: Option<usize>,
    /// Score of the indicator now.
    indicator: Option<f64>,
    indicator_then: Option<f64>,
}

/// What another value would do
///
/// The rank of the area if one of its values were another, all else as it is, on the same bounds.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/areas/{area}/indicators/{indicator}/what-if", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), ("area" = String, Path, description = "Code of the area"),
        ("indicator" = String, Path, description = "Code of the indicator"), WhatIfQuery), responses(
    (status = 200, description = "Scores and ranks, now and then", body = WhatIfWire),
    (status = 404, description = "No such edition, area or indicator, or not the caller's to see"),
    (status = 422, description = "The value is no number")))]
async fn what_if(
    Shared(state): Shared<State>,
    who: Who,
    Names(names): Names<3>,
    Query(query): Query<WhatIfQuery>,
) -> Answer<Json<WhatIfWire>> {
    let [name, code, indicator] = names;
    if !query.value.is_finite() {
        return Err(Problem::field("?value", "range", "a finite number belongs here"));
    }
    let (_, opened) = named::opened(&state, &who, &name).await?;
    let at = named::area(&opened, &code)?;
    let it = named::off(move || opened.what_if(at, &indicator, query.value)).await?;
    Ok(Json(WhatIfWire {
        score: it.score.0,
        score_then: it.score.1,
        rank: it.rank.0,
        rank_then: it.rank.1,
        indicator: it.indicator.0,
        indicator_then: it.indicator.1,
    }))
}

/// How far up.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ReachQuery {
    /// Places to move up; 1 when absent.
    places: Option<usize>,
    /// Indicators that cannot be changed, with commas between.
    fixed: Option<String>,
}

/// The way to another rank.
#[derive(Serialize, ToSchema)]
struct ReachWire {
    rank: usize,
    rank_then: usize,
    score: f64,
    /// The score it takes.
    score_then: f64,
    /// The least change of scores in all; `null` when it cannot be told, empty when nothing is enough.
    together: Option<Vec<MoveWire>>,
    /// What one indicator alone would have to reach, the smallest change first.
    alone: Vec<MoveWire>,
}

/// One indicator's change.
#[derive(Serialize, ToSchema)]
struct MoveWire {
    indicator: String,
    name_zh: String,
    name_en: String,
    unit: String,
    score: f64,
    score_then: f64,
    /// In `unit`.
    value: Option<f64>,
    value_then: Option<f64>,
}

/// The smallest change that lifts an area
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/areas/{area}/reach", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), ("area" = String, Path, description = "Code of the area"), ReachQuery), responses(
    (status = 200, description = "Together and one by one", body = ReachWire),
    (status = 404, description = "No such edition or area, or not the caller's to see"),
    (status = 409, description = "There are not so many areas above", body = Problem, content_type = "application/problem+json")))]
async fn reach(
    Shared(state): Shared<State>,
    who: Who,
    Names(names): Names<2>,
    Query(query): Query<ReachQuery>,
) -> Answer<Json<ReachWire>> {
    let [name, code] = names;
    let (_, opened) = named::opened(&state, &who, &name).await?;
    let at = named::area(&opened, &code)?;
    let fixed = query.fixed.unwrap_or_default();
    let costs: BTreeMap<String, f64> =
        fixed.split(',').filter(|it| !it.is_empty()).map(|it| (it.trim().to_owned(), 0.0)).collect();
    let places = query.places.unwrap_or(1);
    let asked = opened.clone();
    let way = named::off(move || asked.reach(at, places, &costs)).await?;
    let wire = |it: &Move| moved(&opened, it);
    Ok(Json(ReachWire {
        rank: way.rank.0,
        rank_then: way.rank.1,
        score: way.score.0,
        score_then: way.score.1,
        together: way.together.as_deref().map(|moves| moves.iter().map(wire).collect()),
        alone: way.alone.iter().map(wire).collect(),
    }))
}

fn moved(opened: &Opened, it: &Move) -> MoveWire {
    let row = opened.made.framework.indicator(&it.code).map(|it| &it.row);
    let text =
        |pick: fn(&domain::framework::FrameworkRow) -> &String| row.map(pick).cloned().unwrap_or_default();
    let value = |treated: f64| opened.made.in_its_unit(&it.code, treated);
    MoveWire {
        indicator: it.code.clone(),
        name_zh: text(|row| &row.name_zh),
        name_en: text(|row| &row.name_en),
        unit: text(|row| &row.unit),
        score: it.score.0,
        score_then: it.score.1,
        value: it.value.map(|it| value(it.0)),
        value_then: it.value.map(|it| value(it.1)),
    }
}

fn then(it: Then) -> ThenWire {
    ThenWire { month: it.month, score: it.score, others: it.others }
}

fn part(opened: &Opened, it: &Contribution) -> PointsWire {
    let framework = &opened.made.framework;
    let rows = framework.nodes.iter().map(|node| &node.row);
    let row = rows.chain(framework.indicators.iter().map(|it| &it.row)).find(|row| row.code == it.code);
    let there = |x: f64| (!x.is_nan()).then_some(x);
    PointsWire {
        code: it.code.clone(),
        name_zh: row.map(|row| row.name_zh.clone()).unwrap_or_default(),
        name_en: row.map(|row| row.name_en.clone()).unwrap_or_default(),
        level: it.level,
        score: there(it.score),
        others: there(it.baseline),
        points: it.points,
        parts: it.parts.iter().map(|below| part(opened, below)).collect(),
    }
}

/// A weak link on the wire.
pub(super) fn weak(opened: &Opened, it: &WeakLink) -> WeakWire {
    let row = opened.made.framework.indicator(&it.indicator).map(|it| &it.row);
    let text =
        |pick: fn(&domain::framework::FrameworkRow) -> &String| row.map(pick).cloned().unwrap_or_default();
    WeakWire {
        area: opened.materials.areas[it.area].code.clone(),
        indicator: it.indicator.clone(),
        name_zh: text(|row| &row.name_zh),
        name_en: text(|row| &row.name_en),
        department: text(|row| &row.department),
        lost: it.lost,
        score: it.score.0,
        others: it.score.1,
        reliability: it.reliability,
        place: it.place.0,
        of: it.place.1,
        since: it.since.to_string(),
        value: it.value,
        value_for_one_rank: it.change.map(|it| it.1),
        unit: text(|row| &row.unit),
    }
}

/// Flags of one area, or of all.
pub(super) fn flags(opened: &Opened, area: Option<usize>) -> Vec<FlagWire> {
    let own = opened.made.flags.iter().filter(|it| area.is_none_or(|area| it.area == area));
    let wire = |it: &app::index::compute::Flag| FlagWire {
        area: opened.materials.areas[it.area].code.clone(),
        indicator: it.indicator.clone(),
        value: it.value,
        limit: it.limit,
    };
    own.map(wire).collect()
}

/// What one area lacks, or all.
pub(super) fn lacking(opened: &Opened, area: Option<usize>) -> Vec<LackingWire> {
    let own = opened.made.values.told.iter().filter(|it| area.is_none_or(|area| it.area == area));
    let wire = |it: &app::index::values::Told| {
        let row = opened.made.framework.indicator(&it.indicator).map(|it| &it.row);
        it.lacking.map(|why| LackingWire {
            area: opened.materials.areas[it.area].code.clone(),
            indicator: it.indicator.clone(),
            department: row.map(|row| row.department.clone()).unwrap_or_default(),
            why: why.as_str().to_owned(),
        })
    };
    own.filter_map(wire).collect()
}
