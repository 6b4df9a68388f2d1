//! What stands out in a month and should be looked at by a person. Nothing is deducted for it.

use std::collections::{BTreeMap, HashMap};

use domain::audit::sha256;
use domain::id::{AreaId, PersonId};
use domain::month::Month;
use domain::policy::{Actor, ScoreAct};
use domain::score::alarm::{END_DAYS, SAMPLE, is_burst, is_perfect, is_quick};
use domain::score::{Alarm, AlarmKind, Measure, Row, Tally};
use store::assess;
use uuid::Uuid;

use super::count::{Books, books, days_of};
use super::permit;
use crate::{App, AppError};

/// The same text in so many reports of one worker stands out.
const SAME_TEXTS: u32 = 3;
/// Texts shorter than this are alike without being copied.
const SHORT: usize = 8;

/// An alarm with the place of whoever it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// What stands out.
    pub alarm: Alarm,
    /// Where most of their month was.
    pub area: AreaId,
    /// Whether the caller may know whose it is.
    pub named: bool,
}

/// Alarms of an area's workers in a month, by kind and grid.
pub async fn alarms(app: &App, who: &Actor, area: AreaId, month: Month) -> Result<Vec<Placed>, AppError> {
    let city = app.city();
    let ground = city.ancestors(area);
    permit(who, ScoreAct::SeeAlarms, &ground, None, "area")?;
    let named = permit(who, ScoreAct::SeeNames, &ground, None, "area").is_ok();
    let path = city.area(area).ok_or(AppError::NotFound { what: "area" })?.path.clone();
    let (from, to) = days_of(month);
    let books = books(app, from, to).await?;
    let (begin, _) = super::day::bounds(&city.zone, from);
    let (_, until) = super::day::bounds(&city.zone, to);
    let reports = assess::reports(&app.store, begin, until).await?;
    let copied = assess::copied(&app.store, begin, until).await?;
    let mut places: BTreeMap<PersonId, AreaId> = BTreeMap::new();
    for (person, counted) in &books.sums().people {
        if city.area(counted.area).is_some_and(|it| path.contains(&it.path)) {
            places.insert(*person, counted.area);
        }
    }
    let mut all = of_books(&books, u32::from(to.day().unsigned_abs()));
    all.extend(same_texts(&reports));
    all.extend(same_pictures(&copied));
    let mut found: Vec<Placed> = all
        .into_iter()
        .filter_map(|alarm| Some(Placed { area: *places.get(&alarm.person)?, alarm, named }))
        .collect();
    found.sort_by_key(|it| (it.alarm.kind, it.area, it.alarm.person));
    Ok(found)
}

#[derive(Default)]
struct Seen {
    fixes: Tally,
    quick: Vec<Uuid>,
    checks: Tally,
    checked: Vec<Uuid>,
    reports: u32,
    last: Vec<Uuid>,
}

/// Quick fixes of one's own reports, bursts at the month's end, checks that never fail.
fn of_books(books: &Books, days: u32) -> Vec<Alarm> {
    let mut seen: BTreeMap<PersonId, Seen> = BTreeMap::new();
    let mut checks = Tally::default();
    for (day, book) in &books.books {
        let is_last = u32::from(day.day().unsigned_abs()) > days.saturating_sub(END_DAYS);
        for row in book.rows() {
            let Row { measure, source, good, .. } = row;
            let Some(person) = row.person else { continue };
            let own = seen.entry(person).or_default();
            match measure {
                Measure::OwnFix => {
                    own.fixes.add(row.tally());
                    own.quick.extend((!good).then_some(source));
                }
                Measure::CheckMade => {
                    own.checks.add(row.tally());
                    checks.add(row.tally());
                    own.checked.push(source);
                }
                Measure::Reported => {
                    own.reports += 1;
                    own.last.extend(is_last.then_some(source));
                }
                _ => {}
            }
        }
    }
    let fails = 1.0 - checks.share().unwrap_or(1.0);
    let mut found = Vec::new();
    for (person, own) in seen {
        let mut ring = |kind, n: u32, of: u32, cases: &[Uuid]| {
            found.push(Alarm { kind, person, n, of, sample: spread(cases) });
        };
        if is_quick(own.fixes) {
            ring(AlarmKind::QuickOwn, own.fixes.n - own.fixes.own(), own.fixes.n, &own.quick);
        }
        if is_burst(own.last.len() as u32, own.reports, days) {
            ring(AlarmKind::MonthEnd, own.last.len() as u32, own.reports, &own.last);
        }
        if is_perfect(own.checks, fails) {
            ring(AlarmKind::AlwaysPerfect, own.checks.n, own.checks.n, &own.checked);
        }
    }
    found
}

/// The same text, letter for letter but for spaces and marks, in several reports of one worker.
fn same_texts(reports: &[assess::Told]) -> Vec<Alarm> {
    let mut groups: HashMap<(PersonId, [u8; 32]), Vec<Uuid>> = HashMap::new();
    let mut all: BTreeMap<PersonId, u32> = BTreeMap::new();
    for report in reports {
        *all.entry(report.person).or_default() += 1;
        let plain: String = report.text.chars().filter(|c| c.is_alphanumeric()).collect();
        if plain.chars().count() >= SHORT {
            groups.entry((report.person, sha256(plain.as_bytes()).0)).or_default().push(report.case);
        }
    }
    let mut same: BTreeMap<PersonId, Vec<Uuid>> = BTreeMap::new();
    for ((person, _), mut cases) in groups.into_iter().filter(|(_, cases)| cases.len() as u32 >= SAME_TEXTS) {
        cases.sort_unstable();
        same.entry(person).or_default().extend(cases);
    }
    let ring = |(person, mut cases): (PersonId, Vec<Uuid>)| {
        cases.sort_unstable();
        let (kind, n) = (AlarmKind::SameText, cases.len() as u32);
        Alarm { kind, person, n, of: all[&person], sample: spread(&cases) }
    };
    same.into_iter().map(ring).collect()
}

/// Pictures with the same bytes, stored more than once by one worker.
fn same_pictures(copied: &[assess::Copied]) -> Vec<Alarm> {
    let mut of: BTreeMap<PersonId, Vec<Uuid>> = BTreeMap::new();
    for same in copied.chunk_by(|a, b| a.sha256 == b.sha256) {
        let mut own: BTreeMap<PersonId, Vec<Uuid>> = BTreeMap::new();
        same.iter().for_each(|it| own.entry(it.person).or_default().push(it.attachment));
        own.into_iter()
            .filter(|(_, all)| all.len() > 1)
            .for_each(|(person, all)| of.entry(person).or_default().extend(all));
    }
    let ring = |(person, all): (PersonId, Vec<Uuid>)| {
        let (kind, n) = (AlarmKind::SamePicture, all.len() as u32);
        Alarm { kind, person, n, of: n, sample: spread(&all) }
    };
    of.into_iter().map(ring).collect()
}

/// A few of them, spread evenly.
fn spread(all: &[Uuid]) -> Vec<Uuid> {
    let n = all.len().min(SAMPLE);
    (0..n).map(|at| all[at * all.len() / n]).collect()
}
