//! One's own sessions and tokens: list them, end them, make a token for a program, change the password.

use domain::deed::{Deed, Proof};
use domain::id::PersonId;
use domain::policy::StaffAct;
use jiff::{SignedDuration, Timestamp};
use store::session::{self, Grant, Session, SessionKind};
use store::{Batch, CommitError, person};

use super::{Signed, password};
use crate::AppError;
use crate::people::{People, system};
use crate::token::{SessionId, Token};

/// Longest life of a program's token, in days.
const MOST_DAYS: u16 = 366;
/// Most sessions and tokens of one person.
const MOST: usize = 200;

/// A token for a program.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for, in a few words; stands in the list.
    pub name: String,
    /// What it may be used for.
    pub grant: Grant,
    /// Days until it expires, 1 to 366.
    pub days: u16,
}

/// A session or token in the list of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionLine {
    /// Its key, to end it by.
    pub id: SessionId,
    /// Held by a browser or a program.
    pub kind: SessionKind,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub grant: Grant,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    pub expires: Timestamp,
    /// The one this very request came with.
    pub current: bool,
}

impl SessionLine {
    fn of(session: Session, current: SessionId) -> SessionLine {
        let id = SessionId(session.sha);
        SessionLine {
            id,
            kind: session.kind,
            name: session.name,
            grant: session.grant,
            created: session.created,
            expires: session.expires,
            current: id == current,
        }
    }
}

impl People {
    /// One's own sessions and tokens that hold, newest first.
    pub async fn sessions(&self, who: &Signed) -> Result<Vec<SessionLine>, AppError> {
        let all = session::of_person(&self.store, who.person, self.clock.now()).await?;
        Ok(all.into_iter().map(|it| SessionLine::of(it, who.session)).collect())
    }

    /// Ends one of one's own.
    pub async fn end_session(&self, who: &Signed, id: SessionId) -> Result<(), AppError> {
        who.needs(Grant::All)?;
        let batch = Batch::new("end session").with(session::end_own(&id.0, who.person));
        match self.store.commit(batch).await {
            Err(CommitError::Conflict { .. }) => return Err(AppError::NotFound { what: "session" }),
            other => other?,
        }
        self.node.cache.end(&id.0);
        Ok(())
    }

    /// Ends every session and token of a person: one's own, or of someone under an administrator's care.
    pub async fn end_all_sessions(&self, who: &Signed, person: PersonId) -> Result<(), AppError> {
        who.needs(Grant::All)?;
        let mut recording = self.recording(&who.actor);
        loop {
            recording.begin().await?;
            let area = self.person_for(&who.actor, StaffAct::EndSessions, person).await?.area;
            let batch = Batch::new("end sessions").with(session::end_all(person));
            let deed = Deed::EndSessions { person, session: None };
            if recording.commit(batch, vec![(Some(area), deed)]).await? {
                self.node.cache.end_all(person);
                return Ok(());
            }
        }
    }

    /// A token for a program, with the rights of its person. It is shown now and never again.
    pub async fn make_token(&self, who: &Signed, new: NewToken) -> Result<(Token, SessionLine), AppError> {
        who.needs(Grant::All)?;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 80 {
            return Err(AppError::field("/name", "range", "say in 1 to 80 characters what the token is for"));
        }
        if !(1..=MOST_DAYS).contains(&new.days) {
            return Err(AppError::field("/days", "range", "a token lasts 1 to 366 days"));
        }
        let now = self.clock.now();
        if session::of_person(&self.store, who.person, now).await?.len() >= MOST {
            return Err(AppError::field("/name", "range", "nobody has more than 200 tokens: end some first"));
        }
        let token = Token::random();
        let session = Session {
            sha: token.sha(),
            person: who.person,
            kind: SessionKind::Token,
            name: name.to_owned(),
            grant: new.grant,
            created: now,
            expires: now + SignedDuration::from_hours(24 * i64::from(new.days)),
        };
        let mut recording = self.recording(&who.actor);
        loop {
            recording.begin().await?;
            let deed = Deed::MakeToken {
                person: who.person,
                token: SessionId(session.sha).to_string(),
                scopes: vec![session.grant.as_str().to_owned()],
                expires: session.expires,
            };
            let batch = Batch::new("make token").with(session.insert());
            if recording.commit(batch, vec![(Some(who.actor.area), deed)]).await? {
                return Ok((token, SessionLine::of(session, who.session)));
            }
        }
    }

    /// Sets a new password for who knows the old one; every other session and token of theirs ends.
    pub async fn change_password(&self, who: &Signed, old: &str, new: &str) -> Result<(), AppError> {
        who.needs(Grant::All)?;
        password::check(&who.account, new)?;
        let login = match self.know(&who.account, old, None).await {
            Err(AppError::Unauthorized) => {
                return Err(AppError::field("/old", "wrong", "this is not the password until now"));
            }
            other => other?,
        };
        let hash = self.node.hasher.hash(new).await?;
        let mut recording = self.recording(&who.actor);
        loop {
            recording.begin().await?;
            let batch = Batch::new("change password")
                .with(login.passed())
                .with(person::set_password(who.person, &hash))
                .with(session::end_others(who.person, &who.session.0))
                .with(session::drop_links(who.person));
            let deed = Deed::SetPassword { person: who.person, by: Proof::Old };
            if recording.commit(batch, vec![(Some(who.actor.area), deed)]).await? {
                self.node.cache.end_all(who.person);
                return Ok(());
            }
        }
    }

    /// Sets a password without asking: for the command line and the demo city, never behind an address.
    pub async fn set_password(&self, account: &str, new: &str) -> Result<(), AppError> {
        let account = super::account_of(account);
        password::check(&account, new)?;
        let person = person::by_account(&self.store, &account).await?;
        let person = person.ok_or(AppError::NotFound { what: "person" })?;
        let hash = self.node.hasher.hash(new).await?;
        let mut recording = self.recording(&system(person.area));
        loop {
            recording.begin().await?;
            let batch = Batch::new("set password")
                .with(person::set_password(person.id, &hash))
                .with(session::end_all(person.id))
                .with(session::drop_links(person.id));
            let deed = Deed::SetPassword { person: person.id, by: Proof::Operator };
            if recording.commit(batch, vec![(Some(person.area), deed)]).await? {
                self.node.cache.end_all(person.id);
                return Ok(());
            }
        }
    }

    /// Clears away what expired; a few times a day is enough.
    pub async fn sweep_sessions(&self) -> Result<(), AppError> {
        let batch =
            session::sweep(self.clock.now()).into_iter().fold(Batch::new("sweep sessions"), Batch::with);
        Ok(self.store.commit(batch).await?)
    }
}
