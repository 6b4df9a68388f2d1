//! Two servers over one PostgreSQL behave as one: sign-in, feed, timers, the city's own facts, acts at once.

use super::http::{Client, Reply};
use super::run::{Folder, gridward, json};
use super::server::Server;
use super::town::{self, CLASS, PASSWORD, TOWNSHIP, Town};
use app::case::{Acting, ReportCommand, plan_report};
use app::{App, Clock, bulk};
use domain::case::Channel;
use domain::id::{ActId, AreaId, CaseId, ClassCode};
use domain::policy::Role;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};
use store::Store;
use store::testing::Fresh;
use uuid::Uuid;

/// A town with two servers.
struct Pair {
    here: Server,
    there: Server,
    town: Town,
    url: String,
    folder: Folder,
    _database: Fresh,
}

/// `None`, with one printed line, when no PostgreSQL is named. `before` happens before the first start.
fn pair(before: impl FnOnce(&str)) -> Option<Pair> {
    let fresh = town::wait(Fresh::postgres())?;
    let (folder, town) = (Folder::new(), town::build(&fresh.url, 2));
    before(&fresh.url);
    let start = |name| Server::start(&fresh.url, &folder.path(name));
    let (here, there) = (start("here"), start("there"));
    Some(Pair { here, there, town, url: fresh.url.clone(), folder, _database: fresh })
}

/// Asks until the answer is as wished; fails after `seconds`.
fn until(seconds: u64, mut ask: impl FnMut() -> Reply, is_so: impl Fn(&Reply) -> bool) -> Reply {
    let limit = Instant::now() + Duration::from_secs(seconds);
    loop {
        let reply = ask();
        if is_so(&reply) {
            return reply;
        }
        assert!(Instant::now() < limit, "still {}: {}", reply.status, reply.json());
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn who_signs_in_at_one_node_is_signed_in_at_the_other_until_they_sign_out_anywhere() {
    let Some(pair) = pair(|_| ()) else { return };
    let (mut here, mut there) = (Client::new(pair.here.address, ""), Client::new(pair.there.address, ""));
    let signed =
        here.post("/api/v1/session", &[], &json!({ "account": "desk0", "password": PASSWORD })).unwrap();
    assert_eq!(signed.status, 200, "{}", signed.json());
    let cookie = signed.header("set-cookie").split(';').next().unwrap().to_owned();
    let with: &[(&str, &str)] = &[("Cookie", cookie.as_str()), ("X-Gridward", "1")];
    let seen = there.send("GET", "/api/v1/session", with, b"").unwrap();
    assert_eq!((seen.status, &seen.json()["person"]["account"]), (200, &json!("desk0")));

    assert_eq!(here.send("DELETE", "/api/v1/session", with, b"").unwrap().status, 204);
    let ask = |client: &mut Client| client.send("GET", "/api/v1/session", with, b"").unwrap();
    assert_eq!(ask(&mut here).status, 401, "at once where they signed out");
    until(4, || ask(&mut there), |reply| reply.status == 401);
}

#[test]
fn what_is_done_at_one_node_is_heard_at_the_other() {
    let Some(pair) = pair(|_| ()) else { return };
    let mut here = Client::new(pair.here.address, &pair.town.desks[0]);
    let mut events = Client::new(pair.there.address, &pair.town.desks[1]).events("/api/v1/events");
    let mut sent = Vec::new();
    for n in 0..20 {
        let id = here.post("/api/v1/cases", &[], &town::report("听得见", n)).unwrap().json()["id"].clone();
        let path = format!("/api/v1/cases/{}/acts", id.as_str().unwrap());
        assert_eq!(here.post(&path, &[], &json!({ "act": "verify", "note": "属实" })).unwrap().status, 200);
        sent.extend([(id.clone(), 1), (id, 2)]);
    }
    let mut heard = Vec::new();
    while heard.len() < sent.len() {
        let (_, event) = events.next().unwrap().expect("the stream goes on");
        heard.push((event["case"].clone(), event["version"].as_u64().unwrap()));
    }
    assert_eq!(heard, sent);
}

#[test]
fn a_change_of_classes_or_areas_is_known_to_every_node_within_seconds() {
    let Some(pair) = pair(|_| ()) else { return };
    let mut nodes = [&pair.here, &pair.there].map(|node| Client::new(node.address, &pair.town.desks[0]));
    let has_class =
        |reply: &Reply| reply.json()["items"].as_array().unwrap().iter().any(|class| class["code"] == "SC01");
    for node in &mut nodes {
        assert!(!has_class(&node.get("/api/v1/classes").unwrap()));
        assert_eq!(node.get("/api/v1/areas/379901001001009").unwrap().status, 404);
    }
    let classes = super::run::example("classes.csv");
    let areas = pair.folder.file(
        "areas.csv",
        "code,parent,name_zh,name_en,kind\n379901001001009,379901001001,新网格,New grid,basic\n",
    );
    for (what, file) in [("classes", classes.as_str()), ("areas", areas.to_str().unwrap())] {
        json(&gridward(&["import", what, file, "--db", &pair.url, "--json"]), 0);
    }
    for node in &mut nodes {
        until(5, || node.get("/api/v1/classes").unwrap(), has_class);
        until(5, || node.get("/api/v1/areas/379901001001009").unwrap(), |reply| reply.status == 200);
    }
}

/// A report from the eastern half of the first grid.
fn eastern(text: &str) -> Value {
    let mut report = town::report(text, 0);
    report["place"]["lng"] = json!(116.008);
    report
}

#[test]
fn a_point_finds_its_new_grid_on_every_node_and_its_open_case_follows() {
    let Some(pair) = pair(|_| ()) else { return };
    let mut nodes = [&pair.here, &pair.there].map(|node| Client::new(node.address, &pair.town.desks[0]));
    let reported = nodes[0].post("/api/v1/cases", &[], &eastern("先报")).unwrap().json();
    assert_eq!(reported["place"]["areas"]["grid"], 5);
    let file = pair.folder.file("split.json", super::areas::split(None).to_string());
    let saved = json(&gridward(&["areas", "save", file.to_str().unwrap(), "--db", &pair.url, "--json"]), 0);
    assert_eq!((&saved["state"], &saved["cases"]), (&json!("done"), &json!(1)));
    for node in &mut nodes {
        let at = "/api/v1/areas/at?lng=116.007&lat=36.005";
        let is_new = |reply: &Reply| reply.json()["grid"]["code"] == "379901001001012";
        until(2, || node.get(at).unwrap(), is_new);
        let path = format!("/api/v1/cases/{}", reported["id"].as_str().unwrap());
        assert_eq!(node.get(&path).unwrap().json()["place"]["areas"]["grid"], 10, "its own half");
    }
    let fresh = nodes[1].post("/api/v1/cases", &[], &eastern("后报")).unwrap().json();
    assert_eq!(fresh["place"]["areas"]["grid"], 10);
    assert_eq!(json(&gridward(&["verify", "--db", &pair.url, "--json"]), 0)["ok"], true);
}

/// Cases that a desk received 20 minutes ago: half of the time to verify them is over.
fn overdue_for_a_warning(url: &str, n: usize) -> Vec<CaseId> {
    town::wait(async {
        let then = Timestamp::now() - SignedDuration::from_mins(20);
        let store = Store::open(url).await.unwrap();
        let app = App::new(store, Clock::standing_at(then)).await.unwrap();
        let mut actor = app::people::system(AreaId(1));
        actor.role = Role::Desk;
        let command = ReportCommand {
            text: "等了二十分钟".to_owned(),
            class: Some(ClassCode(CLASS.to_owned())),
            point: None,
            words: String::new(),
            area: Some(TOWNSHIP),
            channel: Channel::Desk,
            evidence: Vec::new(),
            happened_at: None,
            private: false,
            outside_no: None,
        };
        let mut moves = Vec::new();
        for _ in 0..n {
            let id = CaseId(Uuid::now_v7());
            let acting = Acting { city: &app.city(), actor: &actor, now: then, key: ActId(id.0) };
            moves.push(plan_report(&acting, id, &command).unwrap());
        }
        let ids = moves.iter().map(|moved| moved.after.id).collect();
        bulk::save_cases(&app, moves).await.unwrap();
        app.store.close().await;
        ids
    })
}

#[test]
fn timers_fire_once_though_two_nodes_watch_them() {
    let mut ids = Vec::new();
    let Some(pair) = pair(|url| ids = overdue_for_a_warning(url, 200)) else { return };
    let mut nodes = [&pair.here, &pair.there].map(|node| Client::new(node.address, &pair.town.desks[0]));
    for (n, id) in ids.iter().enumerate() {
        let path = format!("/api/v1/cases/{}/log", id.0);
        until(
            20,
            || nodes[n % 2].get(&path).unwrap(),
            |reply| reply.json()["items"].as_array().is_some_and(|log| log.len() > 1),
        );
    }
    sleep(Duration::from_secs(2)); // two more rounds of both sweepers
    for id in &ids {
        let log = nodes[0].get(&format!("/api/v1/cases/{}/log", id.0)).unwrap().json();
        let acts: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|entry| &entry["act"]).collect();
        assert_eq!((acts, &log["ok"]), (vec![&json!("report"), &json!("warn")], &json!(true)));
    }
    assert_eq!((pair.here.log(), pair.there.log()), (String::new(), String::new()));
}

#[test]
fn of_two_desks_that_act_at_once_through_two_nodes_one_wins_and_the_other_is_told_what_stands_now() {
    let Some(pair) = pair(|_| ()) else { return };
    let mut first = Client::new(pair.here.address, &pair.town.desks[0]);
    let (mut n_stale, mut n_refused) = (0, 0);
    for n in 0..40_u32 {
        let case = first.post("/api/v1/cases", &[], &town::report("同一毫秒", n)).unwrap();
        let id = case.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/cases/{id}/acts");
        let (tag, barrier) = (case.header("etag"), Barrier::new(2));
        let if_match: &[(&str, &str)] = if n % 2 == 0 { &[("If-Match", tag)] } else { &[] };
        let act = |node: &Server, desk: &str, act: Value| {
            let mut client = Client::new(node.address, desk);
            client.get("/health/live").unwrap(); // connected before the start
            barrier.wait();
            client.post(&path, if_match, &act).unwrap()
        };
        let answers = scope(|scope| {
            let one = scope.spawn(|| act(&pair.here, &pair.town.desks[0], json!({ "act": "verify" })));
            let other = scope.spawn(|| {
                act(&pair.there, &pair.town.desks[1], json!({ "act": "refuse", "reason": "not_ours" }))
            });
            [one.join().unwrap(), other.join().unwrap()]
        });
        let won: Vec<&Reply> = answers.iter().filter(|reply| reply.status == 200).collect();
        let lost: Vec<&Reply> = answers.iter().filter(|reply| reply.status != 200).collect();
        let now = first.get(&format!("/api/v1/cases/{id}")).unwrap().json();
        if won.len() == 2 {
            // Verified first, then refused: both are legal one after the other, unless a version was named.
            assert!(if_match.is_empty() && now["version"] == 3, "{}", now["version"]);
            continue;
        }
        assert_eq!((won.len(), &now["version"]), (1, &json!(2)), "{answers:?}");
        let told = lost[0].json();
        match lost[0].status {
            412 => {
                n_stale += 1;
                assert!(
                    !if_match.is_empty() && told["detail"].as_str().unwrap().contains("version 2"),
                    "{told}"
                );
            }
            409 => {
                n_refused += 1;
                assert_eq!(told["refusal"]["at"], now["step"], "{told}");
                assert!(told["refusal"]["legal"].is_array());
            }
            other => panic!("{other}: {told}"),
        }
    }
    assert!(n_stale > 0 && n_refused > 0, "{n_stale} stale, {n_refused} refused");
}
