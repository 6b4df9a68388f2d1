//! The one place where the two engines' SQL differs.

use std::borrow::Cow;

/// Which engine a store speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite in the same process.
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres,
}

impl Dialect {
    /// One of two texts, where one text cannot serve both.
    pub const fn pick<T: Copy>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

/// `$1` becomes `?1`: SQLite numbers `$name` parameters by first appearance, `?n` by n.
///
/// Quoted text, quoted names and comments stay as they are.
pub(crate) fn to_sqlite(sql: &str) -> Cow<'_, str> {
    if !sql.contains('$') {
        return Cow::Borrowed(sql);
    }
    let mut out = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '$' if chars.peek().is_some_and(char::is_ascii_digit) => out.push('?'),
            '\'' | '"' => {
                out.push(it);
                copy_until(&mut chars, &mut out, |at, _| at == it);
            }
            '-' if chars.peek() == Some(&'-') => {
                out.push(it);
                copy_until(&mut chars, &mut out, |at, _| at == '\n');
            }
            '/' if chars.peek() == Some(&'*') => {
                out.push(it);
                copy_until(&mut chars, &mut out, |at, before| at == '/' && before == '*');
            }
            _ => out.push(it),
        }
    }
    Cow::Owned(out)
}

fn copy_until(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    out: &mut String,
    end: impl Fn(char, char) -> bool,
) {
    let mut before = ' ';
    for it in chars.by_ref() {
        out.push(it);
        if end(it, before) {
            return;
        }
        before = it;
    }
}

#[cfg(test)]
mod tests {
    use super::to_sqlite;

    #[test]
    fn a_parameter_keeps_its_number() {
        assert_eq!(to_sqlite("select $2, $1, $12"), "select ?2, ?1, ?12");
    }

    #[test]
    fn quoted_text_names_and_comments_are_left_alone() {
        for sql in ["select '$1''$2'", "select \"$1\"", "select 1 -- $1", "select 1 /* $1 */"] {
            assert_eq!(to_sqlite(sql), sql);
        }
        assert_eq!(
            to_sqlite("select '$1', $1 -- $2\n, $3 /* '*/, $4"),
            "select '$1', ?1 -- $2\n, ?3 /* '*/, ?4"
        );
    }
}
