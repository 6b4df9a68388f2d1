//! One-time set-up links: how someone gets their first password, or a new one, without anybody else knowing it.
//! No account has a password that came with the program.

use domain::case::By;
use domain::deed::{Deed, Proof};
use domain::id::PersonId;
use domain::policy::{Actor, Role, StaffAct};
use jiff::SignedDuration;
use store::person::{self, Person};
use store::session;
use store::{Batch, CommitError, Statement, ground};

use super::account_of;
use super::password;
use crate::AppError;
use crate::deeds::{self, Recording};
use crate::people::{People, new_id, system};
use crate::token::Token;

/// How long a link holds.
const HOLDS: SignedDuration = SignedDuration::from_hours(24);
/// Account of the first administrator.
const FIRST: &str = "admin";

/// What the first start found.
#[derive(Clone, Debug)]
pub enum FirstStart {
    /// An administrator can sign in: nothing to do.
    Settled,
    /// There is no area yet that an administrator could answer for: import the city first.
    NoCity,
    /// Give this to whoever runs the city; it sets the password of `account` and holds for 24 hours.
    Link {
        /// The administrator's account.
        account: String,
        /// For the link.
        token: Token,
    },
}

impl People {
    /// At start: as long as no administrator can sign in, makes one with a new set-up link.
    pub async fn first_start(&self) -> Result<FirstStart, AppError> {
        if person::an_admin_is_ready(&self.store).await? {
            return Ok(FirstStart::Settled);
        }
        let Some(city) = ground::all(&self.store, self.today()).await?.into_iter().next() else {
            return Ok(FirstStart::NoCity);
        };
        let known = person::admins(&self.store).await?.into_iter().next();
        let is_new = known.is_none();
        let admin = known.unwrap_or_else(|| Person {
            id: new_id(self.clock.now()),
            account: FIRST.to_owned(),
            name: FIRST.to_owned(),
            role: Role::Admin,
            area: city.area,
            unit: None,
            disabled: false,
            created: self.clock.now(),
        });
        let (token, link) = self.link(admin.id);
        let batch = Batch::new("first start");
        let batch = if is_new { batch.with(admin.insert()) } else { batch };
        let sent = (Some(admin.area), Deed::SendLink { person: admin.id, taken: false });
        let opened = is_new.then(|| deeds::account(None, &admin));
        let told = opened.into_iter().chain([sent]).collect();
        let mut recording = self.recording(&system(admin.area));
        recording.begin().await?;
        match recording.commit(link.into_iter().fold(batch, Batch::with), told).await {
            Ok(false) => Ok(FirstStart::Settled), // another node was faster
            Err(CommitError::Duplicate { .. }) if is_new => {
                // Another node was faster, or someone else is called so.
                match person::by_account(&self.store, FIRST).await?.filter(|it| it.role == Role::Admin) {
                    Some(_) => Ok(FirstStart::Settled),
                    None => Err(AppError::field(
                        "/account",
                        "taken",
                        "the account admin is not an administrator's",
                    )),
                }
            }
            Err(error) => Err(error.into()),
            Ok(true) => Ok(FirstStart::Link { account: admin.account, token }),
        }
    }

    /// The account that a link is for.
    pub async fn link_account(&self, link: &Token) -> Result<String, AppError> {
        Ok(self.link_person(link).await?.account)
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
