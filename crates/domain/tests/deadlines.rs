//! Deadlines a clerk can check: every line of `crates/domain/tests/deadlines.csv` against the demo calendars.
//!
//! The dates in the table were worked out minute by minute outside of this program.

use std::collections::BTreeMap;
use std::path::Path;

use domain::calendar::{Calendar, CalendarFile, HolidayRow};
use domain::clock::{Span, SpanKind};
use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

#[derive(Deserialize)]
struct Example {
    calendar: String,
    from: String,
    kind: String,
    amount: u32,
    /// `start ~ end`, several separated by `;`.
    pauses: String,
    /// `kind+amount` or empty.
    postponed: String,
    due: String,
    why: String,
}

#[test]
fn every_deadline_in_the_table_is_met_to_the_second() {
    let calendars = demo_calendars();
    let examples: Vec<Example> = rows("crates/domain/tests/deadlines.csv");
    assert!(examples.len() >= 60);
    let wrong: Vec<String> = examples
        .iter()
        .filter_map(|example| {
            let calendar = &calendars[&example.calendar];
            let (found, expected) = (deadline(calendar, example), instant(calendar, &example.due));
            let found_there = calendar.zone().to_datetime(found);
            (found != expected)
                .then(|| format!("{} {}: {} but found {found_there}", example.from, example.why, example.due))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn deadline(calendar: &Calendar, example: &Example) -> Timestamp {
    let span = span(&example.kind, example.amount);
    let mut due = calendar.deadline(instant(calendar, &example.from), span);
    for pause in example.pauses.split(';').filter(|p| !p.is_empty()) {
        let (from, to) = pause.split_once('~').unwrap();
        due = calendar.resume(due, span.kind(), instant(calendar, from), instant(calendar, to));
    }
    if let Some((kind, amount)) = example.postponed.split_once('+') {
        due = calendar.postpone(due, self::span(kind, amount.parse().unwrap()));
    }
    due
}

fn span(kind: &str, amount: u32) -> Span {
    match kind {
        "紧急分钟" => Span::UrgentMinutes(amount),
        "紧急小时" => Span::UrgentMinutes(amount * 60),
        "工作分钟" => Span::WorkMinutes(amount),
        "工作小时" => Span::WorkMinutes(amount * 60),
        "工作日" => Span::WorkDays(amount),
        "自然日" => Span::NaturalDays(amount),
        other => panic!("no kind of duration: {other}"),
    }
}

/// Reads `2026-03-02 17:30:00`, and `24:00:00` as the midnight that ends the day.
fn instant(calendar: &Calendar, text: &str) -> Timestamp {
    let text = text.trim();
    let (civil, days) = match text.strip_suffix("24:00:00") {
        Some(date) => (format!("{date}00:00:00"), 1),
        None => (text.to_owned(), 0),
    };
    let civil: DateTime = civil.parse().unwrap();
    calendar.zone().to_timestamp(civil.checked_add(days.days()).unwrap()).unwrap()
}

#[test]
fn a_deadline_beyond_the_announced_years_says_so() {
    let calendars = demo_calendars();
    let offices = &calendars["机关"];
    assert!(offices.covers(jiff::civil::date(2026, 12, 31)));
    assert!(!offices.covers(jiff::civil::date(2027, 1, 1)));
}

#[test]
fn warnings_come_at_shares_of_the_counted_time() {
    let calendars = demo_calendars();
    let offices = &calendars["机关"];
    let at = |text| instant(offices, text);
    let (from, due) = (at("2026-02-13 14:30:00"), at("2026-02-24 10:30:00"));
    // 3 h on Friday, 7.5 h on the make-up Saturday, 2 h after the festival: 12.5 h.
    assert_eq!(offices.work_between_s(from, due), 45_000);
    let [half, late, all] = offices.warnings(from, due, SpanKind::WorkHours).map(|w| w.1);
    assert_eq!(half, at("2026-02-14 11:45:00"));
    assert_eq!(late, at("2026-02-14 17:00:00"));
    assert_eq!(all, due);
    assert_eq!(offices.remaining_s(at("2026-02-18 00:00:00"), due, SpanKind::WorkHours), 7_200);
    assert_eq!(offices.remaining_s(at("2026-02-24 11:00:00"), due, SpanKind::WorkHours), -1_800);
}

fn demo_calendars() -> BTreeMap<String, Calendar> {
    let file: CalendarFile = toml::from_str(&text("demo/calendar/calendars.toml")).unwrap();
    let holidays: Vec<HolidayRow> = rows("demo/calendar/exceptions.csv");
    file.calendar
        .iter()
        .map(|entry| (entry.name.clone(), Calendar::new(entry.plan(&holidays)).unwrap()))
        .collect()
}

fn rows<T: for<'a> Deserialize<'a>>(path: &str) -> Vec<T> {
    csv::Reader::from_reader(text(path).as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

#[allow(clippy::disallowed_methods, reason = "tests of the bundle read the bundle")]
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
