//! What is found by its name: areas, places and things, units, staff; some ten thousand of each, gone through one by one.
//! No residents.

use super::sound::{Sign, signs};
use crate::City;
use crate::area::names::short;
use domain::area::{Ancestors, Level};
use domain::geo::LngLat;
use domain::id::{AreaId, PersonId, UnitId};
use domain::place::{Kinds, Place, Sort};
use domain::policy::Role;
use domain::query::Kind;
use std::collections::HashMap;
use store::person::Person;
use uuid::Uuid;

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// An area.
    Area(AreaId),
    /// A unit.
    Unit(UnitId),
    /// Someone of the staff.
    Person(PersonId),
    /// A place or thing of the register.
    Site(Uuid),
}

/// One name.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub key: Key,
    pub zh: String,
    /// Small letters.
    pub en: String,
    pub signs: Vec<Sign>,
    /// Without the words for its committee.
    pub short: Option<Vec<Sign>>,
    /// Codes and accounts, small letters.
    pub codes: Vec<String>,
    /// Where it stands: of an area its own ancestors with itself.
    pub areas: Ancestors,
    pub unit: Option<UnitId>,
    pub level: Option<Level>,
    pub role: Option<Role>,
    pub point: Option<LngLat>,
}

/// All names, by kind.
#[derive(Default)]
pub(super) struct Names {
    kinds: [Vec<Name>; 6],
    /// Where each place and thing stands among those of its kind.
    sites: HashMap<Uuid, (Kind, usize)>,
}

impl Names {
    pub fn of(&self, kind: Kind) -> &[Name] {
        &self.kinds[kind as usize]
    }

    pub fn put(&mut self, kind: Kind, names: Vec<Name>) {
        self.kinds[kind as usize] = names;
    }

    /// Forgets all places and things.
    pub fn clear_sites(&mut self) {
        self.sites.clear();
        self.put(Kind::Place, Vec::new());
        self.put(Kind::Thing, Vec::new());
    }

    /// Puts a place or thing in, or brings it up to date; what is no longer in use is taken out.
    pub fn put_site(&mut self, place: &Place, kinds: &Kinds) {
        let id = place.id.0;
        if let Some((kind, at)) = self.sites.remove(&id) {
            let names = &mut self.kinds[kind as usize];
            names.swap_remove(at);
            if let Some(Key::Site(moved)) = names.get(at).map(|name| name.key) {
                self.sites.insert(moved, (kind, at));
            }
        }
        if !place.state.is_over() {
            let (kind, name) = site(place, kinds);
            let names = &mut self.kinds[kind as usize];
            self.sites.insert(id, (kind, names.len()));
            names.push(name);
        }
    }
}

/// A place or thing; it is also found by what its kind is called.
fn site(place: &Place, kinds: &Kinds) -> (Kind, Name) {
    let told = &place.told;
    let kind = if told.sort == Sort::Place { Kind::Place } else { Kind::Thing };
    let label = kinds.get(told.sort, &told.kind).map(|kind| signs(&kind.name.zh));
    let name = Name {
        key: Key::Site(place.id.0),
        signs: signs(&told.name),
        short: label,
        zh: told.name.clone(),
        en: told.name_en.to_lowercase(),
        codes: vec![told.number.to_lowercase()],
        areas: place.areas,
        unit: told.owner,
        level: None,
        role: None,
        point: told.point,
    };
    (kind, name)
}

/// The areas of today.
pub(super) fn areas(city: &City) -> Vec<Name> {
    city.tree
        .iter()
        .map(|area| {
            let middle = area.polygon.as_ref().and_then(|shape| {
                let ring = shape.0.first()?.exterior();
                let n = ring.0.len().max(1) as f64;
                let sum = ring.0.iter().fold((0.0, 0.0), |(x, y), c| (x + c.x, y + c.y));
                LngLat::new(sum.0 / n, sum.1 / n).ok()
            });
            let plain = short(&area.name_zh);
            Name {
                key: Key::Area(area.id),
                signs: spelled(&area.name_zh, &area.pinyin),
                short: (plain != area.name_zh).then(|| signs(&plain)),
                zh: area.name_zh.clone(),
                en: area.name_en.to_lowercase(),
                codes: vec![area.code.as_str().to_owned()],
                areas: Ancestors::of(&area.path),
                unit: None,
                level: Some(area.level),
                role: None,
                point: middle,
            }
        })
        .collect()
}

/// Units that are not ended.
pub(super) fn units(city: &City) -> Vec<Name> {
    let open = city.units.values().filter(|unit| !unit.ended);
    open.map(|unit| Name {
        key: Key::Unit(unit.id),
        signs: signs(&unit.name_zh),
        short: None,
        zh: unit.name_zh.clone(),
        en: unit.name_en.to_lowercase(),
        codes: vec![unit.code.to_lowercase()],
        areas: city.ancestors(unit.area),
        unit: Some(unit.id),
        level: Some(unit.level),
        role: None,
        point: None,
    })
    .collect()
}

/// Staff whose account is open.
pub(super) fn people(city: &City, people: &[Person]) -> Vec<Name> {
    let open = people.iter().filter(|person| !person.disabled);
    open.map(|person| Name {
        key: Key::Person(person.id),
        signs: signs(&person.name),
        short: None,
        zh: person.name.clone(),
        en: String::new(),
        codes: vec![person.account.clone()],
        areas: city.ancestors(person.area),
        unit: person.unit,
        level: None,
        role: Some(person.role),
        point: None,
    })
    .collect()
}

/// The name by its characters, with the syllables that the city itself gives where there is one for each.
fn spelled(name: &str, pinyin: &str) -> Vec<Sign> {
    let mut signs = signs(name);
    let given: Vec<&str> =
        pinyin.split_whitespace().filter(|it| it.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    let spoken = signs.iter().filter(|sign| !sign.sound.is_empty()).count();
    if given.len() != spoken {
        return signs;
    }
    for (sign, given) in signs.iter_mut().filter(|sign| !sign.sound.is_empty()).zip(given) {
        // Only readings that some character has; so the syllable is one that lives for ever.
        if let Some(known) = super::sound::readings(sign.is).into_iter().find(|it| *it == given) {
            (sign.sound, sign.others) = (known, [""; 2]);
        }
    }
    signs
}
