//! The city's own documents: calendars, classes of case, responsibility. Each is saved whole as its next version, by an
//! administrator of the whole city, and is a deed. Nothing is saved with which the city could not be loaded: a
//! document is tried against the others first.

use std::collections::BTreeMap;

use domain::area::Ancestors;
use domain::calendar::{Calendar, CalendarPlan};
use domain::class::{ClassFault, ClassRow, Dictionary};
use domain::id::AreaId;
use domain::policy::{Actor, StaffAct};
use domain::routing::{Gap, Known, Matrix, MatrixFaults, MatrixRow, Offices, Place, gaps};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::Arc;

use crate::city::{CalendarBundle, City, department_of, document, kind, plain_calendar};
use crate::people::permit;
use crate::{App, AppError, FieldError, deeds};

/// Errors that are told at most.
const TOLD: usize = 500;

/// A document as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept<T> {
    /// Number of the version; 0 as long as none was saved.
    pub version: u32,
    /// What it says.
    pub body: T,
}

/// What a new version would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Keys of rows that are new.
    pub added: Vec<String>,
    /// Keys of rows that are gone.
    pub removed: Vec<String>,
    /// Rows that say something else.
    pub changed: Vec<ChangedRow>,
    /// How many rows stay as they are.
    pub same: usize,
}

/// A row that says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedRow {
    /// Its key.
    pub key: String,
    /// Each field that differs.
    pub fields: Vec<ChangedField>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedField {
    /// Its name.
    pub field: String,
    /// As it is.
    pub before: Value,
    /// As it would be.
    pub after: Value,
}

/// The calendars, with the zone and week that hold before any was saved.
pub async fn calendars(app: &App) -> Result<Kept<CalendarBundle>, AppError> {
    let plain = || CalendarBundle { everybody: plain_calendar(), own: Vec::new() };
    kept(app, kind::CALENDARS, plain).await
}

/// The rows of the dictionary of classes.
pub async fn classes(app: &App) -> Result<Kept<Vec<ClassRow>>, AppError> {
    kept(app, kind::CLASSES, Vec::new).await
}

/// The rows of the responsibility matrix.
pub async fn matrix(app: &App) -> Result<Kept<Vec<MatrixRow>>, AppError> {
    kept(app, kind::MATRIX, Vec::new).await
}

/// What these classes would change, and everything that is wrong with them.
pub async fn preview_classes(app: &App, who: &Actor, rows: &[ClassRow]) -> Result<Difference, AppError> {
    may_change(app, who)?;
    app.refresh().await?;
    let held = classes(app).await?;
    try_classes(app, &held.body, rows)?;
    Ok(difference(&held.body, rows, |row| row.code.clone()))
}

/// Saves the classes; `held` is the version that was decided on. Gives the version that stands then.
pub async fn save_classes(
    app: &App,
    who: &Actor,
    held: Option<u32>,
    rows: Vec<ClassRow>,
) -> Result<u32, AppError> {
    save(app, who, kind::CLASSES, held, Vec::new, |known: &Vec<ClassRow>| {
        try_classes(app, known, &rows)?;
        Ok(rows.clone())
    })
    .await
}

/// Saves the rows of the responsibility matrix.
pub async fn save_matrix(
    app: &App,
    who: &Actor,
    held: Option<u32>,
    rows: Vec<MatrixRow>,
) -> Result<u32, AppError> {
    save(app, who, kind::MATRIX, held, Vec::new, |_: &Vec<MatrixRow>| {
        try_matrix(&app.city(), &rows, &app.city().classes)?;
        Ok(rows.clone())
    })
    .await
}

/// Changes some cells of the responsibility matrix: rows with the same classes, area and kind are replaced, others are
/// added; those in `drop` are taken out.
pub async fn edit_matrix(
    app: &App,
    who: &Actor,
    held: Option<u32>,
    set: &[MatrixRow],
    drop: &[(String, String, String)],
) -> Result<u32, AppError> {
    save(app, who, kind::MATRIX, held, Vec::new, |known: &Vec<MatrixRow>| {
        let mut rows = known.clone();
        for (at, key) in drop.iter().enumerate() {
            let before = rows.len();
            rows.retain(|row| cell(row) != *key);
            if rows.len() == before {
                let detail = "there is no such row; name classes, area and kind as they stand";
                return Err(AppError::field(&format!("/drop/{at}"), "unknown", detail));
            }
        }
        for row in set {
            match rows.iter_mut().find(|it| cell(it) == cell(row)) {
                Some(it) => it.clone_from(row),
                None => rows.push(row.clone()),
            }
        }
        try_matrix(&app.city(), &rows, &app.city().classes)?;
        Ok(rows)
    })
    .await
}

/// Saves the calendar of an area (of everybody, where it is the whole city); `None` lets it keep that of the area above.
pub async fn save_calendar(
    app: &App,
    who: &Actor,
    held: Option<u32>,
    area: AreaId,
    plan: Option<CalendarPlan>,
) -> Result<u32, AppError> {
    let plain = || CalendarBundle { everybody: plain_calendar(), own: Vec::new() };
    save(app, who, kind::CALENDARS, held, plain, |known: &CalendarBundle| {
        let city = app.city();
        let place = city.tree.get(area).ok_or(AppError::NotFound { what: "area" })?;
        if let Some(Err(faults)) = plan.clone().map(Calendar::new) {
            let told = faults.0.iter().map(|fault| field("", "range", fault.to_string()));
            return Err(AppError::Invalid(told.collect()));
        }
        let mut bundle = known.clone();
        if place.parent.is_none() {
            let missing = || AppError::field("", "missing", "the whole city needs a calendar");
            bundle.everybody = plan.clone().ok_or_else(missing)?;
        } else {
            let code = place.code.as_str();
            bundle.own.retain(|(own, _)| own != code);
            bundle.own.extend(plan.clone().map(|plan| (code.to_owned(), plan)));
        }
        Ok(bundle)
    })
    .await
}

/// Where nobody answers for a class: at the highest area where nobody does at all, of this area and all under it.
pub async fn gaps_in(city: Arc<City>, area: AreaId) -> Result<Vec<Gap>, AppError> {
    let found = tokio::task::spawn_blocking(move || {
        let top = city.area(area)?;
        let lowest = city.tree.iter().filter(|it| top.path.contains(&it.path));
        let places: Vec<Place> = lowest
            .filter(|it| it.level == domain::area::Level::Grid)
            .filter_map(|grid| {
                let areas = Ancestors::of(&grid.path);
                let mut path: Vec<_> =
                    areas.upwards().filter_map(|id| Some((id, city.area(id)?.kind))).collect();
                path.reverse();
                Place::new(path, area)
            })
            .collect();
        let mut found = gaps(city.classes.open_classes().map(|class| &class.code), &places, &city.matrix);
        // Only this ground was looked at: nothing is said of what lies above it.
        for gap in &mut found {
            if city.area(gap.area).is_none_or(|it| !top.path.contains(&it.path)) {
                gap.area = area;
            }
        }
        Some(found)
    });
    found.await.expect("looking for gaps does not panic").ok_or(AppError::NotFound { what: "area" })
}

fn cell(row: &MatrixRow) -> (String, String, String) {
    (row.classes.clone(), row.area.clone(), row.kind.clone())
}

/// A document as it stands, or what holds before there was one.
pub(crate) async fn kept<T: DeserializeOwned>(
    app: &App,
    kind: &str,
    none: impl FnOnce() -> T,
) -> Result<Kept<T>, AppError> {
    let found = document(&app.store, kind, app.clock.now()).await?;
    Ok(found.map_or_else(|| Kept { version: 0, body: none() }, |(version, body)| Kept { version, body }))
}

/// Only an administrator of the whole city; for others there is nothing to change.
pub(crate) fn may_change(app: &App, who: &Actor) -> Result<(), AppError> {
    let whole = app.city().root().map(|root| Ancestors::of(&root.path)).unwrap_or_default();
    permit(who, StaffAct::ChangeSettings, &whole, None, "setting")
}

async fn save<T: Serialize + DeserializeOwned>(
    app: &App,
    who: &Actor,
    kind: &'static str,
    held: Option<u32>,
    none: impl Fn() -> T,
    decide: impl Fn(&T) -> Result<T, AppError>,
) -> Result<u32, AppError> {
    may_change(app, who)?;
    save_next(app, who, kind, held, none, decide).await
}

/// Decides on the version of a document that stands and saves the next, again when another deed was faster. That `who`
/// may is asked before.
pub(crate) async fn save_next<T: Serialize + DeserializeOwned>(
    app: &App,
    who: &Actor,
    kind: &str,
    held: Option<u32>,
    none: impl Fn() -> T,
    decide: impl Fn(&T) -> Result<T, AppError>,
) -> Result<u32, AppError> {
    let now = app.clock.now();
    let mut recording = app.people.recording(who);
    loop {
        recording.begin().await?;
        app.refresh().await?;
        let known = kept(app, kind, &none).await?;
        if held.is_some_and(|held| held != known.version) {
            return Err(AppError::Stale { now: known.version });
        }
        let body = text_of(&decide(&known.body)?);
        if known.version > 0 && body == text_of(&known.body) {
            return Ok(known.version);
        }
        let last = store::bundle::last_version(&app.store, kind).await?;
        let (batch, deed) = deeds::bundle(kind, last + 1, now, &body);
        if recording.commit(batch, vec![(None, deed)]).await? {
            app.refresh().await?;
            return Ok(last + 1);
        }
    }
}

fn text_of(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("bundles are plain data")
}

fn try_classes(app: &App, known: &[ClassRow], rows: &[ClassRow]) -> Result<(), AppError> {
    let dictionary = Dictionary::new(1, rows).map_err(|faults| told(faults.0.iter().map(class_fault)))?;
    let gone = known.iter().filter(|old| rows.iter().all(|new| new.code != old.code)).map(|old| {
        let detail = format!("class {} is left out: cases have it, so keep it with retired = true", old.code);
        field("/rows", "missing", detail)
    });
    let gone: Vec<FieldError> = gone.take(TOLD).collect();
    if !gone.is_empty() {
        return Err(AppError::Invalid(gone));
    }
    let city = app.city();
    try_lines(&city, &city.matrix_rows, &dictionary).map_err(|faults| {
        told(
            faults
                .0
                .iter()
                .map(|fault| field("/rows", "in_use", format!("the responsibility matrix, {fault}"))),
        )
    })
}

fn try_matrix(city: &City, rows: &[MatrixRow], dictionary: &Dictionary) -> Result<(), AppError> {
    let place = |number: u32| format!("/rows/{}", number - 1);
    try_lines(city, rows, dictionary)
        .map_err(|faults| told(faults.0.iter().map(|fault| field(&place(fault.number), "range", &fault.why))))
}

fn try_lines(city: &City, rows: &[MatrixRow], dictionary: &Dictionary) -> Result<(), MatrixFaults> {
    let open = city.units.values().filter(|unit| !unit.ended);
    let offices = Offices::new(open.map(|u| (department_of(&u.code).to_owned(), u.area, u.id)));
    let by_code = |code: &str| city.history.by_code(&code.parse().ok()?).map(|area| area.id);
    Matrix::read(rows, offices, Known { area: &by_code, dictionary }).map(|_| ())
}

fn class_fault(fault: &ClassFault) -> FieldError {
    use ClassFault as F;
    let (row, column) = match fault {
        F::Code { row, .. } => (row, "code"),
        F::Major { row, .. } | F::MajorName { row, .. } => (row, "major"),
        F::Twice { row, column, .. } | F::Empty { row, column, .. } | F::Clock { row, column, .. } => {
            (row, *column)
        }
        F::Urgency { row, .. } => (row, "urgency"),
    };
    field(&format!("/rows/{}/{column}", row - 1), "range", fault.to_string())
}

fn field(path: &str, code: &'static str, detail: impl Into<String>) -> FieldError {
    FieldError { path: path.to_owned(), code, detail: detail.into() }
}

fn told(faults: impl Iterator<Item = FieldError>) -> AppError {
    AppError::Invalid(faults.take(TOLD).collect())
}

/// Rows by their keys, before and after.
pub(crate) fn difference<T: Serialize>(before: &[T], after: &[T], key: impl Fn(&T) -> String) -> Difference {
    let by_key = |rows: &[T]| -> BTreeMap<String, Value> {
        let value = |row| serde_json::to_value(row).expect("rows are plain data");
        rows.iter().map(|row| (key(row), value(row))).collect()
    };
    let (before, after) = (by_key(before), by_key(after));
    let mut found = Difference {
        removed: before.keys().filter(|key| !after.contains_key(*key)).cloned().collect(),
        ..Difference::default()
    };
    for (key, new) in after {
        match before.get(&key) {
            None => found.added.push(key),
            Some(old) if *old == new => found.same += 1,
            Some(old) => found.changed.push(ChangedRow { fields: fields(old, &new), key }),
        }
    }
    found
}

fn fields(old: &Value, new: &Value) -> Vec<ChangedField> {
    let names = new.as_object().into_iter().flat_map(|object| object.keys());
    let differs = names.filter(|name| old[name.as_str()] != new[name.as_str()]);
    differs
        .map(|name| ChangedField {
            field: name.clone(),
            before: old[name.as_str()].clone(),
            after: new[name.as_str()].clone(),
        })
        .collect()
}
