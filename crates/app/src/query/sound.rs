//! How Chinese sounds: syllables of characters, and whether letters spell a name, in full, by initials, or mixed with
//! characters (`阳guang`, `ygsq`, `yanggsq`).

use pinyin::{Pinyin, ToPinyin, ToPinyinMulti};

/// One character of a name, as written and as spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sign {
    /// Half width, small.
    pub is: char,
    /// Its syllable without tone, `v` for ü; empty for what is not Chinese.
    pub sound: &'static str,
    /// Other syllables that it may be read as; empty where it has none.
    pub others: [&'static str; 2],
}

/// Half width, small, ü as v.
pub(super) fn plain(c: char) -> char {
    let half = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    if half == 'ü' { 'v' } else { half.to_ascii_lowercase() }
}

/// The syllable of a character, commonest reading; empty for what is not Chinese.
pub(super) fn syllable(c: char) -> &'static str {
    c.to_pinyin().map_or("", plain_sound)
}

fn plain_sound(pinyin: Pinyin) -> &'static str {
    match pinyin.plain() {
        "lü" => "lv",
        "nü" => "nv",
        "lüe" => "lve",
        "nüe" => "nve",
        sound => sound,
    }
}

/// The syllables a character can be read as, the commonest first, each once.
pub(super) fn readings(c: char) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    for sound in c.to_pinyin_multi().into_iter().flatten().map(plain_sound) {
        if !all.contains(&sound) {
            all.push(sound);
        }
    }
    all
}

fn sign(c: char) -> Sign {
    let readings = if c.is_ascii() { Vec::new() } else { readings(c) };
    let at = |n: usize| readings.get(n).copied().unwrap_or("");
    Sign { is: c, sound: at(0), others: [at(1), at(2)] }
}

/// A name by its characters, without signs and spaces.
pub(super) fn signs(name: &str) -> Vec<Sign> {
    let is_part = |c: &char| c.is_alphanumeric();
    name.chars().map(plain).filter(is_part).map(sign).collect()
}

/// How a word was found in a name; earlier is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fit {
    /// A code, whole.
    Code,
    /// The name, whole.
    Whole,
    /// The name begins so.
    Begins,
    /// The name has it inside.
    Inside,
    /// The beginning of a code.
    CodeBegins,
    /// Its beginning is spelled so, each syllable in full but the last.
    Spelled,
    /// Its beginning is spelled by initials, or mixed.
    Initials,
    /// Spelled so further inside.
    SpelledInside,
    /// Characters of it in this order, as units are called for short.
    Short,
    /// Other characters of the same sound.
    SoundsLike,
}

/// Where and how a word is found in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub fit: Fit,
    /// Which characters of the name: from, and the one behind.
    pub from: usize,
    pub to: usize,
}

/// The best way in which a word (half width, small) is found in a name.
pub(super) fn find(word: &[Sign], name: &[Sign]) -> Option<Found> {
    if word.is_empty() || name.is_empty() {
        return None;
    }
    let n = word.len();
    if n <= name.len() {
        let same = |at: usize| word.iter().zip(&name[at..]).all(|(w, s)| w.is == s.is);
        if let Some(at) = (0..=name.len() - n).find(|at| same(*at)) {
            let fit = match at {
                0 if n == name.len() => Fit::Whole,
                0 => Fit::Begins,
                _ => Fit::Inside,
            };
            return Some(Found { fit, from: at, to: at + n });
        }
    }
    if !word.iter().any(|sign| sign.is.is_ascii_alphabetic()) {
        return None;
    }
    // A single letter in the middle of a name says nothing.
    let starts = if n == 1 { 1 } else { name.len() };
    (0..starts).find_map(|from| {
        let (to, by) = spelled(word, &name[from..], By::Syllables)?;
        let fit = match (from, by) {
            (0, By::Syllables) => Fit::Spelled,
            (0, By::Initials) => Fit::Initials,
            // Initials inside a name fit almost anything.
            (_, By::Initials) if n < 3 => return None,
            _ => Fit::SpelledInside,
        };
        Some(Found { fit, from, to: from + to })
    })
}

/// Whether a name has other characters of the same sound; Chinese words of two characters and more.
pub(super) fn sounds_like(word: &[Sign], name: &[Sign]) -> Option<Found> {
    let n = word.len();
    if n < 2 || n > name.len() || word.iter().any(|sign| sign.sound.is_empty()) {
        return None;
    }
    let same = |at: usize| word.iter().zip(&name[at..]).all(|(w, s)| w.sound == s.sound);
    let at = (0..=name.len() - n).find(|at| same(*at))?;
    Some(Found { fit: Fit::SoundsLike, from: at, to: at + n })
}

/// Whether a word has characters of a name in their order, the first two of which are in the name's own words: 住建 is
/// 住房和城乡建设局.
pub(super) fn shortened(word: &[Sign], name: &[Sign]) -> Option<Found> {
    if !(2..=4).contains(&word.len()) || word.iter().any(|sign| sign.sound.is_empty()) {
        return None;
    }
    let from = name.iter().position(|sign| sign.is == word[0].is)?;
    let mut at = from;
    for sign in &word[1..] {
        at += 1 + name.get(at + 1..)?.iter().position(|it| it.is == sign.is)?;
    }
    Some(Found { fit: Fit::Short, from, to: at + 1 })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Syllables,
    Initials,
}

/// How many characters of the name a word spells from its beginning on, and in which way.
fn spelled(word: &[Sign], name: &[Sign], by: By) -> Option<(usize, By)> {
    let Some(first) = word.first() else { return Some((0, by)) };
    let sign = name.first()?;
    let on =
        |n_letters: usize, by: By| spelled(&word[n_letters..], &name[1..], by).map(|(n, by)| (n + 1, by));
    if first.is == sign.is {
        return on(1, by);
    }
    if sign.sound.is_empty() || !first.is.is_ascii_alphabetic() {
        return None;
    }
    let as_read = |sound: &'static str| read_as(sound, word, name, by);
    match as_read(sign.sound) {
        found @ Some((_, By::Syllables)) => found,
        found => sign.others.iter().find_map(|other| as_read(other)).or(found),
    }
}

/// The same where the first character of the name is read as this syllable.
fn read_as(sound: &'static str, word: &[Sign], name: &[Sign], by: By) -> Option<(usize, By)> {
    let on =
        |n_letters: usize, by: By| spelled(&word[n_letters..], &name[1..], by).map(|(n, by)| (n + 1, by));
    let common = sound.chars().zip(word).take_while(|(letter, sign)| *letter == sign.is).count();
    if common == 0 {
        return None;
    }
    if common == sound.len()
        && let Some(found) = on(common, by)
    {
        return Some(found);
    }
    // The word ends within the syllable.
    if common == word.len() {
        let by = if common == 1 && sound.len() > 1 && name.len() > 1 { By::Initials } else { by };
        return Some((1, by));
    }
    let initial = if sound.get(1..2) == Some("h") && common >= 2 { 2 } else { 1 };
    on(initial, By::Initials).or_else(|| if initial == 2 { on(1, By::Initials) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(word: &str, name: &str) -> Option<(Fit, usize, usize)> {
        let found = find(&signs(word), &signs(name))?;
        Some((found.fit, found.from, found.to))
    }

    #[test]
    #[rustfmt::skip] // a table, best read as one
    fn a_name_is_found_as_people_type_it() {
        for (word, name, should) in [
            ("阳光",        "阳光社区",         Some((Fit::Begins, 0, 2))),
            ("阳光社区",    "阳光社区",         Some((Fit::Whole, 0, 4))),
            ("社区",        "阳光社区",         Some((Fit::Inside, 2, 4))),
            ("yangguang",   "阳光社区",         Some((Fit::Spelled, 0, 2))),
            ("yangg",       "阳光社区",         Some((Fit::Initials, 0, 2))),
            ("liuyu",       "柳园街道",         Some((Fit::Spelled, 0, 2))),
            ("ygsq",        "阳光社区",         Some((Fit::Initials, 0, 4))),
            ("yg",          "阳光社区",         Some((Fit::Initials, 0, 2))),
            ("yanggsq",     "阳光社区",         Some((Fit::Initials, 0, 4))),
            ("阳guang",     "阳光社区",         Some((Fit::Spelled, 0, 2))),
            ("阳g",         "阳光社区",         Some((Fit::Initials, 0, 2))),
            ("shequ",       "阳光社区",         Some((Fit::SpelledInside, 2, 4))),
            ("sq",          "阳光社区",         None),
            ("xian",        "西安路",           Some((Fit::Spelled, 0, 2))),
            ("zhangli",     "张力",             Some((Fit::Spelled, 0, 2))),
            ("zhl",         "张力",             Some((Fit::Initials, 0, 2))),
            ("zl",          "张力",             Some((Fit::Initials, 0, 2))),
            ("3wangge",     "阳光第3网格",      Some((Fit::SpelledInside, 3, 6))),
            ("lvse",        "绿色家园",         Some((Fit::Spelled, 0, 2))),
            ("光阳",        "阳光社区",         None),
            ("guang",       "阳光",             Some((Fit::SpelledInside, 1, 2))),
            ("x",           "阳光新区",         None),
        ] {
            assert_eq!(fit(word, name), should, "{word} in {name}");
        }
    }

    #[test]
    fn a_word_may_sound_like_a_name_or_be_its_short_form() {
        assert!(sounds_like(&signs("阳光"), &signs("杨光")).is_some());
        assert!(sounds_like(&signs("阳"), &signs("杨光")).is_none());
        assert!(shortened(&signs("住建"), &signs("东区住房和城乡建设局")).is_some());
        assert!(shortened(&signs("城管"), &signs("城市管理局")).is_some());
        assert!(shortened(&signs("管城"), &signs("城市管理局")).is_none());
    }
}
