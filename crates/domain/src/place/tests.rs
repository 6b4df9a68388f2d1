//! What places are, as sentences.
#![allow(clippy::needless_pass_by_value)] // what json! makes is given away

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::form::Answers;
use crate::id::{AreaId, InspectionId};

const ID: PlaceId = PlaceId(Uuid::from_u128(0x019C_AC00_0000_7000_8000_0000_0000_0007));

fn kinds(kinds: Value) -> Kinds {
    serde_json::from_value(json!({ "kinds": kinds })).unwrap()
}

fn school() -> Kind {
    kinds(json!([{
        "code": "school", "sort": "place", "name": {"zh": "学校", "en": "School"}, "form": "school", "every_days": 30,
        "after_failing_days": 7, "fields": [
            {"name": "pupils", "type": "integer", "label": {"zh": "学生数", "en": "Pupils"}, "required": true},
            {"name": "canteen", "type": "truth", "label": {"zh": "有食堂", "en": "Canteen"}},
            {"name": "run_by", "type": "choice", "label": {"zh": "办学", "en": "Run by"}, "choices": [
                {"name": "city", "label": {"zh": "公办", "en": "the city"}}]}
        ]
    }]))
    .kinds
    .remove(0)
}

fn told(sort: Sort) -> Told {
    Told {
        sort,
        kind: "school".into(),
        number: String::new(),
        name: "育才小学".into(),
        name_en: String::new(),
        address: String::new(),
        point: None,
        owner: None,
        facts: Facts::new(),
    }
}

fn add(sort: Sort) -> Act {
    Act::Add {
        told: Box::new(told(sort)),
        areas: Ancestors::default(),
        off_m: None,
        day: 20_000,
        state: State::Intact,
    }
}

fn looked(day: i32, failed: usize) -> Act {
    Act::Inspect(Box::new(Finding {
        inspection: InspectionId(Uuid::from_u128(1)),
        form: "school".into(),
        form_version: 1,
        answers: Answers::new(),
        failed: (0..failed).map(|n| format!("q{n}")).collect(),
        cases: Vec::new(),
        note: String::new(),
        made_ms: 0,
        day,
        seconds: Some(60),
    }))
}

fn after(acts: &[Act]) -> Result<Place, Refusal> {
    Place::replay(ID, acts).map(|it| it.expect("the first act adds it"))
}

#[test]
fn a_place_is_due_by_its_kind_and_what_was_found_last() {
    let kind = school();
    let due = |acts: &[Act]| due_day(&kind, &after(acts).unwrap());
    let first = due(&[add(Sort::Place)]).unwrap();
    assert!((20_001..=20_028).contains(&first), "a new one is due within four weeks: {first}");
    assert_eq!(due(&[add(Sort::Place), looked(20_010, 0)]), Some(20_040));
    assert_eq!(due(&[add(Sort::Place), looked(20_010, 2)]), Some(20_017));
    let retired = Act::SetState { state: State::Retired, note: String::new() };
    assert_eq!(due(&[add(Sort::Place), retired]), None);
    assert_eq!(
        due_day(&Kind { every_days: None, ..kind.clone() }, &after(&[add(Sort::Place)]).unwrap()),
        None
    );
}

#[test]
fn an_inspection_that_comes_in_late_says_nothing_about_what_was_found_since() {
    let place = after(&[add(Sort::Place), looked(20_010, 0), looked(20_005, 3)]).unwrap();
    assert_eq!((place.look, place.version), (Some(Look { day: 20_010, failed: 0 }), 3));
}

#[test]
fn a_place_out_of_use_is_neither_changed_nor_inspected_until_it_is_intact_again() {
    let set = |state| Act::SetState { state, note: String::new() };
    assert_eq!(
        after(&[add(Sort::Place), set(State::Retired), looked(20_010, 0)]),
        Err(Refusal::Over(State::Retired))
    );
    let back = [add(Sort::Place), set(State::Retired), set(State::Intact), looked(20_010, 0)];
    assert_eq!(after(&back).unwrap().state, State::Intact);
    assert_eq!(after(&[add(Sort::Place), set(State::Intact)]), Err(Refusal::Same(State::Intact)));
}

#[test]
fn things_are_damaged_and_missing_and_places_never() {
    let set = |state| Act::SetState { state, note: String::new() };
    assert_eq!(after(&[add(Sort::Thing), set(State::Missing)]).unwrap().state, State::Missing);
    assert_eq!(
        after(&[add(Sort::Place), set(State::Missing)]),
        Err(Refusal::NotOf(Sort::Place, State::Missing))
    );
    let turned =
        Act::Change(Box::new(Change { told: told(Sort::Place), areas: Ancestors::default(), off_m: None }));
    assert_eq!(after(&[add(Sort::Thing), turned]), Err(Refusal::Sort(Sort::Thing, Sort::Place)));
}

#[test]
fn facts_are_typed_by_the_fields_of_the_kind() {
    let given = |it: Value| -> BTreeMap<String, Value> { serde_json::from_value(it).unwrap() };
    let facts = school().facts(&given(json!({"pupils": "820", "canteen": "是", "run_by": "公办"}))).unwrap();
    let wanted = json!({"pupils": 820, "canteen": true, "run_by": "city"});
    assert_eq!(serde_json::to_value(&facts).unwrap(), wanted, "text of a file and JSON are the same");
    let faults = school()
        .facts(&given(json!({"pupils": "many", "canteen": 3, "run_by": "me", "beds": 1})))
        .unwrap_err();
    let told: Vec<(&str, &str)> = faults.iter().map(|it| (it.field.as_str(), it.code)).collect();
    assert_eq!(told, [("beds", "unknown"), ("pupils", "type"), ("canteen", "type"), ("run_by", "unknown")]);
    assert_eq!(school().facts(&BTreeMap::new()).unwrap_err()[0].code, "missing");
}

#[test]
fn kinds_say_everything_that_is_wrong_by_its_place() {
    let mut bad = school();
    bad.code = "School".into();
    bad.form = "nothing".into();
    bad.after_failing_days = Some(90);
    bad.fields[1].name = "lng".into();
    let told = Kinds { kinds: vec![bad, school(), school()] }.faults(&|form| form == "school");
    let paths: Vec<&str> = told.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/kinds/0/code",
            "/kinds/0/form",
            "/kinds/0/after_failing_days",
            "/kinds/0/fields/1/name",
            "/kinds/2/code"
        ]
    );
}

#[test]
fn what_is_recorded_reads_back_as_it_was() {
    let follow = Act::Follow {
        change: crate::id::AreaChangeId(Uuid::from_u128(3)),
        areas: Ancestors { grid: Some(AreaId(9)), ..Ancestors::default() },
        off_m: Some(4),
    };
    for act in [add(Sort::Thing), looked(3, 1), follow] {
        let text = serde_json::to_string(&act).unwrap();
        assert_eq!(serde_json::from_str::<Act>(&text).unwrap(), act, "{text}");
    }
}

fn an_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (20_000..20_100_i32, 0..3_usize).prop_map(|(day, failed)| looked(day, failed)),
        prop::sample::select(&State::ALL[..]).prop_map(|state| Act::SetState { state, note: String::new() }),
        Just(Act::Change(Box::new(Change {
            told: told(Sort::Thing),
            areas: Ancestors::default(),
            off_m: None
        }))),
    ]
}

proptest! {
    #[test]
    fn folding_the_legal_acts_gives_what_was_stored(acts in prop::collection::vec(an_act(), 0..20)) {
        let mut place = Place::add(ID, &add(Sort::Thing)).unwrap();
        let mut kept = vec![add(Sort::Thing)];
        for act in acts {
            if let Ok(next) = place.after(&act) {
                prop_assert_eq!(next.version, place.version + 1);
                place = next;
                kept.push(act);
            }
        }
        prop_assert_eq!(after(&kept).unwrap(), place);
    }
}
