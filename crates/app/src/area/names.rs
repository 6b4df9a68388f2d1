//! Pinyin and English names of areas, made from the Chinese name where a file gives none.
//!
//! A character with several readings gets its commonest one; a file that knows better says so in its own column.

use domain::area::Level;
use pinyin::ToPinyin;

/// Type words by Chinese suffix, the longest first; an empty word means the suffix is left untranslated.
const SUFFIXES: [(&str, &str, Level); 19] = [
    ("社区居民委员会", "Community", Level::Community),
    ("社区居委会", "Community", Level::Community),
    ("居民委员会", "Community", Level::Community),
    ("村村民委员会", "Village", Level::Community),
    ("村民委员会", "Village", Level::Community),
    ("村村委会", "Village", Level::Community),
    ("村委会", "Village", Level::Community),
    ("居委会", "Community", Level::Community),
    ("社区", "Community", Level::Community),
    ("村", "Village", Level::Community),
    ("街道办事处", "Subdistrict", Level::Township),
    ("服务中心", "Service Center", Level::Township),
    ("街道", "Subdistrict", Level::Township),
    ("镇", "Town", Level::Township),
    ("乡", "Township", Level::Township),
    ("区", "District", Level::County),
    ("县", "County", Level::County),
    ("市", "City", Level::County),
    ("市", "", Level::City),
];

/// Pinyin without tones, syllables apart, lower case: what `Area::pinyin` holds. Latin letters and digits stay together.
pub fn pinyin(name_zh: &str) -> String {
    let mut syllables: Vec<String> = Vec::new();
    let mut in_word = false;
    for c in name_zh.chars() {
        if let Some(p) = c.to_pinyin() {
            syllables.push(p.plain().to_owned());
            in_word = false;
        } else if c.is_ascii_alphanumeric() {
            if !in_word {
                syllables.push(String::new());
            }
            syllables.last_mut().expect("pushed just now").push(c.to_ascii_lowercase());
            in_word = true;
        } else {
            in_word = false;
        }
    }
    syllables.join(" ")
}

/// Transliteration and type word: 古楼街道 is "Gulou Subdistrict", 前李村委会 is "Qianli Village".
pub fn english(name_zh: &str, level: Level) -> String {
    let known = SUFFIXES.iter().filter(|(_, _, of)| *of == level);
    let found = known.filter_map(|(suffix, word, _)| Some((name_zh.strip_suffix(suffix)?, *word)));
    let (base, word) = found.into_iter().find(|(base, _)| !base.is_empty()).unwrap_or((name_zh, ""));
    [transliterated(base), word.to_owned()]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The Chinese name without the words for its committee: 古城社区居委会 is 古城社区, 前李村委会 is 前李村.
pub fn short(name_zh: &str) -> String {
    let place = |end: &str, keep: &str| Some(format!("{}{keep}", name_zh.strip_suffix(end)?));
    let short = place("社区居民委员会", "社区")
        .or_else(|| place("社区居委会", "社区"))
        .or_else(|| place("村村民委员会", "村"))
        .or_else(|| place("村民委员会", "村"))
        .or_else(|| place("村村委会", "村"))
        .or_else(|| place("村委会", "村"))
        .or_else(|| place("居民委员会", ""))
        .or_else(|| place("居委会", ""));
    short.unwrap_or_else(|| name_zh.to_owned())
}

/// One capitalised word; an apostrophe keeps a syllable that begins with a vowel apart.
fn transliterated(name_zh: &str) -> String {
    let mut word = String::new();
    for syllable in pinyin(name_zh).split(' ') {
        if !word.is_empty() && syllable.starts_with(['a', 'e', 'o']) {
            word.push('\'');
        }
        word.push_str(syllable);
    }
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_spelled_in_syllables() {
        assert_eq!(pinyin("古楼街道"), "gu lou jie dao");
        assert_eq!(pinyin("第12网格·ABC区"), "di 12 wang ge abc qu");
        assert_eq!(pinyin(""), "");
    }

    #[test]
    fn english_is_transliteration_and_type_word() {
        assert_eq!(english("古楼街道", Level::Township), "Gulou Subdistrict");
        assert_eq!(english("沙镇镇", Level::Township), "Shazhen Town");
        assert_eq!(english("前李村委会", Level::Community), "Qianli Village");
        assert_eq!(english("李庄村村委会", Level::Community), "Lizhuang Village");
        assert_eq!(english("古城社区居委会", Level::Community), "Gucheng Community");
        assert_eq!(english("东安市", Level::City), "Dong'an");
        assert_eq!(english("村", Level::Community), "Cun");
    }

    #[test]
    fn a_short_name_drops_the_committee() {
        assert_eq!(short("古城社区居委会"), "古城社区");
        assert_eq!(short("前李村委会"), "前李村");
        assert_eq!(short("李庄村村委会"), "李庄村");
        assert_eq!(short("和谐新村"), "和谐新村");
    }
}
