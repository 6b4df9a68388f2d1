//! The settings as they stand against what the deeds say of them: an account whose role was changed behind the
//! platform's back, a unit renamed, a duty taken out, a document rewritten. What has no deed is older than the record of
//! deeds, and nothing is said of it.

use std::collections::HashMap;

use domain::audit::{How, sha256};
use domain::deed::{Broken, Deed, DutyFacts, Post, Recorded, UnitFacts};
use domain::id::{PersonId, UnitId};
use store::{bundle, duty, person, unit};

use crate::{App, AppError, deeds};

/// What the deeds so far make of the settings, each with the number of the deed that said so last.
#[derive(Default)]
pub(super) struct Told {
    people: HashMap<PersonId, (u64, Post)>,
    units: HashMap<UnitId, (u64, UnitFacts)>,
    /// `None` for one that was taken out.
    duties: HashMap<i64, (u64, Option<DutyFacts>)>,
    bundles: HashMap<(String, u32), (u64, String)>,
}

impl Told {
    /// One deed more. What cannot be read was named where the chain was walked.
    pub(super) fn take(&mut self, recorded: &Recorded) {
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
            _ => {}
        }
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
        wrong.sort_by_key(|broken| broken.number);
        Ok(wrong)
    }
}
