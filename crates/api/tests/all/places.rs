//! Places, forms and inspections over HTTP, as a desk, a worker and an administrator use them.

use axum::body::Body;
use axum::http::header;
use serde_json::{Value, json};
use sheet::{Column, Table, to_xlsx};
use store::testing::on_both;
use uuid::Uuid;

use crate::city;
use crate::hall::{GRID, Hall, Reply, hall, posting};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn a_form() -> Value {
    json!({"code": "school", "title": {"zh": "校园检查", "en": "School check"}, "owner": "roads", "use": "inspection",
        "minutes": 6, "class": "02001", "items": [
            {"name": "exit", "type": "select_one", "label": {"zh": "疏散通道", "en": "Exit"}, "required": true,
                "choices": [{"name": "free", "label": {"zh": "畅通", "en": "free"}},
                    {"name": "blocked", "label": {"zh": "堵塞", "en": "blocked"}}], "fails": ". = 'blocked'"}]})
}

fn kinds() -> Value {
    json!({"kinds": [{"code": "school", "sort": "place", "name": {"zh": "学校", "en": "School"}, "form": "school",
        "every_days": 30, "fields": [{"name": "pupils", "type": "integer", "label": {"zh": "学生数", "en": "Pupils"}}]},
        {"code": "lamp", "sort": "thing", "name": {"zh": "路灯", "en": "Lamp"}}]})
}

async fn put(hall: &Hall, who: &str, path: &str, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "PUT", path), body)).await
}

async fn send(hall: &Hall, who: &str, method: &str, path: &str, media: &str, bytes: Vec<u8>) -> Reply {
    let request = hall.request(who, method, path).header(header::CONTENT_TYPE, media);
    hall.send(request.body(Body::from(bytes)).unwrap()).await
}

async fn furnished(store: store::Store) -> Hall {
    let hall = hall(store).await;
    assert_eq!(put(&hall, "admin", "/api/v1/forms/school", &a_form()).await.status, 200);
    assert_eq!(put(&hall, "admin", "/api/v1/place-kinds", &kinds()).await.status, 200);
    hall
}

fn a_school() -> Value {
    let point = city::middle_of(GRID);
    json!({"kind": "school", "name": "育才小学", "lng": point.lng, "lat": point.lat, "facts": {"pupils": 820}})
}

#[tokio::test]
async fn a_failing_answer_is_a_case_that_knows_where_it_was_found() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let id = Uuid::now_v7();
        let path = format!("/api/v1/places/{id}");
        let added = put(&hall, "worker", &path, &a_school()).await;
        assert_eq!(
            (added.status, added.header("etag"), added.header("location")),
            (201, "\"v1\"", path.as_str())
        );
        let again = put(&hall, "worker", &path, &a_school()).await;
        assert_eq!((again.status, again.header("idempotent-replay")), (200, "true"));
        let inspection = Uuid::now_v7();
        let body =
            json!({"id": inspection, "form_version": 1, "answers": {"exit": "blocked"}, "seconds": 40});
        let done = hall.post("worker", &format!("{path}/inspections"), &body).await;
        assert_eq!(done.status, 201, "{}", done.json);
        let case = done.json["inspection"]["cases"][0]["case"].as_str().unwrap().to_owned();
        let again = hall.post("worker", &format!("{path}/inspections"), &body).await;
        assert_eq!((again.status, again.json["inspection"].clone()), (200, done.json["inspection"].clone()));
        let found = hall.get("bridge", &format!("/api/v1/cases/{case}")).await;
        assert_eq!(found.json["found"]["place"], id.to_string());
        assert_eq!(found.json["no"], done.json["inspection"]["cases"][0]["no"]);
        let whole = hall.get("desk", &path).await;
        assert_eq!(
            (whole.json["failed"].clone(), whole.json["acts"][1]["act"].clone()),
            (json!(1), json!("inspect"))
        );
        assert_eq!(whole.json["may"], json!(["change_place", "inspect"]));
        let one = hall.get("desk", &format!("/api/v1/inspections/{inspection}")).await;
        assert_eq!((one.status, one.json["failed"].clone()), (200, json!(["exit"])));
        let page = hall.get("desk", &format!("{path}/inspections?limit=1")).await;
        assert_eq!(page.json["items"].as_array().unwrap().len(), 1);
        for who in ["harbour", "nobody"] {
            let no = hall.get(who, &path).await;
            assert_eq!(no.status, if who == "nobody" { 401 } else { 404 });
        }
        let list = hall.get("worker", "/api/v1/places?order=due&due_by=2026-04-30").await;
        assert_eq!(list.json["items"][0]["due"], "2026-04-01");
        let overview = hall.get("leader", "/api/v1/places/overview").await;
        assert_eq!(
            (overview.json["kinds"][0]["n"].clone(), overview.json["kinds"][0]["failing"].clone()),
            (json!(1), json!(1))
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_field() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let path = format!("/api/v1/places/{}", Uuid::now_v7());
        let mut bad = a_school();
        bad["facts"] = json!({"pupils": "many"});
        assert_eq!(put(&hall, "worker", &path, &bad).await.problem(), (422, "invalid", "/facts/pupils"));
        bad["crs"] = json!("mars");
        assert_eq!(put(&hall, "worker", &path, &bad).await.problem(), (422, "invalid", "/crs"));
        put(&hall, "worker", &path, &a_school()).await;
        let inspect = format!("{path}/inspections");
        let answers =
            |form_version: u32, answers: Value| json!({"form_version": form_version, "answers": answers});
        let no = hall.post("worker", &inspect, &answers(1, json!({"exit": "shut"}))).await;
        assert_eq!(no.problem(), (422, "invalid", "/answers/exit"));
        let no = hall.post("worker", &inspect, &answers(7, json!({"exit": "free"}))).await;
        assert_eq!(no.problem(), (422, "invalid", "/form"));
        assert_eq!(no.json["fields"][0]["detail"], "there is no version 7 of school: there are 1 to 1");
        let no = hall
            .post("worker", &format!("{path}/acts"), &json!({"act": "set_state", "state": "missing"}))
            .await;
        assert_eq!(no.status, 409);
        let act = json!({"act": "set_state", "state": "retired", "note": "合并"});
        assert_eq!(hall.post("worker", &format!("{path}/acts"), &act).await.json["state"], "retired");
        assert_eq!(hall.post("worker", &inspect, &answers(1, json!({"exit": "free"}))).await.status, 409);
        let no = hall.get("desk", "/api/v1/places?bbox=1,2,0,4").await;
        assert_eq!(no.problem(), (422, "invalid", "?bbox"));
    })
    .await;
}

#[tokio::test]
async fn a_form_comes_as_json_or_as_a_workbook_and_faults_name_cells() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut broken = a_form();
        broken["items"][0]["fails"] = json!(". = 'shut'");
        let no = hall.post("admin", "/api/v1/forms/preview", &broken).await;
        assert_eq!(no.problem(), (422, "invalid", "/items/0/fails"));
        assert_eq!(hall.post("desk", "/api/v1/forms/preview", &a_form()).await.status, 404);
        let sheet = |name: &str, rows: &[&[&str]]| Table {
            name: name.to_owned(),
            columns: rows[0].iter().map(|it| Column::new(*it, 10.0)).collect(),
            rows: rows[1..].iter().map(|row| row.iter().map(|it| (*it).into()).collect()).collect(),
            ..Table::default()
        };
        let book = |fails: &str| {
            let survey = sheet(
                "survey",
                &[
                    &["type", "name", "label", "fails", "class"],
                    &["integer", "holes", "坑洞数", fails, "01001"],
                ],
            );
            let settings = sheet("settings", &[&["form_title", "form_id"], &["路面检查", "road"]]);
            to_xlsx(&[survey, settings]).unwrap()
        };
        let query = "?owner=roads&minutes=2";
        let would =
            send(&hall, "admin", "POST", &format!("/api/v1/forms/preview{query}"), XLSX, book(". > 0")).await;
        assert_eq!((would.status, would.json["code"].clone()), (200, json!("road")), "{}", would.json);
        let no = send(&hall, "admin", "PUT", &format!("/api/v1/forms/road{query}"), XLSX, book(". >")).await;
        assert_eq!(no.problem(), (422, "invalid", "/survey/D2"));
        let saved =
            send(&hall, "admin", "PUT", &format!("/api/v1/forms/road{query}"), XLSX, book(". > 0")).await;
        assert_eq!((saved.status, saved.header("etag")), (200, "\"v1\""));
        let again =
            send(&hall, "admin", "PUT", &format!("/api/v1/forms/road{query}"), XLSX, book(". > 1")).await;
        assert_eq!(again.json["version"], 2);
        let first = hall.get("worker", "/api/v1/forms/road?version=1").await;
        assert_eq!(first.json["form"]["items"][0]["fails"], ". > 0");
        assert_eq!(hall.get("worker", "/api/v1/forms/road?version=3").await.status, 404);
        assert_eq!(hall.get("worker", "/api/v1/forms?use=inspection").await.json["items"][0]["version"], 2);
        let late = posting(
            hall.request("admin", "PUT", "/api/v1/forms/school").header(header::IF_MATCH, "\"v3\""),
            &a_form(),
        );
        assert_eq!(hall.send(late).await.status, 412);
        let elements =
            json!({"elements": [{"code": "road.holes", "zh": ["坑洞数"], "en": [], "held": "the road"}]});
        assert_eq!(put(&hall, "admin", "/api/v1/elements", &elements).await.status, 200);
        assert_eq!(hall.get("desk", "/api/v1/elements").await.json["elements"][0]["code"], "road.holes");
        let burden = hall.get("worker", "/api/v1/burden?month=2026-03").await;
        assert_eq!(burden.json["asking"][0]["asks_known"][0]["question"], "holes", "{}", burden.json);
        assert_eq!(
            (burden.json["departments"].clone(), burden.json["fewest"].clone()),
            (json!([]), json!(5))
        );
        assert_eq!(hall.get("worker", "/api/v1/burden?area=379901001001001").await.problem().0, 422);
    })
    .await;
}

#[tokio::test]
async fn files_of_places_are_previewed_brought_in_and_given_out() {
    on_both(async |store| {
        let hall = furnished(store).await;
        let csv = "kind,name,lng,lat,pupils\nschool,育才小学,116.005,36.005,820\nschool,实验小学,116.015,36.005,x\n";
        let import = async |query: &str, text: &str| {
            let path = format!("/api/v1/places/import{query}");
            send(&hall, "desk", "POST", &path, "text/csv", text.as_bytes().to_vec()).await
        };
        let would = import("?preview=true", csv).await;
        assert_eq!((would.json["new"].clone(), would.json["left_out"].clone(), would.json["done"].clone()), (json!(1), json!(1), json!(false)));
        assert_eq!((would.json["findings"][0]["row"].clone(), would.json["findings"][0]["column"].clone()), (json!(3), json!("pupils")));
        assert_eq!(import("", csv).await.problem(), (422, "invalid", "row 3: pupils"));
        assert_eq!(import("", &csv.replace(",x\n", ",410\n")).await.json["done"], true);
        assert_eq!(import("?crs=mars", csv).await.problem(), (422, "invalid", "?crs"));
        let out = hall.get("desk", "/api/v1/places/export?format=geojson&kind=school").await;
        assert_eq!((out.status, out.json["features"].as_array().unwrap().len()), (200, 2));
        let back = send(&hall, "desk", "POST", "/api/v1/places/import?preview=true", "application/geo+json", out.bytes.to_vec()).await;
        assert_eq!((back.json["same"].clone(), back.json["new"].clone()), (json!(2), json!(0)), "{}", back.json);
        let out = hall.get("desk", "/api/v1/things/export").await;
        assert!(out.bytes.starts_with(b"\xef\xbb\xbfid,sort,kind"));
        let lamp = json!({"kind": "lamp", "name": "路灯", "number": "L-1", "area": GRID.0, "state": "damaged"});
        let thing = put(&hall, "worker", &format!("/api/v1/things/{}", Uuid::now_v7()), &lamp).await;
        assert_eq!((thing.status, thing.json["state"].clone()), (201, json!("damaged")), "{}", thing.json);
        assert_eq!(hall.get("desk", "/api/v1/things?state=damaged&words=L-1").await.json["items"].as_array().unwrap().len(), 1);
    })
    .await;
}
