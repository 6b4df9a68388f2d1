//! Webhooks: programs that are told of notices. They are one of the city's documents, kept by an administrator of the whole
//! city, with a deed for each change. A hook's secret is computed from its id and the city's keys, and stored nowhere.

use super::outside::Outside;
use crate::settings;
use crate::{App, AppError, FieldError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::policy::Actor;
use domain::telling::Hook;
use std::collections::BTreeSet;
use store::telling::{self, Delivery};
use store::{Batch, CommitError};
use uuid::Uuid;

/// So many there may be.
const MOST: usize = 50;
/// Kind of bundle.
pub(super) const KIND: &str = "hooks";

/// The hooks as they are kept.
pub type Kept = settings::Kept<Vec<Hook>>;

/// All hooks, for an administrator of the whole city.
pub async fn hooks(app: &App, who: &Actor) -> Result<Kept, AppError> {
    settings::may_change(app, who)?;
    all(app).await
}

pub(super) async fn all(app: &App) -> Result<Kept, AppError> {
    settings::kept(app, KIND, Vec::new).await
}

/// Saves them whole; `held` is the version that was decided on. Gives the version that stands then.
pub async fn save_hooks(
    app: &App,
    who: &Actor,
    held: Option<u32>,
    hooks: Vec<Hook>,
) -> Result<u32, AppError> {
    settings::may_change(app, who)?;
    check(&hooks, &app.outside)?;
    settings::save_next(app, who, KIND, held, Vec::new, |_: &Vec<Hook>| Ok(hooks.clone())).await
}

fn check(hooks: &[Hook], outside: &Outside) -> Result<(), AppError> {
    let mut wrong = Vec::new();
    let mut say = |path: String, code, detail: String| wrong.push(FieldError { path, code, detail });
    if hooks.len() > MOST {
        say("/items".to_owned(), "range", format!("{MOST} webhooks are the most"));
    }
    let mut ids = BTreeSet::new();
    for (at, hook) in hooks.iter().enumerate() {
        if !ids.insert(hook.id) {
            say(
                format!("/items/{at}/id"),
                "duplicate",
                "two webhooks have this id; give one another".to_owned(),
            );
        }
        if !(1..=60).contains(&hook.name.trim().chars().count()) {
            say(format!("/items/{at}/name"), "range", "a name has 1 to 60 characters".to_owned());
        }
        if let Err(why) = outside.address(&hook.url) {
            say(format!("/items/{at}/url"), "format", why);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(AppError::Invalid(wrong)) }
}

/// The secret of a hook, as its receiver needs it to check signatures: `whsec_…`.
pub async fn secret(app: &App, who: &Actor, id: Uuid) -> Result<String, AppError> {
    let kept = hooks(app, who).await?;
    let hook = kept.body.iter().find(|hook| hook.id == id).ok_or(AppError::NotFound { what: "webhook" })?;
    Ok(format!("whsec_{}", STANDARD.encode(key(app, hook.id)?)))
}

/// What signs a hook's messages.
pub(super) fn key(app: &App, id: Uuid) -> Result<[u8; 32], AppError> {
    let half = |which: &str| app.vault.blind(which, &id.to_string());
    let mut key = [0; 32];
    key[..16].copy_from_slice(&half("webhook/1")?);
    key[16..].copy_from_slice(&half("webhook/2")?);
    Ok(key)
}

/// Deliveries that were given up, for an administrator of the whole city; by id after one.
pub async fn dead(
    app: &App,
    who: &Actor,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Delivery>, AppError> {
    settings::may_change(app, who)?;
    Ok(telling::dead(&app.store, after.unwrap_or(Uuid::nil()), limit.clamp(1, 500)).await?)
}

/// Puts one of them on its way again.
pub async fn resend(app: &App, who: &Actor, id: Uuid) -> Result<(), AppError> {
    settings::may_change(app, who)?;
    match app.store.commit(Batch::new("resend").with(telling::resend(id, app.clock.now()))).await {
        Err(CommitError::Conflict { .. }) => Err(AppError::NotFound { what: "dead delivery" }),
        done => Ok(done?),
    }
}
