//! Forms: listed, looked at in any version, previewed and saved as JSON or as an XLSForm workbook; and the list of data
//! elements that are known, so that no form asks for them.

use app::AppError;
use app::form::{self, Defaults, FormDifference, FormView, read_xlsform};
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use domain::form::{Asked, Elements, FormDoc, FormUse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::settings::{DifferenceWire, SavedWire, difference, saved, seen, versioned};
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query, bytes_of, json_of};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(preview))
        .routes(routes!(one, save))
        .routes(routes!(elements, save_elements))
}

/// Which forms.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FormsQuery {
    /// inspection or observation; both when absent.
    #[serde(rename = "use")]
    used: Option<String>,
    /// true shows also those that take no new answers.
    #[serde(default)]
    retired: bool,
}

/// Which version.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct VersionQuery {
    /// The one that stands when absent.
    version: Option<u32>,
}

/// What a workbook need not say.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FormFileQuery {
    /// Code of the form, in place of `form_id`.
    code: Option<String>,
    /// Department that asks.
    owner: Option<String>,
    /// inspection or observation.
    #[serde(rename = "use")]
    used: Option<String>,
    /// Estimated minutes.
    minutes: Option<u16>,
}

/// A form in a list.
#[derive(Serialize, ToSchema)]
pub struct FormRowWire {
    code: String,
    /// Version that stands.
    version: u32,
    title_zh: String,
    title_en: String,
    /// Code of the department that asks.
    owner: String,
    /// inspection or observation.
    #[serde(rename = "use")]
    used: String,
    /// Estimated minutes.
    minutes: u16,
    /// How many questions it asks.
    questions: usize,
    /// Takes no new answers.
    retired: bool,
    /// Questions that ask what is known already.
    asks_known: Vec<FormAskedWire>,
}

/// A question that asks what is known.
#[derive(Serialize, ToSchema)]
pub struct FormAskedWire {
    question: String,
    /// Code of the data element.
    element: String,
    /// Where it is held.
    held: String,
    /// The form says so itself; else its words say it.
    said: bool,
}

impl From<Asked> for FormAskedWire {
    fn from(it: Asked) -> FormAskedWire {
        FormAskedWire { question: it.question, element: it.element, held: it.held, said: it.said }
    }
}

impl From<form::Listed> for FormRowWire {
    fn from(it: form::Listed) -> FormRowWire {
        FormRowWire {
            code: it.code,
            version: it.version,
            title_zh: it.title.zh,
            title_en: it.title.en,
            owner: it.owner,
            used: it.used.as_str().to_owned(),
            minutes: it.minutes,
            questions: it.questions,
            retired: it.retired,
            asks_known: it.asks_known.into_iter().map(FormAskedWire::from).collect(),
        }
    }
}

/// Forms.
#[derive(Serialize, ToSchema)]
struct FormsWire {
    items: Vec<FormRowWire>,
}

/// A form in one version.
#[derive(Serialize, ToSchema)]
struct FormWire {
    version: u32,
    /// `code`, `title`, `owner`, `use`, `minutes`, `class` and `items` (`name`, `type`, `label`, `hint`, `within`,
    /// `required`, `constraint`, `says`, `relevant`, `choices`, `element`, `fails`, `class`).
    #[schema(value_type = Object)]
    form: Value,
    /// Questions that ask what is known already.
    asks_known: Vec<FormAskedWire>,
}

/// What a form would change.
#[derive(Serialize, ToSchema)]
struct FormDifferenceWire {
    /// Code of the form.
    code: String,
    /// Version that stands now; 0 for a new form.
    version: u32,
    /// By name.
    items: DifferenceWire,
    /// Of title, owner, minutes and the like.
    head: DifferenceWire,
    /// Questions that ask what is known already: flagged, not refused.
    asks_known: Vec<FormAskedWire>,
    /// What of a workbook was passed over, in words.
    notes: Vec<String>,
    /// The form as it would be kept.
    #[schema(value_type = Object)]
    form: Value,
}

/// Data elements that are known.
#[derive(Serialize, ToSchema)]
struct ElementsWire {
    /// 0 as long as none were saved.
    version: u32,
    /// Each with `code`, names in `zh` and `en` as they stand in forms, and where it is `held`.
    #[schema(value_type = Vec<Object>)]
    elements: Value,
}

/// Forms
#[utoipa::path(get, path = "/api/v1/forms", tag = "forms", params(FormsQuery), responses(
    (status = 200, description = "Those that stand, by code", body = FormsWire),
    (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    _: Who,
    Query(query): Query<FormsQuery>,
) -> Answer<Json<FormsWire>> {
    let used = query.used.as_deref().map(use_of).transpose()?;
    let mut items = form::forms(&state.app, query.retired).await?;
    items.retain(|it| used.is_none_or(|used| it.used == used));
    Ok(Json(FormsWire { items: items.into_iter().map(FormRowWire::from).collect() }))
}

/// One form
///
/// Any version that ever stood: what was filled in with an old one is read by it.
#[utoipa::path(get, path = "/api/v1/forms/{code}", tag = "forms",
    params(("code" = String, Path, description = "Code of the form"), VersionQuery), responses(
    (status = 200, description = "`ETag` names the version", body = FormWire),
    (status = 404, description = "No such form, or no such version")))]
async fn one(
    Shared(state): Shared<State>,
    _: Who,
    Named(code): Named,
    Query(query): Query<VersionQuery>,
) -> Answer<Response> {
    let FormView { version, form, asks_known } = match query.version {
        None => form::form(&state.app, &code).await?,
        Some(version) => form::of_version(&state.app, &code, version).await?,
    };
    let form = serde_json::to_value(&form.doc).expect("forms are plain data");
    let asks_known = asks_known.into_iter().map(FormAskedWire::from).collect();
    Ok(versioned(version, &FormWire { version, form, asks_known }))
}

/// Preview a form
///
/// As JSON, or as an XLSForm workbook. Nothing is saved. Everything that is wrong is named: of a workbook by sheet, row and
/// column, of an expression by its character.
#[utoipa::path(post, path = "/api/v1/forms/preview", tag = "forms", params(FormFileQuery),
    request_body(content((Object = "application/json"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "What would change", body = FormDifferenceWire),
    (status = 400, description = "No JSON"),
    (status = 404, description = "Not the caller's to say"),
    (status = 422, description = "It does not hold together", body = Problem, content_type = "application/problem+json")))]
async fn preview(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<FormFileQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<FormDifferenceWire>> {
    let sent = Sent::read(&headers, body, query.defaults()?).await?;
    let FormDifference { version, items, head, asks_known } =
        form::preview(&state.app, &who, sent.doc()).await.map_err(|no| sent.placed(no))?;
    Ok(Json(FormDifferenceWire {
        code: sent.doc().code.clone(),
        version,
        items: difference(items),
        head: difference(head),
        asks_known: asks_known.into_iter().map(FormAskedWire::from).collect(),
        form: serde_json::to_value(sent.doc()).expect("forms are plain data"),
        notes: sent.notes(),
    }))
}

/// Save a form
///
/// As JSON, or as an XLSForm workbook. It is the next version, and what was filled in with an older one is still taken.
#[utoipa::path(put, path = "/api/v1/forms/{code}", tag = "forms",
    params(("code" = String, Path, description = "Code of the form"), FormFileQuery,
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")),
    request_body(content((Object = "application/json"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    responses((status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 400, description = "No JSON"),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "It does not hold together", body = Problem, content_type = "application/problem+json")))]
async fn save(
    Shared(state): Shared<State>,
    who: Who,
    Named(code): Named,
    Query(query): Query<FormFileQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let defaults = Defaults { code: Some(code.clone()), ..query.defaults()? };
    let sent = Sent::read(&headers, body, defaults).await?;
    if sent.doc().code != code {
        let detail = format!("the address says {code}; send the same code, or leave it out of the workbook");
        return Err(Problem::field("/code", "conflict", detail));
    }
    let version = form::save(&state.app, &who, seen(&headers)?, sent.doc()).await;
    Ok(saved(version.map_err(|no| sent.placed(no))?))
}

/// Known data elements
#[utoipa::path(get, path = "/api/v1/elements", tag = "forms",
    responses((status = 200, description = "As they were saved; `ETag` names the version", body = ElementsWire)))]
async fn elements(Shared(state): Shared<State>, _: Who) -> Answer<Response> {
    let kept = form::elements(&state.app).await?;
    let elements = serde_json::to_value(&kept.body.elements).expect("elements are plain data");
    Ok(versioned(kept.version, &ElementsWire { version: kept.version, elements }))
}

/// Save the known data elements
#[utoipa::path(put, path = "/api/v1/elements", tag = "forms", request_body = Object,
    params(("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Saved; `ETag` names the version", body = SavedWire),
    (status = 404, description = "Not the caller's to say"),
    (status = 412, description = "They were changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "They make no sense", body = Problem, content_type = "application/problem+json")))]
async fn save_elements(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(list): Json<Elements>,
) -> Answer<Response> {
    Ok(saved(form::save_elements(&state.app, &who, seen(&headers)?, &list).await?))
}

impl FormFileQuery {
    fn defaults(self) -> Answer<Defaults> {
        let used = self.used.as_deref().map(use_of).transpose()?;
        Ok(Defaults { code: self.code, owner: self.owner, used, minutes: self.minutes })
    }
}

fn use_of(text: &str) -> Answer<FormUse> {
    match text {
        "inspection" => Ok(FormUse::Inspection),
        "observation" => Ok(FormUse::Observation),
        _ => Err(Problem::field("?use", "unknown", "inspection or observation is taken here")),
    }
}

/// A form as it was sent.
enum Sent {
    Json(Box<FormDoc>),
    Book(Box<form::XlsForm>),
}

impl Sent {
    async fn read(headers: &HeaderMap, body: Body, defaults: Defaults) -> Answer<Sent> {
        let media = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/json" => Ok(Sent::Json(Box::new(json_of(&bytes_of(body).await?)?))),
            XLSX | "application/octet-stream" => {
                let bytes = bytes_of(body).await?;
                let reading = tokio::task::spawn_blocking(move || read_xlsform(&bytes, &defaults));
                Ok(Sent::Book(Box::new(reading.await.expect("reading a workbook does not panic")?)))
            }
            _ => Err(Problem::new(Code::UnsupportedMedia)
                .detail(format!("send application/json, or a workbook as {XLSX}"))),
        }
    }

    fn doc(&self) -> &FormDoc {
        match self {
            Sent::Json(doc) => doc,
            Sent::Book(book) => &book.doc,
        }
    }

    fn notes(&self) -> Vec<String> {
        match self {
            Sent::Json(_) => Vec::new(),
            Sent::Book(book) => book.notes.clone(),
        }
    }

    /// Faults of a workbook are told in its own cells.
    fn placed(&self, error: AppError) -> AppError {
        match (self, error) {
            (Sent::Book(book), AppError::Invalid(fields)) => {
                AppError::Invalid(fields.into_iter().map(|it| book.placed(it)).collect())
            }
            (_, error) => error,
        }
    }
}
