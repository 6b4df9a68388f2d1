//! The outcomes of one case, read out of its log. Every moment and deadline stands in the entries, so that it needs no
//! calendar and gives the same today and in ten years.
//!
//! An outcome has one moment at which it became known: the act, or the deadline that passed before it. So the outcomes of
//! a day are the same whether they are looked for that night or later, and days add up.

use super::book::Row;
use super::measure::Measure;
use crate::case::{
    Act, By, Case, Channel, Check, Due, Refusal, RefuseReason, Satisfaction, ShareState, Step,
};
use crate::geo::LngLat;
use crate::id::{AreaId, CaseId, ClassCode, PersonId, UnitId};
use crate::policy::Role;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// An own report mended faster than this is one to look at.
pub const AT_ONCE: SignedDuration = SignedDuration::from_mins(10);

/// A case as its log tells it up to a moment, with its outcomes.
#[derive(Clone, Debug)]
pub struct Life {
    /// The case at that moment.
    pub case: Case,
    /// Outcomes in the order in which they became known.
    pub rows: Vec<Row>,
    /// What tells whether a problem came back.
    pub mark: Mark,
    /// Everybody who acted on it.
    pub actors: BTreeSet<PersonId>,
    /// Workers who stood for its outcome: they verified it, mended it or passed the check.
    stood: BTreeSet<PersonId>,
    responded: bool,
    judged: bool,
    /// The desk's clock that was counted as late already.
    late: Option<Due>,
    /// Units whose share of this round was counted already.
    counted: BTreeSet<UnitId>,
    /// Somebody's own work failed its check and waits for a dispatch.
    failed: Option<Failed>,
    checker: Option<PersonId>,
}

/// What tells whether a problem came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// When it was filed for the first time.
    pub filed: Option<Timestamp>,
    /// When its work passed a check last.
    pub passed: Option<Timestamp>,
    /// Workers who stood for that work.
    pub people: Vec<PersonId>,
    /// Units that did it, the lead first.
    pub units: Vec<UnitId>,
}

/// Work mended on the spot that failed its check, and who did it.
#[derive(Clone, Copy, Debug)]
struct Failed(Option<PersonId>);

impl Life {
    /// Folds a log up to `until` (entries at that moment and later are left out); `None` when nothing of it is before.
    ///
    /// # Errors
    /// The law refuses an act of the log, which is then not what was written.
    pub fn read(
        id: CaseId,
        log: impl IntoIterator<Item = (Timestamp, By, Act)>,
        until: Timestamp,
    ) -> Result<Option<Life>, Refusal> {
        let mut life: Option<Life> = None;
        for (at, by, act) in log {
            if at >= until {
                break;
            }
            life = match (life, act) {
                (None, Act::Report(report)) => Some(Life::begin(Case::open(id, *report, at), &by)),
                (None, _) => return Err(Refusal::NothingAsked),
                (Some(life), act) => Some(life.live(&act, &by, at)?),
            };
        }
        Ok(life.map(|mut life| {
            life.pass(until);
            life
        }))
    }

    /// Class agreed, grid and point: the same of another case soon after means that the problem came back.
    pub fn problem(&self) -> Option<(ClassCode, AreaId, Option<LngLat>)> {
        let filed = self.case.filed()?;
        let place = &self.case.reported().place;
        Some((filed.class.clone(), place.areas.grid?, place.point))
    }

    /// Who took part in this case's outcome; their own row is taken back when the problem came back.
    pub fn came_back(&self, at: Timestamp) -> Vec<Row> {
        let row = Row { back: true, good: false, ..self.row(Measure::Lasting, at) };
        let lead = self.mark.units.first().copied();
        let whole = Row { unit: lead, whole: true, ..row };
        let co = self.mark.units.iter().skip(1).map(|unit| Row { unit: Some(*unit), ..row });
        let people = self.mark.people.iter().map(|person| Row { person: Some(*person), ..row });
        std::iter::once(whole).chain(co).chain(people).collect()
    }

    fn begin(case: Case, by: &By) -> Life {
        let at = case.reported().at;
        let mut life = Life {
            case,
            rows: Vec::new(),
            mark: Mark::default(),
            actors: by.person.into_iter().collect(),
            stood: BTreeSet::new(),
            responded: false,
            judged: false,
            late: None,
            counted: BTreeSet::new(),
            failed: None,
            checker: None,
        };
        let reporter = life.reporter();
        life.rows.push(Row { person: reporter, whole: true, good: true, ..life.row(Measure::Reported, at) });
        life
    }

    fn row(&self, measure: Measure, at: Timestamp) -> Row {
        let area = self.case.ancestors().upwards().next().unwrap_or(self.case.side.desk);
        let source = self.case.id.0;
        let (person, unit) = (None, None);
        Row { at, source, measure, person, unit, area, good: false, whole: false, back: false }
    }

    fn note(&mut self, measure: Measure, at: Timestamp, good: bool, unit: Option<UnitId>) {
        let row = Row { good, unit, whole: true, ..self.row(measure, at) };
        self.rows.push(row);
    }

    fn note_of(&mut self, person: PersonId, measure: Measure, at: Timestamp, good: bool) {
        let row = Row { good, person: Some(person), ..self.row(measure, at) };
        self.rows.push(row);
    }

    /// The worker who reported it, if one did.
    fn reporter(&self) -> Option<PersonId> {
        let reported = self.case.reported();
        (reported.channel == Channel::Worker).then_some(reported.reporter).flatten()
    }

    /// Whether a resident waits for its answer.
    fn is_public(&self) -> bool {
        matches!(self.case.reported().channel, Channel::Resident | Channel::Hotline | Channel::Partner)
    }

    fn lead(&self) -> Option<UnitId> {
        self.case.assigned().and_then(|it| it.shares.first()).map(|it| it.unit)
    }

    /// Deadlines that passed before `until`.
    fn pass(&mut self, until: Timestamp) {
        let first = self.case.reported().due.at;
        if self.is_public() && !self.responded && first < until {
            self.responded = true;
            self.note(Measure::Responded, first, false, None);
        }
        if self.case.side.hold.is_some() {
            return;
        }
        if let Step::Assigned(assigned) = &self.case.step {
            let open: Vec<(bool, UnitId, Timestamp)> = assigned
                .shares
                .iter()
                .enumerate()
                .filter(|(_, it)| !matches!(it.state, ShareState::Done(..)) && it.handle.at < until)
                .map(|(place, it)| (place == 0, it.unit, it.handle.at))
                .collect();
            for (is_lead, unit, at) in open {
                if self.counted.insert(unit) {
                    // A hold that ended after the deadline has moved it; what became late on hold is late when it ends.
                    let at = at.max(self.case.side.pauses.last().map_or(at, |it| it.to));
                    let row = Row { unit: Some(unit), whole: is_lead, ..self.row(Measure::Handled, at) };
                    self.rows.push(row);
                }
            }
        } else if let Some(due) = self.case.due()
            && due.at < until
            && self.late != Some(due)
        {
            self.late = Some(due);
            self.note(Measure::Steps, due.at, false, None);
        }
    }

    /// A desk's or checker's clock was ended by an act.
    fn step_done(&mut self, due: Due, by: &By, at: Timestamp) {
        let worker = by.person.filter(|_| by.role == Role::Worker);
        if self.late == Some(due) {
            // Areas have counted it when the deadline passed; now it is known whose it was.
            if let Some(worker) = worker {
                self.note_of(worker, Measure::Steps, at, false);
            }
        } else {
            let row = Row { person: worker, whole: true, good: at <= due.at, ..self.row(Measure::Steps, at) };
            self.rows.push(row);
        }
    }

    fn live(mut self, act: &Act, by: &By, at: Timestamp) -> Result<Life, Refusal> {
        self.pass(at);
        self.actors.extend(by.person);
        let worker = by.person.filter(|_| by.role == Role::Worker);
        let clock = match &self.case.step {
            Step::Assigned(_) => None,
            _ if self.case.side.hold.is_some() => None,
            step => step_due(step),
        };
        let after = self.case.clone().advance(act, by, at)?;
        let ended = clock
            .filter(|due| step_due(&after.step) != Some(*due) || matches!(after.step, Step::Assigned(_)));
        if let Some(due) = ended
            && !matches!(
                act,
                Act::Withdraw { .. } | Act::Suspend { .. } | Act::Resume { .. } | Act::Wake { .. }
            )
        {
            self.step_done(due, by, at);
        }
        if self.is_public() && !self.responded && is_response(act) {
            self.responded = true;
            let good = at <= self.case.reported().due.at;
            self.note(Measure::Responded, at, good, None);
        }
        if let (Act::Verify { .. }, Some(worker)) = (act, worker) {
            self.stood.insert(worker);
        }
        self.judge(act, at);
        self.work(act, by, at);
        self.case = after;
        self.close(act, by, at);
        Ok(self)
    }

    /// Whether the report was found valid: at its filing, or when it is refused before.
    fn judge(&mut self, act: &Act, at: Timestamp) {
        let (filed, valid) = match act {
            Act::File { .. } | Act::FixOnSpot { .. } => (true, Some(true)),
            Act::Refuse { reason, .. } => {
                let none = matches!(
                    reason,
                    RefuseReason::NotFound | RefuseReason::NotOurs | RefuseReason::TooLittleKnown
                );
                (false, none.then_some(false))
            }
            _ => return,
        };
        if filed && self.mark.filed.is_none() {
            self.mark.filed = Some(at);
        }
        if std::mem::replace(&mut self.judged, true) {
            return;
        }
        self.note(Measure::Filed, at, filed, None);
        if let (Some(good), Some(reporter)) = (valid, self.reporter()) {
            let row = Row { good, person: Some(reporter), whole: true, ..self.row(Measure::Valid, at) };
            self.rows.push(row);
        }
    }

    /// What dispatchers and units do; the case is as it was before the act.
    fn work(&mut self, act: &Act, by: &By, at: Timestamp) {
        match act {
            Act::Assign { lead, co, .. } => {
                let kept: BTreeSet<UnitId> = self.case.open_shares().map(|it| it.unit).collect();
                let kept: BTreeSet<UnitId> = match &self.case.step {
                    Step::Filed(filed) => filed.kept.iter().map(|it| it.unit).chain(kept).collect(),
                    Step::Assigned(now) => now.shares.iter().map(|it| it.unit).chain(kept).collect(),
                    _ => kept,
                };
                for order in std::iter::once(lead).chain(co) {
                    if !kept.contains(&order.unit) {
                        self.counted.remove(&order.unit);
                    }
                }
                if let Some(Failed(fixer)) = self.failed.take() {
                    let row = Row { person: fixer, whole: true, ..self.row(Measure::Checked, at) };
                    self.rows.push(row);
                }
            }
            Act::Accept { unit } if self.lead() == Some(*unit) => {
                self.note(Measure::Dispatched, at, true, Some(*unit));
            }
            Act::Return { unit, .. } if self.lead() == Some(*unit) => {
                self.note(Measure::Dispatched, at, false, Some(*unit));
            }
            Act::Handle { unit, .. } => self.handled(*unit, at),
            Act::FixOnSpot { .. } => {
                if let Some(worker) = by.person.filter(|_| by.role == Role::Worker) {
                    let reported = self.case.reported();
                    let since = at.duration_since(reported.happened_at.unwrap_or(reported.at));
                    let quick = reported.reporter == Some(worker) && since < AT_ONCE;
                    self.note_of(worker, Measure::OwnFix, at, !quick);
                }
            }
            Act::Check { passed, .. } => self.check(*passed, by, at),
            _ => {}
        }
    }

    fn handled(&mut self, unit: UnitId, at: Timestamp) {
        if self.counted.insert(unit) {
            let whole = self.lead() == Some(unit);
            let row = Row { unit: Some(unit), whole, good: true, ..self.row(Measure::Handled, at) };
            self.rows.push(row);
        }
    }

    fn check(&mut self, passed: bool, by: &By, at: Timestamp) {
        let worker = by.person.filter(|_| by.role == Role::Worker);
        if let Some(worker) = worker {
            self.note_of(worker, Measure::CheckMade, at, passed);
        }
        let Some(handled) = self.case.handled() else { return };
        let units: Vec<UnitId> = handled.assigned.shares.iter().map(|it| it.unit).collect();
        let fixer = handled.handlers.iter().find(|it| it.unit.is_none()).and_then(|it| it.person);
        if !passed && units.is_empty() {
            self.failed = Some(Failed(fixer));
            return;
        }
        let row = Row { good: passed, ..self.row(Measure::Checked, at) };
        self.rows.push(Row { unit: units.first().copied(), person: fixer, whole: true, ..row });
        self.rows.extend(units.iter().skip(1).map(|unit| Row { unit: Some(*unit), ..row }));
        if !passed {
            return;
        }
        self.checker = worker;
        self.stood.extend(worker);
        self.stood.extend(fixer);
        let people: BTreeSet<PersonId> = worker.into_iter().chain(fixer).collect();
        let row = Row { good: true, ..self.row(Measure::Lasting, at) };
        self.rows.push(Row { unit: units.first().copied(), whole: true, ..row });
        self.rows.extend(units.iter().skip(1).map(|unit| Row { unit: Some(*unit), ..row }));
        self.rows.extend(people.iter().map(|person| Row { person: Some(*person), ..row }));
        self.mark.passed = Some(at);
        self.mark.people = people.into_iter().collect();
        self.mark.units = units;
    }

    /// What the reporter says, and the end; the case is as it is after the act.
    fn close(&mut self, act: &Act, by: &By, at: Timestamp) {
        let lead = self.lead();
        match act {
            Act::Reopen { .. } => {
                if let Some(checker) = self.checker.take() {
                    self.note_of(checker, Measure::Upheld, at, false);
                }
            }
            Act::Confirm { satisfaction, .. } if self.is_public() => {
                let good = *satisfaction == Satisfaction::Satisfied;
                self.note(Measure::Satisfied, at, good, lead);
                let stood: Vec<PersonId> =
                    self.stood.iter().copied().filter(|it| Some(*it) != by.person).collect();
                stood.into_iter().for_each(|person| self.note_of(person, Measure::Satisfied, at, good));
            }
            Act::Evaluate => {
                if let Some(checker) = self.checker.take() {
                    self.note_of(checker, Measure::Upheld, at, true);
                }
                let Step::Evaluated(evaluated) = &self.case.step else { return };
                let on_time = evaluated.is_on_time();
                self.note(Measure::Closed, at, on_time, lead);
                if self.is_public() {
                    let good = self.case.side.reopens == 0;
                    self.note(Measure::Solved, at, good, lead);
                }
            }
            _ => {}
        }
    }
}

fn is_response(act: &Act) -> bool {
    matches!(
        act,
        Act::Verify { .. }
            | Act::File { .. }
            | Act::FixOnSpot { .. }
            | Act::Refuse { .. }
            | Act::Merge { .. }
            | Act::Split { .. }
            | Act::HandUp { .. }
            | Act::HandDown { .. }
    )
}

/// The clock of a desk or a checker; units have theirs in their shares.
fn step_due(step: &Step) -> Option<Due> {
    match step {
        Step::Reported(it) => Some(it.verified.as_ref().map_or(it.report.due, |verified| verified.due)),
        Step::Filed(it) => Some(it.due),
        Step::Handled(it) => match &it.check {
            Check::Open { due } | Check::Passed { due, .. } => Some(*due),
        },
        _ => None,
    }
}
