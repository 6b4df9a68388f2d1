//! The filter grammar of case lists: `key:value[,value]` terms with spaces between; all terms hold, any value.
//! Quotes keep spaces together: `state:late area:17 text:"broken lamp"`.

use crate::problem::{Answer, Problem};
use app::City;
use app::case::{ids_of_number, my_turn};
use domain::case::{Channel, StepName, Turn, Urgency};
use domain::id::UnitId;
use domain::policy::Actor;
use jiff::Timestamp;
use store::case::{CaseFilter, State};

/// Every key of the grammar, for messages and documents.
pub const KEYS: &str = "step, stage, turn, class, unit, area, urgency, channel, state, reporter, holder, due, reported, no, outside, text";

/// Reads a filter.
pub fn read(text: &str, city: &City, actor: &Actor, now: Timestamp) -> Answer<CaseFilter> {
    let mut filter = CaseFilter::default();
    for term in terms(text) {
        let Some((key, values)) = term.split_once(':') else {
            return Err(bad(format!("{term:?} is no term; write key:value, with a key of {KEYS}")));
        };
        let values: Vec<&str> = if key == "text" { vec![values] } else { values.split(',').collect() };
        for value in values.into_iter().map(|v| v.trim_matches('"')) {
            Reading { filter: &mut filter, city, actor, now }.term(key, value)?;
        }
    }
    Ok(filter)
}

fn terms(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => terms.push(String::new()),
            c => terms.last_mut().expect("starts with one").push(c),
        }
    }
    terms.retain(|term| !term.is_empty());
    terms
}

/// What may stand behind a key of few words.
fn choices(key: &str) -> String {
    let words: Vec<&str> = match key {
        "step" => StepName::ALL.iter().map(|it| it.as_str()).collect(),
        "turn" => Turn::ALL.iter().map(|it| it.as_str()).collect(),
        "urgency" => Urgency::ALL.iter().map(|it| it.as_str()).collect(),
        "channel" => Channel::ALL.iter().map(|it| it.as_str()).collect(),
        "state" => vec!["open", "running", "held", "closed", "late", "soon"],
        "unit" => return "; write the id of a unit, see /api/v1/units".to_owned(),
        "area" => return "; write the id or code of an area, see /api/v1/areas".to_owned(),
        "class" => return "; see /api/v1/classes".to_owned(),
        "due" | "reported" => return "; write <T, >T or T..T, each a day (2026-11-01) or a time".to_owned(),
        "no" => return "; write a whole number, as 260930-7K3M9Q".to_owned(),
        _ => return String::new(),
    };
    format!("; write one of {}", words.join(", "))
}

fn bad(detail: String) -> Problem {
    Problem::field("?filter", "format", detail)
}

struct Reading<'a> {
    filter: &'a mut CaseFilter,
    city: &'a City,
    actor: &'a Actor,
    now: Timestamp,
}

impl Reading<'_> {
    fn term(&mut self, key: &str, value: &str) -> Answer<()> {
        let unknown = || bad(format!("{key}:{value} is not known{}", choices(key)));
        match key {
            "step" => self.filter.steps.push(StepName::parse(value).ok_or_else(unknown)?),
            "stage" => self.filter.stages.push(value.parse().map_err(|_| unknown())?),
            "turn" => self.filter.turns.push(Turn::parse(value).ok_or_else(unknown)?),
            "class" => self.filter.classes.push(value.to_owned()),
            "unit" => self.filter.units.push(UnitId(value.parse().map_err(|_| unknown())?)),
            "area" => {
                let area = self.city.area_by_text(value).ok_or_else(unknown)?;
                self.filter.areas.push((area.level, area.id));
            }
            "urgency" => self.filter.urgencies.push(Urgency::parse(value).ok_or_else(unknown)?),
            "channel" => self.filter.channels.push(Channel::parse(value).ok_or_else(unknown)?),
            "state" => self.filter.states.push(match value {
                "open" => State::Unclosed,
                "running" => State::Open,
                "held" => State::Held,
                "closed" => State::Closed,
                "late" => State::Late(self.now),
                "soon" => State::Soon(self.now),
                _ => return Err(unknown()),
            }),
            "reporter" if value == "me" => self.filter.reporter = self.actor.person,
            "holder" if value == "me" => self.filter.turn = my_turn(self.actor),
            "due" => self.filter.due = self.times(value).ok_or_else(unknown)?,
            "reported" => self.filter.reported = self.times(value).ok_or_else(unknown)?,
            "no" => self.filter.ids = Some(ids_of_number(value).ok_or_else(unknown)?),
            "outside" => self.filter.outside_no = Some(value.to_owned()),
            "text" => self.filter.words = Some(value.to_owned()),
            _ => return Err(bad(format!("{key} is no key; the keys are {KEYS}"))),
        }
        Ok(())
    }

    /// `<T`, `>T` or `T..T`, each a date or a time.
    fn times(&self, text: &str) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
        if let Some(until) = text.strip_prefix('<') {
            return Some((None, Some(self.time(until)?)));
        }
        if let Some(from) = text.strip_prefix('>') {
            return Some((Some(self.time(from)?), None));
        }
        let (from, until) = text.split_once("..")?;
        Some((Some(self.time(from)?), Some(self.time(until)?)))
    }

    fn time(&self, text: &str) -> Option<Timestamp> {
        let date = || text.parse::<jiff::civil::Date>().ok();
        text.parse().ok().or_else(|| self.city.zone.to_timestamp(date()?.at(0, 0, 0, 0)).ok())
    }
}
