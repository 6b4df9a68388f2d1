//! The wake-up bell between nodes: `LISTEN`/`NOTIFY`, a hint and never more. A node that cannot hear rings itself
//! four times a second. After a ring come echoes, because the feed shows an entry only when every transaction that
//! began before it has ended, and the end of those rings nothing.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::link::{Address, Link};

const CHANNEL: &str = "gridward_commit";
/// Without a connection: the rhythm of looking ourselves.
const DEAF: Duration = Duration::from_millis(250);
/// Own commits are told to the others at most this often.
const TELL_EVERY: Duration = Duration::from_millis(20);
/// After the last commit heard of.
const ECHOES: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(5)];

/// `done` counts the commits of this node, and closes with its writer; `ring` wakes those who watch.
pub(super) async fn run(address: Address, mut done: watch::Receiver<u64>, ring: watch::Sender<u64>) {
    let wake = || ring.send_modify(|count| *count += 1);
    loop {
        if let Ok(mut link) = address.connect().await
            && let Ok(own) = prepare(&link).await
        {
            wake(); // what was missed
            if listen(&mut link, own, &mut done, &wake).await == Ended::Closed {
                return;
            }
        }
        // Deaf: own commits ring at once, others' by looking.
        if let Ok(Err(_closed)) = timeout(DEAF, done.changed()).await {
            return;
        }
        wake();
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    Broken,
    Closed,
}

/// Gives the number of our own session, which hears itself too.
async fn prepare(link: &Link) -> Result<i32, tokio_postgres::Error> {
    // A lost notification costs an echo, not an entry: no need to wait for the disk.
    link.client.batch_execute(&format!("set synchronous_commit = off; listen {CHANNEL}")).await?;
    Ok(link.client.query_one("select pg_backend_pid()", &[]).await?.get(0))
}

async fn listen(link: &mut Link, own: i32, done: &mut watch::Receiver<u64>, wake: &impl Fn()) -> Ended {
    let mut told = Instant::now();
    let mut untold = false;
    let mut echoes = ECHOES.iter();
    let mut next_echo = echoes.next().copied();
    let mut rung_at = Instant::now();
    loop {
        let echo_at = next_echo.map(|after| rung_at + after);
        tokio::select! {
            changed = done.changed() => {
                if changed.is_err() {
                    return Ended::Closed;
                }
                wake();
                untold = true;
                rung_at = Instant::now();
                echoes = ECHOES.iter();
                next_echo = echoes.next().copied();
            }
            heard = link.rung.recv() => {
                let Some(heard) = heard else { return Ended::Broken };
                if heard.process_id() == own {
                    continue;
                }
                wake();
                rung_at = Instant::now();
                echoes = ECHOES.iter();
                next_echo = echoes.next().copied();
            }
            () = sleep(TELL_EVERY.saturating_sub(told.elapsed())), if untold => {
                if link.client.batch_execute(&format!("notify {CHANNEL}")).await.is_err() {
                    return Ended::Broken;
                }
                untold = false;
                told = Instant::now();
            }
            () = until(echo_at), if echo_at.is_some() => {
                wake();
                next_echo = echoes.next().copied();
            }
        }
    }
}

async fn until(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at).await;
    }
}
