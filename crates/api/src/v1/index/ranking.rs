//! The ranking of an edition, and what changed since another.

use app::index::edition;
use app::index::opened::Opened;
use axum::extract::State as Shared;
use domain::month::Month;
use serde::{Deserialize, Serialize};
use store::edition::Edition;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::areas::{FlagWire, LackingWire, WeakWire, flags, lacking, weak};
use super::named;
use crate::problem::Answer;
use crate::read::{Json, Named, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(ranking)).routes(routes!(change)).routes(routes!(findings))
}

/// A ranking.
#[derive(Serialize, ToSchema)]
struct RankingWire {
    /// The month it tells of.
    #[schema(value_type = String, example = "2026-09")]
    month: Month,
    revision: u32,
    /// draft, reviewed, published or discarded.
    state: String,
    /// The best first; without a score last.
    items: Vec<RankedWire>,
    /// Nodes of level 1, in the order of the framework: the columns of `nodes`.
    nodes: Vec<NodeWire>,
}

/// A node of the tree.
#[derive(Serialize, ToSchema)]
struct NodeWire {
    code: String,
    name_zh: String,
    name_en: String,
    /// Share in the node above.
    weight: f64,
}

/// One line.
#[derive(Serialize, ToSchema)]
struct RankedWire {
    /// Code of the area.
    area: String,
    name_zh: String,
    name_en: String,
    /// 0 to 100; `null` when too much is missing.
    score: Option<f64>,
    /// By score alone.
    rank: Option<usize>,
    /// Shared with those it cannot be told apart from.
    shared: Option<usize>,
    /// 90 % interval of the score.
    interval: Option<(f64, f64)>,
    /// 90 % interval of the rank.
    ranks: Option<(usize, usize)>,
    /// Probability of each rank, from the first.
    chances: Vec<f64>,
    /// Scores of the nodes of level 1.
    nodes: Vec<Option<f64>>,
    /// Score of the month before, as it was last published.
    before: Option<f64>,
    /// Where it loses most.
    weak: Option<WeakWire>,
}

/// The ranking of an edition
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/ranking", tag = "index",
    params(("edition" = String, Path, description = named::EDITION)), responses(
    (status = 200, description = "The areas from the best to the worst", body = RankingWire),
    (status = 404, description = "No such edition, or not the caller's to see")))]
async fn ranking(Shared(state): Shared<State>, who: Who, Named(name): Named) -> Answer<Json<RankingWire>> {
    let (edition, opened) = named::opened(&state, &who, &name).await?;
    let before = edition::before(&state.app, &who, edition.month).await?;
    let before = before.and_then(|it| serde_json::from_str::<edition::Summary>(&it.summary).ok());
    Ok(Json(wire(&edition, &opened, before.as_ref())))
}

fn wire(edition: &Edition, opened: &Opened, before: Option<&edition::Summary>) -> RankingWire {
    let (it, made) = (&opened.materials, &opened.made);
    let tops: Vec<_> = made.framework.nodes.iter().filter(|node| node.row.level == 1).collect();
    let column = |code: &str| made.now.tree().position(code).ok().map(|at| made.now.scores.column(at));
    let there = |x: f64| (!x.is_nan()).then_some(x);
    let mut order: Vec<usize> = (0..it.areas.len()).collect();
    order.sort_by_key(|&i| (made.standing[i].rank.unwrap_or(usize::MAX), i));
    let items = order.into_iter().map(|i| {
        let (area, at) = (&it.areas[i], &made.standing[i]);
        let earlier = before.and_then(|it| it.ranking.iter().find(|old| old.area == area.code));
        RankedWire {
            area: area.code.clone(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
            score: at.score,
            rank: at.rank,
            shared: at.shared,
            interval: at.interval,
            ranks: at.ranks,
            chances: at.chances.clone(),
            nodes: tops
                .iter()
                .map(|node| column(&node.row.code).and_then(|scores| there(scores[i])))
                .collect(),
            before: earlier.and_then(|old| old.score),
            weak: opened.weak(i).next().map(|link| weak(opened, link)),
        }
    });
    let node = |row: &domain::framework::FrameworkRow| NodeWire {
        code: row.code.clone(),
        name_zh: row.name_zh.clone(),
        name_en: row.name_en.clone(),
        weight: row.weight,
    };
    RankingWire {
        month: edition.month,
        revision: edition.revision,
        state: edition.state.as_str().to_owned(),
        items: items.collect(),
        nodes: tops.iter().map(|top| node(&top.row)).collect(),
    }
}

/// What an edition says of itself that somebody should look at.
#[derive(Serialize, ToSchema)]
struct FindingsWire {
    /// Weak links of all areas, the heaviest first.
    weak: Vec<WeakWire>,
    /// Figures beyond a limit.
    flags: Vec<FlagWire>,
    /// Figures far from what is usual, the farthest first. They count like all others.
    doubts: Vec<DoubtWire>,
    /// Figures of the month that are not there.
    lacking: Vec<LackingWire>,
    /// Remarks of the engine: subject and text.
    notes: Vec<(String, String)>,
}

/// A figure far from what is usual.
#[derive(Serialize, ToSchema)]
struct DoubtWire {
    /// Code of the area.
    area: String,
    /// Code of the indicator or base figure.
    indicator: String,
    name_zh: String,
    name_en: String,
    /// The value it stands for, in its unit.
    value: f64,
    /// What is usual there.
    usual: f64,
    /// Robust deviations between them.
    robust_z: f64,
    /// Values that what is usual was told by.
    n: usize,
    /// What the department says of it.
    remark: Option<String>,
}

/// What an edition finds
///
/// Weak links, doubts, limits that were passed, figures that are lacking, remarks of the engine.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/findings", tag = "index",
    params(("edition" = String, Path, description = named::EDITION)), responses(
    (status = 200, description = "What somebody should look at", body = FindingsWire),
    (status = 404, description = "No such edition, or not the caller's to see")))]
async fn findings(Shared(state): Shared<State>, who: Who, Named(name): Named) -> Answer<Json<FindingsWire>> {
    let (_, opened) = named::opened(&state, &who, &name).await?;
    let mut links: Vec<WeakWire> = opened.made.weak.iter().map(|link| weak(&opened, link)).collect();
    let weight = |it: &WeakWire| it.lost * it.reliability.unwrap_or(1.0);
    links.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let notes = opened.made.panel.notes.iter().map(|note| (note.subject.clone(), note.text.clone()));
    Ok(Json(FindingsWire {
        weak: links,
        flags: flags(&opened, None),
        doubts: opened.made.doubts.iter().map(|it| doubt(&opened, it)).collect(),
        lacking: lacking(&opened, None),
        notes: notes.collect(),
    }))
}

fn doubt(opened: &Opened, it: &app::index::doubts::Doubted) -> DoubtWire {
    let framework = &opened.made.framework;
    let row = framework.indicator(&it.indicator).map(|it| (&it.row.name_zh, &it.row.name_en));
    let base = framework.base(&it.indicator).map(|it| (&it.name_zh, &it.name_en));
    let (zh, en) = row.or(base).map_or_else(Default::default, |(zh, en)| (zh.clone(), en.clone()));
    DoubtWire {
        area: opened.materials.areas[it.area].code.clone(),
        indicator: it.indicator.clone(),
        name_zh: zh,
        name_en: en,
        value: it.value,
        usual: it.usual,
        robust_z: it.z,
        n: it.n,
        remark: it.remark.clone(),
    }
}

/// Since which edition.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct SinceQuery {
    /// Named as an edition is; the last published one of the month before when absent.
    since: Option<String>,
}

/// What changed since another edition.
#[derive(Serialize, ToSchema)]
struct SinceWire {
    /// Month of the earlier one.
    #[schema(value_type = String)]
    since: Month,
    /// Its revision.
    since_revision: u32,
    items: Vec<ChangedWire>,
}

/// One area's change; the parts sum to `to - from`.
#[derive(Serialize, ToSchema)]
struct ChangedWire {
    /// Code of the area.
    area: String,
    /// Score then.
    from: f64,
    /// Score now.
    to: f64,
    /// Points from new figures.
    data: f64,
    /// Points from new bounds.
    bounds: f64,
    /// Points from new weights.
    weights: f64,
    /// Points from other choices.
    method: f64,
}

/// What changed since another edition
///
/// Each area's change of score split into figures, bounds, weights and method (Shapley values over the sixteen mixtures
/// of both editions).
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/change", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), SinceQuery), responses(
    (status = 200, description = "By area", body = SinceWire),
    (status = 404, description = "No such edition, or not the caller's to see"),
    (status = 409, description = "They have different indicators", body = crate::problem::Problem, content_type = "application/problem+json")))]
async fn change(
    Shared(state): Shared<State>,
    who: Who,
    Named(name): Named,
    Query(query): Query<SinceQuery>,
) -> Answer<Json<SinceWire>> {
    let (edition, opened) = named::opened(&state, &who, &name).await?;
    let since = query.since.unwrap_or_else(|| edition.month.plus(-1).to_string());
    let (earlier, old) = named::opened(&state, &who, &since).await?;
    let found = named::off(move || opened.change_since(&old)).await?;
    let items = found.into_iter().map(|it| ChangedWire {
        area: it.unit,
        from: it.from,
        to: it.to,
        data: it.data,
        bounds: it.bounds,
        weights: it.weights,
        method: it.method,
    });
    Ok(Json(SinceWire { since: earlier.month, since_revision: earlier.revision, items: items.collect() }))
}
