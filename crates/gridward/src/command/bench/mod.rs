//! `gridward bench`: what this build does on this machine, each figure beside the raw one of the same run.
//!
//! The server under load is a process of its own (this program as `serve`); the load comes from here. What is
//! measured is in a file each; the city they stand on is `city`, the load `load`, the machine `machine`.

mod assess;
mod city;
mod duplicates;
mod edition;
mod idle;
mod import;
mod list;
mod load;
mod lookup;
mod machine;
mod page;
mod phones;
mod query;
mod reports;
mod rounds;
mod server;
mod wire;

use crate::cli::{Bench, What};
use crate::out::{End, Failed, give, give_json, say};
use machine::Machine;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    /// Which measurement.
    what: &'static str,
    /// `sqlite`, `postgres`, or `none`.
    database: &'static str,
    /// What had to be reached.
    goal: String,
    /// Whether it was.
    met: bool,
    /// Our figures; each name ends in its unit.
    figures: Figures,
    /// What the machine does without us, in the same run.
    raw: Figures,
    /// Ours as a share of the raw figure that the goal names.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_raw_pct: Option<f64>,
    /// Where.
    machine: Machine,
}

/// Figures by name, in order of their names.
type Figures = BTreeMap<&'static str, f64>;

/// Runs it.
pub async fn run(args: Bench) -> Result<End, Failed> {
    let all = match args.what {
        What::All => What::EACH.to_vec(),
        one => vec![one],
    };
    for what in all {
        let measured = match what {
            What::Reports => reports::run(&args).await?,
            What::List => list::run(&args).await?,
            What::Lookup => lookup::run(&args).await?,
            What::Page => page::run(&args).await?,
            What::Query => query::run(&args).await?,
            What::Duplicates => duplicates::run(&args).await?,
            What::Idle => idle::run(&args).await?,
            What::Phones => phones::run(&args).await?,
            What::Assess => assess::run(&args).await?,
            What::Edition => edition::run(&args).await?,
            What::Rounds => rounds::run(),
            What::Import => match import::run(&args).await? {
                Some(measured) => measured,
                None => continue,
            },
            What::All => unreachable!("it was taken apart above"),
        };
        tell(&measured, args.json)?;
    }
    Ok(End::Done)
}

fn tell(measured: &Measured, json: bool) -> Result<(), Failed> {
    if json {
        return give_json(measured);
    }
    let verdict = if measured.met { "reached" } else { "MISSED" };
    give(&format!("{} ({}): {} - {verdict}", measured.what, measured.database, measured.goal))?;
    let width = measured.figures.keys().chain(measured.raw.keys()).map(|name| name.len()).max().unwrap_or(0);
    for (head, figures) in [("ours", &measured.figures), ("raw", &measured.raw)] {
        for (name, value) in figures {
            give(&format!("  {head:4} {name:width$} {}", short(*value)))?;
        }
    }
    if let Some(share) = measured.of_raw_pct {
        give(&format!("  {} % of raw", short(share)))?;
    }
    say(&format!("  on {}", measured.machine));
    Ok(())
}

/// As many digits as mean something.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
