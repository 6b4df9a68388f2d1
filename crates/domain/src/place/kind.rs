//! Kinds of places and things: names, form and interval of inspection, and what is known of each. Data, not code.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{Facts, Sort};
use crate::class::Label;
use crate::form::Choice;

/// Longest text of a fact, in characters.
const TEXT_MAX: usize = 500;

/// The document that is kept (bundle `place-kinds`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinds {
    /// All kinds, of places and of things.
    pub kinds: Vec<Kind>,
}

/// A kind of place or thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Short code: `school`.
    pub code: String,
    /// Whether places or things are of it.
    pub sort: Sort,
    /// What people call it.
    pub name: Label,
    /// Code of the form it is inspected with; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// Days between inspections, 1 to 1,100; `None` for no plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_days: Option<u16>,
    /// Days after an inspection with something failing; `None` for as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_failing_days: Option<u16>,
    /// What is known of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Takes no new places or things.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

/// Something that is known of every place or thing of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in files: letters, digits and `_`.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Whether each must have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What it may be, of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Code of the data element that it holds, so that no form asks for it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub element: String,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Words, up to 500 characters.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// Yes or no.
    Truth,
    /// One of the choices.
    Choice,
}

/// What is known. Its JSON is what is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// Yes or no.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Words, a day, or the name of a choice.
    Text(String),
}

impl Fact {
    /// As it stands in a file.
    pub fn text(&self) -> String {
        match self {
            Fact::Truth(it) => if *it { "yes" } else { "no" }.to_owned(),
            Fact::Whole(it) => it.to_string(),
            Fact::Number(it) => it.to_string(),
            Fact::Text(it) => it.clone(),
        }
    }
}

/// One thing that is wrong with the kinds.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[error("{path}: {why}")]
pub struct KindFault {
    /// JSON pointer within the document: `/kinds/3/fields/0/name`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// A fact that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFault {
    /// The field.
    pub field: String,
    /// missing, unknown, type, range or format.
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl Kinds {
    /// A kind of this sort by its code.
    pub fn get(&self, sort: Sort, code: &str) -> Option<&Kind> {
        self.kinds.iter().find(|it| it.sort == sort && it.code == code)
    }

    /// Everything that is wrong; `is_form` says whether there is an inspection form of that code.
    pub fn faults(&self, is_form: &dyn Fn(&str) -> bool) -> Vec<KindFault> {
        let mut found = Vec::new();
        let mut codes = BTreeSet::new();
        for (at, kind) in self.kinds.iter().enumerate() {
            let mut say = |field: &str, why: String| {
                found.push(KindFault { path: format!("/kinds/{at}/{field}"), why });
            };
            if !crate::form::is_code(&kind.code) {
                say(
                    "code",
                    "small letters, digits, _ and -, 1 to 40 of them, beginning with a letter: school".into(),
                );
            }
            if !codes.insert(&kind.code) {
                say("code", format!("{} is there twice; places and things share the codes", kind.code));
            }
            if kind.name.zh.trim().is_empty() || kind.name.en.trim().is_empty() {
                say("name", "it is needed in Chinese (zh) and in English (en)".into());
            }
            if !kind.form.is_empty() && !is_form(&kind.form) {
                say("form", format!("there is no form {} for inspections; save it first", kind.form));
            }
            if kind.every_days.is_some() && kind.form.is_empty() {
                say("form", "name the form that it is inspected with".into());
            }
            for (field, days) in
                [("every_days", kind.every_days), ("after_failing_days", kind.after_failing_days)]
            {
                if days.is_some_and(|it| !(1..=1_100).contains(&it)) {
                    say(field, "1 to 1,100 days".into());
                }
            }
            if kind.after_failing_days > kind.every_days {
                say("after_failing_days", "no later than ever: at most every_days".into());
            }
            let mut names = BTreeSet::new();
            for (nth, field) in kind.fields.iter().enumerate() {
                let mut say = |what: &str, why: &str| {
                    let path = format!("/kinds/{at}/fields/{nth}/{what}");
                    found.push(KindFault { path, why: why.to_owned() });
                };
                field.check(&mut say);
                if !names.insert(&field.name) {
                    say("name", "it is there twice");
                }
            }
        }
        found
    }
}

/// Names that columns of files have already.
const TAKEN: &[&str] = &[
    "id",
    "sort",
    "kind",
    "number",
    "name",
    "name_en",
    "address",
    "lng",
    "lat",
    "grid",
    "owner",
    "state",
    "crs",
    "note",
    "version",
    "due",
    "looked_on",
];

impl Field {
    fn check(&self, say: &mut dyn FnMut(&str, &str)) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = self.name.starts_with(|c: char| c.is_ascii_lowercase());
        if !begins || self.name.len() > 40 || !self.name.chars().all(fits) {
            say("name", "small letters, digits and _, 1 to 40 of them, beginning with a letter");
        } else if TAKEN.contains(&self.name.as_str()) {
            say("name", "every place has it already; give it another name");
        }
        if self.label.zh.trim().is_empty() || self.label.en.trim().is_empty() {
            say("label", "it is needed in Chinese (zh) and in English (en)");
        }
        if (self.kind == FieldKind::Choice) == self.choices.is_empty() {
            say("choices", "a choice needs some, and nothing else has any");
        }
    }

    /// A value as JSON or, from a file, as text.
    fn typed(&self, value: &Value) -> Result<Option<Fact>, (&'static str, String)> {
        let text = value.as_str().map(str::trim);
        if value.is_null() || text == Some("") {
            return Ok(None);
        }
        let wants = |what: &str| ("type", format!("{what} belongs here, not {value}"));
        let fact = match self.kind {
            FieldKind::Text => {
                let text = text.ok_or_else(|| wants("a text"))?;
                if text.chars().count() > TEXT_MAX {
                    return Err(("range", format!("{TEXT_MAX} characters are the most")));
                }
                Fact::Text(text.to_owned())
            }
            FieldKind::Integer => {
                let whole = value.as_i64().or_else(|| text?.parse().ok());
                let whole = whole.filter(|it: &i64| it.unsigned_abs() < 1 << 53);
                Fact::Whole(whole.ok_or_else(|| wants("a whole number"))?)
            }
            FieldKind::Decimal => {
                let number = value.as_f64().or_else(|| text?.parse().ok()).filter(|it: &f64| it.is_finite());
                Fact::Number(number.ok_or_else(|| wants("a number"))?)
            }
            FieldKind::Date => {
                let day = text.and_then(|it| it.parse::<Date>().ok());
                let day = day.ok_or_else(|| ("format", "a day is written 2026-09-30".to_owned()))?;
                Fact::Text(day.to_string())
            }
            FieldKind::Truth => match text {
                Some("yes" | "true" | "是" | "1") => Fact::Truth(true),
                Some("no" | "false" | "否" | "0") => Fact::Truth(false),
                _ => Fact::Truth(value.as_bool().ok_or_else(|| wants("yes or no"))?),
            },
            FieldKind::Choice => {
                let text = text.ok_or_else(|| wants("the name of a choice"))?;
                let is_it = |it: &&Choice| it.name == text || it.label.zh == text || it.label.en == text;
                let found = self.choices.iter().find(is_it);
                let known =
                    || self.choices.iter().take(12).map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
                let found = found
                    .ok_or_else(|| ("unknown", format!("{text:?} is no choice; there are {}", known())))?;
                Fact::Text(found.name.clone())
            }
        };
        Ok(Some(fact))
    }
}

impl Kind {
    /// What is known, typed by the fields of the kind. Everything that is wrong is said at once.
    pub fn facts(&self, given: &BTreeMap<String, Value>) -> Result<Facts, Vec<FactFault>> {
        let mut faults = Vec::new();
        let mut facts = Facts::new();
        let mut say = |field: &str, code, why: String| {
            faults.push(FactFault { field: field.to_owned(), code, why });
        };
        for name in given.keys().filter(|name| self.fields.iter().all(|it| it.name != **name)) {
            let known: Vec<&str> = self.fields.iter().map(|it| it.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            say(name, "unknown", format!("{} has no field {name}; there are {known}", self.code));
        }
        for field in &self.fields {
            match given.get(&field.name).map_or(Ok(None), |value| field.typed(value)) {
                Ok(Some(fact)) => {
                    facts.insert(field.name.clone(), fact);
                }
                Ok(None) if field.required => {
                    say(&field.name, "missing", format!("{} must be given", field.label.en));
                }
                Ok(None) => {}
                Err((code, why)) => say(&field.name, code, why),
            }
        }
        if faults.is_empty() { Ok(facts) } else { Err(faults) }
    }
}
