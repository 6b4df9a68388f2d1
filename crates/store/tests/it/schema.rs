//! Migrations and statements: both databases take every one.

use store::{
    Dialect, Fault, Store, feed,
    migrate::ALL,
    testing::{Fresh, on_both},
};

/// Statements of all tables, in one list. A new module of tables adds its own here.
fn statements(dialect: Dialect) -> Vec<String> {
    let fixed = [
        store::area::SQL,
        store::area_change::SQL,
        store::assess::SQL,
        store::bundle::SQL,
        store::campaign::SQL,
        store::care::SQL,
        store::burden::SQL,
        store::deed::SQL,
        store::dispute::SQL,
        store::duty::SQL,
        store::edition::SQL,
        store::gap::SQL,
        store::ground::SQL,
        store::inspection::SQL,
        store::hand_over::SQL,
        store::intake::SQL,
        store::job::SQL,
        store::lease::SQL,
        store::leave::SQL,
        store::log::SQL,
        store::notice::SQL,
        store::patrol::SQL,
        store::person::SQL,
        store::query::SQL,
        store::safety::SQL,
        store::seal::SQL,
        store::secret::SQL,
        store::session::SQL,
        store::stats::SQL,
        store::sync::SQL,
        store::sync::UPLOAD_SQL,
        store::telling::SQL,
        store::unit::SQL,
        store::visit::SQL,
        store::vacancy::SQL,
    ];
    let mut all: Vec<String> = fixed.iter().flat_map(|list| list.iter().map(|&sql| sql.to_owned())).collect();
    all.extend(store::case::sql());
    all.extend(store::place::sql());
    all.extend(store::assess::built_sql());
    all.extend(store::log::built_sql());
    all.extend(store::deed::built_sql());
    all.extend(store::secret::built_sql());
    all.extend(store::intake::built_sql());
    all.extend(store::care::built_sql());
    all.extend(store::referral::built_sql());
    all.extend(store::safety::built_sql());
    all.extend(store::visit::built_sql());
    all.extend(store::query::built_sql());
    all.extend(store::notice::built_sql());
    all.extend(store::seal::sql_of(dialect).map(str::to_owned));
    all.push(feed::LOG.statement(dialect, &["case_id"]));
    all
}

#[tokio::test]
async fn every_statement_is_understood_by_both_databases() {
    for fresh in Fresh::both().await {
        let store = fresh.open().await; // migrates
        let all = statements(fresh.dialect);
        assert!(all.len() > 30);
        let mut refused = Vec::new();
        match fresh.dialect {
            Dialect::Sqlite => {
                let db = rusqlite::Connection::open(fresh.url.trim_start_matches("sqlite:")).unwrap();
                for sql in &all {
                    // Numbered parameters are the engine's affair; for the grammar any name will do.
                    refused.extend(db.prepare(sql).err().map(|error| format!("{error}: {sql}")));
                }
            }
            Dialect::Postgres => {
                let (client, connection) =
                    tokio_postgres::connect(&fresh.url, tokio_postgres::NoTls).await.unwrap();
                let driven = tokio::spawn(connection);
                for sql in &all {
                    refused.extend(client.prepare(sql).await.err().map(|error| format!("{error:?}: {sql}")));
                }
                drop(client);
                driven.await.unwrap().unwrap();
            }
        }
        assert!(refused.is_empty(), "on {:?}:\n{}", fresh.dialect, refused.join("\n"));
        store.close().await;
    }
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    for fresh in Fresh::both().await {
        let stores = (0..4).map(|_| {
            let url = fresh.url.clone();
            tokio::spawn(async move { Store::open(&url).await })
        });
        for store in stores.collect::<Vec<_>>() {
            let store = store.await.unwrap().unwrap();
            let book =
                store.rows("select number, name from migration order by number", vec![]).await.unwrap();
            let names: Vec<_> = book.iter().map(|row| row.text("name").unwrap()).collect();
            assert_eq!(names, ALL.iter().map(|it| it.name).collect::<Vec<_>>());
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_or_of_another_past_is_refused() {
    for fresh in Fresh::both().await {
        let write = async |sql: &'static str| {
            let store = fresh.open().await;
            store.commit(store::Batch::new("book").run(sql, vec![])).await.unwrap();
            store.close().await;
            Store::open(&fresh.url).await.err().unwrap()
        };
        let newer = write("insert into migration values (9999, '9999_tomorrow', 'x', 0)").await;
        assert!(matches!(newer, Fault::Newer { .. }), "{newer}");
    }
    for fresh in Fresh::both().await {
        let store = fresh.open().await;
        let sql = "update migration set checksum = 'other' where number = 1";
        store.commit(store::Batch::new("book").run(sql, vec![])).await.unwrap();
        store.close().await;
        let rewritten = Store::open(&fresh.url).await.err().unwrap();
        assert!(matches!(rewritten, Fault::Rewritten { .. }), "{rewritten}");
    }
}

/// Stopping after each migration and going on later ends where a fresh database begins.
#[tokio::test]
async fn migrating_in_steps_equals_a_fresh_schema() {
    on_both(|fresh| async move {
        let expected = schema(&fresh).await;
        assert!(expected.len() > 20);
        for stop in 1..ALL.len() {
            for stepped in Fresh::both().await.into_iter().filter(|it| it.dialect == fresh.dialect()) {
                store::testing::migrate_to(&stepped, stop).await;
                let store = stepped.open().await;
                assert_eq!(schema(&store).await, expected, "stopped after {}", ALL[stop - 1].name);
                store.close().await;
            }
        }
    })
    .await;
}

async fn schema(store: &Store) -> Vec<String> {
    let sql = store.dialect().pick(
        "select type || ' ' || name || ' ' || coalesce(sql, '') as line from sqlite_schema order by 1",
        "select concat_ws(' ', table_name, column_name, data_type, is_nullable,
                replace(column_default, current_schema() || '.', '')) as line
            from information_schema.columns where table_schema = current_schema()
         union all select replace(indexdef, current_schema() || '.', '') from pg_indexes
            where schemaname = current_schema()
         union all select concat(conrelid::regclass, ' ', conname, ' ', pg_get_constraintdef(oid)) from pg_constraint
            where connamespace = current_schema()::regnamespace
         order by 1",
    );
    store.rows(sql, vec![]).await.unwrap().iter().map(|row| row.text("line").unwrap()).collect()
}
