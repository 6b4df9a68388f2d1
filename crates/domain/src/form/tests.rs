//! What forms and answers are, as sentences.
#![allow(clippy::needless_pass_by_value)] // what json! makes is given away

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::class::Label;

const TODAY: Date = date(2026, 3, 2);

fn a_doc(items: Value) -> FormDoc {
    let doc = json!({
        "code": "school", "title": {"zh": "校园安全检查", "en": "School safety"}, "owner": "education",
        "use": "inspection", "minutes": 6, "class": "02001", "items": items
    });
    serde_json::from_value(doc).unwrap()
}

fn item(name: &str, kind: &str, more: Value) -> Value {
    let mut it = json!({"name": name, "type": kind, "label": {"zh": format!("{name}？"), "en": name}});
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    it
}

fn exit(more: Value) -> Value {
    let choices = json!([
        {"name": "free", "label": {"zh": "畅通", "en": "free"}},
        {"name": "blocked", "label": {"zh": "堵塞", "en": "blocked"}}
    ]);
    let mut it =
        item("exit", "select_one", json!({"choices": choices, "required": true, "fails": ". = 'blocked'"}));
    it.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    it
}

fn a_form(items: Value) -> Form {
    Form::read(&a_doc(items)).unwrap()
}

fn faults(items: Value) -> Vec<String> {
    Form::read(&a_doc(items)).unwrap_err().0.iter().map(ToString::to_string).collect()
}

fn given(answers: Value) -> BTreeMap<String, Value> {
    serde_json::from_value(answers).unwrap()
}

fn value(text: &str) -> Given {
    Expr::parse(text).unwrap().value(&|_| Given::Empty, TODAY)
}

#[test]
fn expressions_follow_the_order_of_xpath() {
    assert_eq!(value("1 + 2 * 3"), Given::Number(7.0));
    assert_eq!(value("(1 + 2) * -3"), Given::Number(-9.0));
    assert_eq!(value("7 div 2 > 3 and 7 mod 2 = 1"), Given::Truth(true));
    assert_eq!(value("1 = 2 or 'a' = \"a\""), Given::Truth(true));
    assert_eq!(value("not(1 = 1)"), Given::Truth(false));
    assert_eq!(value("today() >= date('2026-03-02')"), Given::Truth(true));
    assert_eq!(value("today() < '2026-03-02'"), Given::Truth(false));
    assert_eq!(value("if(2 > 1, 'yes', 'no')"), Given::Text("yes".into()));
    assert_eq!(value("round(2.5) + int(-2.9)"), Given::Number(1.0));
}

#[test]
fn no_answer_is_empty_and_neither_more_nor_less() {
    assert_eq!(value("${a} = ''"), Given::Truth(true));
    assert_eq!(value("${a} > 0 or ${a} <= 0"), Given::Truth(false));
    assert_eq!(value("${a} + 1"), Given::Empty);
    assert_eq!(value("1 div 0"), Given::Empty);
    assert_eq!(value("coalesce(${a}, 3)"), Given::Number(3.0));
}

#[test]
fn a_fault_in_an_expression_names_its_character_and_the_fix() {
    let says = |text: &str| Expr::parse(text).unwrap_err().to_string();
    assert_eq!(says("${a = 1"), "character 1: a question is named as ${name}");
    assert_eq!(says(". = 'open"), "character 5: the text that begins here has no end; add '");
    assert_eq!(says(". = ‘open’"), "character 5: ‘ is a mark of print; write ' around texts");
    assert_eq!(says("1 +"), "character 4: the expression ends too early: a value belongs here");
    assert_eq!(says("1 2"), "character 3: 2 is too much here; the expression was whole before it");
    assert_eq!(says("1 < 2 < 3"), "character 7: two comparisons in a row; put and between them");
    assert_eq!(says("selected(.)"), "character 1: write it as selected(${question}, 'choice')");
    assert!(says("now()").starts_with("character 1: now is no function of forms; there are not, selected"));
    assert_eq!(says("(1 = 1"), "character 7: ) belongs here");
}

#[test]
fn an_expression_that_is_nested_without_end_is_refused() {
    for deep in ["(".repeat(10_000), "-".repeat(1_900), "not(".repeat(450)] {
        assert!(Expr::parse(&deep).is_err());
    }
}

#[test]
fn a_form_says_everything_that_is_wrong_at_once() {
    let said = faults(json!([
        item("a", "integer", json!({"constraint": ". >= 0 and"})),
        item("a", "text", json!({"relevant": "${b} = 1"})),
        exit(json!({"fails": ". = 'shut'"})),
        item("c", "note", json!({"required": true})),
        item("d", "text", json!({"within": "nowhere", "relevant": "${exit} = 'free'"})),
    ]));
    assert_eq!(
        said,
        [
            "a, constraint, character 11: the expression ends too early: a value belongs here",
            "a, name: item 1 has the name a already; give this another",
            "a, relevant, character 1: there is no question b",
            "exit, fails, character 5: shut is no choice of exit; there are free, blocked",
            "c, required: a note is not answered: leave it out",
            "d, within: there is no group nowhere above it",
        ]
    );
}

#[test]
fn a_question_cannot_depend_on_one_asked_later() {
    let said = faults(json!([item("a", "text", json!({"relevant": "${exit} = 'free'"})), exit(json!({}))]));
    assert_eq!(said, ["a, relevant, character 1: exit is asked later; move it above"]);
}

#[test]
fn a_form_that_nobody_stands_for_is_refused() {
    let doc = FormDoc { owner: " ".into(), minutes: 0, code: "School 1".into(), ..a_doc(json!([])) };
    let fields: Vec<&str> = Form::read(&doc).unwrap_err().0.iter().map(|it| it.field).collect();
    assert_eq!(fields, ["code", "owner", "minutes", "items"]);
}

#[test]
fn answers_are_typed() {
    let form = a_form(json!([
        item("n", "integer", json!({})),
        item("x", "decimal", json!({})),
        item("day", "date", json!({"constraint": ". <= today()"})),
        item("at", "time", json!({})),
        item("here", "geopoint", json!({})),
        item("seen", "photo", json!({})),
    ]));
    let photo = "019cac00-0000-7000-8000-000000000001";
    let filled = form
        .fill(
            &given(json!({"n": 3.0, "x": 2.5, "day": "2026-03-01", "at": "08:30",
                "here": {"lng": 116.0, "lat": 36.5}, "seen": photo})),
            TODAY,
        )
        .unwrap();
    let told = serde_json::to_value(&filled.answers).unwrap();
    let wanted = json!({"n": 3, "x": 2.5, "day": "2026-03-01", "at": "08:30", "here": {"lng": 116.0, "lat": 36.5}, "seen": [photo]});
    assert_eq!(told, wanted);
    let back: Answers = serde_json::from_value(told).unwrap();
    assert_eq!(back, filled.answers, "what is recorded reads back as it was");
    assert_eq!(filled.photos.len(), 1);

    let wrong = given(
        json!({"n": 2.5, "x": "much", "day": "2026-03-03", "at": "25:00", "here": {"lng": 36.5, "lat": 116.0}, "seen": ["me.jpg"], "who": 1}),
    );
    let codes: Vec<(String, &str)> =
        form.fill(&wrong, TODAY).unwrap_err().into_iter().map(|it| (it.question, it.code)).collect();
    let wanted = [
        ("who", "unknown"),
        ("n", "type"),
        ("x", "type"),
        ("at", "format"),
        ("here", "range"),
        ("seen", "format"),
        ("day", "range"),
    ];
    assert_eq!(codes, wanted.map(|(name, code)| (name.to_owned(), code)));
}

#[test]
fn a_failing_answer_says_what_was_found_and_into_which_class_it_goes() {
    let form =
        a_form(json!([exit(json!({})), item("n", "integer", json!({"fails": ". < 2", "class": "02003"}))]));
    let filled = form.fill(&given(json!({"exit": "blocked", "n": 1})), TODAY).unwrap();
    let told: Vec<(String, String, Label)> =
        filled.failed.into_iter().map(|it| (it.question, it.class.0, it.words)).collect();
    assert_eq!(
        told,
        [
            ("exit".into(), "02001".into(), Label::new("exit：堵塞", "exit: blocked")),
            ("n".into(), "02003".into(), Label::new("n：1", "n: 1")),
        ]
    );
    assert_eq!(form.classes().len(), 2);
    assert_eq!(form.fill(&given(json!({"exit": "free", "n": 2})), TODAY).unwrap().failed, []);
}

#[test]
fn what_is_not_asked_is_neither_needed_nor_kept() {
    let form = a_form(json!([
        exit(json!({})),
        item("why", "group", json!({"relevant": "${exit} = 'blocked'"})),
        item("by", "text", json!({"within": "why", "required": true})),
    ]));
    let filled = form.fill(&given(json!({"exit": "free", "by": "boxes"})), TODAY).unwrap();
    assert_eq!((filled.unasked.as_slice(), filled.answers.len()), (["by".to_owned()].as_slice(), 1));
    let faults = form.fill(&given(json!({"exit": "blocked", "by": "  "})), TODAY).unwrap_err();
    assert_eq!((faults[0].question.as_str(), faults[0].code), ("by", "missing"));
}

#[test]
fn an_answer_to_an_older_version_is_read_by_that_version() {
    let old = a_form(json!([exit(json!({}))]));
    let new = a_form(json!([item("doors", "integer", json!({"required": true}))]));
    let answers = given(json!({"exit": "free"}));
    assert!(old.fill(&answers, TODAY).is_ok());
    assert!(new.fill(&answers, TODAY).is_err());
}

#[test]
fn a_form_that_asks_what_is_known_is_flagged() {
    let known = [Element {
        code: "place.phone".into(),
        zh: vec!["联系电话".into(), "负责人电话".into()],
        en: vec!["contact phone".into()],
        held: "the place".into(),
    }];
    let form = a_form(json!([
        item("a", "text", json!({"label": {"zh": "请填写联系电话：", "en": "How to reach them"}})),
        item("b", "text", json!({"element": "place.phone"})),
        item("c", "text", json!({"label": {"zh": "联系电话", "en": "Phone"}, "element": "kin.phone"})),
        exit(json!({})),
    ]));
    let told: Vec<(String, bool)> =
        asks_known(&form, &known).into_iter().map(|it| (it.question, it.said)).collect();
    assert_eq!(told, [("a".to_owned(), false), ("b".to_owned(), true)]);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_expressions_fall(text in ".{0,80}") {
        if let Err(wrong) = Expr::parse(&text) {
            prop_assert!(wrong.at <= text.chars().count());
        }
    }

    #[test]
    fn an_expression_of_tokens_is_read_or_refused_and_has_a_value(
        parts in prop::collection::vec(prop::sample::select(
            vec!["${a}", ".", "1", "'x'", "and", "or", "=", "<", "+", "-", "(", ")", "not(", "selected(", ",", "today()", "div"]), 0..12)
    ) {
        if let Ok(expr) = Expr::parse(&parts.join(" ")) {
            let _ = expr.value(&|_| Given::Number(1.0), TODAY);
            let _ = expr.holds(&|_| Given::Many(vec!["x".into()]), TODAY);
        }
    }

    #[test]
    fn what_a_form_took_it_takes_again(n in -1000_i64..1000, x in -1e6_f64..1e6, blocked in any::<bool>()) {
        let form = a_form(json!([exit(json!({})), item("n", "integer", json!({})), item("x", "decimal", json!({}))]));
        let answers = given(json!({"exit": if blocked { "blocked" } else { "free" }, "n": n, "x": x}));
        let once = form.fill(&answers, TODAY).unwrap();
        let again = form.fill(&given(serde_json::to_value(&once.answers).unwrap()), TODAY).unwrap();
        prop_assert_eq!(once, again);
    }
}
