//! A body that may hold something personal: read like any other, but what is wrong with it is told without a word of it,
//! since problems may be kept by whoever stands between.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::Json;
use crate::problem::{Answer, Problem};

/// JSON whose errors repeat nothing of it.
#[derive(Clone, Copy, Debug)]
pub struct Private<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Private<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        let read = Json::<T>::from_request(request, state).await;
        read.map(|Json(it)| Private(it)).map_err(discreet)
    }
}

/// The same problem in words that are ours alone.
pub fn discreet(mut problem: Problem) -> Problem {
    problem.reword(|field| {
        let says = match &*field.code {
            "missing" => "this field is needed",
            "unknown_field" => "there is no such field; the description of the API lists those there are",
            "duplicate" => "it stands here twice",
            "unknown" => "it is no word of its list; the description of the API has the list",
            "type" => "it is of another type than the description of the API says",
            _ => "it is not written as the description of the API says",
        };
        says.clone_into(&mut field.detail);
    });
    problem
}
