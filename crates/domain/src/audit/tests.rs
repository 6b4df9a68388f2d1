//! A log that was touched says so, and where.

use proptest::prelude::*;
use uuid::Uuid;

use super::{Entry, Hash, How, verify_chain};
use crate::case::{Act, By};
use crate::id::{ActId, CaseId};
use crate::stream::Stream;
use jiff::Timestamp;

fn at(n: u32) -> Timestamp {
    Timestamp::from_millisecond(1_770_000_000_000 + i64::from(n)).unwrap()
}

/// A log of notes with these texts.
fn log(texts: &[String]) -> Vec<Entry> {
    let case = CaseId(Uuid::from_u128(1));
    let mut head = Hash::default();
    (1..)
        .zip(texts)
        .map(|(version, text)| {
            let (act_id, act) = (ActId(Uuid::from_u128(version.into())), Act::Note { text: text.clone() });
            let entry = Entry::new(case, version, act_id, at(version), &By::SYSTEM, &act, head);
            head = entry.hash;
            entry
        })
        .collect()
}

fn logs() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(".{0,12}", 1..12).prop_map(|texts| log(&texts))
}

/// A log, one of its entries, and something by chance.
fn touched() -> impl Strategy<Value = (Vec<Entry>, usize, u32)> {
    (logs(), any::<prop::sample::Index>(), any::<u32>())
        .prop_map(|(log, index, chance)| (log.clone(), index.index(log.len()), chance))
}

/// Another text of valid UTF-8 that differs in one byte.
fn one_byte_off(text: &str, chance: u32) -> String {
    let ascii: Vec<usize> = (0..text.len()).filter(|i| text.as_bytes()[*i].is_ascii()).collect();
    let place = ascii[chance as usize % ascii.len()];
    let mut bytes = text.as_bytes().to_vec();
    bytes[place] ^= 1;
    String::from_utf8(bytes).unwrap()
}

proptest! {
    #[test]
    fn an_untouched_log_verifies_and_gives_its_head(log in logs()) {
        prop_assert_eq!(verify_chain(&log), Ok(log.last().unwrap().hash));
    }

    #[test]
    fn any_changed_byte_names_its_entry((mut log, index, chance) in touched()) {
        let entry = &mut log[index];
        let bit = 1_u128 << (chance % 128);
        match chance % 7 {
            0 => entry.act = one_byte_off(&entry.act, chance / 6),
            1 => entry.by = one_byte_off(&entry.by, chance / 6),
            2 => entry.at = at(1_000 + chance % 1_000_000),
            3 => entry.act_id = ActId(Uuid::from_u128(entry.act_id.0.as_u128() ^ bit)),
            4 => entry.stream.id = Uuid::from_u128(entry.stream.id.as_u128() ^ bit),
            5 => entry.stream.stream = Stream::Visit,
            _ => entry.hash.0[chance as usize % 32] ^= 1 << (chance % 8),
        }
        let broken = verify_chain(&log).unwrap_err();
        prop_assert_eq!((broken.version, broken.how), (index as u32 + 1, How::Altered));
    }

    #[test]
    fn a_changed_hash_that_was_chained_on_is_named_too((mut log, index, _) in touched()) {
        log[index].act.push(' ');
        let before = index.checked_sub(1).map(|i| log[i].hash).unwrap_or_default();
        log[index].hash = log[index].chained(before);
        let next = index as u32 + 2;
        match verify_chain(&log) {
            Ok(head) => prop_assert_eq!((next as usize, head), (log.len() + 1, log[index].hash)),
            Err(broken) => prop_assert_eq!((broken.version, broken.how), (next, How::Altered)),
        }
    }

    #[test]
    fn a_removed_entry_is_named((mut log, index, _) in touched()) {
        let head = verify_chain(&log).unwrap();
        log.remove(index);
        match verify_chain(&log) {
            // The last one leaves a shorter log that holds; the case's own head tells.
            Ok(shorter) => {
                prop_assert_eq!(index, log.len());
                prop_assert_ne!(shorter, head);
            }
            Err(broken) => prop_assert_eq!((broken.version, broken.how), (index as u32 + 1, How::Missing)),
        }
    }

    #[test]
    fn two_entries_that_changed_places_are_named((mut log, index, chance) in touched()) {
        let other = chance as usize % log.len();
        prop_assume!(index != other);
        log.swap(index, other);
        let broken = verify_chain(&log).unwrap_err();
        let first = index.min(other);
        prop_assert_eq!((broken.version, broken.how), (log[first].version, How::Reordered));
    }

    #[test]
    fn two_entries_that_took_each_other_s_number_are_named((mut log, index, chance) in touched()) {
        let other = chance as usize % log.len();
        prop_assume!(index != other);
        let (a, b) = (log[index].version, log[other].version);
        (log[index].version, log[other].version) = (b, a);
        log.swap(index, other);
        let broken = verify_chain(&log).unwrap_err();
        prop_assert_eq!((broken.version, broken.how), (a.min(b), How::Altered));
    }
}

#[test]
fn a_repeated_entry_is_named() {
    let mut log = log(&["a".to_owned(), "b".to_owned(), "c".to_owned()]);
    log.insert(2, log[1].clone());
    let broken = verify_chain(&log).unwrap_err();
    assert_eq!((broken.version, broken.how), (2, How::Reordered));
    assert_eq!(broken.to_string(), format!("entry 2 of {} stands in the wrong place", broken.stream));
}

#[test]
fn bytes_that_are_no_act_are_named() {
    let mut log = log(&["a".to_owned()]);
    log[0].act = r#"{"act":"dance"}"#.to_owned();
    assert_eq!(log[0].parsed().unwrap_err().how, How::Unreadable);
}

#[test]
fn an_entry_keeps_milliseconds_and_no_more() {
    let fine = Timestamp::new(1_770_000_000, 123_456_789).unwrap();
    let case = CaseId(Uuid::from_u128(1));
    let note = Act::Note { text: String::new() };
    let entry = Entry::new(case, 1, ActId(Uuid::from_u128(1)), fine, &By::SYSTEM, &note, Hash::default());
    assert_eq!(entry.at.as_nanosecond() % 1_000_000, 0);
    assert_eq!(verify_chain(std::slice::from_ref(&entry)), Ok(entry.hash));
}
