//! Files for people: the ranking as it circulates, the brief, the table that a department fills in.

use app::index::paper;
use app::index::sheets::{Lang, ranking_workbook};
use axum::extract::State as Shared;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use domain::month::Month;
use serde::Deserialize;
use sheet::{CsvStart, Table, to_csv, to_xlsx};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::named;
use crate::brief;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Named, Query};
use crate::v1::state::State;
use crate::v1::who::Who;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv; charset=utf-8";

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(workbook)).routes(routes!(page)).routes(routes!(template))
}

/// In which language.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum LangWire {
    #[default]
    Zh,
    En,
}

impl From<LangWire> for Lang {
    fn from(lang: LangWire) -> Lang {
        match lang {
            LangWire::Zh => Lang::Zh,
            LangWire::En => Lang::En,
        }
    }
}

/// In which language.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WorkbookQuery {
    /// zh or en; zh when absent.
    #[serde(default)]
    #[param(inline)]
    lang: LangWire,
}

/// Of what, in which language.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct BriefQuery {
    /// Code of one county; of the whole city when absent.
    county: Option<String>,
    /// zh or en; zh when absent.
    #[serde(default)]
    #[param(inline)]
    lang: LangWire,
}

/// As what kind of file.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Xlsx,
    Csv,
}

/// Which table.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct TemplateQuery {
    /// The month that is asked for, as `2026-09`.
    #[param(value_type = String)]
    month: Month,
    /// Code or name of the department; one's own when absent.
    department: Option<String>,
    /// xlsx, with a sheet of definitions, or csv; xlsx when absent.
    #[serde(default)]
    #[param(inline)]
    format: Kind,
    /// zh or en; zh when absent. Both are read when the file comes back.
    #[serde(default)]
    #[param(inline)]
    lang: LangWire,
}

/// The ranking as a workbook
///
/// As it circulates: ranks with their intervals, a sheet for each dimension, weak links, what is missing and how it was
/// made. What is not published says on every sheet that it is a draft.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/ranking.xlsx", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), WorkbookQuery), responses(
    (status = 200, description = "The workbook", body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 404, description = "No such edition, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn workbook(
    Shared(state): Shared<State>,
    who: Who,
    Named(name): Named,
    Query(query): Query<WorkbookQuery>,
) -> Answer<Response> {
    let lang = query.lang.into();
    let found = named::edition(&state, &who, &name).await?;
    let (found, ranking, _) = paper::ranking(&state.app, &who, found.id, lang).await?;
    let file = format!("ranking-{}.{}.xlsx", found.month, found.revision);
    let bytes = named::off(move || xlsx(&ranking_workbook(&ranking, lang))).await?;
    Ok(attached(bytes, XLSX, &file))
}

/// The brief
///
/// One page of A4 to read or print, of the city or of one county: ranking, three weak links, what moved, what is
/// missing, where the numbers come from. No script, nothing from outside.
#[utoipa::path(get, path = "/api/v1/index/editions/{edition}/brief", tag = "index",
    params(("edition" = String, Path, description = named::EDITION), BriefQuery), responses(
    (status = 200, description = "The page", body = String, content_type = "text/html"),
    (status = 404, description = "No such edition or county, or not the caller's to see"),
    (status = 422, description = "A parameter makes no sense")))]
async fn page(
    Shared(state): Shared<State>,
    who: Who,
    Named(name): Named,
    Query(query): Query<BriefQuery>,
) -> Answer<Response> {
    let lang = query.lang.into();
    let found = named::edition(&state, &who, &name).await?;
    let (_, ranking, codes) = paper::ranking(&state.app, &who, found.id, lang).await?;
    let place = |code: &String| codes.iter().position(|it| it == code).ok_or(Problem::new(Code::NotFound));
    let county = query.county.as_ref().map(place).transpose()?;
    let mut response = Html(brief::draw(&ranking, county, lang).into_string()).into_response();
    let policy = HeaderValue::from_static(brief::POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// The table that a department fills in
///
/// A row for each of its indicators and base figures in each county, with what is signed already; what is not asked for
/// is grey. The workbook has a second sheet that says what each indicator means and what was handed in the month before.
#[utoipa::path(get, path = "/api/v1/index/template", tag = "index", params(TemplateQuery), responses(
    (status = 200, description = "The file", content(
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (Vec<u8> = "text/csv"))),
    (status = 404, description = "No such department, or not the caller's to see"),
    (status = 409, description = "There is no framework, or it asks nothing of the department", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter makes no sense")))]
async fn template(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<TemplateQuery>,
) -> Answer<Response> {
    let asked = query.department.as_deref();
    let (unit, tables) = paper::blank(&state.app, &who, asked, query.month, query.lang.into()).await?;
    let file =
        |ending: &str| format!("figures-{}-{}.{ending}", unit.replace(['/', '"', '\\'], "-"), query.month);
    match query.format {
        Kind::Csv => Ok(attached(to_csv(&tables[0], CsvStart::Bom), CSV, &file("csv"))),
        Kind::Xlsx => {
            let name = file("xlsx");
            Ok(attached(named::off(move || xlsx(&tables)).await?, XLSX, &name))
        }
    }
}

fn xlsx(tables: &[Table]) -> Result<Vec<u8>, app::AppError> {
    to_xlsx(tables).map_err(|why| app::AppError::Blocked { why: why.to_string() })
}

fn attached(bytes: Vec<u8>, kind: &'static str, file: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let value = HeaderValue::from_str(&format!("attachment; filename=\"{file}\""));
    headers.insert(header::CONTENT_DISPOSITION, value.expect("codes and months are plain"));
    response
}
