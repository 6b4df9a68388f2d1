//! `stats`: figures about cases.

use super::Here;
use crate::cli::Stats;
use crate::out::{End, Failed, because, give, give_json, plain};
use app::stats::{CaseStats, Figures, case_stats};

pub async fn stats(here: &Here, stats: Stats) -> Result<End, Failed> {
    let Stats::Cases { db, from, to, json } = stats;
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(plain(format!("--from {from} is later than --to {to}: exchange them")));
    }
    let app = here.found_app(&db).await?;
    let figures = case_stats(&app, from, to).await;
    let figures = figures.map_err(|error| because("cannot make the figures", error))?;
    if json {
        give_json(&figures)?;
    } else {
        table(&figures)?;
    }
    app.store.close().await;
    Ok(End::Done)
}

fn table(stats: &CaseStats) -> Result<(), Failed> {
    let heads = ["", "n", "closed", "in 7 d", "in 21 d", "median d", "p90 d", "p95 d"];
    give(&format!(
        "{:<10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9}",
        heads[0], heads[1], heads[2], heads[3], heads[4], heads[5], heads[6], heads[7]
    ))?;
    line("all", &stats.all)?;
    for (class, figures) in &stats.by_class {
        line(if class.is_empty() { "no class" } else { class }, figures)?;
    }
    stats.by_month.iter().try_for_each(|(month, figures)| line(month, figures))
}

fn line(name: &str, it: &Figures) -> Result<(), Failed> {
    let pct = |share: Option<f64>| share.map_or("-".to_owned(), |it| format!("{:.1}%", 100.0 * it));
    let days = |days: Option<f64>| days.map_or("-".to_owned(), |it| format!("{it:.2}"));
    give(&format!(
        "{name:<10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9}",
        it.n,
        it.n_closed,
        pct(it.within_7d),
        pct(it.within_21d),
        days(it.median),
        days(it.p90),
        days(it.p95)
    ))
}
