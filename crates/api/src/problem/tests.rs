//! What every problem promises, and the table of codes as callers know it.

use axum::{
    http::{StatusCode, header},
    response::IntoResponse,
};

use super::{Code, MEDIA_TYPE, Problem, code::table};

#[test]
fn the_table_of_codes_is_the_one_we_published() {
    crate::snapshot::matches("problems.md", &table());
}

#[test]
fn no_code_is_used_twice_and_each_is_written_as_it_is_sent() {
    let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    for code in Code::ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
    }
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), Code::ALL.len());
}

#[test]
fn a_problem_is_sent_with_its_status_type_and_time_to_wait() {
    let response = Problem::new(Code::Busy).retry_after(7).into_response();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[header::CONTENT_TYPE], MEDIA_TYPE);
    assert_eq!(response.headers()[header::RETRY_AFTER], "7");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
}

#[test]
fn a_problem_names_the_field_by_its_path() {
    let problem = Problem::field("/place/lng", "range", "lies outside -180 to 180");
    let body = serde_json::to_value(&problem).unwrap();
    assert_eq!(body["fields"][0]["path"], "/place/lng");
    assert_eq!(body["code"], "invalid");
    assert_eq!(body["type"], "https://gridward.org/problems/invalid");
    assert!(body.get("refusal").is_none() && body.get("retry_after_s").is_none());
}
