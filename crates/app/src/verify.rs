//! Verifying the record: every chain of entries, and every stored state against what its log gives.

use crate::{App, AppError};
use domain::audit::{Broken, Entry, Hash, How, verify_chain};
use domain::case::Case;
use domain::id::CaseId;
use serde::Serialize;
use store::{case, log};
use uuid::Uuid;

/// What a verification found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// Cases looked at.
    pub n_cases: u64,
    /// Entries looked at.
    pub n_entries: u64,
    /// The first entry of each broken case, at most a hundred.
    pub broken: Vec<Broken>,
}

const PAGE: u32 = 500;
const BROKEN_MAX: usize = 100;

/// Walks the whole record of a live database. `progress` hears how many cases are done.
pub async fn verify(app: &App, progress: impl Fn(u64)) -> Result<Verified, AppError> {
    let mut found = Verified::default();
    let mut after = CaseId(Uuid::nil());
    loop {
        let heads = log::heads(&app.store, after, PAGE).await?;
        let Some(last) = heads.last() else { break };
        let entries = log::between(&app.store, after, last.case).await?;
        let mut rest = entries.as_slice();
        for head in &heads {
            let stray = rest.iter().take_while(|e| e.case < head.case).count();
            note(&mut found, rest[..stray].first().map(|e| broken(e.case, e.version, How::Reordered)));
            let n = rest[stray..].iter().take_while(|e| e.case == head.case).count();
            let (own, later) = rest[stray..].split_at(n);
            rest = later;
            found.n_cases += 1;
            found.n_entries += n as u64;
            let wrong = match verify_log(head.case, own) {
                Ok((version, _)) if version < head.version => {
                    Some(broken(head.case, version + 1, How::Missing))
                }
                Ok((_, hash)) if hash != head.head => {
                    Some(broken(head.case, head.version, How::StateDiffers))
                }
                Ok((version, _)) if version > head.version => {
                    Some(broken(head.case, version, How::StateDiffers))
                }
                Ok(_) => verify_row(app, head.case, own).await?,
                Err(wrong) => Some(wrong),
            };
            note(&mut found, wrong);
        }
        after = last.case;
        progress(found.n_cases);
    }
    if let Some((case, version)) = log::orphan(&app.store).await? {
        note(&mut found, Some(broken(case, version, How::Reordered)));
    }
    Ok(found)
}

fn note(found: &mut Verified, wrong: Option<Broken>) {
    if found.broken.len() < BROKEN_MAX {
        found.broken.extend(wrong);
    }
}

/// One case's log: its version and head, or the first entry that does not hold.
pub fn verify_log(case: CaseId, log: &[Entry]) -> Result<(u32, Hash), Broken> {
    let head = verify_chain(log)?;
    fold(case, log)?;
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

fn broken(case: CaseId, version: u32, how: How) -> Broken {
    Broken { case, version, how }
}
