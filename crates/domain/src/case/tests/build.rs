//! Stories of a case, told act by act; what a test does not care about has a plain default.

use std::ops::Deref;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::area::{Ancestors, Level};
use crate::case::{
    Act, By, Case, Channel, Due, Moved, MovedShare, Place, Refusal, Report, RouteNote, Satisfaction,
    ShareOrder, Superior, Urgency,
};
use crate::clock::Span;
use crate::id::{AreaId, CaseId, ClassCode, PersonId, UnitId};
use crate::policy::Role;

pub const ROADS: UnitId = UnitId(1);
pub const WATER: UnitId = UnitId(2);
pub const PARKS: UnitId = UnitId(3);

pub const CITY: AreaId = AreaId(1);
pub const COUNTY: AreaId = AreaId(2);
pub const TOWNSHIP: AreaId = AreaId(3);

pub fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

pub fn case_id(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(0xCA5E_0000 + n))
}

/// Monday morning.
pub fn start() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

pub fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

/// A clock of so many hours round the clock.
pub fn due(from: Timestamp, n: i64) -> Due {
    let after = |minutes: i64| from + SignedDuration::from_mins(minutes);
    let (half, most, at, twice) = (after(n * 30), after(n * 48), after(n * 60), after(n * 120));
    Due { span: Span::UrgentMinutes((n * 60) as u32), from, half, most, at, twice }
}

pub fn order(unit: UnitId, now: Timestamp, hours_to_handle: i64) -> ShareOrder {
    ShareOrder { unit, task: String::new(), accept: due(now, 2), handle: due(now, hours_to_handle) }
}

pub fn desk() -> By {
    By { person: Some(person(90)), role: Role::Desk, unit: None }
}

pub fn worker() -> By {
    By { person: Some(person(10)), role: Role::Worker, unit: None }
}

/// Someone of a unit; each unit's people have their own numbers.
pub fn of(unit: UnitId) -> By {
    By { person: Some(person(100 + u128::from(unit.0))), role: Role::Handler, unit: Some(unit) }
}

pub fn a_report(now: Timestamp) -> Report {
    let areas = Ancestors {
        city: Some(CITY),
        county: Some(COUNTY),
        township: Some(TOWNSHIP),
        ..Ancestors::default()
    };
    Report {
        channel: Channel::Worker,
        reporter: Some(person(10)),
        text: "井盖缺失".to_owned(),
        place: Place { words: "东门口".to_owned(), areas, ..Place::default() },
        class: None,
        evidence: Vec::new(),
        desk: TOWNSHIP,
        level: Level::Township,
        private: false,
        happened_at: None,
        outside_no: None,
        split_from: None,
        due: due(now, 1),
    }
}

/// A case and how it came to be; reads as the case itself.
#[derive(Clone)]
pub struct Story {
    pub case: Case,
    pub now: Timestamp,
    pub log: Vec<(Timestamp, By, Act)>,
}

impl Deref for Story {
    type Target = Case;
    fn deref(&self) -> &Case {
        &self.case
    }
}

pub fn a_case() -> Story {
    let report = a_report(start());
    let log = vec![(start(), worker(), Act::Report(Box::new(report.clone())))];
    Story { case: Case::open(case_id(0), report, start()), now: start(), log }
}

impl Story {
    /// Tries an act; the story goes on only with `does`.
    pub fn tries(&self, by: By, act: &Act) -> Result<Case, Refusal> {
        self.case.clone().advance(act, &by, self.now)
    }

    pub fn does(mut self, by: By, act: Act) -> Story {
        self.case = self.tries(by, &act).unwrap_or_else(|no| panic!("{}: {no}", act.name().as_str()));
        self.log.push((self.now, by, act));
        self
    }

    pub fn after(mut self, time: SignedDuration) -> Story {
        self.now += time;
        self
    }

    pub fn verified(self) -> Story {
        let act = Act::Verify { note: String::new(), evidence: Vec::new(), due: due(self.now, 2) };
        self.does(worker(), act)
    }

    pub fn filed(self) -> Story {
        let class = ClassCode("01001".to_owned());
        let act = Act::File { class, urgency: Urgency::Ordinary, private: false, due: due(self.now, 4) };
        self.does(desk(), act)
    }

    /// To a lead, with a day to handle it.
    pub fn assigned_to(self, lead: UnitId) -> Story {
        self.assigned_with(lead, &[])
    }

    /// To a lead with a day, and co-units with two.
    pub fn assigned_with(self, lead: UnitId, co: &[UnitId]) -> Story {
        let co = co.iter().map(|unit| order(*unit, self.now, 48)).collect();
        let act = Act::Assign { lead: order(lead, self.now, 24), co, route: RouteNote::default() };
        self.does(desk(), act)
    }

    pub fn accepted_by(self, unit: UnitId) -> Story {
        self.does(of(unit), Act::Accept { unit })
    }

    pub fn returned_by(self, unit: UnitId) -> Story {
        let superior = (self.case.side.bounces > 0).then(|| Superior {
            desk: COUNTY,
            level: Level::County,
            due: due(self.now, 3),
        });
        self.does(of(unit), Act::Return { unit, reason: "不属本单位".to_owned(), superior })
    }

    pub fn handled_by(self, unit: UnitId) -> Story {
        let due = due(self.now, 8);
        let act = Act::Handle { unit, note: "已修复".to_owned(), evidence: Vec::new(), due };
        self.does(of(unit), act)
    }

    /// Filed, assigned, accepted and handled by one unit.
    pub fn mended_by(self, unit: UnitId) -> Story {
        self.filed().assigned_to(unit).accepted_by(unit).handled_by(unit)
    }

    pub fn fixed_on_spot(self) -> Story {
        let (note, due) = ("已清理".to_owned(), due(self.now, 8));
        let class = ClassCode("01001".to_owned());
        let act = Act::FixOnSpot { class, urgency: Urgency::Ordinary, note, evidence: Vec::new(), due };
        self.does(worker(), act)
    }

    pub fn check(&self, passed: bool) -> Act {
        let due = Some(due(self.now, 6));
        Act::Check { passed, note: String::new(), evidence: Vec::new(), due }
    }

    pub fn passed(self) -> Story {
        let act = self.check(true);
        self.does(desk(), act)
    }

    pub fn sent_back(self) -> Story {
        let act = self.check(false);
        self.does(desk(), act)
    }

    /// With a week for the reporter to say something.
    pub fn answered(self) -> Story {
        let act = Act::Answer { text: "已处理".to_owned(), wait_until: self.now + hours(7 * 24) };
        self.does(desk(), act)
    }

    pub fn confirmed(self) -> Story {
        self.does(worker(), Act::Confirm { satisfaction: Satisfaction::Satisfied, note: String::new() })
    }

    pub fn reopened(self) -> Story {
        let act = Act::Reopen { reason: "又坏了".to_owned(), due: due(self.now, 4) };
        self.does(worker(), act)
    }

    pub fn evaluated(self) -> Story {
        self.does(By::SYSTEM, Act::Evaluate)
    }

    /// Once round the loop.
    pub fn closed(self) -> Story {
        self.mended_by(ROADS).passed().answered().confirmed().evaluated()
    }

    pub fn asked_for(self, unit: UnitId, more: SignedDuration) -> Story {
        let until = self.handle_due(unit).at + more;
        self.does(of(unit), Act::AskPostpone { unit, until, reason: "等配件".to_owned() })
    }

    pub fn granted(self) -> Story {
        let asked = self.case.side.asked.clone().unwrap();
        let due = Some(Due { at: asked.until, ..self.handle_due(asked.unit) });
        self.does(desk(), Act::DecidePostpone { granted: true, due, note: String::new() })
    }

    pub fn denied(self) -> Story {
        self.does(desk(), Act::DecidePostpone { granted: false, due: None, note: "不批".to_owned() })
    }

    pub fn on_hold_for(self, time: SignedDuration) -> Story {
        let act = Act::Suspend { until: self.now + time, reason: "待雨停".to_owned() };
        self.does(desk(), act)
    }

    /// Every running clock moved by so much, as the shell computes it.
    pub fn moved(&self, by: SignedDuration) -> Moved {
        moved(&self.case, by)
    }

    pub fn resumed_after(self, time: SignedDuration) -> Story {
        let story = self.after(time);
        let moved = story.moved(time);
        story.does(desk(), Act::Resume { moved })
    }

    pub fn handle_due(&self, unit: UnitId) -> Due {
        self.case.assigned().unwrap().share(unit).unwrap().handle
    }
}

/// Every running clock of a case moved by so much.
pub fn moved(case: &Case, by: SignedDuration) -> Moved {
    let open = case.open_shares();
    let shares = open.map(|s| MovedShare { unit: s.unit, accept: s.accept, handle: later(s.handle, by) });
    let dispatch = case.assigned().is_none().then(|| later(case.filed().unwrap().due, by));
    Moved { dispatch, shares: shares.collect() }
}

pub fn later(due: Due, by: SignedDuration) -> Due {
    let Due { span, from, half, most, at, twice } = due;
    Due { span, from, half: half + by, most: most + by, at: at + by, twice: twice + by }
}
