//! The care register: putting someone on it, opening and keeping entries, what the person is given. Every reading has a
//! reason and is on record before it is answered; what one may not see does not exist.

use app::care::{self, Asked, Correction, Keeping, NewEntry};
use axum::Extension;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::care::{Ended, ReadReason};
use domain::id::{ActId, AreaId, CareId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::word;
use super::acts_of::{acts_of, read};
use super::care_wire::{BasisWire, CareEntryWire, ParticularsWire, ReadingWire, TermsWire, category, needs};
use super::case::{key, seen};
use super::edited::day;
use super::state::State;
use super::who::Who;
use crate::edge::From;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Private, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(counts))
        .routes(routes!(look_up))
        .routes(routes!(enrol, open))
        .routes(routes!(act))
        .routes(routes!(readers))
        .routes(routes!(export))
        .routes(routes!(give_code))
        .routes(routes!(shown))
}

/// Someone to be put on the register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EntryIn {
    /// Id of the grid; the grid of the point goes before it, and a worker's only grid does when neither is there.
    grid: Option<u32>,
    person: ParticularsWire,
    terms: TermsWire,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
struct EnrolledWire {
    id: Uuid,
    /// The first visit.
    visit: Uuid,
    /// When that is due.
    #[schema(format = Date)]
    due: String,
}

/// Put someone on the register
///
/// With a legal basis or not at all; the first visit is planned. The id is the key: sent again, it gives the same entry.
#[utoipa::path(put, path = "/api/v1/care/{id}", tag = "care", request_body = EntryIn,
    params(("id" = Uuid, Path, description = "Made by the caller (UUIDv7)")), responses(
    (status = 201, description = "On the register", body = EnrolledWire),
    (status = 200, description = "The same was sent before", body = EnrolledWire),
    (status = 404, description = "No such grid, or not the caller's"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the id was used for another", body = Problem, content_type = "application/problem+json")))]
async fn enrol(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Private(asked): Private<EntryIn>,
) -> Answer<Response> {
    let new =
        NewEntry { grid: asked.grid.map(AreaId), person: asked.person.read()?, terms: asked.terms.read()? };
    let done = care::enrol(&state.app, &who, CareId(id_of(&id)?), &new).await?;
    let wire = EnrolledWire { id: done.id.0, visit: done.visit.0, due: done.due.to_string() };
    let status = if done.replayed { StatusCode::OK } else { StatusCode::CREATED };
    Ok(unkept((status, Json(wire)).into_response()))
}

/// Why an entry is opened.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OpenQuery {
    /// visit, round, ladder, referral, review, correction, person_asked or purpose; told to the person.
    reason: String,
}

/// Open an entry
///
/// For workers of its grid on days of duty, and for whoever holds a purpose that covers it. The reading is on record,
/// with its reason, before this is answered.
#[utoipa::path(get, path = "/api/v1/care/{id}", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the entry"), OpenQuery), responses(
    (status = 200, description = "The entry; `ETag` is its revision", body = CareEntryWire),
    (status = 404, description = "No such entry, or not the caller's to see"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "No such reason", body = Problem, content_type = "application/problem+json")))]
async fn open(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    Query(query): Query<OpenQuery>,
) -> Answer<Response> {
    let reason = reason("?reason", &query.reason)?;
    let view = care::read(&state.app, &who, CareId(id_of(&id)?), reason).await?;
    let mut response = unkept(Json(CareEntryWire::of(&view)).into_response());
    let tag = HeaderValue::from_str(&format!("\"v{}\"", view.revision)).expect("a number in quotes");
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

/// Which entries a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Why, as for opening one.
    reason: String,
    /// Under this area (id); their own grids or the area of their purpose when absent.
    area: Option<u32>,
    /// Only of this category; for whoever reads for a purpose.
    category: Option<String>,
    /// At most so many, 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<Uuid>,
}

/// A page of names.
#[derive(Serialize, ToSchema)]
struct NamesPage {
    items: Vec<NamedWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// Someone in a list: who and where, never why.
#[derive(Serialize, ToSchema)]
struct NamedWire {
    id: Uuid,
    name: String,
    address: String,
    grid: u32,
}

impl NamedWire {
    fn of(it: care::Named) -> NamedWire {
        NamedWire { id: it.id.0, name: it.name, address: it.address, grid: it.grid.0 }
    }
}

/// List entries
///
/// Of one's grids, or for a purpose. Each name is on record, once a day for a reader and a reason.
#[utoipa::path(get, path = "/api/v1/care", tag = "care", params(ListQuery), responses(
    (status = 200, description = "Names", body = NamesPage),
    (status = 403, description = "Without a purpose nobody but workers lists entries", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such area, or nothing the caller may list there"),
    (status = 422, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn list(Shared(state): Shared<State>, who: Who, Query(query): Query<ListQuery>) -> Answer<Response> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Problem::field("?limit", "range", "1 to 200 is taken here"));
    }
    let asked = Asked {
        reason: reason("?reason", &query.reason)?,
        area: query.area.map(AreaId),
        category: query.category.as_deref().map(|it| category("?category", it)).transpose()?,
        after: query.cursor.map(CareId),
        limit,
    };
    let (names, next) = care::list(&state.app, &who, &asked).await?;
    let items = names.into_iter().map(NamedWire::of).collect();
    Ok(unkept(Json(NamesPage { items, next: next.map(|it| it.to_string()) }).into_response()))
}

/// Whom to look up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LookupIn {
    /// The last four digits of the phone. In the body, never in an address.
    phone_tail: String,
    /// Why, as for opening an entry.
    reason: String,
}

/// Look someone up by the end of their phone number
#[utoipa::path(post, path = "/api/v1/care/lookups", tag = "care", request_body = LookupIn, responses(
    (status = 200, description = "Those the caller may list", body = NamesPage),
    (status = 422, description = "Fields make no sense", body = Problem, content_type = "application/problem+json")))]
async fn look_up(
    Shared(state): Shared<State>,
    who: Who,
    Private(asked): Private<LookupIn>,
) -> Answer<Response> {
    let reason = reason("/reason", &asked.reason)?;
    let found = care::find(&state.app, &who, &asked.phone_tail, reason).await?;
    let items = found.into_iter().map(NamedWire::of).collect();
    Ok(unkept(Json(NamesPage { items, next: None }).into_response()))
}

/// Where is counted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct CountsQuery {
    /// Of this area (id) and those directly under it; one's own when absent.
    area: Option<u32>,
}

/// How many entries there are.
#[derive(Serialize, ToSchema)]
struct CountsWire {
    /// Below this nothing is told, nor what would give it away.
    fewest: u64,
    /// The area first, then those under it.
    items: Vec<AreaCountsWire>,
}

/// Numbers of one area.
#[derive(Serialize, ToSchema)]
struct AreaCountsWire {
    area: u32,
    /// By category; `null` is hidden, what is absent is nought.
    counts: BTreeMap<String, Option<u64>>,
}

/// Count entries
///
/// By category and area, small numbers hidden so that none can be worked out.
#[utoipa::path(get, path = "/api/v1/care/counts", tag = "care", params(CountsQuery), responses(
    (status = 200, description = "The numbers", body = CountsWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "A parameter makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn counts(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<CountsQuery>,
) -> Answer<Json<CountsWire>> {
    let counts = care::count::counts(&state.app, &who, query.area.map(AreaId)).await?;
    let item = |it: care::count::AreaCounts| AreaCountsWire {
        area: it.area.0,
        counts: it.counts.into_iter().map(|(category, n)| (category.as_str().to_owned(), n)).collect(),
    };
    Ok(Json(CountsWire { fewest: care::count::FEWEST, items: counts.into_iter().map(item).collect() }))
}

acts_of! {
    /// What is done to an entry.
    CareBody, CareSchema as CareAct, NAMES {
        /// Correct it: what is absent stays as it is; `person` is given whole.
        Correct "correct" { person: Option<ParticularsWire>, category: Option<String>, purpose: Option<String>,
            needs: Option<BTreeSet<String>>, every_days: Option<u16> }
        /// All is still so; looked at again on `next`, three months on when it is absent.
        Review "review" { next: Option<String> }
        /// A new expiry, on a basis that was asked anew.
        Extend "extend" { basis: BasisWire, expiry: String, review: Option<String> }
        /// Its key is destroyed and what was kept is gone: `why` is erased, withdrawn (of consent) or no_need.
        End "end" { why: String }
    }
}

/// How an entry stands.
#[derive(Serialize, ToSchema)]
struct KeptWire {
    /// What the next correction is decided on.
    revision: u32,
    /// The next look; `null` once the entry has ended.
    #[schema(format = Date)]
    review: Option<String>,
    /// When it ends; `null` once it has.
    #[schema(format = Date)]
    expiry: Option<String>,
}

/// Correct, review, extend or end an entry
#[utoipa::path(post, path = "/api/v1/care/{id}/acts", tag = "care", request_body = CareSchema,
    params(("id" = Uuid, Path, description = "Id of the entry"),
        ("Idempotency-Key" = Uuid, Header, description = "The same key does it once, however often it is sent"),
        ("If-Match" = Option<String>, Header, description = "The revision it was decided on, as `ETag` gave it")), responses(
    (status = 200, description = "Done; or done before by the same request", body = KeptWire),
    (status = 404, description = "No such entry, or not the caller's"),
    (status = 409, description = "The law says no; the entry may have ended", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the key was used for another act", body = Problem, content_type = "application/problem+json")))]
async fn act(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Private(body): Private<Value>,
) -> Answer<Response> {
    let keeping = match read::<CareBody>(body, NAMES)? {
        CareBody::Correct { person, category: of, purpose, needs: words, every_days } => {
            Keeping::Correct(Box::new(Correction {
                person: person.map(ParticularsWire::read).transpose()?,
                category: of.as_deref().map(|it| category("/category", it)).transpose()?,
                purpose,
                needs: words.as_ref().map(|it| needs("/needs", it)).transpose()?,
                every_days,
            }))
        }
        CareBody::Review { next } => {
            Keeping::Review { next: next.as_deref().map(|it| day("/next", it)).transpose()? }
        }
        CareBody::Extend { basis, expiry, review } => Keeping::Extend {
            basis: basis.read("/basis")?,
            expiry: day("/expiry", &expiry)?,
            review: review.as_deref().map(|it| day("/review", it)).transpose()?,
        },
        CareBody::End { why } => {
            let may = [Ended::Erased, Ended::Withdrawn, Ended::NoNeed];
            Keeping::End { why: word("/why", &why, &may, Ended::as_str)? }
        }
    };
    let key = key_of(&headers)?;
    let kept = care::keep(&state.app, &who, CareId(id_of(&id)?), key, seen(&headers)?, &keeping).await?;
    let wire = KeptWire {
        revision: kept.revision,
        review: kept.review.map(|it| it.to_string()),
        expiry: kept.expiry.map(|it| it.to_string()),
    };
    Ok(unkept(Json(wire).into_response()))
}

/// Who read an entry.
#[derive(Serialize, ToSchema)]
struct ReadingsWire {
    /// The newest first.
    items: Vec<ReadingWire>,
}

/// Who read an entry
///
/// For those who may open it; asking is a reading, too.
#[utoipa::path(get, path = "/api/v1/care/{id}/readers", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the entry")), responses(
    (status = 200, description = "Readings", body = ReadingsWire),
    (status = 404, description = "No such entry, or not the caller's"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json")))]
async fn readers(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let readings = care::readings(&state.app, &who, CareId(id_of(&id)?)).await?;
    let items = readings.iter().map(ReadingWire::of).collect();
    Ok(unkept(Json(ReadingsWire { items }).into_response()))
}

/// All that is held of a person, for them.
#[derive(Serialize, ToSchema)]
struct ExportWire {
    entry: CareEntryWire,
    /// Who read it, the newest first.
    readers: Vec<ReadingWire>,
}

/// Export an entry for its person
#[utoipa::path(post, path = "/api/v1/care/{id}/export", tag = "care",
    params(("id" = Uuid, Path, description = "Id of the entry")), responses(
    (status = 200, description = "All that is held", body = ExportWire),
    (status = 404, description = "No such entry, or not the caller's"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json")))]
async fn export(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let (entry, readers) = care::export(&state.app, &who, CareId(id_of(&id)?)).await?;
    let wire = ExportWire {
        entry: CareEntryWire::of(&entry),
        readers: readers.iter().map(ReadingWire::of).collect(),
    };
    Ok(unkept(Json(wire).into_response()))
}

/// For whom a code is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CodeIn {
    /// Readings are told after so many days, 0 to 90: where telling at once would reveal a third.
    #[serde(default)]
    delay_days: u8,
}

/// A code, shown once.
#[derive(Serialize, ToSchema)]
struct CodeWire {
    /// To be handed to the person; `null` when this key has made one already: ask for a new one with a new key.
    code: Option<String>,
}

/// Give the person a code
///
/// By it they see who read their entry, without an account. The one before it opens nothing any more.
#[utoipa::path(post, path = "/api/v1/care/{id}/codes", tag = "care", request_body = CodeIn,
    params(("id" = Uuid, Path, description = "Id of the entry"),
        ("Idempotency-Key" = Uuid, Header, description = "The same key makes one code")), responses(
    (status = 200, description = "The code", body = CodeWire),
    (status = 404, description = "No such entry, or not the caller's"),
    (status = 409, description = "The entry has ended", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense, or the key was used for another act", body = Problem, content_type = "application/problem+json")))]
async fn give_code(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Private(asked): Private<CodeIn>,
) -> Answer<Response> {
    let (id, key) = (CareId(id_of(&id)?), key_of(&headers)?);
    let code = care::give_code(&state.app, &who, id, key, asked.delay_days).await?;
    Ok(unkept(Json(CodeWire { code: code.map(|it| it.0) }).into_response()))
}

/// A person's code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShownIn {
    /// As the worker gave it; case, spaces and dashes do not matter. In the body, never in an address.
    code: String,
}

/// What a person sees by their code.
#[derive(Serialize, ToSchema)]
struct ShownWire {
    /// consent, statutory_service or vital_interest.
    basis: String,
    /// What the entry is for.
    purpose: String,
    #[schema(format = Date)]
    review: String,
    #[schema(format = Date)]
    expiry: String,
    /// Readings of the last so many days are told later.
    delay_days: u8,
    /// The newest first.
    readers: Vec<ReadingWire>,
}

/// Who read my entry
///
/// Without an account, by the code from one's worker. Unknown and old codes look the same; many wrong ones must wait.
#[utoipa::path(post, path = "/api/v1/care-readers", tag = "care", request_body = ShownIn, security(()), responses(
    (status = 200, description = "Basis, purpose, and who read", body = ShownWire),
    (status = 404, description = "There is no such code, or none any more", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong codes", body = Problem, content_type = "application/problem+json")))]
async fn shown(
    Shared(state): Shared<State>,
    from: Option<Extension<From>>,
    Private(asked): Private<ShownIn>,
) -> Answer<Response> {
    let from = from.map(|Extension(From(address))| address);
    let it = care::shown(&state.app, &asked.code, from).await?;
    let wire = ShownWire {
        basis: it.basis.to_owned(),
        purpose: it.purpose,
        review: it.review.to_string(),
        expiry: it.expiry.to_string(),
        delay_days: it.delay_days,
        readers: it.readings.iter().map(ReadingWire::of).collect(),
    };
    Ok(unkept(Json(wire).into_response()))
}

/// What is personal is kept by nobody on the way.
pub(super) fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What cannot be an id is the id of nothing.
pub(super) fn id_of(text: &str) -> Answer<Uuid> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}

/// The key of an act; there must be one.
pub(super) fn key_of(headers: &HeaderMap) -> Answer<ActId> {
    let missing = || Problem::field("Idempotency-Key", "missing", "an act carries a key of its own (UUIDv7)");
    key(headers)?.map(ActId).ok_or_else(missing)
}

/// A reason by its word.
fn reason(path: &str, text: &str) -> Answer<ReadReason> {
    word(path, text, ReadReason::ALL, ReadReason::as_str)
}
