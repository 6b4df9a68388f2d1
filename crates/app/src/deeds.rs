//! Deeds: whatever changes the city's settings is written together with what was done and by whom. Here they are
//! chained and read; which deed a use case records is its own to say.

use domain::audit::sha256;
use domain::case::By;
use domain::deed::{Deed, DutyFacts, Head, Post, Recorded, UnitFacts};
use domain::id::{AreaId, DeedId};
use domain::policy::{Actor, StaffAct};
use jiff::Timestamp;
use store::deed::{self, Listed};
use store::duty::Duty;
use store::person::Person;
use store::unit::Unit;
use store::{Batch, CommitError, Store, ground};

use crate::people::{new_id, permit};
use crate::{App, AppError};

/// How often a use case decides again because another was faster.
const TRIES: u32 = 20;
/// Most deeds of one page.
const PAGE: u32 = 500;

/// A use case that changes settings. It decides between [`Recording::begin`] and [`Recording::commit`]; when another
/// was committed meanwhile, nothing of it is kept and it decides again, on what stands then.
///
/// ```ignore
/// let mut recording = Recording::new(store, now, by(who));
/// loop {
///     recording.begin().await?;
///     let old = …; // read and decide
///     if recording.commit(batch, vec![(area, deed)]).await? { return Ok(new) }
/// }
/// ```
pub struct Recording<'a> {
    store: &'a Store,
    now: Timestamp,
    by: By,
    key: Option<DeedId>,
    head: Head,
    tries: u32,
}

impl<'a> Recording<'a> {
    /// By someone who is allowed to.
    pub fn new(store: &'a Store, now: Timestamp, by: By) -> Recording<'a> {
        Recording { store, now, by, key: None, head: Head::default(), tries: 0 }
    }

    /// Under the client's key: its first deed gets it. Ask [`Recording::known`] after each beginning.
    #[must_use]
    pub fn keyed(self, key: Option<DeedId>) -> Recording<'a> {
        Recording { key, ..self }
    }

    /// The deed that the key has made already, for whoever sends the same again.
    pub async fn known(&self) -> Result<Option<Deed>, AppError> {
        let Some(key) = self.key else { return Ok(None) };
        let Some(known) = deed::by_key(self.store, key).await? else { return Ok(None) };
        known.parsed().map(|(_, deed)| Some(deed)).ok_or(AppError::KeyReused)
    }

    /// Looks where the chain stands, before anything is read that is decided on.
    pub async fn begin(&mut self) -> Result<(), AppError> {
        if self.tries >= TRIES {
            return Err(AppError::Contended);
        }
        self.head = deed::head(self.store).await?;
        Ok(())
    }

    /// Writes the state and the deeds that tell of it (each with the area it concerns; `None` is the whole city),
    /// whole or not at all. `false`: another deed was faster, decide again.
    pub async fn commit(
        &mut self,
        batch: Batch,
        deeds: Vec<(Option<AreaId>, Deed)>,
    ) -> Result<bool, CommitError> {
        let mut head = self.head;
        let recorded: Vec<Recorded> = deeds
            .into_iter()
            .enumerate()
            .map(|(at, (area, deed))| {
                let id = self.key.filter(|_| at == 0).unwrap_or_else(|| DeedId(new_id(self.now).0));
                head.add(id, self.now, area, &self.by, &deed)
            })
            .collect();
        // In front: whoever comes second waits here and not with rows of its own in hand.
        let told = deed::insert_all(&recorded).fold(Batch::new(batch.label), Batch::with);
        match self.store.commit(told.and(batch)).await {
            Ok(()) => {
                self.tries = 0;
                Ok(true)
            }
            Err(error) if deed::was_late(&error) => {
                self.tries += 1;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// Someone as the record names them.
pub fn by(who: &Actor) -> By {
    By { person: who.person, role: who.role, unit: who.unit }
}

/// Saves the next version of one of the city's documents, valid from a moment on; its number.
pub async fn save_bundle(
    store: &Store,
    who: &Actor,
    now: Timestamp,
    kind: &str,
    from: Timestamp,
    body: &impl serde::Serialize,
) -> Result<u32, AppError> {
    let body = serde_json::to_string(body).expect("bundles are plain data");
    let mut recording = Recording::new(store, now, by(who));
    loop {
        recording.begin().await?;
        let version = store::bundle::last_version(store, kind).await? + 1;
        let (batch, deed) = bundle(kind, version, from, &body);
        if recording.commit(batch, vec![(None, deed)]).await? {
            return Ok(version);
        }
    }
}

/// What saves a version of a document, and the deed that tells of it.
pub(crate) fn bundle(kind: &str, version: u32, from: Timestamp, body: &str) -> (Batch, Deed) {
    let sha256 = sha256(body.as_bytes()).to_string();
    let batch = Batch::new("bundle").with(store::bundle::insert(kind, version, from, body));
    (batch, Deed::SaveBundle { kind: kind.to_owned(), version, from, sha256 })
}

/// What a list of deeds is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Of this area and everything under it; `None` for one's own.
    pub area: Option<AreaId>,
    /// Only those about this (see `Deed::about`).
    pub about: Option<String>,
    /// Only those before this number.
    pub before: Option<u64>,
    /// At most so many, up to 500.
    pub limit: u32,
}

/// Deeds that an administrator may read of, newest first; and where the next page begins.
pub async fn list(app: &App, who: &Actor, asked: &Asked) -> Result<(Vec<Recorded>, Option<u64>), AppError> {
    let area = asked.area.unwrap_or(who.area);
    let ground = ground::of(&app.store, area, app.people.today()).await?;
    let ground = ground.ok_or(AppError::NotFound { what: "area" })?;
    permit(who, StaffAct::SeeDeed, &ground.areas(), None, "area")?;
    let limit = asked.limit.clamp(1, PAGE);
    let listed = Listed {
        ground: &ground.path,
        city: ground.areas().upwards().count() == 1,
        about: asked.about.as_deref(),
        before: asked.before,
    };
    let mut deeds = deed::list(&app.store, listed, limit + 1).await?;
    let more = deeds.len() > limit as usize;
    deeds.truncate(limit as usize);
    let next = deeds.last().filter(|_| more).map(|last| last.number);
    Ok((deeds, next))
}

/// An account as a deed tells of it.
pub(crate) fn post(person: &Person) -> Post {
    Post {
        account: person.account.clone(),
        role: person.role,
        area: person.area,
        unit: person.unit,
        disabled: person.disabled,
    }
}

/// Opening or changing an account.
pub(crate) fn account(old: Option<&Person>, new: &Person) -> (Option<AreaId>, Deed) {
    let deed = match old {
        None => Deed::OpenAccount { person: new.id, post: post(new) },
        Some(old) => Deed::ChangeAccount {
            person: new.id,
            before: post(old),
            after: post(new),
            renamed: old.name != new.name,
        },
    };
    (Some(new.area), deed)
}

/// Adding or changing a unit.
pub(crate) fn unit(old: Option<&Unit>, new: &Unit) -> (Option<AreaId>, Deed) {
    let deed = match old {
        None => Deed::AddUnit { unit: new.id, facts: unit_facts(new) },
        Some(old) => Deed::ChangeUnit { unit: new.id, before: unit_facts(old), after: unit_facts(new) },
    };
    (Some(new.area), deed)
}

/// Giving a duty, or moving its end.
pub(crate) fn duty(old: Option<&Duty>, new: &Duty) -> (Option<AreaId>, Deed) {
    let deed = match old {
        None => Deed::GiveDuty { duty: new.id, facts: duty_facts(new) },
        Some(old) => {
            let to = new.to.map(|day| day.to_string());
            Deed::EndDuty { duty: new.id, facts: duty_facts(old), to }
        }
    };
    (Some(new.grid), deed)
}

/// A unit as a deed tells of it.
pub(crate) fn unit_facts(unit: &Unit) -> UnitFacts {
    UnitFacts {
        code: unit.code.clone(),
        name_zh: unit.name_zh.clone(),
        name_en: unit.name_en.clone(),
        area: unit.area,
        parent: unit.parent,
        ended: unit.ended,
    }
}

/// A duty as a deed tells of it.
pub(crate) fn duty_facts(duty: &Duty) -> DutyFacts {
    DutyFacts {
        grid: duty.grid,
        person: duty.person,
        kind: duty.kind.as_str().to_owned(),
        from: duty.from.to_string(),
        to: duty.to.map(|day| day.to_string()),
    }
}
