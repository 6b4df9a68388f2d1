//! Books added up: tallies of workers, units and areas over some days, with what upheld appeals mend.

use std::collections::{BTreeMap, HashMap};

use domain::area::{Ancestors, Level, Tree};
use domain::id::{AreaId, PersonId, UnitId};
use domain::month::Month;
use domain::score::{Book, Mend, N_MEASURES, Stock, Tally};
use jiff::ToSpan;
use jiff::civil::Date;
use store::Fault;
use store::assess::{self, Upheld};

use crate::{App, AppError, City};

/// Days that are added up at once, at most.
pub const MOST_DAYS: i32 = 92;

/// Tallies of every measure.
pub type Tallies = [Tally; N_MEASURES];

/// What was counted of one worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What was counted.
    pub tallies: Tallies,
    /// As the books have it, without what appeals mended.
    pub sealed: Tallies,
    /// The area in which most of it was.
    pub area: AreaId,
}

/// Some days added up.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Days that have no book.
    pub missing: Vec<Date>,
    /// Workers in ascending order of their ids.
    pub people: BTreeMap<PersonId, Counted>,
    /// Units.
    pub units: BTreeMap<UnitId, Tallies>,
    /// The smallest areas known, each with what appeals mended and as the books have it.
    pub areas: BTreeMap<AreaId, (Tallies, Tallies)>,
    /// What stood open at the end of the last day, by area and lead unit.
    pub stock: Vec<(AreaId, u32, Stock)>,
}

/// Some kept days, read.
pub struct Books {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Those that are kept.
    pub books: Vec<(Date, Book)>,
    /// What upheld appeals mend in them.
    pub mends: Vec<Mend>,
}

/// The first and the last day of a month.
pub fn days_of(month: Month) -> (Date, Date) {
    (month.first_day(), month.first_day().last_of_month())
}

/// Reads kept days, both included.
pub async fn books(app: &App, from: Date, to: Date) -> Result<Books, AppError> {
    let days = from.until(to).map_or(-1, |span| span.get_days());
    if !(0..MOST_DAYS).contains(&days) {
        let why = format!("from {from} to {to}: 1 to {MOST_DAYS} days can be added up");
        return Err(AppError::field("/to", "range", why));
    }
    read(app, from, to).await
}

/// The same of however many days.
pub async fn read(app: &App, from: Date, to: Date) -> Result<Books, AppError> {
    let bodies = assess::bodies(&app.store, from, to).await?;
    let reading = tokio::task::spawn_blocking(move || {
        let read = |(day, body): (Date, Vec<u8>)| match Book::decode(&body) {
            Ok(book) => Ok((day, book)),
            Err(why) => Err(Fault::Nonsense { what: format!("the book of {day}"), why: why.to_string() }),
        };
        bodies.into_iter().map(read).collect::<Result<Vec<_>, Fault>>()
    });
    let books = reading.await.expect("reading books does not panic")?;
    let upheld = assess::upheld(&app.store, Month::of(from), Month::of(to)).await?;
    Ok(Books { from, to, books, mends: upheld.iter().map(mend).collect() })
}

/// What an upheld appeal mends.
pub fn mend(it: &Upheld) -> Mend {
    let Upheld { person, measure, source, month, remedy } = *it;
    Mend { person, measure, source, days: days_of(month), remedy }
}

impl Books {
    /// Adds them up.
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        let mut places: HashMap<PersonId, BTreeMap<AreaId, u32>> = HashMap::new();
        let mut day = self.from;
        while day <= self.to {
            if self.books.binary_search_by_key(&day, |(day, _)| *day).is_err() {
                sums.missing.push(day);
            }
            let Ok(next) = day.checked_add(1.day()) else { break };
            day = next;
        }
        let none = Counted { tallies: Tallies::default(), sealed: Tallies::default(), area: AreaId(0) };
        for (day, book) in &self.books {
            let mends: Vec<Mend> =
                self.mends.iter().copied().filter(|it| it.days.0 <= *day && *day <= it.days.1).collect();
            let mut people = vec![(Tallies::default(), BTreeMap::<AreaId, u32>::new()); book.people.len()];
            let mut units = vec![Tallies::default(); book.units.len()];
            let mut areas: HashMap<AreaId, Tallies> = HashMap::new();
            let plain = BTreeMap::new();
            book.add_up(
                &plain,
                |person, measure, tally, area| {
                    let (tallies, places) = &mut people[person as usize];
                    tallies[measure as usize].add(tally);
                    *places.entry(area).or_default() += 1;
                },
                |unit, measure, tally| units[unit as usize][measure as usize].add(tally),
                |area, measure, tally| areas.entry(area).or_default()[measure as usize].add(tally),
            );
            for (person, (tallies, own)) in book.people.iter().zip(people) {
                let counted = sums.people.entry(*person).or_insert(none);
                merge(&mut counted.sealed, &tallies);
                merge(&mut counted.tallies, &tallies);
                let all = places.entry(*person).or_default();
                own.into_iter().for_each(|(area, n)| *all.entry(area).or_default() += n);
            }
            for (unit, tallies) in book.units.iter().zip(units) {
                merge(sums.units.entry(*unit).or_default(), &tallies);
            }
            for (area, tallies) in areas {
                let (mended, sealed) = sums.areas.entry(area).or_default();
                merge(mended, &tallies);
                merge(sealed, &tallies);
            }
            mend_rows(&mut sums, book, &mends);
        }
        for (person, counted) in &mut sums.people {
            // Most of it; among equals the lowest id, so that it is the same every time.
            let most = places[person].iter().max_by_key(|(area, n)| (**n, std::cmp::Reverse(**area)));
            counted.area = most.map_or(AreaId(0), |(area, _)| *area);
        }
        if let Some((_, last)) = self.books.last().filter(|(day, _)| *day == self.to) {
            sums.stock.clone_from(&last.stock);
        }
        sums
    }
}

/// Takes out what a row counted, and puts in what it counts after an appeal.
fn mend_rows(sums: &mut Sums, book: &Book, mends: &[Mend]) {
    if mends.is_empty() {
        return;
    }
    let mended = book.mended(mends);
    for (at, remedy) in &mended {
        let row = book.row(*at);
        let before = row.tally();
        let after = match remedy {
            domain::score::Remedy::Correct if !row.back => Tally { n: 1, good: 1 },
            _ => Tally::default(),
        };
        let change = |tally: &mut Tally| {
            tally.n = (tally.n + after.n).saturating_sub(before.n);
            tally.good = tally.good + after.good - before.good;
        };
        let measure = row.measure as usize;
        if let Some(counted) = row.person.and_then(|it| sums.people.get_mut(&it)) {
            change(&mut counted.tallies[measure]);
        }
        if let Some(unit) = row.unit.and_then(|it| sums.units.get_mut(&it)) {
            change(&mut unit[measure]);
        }
        if row.whole
            && let Some((tallies, _)) = sums.areas.get_mut(&row.area)
        {
            change(&mut tallies[measure]);
        }
    }
}

fn merge(into: &mut Tallies, more: &Tallies) {
    into.iter_mut().zip(more).for_each(|(into, more)| into.add(*more));
}

/// Sums of the areas of a level: what lies below is added up along the tree of a day.
pub fn of_level(city: &City, tree: &Tree, sums: &Sums, level: Level) -> BTreeMap<AreaId, (Tallies, Tallies)> {
    let mut all: BTreeMap<AreaId, (Tallies, Tallies)> = BTreeMap::new();
    for (area, (mended, sealed)) in &sums.areas {
        let Some(above) = ancestors(city, tree, *area).at(level) else { continue };
        let (into_mended, into_sealed) = all.entry(above).or_default();
        merge(into_mended, mended);
        merge(into_sealed, sealed);
    }
    all
}

/// What stood open in the areas of a level.
pub fn stock_of_level(city: &City, tree: &Tree, sums: &Sums, level: Level) -> BTreeMap<AreaId, Stock> {
    let mut all: BTreeMap<AreaId, Stock> = BTreeMap::new();
    for (area, _, stock) in &sums.stock {
        let Some(above) = ancestors(city, tree, *area).at(level) else { continue };
        add_stock(all.entry(above).or_default(), *stock);
    }
    all
}

/// Adds what stood open.
pub fn add_stock(into: &mut Stock, more: Stock) {
    into.open += more.open;
    into.overdue += more.overdue;
    into.held += more.held;
}

/// An area's ancestors on the day of a tree; of one that is no more, as they were last.
pub fn ancestors(city: &City, tree: &Tree, area: AreaId) -> Ancestors {
    tree.ancestors(area).unwrap_or_else(|| city.ancestors(area))
}
