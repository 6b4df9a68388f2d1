//! Referrals: a need handed to a unit with what the person agreed to pass on, the appointment, the result, and the thread
//! that is told to those who look after the person. The unit sees what was referred to it, and each look is a reading.

use std::fmt::Write as _;

use domain::audit::Hash;
use domain::care::{self, Basis, ReadReason};
use domain::id::{ActId, AreaId, CareId, PersonId, ReferralId, UnitId, VisitId};
use domain::notice::NoticeKind;
use domain::policy::{Actor, CareAct, CareFacts, CareReach, care_reach, permit_care};
use domain::referral::{self, Act, Referral, Result as Outcome, Service, State, is_appointment};
use domain::stream::{Stream, StreamId};
use domain::visit::{Observations, PlanReason, Pressure};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use store::referral::ReferralRow;
use store::{Batch, CommitError, Statement};

use crate::care::{File, about, blocked, open, open_row, private_hash, put_on_record};
use crate::notice;
use crate::people::new_id;
use crate::stream::{self, TRIES, Told, Trail};
use crate::vault::DataKey;
use crate::visit::{NewReferral, replan};
use crate::{App, AppError};

/// What is passed on, as the unit sees it. Sealed in the record; a later correction of the entry does not change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passed {
    /// Their name.
    pub name: String,
    /// Their number.
    pub phone: String,
    /// Where they live, in words.
    pub address: String,
    /// What is needed, in words.
    pub words: String,
}

/// What is done about a referral.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// 接下.
    Accept {
        /// The appointment.
        at: Timestamp,
        /// Who is responsible until there is a result; whoever accepts, when it is not said.
        person: Option<PersonId>,
        /// What the person should know.
        words: String,
    },
    /// 改期.
    Postpone {
        /// The new appointment.
        at: Timestamp,
        /// Why.
        words: String,
    },
    /// 退回.
    Return {
        /// Why.
        words: String,
    },
    /// 改派.
    Redirect {
        /// To this unit.
        unit: UnitId,
    },
    /// 结果.
    Conclude {
        /// What came of it.
        result: Outcome,
        /// In words.
        words: String,
        /// The blood pressure, where it was taken.
        pressure: Option<Pressure>,
        /// The next visit should come within so many days.
        follow_up_days: Option<u16>,
    },
    /// 撤回.
    Withdraw,
}

/// A need to be referred outside a visit.
#[derive(Clone, Debug, Serialize)]
pub struct Referring {
    /// For whom.
    pub entry: CareId,
    /// The visit that found it.
    pub visit: Option<VisitId>,
    /// The need.
    pub need: NewReferral,
}

/// How a referral stands after an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// As it stands.
    pub referral: ReferralRow,
    /// The same was sent before.
    pub replayed: bool,
}

/// A referral opened.
#[derive(Clone, Debug)]
pub struct View {
    /// As it stands.
    pub referral: ReferralRow,
    /// What was passed on.
    pub passed: Passed,
    /// What was done, the oldest first.
    pub thread: Vec<Bead>,
}

/// One thing that was done about a referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bead {
    /// When.
    pub at: Timestamp,
    /// By whom; `None` for the clock.
    pub person: Option<PersonId>,
    /// What: `refer`, `accept` …
    pub act: &'static str,
    /// In which words.
    pub words: String,
}

/// What a result seals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Came {
    #[serde(default)]
    words: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pressure: Option<Pressure>,
}

const MOST_WORDS: usize = 2_000;
const WHAT: &str = "referral";

/// Hours in which a unit should answer.
const fn answer_hours(service: Service) -> i64 {
    match service {
        Service::Doctor => 4,
        Service::SocialWorker => 24,
        Service::Relief | Service::Repair => 48,
    }
}

/// Refers a need. Its id is its key.
pub async fn refer(app: &App, who: &Actor, new: &Referring) -> Result<Done, AppError> {
    let id = new.need.id;
    let request = private_hash(app, new)?;
    for _ in 0..TRIES {
        if let Some(used) = stream::used(app, ActId(id.0)).await? {
            stream::is_again(&used, StreamId::new(Stream::Referral, id.0), request)?;
            let referral = store::referral::one(&app.store, id).await?;
            let referral = referral.ok_or(AppError::NotFound { what: WHAT })?;
            return Ok(Done { referral, replayed: true });
        }
        let file = open(app, who, CareAct::Refer, new.entry).await?;
        file.may(&care::Act::Export, app.people.today())?; // whatever is past its expiry takes nothing more
        if let Some(visit) = new.visit {
            let known = store::visit::one(&app.store, visit).await?.filter(|it| it.care == new.entry);
            known.ok_or_else(|| AppError::field("/visit", "unknown", "this is no visit of the entry"))?;
        }
        let batch = making(app, who, &file, new.visit, &new.need, request).await?;
        match app.store.commit(batch).await {
            Ok(()) => {
                let referral = store::referral::one(&app.store, id).await?;
                let referral = referral.ok_or(AppError::NotFound { what: WHAT })?;
                return Ok(Done { referral, replayed: false });
            }
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

/// What makes a referral: row, entry, and the notice to its unit.
pub(crate) async fn making(
    app: &App,
    who: &Actor,
    file: &File,
    visit: Option<VisitId>,
    new: &NewReferral,
    request: Hash,
) -> Result<Batch, AppError> {
    let now = app.clock.now();
    check_words("/words", &new.words, 2)?;
    let vital = matches!(file.held.terms.basis, Basis::VitalInterest { .. });
    if !new.agreed && !vital {
        return Err(blocked(referral::ReferralRefusal::NotAgreed));
    }
    if new.at.is_some_and(|at| !is_appointment(at, now)) {
        return Err(AppError::field("/at", "range", referral::ReferralRefusal::BadTime.to_string()));
    }
    let unit = unit_for(app, file, new).await?;
    let answer_by = now + SignedDuration::from_hours(answer_hours(new.service));
    let person = &file.held.person;
    let passed = Passed {
        name: person.name.clone(),
        phone: person.phone.clone(),
        address: person.address.clone(),
        words: new.words.trim().to_owned(),
    };
    let act = Act::Refer {
        entry: file.row.id,
        visit,
        service: new.service,
        to: unit,
        agreed: new.agreed,
        answer_by,
        at: new.at,
        sealed: file.seal(&passed),
    };
    let id = StreamId::new(Stream::Referral, new.id.0);
    let mut trail = Trail::new(id);
    let entry = trail.append(who, now, ActId(new.id.0), request, &act);
    let row = ReferralRow {
        id: new.id,
        version: trail.version(),
        head: trail.head(),
        care: file.row.id,
        visit,
        areas: file.row.areas,
        service: new.service,
        referral: Referral::new(unit, answer_by, new.at),
        from: who.person,
        answer_by,
        at: new.at,
        made: now,
        ended: None,
    };
    let urgent = new.service == Service::Doctor;
    let told = notice::to_unit(unit, NoticeKind::ReferralGiven, id, file.row.grid(), urgent, now);
    Ok(Batch::new("refer").with(row.insert()).with(entry).with(told))
}

/// Ids of referrals that were used for others are the caller's mistake.
pub(crate) async fn are_new(app: &App, ids: impl Iterator<Item = ReferralId>) -> Result<(), AppError> {
    for id in ids {
        if stream::used(app, ActId(id.0)).await?.is_some() {
            return Err(AppError::KeyReused);
        }
    }
    Ok(())
}

async fn unit_for(app: &App, file: &File, new: &NewReferral) -> Result<UnitId, AppError> {
    let city = app.city();
    if let Some(unit) = new.unit {
        let known = city.units.get(&unit).filter(|it| !it.ended);
        let unknown = || AppError::field("/unit", "unknown", "there is no such unit");
        return known.map(|it| it.id).ok_or_else(unknown);
    }
    let township = file.row.areas.township.or(file.row.areas.county);
    let usual = match township {
        Some(township) => store::referral::usual_unit(&app.store, township, new.service).await?,
        None => None,
    };
    let usual = usual.filter(|unit| city.units.get(unit).is_some_and(|it| !it.ended));
    usual.ok_or_else(|| {
        let detail = "nobody has taken on such a need here yet: name the unit";
        AppError::field("/unit", "missing", detail)
    })
}

fn check_words(path: &str, words: &str, least: usize) -> Result<(), AppError> {
    let n = words.trim().chars().count();
    if n < least || n > MOST_WORDS {
        return Err(AppError::field(path, "range", format!("{least} to {MOST_WORDS} characters")));
    }
    Ok(())
}

/// Does something about a referral.
pub async fn act(
    app: &App,
    who: &Actor,
    id: ReferralId,
    key: ActId,
    seen: Option<u32>,
    command: &Command,
) -> Result<Done, AppError> {
    check(command)?;
    let request = private_hash(app, &(id, command))?;
    for _ in 0..TRIES {
        let row = may(app, who, id, command).await?;
        if let Some(used) = stream::used(app, key).await? {
            stream::is_again(&used, StreamId::new(Stream::Referral, id.0), request)?;
            return Ok(Done { referral: row, replayed: true });
        }
        if seen.is_some_and(|seen| seen != row.version) {
            return Err(AppError::Stale { now: row.version });
        }
        let (batch, referral) = plan(app, who, row, (key, request), command).await?;
        match app.store.commit(batch).await {
            Ok(()) => return Ok(Done { referral, replayed: false }),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

fn check(command: &Command) -> Result<(), AppError> {
    match command {
        Command::Return { words } | Command::Postpone { words, .. } => check_words("/words", words, 2),
        Command::Accept { words, .. } => check_words("/words", words, 0),
        Command::Conclude { words, pressure, follow_up_days, .. } => {
            if let Some(fault) = pressure.and_then(Pressure::fault) {
                return Err(AppError::field("/pressure", "range", fault));
            }
            if follow_up_days.is_some_and(|days| !(1..=90).contains(&days)) {
                return Err(AppError::field("/follow_up_days", "range", "1 to 90 days"));
            }
            check_words("/words", words, 0)
        }
        Command::Redirect { .. } | Command::Withdraw => Ok(()),
    }
}

/// The referral, if this person may do this about it: its unit what units do, those who look after the person the rest.
async fn may(app: &App, who: &Actor, id: ReferralId, command: &Command) -> Result<ReferralRow, AppError> {
    let gone = || AppError::NotFound { what: WHAT };
    let row = store::referral::one(&app.store, id).await?.ok_or_else(gone)?;
    let needed = match command {
        Command::Redirect { .. } | Command::Withdraw => CareAct::Refer,
        _ => CareAct::Handle,
    };
    permitted(app, who, needed, &row).await?;
    Ok(row)
}

async fn permitted(app: &App, who: &Actor, needed: CareAct, row: &ReferralRow) -> Result<(), AppError> {
    let mut facts = CareFacts { areas: row.areas, unit: Some(row.referral.unit), ..CareFacts::default() };
    if care_reach(who.role, needed) == CareReach::Purpose {
        // Only whoever could open the entry for a purpose.
        facts.purpose = open(app, who, needed, row.care).await.is_ok();
    }
    permit_care(who, needed, &facts).map_err(|_| AppError::NotFound { what: WHAT })
}

async fn plan(
    app: &App,
    who: &Actor,
    mut row: ReferralRow,
    (key, request): (ActId, Hash),
    command: &Command,
) -> Result<(Batch, ReferralRow), AppError> {
    let now = app.clock.now();
    let entry = store::care::one(&app.store, row.care).await?.ok_or(AppError::NotFound { what: WHAT })?;
    let file = open_row(app, entry).await?;
    if file.held.terms.expiry <= app.people.today() {
        return Err(blocked(care::CareRefusal::Expired { on: file.held.terms.expiry }));
    }
    let act = act_of(app, who, &file, &row, command)?;
    let on = row.version;
    row.referral = row.referral.after(&act, now).map_err(blocked)?;
    let id = StreamId::new(Stream::Referral, row.id.0);
    let mut trail = Trail::at(id, on, row.head);
    let entry = trail.append(who, now, key, request, &act);
    (row.version, row.head) = (trail.version(), trail.head());
    match row.referral.state {
        State::Accepted { at } => row.at = Some(at),
        State::Open { answer_by } => (row.answer_by, row.at) = (answer_by, None),
        State::Returned => row.at = None,
        _ => row.ended = Some(now),
    }
    let mut batch = Batch::new("referral").with(row.save(on));
    for statement in followed(app, who, &file, &row, command, request).await? {
        batch = batch.with(statement);
    }
    let batch = told(&row, id, command, now).into_iter().fold(batch, Batch::with);
    Ok((batch.with(entry), row))
}

fn act_of(
    app: &App,
    who: &Actor,
    file: &File,
    row: &ReferralRow,
    command: &Command,
) -> Result<Act, AppError> {
    let words = |words: &str| file.seal(&Came { words: words.trim().to_owned(), pressure: None });
    Ok(match command {
        Command::Accept { at, person, words: said } => {
            Act::Accept { at: *at, person: person.or(who.person), sealed: words(said) }
        }
        Command::Postpone { at, words: said } => Act::Postpone { at: *at, sealed: words(said) },
        Command::Return { words: said } => Act::Return { sealed: words(said) },
        Command::Redirect { unit } => {
            let known = app.city().units.get(unit).is_some_and(|it| !it.ended);
            if !known {
                return Err(AppError::field("/unit", "unknown", "there is no such unit"));
            }
            let answer_by = app.clock.now() + SignedDuration::from_hours(answer_hours(row.service));
            Act::Redirect { to: *unit, answer_by }
        }
        Command::Conclude { result, words, pressure, follow_up_days } => {
            let came = Came { words: words.trim().to_owned(), pressure: *pressure };
            let follow_up_days = follow_up(*pressure, *follow_up_days);
            Act::Conclude { result: *result, follow_up_days, sealed: file.seal(&came) }
        }
        Command::Withdraw => Act::Withdraw,
    })
}

/// A measured value with which one does not wait brings the next visit within two days, whatever was said.
fn follow_up(pressure: Option<Pressure>, asked: Option<u16>) -> Option<u16> {
    let poor = Observations { pressure, ..Observations::default() }.is_poor();
    if poor { Some(asked.map_or(2, |days| days.min(2))) } else { asked }
}

/// What a result means for the next visit.
async fn followed(
    app: &App,
    who: &Actor,
    file: &File,
    row: &ReferralRow,
    command: &Command,
    request: Hash,
) -> Result<Vec<Statement>, AppError> {
    let Command::Conclude { pressure, follow_up_days, .. } = command else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    let now = app.clock.now();
    if let Some(pressure) = pressure {
        let mut held = file.held.clone();
        let mut seen = held.seen.unwrap_or_default();
        seen.pressure = Some(*pressure);
        held.seen = Some(seen);
        let mut trail = file.trail();
        let act = care::Act::Seen { visit: row.visit, sealed: file.seal(pressure) };
        let entry = trail.append(who, now, ActId(new_id(now).0), request, &act);
        let mut entry_row = file.holding(app, &trail, &held)?;
        entry_row.revision = file.row.revision;
        all.extend([entry_row.save(file.row.version), entry]);
    }
    if let Some(days) = follow_up(*pressure, *follow_up_days) {
        let due = app.people.today().saturating_add(i64::from(days).days());
        all.extend(replan(app, who, row.care, due, PlanReason::FollowUp, request).await?);
    }
    Ok(all)
}

/// Who is told of it: the worker who referred, of what the unit does; the unit, of what it is given.
fn told(row: &ReferralRow, id: StreamId, command: &Command, now: Timestamp) -> Vec<Statement> {
    let kind = match command {
        Command::Accept { .. } | Command::Postpone { .. } => NoticeKind::ReferralAccepted,
        Command::Return { .. } => NoticeKind::ReferralReturned,
        Command::Conclude { .. } => NoticeKind::ReferralEnded,
        Command::Redirect { unit } => {
            return vec![notice::to_unit(*unit, NoticeKind::ReferralGiven, id, row.grid(), false, now)];
        }
        Command::Withdraw => return Vec::new(),
    };
    let urgent = matches!(command, Command::Return { .. });
    row.from.map(|person| notice::to_person(person, kind, id, row.grid(), urgent, now)).into_iter().collect()
}

/// Opens a referral: for its unit what was passed on, for those who look after the person the same. A reading on record.
pub async fn look(app: &App, who: &Actor, id: ReferralId) -> Result<View, AppError> {
    let gone = || AppError::NotFound { what: WHAT };
    for _ in 0..TRIES {
        let row = store::referral::one(&app.store, id).await?.ok_or_else(gone)?;
        let needed = if care_reach(who.role, CareAct::Handle) == CareReach::No {
            CareAct::Refer
        } else {
            CareAct::Handle
        };
        permitted(app, who, needed, &row).await?;
        let entry = store::care::one(&app.store, row.care).await?.ok_or_else(gone)?;
        let file = open_row(app, entry).await?;
        let Some(file) = put_on_record(app, who, file, ReadReason::Referral, Some(id)).await? else {
            continue;
        };
        let acts = stream::acts::<Act>(app, StreamId::new(Stream::Referral, id.0)).await?;
        let about = about(row.care);
        let passed = acts.iter().find_map(|it| match &it.act {
            Act::Refer { sealed, .. } => Some(file.key.open_text::<Passed>(&about, sealed)),
            _ => None,
        });
        let passed = passed.transpose()?.ok_or_else(gone)?;
        return Ok(View { referral: row, passed, thread: thread(&file.key, &about, acts)? });
    }
    Err(AppError::Contended)
}

/// What was done, the oldest first.
pub(crate) fn thread(key: &DataKey, about: &str, acts: Vec<Told<Act>>) -> Result<Vec<Bead>, AppError> {
    let mut told = Vec::new();
    for it in acts {
        let came = |sealed: &str| {
            let came: Came = key.open_text(about, sealed)?;
            let mut words = came.words;
            if let Some(pressure) = came.pressure {
                let gap = if words.is_empty() { "" } else { " · " };
                let _infallible = write!(words, "{gap}{}/{} mmHg", pressure.systolic, pressure.diastolic);
            }
            Ok::<_, AppError>(words)
        };
        let (act, words) = match &it.act {
            Act::Refer { sealed, .. } => ("refer", key.open_text::<Passed>(about, sealed)?.words),
            Act::Accept { sealed, .. } => ("accept", came(sealed)?),
            Act::Postpone { sealed, .. } => ("postpone", came(sealed)?),
            Act::Return { sealed } => ("return", came(sealed)?),
            Act::Redirect { .. } => ("redirect", String::new()),
            Act::Conclude { sealed, .. } => ("conclude", came(sealed)?),
            Act::Withdraw => ("withdraw", String::new()),
            Act::Remind { .. } => ("remind", String::new()),
            Act::Escalate { .. } => ("escalate", String::new()),
            Act::Drop | Act::Move { .. } => continue,
        };
        told.push(Bead { at: it.at, person: it.by.person, act, words });
    }
    Ok(told)
}

/// Which referrals a list shows.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Those that are not over.
    pub open_only: bool,
    /// Before this one.
    pub before: Option<(Timestamp, ReferralId)>,
    /// At most so many.
    pub limit: u32,
}

/// Referrals of one's unit, or of one's grids; without names.
pub async fn list(app: &App, who: &Actor, asked: &Asked) -> Result<Vec<ReferralRow>, AppError> {
    if let (CareReach::Share, Some(unit)) = (care_reach(who.role, CareAct::Handle), who.unit) {
        let rows = store::referral::of_unit(&app.store, unit, asked.before, asked.open_only, asked.limit);
        return Ok(rows.await?);
    }
    if care_reach(who.role, CareAct::Refer) == CareReach::Grids {
        let grids: Vec<AreaId> = who.grids.iter().copied().collect();
        return Ok(store::referral::in_grids(&app.store, &grids, asked.open_only, asked.limit).await?);
    }
    Err(AppError::NotTheirs { who: "units, and workers on duty,", what: "list referrals" })
}
