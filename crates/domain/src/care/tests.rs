//! What makes an entry lawful, and what may be done with it.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 11, 24);

fn entry() -> Held {
    Held {
        person: Particulars {
            name: "郑大娘".into(),
            born: Some(1945),
            phone: "138 0000 4321".into(),
            address: "铁塔小区 3 号楼".into(),
            point: None,
            guardian: None,
            kin: vec![Contact {
                name: "郑小妹".into(),
                relation: "女儿".into(),
                phone: "13900001111".into(),
            }],
            neighbour: None,
            remarks: String::new(),
        },
        terms: Terms {
            category: Category::OlderAlone,
            basis: Basis::Consent { by: Consenter::Person, form: ConsentForm::Written, on: TODAY },
            purpose: "每周上门看望".into(),
            needs: BTreeSet::from([Need::Company, Need::Medicine]),
            every_days: 7,
            review: date(2027, 2, 24),
            expiry: date(2027, 11, 24),
        },
        seen: None,
        steady: Steady::default(),
    }
}

fn paths(held: &Held) -> Vec<&'static str> {
    held.faults(TODAY).iter().map(|fault| fault.path).collect()
}

#[test]
fn an_entry_with_consent_review_and_expiry_is_lawful() {
    assert_eq!(paths(&entry()), Vec::<&str>::new());
}

#[test]
fn a_childs_entry_has_a_guardian_who_consents() {
    let mut child = entry();
    child.terms.category = Category::LeftBehindChild;
    assert_eq!(paths(&child), ["/person/guardian", "/terms/basis/by"]);
    child.person.guardian =
        Some(Contact { name: "王奶奶".into(), relation: "奶奶".into(), phone: String::new() });
    child.terms.basis = Basis::Consent { by: Consenter::Guardian, form: ConsentForm::Spoken, on: TODAY };
    assert_eq!(paths(&child), Vec::<&str>::new());
}

#[test]
fn no_basis_lasts_for_ever_and_the_vital_one_is_short() {
    let mut held = entry();
    held.terms.expiry = date(2028, 11, 24);
    assert_eq!(paths(&held), ["/terms/expiry"]);
    held.terms.basis = Basis::VitalInterest { why: "独自昏倒，无法询问".into() };
    held.terms.expiry = date(2026, 12, 24);
    held.terms.review = date(2026, 12, 1);
    assert_eq!(paths(&held), Vec::<&str>::new());
    held.terms.expiry = date(2026, 12, 25);
    assert_eq!(paths(&held), ["/terms/expiry"]);
    held.terms.basis = Basis::StatutoryService { rule: String::new() };
    assert!(paths(&held).contains(&"/terms/basis/rule"));
}

#[test]
fn faults_name_fields_and_never_values() {
    let mut held = entry();
    held.person.name = "长".repeat(61);
    held.person.phone = "call me".into();
    held.person.kin[0].phone = "x".into();
    held.person.born = Some(1700);
    held.terms.every_days = 90;
    held.terms.purpose = String::new();
    let faults = held.faults(TODAY);
    assert_eq!(
        faults.iter().map(|it| it.path).collect::<Vec<_>>(),
        [
            "/person/name",
            "/person/phone",
            "/person/born",
            "/person/kin",
            "/terms/purpose",
            "/terms/every_days"
        ]
    );
    for fault in faults {
        assert!(!fault.detail.contains("call me") && !fault.detail.contains('长'), "{}", fault.detail);
    }
}

#[test]
fn an_expired_entry_is_neither_read_nor_visited_and_can_still_be_ended() {
    let held = entry();
    let later = held.terms.expiry;
    let read = Act::Read { reason: ReadReason::Visit, purpose: None, referral: None };
    assert_eq!(may(&held, &read, TODAY), Ok(()));
    assert_eq!(may(&held, &read, later), Err(CareRefusal::Expired { on: later }));
    assert_eq!(may(&held, &Act::Export, later), Err(CareRefusal::Expired { on: later }));
    assert_eq!(
        may(&held, &Act::End { why: Ended::Expired }, TODAY),
        Err(CareRefusal::NotExpired { on: later })
    );
    for why in [Ended::Expired, Ended::Erased, Ended::Withdrawn] {
        assert_eq!(may(&held, &Act::End { why }, later), Ok(()));
    }
}

#[test]
fn consent_that_was_not_given_is_not_withdrawn() {
    let mut held = entry();
    held.terms.basis = Basis::StatutoryService { rule: "《社会救助暂行办法》".into() };
    let withdrawn = Act::End { why: Ended::Withdrawn };
    assert_eq!(may(&held, &withdrawn, TODAY), Err(CareRefusal::NoConsent));
}

#[test]
fn it_wakes_for_its_review_and_then_for_its_expiry() {
    let held = entry();
    assert_eq!(wake(&held, false), held.terms.review);
    assert_eq!(wake(&held, true), held.terms.expiry);
}

#[test]
fn a_correction_is_told_by_the_names_of_fields() {
    let mut other = entry();
    other.person.phone = "13700000000".into();
    other.terms.needs.insert(Need::Meals);
    assert_eq!(entry().differences(&other), ["phone", "needs"]);
}

#[test]
fn tails_need_enough_digits_and_places_are_blurred() {
    assert_eq!(tail("138-0000 4321").as_deref(), Some("4321"));
    assert_eq!(tail("110"), None);
    let near = blurred(LngLat { lng: 116.123_456, lat: 36.456_789 });
    assert_eq!((near.lng, near.lat), (116.123, 36.457));
}

#[test]
fn the_words_of_acts_are_read_back_and_unknown_fields_refused() {
    let act = Act::Listed { reason: ReadReason::Round, purpose: None, day: TODAY };
    let text = serde_json::to_string(&act).unwrap();
    assert_eq!(text, r#"{"act":"listed","reason":"round","day":"2026-11-24"}"#);
    assert_eq!(serde_json::from_str::<Act>(&text).unwrap(), act);
    assert!(serde_json::from_str::<Act>(r#"{"act":"review","next":"2026-12-01","to":"x"}"#).is_err());
}

proptest! {
    /// Whatever dates are written: what passes ends, and is looked at before it does.
    #[test]
    fn what_is_lawful_ends_and_is_reviewed(review in 0..900_i32, expiry in 0..900_i32, vital in any::<bool>()) {
        let mut held = entry();
        held.terms.review = add(TODAY, review);
        held.terms.expiry = add(TODAY, expiry);
        if vital {
            held.terms.basis = Basis::VitalInterest { why: "独自昏倒".into() };
        }
        if held.faults(TODAY).is_empty() {
            prop_assert!(held.terms.review > TODAY && held.terms.review <= held.terms.expiry);
            let longest = if vital { 30 } else { 366 };
            prop_assert!(days_between(TODAY, held.terms.expiry) <= longest);
        }
    }
}
