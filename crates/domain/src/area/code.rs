//! Codes of areas: digits whose number tells the level. Whether a code is taken is the tree's business.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Level;

/// A code of 4, 6, 9, 12 or 15 digits (GB/T 2260, GB/T 10114, statistical division code, grid sequence).
///
/// The prefix says where the code was *issued*, not where the area belongs today: see the parent link for that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AreaCode(String);

/// What is wrong with a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("code {0:?} must be 4 (city), 6 (county), 9 (township), 12 (community) or 15 (grid) digits")]
pub struct BadCode(pub String);

impl AreaCode {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level its length stands for.
    pub fn level(&self) -> Level {
        Level::ALL.into_iter().find(|l| l.digits() == self.0.len()).expect("checked when the code was made")
    }

    /// The code it nests in by prefix; `None` for a city.
    pub fn prefix(&self) -> Option<Self> {
        self.level().above().map(|l| Self(self.0[..l.digits()].to_owned()))
    }

    /// Is this code nested in `other` by prefix? False for townships that a zone took over.
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Code of the grid with this sequence number (1 to 999) in the community that has this code.
    pub fn of_grid(&self, sequence: u16) -> Option<Self> {
        (self.level() == Level::Community && (1..=999).contains(&sequence))
            .then(|| Self(format!("{}{sequence:03}", self.0)))
    }
}

impl FromStr for AreaCode {
    type Err = BadCode;
    fn from_str(s: &str) -> Result<Self, BadCode> {
        let right = s.bytes().all(|b| b.is_ascii_digit()) && Level::ALL.iter().any(|l| l.digits() == s.len());
        if right { Ok(Self(s.to_owned())) } else { Err(BadCode(s.chars().take(40).collect())) }
    }
}

impl TryFrom<String> for AreaCode {
    type Error = BadCode;
    fn try_from(s: String) -> Result<Self, BadCode> {
        s.parse()
    }
}

impl From<AreaCode> for String {
    fn from(code: AreaCode) -> Self {
        code.0
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
