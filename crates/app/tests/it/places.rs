//! Places and things: added once, changed, inspected by plan; what fails becomes a case in the same commit; they follow
//! when the areas change.

use std::collections::BTreeMap;

use app::area::changes::{self, Outcome, sweep};
use app::case::look as look_at_case;
use app::place::file::{Fate, How, bring, export_csv, export_geojson, read_geojson, read_table};
use app::place::{self, InspectCommand, Inspected, PlaceCommand, PlaceIn, day_number, kinds};
use app::{AppError, burden, form};
use domain::geo::Crs;
use domain::id::{ActId, AreaChangeId, AreaId, InspectionId, PlaceId};
use domain::month::Month;
use domain::place::{Kinds, Sort, State};
use domain::policy::Actor;
use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use store::place::{Filter, Order};
use store::testing::on_both;

use super::city::{self, BRIDGE, CITY, EAST, ROADS_EAST, TEMPLE, WEST};
use super::forms::{admin, school_form};
use super::hall::{Hall, desk, hall, handler, leader, resident, worker};

const GRID: AreaId = AreaId(10);

fn some_kinds() -> Kinds {
    serde_json::from_value(json!({"kinds": [
        {"code": "school", "sort": "place", "name": {"zh": "学校", "en": "School"}, "form": "school", "every_days": 30,
            "after_failing_days": 7, "fields": [{"name": "pupils", "type": "integer", "label": {"zh": "学生数", "en": "Pupils"}}]},
        {"code": "lamp", "sort": "thing", "name": {"zh": "路灯", "en": "Street lamp"}}
    ]}))
    .unwrap()
}

/// The hall with a form and two kinds.
async fn furnished(store: store::Store) -> Hall {
    let hall = hall(store).await;
    form::save(&hall.app, &admin(), None, &school_form(&[])).await.unwrap();
    kinds::save_kinds(&hall.app, &admin(), None, &some_kinds()).await.unwrap();
    hall
}

fn a_school(name: &str) -> PlaceIn {
    PlaceIn {
        sort: Sort::Place,
        kind: "school".into(),
        number: String::new(),
        name: name.into(),
        name_en: String::new(),
        address: "东门口".into(),
        point: Some(city::middle_of(GRID)),
        area: None,
        owner: None,
        state: None,
        facts: BTreeMap::from([("pupils".to_owned(), json!(820))]),
    }
}

fn a_lamp(number: &str) -> PlaceIn {
    PlaceIn {
        sort: Sort::Thing,
        kind: "lamp".into(),
        number: number.into(),
        owner: Some(ROADS_EAST),
        facts: BTreeMap::new(),
        ..a_school("路灯")
    }
}

async fn added(hall: &Hall, new: &PlaceIn) -> PlaceId {
    let id = PlaceId(hall.fresh());
    place::add(&hall.app, &worker(GRID), id, new).await.unwrap();
    id
}

fn looked(answers: Value) -> InspectCommand {
    InspectCommand {
        form: None,
        form_version: 1,
        answers: serde_json::from_value(answers).unwrap(),
        note: String::new(),
        made_at: None,
        seconds: Some(90),
    }
}

async fn inspects(hall: &Hall, who: &Actor, id: PlaceId, answers: Value) -> Result<Inspected, AppError> {
    place::inspect(&hall.app, who, id, InspectionId(hall.fresh()), &looked(answers)).await
}

fn field_of(no: AppError) -> (String, &'static str) {
    match no {
        AppError::Invalid(fields) => (fields[0].path.clone(), fields[0].code),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_place_sent_twice_is_one_place_and_lies_in_the_grid_of_its_point() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = PlaceId(hall.fresh());
        let once = place::add(&hall.app, &worker(GRID), id, &a_school("育才小学")).await.unwrap();
        let again = place::add(&hall.app, &worker(GRID), id, &a_school("育才小学")).await.unwrap();
        assert_eq!((once.replayed, again.replayed), (false, true));
        assert_eq!(once.place, again.place);
        assert_eq!(once.place.areas.grid, Some(GRID));
        let other = place::add(&hall.app, &worker(GRID), id, &a_school("实验小学")).await;
        assert!(matches!(other, Err(AppError::KeyReused)), "{other:?}");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_number_belongs_to_one_thing() {
    on_both(async |store| {
        let hall = furnished(store).await;
        added(&hall, &a_lamp("L-1")).await;
        let no =
            place::add(&hall.app, &worker(GRID), PlaceId(hall.fresh()), &a_lamp("L-1")).await.unwrap_err();
        assert_eq!(field_of(no), ("/number".to_owned(), "taken"));
        let second = added(&hall, &a_lamp("L-2")).await;
        let change = PlaceCommand::Change { place: Box::new(a_lamp("L-1")) };
        let no = place::act(&hall.app, &worker(GRID), second, ActId(hall.fresh()), None, &change)
            .await
            .unwrap_err();
        assert_eq!(field_of(no), ("/number".to_owned(), "taken"));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_is_told_by_its_field() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let no = |new: PlaceIn| {
            let (app, id) = (hall.app.clone(), PlaceId(hall.fresh()));
            async move { field_of(place::add(&app, &worker(GRID), id, &new).await.unwrap_err()).0 }
        };
        let school = a_school("育才小学");
        assert_eq!(no(PlaceIn { kind: "castle".into(), ..school.clone() }).await, "/kind");
        assert_eq!(no(PlaceIn { name: " ".into(), ..school.clone() }).await, "/name");
        assert_eq!(no(PlaceIn { point: None, ..school.clone() }).await, "/point");
        let paris = Some(domain::geo::LngLat { lng: 2.35, lat: 48.85 });
        assert_eq!(no(PlaceIn { point: paris, ..school.clone() }).await, "/point");
        assert_eq!(no(PlaceIn { state: Some(State::Missing), ..school.clone() }).await, "/state");
        let facts = BTreeMap::from([("pupils".to_owned(), json!("many"))]);
        assert_eq!(no(PlaceIn { facts, ..school }).await, "/facts/pupils");
    })
    .await;
}

#[tokio::test]
async fn what_is_not_theirs_to_see_does_not_exist() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        for stranger in [worker(AreaId(11)), desk(TEMPLE), desk(WEST), resident(1)] {
            let no = place::look(&hall.app, &stranger, id).await.unwrap_err();
            assert!(matches!(no, AppError::NotFound { .. }), "{:?}", stranger.role);
            let no = inspects(&hall, &stranger, id, json!({"exit": "free"})).await.unwrap_err();
            assert!(matches!(no, AppError::NotFound { .. }), "{:?}: {no}", stranger.role);
            let (rows, _) =
                place::list(&hall.app, &stranger, &place::Asked { limit: 9, ..Default::default() })
                    .await
                    .unwrap();
            assert_eq!(rows, []);
        }
        for one in [worker(GRID), desk(BRIDGE), desk(CITY), leader(EAST), handler(ROADS_EAST)] {
            assert!(place::look(&hall.app, &one, id).await.is_ok(), "{:?}", one.role);
        }
        let no = inspects(&hall, &leader(EAST), id, json!({"exit": "free"})).await.unwrap_err();
        assert!(matches!(no, AppError::NotTheirs { .. }), "who sees it is told that it is not theirs: {no}");
    })
    .await;
}

#[tokio::test]
async fn what_fails_becomes_a_case_for_each_class_in_the_same_act() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        let inspection = InspectionId(hall.fresh());
        let command = looked(json!({"exit": "blocked", "potholes": 2}));
        let done = place::inspect(&hall.app, &worker(GRID), id, inspection, &command).await.unwrap();
        let classes: Vec<&str> =
            done.inspection.finding.cases.iter().map(|(class, _)| class.0.as_str()).collect();
        assert_eq!(classes, ["01001", "02001"]);
        for (class, case) in &done.inspection.finding.cases {
            let view = look_at_case(&hall.app, &desk(BRIDGE), *case).await.unwrap();
            assert_eq!(view.case.ancestors().grid, Some(GRID));
            assert_eq!(view.case.class(), Some(class));
            let source = place::source_of_case(&hall.app, &desk(BRIDGE), *case).await.unwrap().unwrap();
            assert_eq!(
                (source.place, source.inspection),
                (id, inspection),
                "and the case knows where it was found"
            );
        }
        let again = place::inspect(&hall.app, &worker(GRID), id, inspection, &command).await.unwrap();
        assert!(again.replayed);
        assert_eq!(
            (again.inspection, again.due),
            (done.inspection, done.due),
            "sent again, it is the first answer"
        );
        let other =
            place::inspect(&hall.app, &worker(GRID), id, inspection, &looked(json!({"exit": "free"}))).await;
        assert!(matches!(other, Err(AppError::KeyReused)));
        let view = place::look(&hall.app, &desk(BRIDGE), id).await.unwrap();
        assert_eq!((view.inspections.len(), view.place.version, view.acts.len()), (1, 2, 2));
        let told = serde_json::to_string(&view.acts[1].act).unwrap();
        assert!(!told.contains("seconds"), "how long one person took stands in no record: {told}");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn inspections_sent_at_once_are_all_done_and_each_once() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        let keys: Vec<InspectionId> = (0..6).map(|_| InspectionId(hall.fresh())).collect();
        let command = looked(json!({"exit": "blocked"}));
        let sent = keys.iter().chain(&keys).map(|key| {
            let (app, key, command) = (hall.app.clone(), *key, command.clone());
            tokio::spawn(async move { place::inspect(&app, &worker(GRID), id, key, &command).await })
        });
        for answer in sent.collect::<Vec<_>>() {
            answer.await.unwrap().unwrap();
        }
        let view = place::look(&hall.app, &worker(GRID), id).await.unwrap();
        assert_eq!((view.inspections.len(), view.place.version), (6, 7));
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_an_older_version_is_taken_and_an_unknown_version_is_said() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        let more = json!({"name": "guard", "type": "text", "label": {"zh": "门卫", "en": "Guard"}, "required": true});
        assert_eq!(form::save(&hall.app, &admin(), None, &school_form(&[more])).await.unwrap(), 2);
        inspects(&hall, &worker(GRID), id, json!({"exit": "free"})).await.unwrap();
        let newer = InspectCommand { form_version: 2, ..looked(json!({"exit": "free"})) };
        let no = place::inspect(&hall.app, &worker(GRID), id, InspectionId(hall.fresh()), &newer).await.unwrap_err();
        assert_eq!(field_of(no), ("/answers/guard".to_owned(), "missing"));
        let never = InspectCommand { form_version: 9, ..newer };
        let no = place::inspect(&hall.app, &worker(GRID), id, InspectionId(hall.fresh()), &never).await.unwrap_err();
        assert_eq!(no.to_string(), "there is no version 9 of school: there are 1 to 2");
        let ahead = InspectCommand {
            made_at: Some(hall.app.clock.now() + SignedDuration::from_hours(24 * 365)),
            ..looked(json!({"exit": "free"}))
        };
        let no = place::inspect(&hall.app, &worker(GRID), id, InspectionId(hall.fresh()), &ahead).await.unwrap_err();
        assert_eq!(field_of(no).0, "/made_at");
    })
    .await;
}

#[tokio::test]
async fn a_picture_that_is_not_here_is_asked_for_and_one_that_is_goes_with_the_case() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        let missing = uuid::Uuid::from_u128(5).to_string();
        let no = inspects(&hall, &worker(GRID), id, json!({"exit": "blocked", "seen": [missing]}))
            .await
            .unwrap_err();
        assert_eq!(field_of(no), ("/answers/seen".to_owned(), "unknown"));
        let paper = hall.app.attach(None, b"%PDF-1.4\n%%EOF\n").await.unwrap();
        let done =
            inspects(&hall, &worker(GRID), id, json!({"exit": "blocked", "seen": [paper.id.to_string()]}))
                .await
                .unwrap();
        let inspection = done.inspection.finding.inspection;
        let (_, photos) = place::inspection(&hall.app, &desk(BRIDGE), inspection).await.unwrap();
        assert_eq!(photos, [paper.id]);
        assert!(place::inspection(&hall.app, &desk(WEST), inspection).await.is_err());
        let case = look_at_case(&hall.app, &desk(BRIDGE), done.inspection.finding.cases[0].1).await.unwrap();
        assert_eq!(case.case.reported().evidence[0].attachment, paper.id);
    })
    .await;
}

#[tokio::test]
async fn what_is_due_stands_in_the_day_of_whoever_has_the_grid() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        added(&hall, &a_lamp("L-1")).await;
        let day = |n: i64| date(2026, 3, 2).checked_add(jiff::Span::new().days(n)).unwrap();
        let due = async |day| place::due_in(&hall.app, &worker(GRID), &[GRID], day).await.unwrap();
        assert_eq!(due(day(28)).await.len(), 1, "a new one is due within four weeks; a lamp has no plan");
        let done = inspects(&hall, &worker(GRID), id, json!({"exit": "free"})).await.unwrap();
        assert_eq!(done.due, Some(day_number(day(30))));
        assert_eq!(due(day(29)).await, []);
        let item = due(day(33)).await.remove(0);
        assert_eq!((item.id, item.minutes, item.grid), (id.0, 6, GRID));
        assert_eq!(item.reason.zh, "学校 到期检查，已逾期 3 天");
        assert_eq!(place::due_in(&hall.app, &worker(AreaId(11)), &[GRID], day(33)).await.unwrap(), []);
        inspects(&hall, &worker(GRID), id, json!({"exit": "blocked"})).await.unwrap();
        assert_eq!(due(day(7)).await[0].reason.zh, "学校 上次 1 项不合格，复查");

        // Another interval, and everything is due anew at once.
        let mut shorter = some_kinds();
        shorter.kinds[0].after_failing_days = Some(2);
        kinds::save_kinds(&hall.app, &admin(), None, &shorter).await.unwrap();
        assert_eq!(due(day(2)).await.len(), 1);
        let filter = Filter { sort: Some(Sort::Place), ..Filter::default() };
        let told = place::overview(&hall.app, &desk(EAST), &filter).await.unwrap();
        assert_eq!(
            (told.kinds["school"].n, told.kinds["school"].failing, told.kinds["school"].due),
            (1, 1, 0)
        );
        hall.app.clock.pass(SignedDuration::from_hours(24 * 3));
        let told = place::overview(&hall.app, &desk(EAST), &filter).await.unwrap();
        assert_eq!((told.kinds["school"].due, told.kinds["school"].overdue), (1, 1));
        let asked = place::Asked { filter, order: Order::Due, after: None, limit: 10 };
        let (rows, next) = place::list(&hall.app, &desk(EAST), &asked).await.unwrap();
        assert_eq!((rows.len(), rows[0].1, next), (1, Some(day_number(day(2))), None));
    })
    .await;
}

#[tokio::test]
async fn a_place_out_of_use_needs_a_reason_and_is_inspected_no_more() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        let retire = |note: &str| PlaceCommand::SetState { state: State::Retired, note: note.into() };
        let act = async |command: PlaceCommand| {
            place::act(&hall.app, &worker(GRID), id, ActId(hall.fresh()), None, &command).await
        };
        assert_eq!(field_of(act(retire(" ")).await.unwrap_err()).0, "/note");
        assert_eq!(act(retire("合并到实验小学")).await.unwrap().place.state, State::Retired);
        let no = inspects(&hall, &worker(GRID), id, json!({"exit": "free"})).await.unwrap_err();
        assert_eq!(no.to_string(), "it is retired: set its state to intact first");
        assert_eq!(
            act(PlaceCommand::SetState { state: State::Intact, note: String::new() })
                .await
                .unwrap()
                .place
                .version,
            3
        );
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_worker_does_not_carry_a_place_out_of_their_grid() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = added(&hall, &a_school("育才小学")).await;
        let away = PlaceCommand::Move { point: Some(city::middle_of(AreaId(12))), area: None, address: None };
        let no =
            place::act(&hall.app, &worker(GRID), id, ActId(hall.fresh()), None, &away).await.unwrap_err();
        assert!(matches!(no, AppError::NotTheirs { .. }), "{no}");
        let moved =
            place::act(&hall.app, &desk(EAST), id, ActId(hall.fresh()), Some(1), &away).await.unwrap();
        assert_eq!((moved.place.areas.grid, moved.place.areas.township), (Some(AreaId(12)), Some(TEMPLE)));
        let late = place::act(&hall.app, &desk(EAST), id, ActId(hall.fresh()), Some(1), &away).await;
        assert!(matches!(late, Err(AppError::Stale { now: 2 })));
    })
    .await;
}

#[tokio::test]
async fn places_follow_when_their_areas_change() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let by_point = added(&hall, &a_school("育才小学")).await;
        let by_area = PlaceIn { point: None, area: Some(GRID), ..a_school("实验小学") };
        let by_area = added(&hall, &by_area).await;
        let apart = PlaceIn { point: Some(city::middle_of(AreaId(12))), ..a_school("庙前小学") };
        let apart_id = PlaceId(hall.fresh());
        place::add(&hall.app, &worker(AreaId(12)), apart_id, &apart).await.unwrap();
        let square = |west: f64, east: f64| json!([[[[west, 36.0], [east, 36.0], [east, 36.01], [west, 36.01], [west, 36.0]]]]);
        let half = |code: &str, west, east| json!({ "area": { "code": code, "name_zh": "网格", "polygon": square(west, east) } });
        let split = json!({"changes": [{ "change": "split", "area": "379901001001001", "into": [
            half("379901001001011", 116.0, 116.003), half("379901001001012", 116.003, 116.01)] }]});
        let asked = changes::Asked {
            id: AreaChangeId(hall.fresh()),
            on: None,
            note: "区划调整".into(),
            changes: changes::read(split, Crs::Wgs84).unwrap().changes,
            accept_flaws: false,
        };
        assert!(matches!(changes::save(&hall.app, &admin(), &asked).await.unwrap(), Outcome::Saved { .. }));
        sweep(&hall.app, "here").await.unwrap();
        let city = hall.app.city();
        let code = async |id| {
            let view = place::look(&hall.app, &desk(CITY), id).await.unwrap();
            let grid = view.place.areas.grid.and_then(|it| city.area(it)).unwrap();
            (grid.code.to_string(), view.place.version)
        };
        assert_eq!(code(by_point).await, ("379901001001012".to_owned(), 2), "by its point");
        assert_eq!(code(by_area).await, ("379901001001011".to_owned(), 2), "else to the successor named first");
        assert_eq!(code(apart_id).await.1, 1, "who is not concerned stays");
        sweep(&hall.app, "here").await.unwrap();
        assert_eq!(code(by_point).await.1, 2, "nothing is done twice");
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn what_forms_cost_is_told_by_department_and_never_of_few() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let month = Month::new(2026, 3).unwrap();
        let mut ids = Vec::new();
        for grid in 10..14 {
            let school = PlaceIn { point: Some(city::middle_of(AreaId(grid))), ..a_school("小学") };
            let id = PlaceId(hall.fresh());
            place::add(&hall.app, &worker(AreaId(grid)), id, &school).await.unwrap();
            inspects(&hall, &worker(AreaId(grid)), id, json!({"exit": "free"})).await.unwrap();
            ids.push(id);
        }
        let told = burden::of(&hall.app, CITY, month).await.unwrap();
        assert_eq!(
            (told.minutes_per_worker_day, told.departments.len(), told.hidden),
            (None, 0, 1),
            "four are few"
        );
        // One more, who measured nothing: the form's own six minutes count.
        let fifth = Actor { person: Some(super::hall::person(77)), ..worker(GRID) };
        let unmeasured = InspectCommand { seconds: None, ..looked(json!({"exit": "free"})) };
        place::inspect(&hall.app, &fifth, ids[0], InspectionId(hall.fresh()), &unmeasured).await.unwrap();
        let told = burden::of(&hall.app, CITY, month).await.unwrap();
        let line = &told.departments[0];
        assert_eq!(
            (line.owner.as_str(), line.minutes_per_worker_day, line.measured_pct),
            ("roads.3799", 2.4, 80)
        );
        assert_eq!(told.forms[0].form, "school");
        assert_eq!(
            burden::of(&hall.app, BRIDGE, month).await.unwrap().departments,
            [],
            "of a township with three, nothing"
        );
        let no = burden::of(&hall.app, GRID, month).await.unwrap_err();
        assert_eq!(field_of(no).0, "?area");
        assert_eq!(burden::of(&hall.app, CITY, month.plus(1)).await.unwrap().departments, []);
    })
    .await;
}

const FILE: &str = "种类,名称,编号,经度,纬度,网格,权属单位,状态,学生数\n\
    学校,育才小学,S-1,116.005,36.005,,,,820\n\
    school,实验小学,,,,379901001001002,,,\n";

#[tokio::test]
async fn a_file_says_what_each_row_would_do_and_the_same_again_changes_nothing() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let (city, kinds) = (hall.app.city(), some_kinds());
        let read = |text: &str| read_table(text.as_bytes(), Sort::Place, Crs::Wgs84, &city, &kinds);
        let send = async |text: &str, how| {
            bring(&hall.app, &desk(EAST), Sort::Place, read(text), how).await.unwrap()
        };
        let would = send(FILE, How::Preview).await;
        assert_eq!((would.count(Fate::New), would.done, would.findings.len()), (2, false, 0));
        let (none, _) = place::list(&hall.app, &desk(EAST), &place::Asked { limit: 9, ..Default::default() })
            .await
            .unwrap();
        assert_eq!(none, [], "a preview keeps nothing");
        assert!(send(FILE, How::Whole).await.done);
        let again = send(FILE, How::Whole).await;
        assert_eq!((again.count(Fate::Same), again.count(Fate::New)), (2, 0));
        let changed = FILE.replace("育才小学", "育才学校").replace("36.005,,,,820", "36.005,,,停用,900");
        let changed = send(&changed, How::Whole).await;
        assert_eq!((changed.count(Fate::Changed), changed.count(Fate::Same)), (1, 1));
        let view = place::look(&hall.app, &desk(EAST), changed.rows[0].id.unwrap()).await.unwrap();
        assert_eq!(
            (view.place.told.name.as_str(), view.place.state, view.place.version),
            ("育才学校", State::Retired, 3)
        );
        let back = send(FILE, How::Whole).await;
        assert!(!back.done, "a place out of use is not changed by the way");
        assert_eq!(back.findings[0].says, "it is retired: set its state to intact first");
        let back = send(&FILE.replace("36.005,,,,", "36.005,,,完好,"), How::Whole).await;
        assert!(back.done, "{:?}", back.findings);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn rows_that_stand_in_the_way_are_told_by_row_and_column_and_keep_the_file_out() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let (city, kinds) = (hall.app.city(), some_kinds());
        let text = "kind,name,lng,lat,owner,pupils,colour\n\
            castle,a,116.005,36.005,,,red\nschool,b,36.005,116.005,,,\nschool,c,116.005,36.005,nobody,,\n\
            school,d,116.045,36.005,,,\nschool,e,116.005,36.005,,many,\nschool,f,116.005,36.005,,7,\nschool,f,116.005,36.005,,7,\n";
        let read = || read_table(text.as_bytes(), Sort::Place, Crs::Wgs84, &city, &kinds);
        let brought = bring(&hall.app, &desk(EAST), Sort::Place, read(), How::Whole).await.unwrap();
        assert!(!brought.done);
        let told: Vec<String> = brought.findings.iter().map(|it| format!("{} {}", it.at, it.column)).collect();
        assert_eq!(told, ["row 1 G", "row 2 kind", "row 3 lng", "row 4 owner", "row 5 lng", "row 6 pupils", "row 8 name"]);
        let brought = bring(&hall.app, &desk(EAST), Sort::Place, read(), How::WithoutBad).await.unwrap();
        assert_eq!((brought.done, brought.count(Fate::New)), (true, 1));
        for bytes in ["", "a,b\n1,2\n", "%PDF-1.7"] {
            let read = read_table(bytes.as_bytes(), Sort::Place, Crs::Wgs84, &city, &kinds);
            assert_eq!((read.drafts.len(), read.findings.len()), (0, 1), "{bytes}");
        }
        let stranger = bring(&hall.app, &leader(EAST), Sort::Place, read(), How::Whole).await;
        assert!(matches!(stranger, Err(AppError::NotFound { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_is_given_out_is_read_back_and_runs_in_no_spreadsheet() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let (city, kinds) = (hall.app.city(), some_kinds());
        added(&hall, &PlaceIn { number: "S-1".into(), ..a_school("=HYPERLINK(\"http://x\")") }).await;
        added(&hall, &PlaceIn { number: "S-2".into(), ..a_school("育才小学") }).await;
        let filter = Filter::default();
        let csv = export_csv(&hall.app, &desk(EAST), Sort::Place, &filter, Crs::Gcj02).await.unwrap();
        let text = String::from_utf8(csv.clone()).unwrap();
        assert!(text.contains("'=HYPERLINK"), "{text}");
        let read = read_table(&csv, Sort::Place, Crs::Gcj02, &city, &kinds);
        let brought = bring(&hall.app, &desk(EAST), Sort::Place, read, How::Preview).await.unwrap();
        assert_eq!((brought.count(Fate::New), brought.findings.len()), (0, 0), "{brought:?}");
        let json = export_geojson(&hall.app, &desk(EAST), Sort::Place, &filter, Crs::Bd09).await.unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        let read = read_geojson(&json, Sort::Place, Crs::Bd09, &city, &kinds);
        let brought = bring(&hall.app, &desk(EAST), Sort::Place, read, How::Preview).await.unwrap();
        assert_eq!(
            (brought.rows.len(), brought.count(Fate::New), brought.findings.len()),
            (2, 0, 0),
            "{brought:?}"
        );
        let csv = export_csv(&hall.app, &desk(WEST), Sort::Place, &filter, Crs::Wgs84).await.unwrap();
        assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 1, "nothing of another county");
    })
    .await;
}
