//! A part of a path, read by its type's own rules. What cannot be an id is the id of nothing: 404, not 400.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};

use crate::problem::{Answer, Code, Problem};

/// The only parameter of a path, as text.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let nothing = || Problem::new(Code::NotFound);
        let parameters = RawPathParams::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        let first = parameters.iter().next().map(|(_, value)| Named(value.to_owned()));
        first.ok_or_else(nothing)
    }
}

/// All parameters of a path in their order, as text.
pub struct Names<const N: usize>(pub [String; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Names<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let nothing = || Problem::new(Code::NotFound);
        let parameters = RawPathParams::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        let all: Vec<String> = parameters.iter().map(|(_, value)| value.to_owned()).collect();
        all.try_into().map(Names).map_err(|_| nothing())
    }
}
