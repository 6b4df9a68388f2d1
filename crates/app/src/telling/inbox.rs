//! The inbox: a person's own notices, with those of the desk or unit they work at. What one at a desk has read, the desk
//! has read.

use crate::{App, AppError};
use domain::policy::{Actor, Role};
use store::Batch;
use store::notice::{self, Inbox, Placed};
use uuid::Uuid;

/// The most notices of a page.
const MOST: u32 = 200;

/// A page of an inbox.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub items: Vec<Placed>,
    /// How many are unread in all.
    pub unread: u64,
    /// Where the next page begins; `None` at the end.
    pub next: Option<i64>,
}

/// Whose notices these are.
pub fn mine(who: &Actor) -> Result<Inbox, AppError> {
    let person = who.person.ok_or(AppError::Unauthorized)?;
    let desk = (who.role == Role::Desk).then_some(who.area);
    let unit = who.unit.filter(|_| who.role == Role::Handler);
    Ok(Inbox { person, desk, unit })
}

/// The next notices before a place (`None` from the newest).
pub async fn page(
    app: &App,
    who: &Actor,
    only_unread: bool,
    before: Option<i64>,
    limit: u32,
) -> Result<Page, AppError> {
    let inbox = mine(who)?;
    let limit = limit.clamp(1, MOST);
    let mut items =
        notice::inbox(&app.store, inbox, only_unread, before.unwrap_or(i64::MAX), limit + 1).await?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.seq);
    Ok(Page { items, unread: notice::unread(&app.store, inbox).await?, next })
}

/// What came after a place, oldest first.
pub async fn since(app: &App, who: &Actor, after: i64) -> Result<Vec<Placed>, AppError> {
    Ok(notice::since(&app.store, mine(who)?, after, MOST).await?)
}

/// How many are unread.
pub async fn unread(app: &App, who: &Actor) -> Result<u64, AppError> {
    Ok(notice::unread(&app.store, mine(who)?).await?)
}

/// Marks one as read; a second time does nothing.
pub async fn read(app: &App, who: &Actor, id: Uuid) -> Result<(), AppError> {
    let inbox = mine(who)?;
    if !notice::is_in(&app.store, inbox, id).await? {
        return Err(AppError::NotFound { what: "notice" });
    }
    Ok(app.store.commit(Batch::new("read notice").with(inbox.read_one(id, app.clock.now()))).await?)
}

/// Marks everything up to a place as read.
pub async fn read_until(app: &App, who: &Actor, seq: i64) -> Result<(), AppError> {
    Ok(app.store.commit(Batch::new("read notices").with(mine(who)?.read_until(seq, app.clock.now()))).await?)
}
