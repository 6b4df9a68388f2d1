//! The feed under concurrent writers, several nodes, late commits and rollbacks.

use std::{collections::BTreeMap, time::Duration};

use store::{
    Batch, CommitError, Dialect, Store,
    feed::{Cursor, Feed, FeedError},
    params,
    testing::Fresh,
};

/// A log of its own: the feed knows no table but by its columns.
const LOG: Feed = Feed::of("probe");
const WRITERS: i64 = 8;
const EACH: i64 = 120;
const STREAMS: i64 = 5;

async fn with_log(store: &Store) {
    let columns = store.dialect().pick(
        "seq integer primary key,",
        "seq bigserial primary key, xid xid8 not null default pg_current_xact_id(),",
    );
    let log = format!(
        "create table probe ({columns} stream bigint not null, version bigint not null, unique (stream, version))"
    );
    let mut ddl = Batch::new("ddl")
        .run("create table head (stream bigint not null primary key, version bigint not null)", vec![])
        .run(log, vec![]);
    if store.dialect() == Dialect::Postgres {
        ddl = ddl.run("create unique index probe_feed on probe (xid, seq)", vec![]);
    }
    store.commit(ddl).await.unwrap();
    for stream in 0..STREAMS {
        store
            .commit(Batch::new("head").run("insert into head values ($1, 0)", params![stream]))
            .await
            .unwrap();
    }
}

/// Adds one entry to the stream, deciding on the version it read; again until nobody was faster.
async fn add(store: &Store, stream: i64) {
    loop {
        let head =
            store.row("select version from head where stream = $1", params![stream]).await.unwrap().unwrap();
        let version = head.int("version").unwrap();
        let batch = Batch::new("add")
            .guard(
                "update head set version = version + 1 where stream = $1 and version = $2",
                params![stream, version],
            )
            .run("insert into probe (stream, version) values ($1, $2)", params![stream, version + 1]);
        match store.commit(batch).await {
            Ok(()) => return,
            Err(CommitError::Conflict { .. } | CommitError::Busy) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Follows the feed until so many entries were seen; fails at a repetition or a turn within a stream.
async fn follow(store: &Store, total: usize) -> BTreeMap<i64, i64> {
    let mut bell = store.watch();
    let (mut cursor, mut seen) = (None::<Cursor>, BTreeMap::new());
    let mut count = 0;
    while count < total {
        let (rows, next) = LOG.after(store, cursor.as_ref(), &["stream", "version"], 37).await.unwrap();
        for row in &rows {
            let last = seen.entry(row.int("stream").unwrap()).or_insert(0);
            assert_eq!(row.int("version").unwrap(), *last + 1, "skipped, repeated or turned round");
            *last += 1;
            count += 1;
        }
        cursor = Some(Cursor::parse(next.as_str())); // as a client that stores it
        if rows.is_empty() {
            tokio::time::timeout(Duration::from_secs(10), bell.changed())
                .await
                .expect("the bell rings")
                .unwrap();
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_is_shown_once_and_in_the_order_of_its_stream() {
    for fresh in Fresh::both().await {
        let nodes = match fresh.dialect {
            Dialect::Sqlite => vec![fresh.open().await],
            Dialect::Postgres => vec![fresh.open().await, fresh.open().await],
        };
        with_log(&nodes[0]).await;
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let store = nodes[writer as usize % nodes.len()].clone();
            writers.spawn(async move {
                for turn in 0..EACH {
                    add(&store, (writer + turn) % STREAMS).await;
                }
            });
        }
        let late = tokio::spawn(late_commits(fresh.url.clone(), fresh.dialect));
        let total = (WRITERS * EACH) as usize;
        let seen = tokio::time::timeout(Duration::from_mins(1), follow(nodes.last().unwrap(), total + LATE));
        let (seen, late, _) = tokio::join!(seen, late, writers.join_all());
        late.unwrap();
        let stored = nodes[0]
            .rows("select stream, max(version) as last from probe group by stream", vec![])
            .await
            .unwrap();
        let stored =
            stored.iter().map(|row| (row.int("stream").unwrap(), row.int("last").unwrap())).collect();
        assert_eq!(seen.unwrap(), stored);
        for node in nodes {
            node.close().await;
        }
    }
}

/// Entries of streams of their own, from transactions that take a number early and end late; every other rolls back.
const LATE: usize = 10;

async fn late_commits(url: String, dialect: Dialect) {
    let streams = (100..100 + 2 * LATE as i64).collect::<Vec<_>>();
    if dialect == Dialect::Sqlite {
        let store = Store::open(&url).await.unwrap(); // a second process, so to speak
        for stream in &streams[..LATE] {
            let batch = Batch::new("late")
                .run("insert into probe (stream, version) values ($1, 1)", params![*stream]);
            store.commit(batch).await.unwrap();
        }
        return;
    }
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let driven = tokio::spawn(connection);
    for stream in streams {
        client.batch_execute("begin").await.unwrap();
        client.execute("insert into probe (stream, version) values ($1, 1)", &[&stream]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(15)).await; // the point of the test: others commit meanwhile
        client.batch_execute(if stream % 2 == 0 { "commit" } else { "rollback" }).await.unwrap();
    }
    drop(client);
    driven.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_end_is_behind_what_is_there_and_before_what_comes() {
    for fresh in Fresh::both().await {
        let store = fresh.open().await;
        with_log(&store).await;
        add(&store, 1).await;
        let end = settled_end(&store).await;
        add(&store, 2).await;
        let rows = loop {
            let (rows, _) = LOG.after(&store, Some(&end), &["stream"], 10).await.unwrap();
            if !rows.is_empty() {
                break rows;
            }
            tokio::task::yield_now().await; // another test's transaction may hold the feed up for a moment
        };
        assert_eq!(rows.iter().map(|row| row.int("stream").unwrap()).collect::<Vec<_>>(), [2]);
        store.close().await;
    }
}

/// Other tests on the same server hold the watermark back now and then: waits until the first entry is shown.
async fn settled_end(store: &Store) -> Cursor {
    while LOG.after(store, None, &[], 1).await.unwrap().0.is_empty() {
        tokio::task::yield_now().await;
    }
    LOG.end(store).await.unwrap()
}

#[tokio::test]
async fn a_cursor_of_another_history_asks_to_begin_anew() {
    for (fresh, other) in Fresh::both().await.into_iter().zip(Fresh::both().await) {
        let (store, other) = (fresh.open().await, other.open().await);
        with_log(&store).await;
        with_log(&other).await;
        let foreign = LOG.end(&other).await.unwrap();
        for cursor in [foreign, Cursor::parse("nonsense"), Cursor::parse("")] {
            let refused = LOG.after(&store, Some(&cursor), &[], 10).await;
            assert!(matches!(refused, Err(FeedError::OtherHistory)), "{cursor}");
        }
        store.close().await;
        other.close().await;
    }
}
