//! Dated changes of the areas over HTTP: preview, save, list, cancel, and every way in which they are no changes.

use axum::body::Body;
use domain::geo::{Crs, LngLat};
use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::hall::{Hall, Reply, hall, posting};

const PATH: &str = "/api/v1/areas/changes";

fn outline(west: f64, east: f64, system: Crs) -> Value {
    let corner = |lng, lat| {
        let there = system.from_wgs84(LngLat { lng, lat });
        json!([there.lng, there.lat])
    };
    let ring = [
        corner(west, 36.0),
        corner(east, 36.0),
        corner(east, 36.01),
        corner(west, 36.01),
        corner(west, 36.0),
    ];
    json!({ "type": "Polygon", "coordinates": [ring] })
}

/// The first grid becomes two, from a day on.
fn split(on: &str, system: Crs) -> Value {
    let half = |code: &str, west, east| json!({ "area": { "code": code, "name_zh": "新网格", "polygon": outline(west, east, system) } });
    let into = [half("379901001001011", 116.0, 116.005), half("379901001001012", 116.005, 116.01)];
    json!({ "on": on, "note": "一分为二", "changes": [{ "change": "split", "area": "379901001001001", "into": into }] })
}

async fn deleted(hall: &Hall, who: &str, id: &str, tag: Option<&str>) -> Reply {
    let request = hall.request(who, "DELETE", &format!("{PATH}/{id}"));
    let request = tag.into_iter().fold(request, |request, tag| request.header("if-match", tag));
    hall.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_change_is_previewed_saved_listed_and_cancelled() {
    on_both(async |store| {
        let hall = hall(store).await;
        let case = hall.reported().await;
        let preview =
            hall.post("admin", &format!("{PATH}?preview=true"), &split("2026-03-09", Crs::Wgs84)).await;
        assert_eq!(preview.status, 200, "{}", preview.json);
        let affected = &preview.json["affected"];
        assert_eq!((&affected["total_cases"], &affected["cases"][0]["id"]), (&json!(1), &json!(case)));
        assert_eq!((&affected["total_duties"], &affected["duties"][0]["to"]), (&json!(1), &json!([16, 17])));
        assert_eq!(
            (&affected["grids"]["end"], &affected["grids"]["begin"]),
            (&json!([10]), &json!([16, 17]))
        );
        assert_eq!((&preview.json["findings"], &preview.json["flaws"]), (&json!([]), &json!([])));
        assert_eq!(preview.json["parts"].as_array().unwrap().len(), 3);
        assert_eq!(hall.get("admin", PATH).await.json, json!({ "items": [], "next": null }));

        let saved = hall.post("admin", PATH, &split("2026-03-09", Crs::Wgs84)).await;
        assert_eq!((saved.status, saved.header("etag")), (201, "\"v1\""), "{}", saved.json);
        let id = saved.json["id"].as_str().unwrap();
        assert_eq!(saved.header("location"), format!("{PATH}/{id}"));
        assert_eq!((&saved.json["state"], &saved.json["name"]), (&json!("arranged"), &json!("admin")));
        let then = hall.get("desk", "/api/v1/areas?as_of=2026-03-09&level=grid").await.json;
        assert_eq!(then["items"].as_array().unwrap().len(), 7, "what is arranged can be asked for");
        let listed = hall.get("admin", PATH).await.json;
        assert_eq!(
            (&listed["items"][0]["id"], &listed["items"][0]["on"]),
            (&json!(id), &json!("2026-03-09"))
        );

        assert_eq!(deleted(&hall, "desk", id, None).await.problem().1, "not_yours");
        assert_eq!(deleted(&hall, "admin", id, Some("\"v9\"")).await.problem(), (412, "stale", ""));
        let gone = deleted(&hall, "admin", id, Some("\"v1\"")).await;
        assert_eq!((gone.status, &gone.json["state"]), (200, &json!("cancelled")));
        assert_eq!(deleted(&hall, "admin", id, Some("\"v1\"")).await.status, 200, "a retry");
        let then = hall.get("desk", "/api/v1/areas?as_of=2026-03-09&level=grid").await.json;
        assert_eq!(then["items"].as_array().unwrap().len(), 6);
        assert_eq!(hall.get("admin", &format!("{PATH}/{id}")).await.json["version"], 2);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_today_is_followed_by_the_case_and_stands_in_its_log() {
    on_both(async |store| {
        let hall = hall(store).await;
        let case = hall.reported().await;
        let saved = hall.post("admin", &format!("{PATH}?crs=gcj02"), &split("2026-03-02", Crs::Gcj02)).await;
        assert_eq!(saved.status, 201, "{}", saved.json);
        let at = hall.get("desk", "/api/v1/areas/at?lng=116.007&lat=36.005").await.json;
        assert_eq!((&at["grid"]["code"], &at["inside"]), (&json!("379901001001012"), &json!(true)));
        app::area::changes::sweep(&hall.app, "here").await.unwrap();
        let log = hall.get("desk", &format!("/api/v1/cases/{case}/log")).await.json;
        let newest = &log["items"].as_array().unwrap()[1];
        assert_eq!(
            (&newest["act"], &newest["by"]["role"], &log["ok"]),
            (&json!("relocate"), &json!("system"), &json!(true))
        );
        assert_eq!(newest["body"]["change"], saved.json["id"]);
        let one = hall.get("admin", &format!("{PATH}/{}", saved.json["id"].as_str().unwrap())).await.json;
        assert_eq!((&one["state"], &one["cases"], &one["duties"]), (&json!("done"), &json!(1), &json!(1)));
        assert_eq!(
            deleted(&hall, "admin", one["id"].as_str().unwrap(), None).await.problem(),
            (409, "blocked", "")
        );
        let seen = hall.get("worker", "/api/v1/cases?filter=holder:me").await.json;
        assert_eq!(seen["items"].as_array().unwrap().len(), 1, "its worker has it still");
    })
    .await;
}

#[rustfmt::skip] // a table, best read as one
fn no_changes() -> Vec<(Value, &'static str, &'static str)> {
    let bow = json!([[[[116.0, 36.0], [116.01, 36.01], [116.01, 36.0], [116.0, 36.01], [116.0, 36.0]]]]);
    let one = |change: Value| json!({ "on": "2026-03-09", "changes": [change] });
    let new = |code: &str| json!({ "change": "add", "parent": "379901001001", "area": { "code": code, "name_zh": "新" } });
    vec![
        (json!([]),                                                              "",                       ""),
        (json!({}),                                                              "/changes",               "missing"),
        (json!({ "changes": [] }),                                               "/changes",               "1 to 1000"),
        (json!({ "on": "soon", "changes": [new("379901001001009")] }),           "/on",                    "a day is written"),
        (json!({ "changes": [], "colour": 1 }),                                  "/colour",                "unknown field"),
        (one(json!(7)),                                                          "/changes/0",             "object"),
        (one(json!({})),                                                         "/changes/0/change",      "one of split"),
        (one(json!({ "change": "explode" })),                                    "/changes/0/change",      "one of split"),
        (one(json!({ "change": "split", "area": "379901001001001" })),           "/changes/0/into",        "missing"),
        (one(json!({ "change": "retire", "area": "12345" })),                    "/changes/0/area",        "digits"),
        (one(json!({ "change": "retire", "area": "379901001001001", "x": 1 })),  "/changes/0/x",           "unknown field"),
        (one(json!({ "change": "reshape", "area": "379901001001001", "polygon": bow })), "/changes/0/polygon", "crosses itself"),
        (one(json!({ "change": "reshape", "area": "379901001001001", "polygon": { "type": "Point", "coordinates": [1, 2] } })), "/changes/0/polygon", "is a Point"),
        (one(json!({ "change": "reshape", "area": "379901001001001", "polygon": [[[[36, 116], [36, 117], [37, 116]]]] })), "/changes/0/polygon", "exchanged"),
        (one(json!({ "change": "retire", "area": "379901001001009" })),          "/changes/0",             "no such area on 2026-03-09"),
        (one(new("379901001001001")),                                            "/changes/0",             "codes are never reused"),
        (one(json!({ "change": "move", "area": "379901001001", "to": "379902" })), "/changes/0",           "name its township"),
        (one(json!({ "change": "reshape", "area": "379901001001001", "polygon": outline(10.0, 10.01, Crs::Wgs84) })), "/accept_flaws", "m2"),
    ]
}

#[tokio::test]
async fn what_is_no_change_is_answered_by_its_place_and_keeps_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        for (body, path, says) in no_changes() {
            let reply = hall.post("admin", PATH, &body).await;
            assert_eq!(reply.problem(), (422, "invalid", path), "{body}: {}", reply.json);
            assert!(
                reply.json["fields"][0]["detail"].as_str().unwrap().contains(says),
                "{says}: {}",
                reply.json
            );
        }
        let mut past = split("2026-03-01", Crs::Wgs84);
        assert!(
            hall.post("admin", PATH, &past).await.json["fields"][0]["detail"]
                .as_str()
                .unwrap()
                .contains("is past")
        );
        past["changes"] =
            json!(std::iter::repeat_n(json!({ "change": "retire", "area": "9" }), 1_001).collect::<Vec<_>>());
        assert_eq!(hall.post("admin", PATH, &past).await.problem().2, "/changes");
        assert_eq!(hall.post("desk", PATH, &split("2026-03-09", Crs::Wgs84)).await.problem().1, "not_yours");
        assert_eq!(hall.post("east", PATH, &split("2026-03-09", Crs::Wgs84)).await.status, 201);
        let rename = json!({ "change": "rename", "area": "379901001001001", "name_zh": "新名" });
        let early = json!({ "on": "2026-03-08", "changes": [rename] });
        let overlapping = hall.post("admin", PATH, &early).await;
        assert!(
            overlapping.json["fields"][0]["detail"]
                .as_str()
                .unwrap()
                .contains("already arranged for 2026-03-09")
        );
        let request = hall.request("admin", "POST", PATH).header("content-type", "application/json");
        let broken = hall.send(request.body(Body::from(vec![b'{', 0xff])).unwrap()).await;
        assert_eq!(broken.problem(), (400, "malformed", ""));
        assert_eq!(hall.get("admin", &format!("{PATH}?limit=0")).await.problem(), (422, "invalid", "?limit"));
        assert_eq!(
            hall.get("admin", &format!("{PATH}?cursor=x")).await.problem(),
            (422, "invalid", "?cursor")
        );
        assert_eq!(hall.get("desk", PATH).await.problem().1, "not_yours");
        assert_eq!(hall.get("admin", &format!("{PATH}/{}", Uuid::nil())).await.problem().0, 404);
        assert_eq!(deleted(&hall, "admin", "x", None).await.problem().0, 404);
    })
    .await;
}

#[tokio::test]
async fn the_same_change_sent_twice_is_one_and_pages_follow_each_other() {
    on_both(async |store| {
        let hall = hall(store).await;
        let key = Uuid::now_v7().to_string();
        let sent = |body: Value| {
            let request = hall.request("admin", "POST", PATH).header("idempotency-key", &key);
            hall.send(posting(request, &body))
        };
        assert_eq!(sent(split("2026-03-09", Crs::Wgs84)).await.status, 201);
        let again = sent(split("2026-03-09", Crs::Wgs84)).await;
        assert_eq!((again.status, again.header("idempotent-replay")), (200, "true"));
        assert_eq!(sent(split("2026-03-10", Crs::Wgs84)).await.problem(), (422, "key_reused", ""));
        let renamed = |code: &str, on: &str| json!({ "on": on, "changes": [{ "change": "rename", "area": code, "name_zh": "新名" }] });
        for (code, on) in [("379902100201001", "2026-03-20"), ("379902100201002", "2026-03-15")] {
            assert_eq!(hall.post("admin", PATH, &renamed(code, on)).await.status, 201);
        }
        let mut days = Vec::new();
        let mut next = String::new();
        loop {
            let page = hall.get("admin", &format!("{PATH}?limit=1{next}")).await.json;
            days.push(page["items"][0]["on"].as_str().unwrap().to_owned());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(days, ["2026-03-20", "2026-03-15", "2026-03-09"]);
    })
    .await;
}
