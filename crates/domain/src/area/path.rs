//! The materialised path: an area's ids from the city down, as one short string that sorts.
//!
//! Each id is written in base 32 (`0-9A-V`) behind one digit that says how many base-32 digits follow: 8930 is
//! `38N2`. Five levels of a city take about 18 characters. Only digits and capitals occur, so the order is the
//! same in every collation, and "X and everything under it" is the half-open range [`AreaPath::range`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::AreaId;

/// Ids from the city down to one area. Sorted paths are a walk of the tree, parents first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AreaPath(String);

/// Text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a path of areas")]
pub struct BrokenPath(pub String);

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
/// A `u32` has at most seven base-32 digits, so this can start no further id: the end of every range.
const AFTER_ANY_ID: char = '8';

impl AreaPath {
    /// The path of a city.
    pub fn root(id: AreaId) -> Self {
        let mut text = String::new();
        push(&mut text, id);
        Self(text)
    }

    /// The path of an area directly under this one.
    #[must_use]
    pub fn child(&self, id: AreaId) -> Self {
        let mut text = self.0.clone();
        push(&mut text, id);
        Self(text)
    }

    /// The text, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ids, city first.
    pub fn ids(&self) -> Vec<AreaId> {
        ids(&self.0).expect("checked when the path was made")
    }

    /// The area itself: the last id.
    pub fn id(&self) -> AreaId {
        *self.ids().last().expect("a path has at least one id")
    }

    /// Is `other` this area or anything under it?
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// Bounds of this area and everything under it: `lower <= path AND path < upper`.
    pub fn range(&self) -> (String, String) {
        (self.0.clone(), format!("{}{AFTER_ANY_ID}", self.0))
    }
}

fn push(text: &mut String, id: AreaId) {
    let n_digits = (32 - (id.0 | 1).leading_zeros()).div_ceil(5);
    text.push(char::from(DIGITS[n_digits as usize]));
    for place in (0..n_digits).rev() {
        text.push(char::from(DIGITS[(id.0 >> (5 * place)) as usize & 31]));
    }
}

fn ids(text: &str) -> Option<Vec<AreaId>> {
    let value = |b: &u8| DIGITS.iter().position(|d| d == b);
    let (mut rest, mut found) = (text.as_bytes(), Vec::with_capacity(5));
    while let Some((length, tail)) = rest.split_first() {
        let length = value(length).filter(|n| (1..=7).contains(n) && *n <= tail.len())?;
        let (digits, tail) = tail.split_at(length);
        let id = digits.iter().try_fold(0_u64, |n, d| Some(n << 5 | value(d)? as u64))?;
        found.push(AreaId(u32::try_from(id).ok()?));
        rest = tail;
    }
    let same = |found: &[AreaId]| {
        let mut again = String::with_capacity(text.len());
        for &id in found {
            push(&mut again, id);
        }
        again == text // one spelling only: no leading zeros
    };
    (!found.is_empty() && same(&found)).then_some(found)
}

impl FromStr for AreaPath {
    type Err = BrokenPath;
    fn from_str(s: &str) -> Result<Self, BrokenPath> {
        ids(s).map(|_| Self(s.to_owned())).ok_or_else(|| BrokenPath(s.chars().take(80).collect()))
    }
}

impl TryFrom<String> for AreaPath {
    type Error = BrokenPath;
    fn try_from(s: String) -> Result<Self, BrokenPath> {
        s.parse()
    }
}

impl From<AreaPath> for String {
    fn from(path: AreaPath) -> Self {
        path.0
    }
}

impl fmt::Display for AreaPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
