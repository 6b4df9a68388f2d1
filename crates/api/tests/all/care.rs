//! The care register over HTTP: a remark that becomes an appointment, what is hidden, and that nothing personal leaves by
//! another way than the body of an answer.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use domain::id::{AreaId, PersonId};
use serde_json::{Value, json};
use store::testing::on_both;
use tracing_subscriber::fmt::MakeWriter;
use uuid::Uuid;

use crate::city::{WATER_EAST, middle_of};
use crate::hall::{GRID, Hall, Reply, hall, posting};

/// What must appear in no log, address, metric or error.
const PLANTED: [&str; 6] = ["郑大娘", "13812344321", "铁塔小区3号楼", "郑小妹", "一站起来就头晕", "4321"];

fn an_entry() -> Value {
    let point = middle_of(GRID);
    json!({
        "person": {
            "name": PLANTED[0], "born": 1945, "phone": PLANTED[1], "address": PLANTED[2],
            "point": { "lng": point.lng, "lat": point.lat },
            "kin": [{ "name": PLANTED[3], "relation": "女儿", "phone": "13900001111" }],
        },
        "terms": {
            "category": "older_alone", "purpose": "每周上门看望", "needs": ["company", "medicine"], "every_days": 7,
            "basis": { "kind": "consent", "by": "person", "form": "written", "on": "2026-03-01" },
            "review": "2026-06-01", "expiry": "2026-09-01",
        },
    })
}

impl Hall {
    async fn put(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.send(posting(self.request(who, "PUT", path), body)).await
    }

    async fn does(&self, who: &str, path: &str, act: &Value) -> Reply {
        let request = self.request(who, "POST", path).header("idempotency-key", Uuid::now_v7().to_string());
        self.send(posting(request, act)).await
    }

    async fn enrolled(&self) -> (Uuid, String) {
        let id = Uuid::now_v7();
        let reply = self.put("worker", &format!("/api/v1/care/{id}"), &an_entry()).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        (id, reply.json["visit"].as_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn a_remark_becomes_an_appointment_the_next_day_in_four_calls() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (_, visit) = hall.enrolled().await;
        // 1: the worker opens the visit, with everything one must know at the door.
        let opened = hall.get("worker", &format!("/api/v1/visits/{visit}")).await;
        assert_eq!((opened.status, &opened.json["entry"]["person"]["name"]), (200, &json!(PLANTED[0])));
        assert_eq!(opened.header("cache-control"), "no-store");
        // 2: what was seen, and the need.
        let need = Uuid::now_v7();
        let act = json!({
            "act": "done", "minutes": 20, "words": PLANTED[4],
            "observations": { "signs": { "spirits": "fair", "meals": "good" } },
            "referrals": [{ "id": need, "service": "doctor", "unit": WATER_EAST.0, "words": PLANTED[4], "agreed": true }],
        });
        let done = hall.does("worker", &format!("/api/v1/visits/{visit}/acts"), &act).await;
        assert_eq!((done.status, &done.json["next"]["due"]), (200, &json!("2026-03-05")), "{}", done.json);
        // 3: the unit opens it, 4: and says when it comes.
        let opened = hall.get("water", &format!("/api/v1/referrals/{need}")).await;
        assert_eq!((opened.status, &opened.json["passed"]["phone"]), (200, &json!(PLANTED[1])));
        let accept = json!({ "act": "accept", "at": "2026-03-03T01:30:00Z" });
        let accepted = hall.does("water", &format!("/api/v1/referrals/{need}/acts"), &accept).await;
        assert_eq!((accepted.status, &accepted.json["state"]), (200, &json!("accepted")), "{}", accepted.json);
        // Given to one unit, it does not exist for another.
        assert_eq!(hall.get("roads", &format!("/api/v1/referrals/{need}")).await.status, 404);
        let listed = hall.get("water", "/api/v1/referrals").await;
        assert_eq!(listed.json["items"].as_array().unwrap().len(), 1);
        assert!(!listed.json.to_string().contains(PLANTED[0]));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_theirs_is_answered_as_what_is_not() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, visit) = hall.enrolled().await;
        let nothing = Uuid::now_v7();
        for who in ["desk", "bridge", "harbour", "roads", "leader", "analyst", "admin"] {
            for (path, other) in [
                (format!("/api/v1/care/{id}?reason=review"), format!("/api/v1/care/{nothing}?reason=review")),
                (format!("/api/v1/care/{id}/readers"), format!("/api/v1/care/{nothing}/readers")),
                (format!("/api/v1/visits/{visit}"), format!("/api/v1/visits/{nothing}")),
            ] {
                let (forbidden, absent) = (hall.get(who, &path).await, hall.get(who, &other).await);
                assert_eq!(forbidden.status, 404, "{who} {path}");
                assert_eq!(forbidden.bytes, absent.bytes, "{who} {path}");
                let names = |reply: &Reply| -> Vec<String> {
                    reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect()
                };
                let plain = |all: Vec<String>| -> Vec<String> {
                    all.into_iter().filter(|it| !it.starts_with("x-request-id")).collect()
                };
                assert_eq!(plain(names(&forbidden)), plain(names(&absent)));
            }
        }
        assert_eq!(hall.get("desk", "/api/v1/care?reason=purpose").await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn a_desk_counts_without_a_purpose_and_lists_with_one() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, _) = hall.enrolled().await;
        let counted = hall.get("bridge", "/api/v1/care/counts").await;
        assert_eq!((counted.status, &counted.json["items"][0]["counts"]["older_alone"]), (200, &Value::Null));
        assert!(counted.json["items"][0]["counts"].get("older_alone").is_some(), "hidden, not nought");
        let bridge = hall.app.people.acting(&hall.app.city(), "bridge").await.unwrap();
        let PersonId(person) = bridge.person.unwrap();
        let purpose = json!({
            "person": person, "area": bridge.area.0, "categories": ["older_alone"], "reason": "寒潮期间核对取暖",
            "until": "2026-03-20T00:00:00Z",
        });
        let path = format!("/api/v1/care-purposes/{}", Uuid::now_v7());
        assert_eq!(hall.put("bridge", &path, &purpose).await.status, 404);
        assert_eq!(hall.put("admin", &path, &purpose).await.status, 201);
        assert_eq!(hall.put("admin", &path, &purpose).await.status, 200);
        let listed = hall.get("bridge", "/api/v1/care?reason=purpose").await;
        assert_eq!((listed.status, &listed.json["items"][0]["name"]), (200, &json!(PLANTED[0])));
        let opened = hall.get("bridge", &format!("/api/v1/care/{id}?reason=purpose")).await;
        assert_eq!(opened.status, 200);
        let own = hall.get("bridge", "/api/v1/care-purposes").await;
        assert_eq!(own.json["items"].as_array().unwrap().len(), 1);
        let end = hall.request("admin", "DELETE", &path).body(axum::body::Body::empty()).unwrap();
        assert_eq!(hall.send(end).await.status, 204);
        assert_eq!(hall.get("bridge", &format!("/api/v1/care/{id}?reason=purpose")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn the_person_gets_everything_sees_who_read_and_is_forgotten() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, _) = hall.enrolled().await;
        hall.get("worker", &format!("/api/v1/care/{id}?reason=review")).await;
        let code = hall.does("worker", &format!("/api/v1/care/{id}/codes"), &json!({})).await;
        let code = code.json["code"].as_str().unwrap().to_owned();
        let shown = hall.post("", "/api/v1/care-readers", &json!({ "code": code })).await;
        assert_eq!((shown.status, &shown.json["basis"]), (200, &json!("consent")), "{}", shown.json);
        assert_eq!(shown.json["readers"][0]["reason"], "review");
        let wrong = hall.post("", "/api/v1/care-readers", &json!({ "code": "AAAABBBBCCCC" })).await;
        assert_eq!(wrong.status, 404);
        let export = hall.does("worker", &format!("/api/v1/care/{id}/export"), &json!({})).await;
        assert_eq!((export.status, &export.json["entry"]["person"]["phone"]), (200, &json!(PLANTED[1])));
        let end = json!({ "act": "end", "why": "erased" });
        let ended = hall.does("worker", &format!("/api/v1/care/{id}/acts"), &end).await;
        assert_eq!((ended.status, &ended.json["expiry"]), (200, &Value::Null), "{}", ended.json);
        let gone = hall.get("worker", &format!("/api/v1/care/{id}?reason=review")).await;
        assert_eq!(gone.problem().1, "blocked");
        assert_eq!(hall.post("", "/api/v1/care-readers", &json!({ "code": code })).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_timer_runs_over_http() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let path = format!("/api/v1/safety-timers/{}", Uuid::now_v7());
        assert_eq!(hall.put("desk", &path, &json!({ "minutes": 30 })).await.status, 403);
        assert_eq!(hall.put("worker", &path, &json!({ "minutes": 3 })).await.problem().2, "/minutes");
        assert_eq!(hall.put("worker", &path, &json!({ "minutes": 30 })).await.status, 201);
        assert_eq!(
            hall.get("bridge", &path).await.status,
            404,
            "a timer that runs is nobody's but the worker's"
        );
        let acts = format!("{path}/acts");
        assert_eq!(hall.does("worker", &acts, &json!({ "act": "alarm" })).await.json["state"], "alarm");
        assert_eq!(
            hall.get("bridge", "/api/v1/safety-timers").await.json["items"].as_array().unwrap().len(),
            1
        );
        assert_eq!(hall.does("bridge", &acts, &json!({ "act": "take" })).await.json["state"], "taken");
        assert_eq!(
            hall.does("bridge", &acts, &json!({ "act": "close", "safe": true })).await.json["state"],
            "closed"
        );
    })
    .await;
}

/// Everything that the tests of this program log, at every level.
static LOGGED: LazyLock<Arc<Mutex<Vec<u8>>>> = LazyLock::new(Arc::default);

#[derive(Clone)]
struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Kept;
    fn make_writer(&'a self) -> Kept {
        Kept
    }
}

#[tokio::test]
async fn planted_values_appear_in_no_log_address_metric_or_error() {
    let logs =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(Kept).with_ansi(false);
    let logs = logs.with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL);
    let _guard = tracing::subscriber::set_default(logs.finish());
    let store = store::testing::Fresh::sqlite().open().await;
    let hall = hall(store).await;
    let (id, visit) = hall.enrolled().await;
    hall.get("worker", &format!("/api/v1/visits/{visit}")).await;
    hall.post("worker", "/api/v1/care/lookups", &json!({ "phone_tail": "4321", "reason": "round" })).await;
    // Wrong in every way in which a caller can put a value where it does not belong.
    let mut wrong: Vec<Value> = Vec::new();
    for (path, value) in [
        ("/person/born", json!(PLANTED[0])),
        ("/person/phone", json!({ "number": PLANTED[1] })),
        ("/person/kin", json!(PLANTED[3])),
        ("/terms/category", json!(PLANTED[0])),
        ("/terms/basis/by", json!(PLANTED[3])),
        ("/terms/review", json!(PLANTED[2])),
        ("/person/phone", json!(PLANTED[0])),
        ("/person/address", json!(PLANTED[2].repeat(60))),
        ("/person/point/lng", json!(PLANTED[1])),
    ] {
        let mut entry = an_entry();
        *entry.pointer_mut(path).unwrap() = value;
        wrong.push(entry);
    }
    let mut said = String::new();
    for entry in &wrong {
        let reply = hall.put("worker", &format!("/api/v1/care/{}", Uuid::now_v7()), entry).await;
        assert_eq!(reply.status, 422, "{}", reply.json);
        said += &reply.json.to_string();
    }
    for act in [
        json!({ "act": "done", "words": [PLANTED[4]] }),
        json!({ "act": "done", "observations": { "signs": { PLANTED[4]: "good" } } }),
        json!({ "act": "done", "words": PLANTED[4].repeat(400), "observations": { "signs": { "home": "good" } } }),
        json!({ "act": "find", "found": PLANTED[0] }),
    ] {
        let reply = hall.does("worker", &format!("/api/v1/visits/{visit}/acts"), &act).await;
        assert!(reply.status >= 400, "{}", reply.json);
        said += &reply.json.to_string();
    }
    hall.does("worker", &format!("/api/v1/care/{id}/acts"), &json!({ "act": "end", "why": "erased" })).await;
    let late = json!({ "act": "done", "words": PLANTED[4], "observations": { "signs": { "home": "good" } } });
    said += &hall.does("worker", &format!("/api/v1/visits/{visit}/acts"), &late).await.json.to_string();
    tracing::info!("what a test says to be heard");
    let metrics = hall.get("", "/metrics").await;
    said += &String::from_utf8_lossy(&metrics.bytes);
    let logged = String::from_utf8(LOGGED.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("what a test says to be heard"), "the log is heard");
    for planted in &PLANTED[..5] {
        assert!(!said.contains(planted), "an error or metric says {planted}");
        assert!(!logged.contains(planted), "the log says {planted}");
    }
    let _ = AreaId(0);
}
