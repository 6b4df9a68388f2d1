//! Connections that break, on PostgreSQL: everything acknowledged is there, nothing is there twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use store::{Batch, CommitError, Store, params, testing::Fresh};

/// Commits numbers one after the other until told to stop; a fault is answered by the same number again, as a phone would.
async fn count_up(store: Store, line: i64, stop: Arc<AtomicBool>) -> i64 {
    let mut next = 1;
    while !stop.load(Ordering::Relaxed) {
        let add = "insert into mark (line, number) values ($1, $2)";
        match store.commit(Batch::new("mark").guard(add, params![line, next])).await {
            // A duplicate is the answer to a retry of what went through unanswered.
            Ok(()) | Err(CommitError::Duplicate { .. }) => next += 1,
            Err(CommitError::Fault(_) | CommitError::Busy) => {}
            Err(error) => panic!("{error:?}"),
        }
        assert!(store.rows("select 1", vec![]).await.is_ok(), "a read on a broken connection is tried again");
    }
    next - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_loses_nothing_and_doubles_nothing() {
    let Some(fresh) = Fresh::postgres().await else { return };
    let name = format!("broken-{}", std::process::id());
    let store = Store::open(&format!("{}&application_name={name}", fresh.url)).await.unwrap();
    let ddl = "create table mark (line bigint, number bigint, primary key (line, number))";
    store.commit(Batch::new("ddl").run(ddl, vec![])).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let lines: Vec<_> =
        (0..4).map(|line| tokio::spawn(count_up(store.clone(), line, Arc::clone(&stop)))).collect();

    let (admin, connection) = tokio_postgres::connect(&fresh.url, tokio_postgres::NoTls).await.unwrap();
    let driven = tokio::spawn(connection);
    let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1";
    let mut ended = 0;
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(120)).await; // the breaks fall anywhere in a commit
        ended += admin.query_one(end, &[&name]).await.unwrap().get::<_, i64>(0);
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    stop.store(true, Ordering::Relaxed);
    assert!(ended > 8, "the test broke nothing");

    for (line, task) in (0_i64..).zip(lines) {
        let last = task.await.unwrap();
        let sql = "select count(*) as count, coalesce(max(number), 0) as last from mark where line = $1";
        let row = store.row(sql, params![line]).await.unwrap().unwrap();
        assert!(last > 0);
        assert_eq!((row.int("count").unwrap(), row.int("last").unwrap()), (last, last));
    }
    drop(admin);
    driven.await.unwrap().unwrap();
    store.close().await;
}
