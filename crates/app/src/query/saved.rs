//! Queries that people save for themselves: a name and the text of the box. Nobody else sees them.

use crate::{App, AppError};
use domain::id::{PersonId, SavedQueryId};
use domain::policy::Actor;
use domain::query::MOST;
use store::query::{self, SavedQuery};
use store::{Batch, CommitError};

/// So many may each have.
const EACH: usize = 100;
/// The longest name, characters.
const NAME_MOST: usize = 40;

/// Someone's own, oldest first.
pub async fn saved(app: &App, who: &Actor) -> Result<Vec<SavedQuery>, AppError> {
    Ok(query::saved(&app.store, person(who)?).await?)
}

/// Saves a query under an id of the client's, or changes the one that has it. Whether it is new.
pub async fn save(
    app: &App,
    who: &Actor,
    id: SavedQueryId,
    name: &str,
    text: &str,
) -> Result<(SavedQuery, bool), AppError> {
    let person = person(who)?;
    let (name, text) = (name.trim(), text.trim());
    if !(1..=NAME_MOST).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AppError::field("/name", "range", format!("a name has 1 to {NAME_MOST} characters")));
    }
    if !(1..=MOST).contains(&text.chars().count()) || text.chars().any(char::is_control) {
        return Err(AppError::field("/query", "range", format!("a query has 1 to {MOST} characters")));
    }
    let known = query::saved_one(&app.store, id).await?;
    // Another's id is as good as none: it tells nobody that it is taken.
    let created = match &known {
        Some(known) if known.person == person => known.created,
        Some(_) => return Err(AppError::NotFound { what: "saved query" }),
        None if query::saved(&app.store, person).await?.len() >= EACH => {
            let says = format!("{EACH} queries are saved at most; take one away first");
            return Err(AppError::Blocked { why: says });
        }
        None => app.clock.now(),
    };
    let saved = SavedQuery { id, person, name: name.to_owned(), query: text.to_owned(), created };
    let write = if known.is_some() { saved.update() } else { saved.insert() };
    app.store.commit(Batch::new("save query").with(write)).await?;
    Ok((saved, known.is_none()))
}

/// Takes one of one's own away.
pub async fn forget(app: &App, who: &Actor, id: SavedQueryId) -> Result<(), AppError> {
    match app.store.commit(Batch::new("forget query").with(query::forget(id, person(who)?))).await {
        Err(CommitError::Conflict { .. }) => Err(AppError::NotFound { what: "saved query" }),
        done => Ok(done?),
    }
}

fn person(who: &Actor) -> Result<PersonId, AppError> {
    who.person.ok_or(AppError::Unauthorized)
}
