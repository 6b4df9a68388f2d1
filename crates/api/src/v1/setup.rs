//! One-time links: the first administrator of a new city, and the first password of everybody else. The secret comes in
//! the body, never in an address: the link has it behind `#`, which browsers keep to themselves.

use app::session::{LinkFor, SetUp, SignIn};
use app::token::Token;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::session::{CityWire, SessionWire, describe, with_cookie};
use super::state::State;
use crate::problem::{Answer, Code, Problem};
use crate::read::Json;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(look)).routes(routes!(set_up))
}

/// A link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkIn {
    /// What stands behind `#` in the link.
    token: String,
}

/// What a link is for.
#[derive(Serialize, ToSchema)]
struct LinkWire {
    /// It makes the first administrator, who chooses an account.
    first: bool,
    /// Else it sets the password of this account.
    account: Option<String>,
    city: Option<CityWire>,
}

/// What a link is used for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetUpIn {
    /// What stands behind `#` in the link.
    token: String,
    /// The password: 10 characters or more, none of the common ones.
    password: String,
    /// What the first administrator will sign in with: 2 to 64 letters, digits, and `. _ - @`.
    account: Option<String>,
    /// The first administrator, as colleagues know them, in 1 to 80 characters.
    name: Option<String>,
}

/// What a link is for
#[utoipa::path(post, path = "/api/v1/setup/link", tag = "session", request_body = LinkIn, security(()), responses(
    (status = 200, description = "It holds", body = LinkWire),
    (status = 404, description = "It was used, replaced, has expired, or never was", body = Problem, content_type = "application/problem+json")))]
async fn look(Shared(state): Shared<State>, Json(asked): Json<LinkIn>) -> Answer<Json<LinkWire>> {
    let account = match state.app.people.link_for(&link(&asked.token)?).await? {
        LinkFor::First => None,
        LinkFor::Account(account) => Some(account),
    };
    Ok(Json(LinkWire { first: account.is_none(), account, city: CityWire::of(&state) }))
}

/// Use a link
///
/// Makes the first administrator or sets the password that the link is for, and signs that person in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", request_body = SetUpIn, security(()), responses(
    (status = 201, description = "Done and signed in", body = SessionWire),
    (status = 404, description = "It was used, replaced, has expired, or never was", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field makes no sense", body = Problem, content_type = "application/problem+json")))]
async fn set_up(
    Shared(state): Shared<State>,
    headers: HeaderMap,
    Json(asked): Json<SetUpIn>,
) -> Answer<Response> {
    let (people, token) = (&state.app.people, link(&asked.token)?);
    let account = match people.link_for(&token).await? {
        LinkFor::First => {
            let missing = |path: &str, what| Problem::field(path, "missing", what);
            let account =
                asked.account.ok_or_else(|| missing("/account", "choose an account to sign in with"))?;
            let name = asked.name.ok_or_else(|| missing("/name", "say as whom colleagues know you"))?;
            let new = SetUp { account: &account, name: &name, password: &asked.password };
            people.set_up(&token, &new).await?
        }
        LinkFor::Account(account) => {
            if let Some(path) = asked.account.map(|_| "/account").or(asked.name.map(|_| "/name")) {
                let detail = format!("this link is for the account {account}: leave it out");
                return Err(Problem::field(path, "unknown_field", detail));
            }
            people.use_link(&token, &asked.password).await?
        }
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("-");
    let attempt =
        SignIn { account: &account, password: &asked.password, from: None, name: agent, replaces: None };
    let (token, signed) = people.sign_in(attempt).await?;
    let response = (StatusCode::CREATED, Json(describe(&state, &signed))).into_response();
    Ok(with_cookie(&state, &token, &signed, response))
}

/// What cannot be a link is the link to nothing.
fn link(text: &str) -> Answer<Token> {
    text.trim().parse().map_err(|_| Problem::new(Code::NotFound))
}
