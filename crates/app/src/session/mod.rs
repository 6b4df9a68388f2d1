//! Who is at the door: sign-in, sessions of browsers, tokens of programs, set-up links. What someone may do once
//! inside is the policy's to say; cookies and headers are the edge's.

pub mod cache;
mod link;
mod own;
pub mod password;
mod sign_in;
pub mod strikes;
pub mod turns;

pub use domain::policy::{Grant, Grants};
pub use link::FirstStart;
pub use link::{LinkFor, SetUp};
pub use own::{NewToken, SessionLine};
pub use sign_in::SignIn;
pub(crate) use sign_in::account_of;
pub use store::session::SessionKind;

use std::sync::Arc;

use domain::id::{PersonId, UnitId};
use domain::policy::Actor;
use jiff::{SignedDuration, Timestamp};
use store::session::Held;
use store::{Batch, duty, session};

use crate::AppError;
use crate::people::People;
use crate::token::{SessionId, Token};

/// A browser's session ends so long after its last use.
const SLIDING: SignedDuration = SignedDuration::from_hours(12);
/// And so long after it began, however busy it was.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// It is extended in steps, so that few requests write.
const STEP: SignedDuration = SignedDuration::from_mins(5);

/// Someone who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who.
    pub person: PersonId,
    /// As colleagues know them.
    pub name: String,
    /// What they sign in with.
    pub account: String,
    /// What their rights depend on; the grids are those they have duty in today.
    pub actor: Actor,
    /// The unit they work in.
    pub unit: Option<UnitId>,
    /// Which of their sessions this is.
    pub session: SessionId,
    /// Held by a browser or a program.
    pub kind: SessionKind,
    /// What the session may be used for.
    pub grants: Grants,
    /// Until when it holds, if it is not used again.
    pub expires: Timestamp,
}

impl Signed {
    /// Refuses when the session may not be used for this.
    pub fn needs(&self, grant: Grant) -> Result<(), AppError> {
        if self.grants.cover(grant) { Ok(()) } else { Err(AppError::NotGranted { needs: grant.as_str() }) }
    }

    /// Refuses all but a session with which its person may do everything: only so may they touch their own account.
    pub fn whole(&self) -> Result<(), AppError> {
        if self.grants == Grants::All { Ok(()) } else { Err(AppError::NotGranted { needs: "all" }) }
    }
}

impl People {
    /// Whose token this is. Asks the database at most every few seconds; each use lets a browser's session last.
    pub async fn signed(&self, token: &Token) -> Result<Arc<Signed>, AppError> {
        let (sha, now) = (token.sha(), self.clock.now());
        let before = match self.node.cache.get(&sha, now) {
            Ok(signed) => return Ok(signed),
            Err(before) => before,
        };
        let mut held = session::find(&self.store, &sha, now).await?.ok_or(AppError::Unauthorized)?;
        self.let_last(&mut held).await;
        let signed = Arc::new(self.signed_as(held).await?);
        self.node.cache.put(signed.clone(), now, before);
        Ok(signed)
    }

    /// Who holds this session, with today's duties.
    async fn signed_as(&self, held: Held) -> Result<Signed, AppError> {
        let grids = duty::grids(&self.store, held.session.person, self.today()).await?;
        Ok(Signed {
            person: held.session.person,
            name: held.name,
            account: held.account,
            actor: Actor {
                person: Some(held.session.person),
                role: held.role,
                area: held.area,
                level: held.level,
                unit: held.unit,
                grids: grids.into_iter().collect(),
            },
            unit: held.unit,
            session: SessionId(held.session.sha),
            kind: held.session.kind,
            grants: held.session.grants,
            expires: held.session.expires,
        })
    }

    /// Notes the use of a session and extends a browser's, in steps. A store that cannot write at this moment locks
    /// nobody out.
    async fn let_last(&self, held: &mut Held) {
        let (session, now) = (&mut held.session, self.clock.now());
        let mut batch = Batch::new("use session");
        let until = (now + SLIDING).min(session.created + LONGEST);
        let lasts = session.kind == SessionKind::Browser && until > session.expires + STEP;
        if lasts {
            batch = batch.with(session::extend(&session.sha, until));
        }
        if session.used.is_none_or(|used| now >= used + STEP) {
            batch = batch.with(session::used(&session.sha, now));
        }
        if batch.statements.is_empty() {
            return;
        }
        match self.store.commit(batch).await {
            Ok(()) if lasts => session.expires = until,
            Ok(()) => {}
            Err(error) => tracing::warn!(%error, "the use of a session was not noted"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
