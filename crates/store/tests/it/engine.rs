//! What the engine promises to the typed tables, on both databases.

use store::{Batch, CommitError, Fault, Store, Value, params, testing::on_both};
use uuid::Uuid;

const ADD: &str = "insert into thing (id, name, version) values ($1, $2, 1)";
const MOVE: &str = "update thing set version = version + 1 where id = $1 and version = $2";

async fn with_things(store: &Store) {
    let ddl = "create table thing (id bigint not null primary key, name text not null unique, version bigint not null)";
    store.commit(Batch::new("ddl").run(ddl, vec![])).await.unwrap();
}

async fn names(store: &Store) -> Vec<String> {
    let rows = store.rows("select name from thing order by id", vec![]).await.unwrap();
    rows.iter().map(|row| row.text("name").unwrap()).collect()
}

#[tokio::test]
async fn a_batch_is_applied_whole_or_not_at_all() {
    on_both(|store| async move {
        with_things(&store).await;
        store.commit(Batch::new("add").guard(ADD, params![1, "bench"])).await.unwrap();

        let conflict = Batch::new("move").run(ADD, params![2, "lamp"]).guard(MOVE, params![1, 7]);
        let refused = store.commit(conflict).await.unwrap_err();
        assert!(matches!(&refused, CommitError::Conflict { label: "move", .. }), "{refused}");

        let twice = Batch::new("add").run(ADD, params![3, "tree"]).run(ADD, params![4, "bench"]);
        let refused = store.commit(twice).await.unwrap_err();
        assert!(
            matches!(&refused, CommitError::Duplicate { constraint } if constraint == "thing.name"),
            "{refused}"
        );

        let nonsense =
            Batch::new("add").run(ADD, params![5, "post"]).run("insert into nowhere values (1)", vec![]);
        assert!(matches!(
            store.commit(nonsense).await,
            Err(CommitError::Fault(Fault::Commit { label: "add", .. }))
        ));

        assert_eq!(names(&store).await, ["bench"]);
    })
    .await;
}

#[tokio::test]
async fn batches_committed_together_stand_alone() {
    on_both(|store| async move {
        with_things(&store).await;
        let batches = vec![
            Batch::new("a").run(ADD, params![1, "bench"]).guard(MOVE, params![1, 1]),
            Batch::new("b").run(ADD, params![2, "lamp"]).guard(MOVE, params![1, 1]), // has moved to 2
            Batch::new("c").run(ADD, params![3, "bench"]),
            Batch::new("d").run(ADD, params![4, "tree"]).run("not even sql", vec![]),
            Batch::new("e").run(ADD, params![5, "post"]).guard(MOVE, params![1, 2]),
        ];
        let outcome = store.commit_many(batches).await;
        assert!(matches!(
            &outcome[..],
            [
                Ok(()),
                Err(CommitError::Conflict { label: "b", .. }),
                Err(CommitError::Duplicate { .. }),
                Err(CommitError::Fault(_)),
                Ok(())
            ]
        ));
        assert_eq!(names(&store).await, ["bench", "post"]);
        let version =
            store.row("select version from thing where id = $1", params![1]).await.unwrap().unwrap();
        assert_eq!(version.int("version").unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_decided_on_the_same_version_one_wins() {
    on_both(|store| async move {
        with_things(&store).await;
        store.commit(Batch::new("add").run(ADD, params![1, "bench"])).await.unwrap();
        let mut rivals = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let store = store.clone();
            rivals.spawn(
                async move { store.commit(Batch::new("move").guard(MOVE, params![1, 1])).await.is_ok() },
            );
        }
        assert_eq!(rivals.join_all().await.into_iter().filter(|won| *won).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_guard_that_selects_counts_its_rows() {
    on_both(|store| async move {
        with_things(&store).await;
        let guarded = |id: i64| {
            Batch::new("g").guard("select 1 from thing where id = $1", params![1]).run(ADD, params![id, "x"])
        };
        assert!(matches!(store.commit(guarded(1)).await, Err(CommitError::Conflict { .. })));
        store.commit(Batch::new("add").run(ADD, params![1, "bench"])).await.unwrap();
        store.commit(guarded(2)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_went() {
    on_both(|store| async move {
        let kinds = store.dialect().pick("blob", "bytea");
        let ids = store.dialect().pick("blob", "uuid");
        let ddl = format!("create table kind (i bigint, r double precision, t text, b {kinds}, u {ids})");
        store.commit(Batch::new("ddl").run(ddl, vec![])).await.unwrap();
        let id = Uuid::now_v7();
        let add = "insert into kind (i, r, t, b, u) values ($1, $2, $3, $4, $5)";
        let full = params![i64::MIN, 0.1, "灯 '$1' \u{1F6A8}", vec![0_u8, 255], id];
        let empty = vec![Value::Null; 5];
        store.commit(Batch::new("k").run(add, full).run(add, empty)).await.unwrap();

        let sql = "select i, r, t, b, u from kind order by case when i is null then 2 else 1 end";
        let rows = store.rows(sql, vec![]).await.unwrap();
        assert_eq!(rows[0].int("i").unwrap(), i64::MIN);
        assert!((rows[0].real("r").unwrap() - 0.1).abs() < f64::EPSILON);
        assert_eq!(rows[0].text("t").unwrap(), "灯 '$1' \u{1F6A8}");
        assert_eq!(rows[0].bytes("b").unwrap(), [0, 255]);
        assert_eq!(rows[0].uuid("u").unwrap(), id);
        assert_eq!(rows[0].uuid(4).unwrap(), id);
        assert_eq!(rows[1].opt_int("i").unwrap(), None);
        assert_eq!(rows[1].opt_uuid("u").unwrap(), None);
        let fault = rows[1].int("i").unwrap_err().to_string();
        assert_eq!(fault, "column i should be int, found null");
        assert!(rows[0].text("colour").unwrap_err().to_string().contains("colour"));

        let sums = store
            .row("select sum(i) as s, count(*) as n, avg(r) as a from kind where u = $1", params![id])
            .await;
        let sums = sums.unwrap().unwrap();
        assert_eq!((sums.int("s").unwrap(), sums.int("n").unwrap()), (i64::MIN, 1));
        assert!((sums.real("a").unwrap() - 0.1).abs() < f64::EPSILON);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    on_both(|store| async move {
        with_things(&store).await;
        assert!(matches!(store.rows(ADD, params![1, "bench"]).await, Err(Fault::Read { .. })));
        assert!(names(&store).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_endless_read_is_ended_and_others_go_on() {
    on_both(|store| async move {
        let endless =
            "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
        let (long, short) = tokio::join!(store.rows(endless, vec![]), store.rows("select 1", vec![]));
        assert!(matches!(long, Err(Fault::Slow { .. })), "{long:?}");
        assert!(short.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_commit_rings_and_is_seen_by_the_next_read() {
    on_both(|store| async move {
        with_things(&store).await;
        let mut bell = store.watch();
        for id in 0..50_i64 {
            bell.mark_unchanged();
            store.commit(Batch::new("add").run(ADD, params![id, id.to_string()])).await.unwrap();
            let count = store.row("select count(*) from thing", vec![]).await.unwrap().unwrap();
            assert_eq!(count.int(0).unwrap(), id + 1);
            tokio::time::timeout(std::time::Duration::from_secs(5), bell.changed()).await.unwrap().unwrap();
        }
        store.quick_check().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_says_so() {
    on_both(|store| async move {
        with_things(&store).await;
        store.clone().close().await;
        assert!(matches!(store.rows("select 1", vec![]).await, Err(Fault::Closed)));
        let refused = store.commit(Batch::new("add").run(ADD, params![1, "bench"])).await;
        assert!(matches!(refused, Err(CommitError::Fault(Fault::Closed))));
    })
    .await;
}

#[tokio::test]
async fn an_address_of_no_kind_we_know_is_refused_without_its_password() {
    let fault = Store::open("mysql://me:secret@host/db").await.err().unwrap().to_string();
    assert!(fault.contains("mysql://host/db") && !fault.contains("secret"), "{fault}");
    let fault = Store::open("postgres://me:secret@127.0.0.1:1/db").await.err().unwrap().to_string();
    assert!(!fault.contains("secret"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_baseline_counts_what_it_committed() {
    on_both(|store| async move {
        let figures =
            store::engine::baseline(&store, 16, std::time::Duration::from_millis(300)).await.unwrap();
        assert!(figures.commits > 0 && figures.p50 <= figures.p99);
        println!("{:.0}/s {figures:?}", figures.per_second());
    })
    .await;
}
