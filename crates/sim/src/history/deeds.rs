//! What a person does when it is their turn, in the words of the city. Chance decides; the law and the rights may
//! still refuse it.

use super::id_at;
use super::life::{Deed, Life, World};
use super::texts::{About, Texts};
use crate::chance::Chance;
use app::City;
use app::case::{Command, Part, ShareCommand};
use domain::case::{
    ActName, Case, Channel, Evidence, EvidenceKind, RefuseReason, Satisfaction, ShareState, Step, Turn,
};
use domain::id::{CaseId, ClassCode, UnitId};
use domain::policy::Actor;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// Letters of a class's code that its group shares.
const GROUP: usize = 2;

impl Life {
    /// What a person does now.
    pub fn deed(&mut self, world: &World<'_>) -> Option<Deed> {
        let deed = match self.case.turn() {
            _ if self.case.side.hold.is_some() => Some(self.desk(world, Command::Resume)),
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
        if self.twin.is_some() {
            return self.joined(world);
        }
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

    /// Two reports of one thing become one case; what only belongs together is linked.
    fn joined(&mut self, world: &World<'_>) -> Option<Deed> {
        let twin = self.twin.take()?;
        let command = if self.chance.happens(0.85) {
            Command::Merge { into: twin }
        } else {
            Command::Link { to: twin }
        };
        Some(self.desk(world, command))
    }

    /// A report about two things becomes two cases.
    fn split(&mut self, world: &World<'_>) -> Option<Deed> {
        let class = self.case.reported().class.clone()?;
        let village = super::said::village(world.city, &self.case.ancestors());
        let about = About { class: world.city.class(&class)?, village, unit: "" };
        let at = self.case.last_at;
        let part = |text: String, chance: &mut Chance| Part {
            id: CaseId(id_at(chance, at)),
            text,
            class: Some(class.clone()),
        };
        let first = self.case.reported().text.clone();
        let parts = vec![
            part(first, &mut self.chance),
            part(world.texts.report(&mut self.chance, &about), &mut self.chance),
        ];
        Some(self.desk(world, Command::Split { parts }))
    }

    fn at_desk(&mut self, world: &World<'_>) -> Option<Deed> {
        match &self.case.step {
            Step::Reported(_) if self.chance.happens(0.004) => self.split(world),
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
            let reason = self.say(world, "hand_up");
            return Some(self.desk(world, Command::HandUp { reason }));
        }
        let below = self.case.ancestors().township.filter(|below| *below != desk);
        if let Some(to) = below.filter(|_| self.chance.happens(0.15)) {
            let reason = self.say(world, "hand_down");
            return Some(self.desk(world, Command::HandDown { to, reason }));
        }
        if self.chance.happens(0.01) {
            let text = self.say(world, "note");
            return Some(self.desk(world, Command::Note { text }));
        }
        let until = self.case.last_at + SignedDuration::from_hours(24 * (10 + self.chance.below(60) as i64));
        if self.chance.happens(0.006) {
            let reason = self.say(world, "suspend");
            return Some(self.desk(world, Command::Suspend { until, reason }));
        }
        let suggestion = world.city.route(&class, &self.case.ancestors(), desk);
        let unit = suggestion.unit.or_else(|| others(world.city, &self.case, &class).first().copied())?;
        let is_mistaken = self.case.side.bounces > 0 || self.chance.happens(0.02);
        let other = if is_mistaken { self.another(world, &class, unit) } else { None };
        let lead = other.unwrap_or(unit);
        let instead = (lead != unit).then(|| self.say(world, "return_reason"));
        let co = if self.chance.happens(0.06) { self.another(world, &class, lead) } else { None };
        let share = |unit| ShareCommand { unit, task: String::new() };
        Some(self.desk(
            world,
            Command::Assign { lead: share(lead), co: co.into_iter().map(share).collect(), instead },
        ))
    }

    fn another(&mut self, world: &World<'_>, class: &ClassCode, than: UnitId) -> Option<UnitId> {
        let mut fitting = others(world.city, &self.case, class);
        fitting.retain(|unit| *unit != than);
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
        let village = super::said::village(world.city, &self.case.ancestors());
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
/// Units that somebody may take for the right one: those that see to classes of the same group in this place.
fn others(city: &City, case: &Case, class: &ClassCode) -> Vec<UnitId> {
    let (areas, group) = (case.ancestors(), class.0.get(..GROUP).unwrap_or_default());
    let alike = city.classes.open_classes().filter(|it| it.code.0.starts_with(group));
    let units = alike.filter_map(|it| city.route(&it.code, &areas, case.side.desk).unit);
    units.collect::<BTreeSet<_>>().into_iter().collect()
}
