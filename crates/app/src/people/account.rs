//! Accounts: who someone is, what their post is, and which area and unit they work for. Only an administrator of an
//! area that covers the account, before and after the change, writes it.

use domain::id::{AreaId, PersonId, UnitId};
use domain::policy::{Actor, Reach, Role, StaffAct, staff_reach};
use store::person::{self, Person};
use store::session;
use store::{Batch, CommitError, Statement, ground, unit};

use super::{People, new_id, permit, tag};
use crate::AppError;
use crate::deeds;
use crate::session::account_of;
use crate::token::Token;

/// Most rows of one page.
const PAGE: u32 = 500;

/// An account to be opened.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// What they will sign in with: 2 to 64 letters, digits, and `. _ - @`; capitals do not matter.
    pub account: String,
    /// As colleagues know them, 1 to 80 characters.
    pub name: String,
    /// Their post.
    pub role: Role,
    /// The area they answer for.
    pub area: AreaId,
    /// The unit they work in; handlers need one.
    pub unit: Option<UnitId>,
}

/// An account that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The account.
    pub person: Person,
    /// For a set-up link, to be given to this person and nobody else; holds for 24 hours.
    pub link: Token,
}

/// What is to be changed; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    /// As colleagues know them.
    pub name: Option<String>,
    /// Their post.
    pub role: Option<Role>,
    /// The area they answer for.
    pub area: Option<AreaId>,
    /// The unit they work in.
    pub unit: Option<Option<UnitId>>,
    /// Closes the account, or opens it again.
    pub disabled: Option<bool>,
}

impl People {
    /// Someone's account, as far as it may be seen.
    pub async fn person(&self, who: &Actor, id: PersonId) -> Result<Person, AppError> {
        self.person_for(who, StaffAct::SeePerson, id).await
    }

    /// The next accounts of an area (else of one's own) and of everything under it, by account: those that may be
    /// seen. `after` is the last account of the page before, `""` at the start; a page has at most 500.
    pub async fn people(
        &self,
        who: &Actor,
        area: Option<AreaId>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Person>, AppError> {
        let absent = AppError::NotFound { what: "area" };
        if staff_reach(who.role, StaffAct::SeePerson) == Reach::Own {
            let own = match who.person {
                Some(id) => self.person(who, id).await?,
                None => return Ok(Vec::new()),
            };
            let inside = area.is_none_or(|area| area == own.area);
            return Ok(if inside && own.account.as_str() > after { vec![own] } else { Vec::new() });
        }
        let area = area.unwrap_or(who.area);
        let ground = ground::of(&self.store, area, self.today()).await?.ok_or(absent)?;
        permit(who, StaffAct::SeePerson, &ground.areas(), None, "area")?;
        Ok(person::page(&self.store, &ground.path, after, limit.min(PAGE)).await?)
    }

    /// Opens an account; its person sets the password by a link.
    pub async fn open_account(&self, who: &Actor, new: NewPerson) -> Result<Opened, AppError> {
        let id = new_id(self.clock.now());
        let (person, link) = self.open_account_as(who, id, new).await?;
        Ok(Opened { person, link: link.expect("a fresh id was not used before") })
    }

    /// The same under an id of the caller's; sent again it opens nothing, and there is no link: another is made by
    /// [`People::reset`].
    pub async fn open_account_as(
        &self,
        who: &Actor,
        id: PersonId,
        new: NewPerson,
    ) -> Result<(Person, Option<Token>), AppError> {
        let person = Person { id, ..self.draft(&new)? };
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            self.ground(who, StaffAct::ChangePerson, person.area, None, "area").await?;
            if let Some(known) = person::by_id(&self.store, id).await? {
                let same = Person { created: person.created, ..known.clone() } == person;
                return if same { Ok((known, None)) } else { Err(AppError::KeyReused) };
            }
            self.check_unit(person.unit).await?;
            let (token, link) = self.link(person.id);
            let batch = Batch::new("open account").with(person.insert());
            let batch = link.into_iter().fold(batch, Batch::with);
            match recording.commit(batch, vec![deeds::account(None, &person)]).await {
                Err(CommitError::Duplicate { .. }) => {
                    return Err(AppError::field("/account", "taken", "this account exists; choose another"));
                }
                Err(error) => return Err(error.into()),
                Ok(true) => return Ok((person, Some(token))),
                Ok(false) => {}
            }
        }
    }

    /// Changes an account. Nobody changes their own post, area or standing: another administrator does.
    pub async fn change_person(
        &self,
        who: &Actor,
        id: PersonId,
        change: PersonChange,
    ) -> Result<Person, AppError> {
        self.change_person_held(who, id, change, None).await
    }

    /// The same by someone who saw the account as it had this tag (see `tag`).
    pub async fn change_person_held(
        &self,
        who: &Actor,
        id: PersonId,
        change: PersonChange,
        held: Option<&str>,
    ) -> Result<Person, AppError> {
        let mut recording = self.recording(who);
        loop {
            recording.begin().await?;
            let (old, new) = self.changed(who, id, &change).await?;
            tag::check(held, &tag::of_person(&old))?;
            let batch = Batch::new("change person").with(new.update());
            let batch = if new.disabled {
                batch.with(session::end_all(id)).with(session::drop_links(id))
            } else {
                batch
            };
            if old == new || recording.commit(batch, vec![deeds::account(Some(&old), &new)]).await? {
                self.node.cache.end_all(id); // new rights hold from now on
                return Ok(new);
            }
        }
    }

    /// The account as it is and as it would be, permitted and checked.
    async fn changed(
        &self,
        who: &Actor,
        id: PersonId,
        change: &PersonChange,
    ) -> Result<(Person, Person), AppError> {
        let old = self.person_for(who, StaffAct::ChangePerson, id).await?;
        let mut new = old.clone();
        if let Some(name) = &change.name {
            name.trim().clone_into(&mut new.name);
        }
        new.role = change.role.unwrap_or(new.role);
        new.area = change.area.unwrap_or(new.area);
        new.unit = change.unit.unwrap_or(new.unit);
        new.disabled = change.disabled.unwrap_or(new.disabled);
        check(&new)?;
        let standing = |it: &Person| (it.role, it.area, it.disabled);
        if who.person == Some(id) && standing(&old) != standing(&new) {
            return Err(AppError::field(
                "/role",
                "own",
                "nobody changes their own post; ask another administrator",
            ));
        }
        if new.area != old.area {
            self.ground(who, StaffAct::ChangePerson, new.area, None, "area").await?;
        }
        if new.unit != old.unit {
            self.check_unit(new.unit).await?;
        }
        Ok((old, new))
    }

    /// Someone on whom this actor may do this; absent and forbidden look the same.
    pub(crate) async fn person_for(
        &self,
        who: &Actor,
        act: StaffAct,
        id: PersonId,
    ) -> Result<Person, AppError> {
        let person = person::by_id(&self.store, id).await?.ok_or(AppError::NotFound { what: "person" })?;
        self.ground(who, act, person.area, Some(id), "person").await?;
        Ok(person)
    }

    /// The account as it would be, checked; not yet stored, and without a password.
    pub(crate) fn draft(&self, new: &NewPerson) -> Result<Person, AppError> {
        let person = Person {
            id: new_id(self.clock.now()),
            account: account_of(&new.account),
            name: new.name.trim().to_owned(),
            role: new.role,
            area: new.area,
            unit: new.unit,
            disabled: false,
            created: self.clock.now(),
        };
        if new.account.trim().chars().count() > 64 {
            return Err(AppError::field("/account", "range", ACCOUNT));
        }
        check(&person)?;
        Ok(person)
    }

    async fn check_unit(&self, id: Option<UnitId>) -> Result<(), AppError> {
        let Some(id) = id else { return Ok(()) };
        match unit::by_id(&self.store, id).await? {
            Some(unit) if !unit.ended => Ok(()),
            _ => Err(AppError::field("/unit", "unknown", "there is no such unit")),
        }
    }
}

const ACCOUNT: &str = "an account has 2 to 64 letters, digits, dots, hyphens, underscores or @";

/// What makes an account valid in itself.
fn check(person: &Person) -> Result<(), AppError> {
    let account = &person.account;
    let is_plain = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    if account.chars().count() < 2 || !account.chars().all(is_plain) {
        return Err(AppError::field("/account", "format", ACCOUNT));
    }
    if person.name.is_empty() || person.name.chars().count() > 80 || person.name.chars().any(char::is_control)
    {
        return Err(AppError::field("/name", "range", "a name has 1 to 80 characters"));
    }
    if matches!(person.role, Role::Resident | Role::System) {
        return Err(AppError::field(
            "/role",
            "unknown",
            "an account is a worker's, a desk's, a handler's, a leader's, an analyst's or an admin's",
        ));
    }
    if person.role == Role::Handler && person.unit.is_none() {
        return Err(AppError::field("/unit", "missing", "a handler works in a unit"));
    }
    Ok(())
}

/// Adding or changing an account as one statement.
pub(super) fn written(old: Option<&Person>, new: &Person) -> Statement {
    if old.is_some() { new.update() } else { new.insert() }
}
