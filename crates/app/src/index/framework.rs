//! The framework and the city's choices as documents: tried, compared and kept in versions.

use super::followed::{department, permit};
use super::materials::{Choices, EditionFault};
use crate::city::City;
use crate::settings::{Difference, Kept, difference, kept, save_next};
use crate::{App, AppError, FieldError};
use domain::framework::{Framework, FrameworkDoc, FrameworkFault};
use domain::policy::{Actor, IndexAct};
use serde::Serialize;

/// Kind of the framework's bundle.
pub const FRAMEWORK: &str = "framework";
/// Kind of the bundle with the city's choices.
pub const CHOICES: &str = "index-choices";

/// What a framework would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FrameworkDifference {
    /// Of the tree's rows, by code.
    pub rows: Difference,
    /// Of base figures, by code.
    pub bases: Difference,
}

/// The framework that stands; version 0 and empty before the first.
pub async fn framework(app: &App) -> Result<Kept<FrameworkDoc>, AppError> {
    kept(app, FRAMEWORK, none).await
}

/// A framework that stood once.
pub async fn of_version(app: &App, version: u32) -> Result<Kept<FrameworkDoc>, AppError> {
    let body = store::bundle::body(&app.store, FRAMEWORK, version).await?;
    let body = body.ok_or(AppError::NotFound { what: "version" })?;
    let body = serde_json::from_str(&body).map_err(|why| {
        let what = format!("version {version} of the framework");
        store::Fault::Nonsense { what, why: why.to_string() }
    })?;
    Ok(Kept { version, body })
}

/// The choices that stand.
pub async fn choices(app: &App) -> Result<Kept<Choices>, AppError> {
    kept(app, CHOICES, Choices::default).await
}

/// A framework, checked against the city's units.
pub fn read(city: &City, doc: &FrameworkDoc) -> Result<Framework, AppError> {
    Framework::read(doc, &|name| unit_of(city, name)).map_err(|faults| invalid(&faults))
}

/// What a framework would change, and everything that is wrong with it.
pub async fn preview(app: &App, who: &Actor, doc: &FrameworkDoc) -> Result<FrameworkDifference, AppError> {
    permit(app, who, IndexAct::ChangeFramework, None, "framework")?;
    let resolved = resolved(&app.city(), doc)?;
    let held = framework(app).await?.body;
    Ok(FrameworkDifference {
        rows: difference(&held.rows, &resolved.rows, |row| row.code.clone()),
        bases: difference(&held.bases, &resolved.bases, |base| base.code.clone()),
    })
}

/// Saves a framework as the next version; `held` is the version that was decided on. Gives the version that stands then.
pub async fn save(app: &App, who: &Actor, held: Option<u32>, doc: &FrameworkDoc) -> Result<u32, AppError> {
    permit(app, who, IndexAct::ChangeFramework, None, "framework")?;
    save_next(app, who, FRAMEWORK, held, none, |_: &FrameworkDoc| resolved(&app.city(), doc)).await
}

/// Saves the choices as the next version.
pub async fn save_choices(
    app: &App,
    who: &Actor,
    held: Option<u32>,
    choices: &Choices,
) -> Result<u32, AppError> {
    permit(app, who, IndexAct::ChangeFramework, None, "framework")?;
    choices.check().map_err(refused)?;
    save_next(app, who, CHOICES, held, Choices::default, |_: &Choices| Ok(choices.clone())).await
}

/// As the edge tells it.
pub(super) fn refused(fault: EditionFault) -> AppError {
    match fault {
        EditionFault::Framework(faults) => invalid(&faults),
        EditionFault::Choice { name, .. } => AppError::field(&format!("/{name}"), "range", fault.to_string()),
        fault => AppError::Blocked { why: fault.to_string() },
    }
}

/// The document as it is kept: departments as codes of units, so that a unit may change its name.
fn resolved(city: &City, doc: &FrameworkDoc) -> Result<FrameworkDoc, AppError> {
    read(city, doc)?;
    let mut doc = doc.clone();
    let code = |name: &str| unit_of(city, name).unwrap_or_else(|| name.to_owned());
    doc.rows.iter_mut().for_each(|row| row.department = code(row.department.trim()));
    doc.bases.iter_mut().for_each(|base| base.department = code(base.department.trim()));
    Ok(doc)
}

fn unit_of(city: &City, name: &str) -> Option<String> {
    department(city, name).map(|unit| unit.code.clone())
}

fn none() -> FrameworkDoc {
    FrameworkDoc { due_day: 10, rows: Vec::new(), bases: Vec::new() }
}

fn invalid(faults: &[FrameworkFault]) -> AppError {
    let told = |fault: &FrameworkFault| {
        let place = match fault.row {
            0 => format!("/{}", fault.column),
            row => format!("/{}/{}/{}", fault.table, row - 1, fault.column),
        };
        let detail = match fault.character {
            Some(character) => format!("row {}, character {character}: {}", fault.row, fault.why),
            None => fault.why.clone(),
        };
        FieldError { path: place, code: "range", detail }
    };
    AppError::Invalid(faults.iter().take(500).map(told).collect())
}
