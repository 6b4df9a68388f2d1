//! Signing in and out. From outside, an account that does not exist, one that is closed and a wrong password look
//! the same: in words, in time, and in how soon they are shut.

use std::net::IpAddr;

use domain::policy::Grants;
use jiff::Timestamp;
use store::person::{self, Login};
use store::session::{self, Session, SessionKind};
use store::{Batch, CommitError};
use tokio::sync::OwnedMutexGuard;

use super::strikes::{locked_until, wait_s};
use super::{SLIDING, Signed};
use crate::AppError;
use crate::people::People;
use crate::token::Token;

/// An attempt to sign in.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// As typed.
    pub account: &'a str,
    /// As typed.
    pub password: &'a str,
    /// Where it comes from, as far as the edge can tell.
    pub from: Option<IpAddr>,
    /// What to call the session in the list of one's own: the browser's name.
    pub name: &'a str,
    /// The session that the browser held until now; it ends.
    pub replaces: Option<&'a Token>,
}

/// As accounts are kept: spaces around and capitals do not matter.
pub(crate) fn account_of(typed: &str) -> String {
    typed.trim().to_lowercase().chars().take(64).collect()
}

impl People {
    /// A new session, with a token of its own, for whoever knows the password.
    pub async fn sign_in(&self, attempt: SignIn<'_>) -> Result<(Token, Signed), AppError> {
        let (token, now) = (Token::random(), self.clock.now());
        let login = self.know(attempt.account, attempt.password, attempt.from).await?;
        let session = Session {
            sha: token.sha(),
            person: login.person,
            kind: SessionKind::Browser,
            name: attempt.name.chars().take(80).collect(),
            grants: Grants::All,
            created: now,
            expires: now + SLIDING,
            used: Some(now),
        };
        let mut batch = Batch::new("sign in").with(login.passed()).with(session.insert());
        if let Some(old) = attempt.replaces {
            batch = batch.with(session::end(&old.sha()));
        }
        match self.store.commit(batch).await {
            Err(CommitError::Conflict { .. }) => return Err(AppError::Unauthorized), // changed in this very moment
            other => other?,
        }
        if let Some(old) = attempt.replaces {
            self.node.cache.end(&old.sha());
        }
        let held = session::find(&self.store, &session.sha, now).await?.ok_or(AppError::Unauthorized)?;
        Ok((token, self.signed_as(held).await?))
    }

    /// Ends the session of this token; one that is gone already is no matter.
    pub async fn sign_out(&self, token: &Token) -> Result<(), AppError> {
        self.store.commit(Batch::new("sign out").with(session::end(&token.sha()))).await?;
        self.node.cache.end(&token.sha());
        Ok(())
    }

    /// Whether someone knows the password of an account: the one door that every guess goes through.
    pub(super) async fn know(
        &self,
        account: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<Login, AppError> {
        let account = account_of(account);
        if let Some(from) = from {
            let now = self.clock.now();
            self.node.strikes.charge(from, now).map_err(|until| locked(now, until))?;
        }
        let turn = self.node.turns.take(&account).await?;
        let login = person::login(&self.store, &account).await?;
        let now = self.clock.now();
        let shut = match &login {
            Some(login) => login.locked_until.filter(|until| *until > now),
            None => self.node.strikes.shut(&account, now),
        };
        if let Some(until) = shut {
            return Err(locked(now, until));
        }
        let hash = login.as_ref().filter(|it| !it.disabled).and_then(|it| it.password.as_deref());
        let password = if password.len() <= super::password::LONGEST { password } else { "" };
        if self.node.hasher.is_right(password, hash).await? {
            if let Some(from) = from {
                self.node.strikes.refund(from);
            }
            return login.ok_or(AppError::Unauthorized);
        }
        match login {
            Some(login) => self.count_wrong(login, turn),
            None => self.node.strikes.count(&account, now),
        }
        Err(AppError::Unauthorized)
    }

    /// Counts behind the answer, so that an account that exists takes no longer; the next attempt waits its turn.
    fn count_wrong(&self, mut login: Login, turn: OwnedMutexGuard<()>) {
        let people = self.clone();
        tokio::spawn(async move {
            // Only a guess on another node makes this go round again.
            for _ in 0..8 {
                let until = locked_until(login.failures + 1, people.clock.now());
                let counted =
                    people.store.commit(Batch::new("wrong password").with(login.failed(until))).await;
                match counted {
                    Err(CommitError::Conflict { .. }) => {}
                    Err(error) => return tracing::error!(%error, "a wrong password was not counted"),
                    Ok(()) => return,
                }
                match person::login_of(&people.store, login.person).await {
                    Ok(Some(read_again)) => login = read_again,
                    _ => return,
                }
            }
            drop(turn);
        });
    }
}

fn locked(now: Timestamp, until: Timestamp) -> AppError {
    AppError::Locked { retry_s: wait_s(now, until) }
}
