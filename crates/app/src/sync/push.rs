//! What a phone did while it was alone. Each act is kept before anything is done, then acts are done one after the other
//! in the phone's own order, each under its own id, and each answer is kept: the same sent again, in whatever order, to
//! whatever node, and after whatever crash, is done once and answered alike.
//!
//! What is asked and answered may be somebody's: both are kept sealed with the phone's key, and are gone with it.
//!
//! How an act is done is the caller's affair: the edge takes it to the door that the act names.

use std::collections::HashSet;

use domain::audit::{Hash, sha256};
use domain::id::{ActId, DeviceId, PersonId};
use domain::sync::{self as law, Turn};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use store::sync::{self, PushState, Pushed};
use store::{Batch, CommitError};

use super::device::own;
use crate::vault::DataKey;
use crate::{App, AppError};

/// Most acts of one batch.
pub const MOST: usize = 500;
/// As what requests and answers are sealed.
const BODY: &str = "push/body";
const ANSWER: &str = "push/answer";
/// Acts done for one request: the rest waits for the next, so that no request takes for ever.
const AT_ONCE: usize = 1_000;

/// One act as a phone sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Its id, made by the phone; the key it is done under.
    pub id: ActId,
    /// Its number in the phone's order, from 1.
    pub seq: u64,
    /// When it was made, by the phone's own clock.
    pub at: Timestamp,
    /// What is asked, canonical JSON; what it means the doer knows.
    pub body: String,
}

/// An act whose turn it is.
#[derive(Clone, Debug)]
pub struct Doing {
    /// Its id.
    pub id: ActId,
    /// When it was made by our clock, as far as the phone's can tell.
    pub made: Timestamp,
    /// What is asked.
    pub body: String,
}

/// What came of doing one.
#[derive(Clone, Debug, PartialEq)]
pub enum Did {
    /// It is settled, with this answer (JSON).
    Settled(PushState, String),
    /// It cannot be done yet; the words say what is missing.
    Later(String),
}

/// Does an act.
pub type Doer<'a> = dyn Fn(Doing) -> BoxFuture<'a, Did> + Send + Sync + 'a;

/// How an act stands after a push.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which.
    pub id: ActId,
    /// Its number.
    pub seq: u64,
    /// How it stands.
    pub how: How,
}

/// How an act stands.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// Settled; the answer is JSON. `again` when it was settled before this push.
    Settled {
        /// Done, refused or in conflict.
        state: PushState,
        /// What was answered.
        answer: String,
        /// It was settled before.
        again: bool,
    },
    /// Kept, and done once its turn has come.
    Waits {
        /// The first number that is missing before it.
        missing: u64,
        /// What it waits for, if not for another act.
        why: Option<String>,
    },
    /// Its id or number was used for something else.
    Taken,
}

/// What came of a push.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// Each act that was sent, in the order it was sent.
    pub lines: Vec<Line>,
    /// Everything up to this number is settled: the phone may forget it.
    pub settled: u64,
    /// How far the phone's clock is behind ours; negative when it is ahead.
    pub skew: SignedDuration,
}

/// Takes in what a phone sends. `from` is the lowest number it may still send; `sent` is what its clock says now.
pub async fn push(
    app: &App,
    person: PersonId,
    id: DeviceId,
    from: u64,
    sent: Timestamp,
    acts: &[Sent],
    do_it: &Doer<'_>,
) -> Result<Done, AppError> {
    check(acts)?;
    let _mine = app.turns.of(id.0).await;
    let device = own(app, person, id).await?;
    let vault = app.vault.key(&app.store, id.0).await?;
    let vault = vault.ok_or(AppError::NotFound { what: "device" })?;
    let received = app.clock.now();
    let skew = law::skew(sent, received);
    let before = keep(app, &vault, id, received, acts).await?;
    let heard = sync::heard(id, received, i64::try_from(skew.as_millis()).unwrap_or_default());
    app.store.commit(Batch::new("heard").with(heard)).await?;

    let mut settled = device.settled;
    let mut waits_for = None;
    for _ in 0..AT_ONCE {
        let Some(next) = sync::next_waiting(&app.store, id, 0).await? else { break };
        if let Turn::Waits { .. } = law::turn(next.seq, settled, from) {
            break;
        }
        let skew = SignedDuration::from_millis(skew.as_millis() as i64);
        let made = law::by_our_clock(next.at, skew, next.received);
        let doing = Doing { id: next.act, made, body: vault.open_text(BODY, &next.body)? };
        match do_it(doing).await {
            Did::Settled(state, answer) => {
                let after = settled.max(next.seq);
                let batch = Batch::new("settle").with(sync::settle(id, settled, after)).with(sync::settled(
                    id,
                    next.seq,
                    state,
                    &vault.seal_text(ANSWER, &answer),
                    app.clock.now(),
                ));
                match app.store.commit(batch).await {
                    Ok(()) => settled = after,
                    // Another node did it at the same moment, under the same id: go on from where it stands.
                    Err(CommitError::Conflict { .. }) => settled = own(app, person, id).await?.settled,
                    Err(error) => return Err(error.into()),
                }
            }
            Did::Later(why) => {
                waits_for = Some((next.seq, why));
                break;
            }
        }
    }
    let mut lines = Vec::with_capacity(acts.len());
    for act in acts {
        let settled = settled.max(from.saturating_sub(1));
        let how = how(app, &vault, id, act, &before, settled, waits_for.as_ref()).await?;
        lines.push(Line { id: act.id, seq: act.seq, how });
    }
    Ok(Done { lines, settled, skew })
}

fn check(acts: &[Sent]) -> Result<(), AppError> {
    if acts.len() > MOST {
        let says = format!("{} acts in one batch; send at most {MOST}, in their order", acts.len());
        return Err(AppError::field("/acts", "range", says));
    }
    let (mut seqs, mut ids) = (HashSet::new(), HashSet::new());
    for (at, act) in acts.iter().enumerate() {
        if act.seq == 0 || act.seq > i64::MAX as u64 {
            return Err(AppError::field(&format!("/acts/{at}/seq"), "range", "a phone counts from 1"));
        }
        if !seqs.insert(act.seq) || !ids.insert(act.id) {
            let says = "the same number or id stands in this batch twice; send each once";
            return Err(AppError::field(&format!("/acts/{at}"), "duplicate", says));
        }
    }
    Ok(())
}

/// Keeps what is new, before anything is done; gives the ids that were settled before.
async fn keep(
    app: &App,
    vault: &DataKey,
    device: DeviceId,
    received: Timestamp,
    acts: &[Sent],
) -> Result<HashSet<ActId>, AppError> {
    let mut settled = HashSet::new();
    let mut batches = Vec::new();
    for act in acts {
        match sync::pushed_as(&app.store, device, act.id).await? {
            Some(known) if known.state != PushState::Waits => {
                settled.insert(act.id);
            }
            Some(_) => {}
            None => {
                let pushed = Pushed {
                    seq: act.seq,
                    act: act.id,
                    key: key(app, act)?,
                    at: act.at,
                    received,
                    body: vault.seal_text(BODY, &act.body),
                    state: PushState::Waits,
                    answer: None,
                };
                batches.push(Batch::new("push").with(pushed.keep(device)));
            }
        }
    }
    if batches.is_empty() {
        return Ok(settled);
    }
    for kept in app.store.commit_many(batches).await {
        match kept {
            // Its number is another act's, or another node keeps it at this moment: told when it is asked how it stands.
            Ok(()) | Err(CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(settled)
}

/// What says whether the same is sent again. Under the key of blind indexes: whoever has the database alone cannot try out
/// what may have been asked.
fn key(app: &App, act: &Sent) -> Result<Hash, AppError> {
    let asked = format!("{}\n{}\n{}", act.seq, act.at.as_millisecond(), act.body);
    Ok(sha256(&app.vault.blind("push/request", &asked)?))
}

async fn how(
    app: &App,
    vault: &DataKey,
    device: DeviceId,
    act: &Sent,
    before: &HashSet<ActId>,
    settled: u64,
    waits_for: Option<&(u64, String)>,
) -> Result<How, AppError> {
    let Some(known) = sync::pushed_as(&app.store, device, act.id).await? else { return Ok(How::Taken) };
    if known.key != key(app, act)? {
        return Ok(How::Taken);
    }
    if known.state == PushState::Waits {
        let why = waits_for.filter(|(seq, _)| *seq == act.seq).map(|(_, why)| why.clone());
        return Ok(How::Waits { missing: settled + 1, why });
    }
    let answer = known.answer.map_or(Ok(String::new()), |text| vault.open_text(ANSWER, &text))?;
    Ok(How::Settled { state: known.state, answer, again: before.contains(&act.id) })
}

/// The newest acts of a phone that need its person: refused, or in conflict.
pub async fn needing_attention(
    app: &App,
    person: PersonId,
    id: DeviceId,
    limit: u32,
) -> Result<Vec<Pushed>, AppError> {
    own(app, person, id).await?;
    let vault = app.vault.key(&app.store, id.0).await?;
    let vault = vault.ok_or(AppError::NotFound { what: "device" })?;
    let mut found = sync::needing_attention(&app.store, id, limit).await?;
    for it in &mut found {
        it.answer = it.answer.as_deref().map(|text| vault.open_text(ANSWER, text)).transpose()?;
    }
    Ok(found)
}
