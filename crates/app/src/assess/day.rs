//! Days: made once after midnight, kept with their hash, made again to compare.

use std::time::Instant;

use domain::audit::{Hash, sha256};
use domain::policy::{Actor, ScoreAct};
use domain::score::Book;
use domain::score::book::RULES;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use store::assess::{self, Day};
use store::{Batch, CommitError, lease};

use super::gather::{Span, book};
use super::{permit, recipe, whole};
use crate::{App, AppError};

/// A day is made so long after its end: what was done before midnight is written down by then.
pub const SETTLED: SignedDuration = SignedDuration::from_secs(60);
/// Days that are made after a pause, at most.
pub const MOST_MISSING: i32 = 62;
const LEASE: &str = "assess";
const LEASE_MS: i64 = 120_000;

/// A day made again beside the one that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// As it is kept.
    pub kept: Day,
    /// Hash of the one made again.
    pub again: Hash,
    /// Outcomes of the one made again.
    pub n_rows: u32,
    /// The first difference in words; `None` when they are equal in every byte.
    pub difference: Option<String>,
}

/// The midnights at the beginning and end of a day.
pub fn bounds(zone: &TimeZone, day: Date) -> (Timestamp, Timestamp) {
    let midnight = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX);
    (midnight(day), midnight(day.tomorrow().unwrap_or(day)))
}

/// Yesterday, as soon as it has settled; else the day before.
pub fn last_over(app: &App) -> Date {
    let now = app.clock.now() - SETTLED;
    let today = app.city().zone.to_datetime(now).date();
    today.yesterday().unwrap_or(today)
}

/// Makes and keeps a day that is over and not kept yet; gives it as it is kept.
pub async fn make(app: &App, day: Date) -> Result<Day, AppError> {
    make_under(app, day, None).await
}

async fn make_under(app: &App, day: Date, held: Option<&lease::Held>) -> Result<Day, AppError> {
    if let Some(known) = assess::days(&app.store, day, day).await?.pop() {
        return Ok(known);
    }
    if day > last_over(app) {
        let why =
            format!("{day} is not over; its book is made after midnight, {} s later", SETTLED.as_secs());
        return Err(AppError::Blocked { why });
    }
    let (begin, until) = bounds(&app.city().zone, day);
    let last_seq = assess::last_seq(&app.store).await?;
    let begun = Instant::now();
    let made = book(app, Span { begin, until, last_seq }).await?;
    let (recipe, _) = recipe::followed_at(app, until).await?;
    let body = made.encode();
    let kept = Day {
        day,
        until,
        last_seq,
        recipe,
        rules: RULES,
        code: env!("CARGO_PKG_VERSION").to_owned(),
        made: app.clock.now(),
        n_rows: made.len() as u32,
        sha256: digest(day, recipe, &body),
    };
    let batch = held.map_or_else(|| Batch::new("day"), |held| Batch::new("day").with(held.guard()));
    match app.store.commit(batch.with(kept.insert(body))).await {
        Ok(()) => {
            tracing::info!(%day, rows = kept.n_rows, hash = %kept.sha256, ms = begun.elapsed().as_millis() as u64, "made the book of a day");
            Ok(kept)
        }
        Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {
            let known = assess::days(&app.store, day, day).await?.pop();
            known.ok_or(AppError::Contended)
        }
        Err(error) => Err(error.into()),
    }
}

/// What a day's hash is over.
fn digest(day: Date, recipe: u32, body: &[u8]) -> Hash {
    let head = format!("gridward day {day} recipe {recipe} rules {RULES}\n");
    sha256(&[head.as_bytes(), body].concat())
}

/// Makes a kept day again, of the same part of the log, and compares every byte. Nothing is saved.
pub async fn verify(app: &App, who: &Actor, day: Date) -> Result<Compared, AppError> {
    permit(who, ScoreAct::VerifyDay, &whole(app), None, "day")?;
    let kept = assess::days(&app.store, day, day).await?.pop().ok_or(AppError::NotFound { what: "day" })?;
    let (_, held) =
        assess::bodies(&app.store, day, day).await?.pop().ok_or(AppError::NotFound { what: "day" })?;
    if kept.rules != RULES {
        let why = format!(
            "{day} was made by rules {}, and this program has rules {RULES}: compare with version {}",
            kept.rules, kept.code
        );
        return Err(AppError::Blocked { why });
    }
    let (begin, until) = bounds(&app.city().zone, day);
    let until = until.min(kept.until);
    let again = book(app, Span { begin, until, last_seq: kept.last_seq }).await?;
    let body = again.encode();
    let hash = digest(day, kept.recipe, &body);
    let held_hash = digest(day, kept.recipe, &held);
    let difference = if held_hash != kept.sha256 {
        Some("what is kept does not have the hash that is kept with it: it was altered".to_owned())
    } else if body == held {
        None
    } else {
        Some(first_difference(&held, &again))
    };
    Ok(Compared { kept, again: hash, n_rows: again.len() as u32, difference })
}

fn first_difference(held: &[u8], again: &Book) -> String {
    let held = match Book::decode(held) {
        Ok(held) => held,
        Err(fault) => return fault.to_string(),
    };
    let told = |row: Option<domain::score::Row>| {
        row.map_or("nothing".to_owned(), |row| {
            format!(
                "{} of {} at {} ({})",
                row.measure.as_str(),
                row.source,
                row.at,
                if row.good { "good" } else { "not" }
            )
        })
    };
    for at in 0..held.len().max(again.len()) {
        let (one, other) =
            ((at < held.len()).then(|| held.row(at)), (at < again.len()).then(|| again.row(at)));
        if one != other {
            return format!("outcome {}: kept is {}, made again is {}", at + 1, told(one), told(other));
        }
    }
    "what stood open at the end of the day differs".to_owned()
}

/// Makes the next missing day, under a lease; the day, if one was made. Called every second by every node.
pub async fn sweep(app: &App, node: &str) -> Result<Option<Date>, AppError> {
    let due = last_over(app);
    let last = assess::last_day(&app.store).await?;
    if last.is_some_and(|last| last >= due) || app.city().root().is_none() {
        return Ok(None);
    }
    let earliest = due.saturating_sub(MOST_MISSING.days());
    let next = last.and_then(|last| last.tomorrow().ok()).unwrap_or(due).max(earliest);
    let now_ms = app.clock.now().as_millisecond();
    let Some(held) = lease::acquire(&app.store, LEASE, node, now_ms, LEASE_MS).await? else {
        return Ok(None);
    };
    let made = make_under(app, next, Some(&held)).await;
    match lease::release(&app.store, &held).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => made.map(|day| Some(day.day)),
        Err(error) => Err(error.into()),
    }
}

/// Kept days of a time, the newest first.
pub async fn list(app: &App, who: &Actor, from: Date, to: Date) -> Result<Vec<Day>, AppError> {
    permit(who, ScoreAct::SeeRanking, &whole(app), None, "day")?;
    let mut days = assess::days(&app.store, from, to).await?;
    days.reverse();
    Ok(days)
}
