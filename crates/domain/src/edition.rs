//! Editions: one month's index on its way from draft to published, when it is frozen for good.

use serde::{Deserialize, Serialize};

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
