//! The stream of events: nothing left out, nothing twice, nothing that is not yours to know.

use std::time::Duration;

use api::Limits;
use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::testing::on_both;

use crate::hall::{Hall, hall, hall_under};

/// An open stream, read event by event.
struct Heard {
    body: Body,
    text: String,
}

impl Heard {
    async fn open(hall: &Hall, who: &str, last: Option<&str>) -> Heard {
        let request = hall.request(who, "GET", "/api/v1/events");
        let request = match last {
            Some(last) => request.header("last-event-id", last),
            None => request,
        };
        let response = hall.open(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, "text/event-stream")
        );
        Heard { body: response.into_body(), text: String::new() }
    }

    /// The next block, whatever it holds; `None` at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame())
                .await
                .expect("heard in time");
            self.text.push_str(std::str::from_utf8(frame?.unwrap().data_ref().unwrap()).unwrap());
        }
    }

    /// The next act: its cursor and what is told of it.
    async fn act(&mut self) -> (String, Value) {
        loop {
            let block = self.block().await.expect("the stream goes on");
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let Some(data) = field("data: ") {
                assert_eq!(field("event: "), Some("act"));
                return (field("id: ").unwrap().to_owned(), serde_json::from_str(data).unwrap());
            }
        }
    }
}

async fn note(hall: &Hall, id: &str, n: usize) {
    hall.acts("desk", id, json!({ "act": "note", "text": format!("{n}") })).await;
}

#[tokio::test]
async fn an_act_is_heard_by_whoever_may_see_the_case_and_nobody_else() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (mut desk, mut harbour) =
            (Heard::open(&hall, "desk", None).await, Heard::open(&hall, "harbour", None).await);
        let id = hall.reported().await;
        let (cursor, event) = desk.act().await;
        assert_eq!(
            (&event["case"], &event["act"], &event["version"]),
            (&json!(id), &json!("report"), &json!(1))
        );
        assert_eq!(
            (&event["cursor"], &event["grid"], &event["state"]),
            (&json!(cursor), &json!(10), &json!("open"))
        );
        let there =
            json!({ "text": "码头有坑", "class": "01001", "place": { "lng": 116.045, "lat": 36.005 } });
        let there = hall.post("harbour", "/api/v1/cases", &there).await.json;
        assert_eq!(harbour.act().await.1["case"], there["id"], "the other county's case was not told");
    })
    .await;
}

#[tokio::test]
async fn whoever_breaks_off_anywhere_goes_on_there() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut first = Heard::open(&hall, "desk", None).await;
        let id = hall.reported().await;
        let (start, _) = first.act().await;
        drop(first);
        for n in 0..6 {
            note(&hall, &id, n).await;
        }
        let (mut last, mut versions) = (start, vec![1]);
        for _ in 0..6 {
            let mut again = Heard::open(&hall, "desk", Some(&last)).await;
            let (cursor, event) = again.act().await;
            versions.push(event["version"].as_u64().unwrap());
            last = cursor;
        }
        assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7]);
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_catches_up_while_others_write_hears_each_act_once() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported().await;
        let begin = hall.get("desk", "/api/v1/feed?limit=1").await.json["next"].as_str().unwrap().to_owned();
        for n in 0..20 {
            note(&hall, &id, n).await;
        }
        let mut heard = Heard::open(&hall, "desk", Some(&begin)).await;
        let writing = async {
            for n in 20..40 {
                note(&hall, &id, n).await;
            }
        };
        let listening = async {
            let mut versions = Vec::new();
            while versions.len() < 40 {
                versions.push(heard.act().await.1["version"].as_u64().unwrap());
            }
            versions
        };
        let ((), versions) = tokio::join!(writing, listening);
        assert_eq!(versions, (2..=41).collect::<Vec<u64>>());
    })
    .await;
}

#[tokio::test]
async fn pages_and_stream_tell_the_same() {
    on_both(async |store| {
        let hall = hall(store).await;
        let mut heard = Heard::open(&hall, "desk", None).await;
        let id = hall.reported().await;
        for n in 0..4 {
            note(&hall, &id, n).await;
        }
        let mut streamed = Vec::new();
        for _ in 0..5 {
            streamed.push(heard.act().await.1["cursor"].clone());
        }
        let (mut paged, mut after) = (Vec::new(), String::new());
        loop {
            let page = hall.get("desk", &format!("/api/v1/feed?limit=2{after}")).await.json;
            let items = page["items"].as_array().unwrap();
            if items.is_empty() {
                break;
            }
            paged.extend(items.iter().map(|item| item["cursor"].clone()));
            after = format!("&after={}", page["next"].as_str().unwrap());
        }
        assert_eq!(streamed, paged);
    })
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_history_says_so() {
    on_both(async |store| {
        let hall = hall(store).await;
        hall.reported().await;
        assert_eq!(hall.get("desk", "/api/v1/feed?after=other.0.1").await.problem(), (412, "stale", ""));
        assert_eq!(hall.get("desk", "/api/v1/events?cursor=nonsense").await.problem(), (412, "stale", ""));
    })
    .await;
}

#[tokio::test]
async fn streams_have_an_end_in_number_and_when_the_node_stops() {
    on_both(async |store| {
        let hall = hall_under(store, Limits { streams_per_person: 2, ..Limits::default() }).await;
        let mut first = Heard::open(&hall, "desk", None).await;
        let second = Heard::open(&hall, "desk", None).await;
        assert_eq!(hall.get("desk", "/api/v1/events").await.problem(), (429, "rate_limited", ""));
        drop(second);
        let _third = Heard::open(&hall, "desk", None).await;
        hall.ending.end();
        while first.block().await.is_some() {}
    })
    .await;
}
