//! Opening an entry: first the reading is on record, with its reason, then it is told.

use domain::care::{Act, Held, ReadReason};
use domain::id::{ActId, CareId, PersonId, ReferralId, UnitId, VisitId};
use domain::policy::{Actor, CareAct};
use domain::referral::Service;
use domain::stream::{Stream, StreamId};
use domain::visit::{self, Observations, PlanReason};
use domain::{area::Ancestors, referral};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Batch, CommitError};

use super::file::{File, about, open, private_hash};
use crate::people::new_id;
use crate::referral::Bead;
use crate::stream::{self, TRIES, Told};
use crate::{App, AppError};

/// Visits told with an entry that is opened.
const VISITS: u32 = 12;

/// An opened entry, as those may see it who look after the person.
#[derive(Clone, Debug)]
pub struct EntryView {
    /// Its id.
    pub id: CareId,
    /// What a correction is decided on.
    pub revision: u32,
    /// Where it stands.
    pub areas: Ancestors,
    /// When it was made.
    pub enrolled: Timestamp,
    /// Who it is, what was agreed, how they were.
    pub held: Held,
    /// Visits, the newest first; the open one among them.
    pub visits: Vec<VisitBrief>,
    /// Referrals, the newest first.
    pub referrals: Vec<ReferralBrief>,
    /// How many people opened it in the last thirty days.
    pub readers: usize,
}

/// A visit with what it saw.
#[derive(Clone, Debug)]
pub struct VisitBrief {
    /// Its id.
    pub id: VisitId,
    /// Where it stands.
    pub state: visit::State,
    /// The day it is or was due.
    pub due: Date,
    /// Why then.
    pub because: Vec<PlanReason>,
    /// Who made it.
    pub person: Option<PersonId>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// What was seen.
    pub seen: Option<Observations>,
    /// What was said, in their words.
    pub words: String,
}

/// A referral with its thread.
#[derive(Clone, Debug)]
pub struct ReferralBrief {
    /// Its id.
    pub id: ReferralId,
    /// What is needed.
    pub service: Service,
    /// Where it stands.
    pub state: referral::State,
    /// The responsible unit.
    pub unit: UnitId,
    /// Who of it.
    pub person: Option<PersonId>,
    /// The appointment.
    pub at: Option<Timestamp>,
    /// What was done, the oldest first.
    pub thread: Vec<Bead>,
}

/// What a visit puts in its seal.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saw {
    #[serde(default)]
    pub observations: Observations,
    #[serde(default)]
    pub words: String,
}

/// Opens an entry for a reason.
pub async fn read(app: &App, who: &Actor, id: CareId, reason: ReadReason) -> Result<EntryView, AppError> {
    let file = recorded(app, who, id, reason).await?;
    view(app, file, VISITS).await
}

/// The same, for what is told of it elsewhere.
pub(super) async fn recorded(
    app: &App,
    who: &Actor,
    id: CareId,
    reason: ReadReason,
) -> Result<File, AppError> {
    for _ in 0..TRIES {
        let file = open(app, who, CareAct::Read, id).await?;
        if let Some(file) = put_on_record(app, who, file, reason, None).await? {
            return Ok(file);
        }
    }
    Err(AppError::Contended)
}

/// Puts a reading on record; `None` when another act was faster, and it must be decided again.
pub(crate) async fn put_on_record(
    app: &App,
    who: &Actor,
    file: File,
    reason: ReadReason,
    referral: Option<ReferralId>,
) -> Result<Option<File>, AppError> {
    let now = app.clock.now();
    let act = Act::Read { reason, purpose: file.purpose, referral };
    file.may(&act, app.people.today())?;
    let mut trail = file.trail();
    let request = private_hash(app, &(file.row.id, reason, now))?;
    let entry = trail.append(who, now, ActId(new_id(now).0), request, &act);
    let row = file.touched(&trail);
    match app.store.commit(Batch::new("read care").with(row.save(file.row.version)).with(entry)).await {
        Ok(()) => Ok(Some(File { row, ..file })),
        Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// All that is told of an opened entry.
pub(crate) async fn view(app: &App, file: File, n_visits: u32) -> Result<EntryView, AppError> {
    let (id, about) = (file.row.id, about(file.row.id));
    let mut visits = Vec::new();
    for row in store::visit::of_care(&app.store, id, n_visits.min(2_000)).await? {
        let mut brief = VisitBrief {
            id: row.id,
            state: row.visit.state,
            due: row.visit.due,
            because: row.because,
            person: row.person,
            ended: row.ended,
            seen: None,
            words: String::new(),
        };
        if !row.visit.state.is_open() {
            for told in stream::acts::<visit::Act>(app, StreamId::new(Stream::Visit, row.id.0)).await? {
                let (visit::Act::Done { sealed, .. }
                | visit::Act::Refuse { sealed, .. }
                | visit::Act::Find { sealed, .. }) = told.act
                else {
                    continue;
                };
                let saw: Saw = file.key.open_text(&about, &sealed)?;
                brief.words = saw.words;
                brief.seen = Some(saw.observations).filter(|it| !it.is_empty());
            }
        }
        visits.push(brief);
    }
    let mut referrals = Vec::new();
    for row in store::referral::of_care(&app.store, id).await? {
        let acts = stream::acts::<referral::Act>(app, StreamId::new(Stream::Referral, row.id.0)).await?;
        referrals.push(ReferralBrief {
            id: row.id,
            service: row.service,
            state: row.referral.state,
            unit: row.referral.unit,
            person: row.referral.person,
            at: row.at,
            thread: crate::referral::thread(&file.key, &about, acts)?,
        });
    }
    let readers = readers(app, id).await?;
    Ok(EntryView {
        id,
        revision: file.row.revision,
        areas: file.row.areas,
        enrolled: file.row.enrolled,
        held: file.held,
        visits,
        referrals,
        readers,
    })
}

/// How many people opened it in the last thirty days.
async fn readers(app: &App, id: CareId) -> Result<usize, AppError> {
    let since = app.clock.now() - jiff::SignedDuration::from_hours(24 * 30);
    let acts: Vec<Told<Act>> = stream::acts(app, StreamId::new(Stream::Care, id.0)).await?;
    let read = acts.into_iter().filter(|it| it.at >= since && matches!(it.act, Act::Read { .. }));
    let people: std::collections::HashSet<PersonId> = read.filter_map(|it| it.by.person).collect();
    Ok(people.len())
}
