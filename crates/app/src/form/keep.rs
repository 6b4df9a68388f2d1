//! Forms: list, one, a version, what a new one would change, and saving it.

use std::collections::BTreeMap;

use domain::class::Label;
use domain::form::{Asked, Filled, Form, FormDoc, FormFault, FormUse, asks_known};
use domain::id::AreaId;
use domain::policy::{Actor, PlaceAct, permit_place};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use store::{Fault, bundle};

use super::known::known;
use crate::city::City;
use crate::index::followed::department;
use crate::settings::{Difference, Kept, difference, kept, save_next};
use crate::{App, AppError, FieldError};

/// How the kinds of forms' bundles begin; the form's code follows.
pub const KIND: &str = "form/";
/// Faults that are told at most.
const TOLD: usize = 500;

/// A form in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its code.
    pub code: String,
    /// Version that stands.
    pub version: u32,
    /// What people call it.
    pub title: Label,
    /// Code of the department that asks.
    pub owner: String,
    /// What it is filled in for.
    pub used: FormUse,
    /// Estimated minutes.
    pub minutes: u16,
    /// How many questions it asks.
    pub questions: usize,
    /// Takes no new answers.
    pub retired: bool,
    /// Questions that ask what is known.
    pub asks_known: Vec<Asked>,
}

/// A form with its version.
#[derive(Clone, Debug, PartialEq)]
pub struct FormView {
    /// The number of the version.
    pub version: u32,
    /// What answers are read by.
    pub form: Form,
    /// Questions that ask what is known.
    pub asks_known: Vec<Asked>,
}

/// What a form would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FormDifference {
    /// Version that stands now; 0 for a new form.
    pub version: u32,
    /// Of its items, by name.
    pub items: Difference,
    /// Of title, owner, minutes and the like.
    pub head: Difference,
    /// Questions that ask what is known: nothing is refused for it, and it is published with the form.
    pub asks_known: Vec<Asked>,
}

/// Every form that stands, by code; retired ones only where asked for.
pub async fn forms(app: &App, retired: bool) -> Result<Vec<Listed>, AppError> {
    let known = known(app).await?;
    let mut found = Vec::new();
    for (kind, version, body) in bundle::newest_under(&app.store, KIND, app.clock.now()).await? {
        let form = read_stored(&kind, version, &body)?;
        if form.doc.retired && !retired {
            continue;
        }
        let asks_known = asks_known(&form, &known);
        let questions = form.items.iter().filter(|it| it.doc.kind.is_answered()).count();
        let FormDoc { code, title, owner, used, minutes, retired, .. } = form.doc;
        found.push(Listed { code, version, title, owner, used, minutes, questions, retired, asks_known });
    }
    Ok(found)
}

/// The form that stands.
pub async fn form(app: &App, code: &str) -> Result<FormView, AppError> {
    let kind = format!("{KIND}{code}");
    let found = bundle::newest(&app.store, &kind, app.clock.now()).await?;
    let (version, body) = found.ok_or(AppError::NotFound { what: "form" })?;
    view(app, &kind, version, &body).await
}

/// A form as it stood in a version.
pub async fn of_version(app: &App, code: &str, version: u32) -> Result<FormView, AppError> {
    let kind = format!("{KIND}{code}");
    let found = bundle::body(&app.store, &kind, version).await?;
    let body = found.ok_or(AppError::NotFound { what: "version of the form" })?;
    view(app, &kind, version, &body).await
}

/// Numbers of the versions of a form: the first and the last; none where there is no such form.
pub async fn versions(app: &App, code: &str) -> Result<Option<(u32, u32)>, AppError> {
    let last = bundle::last_version(&app.store, &format!("{KIND}{code}")).await?;
    Ok((last > 0).then_some((1, last)))
}

/// Answers read by the version of the form they were filled in with; the version is what they were checked by. `path`
/// is where they stand in the request. An old version is read as it was; one that never was is an error that names
/// those that were.
pub async fn filled(
    app: &App,
    (code, version): (&str, u32),
    answers: &BTreeMap<String, Value>,
    today: Date,
    path: &str,
) -> Result<(Form, Filled), AppError> {
    let form = match of_version(app, code, version).await {
        Ok(view) => view.form,
        Err(AppError::NotFound { .. }) => {
            let detail = match versions(app, code).await? {
                None => format!("there is no form {code}; see /api/v1/forms"),
                Some((first, last)) => {
                    format!("there is no version {version} of {code}: there are {first} to {last}")
                }
            };
            return Err(AppError::field("/form", "unknown", detail));
        }
        Err(error) => return Err(error),
    };
    let filled = form.fill(answers, today).map_err(|faults| {
        let told = |it: domain::form::AnswerFault| FieldError {
            path: format!("{path}/{}", it.question),
            code: it.code,
            detail: match it.says {
                Some(says) if !says.zh.is_empty() => format!("{} · {}", says.zh, it.why),
                _ => it.why,
            },
        };
        AppError::Invalid(faults.into_iter().take(TOLD).map(told).collect())
    })?;
    Ok((form, filled))
}

/// What a form would change, and everything that is wrong with it.
pub async fn preview(app: &App, who: &Actor, doc: &FormDoc) -> Result<FormDifference, AppError> {
    may_change(app, who)?;
    let form = checked(&app.city(), doc)?;
    let held = held(app, &form.doc.code).await?;
    Ok(FormDifference {
        version: held.version,
        items: difference(
            held.body.as_ref().map_or(&[], |it| it.items.as_slice()),
            &form.doc.items,
            |item| item.name.clone(),
        ),
        head: difference(
            &held.body.iter().map(headless).collect::<Vec<_>>(),
            &[headless(&form.doc)],
            |doc| doc.code.clone(),
        ),
        asks_known: asks_known(&form, &known(app).await?),
    })
}

/// Saves a form as its next version; `seen` is the version that was decided on. Gives the version that stands then.
/// What was filled in with an older one stays as it is and is still taken.
pub async fn save(app: &App, who: &Actor, seen: Option<u32>, doc: &FormDoc) -> Result<u32, AppError> {
    may_change(app, who)?;
    let kind = format!("{KIND}{}", doc.code);
    save_next(
        app,
        who,
        &kind,
        seen,
        || None,
        |_: &Option<FormDoc>| checked(&app.city(), doc).map(|form| Some(form.doc)),
    )
    .await
}

fn may_change(app: &App, who: &Actor) -> Result<(), AppError> {
    let city = app.city();
    let whole = city.ancestors(city.root().map_or(AreaId(0), |root| root.id));
    permit_place(who, PlaceAct::ChangeForm, &whole).map_err(|_| AppError::NotFound { what: "form" })
}

async fn held(app: &App, code: &str) -> Result<Kept<Option<FormDoc>>, AppError> {
    kept(app, &format!("{KIND}{code}"), || None).await
}

/// Without items: what the head says.
fn headless(doc: &FormDoc) -> FormDoc {
    FormDoc { items: Vec::new(), ..doc.clone() }
}

/// A form that holds together and fits the city: its owner is a department, its classes take cases.
fn checked(city: &City, doc: &FormDoc) -> Result<Form, AppError> {
    let mut doc = doc.clone();
    let unit = department(city, doc.owner.trim());
    let mut faults: Vec<FormFault> = Vec::new();
    match unit {
        Some(unit) => doc.owner.clone_from(&unit.code),
        None if doc.owner.trim().is_empty() => {}
        None => {
            let why = format!("there is no department {:?} of the whole city; see /api/v1/units", doc.owner);
            faults.push(FormFault { item: None, name: String::new(), field: "owner", character: None, why });
        }
    }
    let named = doc.items.iter().enumerate().map(|(at, it)| (Some(at), it.name.clone(), it.class.clone()));
    for (item, name, class) in std::iter::once((None, String::new(), doc.class.clone())).chain(named) {
        let known = city.class(&domain::id::ClassCode(class.clone()));
        if class.is_empty() || known.is_some_and(|it| !it.retired) {
            continue;
        }
        let why = match known {
            Some(_) => format!("class {class} takes no new cases"),
            None => format!("there is no class {class}; see /api/v1/classes"),
        };
        faults.push(FormFault { item, name, field: "class", character: None, why });
    }
    match Form::read(&doc) {
        Ok(form) if faults.is_empty() => Ok(form),
        Ok(_) => Err(invalid(&faults)),
        Err(more) => {
            faults.extend(more.0);
            Err(invalid(&faults))
        }
    }
}

/// As the edge tells it: by JSON pointer.
fn invalid(faults: &[FormFault]) -> AppError {
    let told = |fault: &FormFault| {
        let path = match fault.item {
            Some(at) => format!("/items/{at}/{}", fault.field),
            None => format!("/{}", fault.field),
        };
        FieldError { path, code: "range", detail: fault.to_string() }
    };
    AppError::Invalid(faults.iter().take(TOLD).map(told).collect())
}

async fn view(app: &App, kind: &str, version: u32, body: &str) -> Result<FormView, AppError> {
    let form = read_stored(kind, version, body)?;
    let asks_known = asks_known(&form, &known(app).await?);
    Ok(FormView { version, form, asks_known })
}

fn read_stored(kind: &str, version: u32, body: &str) -> Result<Form, AppError> {
    let nonsense = |why: String| Fault::Nonsense { what: format!("version {version} of {kind}"), why };
    let doc: FormDoc = serde_json::from_str(body).map_err(|why| nonsense(why.to_string()))?;
    Ok(Form::read(&doc).map_err(|why| nonsense(why.to_string()))?)
}
