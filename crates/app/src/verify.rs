//! Verifying the record: every chain of entries, and every stored state against what its log gives.

mod settings;

use crate::seal::{self, Seals};
use crate::{App, AppError};
use domain::audit::{Broken, Entry, Hash, How, verify_chain};
use domain::case::Case;
use domain::deed;
use domain::id::CaseId;
use domain::stream::{Stream, StreamId};
use serde::Serialize;
use store::log::Head;
use store::{case, log};
use uuid::Uuid;

/// What a verification found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// Cases looked at.
    pub n_cases: u64,
    /// Other streams looked at: visits, disputes, inspections …
    pub n_others: u64,
    /// Entries looked at.
    pub n_entries: u64,
    /// The first entry of each broken log, at most a hundred.
    pub broken: Vec<Broken>,
    /// Deeds looked at.
    pub n_deeds: u64,
    /// Deeds that do not hold, at most a hundred.
    pub broken_deeds: Vec<deed::Broken>,
    /// What the seals say of the record as a whole.
    pub seals: Seals,
}

const PAGE: u32 = 500;
const BROKEN_MAX: usize = 100;
/// How often a case that people keep moving is looked at again.
const LOOKS: u32 = 50;

/// Walks the whole record of a live database. `progress` hears how many cases are done.
///
/// People go on working meanwhile: a page is read in more than one look, so whatever seems wrong in it is
/// looked at again by itself before it is named.
pub async fn verify(app: &App, progress: impl Fn(u64)) -> Result<Verified, AppError> {
    let mut found = Verified::default();
    for (kind, _) in log::ROWS {
        verify_streams(app, *kind, &mut found, &progress).await?;
    }
    if let Some((stream, version)) = log::orphan(&app.store).await? {
        note(&mut found, Some(broken(stream, version, How::Reordered)));
    }
    verify_deeds(app, &mut found).await?;
    found.seals = seal::verify(app).await?;
    Ok(found)
}

/// Walks all streams of a kind.
async fn verify_streams(
    app: &App,
    kind: Stream,
    found: &mut Verified,
    progress: &impl Fn(u64),
) -> Result<(), AppError> {
    let mut after = Uuid::nil();
    loop {
        let heads = log::heads(&app.store, kind, after, PAGE).await?;
        let Some(last) = heads.last() else { return Ok(()) };
        let entries = log::between(&app.store, kind, after, last.stream.id).await?;
        let mut rest = entries.as_slice();
        for head in &heads {
            let stray = rest.iter().take_while(|e| e.stream < head.stream).count();
            let n = rest[stray..].iter().take_while(|e| e.stream == head.stream).count();
            if let Some(first) = rest[..stray].first() {
                note(found, judged_alone(app, first.stream).await?);
            }
            let own = &rest[stray..stray + n];
            rest = &rest[stray + n..];
            *(if kind == Stream::Case { &mut found.n_cases } else { &mut found.n_others }) += 1;
            found.n_entries += n as u64;
            if judged(app, head, own).await?.is_some() {
                note(found, judged_alone(app, head.stream).await?);
            }
        }
        after = last.stream.id;
        progress(found.n_cases + found.n_others);
    }
}

impl Verified {
    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.broken.is_empty() && self.broken_deeds.is_empty() && self.seals.broken.is_empty()
    }
}

impl Verified {
    /// Takes the next deed after those that `head` stands behind.
    pub fn take_deed(&mut self, head: &mut deed::Head, next: &deed::Recorded) {
        self.n_deeds += 1;
        let wrong = head.walk(next).err();
        if self.broken_deeds.len() < BROKEN_MAX {
            self.broken_deeds.extend(wrong);
        }
    }
}

/// Walks the chain of deeds (it only grows, so that one look at each is enough), then compares the settings as they
/// stand; again when someone changed them meanwhile.
async fn verify_deeds(app: &App, found: &mut Verified) -> Result<(), AppError> {
    let (mut head, mut told) = (deed::Head::default(), settings::Told::default());
    for _ in 0..LOOKS {
        loop {
            let page = store::deed::page(&app.store, head.number, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for next in &page {
                found.take_deed(&mut head, next);
                told.take(next);
            }
        }
        let wrong = told.compare(app).await?;
        if wrong.is_empty() || store::deed::head(&app.store).await?.number == head.number {
            // A deed that does not hold by itself tells nothing of the settings.
            let named: Vec<u64> = found.broken_deeds.iter().map(|broken| broken.number).collect();
            found.broken_deeds.extend(wrong.into_iter().filter(|it| !named.contains(&it.number)));
            found.broken_deeds.truncate(BROKEN_MAX);
            return Ok(());
        }
    }
    Ok(())
}

/// What is wrong with one case or other stream, given its stored head and its log.
async fn judged(app: &App, head: &Head, own: &[Entry]) -> Result<Option<Broken>, AppError> {
    Ok(match verify_log(head.stream, own) {
        Ok((version, _)) if version < head.version => Some(broken(head.stream, version + 1, How::Missing)),
        Ok((version, hash)) if version > head.version || hash != head.head => {
            Some(broken(head.stream, version, How::StateDiffers))
        }
        Ok(_) if head.stream.stream == Stream::Case => verify_row(app, CaseId(head.stream.id), own).await?,
        Ok(_) => None,
        Err(wrong) => Some(wrong),
    })
}

/// The same for one by itself, looked at while nobody moved it.
async fn judged_alone(app: &App, id: StreamId) -> Result<Option<Broken>, AppError> {
    let mut said = None;
    for _ in 0..LOOKS {
        let Some(before) = log::head(&app.store, id).await? else {
            return Ok(Some(broken(id, 1, How::Reordered)));
        };
        said = judged(app, &before, &log::of(&app.store, id).await?).await?;
        if said.is_none() || log::head(&app.store, id).await? == Some(before) {
            break;
        }
    }
    Ok(said)
}

fn note(found: &mut Verified, wrong: Option<Broken>) {
    if found.broken.len() < BROKEN_MAX {
        found.broken.extend(wrong);
    }
}

/// One log: its version and head, or the first entry that does not hold. A case's acts are held against the law of the
/// loop.
pub fn verify_log(stream: StreamId, log: &[Entry]) -> Result<(u32, Hash), Broken> {
    let head = verify_chain(log)?;
    if stream.stream == Stream::Case {
        fold(CaseId(stream.id), log)?;
    }
    Ok((log.len() as u32, head))
}

/// Folds a log, naming the entry that the law would have refused.
fn fold(id: CaseId, log: &[Entry]) -> Result<Option<Case>, Broken> {
    let mut case: Option<Case> = None;
    for entry in log {
        let (by, act) = entry.parsed()?;
        let illegal = |_| broken(id, entry.version, How::Illegal);
        case = match case {
            None => Case::replay(id, [(entry.at, by, act)]).map_err(illegal)?,
            Some(case) => Some(case.advance(&act, &by, entry.at).map_err(illegal)?),
        };
    }
    Ok(case)
}

/// Whether the stored row is what the log gives.
async fn verify_row(app: &App, id: CaseId, log: &[Entry]) -> Result<Option<Broken>, AppError> {
    let Ok(Some(state)) = fold(id, log) else { return Ok(Some(broken(id, 1, How::Missing))) };
    let head = log.last().map(|e| e.hash).unwrap_or_default();
    let same = case::is_row_of(&app.store, &state, head).await?;
    Ok((!same).then(|| broken(id, state.version, How::StateDiffers)))
}

fn broken(stream: impl Into<StreamId>, version: u32, how: How) -> Broken {
    Broken { stream: stream.into(), version, how }
}
