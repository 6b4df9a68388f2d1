//! Seeds the demo city into a database and says how long each part took:
//! `cargo run --release -p sim --example seed -- sqlite:/tmp/demo.db 200000`

use app::{App, Clock};
use jiff::{SignedDuration, Timestamp};
use sim::history::{self, Plan};
use std::time::Instant;

#[tokio::main]
#[allow(clippy::disallowed_methods)] // a stopwatch looks at the clock
async fn main() {
    let mut args = std::env::args().skip(1);
    let url = args.next().expect("the first argument is a database");
    let n_cases = args.next().map_or(200_000, |n| n.parse().expect("the second argument is a number"));
    let seed = args.next().map_or(1, |n| n.parse().expect("the third argument is a number"));
    let store = store::Store::open(&url).await.expect("the database opens");
    let to = Timestamp::now();
    let from = to - SignedDuration::from_hours(24 * 730);
    let started = Instant::now();
    let today = jiff::tz::TimeZone::UTC.to_datetime(to).date();
    let seeded = sim::seed::seed(&store, seed, from, today).await.expect("the city can be seeded");
    println!("seeded in {:.1} s", started.elapsed().as_secs_f64());
    let app = App::new(store, Clock::machine()).await.expect("the city loads");
    println!("loaded after {:.1} s", started.elapsed().as_secs_f64());
    let plan = Plan { seed, n_cases, from, to };
    let made =
        history::make(&app, &seeded.cast, &seeded.texts, &[], plan, |n| println!("  {n} reports")).await;
    println!("{:?} after {:.1} s", made.expect("history can be made"), started.elapsed().as_secs_f64());
    app.store.close().await;
}
