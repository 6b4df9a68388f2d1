//! The work of a day over HTTP: a worker's day, leave with its preview and decision, notes of hand-over, grids without
//! anybody, duties that pass on.

use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::hall::{GRID, Hall, Reply, hall, posting};

async fn put(hall: &Hall, who: &str, path: &str, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "PUT", path), body)).await
}

async fn person(hall: &Hall, who: &str) -> Value {
    hall.get(who, "/api/v1/session").await.json["person"]["id"].clone()
}

#[tokio::test]
async fn a_worker_sees_their_day_in_one_call() {
    on_both(async |store| {
        let hall = hall(store).await;
        let case = hall.reported().await;
        let day = hall.get("worker", "/api/v1/today").await;
        assert_eq!((day.status, &day.json["items"][0]["id"]), (200, &json!(case)), "{}", day.json);
        assert_eq!(day.json["counts"], json!({ "case": 1 }));
        assert_eq!(day.json["grids"][0]["grid"]["id"], json!(GRID.0));
        assert_eq!(day.json["done"], json!({ "report": 1 }));
        let shifted = hall.get("worker", "/api/v1/today?crs=gcj02").await;
        assert_ne!(shifted.json["items"][0]["lng"], day.json["items"][0]["lng"]);
        assert_eq!(hall.get("worker", "/api/v1/today?crs=moon").await.problem(), (422, "invalid", "?crs"));
        assert_eq!(hall.get("desk", "/api/v1/today").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn leave_goes_from_preview_to_decision() {
    on_both(async |store| {
        let hall = hall(store).await;
        let seen = hall.get("worker", "/api/v1/leaves/preview?from=2026-03-03&to=2026-03-05").await;
        assert_eq!(seen.json["nobody"][0]["days"], json!(["2026-03-03", "2026-03-04"]), "{}", seen.json);
        let path = format!("/api/v1/leaves/{}", Uuid::now_v7());
        let ask = json!({ "from": "2026-03-03", "to": "2026-03-05" });
        let asked = put(&hall, "worker", &path, &ask).await;
        assert_eq!((asked.status, &asked.json["state"]), (201, &json!("asked")), "{}", asked.json);
        let again = put(&hall, "worker", &path, &ask).await;
        assert_eq!((again.status, again.header("idempotent-replay")), (200, "true"));
        let other = json!({ "from": "2026-03-04", "to": "2026-03-05" });
        assert_eq!(put(&hall, "worker", &path, &other).await.problem(), (422, "key_reused", ""));
        for (field, value, at) in [
            ("from", json!("tomorrow"), "/from"),
            ("to", json!("2026-03-03"), "/to"),
            ("substitute", json!(Uuid::nil()), "/substitute"),
            ("why", json!("private"), "/why"),
        ] {
            let mut wrong = ask.clone();
            wrong[field] = value;
            let fresh = format!("/api/v1/leaves/{}", Uuid::now_v7());
            assert_eq!(put(&hall, "worker", &fresh, &wrong).await.problem(), (422, "invalid", at));
        }
        let waiting = hall.get("bridge", "/api/v1/leaves").await;
        assert_eq!(waiting.json["items"].as_array().unwrap().len(), 1, "{}", waiting.json);
        assert_eq!(hall.get("harbour", "/api/v1/leaves").await.json["items"], json!([]));
        assert_eq!(hall.get("harbour", &path).await.status, 404);
        let decision = format!("{path}/decision");
        let empty = hall.post("bridge", &decision, &json!({ "granted": true })).await;
        assert_eq!(empty.problem().1, "blocked", "{}", empty.json);
        assert_eq!(hall.post("worker", &decision, &json!({ "granted": true })).await.status, 404);
        let meant = hall.post("bridge", &decision, &json!({ "granted": true, "knowingly": true })).await;
        assert_eq!((meant.status, &meant.json["state"]), (200, &json!("granted")), "{}", meant.json);
        let late = hall.post("worker", &format!("{path}/withdrawal"), &Value::Null).await;
        assert_eq!(late.problem().1, "blocked");
        app::work::sweep(&hall.app, "here").await.unwrap();
        let board = hall.get("bridge", "/api/v1/vacancies").await;
        let of_grid = |item: &&Value| item["grid"]["id"] == json!(GRID.0);
        let found = board.json["items"].as_array().unwrap().iter().find(of_grid).unwrap().clone();
        assert_eq!(found["from"], "2026-03-03");
        let one = hall.get("bridge", &format!("/api/v1/vacancies/{}", found["id"].as_str().unwrap())).await;
        assert_eq!((one.status, &one.json["acts"][0]["what"]["act"]), (200, &json!("find")), "{}", one.json);
    })
    .await;
}

#[tokio::test]
async fn a_note_of_hand_over_is_written_once_and_a_duty_passes_on() {
    on_both(async |store| {
        let hall = hall(store).await;
        let path = format!("/api/v1/hand-overs/{}", Uuid::now_v7());
        let note = json!({ "grid": GRID.0, "text": "井盖在北门外" });
        let written = put(&hall, "worker", &path, &note).await;
        assert_eq!((written.status, &written.json["text"]), (201, &note["text"]), "{}", written.json);
        assert_eq!(put(&hall, "worker", &path, &note).await.status, 200);
        let empty = json!({ "grid": GRID.0, "text": " " });
        let fresh = format!("/api/v1/hand-overs/{}", Uuid::now_v7());
        assert_eq!(put(&hall, "worker", &fresh, &empty).await.problem(), (422, "invalid", "/text"));
        assert_eq!(put(&hall, "roads", &fresh, &note).await.status, 404);
        let read = hall.post("bridge", &format!("{path}/read"), &Value::Null).await;
        assert_eq!(read.json["readers"].as_array().unwrap().len(), 1, "{}", read.json);
        let listed = hall.get("bridge", &format!("/api/v1/grids/{GRID}/hand-overs")).await;
        assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
        assert_eq!(hall.get("harbour", &format!("/api/v1/grids/{GRID}/hand-overs")).await.status, 404);

        let duty = hall.get("desk", &format!("/api/v1/duties?area={GRID}")).await.json["items"][0].clone();
        let path = format!("/api/v1/duties/{}/pass", duty["id"]);
        let to = person(&hall, "bridge").await;
        let passed = hall.post("desk", &path, &json!({ "to": to, "on": "2026-03-05" })).await;
        assert_eq!((passed.status, &passed.json["begun"]["person"]), (201, &to), "{}", passed.json);
        assert_eq!(passed.json["ended"]["to"], "2026-03-05");
        let past = hall.post("desk", &path, &json!({ "to": to, "on": "2026-02-05" })).await;
        assert_eq!(past.problem(), (422, "invalid", "/on"));
        assert_eq!(hall.post("harbour", &path, &json!({ "to": to, "on": "2026-03-05" })).await.status, 404);
    })
    .await;
}
