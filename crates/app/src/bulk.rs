//! Filling a city at once: what an import, a first set-up or the demo city writes, in large commits.
//!
//! Every piece was decided by the same code as a single one (`case::plan_*`, `domain::area`); only the saving
//! is shared by many.

use crate::case::Moved;
use crate::index::intake::past;
use crate::{App, AppError};
use domain::area::Area;
use domain::framework::Framework;
use domain::id::CaseId;
use jiff::Timestamp;
use std::collections::BTreeMap;
use store::{Batch, Store, area};

pub use crate::index::intake::past::PastIntake;

/// Writes versions of areas and makes them the tree.
pub async fn save_areas(store: &Store, areas: &[Area]) -> Result<(), AppError> {
    let version = area::tree_version(store).await?;
    Ok(store.commit(area::change(version, areas)).await?)
}

/// Adds the next version of a bundle, by the platform itself, valid from a moment on that is taken for now.
pub async fn save_bundle(
    store: &Store,
    kind: &str,
    from: Timestamp,
    body: &impl serde::Serialize,
) -> Result<(), AppError> {
    let nobody = crate::people::system(domain::id::AreaId(0));
    crate::deeds::save_bundle(store, &nobody, from, kind, from, body).await.map(|_| ())
}

/// Saves planned cases; several moves of one case become one. The first error ends it.
pub async fn save_cases(app: &App, moves: Vec<Moved>) -> Result<(), AppError> {
    let batches = merged(moves).values().map(|moved| moved.batch(Batch::new("cases"))).collect();
    for answer in app.store.commit_many(batches).await {
        answer?;
    }
    Ok(())
}

/// Saves what departments handed in and signed in the past, each with the deed that tells of it. Each is looked at with
/// what was known when it was saved, so that what was implausible then is marked; what cannot be is refused.
pub async fn save_intakes(
    app: &App,
    framework: &Framework,
    intakes: Vec<PastIntake>,
) -> Result<(), AppError> {
    past::save(app, framework, intakes).await
}

/// One move a case, in the order of ids.
fn merged(moves: Vec<Moved>) -> BTreeMap<CaseId, Moved> {
    let mut by_case: BTreeMap<CaseId, Moved> = BTreeMap::new();
    for moved in moves {
        match by_case.get_mut(&moved.after.id) {
            Some(first) => first.then(moved),
            None => {
                by_case.insert(moved.after.id, moved);
            }
        }
    }
    by_case
}
