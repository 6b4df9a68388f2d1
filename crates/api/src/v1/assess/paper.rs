//! Files for people: the day's table as it circulates, as a workbook or CSV, and the brief.

use app::assess::areas::{self, Asked, Ranking};
use app::assess::count::days_of;
use app::assess::{day as days, paper, small};
use app::index::sheets::Lang;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use domain::policy::ScoreAct;
use jiff::civil::Date;
use serde::Deserialize;
use sheet::{CsvStart, to_csv};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::brief;
use super::ranking::RankingQuery;
use crate::brief::POLICY;
use crate::problem::{Answer, Problem};
use crate::read::Query;
use crate::v1::state::State;
use crate::v1::who::Who;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(workbook)).routes(routes!(plain)).routes(routes!(page))
}

/// In which language.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum LangWire {
    #[default]
    Zh,
    En,
}

/// Which table.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    /// county, township, community or grid; county when absent, or the level below `below`.
    level: Option<String>,
    /// Code or id of an area: only what lies below it.
    below: Option<String>,
    /// The last day; yesterday when absent.
    day: Option<String>,
    /// So many days, ending with it; 1 when absent.
    days: Option<u16>,
    /// A whole month instead, as `2026-10`; below the counties nothing else is given as a file.
    month: Option<String>,
    /// zh or en; zh when absent.
    #[serde(default)]
    #[param(inline)]
    lang: LangWire,
}

impl FileQuery {
    fn lang(&self) -> Lang {
        match self.lang {
            LangWire::Zh => Lang::Zh,
            LangWire::En => Lang::En,
        }
    }

    fn asked(&self, state: &State) -> Answer<Asked> {
        let ranking = RankingQuery::of(self.level.clone(), self.below.clone(), self.day.clone(), self.days);
        let asked = ranking.asked(state)?;
        let Some(month) = &self.month else {
            return Ok(Asked { days: Some(self.days.unwrap_or(1)), ..asked });
        };
        if self.day.is_some() || self.days.is_some() {
            return Err(Problem::field("?month", "conflict", "either a month, or a day with days"));
        }
        let (from, to) = days_of(super::month(month)?);
        let n = from.until(to).map_or(0, |span| span.get_days()) + 1;
        Ok(Asked { to, days: u16::try_from(n).ok(), ..asked })
    }
}

async fn found(state: &State, who: &Who, query: &FileQuery) -> Answer<Ranking> {
    app::assess::may(&state.app, who, ScoreAct::Export)?;
    let asked = query.asked(state)?;
    let found = areas::ranking(&state.app, who, asked).await?;
    small::may_go_out(found.level, found.from, found.to)?;
    Ok(found)
}

fn name(found: &Ranking, ending: &str) -> String {
    format!("assessment-{}-{}.{ending}", found.level.name(), found.to)
}

/// The table as a workbook
///
/// As it circulates: areas as rows under a head of two lines, rates with what they are made of, what stood open at midnight;
/// a second sheet says how it was made. Below the counties a file holds a whole month, and counts of few are starred.
#[utoipa::path(get, path = "/api/v1/assess/ranking.xlsx", tag = "assess", params(FileQuery), responses(
    (status = 200, description = "The workbook", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 404, description = "No such area, or no book of any of these days"),
    (status = 422, description = "A parameter makes no sense")))]
async fn workbook(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<FileQuery>,
) -> Answer<Response> {
    let found = found(&state, &who, &query).await?;
    let (city, lang, file) = (state.app.city(), query.lang(), name(&found, "xlsx"));
    let work = move || paper::workbook(&city, &found, lang);
    let bytes = tokio::task::spawn_blocking(work).await.expect("writing a workbook does not panic")?;
    Ok(attached(bytes, XLSX, &file))
}

/// The table as CSV
#[utoipa::path(get, path = "/api/v1/assess/ranking.csv", tag = "assess", params(FileQuery), responses(
    (status = 200, description = "UTF-8 with a mark at its beginning, so that spreadsheets read it", body = Vec<u8>, content_type = "text/csv"),
    (status = 404, description = "No such area, or no book of any of these days"),
    (status = 422, description = "A parameter makes no sense")))]
async fn plain(Shared(state): Shared<State>, who: Who, Query(query): Query<FileQuery>) -> Answer<Response> {
    let found = found(&state, &who, &query).await?;
    let city = state.app.city();
    let table = paper::table(&city, &found, query.lang());
    Ok(attached(to_csv(&table, CsvStart::Bom), CSV, &name(&found, "csv")))
}

/// The brief
///
/// One page of A4 to read or print: what was found, the ranking with intervals, nine rates, where the numbers come from. No
/// script, nothing from outside.
#[utoipa::path(get, path = "/api/v1/assess/brief", tag = "assess", params(FileQuery), responses(
    (status = 200, description = "The page", body = String, content_type = "text/html"),
    (status = 404, description = "No such area, or no book of any of these days"),
    (status = 422, description = "A parameter makes no sense")))]
async fn page(Shared(state): Shared<State>, who: Who, Query(query): Query<FileQuery>) -> Answer<Response> {
    let found = found(&state, &who, &query).await?;
    let hash = hash(&state, &who, found.to).await?;
    let page = brief::draw(&state.app.city(), &found, hash.as_deref(), query.lang()).into_string();
    let mut response = Html(page).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

async fn hash(state: &State, who: &Who, day: Date) -> Answer<Option<String>> {
    Ok(days::list(&state.app, who, day, day).await?.pop().map(|it| it.sha256.to_string()))
}

fn attached(bytes: Vec<u8>, kind: &'static str, file: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let value = HeaderValue::from_str(&format!("attachment; filename=\"{file}\""));
    headers.insert(header::CONTENT_DISPOSITION, value.expect("levels and days are plain"));
    response
}
