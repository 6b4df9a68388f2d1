//! What the platform knows already: the list of data elements that is kept, and the fields of places and things.

use domain::form::{Element, Elements};
use domain::place::Kinds;
use domain::policy::Actor;

use crate::place::kinds::{kinds, may_change_kinds};
use crate::settings::{Kept, kept, save_next};
use crate::{App, AppError, FieldError};

/// Kind of the bundle with the list.
pub const ELEMENTS: &str = "elements";

/// The list as it is kept.
pub async fn elements(app: &App) -> Result<Kept<Elements>, AppError> {
    kept(app, ELEMENTS, Elements::default).await
}

/// Everything that is known: the list, and every field of a kind of place or thing that is a data element.
pub async fn known(app: &App) -> Result<Vec<Element>, AppError> {
    let mut known = elements(app).await?.body.elements;
    let of_kinds = fields(&kinds(app).await?.body);
    for element in of_kinds {
        if known.iter().all(|it| it.code != element.code) {
            known.push(element);
        }
    }
    Ok(known)
}

fn fields(kinds: &Kinds) -> Vec<Element> {
    let all = kinds.kinds.iter().flat_map(|kind| kind.fields.iter().map(move |field| (kind, field)));
    all.filter(|(_, field)| !field.element.is_empty())
        .map(|(kind, field)| Element {
            code: field.element.clone(),
            zh: vec![field.label.zh.clone()],
            en: vec![field.label.en.clone()],
            held: format!("{} ({})", kind.name.en, field.name),
        })
        .collect()
}

/// Saves the list as its next version.
pub async fn save_elements(
    app: &App,
    who: &Actor,
    seen: Option<u32>,
    list: &Elements,
) -> Result<u32, AppError> {
    may_change_kinds(app, who)?;
    let mut faults = Vec::new();
    for (at, element) in list.elements.iter().enumerate() {
        let mut say = |field: &str, detail: &str| {
            let path = format!("/elements/{at}/{field}");
            faults.push(FieldError { path, code: "range", detail: detail.to_owned() });
        };
        if element.code.trim().is_empty() || element.code.len() > 60 {
            say("code", "1 to 60 characters, as place.phone");
        }
        if list.elements[..at].iter().any(|it| it.code == element.code) {
            say("code", "it is there twice");
        }
        if element.zh.iter().chain(&element.en).all(|name| name.trim().is_empty()) {
            say("zh", "name it in at least one language, as it stands in forms");
        }
        if element.held.trim().is_empty() {
            say("held", "say where it is held");
        }
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    save_next(app, who, ELEMENTS, seen, Elements::default, |_: &Elements| Ok(list.clone())).await
}
