//! The index over HTTP: its framework, editions, and what can be asked of one.

use domain::area::Level;
use domain::id::{AreaId, IntakeId};
use domain::intake::{Figure, State, digest};
use domain::month::Month;
use serde_json::{Value, json};
use store::Batch;
use store::intake::{Given, Intake, sign};
use store::testing::on_both;
use uuid::Uuid;

use crate::city::{EAST, WEST};
use crate::hall::{Hall, hall};

pub const EDITIONS: &str = "/api/v1/index/editions";
const FRAMEWORK: &str = "/api/v1/index/framework";

fn framework() -> Value {
    let row = |code: &str, level: u8, parent: &str, standard: &str| {
        json!({ "code": code, "level": level, "parent": parent, "name_zh": code, "name_en": code,
            "unit": if level == 2 { "per 10k" } else { "score" }, "direction": 1, "dimension": "d", "aspect": "a",
            "department": "roads.3799", "scoring_standard": standard, "weight": if level == 2 { 0.5 } else { 1.0 } })
    };
    json!({
        "due_day": 10,
        "rows": [
            row("A", 1, "INDEX", "weighted arithmetic mean of level-2"),
            row("A1", 2, "A", "linear;bounds=data:q05..q95;window=12m;den=population;eb=gamma-poisson"),
            row("A2", 2, "A", "linear;bounds=fixed:0..10"),
        ],
        "bases": [{ "code": "population", "name_zh": "人口", "name_en": "Residents", "unit": "number",
            "department": "roads.3799" }],
    })
}

fn figure(indicator: &str, area: AreaId, month: Month) -> Figure {
    let indicator = indicator.to_owned();
    Figure { indicator, area, month, num: None, den: None, value: None, se: None, n: None, remark: None }
}

/// Six months to January 2026 of both counties.
async fn figures(hall: &Hall) {
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    for (n, month) in Month::range("2025-08".parse().unwrap(), "2026-01".parse().unwrap()).enumerate() {
        let mut all = Vec::new();
        for (area, people) in [(EAST, 300_000.0), (WEST, 200_000.0)] {
            all.push(Figure { value: Some(people), ..figure("population", area, month) });
            let events = 20.0 + (n as f64 * 7.0 + f64::from(area.0) * 5.0) % 9.0;
            all.push(Figure { num: Some(events), ..figure("A1", area, month) });
            all.push(Figure { value: Some(f64::from(area.0) + 2.0), ..figure("A2", area, month) });
        }
        let id = IntakeId(Uuid::from_u128(n as u128 + 1));
        let intake = Intake {
            id,
            key: digest(&all),
            department: "roads.3799".to_owned(),
            month,
            state: State::Saved,
            person: None,
            note: String::new(),
            file: None,
            saved: at,
            ended_by: None,
            signed: None,
            discarded: None,
            n_figures: all.len() as u32,
            n_changed: 0,
            n_doubts: 0,
        };
        let given: Vec<Given> =
            all.into_iter().map(|figure| Given { figure, level: Level::County, z: None }).collect();
        let batch = intake.insert(Batch::new("intake"), &given).with(sign(id, None, at));
        hall.app.store.commit(batch).await.unwrap();
    }
}

async fn put(hall: &Hall, who: &str, path: &str, tag: &str, body: &Value) -> crate::hall::Reply {
    let request = hall.request(who, "PUT", path).header("if-match", tag);
    hall.send(crate::hall::posting(request, body)).await
}

pub async fn published(hall: &Hall) -> String {
    figures(hall).await;
    assert_eq!(put(hall, "analyst", FRAMEWORK, "\"v0\"", &framework()).await.status, 200);
    let made = hall.post("analyst", EDITIONS, &json!({ "month": "2026-01" })).await;
    assert_eq!(made.status, 201, "{}", made.json);
    let id = made.json["id"].as_str().unwrap().to_owned();
    for step in ["review", "publish"] {
        let done = hall.post("leader", &format!("{EDITIONS}/{id}/{step}"), &json!({})).await;
        assert_eq!(done.status, 200, "{}", done.json);
    }
    id
}

#[tokio::test]
async fn a_framework_is_kept_in_versions_and_its_faults_are_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        let none = hall.get("desk", FRAMEWORK).await;
        assert_eq!((none.json["version"].clone(), none.header("etag")), (json!(0), "\"v0\""));
        let saved = put(&hall, "analyst", FRAMEWORK, "\"v0\"", &framework()).await;
        assert_eq!((saved.status, &saved.json), (200, &json!({ "version": 1 })));
        assert_eq!(put(&hall, "analyst", FRAMEWORK, "\"v0\"", &framework()).await.status, 412);
        assert_eq!(put(&hall, "desk", FRAMEWORK, "\"v1\"", &framework()).await.status, 404);
        let mut other = framework();
        other["rows"][2]["scoring_standard"] = json!("linear;bounds=fixed:0..");
        let preview = format!("{FRAMEWORK}/preview");
        let told = hall.post("analyst", &preview, &other).await;
        assert_eq!(told.problem(), (422, "invalid", "/rows/2/scoring_standard"));
        other["rows"][2]["scoring_standard"] = json!("linear;bounds=fixed:0..20");
        let told = hall.post("analyst", &preview, &other).await;
        assert_eq!(told.json["rows"]["changed"][0]["fields"][0]["field"], "scoring_standard");
        assert_eq!(put(&hall, "analyst", FRAMEWORK, "\"v1\"", &other).await.json["version"], 2);
        let old = hall.get("desk", &format!("{FRAMEWORK}?version=1")).await;
        assert_eq!(old.json["framework"]["rows"][2]["scoring_standard"], "linear;bounds=fixed:0..10");
        let choices = hall.get("analyst", "/api/v1/index/choices").await;
        let mut wrong = choices.json["choices"].clone();
        wrong["sure"] = json!(2.0);
        let told = put(&hall, "analyst", "/api/v1/index/choices", "\"v0\"", &wrong).await;
        assert_eq!(told.problem(), (422, "invalid", "/sure"));
    })
    .await;
}

#[tokio::test]
async fn two_people_make_an_edition_that_everybody_may_read() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = published(&hall).await;
        for name in ["latest", "2026-01", "2026-01.0", id.as_str()] {
            let one = hall.get("worker", &format!("{EDITIONS}/{name}")).await;
            assert_eq!((one.status, one.json["id"].as_str()), (200, Some(id.as_str())), "{name}");
        }
        assert_eq!(hall.get("worker", &format!("{EDITIONS}/2025-12")).await.status, 404);
        let ranking = hall.get("worker", &format!("{EDITIONS}/latest/ranking")).await;
        assert_eq!(
            (ranking.json["items"][0]["rank"].clone(), ranking.json["nodes"][0]["code"].clone()),
            (json!(1), json!("A"))
        );
        let archive = hall.get("worker", &format!("{EDITIONS}/latest/archive")).await;
        assert_eq!(archive.header("content-type"), "application/zip");
        let sha = domain::audit::sha256(&archive.bytes).to_string();
        assert_eq!(hall.get("worker", &format!("{EDITIONS}/{id}")).await.json["sha256"], json!(sha));
        let deeds = hall.get("admin", &format!("/api/v1/deeds?about=edition/{id}")).await;
        assert_eq!(deeds.json["items"][0]["what"]["sha256"], json!(sha), "the record has the hash");
        let list = hall.get("worker", EDITIONS).await;
        assert_eq!(list.json["items"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn each_number_says_why_it_is_what_it_is() {
    on_both(async |store| {
        let hall = hall(store).await;
        published(&hall).await;
        let area = format!("{EDITIONS}/latest/areas/379901");
        let one = hall.get("leader", &area).await;
        assert_eq!(one.status, 200, "{}", one.json);
        assert_eq!((one.json["of"].clone(), one.json["history"].as_array().unwrap().len()), (json!(2), 6));
        let origin = hall.get("leader", &format!("{area}/indicators/A1")).await;
        assert_eq!(origin.json["sources"][1]["indicator"], "population");
        assert_eq!(origin.json["bounds"]["n"], 12);
        let then = hall.get("leader", &format!("{area}/indicators/A2/what-if?value=10")).await;
        assert_eq!(then.json["indicator_then"], 100.0);
        assert_eq!(hall.get("leader", &format!("{area}/indicators/A2/what-if?value=x")).await.status, 422);
        assert_eq!(hall.get("leader", &format!("{area}/indicators/Z")).await.status, 404);
        let last =
            hall.get("leader", &format!("{EDITIONS}/latest/ranking")).await.json["items"][1]["area"].clone();
        let reach =
            hall.get("leader", &format!("{EDITIONS}/latest/areas/{}/reach", last.as_str().unwrap())).await;
        assert_eq!((reach.json["rank"].clone(), reach.json["rank_then"].clone()), (json!(2), json!(1)));
        let far = hall
            .get("leader", &format!("{EDITIONS}/latest/areas/{}/reach?places=9", last.as_str().unwrap()))
            .await;
        assert_eq!(far.status, 409);
        let findings = hall.get("leader", &format!("{EDITIONS}/latest/findings")).await;
        assert!(!findings.json["weak"].as_array().unwrap().is_empty());
        let triangle = hall.get("leader", "/api/v1/index/revisions?area=379901").await;
        assert_eq!(triangle.json["months"].as_array().unwrap().len(), 6);
        let change = hall.get("leader", &format!("{EDITIONS}/latest/change?since=latest")).await;
        assert_eq!(change.json["items"][0]["data"], 0.0);
    })
    .await;
}

#[tokio::test]
async fn a_draft_is_for_those_who_make_it() {
    on_both(async |store| {
        let hall = hall(store).await;
        let none = hall.post("analyst", EDITIONS, &json!({ "month": "2026-01" })).await;
        assert_eq!(none.problem().1, "blocked", "{}", none.json);
        figures(&hall).await;
        put(&hall, "analyst", FRAMEWORK, "\"v0\"", &framework()).await;
        assert_eq!(hall.post("leader", EDITIONS, &json!({ "month": "2026-01" })).await.status, 404);
        let made = hall.post("analyst", EDITIONS, &json!({ "month": "2026-01" })).await;
        let id = made.json["id"].as_str().unwrap();
        assert_eq!(hall.get("worker", &format!("{EDITIONS}/{id}")).await.status, 404);
        assert_eq!(hall.get("worker", EDITIONS).await.json["items"], json!([]));
        assert_eq!(
            hall.post("analyst", &format!("{EDITIONS}/{id}/review"), &json!({})).await.problem().1,
            "blocked"
        );
        let gone = hall.post("analyst", &format!("{EDITIONS}/{id}/discard"), &json!({ "why": "试算" })).await;
        assert_eq!(gone.json["state"], "discarded");
        let early = hall.post("analyst", EDITIONS, &json!({ "month": "2026-09" })).await;
        assert_eq!(early.problem(), (422, "invalid", "/month"));
    })
    .await;
}

#[tokio::test]
async fn long_work_is_asked_for_watched_and_its_result_found_again() {
    on_both(async |store| {
        let hall = hall(store).await;
        published(&hall).await;
        let jobs = format!("{EDITIONS}/latest/jobs");
        assert_eq!(hall.post("worker", &jobs, &json!({ "kind": "audit" })).await.status, 404);
        let wrong = hall.post("analyst", &jobs, &json!({ "kind": "sensitivity", "study": "n = many" })).await;
        assert_eq!(wrong.problem(), (422, "invalid", "/study"));
        let study = "n = 32\n[[input]]\nname = \"weights\"\nkind = \"dirichlet\"\nconcentration = 20\n";
        let asked = hall.post("analyst", &jobs, &json!({ "kind": "sensitivity", "study": study })).await;
        assert_eq!((asked.status, asked.json["state"].clone()), (202, json!("waiting")));
        let job = format!("/api/v1/index/jobs/{}", asked.json["id"].as_str().unwrap());
        assert_eq!(hall.get("analyst", &format!("{job}/result")).await.problem().1, "blocked");
        assert!(app::index::work::step(&hall.app).await.unwrap());
        let done = hall.get("analyst", &job).await;
        assert_eq!((done.json["state"].clone(), done.json["error"].clone()), (json!("done"), Value::Null));
        let result = hall.get("analyst", &format!("{job}/result")).await;
        let found: Value = serde_json::from_slice(&result.bytes).unwrap();
        assert_eq!(found["areas"].as_array().unwrap().len(), 2);
        assert!(found["areas"][0]["rank"].as_f64().unwrap() <= 2.0, "{found}");
        assert!(found["inputs"][0]["total"].as_f64().is_some(), "{found}");
        let events = hall.get("analyst", &format!("{job}/events")).await;
        let text = String::from_utf8(events.bytes.to_vec()).unwrap();
        assert!(text.contains("event: job") && text.contains("\"done\""), "{text}");
        let audit = hall.post("leader", &jobs, &json!({ "kind": "audit" })).await;
        let audit = format!("/api/v1/index/jobs/{}", audit.json["id"].as_str().unwrap());
        assert!(app::index::work::step(&hall.app).await.unwrap());
        let page = hall.get("leader", &format!("{audit}/result")).await;
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{:?}",
            hall.get("leader", &audit).await.json
        );
        let past = json!({ "kind": "backcast", "framework": framework() });
        let past = hall.post("analyst", &jobs, &past).await;
        let gone = hall
            .send(
                hall.request(
                    "analyst",
                    "DELETE",
                    &format!("/api/v1/index/jobs/{}", past.json["id"].as_str().unwrap()),
                )
                .body(axum::body::Body::empty())
                .unwrap(),
            )
            .await;
        assert_eq!(gone.json["state"], "cancelled");
        assert!(!app::index::work::step(&hall.app).await.unwrap(), "nothing is left to do");
        let list = hall.get("analyst", "/api/v1/index/jobs?edition=latest").await;
        assert_eq!(list.json["items"].as_array().unwrap().len(), 3);
    })
    .await;
}
