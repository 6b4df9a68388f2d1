//! Slow and hostile callers over real sockets, against the real program with its real limits: all are answered or
//! closed in time, memory stays bounded, and everybody else is served meanwhile.

use super::http::{Client, Reply, connect};
use super::run::Folder;
use super::server::Server;
use super::town;
use app::case::{Acting, ReportCommand, plan_report};
use app::{App, Clock, bulk};
use domain::case::Channel;
use domain::id::{ActId, AreaId, CaseId};
use domain::policy::Role;
use jiff::Timestamp;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use store::Store;
use store::testing::Fresh;
use uuid::Uuid;

/// Limits of a node as they are by default, with time to notice.
const HEAD: Duration = Duration::from_secs(10 + 5);
const SILENCE: Duration = Duration::from_secs(20 + 5);
/// Time a debug build on a busy box takes to fill the buffers between it and a reader who does not read.
const FILLING: Duration = Duration::from_secs(20);
const REQUEST: Duration = Duration::from_secs(30 + 5);
/// Memory that all of this may cost beside an ordinary start, MiB.
const ROOM_MIB: u64 = 64;
/// Acts that a stream has to catch up on: more than a small socket and a large one hold.
const N_EVENTS: usize = 16_000;

/// Sends a byte every half second until the other end closes; what came back, and how long that took.
fn drip(address: SocketAddr, head: &str, limit: Duration) -> (String, Duration) {
    let begun = Instant::now();
    let mut stream = connect(address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let (mut said, mut chunk) = (Vec::new(), [0; 4_096]);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => said.extend_from_slice(&chunk[..count]),
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                assert!(begun.elapsed() < limit, "still open after {:?}", begun.elapsed());
                let _closed = stream.write_all(b"a");
            }
            Err(_reset) => break,
        }
    }
    (String::from_utf8_lossy(&said).into_owned(), begun.elapsed())
}

/// Sends these bytes whole, as far as they are taken; the answer.
fn say(address: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = connect(address).unwrap();
    let _closed_before_all_was_sent = stream.write_all(bytes);
    Reply::read(&mut BufReader::new(stream)).expect("an answer comes")
}

fn posting(token: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn heads_that_drip_are_closed(address: SocketAddr) {
    scope(|scope| {
        for _ in 0..100 {
            let one = || drip(address, "GET /api/v1/session HTTP/1.1\r\nHost: x\r\nX-Slow: ", HEAD);
            scope.spawn(one);
        }
    });
}

fn silent_connections_are_closed(address: SocketAddr) {
    let mut all: Vec<TcpStream> = (0..100).map(|_| connect(address).unwrap()).collect();
    let begun = Instant::now();
    for stream in &mut all {
        stream.set_read_timeout(Some(HEAD)).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
    assert!(begun.elapsed() < HEAD);
}

fn bodies_that_drip_are_answered(address: SocketAddr, token: &str) {
    let head = posting(token, &[b' '; 1_000]);
    let head = String::from_utf8(head[..head.len() - 1_000].to_vec()).unwrap();
    let (said, took) = drip(address, &head, REQUEST);
    assert!(said.starts_with("HTTP/1.1 408 "), "after {took:?}: {said}");
}

fn bodies_that_fall_silent_are_answered(address: SocketAddr, token: &str) {
    let begun = Instant::now();
    let half = posting(token, &[b' '; 1_000]);
    assert_eq!(say(address, &half[..half.len() - 500]).status, 408);
    assert!(begun.elapsed() < SILENCE);
}

fn bodies_of_100_mb_are_refused(address: SocketAddr, token: &str) {
    let begun = Instant::now();
    let head = String::from_utf8(posting(token, b"")).unwrap();
    let declared = head.replace("Content-Length: 0", "Content-Length: 104857600");
    assert_eq!(say(address, declared.as_bytes()).status, 413, "declared, and refused unsent");
    assert!(begun.elapsed() < Duration::from_secs(5));
    let mut sent = declared.clone().into_bytes();
    sent.resize(sent.len() + 100 * 1024 * 1024, b' ');
    assert_eq!(say(address, &sent).status, 413, "declared and sent");
    let mut chunked = head.replace("Content-Length: 0", "Transfer-Encoding: chunked").into_bytes();
    for _ in 0..100 {
        chunked.extend_from_slice(b"100000\r\n");
        chunked.resize(chunked.len() + 0x10_0000, b' ');
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(say(address, &chunked).status, 413, "not declared, and sent");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

fn nonsense_is_answered(address: SocketAddr, token: &str) {
    let not_utf8 = say(address, &posting(token, b"{\"text\":\"\xc3\x28\"}"));
    assert_eq!((not_utf8.status, not_utf8.json()["code"].as_str()), (400, Some("malformed")));
    for open in ["[", "{\"a\":"] {
        let deep = say(address, &posting(token, open.repeat(150_000).as_bytes()));
        assert!([400, 422].contains(&deep.status), "{}", deep.json());
    }
    let deep_act = posting(token, format!("{{\"act\":{}", "[".repeat(150_000)).as_bytes());
    let path = format!("/api/v1/cases/{}/acts", Uuid::nil());
    let deep_act = String::from_utf8(deep_act).unwrap().replacen("/api/v1/cases", &path, 1);
    let deep = say(address, deep_act.as_bytes());
    assert_eq!((deep.status, deep.json()["code"].as_str()), (400, Some("malformed")), "{}", deep.json());
    let bomb = posting(token, b"12345");
    let bomb =
        String::from_utf8(bomb).unwrap().replace("Host: x\r\n", "Host: x\r\nContent-Encoding: gzip\r\n");
    assert_eq!(say(address, bomb.as_bytes()).status, 415);
    for size in [1, 7_000, 70_000] {
        let noise: Vec<u8> = (0..size).map(|n| 128 + (n * 37 % 128) as u8).collect();
        let begun = Instant::now();
        let mut stream = connect(address).unwrap();
        let _closed = stream.write_all(&noise);
        let mut said = Vec::new();
        let _reset = stream.read_to_end(&mut said);
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 4"), "{said:?}");
        assert!(begun.elapsed() < HEAD);
    }
}

/// A good request, then noise behind it on the same connection: the good one is answered, the rest refused.
fn garbage_in_a_pipeline_is_refused(address: SocketAddr) {
    let mut stream = connect(address).unwrap();
    let good = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(&[good.as_slice(), good, b"\x00\xff\x13GARBAGE \r\n\r\n"].concat()).unwrap();
    let mut stream = BufReader::new(stream);
    assert_eq!(Reply::read(&mut stream).unwrap().status, 200);
    assert_eq!(Reply::read(&mut stream).unwrap().status, 200);
    assert_eq!(Reply::read(&mut stream).map_or(400, |reply| reply.status), 400);
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "and the connection is closed");
}

/// Streams from the beginning of the record that nobody reads: cut off, long before all was sent.
fn streams_that_nobody_reads_are_closed(address: SocketAddr, token: &str, from: &str) {
    let open = |_| {
        let mut stream = narrow(address);
        let ask = format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nLast-Event-ID: {from}\r\n\r\n"
        );
        stream.write_all(ask.as_bytes()).unwrap();
        stream
    };
    let streams: Vec<TcpStream> = (0..2).map(open).collect();
    sleep(FILLING + SILENCE); // the silence begins when what lies between is full
    for mut stream in streams {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut got = Vec::new();
        if let Err(error) = stream.read_to_end(&mut got) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "after {} bytes", got.len());
        }
        let n_events = got.windows(11).filter(|window| window == b"event: act\n").count();
        assert!(n_events > 0 && n_events < N_EVENTS, "{n_events} events came");
    }
}

/// A connection whose near end takes in some kilobytes and no more.
fn narrow(address: SocketAddr) -> TcpStream {
    town::wait(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(address).await.unwrap().into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        stream
    })
}

/// Everybody else meanwhile: reports and lists, each pair answered within five seconds even on a busy box, until `done`.
fn others_are_served(address: SocketAddr, token: &str, until: Instant) -> u32 {
    let (mut client, mut n) = (Client::new(address, token), 0);
    while Instant::now() < until {
        let begun = Instant::now();
        let reply = client.post("/api/v1/cases", &[("Prefer", "return=minimal")], &town::report("照常", n));
        assert_eq!(reply.unwrap().status, 201);
        assert_eq!(client.get("/api/v1/cases?limit=20").unwrap().status, 200);
        assert!(begun.elapsed() < Duration::from_secs(5), "others waited {:?}", begun.elapsed());
        n += 1;
        sleep(Duration::from_millis(50));
    }
    n
}

/// Fills the record; the cursor of its beginning.
fn fill(url: &str) {
    town::wait(async {
        let app = App::new(Store::open(url).await.unwrap(), Clock::machine()).await.unwrap();
        let mut actor = app::people::system(AreaId(1));
        actor.role = Role::Desk;
        let command = ReportCommand {
            text: "没有人听".to_owned(),
            class: None,
            point: None,
            words: String::new(),
            area: Some(town::TOWNSHIP),
            channel: Channel::Desk,
            evidence: Vec::new(),
            happened_at: None,
            private: false,
            outside_no: None,
        };
        let city = app.city();
        let one = |_| {
            let id = CaseId(Uuid::now_v7());
            let acting = Acting { city: &city, actor: &actor, now: Timestamp::now(), key: ActId(id.0) };
            plan_report(&acting, id, &command).unwrap()
        };
        bulk::save_cases(&app, (0..N_EVENTS).map(one).collect()).await.unwrap();
        app.store.close().await;
    });
}

#[test]
fn slow_and_hostile_callers_are_ended_in_time_and_cost_little() {
    let fresh = Fresh::sqlite();
    let url = fresh.url.as_str();
    let folder = Folder::new();
    let town = town::build(url, 3);
    fill(url);
    let server = Server::start(url, &folder.path("data"));
    let (address, [desk, other, listener]) = (server.address, [0, 1, 2].map(|n| town.desks[n].as_str()));
    let first = Client::new(address, desk).get("/api/v1/feed?limit=1").unwrap().json();
    let from = first["next"].as_str().unwrap().to_owned();
    assert_eq!(others_are_served(address, other, Instant::now() + Duration::from_secs(1)).min(1), 1);
    let before = server.peak_mib();
    let until = Instant::now() + REQUEST;
    let n_served = scope(|scope| {
        scope.spawn(|| heads_that_drip_are_closed(address));
        scope.spawn(|| silent_connections_are_closed(address));
        scope.spawn(|| bodies_that_drip_are_answered(address, desk));
        scope.spawn(|| bodies_that_fall_silent_are_answered(address, desk));
        scope.spawn(|| streams_that_nobody_reads_are_closed(address, listener, &from));
        scope.spawn(|| {
            nonsense_is_answered(address, desk);
            garbage_in_a_pipeline_is_refused(address);
            bodies_of_100_mb_are_refused(address, desk);
        });
        scope.spawn(|| others_are_served(address, other, until)).join().unwrap()
    });
    let cost = server.peak_mib() - before;
    println!("{n_served} rounds of others meanwhile; peak {before} MiB before, {cost} MiB more with all");
    assert!(cost < ROOM_MIB, "{cost} MiB more at the peak");
    assert_eq!(Client::new(address, "").get("/health/ready").unwrap().status, 200);
}
