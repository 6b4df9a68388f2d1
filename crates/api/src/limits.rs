//! How much the edge takes from anyone: connections, bytes, time, requests. Defaults, and what each is for.
//!
//! Nothing here counts or refuses; `server` and `edge` do.

use std::{net::IpAddr, time::Duration};

/// Limits of one node. Every one can be set; [`Limits::check`] says which settings make no sense.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Connections open at once; one more waits unaccepted.
    pub connections: usize,
    /// Connections open at once from one address that is not this machine; one more is answered 503.
    pub connections_per_address: usize,
    /// Time to send the head of a request, counted from the end of the one before: ends drips and idlers.
    pub head: Duration,
    /// Bytes of a request's head. At least 8,192.
    pub head_bytes: usize,
    /// Bytes of a body.
    pub body_bytes: u64,
    /// Bytes of an attachment, of a file of areas or of figures.
    pub attachment_bytes: u64,
    /// Silence allowed while a body is being sent, and while an answer is not being read.
    pub silence: Duration,
    /// Time for a whole request, until its answer begins.
    pub request: Duration,
    /// The same for an attachment or a file of areas, which come over slow lines.
    pub upload: Duration,
    /// Requests at work at once; one more is answered 503 at once.
    pub requests_at_once: usize,
    /// Requests a second that one caller may go on sending; a session counts by itself, else the address.
    pub rate_per_s: f64,
    /// Requests one caller may send at once after a rest.
    pub rate_burst: f64,
    /// Event streams open at once on this node.
    pub streams: usize,
    /// Event streams open at once for one person.
    pub streams_per_person: usize,
    /// Time that requests at work get to finish after the order to stop.
    pub drain: Duration,
    /// Proxies whose `X-Forwarded-For` is believed, beside this machine itself.
    pub proxies: Vec<IpAddr>,
    /// Whether browsers reach this node over TLS (by a proxy): cookies become `Secure`, HSTS is sent.
    pub https: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 8_192,
            connections_per_address: 1_024,
            head: Duration::from_secs(10),
            head_bytes: 16 * 1024,
            body_bytes: 1024 * 1024,
            attachment_bytes: 20 * 1024 * 1024,
            silence: Duration::from_secs(20),
            request: Duration::from_secs(30),
            upload: Duration::from_mins(5),
            requests_at_once: 2_048,
            rate_per_s: 100.0,
            rate_burst: 1_000.0,
            streams: 5_000,
            streams_per_person: 6,
            drain: Duration::from_secs(10),
            proxies: Vec::new(),
            https: false,
        }
    }
}

impl Limits {
    /// The most bytes that the body of a request to this path may have.
    pub fn body_for(&self, path: &str) -> u64 {
        if takes_files(path) { self.attachment_bytes } else { self.body_bytes }
    }

    /// The time that a request to this path may take until its answer begins.
    pub fn time_for(&self, path: &str) -> Duration {
        if takes_files(path) { self.upload } else { self.request }
    }

    /// Settings that make no sense, each with how to mend it; empty when all do.
    pub fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut must = |holds: bool, says: &str| {
            if !holds {
                wrong.push(says.to_owned());
            }
        };
        must(self.connections > 0, "connections must be at least 1");
        must(self.connections_per_address > 0, "connections_per_address must be at least 1");
        must(self.head_bytes >= 8_192, "head_bytes must be at least 8192");
        must(self.body_bytes > 0, "body_bytes must be at least 1");
        must(self.attachment_bytes >= self.body_bytes, "attachment_bytes must not be less than body_bytes");
        must(!self.head.is_zero() && !self.silence.is_zero(), "head and silence must be longer than 0 s");
        must(!self.request.is_zero() && !self.upload.is_zero(), "request and upload must be longer than 0 s");
        must(self.requests_at_once > 0, "requests_at_once must be at least 1");
        must(
            self.rate_per_s > 0.0 && self.rate_burst >= 1.0,
            "rate_per_s must be above 0 and rate_burst at least 1",
        );
        wrong
    }
}

fn takes_files(path: &str) -> bool {
    const TAKE: [&str; 8] = [
        "/api/v1/attachments",
        "/api/v1/uploads",
        "/api/v1/areas/import",
        "/api/v1/areas/changes",
        "/api/v1/index/intakes",
        "/api/v1/places/import",
        "/api/v1/things/import",
        "/api/v1/forms",
    ];
    TAKE.iter().any(|it| path.starts_with(it))
}
