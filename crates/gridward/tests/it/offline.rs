//! Ten thousand things done offline: sent one to five times, in any order, over many connections at once, to a server that
//! is killed three times. Each is done once, in the order of its phone, and every picture is whole.

use super::http::Client;
use super::run::{Folder, gridward, json, on_both, text};
use super::server::Server;
use super::town::{self, Town};
use rand::{Chance, shuffled};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

const PHONES: usize = 40;
const ACTS: u64 = 250;
const DESKS: usize = 5;
const KILLS: u32 = 3;
const BATCH: usize = 40;
/// Every so many acts one is a report with a picture.
const PICTURE_EVERY: u64 = 100;

/// Chance without a library: a test prints its seed, and that is all it needs.
mod rand {
    pub struct Chance(pub u64);

    impl Chance {
        pub fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 33) as usize) % n
        }
    }

    /// Fisher and Yates.
    pub fn shuffled<T>(mut items: Vec<T>, chance: &mut Chance) -> Vec<T> {
        for at in (1..items.len()).rev() {
            items.swap(at, chance.below(at + 1));
        }
        items
    }
}

/// A phone with everything it did while it was alone.
struct Phone {
    id: Uuid,
    token: String,
    acts: Vec<Value>,
    /// The case and version that each act makes.
    makes: Vec<(Uuid, u64)>,
    pictures: Vec<Uuid>,
}

impl Phone {
    fn new(n: usize, token: &str) -> Phone {
        let mut phone = Phone {
            id: Uuid::now_v7(),
            token: token.to_owned(),
            acts: Vec::new(),
            makes: Vec::new(),
            pictures: Vec::new(),
        };
        let mut versions: Vec<(Uuid, u64)> = Vec::new();
        for seq in 1..=ACTS {
            let id = Uuid::now_v7();
            let (path, body, made) = if seq % 4 == 0 {
                let at = (seq as usize / 4 * 7) % versions.len();
                versions[at].1 += 1;
                let case = versions[at].0;
                let body = json!({ "act": "note", "text": format!("第{seq}条") });
                (format!("/api/v1/cases/{case}/acts"), body, versions[at])
            } else {
                let mut body = town::report(&format!("手机{n}的第{seq}件事 {id}"), seq as u32);
                body["happened_at"] = json!("@made");
                if seq % PICTURE_EVERY == 1 {
                    let picture = Uuid::now_v7();
                    body["evidence"] = json!([{ "attachment": picture, "kind": "before" }]);
                    phone.pictures.push(picture);
                }
                versions.push((id, 1));
                ("/api/v1/cases".to_owned(), body, (id, 1))
            };
            phone.makes.push(made);
            phone.acts.push(json!({
                "id": id, "seq": seq, "at": "2026-03-02T01:00:00Z", "method": "post", "path": path, "body": body
            }));
        }
        phone
    }

    /// Sends some acts; `None` when the server did not answer.
    fn push(&self, client: &mut Client, acts: &[&Value]) -> Option<Value> {
        let body = json!({ "device": self.id, "from": 1, "sent_at": "2026-03-02T02:00:00Z", "acts": acts });
        let reply = client.post("/api/v1/sync/push", &[], &body).ok()?;
        match reply.status {
            200 => Some(reply.json()),
            409 | 429 | 503 => None,
            other => panic!("{other}: {}", reply.json()),
        }
    }
}

/// Sends a picture in three pieces, going on from wherever it stands.
fn send_picture(client: &mut Client, id: Uuid) -> Option<()> {
    let bytes = picture(id);
    let metadata = format!("id {}", base64(id.to_string().as_bytes()));
    let length = bytes.len().to_string();
    let headers = [("Tus-Resumable", "1.0.0"), ("Upload-Length", &length), ("Upload-Metadata", &metadata)];
    let begun = client.send("POST", "/api/v1/uploads", &headers, b"").ok()?;
    assert!([200, 201].contains(&begun.status), "{}: {}", begun.status, begun.json());
    let mut offset: usize = begun.header("upload-offset").parse().unwrap();
    while offset < bytes.len() {
        let piece = &bytes[offset..bytes.len().min(offset + bytes.len() / 3 + 1)];
        let at = offset.to_string();
        let headers = [
            ("Tus-Resumable", "1.0.0"),
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Offset", &at),
        ];
        let reply = client.send("PATCH", &format!("/api/v1/uploads/{id}"), &headers, piece).ok()?;
        match reply.status {
            204 | 409 => offset = reply.header("upload-offset").parse().unwrap(),
            429 | 503 => return None,
            other => panic!("{other}: {}", reply.json()),
        }
    }
    Some(())
}

/// A paper that no other phone has.
fn picture(id: Uuid) -> Vec<u8> {
    format!("%PDF-1.4\n{}\n%%EOF", id.to_string().repeat(40)).into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * at)) as usize & 63];
            text.push(if at > chunk.len() { '=' } else { letter as char });
        }
    }
    text
}

/// Where the server is at this moment.
#[derive(Clone)]
struct Place(Arc<Mutex<SocketAddr>>);

impl Place {
    fn client(&self, token: &str) -> Client {
        Client::new(*self.0.lock().unwrap(), token)
    }
}

/// Sends until it is answered.
fn until<T>(place: &Place, token: &str, mut ask: impl FnMut(&mut Client) -> Option<T>) -> T {
    let limit = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(answer) = ask(&mut place.client(token)) {
            return answer;
        }
        assert!(Instant::now() < limit, "the server does not come back");
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// What one connection does: batches of its phones, in any order, some lost on the way.
fn send_some(place: &Place, phones: &[Phone], seed: u64, over: &AtomicBool) {
    let mut chance = Chance(seed);
    let mut batches: Vec<(usize, Vec<&Value>)> = Vec::new();
    for (n, phone) in phones.iter().enumerate() {
        let sends = phone.acts.iter().flat_map(|act| {
            let times = 1 + (act["seq"].as_u64().unwrap() as usize * 7 + n) % 3; // over two connections: 2 to 6
            std::iter::repeat_n(act, times.div_ceil(2))
        });
        let sends = shuffled(sends.collect(), &mut chance);
        for chunk in sends.chunks(BATCH) {
            let mut batch = chunk.to_vec();
            batch.sort_by_key(|act| act["id"].as_str());
            batch.dedup_by_key(|act| act["id"].as_str());
            batches.push((n, shuffled(batch, &mut chance)));
        }
    }
    for (n, batch) in shuffled(batches, &mut chance) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        // An answer that does not come is as good as one that was lost: it is not asked for again here.
        let _lost = phones[n].push(&mut place.client(&phones[n].token), &batch);
    }
}

#[test]
fn ten_thousand_things_done_offline_are_done_once_and_in_order_though_the_server_is_killed_three_times() {
    on_both(|url| {
        let begun = Instant::now();
        let folder = Folder::new();
        let town: Town = town::build(url, DESKS);
        let keys = folder.path("keys.toml");
        let variables = [("GRIDWARD_KEYS", keys.to_str().unwrap())];
        let server = Server::start_with(url, &folder.path("data"), &variables);
        let place = Place(Arc::new(Mutex::new(server.address)));
        let phones: Vec<Phone> = (0..PHONES).map(|n| Phone::new(n, &town.desks[n % DESKS])).collect();
        for phone in &phones {
            let path = format!("/api/v1/devices/{}", phone.id);
            let reply = place.client(&phone.token).send("PUT", &path, &[], br#"{"name":"phone"}"#).unwrap();
            assert_eq!(reply.status, 201, "{}", reply.json());
        }
        let seed = begun.elapsed().as_nanos() as u64;
        let over = AtomicBool::new(false);
        let server = std::thread::scope(|scope| {
            let mut server = server;
            let (place, over) = (&place, &over);
            let senders: Vec<_> = (0..2_u64)
                .flat_map(|half| {
                    phones
                        .chunks(PHONES / 4)
                        .enumerate()
                        .map(move |(at, some)| (seed ^ (half * 8 + at as u64), some))
                })
                .map(|(seed, some)| scope.spawn(move || send_some(place, some, seed, over)))
                .collect();
            let pictures = scope.spawn(|| {
                for phone in &phones {
                    for id in &phone.pictures {
                        until(place, &phone.token, |client| send_picture(client, *id));
                    }
                }
            });
            let mut chance = Chance(seed);
            for _ in 0..KILLS {
                std::thread::sleep(Duration::from_millis(1_500 + chance.below(2_500) as u64));
                server.kill();
                server = Server::start_with(url, &folder.path("data"), &variables);
                *place.0.lock().unwrap() = server.address;
            }
            for sender in senders {
                sender.join().unwrap();
            }
            pictures.join().unwrap();
            server
        });
        // The phones are online again and send what they heard nothing of.
        for phone in &phones {
            let mut settled = 0;
            while settled < ACTS {
                let rest: Vec<&Value> = phone.acts.iter().skip(settled as usize).take(BATCH).collect();
                let reply = until(&place, &phone.token, |client| phone.push(client, &rest));
                let now = reply["settled"].as_u64().unwrap();
                assert!(now > settled, "nothing moves: {reply}");
                settled = now;
            }
        }
        holds(url, &server, &town, &phones);
        println!(
            "seed {seed}: {} acts of {PHONES} phones, {KILLS} kills, each done once and in order; {} pictures whole; {:.1} s",
            PHONES as u64 * ACTS,
            phones.iter().map(|phone| phone.pictures.len()).sum::<usize>(),
            begun.elapsed().as_secs_f64()
        );
    });
}

/// The feed and the record have every act once, those of a phone in its order; every picture has its bytes.
fn holds(url: &str, server: &Server, town: &Town, phones: &[Phone]) {
    let mut client = Client::new(server.address, &town.desks[0]);
    let mut of_phone: HashMap<Uuid, usize> = HashMap::new();
    for (n, phone) in phones.iter().enumerate() {
        of_phone.extend(phone.makes.iter().map(|(case, _)| (*case, n)));
    }
    let mut seen: Vec<Vec<(Uuid, u64)>> = vec![Vec::new(); phones.len()];
    let (mut cursor, mut n_seen) = (String::new(), 0);
    let limit = Instant::now() + Duration::from_secs(30);
    while n_seen < PHONES as u64 * ACTS {
        assert!(Instant::now() < limit, "the feed shows {n_seen}");
        let after = if cursor.is_empty() { String::new() } else { format!("&after={cursor}") };
        let page = client.get(&format!("/api/v1/feed?limit=1000{after}")).unwrap().json();
        for event in page["items"].as_array().unwrap() {
            let case: Uuid = event["case"].as_str().unwrap().parse().unwrap();
            seen[of_phone[&case]].push((case, event["version"].as_u64().unwrap()));
            n_seen += 1;
        }
        page["next"].as_str().unwrap().clone_into(&mut cursor);
    }
    for (phone, seen) in phones.iter().zip(seen) {
        assert_eq!(seen, phone.makes, "the acts of a phone are done in its order, each once");
    }
    let log = text(&gridward(&["export", "log", "--db", url]), 0);
    // Of cases alone: that this town's grids have nobody is found and recorded, too.
    let n_acts = log.lines().filter(|it| it.contains("\"act_id\"") && !it.contains("\"stream\"")).count();
    assert_eq!(n_acts as u64, PHONES as u64 * ACTS);
    let verified = json(&gridward(&["verify", "--db", url, "--json"]), 0);
    assert_eq!(verified["ok"], true, "{verified}");
    for phone in phones {
        for id in &phone.pictures {
            let reply = client.get(&format!("/api/v1/attachments/{id}")).unwrap();
            assert!(reply.status == 200 && reply.body == picture(*id), "picture {id}: {}", reply.status);
        }
    }
}
