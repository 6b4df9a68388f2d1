//! Secrets that let someone in: tokens of browsers, of programs, of set-up links. All are the same 256 random bits;
//! what one opens is decided by the table its SHA-256 stands in. The bits themselves are shown once and kept nowhere.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

use store::session::Sha;

/// Marks our tokens for scanners that look for leaked secrets.
const PREFIX: &str = "gw_";

/// 256 random bits. Prints itself nowhere by accident: ask for [`Token::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

/// Text that is no token, or no key of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is no token")]
pub struct NoToken;

impl Token {
    /// A new one, from the machine's source of randomness.
    pub fn random() -> Token {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).expect("the machine has a source of randomness");
        Token(bits)
    }

    /// The text to be handed over, once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", hex(&self.0))
    }

    /// What may be kept of it.
    pub fn sha(&self) -> Sha {
        Sha256::digest(self.0).into()
    }
}

impl FromStr for Token {
    type Err = NoToken;
    fn from_str(text: &str) -> Result<Token, NoToken> {
        text.strip_prefix(PREFIX).and_then(from_hex).map(Token).ok_or(NoToken)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The key of a session: names it in lists, opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub Sha);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl FromStr for SessionId {
    type Err = NoToken;
    fn from_str(text: &str) -> Result<SessionId, NoToken> {
        from_hex(text).map(SessionId).ok_or(NoToken)
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _never_fails = write!(out, "{byte:02x}");
        out
    })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |it: u8| char::from(it).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_from_its_text() {
        let token = Token::random();
        assert_eq!(token.reveal().parse(), Ok(token.clone()));
        assert_ne!(Token::random(), token);
        let id = SessionId(token.sha());
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_token_does_not_show_itself_in_logs() {
        let token = Token::random();
        assert!(!format!("{token:?}").contains(&token.reveal()[3..9]));
    }

    #[test]
    fn other_text_is_no_token() {
        let good = Token::random().reveal();
        let short = &good[..good.len() - 1];
        for bad in ["", "gw_", short, &good[3..], &good.replace(&good[60..], "+1é..."), &format!("{good}0")]
        {
            assert_eq!(bad.parse::<Token>(), Err(NoToken), "{bad}");
        }
    }
}
