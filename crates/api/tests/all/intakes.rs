//! Departments hand in figures over HTTP: as JSON and as files, signed, corrected, on the board.

use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::city::{CITY, put};
use crate::hall::{Hall, Reply, hall, posting};

const INTAKES: &str = "/api/v1/index/intakes";

/// Two shares of the roads department of the city, and the rate of a computed one.
async fn follow_a_framework(hall: &Hall) {
    let row = |code: &str, source: &str, weight: f64| {
        json!({
            "code": code, "level": 1, "parent": "INDEX", "name_zh": format!("{code}率"), "name_en": code,
            "unit": "%", "direction": 1, "dimension": "公共安全", "aspect": "社情", "department": "roads.3799",
            "scoring_standard": "linear;bounds=fixed:80..100;num/den=holes;min_den=20", "weight": weight,
            "source": source,
        })
    };
    let rows = [row("R1", "", 0.5), row("R2", "", 0.3), row("C1", "cases:handled-on-time", 0.2)];
    put(&hall.app.store, "framework", 1, &json!({ "due_day": 10, "rows": rows, "bases": [] })).await;
    hall.app.refresh().await.unwrap();
    assert!(hall.app.city().root().is_some_and(|root| root.id == CITY));
}

fn figures(num: f64) -> Value {
    json!({ "month": "2026-02", "figures": [
        { "indicator": "R1", "area": "379901", "num": num, "den": 20 },
        { "indicator": "R1", "area": "379902", "num": 15, "den": 19 },
    ] })
}

async fn puts(hall: &Hall, who: &str, id: Uuid, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "PUT", &format!("{INTAKES}/{id}")), body)).await
}

async fn file(hall: &Hall, method: &str, path: &str, media: &str, bytes: Vec<u8>) -> Reply {
    let request = hall.request("paver", method, path).header(header::CONTENT_TYPE, media);
    hall.send(request.body(Body::from(bytes)).unwrap()).await
}

#[tokio::test]
async fn figures_are_previewed_saved_signed_and_corrected() {
    on_both(async |store| {
        let hall = hall(store).await;
        let early = hall.post("paver", &format!("{INTAKES}/preview"), &figures(19.0)).await;
        assert_eq!(early.problem().0, 409, "there is no framework yet");
        follow_a_framework(&hall).await;
        let preview = hall.post("paver", &format!("{INTAKES}/preview"), &figures(19.0)).await;
        assert_eq!(preview.status, 200, "{}", preview.json);
        let told = &preview.json;
        assert_eq!(
            (&told["new"], &told["ready"], &told["department"]),
            (&json!(2), &json!(true), &json!("roads.3799"))
        );
        assert_eq!(
            (&told["figures"][0]["value"], &told["figures"][1]["small"]),
            (&json!(95.0), &json!(19.0))
        );
        assert_eq!(told["missing"][1], json!({ "indicator": "R2", "area": "379902" }));

        let id = Uuid::now_v7();
        let saved = puts(&hall, "paver", id, &figures(19.0)).await;
        assert_eq!(
            (saved.status, saved.header("location")),
            (201, format!("{INTAKES}/{id}").as_str()),
            "{}",
            saved.json
        );
        assert_eq!((saved.header("etag"), &saved.json["saved_by"]["name"]), ("\"saved\"", &json!("paver")));
        assert_eq!(puts(&hall, "paver", id, &figures(19.0)).await.status, 200);
        assert_eq!(puts(&hall, "paver", id, &figures(18.0)).await.problem().1, "key_reused");
        let values = "/api/v1/index/values?indicator=R1&area=379901&month=2026-02";
        assert_eq!(hall.get("paver", values).await.json["items"], json!([]), "not signed");
        let signed = hall.post("paver", &format!("{INTAKES}/{id}/sign"), &Value::Null).await;
        assert_eq!((signed.status, &signed.json["state"]), (200, &json!("signed")), "{}", signed.json);
        hall.hours_pass(1);
        let second = Uuid::now_v7();
        assert_eq!(puts(&hall, "paver", second, &figures(18.0)).await.json["n_changed"], 1);
        let again = hall.post("paver", &format!("{INTAKES}/{second}/sign"), &Value::Null).await;
        assert_eq!(again.status, 200);
        let all = hall.get("analyst", values).await.json["items"].clone();
        assert_eq!((&all[0]["numbers"]["num"], &all[1]["numbers"]["num"]), (&json!(19.0), &json!(18.0)));
        assert_eq!((&all[1]["vintage"], &all[1]["intake"]), (&json!(2), &json!(second)));
        let then = format!("known={}", signed.json["signed_at"].as_str().unwrap());
        let path = format!("/api/v1/index/figures?first=2026-02&last=2026-02&indicator=R1&{then}");
        let known = hall.get("analyst", &path).await;
        assert_eq!(
            (known.status, &known.json["items"][0]["numbers"]["num"]),
            (200, &json!(19.0)),
            "{}",
            known.json
        );
        let deeds = hall.get("admin", &format!("/api/v1/deeds?about=intake/{second}")).await;
        assert_eq!(deeds.json["items"][0]["what"]["deed"], "sign_intake");
        let gone = hall.send(
            hall.request("paver", "DELETE", &format!("{INTAKES}/{second}")).body(Body::empty()).unwrap(),
        );
        assert_eq!(gone.await.problem().1, "blocked", "signed figures stay");
    })
    .await;
}

#[tokio::test]
async fn intakes_and_the_board_are_seen_by_the_department_and_by_those_who_answer_for_the_city() {
    on_both(async |store| {
        let hall = hall(store).await;
        follow_a_framework(&hall).await;
        let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
        for id in [id, other] {
            assert_eq!(puts(&hall, "paver", id, &figures(19.0)).await.status, 201);
            hall.hours_pass(1);
        }
        for who in ["paver", "analyst", "leader"] {
            let page = hall.get(who, &format!("{INTAKES}?limit=1&month=2026-02&state=saved")).await;
            assert_eq!(page.json["items"][0]["id"], json!(other), "{who}: {}", page.json);
            let next = page.json["next"].as_str().unwrap();
            let page = hall.get(who, &format!("{INTAKES}?cursor={next}")).await;
            assert_eq!((&page.json["items"][0]["id"], &page.json["next"]), (&json!(id), &Value::Null));
            let one = hall.get(who, &format!("{INTAKES}/{id}")).await;
            assert_eq!(one.json["figures"][1]["area"], "379902", "{}", one.json);
            let board = hall.get(who, "/api/v1/index/board?first=2026-01&last=2026-02").await;
            let cell = &board.json["departments"][0]["cells"][1];
            assert_eq!(
                (&cell["expected"], &cell["waiting"], &cell["delivery"]),
                (&json!(4), &json!(2), &json!("awaited"))
            );
        }
        for who in ["desk", "roads", "admin", "worker"] {
            for path in [INTAKES.to_owned(), format!("{INTAKES}/{id}"), "/api/v1/index/board".to_owned()] {
                assert_eq!(hall.get(who, &path).await.status, 404, "{who} {path}");
            }
        }
        assert_eq!(hall.post("analyst", &format!("{INTAKES}/{id}/sign"), &Value::Null).await.status, 404);
        let delete = hall.request("paver", "DELETE", &format!("{INTAKES}/{id}")).body(Body::empty()).unwrap();
        assert_eq!(hall.send(delete).await.json["state"], "discarded");
        for (query, at) in [
            ("state=gone", "?state"),
            ("month=2026", "?month"),
            ("limit=0", "?limit"),
            ("cursor=x", "?cursor"),
        ] {
            assert_eq!(
                hall.get("paver", &format!("{INTAKES}?{query}")).await.problem(),
                (422, "invalid", at)
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_is_read_and_what_is_wrong_with_it_is_told_by_row_and_column() {
    on_both(async |store| {
        let hall = hall(store).await;
        follow_a_framework(&hall).await;
        let good = "指标编码,区域编码,分子,分母,备注\nR1,379901,19,20,\nR1,379902,15,20,\n";
        let preview = format!("{INTAKES}/preview?month=2026-02");
        let told = file(&hall, "POST", &preview, "text/csv", good.into()).await;
        assert_eq!(
            (told.status, &told.json["ready"], &told.json["new"]),
            (200, &json!(true), &json!(2)),
            "{}",
            told.json
        );
        let id = Uuid::now_v7();
        let path = format!("{INTAKES}/{id}?month=2026-02&file=roads.csv");
        let bad = "指标编码,区域编码,分子,分母\nR1,379901,21,20\nR1,379902,约15,20\n";
        let told = file(&hall, "POST", &preview, "text/csv", bad.into()).await;
        let paths: Vec<&str> =
            told.json["faults"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
        assert_eq!(paths.len(), 2, "{}", told.json);
        assert!(paths[0].starts_with("row 3, column") && paths[1].starts_with("row 2, column"), "{paths:?}");
        let refused = file(&hall, "PUT", &path, "text/csv", bad.into()).await;
        assert_eq!(refused.problem().0, 422, "{}", refused.json);
        let saved = file(&hall, "PUT", &path, "text/csv", good.into()).await;
        assert_eq!(
            (saved.status, &saved.json["file"], &saved.json["n_figures"]),
            (201, &json!("roads.csv"), &json!(2))
        );
        assert_eq!(file(&hall, "POST", &preview, "image/png", good.into()).await.status, 415);
        let nameless = file(&hall, "POST", &format!("{INTAKES}/preview"), "text/csv", good.into()).await;
        assert_eq!(nameless.problem(), (422, "invalid", "?month"));
        let empty = file(&hall, "POST", &preview, "text/csv", Vec::new()).await;
        assert_eq!(empty.problem().0, 422);
    })
    .await;
}
