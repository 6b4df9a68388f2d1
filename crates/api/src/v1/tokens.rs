//! Tokens for programs: each for some scopes and some time. The secret is shown once and kept nowhere.

use app::session::{Grant, NewToken, SessionKind, SessionLine};
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::id::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::sessions::{WhoseQuery, read_id};
use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(end))
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenIn {
    /// What it is for, in 1 to 80 characters.
    name: String,
    /// What it may be used for: cases.read, cases.write, city.read, city.write, people.read, people.write, deeds.read,
    /// index.read, index.write, intake.write.
    /// Behind each it has the rights of its person, and only such are taken as that person has some right behind.
    scopes: Vec<String>,
    /// Days until it expires, 1 to 366.
    days: u16,
}

/// Tokens.
#[derive(Serialize, ToSchema)]
struct TokensWire {
    /// Newest first.
    items: Vec<TokenWire>,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
struct TokenWire {
    /// To end it by; opens nothing.
    id: String,
    name: String,
    /// What it may be used for.
    scopes: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// To some minutes; `null` while it was not used.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

/// A token with its secret.
#[derive(Serialize, ToSchema)]
struct MadeWire {
    #[serde(flatten)]
    token: TokenWire,
    /// To be sent as `Authorization: Bearer …`. Shown this once: only its SHA-256 is kept.
    secret: String,
}

impl TokenWire {
    fn of(line: SessionLine) -> TokenWire {
        TokenWire {
            id: line.id.to_string(),
            name: line.name,
            scopes: line.grants.names().into_iter().map(str::to_owned).collect(),
            created_at: line.created,
            expires_at: line.expires,
            used_at: line.used,
        }
    }
}

/// List tokens
#[utoipa::path(get, path = "/api/v1/tokens", tag = "session", params(WhoseQuery), responses(
    (status = 200, description = "Those that hold", body = TokensWire),
    (status = 404, description = "Nobody of that id under the caller's care")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<WhoseQuery>,
) -> Answer<Json<TokensWire>> {
    let all = state.app.people.sessions(&who.0, query.person.map(PersonId)).await?;
    let tokens = all.into_iter().filter(|it| it.kind == SessionKind::Token);
    Ok(Json(TokensWire { items: tokens.map(TokenWire::of).collect() }))
}

/// Make a token
#[utoipa::path(post, path = "/api/v1/tokens", tag = "session", request_body = TokenIn, responses(
    (status = 201, description = "Made; its secret is shown this once", body = MadeWire),
    (status = 422, description = "A field makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn make(Shared(state): Shared<State>, who: Who, Json(asked): Json<TokenIn>) -> Answer<Response> {
    let names = || Grant::ALL.map(Grant::as_str).join(", ");
    let read = asked.scopes.iter().enumerate().map(|(at, name)| {
        let unknown =
            || Problem::field(format!("/scopes/{at}"), "unknown", format!("{name:?} is none of {}", names()));
        Grant::parse(name).ok_or_else(unknown)
    });
    let grants = read.collect::<Answer<_>>()?;
    let new = NewToken { name: asked.name, grants, days: asked.days };
    let (token, line) = state.app.people.make_token(&who.0, new).await?;
    let made = MadeWire { token: TokenWire::of(line), secret: token.reveal() };
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// End a token
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "session",
    params(("id" = String, Path, description = "Id of the token")), responses(
    (status = 204, description = "Ended, everywhere within three seconds"),
    (status = 404, description = "No such token, or not the caller's to end")))]
async fn end(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    state.app.people.end_session(&who.0, SessionKind::Token, read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
