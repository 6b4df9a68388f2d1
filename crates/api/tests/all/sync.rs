//! A phone that works while it is alone: it pulls what it should hold, pushes what it did, sends pictures in pieces, and can
//! be cut off.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use store::testing::on_both;
use uuid::Uuid;

use crate::city::middle_of;
use crate::hall::{GRID, Hall, Reply, a_report, hall, posting};

const PULL: &str = "/api/v1/sync/pull";
const PUSH: &str = "/api/v1/sync/push";

/// Makes a phone of someone known; its id.
async fn phone(hall: &Hall, who: &str) -> Uuid {
    let id = Uuid::now_v7();
    let reply = put(hall, who, &format!("/api/v1/devices/{id}"), &json!({ "name": "口袋里的" })).await;
    assert_eq!(reply.status, 201, "{}", reply.json);
    id
}

async fn put(hall: &Hall, who: &str, path: &str, body: &Value) -> Reply {
    hall.send(posting(hall.request(who, "PUT", path), body)).await
}

fn now(hall: &Hall) -> String {
    hall.app.clock.now().to_string()
}

/// One act of a phone.
fn act(seq: u64, hall: &Hall, path: &str, body: &Value) -> Value {
    json!({ "id": Uuid::now_v7(), "seq": seq, "at": now(hall), "method": "post", "path": path, "body": body })
}

/// A report under the act's own id.
fn report(seq: u64, hall: &Hall) -> Value {
    let mut body = a_report();
    body["happened_at"] = json!("@made");
    act(seq, hall, "/api/v1/cases", &body)
}

async fn push(hall: &Hall, device: Uuid, from: u64, acts: &[Value]) -> Reply {
    let body = json!({ "device": device, "from": from, "sent_at": now(hall), "acts": acts });
    hall.post("worker", PUSH, &body).await
}

fn states(reply: &Reply) -> Vec<&str> {
    let items = reply.json["items"].as_array().unwrap_or_else(|| panic!("{}", reply.json));
    items.iter().map(|it| it["state"].as_str().unwrap()).collect()
}

/// What a phone holds, as it takes deltas in.
#[derive(Default)]
struct Phone {
    cursor: Option<u64>,
    items: BTreeMap<(String, String), Value>,
}

impl Phone {
    /// Pulls, and takes in what came; how many items that were, and how many went.
    async fn pull(&mut self, hall: &Hall, device: Uuid) -> (usize, usize) {
        let reply = hall.post("worker", PULL, &json!({ "device": device, "cursor": self.cursor })).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        if reply.json["whole"] == true {
            self.items.clear();
        }
        let key =
            |it: &Value| (it["kind"].as_str().unwrap().to_owned(), it["id"].as_str().unwrap().to_owned());
        let (items, gone) = (reply.json["items"].as_array().unwrap(), reply.json["gone"].as_array().unwrap());
        self.items.extend(items.iter().map(|it| (key(it), it["body"].clone())));
        for it in gone {
            self.items.remove(&key(it)).expect("what goes was there");
        }
        self.cursor = reply.json["cursor"].as_u64();
        (items.len(), gone.len())
    }

    fn cases(&self) -> Vec<&str> {
        self.items.keys().filter(|(kind, _)| kind == "case").map(|(_, id)| id.as_str()).collect()
    }
}

#[tokio::test]
async fn a_phone_pulls_the_difference_and_nothing_else() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let first = hall.reported().await;
        let mut phone = Phone::default();
        phone.pull(&hall, device).await;
        assert_eq!(phone.cases(), [first.as_str()]);
        let kinds: Vec<&str> = phone.items.keys().map(|(kind, _)| kind.as_str()).collect();
        assert!(kinds.contains(&"grid") && kinds.contains(&"classes"), "{kinds:?}");
        assert_eq!(phone.pull(&hall, device).await, (0, 0), "nothing changed");

        hall.acts("worker", &first, json!({ "act": "verify", "note": "在" })).await;
        let second = hall.reported().await;
        // Both cases; verifying the one is no longer a task, verifying the other is.
        assert_eq!(phone.pull(&hall, device).await, (3, 1));
        assert_eq!(phone.cases().len(), 2);
        assert!(phone.cases().contains(&second.as_str()));

        // An answer that was lost on the way: the phone asks again with what it holds.
        let lost = hall.reported().await;
        let before = phone.cursor;
        hall.post("worker", PULL, &json!({ "device": device, "cursor": before })).await;
        assert_eq!(phone.pull(&hall, device).await, (2, 0), "the case and its task");
        assert!(phone.cases().contains(&lost.as_str()));

        // A cursor that nobody knows: everything anew.
        phone.cursor = Some(999);
        let (n_items, _) = phone.pull(&hall, device).await;
        assert_eq!(n_items, phone.items.len());
    })
    .await;
}

#[tokio::test]
async fn when_a_duty_ends_what_belonged_to_it_goes_from_the_phone() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let point = middle_of(GRID);
        let elses = json!({ "text": "路灯不亮", "place": { "lng": point.lng, "lat": point.lat } });
        let reply = hall.post("desk", "/api/v1/cases", &elses).await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        let mut phone = Phone::default();
        phone.pull(&hall, device).await;
        assert_eq!(phone.cases().len(), 1);
        let duties = hall.get("admin", "/api/v1/duties?limit=10").await;
        let id = &duties.json["items"][0]["id"];
        let today = hall.app.people.today().to_string();
        let patch = hall.request("admin", "PUT", &format!("/api/v1/duties/{id}"));
        let reply = hall.send(posting(patch, &json!({ "to": today }))).await;
        assert!(reply.status < 300, "{}", reply.json);
        let (_, n_gone) = phone.pull(&hall, device).await;
        assert_eq!(n_gone, 3, "the grid, its case and the task");
        assert!(phone.cases().is_empty());
    })
    .await;
}

#[tokio::test]
async fn acts_are_done_in_the_phones_order_each_once_whatever_order_they_come_in() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let first = report(1, &hall);
        let case = first["id"].as_str().unwrap().to_owned();
        let acts = format!("/api/v1/cases/{case}/acts");
        let verify = act(2, &hall, &acts, &json!({ "act": "verify", "note": "看过了" }));
        let note = act(3, &hall, &acts, &json!({ "act": "note", "text": "旁边是学校" }));

        let reply = push(&hall, device, 1, std::slice::from_ref(&note)).await;
        assert_eq!(states(&reply), ["waits"]);
        assert_eq!(reply.json["items"][0]["missing"], 1);
        let reply = push(&hall, device, 1, &[verify.clone(), first.clone()]).await;
        assert_eq!(states(&reply), ["done", "done"], "{}", reply.json);
        assert_eq!(reply.json["settled"], 3, "the one that waited was done, too");
        let all = [note, verify, first];
        let reply = push(&hall, device, 1, &all).await;
        assert_eq!(states(&reply), ["done", "done", "done"]);
        assert!(reply.json["items"].as_array().unwrap().iter().all(|it| it["again"] == true));
        let log = hall.get("desk", &format!("/api/v1/cases/{case}/log")).await;
        let told: Vec<_> =
            log.json["items"].as_array().unwrap().iter().map(|it| it["act"].as_str().unwrap()).collect();
        assert_eq!(told, ["report", "verify", "note"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_goes_back_to_its_person_and_holds_up_nobody() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let mut long = report(1, &hall);
        long["body"]["text"] = json!("长".repeat(2_001));
        let mut strange = report(3, &hall);
        strange["path"] = json!("/api/v1/people");
        let unknown =
            act(4, &hall, &format!("/api/v1/cases/{}/acts", Uuid::now_v7()), &json!({ "act": "verify" }));
        let reply = push(&hall, device, 1, &[long, report(2, &hall), strange, unknown]).await;
        assert_eq!(states(&reply), ["refused", "done", "refused", "refused"], "{}", reply.json);
        let answer = |at: usize| &reply.json["items"][at]["answer"];
        assert_eq!(
            (&answer(0)["status"], &answer(0)["problem"]["fields"][0]["path"]),
            (&json!(422), &json!("/text"))
        );
        assert_eq!(answer(2)["problem"]["fields"][0]["path"], "/path");
        assert_eq!(answer(3)["status"], 404);
        let attention = hall.get("worker", &format!("/api/v1/sync/attention?device={device}")).await;
        let seqs: Vec<_> =
            attention.json.as_array().unwrap().iter().map(|it| it["seq"].as_u64().unwrap()).collect();
        assert_eq!(seqs, [4, 3, 1]);
    })
    .await;
}

#[tokio::test]
async fn numbers_that_a_phone_gives_up_are_not_waited_for() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let reply = push(&hall, device, 1, &[report(5, &hall)]).await;
        assert_eq!(states(&reply), ["waits"]);
        let late = report(2, &hall);
        let reply = push(&hall, device, 5, &[]).await;
        assert_eq!(reply.json["settled"], 5);
        let reply = push(&hall, device, 5, &[late]).await;
        assert_eq!(states(&reply), ["done"], "late is late, and not lost");
        assert_eq!(reply.json["settled"], 5);
    })
    .await;
}

#[tokio::test]
async fn an_id_or_number_used_for_something_else_is_told_and_changes_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let first = report(1, &hall);
        push(&hall, device, 1, std::slice::from_ref(&first)).await;
        let mut other = first.clone();
        other["body"]["text"] = json!("别的事");
        let mut same_number = report(1, &hall);
        same_number["body"]["text"] = json!("又一件");
        for forged in [other, same_number] {
            assert_eq!(states(&push(&hall, device, 1, &[forged]).await), ["taken"]);
        }
        let cases = hall.get("desk", "/api/v1/cases").await;
        assert_eq!(cases.json["total"], 1);
        let twice = push(&hall, device, 1, &[first.clone(), first]).await;
        assert_eq!(twice.problem(), (422, "invalid", "/acts/1"));
        let zero = push(&hall, device, 1, &[report(0, &hall)]).await;
        assert_eq!(zero.problem(), (422, "invalid", "/acts/0/seq"));
        let many: Vec<Value> = (2..=502).map(|seq| report(seq, &hall)).collect();
        assert_eq!(push(&hall, device, 2, &many).await.problem(), (422, "invalid", "/acts"));
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_fifty_megabytes_is_refused_at_the_door() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let mut act = report(1, &hall);
        act["body"]["text"] = json!("x".repeat(50 * 1024 * 1024));
        let reply = push(&hall, device, 1, &[act]).await;
        assert_eq!(reply.problem(), (413, "too_large", ""));
        assert_eq!(
            states(&push(&hall, device, 1, &[report(1, &hall)]).await),
            ["done"],
            "nothing was kept of it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_phone_whose_clock_is_a_year_off_still_says_when_it_was() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let year = jiff::SignedDuration::from_hours(24 * 365);
        let made = hall.app.clock.now() - jiff::SignedDuration::from_hours(3);
        for (seq, off) in [(1, year), (2, -year)] {
            let mut act = report(seq, &hall);
            act["at"] = json!((made + off).to_string());
            let id = act["id"].as_str().unwrap().to_owned();
            let sent_at = (hall.app.clock.now() + off).to_string();
            let body = json!({ "device": device, "from": 1, "sent_at": sent_at, "acts": [act] });
            let reply = hall.post("worker", PUSH, &body).await;
            assert_eq!(states(&reply), ["done"], "{}", reply.json);
            assert_eq!(reply.json["clock_is_off"], true);
            assert_eq!(reply.json["clock_behind_s"], -off.as_secs());
            let case = hall.get("desk", &format!("/api/v1/cases/{id}/log")).await;
            let happened = case.json["items"][0].to_string();
            assert!(happened.contains(&made.to_string()), "{made} in {happened}");
        }
        let devices = hall.get("worker", "/api/v1/devices").await;
        assert_eq!(devices.json["items"][0]["clock_behind_s"], year.as_secs());
    })
    .await;
}

#[tokio::test]
async fn what_happened_meanwhile_is_given_back_field_by_field() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let case = hall.reported().await;
        let seen = hall.get("worker", &format!("/api/v1/cases/{case}")).await;
        let base = json!({ "step": seen.json["step"], "class": seen.json["class"] });
        // The desk is faster.
        hall.acts("bridge", &case, json!({ "act": "refuse", "reason": "not_found" })).await;
        let mut act =
            act(1, &hall, &format!("/api/v1/cases/{case}/acts"), &json!({ "act": "verify", "note": "在" }));
        act["held"] = json!(seen.header("etag"));
        act["base"] = base;
        let reply = push(&hall, device, 1, &[act]).await;
        assert_eq!(states(&reply), ["conflict"], "{}", reply.json);
        let fields = reply.json["items"][0]["answer"]["fields"].as_array().unwrap();
        assert_eq!(fields.len(), 1, "the class is as it was");
        assert_eq!((&fields[0]["field"], &fields[0]["theirs"]), (&json!("step"), &json!("ended")));
    })
    .await;
}

#[tokio::test]
async fn a_phone_that_is_cut_off_sends_and_reads_nothing_more() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let unlock = format!("/api/v1/devices/{device}/unlock");
        let first = hall.post("worker", &unlock, &Value::Null).await;
        let second = hall.post("worker", &unlock, &Value::Null).await;
        assert_eq!(first.json["key"], second.json["key"], "the key of what it keeps stays");
        assert_eq!(first.json["key"].as_str().unwrap().len(), 43);
        for stranger in ["desk", "admin"] {
            assert_eq!(hall.post(stranger, &unlock, &Value::Null).await.status, 404);
        }
        let cut = |who: &str| hall.request(who, "DELETE", &format!("/api/v1/devices/{device}"));
        assert_eq!(hall.send(cut("desk").body(Body::empty()).unwrap()).await.status, 404);
        assert_eq!(hall.send(cut("admin").body(Body::empty()).unwrap()).await.status, 204);
        assert_eq!(hall.post("worker", &unlock, &Value::Null).await.status, 401, "its sign-in is over");
        let worker = hall.app.people.acting(&hall.app.city(), "worker").await.unwrap().person.unwrap();
        let known =
            store::sync::device(&hall.app.store, domain::id::DeviceId(device)).await.unwrap().unwrap();
        assert!(known.person == worker && known.cut.is_some() && known.sealed.is_none());
        assert!(store::secret::one(&hall.app.store, device).await.unwrap().is_none(), "its key is nowhere");
        let deeds = hall.get("admin", "/api/v1/deeds?limit=1").await;
        assert_eq!(deeds.json["items"][0]["what"]["deed"], "cut_device", "{}", deeds.json);
    })
    .await;
}

/// A request of the protocol of uploads.
fn tus(hall: &Hall, method: &str, path: &str, headers: &[(&str, String)], body: Vec<u8>) -> Request<Body> {
    let request = hall.request("worker", method, path).header("tus-resumable", "1.0.0");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    request.body(Body::from(body)).unwrap()
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn a_picture_comes_in_pieces_and_its_act_waits_for_it() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let bytes =
            std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures/queue.png")).unwrap();
        let (id, sha) = (Uuid::now_v7(), domain::audit::sha256(&bytes).to_string());
        let mut act = report(1, &hall);
        act["body"]["evidence"] = json!([{ "attachment": id, "kind": "before" }]);
        let reply = push(&hall, device, 1, std::slice::from_ref(&act)).await;
        assert_eq!(states(&reply), ["waits"], "{}", reply.json);
        assert!(reply.json["items"][0]["why"].as_str().unwrap().contains("picture"));

        let metadata = format!("id {},sha256 {}", base64(&id.to_string()), base64(&sha));
        let begin = || {
            let headers = [("upload-length", bytes.len().to_string()), ("upload-metadata", metadata.clone())];
            tus(&hall, "POST", "/api/v1/uploads", &headers, vec![])
        };
        let begun = hall.send(begin()).await;
        assert_eq!((begun.status, begun.header("upload-offset")), (201, "0"));
        let place = begun.header("location").to_owned();
        let piece = |offset: usize, bytes: &[u8]| {
            let headers = [
                ("upload-offset", offset.to_string()),
                ("content-type", "application/offset+octet-stream".to_owned()),
            ];
            tus(&hall, "PATCH", &place, &headers, bytes.to_vec())
        };
        let half = bytes.len() / 2;
        assert_eq!(hall.send(piece(0, &bytes[..half])).await.status, 204);
        let elsewhere = hall.send(piece(0, &bytes[..half])).await;
        assert_eq!((elsewhere.status, elsewhere.header("upload-offset")), (409, half.to_string().as_str()));
        assert_eq!(hall.send(begin()).await.header("upload-offset"), half.to_string());
        let looked = hall.send(tus(&hall, "HEAD", &place, &[], vec![])).await;
        assert_eq!(looked.header("upload-offset"), half.to_string());
        assert_eq!(hall.send(piece(half, &bytes[half..])).await.status, 204);

        let reply = push(&hall, device, 1, std::slice::from_ref(&act)).await;
        assert_eq!(states(&reply), ["done"], "{}", reply.json);
        let case = hall.get("worker", &format!("/api/v1/cases/{}", act["id"].as_str().unwrap())).await;
        assert_eq!(case.json["evidence"][0]["attachment"], json!(id), "{}", case.json["evidence"]);
        assert_eq!(hall.get("worker", &format!("/api/v1/attachments/{id}")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn bytes_that_are_not_those_announced_are_thrown_away() {
    on_both(async |store| {
        let hall = hall(store).await;
        let bytes = b"%PDF-1.4 not what was said".to_vec();
        let metadata =
            format!("id {},sha256 {}", base64(&Uuid::now_v7().to_string()), base64(&"00".repeat(32)));
        let headers = [("upload-length", bytes.len().to_string()), ("upload-metadata", metadata)];
        let begun = hall.send(tus(&hall, "POST", "/api/v1/uploads", &headers, vec![])).await;
        let place = begun.header("location").to_owned();
        let piece = |bytes: &[u8]| {
            let headers = [
                ("upload-offset", "0".to_owned()),
                ("content-type", "application/offset+octet-stream".to_owned()),
            ];
            tus(&hall, "PATCH", &place, &headers, bytes.to_vec())
        };
        let more = [bytes.as_slice(), b"and more"].concat();
        assert_eq!(hall.send(piece(&more)).await.problem().0, 422);
        assert_eq!(hall.send(piece(&bytes)).await.problem(), (422, "invalid", "/sha256"));
        let looked = hall.send(tus(&hall, "HEAD", &place, &[], vec![])).await;
        assert_eq!(looked.header("upload-offset"), "0", "it begins anew");
        for (length, path) in [("0", "/bytes"), ("99999999999", "/bytes"), ("many", "upload-length")] {
            let headers = [("upload-length", length.to_owned())];
            let reply = hall.send(tus(&hall, "POST", "/api/v1/uploads", &headers, vec![])).await;
            assert_eq!(reply.problem(), (422, "invalid", path));
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_phone_sent_and_was_answered_lies_sealed() {
    on_both(async |store| {
        let hall = hall(store).await;
        let device = phone(&hall, "worker").await;
        let mut done = report(1, &hall);
        done["body"]["text"] = json!("张三丰家门口的井盖");
        let mut waits = report(3, &hall);
        waits["body"]["text"] = json!("张三丰家门口的路灯");
        assert_eq!(states(&push(&hall, device, 1, &[done, waits]).await), ["done", "waits"]);
        let rows = hall.app.store.rows("select body, answer from pushed order by seq", vec![]).await.unwrap();
        assert_eq!(rows.len(), 2);
        for row in rows {
            let kept = format!("{}{:?}", row.text("body").unwrap(), row.opt_text("answer").unwrap());
            assert!(!kept.contains("张三丰") && !kept.contains("井盖"), "{kept}");
        }
    })
    .await;
}
