//! Under which keys a text is found: each two neighbouring characters of which one is Chinese, and each word of Latin
//! letters and digits; and how a word that is asked becomes such keys, by its characters or by its sound.

use super::bits::{Bits, Places};
use super::sound::{plain, syllable};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Longer words of letters and digits are cut: nobody types them.
const WORD_MOST: usize = 24;
/// Words looked at for one beginning.
const BEGINNINGS: usize = 2_000;
/// Ways to cut letters into syllables that are tried.
const CUTS: usize = 16;

/// Two neighbouring characters.
type Pair = (char, char);

/// Keys and the places of the cases that have them.
#[derive(Default)]
pub(super) struct Grams {
    pairs: HashMap<Pair, Places>,
    words: BTreeMap<Box<str>, Places>,
    /// Pairs of two Chinese characters by their sound.
    sounds: HashMap<(&'static str, &'static str), Vec<Pair>>,
    syllables: BTreeSet<&'static str>,
}

/// The keys of a text, each once.
pub(super) struct Keys {
    pairs: Vec<Pair>,
    words: Vec<Box<str>>,
}

/// Characters of a text as they count: small, half width, spaces beside Chinese left out; `None` is a break.
fn characters(text: &str) -> Vec<Option<char>> {
    let mut out: Vec<Option<char>> = Vec::with_capacity(text.len() / 2);
    let mut spaced = false;
    for c in text.chars().map(plain) {
        if c.is_alphanumeric() {
            let beside_chinese =
                !c.is_ascii() || out.last().is_some_and(|it| it.is_some_and(|it| !it.is_ascii()));
            if spaced && !beside_chinese {
                out.push(None);
            }
            out.push(Some(c));
            spaced = false;
        } else if c.is_whitespace() {
            spaced = true;
        } else {
            out.push(None);
            spaced = false;
        }
    }
    out
}

impl Keys {
    /// Of several texts: no key reaches from one to the next.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Keys {
        let (mut pairs, mut words) = (Vec::new(), Vec::new());
        for text in texts {
            let characters = characters(text);
            for pair in characters.windows(2) {
                if let [Some(a), Some(b)] = pair
                    && !(a.is_ascii() && b.is_ascii())
                {
                    pairs.push((*a, *b));
                }
            }
            for run in characters.split(|it| it.is_none_or(|c| !c.is_ascii())).filter(|run| run.len() > 1) {
                words.push(run.iter().flatten().take(WORD_MOST).collect::<String>().into_boxed_str());
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        words.sort_unstable();
        words.dedup();
        Keys { pairs, words }
    }
}

impl Grams {
    /// A case is found under these keys; places come in ascending order.
    pub fn add(&mut self, keys: Keys, at: u32) {
        for pair in keys.pairs {
            let places = self.pairs.entry(pair).or_insert_with(|| {
                let (one, two) = (syllable(pair.0), syllable(pair.1));
                if !one.is_empty() && !two.is_empty() {
                    self.sounds.entry((one, two)).or_default().push(pair);
                    self.syllables.extend([one, two]);
                }
                Places::default()
            });
            places.push(at);
        }
        for word in keys.words {
            self.words.entry(word).or_default().push(at);
        }
    }

    /// Cases in which a word stands, of `n` in all.
    pub fn find(&self, word: &str, n: usize) -> Bits {
        let characters: Vec<char> = word.chars().map(plain).filter(|c| c.is_alphanumeric()).collect();
        if characters.iter().all(char::is_ascii) {
            let mut found = self.beginning(&characters.iter().collect::<String>(), n);
            if characters.len() >= 3 && characters.iter().all(char::is_ascii_alphabetic) {
                found.or(&self.spelled(&characters.iter().collect::<String>(), n));
            }
            return found;
        }
        if let [one] = characters.as_slice() {
            return self.with_one(*one, n);
        }
        let mut all: Option<Bits> = None;
        let mut need = |found: Bits| match &mut all {
            Some(all) => all.and(&found),
            None => all = Some(found),
        };
        for pair in characters.windows(2).filter(|pair| !(pair[0].is_ascii() && pair[1].is_ascii())) {
            let mut found = Bits::new(n);
            if let Some(places) = self.pairs.get(&(pair[0], pair[1])) {
                places.mark(&mut found);
            }
            need(found);
        }
        let runs: Vec<&[char]> = characters.split(|c| !c.is_ascii()).collect();
        for (at, run) in runs.iter().enumerate().filter(|(_, run)| run.len() > 1) {
            let text: String = run.iter().collect();
            if at + 1 == runs.len() {
                need(self.beginning(&text, n));
            } else {
                let mut found = Bits::new(n);
                if let Some(places) = self.words.get(text.as_str()) {
                    places.mark(&mut found);
                }
                need(found);
            }
        }
        all.unwrap_or_else(|| Bits::new(n))
    }

    /// Under words that begin so.
    fn beginning(&self, text: &str, n: usize) -> Bits {
        let mut found = Bits::new(n);
        let from = self.words.range::<str, _>((std::ops::Bound::Included(text), std::ops::Bound::Unbounded));
        for (_, places) in from.take_while(|(word, _)| word.starts_with(text)).take(BEGINNINGS) {
            places.mark(&mut found);
        }
        found
    }

    fn with_one(&self, one: char, n: usize) -> Bits {
        let mut found = Bits::new(n);
        for (_, places) in self.pairs.iter().filter(|((a, b), _)| *a == one || *b == one) {
            places.mark(&mut found);
        }
        found
    }

    /// Where Chinese of two characters and more is spelled so; the last syllable may be cut short.
    fn spelled(&self, letters: &str, n: usize) -> Bits {
        let mut found = Bits::new(n);
        for cut in self.cuts(letters) {
            let mut all: Option<Bits> = None;
            for (at, pair) in cut.windows(2).enumerate() {
                let mut here = Bits::new(n);
                let is_last = at + 2 == cut.len();
                let ends: Vec<&str> = if is_last { self.syllables_from(pair[1]) } else { vec![pair[1]] };
                let pairs = ends.into_iter().filter_map(|end| self.sounds.get(&(pair[0], end))).flatten();
                pairs.filter_map(|pair| self.pairs.get(pair)).for_each(|places| places.mark(&mut here));
                match &mut all {
                    Some(all) => all.and(&here),
                    None => all = Some(here),
                }
            }
            if let Some(all) = all {
                found.or(&all);
            }
        }
        found
    }

    /// Ways to cut letters into two and more syllables.
    fn cuts<'a>(&self, letters: &'a str) -> Vec<Vec<&'a str>> {
        let mut whole = Vec::new();
        let mut open: Vec<(Vec<&str>, &str)> = vec![(Vec::new(), letters)];
        while let Some((cut, rest)) = open.pop() {
            if whole.len() >= CUTS || open.len() > 4 * CUTS {
                break;
            }
            if !cut.is_empty() && !self.syllables_from(rest).is_empty() {
                whole.push(cut.iter().copied().chain([rest]).collect());
            }
            for end in 1..=rest.len().saturating_sub(1).min(6) {
                if self.syllables.contains(&rest[..end]) {
                    let more = cut.iter().copied().chain([&rest[..end]]).collect();
                    open.push((more, &rest[end..]));
                }
            }
        }
        whole
    }

    fn syllables_from(&self, text: &str) -> Vec<&'static str> {
        let from =
            self.syllables.range::<str, _>((std::ops::Bound::Included(text), std::ops::Bound::Unbounded));
        from.take_while(|it| it.starts_with(text)).copied().collect()
    }

    /// Memory, about.
    pub fn bytes(&self) -> usize {
        let pairs: usize = self.pairs.values().map(|places| places.bytes() + 24).sum();
        let words: usize = self.words.iter().map(|(word, places)| word.len() + 40 + places.bytes()).sum();
        pairs + words + 24 * self.pairs.len()
    }

    /// Gives back what growing left over.
    pub fn shrink(&mut self) {
        self.pairs.values_mut().chain(self.words.values_mut()).for_each(Places::shrink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[&str], word: &str) -> Vec<u32> {
        let mut grams = Grams::default();
        for (at, text) in texts.iter().enumerate() {
            grams.add(Keys::of([*text]), at as u32);
        }
        grams.find(word, texts.len()).iter().collect()
    }

    #[test]
    #[rustfmt::skip] // a table, best read as one
    fn a_text_is_found_by_two_characters_by_sound_and_by_words() {
        let texts = ["阳光社区 3 号院路灯不亮", "露灯谜", "12号楼 broken lamp", "东昌路口积水", "道路、灯杆"];
        for (word, should) in [
            ("路灯",      vec![0]),
            ("3号院",     vec![0]),
            ("ludeng",    vec![0, 1]),
            ("lude",      vec![0, 1]),
            ("lud",       vec![0, 1]),
            ("yangguangshequ", vec![0]),
            ("lam",       vec![2]),
            ("12号",      vec![2]),
            ("2号楼",     vec![2]),
            ("积",        vec![3]),
            ("路口",      vec![3]),
            ("灯杆",      vec![4]),
            ("没有",      vec![]),
        ] {
            assert_eq!(found(&texts, word), should, "{word}");
        }
    }
}
