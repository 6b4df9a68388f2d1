//! From a need to its result, and what the clock does in between.

use jiff::{SignedDuration, Timestamp};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const fn sealed() -> String {
    String::new()
}

#[test]
fn a_need_becomes_an_appointment_and_the_appointment_a_result() {
    let now = at("2026-11-12T02:00:00Z");
    let open = Referral::new(UnitId(1), at("2026-11-12T10:00:00Z"), None);
    let accept = Act::Accept { at: at("2026-11-13T01:30:00Z"), person: None, sealed: sealed() };
    let accepted = open.after(&accept, now).unwrap();
    assert_eq!(accepted.state, State::Accepted { at: at("2026-11-13T01:30:00Z") });
    assert_eq!(accepted.after(&accept, now), Err(ReferralRefusal::AlreadyAccepted));
    let conclude = Act::Conclude { result: Result::Helped, follow_up_days: Some(3), sealed: sealed() };
    assert_eq!(open.after(&conclude, now), Err(ReferralRefusal::NotAccepted));
    let done = accepted.after(&conclude, now).unwrap();
    assert_eq!(done.next(), None);
    assert_eq!(done.after(&Act::Withdraw, now), Err(ReferralRefusal::Over { at: "concluded" }));
}

#[test]
fn an_appointment_lies_ahead() {
    let now = at("2026-11-12T02:00:00Z");
    let open = Referral::new(UnitId(1), at("2026-11-12T10:00:00Z"), None);
    for when in ["2026-11-12T02:00:00Z", "2025-01-01T00:00:00Z", "2027-11-12T02:00:00Z"] {
        let accept = Act::Accept { at: at(when), person: None, sealed: sealed() };
        assert_eq!(open.after(&accept, now), Err(ReferralRefusal::BadTime));
    }
}

#[test]
fn what_a_unit_gives_back_goes_to_another() {
    let now = at("2026-11-12T02:00:00Z");
    let open = Referral::new(UnitId(1), now, None);
    let same = Act::Redirect { to: UnitId(1), answer_by: now };
    assert_eq!(open.after(&same, now), Err(ReferralRefusal::SameUnit));
    let back = open.after(&Act::Return { sealed: sealed() }, now).unwrap();
    let accept = Act::Accept { at: at("2026-11-13T01:30:00Z"), person: None, sealed: sealed() };
    assert_eq!(back.after(&accept, now), Err(ReferralRefusal::GivenBack));
    let other = back.after(&Act::Redirect { to: UnitId(2), answer_by: now }, now).unwrap();
    assert_eq!((other.unit, other.state), (UnitId(2), State::Open { answer_by: now }));
}

/// Lets the clock do all it would; what and when.
fn by_the_clock(mut it: Referral) -> Vec<(String, Act)> {
    let mut told = Vec::new();
    while let Some((when, act)) = it.next() {
        it = it.after(&act, when).unwrap();
        told.push((when.to_string(), act));
        assert!(told.len() < 20, "it ends");
    }
    told
}

#[test]
fn nobody_answers_and_it_climbs() {
    let told = by_the_clock(Referral::new(UnitId(1), at("2026-11-12T10:00:00Z"), None));
    let climb = |level| Act::Escalate { level };
    assert_eq!(
        told,
        [
            ("2026-11-12T10:00:00Z".to_owned(), Act::Remind { of: Reminder::Answer }),
            ("2026-11-13T10:00:00Z".to_owned(), climb(Level::Community)),
            ("2026-11-14T10:00:00Z".to_owned(), climb(Level::Township)),
            ("2026-11-15T10:00:00Z".to_owned(), climb(Level::County)),
        ]
    );
}

#[test]
fn an_appointment_is_recalled_the_day_before_and_its_result_asked_for_the_day_after() {
    let when = at("2026-11-13T01:30:00Z");
    let told = by_the_clock(Referral::new(UnitId(1), when, Some(when)));
    let first: Vec<&(String, Act)> = told.iter().take(2).collect();
    assert_eq!(
        first[0],
        &((when - SignedDuration::from_hours(18)).to_string(), Act::Remind { of: Reminder::Tomorrow })
    );
    assert_eq!(
        first[1],
        &((when + SignedDuration::from_hours(24)).to_string(), Act::Remind { of: Reminder::Outcome })
    );
    assert_eq!(told.len(), 5);
}
