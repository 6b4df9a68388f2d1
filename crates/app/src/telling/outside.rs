//! The world outside: the mail server, the gate of short messages, and a client of HTTP that goes nowhere it should not.
//!
//! A webhook's address is somebody's input: it must not make the city's server ask its own network (SSRF). So names are
//! resolved here, every address they have must be public, the connection goes to the address that was looked at, nothing is
//! redirected, and answers are not read. What an operator names in `allow` may be private.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Url, redirect};
use serde::Deserialize;

/// For one request with its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a server of mail is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// TLS from the first byte (port 465).
    #[default]
    Tls,
    /// Plain, then TLS (port 587).
    Starttls,
    /// Plain: only on this machine or a network of one's own.
    None,
}

/// The server that takes mail.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    #[serde(default)]
    pub encryption: Encryption,
    /// Who sends, as the server knows them.
    #[serde(default)]
    pub user: Option<String>,
    /// Their password.
    #[serde(default)]
    pub password: Option<String>,
    /// Whom mail comes from: `grid@example.org`.
    pub from: String,
}

/// A gate that takes short messages over HTTP. In `body`, `{phone}` and `{text}` stand for what is sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsGate {
    /// Where it listens.
    pub url: String,
    /// `application/json` or `application/x-www-form-urlencoded`: how `{phone}` and `{text}` are escaped.
    pub content_type: String,
    /// The template.
    pub body: String,
    /// Value of the header `Authorization`.
    #[serde(default)]
    pub authorization: Option<String>,
}

/// What this node may use of the world outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Mail; none, no mail leaves.
    #[serde(default)]
    pub mail: Option<MailServer>,
    /// Short messages; none, none leaves.
    #[serde(default)]
    pub sms: Option<SmsGate>,
    /// Hosts (names or addresses) that may be asked although they are private, and over plain HTTP.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Whom a push service may turn to: `mailto:grid@example.org`.
    #[serde(default)]
    pub contact: Option<String>,
}

/// The file of these settings is wrong.
#[derive(Debug, thiserror::Error)]
pub enum BadOutside {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It makes no sense.
    #[error("{path}: {why}")]
    Nonsense {
        /// Which file.
        path: String,
        /// What is wrong and where.
        why: String,
    },
}

impl Outside {
    /// Reads the file (TOML with `mail`, `sms`, `allow`, `contact`).
    pub fn read(path: &Path) -> Result<Outside, BadOutside> {
        let named = || path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| BadOutside::Unreadable { path: named(), source })?;
        let nonsense = |why: String| BadOutside::Nonsense { path: named(), why };
        let outside: Outside = toml::from_str(&text).map_err(|error| nonsense(error.message().to_owned()))?;
        if let Some(sms) = &outside.sms {
            let kinds = ["application/json", "application/x-www-form-urlencoded"];
            if !kinds.contains(&sms.content_type.as_str()) {
                return Err(nonsense(format!("sms.content_type is one of {}", kinds.join(", "))));
            }
            if !sms.body.contains("{phone}") || !sms.body.contains("{text}") {
                return Err(nonsense("sms.body has no {phone} or no {text}".to_owned()));
            }
        }
        Ok(outside)
    }

    fn allows(&self, host: &str) -> bool {
        self.allow
            .iter()
            .any(|it| it.eq_ignore_ascii_case(host.trim_start_matches('[').trim_end_matches(']')))
    }

    /// An address that may be asked, as far as it can be told without asking; else why not and how to mend it.
    pub fn address(&self, text: &str) -> Result<Url, String> {
        let url: Url = text.parse().map_err(|_| "write https://host/path".to_owned())?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let is_allowed = self.allows(&host);
        if host.is_empty()
            || text.len() > 500
            || !url.username().is_empty()
            || url.password().is_some()
            || url.fragment().is_some()
        {
            return Err(
                "write https://host/path, without a user or a fragment, at most 500 characters".to_owned()
            );
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_allowed) {
            return Err("only https is spoken; an operator may allow http to a host in the settings (allow)"
                .to_owned());
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_private =
            bare.parse::<IpAddr>().is_ok_and(|ip| !is_public(ip)) || bare.eq_ignore_ascii_case("localhost");
        if is_private && !is_allowed {
            return Err(
                "this address is of a private network; an operator may allow it in the settings (allow)"
                    .to_owned(),
            );
        }
        Ok(url)
    }

    /// A client for one address, bound to what its name means now; else why not.
    pub(super) async fn client(&self, text: &str) -> Result<(Client, Url), String> {
        let url = self.address(text)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let found = tokio::net::lookup_host((bare.as_str(), port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| "its name is not known".to_owned())?.collect();
        if found.is_empty() {
            return Err("its name is not known".to_owned());
        }
        if !self.allows(&host) && found.iter().any(|at| !is_public(at.ip())) {
            return Err("its name means an address of a private network".to_owned());
        }
        let _chosen_before = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .resolve_to_addrs(&bare, &found)
            .build()
            .map_err(|_| "there is no client of HTTP".to_owned())?;
        Ok((client, url))
    }
}

/// Whether an address is one of the public internet (by the special-purpose registries of IANA).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => {
            let parts = ip.segments();
            if let Some(inner) = ip.to_ipv4_mapped() {
                return is_public_v4(inner);
            }
            let embeds_v4 = parts[0] == 0x64 && parts[1] == 0xff9b || parts[0] == 0x2002;
            let special = ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || parts[0] & 0xfe00 == 0xfc00
                || parts[0] & 0xffc0 == 0xfe80
                || parts[0] & 0xffc0 == 0xfec0
                || parts[..6] == [0; 6]
                || (parts[0] == 0x2001 && (parts[1] == 0xdb8 || parts[1] < 0x200))
                || (parts[0] == 0x100 && parts[1..4] == [0; 3])
                || embeds_v4;
            !special
        }
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_form() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
            "2001:db8::1",
            "::7f00:1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn an_address_that_may_not_be_asked_says_why() {
        let none = Outside::default();
        for bad in [
            "",
            "hooks",
            "ftp://a.example/x",
            "http://a.example/x",
            "https://user@a.example/",
            "https://a.example/#x",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://localhost/x",
            "https://2130706433/",
            "https://0x7f.1/",
            "file:///etc/passwd",
        ] {
            assert!(none.address(bad).is_err(), "{bad}");
        }
        assert!(none.address("https://hooks.example.org/x?y=1").is_ok());
        let allowing = Outside { allow: vec!["127.0.0.1".to_owned()], ..Outside::default() };
        assert!(allowing.address("http://127.0.0.1:9000/x").is_ok());
        assert!(allowing.address("http://127.0.0.2/x").is_err());
    }
}
