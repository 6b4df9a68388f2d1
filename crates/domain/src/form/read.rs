//! A form checked as a whole: every fault at once, each at its item, field and character.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use super::doc::{Choice, FormDoc, ItemDoc, ItemKind};
use super::expr::{Expr, is_of_name};
use crate::class::Label;
use crate::id::ClassCode;

/// Most items of a form.
pub const MOST_ITEMS: usize = 300;
/// Most choices of a question.
const MOST_CHOICES: usize = 500;
/// Longest label, hint or title, in characters.
const LONGEST_LABEL: usize = 1_000;

/// One thing that is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
pub struct FormFault {
    /// Which item, from 0; `None` for the form itself.
    pub item: Option<usize>,
    /// Its name, as far as it has one.
    pub name: String,
    /// The field: `name`, `relevant`, `choices`…
    pub field: &'static str,
    /// The character of an expression, from 1.
    pub character: Option<usize>,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl fmt::Display for FormFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            Some(at) if self.name.is_empty() => write!(f, "item {}, {}", at + 1, self.field)?,
            Some(_) => write!(f, "{}, {}", self.name, self.field)?,
            None => f.write_str(self.field)?,
        }
        if let Some(character) = self.character {
            write!(f, ", character {character}")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// Everything that is wrong with a form.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
pub struct FormFaults(pub Vec<FormFault>);

/// A form that was read: what answers are checked by.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// As it is kept.
    pub doc: FormDoc,
    /// Its items, in the order asked.
    pub items: Vec<Item>,
    by_name: BTreeMap<String, usize>,
}

/// An item with its expressions read.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// As it is kept.
    pub doc: ItemDoc,
    /// The groups it stands in, by their places among the items, the innermost first.
    pub groups: Vec<usize>,
    /// See [`ItemDoc::relevant`].
    pub relevant: Option<Expr>,
    /// See [`ItemDoc::constraint`].
    pub constraint: Option<Expr>,
    /// See [`ItemDoc::fails`].
    pub fails: Option<Expr>,
}

impl Item {
    /// A choice by its name.
    pub fn choice(&self, name: &str) -> Option<&Choice> {
        self.doc.choices.iter().find(|it| it.name == name)
    }
}

impl Form {
    /// Reads a form, or says everything that is wrong with it.
    pub fn read(doc: &FormDoc) -> Result<Form, FormFaults> {
        let mut reading = Reading { doc, faults: Vec::new(), by_name: BTreeMap::new() };
        reading.head();
        let items: Vec<Item> = doc.items.iter().enumerate().map(|(at, it)| reading.item(at, it)).collect();
        for (at, item) in items.iter().enumerate() {
            reading.agrees(at, item, &items);
        }
        let Reading { mut faults, by_name, .. } = reading;
        if faults.is_empty() {
            return Ok(Form { doc: doc.clone(), items, by_name });
        }
        faults.sort_by_key(|fault| fault.item.map_or(0, |at| at + 1));
        Err(FormFaults(faults))
    }

    /// An item by its name.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.by_name.get(name).map(|at| &self.items[*at])
    }

    /// Classes of case that failing answers become.
    pub fn classes(&self) -> BTreeSet<ClassCode> {
        let fails = self.items.iter().filter(|it| it.fails.is_some());
        fails.map(|it| self.class_of(it)).collect()
    }

    /// The class of case that a failing answer to this becomes.
    pub(super) fn class_of(&self, item: &Item) -> ClassCode {
        let own = &item.doc.class;
        ClassCode(if own.is_empty() { self.doc.class.clone() } else { own.clone() })
    }
}

struct Reading<'a> {
    doc: &'a FormDoc,
    faults: Vec<FormFault>,
    by_name: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn say(&mut self, item: Option<usize>, field: &'static str, why: impl Into<String>) {
        let name = item.map(|at| self.doc.items[at].name.clone()).unwrap_or_default();
        self.faults.push(FormFault { item, name, field, character: None, why: why.into() });
    }

    fn head(&mut self) {
        let doc = self.doc;
        if !is_code(&doc.code) {
            let why =
                "small letters, digits, _ and -, 1 to 40 of them, beginning with a letter: school-safety";
            self.say(None, "code", why);
        }
        self.label(None, "title", &doc.title, true);
        if doc.owner.trim().is_empty() {
            self.say(None, "owner", "name the department that asks, by its code: its minutes are counted");
        }
        if !(1..=240).contains(&doc.minutes) {
            self.say(None, "minutes", "say how many minutes filling it in takes, 1 to 240");
        }
        if doc.items.len() > MOST_ITEMS {
            self.say(None, "items", format!("{MOST_ITEMS} items are the most; split the form"));
        }
        if !doc.items.iter().any(|it| it.kind.is_answered()) {
            self.say(None, "items", "a form asks at least one question");
        }
    }

    fn label(&mut self, item: Option<usize>, field: &'static str, label: &Label, needed: bool) {
        let empty = |text: &str| text.trim().is_empty();
        if needed && (empty(&label.zh) || empty(&label.en)) {
            self.say(item, field, "it is needed in Chinese (zh) and in English (en)");
        }
        if [&label.zh, &label.en].iter().any(|text| text.chars().count() > LONGEST_LABEL) {
            self.say(item, field, format!("{LONGEST_LABEL} characters are the most"));
        }
    }

    fn item(&mut self, at: usize, doc: &ItemDoc) -> Item {
        self.name(at, doc);
        self.label(Some(at), "label", &doc.label, true);
        self.label(Some(at), "hint", &doc.hint, false);
        self.label(Some(at), "says", &doc.says, false);
        self.choices(at, doc);
        let groups = self.groups(at, doc);
        if !doc.kind.is_answered() {
            let odd = [
                ("required", doc.required),
                ("constraint", !doc.constraint.is_empty()),
                ("element", !doc.element.is_empty()),
                ("fails", !doc.fails.is_empty()),
            ];
            for (field, _) in odd.into_iter().filter(|(_, is_there)| *is_there) {
                self.say(Some(at), field, format!("a {} is not answered: leave it out", doc.kind.as_str()));
            }
        }
        let fails = self.expr(at, "fails", &doc.fails);
        if fails.is_some() && doc.class.is_empty() && self.doc.class.is_empty() {
            self.say(
                Some(at),
                "class",
                "a failing answer becomes a case: name its class here or for the whole form",
            );
        }
        if fails.is_none() && doc.fails.is_empty() && !doc.class.is_empty() {
            self.say(
                Some(at),
                "class",
                "it never fails: say when in fails, as . = 'blocked', or leave the class out",
            );
        }
        Item {
            groups,
            relevant: self.expr(at, "relevant", &doc.relevant),
            constraint: self.expr(at, "constraint", &doc.constraint),
            fails,
            doc: doc.clone(),
        }
    }

    fn name(&mut self, at: usize, doc: &ItemDoc) {
        let name = &doc.name;
        let begins = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
        if !begins || !name.chars().all(is_of_name) || name.len() > 64 {
            self.say(
                Some(at),
                "name",
                "letters, digits and _, beginning with a letter, at most 64: fire_exit",
            );
            return;
        }
        if let Some(first) = self.by_name.get(name) {
            let why = format!("item {} has the name {name} already; give this another", first + 1);
            self.say(Some(at), "name", why);
        } else {
            self.by_name.insert(name.clone(), at);
        }
    }

    fn choices(&mut self, at: usize, doc: &ItemDoc) {
        if !doc.kind.has_choices() {
            if !doc.choices.is_empty() {
                self.say(Some(at), "choices", format!("a {} has none", doc.kind.as_str()));
            }
            return;
        }
        if doc.choices.is_empty() || doc.choices.len() > MOST_CHOICES {
            self.say(Some(at), "choices", format!("1 to {MOST_CHOICES} choices are needed"));
        }
        let mut seen = BTreeSet::new();
        for choice in &doc.choices {
            let fits = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            let name = &choice.name;
            if name.is_empty() || name.chars().count() > 64 || !name.chars().all(fits) {
                let why = format!("the name {name:?} of a choice: letters, digits, _ and -, 1 to 64 of them");
                self.say(Some(at), "choices", why);
            } else if !seen.insert(name) {
                self.say(Some(at), "choices", format!("{name} is there twice"));
            }
            self.label(Some(at), "choices", &choice.label, true);
        }
    }

    /// The groups around it; they stand above it, so that none can be in itself.
    fn groups(&mut self, at: usize, doc: &ItemDoc) -> Vec<usize> {
        let mut found = Vec::new();
        let mut within = doc.within.as_str();
        let mut below = at;
        while !within.is_empty() {
            match self.by_name.get(within).copied().filter(|group| *group < below) {
                Some(group) if self.doc.items[group].kind == ItemKind::Group => {
                    found.push(group);
                    below = group;
                    within = &self.doc.items[group].within;
                }
                _ => {
                    self.say(Some(at), "within", format!("there is no group {within} above it"));
                    break;
                }
            }
        }
        found
    }

    fn expr(&mut self, at: usize, field: &'static str, text: &str) -> Option<Expr> {
        if text.trim().is_empty() {
            return None;
        }
        match Expr::parse(text) {
            Ok(expr) => Some(expr),
            Err(wrong) => {
                self.at_character(at, field, wrong.at, wrong.why);
                None
            }
        }
    }

    fn at_character(&mut self, at: usize, field: &'static str, before: usize, why: String) {
        self.say(Some(at), field, why);
        if let Some(last) = self.faults.last_mut() {
            last.character = Some(before + 1);
        }
    }

    /// What an expression names is there, is asked in time, and can be chosen.
    fn agrees(&mut self, at: usize, item: &Item, items: &[Item]) {
        let all = [("relevant", &item.relevant), ("constraint", &item.constraint), ("fails", &item.fails)];
        for (field, expr) in all.into_iter().filter_map(|(field, expr)| Some((field, expr.as_ref()?))) {
            for named in expr.named() {
                let Some(name) = &named.question else {
                    if field == "relevant" {
                        self.at_character(
                            at,
                            field,
                            named.at,
                            ". is the answer, and there is none before it is asked".into(),
                        );
                    } else {
                        self.choosable(at, field, at, named.choice.as_ref(), items);
                    }
                    continue;
                };
                let Some(other) = self.by_name.get(name).copied() else {
                    self.at_character(at, field, named.at, format!("there is no question {name}"));
                    continue;
                };
                if !items[other].doc.kind.is_answered() {
                    let why = format!("{name} is a {} and has no answer", items[other].doc.kind.as_str());
                    self.at_character(at, field, named.at, why);
                } else if field == "relevant" && other >= at {
                    let why = format!("{name} is asked later; move it above");
                    self.at_character(at, field, named.at, why);
                }
                self.choosable(at, field, other, named.choice.as_ref(), items);
            }
        }
    }

    fn choosable(
        &mut self,
        at: usize,
        field: &'static str,
        asked: usize,
        choice: Option<&(String, usize)>,
        items: &[Item],
    ) {
        let item = &items[asked];
        if let Some((text, before)) = choice
            && item.doc.kind.has_choices()
            && item.choice(text).is_none()
        {
            let known: Vec<&str> = item.doc.choices.iter().take(12).map(|it| it.name.as_str()).collect();
            let why = format!("{text} is no choice of {}; there are {}", item.doc.name, known.join(", "));
            self.at_character(at, field, *before, why);
        }
    }
}

/// Whether a text can be the code of a form or a kind.
pub(crate) fn is_code(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 40 && text.chars().all(fits)
}
