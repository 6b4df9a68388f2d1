//! A chain of deeds that was touched says so, and where.

use proptest::prelude::*;
use uuid::Uuid;

use super::{Broken, Deed, Head, Post, Recorded, UnitFacts};
use crate::audit::How;
use crate::case::By;
use crate::id::{AreaId, DeedId, PersonId, UnitId};
use crate::policy::Role;
use jiff::Timestamp;

fn chain(codes: &[String]) -> Vec<Recorded> {
    let mut head = Head::default();
    (1..)
        .zip(codes)
        .map(|(n, code)| {
            let facts = UnitFacts {
                code: code.clone(),
                name_zh: "环卫".to_owned(),
                name_en: "Cleaning".to_owned(),
                area: AreaId(1),
                parent: None,
                ended: false,
            };
            let at = Timestamp::from_millisecond(1_770_000_000_000 + n).unwrap();
            let deed = Deed::AddUnit { unit: UnitId(n as u32), facts };
            head.add(
                DeedId(Uuid::from_u128(n as u128)),
                at,
                (n % 2 == 0).then_some(AreaId(7)),
                &By::SYSTEM,
                &deed,
            )
        })
        .collect()
}

fn walked(chain: &[Recorded]) -> Vec<Broken> {
    let mut head = Head::default();
    chain.iter().filter_map(|deed| head.walk(deed).err()).collect()
}

proptest! {
    #[test]
    fn an_untouched_chain_holds(codes in prop::collection::vec("[a-z]{1,9}", 0..9)) {
        prop_assert_eq!(walked(&chain(&codes)), []);
    }

    #[test]
    fn any_changed_byte_names_its_deed(
        codes in prop::collection::vec("[a-z]{1,9}", 1..9), at in any::<prop::sample::Index>(), which in 0..7_u8,
    ) {
        let mut chain = chain(&codes);
        let at = at.index(chain.len());
        let deed = &mut chain[at];
        match which {
            0 => deed.deed = deed.deed.replace("Cleaning", "cleaning"),
            1 => deed.by = deed.by.replace("system", "Admin"),
            2 => deed.at = Timestamp::from_millisecond(deed.at.as_millisecond() - 1).unwrap(),
            3 => deed.area = Some(AreaId(99)),
            4 => deed.about += "0",
            5 => deed.id = DeedId(Uuid::from_u128(77)),
            _ => deed.hash.0[5] ^= 1,
        }
        let first = walked(&chain)[0];
        prop_assert_eq!(first, Broken { number: at as u64 + 1, how: How::Altered });
    }

    #[test]
    fn a_deed_that_is_gone_or_moved_is_named(codes in prop::collection::vec("[a-z]{1,9}", 3..9)) {
        let mut gone = chain(&codes);
        gone.remove(1);
        prop_assert_eq!(walked(&gone), [Broken { number: 2, how: How::Missing }]);
        let mut moved = chain(&codes);
        moved.swap(0, 1);
        prop_assert_eq!(walked(&moved)[0], Broken { number: 1, how: How::Missing });
        let mut twice = chain(&codes);
        twice.insert(2, twice[1].clone());
        prop_assert_eq!(walked(&twice)[0], Broken { number: 2, how: How::Reordered });
    }
}

#[test]
fn a_deed_with_another_subject_than_it_says_cannot_be_read() {
    let mut deed = chain(&["a".to_owned()]).remove(0);
    deed.about = "unit/2".to_owned();
    deed.hash = deed.chained(crate::audit::Hash::default());
    assert_eq!(walked(&[deed]), [Broken { number: 1, how: How::Unreadable }]);
}

/// What is stored and hashed keeps its form for ever: a changed line here breaks every database there is.
#[test]
fn deeds_are_stored_in_this_form() {
    let person = PersonId(Uuid::from_u128(5));
    let post =
        Post { account: "li".to_owned(), role: Role::Desk, area: AreaId(3), unit: None, disabled: false };
    let text = |deed: &Deed| serde_json::to_string(deed).unwrap();
    assert_eq!(
        text(&Deed::OpenAccount { person, post: post.clone() }),
        r#"{"deed":"open_account","person":"00000000-0000-0000-0000-000000000005","post":{"account":"li","role":"desk","area":3}}"#
    );
    let after = Post { disabled: true, unit: Some(UnitId(4)), ..post.clone() };
    let deed = Deed::ChangeAccount { person, before: post, after, renamed: true };
    assert_eq!(
        text(&deed),
        r#"{"deed":"change_account","person":"00000000-0000-0000-0000-000000000005","before":{"account":"li","role":"desk","area":3},"after":{"account":"li","role":"desk","area":3,"unit":4,"disabled":true},"renamed":true}"#
    );
    assert_eq!(serde_json::from_str::<Deed>(&text(&deed)).unwrap(), deed);
    assert_eq!(deed.about(), "person/00000000-0000-0000-0000-000000000005");
    let month = "2026-09".parse().unwrap();
    let intake = crate::id::IntakeId(Uuid::from_u128(6));
    let deed = Deed::SignIntake { intake, department: "fire".to_owned(), month, sha256: "ab".to_owned() };
    assert_eq!(
        text(&deed),
        r#"{"deed":"sign_intake","intake":"00000000-0000-0000-0000-000000000006","department":"fire","month":"2026-09","sha256":"ab"}"#
    );
    assert_eq!(deed.about(), "intake/00000000-0000-0000-0000-000000000006");
    let edition = crate::id::EditionId(Uuid::from_u128(7));
    let deed = Deed::PublishEdition { edition, month, revision: 1, sha256: "cd".to_owned() };
    assert_eq!(
        text(&deed),
        r#"{"deed":"publish_edition","edition":"00000000-0000-0000-0000-000000000007","month":"2026-09","revision":1,"sha256":"cd"}"#
    );
    assert_eq!(deed.about(), "edition/00000000-0000-0000-0000-000000000007");
}
