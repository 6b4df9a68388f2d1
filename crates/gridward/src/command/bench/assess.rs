//! The daily assessment: yesterday's book made and written as a workbook, and every worker scored anew over all cases of
//! the city; beside it the raw reading of the same bytes.
//!
//! Books of all days are made first and kept, so that a second run on the same database measures at once.

use super::city::City;
use super::machine::Machine;
use super::{Figures, Measured, ms};
use crate::cli::Bench;
use crate::out::{Failed, bar, because, plain};
use app::assess::areas::{self, Asked};
use app::assess::count::{Books, read};
use app::assess::gather::{Span, book};
use app::assess::{day, paper, recipe, workers};
use app::index::sheets::Lang;
use app::people::system;
use domain::area::Level;
use jiff::ToSpan;
use jiff::civil::Date;
use std::time::{Duration, Instant};

/// Days read from the database at once.
const AT_ONCE: i32 = 14;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, args.cases).await?;
    let app = &city.app;
    let wrong = |why| because("the assessment", why);
    let last = day::last_over(app);
    let first = first_day(app, last).await?;
    let n_days = first.until(last).map_or(0, |span| span.get_days()).max(0) + 1;
    let progress = bar("days");
    progress.set_length(u64::from(n_days.unsigned_abs()));
    let mut at = first;
    while at <= last {
        day::make(app, at).await.map_err(wrong)?;
        progress.inc(1);
        at = at.tomorrow()?;
    }
    progress.finish_and_clear();

    // Yesterday made again of the log, ranked, and written as it circulates.
    let begun = Instant::now();
    let (begin, until) = day::bounds(&app.city().zone, last);
    let last_seq = store::assess::last_seq(&app.store).await?;
    let made = book(app, Span { begin, until, last_seq }).await.map_err(wrong)?;
    let making = begun.elapsed();
    let who = system(app.city().root().ok_or_else(|| plain("this database has no city"))?.id);
    let asked = Asked { level: Level::County, below: None, to: last, days: None };
    let ranking = areas::ranking(app, &who, asked).await.map_err(wrong)?;
    let sheet = paper::workbook(&app.city(), &ranking, Lang::Zh).map_err(wrong)?;
    let snapshot = begun.elapsed();

    // Every worker over all days.
    let begun = Instant::now();
    let all = read_all(app, first, last).await?;
    let reading = begun.elapsed();
    let (_, recipe) = recipe::followed(app).await.map_err(wrong)?;
    let main = store::assess::main_duties(&app.store, last).await?.into_iter().collect();
    let facts = app.city();
    let tree = facts.history.as_of(last);
    let begun = Instant::now();
    let sums = all.sums();
    let scored = workers::score(&facts, &tree, &recipe, &sums, &main);
    let rescoring = begun.elapsed();
    let outcomes: usize = all.books.iter().map(|(_, book)| book.len()).sum();
    let bytes: Vec<Vec<u8>> = all.books.iter().map(|(_, book)| book.encode()).collect();
    let begun = Instant::now();
    let sum: u64 = bytes.iter().flatten().map(|byte| u64::from(*byte)).sum();
    let raw = begun.elapsed();
    let figures = Figures::from([
        ("cases", city.n_cases as f64),
        ("outcomes", outcomes as f64),
        ("workers", scored.len() as f64),
        ("workers_scored", scored.iter().filter(|it| it.score.is_some()).count() as f64),
        ("rescore_ms", ms(rescoring)),
        ("read_books_ms", ms(reading)),
        ("book_of_yesterday_ms", ms(making)),
        ("outcomes_of_yesterday", made.len() as f64),
        ("snapshot_with_xlsx_ms", ms(snapshot)),
        ("xlsx_kib", sheet.len() as f64 / 1024.0),
    ]);
    let database = city.database();
    city.close().await;
    Ok(Measured {
        what: "assess",
        database,
        goal: "9,145 workers rescored over 1 M cases in 1 s, a day's snapshot with its workbook in 3 s"
            .to_owned(),
        met: rescoring <= Duration::from_secs(1) && snapshot <= Duration::from_secs(3),
        figures,
        raw: Figures::from([("add_up_the_same_bytes_ms", ms(raw)), ("sum_of_bytes", sum as f64)]),
        of_raw_pct: None,
        machine,
    })
}

/// The first day of the city's cases, or of its books; two years back at most.
async fn first_day(app: &app::App, last: Date) -> Result<Date, Failed> {
    let earliest = last.saturating_sub(730.days());
    let sql = "select min(reported_ms) as ms from cases";
    let row = app.store.row(sql, Vec::new()).await?;
    let ms = row
        .and_then(|row| row.opt_int("ms").ok().flatten())
        .ok_or_else(|| plain("this city has no cases"))?;
    let at = jiff::Timestamp::from_millisecond(ms)?;
    Ok(app.city().zone.to_datetime(at).date().max(earliest))
}

async fn read_all(app: &app::App, first: Date, last: Date) -> Result<Books, Failed> {
    let mut all: Option<Books> = None;
    let mut from = first;
    while from <= last {
        let to = from.saturating_add((AT_ONCE - 1).days()).min(last);
        let some = read(app, from, to).await.map_err(|why| because("the assessment", why))?;
        all = Some(match all {
            None => some,
            Some(before) => {
                Books { to, books: before.books.into_iter().chain(some.books).collect(), ..before }
            }
        });
        from = to.tomorrow()?;
    }
    all.ok_or_else(|| plain("this city has no books"))
}
