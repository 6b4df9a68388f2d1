//! Areas, their outlines, and the city's lists.

use axum::body::Body;
use serde_json::json;
use store::testing::on_both;

use crate::hall::hall;

#[tokio::test]
async fn areas_are_listed_by_level_parent_and_ground() {
    on_both(async |store| {
        let hall = hall(store).await;
        for (query, count) in [
            ("", 15),
            ("?level=county", 2),
            ("?parent=2", 2),
            ("?under=2&level=grid", 4),
            ("?q=%E6%A1%A5%E5%A4%B4", 1),
            ("?q=379902", 5),
            ("?as_of=2019-12-31", 0),
        ] {
            let page = hall.get("desk", &format!("/api/v1/areas{query}")).await.json;
            assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
        }
        let first = hall.get("desk", "/api/v1/areas?limit=10").await.json;
        let rest = hall
            .get("desk", &format!("/api/v1/areas?limit=10&cursor={}", first["next"].as_str().unwrap()))
            .await
            .json;
        assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (5, &json!(null)));
        for (query, path) in [
            ("level=moon", "?level"),
            ("under=99", "?under"),
            ("as_of=today", "?as_of"),
            ("limit=0", "?limit"),
        ] {
            assert_eq!(
                hall.get("desk", &format!("/api/v1/areas?{query}")).await.problem(),
                (422, "invalid", path)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_area_is_found_by_id_and_by_code_and_sent_once() {
    on_both(async |store| {
        let hall = hall(store).await;
        let by_code = hall.get("desk", "/api/v1/areas/379901").await;
        assert_eq!(by_code.json["id"], 2);
        let request =
            hall.request("desk", "GET", "/api/v1/areas/2").header("if-none-match", by_code.header("etag"));
        assert_eq!(hall.send(request.body(Body::empty()).unwrap()).await.status, 304);
        assert_eq!(hall.get("desk", "/api/v1/areas/99").await.problem(), (404, "not_found", ""));
    })
    .await;
}

#[tokio::test]
async fn a_point_has_a_grid_or_the_nearest_with_its_distance() {
    on_both(async |store| {
        let hall = hall(store).await;
        let inside = hall.get("desk", "/api/v1/areas/at?lng=116.005&lat=36.005").await.json;
        assert_eq!(
            (&inside["grid"]["id"], &inside["inside"], inside["chain"].as_array().unwrap().len()),
            (&json!(10), &json!(true), 5)
        );
        let sea = hall.get("desk", "/api/v1/areas/at?lng=115.99&lat=36.005").await.json;
        assert_eq!((&sea["grid"]["id"], &sea["inside"]), (&json!(10), &json!(false)));
        assert!((850.0..950.0).contains(&sea["distance_m"].as_f64().unwrap()), "{}", sea["distance_m"]);
        let shifted = hall.get("desk", "/api/v1/areas/at?lng=116.005&lat=36.005&crs=gcj02").await.json;
        assert_ne!(shifted["distance_m"], sea["distance_m"]);
        assert_eq!(
            hall.get("desk", "/api/v1/areas/at?lng=36&lat=116").await.problem(),
            (422, "invalid", "?lat")
        );
    })
    .await;
}

#[tokio::test]
async fn a_map_shows_outlines_with_what_is_open() {
    on_both(async |store| {
        let hall = hall(store).await;
        hall.reported().await;
        hall.hours_pass(1);
        let map = hall.get("desk", "/api/v1/areas/1/shapes?level=grid&open=1").await;
        assert_eq!(map.header("content-type"), "application/geo+json");
        let features = map.json["features"].as_array().unwrap();
        assert_eq!(features.len(), 6);
        let properties = &features[0]["properties"];
        assert_eq!(
            (&properties["id"], &properties["open"], &properties["overdue"]),
            (&json!(10), &json!(1), &json!(1))
        );
        assert_eq!(features[0]["geometry"]["coordinates"][0][0].as_array().unwrap().len(), 5);
        let plain = hall.get("desk", "/api/v1/areas/2/shapes").await;
        assert_eq!(plain.json["features"].as_array().unwrap().len(), 4);
        let loads = hall.get("desk", "/api/v1/areas/1/loads?level=county").await.json;
        assert_eq!(loads, json!({ "items": [{ "area": 2, "open": 1, "overdue": 1 }] }));
        let unseen = hall.get("harbour", "/api/v1/areas/1/loads?level=county").await.json;
        assert_eq!(unseen, json!({ "items": [] }));
    })
    .await;
}

#[tokio::test]
async fn the_citys_lists_are_sent_with_their_words() {
    on_both(async |store| {
        let hall = hall(store).await;
        let classes = hall.get("worker", "/api/v1/classes").await.json;
        let pipes = &classes["items"][1];
        assert_eq!((&pipes["code"], &pipes["evidence"]), (&json!("02001"), &json!(["after"])));
        assert_eq!(
            pipes["stages"]["wait"],
            json!({ "span": { "natural_days": 7 }, "zh": "7个自然日", "en": "7 days" })
        );
        assert_eq!(hall.get("worker", "/api/v1/units").await.json["items"].as_array().unwrap().len(), 4);
        assert_eq!(
            hall.get("worker", "/api/v1/units?area=2").await.json["items"].as_array().unwrap().len(),
            2
        );
        let calendar = hall.get("worker", "/api/v1/calendars/10").await.json;
        assert_eq!(calendar["week"]["mon"], json!([["09:00", "12:00"], ["14:00", "18:00"]]));
        assert_eq!((&calendar["week"]["sun"], &calendar["zone"]), (&json!([]), &json!("Asia/Shanghai")));
    })
    .await;
}
