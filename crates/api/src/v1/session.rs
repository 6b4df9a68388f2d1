//! Signing in and out, and who is signed in.

use super::areas::AreaWire;
use super::state::State;
use super::who::{Who, token};
use crate::problem::Answer;
use crate::read::Json;
use crate::server::Peer;
use crate::session_cookie;
use app::session::{SignIn, Signed};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;
use serde_json::{Value, json};

/// The paths of this file.
pub fn routes() -> Router<State> {
    Router::new().route("/session", get(show).post(sign_in).delete(sign_out))
}

/// An attempt to sign in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    account: String,
    password: String,
    /// Also answer with the token itself, for programs.
    #[serde(default)]
    bearer: bool,
}

async fn sign_in(
    Shared(state): Shared<State>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Json(attempt): Json<Attempt>,
) -> Answer<Response> {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or("-");
    let old = token(&headers);
    let from = peer.map(|Extension(Peer(address))| address.ip());
    let attempted = SignIn {
        account: &attempt.account,
        password: &attempt.password,
        from,
        name: agent,
        replaces: old.as_ref(),
    };
    let (token, signed) = state.app.people.sign_in(attempted).await?;
    let mut body = describe(&state, &signed);
    if attempt.bearer {
        body["token"] = json!(token.reveal());
    }
    let seconds = signed.expires.duration_since(state.app.clock.now()).as_secs();
    let mut response = Json(body).into_response();
    if let Some(cookie) = session_cookie::keep(&token.reveal(), seconds, state.https) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn show(Shared(state): Shared<State>, who: Who) -> Json<Value> {
    Json(describe(&state, &who.0))
}

async fn sign_out(Shared(state): Shared<State>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = token(&headers) {
        state.app.people.sign_out(&token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, session_cookie::forget(state.https));
    Ok(response)
}

fn describe(state: &State, signed: &Signed) -> Value {
    let city = state.app.city();
    let unit = signed
        .unit
        .and_then(|id| city.units.get(&id))
        .map(|u| json!({ "id": u.id.0, "code": u.code, "name_zh": u.name_zh, "name_en": u.name_en }));
    json!({
        "person": { "id": signed.person.0, "name": signed.name, "account": signed.account },
        "role": signed.actor.role.as_str(),
        "area": city.area(signed.actor.area).map(AreaWire::of),
        "unit": unit,
        "grids": signed.actor.grids.iter().map(|g| g.0).collect::<Vec<_>>(),
        "expires_at": signed.expires,
        "city": city.root().map(|root| json!({ "name_zh": root.name_zh, "name_en": root.name_en,
                                               "zone": city.zone.iana_name() })),
        "server_now": state.app.clock.now(),
    })
}
