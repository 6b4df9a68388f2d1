//! Calendars, classes and responsibility over HTTP: tried against each other, saved as versions, known to every node.

use serde_json::{Value, json};
use store::testing::on_both;

use crate::city::{EAST, ROADS_EAST};
use crate::hall::{GRID, Hall, Reply, hall, posting};

async fn send(hall: &Hall, who: &str, method: &str, path: &str, tag: &str, body: &Value) -> Reply {
    let mut request = hall.request(who, method, path);
    if !tag.is_empty() {
        request = request.header("if-match", tag);
    }
    hall.send(posting(request, body)).await
}

#[tokio::test]
async fn classes_are_previewed_saved_and_in_force_at_once() {
    on_both(async |store| {
        let hall = hall(store.clone()).await;
        let other = app::App::new(store, hall.app.clock.clone()).await.unwrap();
        let kept = hall.get("admin", "/api/v1/classes/rows").await;
        let tag = kept.header("etag").to_owned();
        assert_eq!(tag, "\"v1\"");
        let mut rows = kept.json["rows"].clone();
        let code = rows[0]["code"].as_str().unwrap().to_owned();
        rows[0]["handle"] = json!("48h");
        let mut new = rows[0].clone();
        new["code"] = json!(format!("{code}9"));
        new["service_code"] = json!("fresh");
        rows.as_array_mut().unwrap().push(new);
        let asked = json!({ "rows": rows });
        let preview = hall.post("admin", "/api/v1/classes/preview", &asked).await;
        assert_eq!(preview.status, 200, "{}", preview.json);
        assert_eq!(preview.json["added"], json!([format!("{code}9")]));
        assert_eq!(preview.json["changed"][0]["key"], json!(code));
        assert_eq!(preview.json["changed"][0]["fields"][0]["field"], "handle");
        assert_eq!(hall.get("admin", "/api/v1/classes").await.json["version"], 1, "a preview saves nothing");
        let saved = send(&hall, "admin", "PUT", "/api/v1/classes", &tag, &asked).await;
        assert_eq!((saved.status, saved.header("etag")), (200, "\"v2\""), "{}", saved.json);
        assert_eq!(send(&hall, "admin", "PUT", "/api/v1/classes", &tag, &asked).await.problem().0, 412);
        let same = send(&hall, "admin", "PUT", "/api/v1/classes", "", &asked).await;
        assert_eq!(same.json["version"], 2, "the same again is no new version");
        assert_eq!(hall.get("worker", "/api/v1/classes").await.json["version"], 2, "this node at once");
        assert!(other.refresh().await.unwrap(), "other nodes at their next look");
        assert_eq!(other.city().classes.version(), 2);
        let deeds = hall.get("admin", "/api/v1/deeds?about=bundle/classes").await;
        assert_eq!(deeds.json["items"][0]["what"]["version"], 2);
        assert_eq!(deeds.json["items"][0]["by"]["role"], "admin");
    })
    .await;
}

#[tokio::test]
async fn classes_that_make_no_sense_or_that_others_need_are_refused_by_row_and_column() {
    on_both(async |store| {
        let hall = hall(store).await;
        let rows = hall.get("admin", "/api/v1/classes/rows").await.json["rows"].clone();
        let wrong = |field: &str, value: Value| {
            let mut rows = rows.clone();
            rows[0][field] = value;
            json!({ "rows": rows })
        };
        for (body, path) in [
            (wrong("zh", json!("")), "/rows/0/zh"),
            (wrong("handle", json!("soon")), "/rows/0/handle"),
            (wrong("urgency", json!("very")), "/rows/0/urgency"),
            (wrong("private", json!("yes")), "/rows/0/private"),
            (json!({ "rows": [] }), "/rows"),
        ] {
            for (method, at) in [("POST", "/api/v1/classes/preview"), ("PUT", "/api/v1/classes")] {
                assert_eq!(
                    send(&hall, "admin", method, at, "", &body).await.problem(),
                    (422, "invalid", path)
                );
            }
        }
        for who in ["east", "leader", "desk", "worker"] {
            let said = send(&hall, who, "PUT", "/api/v1/classes", "", &json!({ "rows": rows })).await;
            assert_eq!(said.problem(), (404, "not_found", ""), "{who}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_cell_of_the_matrix_moves_a_class_to_another_unit() {
    on_both(async |store| {
        let hall = hall(store).await;
        let explain = format!("/api/v1/routing/explain?class=01001&area={GRID}");
        let before = hall.get("desk", &explain).await;
        assert_eq!(before.json["unit"], json!(ROADS_EAST.0), "{}", before.json);
        assert!(!before.json["because_en"].as_str().unwrap().is_empty());
        let kept = hall.get("admin", "/api/v1/matrix").await;
        let area = hall.get("desk", &format!("/api/v1/areas/{EAST}")).await.json["code"].clone();
        let cell = json!({ "classes": "01001", "area": area, "unit": "water", "level": "county" });
        let edit = json!({ "set": [cell] });
        let saved = send(&hall, "admin", "PATCH", "/api/v1/matrix", kept.header("etag"), &edit).await;
        assert_eq!(saved.status, 200, "{}", saved.json);
        let after = hall.get("desk", &explain).await;
        assert_ne!(after.json["unit"], before.json["unit"], "{}", after.json);
        let stale = send(&hall, "admin", "PATCH", "/api/v1/matrix", kept.header("etag"), &edit).await;
        assert_eq!(stale.problem(), (412, "stale", ""));
        let drop = json!({ "drop": [{ "classes": "01001", "area": area }] });
        assert_eq!(send(&hall, "admin", "PATCH", "/api/v1/matrix", "", &drop).await.status, 200);
        assert_eq!(hall.get("desk", &explain).await.json["unit"], before.json["unit"], "as it was");
        assert_eq!(
            send(&hall, "admin", "PATCH", "/api/v1/matrix", "", &drop).await.problem(),
            (422, "invalid", "/drop/0")
        );
        for (field, value) in [("area", json!("0000")), ("unit", json!("moon")), ("level", json!("sky"))] {
            let mut wrong = kept.json["rows"].clone();
            wrong[0][field] = value;
            let said = send(&hall, "admin", "PUT", "/api/v1/matrix", "", &json!({ "rows": wrong })).await;
            assert_eq!(said.problem(), (422, "invalid", "/rows/0"), "{field}");
        }
        assert_eq!(send(&hall, "east", "PATCH", "/api/v1/matrix", "", &edit).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_answers_for_is_a_gap() {
    on_both(async |store| {
        let hall = hall(store).await;
        let covered = hall.get("desk", "/api/v1/routing/gaps").await.json["total"].as_u64().unwrap();
        let none = send(&hall, "admin", "PUT", "/api/v1/matrix", "", &json!({ "rows": [] })).await;
        assert_eq!(none.status, 200, "{}", none.json);
        let open = hall.get("desk", "/api/v1/routing/gaps").await;
        let classes =
            hall.get("desk", "/api/v1/classes").await.json["items"].as_array().unwrap().len() as u64;
        assert!(covered < classes);
        assert_eq!(open.json["total"].as_u64().unwrap(), classes, "each class, for the whole city");
        assert_eq!(
            (&open.json["items"][0]["area"], &open.json["items"][0]["n_grids"]),
            (&json!(1), &json!(6))
        );
        let east = hall.get("desk", &format!("/api/v1/routing/gaps?area={EAST}")).await;
        assert_eq!(
            (&east.json["items"][0]["area"], &east.json["items"][0]["n_grids"]),
            (&json!(EAST.0), &json!(4))
        );
        assert_eq!(hall.get("desk", "/api/v1/routing/gaps?area=nowhere").await.problem().2, "?area");
        assert_eq!(
            hall.get("desk", &format!("/api/v1/routing/explain?class=x&area={GRID}")).await.problem().2,
            "?class"
        );
    })
    .await;
}

#[tokio::test]
async fn a_county_keeps_a_calendar_of_its_own_until_it_is_dropped() {
    on_both(async |store| {
        let hall = hall(store).await;
        let all = hall.get("admin", "/api/v1/calendars").await;
        let mut plan = all.json["everybody"].clone();
        plan["code"] = json!("east");
        plan["week"] = json!({ "sat": ["08:00-12:00"] });
        plan["exceptions"] = json!({});
        let path = format!("/api/v1/calendars/{EAST}");
        let saved = send(&hall, "admin", "PUT", &path, all.header("etag"), &plan).await;
        assert_eq!(saved.status, 200, "{}", saved.json);
        let east = hall.get("desk", &path).await;
        assert_eq!(east.json["week"]["sat"], json!([["08:00", "12:00"]]), "{}", east.json);
        assert_ne!(hall.get("desk", "/api/v1/calendars/1").await.json["week"], east.json["week"]);
        assert_eq!(send(&hall, "admin", "PUT", &path, all.header("etag"), &plan).await.problem().0, 412);
        for (field, value) in [("zone", json!("Mars/North")), ("week", json!({}))] {
            let mut wrong = plan.clone();
            wrong[field] = value;
            let said = send(&hall, "admin", "PUT", &path, "", &wrong).await;
            assert_eq!(said.problem().0, 422, "{field}: {}", said.json);
        }
        let whole = send(&hall, "admin", "DELETE", "/api/v1/calendars/1", "", &Value::Null).await;
        assert_eq!(whole.problem().0, 422, "the whole city needs one");
        assert_eq!(send(&hall, "admin", "DELETE", &path, "", &Value::Null).await.status, 200);
        let whole = hall.get("desk", "/api/v1/calendars/1").await;
        assert_eq!(hall.get("desk", &path).await.json["week"], whole.json["week"]);
        assert_eq!(send(&hall, "east", "PUT", &path, "", &plan).await.status, 404);
    })
    .await;
}
