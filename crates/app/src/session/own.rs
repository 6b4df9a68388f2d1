//! One's own sessions and tokens: list them, end them, make a token for a program, change the password.

use domain::deed::{Deed, Proof};
use domain::id::PersonId;
use domain::policy::{Grant, Grants, StaffAct, may_give};
use jiff::{SignedDuration, Timestamp};
use store::session::{self, Session, SessionKind};
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
    /// What it may be used for; something, and nothing that its person's role has no use for.
    pub grants: Vec<Grant>,
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
    pub grants: Grants,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    pub expires: Timestamp,
    /// When it was used lately, to some minutes.
    pub used: Option<Timestamp>,
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
            grants: session.grants,
            created: session.created,
            expires: session.expires,
            used: session.used,
            current: id == current,
        }
    }
}

impl People {
    /// Sessions and tokens that hold, newest first: one's own, or of someone under an administrator's care.
    pub async fn sessions(
        &self,
        who: &Signed,
        person: Option<PersonId>,
    ) -> Result<Vec<SessionLine>, AppError> {
        who.whole()?;
        let person = person.unwrap_or(who.person);
        if person != who.person {
            self.person_for(&who.actor, StaffAct::EndSessions, person).await?;
        }
        let all = session::of_person(&self.store, person, self.clock.now()).await?;
        Ok(all.into_iter().map(|it| SessionLine::of(it, who.session)).collect())
    }

    /// Ends a session, or a token if `kind` says so: one's own, or of someone under an administrator's care.
    pub async fn end_session(&self, who: &Signed, kind: SessionKind, id: SessionId) -> Result<(), AppError> {
        who.whole()?;
        let absent = || AppError::NotFound { what: "session" };
        let mut recording = self.recording(&who.actor);
        loop {
            recording.begin().await?;
            let held = session::find(&self.store, &id.0, self.clock.now()).await?.ok_or_else(absent)?;
            let person = held.session.person;
            if held.session.kind != kind {
                return Err(absent());
            }
            let own = person == who.person;
            if !own {
                self.person_for(&who.actor, StaffAct::EndSessions, person).await.map_err(|_| absent())?;
            }
            let batch = Batch::new("end session").with(session::end_own(&id.0, person));
            let deed = Deed::EndSessions { person, session: Some(id.to_string()) };
            // Leaving one's own browser is no deed.
            let told =
                if own && kind == SessionKind::Browser { vec![] } else { vec![(Some(held.area), deed)] };
            match recording.commit(batch, told).await {
                Err(CommitError::Conflict { .. }) => return Err(absent()),
                Err(error) => return Err(error.into()),
                Ok(false) => {}
                Ok(true) => {
                    self.node.cache.end(&id.0);
                    return Ok(());
                }
            }
        }
    }

    /// Ends every session and token of a person: one's own, or of someone under an administrator's care.
    pub async fn end_all_sessions(&self, who: &Signed, person: PersonId) -> Result<(), AppError> {
        who.whole()?;
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

    /// A token for a program, with some of the rights of its person. It is shown now and never again.
    pub async fn make_token(&self, who: &Signed, new: NewToken) -> Result<(Token, SessionLine), AppError> {
        who.whole()?;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 80 {
            return Err(AppError::field("/name", "range", "say in 1 to 80 characters what the token is for"));
        }
        if !(1..=MOST_DAYS).contains(&new.days) {
            return Err(AppError::field("/days", "range", "a token lasts 1 to 366 days"));
        }
        check_grants(who, &new.grants)?;
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
            grants: Grants::Only(new.grants.into_iter().collect()),
            created: now,
            expires: now + SignedDuration::from_hours(24 * i64::from(new.days)),
            used: None,
        };
        let mut recording = self.recording(&who.actor);
        loop {
            recording.begin().await?;
            let deed = Deed::MakeToken {
                person: who.person,
                token: SessionId(session.sha).to_string(),
                scopes: session.grants.names().into_iter().map(str::to_owned).collect(),
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
        who.whole()?;
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

fn check_grants(who: &Signed, grants: &[Grant]) -> Result<(), AppError> {
    if grants.is_empty() {
        return Err(AppError::field("/scopes", "missing", "name at least one scope"));
    }
    match grants.iter().position(|grant| !may_give(who.actor.role, *grant)) {
        None => Ok(()),
        Some(at) => {
            let (role, grant) = (who.actor.role.as_str(), grants[at].as_str());
            let detail = format!("a {role} has no right behind {grant}: leave it out");
            Err(AppError::field(&format!("/scopes/{at}"), "range", detail))
        }
    }
}
