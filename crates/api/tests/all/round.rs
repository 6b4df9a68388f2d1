//! One case round the loop over HTTP, and every way in which an act is refused.

use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::hall::{Hall, hall, posting};

async fn at_work(hall: &Hall) -> String {
    let id = hall.reported().await;
    hall.acts("desk", &id, json!({ "act": "file", "class": "01001" })).await;
    hall.acts("desk", &id, json!({ "act": "assign", "unit": 2, "co": [{ "unit": 4, "task": "关水" }] }))
        .await;
    id
}

#[tokio::test]
async fn a_case_goes_round_the_loop() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = at_work(&hall).await;
        let seen = hall.get("roads", &format!("/api/v1/cases/{id}")).await.json;
        assert_eq!(
            (&seen["step"], &seen["stage"], &seen["lead"], &seen["co"]),
            (&json!("assigned"), &json!(3), &json!({ "unit": 2 }), &json!([4]))
        );
        assert_eq!((&seen["evidence"], &seen["chain"]["ok"]), (&json!([]), &json!(true)));
        assert_eq!(seen["due"]["span"], json!({ "urgent_hours": 2 }));
        let rows = hall.get("desk", "/api/v1/cases").await.json;
        assert_eq!((&rows["items"][0]["co"], &rows["items"][0]["checked"]), (&json!([4]), &json!(false)));
        for (who, act) in [
            ("roads", json!({ "act": "accept" })),
            ("water", json!({ "act": "accept" })),
            ("water", json!({ "act": "handle", "note": "已关水" })),
            ("roads", json!({ "act": "progress", "note": "在修" })),
            ("roads", json!({ "act": "handle", "note": "已修好" })),
            ("worker", json!({ "act": "check", "passed": false, "note": "还有坑" })),
            ("water", json!({ "act": "handle", "note": "不漏" })),
            ("roads", json!({ "act": "handle", "note": "再修好" })),
            ("worker", json!({ "act": "check", "passed": true })),
            ("desk", json!({ "act": "answer", "text": "已修好，谢谢" })),
            ("worker", json!({ "act": "confirm", "satisfaction": "satisfied" })),
        ] {
            hall.hours_pass(1);
            hall.acts(who, &id, act).await;
        }
        let case = hall.get("desk", &format!("/api/v1/cases/{id}")).await.json;
        assert_eq!(
            (&case["step"], &case["reworks"], &case["confirmed"]),
            (&json!("evaluated"), &json!(1), &json!("satisfied"))
        );
        assert_eq!(case["answer"]["confirmed"], "satisfied");
        let log = hall.get("desk", &format!("/api/v1/cases/{id}/log")).await.json;
        let acts: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|entry| &entry["act"]).collect();
        assert_eq!((acts.len(), acts[0], &log["ok"]), (15, &json!("report"), &json!(true)));
        let items = log["items"].as_array().unwrap();
        assert!(items.windows(2).all(|pair| pair[1]["prev"] == pair[0]["hash"] && pair[1]["ok"] == true));
        assert_eq!(items[4]["by"], json!({ "name": "water", "role": "handler", "unit": 4 }));
    })
    .await;
}

#[tokio::test]
async fn the_law_says_no_and_what_is_legal_instead() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported().await;
        let path = format!("/api/v1/cases/{id}/acts");
        let refused = hall.post("desk", &path, &json!({ "act": "answer", "text": "x" })).await;
        assert_eq!(refused.problem(), (409, "wrong_step", ""));
        let refusal = &refused.json["refusal"];
        assert_eq!((&refusal["at"], &refusal["act"]), (&json!("reported"), &json!("answer")));
        assert!(refusal["legal"].as_array().unwrap().contains(&json!("file")));
        let not_theirs = hall.post("worker", &path, &json!({ "act": "file", "class": "01001" })).await;
        assert_eq!(not_theirs.problem(), (403, "not_yours", ""));
    })
    .await;
}

#[rustfmt::skip] // a table, best read as one
fn wrong_acts() -> Vec<(Value, &'static str)> {
    vec![
        (json!([]),                                                                  ""),
        (json!({}),                                                                  "/act"),
        (json!({ "act": "fly" }),                                                    "/act"),
        (json!({ "act": "evaluate" }),                                               "/act"),
        (json!({ "act": "file" }),                                                   "/class"),
        (json!({ "act": "file", "class": "01001", "colour": 1 }),                    "/colour"),
        (json!({ "act": "file", "class": "01001", "urgency": "very" }),              "/urgency"),
        (json!({ "act": "assign", "unit": "two" }),                                  "/unit"),
        (json!({ "act": "assign", "unit": 2, "co": [{ "unit": 3 }, {}] }),           "/co/1/unit"),
        (json!({ "act": "suspend", "until": "later", "reason": "x" }),               "/until"),
        (json!({ "act": "split", "parts": [{ "id": "x", "text": "y" }] }),           "/parts/0/id"),
        (json!({ "act": "refuse", "reason": "lazy" }),                               "/reason"),
        (json!({ "act": "verify", "evidence": [{ "attachment": Uuid::nil(), "kind": "x" }] }), "/evidence/0/kind"),
    ]
}

#[tokio::test]
async fn an_act_that_makes_no_sense_names_the_field() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported().await;
        for (body, path) in wrong_acts() {
            let reply = hall.post("desk", &format!("/api/v1/cases/{id}/acts"), &body).await;
            assert_eq!(reply.problem(), (422, "invalid", path), "{body}: {}", reply.json);
        }
    })
    .await;
}

#[tokio::test]
async fn a_decision_on_what_no_longer_stands_is_not_carried_out() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported().await;
        let path = format!("/api/v1/cases/{id}/acts");
        let tag = hall.get("desk", &format!("/api/v1/cases/{id}")).await.header("etag").to_owned();
        let noting = |tag: &str| {
            let request = hall.request("desk", "POST", &path).header("if-match", tag);
            hall.send(posting(request, &json!({ "act": "note", "text": "看过" })))
        };
        let first = noting(&tag).await;
        assert_eq!((first.status, first.header("etag")), (200, "\"v2\""));
        assert_eq!(noting(&tag).await.problem(), (412, "stale", ""));
        assert_eq!(noting("*").await.status, 200);
        assert_eq!(noting("v2x").await.problem(), (422, "invalid", "If-Match"));
    })
    .await;
}

#[tokio::test]
async fn the_same_act_twice_is_done_once() {
    on_both(async |store| {
        let (hall, key) = (hall(store).await, Uuid::now_v7().to_string());
        let id = hall.reported().await;
        let path = format!("/api/v1/cases/{id}/acts");
        let with = |text: &str| {
            let request = hall.request("desk", "POST", &path).header("idempotency-key", &key);
            hall.send(posting(request, &json!({ "act": "note", "text": text })))
        };
        assert_eq!(with("看过").await.header("idempotent-replay"), "");
        let again = with("看过").await;
        assert_eq!((again.status, again.header("idempotent-replay")), (200, "true"));
        assert_eq!(with("没看").await.problem().1, "key_reused");
        assert_eq!(hall.get("desk", &format!("/api/v1/cases/{id}")).await.json["version"], 2);
    })
    .await;
}
