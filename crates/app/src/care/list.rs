//! Names in lists: each is put on record once a day for its reader and reason, before it is told. A list says who and
//! where, and never why: it may be read over a shoulder.

use std::collections::HashMap;

use domain::area::Level;
use domain::care::{Act, Category, Held, ReadReason};
use domain::id::{ActId, AreaId, CareId, PersonId, PurposeId};
use domain::policy::{Actor, CareAct, CareReach, care_reach};
use store::care::{self, CareRow, Listed, Purpose};
use store::{Batch, CommitError};

use super::file::{File, covering, file_of, open_row, private_hash, purposes};
use crate::people::new_id;
use crate::stream::TRIES;
use crate::{App, AppError};

/// Which entries a list shows.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Why.
    pub reason: ReadReason,
    /// Under this area; their own when absent.
    pub area: Option<AreaId>,
    /// Only of this category; for those who read for a purpose.
    pub category: Option<Category>,
    /// Only those after this.
    pub after: Option<CareId>,
    /// At most so many, 1 to 200.
    pub limit: u32,
}

/// Someone in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The entry.
    pub id: CareId,
    /// Their name.
    pub name: String,
    /// Where they live, in words.
    pub address: String,
    /// The grid.
    pub grid: AreaId,
}

/// Entries of one's grids, or those for which one holds a purpose; and where the next page begins.
pub async fn list(app: &App, who: &Actor, asked: &Asked) -> Result<(Vec<Named>, Option<CareId>), AppError> {
    let held = purposes(app, who, CareAct::List).await?;
    let listed = match care_reach(who.role, CareAct::List) {
        CareReach::Grids => {
            let grids: Vec<AreaId> =
                who.grids.iter().copied().filter(|grid| under(app, *grid, asked.area)).collect();
            if asked.category.is_some() {
                let detail = "a list of one's grids says nobody's category; open the entry";
                return Err(AppError::field("?category", "unknown_field", detail));
            }
            Listed { grids, area: None, categories: Vec::new(), after: asked.after }
        }
        CareReach::Purpose if !held.is_empty() => for_purpose(app, who, asked, &held)?,
        _ => {
            return Err(AppError::NotTheirs {
                who: "whoever holds a purpose, or has duty in the grid,",
                what: "list entries of the care register; an administrator of the area grants purposes",
            });
        }
    };
    let limit = asked.limit.clamp(1, 200);
    let rows = care::list(&app.store, &listed, app.people.today(), limit).await?;
    let next = rows.last().map(|row| row.id).filter(|_| rows.len() == limit as usize);
    let rows: Vec<CareRow> =
        rows.into_iter().filter(|row| held.is_empty() || covering(&held, app, row).is_some()).collect();
    let files = name_all(app, who, rows, asked.reason, &held).await?;
    Ok((files.iter().map(named).collect(), next))
}

fn named(file: &File) -> Named {
    Named {
        id: file.row.id,
        name: file.held.person.name.clone(),
        address: file.held.person.address.clone(),
        grid: file.row.grid(),
    }
}

fn under(app: &App, grid: AreaId, area: Option<AreaId>) -> bool {
    area.is_none_or(|area| app.city().ancestors(grid).upwards().any(|above| above == area))
}

/// What a purpose lets someone list: under the area that is asked for, or the largest one they hold.
fn for_purpose(app: &App, who: &Actor, asked: &Asked, held: &[Purpose]) -> Result<Listed, AppError> {
    let city = app.city();
    let area = asked.area.unwrap_or_else(|| held.first().map_or(who.area, |it| it.area));
    let above: Vec<AreaId> = city.ancestors(area).upwards().collect();
    let inside = |it: &&Purpose| above.contains(&it.area) && above.contains(&who.area);
    let categories: Vec<Category> = held
        .iter()
        .filter(inside)
        .flat_map(|it| it.categories.clone())
        .filter(|it| asked.category.is_none_or(|only| only == *it))
        .collect();
    if categories.is_empty() {
        return Err(AppError::NotFound { what: "area" });
    }
    let level = city.area(area).map_or(Level::City, |it| it.level);
    Ok(Listed { grids: Vec::new(), area: Some((level, area)), categories, after: asked.after })
}

/// Entries whose phone ends in these digits, as far as this person may list them.
pub async fn find(app: &App, who: &Actor, tail: &str, reason: ReadReason) -> Result<Vec<Named>, AppError> {
    let digits = domain::care::tail(tail).filter(|it| it.len() == tail.len());
    let bad = || AppError::field("/phone_tail", "format", "the last four digits of the phone");
    let digits = digits.ok_or_else(bad)?;
    let held = purposes(app, who, CareAct::List).await?;
    let rows = care::by_tail(&app.store, app.vault.blind("care_tail", &digits)?).await?;
    let rows: Vec<CareRow> = rows.into_iter().filter(|row| may_list(app, who, row, &held)).collect();
    let files = name_all(app, who, rows, reason, &held).await?;
    Ok(files.iter().map(named).collect())
}

fn may_list(app: &App, who: &Actor, row: &CareRow, held: &[Purpose]) -> bool {
    let facts = domain::policy::CareFacts {
        areas: row.areas,
        purpose: covering(held, app, row).is_some(),
        ..domain::policy::CareFacts::default()
    };
    domain::policy::permit_care(who, CareAct::List, &facts).is_ok()
}

/// Names by entry, for the lists of other rooms; entries that have ended or expired are left out. The caller has seen
/// that this person may.
pub(crate) async fn named_by(
    app: &App,
    who: &Actor,
    ids: &[CareId],
    reason: ReadReason,
) -> Result<HashMap<CareId, Held>, AppError> {
    let rows = care::some(&app.store, ids).await?;
    let files = name_all(app, who, rows, reason, &[]).await?;
    Ok(files.into_iter().map(|file| (file.row.id, file.held)).collect())
}

/// Opens rows for a list, each put on record first.
pub(crate) async fn name_all(
    app: &App,
    who: &Actor,
    rows: Vec<CareRow>,
    reason: ReadReason,
    held: &[Purpose],
) -> Result<Vec<File>, AppError> {
    let today = app.people.today();
    let Some(person) = who.person else { return Ok(Vec::new()) };
    let ids: Vec<uuid::Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut keys = app.vault.many(&app.store, &ids).await?;
    let mut files = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(open) = row.open.clone().filter(|it| it.expiry > today) else { continue };
        let Some(key) = keys.remove(&row.id.0) else { continue };
        let purpose = covering(held, app, &row);
        files.push(File { purpose, ..file_of(row, &open.sealed, key)? });
    }
    let ids: Vec<CareId> = files.iter().map(|file| file.row.id).collect();
    let known = care::were_listed(&app.store, &ids, person, reason, today).await?;
    let new: Vec<&File> = files.iter().filter(|file| !known.contains(&file.row.id)).collect();
    let mut batches = Vec::with_capacity(new.len());
    for file in &new {
        batches.push(listing(app, who, person, file, reason, file.purpose)?);
    }
    let answers = app.store.commit_many(batches).await;
    let mut late = Vec::new();
    for (file, answer) in new.iter().zip(answers) {
        match answer {
            Ok(()) => {}
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => late.push(file.row.id),
            Err(error) => return Err(error.into()),
        }
    }
    let mut gone = Vec::new();
    for id in late {
        if !listed_again(app, who, person, id, reason, held).await? {
            gone.push(id);
        }
    }
    files.retain(|file| !gone.contains(&file.row.id));
    Ok(files)
}

fn listing(
    app: &App,
    who: &Actor,
    person: PersonId,
    file: &File,
    reason: ReadReason,
    purpose: Option<PurposeId>,
) -> Result<Batch, AppError> {
    let (now, day) = (app.clock.now(), app.people.today());
    let mut trail = file.trail();
    let request = private_hash(app, &(file.row.id, person, reason, day))?;
    let act = Act::Listed { reason, purpose, day };
    let entry = trail.append(who, now, ActId(new_id(now).0), request, &act);
    Ok(Batch::new("list care")
        .with(file.touched(&trail).save(file.row.version))
        .with(care::listed(file.row.id, person, reason, day))
        .with(entry))
}

/// Puts a name on record on which others acted meanwhile. Whether it may be told: not when it has ended.
async fn listed_again(
    app: &App,
    who: &Actor,
    person: PersonId,
    id: CareId,
    reason: ReadReason,
    held: &[Purpose],
) -> Result<bool, AppError> {
    for _ in 0..TRIES {
        let today = app.people.today();
        let Some(row) = care::one(&app.store, id).await?.filter(|row| row.open.is_some()) else {
            return Ok(false);
        };
        if care::were_listed(&app.store, &[id], person, reason, today).await?.contains(&id) {
            return Ok(true); // the same person asked twice at once
        }
        let purpose = covering(held, app, &row);
        let file = open_row(app, row).await?;
        match app.store.commit(listing(app, who, person, &file, reason, purpose)?).await {
            Ok(()) => return Ok(true),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}
