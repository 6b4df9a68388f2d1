//! Editions: one month's index on its way from draft to published, when it is frozen for good. The law of who: nobody
//! reviews or publishes what they drafted. Whether someone may at all is `policy`'s.

use crate::id::PersonId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How far an edition has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Computed; nobody but its makers has looked at it.
    Draft,
    /// Someone who did not draft it has looked at it and found it right.
    Reviewed,
    /// What the city says of that month; it stays as it is for ever.
    Published,
    /// Given up before it was published.
    Discarded,
}

impl State {
    /// All, in the order of their coming.
    pub const ALL: [State; 4] = [State::Draft, State::Reviewed, State::Published, State::Discarded];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Reviewed => "reviewed",
            State::Published => "published",
            State::Discarded => "discarded",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What is done to an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Say that it is right.
    Review,
    /// Make it public.
    Publish,
    /// Give it up.
    Discard,
}

impl Step {
    /// All, in the order of their coming.
    pub const ALL: [Step; 3] = [Step::Review, Step::Publish, Step::Discard];

    /// As a sentence and the wire have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Review => "review",
            Step::Publish => "publish",
            Step::Discard => "discard",
        }
    }
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is not the next one.
    #[error("an edition that is {} cannot be {}: {}", state.as_str(), done(*step), then(*state))]
    NotNow {
        /// How far the edition has come.
        state: State,
        /// What was asked.
        step: Step,
    },
    /// It needs a second person.
    #[error("whoever drafted an edition does not {} it: ask someone else", step.as_str())]
    OwnDraft {
        /// What was asked.
        step: Step,
    },
}

/// Where an edition stands after a step by someone; `None` is whoever runs the machine, who counts as one person.
///
/// Whoever reviewed it may publish it: two people have then looked at it, one of whom drafted it.
pub fn advance(
    state: State,
    drafted_by: Option<PersonId>,
    step: Step,
    by: Option<PersonId>,
) -> Result<State, Refusal> {
    let next = match (state, step) {
        (State::Draft, Step::Review) => State::Reviewed,
        (State::Reviewed, Step::Publish) => State::Published,
        (State::Draft | State::Reviewed, Step::Discard) => return Ok(State::Discarded),
        _ => return Err(Refusal::NotNow { state, step }),
    };
    if drafted_by == by { Err(Refusal::OwnDraft { step }) } else { Ok(next) }
}

fn done(step: Step) -> &'static str {
    match step {
        Step::Review => "reviewed",
        Step::Publish => "published",
        Step::Discard => "discarded",
    }
}

fn then(state: State) -> &'static str {
    match state {
        State::Draft => "it must be reviewed first, or discarded",
        State::Reviewed => "it can be published or discarded",
        State::Published => "it stays as it is; draft the next revision",
        State::Discarded => "draft another",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn someone(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    #[test]
    fn an_edition_goes_from_draft_over_review_to_published_and_no_further() {
        let (drafter, other) = (Some(someone(1)), Some(someone(2)));
        for state in State::ALL {
            for step in Step::ALL {
                let next = advance(state, drafter, step, other);
                let legal = match (state, step) {
                    (State::Draft, Step::Review) => Some(State::Reviewed),
                    (State::Reviewed, Step::Publish) => Some(State::Published),
                    (State::Draft | State::Reviewed, Step::Discard) => Some(State::Discarded),
                    _ => None,
                };
                assert_eq!(next.ok(), legal, "{state:?} {step:?}");
            }
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        let told = advance(State::Draft, drafter, Step::Publish, other).unwrap_err().to_string();
        assert_eq!(
            told,
            "an edition that is draft cannot be published: it must be reviewed first, or discarded"
        );
    }

    #[test]
    fn nobody_reviews_or_publishes_what_they_drafted() {
        for who in [None, Some(someone(1))] {
            let review = advance(State::Draft, who, Step::Review, who).unwrap_err();
            assert_eq!(review, Refusal::OwnDraft { step: Step::Review });
            assert_eq!(review.to_string(), "whoever drafted an edition does not review it: ask someone else");
            let publish = advance(State::Reviewed, who, Step::Publish, who);
            assert_eq!(publish, Err(Refusal::OwnDraft { step: Step::Publish }));
            assert_eq!(advance(State::Draft, who, Step::Discard, who), Ok(State::Discarded));
        }
        assert_eq!(advance(State::Draft, None, Step::Review, Some(someone(1))), Ok(State::Reviewed));
    }
}
