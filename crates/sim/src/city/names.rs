//! Names and kinds of the demo city's areas, from the data's Chinese names. Spelling itself is `app::area::names`.

use app::area::names::{english, pinyin, short};
use domain::area::{AreaCode, Kind, Level};

use super::data::Named;

/// The three names of an area.
pub(super) struct Names {
    pub zh: String,
    pub en: String,
    pub pinyin: String,
}

/// What a dedicated grid is for.
pub(super) type Purpose = (&'static str, &'static str);

/// Simulated: no register of such places stands behind it.
pub(super) const PURPOSES: [Purpose; 5] = [
    ("校园", "Campus"),
    ("市场", "Market"),
    ("公园", "Park"),
    ("医院", "Hospital"),
    ("园区", "Business Park"),
];

/// Names that the data gives in both languages.
pub(super) fn given(row: &Named) -> Names {
    Names { zh: row.name_zh.clone(), en: row.name_en.clone(), pinyin: pinyin(&row.name_zh) }
}

/// Names of which only the Chinese one is known.
pub(super) fn made(name_zh: &str, level: Level) -> Names {
    Names { zh: name_zh.to_owned(), en: english(name_zh, level), pinyin: pinyin(name_zh) }
}

/// A grid is called after its community: 古城社区第3网格, or 古城社区校园专属网格 for a dedicated one.
pub(super) fn of_grid(community_zh: &str, sequence: u16, purpose: Option<Purpose>) -> Names {
    let (place_zh, place_en) = (short(community_zh), english(community_zh, Level::Community));
    let (zh, en) = match purpose {
        None => (format!("{place_zh}第{sequence}网格"), format!("{place_en} Grid {sequence}")),
        Some((zh, en)) => {
            (format!("{place_zh}{zh}专属网格"), format!("{place_en} {en} Dedicated Grid {sequence}"))
        }
    };
    Names { pinyin: pinyin(&zh), zh, en }
}

/// By the last three digits (GB/T 10114): 001-099 street, 100-199 town, 200-399 township, 400-599 special.
pub(super) fn township_kind(code: &AreaCode) -> Kind {
    match code.as_str()[6..].parse::<u16>() {
        Ok(0..=99) => Kind::Street,
        Ok(100..=199) => Kind::Town,
        Ok(200..=399) => Kind::Township,
        _ => Kind::Special,
    }
}

/// A village says so in its name; what does not is run by residents.
pub(super) fn community_kind(name_zh: &str) -> Kind {
    if name_zh.ends_with("村委会") || name_zh.ends_with("村民委员会") {
        Kind::Village
    } else {
        Kind::Residents
    }
}
