//! Asked to stop (SIGTERM), the server finishes what it has begun, lets nobody new in, and ends with code 0.

use super::http::{Client, Reply, connect};
use super::run::{Folder, gridward, json, on_both};
use super::server::Server;
use super::town;
use serde_json::json;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn asked_to_stop_it_finishes_what_it_has_begun_and_ends_well() {
    on_both(|url| {
        let folder = Folder::new();
        let desk = town::build(url, 1).desks.remove(0);
        let server = Server::start(url, &folder.path("data"));
        let body = town::report("寄到一半时停机", 0).to_string();
        let (first, rest) = body.as_bytes().split_at(body.len() / 2);
        let mut half = connect(server.address).unwrap();
        let head = format!(
            "POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {desk}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        half.write_all(&[head.as_bytes(), first].concat()).unwrap();
        let mut events = Client::new(server.address, &desk).events("/api/v1/events");
        sleep(Duration::from_millis(300));

        server.ask_to_stop();
        let (asked, address) = (Instant::now(), server.address);
        assert_eq!(events.next().unwrap(), None, "a stream ends as a whole answer does");
        while TcpStream::connect(address).is_ok() {
            assert!(asked.elapsed() < Duration::from_secs(5), "somebody new is let in");
            sleep(Duration::from_millis(10));
        }
        half.write_all(rest).unwrap();
        let reply = Reply::read(&mut BufReader::new(half)).unwrap();
        assert_eq!(reply.status, 201, "{}", reply.json());
        let said = server.log();
        assert_eq!(server.ended().code(), Some(0), "{said}");
        assert!(asked.elapsed() < Duration::from_secs(5), "nothing waits for the limit of 10 s");
        let verified = json(&gridward(&["verify", "--db", url, "--json"]), 0);
        assert_eq!((&verified["ok"], &verified["n_cases"]), (&json!(true), &json!(1)));
    });
}
