//! Tables that reviewers read: the law of the loop and the record's form of each act (the rights: `rights`).
//!
//! Each is compared with the text beside this file; `UPDATE_SNAPSHOTS=1` writes it anew, and the difference
//! goes through review. The record's form may only grow: old logs must be read for ever.

use std::path::Path;

use domain::area::{Ancestors, Level};
use domain::case::{
    Act, ActName, By, Channel, Due, Evidence, EvidenceKind, Moved, MovedShare, Place, RefuseReason, Report,
    RouteNote, Satisfaction, ShareOrder, Superior, Urgency, law_table,
};
use domain::clock::Span;
use domain::geo::LngLat;
use domain::id::{AreaChangeId, AreaId, AttachmentId, CaseId, ClassCode, PersonId, UnitId};
use domain::policy::Role;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

#[test]
fn the_law_of_the_loop_is_the_reviewed_one() {
    stands_in("law.txt", &law_table());
}

#[test]
fn each_act_keeps_its_form_in_the_record() {
    let line = |act: &Act| serde_json::to_string(act).unwrap();
    let by = By { person: Some(PersonId(id(5))), role: Role::Handler, unit: Some(UnitId(7)) };
    let mut text = String::from("# who\n");
    text += &format!(
        "{}\n{}\n",
        serde_json::to_string(&By::SYSTEM).unwrap(),
        serde_json::to_string(&by).unwrap()
    );
    text += "# what, with all that it can say\n";
    text.extend(full().iter().map(|act| line(act) + "\n"));
    text += "# what, with as little as it can say\n";
    text.extend(bare().iter().map(|act| line(act) + "\n"));
    stands_in("record.txt", &text);
}

#[test]
fn every_act_is_in_the_record_s_form() {
    let names: Vec<ActName> = full().iter().map(Act::name).collect();
    assert_eq!(names, ActName::ALL);
}

#[test]
fn the_recorded_form_is_read_back() {
    let text = read("record.txt");
    let written: Vec<Act> = text
        .lines()
        .filter(|l| l.starts_with("{\"act\""))
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(written, [full(), bare()].concat());
}

/// Every act with every field filled.
fn full() -> Vec<Act> {
    let (note, reason) = ("看过".to_owned(), "因为".to_owned());
    let (due, evidence, unit, case) = (due(), vec![evidence()], UnitId(7), CaseId(id(2)));
    let until = at(100);
    vec![
        Act::Report(Box::new(report())),
        Act::Verify { note: note.clone(), evidence: evidence.clone(), due },
        Act::Refuse { reason: RefuseReason::TooLittleKnown, note: note.clone() },
        Act::Merge { into: case },
        Act::Absorb { from: case },
        Act::Split { parts: vec![case, CaseId(id(3))] },
        Act::Link { to: case },
        Act::File { class: ClassCode("01001".to_owned()), urgency: Urgency::Emergency, private: true, due },
        Act::Assign {
            lead: ShareOrder { unit, task: "主办".to_owned(), accept: due, handle: due },
            co: vec![ShareOrder { unit: UnitId(8), task: "协办".to_owned(), accept: due, handle: due }],
            route: RouteNote {
                suggested: Some(unit),
                because: "责任清单".to_owned(),
                because_en: "the matrix".to_owned(),
                instead: Some("人手".to_owned()),
            },
        },
        Act::Accept { unit },
        Act::Return {
            unit,
            reason: reason.clone(),
            superior: Some(Superior { desk: AreaId(2), level: Level::County, due }),
        },
        Act::HandUp { to: AreaId(1), level: Level::City, reason: reason.clone(), due },
        Act::HandDown { to: AreaId(2), level: Level::County, reason: reason.clone(), due },
        Act::AskPostpone { unit, until, reason: reason.clone() },
        Act::DecidePostpone { granted: true, due: Some(due), note: note.clone() },
        Act::Suspend { until, reason: reason.clone() },
        Act::Resume { moved: moved() },
        Act::Wake { moved: moved() },
        Act::Urge { note: note.clone() },
        Act::Progress { unit, note: note.clone(), evidence: evidence.clone() },
        Act::Handle { unit, note: note.clone(), evidence: evidence.clone(), due },
        Act::FixOnSpot {
            class: ClassCode("01001".to_owned()),
            urgency: Urgency::Urgent,
            note: note.clone(),
            evidence: evidence.clone(),
            due,
        },
        Act::Check { passed: true, note: note.clone(), evidence, due: Some(due) },
        Act::Answer { text: "已办".to_owned(), wait_until: until },
        Act::Confirm { satisfaction: Satisfaction::Satisfied, note: note.clone() },
        Act::Reopen { reason: reason.clone(), due },
        Act::Evaluate,
        Act::Appeal { unit, reason: reason.clone() },
        Act::DecideAppeal { upheld: true, note: note.clone() },
        Act::Withdraw { reason },
        Act::Note { text: note },
        Act::Warn { share_pct: 80, level: Level::Township },
        Act::Relocate {
            change: AreaChangeId(id(4)),
            areas: report().place.areas,
            off_m: Some(12),
            desk: AreaId(3),
            level: Level::Township,
        },
    ]
}

/// Acts that leave out what they may leave out.
fn bare() -> Vec<Act> {
    let due = due();
    let report = Report {
        channel: Channel::Resident,
        reporter: None,
        text: "路灯不亮".to_owned(),
        place: Place::default(),
        class: None,
        evidence: Vec::new(),
        desk: AreaId(1),
        level: Level::City,
        private: false,
        happened_at: None,
        outside_no: None,
        split_from: None,
        due,
    };
    let lead = ShareOrder { unit: UnitId(7), task: String::new(), accept: due, handle: due };
    vec![
        Act::Report(Box::new(report)),
        Act::Assign { lead, co: Vec::new(), route: RouteNote::default() },
        Act::Return { unit: UnitId(7), reason: String::new(), superior: None },
        Act::DecidePostpone { granted: false, due: None, note: String::new() },
        Act::Resume { moved: Moved::default() },
        Act::Check { passed: false, note: String::new(), evidence: Vec::new(), due: None },
    ]
}

fn report() -> Report {
    let areas = Ancestors {
        city: Some(AreaId(1)),
        county: Some(AreaId(2)),
        township: Some(AreaId(3)),
        community: Some(AreaId(4)),
        grid: Some(AreaId(5)),
    };
    Report {
        channel: Channel::Worker,
        reporter: Some(PersonId(id(5))),
        text: "井盖缺失".to_owned(),
        place: Place {
            point: Some(LngLat { lng: 115.985_371, lat: 36.456_703 }),
            words: "东门口".to_owned(),
            areas,
            off_m: Some(12),
        },
        class: Some(ClassCode("01001".to_owned())),
        evidence: vec![evidence()],
        desk: AreaId(3),
        level: Level::Township,
        private: true,
        happened_at: Some(at(-1)),
        outside_no: Some("12345-1".to_owned()),
        split_from: Some(CaseId(id(2))),
        due: due(),
    }
}

fn moved() -> Moved {
    let due = due();
    let shares = vec![MovedShare { unit: UnitId(7), accept: due, handle: due }];
    Moved { dispatch: Some(due), shares }
}

fn evidence() -> Evidence {
    Evidence { attachment: AttachmentId(id(9)), sha256: "00".repeat(32), kind: EvidenceKind::After }
}

fn due() -> Due {
    Due { span: Span::WorkMinutes(120), from: at(0), half: at(1), most: at(2), at: at(3), twice: at(4) }
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_772_000_000).unwrap() + SignedDuration::from_hours(hours)
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn stands_in(file: &str, text: &str) {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(path(file), text).unwrap();
    }
    let stands = read(file);
    for (n, (expected, found)) in stands.lines().zip(text.lines()).enumerate() {
        assert_eq!(found, expected, "{file}:{}: UPDATE_SNAPSHOTS=1 writes it anew", n + 1);
    }
    assert_eq!(text.lines().count(), stands.lines().count(), "{file}: UPDATE_SNAPSHOTS=1 writes it anew");
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|fault| panic!("{file}: {fault}"))
}

fn path(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file)
}
