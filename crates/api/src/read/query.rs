//! A query string, read into a typed whole; each error names its parameter (`?limit`).

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use crate::problem::{Answer, Code, Problem};

/// The parameters of a query. Types read this way refuse unknown ones: a misspelt filter must not answer more.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Answer<Self> {
        read(parts.uri.query().unwrap_or_default()).map(Query)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Answer<T> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let says = error.inner().to_string();
        let named = says.split('`').nth(1).map(str::to_owned);
        let at = error.path().to_string();
        let (name, code) = match (says.as_str(), named) {
            (says, Some(name)) if says.starts_with("unknown field") => (name, "unknown_field"),
            (says, Some(name)) if says.starts_with("missing field") => (name, "missing"),
            (says, Some(name)) if says.starts_with("duplicate field") => (name, "duplicate"),
            _ if at != "." => (at, "format"),
            _ => return Problem::new(Code::Malformed).detail("the query string cannot be read"),
        };
        Problem::field(format!("?{name}"), code, says)
    })
}
