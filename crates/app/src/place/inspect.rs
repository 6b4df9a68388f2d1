//! An inspection: answers read by the form's version, pictures, and cases of what fails, in one commit. Its id is the key:
//! sent again, it is answered as the first time.

use std::collections::BTreeMap;

use domain::audit::{Hash, sha256};
use domain::case::{Channel, Evidence, EvidenceKind};
use domain::form::{Failed, Filled, Form};
use domain::id::{ActId, CaseId, ClassCode, InspectionId, PlaceId};
use domain::place::{Act, Finding, Kind, Place, next_day};
use domain::policy::{Actor, PlaceAct, PlaceScope, Role, permit_place};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use store::inspection::Inspection;
use store::place::{self, PlaceRow};
use store::{Batch, CommitError};

use super::keep::{save, stream_of};
use super::kinds::kinds;
use super::{day_number, day_of};
use crate::case::{Acting, ReportCommand, plan_report};
use crate::form::{filled, known};
use crate::stream::{self, TRIES, request_hash};
use crate::{App, AppError, City, burden, patrol};

/// How far a device's clock may run ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// The oldest inspection that is taken.
const OLDEST: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Longest text of a case.
const TEXT_MAX: usize = 2_000;

/// An inspection as it comes in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InspectCommand {
    /// Code of the form; that of the place's kind when `None`.
    pub form: Option<String>,
    /// The version it was filled in with.
    pub form_version: u32,
    /// Answers by question.
    pub answers: BTreeMap<String, Value>,
    /// A remark, up to 500 characters.
    pub note: String,
    /// When, by the device's own clock; now when `None`.
    pub made_at: Option<Timestamp>,
    /// Seconds that filling in took, as the device measured.
    pub seconds: Option<u32>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    /// The inspection, with its cases.
    pub inspection: Inspection,
    /// The day on which the place is due next, in days since 1970.
    pub due: Option<i32>,
    /// Questions that were answered and not asked: left out.
    pub unasked: Vec<String>,
    /// The same was done before; this is its first answer.
    pub replayed: bool,
}

/// What was read before anything is decided.
struct Ready {
    form: Form,
    code: String,
    filled: Filled,
    evidence: Vec<Evidence>,
    made: Timestamp,
    day: i32,
    asks_known: usize,
}

/// Records an inspection. What fails becomes a case for each class, with the place's point and pictures, in the same
/// commit; the cases' ids follow from the inspection's.
pub async fn inspect(
    app: &App,
    who: &Actor,
    id: PlaceId,
    inspection: InspectionId,
    command: &InspectCommand,
) -> Result<Inspected, AppError> {
    let (key, request) = (ActId(inspection.0), request_hash(&(id, command)));
    for _ in 0..TRIES {
        if let Some(again) = again(app, id, inspection, request).await? {
            return Ok(again);
        }
        let city = app.city();
        let row = place::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "place" })?;
        let kinds = kinds(app).await?.body;
        let kind = kinds.get(row.place.told.sort, &row.place.told.kind);
        let ready = ready(app, who, &row, kind, command).await?;
        permit(app, who, &row.place, ready.day).await?;
        let now = app.clock.now();
        let (finding, cases) = decided(&city, who, &row.place, inspection, command, &ready, now)?;
        let act = Act::Inspect(Box::new(finding.clone()));
        let after = row.place.after(&act).map_err(|no| AppError::Blocked { why: no.to_string() })?;
        let it = Inspection {
            place: id,
            version: after.version,
            by: (who.person, who.unit),
            finding,
            saved: Timestamp::from_millisecond(now.as_millisecond())
                .expect("a timestamp cut to milliseconds is in range"),
        };
        let mut batch = save(who, &row, &after, &act, (now, key, request)).and(cases);
        batch = it.insert(&ready.filled.photos).into_iter().fold(batch, Batch::with);
        let cost = burden::Cost {
            id: inspection.0,
            form: (&ready.code, command.form_version, &ready.form),
            areas: row.place.areas,
            day: ready.day,
            seconds: command.seconds,
            asks_known: ready.asks_known,
        };
        batch = cost.insert(who).into_iter().fold(batch, Batch::with);
        let seen = row.place.areas.grid.zip(row.place.told.point).filter(|_| who.role == Role::Worker);
        let seen = seen.and_then(|(grid, at)| patrol::was_at(&city, grid, at, day_of(ready.day)));
        batch = seen.into_iter().fold(batch, Batch::with);
        match app.store.commit(batch).await {
            Ok(()) => {
                let due = kind.and_then(|kind| domain::place::due_day(kind, &after));
                return Ok(Inspected { inspection: it, due, unasked: ready.filled.unasked, replayed: false });
            }
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

async fn ready(
    app: &App,
    who: &Actor,
    row: &PlaceRow,
    kind: Option<&Kind>,
    command: &InspectCommand,
) -> Result<Ready, AppError> {
    let now = app.clock.now();
    // Nothing is said of a place to those who can neither see nor inspect any.
    if matches!(PlaceScope::of(who), PlaceScope::Grids(grids) if grids.is_empty()) && who.role != Role::Worker
    {
        return Err(AppError::NotFound { what: "place" });
    }
    let made = command.made_at.unwrap_or(now);
    if made > now + AHEAD || made < now - OLDEST {
        let says = "that is in the future or more than 400 days ago; check the clock of the device";
        return Err(AppError::field("/made_at", "range", says));
    }
    let made = Timestamp::from_millisecond(made.as_millisecond())
        .expect("a timestamp cut to milliseconds is in range");
    if command.note.chars().count() > 500 {
        return Err(AppError::field("/note", "range", "500 characters are the most"));
    }
    let code = command.form.clone().or_else(|| kind.map(|it| it.form.clone())).filter(|it| !it.is_empty());
    let Some(code) = code else {
        let says = format!("no form belongs to kind {}: name one in form", row.place.told.kind);
        return Err(AppError::field("/form", "missing", says));
    };
    let today = app.city().zone.to_datetime(made).date();
    let (form, filled) =
        filled(app, (&code, command.form_version), &command.answers, today, "/answers").await?;
    if form.doc.used != domain::form::FormUse::Inspection {
        return Err(AppError::field("/form", "range", format!("{code} is no form for inspections")));
    }
    let evidence = evidence(app, &form, &filled).await?;
    let asks_known = domain::form::asks_known(&form, &known(app).await?).len();
    Ok(Ready { form, code, filled, evidence, made, day: day_number(today), asks_known })
}

/// Pictures that are named are there.
async fn evidence(app: &App, form: &Form, filled: &Filled) -> Result<Vec<Evidence>, AppError> {
    let mut found = Vec::with_capacity(filled.photos.len());
    for attachment in &filled.photos {
        let Some(sha256) = app.sha256_of(*attachment).await? else {
            let has = |it: &&domain::form::Item| match filled.answers.get(&it.doc.name) {
                Some(domain::form::Answer::Many(ids)) => ids.contains(&attachment.to_string()),
                _ => false,
            };
            let name = form.items.iter().find(has).map_or("", |it| it.doc.name.as_str());
            let says = format!("picture {attachment} is not here; add it at /api/v1/attachments first");
            return Err(AppError::field(&format!("/answers/{name}"), "unknown", says));
        };
        found.push(Evidence { attachment: *attachment, sha256, kind: EvidenceKind::Before });
    }
    Ok(found)
}

/// A worker may send in what they did on a day of duty, also when that has ended since.
async fn permit(app: &App, who: &Actor, place: &Place, day: i32) -> Result<(), AppError> {
    if permit_place(who, PlaceAct::Inspect, &place.areas).is_ok() {
        return Ok(());
    }
    if let (Role::Worker, Some(person)) = (who.role, who.person) {
        let grids = store::duty::grids(&app.store, person, day_of(day)).await?;
        let then = Actor { grids: grids.into_iter().collect(), ..who.clone() };
        if permit_place(&then, PlaceAct::Inspect, &place.areas).is_ok() {
            return Ok(());
        }
    }
    if PlaceScope::of(who).covers(&place.areas) {
        return Err(AppError::NotTheirs {
            who: "the worker on duty, the desk or a handler there",
            what: "record inspections",
        });
    }
    Err(AppError::NotFound { what: "place" })
}

/// What was found, and what makes cases of it.
fn decided(
    city: &City,
    who: &Actor,
    place: &Place,
    inspection: InspectionId,
    command: &InspectCommand,
    ready: &Ready,
    now: Timestamp,
) -> Result<(Finding, Batch), AppError> {
    let mut batch = Batch::new("cases of an inspection");
    let mut cases = Vec::new();
    for (class, failed) in by_class(&ready.filled.failed) {
        let id = case_id(inspection, &class);
        let report = report(city, who, place, &class, &failed, command, ready);
        let acting = Acting { city, actor: who, now, key: ActId(id.0) };
        let moved = plan_report(&acting, id, &report)?;
        batch = moved.batch(batch);
        cases.push((class, id));
    }
    let finding = Finding {
        inspection,
        form: ready.code.clone(),
        form_version: command.form_version,
        answers: ready.filled.answers.clone(),
        failed: ready.filled.failed.iter().map(|it| it.question.clone()).collect(),
        cases,
        note: command.note.trim().to_owned(),
        made_ms: ready.made.as_millisecond(),
        day: ready.day,
        // How long one person took is nobody's to read: it is counted in sums only.
        seconds: None,
    };
    Ok((finding, batch))
}

/// One case for each class: what fails together is mended together.
fn by_class(failed: &[Failed]) -> BTreeMap<ClassCode, Vec<&Failed>> {
    let mut found: BTreeMap<ClassCode, Vec<&Failed>> = BTreeMap::new();
    failed.iter().for_each(|it| found.entry(it.class.clone()).or_default().push(it));
    found
}

fn report(
    city: &City,
    who: &Actor,
    place: &Place,
    class: &ClassCode,
    failed: &[&Failed],
    command: &InspectCommand,
    ready: &Ready,
) -> ReportCommand {
    let told = &place.told;
    let words: Vec<&str> = failed.iter().map(|it| it.words.zh.as_str()).collect();
    let note = command.note.trim();
    let note = if note.is_empty() { String::new() } else { format!("。{note}") };
    let text = format!("{}，{}：{}{note}", told.name, ready.form.doc.title.zh, words.join("；"));
    let place_words = format!("{} {}", told.name, told.address);
    ReportCommand {
        text: text.chars().take(TEXT_MAX).collect(),
        // An old form may name a class that has ended since: the desk says what it is now.
        class: city.class(class).filter(|it| !it.retired).map(|it| it.code.clone()),
        point: told.point,
        words: place_words.trim().chars().take(200).collect(),
        area: place.areas.upwards().next().filter(|area| city.area(*area).is_some()),
        channel: if who.role == Role::Worker { Channel::Worker } else { Channel::Desk },
        evidence: ready.evidence.clone(),
        happened_at: Some(ready.made),
        private: false,
        outside_no: None,
    }
}

/// The id of the case that an inspection makes for a class: the same on every node and at every retry. It is of the
/// inspection's own moment, so that it has a number.
fn case_id(inspection: InspectionId, class: &ClassCode) -> CaseId {
    let bytes = inspection.0.as_bytes();
    let hash = sha256(&[bytes.as_slice(), b"case", class.0.as_bytes()].concat());
    let mut made = *bytes;
    made[6..].copy_from_slice(&hash.0[..10]);
    made[6] = (made[6] & 0x0f) | (bytes[6] & 0xf0); // the version
    made[8] = (made[8] & 0x3f) | 0x80;
    CaseId(uuid::Uuid::from_bytes(made))
}

async fn again(
    app: &App,
    id: PlaceId,
    inspection: InspectionId,
    request: Hash,
) -> Result<Option<Inspected>, AppError> {
    let Some(used) = stream::used(app, ActId(inspection.0)).await? else { return Ok(None) };
    stream::is_again(&used, stream_of(id), request)?;
    let Some(it) = store::inspection::one(&app.store, inspection).await? else {
        return Err(AppError::KeyReused);
    };
    let row = place::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "place" })?;
    let kinds = kinds(app).await?.body;
    let kind = kinds.get(row.place.told.sort, &row.place.told.kind);
    let look = domain::place::Look { day: it.finding.day, failed: it.finding.failed.len() as u16 };
    let due = kind.and_then(|kind| next_day(kind, id, row.place.added_day, Some(look)));
    Ok(Some(Inspected { inspection: it, due, unasked: Vec::new(), replayed: true }))
}
