//! Workers' months: by grid for those who answer for an area, one's own with its lines down to the cases.

use app::assess::appeals;
use app::assess::workers::{self, Assessed, Worker};
use app::case;
use axum::extract::State as Shared;
use domain::id::PersonId;
use domain::month::Month;
use domain::score::{Line, LineScore, Measure, Tally};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::ranking::tenth;
use super::{AreaName, area, four, month, one};
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Names, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(mine))
        .routes(routes!(one_worker))
        .routes(routes!(outcomes))
}

/// Which month.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct MonthQuery {
    /// As `2026-10`; the last that is over when absent.
    month: Option<String>,
}

/// Which workers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WorkersQuery {
    /// Code or id of the area; one's own when absent.
    area: Option<String>,
    /// As `2026-10`; the last that is over when absent.
    month: Option<String>,
}

/// A line of a score.
#[derive(Serialize, ToSchema)]
struct LineWire {
    /// Code of the line.
    line: String,
    name_zh: String,
    name_en: String,
    /// What counts.
    measure: String,
    /// Outcomes, and the good ones.
    n: u32,
    good: u32,
    /// Good ones that as many outcomes of the peers would have had.
    expected: Option<f64>,
    /// Own share, 0 to 1; `null` with too few outcomes.
    own: Option<f64>,
    /// The peers' share.
    peers: Option<f64>,
    /// The share that counts, pulled towards the peers.
    shrunk: Option<f64>,
    /// Outcomes of the peers that stand beside one's own.
    strength: Option<f64>,
    /// Share that earns all points.
    target: f64,
    /// Points that can be had.
    of: f64,
    /// Points of the own share, as printed; `null` for a line that nobody has outcomes in: it is left out.
    points: Option<f64>,
    /// Whether there are too few outcomes, so that the peers' share is taken.
    few: bool,
}

/// A month's score with all it is made of. `points` of the lines, `load` and `pull` sum to `total` exactly.
#[derive(Serialize, ToSchema)]
struct ScoreWire {
    month: String,
    /// `null` with too few outcomes: the month is not assessed.
    total: Option<f64>,
    /// 95 % interval.
    interval: Option<(f64, f64)>,
    lines: Vec<LineWire>,
    /// Points for a heavy load.
    load: Option<f64>,
    /// Points gained or lost by being pulled towards the peers.
    pull: Option<f64>,
    /// Where that is among the peers.
    peers: Option<PeersWire>,
    /// The worker's grid.
    grid: Option<AreaName>,
    /// Version of the recipe; 0 is the usual one.
    recipe: u32,
    /// How the lines are computed.
    formula_zh: String,
    formula_en: String,
    /// Days of the month that have no book.
    missing: Vec<String>,
    /// Last day on which it can be contested.
    contest_until: String,
}

/// Where a score is among the peers: workers of the same kind of grid in the county.
#[derive(Serialize, ToSchema)]
struct PeersWire {
    n: usize,
    median: f64,
    /// The middle half.
    half: (f64, f64),
    /// How many others cannot be told apart from it.
    same: usize,
    /// Whether the interval leaves the median out.
    stands_out: bool,
}

/// A worker in a list.
#[derive(Serialize, ToSchema)]
struct WorkerWire {
    grid: AreaName,
    /// Who; only for their own desk or leader.
    person: Option<Uuid>,
    name: Option<String>,
    total: Option<f64>,
    interval: Option<(f64, f64)>,
    /// Outcomes in all lines.
    n: u32,
}

/// Workers of an area.
#[derive(Serialize, ToSchema)]
struct WorkersPage {
    month: String,
    recipe: u32,
    /// By the code of their grids.
    items: Vec<WorkerWire>,
}

/// One outcome of a line.
#[derive(Serialize, ToSchema)]
struct OutcomeWire {
    /// Id of the case, visit or referral.
    source: Uuid,
    /// Number of the case, where it is one that the caller may open.
    number: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    good: bool,
    /// Takes back a good one that was counted before.
    back: bool,
    /// What an upheld appeal made of it: `leave_out` or `correct`.
    remedy: Option<String>,
}

/// The outcomes of a line.
#[derive(Serialize, ToSchema)]
struct OutcomesPage {
    /// The newest first.
    items: Vec<OutcomeWire>,
}

const FORMULA_ZH: &str = "每行得分＝满分×min(1，比率÷目标)；比率往同类靠：(好的件数＋k×同类比率)÷(件数＋k)，k由同类差异定（β-二项，Kleinman 1973）；\
                          活儿比同类多的，按同类里“活儿越多越难按时”的斜率补回来，只补不扣。";
const FORMULA_EN: &str = "Points of a line = its weight × min(1, share ÷ target). Shares are pulled towards the peers: (good + k × \
                          peers' share) ÷ (n + k), with k from the spread of the peers (beta-binomial, Kleinman 1973). A load heavier \
                          than the peers' is made up for by the slope found among them; nobody loses by it.";

/// The last month that is over.
fn last_month(state: &State) -> Month {
    Month::of(state.app.people.today()).plus(-1)
}

fn asked(state: &State, text: Option<&str>) -> Answer<Month> {
    text.map_or_else(|| Ok(last_month(state)), month)
}

fn line_wire(line: &Line, tally: Tally, score: Option<LineScore>, assessed: bool) -> LineWire {
    LineWire {
        line: line.code.clone(),
        name_zh: line.name.zh.clone(),
        name_en: line.name.en.clone(),
        measure: line.measure.as_str().to_owned(),
        n: tally.n,
        good: tally.own(),
        expected: score.map(|it| one(it.expected)),
        own: score.and_then(|it| it.own).map(four),
        peers: score.map(|it| four(it.peers)),
        shrunk: score.map(|it| four(it.shrunk)),
        strength: score.map(|it| one(it.strength)),
        target: line.target,
        of: score.map_or(line.weight, |it| one(it.weight)),
        points: score.map(|it| tenth(it.printed)),
        few: assessed && score.is_some_and(|it| it.own.is_none()),
    }
}

async fn score_wire(state: &State, who: &Who, person: PersonId, of: Month) -> Answer<ScoreWire> {
    let found = workers::own(&state.app, who, person, of).await?;
    let city = state.app.city();
    let worker = found.worker.as_ref();
    let score = worker.and_then(|it| it.score.as_ref());
    let lines = found.recipe.worker.lines.iter().enumerate().map(|(at, line)| {
        let tally = worker.map(|it| it.tallies[line.measure as usize]).unwrap_or_default();
        line_wire(line, tally, score.and_then(|it| it.lines[at]), score.is_some())
    });
    Ok(ScoreWire {
        month: of.to_string(),
        total: score.map(|it| tenth(it.printed.0)),
        interval: score.map(|it| (one(it.interval().0), one(it.interval().1))),
        lines: lines.collect(),
        load: score.map(|it| tenth(it.printed.1)),
        pull: score.map(|it| tenth(it.printed.2)),
        peers: found.peers.map(|it| PeersWire {
            n: it.n,
            median: one(it.median),
            half: (one(it.half.0), one(it.half.1)),
            same: it.same,
            stands_out: it.stands_out,
        }),
        grid: worker.map(|it| AreaName::of(&city, it.grid)),
        recipe: found.version,
        formula_zh: FORMULA_ZH.to_owned(),
        formula_en: FORMULA_EN.to_owned(),
        missing: found.missing.iter().map(ToString::to_string).collect(),
        contest_until: appeals::until(of).to_string(),
    })
}

/// One's own score
///
/// The month's score with its lines: outcomes, peers, shrunk shares, points. Made of outcomes alone; there is no line of
/// log-ins, minutes or uploads.
#[utoipa::path(get, path = "/api/v1/assess/me", tag = "assess", params(MonthQuery), responses(
    (status = 200, description = "The score, or that the month is not assessed", body = ScoreWire),
    (status = 404, description = "The caller is no worker"),
    (status = 422, description = "A parameter makes no sense")))]
async fn mine(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<MonthQuery>,
) -> Answer<Json<ScoreWire>> {
    let person = who.person.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(Json(score_wire(&state, &who, person, asked(&state, query.month.as_deref())?).await?))
}

/// A worker's score
///
/// For the worker, and for the desk and leader of their township or county.
#[utoipa::path(get, path = "/api/v1/assess/workers/{person}", tag = "assess",
    params(("person" = Uuid, Path, description = "Id of the worker"), MonthQuery), responses(
    (status = 200, description = "The score, or that the month is not assessed", body = ScoreWire),
    (status = 404, description = "No such worker, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn one_worker(
    Shared(state): Shared<State>,
    who: Who,
    Named(person): Named,
    Query(query): Query<MonthQuery>,
) -> Answer<Json<ScoreWire>> {
    let person = person.parse().map_err(|_| Problem::new(Code::NotFound))?;
    Ok(Json(score_wire(&state, &who, person, asked(&state, query.month.as_deref())?).await?))
}

/// Outcomes of a line
///
/// What a line of a worker's month is made of, down to the cases; `me` names the caller.
#[utoipa::path(get, path = "/api/v1/assess/workers/{person}/lines/{measure}", tag = "assess",
    params(("person" = String, Path, description = "Id of the worker, or `me`"),
        ("measure" = String, Path, description = "The line's measure, as `steps`"), MonthQuery), responses(
    (status = 200, description = "The newest first", body = OutcomesPage),
    (status = 404, description = "No such worker or measure, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn outcomes(
    Shared(state): Shared<State>,
    who: Who,
    Names(names): Names<2>,
    Query(query): Query<MonthQuery>,
) -> Answer<Json<OutcomesPage>> {
    let nothing = || Problem::new(Code::NotFound);
    let [person, measure] = names;
    let person = match person.as_str() {
        "me" => who.person.ok_or_else(nothing)?,
        text => text.parse().map_err(|_| nothing())?,
    };
    let measure = Measure::parse(&measure).filter(|it| it.is_of_workers()).ok_or_else(nothing)?;
    let of = asked(&state, query.month.as_deref())?;
    let found = workers::outcomes(&state.app, &who, person, (of, measure)).await?;
    let items = found.iter().map(|it| OutcomeWire {
        source: it.source,
        number: (!matches!(measure, Measure::Visits | Measure::Referrals))
            .then(|| case::number(domain::id::CaseId(it.source))),
        at: it.at,
        good: it.good,
        back: it.back,
        remedy: it.remedy.map(|it| it.as_str().to_owned()),
    });
    Ok(Json(OutcomesPage { items: items.collect() }))
}

/// Workers of an area
///
/// By grid; with names only for the desk and leader of their own township or county. No ranks: nobody is told to be the
/// last of thousands.
#[utoipa::path(get, path = "/api/v1/assess/workers", tag = "assess", params(WorkersQuery), responses(
    (status = 200, description = "By the code of their grids", body = WorkersPage),
    (status = 404, description = "No such area, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<WorkersQuery>,
) -> Answer<Json<WorkersPage>> {
    let city = state.app.city();
    let ground = query.area.as_deref().map_or_else(|| Ok(who.area), |text| area(&city, text))?;
    let of = asked(&state, query.month.as_deref())?;
    let (all, found) = workers::list(&state.app, &who, ground, of).await?;
    let named = found.iter().filter(|(_, named)| *named).map(|(it, _)| it.person);
    let names = state.app.people.names(named.collect::<Vec<_>>()).await?;
    let wire = |(it, named): &(Worker, bool)| WorkerWire {
        grid: AreaName::of(&city, it.grid),
        person: named.then_some(it.person.0),
        name: names.get(&it.person).cloned(),
        total: it.score.as_ref().map(|score| tenth(score.printed.0)),
        interval: it.score.as_ref().map(|score| (one(score.interval().0), one(score.interval().1))),
        n: outcomes_of(&all, it),
    };
    Ok(Json(WorkersPage {
        month: of.to_string(),
        recipe: all.version,
        items: found.iter().map(wire).collect(),
    }))
}

fn outcomes_of(all: &Assessed, worker: &Worker) -> u32 {
    all.recipe.worker.lines.iter().map(|line| worker.tallies[line.measure as usize].n).sum()
}
