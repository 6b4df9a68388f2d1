//! The settings as they stand against what the deeds say of them: an account whose role was changed behind the
//! platform's back, a unit renamed, a duty taken out, a document rewritten, a signed figure or a published index changed. What has no deed is older than the record of
//! deeds, and nothing is said of it.

use std::collections::HashMap;

use domain::audit::{How, sha256};
use domain::deed::{Broken, Deed, DutyFacts, Post, Recorded, UnitFacts};
use domain::edition::State;
use domain::id::{EditionId, IntakeId, PersonId, UnitId};
use domain::intake::digest;
use store::{bundle, duty, edition, intake, person, unit};

use crate::{App, AppError, deeds};

/// What the deeds so far make of the settings, each with the number of the deed that said so last.
#[derive(Default)]
pub(super) struct Told {
    /// Number of the last deed.
    last: u64,
    people: HashMap<PersonId, (u64, Post)>,
    units: HashMap<UnitId, (u64, UnitFacts)>,
    /// `None` for one that was taken out.
    duties: HashMap<i64, (u64, Option<DutyFacts>)>,
    bundles: HashMap<(String, u32), (u64, String)>,
    /// The hash of each signed intake's figures.
    intakes: HashMap<IntakeId, (u64, String)>,
    /// The hash of each reviewed or published edition's archive, and how far it had come.
    editions: HashMap<EditionId, (u64, EditionFacts)>,
}

/// An edition as deeds tell of it.
#[derive(PartialEq)]
struct EditionFacts {
    state: State,
    /// Of the archive, in hex; `None` where the deed does not say.
    sha256: Option<String>,
}

impl Told {
    /// One deed more. What cannot be read was named where the chain was walked.
    pub(super) fn take(&mut self, recorded: &Recorded) {
        self.last = recorded.number;
        let (number, Some((_, deed))) = (recorded.number, recorded.parsed()) else { return };
        match deed {
            Deed::OpenAccount { person, post } => {
                self.people.insert(person, (number, post));
            }
            Deed::ChangeAccount { person, after, .. } => {
                self.people.insert(person, (number, after));
            }
            Deed::AddUnit { unit, facts } => {
                self.units.insert(unit, (number, facts));
            }
            Deed::ChangeUnit { unit, after, .. } => {
                self.units.insert(unit, (number, after));
            }
            Deed::GiveDuty { duty, facts } => {
                self.duties.insert(duty, (number, Some(facts)));
            }
            Deed::EndDuty { duty, facts, to } => {
                // Days are written so that their order is that of their text.
                let gone = to.as_ref().is_some_and(|to| *to <= facts.from);
                self.duties.insert(duty, (number, (!gone).then_some(DutyFacts { to, ..facts })));
            }
            Deed::SaveBundle { kind, version, sha256, .. } => {
                self.bundles.insert((kind, version), (number, sha256));
            }
            Deed::SignIntake { intake, sha256, .. } => {
                self.intakes.insert(intake, (number, sha256));
            }
            Deed::ReviewEdition { edition, sha256, .. } => {
                self.edition(edition, number, State::Reviewed, Some(sha256));
            }
            Deed::PublishEdition { edition, sha256, .. } => {
                self.edition(edition, number, State::Published, Some(sha256));
            }
            Deed::DiscardEdition { edition, .. } => self.edition(edition, number, State::Discarded, None),
            _ => {}
        }
    }

    fn edition(&mut self, id: EditionId, number: u64, state: State, sha256: Option<String>) {
        self.editions.insert(id, (number, EditionFacts { state, sha256 }));
    }

    /// Deeds whose settings do not stand as they said, by number.
    pub(super) async fn compare(&self, app: &App) -> Result<Vec<Broken>, AppError> {
        let mut people: HashMap<_, _> =
            person::all(&app.store).await?.into_iter().map(|it| (it.id, deeds::post(&it))).collect();
        let mut units: HashMap<_, _> =
            unit::all(&app.store).await?.into_iter().map(|it| (it.id, deeds::unit_facts(&it))).collect();
        let mut duties: HashMap<_, _> =
            duty::all(&app.store).await?.into_iter().map(|it| (it.id, deeds::duty_facts(&it))).collect();
        let mut wrong = Vec::new();
        let mut same = |number: u64, holds: bool| {
            if !holds {
                wrong.push(Broken { number, how: How::StateDiffers });
            }
        };
        for (id, (number, post)) in &self.people {
            same(*number, people.remove(id).as_ref() == Some(post));
        }
        for (id, (number, facts)) in &self.units {
            same(*number, units.remove(id).as_ref() == Some(facts));
        }
        for (id, (number, facts)) in &self.duties {
            same(*number, duties.remove(id) == *facts);
        }
        for ((kind, version), (number, sha)) in &self.bundles {
            let body = bundle::body(&app.store, kind, *version).await?;
            same(*number, body.is_some_and(|body| sha256(body.as_bytes()).to_string() == *sha));
        }
        for (id, (number, sha)) in &self.intakes {
            same(*number, signed(app, *id).await?.as_ref() == Some(sha));
        }
        for (id, (number, facts)) in &self.editions {
            same(*number, published(app, *id, facts).await?);
        }
        // The tables of the index are younger than the record of deeds: what stands there without a deed is a forgery.
        let signed = intake::all_signed(&app.store).await?;
        let stood_for = edition::stood_for(&app.store).await?;
        let without = signed.iter().filter(|id| !self.intakes.contains_key(id)).count()
            + stood_for.iter().filter(|id| !self.editions.contains_key(id)).count();
        if without > 0 {
            wrong.push(Broken { number: self.last + 1, how: How::Missing });
        }
        wrong.sort_by_key(|broken| broken.number);
        Ok(wrong)
    }
}

/// The hash of a signed intake's figures as they lie there; `None` when it is not signed.
async fn signed(app: &App, id: IntakeId) -> Result<Option<String>, AppError> {
    let Some(intake) = intake::one(&app.store, id).await? else { return Ok(None) };
    if intake.signed.is_none() {
        return Ok(None);
    }
    let figures = intake::figures(&app.store, id).await?;
    Ok(Some(digest(figures.iter().map(|it| &it.figure)).to_string()))
}

/// Whether an edition stands as a deed said: its state, the hash it carries, and that of the archive itself.
async fn published(app: &App, id: EditionId, told: &EditionFacts) -> Result<bool, AppError> {
    let Some(edition) = edition::one(&app.store, id).await? else { return Ok(false) };
    let Some(sha) = &told.sha256 else { return Ok(edition.state == told.state) };
    let archive = edition::archive(&app.store, id).await?.unwrap_or_default();
    let holds = edition.sha256.to_string() == *sha && sha256(&archive).to_string() == *sha;
    Ok(holds && edition.state == told.state)
}
