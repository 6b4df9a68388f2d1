//! A piece of a text that knows where it stands, so that a fault names its character.

use thiserror::Error;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("character {}: {why}", at + 1)]
pub struct Wrong {
    /// Characters before it.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub why: String,
}

impl Wrong {
    pub(super) fn at(at: usize, why: &str) -> Wrong {
        Wrong { at, why: why.to_owned() }
    }
}

/// A trimmed piece and the number of characters before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The pieces of a whole text.
    pub fn parts(text: &'a str, by: char) -> impl Iterator<Item = Cursor<'a>> {
        Cursor { text, at: 0 }.split_all(by)
    }

    pub fn split_all(self, by: char) -> impl Iterator<Item = Cursor<'a>> {
        let mut at = self.at;
        self.text.split(by).map(move |piece| {
            let here = Cursor { text: piece, at }.trimmed();
            at += piece.chars().count() + 1;
            here
        })
    }

    /// Before and behind the first such character.
    pub fn split(self, by: char) -> Option<(Cursor<'a>, Cursor<'a>)> {
        self.split_at(by.encode_utf8(&mut [0; 4]))
    }

    pub fn split_at(self, by: &str) -> Option<(Cursor<'a>, Cursor<'a>)> {
        let (before, behind) = self.text.split_once(by)?;
        let at = self.at + before.chars().count() + by.chars().count();
        Some((Cursor { text: before, at: self.at }.trimmed(), Cursor { text: behind, at }.trimmed()))
    }

    pub fn wrong(self, why: &str) -> Wrong {
        let seen = if self.text.is_empty() { "nothing".to_owned() } else { format!("{:?}", self.text) };
        Wrong { at: self.at, why: format!("{seen}: {why}") }
    }

    pub fn number(self) -> Result<f64, Wrong> {
        let found = self.text.parse().ok().filter(|x: &f64| x.is_finite());
        found.ok_or_else(|| self.wrong("a number belongs here"))
    }

    pub fn above_zero(self) -> Result<f64, Wrong> {
        let found = self.number()?;
        if found > 0.0 { Ok(found) } else { Err(self.wrong("it must be above zero")) }
    }

    pub fn whole(self) -> Result<u32, Wrong> {
        self.text.parse().map_err(|_| self.wrong("a whole number belongs here"))
    }

    /// `a..b` with a below b.
    pub fn range(self) -> Result<(f64, f64), Wrong> {
        let (from, to) = self.split_at("..").ok_or_else(|| self.wrong("write it as 80..100"))?;
        let (a, b) = (from.number()?, to.number()?);
        if a < b { Ok((a, b)) } else { Err(self.wrong("the first number must be below the second")) }
    }

    /// A name of letters, digits, `_` and `-`.
    pub fn word(self) -> Result<&'a str, Wrong> {
        let fits = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        if !self.text.is_empty() && self.text.chars().all(fits) {
            Ok(self.text)
        } else {
            Err(self.wrong("a name of letters and digits belongs here"))
        }
    }

    /// One of these words.
    pub fn one_of<T: Clone>(self, words: &[(&str, T)]) -> Result<T, Wrong> {
        let found = words.iter().find(|(word, _)| *word == self.text).map(|(_, it)| it.clone());
        let names = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.ok_or_else(|| self.wrong(&format!("one of {} belongs here", names())))
    }

    fn trimmed(self) -> Cursor<'a> {
        let start = self.text.trim_start();
        let at = self.at + (self.text.chars().count() - start.chars().count());
        Cursor { text: start.trim_end(), at }
    }
}
