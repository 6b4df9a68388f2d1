//! Accounts: list, read, open, change, close. Passwords are set by their people (`setup`), sessions are in `sessions`.

use app::people::{NewPerson, PersonChange, tag};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::Role;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use store::person::Person;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::acts::word;
use super::edited::{answer, held, key, limit};
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(one, change, close))
        .routes(routes!(send_link))
}

/// An account.
#[derive(Serialize, ToSchema)]
struct AccountWire {
    id: Uuid,
    /// What they sign in with.
    account: String,
    /// As colleagues know them.
    name: String,
    /// worker, desk, handler, leader, analyst or admin.
    role: String,
    /// The area they answer for.
    area: u32,
    /// The unit they work in.
    unit: Option<u32>,
    /// Can no longer sign in.
    disabled: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// To be sent as `If-Match` (in quotes) with a change.
    etag: String,
}

impl AccountWire {
    fn of(person: &Person) -> AccountWire {
        AccountWire {
            id: person.id.0,
            account: person.account.clone(),
            name: person.name.clone(),
            role: person.role.as_str().to_owned(),
            area: person.area.0,
            unit: person.unit.map(|unit| unit.0),
            disabled: person.disabled,
            created_at: person.created,
            etag: tag::of_person(person),
        }
    }
}

/// An account that was opened, or got a new link.
#[derive(Serialize, ToSchema)]
struct OpenedWire {
    person: AccountWire,
    /// Where its person sets the password, once within 24 hours: the address of the server, then this. Give it to
    /// nobody else. `null` when the same request was answered before: send a new one with `/link`.
    link: Option<String>,
}

/// An account to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountIn {
    /// Made by the caller (UUIDv7), so that a retry opens no second one; also taken from `Idempotency-Key`.
    id: Option<Uuid>,
    /// 2 to 64 letters, digits, and `. _ - @`; capitals do not matter.
    account: String,
    /// 1 to 80 characters.
    name: String,
    /// worker, desk, handler, leader, analyst or admin.
    role: String,
    /// The area they answer for.
    area: u32,
    /// The unit they work in; handlers need one.
    unit: Option<u32>,
}

/// What is changed; a field that is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    name: Option<String>,
    role: Option<String>,
    area: Option<u32>,
    /// `null` takes them out of their unit.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<u32>)]
    unit: Option<UnitSaid>,
    /// `false` opens a closed account again.
    disabled: Option<bool>,
}

/// A unit, or none.
#[derive(Deserialize)]
struct UnitSaid(Option<u32>);

/// `null` is said, too.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<UnitSaid>, D::Error> {
    UnitSaid::deserialize(from).map(Some)
}

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AccountsQuery {
    /// Of this area (id) and everything under it; one's own when absent.
    area: Option<u32>,
    /// At most so many, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
struct AccountsPage {
    /// By account.
    items: Vec<AccountWire>,
    /// Where the next page begins; `null` at the end.
    next: Option<String>,
}

/// List accounts
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(AccountsQuery), responses(
    (status = 200, description = "Those the caller may see", body = AccountsPage),
    (status = 404, description = "No such area, or not the caller's"), (status = 422, description = "A parameter makes no sense")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<AccountsQuery>,
) -> Answer<Json<AccountsPage>> {
    let limit = limit(query.limit, 100)?;
    let after = query.cursor.unwrap_or_default();
    let people = state.app.people.people(&who, query.area.map(AreaId), &after, limit).await?;
    let next = people.last().filter(|_| people.len() == limit as usize).map(|last| last.account.clone());
    Ok(Json(AccountsPage { items: people.iter().map(AccountWire::of).collect(), next }))
}

/// One account
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = Uuid, Path, description = "Id of the person")), responses(
    (status = 200, description = "The account; `ETag` is set", body = AccountWire),
    (status = 404, description = "Nobody of that id whom the caller may see")))]
async fn one(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let person = state.app.people.person(&who, read_id(&id)?).await?;
    Ok(told(&person))
}

/// Open an account
///
/// Its id is the key: the same id with the same account is answered as it stands now, without a link.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = AccountIn,
    params(("Idempotency-Key" = Option<Uuid>, Header, description = "Id of the person, UUIDv7")), responses(
    (status = 201, description = "Opened; `Location` and `ETag` are set", body = OpenedWire),
    (status = 200, description = "It was opened by the same request before", body = OpenedWire),
    (status = 404, description = "No such area, or not the caller's"),
    (status = 422, description = "Fields make no sense, or the key was used for another account", body = Problem, content_type = "application/problem+json")))]
async fn open(
    Shared(state): Shared<State>,
    who: Who,
    headers: HeaderMap,
    Json(asked): Json<AccountIn>,
) -> Answer<Response> {
    let id = PersonId(key(&headers, asked.id)?.unwrap_or_else(Uuid::now_v7));
    let new = NewPerson {
        account: asked.account,
        name: asked.name,
        role: role(&asked.role)?,
        area: AreaId(asked.area),
        unit: asked.unit.map(UnitId),
    };
    let (person, link) = state.app.people.open_account_as(&who, id, new).await?;
    let status = if link.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok(opened(status, &person, link.map(|link| link.reveal())))
}

/// Change an account
///
/// New rights hold at once on this node, within three seconds on others. Nobody changes their own post.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "people", request_body = AccountChange,
    params(("id" = Uuid, Path, description = "Id of the person"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "As it stands now; `ETag` is set", body = AccountWire),
    (status = 404, description = "Nobody of that id under the caller's care"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields make no sense", body = Problem, content_type = "application/problem+json")))]
async fn change(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
    Json(asked): Json<AccountChange>,
) -> Answer<Response> {
    let change = PersonChange {
        name: asked.name,
        role: asked.role.as_deref().map(role).transpose()?,
        area: asked.area.map(AreaId),
        unit: asked.unit.map(|UnitSaid(unit)| unit.map(UnitId)),
        disabled: asked.disabled,
    };
    let held = held(&headers)?;
    let person = state.app.people.change_person_held(&who, read_id(&id)?, change, held.as_deref()).await?;
    Ok(told(&person))
}

/// Close an account
///
/// Its person can no longer sign in and has no duty any more; what they did stays theirs.
#[utoipa::path(delete, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = Uuid, Path, description = "Id of the person"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` the decision was made on")), responses(
    (status = 200, description = "Closed", body = AccountWire),
    (status = 404, description = "Nobody of that id under the caller's care"),
    (status = 412, description = "It was changed meanwhile", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Nobody closes their own account", body = Problem, content_type = "application/problem+json")))]
async fn close(
    Shared(state): Shared<State>,
    who: Who,
    Named(id): Named,
    headers: HeaderMap,
) -> Answer<Response> {
    let change = PersonChange { disabled: Some(true), ..PersonChange::default() };
    let held = held(&headers)?;
    let person = state.app.people.change_person_held(&who, read_id(&id)?, change, held.as_deref()).await?;
    Ok(told(&person))
}

/// Send a new link
///
/// Takes the password away, ends every session and token of this person, and gives a one-time link for a new password.
#[utoipa::path(post, path = "/api/v1/people/{id}/link", tag = "people",
    params(("id" = Uuid, Path, description = "Id of the person")), responses(
    (status = 201, description = "A link, shown this once", body = OpenedWire),
    (status = 404, description = "Nobody of that id under the caller's care"),
    (status = 422, description = "The account is closed", body = Problem, content_type = "application/problem+json")))]
async fn send_link(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<Response> {
    let id = read_id(&id)?;
    let link = state.app.people.reset(&who, id).await?;
    let person = state.app.people.person(&who, id).await?;
    Ok(opened(StatusCode::CREATED, &person, Some(link.reveal())))
}

fn told(person: &Person) -> Response {
    let wire = AccountWire::of(person);
    answer(StatusCode::OK, &wire.etag, None, &wire)
}

fn opened(status: StatusCode, person: &Person, secret: Option<String>) -> Response {
    let wire =
        OpenedWire { person: AccountWire::of(person), link: secret.map(|secret| format!("/setup#{secret}")) };
    answer(status, &wire.person.etag, Some(format!("/api/v1/people/{}", person.id)), &wire)
}

fn role(text: &str) -> Answer<Role> {
    word("/role", text, Role::ALL, Role::as_str)
}

/// What cannot be an id is the id of nobody.
fn read_id(text: &str) -> Answer<PersonId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
