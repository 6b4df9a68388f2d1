//! Files of areas over HTTP: every way in which they are broken is told with its row or feature, and keeps all out.

use axum::body::Body;
use serde_json::{Value, json};
use store::testing::on_both;

use crate::hall::{Hall, Reply, hall};

async fn sent(hall: &Hall, who: &str, media: &str, query: &str, file: impl Into<Body>) -> Reply {
    let request = hall.request(who, "POST", &format!("/api/v1/areas/import{query}"));
    hall.send(request.header("content-type", media).body(file.into()).unwrap()).await
}

fn told(reply: &Reply) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    reply.json["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (text(&it["path"]), text(&it["detail"])))
        .collect()
}

fn outline(code: &str, ring: &Value) -> String {
    let feature = json!({ "type": "Feature", "properties": { "code": code },
        "geometry": { "type": "Polygon", "coordinates": [ring] } });
    json!({ "type": "FeatureCollection", "features": [feature] }).to_string()
}

#[tokio::test]
async fn a_file_with_broken_rows_keeps_everything_out_and_names_each() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut file = b"code,parent,name,level\n\
            379901001001009,,\xe6\x96\xb0\xe7\xbd\x91\xe6\xa0\xbc,grid\n\
            12345,,x,grid\n\
            379901001001008,,,grid\n\
            379901001001007,379901001009,x,grid\n\
            379901001001006,,x,county\n\
            379901001001005,,x\n"
            .to_vec();
        file.extend(b"379901001001004,,\xb9\xc5,grid\n");
        let reply = sent(&hall, "admin", "text/csv", "", file).await;
        assert_eq!(reply.problem().0, 422);
        let told = told(&reply);
        for (path, says) in [
            ("/areas/row/3/code", "digits"),
            ("/areas/row/4/name_zh", "needs a name"),
            ("/areas/row/5/parent", "neither in the file nor in the city"),
            ("/areas/row/6/level", "length of a grid code"),
            ("/areas/row/7", "has 3 fields"),
            ("/areas/row/8/name_zh", "is not UTF-8"),
        ] {
            assert!(told.iter().any(|(at, why)| at == path && why.contains(says)), "{path}: {told:?}");
        }
        assert_eq!(told.len(), 6);
        assert_eq!(
            hall.get("desk", "/api/v1/areas/379901001001009").await.status,
            404,
            "not even the good row"
        );
    })
    .await;
}

#[tokio::test]
async fn outlines_that_are_none_are_refused_by_feature() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (code, geo) = ("379901001001001", "application/geo+json");
        let bow = json!([[116.0, 36.0], [116.01, 36.01], [116.01, 36.0], [116.0, 36.01], [116.0, 36.0]]);
        let swapped = json!([[36.0, 116.0], [36.0, 116.01], [36.01, 116.01], [36.0, 116.0]]);
        let good = json!([[116.0, 36.0], [116.01, 36.0], [116.01, 36.01], [116.0, 36.01], [116.0, 36.0]]);
        let two = json!([[116.0, 36.0], [116.01, 36.0]]);
        for (file, path, says) in [
            (outline(code, &bow), "/outlines/features/0/geometry", "crosses itself"),
            (outline(code, &swapped), "/outlines/features/0/geometry", "exchanged"),
            (outline(code, &two), "/outlines/features/0/geometry", "fewer than three"),
            (outline("x", &good), "/outlines/features/0/code", "digits"),
            (outline("379901001009001", &good), "/outlines/features/0/parent", "neither in the file nor"),
            ("{\"type\":\"Feature\"}".to_owned(), "", "FeatureCollection"),
            ("[1, 2".to_owned(), "", "not valid JSON"),
        ] {
            let reply = sent(&hall, "admin", geo, "?preview=false", file.clone()).await;
            assert_eq!(reply.problem(), (422, "invalid", path), "{file}: {}", reply.json);
            assert!(told(&reply)[0].1.contains(says), "{says}: {}", reply.json);
            let preview = sent(&hall, "admin", geo, "?preview=true", file).await;
            assert_eq!(preview.status, 200, "a preview shows the same findings");
            assert!(preview.json["findings"][0]["says"].as_str().unwrap().contains(says));
        }
        let mut bytes = outline(code, &good).into_bytes();
        bytes[10] = 0xff;
        assert_eq!(sent(&hall, "admin", geo, "", bytes.clone()).await.problem().0, 422);
        assert_eq!(
            sent(&hall, "admin", "application/json", "", bytes).await.problem(),
            (400, "malformed", "")
        );
    })
    .await;
}

#[tokio::test]
async fn a_file_is_taken_only_from_an_administrator_of_all_it_touches_and_not_for_the_past() {
    on_both(async |store| {
        let hall = hall(store).await;
        let renamed = |code: &str| format!("code,name\n{code},新名\n");
        let csv = "text/csv";
        for who in ["desk", "leader", "worker"] {
            assert_eq!(sent(&hall, who, csv, "", renamed("379902100201001")).await.problem().1, "not_yours");
        }
        assert_eq!(sent(&hall, "east", csv, "", renamed("379902100201001")).await.problem().1, "not_yours");
        assert_eq!(sent(&hall, "east", csv, "", renamed("379901001001001")).await.status, 200);
        let past = sent(&hall, "admin", csv, "?on=2026-03-01", renamed("379902100201001")).await;
        assert_eq!(past.problem(), (422, "invalid", "/areas/row/2"));
        assert!(told(&past)[0].1.contains("is past"), "{}", past.json);
        assert_eq!(
            sent(&hall, "admin", csv, "?on=soon", renamed("379902100201001")).await.problem().2,
            "?on"
        );
        assert_eq!(sent(&hall, "admin", csv, "?crs=x", renamed("379902100201001")).await.problem().2, "?crs");
        assert_eq!(sent(&hall, "admin", "text/plain", "", "x").await.problem().1, "unsupported_media");
        assert_eq!(hall.post("admin", "/api/v1/areas/import", &json!({})).await.problem().2, "/areas");
        assert_eq!(hall.post("admin", "/api/v1/areas/import", &json!({ "x": 1 })).await.problem().2, "/x");
    })
    .await;
}

#[tokio::test]
async fn areas_and_outlines_come_together_in_a_shifted_system() {
    on_both(async |store| {
        let hall = hall(store).await;
        let corner = |lng, lat| {
            let there = domain::geo::Crs::Gcj02.from_wgs84(domain::geo::LngLat { lng, lat });
            json!([there.lng, there.lat])
        };
        let ring =
            json!([corner(116.06, 36.0), corner(116.07, 36.0), corner(116.07, 36.01), corner(116.06, 36.01)]);
        let outlines: Value = serde_json::from_str(&outline("379902100201009", &ring)).unwrap();
        let file = json!({ "areas": "code,name\n379902100201009,新网格\n", "outlines": outlines });
        let done = hall.post("admin", "/api/v1/areas/import?crs=gcj02", &file).await.json;
        assert_eq!((&done["new"], &done["grids"], &done["done"]), (&json!(1), &json!(1), &json!(true)));
        assert_eq!(done["findings"][0]["weight"], "put_right", "the open ring was closed: {done}");
        let at = hall.get("desk", "/api/v1/areas/at?lng=116.065&lat=36.005").await.json;
        assert_eq!((&at["grid"]["code"], &at["inside"]), (&json!("379902100201009"), &json!(true)));
    })
    .await;
}
