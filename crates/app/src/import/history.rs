//! The rows of one number become the acts of one case, at the times the rows tell.
//!
//! Every act is planned as if a desk and a unit had made it then (`case::plan_*`): the law and the rights of the
//! loop are asked, deadlines are those of that day. No timer runs in between: what a row does not tell did not
//! happen. Ids of cases and acts follow from the source and the number alone, so a second import makes the same.

use super::mapping::{Mapping, Say};
use super::row::Row;
use crate::case::{Acting, Command, Moved, ReportCommand, ShareCommand, plan_act, plan_report};
use crate::{AppError, City};
use domain::area::Level;
use domain::audit::{Hash, sha256};
use domain::case::Case;
use domain::id::{ActId, AreaId, CaseId, UnitId};
use domain::policy::{Actor, Role};
use jiff::{Timestamp, tz::TimeZone};
use std::collections::BTreeSet;
use uuid::Builder;

/// What the rows of one number say together.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The first row.
    pub(super) row: Row,
    /// Its closings, each once, in the order of time.
    pub(super) closings: Vec<Timestamp>,
    /// Whether a row without a closing came beside others.
    pub(super) is_open: bool,
}

impl Told {
    /// Of rows with one number, in the order of the file.
    pub(super) fn of(rows: &[Row]) -> Told {
        let first = rows.iter().min_by_key(|row| row.reported).expect("a number has at least one row");
        let mut closings: Vec<Timestamp> = rows.iter().filter_map(|row| row.closed).collect();
        closings.sort_unstable();
        closings.dedup();
        Told { row: first.clone(), closings, is_open: rows.iter().any(|row| row.closed.is_none()) }
    }

    /// Closed more than once, or closed and open again.
    pub(super) fn is_reopened(&self) -> bool {
        self.closings.len() > 1 || (self.is_open && !self.closings.is_empty())
    }
}

/// Plans cases of one source.
pub(super) struct Historian<'a> {
    city: &'a City,
    mapping: &'a Mapping,
    desk: Actor,
    root: AreaId,
    unit: Option<UnitId>,
}

/// The id of a case: its time as in any UUIDv7, the rest from the source and the number.
pub(super) fn case_id(source: &str, row: &Row) -> CaseId {
    let hash = sha256(format!("{source}\0{}", row.outside_no).as_bytes());
    let rest: [u8; 10] = hash.0[..10].try_into().expect("a hash has more than 10 bytes");
    let ms = u64::try_from(row.reported.as_millisecond()).unwrap_or_default();
    CaseId(Builder::from_unix_timestamp_millis(ms, &rest).into_uuid())
}

impl<'a> Historian<'a> {
    pub(super) fn new(
        city: &'a City,
        mapping: &'a Mapping,
        root: AreaId,
        unit: Option<UnitId>,
    ) -> Historian<'a> {
        let desk = actor(Role::Desk, root, None);
        Historian { city, mapping, desk, root, unit }
    }

    /// The case's whole history, one move an act.
    pub(super) fn plan(&self, told: &Told) -> Result<Vec<Moved>, AppError> {
        let mut plan =
            Plan { historian: self, id: case_id(&self.mapping.source, &told.row), moves: Vec::new() };
        let say = &self.mapping.say;
        plan.open(&told.row)?;
        if told.row.is_without_place {
            plan.desk(told.row.reported, &Command::Note { text: say.without_place.clone() })?;
        }
        plan.desk(
            told.row.reported,
            &Command::File { class: told.row.class.clone(), urgency: None, private: None },
        )?;
        plan.give(told.row.reported)?;
        let Some((first, later)) = told.closings.split_first() else { return Ok(plan.moves) };
        plan.work(*first, say)?;
        if !told.is_reopened() {
            plan.close(*first, say)?;
            return Ok(plan.moves);
        }
        plan.desk(*first, &Command::Reopen { reason: say.reopened.clone() })?;
        plan.give(*first)?;
        let between = if told.is_open { later } else { &later[..later.len() - 1] };
        for at in between {
            let day = TimeZone::UTC.to_datetime(*at).date();
            plan.desk(*at, &Command::Note { text: format!("{} {day}", say.also_closed) })?;
        }
        if let Some(last) = later.last().filter(|_| !told.is_open) {
            plan.work(*last, say)?;
            plan.close(*last, say)?;
        }
        Ok(plan.moves)
    }
}

struct Plan<'a> {
    historian: &'a Historian<'a>,
    id: CaseId,
    moves: Vec<Moved>,
}

impl Plan<'_> {
    fn open(&mut self, row: &Row) -> Result<(), AppError> {
        let historian = self.historian;
        let report = ReportCommand {
            text: row.text.chars().take(2_000).collect(),
            class: Some(row.class.clone()),
            point: row.point,
            words: row.words.clone(),
            area: Some(row.area.unwrap_or(historian.root)),
            channel: historian.mapping.channel,
            evidence: Vec::new(),
            happened_at: None,
            private: false,
            outside_no: Some(row.outside_no.clone()),
        };
        let acting =
            Acting { city: historian.city, actor: &historian.desk, now: row.reported, key: ActId(self.id.0) };
        self.moves.push(plan_report(&acting, self.id, &report)?);
        Ok(())
    }

    /// Assigned to its unit, which accepts.
    fn give(&mut self, at: Timestamp) -> Result<(), AppError> {
        let historian = self.historian;
        let (case, _) = self.now();
        let matrix = case
            .class()
            .and_then(|class| historian.city.route(class, &case.ancestors(), case.side.desk).unit);
        let unit = historian.unit.or(matrix).ok_or_else(|| {
            AppError::field(
                "/unit",
                "missing",
                "no unit is responsible: name one in the mapping, or mend the matrix",
            )
        })?;
        let instead = matrix.filter(|it| *it != unit).map(|_| historian.mapping.source.clone());
        let lead = ShareCommand { unit, task: String::new() };
        self.desk(at, &Command::Assign { lead, co: Vec::new(), instead })?;
        self.unit(at, &Command::Accept)
    }

    fn work(&mut self, at: Timestamp, say: &Say) -> Result<(), AppError> {
        self.unit(at, &Command::Handle { note: say.handled.clone(), evidence: Vec::new() })?;
        let note = say.checked.clone();
        self.desk(at, &Command::Check { passed: true, note, evidence: Vec::new() })?;
        self.desk(at, &Command::Answer { text: say.answered.clone() })
    }

    fn close(&mut self, at: Timestamp, say: &Say) -> Result<(), AppError> {
        self.desk(at, &Command::Confirm { satisfaction: say.satisfaction, note: say.confirmed.clone() })
    }

    fn desk(&mut self, at: Timestamp, command: &Command) -> Result<(), AppError> {
        let historian = self.historian;
        self.act(at, &historian.desk, command)
    }

    fn unit(&mut self, at: Timestamp, command: &Command) -> Result<(), AppError> {
        let lead = self.now().0.assigned().and_then(|a| a.shares.first()).map(|share| share.unit);
        let handler = actor(Role::Handler, self.historian.root, lead);
        self.act(at, &handler, command)
    }

    fn act(&mut self, at: Timestamp, who: &Actor, command: &Command) -> Result<(), AppError> {
        let (case, head) = self.now();
        let key = act_id(case.id, case.version + 1, at);
        let acting = Acting { city: self.historian.city, actor: who, now: at, key };
        let moved = plan_act(&acting, case, head, command)?;
        self.moves.push(moved);
        Ok(())
    }

    fn now(&self) -> (&Case, Hash) {
        let last = self.moves.last().expect("a case is opened first");
        (&last.after, last.head)
    }
}

fn act_id(case: CaseId, version: u32, at: Timestamp) -> ActId {
    let hash = sha256(&[case.0.as_bytes().as_slice(), b"import", &version.to_be_bytes()].concat());
    let rest: [u8; 10] = hash.0[..10].try_into().expect("a hash has more than 10 bytes");
    let ms = u64::try_from(at.as_millisecond()).unwrap_or_default();
    ActId(Builder::from_unix_timestamp_millis(ms, &rest).into_uuid())
}

fn actor(role: Role, root: AreaId, unit: Option<UnitId>) -> Actor {
    Actor { person: None, role, area: root, level: Level::City, unit, grids: BTreeSet::new() }
}
