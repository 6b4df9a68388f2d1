//! The five levels of the city (五级联动): what an area is, the tree, its dated changes, and which grid a point is in.
//!
//! The tree is the city's own (parent links and a materialised path); the national code is an attribute, because
//! development zones took over townships whose codes still start with another county's.
//! An area keeps its [`AreaId`] for life. When its name, parent or shape changes on a date, the version of it that
//! was true until then is closed (`valid_to`) and a new version with the same id follows; when it ceases to exist
//! it is closed with `successors`. So a question "as of a date" meets the tree of that date ([`Tree::as_of`]).
//!
//! Not here: reading files (`app`), storing (`store`), faults between shapes (`crate::topology`).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::geo::MultiPolygon;
use crate::id::AreaId;

pub use self::change::{AffectedGrids, Change, Dated, NewArea, Part, Preview, apply, cancel, preview};
pub use self::code::{AreaCode, BadCode};
pub use self::finding::{Fault, Finding};
pub use self::level::{Kind, Level};
pub use self::locator::{Located, Locator};
pub use self::path::{AreaPath, BrokenPath};
pub use self::tree::{Ancestors, Tree};

mod change;
mod code;
mod finding;
mod level;
mod locator;
mod path;
mod tree;

/// One version of one area: what was, is or will be true of it from `valid_from` until the day before `valid_to`.
///
/// Most areas have a single version. `(id, valid_from)` is unique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Stable for life; never given to another area.
    pub id: AreaId,
    /// The area one level up; `None` for the city only.
    pub parent: Option<AreaId>,
    /// Which of the five levels; the parent's is the one above.
    pub level: Level,
    /// National (or local, for zones) code; unique, never reused.
    pub code: AreaCode,
    /// Name in Chinese, as signs show it.
    pub name_zh: String,
    /// Name in English: transliteration and type word.
    pub name_en: String,
    /// Pinyin of `name_zh` without tones, syllables apart ("gu lou jie dao"); the initials can be read off it.
    pub pinyin: String,
    /// Finer than the level: district or zone, street or town, basic or dedicated.
    pub kind: Kind,
    /// First day this version is true.
    pub valid_from: Date,
    /// First day it is no longer true; `None` while it is open.
    pub valid_to: Option<Date>,
    /// Who took over, when the area ceased to exist at `valid_to`. Empty when only this version ended.
    #[serde(default)]
    pub successors: Vec<AreaId>,
    /// Ids from the city down to this area; everything under an area is one range of paths.
    pub path: AreaPath,
    /// Outline in WGS-84, if known.
    #[serde(default, with = "crate::geo::rings::option", skip_serializing_if = "Option::is_none")]
    pub polygon: Option<MultiPolygon<f64>>,
}

impl Area {
    /// Was this version true on that day?
    pub fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }

    /// First letters of the pinyin, for a search box: "gu lou jie dao" gives "gljd".
    pub fn initials(&self) -> String {
        self.pinyin.split_whitespace().filter_map(|syllable| syllable.chars().next()).collect()
    }
}

#[cfg(test)]
mod tests;
