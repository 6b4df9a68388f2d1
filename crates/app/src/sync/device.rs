//! Which phones there are. Each has a key for what it keeps, which it is given after signing in and holds in memory only:
//! once it is cut off, the key is nowhere any more, and what lies on the phone can be read by nobody.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::deed::Deed;
use domain::id::{DeviceId, PersonId};
use domain::policy::StaffAct;
use store::sync::{self, Device};
use store::{Batch, CommitError};

use crate::session::Signed;
use crate::vault::{self, chance};
use crate::{App, AppError};

/// Most phones of one person that are not cut off.
const MOST: usize = 10;
const NAME: &str = "device/store";

/// Makes a phone known under the id it made for itself, or calls it something else. Whether it is new.
pub async fn register(app: &App, who: &Signed, id: DeviceId, name: &str) -> Result<(Device, bool), AppError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(AppError::field("/name", "range", "call it something, in 1 to 60 characters"));
    }
    let session = who.session.0;
    if let Some(known) = sync::device(&app.store, id).await? {
        let known = theirs(known, who.person)?;
        app.store.commit(Batch::new("device").with(sync::renew(id, name, &session))).await?;
        return Ok((Device { name: name.to_owned(), ..known }, false));
    }
    let all = sync::devices(&app.store, who.person).await?;
    if all.iter().filter(|it| it.cut.is_none()).count() >= MOST {
        let why = format!("you have {MOST} phones already: cut off one that you no longer use");
        return Err(AppError::Blocked { why });
    }
    let now = app.clock.now();
    let (keeps, key) = app.vault.new_key(id.0, now)?;
    let device = Device {
        id,
        person: who.person,
        name: name.to_owned(),
        made: now,
        used: None,
        cut: None,
        settled: 0,
        skew_ms: None,
        session: Some(session.to_vec()),
        sealed: Some(key.seal(NAME, &chance::<32>())),
    };
    match app.store.commit(Batch::new("device").with(device.add()).with(keeps)).await {
        Ok(()) => Ok((device, true)),
        // The same, sent twice at once.
        Err(CommitError::Duplicate { .. }) => {
            let known = sync::device(&app.store, id).await?.ok_or(AppError::Contended)?;
            Ok((theirs(known, who.person)?, false))
        }
        Err(error) => Err(error.into()),
    }
}

/// The key of what a phone keeps: 32 bytes, base64 for URLs. Only for the phone itself, and only as long as it is not cut
/// off.
pub async fn store_key(app: &App, who: &Signed, id: DeviceId) -> Result<String, AppError> {
    let device = own(app, who.person, id).await?;
    let sealed = device.sealed.as_deref().ok_or_else(absent)?;
    let key = app.vault.key(&app.store, id.0).await?.ok_or_else(absent)?;
    let bytes = key.open(NAME, sealed)?;
    app.store.commit(Batch::new("device").with(sync::renew(id, &device.name, &who.session.0))).await?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Phones of oneself, or of someone under an administrator's care.
pub async fn list(app: &App, who: &Signed, person: Option<PersonId>) -> Result<Vec<Device>, AppError> {
    let person = person.unwrap_or(who.person);
    if person != who.person {
        app.people.person_for(&who.actor, StaffAct::EndSessions, person).await?;
    }
    Ok(sync::devices(&app.store, person).await?)
}

/// Cuts a phone off: one's own, or of someone under an administrator's care. Its sign-in is over, and nothing it sends is
/// taken any more.
pub async fn cut(app: &App, who: &Signed, id: DeviceId) -> Result<(), AppError> {
    let mut recording = app.people.recording(&who.actor);
    loop {
        recording.begin().await?;
        let device = sync::device(&app.store, id).await?.ok_or_else(absent)?;
        let person = device.person;
        let of = app.people.person_for(&who.actor, StaffAct::EndSessions, person).await;
        let of = of.map_err(|_| absent())?;
        if device.cut.is_some() {
            return Ok(());
        }
        let now = app.clock.now();
        let mut batch = Batch::new("cut device")
            .with(sync::cut(id, now))
            .with(vault::erase(id.0))
            .with(sync::let_all_go(id));
        let session = device.session.as_deref().and_then(|sha| <[u8; 32]>::try_from(sha).ok());
        if let Some(sha) = session {
            batch = batch.with(store::session::end(&sha));
        }
        let deed = Deed::CutDevice { person, device: id };
        match recording.commit(batch, vec![(Some(of.area), deed)]).await {
            Ok(true) => {
                if let Some(sha) = session {
                    app.people.node.cache.end(&sha);
                }
                return Ok(());
            }
            Ok(false) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// A phone that is theirs and not cut off; any other is not there.
pub(super) async fn own(app: &App, person: PersonId, id: DeviceId) -> Result<Device, AppError> {
    theirs(sync::device(&app.store, id).await?.ok_or_else(absent)?, person)
}

fn theirs(device: Device, person: PersonId) -> Result<Device, AppError> {
    if device.person == person && device.cut.is_none() { Ok(device) } else { Err(absent()) }
}

fn absent() -> AppError {
    AppError::NotFound { what: "device" }
}
