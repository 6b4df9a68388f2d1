//! Two nodes over one database behave as one: caches, timers, the feed.

use std::collections::BTreeMap;
use std::time::Duration;

use app::timers;
use domain::id::{AreaId, CaseId, ClassCode};
use jiff::SignedDuration;
use store::testing::Fresh;
use store::{feed, log};

use super::city::{self, BRIDGE, ROADS_EAST};
use super::hall::{Hall, desk, hall, note};

const GRID: AreaId = AreaId(10);
const WRITERS: usize = 8;
const NOTES: usize = 25;

#[tokio::test]
async fn a_node_learns_what_another_changed() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let there = here.another(fresh.open().await).await;
        assert!(!there.app.refresh().await.unwrap(), "nothing has changed");
        let mut classes = city::classes();
        classes.push(domain::class::ClassRow {
            code: "01002".to_owned(),
            service_code: "s01002".to_owned(),
            ..classes[0].clone()
        });
        city::put(&here.app.store, app::city::kind::CLASSES, 2, &classes).await;
        let new = ClassCode("01002".to_owned());
        assert!(there.app.city().class(&new).is_none());
        assert!(there.app.refresh().await.unwrap());
        assert!(there.app.city().class(&new).is_some());

        let unit = city::unit(domain::id::UnitId(9), "parks.379901", city::EAST, None);
        here.app.store.commit(store::Batch::new("unit").with(unit.insert())).await.unwrap();
        assert!(there.app.refresh().await.unwrap(), "a new unit is a change too");
        assert!(there.app.city().units.contains_key(&unit.id));

        here.hours_pass(24);
        assert!(there.app.refresh().await.unwrap(), "another day has another tree");
        assert!(!there.app.refresh().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn timers_of_two_nodes_fire_once() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let there = here.another(fresh.open().await).await;
        let mut ids = Vec::new();
        for _ in 0..40 {
            ids.push(here.reported_in(GRID).await);
        }
        here.app.clock.pass(SignedDuration::from_mins(15));
        let sweep = |hall: &Hall, node: &'static str| {
            let app = hall.app.clone();
            tokio::spawn(async move { timers::sweep(&app, node).await })
        };
        let mut moved = 0;
        for _ in 0..3 {
            let both = [sweep(&here, "here"), sweep(&there, "there")];
            for swept in both {
                moved += swept.await.unwrap().unwrap();
            }
        }
        assert_eq!(moved, 40);
        for id in ids {
            assert_eq!(here.case(id).await.version, 2, "one warning each");
        }
        here.holds().await;
    }
}

#[tokio::test]
async fn a_node_that_slept_through_its_lease_moves_nothing() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let id = here.reported_in(GRID).await;
        here.app.clock.pass(SignedDuration::from_mins(15));
        let now_ms = here.app.clock.now().as_millisecond();
        let slept =
            store::lease::acquire(&here.app.store, "timers", "here", now_ms, 1_000).await.unwrap().unwrap();
        here.app.clock.pass(SignedDuration::from_secs(2));
        let there = here.another(fresh.open().await).await;
        let now_ms = there.app.clock.now().as_millisecond();
        let taken = store::lease::acquire(&there.app.store, "timers", "there", now_ms, 60_000).await.unwrap();
        assert!(taken.is_some_and(|held| held.epoch > slept.epoch));
        assert_eq!(app::case::wake(&here.app, id, &slept).await.unwrap(), app::case::Woken::LeaseLost);
        assert_eq!(here.case(id).await.version, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_feed_shows_every_entry_once_and_each_case_in_order_while_eight_write() {
    for fresh in Fresh::both().await {
        let here = hall(fresh.open().await).await;
        let there = here.another(fresh.open().await).await;
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let hall = if n % 2 == 0 { here.clone() } else { there.clone() };
                tokio::spawn(async move {
                    let id = hall.reported_in(GRID).await;
                    hall.at_work(&desk(BRIDGE), id, ROADS_EAST).await;
                    for n in 0..NOTES {
                        hall.does(&desk(BRIDGE), id, note(&format!("n{n}"))).await;
                    }
                    id
                })
            })
            .collect();
        let n_all = WRITERS * (4 + NOTES);
        let followed = tokio::time::timeout(Duration::from_mins(1), follow(&there, n_all)).await.unwrap();
        for writer in writers {
            let id = writer.await.unwrap();
            let versions: Vec<u32> =
                log::of(&here.app.store, id).await.unwrap().iter().map(|e| e.version).collect();
            assert_eq!(followed[&id], versions, "{:?}", fresh.dialect);
        }
        let again = follow(&here.another(fresh.open().await).await, n_all).await;
        assert_eq!(again, followed, "after a restart too");
        here.holds().await;
    }
}

/// Versions of each case as the feed shows them, until it has shown so many.
async fn follow(hall: &Hall, n_all: usize) -> BTreeMap<CaseId, Vec<u32>> {
    let mut seen: BTreeMap<CaseId, Vec<u32>> = BTreeMap::new();
    let (mut n_seen, mut cursor) = (0, None);
    let mut bell = hall.app.store.watch();
    while n_seen < n_all {
        bell.mark_unchanged();
        let (rows, next) =
            feed::after(&hall.app.store, cursor.as_ref(), &["case_id", "version"], 7).await.unwrap();
        for row in &rows {
            let case = CaseId(row.uuid("case_id").unwrap());
            seen.entry(case).or_default().push(row.int("version").unwrap() as u32);
        }
        n_seen += rows.len();
        cursor = Some(next);
        if rows.is_empty() {
            // A bell may ring before the entry can be shown: look again soon in any case.
            drop(tokio::time::timeout(Duration::from_millis(20), bell.changed()).await);
        }
    }
    seen
}
