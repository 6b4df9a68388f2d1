//! One case's life: when something happens next. Chance decides; what it is, `deeds` says.

use super::people::Cast;
use super::texts::Texts;
use crate::chance::Chance;
use app::City;
use app::case::{Command, Moved};
use domain::audit::Hash;
use domain::case::{Case, Channel, Due, Evidence, ShareState, Step, Turn};
use domain::clock::Span;
use domain::id::{CaseId, UnitId};
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
    /// A case that seems to be about the same thing.
    pub twin: Option<CaseId>,
    pub(super) chance: Chance,
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
    pub slowness: &'a (dyn Fn(UnitId) -> f64 + Sync),
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
        let mut life = Life { case, head, pending: Some(moved), act_at: None, twin: None, chance };
        life.act_at = life.next_act(world);
        life
    }

    /// A case as it stands, to see what somebody does next.
    pub fn of(case: Case, head: Hash, chance: Chance) -> Life {
        Life { case, head, pending: None, act_at: None, twin: None, chance }
    }

    /// Takes in what somebody did to it, and sees what comes next.
    pub fn take(&mut self, moved: Moved, world: &World<'_>) {
        self.bear(moved);
        self.act_at = self.next_act(world);
    }

    /// Takes in what changes nobody's plans: a warning, another case joined to it.
    pub fn bear(&mut self, moved: Moved) {
        self.case = moved.after.clone();
        self.head = moved.head;
        match &mut self.pending {
            Some(pending) => pending.then(moved),
            None => self.pending = Some(moved),
        }
    }

    /// What was wanted cannot be done: somebody comes back to it later, unless it is over.
    pub fn try_again(&mut self, at: Timestamp) {
        let hours = 1.0 + 8.0 * self.chance.waiting();
        let later = at + SignedDuration::from_secs((hours * 3600.0) as i64);
        self.act_at = (self.case.turn() != Turn::Nobody && self.case.side.hold.is_none()).then_some(later);
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
        if let Some(hold) = &self.case.side.hold {
            let early = self.chance.between(0.3, 0.9);
            let part = hold.until.duration_since(hold.from).as_secs_f64() * early;
            let resumes = self.chance.happens(0.25);
            return resumes.then(|| hold.from + SignedDuration::from_secs(part as i64));
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

    pub(super) fn open_share(&self) -> Option<(UnitId, ShareState)> {
        let shares = &self.case.assigned()?.shares;
        shares.iter().find(|s| s.due().is_some()).map(|s| (s.unit, s.state))
    }
}
