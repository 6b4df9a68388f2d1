//! Reporting, listing, counting: keys, filters, pages, rights.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::hall::{Hall, Reply, a_report, hall, posting};

const CASES: &str = "/api/v1/cases";

async fn report(hall: &Hall, key: Uuid, body: &Value) -> Reply {
    let request = hall.request("worker", "POST", CASES).header("idempotency-key", key.to_string());
    hall.send(posting(request, body)).await
}

#[tokio::test]
async fn the_same_report_twice_is_one_case_and_one_answer() {
    on_both(async |store| {
        let (hall, key) = (hall(store).await, Uuid::now_v7());
        let first = report(&hall, key, &a_report()).await;
        assert_eq!((first.status, first.header("location")), (201, format!("{CASES}/{key}").as_str()));
        assert_eq!(first.header("etag"), "\"v1\"");
        let again = report(&hall, key, &a_report()).await;
        assert_eq!((again.status, again.header("idempotent-replay")), (200, "true"));
        assert_eq!(again.json["id"], first.json["id"]);
        let mut other = a_report();
        other["text"] = json!("别的事");
        assert_eq!(report(&hall, key, &other).await.problem().1, "key_reused");
        assert_eq!(hall.get("worker", CASES).await.json["total"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_caller_who_wants_little_gets_little() {
    on_both(async |store| {
        let hall = hall(store).await;
        let request = hall.request("worker", "POST", CASES).header("prefer", "return=minimal");
        let reply = hall.send(posting(request, &a_report())).await;
        assert_eq!((reply.status, reply.header("etag"), &reply.json["version"]), (201, "\"v1\"", &json!(1)));
        assert!(reply.json.get("text").is_none());
    })
    .await;
}

#[rustfmt::skip] // a table, best read as one
fn wrong_reports() -> Vec<(Value, &'static str)> {
    vec![
        (json!({}),                                                           "/text"),
        (json!({ "text": "x", "place": { "lng": 200, "lat": 36 } }),           "/place/lng"),
        (json!({ "text": "x", "place": { "lng": 36, "lat": 116 } }),           "/place/lat"),
        (json!({ "text": "x", "place": { "lng": 116.005 } }),                  "/place/lat"),
        (json!({ "text": "x", "place": { "lng": "1", "lat": 1 } }),            "/place/lng"),
        (json!({ "text": "x", "place": { "lng": 1, "lat": 1, "crs": "x" } }),  "/place/crs"),
        (json!({ "text": "x", "place": { "alt": 1 } }),                        "/place/alt"),
        (json!({ "text": "x", "channel": "pigeon" }),                          "/channel"),
        (json!({ "text": "x", "evidence": [{ "attachment": Uuid::nil() }] }),  "/evidence/0/attachment"),
        (json!({ "text": "x", "happened_at": "yesterday" }),                   "/happened_at"),
        (json!({ "text": "x", "id": "7" }),                                    "/id"),
    ]
}

#[tokio::test]
async fn a_report_that_makes_no_sense_names_the_field() {
    on_both(async |store| {
        let hall = hall(store).await;
        for (body, path) in wrong_reports() {
            let reply = hall.post("worker", CASES, &body).await;
            assert_eq!(reply.problem(), (422, "invalid", path), "{body}: {}", reply.json);
        }
        assert_eq!(hall.get("worker", CASES).await.json["total"], 0);
    })
    .await;
}

#[tokio::test]
async fn pages_show_each_case_once() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut made = BTreeSet::new();
        for _ in 0..7 {
            hall.hours_pass(1);
            made.insert(hall.reported().await);
        }
        for sort in ["due", "-reported"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = hall.get("desk", &format!("{CASES}?sort={sort}&limit=3{cursor}")).await.json;
                assert_eq!(page["total"], 7);
                seen.extend(
                    page["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|row| row["id"].as_str().unwrap().to_owned()),
                );
                let Some(next) = page["next"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (7, made.clone()), "{sort}");
        }
    })
    .await;
}

#[rustfmt::skip] // a table, best read as one
const FILTERS: &[(&str, i64)] = &[
    ("",                                        2),
    ("step:reported",                           1),
    ("step:filed,reported",                     2),
    ("stage:2",                                 1),
    ("class:01001",                             2),
    ("class:02001",                             0),
    ("area:10",                                 2),
    ("area:379901",                             2),
    ("area:12",                                 0),
    ("state:open",                              2),
    ("state:late",                              1),
    ("state:closed",                            0),
    ("channel:worker",                          2),
    ("reported:>2026-03-01",                    2),
    ("reported:<2026-03-01",                    0),
    ("reported:2026-03-01..2026-03-05",         2),
    ("text:积水",                               2),
    ("text:\"no such words\"",                  0),
    ("step:reported state:late",                1),
    ("unit:2",                                  0),
];

#[tokio::test]
async fn a_filter_answers_what_it_says() {
    on_both(async |store| {
        let hall = hall(store).await;
        let filed = hall.reported().await;
        hall.acts("desk", &filed, json!({ "act": "file", "class": "01001" })).await;
        hall.reported().await;
        hall.hours_pass(1);
        for (filter, count) in FILTERS {
            let encoded: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            let page = hall.get("desk", &format!("{CASES}?filter={encoded}")).await;
            assert_eq!(page.json["total"], json!(count), "{filter}: {}", page.json);
        }
        let counts = hall
            .get("desk", "/api/v1/cases/counts?v=all=state:open&v=late=state:late&filter=step:reported")
            .await;
        assert_eq!(counts.json, json!({ "all": 1, "late": 1 }));
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_refused_rather_than_left_out() {
    on_both(async |store| {
        let hall = hall(store).await;
        for filter in [
            "stepp:filed",
            "step:gone",
            "stage:x",
            "area:99",
            "due:soon",
            "words",
            "state:lost",
            "no:12",
            "unit:x",
        ] {
            let reply = hall.get("desk", &format!("{CASES}?filter={filter}")).await;
            assert_eq!(reply.problem(), (422, "invalid", "?filter"), "{filter}");
        }
        for (query, path) in [
            ("limit=0", "?limit"),
            ("limit=501", "?limit"),
            ("sort=x", "?sort"),
            ("cursor=x", "?cursor"),
            ("x=1", "?x"),
        ] {
            assert_eq!(hall.get("desk", &format!("{CASES}?{query}")).await.problem(), (422, "invalid", path));
        }
    })
    .await;
}

#[tokio::test]
async fn a_case_is_found_by_its_number() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported().await;
        let case = hall.get("desk", &format!("{CASES}/{id}")).await.json;
        let no = case["no"].as_str().unwrap();
        assert_eq!(hall.get("desk", &format!("{CASES}/{no}")).await.json["id"], case["id"]);
        assert_eq!(hall.get("desk", &format!("{CASES}?filter=no:{no}")).await.json["total"], 1);
    })
    .await;
}

#[tokio::test]
async fn what_one_may_not_see_looks_like_what_is_not_there() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported().await;
        let mut answers = Vec::new();
        for id in [id.as_str(), &Uuid::now_v7().to_string(), "260302-000000", "nonsense"] {
            for path in ["", "/log", "/duplicates"] {
                answers.push(hall.get("harbour", &format!("{CASES}/{id}{path}")).await);
            }
            answers.push(
                hall.post("harbour", &format!("{CASES}/{id}/acts"), &json!({ "act": "urge", "note": "x" }))
                    .await,
            );
        }
        for answer in &answers {
            assert_eq!((answer.status, &answer.json), (404, &answers[0].json));
        }
        assert_eq!(hall.get("harbour", &format!("{CASES}?filter=area:{}", 10)).await.json["total"], 0);
    })
    .await;
}

#[tokio::test]
async fn two_reports_of_the_same_hole_are_suggested_to_each_other() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (first, second) = (hall.reported().await, hall.reported().await);
        let found = hall.get("desk", &format!("{CASES}/{second}/duplicates")).await.json;
        assert_eq!(found["items"][0]["id"], json!(first));
        assert!(found["items"][0]["score"].as_f64().unwrap() > 0.9);
        let text: String = form_urlencoded::byte_serialize("路面有坑".as_bytes()).collect();
        let at_entry = hall
            .get("worker", &format!("{CASES}/duplicates?lng=116.005&lat=36.005&class=01001&text={text}"))
            .await
            .json;
        assert_eq!(at_entry["items"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn any_uuid_is_a_key_but_only_one_with_a_day_is_the_case_s_id() {
    on_both(async |store| {
        let hall = hall(store).await;
        let random: Uuid = "9f0c3a1e-2b4c-4def-8123-456789abcdef".parse().unwrap();
        let first = report(&hall, random, &a_report()).await;
        assert_eq!(first.status, 201);
        assert_ne!(first.json["id"], json!(random));
        let again = report(&hall, random, &a_report()).await;
        assert_eq!((again.status, &again.json["id"]), (200, &first.json["id"]));
        let mut other = a_report();
        other["text"] = json!("另一处");
        assert_eq!(report(&hall, random, &other).await.problem().1, "key_reused");
        let number = first.json["no"].as_str().unwrap();
        for said in [number, &number[7..], &number[7..].to_lowercase()] {
            let found = hall.get("worker", &format!("{CASES}/{said}")).await;
            assert_eq!(found.json["id"], first.json["id"], "{said}");
        }
        assert_eq!(hall.get("harbour", &format!("{CASES}/{}", &number[7..])).await.status, 404);
        let own = Uuid::now_v7();
        assert_eq!(report(&hall, own, &a_report()).await.json["id"], json!(own));
    })
    .await;
}

#[tokio::test]
async fn a_list_tells_whose_turn_it_is_and_a_word_it_does_not_know_with_those_it_does() {
    on_both(async |store| {
        let hall = hall(store).await;
        hall.reported().await;
        let total = async |filter: &str| {
            hall.get("desk", &format!("{CASES}?filter={filter}")).await.json["total"].clone()
        };
        assert_eq!((total("turn:verify").await, total("turn:postpone").await), (json!(1), json!(0)));
        let refused = hall.get("desk", &format!("{CASES}?filter=turn:mine")).await;
        assert!(
            refused.json["fields"][0]["detail"].as_str().unwrap().contains("postpone"),
            "{}",
            refused.json
        );
    })
    .await;
}
