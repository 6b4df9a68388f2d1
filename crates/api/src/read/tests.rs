//! Every way in which a body or a query cannot be read names the place and how to mend it.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts},
    http::Request,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Json, Query};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // read, not looked at
struct Report {
    text: String,
    place: Place,
    #[serde(default)]
    tags: Vec<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Place {
    lng: f64,
    lat: f64,
    side: Option<Side>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Left,
}

async fn refused(body: impl Into<Body>) -> Value {
    let request = Request::post("/").header("content-type", "application/json; charset=utf-8");
    let read = Json::<Report>::from_request(request.body(body.into()).unwrap(), &()).await;
    serde_json::to_value(read.unwrap_err()).unwrap()
}

#[rustfmt::skip] // a table, best read as one
const BODIES: &[(&str, &str, &str)] = &[
    (r#"{"place":{"lng":1,"lat":2}}"#,                          "/text",        "missing"),
    (r#"{"text":"a","place":{"lng":1}}"#,                       "/place/lat",   "missing"),
    (r#"{"text":"a","place":{"lng":"x","lat":2}}"#,             "/place/lng",   "type"),
    (r#"{"text":"a","place":{"lng":1,"lat":2,"alt":3}}"#,       "/place/alt",   "unknown_field"),
    (r#"{"text":"a","place":{"lng":1,"lat":2,"side":"up"}}"#,   "/place/side",  "unknown"),
    (r#"{"text":"a","place":{"lng":1,"lat":2},"tags":[1,-2]}"#, "/tags/1",      "format"),
    (r#"{"text":"a","text":"b","place":{"lng":1,"lat":2}}"#,    "/text",        "duplicate"),
];

#[tokio::test]
async fn a_wrong_field_is_named_by_its_pointer() {
    for (body, path, code) in BODIES {
        let problem = refused(*body).await;
        let field = &problem["fields"][0];
        assert_eq!(
            (&problem["status"], &field["path"], &field["code"]),
            (&json!(422), &json!(path), &json!(code)),
            "{body}"
        );
        assert!(!field["detail"].as_str().unwrap().contains(" at line "), "{field}");
    }
}

#[tokio::test]
async fn what_is_no_json_says_where_it_stops_being_one() {
    for (body, words) in [
        (&b"{\"text\": \"\xff\xfe\"}"[..], "not UTF-8 from byte 10 on"),
        (b"{\"text\": ", "line 1 column"),
        (b"", "EOF"),
        (b"{\"text\":\"a\",\"place\":{\"lng\":1,\"lat\":2}} {}", "more follows"),
    ] {
        let problem = refused(body).await;
        assert_eq!((&problem["status"], &problem["code"]), (&json!(400), &json!("malformed")));
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(
        refused(format!("{{\"tags\":{deep}")).await["status"],
        422,
        "deep nesting is refused, not followed"
    );
}

#[tokio::test]
async fn a_body_of_another_kind_is_not_taken() {
    let request = Request::post("/").header("content-type", "text/plain").body(Body::from("{}")).unwrap();
    let problem = Json::<Report>::from_request(request, &()).await.unwrap_err();
    assert_eq!(serde_json::to_value(problem).unwrap()["code"], "unsupported_media");
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Asked {
    limit: Option<u16>,
    level: String,
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    for (query, path, code) in [
        ("level=a&limit=x", "?limit", "format"),
        ("limit=1", "?level", "missing"),
        ("level=a&lmit=1", "?lmit", "unknown_field"),
        ("level=a&level=b", "?level", "duplicate"),
    ] {
        let (mut parts, ()) = Request::get(format!("/?{query}")).body(()).unwrap().into_parts();
        let problem = Query::<Asked>::from_request_parts(&mut parts, &()).await.unwrap_err();
        let field = &serde_json::to_value(problem).unwrap()["fields"][0];
        assert_eq!((&field["path"], &field["code"]), (&json!(path), &json!(code)), "{query}");
    }
}
