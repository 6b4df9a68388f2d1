//! Campaigns, mediation, patrol and gaps over HTTP: every door answers as it is described, and wrong fields are named.

use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::city::{self, BRIDGE, EAST, ROADS_EAST, WEST};
use crate::hall::{GRID, Hall, Reply, a_report, hall, posting};

async fn put(hall: &Hall, who: &str, path: &str, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "PUT", path), body)).await
}

fn campaign() -> Value {
    json!({
        "title_zh": "查充电棚", "title_en": "Charging sheds", "task_zh": "看线路", "task_en": "Look at wires",
        "of": "grid", "areas": [EAST.0], "from": "2026-03-02", "to": "2026-03-06", "unit": ROADS_EAST.0,
        "basis": "依据", "minutes": 20,
    })
}

#[tokio::test]
async fn a_campaign_goes_from_its_cost_to_its_end() {
    on_both(async |store| {
        let hall = hall(store).await;
        let cost = hall.post("desk", "/api/v1/campaigns/preview", &campaign()).await;
        assert_eq!(
            (cost.status, &cost.json["n_grids"], &cost.json["minutes"]),
            (200, &json!(4), &json!(80)),
            "{}",
            cost.json
        );
        let path = format!("/api/v1/campaigns/{}", Uuid::now_v7());
        let proposed = put(&hall, "roads", &path, &campaign()).await;
        assert_eq!(
            (proposed.status, &proposed.json["state"]),
            (201, &json!("proposed")),
            "{}",
            proposed.json
        );
        assert_eq!(put(&hall, "roads", &path, &campaign()).await.status, 200);
        for (field, value, at) in [
            ("of", json!("people"), "/of"),
            ("code", json!("01"), "/code"),
            ("quota", json!(2), "/quota"),
            ("areas", json!([WEST.0]), "/areas"),
            ("from", json!("soon"), "/from"),
            ("minutes", json!(0), "/minutes"),
            ("score", json!(1), "/score"),
        ] {
            let mut wrong = campaign();
            wrong[field] = value;
            let fresh = format!("/api/v1/campaigns/{}", Uuid::now_v7());
            assert_eq!(put(&hall, "desk", &fresh, &wrong).await.problem(), (422, "invalid", at));
        }
        let admission = format!("{path}/admission");
        let yes = json!({ "admitted": true });
        assert_eq!(hall.post("bridge", &admission, &yes).await.status, 404);
        let silent = hall.post("desk", &admission, &json!({ "admitted": false })).await;
        assert_eq!(silent.problem(), (422, "invalid", "/why"));
        let admitted = hall.post("desk", &admission, &yes).await;
        assert_eq!(
            (admitted.status, &admitted.json["counties"][0]["word"]),
            (200, &json!("admitted")),
            "{}",
            admitted.json
        );
        assert_eq!(hall.post("desk", &admission, &yes).await.problem().1, "blocked");
        let day = hall.get("worker", "/api/v1/today").await;
        assert_eq!(day.json["counts"], json!({ "campaign": 1 }));
        let errand = format!("/api/v1/errands/{}", day.json["items"][0]["id"].as_str().unwrap());
        let seen = hall.get("worker", &errand).await;
        assert_eq!((seen.status, &seen.json["task_en"]), (200, &json!("Look at wires")), "{}", seen.json);
        let items = format!("{errand}/items");
        let wrong = hall.post("worker", &items, &json!({ "done": false, "reason": "lazy" })).await;
        assert_eq!(wrong.problem(), (422, "invalid", "/reason"));
        let done = hall.post("worker", &items, &json!({ "done": false, "reason": "closed" })).await;
        assert_eq!((done.status, &done.json["n_impossible"]), (200, &json!(1)), "{}", done.json);
        assert_eq!(hall.post("worker", &items, &json!({ "done": true })).await.problem().1, "blocked");
        assert_eq!(hall.get("harbour", &errand).await.status, 404);
        let listed = hall.get("desk", "/api/v1/campaigns").await;
        assert_eq!(
            listed.json["items"][0]["impossible"],
            json!([{ "reason": "closed", "n": 1 }]),
            "{}",
            listed.json
        );
        assert_eq!(hall.get("harbour", "/api/v1/campaigns").await.json["items"], json!([]));
        let grids = hall.get("desk", &format!("{path}/errands?area={BRIDGE}")).await;
        assert_eq!(grids.json["items"].as_array().unwrap().len(), 2);
        let stopped = hall.post("desk", &format!("{path}/stop"), &json!({ "why": "重复" })).await;
        assert_eq!((stopped.status, &stopped.json["state"]), (200, &json!("stopped")), "{}", stopped.json);
        assert_eq!(hall.get("desk", &path).await.json["why"], "重复");
    })
    .await;
}

#[tokio::test]
async fn a_quarrel_that_is_no_dispute_has_no_record_and_wrong_acts_are_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        let case = hall.reported().await;
        let path = format!("/api/v1/disputes/{}", Uuid::now_v7());
        let two = json!([{ "name": "甲", "side": 1 }, { "name": "乙", "side": 2 }]);
        let no = put(&hall, "worker", &path, &json!({ "case": case, "parties": two })).await;
        assert_eq!(no.problem().1, "blocked", "{}", no.json);
        let one = put(&hall, "worker", &path, &json!({ "case": case, "parties": [{ "name": "甲" }] })).await;
        assert_eq!(one.problem(), (422, "invalid", "/parties"));
        let none = put(&hall, "worker", &path, &json!({ "case": Uuid::now_v7(), "parties": two })).await;
        assert_eq!(none.status, 404);
        assert_eq!(hall.get("worker", "/api/v1/disputes").await.json["items"], json!([]));
        assert_eq!(hall.get("leader", "/api/v1/disputes").await.status, 404);
        assert_eq!(hall.get("worker", &path).await.status, 404);
        assert_eq!(hall.get("worker", &format!("/api/v1/disputes?case={case}")).await.status, 404);
        let acts = format!("{path}/acts");
        for (act, at) in [
            (json!({ "act": "shout" }), "/act"),
            (json!({ "act": "session" }), "/held"),
            (
                json!({ "act": "agree", "on": "2026-03-02", "terms": "x", "follow_ups": ["soon"] }),
                "/follow_ups/0",
            ),
            (json!({ "act": "follow_up", "due": "2026-03-02", "kept": "maybe", "note": "x" }), "/kept"),
            (json!({ "act": "close", "outcome": "won" }), "/outcome"),
        ] {
            assert_eq!(hall.post("worker", &acts, &act).await.problem(), (422, "invalid", at));
        }
        let close = json!({ "act": "close", "outcome": "settled" });
        assert_eq!(hall.post("worker", &acts, &close).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_tap_counts_as_coverage_and_gaps_become_cases() {
    on_both(async |store| {
        let hall = hall(store).await;
        let at = city::middle_of(GRID);
        let tap = json!({ "items": [{ "lng": at.lng, "lat": at.lat }] });
        let kept = hall.post("worker", "/api/v1/patrol", &tap).await;
        assert_eq!((kept.status, &kept.json["items"][0]["grid"]), (200, &json!(GRID.0)), "{}", kept.json);
        let outside = json!({ "items": [{ "lng": 116.025, "lat": 36.005 }] });
        assert_eq!(
            hall.post("worker", "/api/v1/patrol", &outside).await.problem(),
            (422, "invalid", "/items/0")
        );
        let nowhere = json!({ "items": [{ "lng": 36.0, "lat": 116.0 }] });
        assert_eq!(
            hall.post("worker", "/api/v1/patrol", &nowhere).await.problem(),
            (422, "invalid", "/items/0")
        );
        let path = "/api/v1/patrol?from=2026-03-01&to=2026-03-03";
        let own = hall.get("worker", path).await;
        assert_eq!(
            (&own.json["all"]["n_visited"], &own.json["area"]),
            (&json!(1), &json!(GRID.0)),
            "{}",
            own.json
        );
        let all = hall.get("desk", path).await;
        assert_eq!(all.json["parts"].as_array().unwrap().len(), 2, "{}", all.json);
        assert_eq!(hall.get("desk", "/api/v1/patrol?from=2026-03-03&to=2026-03-01").await.problem().2, "?to");
        assert_eq!(hall.get("roads", path).await.status, 404);

        let gaps = hall.get("desk", "/api/v1/routing/cases").await;
        assert!(
            gaps.json["items"].as_array().unwrap().iter().any(|it| it["class"] == "03001"),
            "{}",
            gaps.json
        );
        let post = hall.request("desk", "POST", "/api/v1/routing/cases");
        let made = hall.send(posting(post, &Value::Null)).await;
        assert!(made.json["items"][0]["case_no"].is_string(), "{}", made.json);
        let again =
            hall.send(posting(hall.request("desk", "POST", "/api/v1/routing/cases"), &Value::Null)).await;
        assert_eq!(again.json["items"], json!([]));
        let table = hall.get("worker", &format!("/api/v1/routing/table?area={EAST}")).await;
        assert_eq!((table.status, table.json["areas"].as_array().unwrap().len()), (200, 2));
        assert_eq!(a_report()["class"], "01001");
    })
    .await;
}
