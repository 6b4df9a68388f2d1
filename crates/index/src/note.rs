//! What a stage wants a reader to know: visible, kept with the result, printed by the audit. Not errors.

use serde::{Deserialize, Serialize};

/// The stage of the pipeline a note belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are the stages themselves
pub enum Stage {
    Read,
    Select,
    Denominate,
    Impute,
    Screen,
    Treat,
    Bound,
    Normalise,
    Weight,
    Aggregate,
    Rank,
    Coherence,
    Sensitivity,
    SmallArea,
}

/// One remark of one stage about one thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// Where it was noticed.
    pub stage: Stage,
    /// Indicator, unit or group concerned; empty for the whole table.
    pub subject: String,
    /// What a person should know.
    pub text: String,
}

impl Note {
    /// A note about `subject`.
    pub fn new(stage: Stage, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { stage, subject: subject.into(), text: text.into() }
    }
}
