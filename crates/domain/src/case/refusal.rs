//! How the city says no: an ordinary answer, shown to the person, never logged as an error.

use super::{ActName, StepName};
use crate::id::UnitId;
use serde::Serialize;
use thiserror::Error;

/// Why an act is not legal now.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
#[allow(missing_docs)] // the message is the meaning
pub enum Refusal {
    #[error("a case that is {} cannot be the object of {}", at.as_str(), act.as_str())]
    WrongStep { at: StepName, act: ActName, legal: Vec<ActName> },
    #[error("the case is on hold; resume it first")]
    OnHold { act: ActName, legal: Vec<ActName> },
    #[error("the case is not on hold")]
    NotOnHold,
    #[error("unit {unit} has no share in this case")]
    NotYourShare { unit: UnitId },
    #[error("unit {unit} has not accepted its share yet")]
    NotAccepted { unit: UnitId },
    #[error("unit {unit} has already accepted its share")]
    AlreadyAccepted { unit: UnitId },
    #[error("unit {unit} has already done its share")]
    AlreadyDone { unit: UnitId },
    #[error("the superior decided after two returns; this assignment cannot be returned")]
    BouncesSpent,
    #[error("it was returned twice: the desk of the level above must assign it")]
    SuperiorDecides,
    #[error("only the lead unit and co-units that differ can be assigned, each once")]
    UnitTwice { unit: UnitId },
    #[error("whoever did the work cannot check it")]
    CheckerHandled,
    #[error("the check has not passed yet")]
    CheckOpen,
    #[error("the check has passed already")]
    CheckPassed,
    #[error("no postponement was asked for")]
    NothingAsked,
    #[error("a postponement was asked for and is not decided yet")]
    AskedAlready,
    #[error("the new time must lie after the present deadline")]
    NotLater,
    #[error("that time is in the past")]
    InThePast,
    #[error("the reporter's waiting time is not over yet")]
    StillWaiting,
    #[error("the reporter has confirmed already")]
    AlreadyConfirmed,
    #[error("there is an appeal already")]
    AppealedAlready,
    #[error("there is no open appeal")]
    NoAppeal,
    #[error("a case cannot be merged with, linked to or split into itself")]
    Itself,
    #[error("a split needs at least two parts")]
    TooFewParts,
    #[error("a case already exists; it cannot be reported again")]
    Exists,
    #[error("that moment has not come yet")]
    TooEarly,
    #[error("the desk of that level has it already")]
    ThereAlready,
    #[error("it was seen on site already")]
    AlreadyVerified,
    #[error("unit {unit} is at work on it as the lead; let it return the case first")]
    LeadAtWork { unit: UnitId },
    #[error("the deadline for this act is missing")]
    DueMissing,
}
