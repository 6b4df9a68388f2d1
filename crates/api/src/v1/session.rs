//! Signing in and out, and who is signed in.

use app::session::{SignIn, Signed};
use app::token::Token;
use axum::Extension;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::areas::AreaWire;
use super::state::State;
use super::units::UnitWire;
use super::who::{Who, token};
use crate::edge::From;
use crate::problem::{Answer, Problem};
use crate::read::Json;
use crate::session_cookie;

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(show, sign_in, sign_out)).routes(routes!(change_password))
}

/// An attempt to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attempt {
    /// Name of the account.
    account: String,
    /// Its password.
    password: String,
    /// Also answer with the token itself, for programs.
    #[serde(default)]
    bearer: bool,
}

/// Someone who is signed in.
#[derive(Serialize, ToSchema)]
pub struct SessionWire {
    person: PersonWire,
    /// worker, desk, handler, leader, analyst or admin.
    role: String,
    /// The area they answer for.
    area: Option<AreaWire>,
    /// The unit they work in.
    unit: Option<UnitWire>,
    /// Grids they have duty in today.
    grids: Vec<u32>,
    /// Until when the session holds, if it is not used again.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    city: Option<CityWire>,
    /// The clock that deadlines are measured by.
    #[schema(value_type = String, format = DateTime)]
    server_now: Timestamp,
    /// To be sent as `Authorization: Bearer …`; only when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// A person.
#[derive(Serialize, ToSchema)]
struct PersonWire {
    id: Uuid,
    name: String,
    account: String,
}

/// The city this node serves.
#[derive(Serialize, ToSchema)]
pub(super) struct CityWire {
    name_zh: String,
    name_en: String,
    /// IANA time zone.
    zone: Option<String>,
}

impl CityWire {
    /// The city of this node, once it has areas.
    pub(super) fn of(state: &State) -> Option<CityWire> {
        let city = state.app.city();
        let zone = city.zone.iana_name().map(str::to_owned);
        city.root().map(|root| CityWire {
            name_zh: root.name_zh.clone(),
            name_en: root.name_en.clone(),
            zone,
        })
    }
}

/// Sign in
///
/// Sets the cookie of a browser's session. Wrong account and wrong password look the same.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = Attempt, security(()), responses(
    (status = 200, description = "Signed in", body = SessionWire),
    (status = 401, description = "No such account, or another password", body = Problem, content_type = "application/problem+json")))]
async fn sign_in(
    Shared(state): Shared<State>,
    from: Option<Extension<From>>,
    headers: HeaderMap,
    Json(attempt): Json<Attempt>,
) -> Answer<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("-");
    let old = token(&headers);
    let attempted = SignIn {
        account: &attempt.account,
        password: &attempt.password,
        from: from.map(|Extension(From(address))| address),
        name: agent,
        replaces: old.as_ref(),
    };
    let (token, signed) = state.app.people.sign_in(attempted).await?;
    let mut wire = describe(&state, &signed);
    wire.token = attempt.bearer.then(|| token.reveal());
    Ok(with_cookie(&state, &token, &signed, Json(wire).into_response()))
}

/// Lets the browser keep the session.
pub(super) fn with_cookie(state: &State, token: &Token, signed: &Signed, mut response: Response) -> Response {
    let seconds = signed.expires.duration_since(state.app.clock.now()).as_secs();
    if let Some(cookie) = session_cookie::keep(&token.reveal(), seconds, state.https) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The one until now.
    old: String,
    /// The one from now on: 10 characters or more, none of the common ones.
    new: String,
}

/// Change one's own password
///
/// Every other session and token of the same person ends.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = NewPassword, responses(
    (status = 204, description = "Changed"),
    (status = 422, description = "`/old` is not the password, or `/new` is too easy to guess", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "Too many wrong passwords", body = Problem, content_type = "application/problem+json")))]
async fn change_password(
    Shared(state): Shared<State>,
    who: Who,
    Json(asked): Json<NewPassword>,
) -> Answer<StatusCode> {
    state.app.people.change_password(&who.0, &asked.old, &asked.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is signed in
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses(
    (status = 200, description = "Who is signed in", body = SessionWire),
    (status = 401, description = "Nobody is")))]
async fn show(Shared(state): Shared<State>, who: Who) -> Json<SessionWire> {
    Json(describe(&state, &who.0))
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204, description = "Signed out, or was before")))]
async fn sign_out(Shared(state): Shared<State>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = token(&headers) {
        state.app.people.sign_out(&token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, session_cookie::forget(state.https));
    Ok(response)
}

pub(super) fn describe(state: &State, signed: &Signed) -> SessionWire {
    let city = state.app.city();
    SessionWire {
        person: PersonWire {
            id: signed.person.0,
            name: signed.name.clone(),
            account: signed.account.clone(),
        },
        role: signed.actor.role.as_str().to_owned(),
        area: city.area(signed.actor.area).map(AreaWire::of),
        unit: signed.unit.and_then(|id| city.units.get(&id)).map(UnitWire::of),
        grids: signed.actor.grids.iter().map(|grid| grid.0).collect(),
        expires_at: signed.expires,
        city: CityWire::of(state),
        server_now: state.app.clock.now(),
        token: None,
    }
}
