//! Dated changes of the areas: previewed, arranged, taken back, in force on their day on every node, and followed by
//! duties and open cases.

use app::area::changes::{Affected, Asked, Outcome, Planned, cancel, list, plan, read, save, sweep};
use app::case::Command;
use app::people::system;
use app::{App, AppError};
use domain::area::Change;
use domain::case::{ActName, StepName};
use domain::deed::Deed;
use domain::geo::{Crs, LngLat};
use domain::id::{AreaChangeId, AreaId, CaseId};
use domain::policy::{Actor, Role};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use store::area_change::{AreaChange, State};
use store::testing::{Fresh, on_both};
use store::{duty, log};

use super::city::{self, BRIDGE, CITY, EAST, HARBOUR, ROADS_EAST, TEMPLE};
use super::hall::{Hall, a_report, desk, hall, leader, note, worker};

/// The Monday on which every test begins, and the days after.
const TODAY: Date = date(2026, 3, 2);
const NEXT_WEEK: Date = date(2026, 3, 9);
const GRID: AreaId = AreaId(10);

fn admin(area: AreaId) -> Actor {
    Actor { role: Role::Admin, ..leader(area) }
}

fn square(west: f64, east: f64) -> Value {
    json!([[[[west, 36.0], [east, 36.0], [east, 36.01], [west, 36.01], [west, 36.0]]]])
}

/// The first grid becomes its western and its eastern half.
fn split() -> Value {
    let half = |code: &str, name: &str, west, east| json!({ "area": { "code": code, "name_zh": name, "polygon": square(west, east) } });
    json!({ "change": "split", "area": "379901001001001", "into": [
        half("379901001001011", "桥东西网格", 116.0, 116.005), half("379901001001012", "桥东东网格", 116.005, 116.01)] })
}

/// The two grids of the first community become one.
fn merge() -> Value {
    json!({ "change": "merge", "areas": ["379901001001001", "379901001001002"],
        "into": { "code": "379901001001021", "name_zh": "桥东网格" } })
}

/// The second township, with its village and its ground, goes to the western county.
fn moved() -> Vec<Value> {
    let shape =
        |area: &str, west, east| json!({ "change": "reshape", "area": area, "polygon": square(west, east) });
    let goes = json!({ "change": "move", "area": "379901100", "to": "379902" });
    vec![goes, shape("379901", 116.0, 116.02), shape("379902", 116.02, 116.06)]
}

fn changes(all: &[Value]) -> Vec<Change> {
    read(json!({ "changes": all }), Crs::Wgs84).unwrap().changes
}

fn asked(n: u128, on: Date, all: &[Value]) -> Asked {
    let id = AreaChangeId(uuid::Uuid::from_u128(0xA0EA_0000 + n));
    Asked { id, on: Some(on), note: "区划调整".to_owned(), changes: changes(all), accept_flaws: false }
}

async fn saved(app: &App, asked: &Asked) -> AreaChange {
    match save(app, &admin(CITY), asked).await.unwrap() {
        Outcome::Saved { change, .. } => *change,
        Outcome::InTheWay(planned) => panic!("{:?} {:?}", planned.would.findings, planned.flaws),
    }
}

async fn in_the_way(app: &App, asked: &Asked) -> Planned {
    match save(app, &admin(CITY), asked).await.unwrap() {
        Outcome::InTheWay(planned) => *planned,
        Outcome::Saved { .. } => panic!("it was saved"),
    }
}

async fn planned(app: &App, on: Date, all: &[Value]) -> (Planned, Affected) {
    plan(app, &admin(CITY), changes(all), Some(on), 10).await.unwrap()
}

fn grid_of(app: &App, point: LngLat) -> Option<AreaId> {
    app.city().locate(point).and_then(|(areas, _)| areas.grid)
}

/// A worker of the first grids, with an account and duties.
async fn employed(hall: &Hall) {
    let account = app::people::NewPerson {
        account: "li".to_owned(),
        name: "li".to_owned(),
        role: Role::Worker,
        area: BRIDGE,
        unit: None,
    };
    hall.app.people.open_account(&system(CITY), account).await.unwrap();
    let file = "grid,account,kind,from,to\n379901001001002,li,main,2026-01-01,\n379901001001001,li,main,2026-01-01,\n";
    hall.app.people.import_duties(&system(CITY), file.as_bytes()).await.unwrap();
}

async fn report_at(hall: &Hall, lng: f64) -> CaseId {
    let point = Some(LngLat { lng, lat: 36.005 });
    hall.reports(&worker(GRID), &app::case::ReportCommand { point, ..a_report(GRID) }).await
}

#[tokio::test]
async fn a_preview_says_who_is_affected_and_keeps_nothing() {
    on_both(async |store| {
        let hall = hall(store).await;
        employed(&hall).await;
        let (here, _elsewhere) = (hall.reported_in(GRID).await, hall.reported_in(AreaId(11)).await);
        let (plan, affected) = planned(&hall.app, TODAY, &[split()]).await;
        assert_eq!((&plan.would.findings[..], &plan.flaws[..]), (&[][..], &[][..]));
        assert_eq!((&plan.would.retired[..], plan.would.grids.created.len()), (&[GRID][..], 2));
        assert_eq!((affected.cases.total, affected.cases.first[0].id), (1, here));
        assert_eq!((affected.duties.total, affected.duties.first[0].new.len()), (1, 2));
        let (_, of_a_move) = planned(&hall.app, NEXT_WEEK, &moved()).await;
        assert_eq!((of_a_move.cases.total, of_a_move.duties.total), (0, 0));
        assert!(list(&hall.app, &admin(CITY), None, 10).await.unwrap().0.is_empty());
        assert_eq!(hall.app.city().history.len(), 15, "nothing was kept");
    })
    .await;
}

#[tokio::test]
async fn a_split_dated_today_holds_at_once_and_yesterday_still_answers() {
    on_both(async |store| {
        let hall = hall(store).await;
        let east = LngLat { lng: 116.008, lat: 36.005 };
        assert_eq!(grid_of(&hall.app, east), Some(GRID));
        let change = saved(&hall.app, &asked(1, TODAY, &[split()])).await;
        assert_eq!((change.state, change.version, change.on), (State::Arranged, 1, TODAY));
        assert_eq!(grid_of(&hall.app, east), Some(AreaId(17)));
        let city = hall.app.city();
        assert_eq!(city.history.get(GRID).unwrap().successors, [AreaId(16), AreaId(17)]);
        let eve = city.history.as_of(TODAY.yesterday().unwrap());
        assert_eq!((eve.len(), eve.get(GRID).unwrap().valid_to), (15, Some(TODAY)));
        assert!(city.tree.get(GRID).is_none() && city.area_by_text("379901001001001").is_some());
        // Another node that starts afterwards knows the same.
        let again = hall.another(hall.app.store.clone()).await;
        assert!(again.app.city().history.all_versions().eq(city.history.all_versions()));
    })
    .await;
}

#[tokio::test]
async fn cases_and_duties_follow_a_split_each_case_by_its_point() {
    on_both(async |store| {
        let hall = hall(store).await;
        employed(&hall).await;
        let (west, east) = (report_at(&hall, 116.002).await, report_at(&hall, 116.008).await);
        let area = Some(GRID);
        let words = app::case::ReportCommand { point: None, area, ..a_report(GRID) };
        let words = hall.reports(&worker(GRID), &words).await;
        let closed = report_at(&hall, 116.002).await;
        hall.does(&worker(GRID), closed, Command::Withdraw { reason: String::new() }).await;
        hall.at_work(&desk(BRIDGE), east, ROADS_EAST).await;
        let before = hall.case(east).await;
        let change = saved(&hall.app, &asked(1, TODAY, &[split()])).await;
        assert_eq!(sweep(&hall.app, "here").await.unwrap(), 3);
        assert_eq!(sweep(&hall.app, "here").await.unwrap(), 0, "nothing is done twice");
        let grid = async |id| hall.case(id).await.ancestors().grid;
        assert_eq!((grid(west).await, grid(east).await), (Some(AreaId(16)), Some(AreaId(17))));
        assert_eq!(grid(words).await, Some(AreaId(16)), "without a point: the successor named first");
        assert_eq!(grid(closed).await, Some(GRID), "what is closed stays where it was");
        let after = hall.case(east).await;
        assert_eq!(
            (after.step.name(), after.due(), after.version),
            (StepName::Assigned, before.due(), before.version + 1)
        );
        let newest = log::of(&hall.app.store, east).await.unwrap().pop().unwrap();
        assert_eq!(newest.parsed().unwrap().1.name(), ActName::Relocate);
        let (changes, _) = list(&hall.app, &admin(CITY), None, 10).await.unwrap();
        assert_eq!((changes[0].state, changes[0].n_cases, changes[0].n_duties), (State::Done, 3, 1));
        assert_eq!((changes[0].id, changes[0].version), (change.id, 3));
        for heir in [16, 17] {
            let on_duty = hall.app.people.on_duty(AreaId(heir), TODAY).await.unwrap();
            assert_eq!(on_duty.len(), 1, "a grid never has nobody");
        }
        let old = duty::of_grid(&hall.app.store, GRID, TODAY.yesterday().unwrap()).await.unwrap();
        assert_eq!(old[0].to, Some(TODAY));
        hall.holds().await;
        hall.does(&desk(BRIDGE), west, note("还能办")).await;
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_merge_leaves_each_worker_one_duty_and_every_case_in_the_new_grid() {
    on_both(async |store| {
        let hall = hall(store).await;
        employed(&hall).await;
        let ids = [hall.reported_in(GRID).await, hall.reported_in(AreaId(11)).await];
        saved(&hall.app, &asked(1, TODAY, &[merge()])).await;
        assert_eq!(sweep(&hall.app, "here").await.unwrap(), 2);
        for id in ids {
            assert_eq!(hall.case(id).await.ancestors().grid, Some(AreaId(16)));
        }
        assert_eq!(duty::of_grid(&hall.app.store, AreaId(16), TODAY).await.unwrap().len(), 1);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_moved_township_takes_its_cases_along_and_their_desk_where_it_was_the_county_s() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (at_township, at_county) =
            (hall.reported_in(AreaId(12)).await, hall.reported_in(AreaId(13)).await);
        hall.does(&desk(TEMPLE), at_county, Command::HandUp { reason: "跨镇".to_owned() }).await;
        assert_eq!(hall.case(at_county).await.side.desk, EAST);
        saved(&hall.app, &asked(1, TODAY, &moved())).await;
        assert_eq!(sweep(&hall.app, "here").await.unwrap(), 2);
        let [here, there] = [hall.case(at_township).await, hall.case(at_county).await];
        assert_eq!((here.ancestors().county, here.side.desk), (Some(city::WEST), TEMPLE));
        assert_eq!((there.ancestors().county, there.side.desk), (Some(city::WEST), city::WEST));
        assert!(hall.tries(&desk(EAST), at_county, note("x")).await.is_err(), "it is the other county's now");
        hall.does(&desk(city::WEST), at_county, note("收到")).await;
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_reshaped_grid_gives_up_the_cases_on_the_ground_it_loses_and_keeps_its_workers() {
    on_both(async |store| {
        let hall = hall(store).await;
        employed(&hall).await;
        let lost = report_at(&hall, 116.009).await;
        let kept = report_at(&hall, 116.001).await;
        let shape = |area: &str, west, east| json!({ "change": "reshape", "area": area, "polygon": square(west, east) });
        let both = [shape("379901001001001", 116.0, 116.008), shape("379901001001002", 116.008, 116.02)];
        saved(&hall.app, &asked(1, TODAY, &both)).await;
        assert_eq!(sweep(&hall.app, "here").await.unwrap(), 1);
        assert_eq!(hall.case(lost).await.ancestors().grid, Some(AreaId(11)));
        assert_eq!((hall.case(kept).await.ancestors().grid, hall.case(kept).await.version), (Some(GRID), 1));
        assert_eq!(duty::of_grid(&hall.app.store, GRID, TODAY).await.unwrap()[0].to, None);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_retired_township_leaves_its_cases_to_the_successor_s_desk() {
    on_both(async |store| {
        let hall = hall(store).await;
        let id = hall.reported_in(AreaId(12)).await;
        let merge = json!({ "change": "merge", "areas": ["379901001", "379901100"],
            "into": { "code": "379901002", "name_zh": "桥庙街道", "kind": "street" } });
        saved(&hall.app, &asked(1, TODAY, &[merge])).await;
        sweep(&hall.app, "here").await.unwrap();
        let case = hall.case(id).await;
        assert_eq!((case.ancestors().township, case.side.desk), (Some(AreaId(16)), AreaId(16)));
        assert_eq!(
            (case.ancestors().grid, case.side.level),
            (Some(AreaId(12)), domain::area::Level::Township)
        );
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn an_arranged_change_waits_for_its_day_and_then_holds_without_anybody_doing_anything() {
    on_both(async |store| {
        let hall = hall(store).await;
        employed(&hall).await;
        let id = report_at(&hall, 116.008).await;
        saved(&hall.app, &asked(1, NEXT_WEEK, &[split()])).await;
        assert_eq!(hall.app.city().history.as_of(NEXT_WEEK).len(), 16, "and can be asked for already");
        for _day in 0..6 {
            hall.hours_pass(24);
            hall.app.refresh().await.unwrap();
            assert_eq!(sweep(&hall.app, "here").await.unwrap(), 0);
        }
        assert_eq!(hall.case(id).await.ancestors().grid, Some(GRID));
        assert_eq!(grid_of(&hall.app, LngLat { lng: 116.008, lat: 36.005 }), Some(GRID));
        hall.hours_pass(15); // from nine in the morning to midnight
        hall.app.refresh().await.unwrap();
        assert_eq!(grid_of(&hall.app, LngLat { lng: 116.008, lat: 36.005 }), Some(AreaId(17)));
        assert_eq!(sweep(&hall.app, "here").await.unwrap(), 1);
        assert_eq!(hall.case(id).await.ancestors().grid, Some(AreaId(17)));
        assert_eq!(hall.app.people.on_duty(AreaId(17), NEXT_WEEK).await.unwrap().len(), 1);
        hall.holds().await;
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_change_never_happens_and_its_codes_are_free_again() {
    on_both(async |store| {
        let hall = hall(store).await;
        let (app, first) = (&hall.app, asked(1, NEXT_WEEK, &[vec![split()], moved()].concat()));
        saved(app, &first).await;
        let stale = cancel(app, &admin(CITY), first.id, Some(7)).await;
        assert!(matches!(stale, Err(AppError::Stale { now: 1 })), "{stale:?}");
        let cancelled = cancel(app, &admin(CITY), first.id, Some(1)).await.unwrap();
        assert_eq!((cancelled.state, cancelled.version), (State::Cancelled, 2));
        assert_eq!(
            cancel(app, &admin(CITY), first.id, Some(1)).await.unwrap().version,
            2,
            "a retry is no error"
        );
        assert_eq!(app.city().history.len(), 15);
        assert!(app.city().history.iter().all(|area| area.valid_to.is_none() && area.successors.is_empty()));
        let again = saved(app, &asked(2, NEXT_WEEK, &[split()])).await;
        assert_eq!(again.state, State::Arranged);
        assert!(app.city().history.get(AreaId(16)).is_none(), "an id is never given twice");
        assert!(app.city().history.get(AreaId(18)).is_some());
        hall.hours_pass(24 * 7);
        app.refresh().await.unwrap();
        let late = cancel(app, &admin(CITY), again.id, None).await;
        assert!(matches!(late, Err(AppError::Blocked { .. })), "{late:?}");
        assert!(matches!(
            cancel(app, &admin(CITY), AreaChangeId(uuid::Uuid::nil()), None).await,
            Err(AppError::NotFound { .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_the_way_is_said_and_nothing_is_kept() {
    on_both(async |store| {
        let hall = hall(store).await;
        let app = &hall.app;
        let said = async |on: Date, all: &[Value]| {
            let planned = in_the_way(app, &asked(9, on, all)).await;
            planned.would.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let add = |code: &str| json!({ "change": "add", "parent": "379901001001", "area": { "code": code, "name_zh": "新" } });
        assert!(said(TODAY.yesterday().unwrap(), &[split()]).await.contains("is past (today is 2026-03-02)"));
        assert!(said(TODAY, &[add("379901001001001")]).await.contains("codes are never reused"));
        let unknown = json!({ "change": "retire", "area": "379901001001009" });
        assert!(said(TODAY, &[unknown]).await.contains("379901001001009: no such area"));
        saved(app, &asked(1, NEXT_WEEK, &[split()])).await;
        assert!(said(TODAY, &[merge()]).await.contains("another change is already arranged for 2026-03-09"));
        assert!(said(NEXT_WEEK, &[merge()]).await.contains("no such area on 2026-03-09"));
        assert!(said(TODAY, &[add("379901001001011")]).await.contains("codes are never reused"), "arranged ones neither");
        assert_eq!(list(app, &admin(CITY), None, 10).await.unwrap().0.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn ground_that_would_be_nobody_s_is_a_flaw_that_must_be_accepted() {
    on_both(async |store| {
        let hall = hall(store).await;
        let narrow =
            json!({ "change": "reshape", "area": "379901001001001", "polygon": square(116.0, 116.009) });
        let mut wish = asked(1, TODAY, &[narrow]);
        let planned = in_the_way(&hall.app, &wish).await;
        assert!(planned.would.findings.is_empty());
        let says = planned.flaws[0].say(planned.history());
        assert!(says.contains("gap of") && says.contains("379901001001"), "{says}");
        wish.accept_flaws = true;
        saved(&hall.app, &wish).await;
        let (next, _) = self::planned(&hall.app, NEXT_WEEK, &[merge()]).await;
        assert!(
            next.flaws.is_empty(),
            "a gap that is there already stands in nobody's way: {:?}",
            next.flaws
        );
    })
    .await;
}

#[tokio::test]
async fn the_same_request_twice_is_one_change_and_another_under_its_key_is_refused() {
    on_both(async |store| {
        let hall = hall(store).await;
        let wish = asked(1, TODAY, &[split()]);
        saved(&hall.app, &wish).await;
        let again = save(&hall.app, &admin(CITY), &wish).await.unwrap();
        assert!(matches!(again, Outcome::Saved { replayed: true, .. }));
        let other = save(&hall.app, &admin(CITY), &Asked { note: "别的".to_owned(), ..wish }).await;
        assert!(matches!(other, Err(AppError::KeyReused)));
    })
    .await;
}

#[tokio::test]
async fn only_an_administrator_of_all_that_is_touched_changes_areas() {
    on_both(async |store| {
        let hall = hall(store).await;
        let tries =
            async |who: &Actor, n, all: &[Value]| save(&hall.app, who, &asked(n, NEXT_WEEK, all)).await;
        for who in [desk(CITY), leader(CITY), worker(GRID)] {
            assert!(matches!(tries(&who, 1, &[split()]).await, Err(AppError::NotTheirs { .. })));
        }
        assert!(matches!(tries(&admin(city::WEST), 2, &[split()]).await, Err(AppError::NotTheirs { .. })));
        assert!(
            matches!(tries(&admin(EAST), 3, &moved()).await, Err(AppError::NotTheirs { .. })),
            "it leaves the county"
        );
        assert!(matches!(tries(&admin(EAST), 4, &[split()]).await, Ok(Outcome::Saved { .. })));
        let id = asked(4, NEXT_WEEK, &[split()]).id;
        assert!(matches!(
            cancel(&hall.app, &admin(HARBOUR), id, None).await,
            Err(AppError::NotTheirs { .. })
        ));
        cancel(&hall.app, &admin(EAST), id, None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn every_change_of_areas_is_a_deed_and_so_is_every_duty_that_passes_on() {
    on_both(async |store| {
        let hall = hall(store).await;
        employed(&hall).await;
        let change = saved(&hall.app, &asked(1, TODAY, &[split()])).await;
        sweep(&hall.app, "here").await.unwrap();
        let later = saved(&hall.app, &asked(2, NEXT_WEEK, &moved())).await;
        cancel(&hall.app, &admin(CITY), later.id, None).await.unwrap();
        let asked = app::deeds::Asked { limit: 6, ..app::deeds::Asked::default() };
        let (deeds, _) = app::deeds::list(&hall.app, &admin(CITY), &asked).await.unwrap();
        let told: Vec<_> = deeds.iter().rev().map(|it| it.parsed().unwrap()).collect();
        let kinds: Vec<_> = told.iter().map(|(by, deed)| (by.role, deed)).collect();
        assert!(
            matches!(kinds[0], (Role::System, Deed::BeginAreas { change: id }) if *id == change.id),
            "{kinds:?}"
        );
        assert!(matches!(kinds[1], (Role::System, Deed::EndDuty { .. })));
        assert!(matches!(kinds[2], (Role::System, Deed::GiveDuty { .. })));
        assert!(matches!(kinds[3], (Role::System, Deed::GiveDuty { .. })));
        assert!(matches!(kinds[4], (Role::Admin, Deed::ArrangeAreas { change: id, .. }) if *id == later.id));
        assert!(matches!(kinds[5], (Role::Admin, Deed::CancelAreas { change: id }) if *id == later.id));
        hall.holds().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_node_finds_the_new_grid_right_after_a_change() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let there = here.another(fresh.open().await).await;
        let node = there.app.clone();
        let current = tokio::spawn(async move { node.keep_current().await });
        let east = LngLat { lng: 116.008, lat: 36.005 };
        // A first change settles that the other node listens.
        let sqlite = fresh.dialect == store::Dialect::Sqlite;
        saved(&here.app, &asked(1, TODAY, &[split()])).await;
        assert_eq!(grid_of(&here.app, east), Some(AreaId(17)), "at once where it was saved");
        if sqlite {
            there.app.refresh().await.unwrap(); // a second program on one file looks once a second
        }
        let heard = async {
            while grid_of(&there.app, east) != Some(AreaId(17)) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(5), heard)
            .await
            .expect("the other node hears of it");
        current.abort();
    }
}

#[tokio::test]
async fn a_report_that_a_node_took_before_it_heard_of_the_change_follows_too() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let there = here.another(fresh.open().await).await;
        saved(&here.app, &asked(1, TODAY, &[split()])).await;
        sweep(&here.app, "here").await.unwrap();
        let late = report_at(&there, 116.008).await;
        assert_eq!(here.case(late).await.ancestors().grid, Some(GRID), "that node had not heard");
        assert_eq!(sweep(&here.app, "here").await.unwrap(), 1);
        assert_eq!(here.case(late).await.ancestors().grid, Some(AreaId(17)));
        here.holds().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_follow_a_change_once() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let there = here.another(fresh.open().await).await;
        let mut ids = Vec::new();
        for n in 0..30 {
            ids.push(report_at(&here, 116.0 + 0.0003 * f64::from(n)).await);
        }
        saved(&here.app, &asked(1, TODAY, &[split()])).await;
        let mut moved = 0;
        for _ in 0..3 {
            let sweeps = [("here", here.app.clone()), ("there", there.app.clone())]
                .map(|(node, app)| tokio::spawn(async move { sweep(&app, node).await }));
            for swept in sweeps {
                moved += swept.await.unwrap().unwrap();
            }
        }
        assert_eq!(moved, 30);
        for id in ids {
            assert_eq!(here.case(id).await.version, 2, "one entry each");
        }
        here.holds().await;
    }
}

#[tokio::test]
async fn a_node_that_slept_through_its_lease_follows_nothing() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let id = report_at(&here, 116.008).await;
        saved(&here.app, &asked(1, TODAY, &[split()])).await;
        let now_ms = here.app.clock.now().as_millisecond();
        let taken = store::lease::acquire(&here.app.store, "areas", "there", now_ms, 60_000).await.unwrap();
        assert!(taken.is_some());
        assert_eq!(sweep(&here.app, "here").await.unwrap(), 0, "another node has the lease");
        assert_eq!(here.case(id).await.version, 1);
        here.app.clock.pass(jiff::SignedDuration::from_mins(2));
        assert_eq!(sweep(&here.app, "here").await.unwrap(), 1, "until it runs out");
    }
}
