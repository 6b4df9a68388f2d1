//! Saving, signing and discarding an intake. The same saved twice is one; signing is a deed with the hash of the figures.

use domain::audit::{Hash, sha256};
use domain::deed::Deed;
use domain::id::IntakeId;
use domain::intake::{PLATFORM, State, digest};
use domain::policy::{Actor, IndexAct};
use jiff::{SignedDuration, Timestamp};
use store::intake::{Given, Intake};
use store::{Batch, CommitError};

use super::plan::{HandIn, Planned, preview, whose};
use crate::index::followed::permit;
use crate::{App, AppError, FieldError};

/// What came of saving.
#[derive(Clone, Debug)]
pub struct Saved {
    /// As it stands.
    pub intake: Intake,
    /// The same was saved before.
    pub replayed: bool,
}

/// How often signing is tried when others sign at the same moment.
const TRIES: u32 = 20;

/// Saves figures under the client's id; they count for nothing until they are signed. Figures that are implausible need
/// a remark.
pub async fn save(app: &App, who: &Actor, id: IntakeId, asked: &HandIn) -> Result<Saved, AppError> {
    whose(app, who, asked.department.as_deref())?;
    let key = sha256(&serde_json::to_vec(asked).expect("figures are plain data"));
    if let Some(known) = store::intake::one(&app.store, id).await? {
        return replayed(known, key);
    }
    let planned = preview(app, who, asked).await?;
    let mut faults = planned.faults.clone();
    faults.extend(unconfirmed(&planned));
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    let intake = Intake {
        id,
        key,
        department: planned.department.clone(),
        month: planned.month,
        state: State::Saved,
        person: who.person,
        note: asked.note.trim().to_owned(),
        file: asked.file.clone(),
        saved: millis(app.clock.now()),
        ended_by: None,
        signed: None,
        discarded: None,
        n_figures: planned.figures.len() as u32,
        n_changed: planned.n_changed() as u32,
        n_doubts: planned.doubts.len() as u32,
    };
    let given = given(app, planned)?;
    match app.store.commit(intake.insert(Batch::new("save intake"), &given)).await {
        Ok(()) => Ok(Saved { intake, replayed: false }),
        Err(CommitError::Duplicate { .. }) => match store::intake::one(&app.store, id).await? {
            Some(known) => replayed(known, key),
            None => Err(AppError::Contended),
        },
        Err(error) => Err(error.into()),
    }
}

fn replayed(known: Intake, key: Hash) -> Result<Saved, AppError> {
    if known.key == key { Ok(Saved { intake: known, replayed: true }) } else { Err(AppError::KeyReused) }
}

fn unconfirmed(planned: &Planned) -> impl Iterator<Item = FieldError> {
    planned.figures.iter().zip(&planned.look.figures).filter_map(|((at, figure), looked)| {
        let usual = looked.usual.filter(|usual| usual.is_implausible() && figure.remark.is_none())?;
        let (value, median) = (looked.value?, usual.median);
        let detail = format!(
            "{value:.2} is far from what is usual there ({median:.2}; {:.1} robust deviations): mend it, or say in a remark why it is right",
            usual.z
        );
        Some(FieldError { path: format!("/figures/{at}/remark"), code: "unlikely", detail })
    })
}

fn given(app: &App, planned: Planned) -> Result<Vec<Given>, AppError> {
    let city = app.city();
    let looked = planned.look.figures.into_iter();
    let both = planned.figures.into_iter().zip(looked).map(|((_, figure), looked)| {
        let level = city.area(figure.area).ok_or(AppError::NotFound { what: "area" })?.level;
        Ok(Given { figure, level, z: looked.usual.map(|usual| usual.z) })
    });
    both.collect()
}

/// The department stands for its figures: they count from now on. Again gives what stands.
pub async fn sign(app: &App, who: &Actor, id: IntakeId) -> Result<Intake, AppError> {
    let mut recording = app.people.recording(who);
    for _ in 0..TRIES {
        recording.begin().await?;
        let intake = own(app, who, id).await?;
        match intake.state {
            State::Signed => return Ok(intake),
            State::Discarded => return Err(blocked("it was discarded: hand the figures in anew")),
            State::Saved => {}
        }
        let figures = store::intake::figures(&app.store, id).await?;
        let at = next_moment(app).await?;
        let batch = Batch::new("sign intake").with(store::intake::sign(id, who.person, at));
        let deed = Deed::SignIntake {
            intake: id,
            department: intake.department.clone(),
            month: intake.month,
            sha256: digest(figures.iter().map(|it| &it.figure)).to_string(),
        };
        match recording.commit(batch, vec![(None, deed)]).await {
            Ok(true) => {
                return Ok(Intake { state: State::Signed, signed: Some(at), ended_by: who.person, ..intake });
            }
            Ok(false) | Err(CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// Gives up an intake that is not signed. Again gives what stands.
pub async fn discard(app: &App, who: &Actor, id: IntakeId) -> Result<Intake, AppError> {
    let intake = own(app, who, id).await?;
    match intake.state {
        State::Discarded => return Ok(intake),
        State::Signed => {
            return Err(blocked("signed figures stay: hand in a correction, which is the next vintage"));
        }
        State::Saved => {}
    }
    let at = millis(app.clock.now());
    app.store.commit(Batch::new("discard intake").with(store::intake::discard(id, who.person, at))).await?;
    Ok(Intake { state: State::Discarded, discarded: Some(at), ended_by: who.person, ..intake })
}

/// An intake that one hands in oneself; another's does not exist.
async fn own(app: &App, who: &Actor, id: IntakeId) -> Result<Intake, AppError> {
    let none = AppError::NotFound { what: "intake" };
    let intake = store::intake::one(&app.store, id).await?.ok_or(none)?;
    if intake.department != PLATFORM || who.role != domain::policy::Role::System {
        permit(app, who, IndexAct::HandIn, Some(&intake.department), "intake")?;
    }
    Ok(intake)
}

/// A moment after all that was signed, and after all that an edition has taken for known: clocks of nodes differ, and
/// what was known at a moment stays what was known then.
async fn next_moment(app: &App) -> Result<Timestamp, AppError> {
    let signed = store::intake::last_signed(&app.store).await?;
    let known = store::edition::last_known(&app.store).await?;
    let later = signed.max(known).map(|last| last + SignedDuration::from_millis(1));
    let now = millis(app.clock.now());
    Ok(later.map_or(now, |later| later.max(now)))
}

pub(super) fn millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("a timestamp cut to milliseconds is in range")
}

fn blocked(why: &str) -> AppError {
    AppError::Blocked { why: why.to_owned() }
}
