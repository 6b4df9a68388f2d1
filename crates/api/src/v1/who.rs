//! Who is asking: the cookie of a browser or the bearer token of a program.

use super::state::State;
use crate::problem::{Code, Problem};
use crate::session_cookie;
use app::session::{Grant, Signed};
use app::token::Token;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::policy::Actor;
use std::ops::Deref;
use std::sync::Arc;

/// Someone who is signed in, and may do what the method of the request does.
pub struct Who(pub Arc<Signed>);

impl Deref for Who {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0.actor
    }
}

impl FromRequestParts<State> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Who, Problem> {
        let token = token(&parts.headers).ok_or_else(|| Problem::new(Code::Unauthorized))?;
        let signed = state.app.people.signed(&token).await?;
        match needed(parts.uri.path(), parts.method.is_safe()) {
            Needed::Nothing => {}
            Needed::One(grant) => signed.needs(grant)?,
            Needed::Whole => signed.whole()?,
        }
        Ok(Who(signed))
    }
}

/// What the session must be given for, to get in here.
enum Needed {
    /// Any will do.
    Nothing,
    /// This.
    One(Grant),
    /// Everything: only its person, signed in.
    Whole,
}

/// By the first part of the path behind the version, of the index by the second, too. What is not named here is open only to people who signed in.
fn needed(path: &str, safe: bool) -> Needed {
    let mut parts = path.trim_start_matches("/api/v1/").split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let of = |read, write| Needed::One(if safe { read } else { write });
    match first {
        "session" if safe => Needed::Nothing,
        "cases" | "attachments" | "events" | "feed" | "places" | "things" | "inspections" => {
            of(Grant::CasesRead, Grant::CasesWrite)
        }
        "units" => of(Grant::CityRead, Grant::PeopleWrite),
        "areas" | "classes" | "calendars" | "matrix" | "routing" | "topology" | "place-kinds" | "forms"
        | "elements" | "burden" => of(Grant::CityRead, Grant::CityWrite),
        "people" | "duties" => of(Grant::PeopleRead, Grant::PeopleWrite),
        "index" if second == "intakes" => of(Grant::IndexRead, Grant::IntakeWrite),
        "index" => of(Grant::IndexRead, Grant::IndexWrite),
        "care" | "visits" | "referrals" | "safety-timers" | "weather-warnings" => {
            of(Grant::CareRead, Grant::CareWrite)
        }
        "deeds" if safe => Needed::One(Grant::DeedsRead),
        _ => Needed::Whole,
    }
}

/// The token of a request: a program's, else a browser's. Whoever sends an `Authorization` of another kind is
/// not taken for the browser they may also be.
pub fn token(headers: &HeaderMap) -> Option<Token> {
    let text = match headers.get(header::AUTHORIZATION) {
        Some(value) => value.to_str().ok()?.strip_prefix("Bearer ")?,
        None => session_cookie::find(headers)?,
    };
    text.trim().parse().ok()
}
