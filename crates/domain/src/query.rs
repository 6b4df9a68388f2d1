//! What people write into the one box (一键查询), understood: words, filters, and for each piece what it was taken for.
//!
//! Reading never fails: a piece that means nothing special is a word. Pure; which unit `部门:住建` is, and what is found, is
//! the shell's affair. The words themselves are in `query/words`, days in `query/when`.

mod pieces;
#[cfg(test)]
mod tests;
mod when;
mod words;

use crate::case::{Channel, StepName, Urgency};
use crate::class::Label;
use jiff::civil::Date;
use pieces::Piece;

pub use words::Key;

/// The longest query that is read, in characters; what is behind is left out.
pub const MOST: usize = 200;
/// How far "near" reaches when nothing else is said, metres.
pub const NEAR_M: u32 = 500;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 网格与区域.
    Area,
    /// 地点: a place of the register.
    Place,
    /// 部件: a public facility.
    Thing,
    /// 案件.
    Case,
    /// 部门.
    Unit,
    /// 工作人员, never residents.
    Person,
}

impl Kind {
    /// All, in the order in which they are shown.
    pub const ALL: [Kind; 6] = [Kind::Area, Kind::Place, Kind::Thing, Kind::Case, Kind::Unit, Kind::Person];

    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        ["area", "place", "thing", "case", "unit", "person"][self as usize]
    }

    /// As people say it.
    pub fn zh(self) -> &'static str {
        ["网格与区域", "地点", "部件", "案件", "部门", "工作人员"][self as usize]
    }

    /// Reads what [`Kind::as_str`] writes.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How a case must stand, in the words of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// 未结: not closed.
    Open,
    /// 逾期: not closed, and its running clock is over.
    Late,
    /// 将逾期: not closed, and its running clock is in its last fifth.
    Soon,
    /// 挂账: on hold.
    Held,
    /// 已结: closed.
    Closed,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// What a piece of the query was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A word to be found.
    Word,
    /// A filter.
    Filter(Key),
    /// A number of a case (`#`).
    Number,
    /// Someone of the staff (`@`).
    Person,
}

/// A piece of the query and what it was taken for: shown under the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Where it begins, in characters from 0.
    pub from: u32,
    /// Where it ends: the first character behind it.
    pub to: u32,
    /// What it was taken for.
    pub meaning: Meaning,
    /// The same in words.
    pub says: Label,
    /// The value as it was understood: of a filter by name what has yet to be looked up.
    pub value: String,
    /// A filter whose value is still to be written narrows nothing.
    pub is_whole: bool,
}

/// A query as it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words: all must be found. Lower case, half width.
    pub words: Vec<String>,
    /// Only these kinds; empty is all.
    pub kinds: Vec<Kind>,
    /// Names or codes of units: any.
    pub units: Vec<String>,
    /// Names or codes of classes: any.
    pub classes: Vec<String>,
    /// Names or codes of areas: any.
    pub areas: Vec<String>,
    /// At one of these steps.
    pub steps: Vec<StepName>,
    /// In one of these standings.
    pub standings: Vec<Standing>,
    /// Of one of these urgencies.
    pub urgencies: Vec<Urgency>,
    /// Come in one of these ways.
    pub channels: Vec<Channel>,
    /// Reported in these days.
    pub reported: Option<Days>,
    /// Whose running clock ends in these days.
    pub due: Option<Days>,
    /// Within so many metres of the caller's point.
    pub near_m: Option<u32>,
    /// Numbers of cases, whole or the beginning.
    pub numbers: Vec<String>,
    /// Names of staff.
    pub people: Vec<String>,
    /// Digits that may be the end of a telephone number (4 to 11 of them).
    pub tails: Vec<String>,
    /// What each piece was taken for, in the order of the text.
    pub chips: Vec<Chip>,
}

/// Understands a query as it is asked on a day.
pub fn parse(text: &str, today: Date) -> Query {
    let mut query = Query::default();
    for piece in pieces::of(text) {
        query.take(&piece, today);
    }
    query
}

impl Query {
    /// Nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.chips.iter().all(|chip| !chip.is_whole)
    }

    /// It asks for what only cases have.
    pub fn is_about_cases(&self) -> bool {
        !(self.classes.is_empty()
            && self.steps.is_empty()
            && self.standings.is_empty()
            && self.urgencies.is_empty()
            && self.channels.is_empty()
            && self.numbers.is_empty())
            || self.reported.is_some()
            || self.due.is_some()
    }

    fn take(&mut self, piece: &Piece, today: Date) {
        let text = piece.text.as_str();
        if piece.quoted {
            return self.word(piece, text);
        }
        match text.chars().next() {
            Some('#') => return self.number(piece, &text[1..]),
            Some('@') => return self.person(piece, &text[1..]),
            _ => {}
        }
        if let Some((key, value)) = words::keyed(text) {
            return self.keyed(piece, key, value, today);
        }
        if let Some((key, says)) = self.plain(text, today) {
            return self.chip(piece, Meaning::Filter(key), says, text, true);
        }
        if words::is_number(text) {
            return self.number(piece, text);
        }
        self.word(piece, text);
    }

    /// What says by itself what it is: `逾期`, `昨天`, `附近`.
    fn plain(&mut self, text: &str, today: Date) -> Option<(Key, Label)> {
        if let Some((standing, says)) = words::standing(text) {
            add(&mut self.standings, standing);
            return Some((Key::State, says));
        }
        if let Some((urgency, says)) = words::urgency(text).filter(|(it, _)| *it != Urgency::Ordinary) {
            add(&mut self.urgencies, urgency);
            return Some((Key::Urgency, says));
        }
        if let Some((metres, says)) = words::near(text) {
            self.near_m = Some(metres);
            return Some((Key::Near, says));
        }
        let (days, says) = when::plain(text, today)?;
        self.reported = Some(days);
        Some((Key::Reported, says))
    }

    fn keyed(&mut self, piece: &Piece, key: Key, values: &str, today: Date) {
        if values.is_empty() {
            return self.chip(piece, Meaning::Filter(key), words::awaited(key), "", false);
        }
        let mut said = Vec::new();
        for value in values.split([',', '，', '、', ';', '；']).filter(|value| !value.is_empty()) {
            match self.value(key, value, today) {
                Some(says) => said.push(says),
                None => return self.word(piece, &piece.text),
            }
        }
        let join = |of: fn(&Label) -> &str| said.iter().map(of).collect::<Vec<_>>();
        let name = words::name(key);
        let zh = format!("{}：{}", name.zh, join(|it| &it.zh).join("、"));
        let en = format!("{}: {}", name.en, join(|it| &it.en).join(", "));
        self.chip(piece, Meaning::Filter(key), Label::new(zh, en), values, true);
    }

    /// One value of a filter; how it was understood, or `None` when it was not.
    fn value(&mut self, key: Key, value: &str, today: Date) -> Option<Label> {
        let as_written = || Label::new(value, value);
        Some(match key {
            Key::Unit => {
                self.units.push(value.to_owned());
                as_written()
            }
            Key::Class => {
                self.classes.push(value.to_owned());
                as_written()
            }
            Key::Area => {
                self.areas.push(value.to_owned());
                as_written()
            }
            Key::Step => {
                let (steps, says) = words::step(value)?;
                steps.iter().for_each(|step| add(&mut self.steps, *step));
                says
            }
            Key::State => {
                let (standing, says) = words::standing(value)?;
                add(&mut self.standings, standing);
                says
            }
            Key::Urgency => {
                let (urgency, says) = words::urgency(value)?;
                add(&mut self.urgencies, urgency);
                says
            }
            Key::Channel => {
                let (channel, says) = words::channel(value)?;
                add(&mut self.channels, channel);
                says
            }
            Key::Kind => {
                let (kind, says) = words::kind(value)?;
                add(&mut self.kinds, kind);
                says
            }
            Key::Reported => {
                let (days, says) = when::read(value, today)?;
                self.reported = Some(days);
                says
            }
            Key::Due => {
                let (days, says) = when::read(value, today)?;
                self.due = Some(days);
                says
            }
            Key::Near => {
                let (metres, says) = words::metres(value)?;
                self.near_m = Some(metres);
                says
            }
            Key::Number => {
                self.numbers.push(value.to_uppercase());
                as_written()
            }
            Key::Person => {
                self.people.push(value.to_owned());
                as_written()
            }
        })
    }

    fn number(&mut self, piece: &Piece, text: &str) {
        let number = text.to_uppercase();
        let says = Label::new(format!("编号：{number}"), format!("number: {number}"));
        if !text.is_empty() {
            self.numbers.push(number.clone());
        }
        self.chip(piece, Meaning::Number, says, &number, !text.is_empty());
    }

    fn person(&mut self, piece: &Piece, text: &str) {
        let says = Label::new(format!("工作人员：{text}"), format!("staff: {text}"));
        if !text.is_empty() {
            self.people.push(text.to_owned());
        }
        self.chip(piece, Meaning::Person, says, text, !text.is_empty());
    }

    fn word(&mut self, piece: &Piece, text: &str) {
        if text.chars().all(|c| c.is_ascii_digit()) && (4..=11).contains(&text.len()) {
            self.tails.push(text.to_owned());
        }
        if text.chars().any(char::is_alphanumeric) {
            add(&mut self.words, text.to_owned());
            self.chip(piece, Meaning::Word, Label::new(text, text), text, true);
        }
    }

    fn chip(&mut self, piece: &Piece, meaning: Meaning, says: Label, value: &str, is_whole: bool) {
        let (from, to) = (piece.from as u32, piece.to as u32);
        self.chips.push(Chip { from, to, meaning, says, value: value.to_owned(), is_whole });
    }
}

fn add<T: PartialEq>(to: &mut Vec<T>, value: T) {
    if !to.contains(&value) {
        to.push(value);
    }
}
