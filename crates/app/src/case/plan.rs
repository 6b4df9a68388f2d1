//! Deciding: a command on a case becomes acts with their deadlines, routes and reasons; the law is asked, the
//! record entry is made. Nothing is loaded and nothing is saved here.

use super::clocks::CaseClocks;
use super::command::{Command, Part, ReportCommand, ShareCommand};
use super::number::has_number;
use crate::city::level_of;
use crate::fault::FieldError;
use crate::{AppError, City};
use domain::area::{Ancestors, Level};
use domain::audit::{Entry, Hash, sha256};
use domain::case::{Act, By, Case, EvidenceKind, Place, Report, RouteNote, ShareOrder, Step, Superior};
use domain::class::Class;
use domain::clock::Stage;
use domain::id::{ActId, AreaId, CaseId, ClassCode, UnitId};
use domain::policy::{Actor, Denied, Facts, Reach, permit, reach};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Batch;
use store::case::{Write, change};

/// Longest text of a report or note, in characters.
const TEXT_MAX: usize = 2_000;
/// How far a reporter's clock may run ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// Farthest from the city that a point may lie, in metres: beyond it somebody mistyped.
const FAR_M: f64 = 100_000.0;
/// Longest hold.
const HOLD_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Who acts, on what, when, and under which key.
#[derive(Clone, Copy)]
pub struct Acting<'a> {
    /// The city as it is known.
    pub city: &'a City,
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
    /// The key of this act.
    pub key: ActId,
}

/// A case moved by one or more acts, not yet saved.
#[derive(Clone, Debug)]
pub struct Moved {
    /// As it was read; `None` when it is new.
    pub before: Option<Case>,
    /// As it is now.
    pub after: Case,
    /// Hash of its newest entry.
    pub head: Hash,
    /// The acts between, each with the SHA-256 of the request.
    pub entries: Vec<(Entry, Hash)>,
}

impl Moved {
    /// Adds what saves it.
    pub fn batch(&self, batch: Batch) -> Batch {
        let write = Write { before: self.before.as_ref(), after: &self.after, entries: &self.entries };
        change(batch, &write)
    }

    /// This and what followed, as one: the row is written once.
    pub fn then(&mut self, next: Moved) {
        self.after = next.after;
        self.head = next.head;
        self.entries.extend(next.entries);
    }

    pub(super) fn open(id: CaseId, report: Report, by: By, acting: &Acting<'_>, request: Hash) -> Moved {
        let case = Case::open(id, report.clone(), acting.now);
        let entry =
            Entry::new(id, 1, acting.key, case.last_at, &by, &Act::Report(Box::new(report)), Hash::default());
        Moved { before: None, head: entry.hash, after: case, entries: vec![(entry, request)] }
    }

    pub(super) fn step(
        case: &Case,
        head: Hash,
        act: &Act,
        by: By,
        at: (Timestamp, ActId),
        request: Hash,
    ) -> Result<Moved, AppError> {
        let now = at.0.max(case.last_at);
        let after = case.clone().advance(act, &by, now)?;
        let entry = Entry::new(case.id, after.version, at.1, now, &by, act, head);
        Ok(Moved { before: Some(case.clone()), head: entry.hash, after, entries: vec![(entry, request)] })
    }

    /// What an act on one case does to another, under a key derived from its own.
    pub(super) fn other_side(
        case: &Case,
        head: Hash,
        act: &Act,
        acting: &Acting<'_>,
    ) -> Result<Moved, AppError> {
        case.may(act.name())?;
        let key = system_key(case.id, case.version + 1);
        Moved::step(case, head, act, by(acting.actor), (acting.now, key), Hash::default())
    }

    /// One more act by the platform itself, in the same change.
    fn and_system(&mut self, act: &Act, now: Timestamp) -> Result<(), AppError> {
        let key = system_key(self.after.id, self.after.version + 1);
        let next = Moved::step(&self.after, self.head, act, By::SYSTEM, (now, key), Hash::default())?;
        self.then(next);
        Ok(())
    }
}

/// The key of an act of the platform itself: the same on every node, so that two nodes cannot both make it.
pub(super) fn system_key(case: CaseId, version: u32) -> ActId {
    let hash = sha256(&[case.0.as_bytes().as_slice(), b"system", &version.to_be_bytes()].concat());
    let bytes: [u8; 16] = hash.0[..16].try_into().expect("a hash has more than 16 bytes");
    ActId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// SHA-256 of a request as canonical JSON: what makes a retry the same.
pub(super) fn request_hash(request: &impl Serialize) -> Hash {
    sha256(&serde_json::to_vec(request).expect("commands are plain data"))
}

pub(super) fn by(actor: &Actor) -> By {
    By { person: actor.person, role: actor.role, unit: actor.unit }
}

/// Decides a report. The case's id is its key.
pub fn plan_report(acting: &Acting<'_>, id: CaseId, command: &ReportCommand) -> Result<Moved, AppError> {
    if reach(acting.actor.role, domain::case::ActName::Report) == Reach::No {
        return Err(Denied::NotYours { act: domain::case::ActName::Report, role: acting.actor.role }.into());
    }
    check_report(acting, command)?;
    let place = place_of(acting.city, command);
    let (desk, level) = first_desk(acting.city, &place.areas)?;
    let class = command.class.as_ref();
    let clocks = CaseClocks::of(acting.city, class, &place.areas);
    let report = Report {
        channel: command.channel,
        reporter: acting.actor.person,
        text: command.text.trim().to_owned(),
        class: command.class.clone(),
        evidence: command.evidence.clone(),
        desk,
        level,
        private: command.private || class.and_then(|c| acting.city.class(c)).is_some_and(|c| c.private),
        happened_at: command.happened_at,
        outside_no: command.outside_no.clone(),
        split_from: None,
        due: clocks.start(Stage::Verify, acting.now),
        place,
    };
    Ok(Moved::open(id, report, by(acting.actor), acting, request_hash(command)))
}

fn check_report(acting: &Acting<'_>, command: &ReportCommand) -> Result<(), AppError> {
    let mut wrong = Vec::new();
    let mut say =
        |path: &str, code, detail: String| wrong.push(FieldError { path: path.to_owned(), code, detail });
    let length = command.text.trim().chars().count();
    if length == 0 {
        say("/text", "missing", "say in a few words what was found".to_owned());
    }
    if length > TEXT_MAX {
        say("/text", "range", format!("{length} characters are too many; {TEXT_MAX} is the most"));
    }
    if command.words.chars().count() > 200 {
        say("/place/words", "range", "200 characters are the most".to_owned());
    }
    if let Some(code) = &command.class {
        match acting.city.class(code) {
            None => say("/class", "unknown", format!("there is no class {code}; see /api/v1/classes")),
            Some(class) if class.retired => {
                say("/class", "retired", format!("class {code} takes no new cases"));
            }
            Some(_) => {}
        }
    }
    if let Some(area) = command.area.filter(|a| acting.city.area(*a).is_none()) {
        say("/place/area", "unknown", format!("there is no area {area}"));
    }
    if command.point.is_none() && command.area.is_none() && command.words.trim().is_empty() {
        say("/place", "missing", "give a point (lng, lat), an area, or the place in words".to_owned());
    }
    if let Some((_, off_m)) =
        command.point.and_then(|point| acting.city.locate(point)).filter(|(_, off)| *off > FAR_M)
    {
        let says = format!("that is {:.0} km outside the city; check lng and lat", off_m / 1000.0);
        say("/place", "range", says);
    }
    if command.happened_at.is_some_and(|at| at > acting.now + AHEAD) {
        say("/happened_at", "range", "that is in the future; check the clock of the device".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(AppError::Invalid(wrong)) }
}

fn place_of(city: &City, command: &ReportCommand) -> Place {
    let located = command.point.and_then(|point| city.locate(point));
    let root = || city.root().map(|root| city.ancestors(root.id)).unwrap_or_default();
    let areas = match (located, command.area) {
        (Some((areas, _)), _) => areas,
        (None, Some(area)) => city.ancestors(area),
        (None, None) => root(),
    };
    let off_m = located.map(|(_, off_m)| off_m.round() as u32).filter(|off| *off > 0);
    Place { point: command.point, words: command.words.trim().to_owned(), areas, off_m }
}

/// The desk that receives a report: the township's where it is known, else the one above.
fn first_desk(city: &City, areas: &Ancestors) -> Result<(AreaId, Level), AppError> {
    [Level::Township, Level::County, Level::City]
        .into_iter()
        .find_map(|level| areas.at(level).map(|area| (area, level)))
        .or_else(|| city.root().map(|root| (root.id, Level::City)))
        .ok_or(AppError::NotFound { what: "city: import the areas first" })
}

/// Decides an act: whether this person may, what it settles, whether the law allows it.
pub fn plan_act(acting: &Acting<'_>, case: &Case, head: Hash, command: &Command) -> Result<Moved, AppError> {
    let facts = Facts::of(case, acting.city.ancestors(case.side.desk));
    permit(acting.actor, command.name(), &facts)?;
    case.may(command.name())?;
    let act = Planning { acting, case }.act(command)?;
    let request = request_hash(&(case.id, command));
    let at = (acting.now, acting.key);
    let mut moved = Moved::step(case, head, &act, by(acting.actor), at, request)?;
    if matches!(act, Act::Confirm { .. }) {
        moved.and_system(&Act::Evaluate, acting.now)?;
    }
    Ok(moved)
}

/// What the platform does by itself when a case's time has come; `None` when it has not.
pub fn plan_wake(city: &City, case: &Case, head: Hash, now: Timestamp) -> Result<Option<Moved>, AppError> {
    if case.wake_at().is_none_or(|at| at > now) {
        return Ok(None);
    }
    let act = if let Some(hold) = &case.side.hold {
        let clocks = CaseClocks::of(city, case.class(), &case.ancestors());
        Act::Wake { moved: clocks.moved(case, hold.from, now) }
    } else if matches!(case.step, Step::Answered(_)) {
        Act::Evaluate
    } else {
        let Some(due) = case.due() else { return Ok(None) };
        let reached = [(200, due.twice), (100, due.at), (80, due.most), (50, due.half)];
        let Some((share_pct, _)) = reached.into_iter().find(|(_, at)| *at <= now) else { return Ok(None) };
        Act::Warn { share_pct, level: told(case.side.level, share_pct) }
    };
    let at = (now, system_key(case.id, case.version + 1));
    Moved::step(case, head, &act, By::SYSTEM, at, Hash::default()).map(Some)
}

/// Who is told: the desk itself, the level above at 100 %, the next at 200 %.
fn told(desk: Level, share_pct: u16) -> Level {
    let up = match share_pct {
        ..100 => 0,
        100..200 => 1,
        _ => 2,
    };
    (0..up).fold(desk, |level, _| level.above().unwrap_or(level))
}

struct Planning<'a> {
    acting: &'a Acting<'a>,
    case: &'a Case,
}

impl Planning<'_> {
    fn act(&self, command: &Command) -> Result<Act, AppError> {
        let now = self.acting.now;
        let clocks = CaseClocks::of(self.acting.city, self.case.class(), &self.case.ancestors());
        let start = |stage| clocks.start(stage, now);
        Ok(match command.clone() {
            Command::Verify { note, evidence } => {
                Act::Verify { note: text("/note", &note, 0)?, evidence, due: start(Stage::File) }
            }
            Command::Refuse { reason, note } => Act::Refuse { reason, note: text("/note", &note, 0)? },
            Command::Merge { into } => Act::Merge { into },
            Command::Split { parts } => split(&parts)?,
            Command::Link { to } => Act::Link { to },
            Command::File { class, urgency, private } => {
                let known = self.open_class(&class)?;
                let due = self.clocks_of(&class).start(Stage::Dispatch, now);
                let urgency = urgency.unwrap_or(known.urgency);
                let private = private.unwrap_or(self.case.is_private() || known.private);
                Act::File { class, urgency, private, due }
            }
            Command::Assign { lead, co, instead } => self.assign(lead, co, instead, &clocks)?,
            Command::Accept => Act::Accept { unit: self.unit()? },
            Command::Return { reason } => Act::Return {
                unit: self.unit()?,
                reason: text("/reason", &reason, 1)?,
                superior: self.superior(&clocks),
            },
            Command::HandUp { reason } => {
                let desk = self.desk_above().ok_or_else(|| {
                    AppError::field("/act", "range", "the city's own desk has none above it")
                })?;
                let level = level_of(self.acting.city, desk);
                Act::HandUp {
                    to: desk,
                    level,
                    reason: text("/reason", &reason, 1)?,
                    due: start(Stage::Dispatch),
                }
            }
            Command::HandDown { to, reason } => {
                let level = self.below_desk(to)?;
                Act::HandDown { to, level, reason: text("/reason", &reason, 1)?, due: start(Stage::Dispatch) }
            }
            Command::AskPostpone { until, reason } => {
                Act::AskPostpone { unit: self.unit()?, until, reason: text("/reason", &reason, 1)? }
            }
            Command::DecidePostpone { granted, note } => self.decide_postpone(granted, &note, &clocks)?,
            Command::Suspend { until, reason } => {
                if until > now + HOLD_MAX {
                    return Err(AppError::field("/until", "range", "a hold lasts a year at most"));
                }
                Act::Suspend { until, reason: text("/reason", &reason, 1)? }
            }
            Command::Resume => {
                let from = self.case.side.hold.as_ref().map_or(now, |hold| hold.from);
                Act::Resume { moved: clocks.moved(self.case, from, now) }
            }
            Command::Urge { note } => Act::Urge { note: text("/note", &note, 1)? },
            Command::Progress { note, evidence } => {
                Act::Progress { unit: self.unit()?, note: text("/note", &note, 1)?, evidence }
            }
            Command::Handle { note, evidence } => {
                let note = text("/note", &note, 1)?;
                let act = Act::Handle { unit: self.unit()?, note, evidence, due: start(Stage::Check) };
                self.evidence_given(&act, self.case.class().and_then(|code| self.acting.city.class(code)))?;
                act
            }
            Command::FixOnSpot { class, note, evidence } => {
                let known = self.open_class(&class)?;
                let due = self.clocks_of(&class).start(Stage::Check, now);
                let note = text("/note", &note, 1)?;
                let act = Act::FixOnSpot { urgency: known.urgency, class, note, evidence, due };
                self.evidence_given(&act, Some(known))?;
                act
            }
            Command::Check { passed, note, evidence } => {
                let due = Some(start(if passed { Stage::Answer } else { Stage::Dispatch }));
                Act::Check { passed, note: text("/note", &note, usize::from(!passed))?, evidence, due }
            }
            Command::Answer { text: said } => {
                Act::Answer { text: text("/text", &said, 1)?, wait_until: clocks.wait_until(now) }
            }
            Command::Confirm { satisfaction, note } => {
                Act::Confirm { satisfaction, note: text("/note", &note, 0)? }
            }
            Command::Reopen { reason } => {
                Act::Reopen { reason: text("/reason", &reason, 1)?, due: start(Stage::Dispatch) }
            }
            Command::Appeal { reason } => {
                Act::Appeal { unit: self.unit()?, reason: text("/reason", &reason, 1)? }
            }
            Command::DecideAppeal { upheld, note } => {
                Act::DecideAppeal { upheld, note: text("/note", &note, 1)? }
            }
            Command::Withdraw { reason } => Act::Withdraw { reason: text("/reason", &reason, 0)? },
            Command::Note { text: said } => Act::Note { text: text("/text", &said, 1)? },
        })
    }

    fn assign(
        &self,
        lead: ShareCommand,
        co: Vec<ShareCommand>,
        instead: Option<String>,
        clocks: &CaseClocks<'_>,
    ) -> Result<Act, AppError> {
        for (at, unit) in std::iter::once(lead.unit).chain(co.iter().map(|c| c.unit)).enumerate() {
            let detail = match self.acting.city.units.get(&unit) {
                None => format!("there is no unit {unit}"),
                Some(it) if it.ended => format!("{} has ended and takes no new cases", it.name_en),
                Some(_) => continue,
            };
            let path = if at == 0 { "/unit".to_owned() } else { format!("/co/{}/unit", at - 1) };
            return Err(AppError::field(&path, "unknown", detail));
        }
        self.works_there(lead.unit)?;
        let route = self.route_note(lead.unit, instead)?;
        let order = |share: ShareCommand| ShareOrder {
            unit: share.unit,
            task: share.task.trim().to_owned(),
            accept: clocks.start(Stage::Accept, self.acting.now),
            handle: clocks.start(Stage::Handle, self.acting.now),
        };
        Ok(Act::Assign { lead: order(lead), co: co.into_iter().map(order).collect(), route })
    }

    /// A unit leads only where it works: in its own area and below. Others may help.
    fn works_there(&self, lead: UnitId) -> Result<(), AppError> {
        let city = self.acting.city;
        let Some(unit) = city.units.get(&lead) else { return Ok(()) };
        let areas = self.case.ancestors();
        if areas.upwards().any(|area| area == unit.area) {
            return Ok(());
        }
        let name =
            |area: Option<AreaId>| area.and_then(|it| city.area(it)).map_or("", |it| it.name_zh.as_str());
        let (unit_name, own, there) = (&unit.name_zh, name(Some(unit.area)), name(areas.upwards().next()));
        let says = format!(
            "{unit_name} works in {own}; the case lies in {there}: choose a unit of that place to lead"
        );
        Err(AppError::field("/unit", "range", says))
    }

    fn route_note(&self, lead: UnitId, instead: Option<String>) -> Result<RouteNote, AppError> {
        let Some(class) = self.case.class() else { return Ok(RouteNote::default()) };
        let suggestion = self.acting.city.route(class, &self.case.ancestors(), self.case.side.desk);
        let instead = instead.map(|why| why.trim().to_owned()).filter(|why| !why.is_empty());
        let other = suggestion.unit.is_some_and(|unit| unit != lead);
        let bounced = self.case.side.bounces > 0 || self.case.assigned().is_some();
        if other && instead.is_none() && !bounced {
            return Err(AppError::field(
                "/instead",
                "missing",
                "say why another unit than the suggested one",
            ));
        }
        Ok(RouteNote {
            suggested: suggestion.unit,
            because: suggestion.because.zh,
            because_en: suggestion.because.en,
            instead,
        })
    }

    fn decide_postpone(&self, granted: bool, note: &str, clocks: &CaseClocks<'_>) -> Result<Act, AppError> {
        let asked = self.case.side.asked.as_ref();
        let share = asked.and_then(|asked| self.case.assigned()?.share(asked.unit));
        let due = asked
            .zip(share)
            .filter(|_| granted)
            .map(|(asked, share)| clocks.postponed(share.handle, asked.until));
        Ok(Act::DecidePostpone { granted, due, note: text("/note", note, usize::from(!granted))? })
    }

    fn superior(&self, clocks: &CaseClocks<'_>) -> Option<Superior> {
        if self.case.side.bounces + 1 < domain::case::BOUNCES {
            return None;
        }
        let desk = self.desk_above().unwrap_or(self.case.side.desk);
        let level = level_of(self.acting.city, desk);
        Some(Superior { desk, level, due: clocks.start(Stage::Dispatch, self.acting.now) })
    }

    fn desk_above(&self) -> Option<AreaId> {
        self.acting.city.area(self.case.side.desk)?.parent
    }

    fn below_desk(&self, to: AreaId) -> Result<Level, AppError> {
        let below =
            self.acting.city.ancestors(to).upwards().skip(1).any(|above| above == self.case.side.desk);
        let level = level_of(self.acting.city, to);
        if !below || !matches!(level, Level::County | Level::Township) {
            let says = "choose a county or township below the desk that has the case";
            return Err(AppError::field("/to", "range", says));
        }
        // A case known only to the county may be any township's; one whose place is known is that township's alone.
        let known = self.case.ancestors().at(level);
        if known.is_some_and(|own| own != to) {
            let own = known.and_then(|own| self.acting.city.area(own)).map_or("", |it| it.name_zh.as_str());
            return Err(AppError::field(
                "/to",
                "range",
                format!("the case lies in {own}: hand it down there"),
            ));
        }
        Ok(level)
    }

    /// What the class wants to be shown before work counts as done.
    fn evidence_given(&self, act: &Act, class: Option<&Class>) -> Result<(), AppError> {
        let Some(class) = class else { return Ok(()) };
        let given = self.case.side.evidence.and(act.evidence());
        let few = |n: u16| u8::try_from(n).unwrap_or(u8::MAX);
        let missing = class.evidence.missing(few(given.before), few(given.after), few(given.document));
        let wanted = [
            (u32::from(missing.before_photos), EvidenceKind::Before),
            (u32::from(missing.after_photos), EvidenceKind::After),
            (u32::from(missing.document), EvidenceKind::Document),
        ];
        let wanted: Vec<String> = wanted
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, kind)| format!("{n} × {}", kind.as_str()))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        Err(AppError::field("/evidence", "missing", format!("this class still needs: {}", wanted.join(", "))))
    }

    fn clocks_of(&self, class: &ClassCode) -> CaseClocks<'_> {
        CaseClocks::of(self.acting.city, Some(class), &self.case.ancestors())
    }

    fn open_class(&self, code: &ClassCode) -> Result<&Class, AppError> {
        match self.acting.city.class(code) {
            Some(class) if !class.retired => Ok(class),
            Some(_) => Err(AppError::field("/class", "retired", format!("class {code} takes no new cases"))),
            None => Err(AppError::field(
                "/class",
                "unknown",
                format!("there is no class {code}; see /api/v1/classes"),
            )),
        }
    }

    fn unit(&self) -> Result<UnitId, AppError> {
        let denied = || Denied::NotYours { act: domain::case::ActName::Handle, role: self.acting.actor.role };
        self.acting.actor.unit.ok_or_else(|| denied().into())
    }
}

fn split(parts: &[Part]) -> Result<Act, AppError> {
    parts.iter().try_for_each(|part| text("/parts/text", &part.text, 1).map(drop))?;
    if let Some(at) = parts.iter().position(|part| !has_number(part.id)) {
        return Err(AppError::field(
            &format!("/parts/{at}/id"),
            "format",
            "make it a UUIDv7: the case's number is read off it",
        ));
    }
    let ids: BTreeSet<CaseId> = parts.iter().map(|part| part.id).collect();
    if ids.len() < parts.len() {
        return Err(AppError::field("/parts", "range", "each part needs an id of its own"));
    }
    Ok(Act::Split { parts: parts.iter().map(|part| part.id).collect() })
}

fn text(path: &str, said: &str, least: usize) -> Result<String, AppError> {
    let said = said.trim().to_owned();
    let length = said.chars().count();
    if length < least {
        return Err(AppError::field(path, "missing", "say it in a few words"));
    }
    if length > TEXT_MAX {
        return Err(AppError::field(
            path,
            "range",
            format!("{length} characters are too many; {TEXT_MAX} is the most"),
        ));
    }
    Ok(said)
}
