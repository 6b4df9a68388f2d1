//! Connections to PostgreSQL: the limits every one of them carries, and what the server says unasked.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, Config, Notification};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use crate::engine::fault::{Fault, without_secrets};

/// A statement may take 5 s, wait 2 s for a lock; a transaction may stand idle for 10 s, because an open writing
/// transaction holds up the feed of everyone.
const LIMITS: &str = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000 \
    -c timezone=UTC -c client_min_messages=warning";
/// How long the network may stay silent before the connection counts as broken.
const SILENCE: Duration = Duration::from_secs(3);

/// Where the database is, and how to speak to it.
#[derive(Clone)]
pub(super) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    url: String,
}

/// A connection driven by a task of its own; the task ends when the client is dropped.
pub(super) struct Link {
    pub(super) client: Client,
    /// Set when a commit was cut short while it waited for a standby: the server answers as if all were well.
    pub(super) doubt: Arc<AtomicBool>,
    /// What other sessions rang.
    pub(super) rung: mpsc::UnboundedReceiver<Notification>,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, Fault> {
        let url_shown = without_secrets(url);
        let fault = |source| Fault::Open { url: url_shown.clone(), source };
        let (url, tls) = tls::of(url).map_err(fault)?;
        let mut config = Config::from_str(&url).map_err(|error| fault(error.into()))?;
        let options = format!("{} {LIMITS}", config.get_options().unwrap_or_default());
        config
            .options(options.trim())
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE)
            .connect_timeout(SILENCE);
        if config.get_application_name().is_none() {
            config.application_name("gridward");
        }
        Ok(Self { config, tls, url: url_shown })
    }

    /// The settings of a connection that only reads.
    pub(super) fn reading(&self) -> Config {
        let mut config = self.config.clone();
        let options =
            format!("{} -c default_transaction_read_only=on", config.get_options().unwrap_or_default());
        config.options(options);
        config
    }

    /// How to speak TLS to it.
    pub(super) fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }

    pub(super) fn fault(&self, source: impl Into<super::super::fault::Source>) -> Fault {
        Fault::Open { url: self.url.clone(), source: source.into() }
    }

    pub(super) async fn connect(&self) -> Result<Link, Fault> {
        let (client, mut connection) =
            self.config.connect(self.tls()).await.map_err(|error| self.fault(error))?;
        let doubt = Arc::new(AtomicBool::new(false));
        let (ring, rung) = mpsc::unbounded_channel();
        let notice = Arc::clone(&doubt);
        tokio::spawn(async move {
            while let Some(message) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
                match message {
                    Ok(AsyncMessage::Notice(said)) => {
                        tracing::warn!(code = said.code().code(), "PostgreSQL: {}", said.message());
                        if said.message().contains("synchronous replication") {
                            notice.store(true, Ordering::SeqCst);
                        }
                    }
                    Ok(AsyncMessage::Notification(it)) => {
                        let _nobody_listens = ring.send(it);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "the connection to PostgreSQL broke");
                        break;
                    }
                }
            }
        });
        Ok(Link { client, doubt, rung })
    }
}

/// Says what the promises are worth on this server.
pub(super) async fn look_at_settings(client: &Client) {
    let sql = "select name, setting from pg_settings where name in
        ('fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names')";
    let Ok(rows) = client.query(sql, &[]).await else { return };
    for row in rows {
        let (name, setting): (&str, &str) = (row.get(0), row.get(1));
        match (name, setting) {
            ("fsync" | "full_page_writes", "off") | ("synchronous_commit", "off" | "local") => {
                tracing::warn!(name, setting, "this server may lose what it has acknowledged");
            }
            ("synchronous_standby_names", "") => {
                tracing::info!("no synchronous standby: a failover may lose the last seconds");
            }
            _ => {}
        }
    }
}
