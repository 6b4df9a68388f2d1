//! Accounts, units and duties over HTTP: made once however often they are sent, changed only by who saw what stands.

use axum::body::Body;
use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::city::{EAST, ROADS_EAST, WEST};
use crate::hall::{GRID, Hall, Reply, hall, posting};

async fn send(hall: &Hall, who: &str, method: &str, path: &str, tag: &str, body: &Value) -> Reply {
    let mut request = hall.request(who, method, path);
    if !tag.is_empty() {
        request = request.header("if-match", tag);
    }
    hall.send(posting(request, body)).await
}

async fn make(hall: &Hall, who: &str, path: &str, key: Uuid, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "POST", path).header("idempotency-key", key.to_string()), body)).await
}

#[tokio::test]
async fn an_account_is_opened_once_read_changed_and_closed() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (path, id) = ("/api/v1/people", Uuid::now_v7());
        let li = json!({ "account": "Li", "name": "李", "role": "desk", "area": EAST.0 });
        let first = make(&hall, "admin", path, id, &li).await;
        assert_eq!((first.status, &first.json["person"]["account"]), (201, &json!("li")), "{}", first.json);
        assert!(first.json["link"].as_str().unwrap().starts_with("/setup#gw_"));
        let again = make(&hall, "admin", path, id, &li).await;
        assert_eq!((again.status, &again.json["link"]), (200, &Value::Null));
        let mut other = li.clone();
        other["name"] = json!("李某");
        assert_eq!(make(&hall, "admin", path, id, &other).await.problem(), (422, "key_reused", ""));
        let one = format!("{path}/{id}");
        let read = hall.get("admin", &one).await;
        let tag = read.header("etag").to_owned();
        assert_eq!(tag, format!("\"{}\"", read.json["etag"].as_str().unwrap()));
        let change = json!({ "role": "handler", "unit": ROADS_EAST.0 });
        let changed = send(&hall, "admin", "PATCH", &one, &tag, &change).await;
        assert_eq!((changed.status, &changed.json["role"]), (200, &json!("handler")), "{}", changed.json);
        let stale = send(&hall, "admin", "PATCH", &one, &tag, &json!({ "name": "x" })).await;
        assert_eq!(stale.problem(), (412, "stale", ""));
        let kept = send(&hall, "admin", "PATCH", &one, "", &json!({ "name": "李四" })).await;
        assert_eq!(kept.json["unit"], json!(ROADS_EAST.0), "what is left out stays");
        let out = send(&hall, "admin", "PATCH", &one, "", &json!({ "unit": null })).await;
        assert_eq!(out.problem(), (422, "invalid", "/unit"), "a handler works in a unit");
        let closed = send(&hall, "admin", "DELETE", &one, changed.header("etag"), &Value::Null).await;
        assert_eq!(closed.status, 412, "the name was changed since");
        let closed = send(&hall, "admin", "DELETE", &one, "", &Value::Null).await;
        assert_eq!((closed.status, &closed.json["disabled"]), (200, &json!(true)));
        let link = send(&hall, "admin", "POST", &format!("{one}/link"), "", &Value::Null).await;
        assert_eq!(link.problem().0, 422, "a closed account gets no link");
        let deeds = hall.get("admin", &format!("/api/v1/deeds?about=person/{id}")).await;
        assert_eq!(deeds.json["items"].as_array().unwrap().len(), 4, "{}", deeds.json);
    })
    .await;
}

#[tokio::test]
async fn wrong_accounts_are_named_by_field_and_foreign_ones_are_not_there() {
    on_both(async |store| {
        let hall = hall(store).await;
        let good = json!({ "account": "li", "name": "李", "role": "desk", "area": EAST.0 });
        for (field, value, path) in [
            ("account", json!("!"), "/account"),
            ("account", json!("desk"), "/account"),
            ("name", json!(""), "/name"),
            ("role", json!("emperor"), "/role"),
            ("role", json!("resident"), "/role"),
            ("role", json!("handler"), "/unit"),
            ("unit", json!(999), "/unit"),
            ("shoe", json!(1), "/shoe"),
        ] {
            let mut wrong = good.clone();
            wrong[field] = value;
            assert_eq!(hall.post("admin", "/api/v1/people", &wrong).await.problem(), (422, "invalid", path));
        }
        let mut away = good.clone();
        away["area"] = json!(WEST.0);
        assert_eq!(hall.post("east", "/api/v1/people", &away).await.status, 404);
        for who in ["desk", "leader", "worker", "roads"] {
            assert_eq!(hall.post(who, "/api/v1/people", &good).await.status, 404, "{who}");
        }
        let seen = hall.get("east", "/api/v1/people").await;
        let accounts: Vec<&str> =
            seen.json["items"].as_array().unwrap().iter().map(|it| it["account"].as_str().unwrap()).collect();
        assert!(
            accounts.contains(&"desk") && !accounts.contains(&"harbour") && !accounts.contains(&"leader")
        );
        let own = hall.get("worker", "/api/v1/people").await;
        assert_eq!(own.json["items"].as_array().unwrap().len(), 1, "a worker sees only their own account");
    })
    .await;
}

#[tokio::test]
async fn pages_of_accounts_follow_each_other() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (mut seen, mut path) = (Vec::new(), "/api/v1/people?limit=2".to_owned());
        loop {
            let page = hall.get("admin", &path).await;
            let items = page.json["items"].as_array().unwrap();
            seen.extend(items.iter().map(|it| it["account"].as_str().unwrap().to_owned()));
            let Some(next) = page.json["next"].as_str() else { break };
            path = format!("/api/v1/people?limit=2&cursor={next}");
        }
        let whole = hall.get("admin", "/api/v1/people?limit=500").await;
        assert_eq!(seen.len(), whole.json["items"].as_array().unwrap().len());
        assert!(seen.is_sorted());
    })
    .await;
}

#[tokio::test]
async fn a_unit_is_added_once_changed_and_ended_when_nothing_waits_for_it() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (path, key) = ("/api/v1/units", Uuid::now_v7());
        let parks = json!({ "code": "parks.east", "name_zh": "园林", "name_en": "Parks", "area": EAST.0 });
        let first = make(&hall, "admin", path, key, &parks).await;
        assert_eq!(first.status, 201, "{}", first.json);
        let again = make(&hall, "admin", path, key, &parks).await;
        assert_eq!((again.status, &again.json["id"]), (200, &first.json["id"]));
        let mut other = parks.clone();
        other["name_en"] = json!("Gardens");
        assert_eq!(make(&hall, "admin", path, key, &other).await.problem(), (422, "key_reused", ""));
        let twin = make(&hall, "admin", path, Uuid::now_v7(), &parks).await;
        assert_eq!(twin.problem(), (422, "invalid", "/code"));
        let one = format!("{path}/{}", first.json["id"]);
        let tag = first.header("etag").to_owned();
        let changed = send(&hall, "admin", "PUT", &one, &tag, &other).await;
        assert_eq!((changed.status, &changed.json["name_en"]), (200, &json!("Gardens")));
        assert_eq!(send(&hall, "admin", "PUT", &one, &tag, &parks).await.problem(), (412, "stale", ""));
        let listed = hall.get("desk", path).await;
        let names: Vec<&Value> =
            listed.json["items"].as_array().unwrap().iter().map(|it| &it["name_en"]).collect();
        assert!(names.contains(&&json!("Gardens")), "this node knows at once: {names:?}");
        let ended = send(&hall, "admin", "DELETE", &one, "", &Value::Null).await;
        assert_eq!((ended.status, &ended.json["ended"]), (200, &json!(true)), "{}", ended.json);
        let case = hall.reported().await;
        hall.acts("desk", &case, json!({ "act": "file", "class": "01001" })).await;
        let assign = json!({ "act": "assign", "unit": first.json["id"], "instead": "x" });
        let refused = hall.post("desk", &format!("/api/v1/cases/{case}/acts"), &assign).await;
        assert_eq!(refused.problem(), (422, "invalid", "/unit"), "it takes no new cases");
        let busy = send(&hall, "admin", "DELETE", &format!("{path}/{ROADS_EAST}"), "", &Value::Null).await;
        assert_eq!(busy.problem(), (422, "invalid", "/ended"), "people work there");
        assert_eq!(hall.post("desk", path, &parks).await.status, 404);
        let pages = hall.get("desk", &format!("{path}?limit=1")).await;
        assert_eq!(pages.json["next"], json!("1"));
    })
    .await;
}

/// Another node learns of it by itself, within its next look.
#[tokio::test]
async fn other_nodes_learn_that_a_unit_was_renamed() {
    on_both(async |store| {
        let hall = hall(store.clone()).await;
        let other = app::App::new(store, hall.app.clock.clone()).await.unwrap();
        let path = format!("/api/v1/units/{ROADS_EAST}");
        let mut unit = hall.get("admin", &path).await.json;
        for unknown in ["id", "level", "ended", "etag"] {
            unit.as_object_mut().unwrap().remove(unknown);
        }
        unit["name_en"] = json!("Roads and paths");
        assert_eq!(send(&hall, "admin", "PUT", &path, "", &unit).await.status, 200);
        assert!(other.refresh().await.unwrap(), "something has changed");
        assert_eq!(other.city().units[&ROADS_EAST].name_en, "Roads and paths");
        assert!(!other.refresh().await.unwrap(), "and nothing more");
    })
    .await;
}

#[tokio::test]
async fn a_duty_is_given_once_moved_and_ended() {
    on_both(async |store| {
        let hall = hall(store).await;
        let person = hall.get("bridge", "/api/v1/session").await.json["person"]["id"].clone();
        let (path, key) = ("/api/v1/duties", Uuid::now_v7());
        let new = json!({ "grid": GRID.0, "person": person, "kind": "substitute", "from": "2026-03-10" });
        let first = make(&hall, "desk", path, key, &new).await;
        assert_eq!(first.status, 201, "{}", first.json);
        let again = make(&hall, "desk", path, key, &new).await;
        assert_eq!((again.status, &again.json["id"]), (200, &first.json["id"]));
        let mut other = new.clone();
        other["from"] = json!("2026-03-11");
        assert_eq!(make(&hall, "desk", path, key, &other).await.problem(), (422, "key_reused", ""));
        for (field, value, at) in [
            ("from", json!("tomorrow"), "/from"),
            ("to", json!("2026-03-10"), "/to"),
            ("kind", json!("boss"), "/kind"),
            ("grid", json!(EAST.0), "/grid"),
            ("person", json!(Uuid::nil()), "/person"),
        ] {
            let mut wrong = new.clone();
            wrong[field] = value;
            assert_eq!(hall.post("desk", path, &wrong).await.problem(), (422, "invalid", at));
        }
        let one = format!("{path}/{}", first.json["id"]);
        let tag = first.header("etag").to_owned();
        let moved = send(&hall, "desk", "PUT", &one, &tag, &json!({ "to": "2026-03-20" })).await;
        assert_eq!((moved.status, &moved.json["to"]), (200, &json!("2026-03-20")));
        let late = send(&hall, "desk", "PUT", &one, &tag, &json!({ "to": "2026-03-21" })).await;
        assert_eq!(late.problem(), (412, "stale", ""));
        let listed = hall.get("desk", &format!("{path}?area={GRID}")).await;
        assert_eq!(listed.json["items"].as_array().unwrap().len(), 2, "{}", listed.json);
        let over = hall.get("desk", &format!("{path}?area={GRID}&day=2026-03-20")).await;
        assert_eq!(over.json["items"].as_array().unwrap().len(), 1);
        let own = hall.get("worker", path).await;
        assert_eq!(own.json["items"].as_array().unwrap().len(), 1, "a worker sees their own: {}", own.json);
        assert_eq!(hall.get("harbour", &one).await.status, 404);
        let ended = send(&hall, "desk", "DELETE", &format!("{one}?to=2026-03-01"), "", &Value::Null).await;
        assert_eq!(ended.status, 204);
        assert_eq!(hall.get("desk", &one).await.status, 404, "it had not begun: it is taken out");
    })
    .await;
}

#[tokio::test]
async fn leave_names_the_grids_that_have_nobody() {
    on_both(async |store| {
        let hall = hall(store).await;
        let person = hall.get("worker", "/api/v1/session").await.json["person"]["id"].clone();
        let leave = json!({ "person": person, "from": "2026-03-02", "to": "2026-03-09" });
        let key = Uuid::now_v7();
        let entered = make(&hall, "desk", "/api/v1/duties/leave", key, &leave).await;
        assert_eq!((entered.status, &entered.json["nobody"]), (201, &json!([GRID.0])), "{}", entered.json);
        let again = make(&hall, "desk", "/api/v1/duties/leave", key, &leave).await;
        assert_eq!(again.json, entered.json);
        let gaps = hall.get("desk", "/api/v1/duties/gaps").await;
        assert!(gaps.json["nobody"].as_array().unwrap().contains(&json!(GRID.0)));
        let mine = hall.get("worker", "/api/v1/session").await;
        assert_eq!(mine.json["grids"], json!([]), "no grid is theirs while they are away");
        let listed = hall.get("desk", &format!("/api/v1/duties?area={GRID}")).await;
        assert_eq!(listed.json["items"].as_array().unwrap().len(), 2, "entered once: {}", listed.json);
        let delete = hall.request("worker", "DELETE", "/api/v1/duties/1").body(Body::empty()).unwrap();
        assert_eq!(hall.send(delete).await.status, 404);
    })
    .await;
}
