//! Keeping an entry true and lawful: corrections, reviews, extensions, and its end.

use std::collections::BTreeSet;

use domain::audit::Hash;
use domain::care::{Act, Basis, Category, Ended, Held, Need, Particulars, next_review};
use domain::id::{ActId, CareId};
use domain::policy::{Actor, CareAct};
use domain::stream::{Stream, StreamId};
use jiff::civil::Date;
use serde::Serialize;
use store::{Batch, CommitError, Statement};

use super::file::{File, open, private_hash};
use super::{ending, enrol};
use crate::stream::{self, TRIES};
use crate::{App, AppError};

/// What an entry should say instead. What is absent stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Correction {
    /// Who it is, whole.
    pub person: Option<Particulars>,
    /// Why they are in the register.
    pub category: Option<Category>,
    /// What the entry is for.
    pub purpose: Option<String>,
    /// What they need.
    pub needs: Option<BTreeSet<Need>>,
    /// A visit every so many days.
    pub every_days: Option<u16>,
}

/// What is done to an entry.
#[derive(Clone, Debug, Serialize)]
pub enum Keeping {
    /// 更正.
    Correct(Box<Correction>),
    /// 复核: all is still so; the next look, three months on when it is not said.
    Review {
        /// The next look.
        next: Option<Date>,
    },
    /// 续期: on a basis asked anew.
    Extend {
        /// The basis.
        basis: Basis,
        /// The new expiry.
        expiry: Date,
        /// The next look; three months on when it is not said.
        review: Option<Date>,
    },
    /// 结束.
    End {
        /// Why.
        why: Ended,
    },
}

/// How an entry stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What the next correction is decided on.
    pub revision: u32,
    /// The next look; `None` once it has ended.
    pub review: Option<Date>,
    /// When it ends; `None` once it has.
    pub expiry: Option<Date>,
    /// The same was sent before.
    pub replayed: bool,
}

/// Does something to an entry. `seen` is the revision it was decided on, if they say so.
pub async fn keep(
    app: &App,
    who: &Actor,
    id: CareId,
    key: ActId,
    seen: Option<u32>,
    keeping: &Keeping,
) -> Result<Kept, AppError> {
    let request = private_hash(app, &(id, keeping))?;
    if let Some(used) = stream::used(app, key).await? {
        stream::is_again(&used, StreamId::new(Stream::Care, id.0), request)?;
        return again(app, id).await;
    }
    let needed = if matches!(keeping, Keeping::End { .. }) { CareAct::End } else { CareAct::Keep };
    for _ in 0..TRIES {
        let file = open(app, who, needed, id).await?;
        if seen.is_some_and(|seen| seen != file.row.revision) {
            return Err(AppError::Stale { now: file.row.revision });
        }
        let (batch, kept) = plan(app, who, &file, (key, request), keeping).await?;
        match app.store.commit(batch).await {
            Ok(()) => return Ok(kept),
            Err(CommitError::Conflict { .. } | CommitError::Duplicate { .. }) => {
                if let Some(used) = stream::used(app, key).await? {
                    stream::is_again(&used, StreamId::new(Stream::Care, id.0), request)?;
                    return again(app, id).await;
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppError::Contended)
}

async fn again(app: &App, id: CareId) -> Result<Kept, AppError> {
    let row = store::care::one(&app.store, id).await?.ok_or(AppError::NotFound { what: "care entry" })?;
    let (review, expiry) = row.open.as_ref().map(|it| (it.review, it.expiry)).unzip();
    Ok(Kept { revision: row.revision, review, expiry, replayed: true })
}

async fn plan(
    app: &App,
    who: &Actor,
    file: &File,
    (key, request): (ActId, Hash),
    keeping: &Keeping,
) -> Result<(Batch, Kept), AppError> {
    let (today, now) = (app.people.today(), app.clock.now());
    let mut held = file.held.clone();
    let act = match keeping {
        Keeping::End { why } => {
            let batch = ending(app, who, file, *why, (key, request), Batch::new("end care")).await?;
            let revision = file.row.revision + 1;
            return Ok((batch, Kept { revision, review: None, expiry: None, replayed: false }));
        }
        Keeping::Correct(change) => corrected(file, &mut held, change, today)?,
        Keeping::Review { next } => {
            held.terms.review = next.unwrap_or_else(|| next_review(&held, today));
            enrol::faults(&held, today, &BTreeSet::from(["/terms/expiry"]))?;
            Act::Review { next: held.terms.review }
        }
        Keeping::Extend { basis, expiry, review } => {
            (held.terms.basis, held.terms.expiry) = (basis.clone(), *expiry);
            held.terms.review = review.unwrap_or_else(|| next_review(&held, today));
            enrol::faults(&held, today, &BTreeSet::new())?;
            Act::Extend { expiry: *expiry, sealed: file.seal(&held.terms) }
        }
    };
    file.may(&act, today)?;
    let mut trail = file.trail();
    let entry = trail.append(who, now, key, request, &act);
    let mut row = file.holding(app, &trail, &held)?;
    let mut batch = Batch::new("keep care");
    let mut moved: Vec<Statement> = Vec::new();
    if let Some((areas, _)) = held.person.point.and_then(|point| app.city().locate(point))
        && areas.grid.is_some()
        && areas != row.areas
    {
        // They live elsewhere now: the entry, and what is open of it, goes there.
        moved = super::follow::open_things(app, who, row.id, areas).await?;
        row.areas = areas;
    }
    batch = batch.with(row.save(file.row.version));
    batch = moved.into_iter().fold(batch, Batch::with);
    if store::visit::open_of(&app.store, row.id).await?.is_none() {
        batch = batch.and(crate::visit::plan_next(app, who, &file.row, &held, today, request).await?.1);
    }
    let (review, expiry) = (Some(held.terms.review), Some(held.terms.expiry));
    Ok((batch.with(entry), Kept { revision: row.revision, review, expiry, replayed: false }))
}

fn corrected(file: &File, held: &mut Held, change: &Correction, today: Date) -> Result<Act, AppError> {
    if let Some(person) = &change.person {
        held.person = person.clone();
    }
    let terms = &mut held.terms;
    terms.category = change.category.unwrap_or(terms.category);
    terms.every_days = change.every_days.unwrap_or(terms.every_days);
    if let Some(purpose) = &change.purpose {
        terms.purpose.clone_from(purpose);
    }
    if let Some(needs) = &change.needs {
        terms.needs.clone_from(needs);
    }
    let fields = file.held.differences(held);
    if fields.is_empty() {
        return Err(AppError::field("", "missing", "nothing would change; name what is to be corrected"));
    }
    enrol::faults(held, today, &BTreeSet::from(["/terms/expiry", "/terms/review"]))?;
    Ok(Act::Correct { fields, sealed: file.seal(&held) })
}
