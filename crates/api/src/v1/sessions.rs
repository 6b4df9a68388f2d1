//! Sessions of browsers: one's own, and, for an administrator, those of people under their care.

use app::session::{SessionKind, SessionLine};
use app::token::SessionId;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use domain::id::PersonId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::state::State;
use super::who::Who;
use crate::problem::{Answer, Code, Problem};
use crate::read::{Json, Named, Query};

/// The paths of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, end_all)).routes(routes!(end))
}

/// Whose.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct WhoseQuery {
    /// Someone under the caller's care; oneself when absent.
    pub(super) person: Option<Uuid>,
}

/// Sessions.
#[derive(Serialize, ToSchema)]
struct SessionsWire {
    /// Newest first.
    items: Vec<SessionLineWire>,
}

/// A session.
#[derive(Serialize, ToSchema)]
struct SessionLineWire {
    /// To end it by; opens nothing.
    id: String,
    /// The browser, as it called itself.
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when it holds, if it is not used again.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// To some minutes.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    /// The one this very request came with.
    current: bool,
}

impl SessionLineWire {
    fn of(line: SessionLine) -> SessionLineWire {
        SessionLineWire {
            id: line.id.to_string(),
            name: line.name,
            created_at: line.created,
            expires_at: line.expires,
            used_at: line.used,
            current: line.current,
        }
    }
}

/// List sessions
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session", params(WhoseQuery), responses(
    (status = 200, description = "Those that hold", body = SessionsWire),
    (status = 404, description = "Nobody of that id under the caller's care")))]
async fn list(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<WhoseQuery>,
) -> Answer<Json<SessionsWire>> {
    let all = state.app.people.sessions(&who.0, query.person.map(PersonId)).await?;
    let browsers = all.into_iter().filter(|it| it.kind == SessionKind::Browser);
    Ok(Json(SessionsWire { items: browsers.map(SessionLineWire::of).collect() }))
}

/// End one session
///
/// One's own, or, for an administrator, that of someone under their care.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session",
    params(("id" = String, Path, description = "Id of the session")), responses(
    (status = 204, description = "Ended, everywhere within three seconds"),
    (status = 404, description = "No such session, or not the caller's to end")))]
async fn end(Shared(state): Shared<State>, who: Who, Named(id): Named) -> Answer<StatusCode> {
    state.app.people.end_session(&who.0, SessionKind::Browser, read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End every session and token
///
/// Of oneself, this one included, or, for an administrator, of someone under their care.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "session", params(WhoseQuery), responses(
    (status = 204, description = "Ended, everywhere within three seconds"),
    (status = 404, description = "Nobody of that id under the caller's care")))]
async fn end_all(
    Shared(state): Shared<State>,
    who: Who,
    Query(query): Query<WhoseQuery>,
) -> Answer<StatusCode> {
    let person = query.person.map_or(who.0.person, PersonId);
    state.app.people.end_all_sessions(&who.0, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What cannot be an id is the id of nothing.
pub(super) fn read_id(text: &str) -> Answer<SessionId> {
    text.parse().map_err(|_| Problem::new(Code::NotFound))
}
