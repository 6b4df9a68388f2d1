//! What is not a case has a record too: a chain of its own in the same log, under the same seals, and the feed of cases
//! passes it over.

use app::AppError;
use app::feed::{self, Live};
use app::stream::{self, Trail};
use domain::id::ActId;
use domain::stream::{Stream, StreamId};
use serde::{Deserialize, Serialize};
use store::Batch;
use store::testing::on_both;

use super::hall::{Hall, desk, hall, note, worker};
use crate::city::BRIDGE;

const GRID: domain::id::AreaId = domain::id::AreaId(10);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Visited {
    Planned { on: String },
    Done { minutes: u32 },
}

/// Two acts on a visit; its trail behind them.
async fn visited(hall: &Hall) -> (StreamId, ActId, Trail) {
    let id = StreamId::new(Stream::Visit, hall.fresh());
    let key = ActId(hall.fresh());
    let mut trail = Trail::new(id);
    for (key, act) in [
        (key, Visited::Planned { on: "2026-03-03".to_owned() }),
        (ActId(hall.fresh()), Visited::Done { minutes: 20 }),
    ] {
        let request = stream::request_hash(&act);
        let entry = trail.append(&worker(GRID), hall.app.clock.now(), key, request, &act);
        hall.app.store.commit(Batch::new("visit").with(entry)).await.unwrap();
    }
    (id, key, trail)
}

#[tokio::test]
async fn acts_are_read_back_in_their_order_and_a_key_is_used_once() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, key, trail) = visited(&hall).await;
        let told = stream::acts::<Visited>(&hall.app, id).await.unwrap();
        assert_eq!(told.iter().map(|it| it.version).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(told[1].act, Visited::Done { minutes: 20 });
        assert_eq!((trail.version(), trail.head()), (2, told[1].hash));

        let used = stream::used(&hall.app, key).await.unwrap().unwrap();
        let same = stream::request_hash(&Visited::Planned { on: "2026-03-03".to_owned() });
        stream::is_again(&used, id, same).unwrap();
        let other = stream::request_hash(&Visited::Done { minutes: 1 });
        assert!(matches!(stream::is_again(&used, id, other), Err(AppError::KeyReused)));
        let case = hall.reported_in(GRID).await;
        let taken = app::case::act(&hall.app, &desk(BRIDGE), case, key, None, &note("同一个编号")).await;
        assert!(matches!(taken, Err(AppError::KeyReused)), "the key of a visit is no key of a case");
    })
    .await;
}

#[tokio::test]
async fn of_two_that_write_on_the_same_state_one_is_too_late() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let (id, _, trail) = visited(&hall).await;
        let commit = async |minutes| {
            let mut trail = Trail::at(id, trail.version(), trail.head());
            let act = Visited::Done { minutes };
            let entry = trail.append(
                &worker(GRID),
                hall.app.clock.now(),
                ActId(hall.fresh()),
                stream::request_hash(&act),
                &act,
            );
            hall.app.store.commit(Batch::new("visit").with(entry)).await
        };
        commit(1).await.unwrap();
        assert!(matches!(commit(2).await, Err(store::CommitError::Duplicate { .. })));
        assert_eq!(stream::acts::<Visited>(&hall.app, id).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_feed_of_cases_passes_over_everything_else_and_does_not_stop_there() {
    on_both(|store| async move {
        let hall = hall(store).await;
        let before = feed::end(&hall.app).await.unwrap();
        let mut follower = Live::start(hall.app.clone()).follow(Some(before.clone())).await.unwrap();
        for _ in 0..300 {
            visited(&hall).await; // more than a page
        }
        let (events, behind) = feed::read(&hall.app, Some(&before), 500).await.unwrap();
        assert!(events.is_empty());
        assert_ne!(behind, before, "the place moves on over what is passed over");
        let case = hall.reported_in(GRID).await;
        let heard = follower.next().await.unwrap();
        assert_eq!(heard.iter().map(|event| event.case.id).collect::<Vec<_>>(), [case]);
    })
    .await;
}

#[tokio::test]
async fn seals_lie_over_all_streams() {
    on_both(|store| async move {
        let hall = hall(store).await;
        visited(&hall).await;
        hall.reported_in(GRID).await;
        let seal = app::seal::set(&hall.app, "here").await.unwrap().unwrap();
        assert_eq!(seal.n_entries, 3);
        let gone = "delete from entry where kind = 'visit' and version = 2";
        hall.app.store.commit(Batch::new("forge").run(gone, vec![])).await.unwrap();
        let found = app::verify::verify(&hall.app, |_| ()).await.unwrap();
        assert_eq!(found.seals.broken.len(), 1);
    })
    .await;
}
