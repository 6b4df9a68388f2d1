//! An entry opened: its row, its key and what it holds. Whoever may not open it gets the answer that it does not exist,
//! after the same questions to the store.

use std::fmt::Display;

use domain::audit::Hash;
use domain::care::{self, Act, Held};
use domain::id::{CareId, PurposeId};
use domain::policy::{Actor, CareAct, CareFacts, CareReach, care_reach, permit_care};
use domain::stream::{Stream, StreamId};
use jiff::civil::Date;
use serde::Serialize;
use store::Fault;
use store::care::{CareRow, Purpose};

use crate::stream::Trail;
use crate::vault::DataKey;
use crate::{App, AppError};

/// What an entry is called where it does not exist.
pub(crate) const WHAT: &str = "care entry";

/// An opened entry.
pub(crate) struct File {
    pub row: CareRow,
    pub key: DataKey,
    pub held: Held,
    /// The purpose that opened it, where one did.
    pub purpose: Option<PurposeId>,
}

/// What everything sealed with an entry's key says it is about.
pub(crate) fn about(id: CareId) -> String {
    format!("care/{id}")
}

/// The law says no; its words name no person.
pub(crate) fn blocked(refusal: impl Display) -> AppError {
    AppError::Blocked { why: refusal.to_string() }
}

/// The hash of a request that may hold something personal: keyed, so that it cannot be guessed from the record.
pub(crate) fn private_hash(app: &App, request: &impl Serialize) -> Result<Hash, AppError> {
    let text = serde_json::to_string(request).expect("requests are plain data");
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&app.vault.blind("request", &text)?);
    Ok(Hash(hash))
}

/// The entry has ended.
pub(crate) fn over(row: &CareRow) -> AppError {
    match row.ended {
        Some((on, why)) => blocked(care::CareRefusal::Over { on, why }),
        None => AppError::NotFound { what: WHAT },
    }
}

/// Opens an entry for an act, if this person may.
pub(crate) async fn open(app: &App, who: &Actor, act: CareAct, id: CareId) -> Result<File, AppError> {
    // Asked before it is known whether there is an entry: what is absent takes as long as what is forbidden.
    let purposes = purposes(app, who, act).await?;
    let row = store::care::one(&app.store, id).await?;
    let row = row.ok_or(AppError::NotFound { what: WHAT })?;
    let purpose = covering(&purposes, app, &row);
    let facts = CareFacts { areas: row.areas, purpose: purpose.is_some(), ..CareFacts::default() };
    permit_care(who, act, &facts).map_err(|_| AppError::NotFound { what: WHAT })?;
    let by_purpose = care_reach(who.role, act) == CareReach::Purpose;
    Ok(File { purpose: purpose.filter(|_| by_purpose), ..open_row(app, row).await? })
}

/// Opens a row, whoever asks: what they may was decided by something else than the entry.
pub(crate) async fn open_row(app: &App, row: CareRow) -> Result<File, AppError> {
    let Some(open) = &row.open else { return Err(over(&row)) };
    let key = app.vault.key(&app.store, row.id.0).await?;
    let key = key.ok_or(AppError::NotFound { what: WHAT })?;
    file_of(row.clone(), &open.sealed, key)
}

/// What a row holds, by its key.
pub(crate) fn file_of(row: CareRow, sealed: &[u8], key: DataKey) -> Result<File, AppError> {
    let plain = key.open(&about(row.id), sealed)?;
    let held = serde_json::from_slice(&plain).map_err(|_| Fault::Nonsense {
        what: format!("what entry {} holds", row.id),
        why: "it is not as entries are".to_owned(),
    })?;
    Ok(File { row, key, held, purpose: None })
}

/// Purposes that could open something for this act.
pub(crate) async fn purposes(app: &App, who: &Actor, act: CareAct) -> Result<Vec<Purpose>, AppError> {
    let Some(person) = who.person else { return Ok(Vec::new()) };
    if care_reach(who.role, act) != CareReach::Purpose {
        return Ok(Vec::new());
    }
    Ok(store::care::purposes_of(&app.store, person, app.clock.now()).await?)
}

/// The first purpose that covers an entry.
pub(crate) fn covering(purposes: &[Purpose], app: &App, row: &CareRow) -> Option<PurposeId> {
    let category = row.open.as_ref()?.category;
    let now = app.clock.now();
    let covers = |it: &&Purpose| {
        it.holds(now) && it.categories.contains(&category) && row.areas.upwards().any(|area| area == it.area)
    };
    purposes.iter().find(covers).map(|it| it.id)
}

impl File {
    /// Where its record stands.
    pub fn trail(&self) -> Trail {
        Trail::at(StreamId::new(Stream::Care, self.row.id.0), self.row.version, self.row.head)
    }

    /// Whether an act is legal today.
    pub fn may(&self, act: &Act, today: Date) -> Result<(), AppError> {
        care::may(&self.held, act, today).map_err(blocked)
    }

    /// Seals something for the record.
    pub fn seal(&self, value: &impl Serialize) -> String {
        self.key.seal_text(&about(self.row.id), value)
    }

    /// The row after acts that changed nothing it holds.
    pub fn touched(&self, trail: &Trail) -> CareRow {
        CareRow { version: trail.version(), head: trail.head(), ..self.row.clone() }
    }

    /// The row after acts that left it holding this.
    pub fn holding(&self, app: &App, trail: &Trail, held: &Held) -> Result<CareRow, AppError> {
        let mut row = self.touched(trail);
        row.revision += 1;
        let tail = held.phone_tail().map(|tail| app.vault.blind("care_tail", &tail)).transpose()?;
        if let Some(open) = &mut row.open {
            let told = open.review_told && open.review == held.terms.review;
            open.category = held.terms.category;
            open.near = held.person.point.map(care::blurred);
            open.review = held.terms.review;
            open.expiry = held.terms.expiry;
            open.review_told = told;
            open.wake = care::wake(held, told);
            open.tail = tail;
            open.sealed = sealed(&self.key, row.id, held);
        }
        Ok(row)
    }
}

/// What an entry holds, sealed.
pub(crate) fn sealed(key: &DataKey, id: CareId, held: &Held) -> Vec<u8> {
    key.seal(&about(id), &serde_json::to_vec(held).expect("what is held is plain data"))
}

/// When a planned visit wakes the platform: as the day after it was due begins.
pub(crate) fn wake_of(app: &App, due: Date) -> Option<jiff::Timestamp> {
    let next = due.tomorrow().ok()?;
    app.city().zone.to_timestamp(next.to_datetime(jiff::civil::Time::midnight())).ok()
}
