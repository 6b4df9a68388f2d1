//! The index of a month: made, opened from its archive, one number explained, and ten years looked back at; beside the
//! engine's own run over the same table.

use super::city::{City, SEED};
use super::machine::Machine;
use super::{Figures, Measured, ms};
use crate::cli::Bench;
use crate::out::{Failed, because};
use app::index::backcast::backcast;
use app::index::edition::make;
use app::index::materials::{KnownFigure, Materials};
use app::index::opened::Opened;
use domain::area::Level;
use domain::framework::Framework;
use sim::index::{Asked, County, handed_in, materials, newest_month};
use std::time::{Duration, Instant};

/// Ten years of months.
const TEN_YEARS: i32 = 120;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, 0).await?;
    let facts = city.app.city();
    let grids: Vec<_> = facts.tree.at_level(Level::Grid).map(|grid| grid.path.clone()).collect();
    let county = |area: &domain::area::Area| County {
        area: area.id,
        code: area.code.to_string(),
        n_grids: grids.iter().filter(|grid| area.path.contains(grid)).count(),
    };
    let counties: Vec<County> = facts.tree.at_level(Level::County).map(county).collect();
    city.close().await;
    let it = two_years(&counties)?;
    let wrong = |why| because("the demo city's edition", why);
    let (made, making) = timed(|| make(&it));
    let made = made.map_err(wrong)?;
    let (opened, opening) = timed(|| Opened::from_archive(&made.archive));
    let opened = opened.map_err(wrong)?;
    let (told, explaining) =
        timed(|| opened.origin(0, &it.framework.rows[2].code).map(|it| it.sources.len()));
    told.map_err(wrong)?;
    let (run, running) = timed(|| {
        let inputs = index::Inputs {
            meta: opened.made.panel.prepared.meta.clone(),
            denominators: index::Frame::empty(opened.made.panel.prepared.raw.units().clone()),
            indicators: opened.made.panel.prepared.raw.clone(),
        };
        let select = index::stage::select::Select::default();
        index::run(&inputs, &index::Recipe { select, ..opened.made.recipe.clone() })
    });
    run.map_err(|why| because("the engine", why))?;
    let decade = ten_years(&it);
    let first = decade.month.plus(1 - TEN_YEARS);
    let (past, looking) = timed(|| backcast(&decade, decade.framework.clone(), 0, first));
    let months = past.map_err(|why| because("the backcast", why))?.len();
    let open_and_explain = ms(opening) + ms(explaining);
    Ok(Measured {
        what: "edition",
        database: "none",
        goal: "opened and a number explained in 100 ms, ten years looked back at in 5 s".to_owned(),
        met: open_and_explain <= 100.0 && looking <= Duration::from_secs(5),
        figures: Figures::from([
            ("make_ms", ms(making)),
            ("archive_kib", made.archive.len() as f64 / 1024.0),
            ("open_ms", ms(opening)),
            ("explain_ms", ms(explaining)),
            ("backcast_months", months as f64),
            ("backcast_ms", ms(looking)),
        ]),
        raw: Figures::from([("engine_run_ms", ms(running))]),
        of_raw_pct: None,
        machine,
    })
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}

/// The demo city's figures, as of a day that never changes.
fn two_years(counties: &[County]) -> Result<Materials, Failed> {
    let doc = sim::bundle::framework().map_err(|why| because("the demo bundle", why))?;
    let units = sim::bundle::offices().map_err(|why| because("the demo bundle", why))?;
    let unit_of = |name: &str| {
        units.iter().find(|unit| unit.code == name || unit.zh == name).map(|unit| unit.code.clone())
    };
    let framework = Framework::read(&doc, &unit_of)
        .map_err(|faults| crate::out::plain(format!("the demo framework: {}", faults[0])))?;
    let now = "2026-11-20T00:00:00Z".parse().expect("a moment");
    let newest = newest_month("2026-11-20".parse().expect("a day"));
    let zone = jiff::tz::TimeZone::UTC;
    let asked = Asked { seed: SEED, framework: &framework, counties, newest, zone: &zone, now };
    let all = handed_in(&asked).map_err(|why| because("the demo figures", why))?;
    Ok(materials(&doc, counties, &all, (newest, now)))
}

/// The same two years over and over, back to ten, with windows as long.
fn ten_years(it: &Materials) -> Materials {
    let span = 24;
    let earlier = |back: i32| {
        it.figures
            .iter()
            .map(move |figure| KnownFigure { month: figure.month.plus(-span * back), ..figure.clone() })
    };
    let figures = (0..TEN_YEARS / span).flat_map(earlier).collect();
    let mut framework = it.framework.clone();
    for row in &mut framework.rows {
        row.scoring_standard =
            row.scoring_standard.replace("window=36m", "window=120m").replace("window=60m", "window=120m");
    }
    Materials { figures, framework, ..it.clone() }
}
