//! What the tables of units, people, duties and sessions promise, on both databases.

use domain::{
    area::{AreaPath, Level},
    id::{AreaId, PersonId, UnitId},
    policy::{Grants, Role},
};
use jiff::{Timestamp, ToSpan, civil::date};
use store::{
    Batch, CommitError, Store,
    duty::{self, Duty, DutyKind},
    params,
    person::{self, Person},
    session::{self, Session, SessionKind},
    testing::on_both,
    unit::{self, Unit},
};
use uuid::Uuid;

const CITY: AreaId = AreaId(1);
const COUNTY: AreaId = AreaId(2);
const OTHER_COUNTY: AreaId = AreaId(3);
const GRIDS: [AreaId; 3] = [AreaId(10), AreaId(11), AreaId(12)];

/// A city with two counties; the first has three grids (levels between are left out: nothing here asks for them).
async fn a_city(store: &Store) {
    let root = AreaPath::root(CITY);
    let mut areas = vec![(CITY, "city", root.clone())];
    areas.extend([COUNTY, OTHER_COUNTY].map(|it| (it, "county", root.child(it))));
    areas.extend(GRIDS.map(|it| (it, "grid", root.child(COUNTY).child(it))));
    let mut batch = Batch::new("city");
    for (id, level, path) in areas {
        let code = format!("code-{id}");
        batch = batch
            .run("insert into area (id, code, level) values ($1, $2, $3)", params![id.0, code, level])
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

fn a_worker(n: u128) -> Person {
    Person {
        id: PersonId(Uuid::from_u128(n)),
        account: format!("worker{n:05}"),
        name: format!("Worker {n}"),
        role: Role::Worker,
        area: COUNTY,
        unit: None,
        disabled: false,
        created: now(),
    }
}

fn a_session(n: u8, person: &Person) -> Session {
    Session {
        sha: [n; 32],
        person: person.id,
        kind: SessionKind::Browser,
        name: "browser".into(),
        grants: Grants::All,
        created: now(),
        expires: now() + 12.hours(),
        used: None,
    }
}

async fn add(store: &Store, people: &[Person]) {
    let batch = people.iter().map(Person::insert).fold(Batch::new("people"), Batch::with);
    store.commit(batch).await.unwrap();
}

async fn do_duty(store: &Store, duties: &[Duty]) {
    let batch = duties.iter().map(Duty::insert).fold(Batch::new("duties"), Batch::with);
    store.commit(batch).await.unwrap();
}

fn a_duty(id: i64, grid: AreaId, person: &Person, kind: DutyKind) -> Duty {
    Duty { id, grid, person: person.id, kind, from: date(2026, 1, 1), to: None }
}

#[tokio::test]
async fn a_unit_is_found_by_id_by_code_and_by_its_ground() {
    on_both(async |store| {
        a_city(&store).await;
        let department = Unit {
            id: UnitId(1),
            code: "housing".into(),
            name_zh: "住建局".into(),
            name_en: "Housing".into(),
            level: Level::City,
            area: CITY,
            parent: None,
            ended: false,
        };
        let counterpart = Unit {
            id: UnitId(2),
            code: "housing-2".into(),
            level: Level::County,
            area: COUNTY,
            parent: Some(UnitId(1)),
            ..department.clone()
        };
        store.commit(Batch::new("units").with(department.insert()).with(counterpart.insert())).await.unwrap();
        assert_eq!(unit::by_id(&store, UnitId(2)).await.unwrap(), Some(counterpart.clone()));
        assert_eq!(unit::by_code(&store, "housing").await.unwrap(), Some(department.clone()));
        let county = AreaPath::root(CITY).child(COUNTY);
        assert_eq!(unit::under(&store, &county).await.unwrap(), std::slice::from_ref(&counterpart));
        let renamed = Unit { name_en: "Housing and building".into(), ..counterpart };
        store.commit(Batch::new("rename").with(renamed.update())).await.unwrap();
        assert_eq!(unit::all(&store).await.unwrap(), [department.clone(), renamed]);
        assert_eq!(unit::last_id(&store).await.unwrap(), UnitId(2));
        let twin = Unit { id: UnitId(3), ..department };
        let again = store.commit(Batch::new("twin").with(twin.insert())).await;
        assert!(matches!(again, Err(CommitError::Duplicate { .. })), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn people_are_listed_by_area_page_by_page() {
    on_both(async |store| {
        a_city(&store).await;
        let mut people: Vec<Person> = (1..=5).map(a_worker).collect();
        people[4].area = OTHER_COUNTY;
        add(&store, &people).await;
        let county = AreaPath::root(CITY).child(COUNTY);
        let first = person::page(&store, &county, "", 3).await.unwrap();
        assert_eq!(first, people[..3]);
        assert_eq!(person::page(&store, &county, &first[2].account, 3).await.unwrap(), people[3..4]);
        assert_eq!(person::page(&store, &AreaPath::root(CITY), "", 9).await.unwrap(), people);
        assert_eq!(person::by_account(&store, "worker00005").await.unwrap().as_ref(), Some(&people[4]));
        let moved = Person { role: Role::Desk, area: CITY, disabled: true, ..people[0].clone() };
        store.commit(Batch::new("move").with(moved.update())).await.unwrap();
        assert_eq!(person::by_id(&store, moved.id).await.unwrap(), Some(moved));
    })
    .await;
}

#[tokio::test]
async fn two_wrong_passwords_at_once_are_both_counted_or_told() {
    on_both(async |store| {
        a_city(&store).await;
        let worker = a_worker(1);
        add(&store, std::slice::from_ref(&worker)).await;
        store.commit(Batch::new("set").with(person::set_password(worker.id, "$hash"))).await.unwrap();
        let seen = person::login(&store, &worker.account).await.unwrap().unwrap();
        assert_eq!((seen.failures, seen.password.as_deref()), (0, Some("$hash")));
        assert!(!format!("{seen:?}").contains("hash"));
        let one = Batch::new("wrong").with(seen.failed(None));
        store.commit(one.clone()).await.unwrap();
        assert!(matches!(store.commit(one).await, Err(CommitError::Conflict { .. })));
        let seen = person::login_of(&store, worker.id).await.unwrap().unwrap();
        store.commit(Batch::new("wrong").with(seen.failed(Some(now())))).await.unwrap();
        let seen = person::login_of(&store, worker.id).await.unwrap().unwrap();
        assert_eq!((seen.failures, seen.locked_until), (2, Some(now())));
        store.commit(Batch::new("right").with(seen.passed())).await.unwrap();
        let seen = person::login_of(&store, worker.id).await.unwrap().unwrap();
        assert_eq!((seen.failures, seen.locked_until), (0, None));
    })
    .await;
}

#[tokio::test]
async fn an_admin_is_ready_once_a_password_is_set() {
    on_both(async |store| {
        a_city(&store).await;
        let admin = Person { role: Role::Admin, area: CITY, ..a_worker(1) };
        add(&store, &[admin.clone(), a_worker(2)]).await;
        assert!(!person::an_admin_is_ready(&store).await.unwrap());
        assert_eq!(person::admins(&store).await.unwrap(), std::slice::from_ref(&admin));
        store.commit(Batch::new("set").with(person::set_password(admin.id, "$hash"))).await.unwrap();
        assert!(person::an_admin_is_ready(&store).await.unwrap());
        store.commit(Batch::new("take").with(person::take_password(admin.id))).await.unwrap();
        assert!(!person::an_admin_is_ready(&store).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn leave_takes_a_duty_away_and_a_substitute_brings_it() {
    on_both(async |store| {
        a_city(&store).await;
        let (main, other) = (a_worker(1), a_worker(2));
        add(&store, &[main.clone(), other.clone()]).await;
        let leave = Duty {
            from: date(2026, 3, 2),
            to: Some(date(2026, 3, 9)),
            ..a_duty(3, GRIDS[0], &main, DutyKind::Leave)
        };
        let substitute = Duty { id: 4, person: other.id, kind: DutyKind::Substitute, ..leave.clone() };
        do_duty(
            &store,
            &[
                a_duty(1, GRIDS[0], &main, DutyKind::Main),
                a_duty(2, GRIDS[1], &main, DutyKind::Main),
                leave.clone(),
            ],
        )
        .await;
        let (city, monday) = (AreaPath::root(CITY), date(2026, 3, 2));
        assert_eq!(duty::grids_with_nobody(&store, &city, monday).await.unwrap(), [GRIDS[0], GRIDS[2]]);
        do_duty(&store, std::slice::from_ref(&substitute)).await;
        assert_eq!(
            duty::in_grid(&store, GRIDS[0], monday).await.unwrap(),
            [(other.id, DutyKind::Substitute)]
        );
        assert_eq!(duty::grids(&store, main.id, monday).await.unwrap(), [GRIDS[1]]);
        assert_eq!(duty::grids(&store, other.id, monday).await.unwrap(), [GRIDS[0]]);
        let (before, after) = (date(2026, 3, 1), date(2026, 3, 9));
        for day in [before, after] {
            assert_eq!(duty::in_grid(&store, GRIDS[0], day).await.unwrap(), [(main.id, DutyKind::Main)]);
            assert_eq!(duty::grids(&store, main.id, day).await.unwrap(), [GRIDS[0], GRIDS[1]]);
        }
        assert_eq!(duty::grids_with_nobody(&store, &city, monday).await.unwrap(), [GRIDS[2]]);
        assert_eq!(duty::of_grid(&store, GRIDS[0], after).await.unwrap().len(), 1);
        assert_eq!(duty::of_person(&store, other.id, monday).await.unwrap(), [substitute]);
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_answers_for_no_grid() {
    on_both(async |store| {
        a_city(&store).await;
        let gone = Person { disabled: true, ..a_worker(1) };
        add(&store, std::slice::from_ref(&gone)).await;
        do_duty(&store, &GRIDS.map(|grid| a_duty(grid.0.into(), grid, &gone, DutyKind::Main))).await;
        let day = date(2026, 3, 2);
        assert_eq!(duty::in_grid(&store, GRIDS[0], day).await.unwrap(), []);
        assert_eq!(duty::grids_with_nobody(&store, &AreaPath::root(CITY), day).await.unwrap(), GRIDS);
    })
    .await;
}

#[tokio::test]
async fn a_duty_that_is_ended_or_removed_holds_no_longer() {
    on_both(async |store| {
        a_city(&store).await;
        let worker = a_worker(1);
        add(&store, std::slice::from_ref(&worker)).await;
        do_duty(&store, &GRIDS.map(|grid| a_duty(grid.0.into(), grid, &worker, DutyKind::Main))).await;
        let day = date(2026, 3, 2);
        let batch = Batch::new("end").with(duty::end(10, Some(day))).with(duty::remove(11));
        store.commit(batch).await.unwrap();
        assert_eq!(duty::grids(&store, worker.id, day).await.unwrap(), [GRIDS[2]]);
        assert_eq!(duty::by_id(&store, 10).await.unwrap().unwrap().to, Some(day));
        assert_eq!(duty::by_id(&store, 11).await.unwrap(), None);
        assert_eq!((duty::last_id(&store).await.unwrap(), duty::all(&store).await.unwrap().len()), (12, 2));
    })
    .await;
}

#[tokio::test]
async fn a_session_holds_until_it_expires_is_ended_or_its_account_is_closed() {
    on_both(async |store| {
        a_city(&store).await;
        let worker = a_worker(1);
        add(&store, std::slice::from_ref(&worker)).await;
        let held = a_session(1, &worker);
        let all = (1..=3).map(|n| a_session(n, &worker).insert()).fold(Batch::new("sign in"), Batch::with);
        store.commit(all).await.unwrap();
        let found = session::find(&store, &held.sha, now()).await.unwrap().unwrap();
        assert_eq!((&found.session, found.role, found.level), (&held, Role::Worker, Level::County));
        assert_eq!(session::find(&store, &held.sha, held.expires).await.unwrap(), None);
        let longer = held.expires + 1.hour();
        let batch = Batch::new("extend").with(session::extend(&held.sha, longer));
        store.commit(batch.with(session::extend(&held.sha, now()))).await.unwrap();
        let found = session::find(&store, &held.sha, held.expires).await.unwrap().unwrap();
        assert_eq!(found.session.expires, longer);
        store.commit(Batch::new("others").with(session::end_others(worker.id, &held.sha))).await.unwrap();
        assert_eq!(session::of_person(&store, worker.id, now()).await.unwrap().len(), 1);
        let foreign = Batch::new("end").with(session::end_own(&held.sha, PersonId(Uuid::nil())));
        assert!(matches!(store.commit(foreign).await, Err(CommitError::Conflict { .. })));
        let closed = Person { disabled: true, ..worker };
        store.commit(Batch::new("close").with(closed.update())).await.unwrap();
        assert_eq!(session::find(&store, &held.sha, now()).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_link_is_used_once_and_in_time() {
    on_both(async |store| {
        a_city(&store).await;
        let worker = a_worker(1);
        add(&store, std::slice::from_ref(&worker)).await;
        let (sha, expires) = ([7; 32], now() + 24.hours());
        store.commit(Batch::new("link").with(session::add_link(&sha, worker.id, expires))).await.unwrap();
        assert_eq!(session::link(&store, &sha, now()).await.unwrap(), Some(worker.id));
        assert_eq!(session::link(&store, &sha, expires).await.unwrap(), None);
        let late = Batch::new("late").with(session::use_link(&sha, expires));
        assert!(matches!(store.commit(late).await, Err(CommitError::Conflict { .. })));
        let once = Batch::new("use").with(session::use_link(&sha, now()));
        store.commit(once.clone()).await.unwrap();
        assert!(matches!(store.commit(once).await, Err(CommitError::Conflict { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_expired_is_swept_away() {
    on_both(async |store| {
        a_city(&store).await;
        let worker = a_worker(1);
        add(&store, std::slice::from_ref(&worker)).await;
        let short = Session { expires: now() + 1.hour(), ..a_session(1, &worker) };
        let long = a_session(2, &worker);
        store.commit(Batch::new("two").with(short.insert()).with(long.insert())).await.unwrap();
        let sweep = session::sweep(short.expires).into_iter().fold(Batch::new("sweep"), Batch::with);
        store.commit(sweep).await.unwrap();
        let rest = session::of_person(&store, worker.id, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(rest, [long]);
    })
    .await;
}
