//! Forms: read from workbooks, tried, compared, kept in versions; what is wrong is told where it stands.

use app::AppError;
use app::form::{self, Defaults, read_xlsform};
use domain::form::{Element, Elements, FormDoc};
use domain::policy::{Actor, Role};
use serde_json::{Value, json};
use sheet::{Column, Table, to_xlsx};
use store::testing::on_both;

use super::city::{CITY, EAST};
use super::hall::{desk, hall, leader, worker};

pub fn admin() -> Actor {
    Actor { role: Role::Admin, ..leader(CITY) }
}

/// The yearly look at a school gate: one question that fails, one number, one picture.
pub fn school_form(more: &[Value]) -> FormDoc {
    let mut items = vec![
        json!({"name": "exit", "type": "select_one", "label": {"zh": "疏散通道", "en": "Emergency exit"}, "required": true,
            "choices": [{"name": "free", "label": {"zh": "畅通", "en": "free"}},
                {"name": "blocked", "label": {"zh": "堵塞", "en": "blocked"}}], "fails": ". = 'blocked'"}),
        json!({"name": "potholes", "type": "integer", "label": {"zh": "门前坑洞数", "en": "Holes at the gate"},
            "constraint": ". >= 0 and . <= 50", "says": {"zh": "0 到 50", "en": "0 to 50"}, "fails": ". > 0", "class": "01001"}),
        json!({"name": "seen", "type": "photo", "label": {"zh": "照片", "en": "Pictures"}}),
    ];
    items.extend_from_slice(more);
    serde_json::from_value(json!({"code": "school", "title": {"zh": "校园检查", "en": "School check"},
        "owner": "roads", "use": "inspection", "minutes": 6, "class": "02001", "items": items}))
    .unwrap()
}

fn paths(error: AppError) -> Vec<String> {
    match error {
        AppError::Invalid(fields) => fields.into_iter().map(|it| it.path).collect(),
        other => panic!("{other}"),
    }
}

fn book(survey: &[&[&str]], choices: &[&[&str]], settings: &[&[&str]]) -> Vec<u8> {
    let sheet = |name: &str, rows: &[&[&str]]| Table {
        name: name.to_owned(),
        columns: rows[0].iter().map(|it| Column::new(*it, 10.0)).collect(),
        rows: rows[1..].iter().map(|row| row.iter().map(|it| (*it).into()).collect()).collect(),
        ..Table::default()
    };
    to_xlsx(&[sheet("survey", survey), sheet("choices", choices), sheet("settings", settings)]).unwrap()
}

const SURVEY: &[&[&str]] = &[
    &[
        "type",
        "name",
        "label::中文 (zh)",
        "label::English (en)",
        "required",
        "relevant",
        "constraint",
        "fails",
        "class",
    ],
    &["start", "start", "", "", "", "", "", "", ""],
    &["begin group", "gate", "大门", "Gate", "", "", "", "", ""],
    &["select_one state", "exit", "疏散通道", "Emergency exit", "yes", "", "", ". = 'blocked'", ""],
    &["integer", "boxes", "堵塞物件数", "Boxes in the way", "", "${exit} = 'blocked'", ". > 0", "", ""],
    &["end group", "", "", "", "", "", "", "", ""],
    &["image", "seen", "照片", "Pictures", "", "", "", "", ""],
];
const CHOICES: &[&[&str]] = &[
    &["list_name", "name", "label::中文 (zh)", "label::English (en)"],
    &["state", "free", "畅通", "free"],
    &["state", "blocked", "堵塞", "blocked"],
];
const SETTINGS: &[&[&str]] = &[
    &["form_title", "form_id", "owner", "minutes", "class"],
    &["校园检查 / School check", "school", "roads", "6", "02001"],
];

#[test]
fn a_workbook_of_xlsform_is_read_with_groups_choices_and_both_languages() {
    let read = read_xlsform(&book(SURVEY, CHOICES, SETTINGS), &Defaults::default()).unwrap();
    let form = domain::form::Form::read(&read.doc).unwrap();
    assert_eq!(
        (read.doc.code.as_str(), read.doc.title.en.as_str(), read.doc.minutes),
        ("school", "School check", 6)
    );
    let boxes = form.item("boxes").unwrap();
    assert_eq!((boxes.doc.within.as_str(), boxes.doc.label.zh.as_str()), ("gate", "堵塞物件数"));
    assert!(form.item("exit").unwrap().doc.required);
    assert_eq!(read.notes, ["sheet survey, row 2: start is passed over; the platform knows it"]);
    assert_eq!(form.classes().len(), 1);
}

#[test]
fn what_is_wrong_in_a_workbook_is_told_by_sheet_row_and_column_with_the_fix() {
    let mut survey: Vec<&[&str]> = SURVEY.to_vec();
    let repeat = ["begin repeat", "each", "每个", "Each", "", "", "", "", ""];
    let list = ["select_one colour", "colour", "颜色", "Colour", "", "", "", "", ""];
    let device = ["deviceid", "device", "", "", "", "", "", "", ""];
    let maybe = ["text", "why", "原因", "Why", "sometimes", "", "", "", ""];
    survey.extend([repeat.as_slice(), &list, &device, &maybe]);
    let fields = match read_xlsform(&book(&survey, CHOICES, SETTINGS), &Defaults::default()) {
        Err(AppError::Invalid(fields)) => fields,
        other => panic!("{other:?}"),
    };
    let told: Vec<&str> = fields.iter().map(|it| it.detail.as_str()).collect();
    assert_eq!(
        told,
        [
            "sheet survey, row 8, column A: begin_repeat: a repeat is not taken: inspect each thing by itself",
            "sheet survey, row 9, column A: there is no list colour in the sheet choices; there are state",
            "sheet survey, row 10, column A: deviceid: numbers of devices and people are not taken: leave the row out",
            "sheet survey, row 11, column E: write yes or no; a condition belongs into relevant",
        ]
    );
    assert_eq!(fields[1].path, "/survey/A9");
}

#[test]
fn a_file_that_is_no_xlsform_says_what_would_be_one() {
    for bytes in [b"type,name\ntext,a\n".as_slice(), b"%PDF-1.7", b"", b"PK\x03\x04broken"] {
        let no = read_xlsform(bytes, &Defaults::default()).unwrap_err();
        assert_eq!(paths(no), ["/file"]);
    }
}

#[tokio::test]
async fn a_fault_that_the_law_of_forms_finds_is_told_in_the_workbooks_own_cells() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut survey: Vec<&[&str]> = SURVEY.to_vec();
        let bad = ["text", "why", "原因", "Why", "", "${exi} = 'blocked'", "", "", ""];
        survey.push(&bad);
        let read = read_xlsform(&book(&survey, CHOICES, SETTINGS), &Defaults::default()).unwrap();
        let AppError::Invalid(faults) = form::preview(&hall.app, &admin(), &read.doc).await.unwrap_err()
        else {
            panic!("fields are told")
        };
        let placed: Vec<_> = faults.into_iter().map(|it| read.placed(it)).collect();
        assert_eq!(placed.len(), 1);
        assert_eq!(placed[0].path, "/survey/F8");
        assert_eq!(
            placed[0].detail,
            "sheet survey, row 8, column F: why, relevant, character 1: there is no question exi"
        );
    })
    .await;
}

#[tokio::test]
async fn a_form_is_kept_in_versions_and_says_what_a_new_one_changes() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app = &hall.app;
        let first = school_form(&[]);
        let would = form::preview(app, &admin(), &first).await.unwrap();
        assert_eq!((would.version, would.items.added.len()), (0, 3));
        assert_eq!(form::save(app, &admin(), None, &first).await.unwrap(), 1);
        assert_eq!(
            form::save(app, &admin(), None, &first).await.unwrap(),
            1,
            "the same again is no new version"
        );

        let mut second =
            school_form(&[json!({"name": "note", "type": "text", "label": {"zh": "备注", "en": "Remark"}})]);
        second.items[0].required = false;
        let would = form::preview(app, &admin(), &second).await.unwrap();
        assert_eq!(
            (would.version, would.items.added.as_slice(), would.items.changed.len()),
            (1, ["note".to_owned()].as_slice(), 1)
        );
        assert!(matches!(form::save(app, &admin(), Some(0), &second).await, Err(AppError::Stale { now: 1 })));
        assert_eq!(form::save(app, &admin(), Some(1), &second).await.unwrap(), 2);

        assert_eq!(form::of_version(app, "school", 1).await.unwrap().form.items.len(), 3);
        let stands = form::form(app, "school").await.unwrap();
        assert_eq!((stands.version, stands.form.doc.owner.as_str()), (2, "roads.3799"));
        assert_eq!(form::forms(app, false).await.unwrap().len(), 1);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_form_that_does_not_fit_the_city_is_refused_by_its_field() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut doc = school_form(&[]);
        doc.owner = "nobody".into();
        doc.items[1].class = "99999".into();
        let no = form::save(&hall.app, &admin(), None, &doc).await.unwrap_err();
        assert_eq!(paths(no), ["/owner", "/items/1/class"]);
        for stranger in
            [desk(CITY), leader(CITY), worker(domain::id::AreaId(10)), Actor { area: EAST, ..admin() }]
        {
            let no = form::save(&hall.app, &stranger, None, &school_form(&[])).await.unwrap_err();
            assert!(matches!(no, AppError::NotFound { .. }), "{:?}: {no}", stranger.role);
        }
    })
    .await;
}

#[tokio::test]
async fn a_form_that_asks_what_is_known_is_flagged_and_not_refused() {
    on_both(async |store| {
        let hall = hall(store).await;
        let known = Elements {
            elements: vec![Element {
                code: "place.phone".into(),
                zh: vec!["联系电话".into()],
                en: vec!["phone".into()],
                held: "the place".into(),
            }],
        };
        form::save_elements(&hall.app, &admin(), None, &known).await.unwrap();
        let doc = school_form(&[
            json!({"name": "tel", "type": "text", "label": {"zh": "请填写联系电话", "en": "Call whom"}}),
        ]);
        let would = form::preview(&hall.app, &admin(), &doc).await.unwrap();
        assert_eq!(would.asks_known.iter().map(|it| it.question.as_str()).collect::<Vec<_>>(), ["tel"]);
        form::save(&hall.app, &admin(), None, &doc).await.unwrap();
        assert_eq!(form::forms(&hall.app, false).await.unwrap()[0].asks_known.len(), 1);
    })
    .await;
}
