//! The first start of a city: a printed link, one administrator, and no password that came with the program.

use super::http::Client;
use super::run::{Folder, a_city, gridward, json, on_both, text};
use super::server::Server;
use serde_json::json;

#[test]
fn a_city_without_accounts_prints_a_link_that_makes_its_first_administrator() {
    on_both(|url| {
        let folder = Folder::new();
        let server = Server::start(url, &folder.path("data"));
        assert!(server.said_first.contains("gridward import areas"), "{}", server.said_first);
        assert!(!server.said_first.contains("/setup"));
        server.kill();
        a_city(&folder, url);
        let server = Server::start(url, &folder.path("data"));
        let link = server.said_first.lines().last().unwrap().trim();
        let (page, token) = link.split_once('#').expect("the secret stands behind #");
        assert_eq!(page, format!("http://{}/setup", server.address));
        let mut client = Client::new(server.address, "");
        let me =
            json!({ "token": token, "account": "zhao", "name": "Zhao", "password": "a long enough one" });
        let made = client.post("/api/v1/setup", &[], &me).unwrap();
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        assert_eq!(client.post("/api/v1/setup", &[], &me).unwrap().status, 404);
        assert!(!server.log().contains(token), "the secret is in no log");
        server.kill();
        let server = Server::start(url, &folder.path("data"));
        assert_eq!(server.said_first, "", "there is nothing to set up any more");
        server.kill();
        let holds = json(&gridward(&["verify", "--db", url, "--json"]), 0);
        assert!(holds["n_deeds"].as_u64().unwrap() > 2, "{holds}");
    });
}

#[test]
fn whoever_runs_the_machine_opens_accounts_by_the_same_record() {
    on_both(|url| {
        let folder = Folder::new();
        a_city(&folder, url);
        let create =
            ["admin", "create", "--account", "li", "--name", "Li", "--role", "desk", "--area", "1701"];
        json(&gridward(&[create.as_slice(), &["--db", url, "--json"]].concat()), 0);
        json(&gridward(&["admin", "reset", "--account", "li", "--db", url, "--json"]), 0);
        let log = text(&gridward(&["export", "log", "--db", url]), 0);
        let of = |deed: &str| {
            log.lines().filter(|line| line.contains(&format!("\\\"deed\\\":\\\"{deed}\\\""))).count()
        };
        assert_eq!((of("open_account"), of("send_link")), (1, 1));
        assert!(!log.contains("gw_"), "no secret is in the record");
    });
}
