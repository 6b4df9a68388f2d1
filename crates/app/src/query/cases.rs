//! Cases in the index: a column for each fact that filters, rights and order depend on, and the texts' keys. A place is
//! the number of a case in these columns; it is no id, and another node may have another.
//!
//! Nothing is stored: whatever is here was read from the store and can be read again.

use super::bits::Bits;
use super::grams::{Grams, Keys};
use domain::area::Ancestors;
use domain::case::{Channel, StepName, Urgency};
use domain::geo::LngLat;
use domain::id::{CaseId, PersonId, UnitId};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use store::query::Indexed;
use uuid::Uuid;

/// Coordinates are kept in ten-millionths of a degree.
const DEGREE: f64 = 1e7;
/// Of a case without a point.
const NOWHERE: i32 = i32::MIN;

/// Values that many cases share, by number.
pub(super) struct Numbered<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { values: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        let number = self.values.len() as u32;
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }

    /// The number of a value, if a case has it.
    pub fn known(&self, value: &T) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// For each number, whether its value is one of those.
    pub fn which(&self, is: impl FnMut(&T) -> bool) -> Vec<bool> {
        self.values.iter().map(is).collect()
    }
}

/// What is known of one case beside the columns that whole queries go through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub desk: u32,
    pub reporter: u32,
    pub units: u32,
    pub lead: u32,
    /// Seconds since 1970.
    pub reported_s: u32,
    /// Seconds since 1970; 0 without a clock.
    pub most_s: u32,
    pub due_s: u32,
    lng: i32,
    lat: i32,
    pub step: u8,
    pub urgency: u8,
    pub channel: u8,
    pub private: bool,
    pub held: bool,
    /// Of text, place and outside number: what its keys were made of.
    mark: u32,
}

impl Facts {
    /// Where it happened, if that is known.
    pub fn point(&self) -> Option<LngLat> {
        let degrees = |it: i32| f64::from(it) / DEGREE;
        (self.lng != NOWHERE).then(|| LngLat { lng: degrees(self.lng), lat: degrees(self.lat) })
    }
}

/// No reporter, no lead unit.
pub(super) const NOBODY: u32 = u32::MAX;
/// No urgency yet.
pub(super) const NO_URGENCY: u8 = u8::MAX;

/// A case ready to be put in: its texts are cut up, which is most of the work and needs no lock.
pub(super) struct Prepared {
    case: Indexed,
    keys: Keys,
    mark: u32,
}

impl Prepared {
    pub fn of(case: Indexed) -> Prepared {
        let keys = Keys::of([case.text.as_str(), case.place.as_str()]);
        let mark = hash(&(&case.text, &case.place, &case.outside_no));
        Prepared { case, keys, mark }
    }
}

/// All cases of the city.
#[derive(Default)]
pub(super) struct Cases {
    ids: Vec<Uuid>,
    /// So many of the first are in the order of their ids.
    n_sorted: usize,
    /// Places of the others.
    others: HashMap<Uuid, u32>,
    pub areas: Vec<u32>,
    pub classes: Vec<u16>,
    outside: Vec<u32>,
    pub facts: Vec<Facts>,
    /// Not replaced by another place.
    pub live: Bits,
    /// Not closed.
    pub open: Bits,
    pub grams: Grams,
    pub all_areas: Numbered<Ancestors>,
    pub all_classes: Numbered<String>,
    pub all_units: Numbered<Vec<UnitId>>,
    pub all_people: Numbered<PersonId>,
    n: usize,
}

impl Cases {
    /// Places given so far.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Cases.
    pub fn n(&self) -> usize {
        self.n
    }

    pub fn id(&self, at: u32) -> CaseId {
        CaseId(self.ids[at as usize])
    }

    fn place(&self, id: Uuid) -> Option<u32> {
        let sorted = self.ids[..self.n_sorted].binary_search(&id).ok().map(|at| at as u32);
        self.others.get(&id).copied().or(sorted)
    }

    /// Puts a case in, or brings it up to date.
    pub fn put(&mut self, new: Prepared) {
        let case = &new.case;
        let facts = self.facts_of(case, new.mark);
        let known = self.place(case.id.0);
        let at = match known {
            Some(at) if self.facts[at as usize].mark == new.mark => at,
            known => {
                // Its words changed: the old place is given up, since keys are only ever added.
                if let Some(old) = known {
                    self.live.clear(old);
                    self.open.clear(old);
                    self.n -= 1;
                }
                let at = self.ids.len() as u32;
                let follows =
                    self.n_sorted == self.ids.len() && self.ids.last().is_none_or(|last| *last < case.id.0);
                self.ids.push(case.id.0);
                if follows {
                    self.n_sorted += 1;
                } else {
                    self.others.insert(case.id.0, at);
                }
                self.areas.push(0);
                self.classes.push(0);
                self.outside.push(0);
                self.facts.push(facts);
                self.grams.add(new.keys, at);
                self.live.set(at);
                self.n += 1;
                at
            }
        };
        let place = at as usize;
        self.facts[place] = facts;
        self.areas[place] = self.all_areas.number(&case.areas);
        self.classes[place] = self.all_classes.number(&case.class.clone().unwrap_or_default()) as u16;
        self.outside[place] = case.outside_no.as_deref().map_or(0, outside_hash);
        if case.state == "closed" { self.open.clear(at) } else { self.open.set(at) }
    }

    fn facts_of(&mut self, case: &Indexed, mark: u32) -> Facts {
        let seconds = |at: Option<jiff::Timestamp>| {
            at.map_or(0, |at| at.as_second().clamp(0, i64::from(u32::MAX)) as u32)
        };
        let degrees = |it: f64| (it * DEGREE).round() as i32;
        let (lng, lat) = case.point.map_or((NOWHERE, NOWHERE), |it| (degrees(it.lng), degrees(it.lat)));
        let at = |found: Option<usize>| found.map_or(u8::MAX, |at| at as u8);
        Facts {
            desk: case.desk.0,
            reporter: case.reporter.map_or(NOBODY, |it| self.all_people.number(&it)),
            units: self.all_units.number(&case.units),
            lead: case.lead.map_or(NOBODY, |it| it.0),
            reported_s: seconds(Some(case.reported)),
            most_s: seconds(case.most),
            due_s: seconds(case.due),
            lng,
            lat,
            step: at(StepName::ALL.iter().position(|it| it.as_str() == case.step)),
            urgency: case.urgency.as_deref().and_then(Urgency::parse).map_or(NO_URGENCY, |it| it as u8),
            channel: at(Channel::ALL.iter().position(|it| it.as_str() == case.channel)),
            private: case.private,
            held: case.state == "held",
            mark,
        }
    }

    /// Cases with ids from one to below the other of which the last six letters of the number begin so (`value` in the
    /// first `5 * n_letters` of 30 bits).
    pub fn numbered(&self, between: Option<(Uuid, Uuid)>, letters: (u32, u32)) -> Bits {
        let mut found = Bits::new(self.len());
        let (value, n_letters) = letters;
        let fits = |id: &Uuid| {
            let low = (id.as_u128() & 0x3fff_ffff) as u32;
            n_letters == 0 || low >> (30 - 5 * n_letters) == value
        };
        let range = between.map_or(0..self.len(), |(from, until)| {
            let sorted = &self.ids[..self.n_sorted];
            sorted.partition_point(|id| *id < from)..sorted.partition_point(|id| *id < until)
        });
        for at in range.filter(|at| fits(&self.ids[*at])) {
            found.set(at as u32);
        }
        if let Some((from, until)) = between {
            let others = self.others.iter().filter(|(id, _)| **id >= from && **id < until && fits(id));
            others.for_each(|(_, at)| found.set(*at));
        }
        found
    }

    /// Cases with this number in the system they came from (as good as certain: by a hash of 32 bits).
    pub fn outside(&self, number: &str) -> Bits {
        let (mut found, wanted) = (Bits::new(self.len()), outside_hash(number));
        for (at, _) in self.outside.iter().enumerate().filter(|(_, hash)| **hash == wanted) {
            found.set(at as u32);
        }
        found
    }

    /// Adds cases whose shared value is one of those.
    pub fn mark<T: Copy + Into<u32>>(column: &[T], which: &[bool], to: &mut Bits) {
        if !which.contains(&true) {
            return;
        }
        for (at, _) in column.iter().enumerate().filter(|(_, number)| which[(**number).into() as usize]) {
            to.set(at as u32);
        }
    }

    /// Memory, about.
    pub fn bytes(&self) -> usize {
        self.ids.capacity() * (16 + 4 + 2 + 4 + size_of::<Facts>())
            + 40 * self.others.len()
            + self.live.bytes()
            + self.open.bytes()
            + self.grams.bytes()
    }

    /// For each set of units that cases share, whether one of that kind is in it.
    pub fn unit_sets(&self, is: impl Fn(UnitId) -> bool) -> Vec<bool> {
        self.all_units.which(|set| set.iter().any(|unit| is(*unit)))
    }
}

fn hash(value: &impl Hash) -> u32 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish() as u32
}

/// Never 0, which is no number.
fn outside_hash(number: &str) -> u32 {
    hash(&number.trim().to_uppercase()).max(1)
}
