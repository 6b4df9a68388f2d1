//! The line to PostgreSQL: encrypted where it is asked for, and only to the server that was meant.

use store::{Fault, Store, params, testing::Fresh};

async fn opened(fresh: &Fresh, words: &str) -> Result<Store, Fault> {
    Store::open(&format!("{}&{words}", fresh.url)).await
}

async fn is_encrypted(store: &Store) -> bool {
    let sql = "select count(*) as n from pg_stat_ssl where pid = pg_backend_pid() and ssl";
    store.row(sql, params![]).await.unwrap().unwrap().int("n").unwrap() == 1
}

/// Where the test cluster keeps the certificate of its authority: beside its socket.
async fn authority(store: &Store) -> String {
    let sql = "select current_setting('unix_socket_directories') as folder";
    let folder = store.row(sql, params![]).await.unwrap().unwrap().text("folder").unwrap();
    format!("{folder}/authority.crt")
}

fn reasons(fault: &Fault) -> String {
    let mut says = fault.to_string();
    let mut below: Option<&dyn std::error::Error> = std::error::Error::source(fault);
    while let Some(error) = below {
        says.push_str(&format!(": {error}"));
        below = error.source();
    }
    says
}

#[tokio::test]
async fn a_line_is_as_encrypted_as_the_address_asks() {
    let Some(fresh) = Fresh::postgres().await else { return };
    for (words, encrypted) in
        [("sslmode=disable", false), ("sslmode=prefer", true), ("sslmode=require", true)]
    {
        let store = opened(&fresh, words).await.unwrap();
        assert_eq!(is_encrypted(&store).await, encrypted, "{words}");
        store.close().await;
    }
}

#[tokio::test]
async fn only_the_server_that_was_meant_is_spoken_to() {
    let Some(fresh) = Fresh::postgres().await else { return };
    let plain = opened(&fresh, "sslmode=disable").await.unwrap();
    let authority = authority(&plain).await;
    plain.close().await;

    let store = opened(&fresh, &format!("sslmode=verify-full&sslrootcert={authority}")).await.unwrap();
    assert!(is_encrypted(&store).await);
    store.close().await;

    // Its authority is not one of this system's.
    let stranger = opened(&fresh, "sslmode=verify-full").await.err().unwrap();
    assert!(
        reasons(&stranger).contains("UnknownIssuer") || reasons(&stranger).contains("authorities"),
        "{stranger:?}"
    );

    // The certificate is for 127.0.0.1.
    let elsewhere = fresh.url.replacen("127.0.0.1", "localhost", 1);
    let url = format!("{elsewhere}&sslmode=verify-full&sslrootcert={authority}");
    let other = Store::open(&url).await.err().unwrap();
    assert!(
        reasons(&other).contains("localhost") || reasons(&other).contains("NotValidForName"),
        "{}",
        reasons(&other)
    );
}
