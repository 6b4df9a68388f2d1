//! What the person is given: all that is held of them, and who read it. A code from their worker opens the list of
//! readers without an account; it is kept only as a keyed hash, and guesses are slowed.

use std::net::IpAddr;

use domain::care::{Act, ReadReason};
use domain::case::By;
use domain::id::{ActId, CareId, PersonId};
use domain::policy::{Actor, CareAct, Role};
use domain::stream::{Stream, StreamId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{Batch, CommitError};

use super::file::{open, private_hash};
use super::read::{EntryView, view};
use crate::people::new_id;
use crate::session::strikes::wait_s;
use crate::stream::{self, TRIES};
use crate::{App, AppError};

/// No 0 and O, no 1, I and L: it is read out and written down.
const LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// 59 bits of chance.
const LENGTH: usize = 12;
/// Longest delay before a reading is told, in days.
const LONGEST_DELAY: u8 = 90;

/// A code, to be handed over once.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(pub String);

/// Someone who read an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// Who: the name of the account.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// Why.
    pub reason: ReadReason,
    /// Only as a name in a list.
    pub listed: bool,
}

/// What a person sees by their code.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The legal basis: consent, `statutory_service`, `vital_interest`.
    pub basis: &'static str,
    /// What the entry is for.
    pub purpose: String,
    /// When it is looked at again.
    pub review: Date,
    /// When it ends.
    pub expiry: Date,
    /// Who read it, the newest first; at most 500.
    pub readings: Vec<Reading>,
    /// Readings of the last so many days are not told yet.
    pub delay_days: u8,
}

/// A code by which the person sees who read; the one before it opens nothing any more. `None`: this key has made one
/// already, and it is shown once.
pub async fn give_code(
    app: &App,
    who: &Actor,
    id: CareId,
    key: ActId,
    delay_days: u8,
) -> Result<Option<Code>, AppError> {
    if delay_days > LONGEST_DELAY {
        return Err(AppError::field("/delay_days", "range", format!("0 to {LONGEST_DELAY} days")));
    }
    let request = private_hash(app, &(id, "code", delay_days))?;
    for _ in 0..TRIES {
        if let Some(used) = stream::used(app, key).await? {
            stream::is_again(&used, StreamId::new(Stream::Care, id.0), request)?;
            return Ok(None);
        }
        let file = open(app, who, CareAct::Hand, id).await?;
        let act = Act::GiveCode { delay_days };
        file.may(&act, app.people.today())?;
        let mut trail = file.trail();
        let entry = trail.append(who, app.clock.now(), key, request, &act);
        let code = new_code();
        let mut row = file.touched(&trail);
        if let Some(open) = &mut row.open {
            open.code = Some((app.vault.blind("care_code", &code)?, delay_days));
        }
        match app.store.commit(Batch::new("give code").with(row.save(file.row.version)).with(entry)).await {
            Ok(()) => return Ok(Some(Code(code))),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

fn new_code() -> String {
    let mut code = String::with_capacity(LENGTH);
    while code.len() < LENGTH {
        let mut byte = [0];
        getrandom::fill(&mut byte).expect("the machine has a source of randomness");
        // 248 is the largest multiple of 31 in a byte: each letter is as likely.
        if byte[0] < 248 {
            code.push(char::from(LETTERS[usize::from(byte[0]) % LETTERS.len()]));
        }
    }
    code
}

/// Who read an entry, for those who may open it: a reading of its own.
pub async fn readings(app: &App, who: &Actor, id: CareId) -> Result<Vec<Reading>, AppError> {
    let file = super::read::recorded(app, who, id, ReadReason::PersonAsked).await?;
    told(app, file.row.id, None).await
}

/// What the person sees by their code. Unknown, old and ended codes get one answer; wrong ones slow the address down.
pub async fn shown(app: &App, code: &str, from: Option<IpAddr>) -> Result<Shown, AppError> {
    let now = app.clock.now();
    let strikes = &app.people.node.strikes;
    if let Some(address) = from {
        strikes.charge(address, now).map_err(|until| AppError::Locked { retry_s: wait_s(now, until) })?;
    }
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).take(64).collect();
    let blind = app.vault.blind("care_code", &plain)?;
    let gone = AppError::NotFound { what: "code" };
    let Some(row) = store::care::by_code(&app.store, blind).await? else { return Err(gone) };
    let delay_days = row.open.as_ref().and_then(|it| it.code).map_or(0, |(_, delay)| delay);
    let file = super::file::open_row(app, row).await?;
    if file.held.terms.expiry <= app.people.today() {
        return Err(gone);
    }
    if let Some(address) = from {
        strikes.refund(address);
    }
    let until = now - SignedDuration::from_hours(24 * i64::from(delay_days));
    let terms = &file.held.terms;
    Ok(Shown {
        basis: terms.basis.as_str(),
        purpose: terms.purpose.clone(),
        review: terms.review,
        expiry: terms.expiry,
        readings: told(app, file.row.id, (delay_days > 0).then_some(until)).await?,
        delay_days,
    })
}

/// Readings until a moment, the newest first.
async fn told(app: &App, id: CareId, until: Option<Timestamp>) -> Result<Vec<Reading>, AppError> {
    let acts = stream::acts::<Act>(app, StreamId::new(Stream::Care, id.0)).await?;
    let read: Vec<(Timestamp, By, ReadReason, bool)> = acts
        .into_iter()
        .rev()
        .filter(|it| until.is_none_or(|until| it.at <= until))
        .filter_map(|it| match it.act {
            Act::Read { reason, .. } => Some((it.at, it.by, reason, false)),
            Act::Listed { reason, .. } => Some((it.at, it.by, reason, true)),
            Act::Export => Some((it.at, it.by, ReadReason::PersonAsked, false)),
            _ => None,
        })
        .take(500)
        .collect();
    let people: Vec<PersonId> = read.iter().filter_map(|(_, by, ..)| by.person).collect();
    let names = app.people.names(people).await?;
    let name = |by: &By| by.person.and_then(|it| names.get(&it).cloned()).unwrap_or_default();
    Ok(read
        .into_iter()
        .map(|(at, by, reason, listed)| Reading { at, name: name(&by), role: by.role, reason, listed })
        .collect())
}

/// All that is held of a person, to be handed to them: the entry, what visits saw, referrals, readings.
pub async fn export(app: &App, who: &Actor, id: CareId) -> Result<(EntryView, Vec<Reading>), AppError> {
    for _ in 0..TRIES {
        let file = open(app, who, CareAct::Hand, id).await?;
        file.may(&Act::Export, app.people.today())?;
        let now = app.clock.now();
        let mut trail = file.trail();
        let request = private_hash(app, &(id, "export", now))?;
        let entry = trail.append(who, now, ActId(new_id(now).0), request, &Act::Export);
        let row = file.touched(&trail);
        match app.store.commit(Batch::new("export care").with(row.save(file.row.version)).with(entry)).await {
            Ok(()) => return Ok((view(app, file, u32::MAX).await?, told(app, id, None).await?)),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}
