//! One-time set-up links: how someone gets their first password, or a new one, without anybody else knowing it.
//! No account has a password that came with the program.

use domain::case::By;
use domain::deed::{Deed, Proof};
use domain::id::{AreaId, PersonId};
use domain::policy::{Actor, Role, StaffAct};
use jiff::SignedDuration;
use store::person::{self, Person};
use store::session::{self, FirstLink};
use store::{Batch, CommitError, Statement, ground};

use super::account_of;
use super::password;
use crate::AppError;
use crate::deeds::{self, Recording};
use crate::people::{NewPerson, People, system};
use crate::token::Token;

/// How long a link holds.
const HOLDS: SignedDuration = SignedDuration::from_hours(24);
/// What the first start found.
#[derive(Clone, Debug)]
pub enum FirstStart {
    /// An administrator can sign in: nothing to do.
    Settled,
    /// There is no area yet that an administrator could answer for: import the city first.
    NoCity,
    /// Give this to whoever runs the city; it holds for 24 hours.
    Link {
        /// The administrator whose password it sets; `None` where it makes the first one.
        account: Option<String>,
        /// For the link.
        token: Token,
    },
}

/// What a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFor {
    /// To make the first administrator.
    First,
    /// To set the password of this account.
    Account(String),
}

/// The first administrator, as they name themselves.
#[derive(Clone, Debug)]
pub struct SetUp<'a> {
    /// What they will sign in with.
    pub account: &'a str,
    /// As colleagues know them.
    pub name: &'a str,
    /// Their password.
    pub password: &'a str,
}

impl People {
    /// At start: as long as no administrator can sign in, a new link with which one can.
    pub async fn first_start(&self) -> Result<FirstStart, AppError> {
        if person::an_admin_is_ready(&self.store).await? {
            return Ok(FirstStart::Settled);
        }
        if self.root().await?.is_none() {
            return Ok(FirstStart::NoCity);
        }
        let Some(admin) = person::admins(&self.store).await?.into_iter().next() else {
            let token = Token::random();
            let link = FirstLink { sha: token.sha(), expires: self.clock.now() + HOLDS };
            self.store.commit(Batch::new("first start").with(link.put())).await?;
            return Ok(FirstStart::Link { account: None, token });
        };
        let mut recording = self.recording(&system(admin.area));
        loop {
            recording.begin().await?;
            let (token, link) = self.link(admin.id);
            let batch = link.into_iter().fold(Batch::new("first start"), Batch::with);
            let sent = Deed::SendLink { person: admin.id, taken: false };
            if recording.commit(batch, vec![(Some(admin.area), sent)]).await? {
                return Ok(FirstStart::Link { account: Some(admin.account), token });
            }
        }
    }

    /// What a link is for, as long as it holds.
    pub async fn link_for(&self, link: &Token) -> Result<LinkFor, AppError> {
        match self.first_link(link).await? {
            Some(_) => Ok(LinkFor::First),
            None => Ok(LinkFor::Account(self.link_person(link).await?.account)),
        }
    }

    /// Makes the first administrator, who answers for the whole city; the link is used up. Gives the account.
    pub async fn set_up(&self, link: &Token, new: &SetUp<'_>) -> Result<String, AppError> {
        let absent = || AppError::NotFound { what: "link" };
        let first = self.first_link(link).await?.ok_or_else(absent)?;
        let area = self.root().await?.ok_or(AppError::NotFound { what: "area" })?;
        let (account, name) = (new.account.to_owned(), new.name.to_owned());
        let admin = self.draft(&NewPerson { account, name, role: Role::Admin, area, unit: None })?;
        password::check(&admin.account, new.password)?;
        let hash = self.node.hasher.hash(new.password).await?;
        let mut recording = Recording::new(&self.store, self.clock.now(), themself(&admin));
        loop {
            recording.begin().await?;
            let batch = Batch::new("set up")
                .with(first.used())
                .with(admin.insert())
                .with(person::set_password(admin.id, &hash));
            let set = Deed::SetPassword { person: admin.id, by: Proof::Link };
            let told = vec![deeds::account(None, &admin), (Some(area), set)];
            match recording.commit(batch, told).await {
                Err(CommitError::Conflict { .. }) => return Err(absent()),
                Err(CommitError::Duplicate { .. }) => {
                    return Err(AppError::field("/account", "taken", "this account exists; choose another"));
                }
                Err(error) => return Err(error.into()),
                Ok(false) => {}
                Ok(true) => return Ok(admin.account),
            }
        }
    }

    /// Sets the password of the person a link was made for; the link is used up and all their sessions end.
    pub async fn use_link(&self, link: &Token, new: &str) -> Result<String, AppError> {
        let person = self.link_person(link).await?;
        password::check(&person.account, new)?;
        let hash = self.node.hasher.hash(new).await?;
        let mut recording = Recording::new(&self.store, self.clock.now(), themself(&person));
        loop {
            recording.begin().await?;
            let batch = Batch::new("use link")
                .with(session::use_link(&link.sha(), self.clock.now()))
                .with(person::set_password(person.id, &hash))
                .with(session::drop_links(person.id))
                .with(session::end_all(person.id));
            let deed = Deed::SetPassword { person: person.id, by: Proof::Link };
            match recording.commit(batch, vec![(Some(person.area), deed)]).await {
                Err(CommitError::Conflict { .. }) => return Err(AppError::NotFound { what: "link" }),
                Err(error) => return Err(error.into()),
                Ok(false) => {}
                Ok(true) => {
                    self.node.cache.end_all(person.id);
                    return Ok(person.account);
                }
            }
        }
    }

    /// Takes someone's password away, ends their sessions, and gives a new set-up link for them.
    pub async fn reset(&self, who: &Actor, id: PersonId) -> Result<Token, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let person = self.person_for(who, StaffAct::ChangePerson, id).await?;
            if person.disabled {
                return Err(AppError::field("/disabled", "closed", "open the account first"));
            }
            let (token, link) = self.link(id);
            let batch =
                Batch::new("reset password").with(person::take_password(id)).with(session::end_all(id));
            let batch = link.into_iter().fold(batch, Batch::with);
            let deed = Deed::SendLink { person: id, taken: true };
            if recording.commit(batch, vec![(Some(person.area), deed)]).await? {
                self.node.cache.end_all(id);
                return Ok(token);
            }
        }
    }

    /// The same by account, for the command line of whoever runs the machine.
    pub async fn reset_account(&self, account: &str) -> Result<Token, AppError> {
        let person = person::by_account(&self.store, &account_of(account)).await?;
        let person = person.ok_or(AppError::NotFound { what: "person" })?;
        self.reset(&crate::people::system(person.area), person.id).await
    }

    /// A link and what makes it the only one of its person.
    pub(crate) fn link(&self, person: PersonId) -> (Token, [Statement; 2]) {
        let token = Token::random();
        let add = session::add_link(&token.sha(), person, self.clock.now() + HOLDS);
        (token, [session::drop_links(person), add])
    }

    async fn first_link(&self, link: &Token) -> Result<Option<FirstLink>, AppError> {
        let known = session::first_link(&self.store).await?;
        Ok(known.filter(|it| it.sha == link.sha() && it.expires > self.clock.now()))
    }

    /// The area of the whole city; `None` as long as no area was imported.
    async fn root(&self) -> Result<Option<AreaId>, AppError> {
        Ok(ground::all(&self.store, self.today()).await?.first().map(|it| it.area))
    }

    async fn link_person(&self, link: &Token) -> Result<Person, AppError> {
        let absent = || AppError::NotFound { what: "link" };
        let id = session::link(&self.store, &link.sha(), self.clock.now()).await?.ok_or_else(absent)?;
        person::by_id(&self.store, id).await?.ok_or_else(absent)
    }
}

/// Someone as the record names them when they do something to their own account.
pub(super) fn themself(person: &Person) -> By {
    By { person: Some(person.id), role: person.role, unit: person.unit }
}
