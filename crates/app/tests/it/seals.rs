//! Seals over the record as a whole: what no chain of a single case can tell.

use app::seal::{hash_of, set};
use app::verify::verify;
use domain::id::AreaId;
use store::testing::on_both;
use store::{Batch, params};

use super::city::ROADS_EAST;
use super::hall::{Hall, desk, hall};

async fn two_cases(store: store::Store) -> (Hall, domain::id::CaseId) {
    let hall = hall(store).await;
    let first = hall.reported_in(AreaId(10)).await;
    hall.at_work(&desk(AreaId(4)), first, ROADS_EAST).await;
    hall.reported_in(AreaId(11)).await;
    ready(&hall).await;
    (hall, first)
}

/// Waits until no older transaction runs, of other tests on the same server either: only then can all be sealed.
async fn ready(hall: &Hall) {
    let n_entries = verify(&hall.app, |_| ()).await.unwrap().n_entries;
    for _ in 0..600 {
        let ready = store::seal::ready(&hall.app.store, store::seal::Place::default(), 100).await.unwrap();
        if ready.len() as u64 == n_entries {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{n_entries} entries never became ready");
}

#[tokio::test]
async fn a_case_that_is_wholly_gone_is_missed_by_its_seal() {
    on_both(async |store| {
        let (hall, first) = two_cases(store).await;
        let seal = set(&hall.app, "node").await.unwrap().expect("there is something to seal");
        let whole = verify(&hall.app, |_| ()).await.unwrap();
        assert!(whole.holds(), "{whole:?}");
        assert_eq!((whole.seals.n, whole.seals.newest), (1, Some(seal.hash)));
        assert_eq!(seal.n_entries as u64, whole.n_entries);

        let gone = Batch::new("touch")
            .run("delete from entry where case_id = $1", params![first.0])
            .run("delete from share where case_id = $1", params![first.0])
            .run("delete from cases where id = $1", params![first.0]);
        hall.app.store.commit(gone).await.unwrap();
        let found = verify(&hall.app, |_| ()).await.unwrap();
        assert!(found.broken.is_empty(), "no chain of a case can tell: {found:?}");
        assert_eq!(found.seals.broken.len(), 1);
        assert_eq!((found.seals.broken[0].number, found.seals.broken[0].sealed), (1, seal.n_entries));
        assert_eq!(found.seals.broken[0].there, 1);
    })
    .await;
}

#[tokio::test]
async fn a_record_made_anew_differs_from_the_seal_that_was_told() {
    on_both(async |store| {
        let (hall, _) = two_cases(store).await;
        let told = set(&hall.app, "node").await.unwrap().expect("there is something to seal");
        let anew = Batch::new("touch").run("delete from seal", params![]);
        hall.app.store.commit(anew).await.unwrap();
        assert_eq!(hash_of(&hall.app, told.number).await.unwrap(), None);
        hall.reported_in(AreaId(12)).await;
        ready(&hall).await;
        let again = set(&hall.app, "node").await.unwrap().expect("there is something to seal");
        assert_ne!(again.hash, told.hash);
        assert_eq!(hash_of(&hall.app, 1).await.unwrap(), Some(again.hash));
    })
    .await;
}

#[tokio::test]
async fn few_entries_wait_a_minute_for_more() {
    on_both(async |store| {
        let (hall, _) = two_cases(store).await;
        assert!(set(&hall.app, "one").await.unwrap().is_some());
        hall.reported_in(AreaId(12)).await;
        assert!(set(&hall.app, "other").await.unwrap().is_none());
    })
    .await;
}
