//! Leases: one owner at a time, and a fence for those who do not know yet that they lost it.

use store::{Batch, CommitError, Store, lease, params, testing::on_both};

const LENGTH_MS: i64 = 10_000;

async fn note(store: &Store, held: &lease::Held, id: i64) -> Result<(), CommitError> {
    let add = "insert into note (id) values ($1)";
    store.commit(Batch::new("note").with(held.guard()).run(add, params![id])).await
}

#[tokio::test]
async fn a_lease_has_one_owner_and_the_paused_one_cannot_write() {
    on_both(|store| async move {
        store
            .commit(Batch::new("ddl").run("create table note (id bigint primary key)", vec![]))
            .await
            .unwrap();
        let first = lease::acquire(&store, "sweep", "a", 0, LENGTH_MS).await.unwrap().unwrap();
        assert_eq!(lease::acquire(&store, "sweep", "b", LENGTH_MS - 1, LENGTH_MS).await.unwrap(), None);
        note(&store, &first, 1).await.unwrap();

        let kept = lease::renew(&store, &first, 5_000, LENGTH_MS).await.unwrap().unwrap();
        assert_eq!((kept.epoch, kept.until_ms), (first.epoch, 15_000));
        assert_eq!(lease::acquire(&store, "sweep", "b", LENGTH_MS, LENGTH_MS).await.unwrap(), None);

        // "a" sleeps; its time runs out; "b" takes over; "a" wakes up and writes.
        let second = lease::acquire(&store, "sweep", "b", 15_000, LENGTH_MS).await.unwrap().unwrap();
        assert_eq!(second.epoch, first.epoch + 1);
        assert!(matches!(note(&store, &kept, 2).await, Err(CommitError::Conflict { .. })));
        assert_eq!(lease::renew(&store, &kept, 15_001, LENGTH_MS).await.unwrap(), None);
        lease::release(&store, &kept).await.unwrap(); // not its own any more
        note(&store, &second, 3).await.unwrap();

        lease::release(&store, &second).await.unwrap();
        assert_eq!(lease::holder(&store, "sweep").await.unwrap(), None);
        let third = lease::acquire(&store, "sweep", "a", 15_002, LENGTH_MS).await.unwrap().unwrap();
        assert_eq!(third.epoch, second.epoch + 1);
        assert!(matches!(note(&store, &second, 4).await, Err(CommitError::Conflict { .. })));
        assert_eq!(lease::holder(&store, "sweep").await.unwrap(), Some(third));
        let notes = store.rows("select id from note order by id", vec![]).await.unwrap();
        assert_eq!(notes.iter().map(|row| row.int("id").unwrap()).collect::<Vec<_>>(), [1, 3]);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_gets_it() {
    on_both(|store| async move {
        for round in 0..10_i64 {
            let now = round * LENGTH_MS;
            let mut rivals = tokio::task::JoinSet::new();
            for node in 0..8 {
                let store = store.clone();
                rivals.spawn(async move {
                    lease::acquire(&store, "sweep", &format!("node {node}"), now, LENGTH_MS).await.unwrap()
                });
            }
            let held: Vec<_> = rivals.join_all().await.into_iter().flatten().collect();
            assert_eq!(held.len(), 1, "{held:?}");
            assert_eq!(held[0].epoch, round + 1);
        }
    })
    .await;
}
