//! `gridward assess`: books of days made, made again and compared, and a month's scores made anew.

use super::Here;
use crate::cli::Assess;
use crate::out::{End, Failed, because, give, give_json, plain};
use app::assess::{day, workers};
use app::people::system;
use app::{App, AppError};
use domain::month::Month;
use domain::policy::Actor;
use jiff::civil::Date;
use serde_json::json;
use std::time::Instant;

/// Runs it.
pub async fn assess(here: &Here, command: Assess) -> Result<End, Failed> {
    match command {
        Assess::Snapshot { day, to, db, json } => {
            let app = here.found_app(&db).await?;
            let first = day.unwrap_or_else(|| day::last_over(&app));
            snapshot(&app, first, to.unwrap_or(first), json).await
        }
        Assess::Verify { day, to, db, json } => {
            let app = here.found_app(&db).await?;
            let first = day.unwrap_or_else(|| day::last_over(&app));
            verify(&app, first, to.unwrap_or(first), json).await
        }
        Assess::Rescore { month, db, json } => {
            let app = here.found_app(&db).await?;
            rescore(&app, month, json).await
        }
    }
}

fn failed(error: AppError) -> Failed {
    because("the assessment", error)
}

fn operator(app: &App) -> Result<Actor, Failed> {
    let root = app.city().root().map(|root| root.id);
    root.map(system).ok_or_else(|| plain("this database holds no city"))
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    let mut next = Some(first);
    std::iter::from_fn(move || {
        let day = next.filter(|day| *day <= last)?;
        next = day.tomorrow().ok();
        Some(day)
    })
}

async fn snapshot(app: &App, first: Date, last: Date, as_json: bool) -> Result<End, Failed> {
    if first > last {
        return Err(plain(format!("{first} is after {last}: name the first day, then the last")));
    }
    for day in days(first, last) {
        let begun = Instant::now();
        let made = day::make(app, day).await.map_err(failed)?;
        let took_ms = begun.elapsed().as_millis();
        if as_json {
            give_json(
                &json!({ "day": day.to_string(), "outcomes": made.n_rows, "sha256": made.sha256.to_string(),
                "recipe": made.recipe, "rules": made.rules, "log_until": made.last_seq, "took_ms": took_ms as u64 }),
            )?;
        } else {
            give(&format!("{day}  {:>8} outcomes  {}  {took_ms} ms", made.n_rows, made.sha256))?;
        }
    }
    Ok(End::Done)
}

async fn verify(app: &App, first: Date, last: Date, as_json: bool) -> Result<End, Failed> {
    let who = operator(app)?;
    let mut end = End::Done;
    for day in days(first, last) {
        let found = match day::verify(app, &who, day).await {
            Err(AppError::NotFound { .. }) => {
                return Err(plain(format!(
                    "{day} is not kept: `gridward assess snapshot --day {day}` makes it"
                )));
            }
            other => other.map_err(failed)?,
        };
        if found.difference.is_some() {
            end = End::Found;
        }
        if as_json {
            give_json(&json!({ "day": day.to_string(), "equal": found.difference.is_none(),
                "kept": found.kept.sha256.to_string(), "again": found.again.to_string(), "difference": found.difference }))?;
        } else {
            give(&match &found.difference {
                None => format!("{day}  equal in every byte  {}", found.kept.sha256),
                Some(why) => format!("{day}  DIFFERS: {why}"),
            })?;
        }
    }
    Ok(end)
}

async fn rescore(app: &App, month: Option<Month>, as_json: bool) -> Result<End, Failed> {
    let month = month.unwrap_or_else(|| Month::of(app.people.today()).plus(-1));
    let begun = Instant::now();
    let all = workers::month(app, month).await.map_err(failed)?;
    let took_ms = begun.elapsed().as_millis() as u64;
    let scored = all.workers.iter().filter(|it| it.score.is_some()).count();
    let wrong = all.workers.iter().filter_map(|it| it.score.as_ref()).filter(|score| {
        let lines: i64 = score.lines.iter().flatten().map(|line| line.printed).sum();
        lines + score.printed.1 + score.printed.2 != score.printed.0
    });
    let wrong = wrong.count();
    if as_json {
        give_json(&json!({ "month": month.to_string(), "workers": all.workers.len(), "scored": scored,
            "not_adding_up": wrong, "missing_days": all.missing.len(), "recipe": all.version, "took_ms": took_ms }))?;
    } else {
        give(&format!(
            "{month}  {} workers, {scored} with a score, recipe {}, {} days without a book, {took_ms} ms",
            all.workers.len(),
            all.version,
            all.missing.len()
        ))?;
    }
    Ok(if wrong == 0 { End::Done } else { End::Found })
}
