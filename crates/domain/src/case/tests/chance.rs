//! Acts made up by chance: any act at any time, fitted to the case well enough to be legal often.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::build::{COUNTY, Story, a_case, a_report, case_id, due, hours, later, moved, order, person};
use crate::area::{Ancestors, Level};
use crate::case::{
    Act, ActName, By, Case, Due, Evidence, EvidenceKind, RefuseReason, RouteNote, Satisfaction, Superior,
    Urgency,
};
use crate::id::{AreaChangeId, AreaId, AttachmentId, ClassCode, UnitId};
use crate::policy::Role;

/// One turn of chance: which act, which of its ways, how much later.
#[derive(Clone, Copy, Debug)]
pub struct Throw {
    pub act: u8,
    pub way: u8,
    pub minutes: u16,
    /// Any act at all, not only one that the law allows now.
    pub blind: bool,
}

pub fn throws() -> impl Strategy<Value = Vec<Throw>> {
    let throw = (any::<u8>(), any::<u8>(), 0..3000_u16, prop::bool::weighted(0.15))
        .prop_map(|(act, way, minutes, blind)| Throw { act, way, minutes, blind });
    prop::collection::vec(throw, 0..40)
}

/// Plays them out; what the law refuses does not happen.
pub fn played(throws: &[Throw]) -> Story {
    throws.iter().fold(a_case(), |story, throw| {
        let story = story.after(SignedDuration::from_mins(i64::from(throw.minutes)));
        let (by, act) = thrown(&story.case, *throw, story.now);
        if story.tries(by, &act).is_ok() { story.does(by, act) } else { story }
    })
}

pub fn thrown(case: &Case, throw: Throw, now: Timestamp) -> (By, Act) {
    let mut legal = case.legal();
    if !throw.way.is_multiple_of(4) {
        // Ends come soon enough: most throws leave a case to go on.
        legal.retain(|act| {
            !matches!(act, ActName::Refuse | ActName::Merge | ActName::Split | ActName::Withdraw)
        });
    }
    let pool = if throw.blind || legal.is_empty() { ActName::ALL } else { &legal };
    let name = pool[usize::from(throw.act) % pool.len()];
    (someone(throw.way), fitted(case, name, throw.way, now))
}

pub fn someone(way: u8) -> By {
    let unit = (!way.is_multiple_of(3)).then(|| UnitId(u32::from(way % 3)));
    By { person: (!way.is_multiple_of(5)).then(|| person(u128::from(way % 5))), role: Role::Desk, unit }
}

/// An act of this name that the case would often allow. `way` chooses among its ways.
pub fn fitted(case: &Case, name: ActName, way: u8, now: Timestamp) -> Act {
    let unit = UnitId(1 + u32::from(way % 3));
    let yes = way % 4 != 3;
    let (note, reason) = (format!("n{way}"), format!("r{way}"));
    let evidence = pictures(way);
    let due = due(now, 1 + i64::from(way % 7));
    match name {
        ActName::Report => Act::Report(Box::new(a_report(now))),
        ActName::Verify => Act::Verify { note, evidence, due },
        ActName::Refuse => Act::Refuse { reason: RefuseReason::NotOurs, note },
        ActName::Merge => Act::Merge { into: case_id(u128::from(way)) },
        ActName::Absorb => Act::Absorb { from: case_id(u128::from(way)) },
        ActName::Split => Act::Split { parts: (1..=way % 4).map(|n| case_id(u128::from(n))).collect() },
        ActName::Link => Act::Link { to: case_id(u128::from(way % 8)) },
        ActName::File => Act::File { class: class(way), urgency: urgency(way), private: yes, due },
        ActName::Assign => Act::Assign {
            lead: order(unit, now, 24),
            co: (way > 99).then(|| order(UnitId(1 + u32::from(way % 2)), now, 48)).into_iter().collect(),
            route: RouteNote { suggested: yes.then_some(unit), because: reason, ..RouteNote::default() },
        },
        ActName::Accept => Act::Accept { unit },
        ActName::Return => {
            let desk = AreaId(2 + u32::from(way % 2));
            Act::Return {
                unit,
                reason,
                superior: yes.then_some(Superior { desk, level: Level::County, due }),
            }
        }
        ActName::HandUp => Act::HandUp { to: COUNTY, level: Level::County, reason, due },
        ActName::HandDown => {
            let to = AreaId(1 + u32::from(way % 4));
            Act::HandDown { to, level: Level::Township, reason, due }
        }
        ActName::AskPostpone => {
            let until = deadline(case, unit).map_or(now, |due| due.at) + hours(i64::from(way % 5));
            Act::AskPostpone { unit, until, reason }
        }
        ActName::DecidePostpone => {
            let asked = case.side.asked.as_ref();
            let due = asked.and_then(|a| Some((deadline(case, a.unit)?, a.until)));
            let due = due.filter(|_| yes).map(|(due, until)| later(due, until.duration_since(due.at)));
            Act::DecidePostpone { granted: yes, due, note }
        }
        ActName::Suspend => Act::Suspend { until: now + hours(i64::from(way % 9)), reason },
        ActName::Resume | ActName::Wake => {
            let held = case.side.hold.as_ref().map_or(hours(1), |hold| now.duration_since(hold.from));
            let moved = case.filed().map(|_| moved(case, held)).unwrap_or_default();
            if name == ActName::Resume { Act::Resume { moved } } else { Act::Wake { moved } }
        }
        ActName::Urge => Act::Urge { note },
        ActName::Progress => Act::Progress { unit, note, evidence },
        ActName::Handle => Act::Handle { unit, note, evidence, due },
        ActName::FixOnSpot => {
            Act::FixOnSpot { class: class(way), urgency: urgency(way), note, evidence, due }
        }
        ActName::Check => Act::Check { passed: yes, note, evidence, due: (way % 5 != 4).then_some(due) },
        ActName::Answer => Act::Answer { text: note, wait_until: now + hours(i64::from(way % 50)) },
        ActName::Confirm => Act::Confirm { satisfaction: Satisfaction::Fair, note },
        ActName::Reopen => Act::Reopen { reason, due },
        ActName::Evaluate => Act::Evaluate,
        ActName::Appeal => Act::Appeal { unit, reason },
        ActName::DecideAppeal => Act::DecideAppeal { upheld: yes, note },
        ActName::Withdraw => Act::Withdraw { reason },
        ActName::Note => Act::Note { text: note },
        ActName::Warn => {
            Act::Warn { share_pct: [50, 80, 100, 200][usize::from(way % 4)], level: Level::City }
        }
        ActName::Relocate => {
            let at = |id: u32| Some(AreaId(id + u32::from(way)));
            let areas =
                Ancestors { city: at(1), county: at(2), township: at(3), community: None, grid: None };
            let desk = AreaId(3 + u32::from(way));
            let change = AreaChangeId(person(u128::from(way)).0);
            Act::Relocate { change, areas, off_m: yes.then_some(7), desk, level: Level::Township }
        }
    }
}

fn deadline(case: &Case, unit: UnitId) -> Option<Due> {
    case.assigned()?.share(unit).map(|share| share.handle)
}

fn class(way: u8) -> ClassCode {
    ClassCode(format!("0100{}", way % 9))
}

fn urgency(way: u8) -> Urgency {
    Urgency::ALL[usize::from(way) % Urgency::ALL.len()]
}

fn pictures(way: u8) -> Vec<Evidence> {
    let picture = |n: u8| Evidence {
        attachment: AttachmentId(person(u128::from(n)).0),
        sha256: "ab".repeat(32),
        kind: EvidenceKind::ALL[usize::from(n) % EvidenceKind::ALL.len()],
    };
    (0..way % 3).map(picture).collect()
}
