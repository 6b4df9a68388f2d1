//! Sign-in, sessions, tokens and links as a person and as an attacker meet them.

use std::net::IpAddr;

use domain::area::{AreaPath, Level};
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Role};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use store::person::Person;
use store::testing::on_both;
use store::{Batch, Store, params};

use super::*;
use crate::Clock;
use crate::people::{NewPerson, PersonChange, system};

const CITY: AreaId = AreaId(1);
const COUNTY: AreaId = AreaId(2);
const OTHER: AreaId = AreaId(3);
const GOOD: &str = "a long walk home";

/// Adds a city of two counties; the first has two grids, 10 and 11.
pub(crate) async fn a_city(store: &Store) {
    let root = AreaPath::root(CITY);
    let mut areas = vec![(CITY, Level::City, root.clone())];
    areas.extend([COUNTY, OTHER].map(|it| (it, Level::County, root.child(it))));
    areas.extend([AreaId(10), AreaId(11)].map(|it| (it, Level::Grid, root.child(COUNTY).child(it))));
    let mut batch = Batch::new("city");
    for (id, level, path) in areas {
        batch = batch
            .run(
                "insert into area (id, code, level) values ($1, $2, $3)",
                params![id.0, format!("c{id}"), level.name()],
            )
            .run(
                "insert into area_version (area_id, valid_from, name_zh, name_en, pinyin, kind, path)
                 values ($1, '2020-01-01', 'x', 'x', 'x', 'x', $2)",
                params![id.0, path.as_str()],
            );
    }
    store.commit(batch).await.unwrap();
}

fn now() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

/// One node of a city in which `worker` has the password [`GOOD`].
pub(crate) async fn a_node(store: &Store) -> People {
    a_city(store).await;
    let people = People::new(store.clone(), Clock::standing_at(now()), TimeZone::UTC);
    let worker = NewPerson {
        account: "Worker".into(),
        name: "Worker One".into(),
        role: Role::Worker,
        area: COUNTY,
        unit: None,
    };
    let opened = people.open_account(&system(CITY), worker).await.unwrap();
    people.use_link(&opened.link, GOOD).await.unwrap();
    people
}

fn attempt<'a>(account: &'a str, password: &'a str) -> SignIn<'a> {
    SignIn { account, password, from: None, name: "a browser", replaces: None }
}

async fn enter(people: &People) -> (Token, Signed) {
    people.sign_in(attempt("worker", GOOD)).await.unwrap()
}

#[allow(clippy::needless_pass_by_value)] // reads better at the call
fn is_unauthorized<T>(answer: Result<T, AppError>) -> bool {
    matches!(answer, Err(AppError::Unauthorized))
}

#[tokio::test]
async fn who_knows_the_password_is_signed_in_until_they_sign_out() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (token, signed) = people.sign_in(attempt(" WORKER ", GOOD)).await.unwrap();
        assert_eq!(
            (signed.name.as_str(), signed.actor.role, signed.actor.level),
            ("Worker One", Role::Worker, Level::County)
        );
        assert_eq!(*people.signed(&token).await.unwrap(), signed);
        assert!(is_unauthorized(people.signed(&Token::random()).await));
        people.sign_out(&token).await.unwrap();
        assert!(is_unauthorized(people.signed(&token).await));
    })
    .await;
}

#[tokio::test]
async fn no_row_anywhere_holds_a_token_or_a_password() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (token, _) = enter(&people).await;
        for table in ["session", "setup_link", "person"] {
            for row in store.rows(&format!("select * from {table}"), params![]).await.unwrap() {
                let all: Vec<String> =
                    (0..row.len()).map(|at| format!("{:?}", row.value(at).unwrap())).collect();
                assert!(!all.concat().contains(GOOD) && !all.concat().contains(&token.reveal()[3..]));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_sign_in_ends_the_session_the_browser_had() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (old, _) = enter(&people).await;
        people.signed(&old).await.unwrap();
        let again = SignIn { replaces: Some(&old), ..attempt("worker", GOOD) };
        let (new, signed) = people.sign_in(again).await.unwrap();
        assert_ne!(new, old);
        assert!(is_unauthorized(people.signed(&old).await));
        assert_eq!(people.sessions(&signed, None).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn five_wrong_passwords_shut_an_account_and_a_right_one_after_the_lock_forgets_them() {
    on_both(async |store| {
        let people = a_node(&store).await;
        for _ in 0..5 {
            assert!(is_unauthorized(people.sign_in(attempt("worker", "wrong wrong")).await));
        }
        let shut = people.sign_in(attempt("worker", GOOD)).await;
        assert!(matches!(shut, Err(AppError::Locked { retry_s: 60 })), "{shut:?}");
        people.clock.pass(SignedDuration::from_secs(61));
        assert!(is_unauthorized(people.sign_in(attempt("worker", "wrong wrong")).await));
        let shut = people.sign_in(attempt("worker", GOOD)).await;
        assert!(matches!(shut, Err(AppError::Locked { retry_s: 120 })), "{shut:?}");
        people.clock.pass(SignedDuration::from_secs(121));
        enter(&people).await;
        for _ in 0..4 {
            assert!(is_unauthorized(people.sign_in(attempt("worker", "wrong wrong")).await));
        }
        enter(&people).await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_counted_one_by_one() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let guesses: Vec<_> = (0..20)
            .map(|_| {
                let people = people.clone();
                tokio::spawn(
                    async move { people.sign_in(attempt("worker", "wrong wrong")).await.unwrap_err() },
                )
            })
            .collect();
        let mut tried = 0;
        for guess in guesses {
            tried += usize::from(matches!(guess.await.unwrap(), AppError::Unauthorized));
        }
        assert_eq!(tried, 5);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_refused_and_shut_like_any_other() {
    on_both(async |store| {
        let people = a_node(&store).await;
        for _ in 0..5 {
            assert!(is_unauthorized(people.sign_in(attempt("nobody", GOOD)).await));
        }
        assert!(matches!(
            people.sign_in(attempt("nobody", GOOD)).await,
            Err(AppError::Locked { retry_s: 60 })
        ));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_guesses_at_many_accounts_is_slowed() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let from: Option<IpAddr> = Some("192.0.2.7".parse().unwrap());
        for n in 0..30 {
            let account = format!("guess{n}");
            assert!(is_unauthorized(people.sign_in(SignIn { from, ..attempt(&account, GOOD) }).await));
        }
        let slowed = people.sign_in(SignIn { from, ..attempt("worker", GOOD) }).await;
        assert!(matches!(slowed, Err(AppError::Locked { retry_s: 20 })), "{slowed:?}");
        enter(&people).await; // from elsewhere
    })
    .await;
}

#[tokio::test]
async fn a_browsers_session_lasts_twelve_hours_after_its_last_use_and_a_week_at_most() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (token, signed) = enter(&people).await;
        assert_eq!(signed.expires, now() + 12.hours());
        for hours in 1..=16_i64 {
            people.clock.set(now() + (hours * 10).hours());
            let used = people.signed(&token).await.unwrap();
            assert_eq!(used.expires, (now() + (hours * 10 + 12).hours()).min(now() + 168.hours()));
        }
        people.clock.set(now() + 168.hours());
        assert!(is_unauthorized(people.signed(&token).await));
        let (idle, _) = enter(&people).await;
        people.clock.pass(SignedDuration::from_hours(12));
        assert!(is_unauthorized(people.signed(&idle).await));
    })
    .await;
}

#[tokio::test]
async fn what_is_ended_on_another_node_ends_here_within_seconds_and_at_once_there() {
    on_both(async |store| {
        let here = a_node(&store).await;
        let there = People::new(store.clone(), here.clock.clone(), TimeZone::UTC);
        let (token, signed) = enter(&here).await;
        here.signed(&token).await.unwrap();
        there.signed(&token).await.unwrap();
        there.end_session(&signed, SessionKind::Browser, signed.session).await.unwrap();
        assert!(is_unauthorized(there.signed(&token).await));
        assert!(here.signed(&token).await.is_ok(), "seen a moment ago");
        here.clock.pass(cache::FRESH);
        assert!(is_unauthorized(here.signed(&token).await));
    })
    .await;
}

#[tokio::test]
async fn nobody_ends_a_session_that_is_not_theirs() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (token, _) = enter(&people).await;
        let other = another(&people, "other", Role::Worker, COUNTY).await;
        let theirs = people.signed(&token).await.unwrap();
        for id in [theirs.session, SessionId([9; 32])] {
            let answer = people.end_session(&other, SessionKind::Browser, id).await;
            assert!(matches!(answer, Err(AppError::NotFound { what: "session" })));
        }
        assert!(matches!(
            people.end_all_sessions(&other, theirs.person).await,
            Err(AppError::NotFound { what: "person" })
        ));
        assert!(people.signed(&token).await.is_ok());
    })
    .await;
}

/// Someone else, signed in.
pub(crate) async fn sign_in_as(people: &People, account: &str, role: Role, area: AreaId) -> Signed {
    another(people, account, role, area).await
}

/// The same person, signed in once more.
pub(crate) async fn again(people: &People, account: &str) -> Signed {
    people.sign_in(attempt(account, GOOD)).await.unwrap().1
}

async fn another(people: &People, account: &str, role: Role, area: AreaId) -> Signed {
    let new = NewPerson { account: account.into(), name: account.into(), role, area, unit: None };
    let opened = people.open_account(&system(CITY), new).await.unwrap();
    people.use_link(&opened.link, GOOD).await.unwrap();
    people.sign_in(attempt(account, GOOD)).await.unwrap().1
}

#[tokio::test]
async fn a_programs_token_lasts_as_long_as_it_was_given_and_reads_only_what_it_may() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (_, signed) = enter(&people).await;
        let grants = vec![Grant::CasesRead, Grant::CityRead];
        let new = NewToken { name: "wall screen".into(), grants: grants.clone(), days: 30 };
        let (token, line) = people.make_token(&signed, new.clone()).await.unwrap();
        let reader = people.signed(&token).await.unwrap();
        assert_eq!(
            (reader.kind, &reader.grants, reader.expires),
            (SessionKind::Token, &Grants::Only(grants.into_iter().collect()), now() + 720.hours())
        );
        assert!(reader.needs(Grant::CasesRead).is_ok());
        for grant in [Grant::CasesWrite, Grant::PeopleRead] {
            let said = reader.needs(grant).unwrap_err().to_string();
            assert!(said.ends_with(grant.as_str()), "{said}");
        }
        assert!(matches!(people.make_token(&reader, new.clone()).await, Err(AppError::NotGranted { .. })));
        assert!(matches!(
            people.end_session(&reader, SessionKind::Browser, signed.session).await,
            Err(AppError::NotGranted { .. })
        ));
        assert!(matches!(
            people.change_password(&reader, GOOD, "another long one").await,
            Err(AppError::NotGranted { .. })
        ));
        for days in [0, 367] {
            let answer = people.make_token(&signed, NewToken { days, ..new.clone() }).await;
            assert!(matches!(answer, Err(AppError::Invalid(_))));
        }
        let names: Vec<String> =
            people.sessions(&signed, None).await.unwrap().into_iter().map(|it| it.name).collect();
        assert!(names.contains(&"wall screen".to_owned()));
        people.clock.set(now() + 719.hours());
        assert_eq!(people.signed(&token).await.unwrap().expires, line.expires, "a token does not slide");
        people.end_session(&signed, SessionKind::Token, line.id).await.unwrap();
        assert!(is_unauthorized(people.signed(&token).await));
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session_and_token() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let (elsewhere, _) = enter(&people).await;
        let (token, signed) = enter(&people).await;
        people.signed(&elsewhere).await.unwrap();
        let wrong = people.change_password(&signed, "not the old one", "another long one").await;
        assert!(matches!(wrong, Err(AppError::Invalid(_))), "{wrong:?}");
        people.change_password(&signed, GOOD, "another long one").await.unwrap();
        assert!(people.signed(&token).await.is_ok());
        assert!(is_unauthorized(people.signed(&elsewhere).await));
        assert!(is_unauthorized(people.sign_in(attempt("worker", GOOD)).await));
        people.sign_in(attempt("worker", "another long one")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_first_start_gives_one_link_that_works_once() {
    on_both(async |store| {
        let people = People::new(store.clone(), Clock::standing_at(now()), TimeZone::UTC);
        assert!(matches!(people.first_start().await.unwrap(), FirstStart::NoCity));
        a_city(&store).await;
        let FirstStart::Link { account: None, token: first } = people.first_start().await.unwrap() else {
            panic!()
        };
        let FirstStart::Link { account: None, token } = people.first_start().await.unwrap() else { panic!() };
        let is_gone = |answer: AppError| matches!(answer, AppError::NotFound { what: "link" });
        assert!(is_gone(people.link_for(&first).await.unwrap_err()), "a later start replaces the link");
        assert_eq!(people.link_for(&token).await.unwrap(), LinkFor::First);
        let me = |account, password| SetUp { account, name: "Zhao", password };
        for (account, password) in [("zhao", "1234567890"), ("z", GOOD)] {
            let answer = people.set_up(&token, &me(account, password)).await;
            assert!(matches!(answer, Err(AppError::Invalid(_))), "{answer:?}");
        }
        assert!(is_gone(people.set_up(&first, &me("zhao", GOOD)).await.unwrap_err()));
        assert_eq!(people.set_up(&token, &me(" Zhao", GOOD)).await.unwrap(), "zhao");
        assert!(is_gone(people.set_up(&token, &me("other", GOOD)).await.unwrap_err()), "once");
        assert!(is_gone(people.link_for(&token).await.unwrap_err()));
        assert!(matches!(people.first_start().await.unwrap(), FirstStart::Settled));
        let (_, admin) = people.sign_in(attempt("zhao", GOOD)).await.unwrap();
        assert_eq!((admin.actor.role, admin.actor.area), (Role::Admin, CITY));
    })
    .await;
}

#[tokio::test]
async fn a_link_of_the_first_start_holds_for_a_day() {
    on_both(async |store| {
        let people = People::new(store.clone(), Clock::standing_at(now()), TimeZone::UTC);
        a_city(&store).await;
        let FirstStart::Link { token, .. } = people.first_start().await.unwrap() else { panic!() };
        people.clock.set(now() + 24.hours());
        let new = SetUp { account: "zhao", name: "Zhao", password: GOOD };
        assert!(matches!(people.set_up(&token, &new).await, Err(AppError::NotFound { what: "link" })));
        assert!(people.link_for(&token).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_link_holds_for_a_day() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let link = people.reset_account("worker").await.unwrap();
        people.clock.pass(SignedDuration::from_hours(24));
        assert!(matches!(people.use_link(&link, GOOD).await, Err(AppError::NotFound { what: "link" })));
    })
    .await;
}

#[tokio::test]
async fn a_reset_or_closed_account_is_out_at_once() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let admin = another(&people, "boss", Role::Admin, CITY).await;
        let (token, signed) = enter(&people).await;
        people.signed(&token).await.unwrap();
        let link = people.reset(&admin.actor, signed.person).await.unwrap();
        assert!(is_unauthorized(people.signed(&token).await));
        assert!(is_unauthorized(people.sign_in(attempt("worker", GOOD)).await));
        people.use_link(&link, GOOD).await.unwrap();
        let (token, _) = enter(&people).await;
        let close = PersonChange { disabled: Some(true), ..PersonChange::default() };
        people.change_person(&admin.actor, signed.person, close).await.unwrap();
        assert!(is_unauthorized(people.signed(&token).await));
        assert!(is_unauthorized(people.sign_in(attempt("worker", GOOD)).await));
    })
    .await;
}

#[tokio::test]
async fn only_an_admin_of_the_area_writes_accounts_and_others_do_not_learn_that_they_exist() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let worker = enter(&people).await.1;
        let county = another(&people, "county", Role::Admin, COUNTY).await;
        let next = another(&people, "next", Role::Admin, OTHER).await;
        let desk = another(&people, "desk", Role::Desk, COUNTY).await;
        let nobody = PersonId(uuid::Uuid::nil());
        for (who, id) in
            [(&next, worker.person), (&desk, worker.person), (&county, next.person), (&county, nobody)]
        {
            let answer = people.change_person(&who.actor, id, PersonChange::default()).await;
            assert!(matches!(answer, Err(AppError::NotFound { what: "person" })), "{answer:?}");
            let answer = people.reset(&who.actor, id).await;
            assert!(matches!(answer, Err(AppError::NotFound { what: "person" })));
        }
        let away = PersonChange { area: Some(CITY), ..PersonChange::default() };
        let answer = people.change_person(&county.actor, worker.person, away).await;
        assert!(matches!(answer, Err(AppError::NotFound { what: "area" })));
        let grand = PersonChange { role: Some(Role::Leader), ..PersonChange::default() };
        let answer = people.change_person(&county.actor, county.person, grand.clone()).await;
        assert!(matches!(answer, Err(AppError::Invalid(_))), "nobody changes their own post");
        let changed = people.change_person(&county.actor, worker.person, grand).await.unwrap();
        assert_eq!(changed.role, Role::Leader);
        let answer = people.person(&worker.actor, desk.person).await;
        assert!(matches!(answer, Err(AppError::NotFound { what: "person" })));
    })
    .await;
}

#[tokio::test]
async fn a_list_of_people_is_what_may_be_seen_one_by_one() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let mut all: Vec<Actor> = Vec::new();
        for role in [Role::Worker, Role::Desk, Role::Handler, Role::Leader, Role::Analyst, Role::Admin] {
            for area in [CITY, COUNTY, OTHER] {
                let unit = None;
                let account = format!("{}-{area}", role.as_str());
                let name = account.clone();
                if role == Role::Handler {
                    continue; // needs a unit, and sees what a worker sees
                }
                let opened = people
                    .open_account(&system(CITY), NewPerson { account, name, role, area, unit })
                    .await
                    .unwrap();
                let level = if area == CITY { Level::City } else { Level::County };
                let grids = std::collections::BTreeSet::new();
                all.push(Actor { person: Some(opened.person.id), role, area, level, unit, grids });
            }
        }
        let everybody: Vec<Person> = people.people(&system(CITY), Some(CITY), "", 500).await.unwrap();
        assert_eq!(everybody.len(), 16);
        for who in &all {
            let listed = people.people(who, None, "", 500).await.unwrap();
            let mut seen = Vec::new();
            for person in &everybody {
                seen.extend(people.person(who, person.id).await.ok());
            }
            assert_eq!(listed, seen, "{who:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn account_names_and_posts_that_make_no_sense_are_refused_with_their_field() {
    on_both(async |store| {
        let people = a_node(&store).await;
        let good =
            NewPerson { account: "li.na".into(), name: "N".into(), role: Role::Desk, area: CITY, unit: None };
        let cases = [
            ("/account", NewPerson { account: "a b".into(), ..good.clone() }),
            ("/account", NewPerson { account: "a".into(), ..good.clone() }),
            ("/account", NewPerson { account: "WORKER".into(), ..good.clone() }),
            ("/account", NewPerson { account: "x".repeat(65), ..good.clone() }),
            ("/name", NewPerson { name: " ".into(), ..good.clone() }),
            ("/role", NewPerson { role: Role::System, ..good.clone() }),
            ("/role", NewPerson { role: Role::Resident, ..good.clone() }),
            ("/unit", NewPerson { role: Role::Handler, ..good.clone() }),
            ("/unit", NewPerson { unit: Some(UnitId(7)), ..good.clone() }),
        ];
        for (path, new) in cases {
            let Err(AppError::Invalid(fields)) = people.open_account(&system(CITY), new.clone()).await else {
                panic!("{new:?} was taken");
            };
            assert_eq!(fields[0].path, path, "{new:?}");
        }
        people.open_account(&system(CITY), good).await.unwrap();
    })
    .await;
}
