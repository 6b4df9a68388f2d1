//! The outcomes of one day, and what stood open at its end, in columns: small, quick to add up, and the same bytes
//! whenever they are made again of the same log.
//!
//! Layout, all little-endian: `GWAB` and the number of these rules; then so many sources, persons, and units (`u32`
//! each), their ids in ascending order (16, 16 and 4 bytes); then the number of rows and the columns one after the other:
//! moment after the day's beginning in ms (`u32`), source, person (0 is nobody), unit (0 is none), area (`u32` each),
//! measure and flags (`u8` each); then the stock: number of lines and its columns area, unit, open, overdue, held.

use super::appeal::{Mend, Remedy};
use super::measure::{Measure, N_MEASURES, Tally};
use crate::id::{AreaId, PersonId, UnitId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;
use uuid::Uuid;

/// Number of the rules by which outcomes are read out of the log; a change of them is a new number.
pub const RULES: u32 = 1;
const MAGIC: [u8; 4] = *b"GWAB";
const GOOD: u8 = 1;
const WHOLE: u8 = 2;
const BACK: u8 = 4;

/// One outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// When it became known.
    pub at: Timestamp,
    /// The case, visit or referral it is of.
    pub source: Uuid,
    /// What.
    pub measure: Measure,
    /// Whose outcome, of workers.
    pub person: Option<PersonId>,
    /// Which unit's.
    pub unit: Option<UnitId>,
    /// The smallest area known.
    pub area: AreaId,
    /// Whether it is a good one.
    pub good: bool,
    /// Whether areas count it. Of an outcome of several people or units only one row is counted by areas.
    pub whole: bool,
    /// Takes back a good one that was counted before.
    pub back: bool,
}

/// What stood open at the end of the day, by area and lead unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Open or on hold.
    pub open: u32,
    /// Of those, past the deadline that ran.
    pub overdue: u32,
    /// Of those, on hold.
    pub held: u32,
}

/// The outcomes of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Sources in ascending order.
    pub sources: Vec<Uuid>,
    /// People in ascending order.
    pub people: Vec<PersonId>,
    /// Units in ascending order.
    pub units: Vec<UnitId>,
    begin_ms: i64,
    at: Vec<u32>,
    source: Vec<u32>,
    person: Vec<u32>,
    unit: Vec<u32>,
    area: Vec<u32>,
    measure: Vec<u8>,
    flags: Vec<u8>,
    /// Area, unit (0 for none) and what stood open there.
    pub stock: Vec<(AreaId, u32, Stock)>,
}

/// Bytes that are no book.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this is no book of outcomes: {0}")]
pub struct BookFault(pub &'static str);

impl Row {
    /// What it adds to a tally.
    pub fn tally(&self) -> Tally {
        tally((u8::from(self.good) * GOOD) | (u8::from(self.back) * BACK))
    }
}

fn tally(flags: u8) -> Tally {
    match (flags & BACK > 0, flags & GOOD > 0) {
        (true, _) => Tally { n: 0, good: -1 },
        (false, good) => Tally { n: 1, good: i32::from(good) },
    }
}

impl Book {
    /// Rows in any order become a book; equal rows are one.
    pub fn of(begin: Timestamp, mut rows: Vec<Row>, stock: BTreeMap<(AreaId, u32), Stock>) -> Book {
        rows.sort_unstable();
        rows.dedup();
        let sources: Vec<Uuid> =
            rows.iter().map(|it| it.source).collect::<BTreeSet<_>>().into_iter().collect();
        let people: Vec<PersonId> =
            rows.iter().filter_map(|it| it.person).collect::<BTreeSet<_>>().into_iter().collect();
        let units: Vec<UnitId> =
            rows.iter().filter_map(|it| it.unit).collect::<BTreeSet<_>>().into_iter().collect();
        let begin_ms = begin.as_millisecond();
        let mut book = Book { begin_ms, ..Book::default() };
        for row in &rows {
            let after = row.at.as_millisecond().saturating_sub(begin_ms).clamp(0, i64::from(u32::MAX));
            book.at.push(after as u32);
            book.source.push(place(&sources, &row.source));
            book.person.push(row.person.map_or(0, |it| place(&people, &it) + 1));
            book.unit.push(row.unit.map_or(0, |it| place(&units, &it) + 1));
            book.area.push(row.area.0);
            book.measure.push(row.measure as u8);
            let flags = [(row.good, GOOD), (row.whole, WHOLE), (row.back, BACK)];
            book.flags.push(flags.iter().filter(|(is, _)| *is).map(|(_, flag)| flag).sum());
        }
        book.stock = stock.into_iter().map(|((area, unit), it)| (area, unit, it)).collect();
        Book { sources, people, units, ..book }
    }

    /// Number of outcomes.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// One outcome.
    pub fn row(&self, at: usize) -> Row {
        let ms = self.begin_ms + i64::from(self.at[at]);
        let flags = self.flags[at];
        Row {
            at: Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX),
            source: self.sources[self.source[at] as usize],
            measure: Measure::of(self.measure[at]).expect("measures were read when the book was"),
            person: self.person[at].checked_sub(1).map(|it| self.people[it as usize]),
            unit: self.unit[at].checked_sub(1).map(|it| self.units[it as usize]),
            area: AreaId(self.area[at]),
            good: flags & GOOD > 0,
            whole: flags & WHOLE > 0,
            back: flags & BACK > 0,
        }
    }

    /// Every outcome in order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        (0..self.len()).map(|at| self.row(at))
    }

    /// Outcomes of a person; none when they have no part in the day.
    pub fn of_person(&self, person: PersonId) -> impl Iterator<Item = Row> + '_ {
        let own = self.people.binary_search(&person).map_or(u32::MAX, |it| it as u32 + 1);
        (0..self.len()).filter(move |at| self.person[*at] == own).map(|at| self.row(at))
    }

    /// Outcomes that upheld appeals mend, by their place. A whole line is mended in what was not good.
    pub fn mended(&self, mends: &[Mend]) -> BTreeMap<usize, Remedy> {
        let mut mended = BTreeMap::new();
        for mend in mends {
            let own = self.people.binary_search(&mend.person).map_or(u32::MAX, |it| it as u32 + 1);
            let meant = |at: &usize| {
                self.person[*at] == own
                    && self.measure[*at] == mend.measure as u8
                    && mend.source.map_or(self.flags[*at] & GOOD == 0, |it| {
                        self.sources[self.source[*at] as usize] == it
                    })
            };
            mended.extend((0..self.len()).filter(meant).map(|at| (at, mend.remedy)));
        }
        mended
    }

    /// Adds up: calls back with tallies by place in `people` and `units`, and by area; of persons the area, too.
    /// `mended` are the rows that upheld appeals change.
    pub fn add_up(
        &self,
        mended: &BTreeMap<usize, Remedy>,
        mut person: impl FnMut(u32, Measure, Tally, AreaId),
        mut unit: impl FnMut(u32, Measure, Tally),
        mut area: impl FnMut(AreaId, Measure, Tally),
    ) {
        for at in 0..self.len() {
            let measure = Measure::ALL[usize::from(self.measure[at])];
            let flags = self.flags[at];
            let told = match mended.get(&at) {
                None => tally(flags),
                Some(Remedy::Correct) if flags & BACK == 0 => tally(flags | GOOD),
                Some(_) => continue,
            };
            if self.person[at] > 0 {
                person(self.person[at] - 1, measure, told, AreaId(self.area[at]));
            }
            if self.unit[at] > 0 {
                unit(self.unit[at] - 1, measure, told);
            }
            if flags & WHOLE > 0 {
                area(AreaId(self.area[at]), measure, told);
            }
        }
    }

    /// The bytes of it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.sources.len() * 16 + self.len() * 22);
        out.extend(MAGIC);
        out.extend(RULES.to_le_bytes());
        out.extend(self.begin_ms.to_le_bytes());
        for n in [self.sources.len(), self.people.len(), self.units.len(), self.len(), self.stock.len()] {
            out.extend((n as u32).to_le_bytes());
        }
        self.sources.iter().for_each(|it| out.extend(it.as_bytes()));
        self.people.iter().for_each(|it| out.extend(it.0.as_bytes()));
        self.units.iter().for_each(|it| out.extend(it.0.to_le_bytes()));
        for column in [&self.at, &self.source, &self.person, &self.unit, &self.area] {
            column.iter().for_each(|it| out.extend(it.to_le_bytes()));
        }
        out.extend(&self.measure);
        out.extend(&self.flags);
        for (area, unit, it) in &self.stock {
            for number in [area.0, *unit, it.open, it.overdue, it.held] {
                out.extend(number.to_le_bytes());
            }
        }
        out
    }

    /// Reads what [`encode`](Book::encode) wrote.
    ///
    /// # Errors
    /// Bytes of other rules, cut off, or pointing nowhere.
    pub fn decode(bytes: &[u8]) -> Result<Book, BookFault> {
        let mut reader = Reader { bytes };
        if reader.take(4)? != MAGIC {
            return Err(BookFault("it does not begin like one"));
        }
        if reader.number()? != RULES {
            return Err(BookFault("it was made by other rules"));
        }
        let begin: [u8; 8] = reader.take(8)?.try_into().expect("eight bytes were taken");
        let mut sizes = [0_usize; 5];
        for size in &mut sizes {
            *size = reader.number()? as usize;
        }
        let [n_sources, n_people, n_units, n, n_stock] = sizes;
        let id = |bytes: &[u8]| Uuid::from_slice(bytes).expect("sixteen bytes are an id");
        let sources: Vec<Uuid> =
            reader.take(n_sources.saturating_mul(16))?.chunks_exact(16).map(id).collect();
        let people = reader.take(n_people.saturating_mul(16))?.chunks_exact(16).map(|it| PersonId(id(it)));
        let people: Vec<PersonId> = people.collect();
        let units: Vec<UnitId> = reader.numbers(n_units)?.into_iter().map(UnitId).collect();
        let (at, source, person) = (reader.numbers(n)?, reader.numbers(n)?, reader.numbers(n)?);
        let (unit, area) = (reader.numbers(n)?, reader.numbers(n)?);
        let (measure, flags) = (reader.take(n)?.to_vec(), reader.take(n)?.to_vec());
        let stock = reader.numbers(n_stock.saturating_mul(5))?;
        if !reader.bytes.is_empty() {
            return Err(BookFault("more follows its end"));
        }
        let within = |column: &[u32], n: usize| column.iter().all(|it| (*it as usize) < n);
        let holds = within(&source, n_sources)
            && within(&person, n_people + 1)
            && within(&unit, n_units + 1)
            && measure.iter().all(|it| usize::from(*it) < N_MEASURES);
        if !holds {
            return Err(BookFault("a row points at nothing"));
        }
        let line = |it: &[u32]| (AreaId(it[0]), it[1], Stock { open: it[2], overdue: it[3], held: it[4] });
        let stock = stock.chunks_exact(5).map(line).collect();
        let begin_ms = i64::from_le_bytes(begin);
        Ok(Book { sources, people, units, begin_ms, at, source, person, unit, area, measure, flags, stock })
    }
}

fn place<T: Ord>(all: &[T], one: &T) -> u32 {
    all.binary_search(one).expect("every id of a row is in its list") as u32
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], BookFault> {
        let (taken, rest) = self.bytes.split_at_checked(n).ok_or(BookFault("it is cut off"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, BookFault> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes were taken")))
    }

    fn numbers(&mut self, n: usize) -> Result<Vec<u32>, BookFault> {
        let four = |it: &[u8]| u32::from_le_bytes(it.try_into().expect("chunks of four"));
        Ok(self.take(n.saturating_mul(4))?.chunks_exact(4).map(four).collect())
    }
}
