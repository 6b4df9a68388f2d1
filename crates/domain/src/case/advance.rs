//! The door through which every act passes: the law is asked, the move is made, the side facts follow.
//!
//! `Case::open` makes a case from its report, `Case::advance` moves it, `Case::replay` folds a log.

use super::step::Confirmed;
use super::{
    Act, Answered, Appeal, Assigned, By, Case, Check, Due, Ended, EndedHow, Evaluated, Filed, Given, Handled,
    Handler, Hold, Moved, Pause, PostponeAsked, Refusal, Report, Reported, RouteNote, Share, ShareOrder,
    ShareState, Side, Step, Superior, Verified,
};
use crate::area::Level;
use crate::id::{AreaId, CaseId, UnitId};
use jiff::Timestamp;

/// Returns that are a unit's right; after them the superior desk decides (field rule of the loop).
pub const BOUNCES: u16 = 2;

impl Case {
    /// A new case from its report.
    pub fn open(id: CaseId, report: Report, now: Timestamp) -> Case {
        let side =
            Side { evidence: Given::default().and(&report.evidence), ..Side::new(report.desk, report.level) };
        let reported = Reported { at: now, report: Box::new(report), verified: None };
        Case { id, version: 1, last_at: now, step: Step::Reported(reported), side }
    }

    /// Folds a log back into its case. The log is what `open` and `advance` accepted before, so a refusal
    /// here means that the log was altered. `None` for an empty log.
    pub fn replay(
        id: CaseId,
        log: impl IntoIterator<Item = (Timestamp, By, Act)>,
    ) -> Result<Option<Case>, Refusal> {
        let mut case: Option<Case> = None;
        for (at, by, act) in log {
            case = Some(match (case, act) {
                (None, Act::Report(report)) => Case::open(id, *report, at),
                (None, act) => {
                    return Err(Refusal::WrongStep {
                        at: super::StepName::Reported,
                        act: act.name(),
                        legal: Vec::new(),
                    });
                }
                (Some(case), act) => case.advance(&act, &by, at)?,
            });
        }
        Ok(case)
    }

    // table: one arm an act, beside the law
    /// Makes one act: the moved case, or why the act is not legal now.
    pub fn advance(mut self, act: &Act, by: &By, now: Timestamp) -> Result<Case, Refusal> {
        self.may(act.name())?;
        let before = self.step.due();
        self.step = match (self.step, act) {
            (Step::Reported(c), Act::Verify { due, .. }) => Step::Reported(c.verify(by, *due, now)),
            (Step::Reported(c), Act::File { .. }) => Step::Filed(c.file(act, now)),
            (Step::Reported(c), Act::FixOnSpot { .. }) => Step::Handled(c.fix_on_spot(act, by, now)),
            (
                Step::Reported(c),
                Act::HandUp { to, level, due, .. } | Act::HandDown { to, level, due, .. },
            ) => {
                self.side.take_desk(*to, *level)?;
                Step::Reported(Reported {
                    verified: Some(Verified { at: now, by: by.person, due: *due }),
                    ..c
                })
            }
            (Step::Filed(c), Act::HandUp { to, level, due, .. } | Act::HandDown { to, level, due, .. }) => {
                self.side.take_desk(*to, *level)?;
                Step::Filed(Filed { due: *due, superior_decides: false, ..c })
            }
            (Step::Filed(c), Act::Assign { lead, co, route }) => {
                Step::Assigned(c.assign(lead, co, route, now)?)
            }
            (Step::Assigned(c), Act::Assign { lead, co, route }) => {
                let c = c.reassign(lead, co, route, now)?;
                // Who no longer has a share no longer waits for more time.
                self.side.asked = self.side.asked.filter(|asked| c.open_share(asked.unit).is_ok());
                Step::Assigned(c)
            }
            (Step::Assigned(c), Act::Accept { unit }) => Step::Assigned(c.accept(*unit, now)?),
            (Step::Assigned(c), Act::Return { unit, superior, .. }) => {
                self.side.bounces += 1;
                self.side.asked = None;
                let superior = if self.side.bounces < BOUNCES {
                    None
                } else {
                    Some(superior.ok_or(Refusal::DueMissing)?)
                };
                if let Some(Superior { desk, level, .. }) = superior {
                    (self.side.desk, self.side.level) = (desk, level);
                }
                Step::Filed(c.bounce(*unit, superior.map(|s| s.due))?)
            }
            (Step::Assigned(c), Act::AskPostpone { unit, until, reason }) => {
                let due = c.open_share(*unit)?.handle.at;
                later(*until, due)?;
                let reason = reason.clone();
                self.side.asked = Some(PostponeAsked { unit: *unit, at: now, until: *until, reason });
                Step::Assigned(c)
            }
            (Step::Assigned(c), Act::DecidePostpone { granted, due, .. }) => {
                let asked = self.side.asked.take().ok_or(Refusal::NothingAsked)?;
                if *granted {
                    self.side.postponed += 1;
                    Step::Assigned(c.postpone(asked.unit, due.ok_or(Refusal::DueMissing)?)?)
                } else {
                    Step::Assigned(c)
                }
            }
            (step @ (Step::Filed(_) | Step::Assigned(_)), Act::Suspend { until, reason }) => {
                later(*until, now).map_err(|_| Refusal::InThePast)?;
                self.side.hold = Some(Hold { from: now, until: *until, reason: reason.clone() });
                step
            }
            (step @ (Step::Filed(_) | Step::Assigned(_)), Act::Resume { moved } | Act::Wake { moved }) => {
                let hold = self.side.hold.take().ok_or(Refusal::NotOnHold)?;
                if matches!(act, Act::Wake { .. }) && now < hold.until {
                    return Err(Refusal::TooEarly);
                }
                self.side.pauses.push(Pause { from: hold.from, to: now, reason: hold.reason });
                step.moved(moved)?
            }
            (Step::Assigned(c), Act::Progress { unit, .. }) => {
                c.open_share(*unit)?;
                Step::Assigned(c)
            }
            (Step::Assigned(c), Act::Handle { unit, due, .. }) => {
                self.side.asked = self.side.asked.filter(|asked| asked.unit != *unit);
                c.handle(*unit, by, *due, now)?
            }
            (Step::Handled(c), Act::Check { passed, due, .. }) => {
                c.must_be_independent(by)?;
                if *passed {
                    Step::Handled(c.pass(by, due.ok_or(Refusal::DueMissing)?, now))
                } else {
                    self.side.reworks += 1;
                    c.send_back(due.as_ref(), now)?
                }
            }
            (Step::Handled(c), Act::Answer { text, wait_until }) => {
                Step::Answered(c.answer(text, *wait_until, now)?)
            }
            (Step::Answered(c), Act::Confirm { satisfaction, .. }) => Step::Answered(Answered {
                confirmed: Some(Confirmed { at: now, satisfaction: *satisfaction }),
                ..c
            }),
            (Step::Answered(c), Act::Reopen { due, .. }) => {
                self.side.reopens += 1;
                Step::Filed(c.reopen(*due))
            }
            (Step::Answered(c), Act::Evaluate) => Step::Evaluated(c.evaluate(now)?),
            (step @ Step::Evaluated(_), Act::Appeal { unit, reason }) => {
                self.side.appeal = Some(Appeal { unit: *unit, reason: reason.clone(), upheld: None });
                step
            }
            (step @ Step::Evaluated(_), Act::DecideAppeal { upheld, .. }) => {
                self.side.appeal.as_mut().ok_or(Refusal::NoAppeal)?.upheld = Some(*upheld);
                step
            }
            (step @ (Step::Reported(_) | Step::Filed(_)), Act::Refuse { reason, .. }) => {
                step.end(EndedHow::Refused(*reason), now)
            }
            (step @ (Step::Reported(_) | Step::Filed(_)), Act::Merge { into }) => {
                other(self.id, *into)?;
                step.end(EndedHow::Merged(*into), now)
            }
            (step @ (Step::Reported(_) | Step::Filed(_)), Act::Split { parts }) => {
                parts.iter().try_for_each(|part| other(self.id, *part))?;
                if parts.len() < 2 {
                    return Err(Refusal::TooFewParts);
                }
                step.end(EndedHow::Split(parts.clone()), now)
            }
            (step @ (Step::Reported(_) | Step::Filed(_)), Act::Withdraw { .. }) => {
                step.end(EndedHow::Withdrawn, now)
            }
            (step, Act::Absorb { from }) => {
                other(self.id, *from)?;
                self.side.absorbed.push(*from);
                step
            }
            (step, Act::Link { to }) => {
                other(self.id, *to)?;
                if !self.side.links.contains(to) {
                    self.side.links.push(*to);
                }
                step
            }
            (step, Act::Urge { .. }) => {
                self.side.urged += 1;
                step
            }
            (step, Act::Warn { share_pct, level }) => {
                self.side.warned_pct = *share_pct;
                if *share_pct >= 100 {
                    self.side.escalated = Some(*level);
                }
                step
            }
            (mut step, Act::Relocate { areas, off_m, desk, level, .. }) => {
                let place = &mut step.reported_mut().report.place;
                (place.areas, place.off_m) = (*areas, *off_m);
                (self.side.desk, self.side.level) = (*desk, *level);
                step
            }
            (step, Act::Note { .. }) => step,
            (step, act) => {
                return Err(Refusal::WrongStep { at: step.name(), act: act.name(), legal: Vec::new() });
            }
        };
        if self.step.due() != before {
            self.side.new_clock();
        }
        self.side.evidence = self.side.evidence.and(act.evidence());
        self.version += 1;
        self.last_at = self.last_at.max(now);
        Ok(self)
    }
}

impl Reported {
    fn verify(self, by: &By, due: Due, now: Timestamp) -> Reported {
        Reported { verified: Some(Verified { at: now, by: by.person, due }), ..self }
    }

    fn file(self, act: &Act, now: Timestamp) -> Filed {
        let Act::File { class, urgency, private, due } = act else { unreachable!("called for a filing") };
        Filed {
            reported: self,
            at: now,
            class: class.clone(),
            urgency: *urgency,
            private: *private,
            due: *due,
            superior_decides: false,
            first_due: None,
            kept: Vec::new(),
        }
    }

    /// Mended by the worker who found it: filed and handled in one act, still to be checked by another.
    fn fix_on_spot(self, act: &Act, by: &By, now: Timestamp) -> Handled {
        let Act::FixOnSpot { class, urgency, due, .. } = act else {
            unreachable!("called for a fix on the spot")
        };
        let private = self.private;
        let file = Act::File { class: class.clone(), urgency: *urgency, private, due: *due };
        let filed = self.file(&file, now);
        let assigned =
            Assigned { filed, at: now, shares: Vec::new(), route: RouteNote::default(), first_due: now };
        let handler = Handler { person: by.person, unit: by.unit };
        Handled { assigned, at: now, handlers: vec![handler], check: Check::Open { due: *due } }
    }
}

impl Filed {
    fn assign(
        self,
        lead: &ShareOrder,
        co: &[ShareOrder],
        route: &RouteNote,
        now: Timestamp,
    ) -> Result<Assigned, Refusal> {
        let mut shares: Vec<Share> = Vec::with_capacity(1 + co.len());
        for order in std::iter::once(lead).chain(co) {
            if shares.iter().any(|s| s.unit == order.unit) {
                return Err(Refusal::UnitTwice { unit: order.unit });
            }
            let kept = self.kept.iter().find(|s| s.unit == order.unit);
            shares.push(kept.cloned().unwrap_or_else(|| Share::given(order)));
        }
        if shares.iter().all(|s| s.due().is_none()) {
            shares[0].state = ShareState::Accepted(now);
        }
        let first_due = self.first_due.unwrap_or(lead.handle.at);
        let filed = Filed { first_due: Some(first_due), kept: Vec::new(), ..self };
        Ok(Assigned { filed, at: now, shares, route: route.clone(), first_due })
    }

    fn waiting_again(self, due: Due, kept: Vec<Share>) -> Filed {
        Filed { due, kept, ..self }
    }
}

impl Share {
    fn given(order: &ShareOrder) -> Share {
        let ShareOrder { unit, task, accept, handle } = order.clone();
        Share { unit, task, accept, handle, state: ShareState::Given }
    }
}

impl Assigned {
    fn open_share(&self, unit: UnitId) -> Result<&Share, Refusal> {
        let share = self.share(unit).ok_or(Refusal::NotYourShare { unit })?;
        match share.state {
            ShareState::Given => Err(Refusal::NotAccepted { unit }),
            ShareState::Accepted(_) => Ok(share),
            ShareState::Done(..) => Err(Refusal::AlreadyDone { unit }),
        }
    }

    fn share_mut(&mut self, unit: UnitId) -> Result<&mut Share, Refusal> {
        self.shares.iter_mut().find(|s| s.unit == unit).ok_or(Refusal::NotYourShare { unit })
    }

    fn reassign(
        self,
        lead: &ShareOrder,
        co: &[ShareOrder],
        route: &RouteNote,
        now: Timestamp,
    ) -> Result<Assigned, Refusal> {
        let leader = &self.shares[0];
        if leader.unit != lead.unit && leader.state != ShareState::Given {
            return Err(Refusal::LeadAtWork { unit: leader.unit });
        }
        Filed { kept: self.shares, ..self.filed }.assign(lead, co, route, now)
    }

    fn accept(mut self, unit: UnitId, now: Timestamp) -> Result<Assigned, Refusal> {
        let share = self.share_mut(unit)?;
        match share.state {
            ShareState::Given => share.state = ShareState::Accepted(now),
            ShareState::Accepted(_) => return Err(Refusal::AlreadyAccepted { unit }),
            ShareState::Done(..) => return Err(Refusal::AlreadyDone { unit }),
        }
        Ok(self)
    }

    /// `superior` is the clock of the desk above, once it must decide; else the first dispatch clock goes on.
    fn bounce(self, unit: UnitId, superior: Option<Due>) -> Result<Filed, Refusal> {
        if let ShareState::Done(..) = self.share(unit).ok_or(Refusal::NotYourShare { unit })?.state {
            return Err(Refusal::AlreadyDone { unit });
        }
        let running = superior.unwrap_or(self.filed.due);
        let kept = self.shares.into_iter().filter(|s| s.unit != unit).collect();
        Ok(Filed { superior_decides: superior.is_some(), ..self.filed.waiting_again(running, kept) })
    }

    fn postpone(mut self, unit: UnitId, due: Due) -> Result<Assigned, Refusal> {
        let share = self.share_mut(unit)?;
        later(due.at, share.handle.at)?;
        share.handle = due;
        if self.is_lead(unit) {
            self.count_from(self.first_due.max(due.at));
        }
        Ok(self)
    }

    fn is_lead(&self, unit: UnitId) -> bool {
        self.shares.first().is_some_and(|lead| lead.unit == unit)
    }

    /// A granted postponement or a hold of the lead moves the deadline that counts; nothing else does.
    fn count_from(&mut self, first_due: Timestamp) {
        self.first_due = first_due;
        self.filed.first_due = Some(first_due);
    }

    fn handle(mut self, unit: UnitId, by: &By, check: Due, now: Timestamp) -> Result<Step, Refusal> {
        self.open_share(unit)?;
        self.share_mut(unit)?.state = ShareState::Done(now, by.person);
        if self.shares.iter().any(|s| s.due().is_some()) {
            return Ok(Step::Assigned(self));
        }
        let done = |s: &Share| match s.state {
            ShareState::Done(_, person) => Handler { person, unit: Some(s.unit) },
            _ => Handler { person: None, unit: Some(s.unit) },
        };
        let handlers = self.shares.iter().map(done).collect();
        Ok(Step::Handled(Handled { assigned: self, at: now, handlers, check: Check::Open { due: check } }))
    }
}

impl Handled {
    fn must_be_independent(&self, by: &By) -> Result<(), Refusal> {
        let did_it = |h: &Handler| {
            (h.person.is_some() && h.person == by.person) || (h.unit.is_some() && h.unit == by.unit)
        };
        if self.handlers.iter().any(did_it) { Err(Refusal::CheckerHandled) } else { Ok(()) }
    }

    fn pass(self, by: &By, due: Due, now: Timestamp) -> Handled {
        Handled { check: Check::Passed { at: now, by: by.person, due }, ..self }
    }

    /// 返工: the units take it up again under their first deadline. What a worker had mended on the spot
    /// has no unit yet and goes to the dispatcher.
    fn send_back(self, dispatch: Option<&Due>, now: Timestamp) -> Result<Step, Refusal> {
        let mut assigned = self.assigned;
        if assigned.shares.is_empty() {
            let due = dispatch.copied().ok_or(Refusal::DueMissing)?;
            return Ok(Step::Filed(assigned.filed.waiting_again(due, Vec::new())));
        }
        for share in &mut assigned.shares {
            share.state = ShareState::Accepted(now);
        }
        Ok(Step::Assigned(assigned))
    }

    fn answer(self, text: &str, wait_until: Timestamp, now: Timestamp) -> Result<Answered, Refusal> {
        later(wait_until, now).map_err(|_| Refusal::InThePast)?;
        Ok(Answered { handled: self, at: now, text: text.to_owned(), wait_until, confirmed: None })
    }
}

impl Answered {
    fn reopen(self, due: Due) -> Filed {
        let filed = self.handled.assigned.filed;
        Filed { superior_decides: false, ..filed.waiting_again(due, Vec::new()) }
    }

    fn evaluate(self, now: Timestamp) -> Result<Evaluated, Refusal> {
        if self.confirmed.is_none() && now < self.wait_until {
            return Err(Refusal::StillWaiting);
        }
        Ok(Evaluated { answered: self, at: now })
    }
}

impl Step {
    fn end(self, how: EndedHow, now: Timestamp) -> Step {
        Step::Ended(Ended { was: Box::new(self), at: now, how })
    }

    /// The same step with its clocks moved by a pause.
    fn moved(self, moved: &Moved) -> Result<Step, Refusal> {
        match self {
            Step::Filed(mut filed) => {
                move_shares(&mut filed.kept, moved)?;
                Ok(Step::Filed(Filed { due: moved.dispatch.unwrap_or(filed.due), ..filed }))
            }
            Step::Assigned(mut assigned) => {
                let lead = assigned.shares.first().map(|s| s.handle.at);
                move_shares(&mut assigned.shares, moved)?;
                if let (Some(was), Some(lead)) = (lead, assigned.shares.first()) {
                    assigned.count_from(assigned.first_due + lead.handle.at.duration_since(was));
                }
                Ok(Step::Assigned(assigned))
            }
            other => Ok(other),
        }
    }
}

fn move_shares(shares: &mut [Share], moved: &Moved) -> Result<(), Refusal> {
    for to in &moved.shares {
        let unit = to.unit;
        let share = shares.iter_mut().find(|s| s.unit == unit).ok_or(Refusal::NotYourShare { unit })?;
        (share.accept, share.handle) = (to.accept, to.handle);
    }
    Ok(())
}

impl Side {
    fn take_desk(&mut self, to: AreaId, level: Level) -> Result<(), Refusal> {
        if self.desk == to {
            return Err(Refusal::ThereAlready);
        }
        (self.desk, self.level) = (to, level);
        Ok(())
    }
}

fn later(at: Timestamp, than: Timestamp) -> Result<(), Refusal> {
    if at > than { Ok(()) } else { Err(Refusal::NotLater) }
}

fn other(this: CaseId, that: CaseId) -> Result<(), Refusal> {
    if this == that { Err(Refusal::Itself) } else { Ok(()) }
}
