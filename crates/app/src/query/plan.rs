//! From a query as it was written to what the index is asked: names looked up, filters as tables over shared values.

use super::names::{Key, Name, Names};
use super::sound::{Fit, Found, Sign, find, shortened, signs, sounds_like};
use crate::City;
use domain::area::Ancestors;
use domain::geo::LngLat;
use domain::id::{AreaId, ClassCode, UnitId};
use domain::query::{Days, Kind, Meaning, Query};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeSet, HashMap};

/// A word that is asked, with what it names.
pub(super) struct Word {
    /// Half width, small.
    pub text: String,
    pub signs: Vec<Sign>,
    /// Areas whose name begins so; they and all below them are meant.
    pub areas: BTreeSet<AreaId>,
    /// Units that are called so.
    pub units: BTreeSet<UnitId>,
    /// Classes that are called so.
    pub classes: BTreeSet<ClassCode>,
}

/// What the index is asked.
pub(super) struct Plan {
    pub query: Query,
    pub words: Vec<Word>,
    /// The filters `部门:`, `类别:` and `区域:`; `None` asks for nothing.
    pub units: Option<BTreeSet<UnitId>>,
    pub classes: Option<BTreeSet<ClassCode>>,
    pub areas: Option<BTreeSet<AreaId>>,
    pub reported_s: Option<(u32, u32)>,
    pub due_s: Option<(u32, u32)>,
    /// The caller's point and how far from it, metres.
    pub near: Option<(LngLat, f64)>,
    pub near_grids: BTreeSet<AreaId>,
    /// Who is asked for by `@`.
    pub people: Vec<Word>,
    pub now_s: u32,
}

impl Plan {
    /// Looks names up. What names nothing is a word after all, and its chip says so.
    pub fn of(mut query: Query, city: &City, names: &Names, point: Option<LngLat>, now: Timestamp) -> Plan {
        let units = looked_up(&mut query, Key::is_unit, |value| units(city, names, value));
        let classes = looked_up(&mut query, Key::is_class, |value| classes(city, value));
        let areas = looked_up(&mut query, Key::is_area, |value| areas(city, names, value));
        let near = query.near_m.zip(point).map(|(metres, point)| (point, f64::from(metres)));
        for chip in
            query.chips.iter_mut().filter(|chip| chip.meaning == Meaning::Filter(domain::query::Key::Near))
        {
            chip.is_whole = near.is_some();
        }
        let near_grids = near.map(|(point, metres)| city.grids_near(point, metres).into_iter().collect());
        let people = query.people.iter().map(|name| Word::plain(name)).collect();
        let words = query.words.iter().map(|word| Word::of(word, city, names)).collect();
        let zone = &city.zone;
        Plan {
            words,
            people,
            near_grids: near_grids.unwrap_or_default(),
            units,
            classes,
            areas,
            reported_s: query.reported.map(|days| seconds(days, zone)),
            due_s: query.due.map(|days| seconds(days, zone)),
            near,
            now_s: now.as_second().clamp(0, i64::from(u32::MAX)) as u32,
            query,
        }
    }

    /// Whether this kind is asked for at all.
    pub fn wants(&self, kind: Kind) -> bool {
        let query = &self.query;
        let asked = query.kinds.is_empty() || query.kinds.contains(&kind);
        let fits = match kind {
            Kind::Case => query.people.is_empty(),
            Kind::Person => !query.is_about_cases() && query.near_m.is_none(),
            Kind::Unit => !query.is_about_cases() && query.near_m.is_none() && query.people.is_empty(),
            Kind::Area => !query.is_about_cases() && query.people.is_empty() && query.units.is_empty(),
            Kind::Place | Kind::Thing => !query.is_about_cases() && query.people.is_empty(),
        };
        asked && fits && !query.is_empty()
    }

    /// Whether an area or one above it is asked for.
    pub fn is_in(&self, areas: &Ancestors) -> bool {
        self.areas.as_ref().is_none_or(|asked| areas.upwards().any(|area| asked.contains(&area)))
    }
}

impl Word {
    /// A word that names nothing else.
    fn plain(text: &str) -> Word {
        let (areas, units, classes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Word { text: text.to_owned(), signs: signs(text), areas, units, classes }
    }

    fn of(text: &str, city: &City, names: &Names) -> Word {
        let mut word = Word::plain(text);
        if word.signs.len() < 2 {
            return word;
        }
        for name in names.of(Kind::Area).iter().chain(names.of(Kind::Unit)) {
            let Some(found) = name.find(&word) else { continue };
            // A unit's name begins with the area it serves: what comes behind names it as well.
            let is_unit = matches!(name.key, Key::Unit(_)) && found.fit == Fit::Inside;
            if !found.names_it() && !is_unit {
                continue;
            }
            match name.key {
                Key::Area(id) => drop(word.areas.insert(id)),
                Key::Unit(id) => drop(word.units.insert(id)),
                _ => {}
            }
        }
        let is_code = text.chars().all(|c| c.is_ascii_alphanumeric());
        word.classes = city
            .classes
            .classes()
            .filter(|class| {
                let named = find(&word.signs, &self::signs(&class.name.zh));
                named.is_some_and(|it| it.fit <= Fit::Inside || it.fit == Fit::Spelled)
                    || (is_code && class.code.0.eq_ignore_ascii_case(text))
                    || (text.len() > 3 && class.name.en.to_ascii_lowercase().contains(text))
            })
            .map(|class| class.code.clone())
            .collect();
        word
    }
}

impl Found {
    /// Sure enough to stand for the thing itself, and not only for a line in a list.
    fn names_it(self) -> bool {
        matches!(self.fit, Fit::Code | Fit::Whole | Fit::Begins | Fit::Spelled | Fit::Short)
    }
}

impl Key {
    fn is_unit(key: domain::query::Key) -> bool {
        key == domain::query::Key::Unit
    }
    fn is_class(key: domain::query::Key) -> bool {
        key == domain::query::Key::Class
    }
    fn is_area(key: domain::query::Key) -> bool {
        key == domain::query::Key::Area
    }
}

/// All that the values of one filter name. A filter of which a value names nothing becomes a word.
fn looked_up<T: Ord>(
    query: &mut Query,
    is: fn(domain::query::Key) -> bool,
    look: impl Fn(&str) -> BTreeSet<T>,
) -> Option<BTreeSet<T>> {
    let mut all: Option<BTreeSet<T>> = None;
    for chip in &mut query.chips {
        let Meaning::Filter(key) = chip.meaning else { continue };
        if !is(key) || !chip.is_whole {
            continue;
        }
        let values =
            chip.value.split([',', '，', '、', ';', '；']).map(str::trim).filter(|it| !it.is_empty());
        let found: Vec<BTreeSet<T>> = values.map(&look).collect();
        if found.iter().any(BTreeSet::is_empty) {
            chip.meaning = Meaning::Word;
            if !query.words.contains(&chip.value) {
                query.words.push(chip.value.clone());
            }
        } else {
            all.get_or_insert_default().extend(found.into_iter().flatten());
        }
    }
    all
}

/// Units by code, by the department in their code, by name, or as they are called for short.
fn units(city: &City, names: &Names, value: &str) -> BTreeSet<UnitId> {
    let by_code = city.units.values().filter(|unit| {
        unit.code.eq_ignore_ascii_case(value)
            || crate::city::department_of(&unit.code).eq_ignore_ascii_case(value)
            || unit.id.to_string() == value
    });
    let by_code: BTreeSet<UnitId> = by_code.map(|unit| unit.id).collect();
    if !by_code.is_empty() {
        return by_code;
    }
    let ids = |name: &Name| match name.key {
        Key::Unit(id) => Some(id),
        _ => None,
    };
    best(names.of(Kind::Unit), &signs(value), true).into_iter().filter_map(ids).collect()
}

/// Classes by code or its beginning, by name, or by the name of their group.
fn classes(city: &City, value: &str) -> BTreeSet<ClassCode> {
    let code = value.to_ascii_uppercase();
    let by_code = city.classes.classes().filter(|class| class.code.0.to_ascii_uppercase().starts_with(&code));
    let by_code: BTreeSet<ClassCode> = by_code.map(|class| class.code.clone()).collect();
    if !by_code.is_empty() {
        return by_code;
    }
    let word = signs(value);
    let mut groups: HashMap<&str, bool> = HashMap::new();
    let named = |zh: &str, en: &str| {
        find(&word, &signs(zh)).is_some_and(|it| it.fit != Fit::SpelledInside)
            || (value.len() > 2 && en.to_ascii_lowercase().contains(value))
    };
    let of = city.classes.classes().filter(|class| {
        let group = &class.major;
        named(&class.name.zh, &class.name.en)
            || *groups.entry(&group.code).or_insert_with(|| named(&group.name.zh, &group.name.en))
    });
    of.map(|class| class.code.clone()).collect()
}

/// Areas by id, by code or its beginning (four digits at least), or by name: those that fit best.
fn areas(city: &City, names: &Names, value: &str) -> BTreeSet<AreaId> {
    if let Some(area) = city.area_by_text(value) {
        return BTreeSet::from([area.id]);
    }
    let ids = |name: &Name| match name.key {
        Key::Area(id) => Some(id),
        _ => None,
    };
    best(names.of(Kind::Area), &signs(value), false).into_iter().filter_map(ids).collect()
}

/// The names that a word fits best, all of the same goodness.
fn best<'a>(names: &'a [Name], word: &[Sign], may_be_short: bool) -> Vec<&'a Name> {
    let mut best: (Option<Fit>, Vec<&Name>) = (None, Vec::new());
    for name in names {
        let found = name.best_of(|signs| {
            find(word, signs).or_else(|| if may_be_short { shortened(word, signs) } else { None })
        });
        let Some(found) = found else { continue };
        if best.0.is_none_or(|fit| found.fit < fit) {
            best = (Some(found.fit), vec![name]);
        } else if best.0 == Some(found.fit) {
            best.1.push(name);
        }
    }
    best.1
}

impl Name {
    /// How a word is found in it, if it is.
    pub fn find(&self, word: &Word) -> Option<Found> {
        let whole = |fit| Found { fit, from: 0, to: 0 };
        let codes = || self.codes.iter().filter(|code| word.text.is_ascii() && !code.is_empty());
        if codes().any(|code| *code == word.text) {
            return Some(whole(Fit::Code));
        }
        let found = self.best_of(|signs| find(&word.signs, signs)).or_else(|| {
            if word.text.len() < 2 || !word.text.is_ascii() {
                return None;
            }
            let begins = codes().any(|code| code.starts_with(&word.text));
            let english = || self.en.split(' ').any(|part| part.starts_with(&word.text));
            if begins { Some(whole(Fit::CodeBegins)) } else { english().then(|| whole(Fit::Spelled)) }
        });
        found.or_else(|| match self.key {
            Key::Unit(_) => shortened(&word.signs, &self.signs),
            Key::Person(_) => sounds_like(&word.signs, &self.signs),
            _ => None,
        })
    }

    /// Whether a word is in the name itself.
    pub fn has(&self, word: &Word) -> bool {
        find(&word.signs, &self.signs).is_some()
    }

    /// The better of what is found in the name and in its short form.
    fn best_of(&self, find: impl Fn(&[Sign]) -> Option<Found>) -> Option<Found> {
        let (long, short) = (find(&self.signs), self.short.as_deref().and_then(find));
        match (long, short) {
            (Some(long), Some(short)) => Some(if short.fit < long.fit { short } else { long }),
            (long, short) => long.or(short),
        }
    }
}

/// From the first second of the first day to the last of the last, by the city's own days.
fn seconds(days: Days, zone: &TimeZone) -> (u32, u32) {
    let start = |day: jiff::civil::Date| {
        let at = zone.to_timestamp(day.at(0, 0, 0, 0)).map_or(i64::MAX, Timestamp::as_second);
        at.clamp(0, i64::from(u32::MAX)) as u32
    };
    (start(days.from), days.to.tomorrow().map_or(u32::MAX, start))
}
