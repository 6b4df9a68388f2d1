//! Campaigns from above: what one would cost, proposing, admitting, stopping, and how far it has come.

use app::campaign::{self, Admission, View};
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::campaign::{Draft, Subject};
use domain::class::Label;
use domain::id::{AreaId, CampaignId, UnitId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::campaign::{Errand, State as CampaignState};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::wire::{act_key, done, id, made, new_id};
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};
use crate::v1::edited::{day, limit};
use crate::v1::state::State;
use crate::v1::who::Who;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(preview))
        .routes(routes!(one, propose))
        .routes(routes!(admit))
        .routes(routes!(stop))
        .routes(routes!(grids))
}

/// A campaign to be proposed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CampaignIn {
    /// What it is called, 1 to 80 characters.
    title_zh: String,
    title_en: String,
    /// What is to be done at each item, 1 to 500 characters.
    task_zh: String,
    task_en: String,
    /// grid, cases or places.
    of: String,
    /// Beginning of the codes of classes, or code of the kind of places; nothing for grids.
    #[serde(default)]
    code: String,
    /// So many in each grid; every one there is when absent.
    quota: Option<u32>,
    /// Ids of the areas it is for, with everything under them.
    areas: Vec<u32>,
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// First day after.
    #[schema(format = Date)]
    to: String,
    /// The department that wants it.
    unit: u32,
    /// By what law or decision, 1 to 500 characters.
    basis: String,
    /// What an item takes, without the walk, 1 to 240.
    minutes: u32,
}

impl CampaignIn {
    fn draft(self) -> Answer<Draft> {
        let unknown = || Problem::field("/of", "unknown", "grid, cases or places is taken here");
        let subject = Subject::parse(&self.of, &self.code).ok_or_else(unknown)?;
        if (subject == Subject::Grid) != self.code.is_empty() {
            let why = "cases and places have a code, grids have none";
            return Err(Problem::field("/code", "missing", why));
        }
        Ok(Draft {
            title: Label::new(self.title_zh, self.title_en),
            task: Label::new(self.task_zh, self.task_en),
            subject,
            quota: self.quota,
            areas: self.areas.into_iter().map(AreaId).collect(),
            from: day("/from", &self.from)?,
            to: day("/to", &self.to)?,
            unit: UnitId(self.unit),
            basis: self.basis,
            minutes: self.minutes,
        })
    }
}

/// What a campaign would cost.
#[derive(Serialize, ToSchema)]
struct CostWire {
    counties: Vec<CampaignShare>,
    /// Grids with something to do.
    n_grids: u32,
    /// Grids of its areas in which there is nothing of the kind.
    n_empty: u32,
    /// Workers who have these grids on its first day.
    n_people: u32,
    n_items: u32,
    /// Without the walk.
    minutes: u64,
    /// Of the worker who gets most of it.
    most_minutes: u64,
    n_days: u32,
    /// What other campaigns ask of the same areas in the same days.
    meanwhile_minutes: u64,
}

/// What it would cost in one county.
#[derive(Serialize, ToSchema)]
struct CampaignShare {
    county: u32,
    n_grids: u32,
    n_items: u32,
    minutes: u64,
}

/// A campaign.
#[derive(Serialize, ToSchema)]
struct CampaignWire {
    id: Uuid,
    title_zh: String,
    title_en: String,
    task_zh: String,
    task_en: String,
    /// grid, cases or places.
    of: String,
    code: String,
    /// `null` for every one there is.
    quota: Option<u32>,
    areas: Vec<u32>,
    #[schema(format = Date)]
    from: String,
    #[schema(format = Date)]
    to: String,
    unit: u32,
    basis: String,
    minutes: u32,
    /// proposed, open, refused, stopped or ended.
    state: String,
    /// Why it was stopped; else empty.
    why: String,
    #[schema(value_type = String, format = DateTime)]
    proposed_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    counties: Vec<CountyWire>,
    /// Why items could not be done.
    impossible: Vec<ReasonWire>,
}

/// A county of a campaign.
#[derive(Serialize, ToSchema)]
struct CountyWire {
    county: u32,
    /// asked, admitted or refused.
    word: String,
    n_grids: u32,
    n_items: u32,
    n_done: u32,
    n_impossible: u32,
    /// Why it refused; else empty.
    why: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
}

/// Why items could not be done.
#[derive(Serialize, ToSchema)]
struct ReasonWire {
    /// gone, closed, declined, unsafe, known or other.
    reason: String,
    n: u32,
}

impl CampaignWire {
    fn of(view: &View) -> CampaignWire {
        let it = &view.campaign;
        let d = &it.draft;
        let county = |county: &store::campaign::County| {
            let progress = view.progress.iter().find(|it| it.county == county.county);
            CountyWire {
                county: county.county.0,
                word: county.word.as_str().to_owned(),
                n_grids: county.n_grids,
                n_items: county.n_items,
                n_done: progress.map_or(0, |it| it.done),
                n_impossible: progress.map_or(0, |it| it.impossible),
                why: county.why.clone(),
                decided_at: county.decided,
            }
        };
        let reason = |(reason, n): &(String, u32)| ReasonWire { reason: reason.clone(), n: *n };
        CampaignWire {
            id: it.id.0,
            title_zh: d.title.zh.clone(),
            title_en: d.title.en.clone(),
            task_zh: d.task.zh.clone(),
            task_en: d.task.en.clone(),
            of: d.subject.as_str().to_owned(),
            code: d.subject.code().to_owned(),
            quota: d.quota,
            areas: d.areas.iter().map(|area| area.0).collect(),
            from: d.from.to_string(),
            to: d.to.to_string(),
            unit: d.unit.0,
            basis: d.basis.clone(),
            minutes: d.minutes,
            state: it.state.as_str().to_owned(),
            why: it.why.clone(),
            proposed_at: it.proposed,
            ended_at: it.ended,
            counties: view.counties.iter().map(county).collect(),
            impossible: view.reasons.iter().map(reason).collect(),
        }
    }
}

/// Which campaigns.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CampaignsQuery {
    /// proposed, open (when absent), refused, stopped or ended.
    state: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of campaigns.
#[derive(Serialize, ToSchema)]
struct CampaignsPage {
    /// The newest first.
    items: Vec<CampaignWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// List campaigns
#[utoipa::path(get, path = "/api/v1/campaigns", tag = "work", params(CampaignsQuery), responses(
    (status = 200, description = "Those that touch the caller's area, or that their unit wants", body = CampaignsPage),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<CampaignsQuery>,
) -> Answer<Json<CampaignsPage>> {
    let limit = limit(query.limit, 50)?.min(campaign::PAGE);
    let unknown = || Problem::field("?state", "unknown", "proposed, open, refused, stopped or ended");
    let wanted = match query.state.as_deref() {
        None => CampaignState::Open,
        Some(text) => CampaignState::parse(text).ok_or_else(unknown)?,
    };
    let before = query.cursor.as_deref().map(cursor).transpose()?;
    let (found, next) = campaign::list(&state.app, &who, wanted, before, limit).await?;
    let next = next.map(|(at, id)| format!("{}_{id}", at.as_millisecond()));
    Ok(Json(CampaignsPage { items: found.iter().map(CampaignWire::of).collect(), next }))
}

fn cursor(text: &str) -> Answer<(Timestamp, CampaignId)> {
    let bad = || Problem::field("?cursor", "format", "take `next` of the page before as it is");
    let (ms, id) = text.split_once('_').ok_or_else(bad)?;
    let at = ms.parse().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or_else(bad)?;
    Ok((at, CampaignId(id.parse().map_err(|_| bad())?)))
}

/// What a campaign would cost
///
/// Grids, people, items and minutes, by county. A quota beyond what exists in a grid is refused with the true number.
#[utoipa::path(post, path = "/api/v1/campaigns/preview", tag = "work", request_body = CampaignIn, responses(
    (status = 200, description = "Nothing is entered", body = CostWire),
    (status = 422, description = "Fields make no sense, or less exists than is asked for")))]
async fn preview(
    Shared(state): Shared<State>,
    who: Who,
    Json(body): Json<CampaignIn>,
) -> Answer<Json<CostWire>> {
    let seen = campaign::preview(&state.app, &who, &body.draft()?).await?;
    let share = |it: &campaign::Share| CampaignShare {
        county: it.county.0,
        n_grids: it.n_grids,
        n_items: it.n_items,
        minutes: it.minutes,
    };
    Ok(Json(CostWire {
        counties: seen.shares.iter().map(share).collect(),
        n_grids: seen.grids.len() as u32,
        n_empty: seen.n_empty,
        n_people: seen.n_people,
        n_items: seen.n_items,
        minutes: seen.minutes,
        most_minutes: seen.most_minutes,
        n_days: seen.n_days,
        meanwhile_minutes: seen.meanwhile_minutes,
    }))
}

/// One campaign
#[utoipa::path(get, path = "/api/v1/campaigns/{id}", tag = "work",
    params(("id" = Uuid, Path, description = "The campaign")), responses(
    (status = 200, description = "With its counties and how far it has come", body = CampaignWire),
    (status = 404, description = "No such campaign, or not the caller's")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(text): Named) -> Answer<Json<CampaignWire>> {
    let view = campaign::one(&state.app, &who, CampaignId(id(&text)?)).await?;
    Ok(Json(CampaignWire::of(&view)))
}

/// Propose a campaign
///
/// Each county that it touches is asked.
#[utoipa::path(put, path = "/api/v1/campaigns/{id}", tag = "work", request_body = CampaignIn,
    params(("id" = Uuid, Path, description = "UUIDv7 made by the caller; the same twice is one campaign")), responses(
    (status = 201, description = "Proposed", body = CampaignWire),
    (status = 200, description = "It was sent before", body = CampaignWire),
    (status = 409, description = "Others are acting on it"),
    (status = 422, description = "Fields make no sense, less exists than is asked for, or the id was used")))]
async fn propose(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    Json(body): Json<CampaignIn>,
) -> Answer<Response> {
    let id = CampaignId(new_id(&text)?);
    let proposed = campaign::propose(&state.app, &who, id, &body.draft()?).await?;
    Ok(made(proposed.replayed, &CampaignWire::of(&proposed.now)))
}

/// A county's yes or no.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AdmissionIn {
    /// Id of the county; the caller's area when absent.
    county: Option<u32>,
    admitted: bool,
    /// Why it is refused, 1 to 500 characters.
    why: Option<String>,
}

/// Admit or refuse a campaign
///
/// For one county, by its desk. From the yes on its grids have the work, as much as exists in them then.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/admission", tag = "work", request_body = AdmissionIn,
    params(("id" = Uuid, Path, description = "The campaign"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key decides once")), responses(
    (status = 200, description = "Decided", body = CampaignWire),
    (status = 404, description = "No such campaign, not in this county, or not the caller's to decide"),
    (status = 409, description = "The county has decided, or the campaign is over"),
    (status = 422, description = "Fields make no sense, less exists than is asked for, or the key was used")))]
async fn admit(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
    Json(body): Json<AdmissionIn>,
) -> Answer<Response> {
    let admission = match (body.admitted, body.why) {
        (true, None) => Admission::Admit,
        (true, Some(_)) => return Err(Problem::field("/why", "conflict", "only a refusal says why")),
        (false, why) => Admission::Refuse { why: why.unwrap_or_default() },
    };
    let county = body.county.map_or(who.area, AreaId);
    let (id, key) = (CampaignId(id(&text)?), act_key(&headers)?);
    let decided = campaign::admit(&state.app, &who, id, county, key, &admission).await?;
    Ok(done(decided.replayed, &CampaignWire::of(&decided.now)))
}

/// Why a campaign is stopped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StopIn {
    /// 1 to 500 characters.
    why: String,
}

/// Stop a campaign
///
/// Before its last day; after that it ends by itself.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/stop", tag = "work", request_body = StopIn,
    params(("id" = Uuid, Path, description = "The campaign"),
        ("Idempotency-Key" = Option<Uuid>, Header, description = "The same key does it once")), responses(
    (status = 200, description = "Stopped", body = CampaignWire),
    (status = 404, description = "No such campaign, or not the caller's"),
    (status = 409, description = "It is over already"),
    (status = 422, description = "Fields make no sense, or the key was used")))]
async fn stop(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    headers: HeaderMap,
    Json(body): Json<StopIn>,
) -> Answer<Response> {
    let (id, key) = (CampaignId(id(&text)?), act_key(&headers)?);
    let stopped = campaign::stop(&state.app, &who, id, key, &body.why).await?;
    Ok(done(stopped.replayed, &CampaignWire::of(&stopped.now)))
}

/// Where the work of a campaign is looked at.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct GridsQuery {
    /// In this area (id) and everything under it; one's own when absent.
    area: Option<u32>,
}

/// The work of a campaign by grid.
#[derive(Serialize, ToSchema)]
struct ErrandsWire {
    /// At most 1,000.
    items: Vec<ErrandLine>,
}

/// The work of a campaign in one grid.
#[derive(Serialize, ToSchema)]
pub(super) struct ErrandLine {
    id: Uuid,
    grid: u32,
    n_asked: u32,
    n_done: u32,
    n_impossible: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_at: Option<Timestamp>,
}

impl ErrandLine {
    /// As lists show it.
    pub(super) fn of(it: &Errand) -> ErrandLine {
        ErrandLine {
            id: it.id.0,
            grid: it.grid.0,
            n_asked: it.n_asked,
            n_done: it.n_done,
            n_impossible: it.n_impossible,
            last_at: it.last,
        }
    }
}

/// The work of a campaign by grid
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/errands", tag = "work",
    params(("id" = Uuid, Path, description = "The campaign"), GridsQuery), responses(
    (status = 200, description = "From each county's yes on", body = ErrandsWire),
    (status = 404, description = "No such campaign or area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense")))]
async fn grids(
    Shared(state): Shared<State>,
    who: Who,
    Named(text): Named,
    Query(query): Query<GridsQuery>,
) -> Answer<Json<ErrandsWire>> {
    let found = campaign::grids(&state.app, &who, CampaignId(id(&text)?), query.area.map(AreaId)).await?;
    Ok(Json(ErrandsWire { items: found.iter().map(ErrandLine::of).collect() }))
}
