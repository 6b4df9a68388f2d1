//! The demo bundle keeps the promises of the types it is read into: classes, units, texts.

use std::collections::BTreeSet;
use std::path::Path;

use domain::class::{ClassRow, Dictionary};
use domain::clock::{SpanKind, Stage};
use serde::Deserialize;

#[test]
fn the_bundled_dictionaries_are_valid_together() {
    let dictionary = demo_dictionary();
    let of_major = |major: &str| dictionary.classes().filter(|c| c.major.code == major).count();
    assert_eq!(["06", "07", "08", "09", "10"].map(of_major).iter().sum::<usize>(), 97);
    assert_eq!(dictionary.majors().len(), 19);
    assert!((60..=95).contains(&dictionary.classes().filter(|c| c.major.code.starts_with('S')).count()));
}

#[test]
fn what_comes_from_the_standard_keeps_its_code_and_what_does_not_stays_out_of_its_numbers() {
    for class in demo_dictionary().classes() {
        if class.standard.is_empty() {
            let is_local = class.code.0.starts_with('S') || class.code.0[2..].parse::<u32>().unwrap() >= 80;
            assert!(is_local, "{} stands among the standard's numbers", class.code);
        } else {
            assert_eq!(class.standard_code, class.code.0);
        }
    }
}

#[test]
fn whoever_may_be_in_danger_is_not_made_to_wait_for_office_hours() {
    use domain::class::Urgency::Emergency;
    for class in demo_dictionary().classes().filter(|c| c.urgency == Emergency) {
        let kinds: BTreeSet<SpanKind> = Stage::ALL.map(|s| class.clocks.of(s).kind()).into();
        let waits = kinds.into_iter().any(SpanKind::counts_work);
        assert!(!waits, "{} {}: a stage counts work time only", class.code, class.name.en);
    }
}

#[test]
fn what_is_said_in_a_home_is_private() {
    let dictionary = demo_dictionary();
    let mut visits = dictionary.classes().filter(|c| c.major.name.en == "Visit follow-ups").peekable();
    assert!(visits.peek().is_some() && visits.all(|c| c.private));
}

fn demo_dictionary() -> Dictionary {
    let files = ["demo/classes/city-management.csv", "demo/classes/community.csv"];
    let rows: Vec<ClassRow> = files.into_iter().flat_map(rows).collect();
    Dictionary::new(1, &rows).unwrap_or_else(|faults| panic!("{faults}"))
}

fn rows<T: for<'a> Deserialize<'a>>(path: &str) -> Vec<T> {
    csv::Reader::from_reader(text(path).as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
