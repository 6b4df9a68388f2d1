//! Contesting a score (申诉): a worker says that a line, or one case of a line, is not right. Whoever decides is neither
//! the person nor somebody who acted on the case. What is upheld is mended in the outcomes, and everything that is made
//! of them is made again.

use super::measure::Measure;
use crate::id::PersonId;
use crate::month::Month;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use thiserror::Error;
use uuid::Uuid;

/// Letters of a reason, at most.
pub const MOST_LETTERS: usize = 2_000;

/// What is done in an appeal. Variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum AppealAct {
    /// 申诉: the worker says what is not right.
    Ask {
        /// Whose score.
        person: PersonId,
        /// Of which month.
        month: Month,
        /// Which line.
        measure: Measure,
        /// Which case of it; the whole line when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<Uuid>,
        /// In the worker's own words.
        words: String,
    },
    /// 裁定: somebody else decides.
    Decide {
        /// What is done, or nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Option<Remedy>,
        /// Why.
        words: String,
        /// The scores and ranks that it touched, before and after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        moved: Option<Value>,
    },
    /// 撤回 by the worker.
    Withdraw {},
}

/// What is done with outcomes that were contested rightly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// 不计: they do not count.
    LeaveOut,
    /// 更正: they count as good ones.
    Correct,
}

/// How far an appeal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppealState {
    /// Waits for a decision.
    Asked,
    /// Upheld.
    Upheld,
    /// Not upheld.
    Rejected,
    /// Taken back.
    Withdrawn,
}

/// Outcomes that are mended by an upheld appeal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mend {
    /// Whose.
    pub person: PersonId,
    /// In which line.
    pub measure: Measure,
    /// Of one case, or of the whole line.
    pub source: Option<Uuid>,
    /// Days of the period.
    pub days: (Date, Date),
    /// What is done.
    pub remedy: Remedy,
}

/// What a decision depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppealFacts {
    /// Whose score.
    pub person: PersonId,
    /// How far it has come.
    pub state: AppealState,
    /// Everybody who acted on the contested cases.
    pub actors: BTreeSet<PersonId>,
}

/// Why an appeal is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AppealRefusal {
    /// It was decided or withdrawn.
    #[error("this appeal is over: it was {}", .0.as_str())]
    Over(AppealState),
    /// The decider is the person.
    #[error("nobody decides about their own score: somebody else of the desk, or the leader, must")]
    Own,
    /// The decider acted on the case.
    #[error(
        "whoever acted on the contested case cannot decide about it: somebody else of the desk, or the leader, must"
    )]
    Acted,
    /// The day has passed.
    #[error("scores of {month} could be contested until {until}")]
    TooLate {
        /// Which month.
        month: Month,
        /// The last day.
        until: Date,
    },
    /// The month is not over.
    #[error("{0} is not over: its score can be contested from the first of the next month on")]
    TooEarly(Month),
    /// No words.
    #[error("say why in words, at most {MOST_LETTERS} letters")]
    Words,
}

impl AppealState {
    /// Every state.
    pub const ALL: [AppealState; 4] =
        [AppealState::Asked, AppealState::Upheld, AppealState::Rejected, AppealState::Withdrawn];

    /// As it stands in the column and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            AppealState::Asked => "asked",
            AppealState::Upheld => "upheld",
            AppealState::Rejected => "rejected",
            AppealState::Withdrawn => "withdrawn",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<AppealState> {
        AppealState::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

impl Remedy {
    /// As it stands in the column and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Remedy::LeaveOut => "leave_out",
            Remedy::Correct => "correct",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<Remedy> {
        [Remedy::LeaveOut, Remedy::Correct].into_iter().find(|it| it.as_str() == text)
    }
}

/// The last day on which a month's score can be contested: the last of the next month.
pub fn last_day(month: Month) -> Date {
    month.plus(1).first_day().last_of_month()
}

/// Whether a score can be contested on a day, with these words.
///
/// # Errors
/// Too early, too late, or without words.
pub fn may_ask(month: Month, words: &str, today: Date) -> Result<(), AppealRefusal> {
    let letters = words.trim().chars().count();
    if letters == 0 || letters > MOST_LETTERS {
        return Err(AppealRefusal::Words);
    }
    if today < month.plus(1).first_day() {
        return Err(AppealRefusal::TooEarly(month));
    }
    let until = last_day(month);
    if today > until { Err(AppealRefusal::TooLate { month, until }) } else { Ok(()) }
}

/// Whether someone may decide; that they answer for the area is asked before.
///
/// # Errors
/// It is over, or the decider is not independent.
pub fn may_decide(facts: &AppealFacts, decider: Option<PersonId>) -> Result<(), AppealRefusal> {
    if facts.state != AppealState::Asked {
        return Err(AppealRefusal::Over(facts.state));
    }
    let Some(decider) = decider else { return Err(AppealRefusal::Own) };
    if decider == facts.person {
        return Err(AppealRefusal::Own);
    }
    if facts.actors.contains(&decider) { Err(AppealRefusal::Acted) } else { Ok(()) }
}
