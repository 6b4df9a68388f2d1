//! How each wants to be told: language, quiet hours, ways; their addresses and browsers, which are sealed. And the key by
//! which browsers know that a push comes from this city (VAPID, RFC 8292).

use crate::people::new_id;
use crate::{App, AppError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::PersonId;
use domain::policy::Actor;
use domain::telling::Quiet;
use serde::{Deserialize, Serialize};
use store::telling::{self, Browser, Choice, Sealed};
use store::{Batch, CommitError};
use uuid::Uuid;

use super::push::{Subscription, Vapid};

/// So many browsers may each have.
const BROWSERS: usize = 10;
const VAPID: &str = "vapid";

/// Where someone is reached; personal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// For mail.
    #[serde(default)]
    pub mail: Option<String>,
    /// For messages: digits, with a plus in front of a country.
    #[serde(default)]
    pub phone: Option<String>,
}

/// How someone wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// `zh` or `en`.
    pub language: String,
    /// When only what is urgent.
    pub quiet: Option<Quiet>,
    /// By their browsers.
    pub push: bool,
    /// By mail.
    pub mail: bool,
    /// By message.
    pub sms: bool,
    /// Where.
    pub addresses: Addresses,
    /// How many browsers take pushes.
    pub n_browsers: usize,
}

/// One's own; what holds before one has chosen is the inbox and one's browsers.
pub async fn choices(app: &App, who: &Actor) -> Result<Choices, AppError> {
    of(app, person(who)?).await
}

pub(super) async fn of(app: &App, person: PersonId) -> Result<Choices, AppError> {
    let n_browsers = telling::browsers(&app.store, person).await?.len();
    let Some(choice) = telling::choice(&app.store, person).await? else {
        let (language, addresses) = ("zh".to_owned(), Addresses::default());
        return Ok(Choices {
            language,
            quiet: None,
            push: true,
            mail: false,
            sms: false,
            addresses,
            n_browsers,
        });
    };
    let addresses = match &choice.sealed {
        Some(sealed) => opened(app, "telling/addresses", sealed).await?.unwrap_or_default(),
        None => Addresses::default(),
    };
    let Choice { language, quiet, push, mail, sms, .. } = choice;
    Ok(Choices { language, quiet, push, mail, sms, addresses, n_browsers })
}

/// Changes one's own.
pub async fn choose(app: &App, who: &Actor, new: Choices) -> Result<Choices, AppError> {
    let person = person(who)?;
    check(&new)?;
    let now = app.clock.now();
    let mut batch = Batch::new("telling choice");
    let known = telling::choice(&app.store, person).await?.and_then(|known| known.sealed);
    if let Some(old) = &known {
        batch = batch.with(crate::vault::erase(old.key));
    }
    let mut sealed = None;
    if new.addresses != Addresses::default() {
        let (key, text, statement) = seal(app, "telling/addresses", &new.addresses)?;
        batch = batch.with(statement);
        sealed = Some(Sealed { key, text });
    }
    let Choices { language, quiet, push, mail, sms, .. } = new.clone();
    let choice = Choice { person, language, quiet, push, mail, sms, sealed, changed: now };
    app.store.commit(batch.with(choice.put())).await?;
    choices(app, who).await
}

fn check(new: &Choices) -> Result<(), AppError> {
    if !["zh", "en"].contains(&new.language.as_str()) {
        return Err(AppError::field("/language", "unknown", "zh or en is taken here"));
    }
    let is_mail = |mail: &str| {
        let plain = mail.len() <= 200
            && mail.is_ascii()
            && !mail.contains(|c: char| {
                c.is_ascii_whitespace() || c.is_ascii_control() || "<>,;\"\\".contains(c)
            });
        plain
            && mail
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
    };
    if new.addresses.mail.as_deref().is_some_and(|mail| !is_mail(mail)) {
        return Err(AppError::field("/mail_address", "format", "an address is written name@host"));
    }
    let is_phone = |phone: &str| {
        let digits = phone.strip_prefix('+').unwrap_or(phone);
        (5..=15).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit())
    };
    if new.addresses.phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
        return Err(AppError::field(
            "/phone",
            "format",
            "a number has 5 to 15 digits, with + in front of a country's",
        ));
    }
    if new.mail && new.addresses.mail.is_none() {
        return Err(AppError::field("/mail_address", "missing", "mail needs an address"));
    }
    if new.sms && new.addresses.phone.is_none() {
        return Err(AppError::field("/phone", "missing", "messages need a number"));
    }
    Ok(())
}

/// A browser of one's own takes pushes from now on; the same again does nothing.
pub async fn add_browser(
    app: &App,
    who: &Actor,
    id: Uuid,
    subscription: Subscription,
) -> Result<bool, AppError> {
    let person = person(who)?;
    subscription.check(&app.outside)?;
    match telling::browser(&app.store, id).await? {
        Some(known) if known.person == person => return Ok(false),
        Some(_) => return Err(AppError::NotFound { what: "browser" }),
        None => {}
    }
    if telling::browsers(&app.store, person).await?.len() >= BROWSERS {
        return Err(AppError::Blocked {
            why: format!("{BROWSERS} browsers take pushes at most; take one out first"),
        });
    }
    let (key, text, statement) = seal(app, "telling/browser", &subscription)?;
    let browser = Browser { id, person, sealed: Sealed { key, text }, made: app.clock.now() };
    app.store.commit(Batch::new("add browser").with(statement).with(browser.insert())).await?;
    Ok(true)
}

/// A browser of one's own takes none any more.
pub async fn drop_browser(app: &App, who: &Actor, id: Uuid) -> Result<(), AppError> {
    let person = person(who)?;
    let known = telling::browser(&app.store, id).await?.filter(|known| known.person == person);
    let known = known.ok_or(AppError::NotFound { what: "browser" })?;
    forget(app, &known).await
}

pub(super) async fn forget(app: &App, browser: &Browser) -> Result<(), AppError> {
    let batch = Batch::new("drop browser").with(telling::drop_browser(browser.id));
    Ok(app.store.commit(batch.with(crate::vault::erase(browser.sealed.key))).await?)
}

/// The city's public key for pushes, as browsers take it.
pub async fn push_key(app: &App) -> Result<String, AppError> {
    Ok(URL_SAFE_NO_PAD.encode(vapid(app).await?.public()))
}

/// The city's key for pushes, made when it is first needed.
pub(super) async fn vapid(app: &App) -> Result<Vapid, AppError> {
    loop {
        if let Some(sealed) = telling::key(&app.store, VAPID).await? {
            let pkcs8: Vec<u8> =
                opened(app, "telling/vapid", &sealed).await?.ok_or(AppError::NotFound { what: "key" })?;
            return Vapid::read(&pkcs8);
        }
        let pkcs8 = Vapid::make();
        let (key, text, statement) = seal(app, "telling/vapid", &pkcs8)?;
        let batch =
            Batch::new("push key").with(statement).with(telling::add_key(VAPID, &Sealed { key, text }));
        match app.store.commit(batch).await {
            Ok(()) | Err(CommitError::Duplicate { .. }) => {} // another node was faster
            Err(error) => return Err(error.into()),
        }
    }
}

fn seal(
    app: &App,
    about: &str,
    value: &impl Serialize,
) -> Result<(Uuid, String, store::Statement), AppError> {
    let now = app.clock.now();
    let key = new_id(now).0;
    let (statement, data_key) = app.vault.new_key(key, now)?;
    Ok((key, data_key.seal_text(about, value), statement))
}

pub(super) async fn opened<T: serde::de::DeserializeOwned>(
    app: &App,
    about: &str,
    sealed: &Sealed,
) -> Result<Option<T>, AppError> {
    match app.vault.key(&app.store, sealed.key).await? {
        Some(key) => key.open_text(about, &sealed.text).map(Some),
        None => Ok(None),
    }
}

fn person(who: &Actor) -> Result<PersonId, AppError> {
    who.person.ok_or(AppError::Unauthorized)
}
