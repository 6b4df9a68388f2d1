//! Notices over HTTP: the inbox, live, how one wants to be told, webhooks for administrators alone.

use std::time::Duration;

use app::notice::to_desk;
use axum::body::Body;
use domain::notice::NoticeKind;
use domain::stream::{Stream, StreamId};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::Batch;
use store::testing::on_both;
use uuid::Uuid;

use crate::city::BRIDGE;
use crate::hall::{Hall, hall, posting};

async fn tell(hall: &Hall) {
    let about = StreamId { stream: Stream::Case, id: Uuid::from_u128(7) };
    let notice = to_desk(BRIDGE, NoticeKind::CaseLate, about, BRIDGE, true, hall.app.clock.now());
    hall.app.store.commit(Batch::new("tell").with(notice)).await.unwrap();
}

async fn put(hall: &Hall, who: &str, path: &str, body: &Value) -> crate::hall::Reply {
    hall.send(posting(hall.request(who, "PUT", path), body)).await
}

#[tokio::test]
async fn a_notice_is_listed_read_and_heard_live_by_whom_it_is_for() {
    on_both(async |store| {
        let hall = hall(store).await;
        let stream = hall
            .open(hall.request("bridge", "GET", "/api/v1/notices/live").body(Body::empty()).unwrap())
            .await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut body = stream.into_body();
        let mut heard = String::new();
        let mut until = async |what: &str| {
            while !heard.contains(what) {
                let frame =
                    tokio::time::timeout(Duration::from_secs(10), body.frame()).await.expect("heard in time");
                heard += std::str::from_utf8(frame.unwrap().unwrap().data_ref().unwrap()).unwrap();
            }
        };
        until("event: unread\ndata: 0").await;
        tell(&hall).await;
        until("event: notice").await;
        until("event: unread\ndata: 1").await;
        let page = hall.get("bridge", "/api/v1/notices?unread=true").await.json;
        let item = &page["items"][0];
        assert_eq!(
            (&page["unread"], &item["kind"], &item["zh"], &item["urgent"], &item["to"]),
            (&json!(1), &json!("case_late"), &json!("有一件案件已超时"), &json!(true), &json!("desk"))
        );
        assert_eq!(hall.get("harbour", "/api/v1/notices").await.json["items"], json!([]));
        let read = format!("/api/v1/notices/{}/read", item["id"].as_str().unwrap());
        assert_eq!(hall.post("harbour", &read, &json!({})).await.status, 404);
        assert_eq!(hall.post("bridge", &read, &json!({})).await.status, 204);
        assert_eq!(hall.get("bridge", "/api/v1/notices").await.json["unread"], 0);
        tell(&hall).await;
        assert_eq!(
            hall.post("bridge", "/api/v1/notices/read", &json!({ "until": i64::MAX })).await.status,
            204
        );
        assert_eq!(hall.get("bridge", "/api/v1/notices").await.json["unread"], 0);
        assert_eq!(hall.get("bridge", "/api/v1/notices?limit=201").await.problem().2, "?limit");
        assert_eq!(hall.get("nobody", "/api/v1/notices").await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn each_chooses_how_to_be_told_and_browsers_take_pushes() {
    on_both(async |store| {
        let hall = hall(store).await;
        let at = "/api/v1/notices/choices";
        let before = hall.get("desk", at).await.json;
        assert_eq!((&before["push"], &before["quiet"], &before["mail_address"]), (&json!(true), &json!(null), &json!(null)));
        let chosen = json!({ "language": "en", "quiet": { "from": "22:00", "to": "07:00" }, "push": true, "mail": true, "sms": false,
            "mail_address": "desk@city.example" });
        let now = put(&hall, "desk", at, &chosen).await;
        assert_eq!((now.status, &now.json["quiet"], &now.json["mail_address"]), (200, &chosen["quiet"], &chosen["mail_address"]));
        assert_eq!(hall.get("bridge", at).await.json["mail_address"], json!(null));
        for (field, value, path) in [
            ("quiet", json!({ "from": "25:00", "to": "07:00" }), "/quiet/from"),
            ("quiet", json!({ "from": "07:00", "to": "07:00" }), "/quiet/to"),
            ("language", json!("fr"), "/language"),
            ("mail_address", json!("x"), "/mail_address"),
            ("sms", json!(true), "/phone"),
        ] {
            let mut bad = chosen.clone();
            bad[field] = value;
            assert_eq!(put(&hall, "desk", at, &bad).await.problem(), (422, "invalid", path));
        }
        let key = hall.get("desk", "/api/v1/notices/push").await.json["key"].as_str().unwrap().to_owned();
        assert_eq!(key.len(), 87, "65 bytes in base64url");
        let browser = json!({ "endpoint": "https://push.example.org/x", "expirationTime": null,
            "keys": { "p256dh": key, "auth": "BTBZMqHH6r4Tts7J_aSIgg" } });
        let at = "/api/v1/notices/push/01999999-0000-7000-8000-000000000001";
        assert_eq!(put(&hall, "desk", at, &browser).await.status, 201);
        assert_eq!(put(&hall, "desk", at, &browser).await.status, 200);
        assert_eq!(put(&hall, "bridge", at, &browser).await.status, 404);
        let mut private = browser.clone();
        private["endpoint"] = json!("https://169.254.169.254/latest");
        let other = "/api/v1/notices/push/01999999-0000-7000-8000-000000000002";
        assert_eq!(put(&hall, "desk", other, &private).await.problem().2, "/endpoint");
        let drop = |who| hall.request(who, "DELETE", at).body(Body::empty()).unwrap();
        assert_eq!(hall.send(drop("bridge")).await.status, 404);
        assert_eq!(hall.send(drop("desk")).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn webhooks_are_kept_by_administrators_of_the_whole_city_on_record() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = "01999999-0000-7000-8000-000000000009";
        let hook = json!({ "id": id, "name": "OA", "url": "https://oa.example.org/take", "urgent_only": true, "kinds": ["case_late"] });
        let body = json!({ "version": 0, "items": [hook] });
        assert_eq!(put(&hall, "desk", "/api/v1/hooks", &body).await.status, 404);
        assert_eq!(put(&hall, "east", "/api/v1/hooks", &body).await.status, 404, "of a county only");
        let saved = put(&hall, "admin", "/api/v1/hooks", &body).await;
        assert_eq!((saved.status, &saved.json["version"], &saved.json["items"][0]), (200, &json!(1), &hook));
        assert_eq!(put(&hall, "admin", "/api/v1/hooks", &body).await.status, 412, "decided on an older version");
        let secret = hall.get("admin", &format!("/api/v1/hooks/{id}/secret")).await.json;
        assert!(secret["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!(hall.get("desk", &format!("/api/v1/hooks/{id}/secret")).await.status, 404);
        let deeds = hall.get("admin", "/api/v1/deeds?about=bundle/hooks").await.json;
        assert_eq!(deeds["items"].as_array().unwrap().len(), 1, "{deeds}");
        for (field, value, path) in [
            ("url", json!("http://oa.example.org/"), "/items/0/url"),
            ("url", json!("https://10.0.0.1/"), "/items/0/url"),
            ("kinds", json!(["moon"]), "/items/0/kinds"),
            ("name", json!(""), "/items/0/name"),
        ] {
            let mut bad = json!({ "version": 1, "items": [hook] });
            bad["items"][0][field] = value;
            assert_eq!(put(&hall, "admin", "/api/v1/hooks", &bad).await.problem().2, path);
        }
        assert_eq!(hall.get("admin", "/api/v1/deliveries/dead").await.json, json!({ "items": [], "next": null }));
        assert_eq!(hall.post("admin", &format!("/api/v1/deliveries/{id}/resend"), &json!({})).await.status, 404);
        assert_eq!(hall.get("desk", "/api/v1/deliveries/dead").await.status, 404);
    })
    .await;
}
