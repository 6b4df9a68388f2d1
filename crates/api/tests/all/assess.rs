//! The assessment over HTTP: days, rankings, a worker's own month, appeals, alarms, recipes, files.

use app::assess::day;
use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use sheet::{Limits, read};
use store::testing::on_both;
use uuid::Uuid;

use crate::city;
use crate::hall::{Hall, Reply, hall, posting};

/// Ten cases of March, two of them refused; all books are made.
async fn march(hall: &mut Hall) -> Vec<String> {
    let mut refused = Vec::new();
    for n in 0..10 {
        let id = hall.reported().await;
        hall.acts("worker", &id, json!({ "act": "verify", "note": "到过" })).await;
        if n % 5 == 4 {
            hall.acts("desk", &id, json!({ "act": "refuse", "reason": "not_found", "note": "没有" })).await;
            refused.push(id);
        } else {
            for (who, act) in [
                ("desk", json!({ "act": "file", "class": "01001" })),
                ("desk", json!({ "act": "assign", "unit": 2 })),
                ("roads", json!({ "act": "accept" })),
                ("roads", json!({ "act": "handle", "note": "已修好" })),
                ("worker", json!({ "act": "check", "passed": n != 0, "note": "看过" })),
            ] {
                hall.acts(who, &id, act).await;
            }
        }
        hall.hours_pass(1);
    }
    hall.hours_pass(24 * 31);
    hall.sign_in_again().await;
    let mut at: jiff::civil::Date = "2026-03-01".parse().unwrap();
    while at <= "2026-03-31".parse().unwrap() {
        day::make(&hall.app, at).await.unwrap();
        at = at.tomorrow().unwrap();
    }
    refused
}

async fn put(hall: &Hall, who: &str, path: &str, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "PUT", path), body)).await
}

async fn decide(hall: &Hall, who: &str, id: Uuid, key: Uuid, body: &Value) -> Reply {
    let path = format!("/api/v1/assess/appeals/{id}/decision");
    let request = hall.request(who, "POST", &path).header("Idempotency-Key", key.to_string());
    hall.send(posting(request, body)).await
}

#[tokio::test]
async fn days_are_listed_made_again_and_ranked_down_to_communities() {
    on_both(async |store| {
        let mut hall = hall(store).await;
        march(&mut hall).await;
        let days = hall.get("leader", "/api/v1/assess/days?from=2026-03-01&to=2026-03-31").await;
        assert_eq!((days.status, days.json["items"].as_array().unwrap().len()), (200, 31));
        let first = &days.json["items"][29];
        assert_eq!((first["day"].as_str(), first["recipe"].as_u64()), (Some("2026-03-02"), Some(0)));
        let again = hall.post("leader", "/api/v1/assess/days/2026-03-02/verify", &json!({})).await;
        assert_eq!((again.status, &again.json["equal"]), (200, &json!(true)), "{}", again.json);
        assert_eq!(again.json["sha256"], first["sha256"]);
        assert_eq!(
            hall.post("worker", "/api/v1/assess/days/2026-03-02/verify", &json!({})).await.status,
            404
        );
        assert_eq!(
            hall.post("leader", "/api/v1/assess/days/2025-03-02/verify", &json!({})).await.status,
            404
        );

        let ranking = hall.get("worker", "/api/v1/assess/ranking?day=2026-03-31&days=31").await.json;
        let east = &ranking["items"][0];
        assert_eq!((&ranking["level"], &ranking["items"].as_array().unwrap().len()), (&json!("county"), &2));
        assert_eq!(ranking["items"][1]["rank"], Value::Null, "too few due for a rank");
        let rate = |of: &Value, name: &str| {
            let rates = of["rates"].as_array().unwrap();
            let rate = rates.iter().find(|it| it["rate"] == name).unwrap().clone();
            (rate["num"].as_u64().unwrap(), rate["den"].as_u64().unwrap())
        };
        assert_eq!(rate(east, "filed"), (8, 10));
        assert_eq!(rate(east, "valid_reports"), (8, 10));
        assert_eq!(rate(east, "rework"), (1, 8));
        assert_eq!(rate(&ranking["whole"], "filed"), (8, 10));
        let code = east["area"].as_str().unwrap();
        let down =
            hall.get("desk", &format!("/api/v1/assess/ranking?below={code}&day=2026-03-31&days=31")).await;
        assert_eq!((down.status, &down.json["level"]), (200, &json!("township")));
        let bad = hall.get("desk", "/api/v1/assess/ranking?level=street").await;
        assert_eq!(bad.problem(), (422, "invalid", "?level"));
        let many = hall.get("desk", "/api/v1/assess/ranking?day=2026-03-31&days=93").await;
        assert_eq!(many.status, 422);
        let none = hall.get("desk", "/api/v1/assess/ranking?day=2024-03-31&days=2").await;
        assert_eq!(none.status, 404);
        let units = hall.get("roads", "/api/v1/assess/units?day=2026-03-31&days=31").await.json;
        assert!(
            units["items"].as_array().unwrap().iter().any(|it| rate(it, "handled_on_time").1 == 8),
            "{units}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_worker_sees_how_the_month_adds_up_contests_a_case_and_the_desk_of_the_township_decides() {
    on_both(async |store| {
        let mut hall = hall(store).await;
        march(&mut hall).await;
        let me = hall.get("worker", "/api/v1/assess/me?month=2026-03").await;
        assert_eq!(me.status, 200, "{}", me.json);
        let tenths = |value: &Value| (value.as_f64().unwrap_or(0.0) * 10.0).round() as i64;
        let lines = me.json["lines"].as_array().unwrap();
        let sum: i64 = lines.iter().map(|line| tenths(&line["points"])).sum();
        assert_eq!(sum + tenths(&me.json["load"]) + tenths(&me.json["pull"]), tenths(&me.json["total"]));
        let of = |measure: &str| lines.iter().find(|it| it["measure"] == measure).unwrap();
        assert_eq!((&of("valid")["n"], &of("valid")["good"]), (&json!(10), &json!(8)));
        assert_eq!(of("visits")["points"], Value::Null, "a line without any outcome is left out");
        assert_eq!(me.json["contest_until"], "2026-04-30");
        assert_eq!(
            hall.get("desk", "/api/v1/assess/me?month=2026-03").await.status,
            404,
            "the desk is no worker"
        );

        let line = hall.get("worker", "/api/v1/assess/workers/me/lines/valid?month=2026-03").await.json;
        let items = line["items"].as_array().unwrap();
        let bad = items.iter().find(|it| it["good"] == false).unwrap();
        assert!(bad["number"].as_str().unwrap().contains('-'), "{bad}");
        let id = Uuid::now_v7();
        let path = format!("/api/v1/assess/appeals/{id}");
        let ask =
            json!({ "month": "2026-03", "measure": "valid", "source": bad["source"], "words": "照片在案" });
        let asked = put(&hall, "worker", &path, &ask).await;
        assert_eq!((asked.status, &asked.json["state"]), (201, &json!("asked")), "{}", asked.json);
        assert_eq!(put(&hall, "worker", &path, &ask).await.status, 200);
        let silent = json!({ "month": "2026-03", "measure": "valid", "words": " " });
        let silent =
            put(&hall, "worker", &format!("/api/v1/assess/appeals/{}", Uuid::now_v7()), &silent).await;
        assert_eq!(silent.problem(), (422, "invalid", "/words"));

        let (key, upheld) = (Uuid::now_v7(), json!({ "remedy": "correct", "words": "属实" }));
        assert_eq!(
            decide(&hall, "desk", id, key, &upheld).await.status,
            403,
            "the county's desk refused it itself"
        );
        assert_eq!(decide(&hall, "harbour", id, key, &upheld).await.status, 404);
        assert_eq!(decide(&hall, "worker", id, key, &upheld).await.status, 404);
        let odd = decide(&hall, "bridge", id, key, &json!({ "remedy": "double", "words": "x" })).await;
        assert_eq!(odd.problem(), (422, "invalid", "/remedy"));
        let done = decide(&hall, "bridge", id, key, &upheld).await;
        assert_eq!((done.status, &done.json["state"]), (200, &json!("upheld")), "{}", done.json);
        let moved = &done.json["moved"];
        let good = |side: &str| moved["worker"][side]["lines"][0]["good"].as_u64().unwrap();
        assert_eq!((good("before"), good("after")), (8, 9), "{moved}");
        assert_eq!(moved["others"], 0);
        assert_eq!(decide(&hall, "bridge", id, key, &upheld).await.json, done.json, "the same twice is one");
        assert_eq!(decide(&hall, "bridge", id, Uuid::now_v7(), &upheld).await.status, 409);
        let now = hall.get("worker", "/api/v1/assess/me?month=2026-03").await.json;
        assert_eq!(now["total"], moved["worker"]["after"]["total"]);
        let mine = hall.get("worker", "/api/v1/assess/appeals").await.json;
        assert_eq!(mine["items"][0]["id"], json!(id));
        assert_eq!(hall.get("harbour", &path).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn workers_are_listed_by_grid_and_named_to_their_own_desk_alone() {
    on_both(async |store| {
        let mut hall = hall(store).await;
        march(&mut hall).await;
        let named = hall.get("bridge", "/api/v1/assess/workers?month=2026-03").await.json;
        assert_eq!(
            (named["items"].as_array().unwrap().len(), &named["items"][0]["name"]),
            (1, &json!("worker"))
        );
        let person = named["items"][0]["person"].as_str().unwrap().to_owned();
        let whole = hall.get("analyst", "/api/v1/assess/workers?month=2026-03").await.json;
        assert_eq!((&whole["items"][0]["name"], &whole["items"][0]["person"]), (&Value::Null, &Value::Null));
        assert_eq!(whole["items"][0]["total"], named["items"][0]["total"]);
        let path = format!("/api/v1/assess/workers/{person}?month=2026-03");
        assert_eq!(hall.get("bridge", &path).await.status, 200);
        for stranger in ["analyst", "leader", "harbour", "roads", "admin"] {
            assert_eq!(hall.get(stranger, &path).await.status, 404, "{stranger}");
        }
        assert_eq!(hall.get("roads", "/api/v1/assess/workers?month=2026-03").await.status, 404);
        let alarms = hall.get("bridge", "/api/v1/assess/alarms?month=2026-03").await;
        let kinds: Vec<&Value> =
            alarms.json["items"].as_array().unwrap().iter().map(|it| &it["kind"]).collect();
        assert_eq!(
            (alarms.status, kinds),
            (200, Vec::<&Value>::new()),
            "texts of a few words are alike by themselves"
        );
        assert_eq!(hall.get("worker", "/api/v1/assess/alarms").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_recipe_is_tried_and_saved_and_one_of_log_ins_is_refused_with_the_reason() {
    on_both(async |store| {
        let mut hall = hall(store).await;
        march(&mut hall).await;
        let held = hall.get("worker", "/api/v1/assess/recipe").await;
        assert_eq!((held.status, held.header("etag"), &held.json["version"]), (200, "\"0\"", &json!(0)));
        let mut recipe = held.json["recipe"].clone();
        recipe["worker"]["lines"][0]["weight"] = json!(30);
        recipe["worker"]["lines"][1]["weight"] = json!(10);
        let tried = hall.post("analyst", "/api/v1/assess/recipe/trial?month=2026-03", &recipe).await;
        assert_eq!((tried.status, &tried.json["n"]), (200, &json!(1)), "{}", tried.json);
        let mut bad = recipe.clone();
        bad["worker"]["lines"][0]["measure"] = json!("online_minutes");
        let refused = hall.post("admin", "/api/v1/assess/recipe/trial?month=2026-03", &bad).await;
        assert_eq!(refused.problem(), (422, "invalid", "/worker/lines/0/measure"));
        assert!(refused.json["fields"][0]["detail"].as_str().unwrap().contains("outcomes"));
        assert_eq!(put(&hall, "analyst", "/api/v1/assess/recipe", &recipe).await.status, 404);
        assert_eq!(put(&hall, "east", "/api/v1/assess/recipe", &recipe).await.status, 403);
        let saved = put(&hall, "admin", "/api/v1/assess/recipe", &recipe).await;
        assert_eq!((saved.status, saved.header("etag")), (200, "\"1\""), "{}", saved.json);
        let old = hall.request("admin", "PUT", "/api/v1/assess/recipe").header(header::IF_MATCH, "\"0\"");
        recipe["window_days"] = json!(31);
        assert_eq!(hall.send(posting(old, &recipe)).await.status, 412);
    })
    .await;
}

#[tokio::test]
async fn files_star_counts_of_few_and_below_counties_hold_whole_months() {
    on_both(async |store| {
        let mut hall = hall(store).await;
        // Two reports in the next township: too few to be told.
        let point = city::middle_of(domain::id::AreaId(12));
        for _ in 0..2 {
            let there = json!({ "lng": point.lng, "lat": point.lat, "words": "庙前" });
            let report = json!({ "text": "路面有坑", "class": "01001", "place": there });
            let id =
                hall.post("desk", "/api/v1/cases", &report).await.json["id"].as_str().unwrap().to_owned();
            hall.acts("desk", &id, json!({ "act": "file", "class": "01001" })).await;
        }
        march(&mut hall).await;
        let file = hall.get("desk", "/api/v1/assess/ranking.xlsx?day=2026-03-11&days=10").await;
        assert_eq!(file.status, 200);
        let sheets = read(&file.bytes, &Limits::default()).unwrap();
        let text: Vec<String> = (0..8)
            .flat_map(|row| (0..8).map(move |at| (row, at)))
            .map(|(row, at)| sheets[0].cell(row, at).text())
            .collect();
        assert!(text[0].contains("日考核通报（2026-03-02至2026-03-11）"), "{text:?}");
        assert!(text.iter().any(|it| it == "10/12"), "{text:?}");
        assert_eq!(sheets.len(), 2);
        let day = hall.get("desk", "/api/v1/assess/ranking.csv?level=community&day=2026-03-11").await;
        assert_eq!(day.problem(), (422, "invalid", "?day"));
        let month = hall.get("desk", "/api/v1/assess/ranking.csv?level=community&month=2026-03").await;
        let text = String::from_utf8(month.bytes.to_vec()).unwrap();
        assert_eq!(month.status, 200);
        assert!(text.contains("10/12"), "the whole is told: {text}");
        assert!(!text.contains("2/2") && text.contains("＊"), "two are not: {text}");
        // 10/12 less 8/10 would be two: the neighbour's is starred with it.
        let townships = hall.get("desk", "/api/v1/assess/ranking.csv?level=township&month=2026-03").await;
        let text = String::from_utf8(townships.bytes.to_vec()).unwrap();
        let row = |name: &str| text.lines().find(|line| line.contains(name)).unwrap().to_owned();
        assert!(row("桥").contains("—,＊,＊") || row("桥").contains(",＊,＊,100,8/8"), "{text}");
        assert!(!row("桥").contains("8/10,100"), "{text}");
        let brief = hall.get("desk", "/api/v1/assess/brief?month=2026-03&lang=en").await;
        let page = String::from_utf8(brief.bytes.to_vec()).unwrap();
        assert!(
            page.contains("<h1>") && page.contains("counts as due") && page.contains("SHA-256"),
            "{page}"
        );
        assert!(!brief.header("content-security-policy").is_empty());
        let request =
            hall.request("worker", "GET", "/api/v1/assess/ranking.xlsx").body(Body::empty()).unwrap();
        assert_eq!(hall.send(request).await.status, 404, "a worker takes no files of others");
    })
    .await;
}
