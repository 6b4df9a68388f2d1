//! Areas, their outlines, and the city's lists.

use axum::body::Body;
use domain::geo::{Crs, LngLat};
use serde_json::{Value, json};
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
async fn what_has_a_point_takes_and_gives_it_in_the_system_that_is_named() {
    on_both(async |store| {
        let hall = hall(store).await;
        let there = Crs::Gcj02.from_wgs84(LngLat { lng: 116.005, lat: 36.005 });
        let place = json!({ "lng": there.lng, "lat": there.lat, "crs": "gcj02" });
        let report = json!({ "text": "路面有坑", "place": place });
        let case = hall.post("worker", "/api/v1/cases?crs=gcj02", &report).await.json;
        let is_near = |place: &Value, point: LngLat| {
            let given = LngLat { lng: place["lng"].as_f64().unwrap(), lat: place["lat"].as_f64().unwrap() };
            domain::geo::distance_m(given, point) < 0.05
        };
        assert!(is_near(&case["place"], there), "{}", case["place"]);
        assert_eq!(case["place"]["areas"]["grid"], 10, "the point lies in the first grid");
        let path = format!("/api/v1/cases/{}", case["id"].as_str().unwrap());
        let kept = hall.get("worker", &path).await.json;
        assert!(is_near(&kept["place"], LngLat { lng: 116.005, lat: 36.005 }), "kept in WGS-84");
        let listed = hall.get("worker", "/api/v1/cases?crs=bd09").await.json;
        let vendor = Crs::Bd09.from_wgs84(LngLat { lng: 116.005, lat: 36.005 });
        assert!(is_near(&listed["items"][0]["place"], vendor));
        let map = hall.get("desk", "/api/v1/areas/10/shapes?crs=gcj02").await.json;
        let corner = &map["features"][0]["geometry"]["coordinates"][0][0][0];
        let corner = LngLat { lng: corner[0].as_f64().unwrap(), lat: corner[1].as_f64().unwrap() };
        let shifted = Crs::Gcj02.from_wgs84(LngLat { lng: 116.0, lat: 36.0 });
        assert!(domain::geo::distance_m(corner, shifted) < 1.5, "to a metre: {corner:?}");
        for path in
            ["/api/v1/areas/10/shapes?crs=moon", &format!("{path}?crs=moon"), "/api/v1/cases?crs=moon"]
        {
            assert_eq!(hall.get("worker", path).await.problem(), (422, "invalid", "?crs"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_topology_report_names_each_flaw_with_its_size_to_administrators() {
    on_both(async |store| {
        let hall = hall(store).await;
        let report = "/api/v1/areas/topology";
        assert_eq!(hall.get("admin", report).await.json, json!({ "items": [], "total": 0 }));
        let ring = json!([[[116.0, 36.0], [116.011, 36.0], [116.011, 36.009], [116.0, 36.009], [116.0, 36.0]]]);
        let file = json!({ "outlines": { "type": "FeatureCollection", "features": [{ "type": "Feature",
            "properties": { "code": "379901001001001" }, "geometry": { "type": "Polygon", "coordinates": ring } }] } });
        let done = hall.post("admin", "/api/v1/areas/import", &file).await;
        assert_eq!((done.status, &done.json["changed"]), (200, &json!(1)), "{}", done.json);
        let found = hall.get("admin", report).await.json;
        let flaws: Vec<&str> =
            found["items"].as_array().unwrap().iter().map(|it| it["flaw"].as_str().unwrap()).collect();
        assert_eq!(flaws, ["gap", "overlap"], "{found}");
        // A hundredth of a degree by a thousandth, at 36 degrees north, is about 901 by 111 m.
        let gap = found["items"][0]["area_m2"].as_f64().unwrap();
        assert!((95_000.0..105_000.0).contains(&gap), "{gap}");
        assert_eq!(found["items"][1]["areas"], json!([10, 11]));
        let before = hall.get("admin", &format!("{report}?as_of=2026-03-01")).await.json;
        assert_eq!(before["total"], 0, "yesterday's outlines were sound");
        assert_eq!(hall.get("admin", &format!("{report}?under=6")).await.json["total"], 0);
        assert_eq!(hall.get("east", &format!("{report}?limit=1")).await.json["total"], 2);
        assert_eq!(hall.get("east", &format!("{report}?under=6")).await.problem().1, "not_yours");
        assert_eq!(hall.get("desk", report).await.problem().1, "not_yours");
        assert_eq!(hall.get("admin", &format!("{report}?under=99")).await.problem().0, 404);
        for (query, path) in [("tolerance_m2=-1", "?tolerance_m2"), ("crs=x", "?crs"), ("as_of=x", "?as_of")] {
            assert_eq!(hall.get("admin", &format!("{report}?{query}")).await.problem(), (422, "invalid", path));
        }
    })
    .await;
}

#[tokio::test]
async fn areas_outlines_and_points_are_answered_as_of_a_day() {
    on_both(async |store| {
        let hall = hall(store).await;
        let file = "code,parent,name\n379901001001001,,桥东一号网格\n";
        let csv = |query: &str| {
            let request = hall.request("admin", "POST", &format!("/api/v1/areas/import{query}"));
            hall.send(request.header("content-type", "text/csv").body(Body::from(file)).unwrap())
        };
        let preview = csv("?preview=true").await.json;
        assert_eq!((&preview["done"], &preview["changed"]), (&json!(false), &json!(1)));
        assert_eq!(
            hall.get("desk", "/api/v1/areas/10").await.json["name_zh"],
            "网格",
            "a preview keeps nothing"
        );
        assert_eq!(csv("").await.json["done"], true);
        for (query, name) in
            [("", "桥东一号网格"), ("?as_of=2026-03-01", "网格"), ("?as_of=2030-01-01", "桥东一号网格")]
        {
            for named in ["10", "379901001001001"] {
                let path = format!("/api/v1/areas/{named}{query}");
                assert_eq!(hall.get("desk", &path).await.json["name_zh"], name, "{path}");
            }
        }
        let map = hall.get("desk", "/api/v1/areas/10/shapes?as_of=2026-03-01").await.json;
        assert_eq!(map["features"][0]["properties"]["name_zh"], "网格");
        let at = hall.get("desk", "/api/v1/areas/at?lng=116.005&lat=36.005&as_of=2026-03-01").await.json;
        assert_eq!((&at["grid"]["name_zh"], &at["inside"]), (&json!("网格"), &json!(true)));
        let founded = "/api/v1/areas/at?lng=116.005&lat=36.005&as_of=2019-01-01";
        assert_eq!(hall.get("desk", founded).await.status, 404, "there was no city yet");
        assert_eq!(hall.get("desk", "/api/v1/areas/10?as_of=2019-12-31").await.status, 404);
        assert_eq!(
            hall.get("desk", "/api/v1/areas/10?as_of=never").await.problem(),
            (422, "invalid", "?as_of")
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
