//! The query cut into pieces: at spaces outside quotation marks, and where Chinese runs words together (`昨天的路灯`,
//! `附近井盖`). Characters are made half width and small; where each piece stood is kept.

use super::{MOST, when, words};

/// A piece of the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Half width, small letters, without quotation marks.
    pub text: String,
    /// Where it begins, in characters.
    pub from: usize,
    /// The first character behind it.
    pub to: usize,
    /// It stood in quotation marks: a word, whatever it says.
    pub quoted: bool,
}

/// The pieces of a text, in order.
pub(super) fn of(text: &str) -> Vec<Piece> {
    let apart = joined(spaced(text));
    apart.into_iter().flat_map(taken_apart).collect()
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '「' | '」' | '\u{ff02}')
}

/// Full-width letters, digits and signs as half-width ones; capitals as small.
fn plain(c: char) -> char {
    let half = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    };
    half.to_ascii_lowercase()
}

fn spaced(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Option<Piece> = None;
    let mut in_quotes = false;
    for (at, c) in text.chars().take(MOST).enumerate() {
        if is_quote(c) {
            in_quotes = !in_quotes;
            let piece =
                open.get_or_insert_with(|| Piece { text: String::new(), from: at, to: at, quoted: true });
            piece.to = at + 1;
        } else {
            let c = plain(c);
            let ends = !in_quotes && (c.is_whitespace() || c.is_control());
            if ends {
                pieces.extend(open.take());
            } else if !c.is_control() {
                let piece = open.get_or_insert_with(|| Piece {
                    text: String::new(),
                    from: at,
                    to: at,
                    quoted: false,
                });
                piece.text.push(c);
                piece.to = at + 1;
            }
        }
    }
    pieces.extend(open);
    pieces.retain(|piece| !piece.text.trim().is_empty());
    pieces
}

/// `部门: 住建`, `this week` and `near me` are one thing each.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        let Some(last) = out.last_mut().filter(|last| !last.quoted) else {
            out.push(piece);
            continue;
        };
        let waits = words::keyed(&last.text).is_some_and(|(_, value)| value.is_empty());
        let both = format!("{} {}", last.text, piece.text);
        if waits && words::keyed(&piece.text).is_none() {
            last.text += &piece.text;
            last.to = piece.to;
        } else if !piece.quoted && words::is_pair(&both) {
            last.text = both.replace(' ', "");
            last.to = piece.to;
        } else {
            out.push(piece);
        }
    }
    out
}

/// A day or "near" in front of other words, with or without 的 between.
fn taken_apart(piece: Piece) -> Vec<Piece> {
    let whole = |piece| vec![piece];
    if piece.quoted || piece.text.contains(':') {
        return whole(piece);
    }
    let Some(head) = when::head(&piece.text).or_else(|| words::head(&piece.text)) else {
        return whole(piece);
    };
    let n_head = head.chars().count();
    let rest = &piece.text[head.len()..];
    let rest_plain = rest.strip_prefix('的').unwrap_or(rest);
    if rest_plain.chars().count() < 2 {
        return whole(piece);
    }
    let skipped = rest.chars().count() - rest_plain.chars().count();
    let cut = piece.from + n_head;
    vec![
        Piece { text: head.to_owned(), from: piece.from, to: cut, quoted: false },
        Piece { text: rest_plain.to_owned(), from: cut + skipped, to: piece.to, quoted: false },
    ]
}
