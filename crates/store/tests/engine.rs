//! What the engine promises to the typed tables.

use store::{Batch, CommitError, Store, params};

async fn fresh() -> Store {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let ddl = "create table thing (id bigint not null primary key, name text not null unique)";
    store.commit(Batch::new("ddl").run(ddl, vec![])).await.unwrap();
    store
}

#[tokio::test]
async fn a_commit_is_read_back() {
    let store = fresh().await;
    let insert = "insert into thing (id, name) values ($1, $2)";
    store.commit(Batch::new("add").guard(insert, params![1, "bench"])).await.unwrap();
    let again = store.commit(Batch::new("add").guard(insert, params![2, "bench"])).await;
    assert!(matches!(again, Err(CommitError::Duplicate { constraint }) if constraint == "thing.name"));
    let moved = Batch::new("move")
        .run(insert, params![3, "lamp"])
        .guard("update thing set name = $2 where id = $1", params![9, "post"]);
    assert!(matches!(store.commit(moved).await, Err(CommitError::Conflict { label: "move", .. })));
    let rows = store.rows("select id, name from thing where id >= $1", params![0]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].int("id").unwrap(), rows[0].text("name").unwrap()), (1, "bench".to_owned()));
    assert!(rows[0].int("name").unwrap_err().to_string().contains("name"));
    store.close().await;
}
