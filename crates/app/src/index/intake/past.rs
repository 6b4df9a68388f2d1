//! What was handed in and signed before this platform ran: a first set-up or the demo city brings it along. Each is
//! looked at as it would have been then.

use std::collections::{BTreeMap, BTreeSet};

use domain::area::Level;
use domain::audit::sha256;
use domain::case::By;
use domain::deed::Deed;
use domain::framework::Framework;
use domain::id::{AreaId, DeedId, IntakeId, PersonId};
use domain::intake::{self, Asked, Change, Figure, Known, State, digest};
use domain::month::Month;
use domain::policy::Actor;
use jiff::Timestamp;
use store::intake::{Given, Intake};
use store::{Batch, deed};

use super::plan::counties;
use super::save::millis;
use crate::people::new_id;
use crate::{App, AppError, FieldError, deeds};

/// Intakes of one commit.
const AT_ONCE: usize = 64;

/// What a department handed in and signed in the past.
#[derive(Clone, Debug)]
pub struct PastIntake {
    /// Made by whoever handed in.
    pub id: IntakeId,
    /// Code of the city's unit.
    pub department: String,
    /// The month of the figures.
    pub month: Month,
    /// In words.
    pub note: String,
    /// The figures.
    pub figures: Vec<Figure>,
    /// Who saved and signed them.
    pub who: Actor,
    /// When they were saved.
    pub saved: Timestamp,
    /// When they were signed, not before.
    pub signed: Timestamp,
}

/// Saves them, in the order of signing.
pub(crate) async fn save(
    app: &App,
    framework: &Framework,
    mut intakes: Vec<PastIntake>,
) -> Result<(), AppError> {
    intakes.sort_by_key(|it| (it.signed, it.id));
    let mut known = Known::default();
    let mut counted: BTreeMap<Month, BTreeSet<AreaId>> = BTreeMap::new();
    let mut head = deed::head(&app.store).await?;
    for some in intakes.chunks(AT_ONCE) {
        let mut batch = Batch::new("past intakes");
        let mut told = Vec::new();
        for past in some {
            let areas = counted.entry(past.month).or_insert_with(|| counties(&app.city(), past.month));
            let (intake, given) = looked_at(app, framework, past, areas, &known)?;
            batch = intake.insert(batch, &given);
            batch = batch.with(store::intake::sign(past.id, past.who.person, millis(past.signed)));
            let deed = Deed::SignIntake {
                intake: past.id,
                department: past.department.clone(),
                month: past.month,
                sha256: digest(&past.figures).to_string(),
            };
            let (id, by): (PersonId, By) = (new_id(past.signed), deeds::by(&past.who));
            told.push(head.add(DeedId(id.0), past.signed, None, &by, &deed));
            for figure in &past.figures {
                known.add(figure.clone());
            }
        }
        let batch = deed::insert_all(&told).fold(batch, Batch::with);
        app.store.commit(batch).await?;
    }
    Ok(())
}

fn looked_at(
    app: &App,
    framework: &Framework,
    past: &PastIntake,
    areas: &BTreeSet<AreaId>,
    known: &Known,
) -> Result<(Intake, Vec<Given>), AppError> {
    let (city, month) = (app.city(), past.month);
    let look = intake::look(&Asked {
        framework,
        department: &past.department,
        month,
        areas,
        figures: &past.figures,
        known,
    });
    if !look.faults.is_empty() {
        let place = |at: usize, column: &str| format!("/{}/figures/{at}/{column}", past.id);
        let told = look.faults.into_iter().map(|fault| FieldError {
            path: place(fault.at, fault.column),
            code: "impossible",
            detail: fault.why,
        });
        return Err(AppError::Invalid(told.collect()));
    }
    let given = past.figures.iter().zip(&look.figures).map(|(figure, looked)| Given {
        figure: figure.clone(),
        level: city.area(figure.area).map_or(Level::County, |area| area.level),
        z: looked.usual.map(|usual| usual.z),
    });
    let changed = |it: &&intake::Looked| matches!(it.change, Change::Changed { .. });
    let intake = Intake {
        id: past.id,
        key: sha256(past.id.0.as_bytes()),
        department: past.department.clone(),
        month,
        state: State::Saved,
        person: past.who.person,
        note: past.note.clone(),
        file: None,
        saved: millis(past.saved),
        ended_by: None,
        signed: None,
        discarded: None,
        n_figures: past.figures.len() as u32,
        n_changed: look.figures.iter().filter(changed).count() as u32,
        n_doubts: look.figures.iter().filter(|it| it.is_implausible()).count() as u32,
    };
    Ok((intake, given.collect()))
}
