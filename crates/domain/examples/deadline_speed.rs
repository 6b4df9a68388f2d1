//! How long a deadline takes. `cargo run --release -p domain --example deadline_speed`; the aim is below 2 microseconds.
#![allow(clippy::disallowed_methods, reason = "a stopwatch looks at the clock")]

use std::hint::black_box;
use std::time::Instant;

use domain::calendar::{Calendar, CalendarPlan, Exception, LikeWeekday, Shift, Week};
use domain::clock::Span;
use jiff::{Timestamp, ToSpan, civil::date};

fn main() {
    let hours = [Shift::new(510, 720).expect("a morning"), Shift::new(810, 1050).expect("an afternoon")];
    let holidays = (0..23).flat_map(|year| (1..8).map(move |day| date(2004 + year, 10, day)));
    let mut exceptions: std::collections::BTreeMap<_, _> =
        holidays.map(|d| (d, Exception::Holiday)).collect();
    exceptions.insert(date(2026, 10, 10), Exception::MakeUp(LikeWeekday::Mon));
    let (code, name, zone) = ("office".into(), "office".into(), "Asia/Shanghai".into());
    let plan = CalendarPlan { code, name, zone, week: Week::five_days(&hours), seasons: vec![], exceptions };

    let begun = Instant::now();
    let calendar = Calendar::new(plan).expect("a plan without fault");
    println!("compiling 34 years: {:.1} ms", begun.elapsed().as_secs_f64() * 1e3);

    let first: Timestamp = "2024-01-01T00:00:00Z".parse().expect("an instant");
    let starts: Vec<Timestamp> = (0..100_000).map(|i| first + (i * 631).seconds()).collect();
    for span in [Span::UrgentMinutes(120), Span::WorkMinutes(900), Span::WorkDays(15), Span::NaturalDays(30)]
    {
        let begun = Instant::now();
        for &from in &starts {
            black_box(calendar.deadline(black_box(from), span));
        }
        println!("{span:>6}: {:.0} ns a deadline", begun.elapsed().as_secs_f64() * 1e9 / starts.len() as f64);
    }
}
