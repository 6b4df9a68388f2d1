//! The kinds of places and things as the city keeps them (bundle `place-kinds`).

use domain::form::FormUse;
use domain::id::AreaId;
use domain::place::{Kind, Kinds, Sort};
use domain::policy::{Actor, PlaceAct, permit_place};
use store::place::Plan;

use crate::form::forms;
use crate::settings::{Difference, Kept, difference, kept, save_next};
use crate::{App, AppError, FieldError};

/// Kind of the bundle.
pub const KINDS: &str = "place-kinds";

/// The kinds that stand.
pub async fn kinds(app: &App) -> Result<Kept<Kinds>, AppError> {
    kept(app, KINDS, Kinds::default).await
}

/// A kind of this sort that takes new places.
pub(super) fn open_kind<'a>(kinds: &'a Kinds, sort: Sort, code: &str) -> Result<&'a Kind, AppError> {
    match kinds.get(sort, code) {
        Some(kind) if kind.retired => {
            Err(AppError::field("/kind", "retired", format!("kind {code} takes no new ones")))
        }
        Some(kind) => Ok(kind),
        None => {
            let known = kinds.kinds.iter().filter(|it| it.sort == sort && !it.retired);
            let known: Vec<&str> = known.take(30).map(|it| it.code.as_str()).collect();
            let detail =
                format!("there is no kind {code:?} of {}s; there are {}", sort.as_str(), known.join(", "));
            Err(AppError::field("/kind", "unknown", detail))
        }
    }
}

/// The plans of all kinds that have one.
pub(super) fn plans(kinds: &Kinds) -> Vec<Plan> {
    let of = |kind: &Kind| {
        let every = kind.every_days.filter(|_| !kind.retired)?;
        let after_failing = kind.after_failing_days.unwrap_or(every);
        Some(Plan { kind: kind.code.clone(), every, after_failing })
    };
    kinds.kinds.iter().filter_map(of).collect()
}

/// What these kinds would change, and everything that is wrong with them.
pub async fn preview_kinds(app: &App, who: &Actor, new: &Kinds) -> Result<Difference, AppError> {
    may_change_kinds(app, who)?;
    let held = kinds(app).await?;
    check(app, &held.body, new).await?;
    Ok(difference(&held.body.kinds, &new.kinds, |kind| kind.code.clone()))
}

/// Saves the kinds as their next version; due days follow at once, also of places that are there already.
pub async fn save_kinds(app: &App, who: &Actor, seen: Option<u32>, new: &Kinds) -> Result<u32, AppError> {
    may_change_kinds(app, who)?;
    check(app, &kinds(app).await?.body, new).await?;
    save_next(app, who, KINDS, seen, Kinds::default, |held: &Kinds| {
        gone(held, new).map_or(Ok(new.clone()), Err)
    })
    .await
}

async fn check(app: &App, held: &Kinds, new: &Kinds) -> Result<(), AppError> {
    let forms = forms(app, false).await?;
    let is_form = |code: &str| forms.iter().any(|it| it.code == code && it.used == FormUse::Inspection);
    let faults = new.faults(&is_form);
    if !faults.is_empty() {
        let told = |it: domain::place::KindFault| FieldError { path: it.path, code: "range", detail: it.why };
        return Err(AppError::Invalid(faults.into_iter().map(told).collect()));
    }
    gone(held, new).map_or(Ok(()), Err)
}

/// A kind that was there stays: places may be of it.
fn gone(held: &Kinds, new: &Kinds) -> Option<AppError> {
    let is_gone = |old: &&Kind| new.get(old.sort, &old.code).is_none();
    let gone = held.kinds.iter().filter(is_gone).map(|old| FieldError {
        path: "/kinds".to_owned(),
        code: "missing",
        detail: format!(
            "kind {} is left out: there may be some of it, so keep it with retired = true",
            old.code
        ),
    });
    let gone: Vec<FieldError> = gone.collect();
    (!gone.is_empty()).then_some(AppError::Invalid(gone))
}

/// Only an administrator of the whole city.
pub(crate) fn may_change_kinds(app: &App, who: &Actor) -> Result<(), AppError> {
    let city = app.city();
    let whole = city.ancestors(city.root().map_or(AreaId(0), |root| root.id));
    permit_place(who, PlaceAct::ChangeKinds, &whole).map_err(|_| AppError::NotFound { what: "setting" })
}
