//! The one box over HTTP: hits within rights, the map, the file, and saved queries.

use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use store::testing::on_both;

use crate::hall::{Hall, hall, posting};

fn path(text: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
    format!("/api/v1/search?{query}")
}

fn group<'a>(found: &'a Value, kind: &str) -> &'a Value {
    found["groups"].as_array().unwrap().iter().find(|it| it["kind"] == kind).unwrap_or(&Value::Null)
}

async fn ready(hall: &Hall) {
    hall.app.finder.catch_up(&hall.app).await.unwrap();
}

#[tokio::test]
async fn one_box_finds_areas_cases_units_and_staff_within_rights() {
    on_both(async |store| {
        let hall = hall(store).await;
        let before = hall.get("desk", &path("桥头")).await.json;
        assert_eq!(before["building"]["done"], 0, "whoever asks before it is built is told: {before}");
        let id = hall.reported().await;
        ready(&hall).await;
        let found = hall.get("desk", &path("桥头")).await.json;
        assert_eq!(found["building"], Value::Null);
        let (area, case) = (&group(&found, "area")["items"][0], &group(&found, "case")["items"][0]);
        assert_eq!((&area["title_zh"], &area["why"], &area["marks"], &area["open"]),
            (&json!("桥头街道"), &json!("name"), &json!([[0, 2]]), &json!(1)));
        assert_eq!((&case["id"], &case["case"]["step"]), (&json!(id), &json!("reported")));
        assert_eq!(group(&hall.get("harbour", &path("桥头")).await.json, "case")["total"], 0, "not of their ground");
        let unit = hall.get("desk", &path("部门:roads 逾期")).await.json;
        assert_eq!(unit["chips"][0]["meaning"], "unit");
        assert_eq!(unit["chips"][1], json!({ "from": 9, "to": 11, "meaning": "state", "zh": "已逾期", "en": "overdue", "active": true }));
        let staff = hall.get("admin", &path("@worker")).await.json;
        assert_eq!((&staff["total"], &group(&staff, "person")["items"][0]["role"]), (&json!(1), &json!("worker")));
        assert_eq!(hall.get("roads", &path("@worker")).await.json["total"], 0);
        let number = hall.get("desk", &format!("/api/v1/cases/{id}")).await.json["no"].as_str().unwrap().to_owned();
        assert_eq!(hall.get("desk", &path(&number)).await.json["total"], 1);
        for (query, field) in
            [("q=x&kind=moon", "?kind"), ("q=x&limit=0", "?limit"), ("q=x&lng=200&lat=3", "?lng"), ("q=x&crs=moon", "?crs"), ("", "?q"), ("q=x&page=2", "?page")]
        {
            let no = hall.get("desk", &format!("/api/v1/search?{query}")).await;
            assert_eq!((no.status, no.problem().2), (422, field), "{query}");
        }
        assert_eq!(hall.get("nobody", &path("桥头")).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn what_is_found_stands_on_a_map_and_in_a_file_that_runs_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut report = crate::hall::a_report();
        report["text"] = json!("=cmd|' /C calc'!A0 路面有坑");
        assert_eq!(hall.post("worker", "/api/v1/cases", &report).await.status, 201);
        ready(&hall).await;
        let of = |path: &str| path.to_owned() + "q=%E8%B7%AF%E9%9D%A2&kind=case"; // 路面
        let map = hall.get("desk", &of("/api/v1/search/map?")).await.json;
        assert_eq!(
            (&map["total"], &map["features"][0]["properties"]["kind"]),
            (&json!(1), &json!("case")),
            "{map}"
        );
        let shifted = hall.get("desk", &of("/api/v1/search/map?crs=gcj02&")).await.json;
        assert_ne!(shifted["features"][0]["geometry"], map["features"][0]["geometry"]);
        let file = hall.get("desk", &of("/api/v1/search/csv?")).await;
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        assert!(text.starts_with("\u{feff}类型,名称或内容,编号"), "{text}");
        assert!(text.contains("'=cmd") && !text.contains(",=cmd"), "{text}");
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"search.csv\"");
        let english = hall.get("desk", &of("/api/v1/search/csv?lang=en&")).await;
        assert!(String::from_utf8(english.bytes.to_vec()).unwrap().contains("kind,name or text"));
        assert_eq!(hall.get("desk", &of("/api/v1/search/csv?lang=fr&")).await.problem().2, "?lang");
    })
    .await;
}

#[tokio::test]
async fn a_query_is_saved_changed_and_forgotten_by_its_own_person_only() {
    on_both(async |store| {
        let hall = hall(store).await;
        let at = "/api/v1/search/saved/01999999-0000-7000-8000-000000000001";
        let put =
            async |who: &str, body: Value| hall.send(posting(hall.request(who, "PUT", at), &body)).await;
        let body = json!({ "name": "住建逾期", "query": "部门:住建 逾期" });
        assert_eq!(put("desk", body.clone()).await.status, 201);
        assert_eq!(put("desk", body.clone()).await.status, 200);
        assert_eq!(put("roads", body).await.status, 404, "another's id is the id of nothing");
        assert_eq!(
            put("desk", json!({ "name": "", "query": "x" })).await.problem(),
            (422, "invalid", "/name")
        );
        let mine = hall.get("desk", "/api/v1/search/saved").await.json;
        assert_eq!(
            (mine["items"].as_array().unwrap().len(), &mine["items"][0]["query"]),
            (1, &json!("部门:住建 逾期"))
        );
        assert_eq!(hall.get("roads", "/api/v1/search/saved").await.json, json!({ "items": [] }));
        let delete = async |who: &str| {
            let request = hall.request(who, "DELETE", at).header(header::CONTENT_LENGTH, 0);
            hall.send(request.body(Body::empty()).unwrap()).await.status
        };
        assert_eq!((delete("roads").await, delete("desk").await, delete("desk").await), (404, 204, 404));
    })
    .await;
}
