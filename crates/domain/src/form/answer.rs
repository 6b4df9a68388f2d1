//! Answers: read by the form's version they were filled in with, typed, and which of them fail.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::doc::ItemKind;
use super::expr::Given;
use super::read::{Form, Item};
use crate::class::Label;
use crate::geo::LngLat;
use crate::id::{AttachmentId, ClassCode};

/// Longest text, in characters.
pub const TEXT_MAX: usize = 2_000;
/// Most pictures of one question.
pub const MOST_PHOTOS: usize = 9;
/// Beyond this, a whole number is no longer exact in JSON.
const LARGEST: i64 = 9_007_199_254_740_991;

/// A typed answer. Its JSON is what is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A point.
    Point(LngLat),
    /// Names of choices, or ids of pictures.
    Many(Vec<String>),
    /// Words, the name of a choice, a day (`2026-09-30`) or a time of day (`08:30`).
    Text(String),
}

/// Answers by the names of their questions.
pub type Answers = BTreeMap<String, Answer>;

/// An answer that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerFault {
    /// The question.
    pub question: String,
    /// missing, unknown, type, range or format.
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub why: String,
    /// The same in Chinese where the form has words of its own for it.
    pub says: Option<Label>,
}

/// A form filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// Every answer to a question that was asked.
    pub answers: Answers,
    /// Those that fail, in the order asked.
    pub failed: Vec<Failed>,
    /// Questions that were answered and, by the other answers, not asked: their answers are left out.
    pub unasked: Vec<String>,
    /// Every picture.
    pub photos: Vec<AttachmentId>,
}

/// An answer that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// The question.
    pub question: String,
    /// Class of the case that it becomes.
    pub class: ClassCode,
    /// In words: what was asked and what was found.
    pub words: Label,
}

impl Form {
    /// Checks answers, JSON by question, as they were filled in on a day. Everything that is wrong is said at once.
    pub fn fill(&self, given: &BTreeMap<String, Value>, today: Date) -> Result<Filled, Vec<AnswerFault>> {
        let mut faults: Vec<AnswerFault> = given
            .keys()
            .filter(|name| self.item(name).is_none_or(|it| !it.doc.kind.is_answered()))
            .map(|name| fault(name, "unknown", "this version of the form has no such question"))
            .collect();
        let (mut answers, mut unasked) = (Answers::new(), Vec::new());
        let mut asked: Vec<bool> = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let holds =
                item.relevant.as_ref().is_none_or(|it| it.holds(&|name| given_of(&answers, name), today));
            // Groups stand above what is in them.
            let is_asked = holds && item.groups.iter().all(|group| asked[*group]);
            asked.push(is_asked);
            let value = given.get(&item.doc.name).filter(|it| !is_blank(it));
            match value {
                _ if !item.doc.kind.is_answered() => {}
                Some(_) if !is_asked => unasked.push(item.doc.name.clone()),
                Some(value) => match typed(item, value) {
                    Ok(answer) => {
                        answers.insert(item.doc.name.clone(), answer);
                    }
                    Err((code, why)) => faults.push(fault(&item.doc.name, code, why)),
                },
                None if is_asked && item.doc.required => {
                    faults.push(fault(
                        &item.doc.name,
                        "missing",
                        format!("answer it: {}", item.doc.label.en),
                    ));
                }
                None => {}
            }
        }
        self.constraints(&answers, today, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let failed = self.failing(&answers, today);
        let photos = self.photos(&answers);
        Ok(Filled { answers, failed, unasked, photos })
    }

    fn constraints(&self, answers: &Answers, today: Date, faults: &mut Vec<AnswerFault>) {
        for item in &self.items {
            let Some((rule, own)) = item.constraint.as_ref().zip(answers.get(&item.doc.name)) else {
                continue;
            };
            let holds = rule.holds(&|name| given_or(answers, name, own), today);
            if !holds {
                let says = Some(item.doc.says.clone()).filter(|it| !it.en.is_empty());
                let why = says.as_ref().map_or_else(
                    || format!("it must be so: {}", item.doc.constraint),
                    |says| says.en.clone(),
                );
                faults.push(AnswerFault { says, ..fault(&item.doc.name, "range", why) });
            }
        }
    }

    fn failing(&self, answers: &Answers, today: Date) -> Vec<Failed> {
        let fails = |item: &Item| {
            let (rule, own) = item.fails.as_ref().zip(answers.get(&item.doc.name))?;
            rule.holds(&|name| given_or(answers, name, own), today).then(|| Failed {
                question: item.doc.name.clone(),
                class: self.class_of(item),
                words: told(item, own),
            })
        };
        self.items.iter().filter_map(fails).collect()
    }

    fn photos(&self, answers: &Answers) -> Vec<AttachmentId> {
        let of = |item: &Item| match answers.get(&item.doc.name) {
            Some(Answer::Many(ids)) if item.doc.kind == ItemKind::Photo => ids.clone(),
            _ => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let all = self.items.iter().flat_map(of).filter_map(|id| id.parse().ok());
        all.filter(|id| seen.insert(*id)).collect()
    }
}

/// What was asked and what was found.
fn told(item: &Item, answer: &Answer) -> Label {
    let chosen = |name: &String, of: fn(&Label) -> &String| {
        item.choice(name).map_or_else(|| name.clone(), |it| of(&it.label).clone())
    };
    let words = |of: fn(&Label) -> &String, with: &str| match answer {
        Answer::Text(it) => chosen(it, of),
        Answer::Many(_) if item.doc.kind == ItemKind::Photo => String::new(),
        Answer::Many(them) => them.iter().map(|it| chosen(it, of)).collect::<Vec<_>>().join(with),
        Answer::Whole(it) => it.to_string(),
        Answer::Number(it) => it.to_string(),
        Answer::Point(it) => format!("{:.6},{:.6}", it.lng, it.lat),
    };
    let label = &item.doc.label;
    Label::new(
        format!("{}：{}", label.zh.trim_end_matches(['？', '?']), words(|it| &it.zh, "、")),
        format!("{}: {}", label.en.trim_end_matches('?'), words(|it| &it.en, ", ")),
    )
}

fn fault(question: &str, code: &'static str, why: impl Into<String>) -> AnswerFault {
    AnswerFault { question: question.to_owned(), code, why: why.into(), says: None }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(it) => it.trim().is_empty(),
        Value::Array(them) => them.is_empty(),
        _ => false,
    }
}

type Wrong = (&'static str, String);

fn typed(item: &Item, value: &Value) -> Result<Answer, Wrong> {
    let wants = |what: &str| ("type", format!("{what} belongs here, not {value}"));
    let text = || value.as_str().map(str::trim).ok_or_else(|| wants("a text"));
    match item.doc.kind {
        ItemKind::Text => match text()? {
            it if it.chars().count() > TEXT_MAX => {
                Err(("range", format!("{TEXT_MAX} characters are the most")))
            }
            it => Ok(Answer::Text(it.to_owned())),
        },
        ItemKind::Integer => {
            let whole =
                value.as_i64().or_else(|| value.as_f64().filter(|it| it.fract() == 0.0).map(|it| it as i64));
            let whole = whole.filter(|it| it.unsigned_abs() <= LARGEST.unsigned_abs());
            whole.map(Answer::Whole).ok_or_else(|| wants("a whole number"))
        }
        ItemKind::Decimal => value.as_f64().map(Answer::Number).ok_or_else(|| wants("a number")),
        ItemKind::Date => {
            let text = text()?;
            let day: Date = text.parse().map_err(|_| ("format", "a day is written 2026-09-30".to_owned()))?;
            Ok(Answer::Text(day.to_string()))
        }
        ItemKind::Time => {
            let text = text()?;
            let time: Time =
                text.parse().map_err(|_| ("format", "a time of day is written 08:30".to_owned()))?;
            Ok(Answer::Text(format!("{:02}:{:02}", time.hour(), time.minute())))
        }
        ItemKind::SelectOne => chosen(item, text()?).map(Answer::Text),
        ItemKind::SelectMultiple => {
            let names = texts(value).ok_or_else(|| wants("a list of choices"))?;
            let names = names.into_iter().map(|it| chosen(item, it)).collect::<Result<BTreeSet<_>, _>>()?;
            // In the order of the form, whatever order they were tapped in.
            let ordered = item.doc.choices.iter().filter(|it| names.contains(&it.name));
            Ok(Answer::Many(ordered.map(|it| it.name.clone()).collect()))
        }
        ItemKind::Photo => {
            let ids = value.as_str().map(|it| vec![it]).or_else(|| texts(value));
            let ids = ids.ok_or_else(|| wants("a list of ids of attachments"))?;
            if ids.len() > MOST_PHOTOS {
                return Err(("range", format!("{MOST_PHOTOS} pictures are the most")));
            }
            let id = |it: &str| it.parse::<AttachmentId>().map(|it| it.to_string());
            let ids = ids.into_iter().map(id).collect::<Result<Vec<_>, _>>();
            ids.map(Answer::Many).map_err(|_| ("format", "an id of an attachment is a UUID".to_owned()))
        }
        ItemKind::Geopoint => {
            let number = |name| value.get(name).and_then(Value::as_f64);
            let pair = number("lng").zip(number("lat")).ok_or_else(|| wants(r#"{"lng": …, "lat": …}"#))?;
            LngLat::new(pair.0, pair.1).map(Answer::Point).map_err(|bad| ("range", bad.to_string()))
        }
        ItemKind::Note | ItemKind::Group => Err(wants("nothing")),
    }
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn chosen(item: &Item, name: &str) -> Result<String, Wrong> {
    if item.choice(name).is_some() {
        return Ok(name.to_owned());
    }
    let known: Vec<&str> = item.doc.choices.iter().take(12).map(|it| it.name.as_str()).collect();
    Err(("unknown", format!("{name:?} is no choice of this version; there are {}", known.join(", "))))
}

/// An answer as expressions see it.
fn given_of(answers: &Answers, name: Option<&str>) -> Given {
    match name.and_then(|name| answers.get(name)) {
        None => Given::Empty,
        Some(answer) => given(answer),
    }
}

fn given_or(answers: &Answers, name: Option<&str>, own: &Answer) -> Given {
    match name {
        None => given(own),
        Some(_) => given_of(answers, name),
    }
}

fn given(answer: &Answer) -> Given {
    match answer {
        Answer::Whole(it) => Given::Number(*it as f64),
        Answer::Number(it) => Given::Number(*it),
        Answer::Text(it) => Given::Text(it.clone()),
        Answer::Many(them) => Given::Many(them.clone()),
        Answer::Point(it) => Given::Text(format!("{} {}", it.lat, it.lng)),
    }
}
