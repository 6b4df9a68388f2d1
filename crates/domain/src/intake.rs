//! Intakes: what a department hands in for one month, figure by figure, and what each figure is against the framework
//! and against what is known ([`look`]). Where they lie is the store's affair, who may hand in which is `policy`'s.

mod known;
mod look;
mod usual;

pub use known::{Known, PLATFORM, Subject};
pub use look::{Asked, Change, Fault, Look, Looked, Missing, look};
pub use usual::{ENOUGH, FAR, LOOKS_BACK, Usual};

use crate::audit::{Hash, sha256};
use crate::id::AreaId;
use crate::month::Month;
use serde::{Deserialize, Serialize};

/// One figure of an indicator (or of a base, that rates are divided by): one area, one month. Which of the numbers it
/// must have, the indicator's measure says (`framework::Measure`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Code of the indicator or base.
    pub indicator: String,
    /// Where.
    pub area: AreaId,
    /// When.
    pub month: Month,
    /// Events, or what is counted of `den`; 0 or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num: Option<f64>,
    /// What `num` is counted of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub den: Option<f64>,
    /// In the indicator's unit; `None` where it follows from `num`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Standard error of `value`, in its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
    /// Answers of a survey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<f64>,
    /// Why an unlikely figure is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// How far an intake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Kept, and counts for nothing yet.
    Saved,
    /// The department stands for it: its figures count from then on, for ever.
    Signed,
    /// Given up before it was signed.
    Discarded,
}

impl State {
    /// All, in the order of their coming.
    pub const ALL: [State; 3] = [State::Saved, State::Signed, State::Discarded];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Saved => "saved",
            State::Signed => "signed",
            State::Discarded => "discarded",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// SHA-256 of some figures in their order, each as canonical JSON and a line feed: what a signature is about.
pub fn digest<'a>(figures: impl IntoIterator<Item = &'a Figure>) -> Hash {
    let mut text = Vec::new();
    for figure in figures {
        serde_json::to_writer(&mut text, figure).expect("figures are plain data");
        text.push(b'\n');
    }
    sha256(&text)
}

#[cfg(test)]
mod tests;
