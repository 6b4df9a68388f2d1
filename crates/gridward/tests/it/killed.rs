//! `kill -9` at any moment under load is an ordinary start: nothing acknowledged is lost, nothing is done twice.
//!
//! The ledger is outside the program: what it acknowledged, and what it left open when it was killed. That a power
//! cut loses nothing either is proved elsewhere (`crates/crashlab`): the page cache survives a killed process.

use super::http::Client;
use super::run::{Folder, gridward, json, on_both, text};
use super::server::Server;
use super::town::{self, Town};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use uuid::Uuid;

const ROUNDS: u32 = 50;
const CLIENTS: usize = 8;

/// A report (`key` is its case) or a note on a case.
#[derive(Clone, Debug)]
struct Sent {
    case: Uuid,
    key: Uuid,
    body: Value,
}

#[derive(Default)]
struct Ledger {
    acknowledged: Vec<Sent>,
    open: Vec<Sent>,
}

impl Sent {
    fn report(n: usize) -> Sent {
        let key = Uuid::now_v7();
        Sent { case: key, key, body: town::report(&format!("路面有坑 {key}"), n as u32) }
    }

    fn note(case: Uuid) -> Sent {
        let key = Uuid::now_v7();
        Sent { case, key, body: json!({ "act": "note", "text": key.to_string() }) }
    }

    fn is_report(&self) -> bool {
        self.case == self.key
    }

    /// Whether it was acknowledged, and whether as a replay; `None` when nobody knows.
    fn by(&self, client: &mut Client) -> Option<bool> {
        let path = if self.is_report() {
            "/api/v1/cases".to_owned()
        } else {
            format!("/api/v1/cases/{}/acts", self.case)
        };
        let key = self.key.to_string();
        let reply = client
            .post(&path, &[("Idempotency-Key", key.as_str()), ("Prefer", "return=minimal")], &self.body)
            .ok()?;
        match reply.status {
            200 | 201 => Some(reply.header("idempotent-replay") == "true"),
            409 | 429 | 503 => None, // told to come again with the same key
            other => panic!("{other}: {}", reply.json()),
        }
    }
}

/// Reports, and notes on what was reported, until the server is gone.
fn work(address: SocketAddr, token: &str) -> Ledger {
    let (mut client, mut ledger) = (Client::new(address, token), Ledger::default());
    for n in 0.. {
        let sent = match ledger.acknowledged.last() {
            Some(last) if n % 3 == 2 => Sent::note(last.case),
            _ => Sent::report(n),
        };
        if sent.by(&mut client).is_none() {
            ledger.open.push(sent);
            break;
        }
        ledger.acknowledged.push(sent);
    }
    ledger
}

/// One life of the server, from load to death.
fn live_and_die(server: Server, town: &Town, for_ms: u64) -> Ledger {
    let address = server.address;
    std::thread::scope(|scope| {
        let clients: Vec<_> =
            town.desks.iter().map(|desk| scope.spawn(move || work(address, desk))).collect();
        std::thread::sleep(Duration::from_millis(for_ms));
        server.kill();
        let mut all = Ledger::default();
        for client in clients {
            let one = client.join().unwrap();
            all.acknowledged.extend(one.acknowledged);
            all.open.extend(one.open);
        }
        all
    })
}

/// Sends again until it is acknowledged; whether it had been done before.
fn again(client: &mut Client, sent: &Sent) -> bool {
    let limit = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(replayed) = sent.by(client) {
            return replayed;
        }
        assert!(Instant::now() < limit, "{sent:?} is not taken");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Follows the feed from a cursor until `n_all` events were seen in all, and asserts that there are no more.
fn follow(client: &mut Client, cursor: &mut String, seen: &mut Vec<(Uuid, u64)>, n_all: usize) {
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        let after = if cursor.is_empty() { String::new() } else { format!("&after={cursor}") };
        let page = client.get(&format!("/api/v1/feed?limit=1000{after}")).unwrap();
        assert_eq!(page.status, 200, "{}", page.json());
        let page = page.json();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|event| {
            (event["case"].as_str().unwrap().parse().unwrap(), event["version"].as_u64().unwrap())
        }));
        page["next"].as_str().unwrap().clone_into(cursor);
        if items.is_empty() && seen.len() >= n_all {
            break;
        }
        assert!(Instant::now() < limit, "the feed shows {} of {n_all} acts", seen.len());
    }
    assert_eq!(seen.len(), n_all, "the feed shows acts that nobody sent, or shows some twice");
}

#[test]
fn killed_fifty_times_under_load_nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    on_both(|url| {
        let begun = Instant::now();
        let folder = Folder::new();
        let town = town::build(url, CLIENTS);
        let seed = begun.elapsed().as_nanos() as u64;
        let mut moment = seed;
        let mut server = Server::start(url, &folder.path("data"));
        let mut done: Vec<Sent> = Vec::new();
        let (mut n_open, mut n_replayed) = (0, 0);
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        for _ in 0..ROUNDS {
            moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let ledger = live_and_die(server, &town, 10 + (moment >> 33) % 240);
            server = Server::start(url, &folder.path("data"));
            let mut client = Client::new(server.address, &town.desks[0]);
            for sent in ledger.acknowledged.iter().rev().take(3) {
                assert!(again(&mut client, sent), "{sent:?} was acknowledged and is not there");
            }
            n_open += ledger.open.len();
            for sent in &ledger.open {
                n_replayed += usize::from(again(&mut client, sent));
            }
            done.extend(ledger.acknowledged);
            done.extend(ledger.open);
            follow(&mut client, &mut cursor, &mut seen, done.len());
        }
        holds(url, &server, &town, &done, &seen);
        println!(
            "seed {seed}: {ROUNDS} kills, {} acts, {n_open} of them open when the server died, of which {n_replayed} \
             had been done; 0 lost, 0 doubled, {:.1} s",
            done.len(),
            begun.elapsed().as_secs_f64()
        );
        assert!(done.len() > ROUNDS as usize * CLIENTS, "there was load");
    });
}

/// The ledger, the feed and the record say the same.
fn holds(url: &str, server: &Server, town: &Town, done: &[Sent], seen: &[(Uuid, u64)]) {
    let mut versions: HashMap<Uuid, u64> = HashMap::new();
    for sent in done {
        *versions.entry(sent.case).or_default() += 1;
    }
    let mut followed: HashMap<Uuid, u64> = HashMap::new();
    for (case, version) in seen {
        let last = followed.entry(*case).or_default();
        assert_eq!(*version, *last + 1, "the acts of {case} come in order, each once");
        *last = *version;
    }
    assert_eq!(followed, versions);
    let mut client = Client::new(server.address, &town.desks[0]);
    let (mut cursor, mut afresh) = (String::new(), Vec::new());
    follow(&mut client, &mut cursor, &mut afresh, done.len());
    assert_eq!(afresh, seen, "whoever begins anew sees the same in the same order");
    let log = text(&gridward(&["export", "log", "--db", url]), 0);
    // Of cases alone: that this town's grids have nobody is found and recorded, too.
    let acts = log.lines().filter(|line| !line.contains("\"stream\"")).filter_map(|line| {
        let entry: Value = serde_json::from_str(line).unwrap();
        entry["act_id"].as_str().map(|id| id.parse().unwrap())
    });
    let mut acts: Vec<Uuid> = acts.collect();
    acts.sort_unstable();
    let mut keys: Vec<Uuid> = done.iter().map(|sent| sent.key).collect();
    keys.sort_unstable();
    assert_eq!(acts, keys, "the record has every act of the ledger once, and no other");
    let verified = json(&gridward(&["verify", "--db", url, "--json"]), 0);
    assert_eq!((&verified["ok"], &verified["n_cases"]), (&json!(true), &json!(versions.len())));
}
