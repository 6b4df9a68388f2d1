//! Outcomes that other rooms keep the record of: visits that were due, referrals that came to a result. In a city that
//! keeps no care register their lines are left out of every score, and it is said so.

use std::collections::HashMap;

use domain::case::By;
use domain::id::AreaId;
use domain::score::Row;
use domain::score::care::{Days, referral_rows, visit_rows};
use domain::{referral, visit};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use store::Fault;
use store::assess::{self, Said};
use uuid::Uuid;

use super::day::bounds;
use super::gather::Span;
use crate::{App, AppError};

struct Zone(TimeZone);

impl Days for Zone {
    fn day_of(&self, at: Timestamp) -> Date {
        self.0.to_datetime(at).date()
    }

    fn end_of(&self, day: Date) -> Timestamp {
        bounds(&self.0, day).1
    }
}

/// Outcomes of visits and referrals that became known in the span.
pub async fn visits_and_referrals(app: &App, span: Span) -> Result<Vec<Row>, AppError> {
    let Span { begin, until, last_seq } = span;
    let store = &app.store;
    let zone = Zone(app.city().zone.clone());
    let visits = assess::visits(store, begin, until).await?;
    let referrals: HashMap<Uuid, AreaId> =
        assess::referrals(store, begin, until).await?.into_iter().collect();
    let mut ids: Vec<Uuid> = referrals.keys().copied().collect();
    ids.sort_unstable();
    let of_visits = assess::logs(store, &visits, until, last_seq).await?;
    let of_referrals = assess::logs(store, &ids, until, last_seq).await?;
    let read = tokio::task::spawn_blocking(move || -> Result<Vec<Row>, AppError> {
        let mut rows = Vec::new();
        for log in of_visits.chunk_by(|a, b| a.case == b.case) {
            rows.extend(visit_rows(log[0].case, &parsed::<visit::Act>(log)?, until, &zone));
        }
        for log in of_referrals.chunk_by(|a, b| a.case == b.case) {
            let acts = parsed::<referral::Act>(log)?;
            let moved = acts.iter().find_map(|(_, _, act)| match act {
                referral::Act::Move { from, .. } => Some(*from),
                _ => None,
            });
            let grid = moved.or(referrals.get(&log[0].case).copied()).unwrap_or(AreaId(0));
            rows.extend(referral_rows(log[0].case, grid, &acts, until));
        }
        Ok(rows)
    });
    let mut rows = read.await.expect("reading visits does not panic")?;
    rows.retain(|row| begin <= row.at && row.at < until);
    Ok(rows)
}

fn parsed<A: DeserializeOwned>(log: &[Said]) -> Result<Vec<(Timestamp, By, A)>, AppError> {
    let bad = |it: &Said, why: serde_json::Error| {
        let (what, why) = (format!("an entry of visit or referral {}", it.case), why.to_string());
        AppError::Fault(Fault::Nonsense { what, why })
    };
    let read = |it: &Said| {
        let by = serde_json::from_str(&it.by).map_err(|why| bad(it, why))?;
        let act = serde_json::from_str(&it.act).map_err(|why| bad(it, why))?;
        Ok((it.at, by, act))
    };
    log.iter().map(read).collect()
}
