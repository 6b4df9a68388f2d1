//! Asking the index: which cases and names fit, in which order. Rights come first: what a person may not know of is
//! neither counted nor ranked.

use super::bits::Bits;
use super::cases::{Cases, Facts, NO_URGENCY};
use super::names::{Key, Name, Names};
use super::plan::{Plan, Word};
use super::sight::Sight;
use super::sound::{Fit, Found};
use domain::case::{Channel, StepName, Urgency};
use domain::geo::distance_m;
use domain::id::{AreaId, UnitId};
use domain::policy::{Actor, PlaceAct, Role, StaffAct, permit_place, permit_staff};
use domain::query::{Kind, Standing};
use std::collections::HashMap;

/// A case that fits, and how well: more is better.
#[derive(Clone, Copy, Debug)]
pub(super) struct CaseHit {
    pub at: u32,
    points: f32,
}

/// Points of a case: an exact number before all, then words in the text before those of class or place, open and late
/// before closed, near before far, recent before old.
mod points {
    pub const NUMBER: f32 = 10_000.0;
    pub const IN_TEXT: f32 = 300.0;
    pub const BY_NAME: f32 = 100.0;
    pub const OPEN: f32 = 200.0;
    pub const LATE: f32 = 60.0;
    pub const URGENT: f32 = 30.0;
    pub const NEAR: f32 = 250.0;
    pub const RECENT: f32 = 300.0;
    /// Days after which half of the points for being recent are left.
    pub const HALF_LIFE_DAYS: f32 = 30.0;
}

/// Cases that fit and that the person may see, in no order.
pub(super) fn cases(cases: &Cases, plan: &Plan, sight: &Sight) -> Vec<CaseHit> {
    if !plan.wants(Kind::Case) {
        return Vec::new();
    }
    let query = &plan.query;
    let is_open = |standing: &Standing| *standing != Standing::Closed;
    let all_open = !query.standings.is_empty() && query.standings.iter().all(is_open);
    let mut fits = if all_open { cases.open.clone() } else { cases.live.clone() };
    let numbered = numbers(cases, plan);
    if let Some(numbered) = &numbered {
        fits.and(numbered);
    }
    let mut in_text = Vec::new();
    for word in &plan.words {
        let found = WordHits::of(cases, word);
        fits.and(&found.any);
        in_text.push(found);
    }
    let filter = Filter::of(cases, plan);
    let scores =
        Scores { cases, plan, numbered: numbered.is_some(), words: &in_text, recent: recent_table() };
    fits.iter()
        .filter(|at| sight.covers(cases, *at) && filter.covers(cases, *at))
        .map(|at| CaseHit { at, points: scores.of(at) })
        .collect()
}

/// The best of them from a place on, best first.
pub(super) fn best(mut hits: Vec<CaseHit>, from: usize, n: usize) -> Vec<CaseHit> {
    let order = |a: &CaseHit, b: &CaseHit| b.points.total_cmp(&a.points).then(b.at.cmp(&a.at));
    let until = (from + n).min(hits.len());
    if from >= until {
        return Vec::new();
    }
    if until < hits.len() {
        hits.select_nth_unstable_by(until - 1, order);
        hits.truncate(until);
    }
    hits.sort_unstable_by(order);
    hits.split_off(from)
}

/// Cases with one of the numbers asked for; `None` when none is.
fn numbers(cases: &Cases, plan: &Plan) -> Option<Bits> {
    let mut found: Option<Bits> = None;
    for number in &plan.query.numbers {
        found.get_or_insert_with(|| Bits::new(cases.len())).or(&numbered(cases, number));
    }
    found
}

fn numbered(cases: &Cases, number: &str) -> Bits {
    let mut found = cases.outside(number);
    if let Some(it) = crate::case::number_beginning(number) {
        let between = it.day.map(|(from, until)| (from.0, until.0));
        found.or(&cases.numbered(between, (it.letters, it.n_letters)));
    }
    found
}

/// Where a word was found.
struct WordHits {
    any: Bits,
    text: Bits,
    number: Option<Bits>,
}

impl WordHits {
    fn of(cases: &Cases, word: &Word) -> WordHits {
        let text = cases.grams.find(&word.text, cases.len());
        let mut any = text.clone();
        let classes = cases.all_classes.which(|code| word.classes.iter().any(|class| class.0 == *code));
        Cases::mark(&cases.classes, &classes, &mut any);
        if !word.areas.is_empty() {
            let areas = cases.all_areas.which(|areas| areas.upwards().any(|area| word.areas.contains(&area)));
            Cases::mark(&cases.areas, &areas, &mut any);
        }
        if !word.units.is_empty() {
            let sets = cases.unit_sets(|unit| word.units.contains(&unit));
            for (at, _) in cases.facts.iter().enumerate().filter(|(_, facts)| sets[facts.units as usize]) {
                any.set(at as u32);
            }
        }
        // Six letters with a digit may be the end of a number; so may any longer row be that of another system.
        let plain = word.text.is_ascii() && word.text.bytes().any(|c| c.is_ascii_digit());
        let number = (plain && word.text.len() >= 4).then(|| {
            let is_mixed = word.text.len() == 6 && word.text.bytes().any(|c| c.is_ascii_alphabetic());
            if is_mixed { numbered(cases, &word.text.to_uppercase()) } else { cases.outside(&word.text) }
        });
        if let Some(number) = &number {
            any.or(number);
        }
        WordHits { any, text, number }
    }
}

/// The filters as tables.
struct Filter<'a> {
    plan: &'a Plan,
    steps: [bool; 256],
    urgencies: Option<[bool; 256]>,
    channels: Option<[bool; 256]>,
    units: Option<Vec<bool>>,
    classes: Option<Vec<bool>>,
    areas: Option<Vec<bool>>,
}

impl<'a> Filter<'a> {
    fn of(cases: &Cases, plan: &'a Plan) -> Filter<'a> {
        let query = &plan.query;
        let table = |places: Vec<usize>| {
            let mut table = [false; 256];
            places.into_iter().for_each(|at| table[at] = true);
            table
        };
        let steps =
            StepName::ALL.iter().enumerate().filter(|(_, step)| query.steps.contains(step)).map(|(at, _)| at);
        let steps: Vec<usize> = if query.steps.is_empty() { (0..256).collect() } else { steps.collect() };
        let urgencies = query.urgencies.iter().map(|it: &Urgency| *it as usize).collect();
        let channels = Channel::ALL.iter().enumerate().filter(|(_, it)| query.channels.contains(it));
        let channels = channels.map(|(at, _)| at).collect();
        let units = plan.units.as_ref().map(|asked| cases.unit_sets(|unit| asked.contains(&unit)));
        let classes = plan.classes.as_ref();
        let classes =
            classes.map(|asked| cases.all_classes.which(|code| asked.iter().any(|it| it.0 == *code)));
        let areas = plan.areas.as_ref().map(|_| cases.all_areas.which(|areas| plan.is_in(areas)));
        Filter {
            plan,
            steps: table(steps),
            urgencies: (!query.urgencies.is_empty()).then(|| table(urgencies)),
            channels: (!query.channels.is_empty()).then(|| table(channels)),
            units,
            classes,
            areas,
        }
    }

    fn covers(&self, cases: &Cases, at: u32) -> bool {
        let place = at as usize;
        let facts = &cases.facts[place];
        let within = |asked: Option<(u32, u32)>, second: u32| {
            asked.is_none_or(|(from, until)| second != 0 && from <= second && second < until)
        };
        self.steps[facts.step as usize]
            && self.urgencies.is_none_or(|table| facts.urgency != NO_URGENCY && table[facts.urgency as usize])
            && self.channels.is_none_or(|table| table[facts.channel as usize])
            && self.units.as_ref().is_none_or(|sets| sets[facts.units as usize])
            && self.classes.as_ref().is_none_or(|table| table[cases.classes[place] as usize])
            && self.areas.as_ref().is_none_or(|table| table[cases.areas[place] as usize])
            && within(self.plan.reported_s, facts.reported_s)
            && within(self.plan.due_s, facts.due_s)
            && self.stands(cases, at, facts)
            && self.is_near(facts)
    }

    fn stands(&self, cases: &Cases, at: u32, facts: &Facts) -> bool {
        let (asked, now) = (&self.plan.query.standings, self.plan.now_s);
        let open = || cases.open.has(at);
        asked.is_empty()
            || asked.iter().any(|standing| match standing {
                Standing::Open => open(),
                Standing::Closed => !open(),
                Standing::Held => facts.held,
                Standing::Late => open() && is_late(facts, now),
                Standing::Soon => open() && facts.due_s >= now && facts.most_s != 0 && facts.most_s <= now,
            })
    }

    fn is_near(&self, facts: &Facts) -> bool {
        self.plan
            .near
            .is_none_or(|(point, metres)| facts.point().is_some_and(|it| distance_m(it, point) <= metres))
    }
}

fn is_late(facts: &Facts, now_s: u32) -> bool {
    facts.due_s != 0 && facts.due_s < now_s
}

struct Scores<'a> {
    cases: &'a Cases,
    plan: &'a Plan,
    numbered: bool,
    words: &'a [WordHits],
    recent: Vec<f32>,
}

/// Points by age in days, two years far; older is as old.
fn recent_table() -> Vec<f32> {
    (0..=730_u16)
        .map(|days| points::RECENT * 0.5_f32.powf(f32::from(days) / points::HALF_LIFE_DAYS))
        .collect()
}

impl Scores<'_> {
    fn of(&self, at: u32) -> f32 {
        let facts = &self.cases.facts[at as usize];
        let mut sum = if self.numbered { points::NUMBER } else { 0.0 };
        let share = 1.0 / self.words.len().max(1) as f32;
        for word in self.words {
            sum += if word.number.as_ref().is_some_and(|it| it.has(at)) {
                points::NUMBER
            } else if word.text.has(at) {
                points::IN_TEXT * share
            } else {
                points::BY_NAME * share
            };
        }
        if self.cases.open.has(at) {
            sum += points::OPEN;
            sum += if is_late(facts, self.plan.now_s) { points::LATE } else { 0.0 };
            sum += if facts.urgency != NO_URGENCY && facts.urgency > 0 { points::URGENT } else { 0.0 };
        }
        if let (Some((here, metres)), Some(there)) = (self.plan.near, facts.point()) {
            sum += points::NEAR * (1.0 - (distance_m(here, there) / metres) as f32).max(0.0);
        }
        let days = self.plan.now_s.saturating_sub(facts.reported_s) / 86_400;
        sum + self.recent[(days as usize).min(self.recent.len() - 1)]
    }
}

/// Open cases that a person sees in each of some areas.
pub(super) fn open_in(cases: &Cases, sight: &Sight, areas: &[AreaId]) -> HashMap<AreaId, u32> {
    let mut counts: HashMap<AreaId, u32> = areas.iter().map(|area| (*area, 0)).collect();
    let tables: Vec<(AreaId, Vec<bool>)> = areas
        .iter()
        .map(|area| (*area, cases.all_areas.which(|it| it.upwards().any(|above| above == *area))))
        .collect();
    for at in cases.open.iter().filter(|at| !areas.is_empty() && sight.covers(cases, *at)) {
        let number = cases.areas[at as usize] as usize;
        for (area, _) in tables.iter().filter(|(_, table)| table[number]) {
            *counts.entry(*area).or_default() += 1;
        }
    }
    counts
}

/// Open cases that a person sees with each of some units in the lead.
pub(super) fn open_with(cases: &Cases, sight: &Sight, units: &[UnitId]) -> HashMap<UnitId, u32> {
    let mut counts: HashMap<UnitId, u32> = units.iter().map(|unit| (*unit, 0)).collect();
    for at in cases.open.iter().filter(|_| !units.is_empty()) {
        if let Some(count) = counts.get_mut(&UnitId(cases.facts[at as usize].lead))
            && sight.covers(cases, at)
        {
            *count += 1;
        }
    }
    counts
}

/// A name that fits, and how.
pub(super) struct NameHit<'a> {
    pub name: &'a Name,
    /// How the best of its own words fits; `None` when only filters were asked.
    pub found: Option<Found>,
    /// That word stands in the name itself, and not only in what its kind is called.
    pub in_title: bool,
}

/// Names of a kind that fit and that the person may know of, best first.
pub(super) fn names<'a>(names: &'a Names, kind: Kind, plan: &Plan, who: &Actor) -> Vec<NameHit<'a>> {
    if !plan.wants(kind) {
        return Vec::new();
    }
    let fits = |name: &'a Name| {
        if !plan.is_in(&name.areas) || !is_asked(name, plan) {
            return None;
        }
        words(name, plan).filter(|_| may_know(who, name))
    };
    let mut hits: Vec<NameHit<'_>> = names.of(kind).iter().filter_map(fits).collect();
    hits.sort_by_cached_key(|hit| {
        let (fit, matched) = hit.found.map_or((Fit::Whole, 0), |found| (found.fit, found.to - found.from));
        let rest = hit.name.signs.len().saturating_sub(matched);
        let level = hit.name.level.map_or(0, |level| level as u8);
        (fit, rest, level, hit.name.codes.first().cloned())
    });
    hits
}

/// Rights over names: what stands in the table of rights over staff; areas are known to all who sign in.
fn may_know(who: &Actor, name: &Name) -> bool {
    match name.key {
        Key::Area(_) => who.role != Role::Resident,
        Key::Unit(_) => permit_staff(who, StaffAct::SeeUnit, &name.areas, None).is_ok(),
        Key::Person(id) => permit_staff(who, StaffAct::SeePerson, &name.areas, Some(id)).is_ok(),
        Key::Site(_) => permit_place(who, PlaceAct::SeePlace, &name.areas).is_ok(),
    }
}

fn is_asked(name: &Name, plan: &Plan) -> bool {
    let unit = plan.units.as_ref().is_none_or(|asked| name.unit.is_some_and(|unit| asked.contains(&unit)));
    let near = plan.near.is_none_or(|(here, metres)| match name.key {
        Key::Area(id) => plan.near_grids.contains(&id),
        _ => name.point.is_some_and(|there| distance_m(here, there) <= metres),
    });
    unit && near
}

/// How its words fit: each its own name, or where it stands, or its unit; one at least its own. `None` when not.
fn words<'a>(name: &'a Name, plan: &Plan) -> Option<NameHit<'a>> {
    let asked: Vec<&Word> = match name.key {
        Key::Person(_) => plan.words.iter().chain(&plan.people).collect(),
        _ => plan.words.iter().collect(),
    };
    let mut own: Option<Found> = None;
    for word in &asked {
        match name.find(word) {
            Some(found) => {
                own = Some(own.map_or(found, |before| if found.fit < before.fit { found } else { before }));
            }
            None if name.areas.upwards().any(|area| word.areas.contains(&area)) => {}
            None if name.unit.is_some_and(|unit| word.units.contains(&unit)) => {}
            None => return None,
        }
    }
    (asked.is_empty() || own.is_some()).then(|| NameHit {
        name,
        found: own,
        in_title: asked.iter().any(|word| name.has(word)),
    })
}
