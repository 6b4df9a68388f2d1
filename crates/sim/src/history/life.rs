//! One case's life: what happens next, when, and by whom. Chance decides; the use cases of `app` do it.

use super::people::Cast;
use super::texts::{About, Texts};
use crate::chance::Chance;
use app::City;
use app::case::{Command, Moved, ShareCommand};
use domain::audit::Hash;
use domain::case::{
    Act, ActName, Case, Channel, Due, Evidence, EvidenceKind, RefuseReason, Satisfaction, ShareState, Step,
    Turn,
};
use domain::clock::Span;
use domain::id::{AreaId, UnitId};
use domain::policy::Actor;
use jiff::{SignedDuration, Timestamp};

/// A case while it lives.
pub struct Life {
    /// As it is now.
    pub case: Case,
    /// Hash of its newest entry.
    pub head: Hash,
    /// What is not saved yet.
    pub pending: Option<Moved>,
    /// When a person acts next; `None` when only time can move it.
    pub act_at: Option<Timestamp>,
    chance: Chance,
}

/// What a life needs to know of the world.
pub struct World<'a> {
    /// The city.
    pub city: &'a City,
    /// Who acts.
    pub cast: &'a Cast,
    /// What they write.
    pub texts: &'a Texts,
    /// Pictures and papers to show, by kind.
    pub stock: &'a [Evidence],
    /// How slow each unit is; 1 is usual.
    pub slowness: &'a dyn Fn(UnitId) -> f64,
}

/// Somebody does something.
pub struct Deed {
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: Command,
}

impl Life {
    /// A case just reported.
    pub fn new(moved: Moved, chance: Chance, world: &World<'_>) -> Life {
        let (case, head) = (moved.after.clone(), moved.head);
        let mut life = Life { case, head, pending: Some(moved), act_at: None, chance };
        life.act_at = life.next_act(world);
        life
    }

    /// Takes a move in.
    pub fn take(&mut self, moved: Moved, world: &World<'_>) {
        self.case = moved.after.clone();
        self.head = moved.head;
        match &mut self.pending {
            Some(pending) => pending.then(moved),
            None => self.pending = Some(moved),
        }
        let by_time = matches!(self.last_act(), Some(Act::Warn { .. }));
        if !by_time {
            self.act_at = self.next_act(world);
        }
    }

    /// What was wanted cannot be done: somebody comes back to it later, unless it is over.
    pub fn try_again(&mut self, at: Timestamp) {
        let hours = 1.0 + 8.0 * self.chance.waiting();
        let later = at + SignedDuration::from_secs((hours * 3600.0) as i64);
        self.act_at = (self.case.turn() != Turn::Nobody && self.case.side.hold.is_none()).then_some(later);
    }

    fn last_act(&self) -> Option<Act> {
        self.pending.as_ref()?.entries.last()?.0.parsed().ok().map(|(_, act)| act)
    }

    /// When anything happens next: a person's act, or the case's own time.
    pub fn next_at(&self) -> Option<Timestamp> {
        [self.act_at, self.case.wake_at()].into_iter().flatten().min()
    }

    /// Whether the next thing to happen is the clock's, not a person's.
    pub fn is_clock_next(&self) -> bool {
        match (self.act_at, self.case.wake_at()) {
            (Some(act), Some(wake)) => wake <= act,
            (None, wake) => wake.is_some(),
            (Some(_), None) => false,
        }
    }

    fn next_act(&mut self, world: &World<'_>) -> Option<Timestamp> {
        let now = self.case.last_at;
        let soon = |at: Timestamp| Some(at.max(now + SignedDuration::from_secs(40)));
        if self.case.side.hold.is_some() {
            return None;
        }
        let share = match self.case.turn() {
            Turn::Verify => 0.35 * self.chance.around_one(0.6),
            Turn::Desk => 0.40 * self.chance.around_one(0.6),
            Turn::Unit => self.unit_pace(world),
            Turn::Check => 0.50 * self.chance.around_one(0.5),
            Turn::Postpone => {
                let minutes = 20 + self.chance.below(300) as u32;
                return soon(self.calendar(world).deadline(now, Span::WorkMinutes(minutes)));
            }
            Turn::Reporter => return self.reporter_at(now),
            Turn::Nobody => return self.appeal_at(now),
        };
        self.case.due().and_then(|due| soon(self.moment(world, due, share)))
    }

    fn unit_pace(&mut self, world: &World<'_>) -> f64 {
        let Some(share) = self.open_share() else { return 0.5 };
        let (unit, state) = share;
        let slow = (world.slowness)(unit);
        match state {
            ShareState::Given => 0.35 * self.chance.around_one(0.5),
            _ => 0.50 * slow * self.chance.around_one(0.5),
        }
    }

    /// The moment at which a share of a clock is used; beyond 1 it lies after the deadline.
    fn moment(&self, world: &World<'_>, due: Due, share: f64) -> Timestamp {
        if share >= 1.0 {
            let over = due.twice.duration_since(due.at).as_secs_f64() * (share - 1.0).min(4.0);
            return due.at + SignedDuration::from_secs(over as i64);
        }
        self.calendar(world).at_share(due.from, due.at, due.span.kind(), (share * 100.0) as u8)
    }

    fn calendar<'a>(&self, world: &World<'a>) -> &'a domain::calendar::Calendar {
        world.city.calendar(&self.case.ancestors())
    }

    fn reporter_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        let answers = match self.case.reported().channel {
            Channel::Worker => 0.35,
            Channel::Resident => 0.6,
            _ => 0.3,
        };
        let hours = 1.0 + 20.0 * self.chance.waiting();
        self.chance.happens(answers).then(|| now + SignedDuration::from_secs((hours * 3600.0) as i64))
    }

    fn appeal_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        let Step::Evaluated(evaluated) = &self.case.step else { return None };
        let open = self.case.side.appeal.as_ref().is_some_and(|a| a.upheld.is_none());
        let wants = !evaluated.is_on_time() && self.case.side.appeal.is_none() && self.chance.happens(0.05);
        let has_unit = !evaluated.answered.handled.assigned.shares.is_empty();
        let days = 1.0 + 2.0 * self.chance.waiting();
        (has_unit && (open || wants)).then(|| now + SignedDuration::from_secs((days * 86_400.0) as i64))
    }

    fn open_share(&self) -> Option<(UnitId, ShareState)> {
        let shares = &self.case.assigned()?.shares;
        shares.iter().find(|s| s.due().is_some()).map(|s| (s.unit, s.state))
    }

    /// What a person does now.
    pub fn deed(&mut self, world: &World<'_>) -> Option<Deed> {
        let deed = match self.case.turn() {
            Turn::Verify => self.verify(world),
            Turn::Desk => self.at_desk(world),
            Turn::Unit => self.at_unit(world),
            Turn::Postpone => {
                let granted = self.chance.happens(0.8);
                let note = self.say(world, if granted { "postpone_yes" } else { "postpone_no" });
                Some(self.desk(world, Command::DecidePostpone { granted, note }))
            }
            Turn::Check => self.check(world),
            Turn::Reporter => self.reporter(world),
            Turn::Nobody => self.appeal(world),
        }?;
        self.case.may(deed.command.name()).is_ok().then_some(deed)
    }

    fn verify(&mut self, world: &World<'_>) -> Option<Deed> {
        let worker = self.case.ancestors().grid.and_then(|grid| world.cast.worker(grid));
        let own = self.case.reported().channel == Channel::Worker;
        if self.chance.happens(0.03) {
            let reasons = [
                RefuseReason::NotFound,
                RefuseReason::NotOurs,
                RefuseReason::AlreadyDone,
                RefuseReason::Elsewhere,
            ];
            let (reason, note) = (*self.chance.one_of(&reasons), self.say(world, "refuse"));
            return Some(self.desk(world, Command::Refuse { reason, note }));
        }
        if own && self.chance.happens(0.16) {
            let class = self.case.reported().class.clone()?;
            let note = self.say(world, "fixed_on_the_spot");
            let evidence = self.wanted(world, &class);
            return Some(Deed { actor: worker?, command: Command::FixOnSpot { class, note, evidence } });
        }
        if own && self.chance.happens(0.004) {
            let reason = self.say(world, "withdraw");
            return Some(Deed { actor: worker?, command: Command::Withdraw { reason } });
        }
        if own {
            return self.file(world);
        }
        let (note, evidence) = (self.say(world, "verify"), self.shown(world, EvidenceKind::Before));
        Some(Deed { actor: worker?, command: Command::Verify { note, evidence } })
    }

    fn file(&mut self, world: &World<'_>) -> Option<Deed> {
        let class = self.case.reported().class.clone()?;
        Some(self.desk(world, Command::File { class, urgency: None, private: None }))
    }

    fn at_desk(&mut self, world: &World<'_>) -> Option<Deed> {
        match &self.case.step {
            Step::Reported(_) => self.file(world),
            Step::Filed(_) => self.assign(world),
            _ => {
                let text = self.say(world, "answer");
                Some(self.desk(world, Command::Answer { text }))
            }
        }
    }

    fn assign(&mut self, world: &World<'_>) -> Option<Deed> {
        let class = self.case.class()?.clone();
        let desk = self.case.side.desk;
        if self.chance.happens(0.01) && world.city.area(desk)?.parent.is_some() {
            let reason = self.say(world, "urge");
            return Some(self.desk(world, Command::HandUp { reason }));
        }
        let until = self.case.last_at + SignedDuration::from_hours(24 * (10 + self.chance.below(60) as i64));
        if self.chance.happens(0.006) {
            let reason = self.say(world, "suspend");
            return Some(self.desk(world, Command::Suspend { until, reason }));
        }
        let suggestion = world.city.route(&class, &self.case.ancestors(), desk);
        let others = others(world.city, &self.case);
        let unit = suggestion.unit.or_else(|| others.first().copied())?;
        let other = (self.case.side.bounces > 0 || self.chance.happens(0.02))
            .then(|| self.another(&others, unit))
            .flatten();
        let lead = other.unwrap_or(unit);
        let instead = (lead != unit).then(|| self.say(world, "return_reason"));
        let co = if self.chance.happens(0.06) { self.another(&others, lead) } else { None };
        let share = |unit| ShareCommand { unit, task: String::new() };
        Some(self.desk(
            world,
            Command::Assign { lead: share(lead), co: co.into_iter().map(share).collect(), instead },
        ))
    }

    fn another(&mut self, others: &[UnitId], than: UnitId) -> Option<UnitId> {
        let fitting: Vec<UnitId> = others.iter().copied().filter(|u| *u != than).collect();
        (!fitting.is_empty()).then(|| *self.chance.one_of(&fitting))
    }

    fn at_unit(&mut self, world: &World<'_>) -> Option<Deed> {
        let (unit, state) = self.open_share()?;
        let handler = world.cast.handler(world.city, unit);
        let by = |command| Some(Deed { actor: handler, command });
        if state == ShareState::Given {
            let may = self.case.may(ActName::Return).is_ok();
            if may && self.chance.happens(0.05) {
                return by(Command::Return { reason: self.say(world, "return_reason") });
            }
            return by(Command::Accept);
        }
        let due = self.case.due()?;
        match self.chance.between(0.0, 1.0) {
            x if x < 0.04 && self.case.side.asked.is_none() && self.case.side.postponed == 0 => {
                let until = due.at + SignedDuration::from_hours(24 * (2 + self.chance.below(6) as i64));
                by(Command::AskPostpone { until, reason: self.say(world, "postpone_ask") })
            }
            x if x < 0.055 => {
                let until =
                    self.case.last_at + SignedDuration::from_hours(24 * (5 + self.chance.below(40) as i64));
                let reason = self.say(world, "suspend");
                Some(self.desk(world, Command::Suspend { until, reason }))
            }
            x if x < 0.075 && self.case.side.urged == 0 => {
                let county = self.case.ancestors().county?;
                let note = self.say(world, "urge");
                Some(Deed { actor: world.cast.leader(world.city, county), command: Command::Urge { note } })
            }
            x if x < 0.20 => {
                let (note, evidence) = (self.say(world, "verify"), self.shown(world, EvidenceKind::During));
                by(Command::Progress { note, evidence })
            }
            _ => {
                let class = self.case.class()?.clone();
                let note = self.handling(world, unit);
                let evidence = self.wanted(world, &class);
                by(Command::Handle { note, evidence })
            }
        }
    }

    #[allow(clippy::unnecessary_wraps)] // one of the deeds, and has their shape
    fn check(&mut self, world: &World<'_>) -> Option<Deed> {
        let passed = self.chance.happens(0.93);
        let note = self.say(world, if passed { "check_passed" } else { "check_failed" });
        let command = Command::Check { passed, note, evidence: Vec::new() };
        let worker = self.case.ancestors().grid.and_then(|grid| world.cast.worker(grid));
        let did_it = |actor: &Actor| {
            self.case
                .handled()
                .is_some_and(|h| h.handlers.iter().any(|d| d.person.is_some() && d.person == actor.person))
        };
        match worker.filter(|worker| !did_it(worker)) {
            Some(actor) => Some(Deed { actor, command }),
            None => Some(self.desk(world, command)),
        }
    }

    fn reporter(&mut self, world: &World<'_>) -> Option<Deed> {
        let reported = self.case.reported();
        let grid = self.case.ancestors().grid;
        let actor = match reported.channel {
            Channel::Worker => grid.and_then(|grid| world.cast.worker(grid))?,
            _ => world.cast.desk(world.city, self.case.side.desk),
        };
        let command = match self.chance.between(0.0, 1.0) {
            x if x < 0.05 && self.case.side.reopens == 0 => {
                Command::Reopen { reason: self.say(world, "reopen") }
            }
            x => {
                let satisfaction = match x {
                    x if x < 0.75 => Satisfaction::Satisfied,
                    x if x < 0.93 => Satisfaction::Fair,
                    _ => Satisfaction::Dissatisfied,
                };
                Command::Confirm { satisfaction, note: self.say(world, "confirm") }
            }
        };
        Some(Deed { actor, command })
    }

    fn appeal(&mut self, world: &World<'_>) -> Option<Deed> {
        if self.case.side.appeal.is_some() {
            let upheld = self.chance.happens(0.4);
            let note = self.say(world, if upheld { "appeal_yes" } else { "appeal_no" });
            let actor = world.cast.leader(world.city, self.case.ancestors().county?);
            return Some(Deed { actor, command: Command::DecideAppeal { upheld, note } });
        }
        let unit = self.case.assigned()?.shares.first()?.unit;
        let reason = self.say(world, "appeal");
        Some(Deed { actor: world.cast.handler(world.city, unit), command: Command::Appeal { reason } })
    }

    fn desk(&self, world: &World<'_>, command: Command) -> Deed {
        Deed { actor: world.cast.desk(world.city, self.case.side.desk), command }
    }

    fn say(&mut self, world: &World<'_>, list: &str) -> String {
        self.with_about(world, None, |texts, chance, about| texts.act(chance, list, about))
    }

    fn handling(&mut self, world: &World<'_>, unit: UnitId) -> String {
        self.with_about(world, Some(unit), super::texts::Texts::handling)
    }

    fn with_about(
        &mut self,
        world: &World<'_>,
        unit: Option<UnitId>,
        say: impl Fn(&Texts, &mut Chance, &About<'_>) -> String,
    ) -> String {
        let unit = unit.or_else(|| self.case.assigned()?.shares.first().map(|s| s.unit));
        let unit = unit.and_then(|unit| world.city.units.get(&unit)).map_or("", |u| u.name_zh.as_str());
        let village = self.case.ancestors().community.and_then(|id| world.city.area(id));
        let village = village.map_or("", |a| a.name_zh.as_str());
        let Some(class) = self.case.class().and_then(|code| world.city.class(code)) else {
            return "-".to_owned();
        };
        say(world.texts, &mut self.chance, &About { class, village, unit })
    }

    fn shown(&mut self, world: &World<'_>, kind: EvidenceKind) -> Vec<Evidence> {
        let fitting: Vec<&Evidence> = world.stock.iter().filter(|e| e.kind == kind).collect();
        if fitting.is_empty() { Vec::new() } else { vec![(*self.chance.one_of(&fitting)).clone()] }
    }

    /// What the class wants to see before the work counts as done.
    fn wanted(&mut self, world: &World<'_>, class: &domain::id::ClassCode) -> Vec<Evidence> {
        let Some(class) = world.city.class(class) else { return Vec::new() };
        let given = self.case.side.evidence;
        let few = |n: u16| u8::try_from(n).unwrap_or(u8::MAX);
        let missing = class.evidence.missing(few(given.before), few(given.after), few(given.document));
        let kinds = [
            (usize::from(missing.before_photos), EvidenceKind::Before),
            (usize::from(missing.after_photos), EvidenceKind::After),
            (usize::from(missing.document), EvidenceKind::Document),
        ];
        kinds
            .into_iter()
            .flat_map(|(n, kind)| (0..n).flat_map(|_| self.shown(world, kind)).collect::<Vec<_>>())
            .collect()
    }
}

/// Units of the county of a case, and of the city: who else could take it.
fn others(city: &City, case: &Case) -> Vec<UnitId> {
    let areas = case.ancestors();
    let near = |area: AreaId| Some(area) == areas.county || Some(area) == areas.city;
    city.units.values().filter(|u| near(u.area)).map(|u| u.id).collect()
}
