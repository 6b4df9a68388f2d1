//! Outcomes of visits and referrals, read out of their logs. What was seen and said is sealed and plays no part: only
//! that somebody came by the day it was due, and that a referral came to a result.

use super::book::Row;
use super::measure::Measure;
use crate::case::By;
use crate::id::{AreaId, PersonId, UnitId};
use crate::policy::Role;
use crate::{referral, visit};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

/// How the city counts days.
pub trait Days {
    /// The day a moment is in.
    fn day_of(&self, at: Timestamp) -> Date;
    /// The midnight at a day's end.
    fn end_of(&self, day: Date) -> Timestamp;
}

fn row(source: Uuid, area: AreaId, measure: Measure, at: Timestamp) -> Row {
    let (person, unit) = (None, None);
    Row { at, source, measure, person, unit, area, good: false, whole: false, back: false }
}

fn worker(by: &By) -> Option<PersonId> {
    by.person.filter(|_| by.role == Role::Worker)
}

/// Outcomes of one visit, up to a moment. It counts once: when somebody came (found, not reached or refused alike), or
/// when the day it was due passed; whose the latter was is known when they come after all.
pub fn visit_rows(
    id: Uuid,
    log: &[(Timestamp, By, visit::Act)],
    until: Timestamp,
    days: &impl Days,
) -> Vec<Row> {
    use visit::Act;
    let mut rows = Vec::new();
    let mut planned: Option<(AreaId, Date)> = None;
    let mut late = false;
    let pass = |planned: Option<(AreaId, Date)>, until: Timestamp, late: &mut bool, rows: &mut Vec<Row>| {
        let Some((grid, due)) = planned else { return };
        let end = days.end_of(due);
        if !*late && end < until {
            *late = true;
            rows.push(Row { whole: true, ..row(id, grid, Measure::Visits, end) });
        }
    };
    for (at, by, act) in log.iter().take_while(|(at, ..)| *at < until) {
        pass(planned, *at, &mut late, &mut rows);
        match act {
            Act::Plan { grid, due, .. } => planned = Some((*grid, *due)),
            Act::Replan { due, .. } => planned = planned.map(|(grid, _)| (grid, *due)),
            Act::Move { to, .. } => planned = planned.map(|(_, due)| (*to, due)),
            Act::Drop => planned = None,
            Act::Done { .. } | Act::NotReached { .. } | Act::Refuse { .. } => {
                if let Some((grid, due)) = planned.take() {
                    let good = !late && days.day_of(*at) <= due;
                    let own =
                        Row { person: worker(by), good, whole: !late, ..row(id, grid, Measure::Visits, *at) };
                    if own.whole || own.person.is_some() {
                        rows.push(own);
                    }
                }
            }
            _ => {}
        }
    }
    pass(planned, until, &mut late, &mut rows);
    rows
}

/// Outcomes of one referral, up to a moment. It counts once: when it is concluded, or when nothing came in time and a
/// desk above was told.
pub fn referral_rows(
    id: Uuid,
    grid: AreaId,
    log: &[(Timestamp, By, referral::Act)],
    until: Timestamp,
) -> Vec<Row> {
    use referral::Act;
    let (mut area, mut from, mut unit): (AreaId, Option<PersonId>, Option<UnitId>) = (grid, None, None);
    for (at, by, act) in log.iter().take_while(|(at, ..)| *at < until) {
        let good = match act {
            Act::Refer { to, .. } => {
                (from, unit) = (worker(by), Some(*to));
                continue;
            }
            Act::Redirect { to, .. } => {
                unit = Some(*to);
                continue;
            }
            Act::Move { to, .. } => {
                area = *to;
                continue;
            }
            Act::Withdraw | Act::Drop => return Vec::new(),
            Act::Conclude { result, .. } => *result != referral::Result::NotMet,
            Act::Escalate { .. } => false,
            _ => continue,
        };
        let told = Row { good, unit, person: from, whole: true, ..row(id, area, Measure::Referrals, *at) };
        return vec![told];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CareId, VisitId};
    use visit::{Act, PlanReason};

    /// Days of UTC.
    struct Plain;

    impl Days for Plain {
        fn day_of(&self, at: Timestamp) -> Date {
            jiff::tz::TimeZone::UTC.to_datetime(at).date()
        }

        fn end_of(&self, day: Date) -> Timestamp {
            let next = day.tomorrow().unwrap();
            jiff::tz::TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)).unwrap()
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn by() -> By {
        By { person: Some(PersonId(Uuid::from_u128(7))), role: Role::Worker, unit: None }
    }

    fn plan(due: &str) -> (Timestamp, By, Act) {
        let because: Vec<PlanReason> = Vec::new();
        let entry = CareId(Uuid::from_u128(1));
        let act = Act::Plan { entry, grid: AreaId(10), due: due.parse().unwrap(), because };
        (at("2026-09-01T08:00:00Z"), By::SYSTEM, act)
    }

    fn done(when: &str) -> (Timestamp, By, Act) {
        let (referrals, next) = (Vec::new(), VisitId(Uuid::from_u128(2)));
        (at(when), by(), Act::Done { sealed: String::new(), minutes: 20, referrals, next })
    }

    #[test]
    fn a_visit_counts_once_and_one_that_nobody_made_counts_when_its_day_is_over() {
        let of = |log: &[(Timestamp, By, Act)], until: &str| visit_rows(Uuid::nil(), log, at(until), &Plain);
        let in_time = of(&[plan("2026-09-10"), done("2026-09-10T20:00:00Z")], "2026-09-20T00:00:00Z");
        assert_eq!(in_time.len(), 1);
        assert!(in_time[0].good && in_time[0].whole && in_time[0].person == by().person);
        let never = of(&[plan("2026-09-10")], "2026-09-20T00:00:00Z");
        assert_eq!((never.len(), never[0].good, never[0].person), (1, false, None));
        assert_eq!(never[0].at, at("2026-09-11T00:00:00Z"));
        assert!(
            of(&[plan("2026-09-10")], "2026-09-11T00:00:00Z").is_empty(),
            "its day is not over before midnight"
        );
        let late = of(&[plan("2026-09-10"), done("2026-09-12T09:00:00Z")], "2026-09-20T00:00:00Z");
        assert_eq!(late[0], never[0], "areas count it at the same moment, whatever happens later");
        assert_eq!((late.len(), late[1].good, late[1].whole, late[1].person), (2, false, false, by().person));
        let dropped = [plan("2026-09-10"), (at("2026-09-09T09:00:00Z"), By::SYSTEM, Act::Drop)];
        assert!(of(&dropped, "2026-09-20T00:00:00Z").is_empty());
    }

    #[test]
    fn a_referral_counts_when_something_comes_of_it_or_nothing_came_in_time() {
        use referral::{Act, Result, Service};
        let refer = Act::Refer {
            entry: CareId(Uuid::from_u128(1)),
            visit: None,
            service: Service::Doctor,
            to: UnitId(3),
            agreed: true,
            answer_by: at("2026-09-02T08:00:00Z"),
            at: None,
            sealed: String::new(),
        };
        let conclude = |result| Act::Conclude { result, follow_up_days: None, sealed: String::new() };
        let of = |acts: &[Act]| {
            let log: Vec<_> =
                acts.iter().map(|act| (at("2026-09-02T08:00:00Z"), by(), act.clone())).collect();
            referral_rows(Uuid::nil(), AreaId(10), &log, at("2026-09-20T00:00:00Z"))
        };
        let helped = of(&[refer.clone(), conclude(Result::Helped)]);
        assert_eq!((helped.len(), helped[0].good, helped[0].unit), (1, true, Some(UnitId(3))));
        assert!(!of(&[refer.clone(), conclude(Result::NotMet)])[0].good);
        let told = Act::Escalate { level: crate::area::Level::Township };
        let late = of(&[refer.clone(), told, conclude(Result::Helped)]);
        assert_eq!((late.len(), late[0].good), (1, false), "once, by what was known first");
        assert!(of(std::slice::from_ref(&refer)).is_empty() && of(&[refer, Act::Withdraw]).is_empty());
    }
}
