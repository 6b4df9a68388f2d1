//! A form as it is kept: plain data, also the JSON in which forms are sent round.

use serde::{Deserialize, Serialize};

use crate::class::Label;

/// A form as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormDoc {
    /// Short code: small letters, digits, `_` and `-`, 1 to 40 of them, beginning with a letter.
    pub code: String,
    /// What people call it.
    pub title: Label,
    /// Code of the department that asks; its minutes are counted against it.
    pub owner: String,
    /// What it is filled in for.
    #[serde(rename = "use")]
    pub used: FormUse,
    /// Minutes that filling it in takes, as estimated: 1 to 240. Counted where nothing was measured.
    pub minutes: u16,
    /// Code of the class of case that a failing answer becomes, unless its question names another; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Takes no new answers from now on; what was filled in is still read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// Questions, notes and groups in the order in which they are asked.
    pub items: Vec<ItemDoc>,
}

/// What a form is filled in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormUse {
    /// A place or a thing is looked at.
    Inspection,
    /// What was seen on a visit.
    Observation,
}

/// A question, a note or a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDoc {
    /// Its name in answers and expressions: letters, digits and `_`, beginning with a letter, at most 64.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ItemKind,
    /// What is asked.
    pub label: Label,
    /// What helps to answer.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub hint: Label,
    /// Name of the group that it stands in; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub within: String,
    /// Whether an answer is needed where it is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What must be true of an answer; `.` is the answer itself. Empty for no such rule.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub constraint: String,
    /// What is said to an answer that is not so.
    #[serde(default, skip_serializing_if = "is_blank")]
    pub says: Label,
    /// When it is asked at all, by the answers to questions above; empty for always.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub relevant: String,
    /// What may be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Code of the data element (数据元) that it asks for, if it is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub element: String,
    /// When an answer fails, as `. = 'blocked'`; empty for never.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fails: String,
    /// Code of the class of case that a failing answer becomes; empty for the form's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Words.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// One of the choices.
    SelectOne,
    /// Some of the choices.
    SelectMultiple,
    /// Pictures, by the ids of attachments.
    Photo,
    /// A point on the ground.
    Geopoint,
    /// Something to read; nothing is answered.
    Note,
    /// What others stand in.
    Group,
}

/// What may be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its name in answers.
    pub name: String,
    /// What people read.
    pub label: Label,
}

impl ItemKind {
    /// All, in the order in which they are told.
    pub const ALL: [ItemKind; 11] = [
        ItemKind::Text,
        ItemKind::Integer,
        ItemKind::Decimal,
        ItemKind::Date,
        ItemKind::Time,
        ItemKind::SelectOne,
        ItemKind::SelectMultiple,
        ItemKind::Photo,
        ItemKind::Geopoint,
        ItemKind::Note,
        ItemKind::Group,
    ];

    /// As it stands in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            ItemKind::Text => "text",
            ItemKind::Integer => "integer",
            ItemKind::Decimal => "decimal",
            ItemKind::Date => "date",
            ItemKind::Time => "time",
            ItemKind::SelectOne => "select_one",
            ItemKind::SelectMultiple => "select_multiple",
            ItemKind::Photo => "photo",
            ItemKind::Geopoint => "geopoint",
            ItemKind::Note => "note",
            ItemKind::Group => "group",
        }
    }

    /// Whether something is answered.
    pub const fn is_answered(self) -> bool {
        !matches!(self, ItemKind::Note | ItemKind::Group)
    }

    /// Whether something is chosen.
    pub const fn has_choices(self) -> bool {
        matches!(self, ItemKind::SelectOne | ItemKind::SelectMultiple)
    }
}

impl FormUse {
    /// As it stands in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            FormUse::Inspection => "inspection",
            FormUse::Observation => "observation",
        }
    }
}

fn is_blank(label: &Label) -> bool {
    label.zh.is_empty() && label.en.is_empty()
}
