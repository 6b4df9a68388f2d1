//! Arranging a change and taking it back: versions, successors, the change itself and the deed that tells of it, in one
//! transaction. The same request twice is one change.

use domain::area::{Area, Change, Fault, Finding, Preview, Tree, cancel as without};
use domain::audit::{Hash, sha256};
use domain::deed::Deed;
use domain::id::{AreaChangeId, AreaId};
use domain::policy::Actor;
use jiff::civil::Date;
use serde::Serialize;
use store::area_change::{self, AreaChange, Fate, State};
use store::{Batch, CommitError, area};

use super::plan::{Planned, worked_out};
use crate::area::rights;
use crate::deeds::{self, Recording};
use crate::{App, AppError};

/// How often a change is decided again when others change the areas meanwhile.
const TRIES: u32 = 8;

/// A change to be arranged.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Made by whoever asks.
    pub id: AreaChangeId,
    /// First day on which it holds; `None` is today.
    pub on: Option<Date>,
    /// Why, in words.
    pub note: String,
    /// What changes.
    pub changes: Vec<Change>,
    /// Also when outlines would then overlap or leave gaps.
    pub accept_flaws: bool,
}

/// What came of it.
pub enum Outcome {
    /// It is arranged, or holds from now on; `replayed` when it was so before.
    Saved {
        /// As it stands.
        change: Box<AreaChange>,
        /// The same request was saved before.
        replayed: bool,
    },
    /// Something stands in the way; nothing was kept.
    InTheWay(Box<Planned>),
}

/// Arranges a change. One that is dated today holds at once, on this node before this comes back and on the others
/// within moments; duties and open cases follow by the sweeper ([`super::sweep`]).
pub async fn save(app: &App, who: &Actor, asked: &Asked) -> Result<Outcome, AppError> {
    rights::may_change_some(who)?;
    let key = sha256(&serde_json::to_vec(asked).expect("changes are plain data"));
    let now = app.clock.now();
    let mut recording = Recording::new(&app.store, now, deeds::by(who));
    for _ in 0..TRIES {
        if let Some(known) = area_change::one(&app.store, asked.id).await? {
            return replayed(known, key);
        }
        recording.begin().await?;
        let planned = worked_out(app, asked.changes.clone(), asked.on).await?;
        planned.permit(who)?;
        let flawed = !planned.flaws.is_empty() && !asked.accept_flaws;
        let Some(after) = planned.after.as_ref().filter(|_| !flawed) else {
            return Ok(Outcome::InTheWay(Box::new(planned)));
        };
        let change = AreaChange {
            id: asked.id,
            key,
            version: 1,
            on: planned.on,
            state: State::Arranged,
            note: asked.note.clone(),
            changes: serde_json::to_string(&asked.changes).expect("changes are plain data"),
            person: who.person,
            saved: now,
            begun: None,
            ended: None,
            n_duties: 0,
            n_cases: 0,
        };
        let before = &planned.city.history;
        let batch = area::change(planned.city.tree_version(), &new_versions(before, after));
        let deed = (common(&planned), arranged(&change, &planned));
        match recording.commit(change.insert(batch, &planned.parts()), vec![deed]).await {
            Ok(true) => {
                app.refresh().await?;
                return Ok(Outcome::Saved { change: Box::new(change), replayed: false });
            }
            Ok(false) | Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

fn replayed(known: AreaChange, key: Hash) -> Result<Outcome, AppError> {
    if known.key != key {
        return Err(AppError::KeyReused);
    }
    Ok(Outcome::Saved { change: Box::new(known), replayed: true })
}

/// The versions that a change closes or opens.
fn new_versions(before: &Tree, after: &Tree) -> Vec<Area> {
    let is_new = |area: &Area| !before.versions(area.id).any(|old| old == area);
    after.all_versions().filter(|area| is_new(area)).map(|area| (**area).clone()).collect()
}

fn arranged(change: &AreaChange, planned: &Planned) -> Deed {
    Deed::ArrangeAreas {
        change: change.id,
        on: change.on.to_string(),
        begins: planned.would.created.clone(),
        ends: planned.would.retired.clone(),
        changes: planned.would.changed.clone(),
        sha256: sha256(change.changes.as_bytes()).to_string(),
    }
}

/// The lowest area that has everything a change touches; `None` for the whole city.
fn common(planned: &Planned) -> Option<AreaId> {
    let trees = [&planned.city.history, planned.history()];
    let paths = planned.would.touched().flat_map(|id| trees.iter().filter_map(move |tree| tree.get(id)));
    let shared = paths.map(|area| area.path.ids()).reduce(|one, other| {
        one.into_iter().zip(other).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    shared.filter(|ids| ids.len() > 1).and_then(|ids| ids.last().copied())
}

/// Takes an arranged change back before its day. `seen` is the version the caller decided on, if they say so.
pub async fn cancel(
    app: &App,
    who: &Actor,
    id: AreaChangeId,
    seen: Option<u32>,
) -> Result<AreaChange, AppError> {
    rights::may_change_some(who)?;
    let now = app.clock.now();
    let mut recording = Recording::new(&app.store, now, deeds::by(who));
    for _ in 0..TRIES {
        recording.begin().await?;
        app.refresh().await?;
        let (city, today) = (app.city(), app.people.today());
        let change = one(app, id).await?;
        let parts = area_change::parts(&app.store, id).await?;
        rights::may_change(who, [&city.history, &city.tree], parts.iter().map(|(area, _)| *area))?;
        let is_retry = seen.is_none_or(|seen| seen + 1 == change.version);
        if change.state == State::Cancelled && is_retry {
            return Ok(change);
        }
        if seen.is_some_and(|seen| seen != change.version) {
            return Err(AppError::Stale { now: change.version });
        }
        let made = preview_of(&parts);
        let after = match without(&city.history, &made, change.on, today) {
            Ok(_) if change.state != State::Arranged => return Err(blocked(&[in_force(&change)])),
            Ok(after) => after,
            Err(findings) => return Err(blocked(&findings)),
        };
        let unmade: Vec<&Area> = gone(&city.history, &after, &made, |a| a.valid_from == change.on);
        let reopened: Vec<&Area> = gone(&city.history, &after, &made, |a| a.valid_to == Some(change.on));
        let batch = Batch::new("cancel areas").with(change.cancel(now));
        let batch = batch.and(area::take_back(city.tree_version(), &unmade, &reopened));
        match recording.commit(batch, vec![(None, Deed::CancelAreas { change: id })]).await {
            Ok(true) => {
                app.refresh().await?;
                let version = change.version + 1;
                return Ok(AreaChange { state: State::Cancelled, version, ended: Some(now), ..change });
            }
            Ok(false) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Versions of a tree that another does not have, and that this condition picks.
fn gone<'a>(before: &'a Tree, after: &Tree, made: &Preview, is_one: impl Fn(&Area) -> bool) -> Vec<&'a Area> {
    let touched = made.touched().flat_map(|id| before.versions(id));
    touched.filter(|area| is_one(area) && !after.versions(area.id).any(|kept| kept == *area)).collect()
}

fn preview_of(parts: &[(AreaId, Fate)]) -> Preview {
    let of = |fate| parts.iter().filter(|(_, it)| *it == fate).map(|(area, _)| *area).collect();
    Preview {
        created: of(Fate::Begins),
        retired: of(Fate::Ends),
        changed: of(Fate::Changes),
        ..Preview::default()
    }
}

fn in_force(change: &AreaChange) -> Finding {
    Finding { about: format!("the change of {}", change.on), fault: Fault::InForce { since: change.on } }
}

fn blocked(findings: &[Finding]) -> AppError {
    let said: Vec<String> = findings.iter().map(ToString::to_string).collect();
    AppError::Blocked { why: said.join("; ") }
}

async fn one(app: &App, id: AreaChangeId) -> Result<AreaChange, AppError> {
    area_change::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "change of areas" })
}

/// One change, with what it does to each area.
pub async fn look(
    app: &App,
    who: &Actor,
    id: AreaChangeId,
) -> Result<(AreaChange, Vec<(AreaId, Fate)>), AppError> {
    rights::may_change_some(who)?;
    Ok((one(app, id).await?, area_change::parts(&app.store, id).await?))
}

/// Changes past and arranged, the latest day first, at most `limit`; and where the next page begins.
pub async fn list(
    app: &App,
    who: &Actor,
    before: Option<(Date, AreaChangeId)>,
    limit: u32,
) -> Result<(Vec<AreaChange>, Option<(Date, AreaChangeId)>), AppError> {
    rights::may_change_some(who)?;
    let mut changes = area_change::list(&app.store, before, limit + 1).await?;
    let more = changes.len() > limit as usize;
    changes.truncate(limit as usize);
    let next = changes.last().filter(|_| more).map(|last| (last.on, last.id));
    Ok((changes, next))
}
