//! How a path names an edition and an area of it.

use std::sync::Arc;

use app::AppError;
use app::index::edition;
use app::index::opened::{Opened, open};
use domain::id::EditionId;
use domain::month::Month;
use domain::policy::Actor;
use store::edition::Edition;

use crate::problem::{Answer, Code, Problem};
use crate::v1::state::State;

/// What a path may say, for the descriptions.
pub const EDITION: &str = "Id of an edition; or a month like `2026-09` (its last published revision), `2026-09.0` (that revision), `latest`";

/// The edition that a path names, as far as the caller may see it.
pub async fn edition(state: &State, who: &Actor, name: &str) -> Answer<Edition> {
    let app = &state.app;
    if let Ok(id) = name.parse::<EditionId>() {
        return Ok(edition::one(app, who, id).await?);
    }
    if name == "latest" {
        return Ok(edition::latest(app, who).await?);
    }
    let (month, revision) = match name.split_once('.') {
        Some((month, revision)) => (month, Some(revision)),
        None => (name, None),
    };
    let month: Month = month.parse().map_err(|_| Problem::new(Code::NotFound))?;
    let revision = revision.map(str::parse).transpose().map_err(|_| Problem::new(Code::NotFound))?;
    Ok(edition::of_month(app, who, month, revision).await?)
}

/// The same, opened.
pub async fn opened(state: &State, who: &Actor, name: &str) -> Answer<(Edition, Arc<Opened>)> {
    let found = edition(state, who, name).await?;
    Ok(open(&state.app, who, found.id).await?)
}

/// Place of an area in an edition.
pub fn area(opened: &Opened, code: &str) -> Answer<usize> {
    opened.area(code).ok_or_else(|| AppError::NotFound { what: "area" }.into())
}

/// Work that takes a moment, off the threads that answer.
pub async fn off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Answer<T> {
    Ok(tokio::task::spawn_blocking(work).await.expect("questions to an edition do not panic")?)
}
