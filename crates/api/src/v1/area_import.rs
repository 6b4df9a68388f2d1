//! Files of areas and outlines over HTTP: the same use case as the command line's `import areas`.

use app::App;
use app::area::import::{Finding, Read, Spot, Weight, read_csv, read_features, read_geojson};
use app::import::{ImportError, ImportedAreas, import_areas};
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, header};
use domain::geo::Crs;
use domain::policy::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::areas::day;
use super::crs::crs;
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, FieldProblem, Problem};
use crate::read::{Json, Query, bytes_of, json_of};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(import))
}

/// How a file is taken.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ImportQuery {
    /// From which day on it is true; today when absent.
    #[param(format = Date)]
    on: Option<String>,
    /// Of the outlines: wgs84 (when absent), gcj02 or bd09.
    crs: Option<String>,
    /// true only says what would be done.
    #[serde(default)]
    preview: bool,
}

/// Areas and their outlines together. Each may also be sent by itself, as `text/csv` or `application/geo+json`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportBody {
    /// CSV in UTF-8 with a heading: code, name_zh and, as far as known, parent, kind, name_en, pinyin.
    areas: Option<String>,
    /// A GeoJSON feature collection of Polygons and MultiPolygons, each with the property `code`.
    #[schema(value_type = Option<Object>)]
    outlines: Option<Value>,
}

/// Something in a file that a person should look at.
#[derive(Serialize, ToSchema)]
struct FindingWire {
    /// Row of the CSV as a spreadsheet counts, the heading being 1.
    row: Option<usize>,
    /// Feature of the GeoJSON, counted from 1.
    feature: Option<usize>,
    /// Column or property.
    column: Option<String>,
    /// What is wrong, and what would put it right.
    says: String,
    /// `left_out` and `in_the_way` keep the whole file out; `put_right` and `noted` do not.
    weight: &'static str,
}

impl From<&Finding> for FindingWire {
    fn from(finding: &Finding) -> FindingWire {
        let (row, feature) = match finding.at {
            Spot::File => (None, None),
            Spot::Row(n) => (Some(n), None),
            Spot::Feature(n) => (None, Some(n)),
        };
        let weight = match finding.weight {
            Weight::LeftOut => "left_out",
            Weight::PutRight => "put_right",
            Weight::Noted => "noted",
            Weight::InTheWay => "in_the_way",
        };
        FindingWire { row, feature, column: finding.column.clone(), says: finding.message.clone(), weight }
    }
}

/// What a file does to the areas.
#[derive(Serialize, ToSchema)]
struct ImportWire {
    /// From which day on.
    #[schema(format = Date)]
    on: Option<String>,
    /// Areas that begin.
    new: usize,
    /// Areas that go on with another name, parent or outline.
    changed: usize,
    /// Grids among both.
    grids: usize,
    /// The first hundred.
    findings: Vec<FindingWire>,
    /// How many there are in all.
    total_findings: usize,
    /// Whether it was done; false for a preview.
    done: bool,
}

/// Import areas
///
/// CSV and GeoJSON as the command line takes them; nothing is kept when anything stands in the way. Ask with
/// `preview=true` first. For administrators.
#[utoipa::path(post, path = "/api/v1/areas/import", tag = "areas", params(ImportQuery),
    request_body(content((ImportBody = "application/json"), (String = "text/csv"), (Object = "application/geo+json"))),
    responses((status = 200, description = "What was done, or would be", body = ImportWire),
        (status = 400, description = "No JSON, or not in UTF-8"),
        (status = 403, description = "Not an administrator of an area the file touches"),
        (status = 409, description = "Someone else changed the areas meanwhile"),
        (status = 413, description = "More than 20 MB"),
        (status = 422, description = "Nothing was kept: each row or feature that stands in the way is a field")))]
async fn import(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<ImportQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<ImportWire>> {
    let system = crs(query.crs.as_deref(), "?crs")?;
    let on = query.on.as_deref().map(|it| day(it, "?on")).transpose()?;
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kinds = "send text/csv, application/geo+json, or application/json with `areas` and `outlines`";
    if !["text/csv", "application/geo+json", "application/json"].contains(&media.as_str()) {
        return Err(Problem::new(Code::UnsupportedMedia).detail(kinds));
    }
    let bytes = bytes_of(body).await?;
    let reading = tokio::task::spawn_blocking(move || read(&media, &bytes, system));
    let read = reading.await.expect("reading a file does not panic")?;
    let done = done(&state.app, &who, &read, on, query.preview).await?;
    if !done.is_done && !query.preview {
        return Err(in_the_way(&done));
    }
    Ok(Json(ImportWire {
        on: done.on.map(|day| day.to_string()),
        new: done.n_new,
        changed: done.n_changed,
        grids: done.n_grids,
        findings: done.findings.iter().map(FindingWire::from).collect(),
        total_findings: done.n_findings,
        done: done.is_done,
    }))
}

fn read(media: &str, bytes: &[u8], system: Crs) -> Answer<Read> {
    match media {
        "text/csv" => return Ok(read_csv(bytes)),
        "application/geo+json" => return Ok(read_geojson(bytes, system)),
        _ => {}
    }
    let body: ImportBody = json_of(bytes)?;
    let outlines = body.outlines.as_ref().map(|outlines| read_features(outlines, system));
    let missing = || Problem::field("/areas", "missing", "give areas (CSV), outlines (GeoJSON) or both");
    match (body.areas, outlines) {
        (None, None) => Err(missing()),
        (None, Some(outlines)) => Ok(outlines),
        (Some(areas), outlines) => {
            let mut read = read_csv(areas.as_bytes());
            if let Some(outlines) = outlines {
                read.with_outlines(outlines);
            }
            Ok(read)
        }
    }
}

async fn done(
    app: &App,
    who: &Actor,
    read: &Read,
    on: Option<jiff::civil::Date>,
    is_preview: bool,
) -> Answer<ImportedAreas> {
    import_areas(app, who, read, on, is_preview).await.map_err(|error| match error {
        ImportError::App(error) => error.into(),
        other => Problem::new(Code::Invalid).detail(other.to_string()),
    })
}

/// Why a file was kept out: a field for each row or feature.
fn in_the_way(done: &ImportedAreas) -> Problem {
    let field = |it: &Finding| {
        let column = it.column.as_deref().map_or(String::new(), |column| format!("/{column}"));
        let path = match it.at {
            Spot::File => column,
            Spot::Row(n) => format!("/areas/row/{n}{column}"),
            Spot::Feature(n) => format!("/outlines/features/{}{column}", n - 1),
        };
        FieldProblem { path, code: "invalid".into(), detail: it.message.clone() }
    };
    let keeps_out = done.findings.iter().filter(|it| matches!(it.weight, Weight::LeftOut | Weight::InTheWay));
    let says = format!("nothing was kept: {} findings; mend the file and send it again", done.n_findings);
    Problem::new(Code::Invalid).detail(says).fields(keeps_out.map(field).collect())
}
