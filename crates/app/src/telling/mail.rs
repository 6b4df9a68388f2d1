//! Mail by SMTP (RFC 5321): one short message at a time to the city's own server, over TLS.
//!
//! A hundred lines of our own: the messages are two lines of text made here, so a library of mail (`lettre` and its fifteen
//! crates) would mostly bring what is not needed: building parts, pools, queues.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

use super::outside::{Encryption, MailServer, Outside};
use super::webhook::Sent;

const PATIENCE: Duration = Duration::from_secs(30);
/// Longer lines no server of mail says.
const LINE: usize = 2_000;

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// What is sent.
pub(super) struct Letter<'a> {
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    /// Of the delivery: a mailbox knows a second try by it.
    pub id: Uuid,
}

/// Why it was not taken.
enum No {
    /// The server says never (5xx).
    Never(u16),
    /// Later, perhaps; why.
    Later(String),
}

/// Sends one letter.
pub(super) async fn send(outside: &Outside, letter: &Letter<'_>, now: Timestamp) -> Sent {
    let Some(server) = &outside.mail else { return Sent::Gone("no server of mail is set up".to_owned()) };
    match tokio::time::timeout(PATIENCE, post(server, letter, now)).await {
        Ok(Ok(())) => Sent::Yes,
        Ok(Err(No::Never(code))) => Sent::Gone(format!("the server of mail answered {code}")),
        Ok(Err(No::Later(why))) => Sent::Not(why),
        Err(_) => Sent::Not("the server of mail did not answer in time".to_owned()),
    }
}

async fn post(server: &MailServer, letter: &Letter<'_>, now: Timestamp) -> Result<(), No> {
    let broken = |_| No::Later("no connection to the server of mail".to_owned());
    let socket = TcpStream::connect((server.host.as_str(), server.port)).await.map_err(broken)?;
    let mut talk = match server.encryption {
        Encryption::Tls => Talk::over(secured(server, socket).await?),
        Encryption::Starttls | Encryption::None => Talk::over(Box::new(socket)),
    };
    talk.hear(220).await?;
    talk.say("EHLO gridward", 250).await?;
    if server.encryption == Encryption::Starttls {
        talk.say("STARTTLS", 220).await?;
        if !talk.wire.buffer().is_empty() {
            return Err(No::Later("the server of mail spoke before TLS began".to_owned()));
        }
        talk = Talk::over(secured(server, talk.wire.into_inner()).await?);
        talk.say("EHLO gridward", 250).await?;
    }
    if let (Some(user), Some(password)) = (&server.user, &server.password) {
        talk.say(&format!("AUTH PLAIN {}", STANDARD.encode(format!("\0{user}\0{password}"))), 235).await?;
    }
    talk.say(&format!("MAIL FROM:<{}>", server.from), 250).await?;
    talk.say(&format!("RCPT TO:<{}>", letter.to), 250).await?;
    talk.say("DATA", 354).await?;
    talk.say(&format!("{}\r\n.", written(&server.from, letter, now)), 250).await?;
    let _taken_already = talk.say("QUIT", 221).await;
    Ok(())
}

async fn secured(server: &MailServer, socket: impl Wire + 'static) -> Result<Box<dyn Wire>, No> {
    let broken = |what: &str| No::Later(format!("no TLS with the server of mail: {what}"));
    let mut roots = rustls::RootCertStore::empty();
    let _some_are_odd = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| broken("versions"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.host.clone()).map_err(|_| broken("its name"))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await;
    Ok(Box::new(stream.map_err(|_| broken("its certificate or version"))?))
}

/// The message itself; text in base64, so that no line is too long or begins with a dot.
fn written(from: &str, letter: &Letter<'_>, now: Timestamp) -> String {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let subject = STANDARD.encode(letter.subject);
    let host = from.split_once('@').map_or("invalid", |(_, host)| host);
    let body = STANDARD.encode(letter.text);
    let lines: Vec<&str> =
        body.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!(
        "Date: {date}\r\nFrom: <{from}>\r\nTo: <{}>\r\nMessage-ID: <{}@{host}>\r\nSubject: =?utf-8?B?{subject}?=\r\n\
         Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        letter.to,
        letter.id.simple(),
        lines.join("\r\n")
    )
}

struct Talk {
    wire: BufReader<Box<dyn Wire>>,
}

impl Talk {
    fn over(wire: Box<dyn Wire>) -> Talk {
        Talk { wire: BufReader::new(wire) }
    }

    async fn say(&mut self, line: &str, wanted: u16) -> Result<(), No> {
        let broken = |_| No::Later("the server of mail broke off".to_owned());
        self.wire.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.map_err(broken)?;
        self.wire.get_mut().flush().await.map_err(broken)?;
        self.hear(wanted).await
    }

    /// An answer of one or more lines, `250-…` before the last.
    async fn hear(&mut self, wanted: u16) -> Result<(), No> {
        loop {
            let mut line = Vec::new();
            let mut limited = tokio::io::AsyncReadExt::take(&mut self.wire, LINE as u64);
            let n = limited.read_until(b'\n', &mut line).await.unwrap_or(0);
            let code = line.get(..3).and_then(|code| std::str::from_utf8(code).ok()?.parse::<u16>().ok());
            let Some(code) = code.filter(|_| n > 3) else {
                return Err(No::Later("the server of mail broke off".to_owned()));
            };
            match (code, line[3]) {
                (code, b'-') if code == wanted => {}
                (code, _) if code == wanted => return Ok(()),
                (code, _) if (500..600).contains(&code) => return Err(No::Never(code)),
                (code, _) => return Err(No::Later(format!("the server of mail answered {code}"))),
            }
        }
    }
}
