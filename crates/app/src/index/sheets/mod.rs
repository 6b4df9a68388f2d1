//! Figures and rankings on paper: the table that a department fills in, reading it back in whatever shape it comes,
//! and the workbook of a ranking as it circulates. Pure: no store, no clock. Bytes and cells are the crate `sheet`'s,
//! whether a figure may be is `domain::intake`'s, who may hand it in is `intake`'s.

mod columns;
mod edition;
mod figures;
mod names;
mod period;
mod ranking;
mod template;
#[cfg(test)]
mod tests;
mod words;

pub use edition::{About, Stood, ranking_of, stood};
pub use figures::{ReadBack, Reading, read_figures};
pub use ranking::{
    Gap, GapKind, Link, Node, RankedCounty, Ranking, Scored, rank_range, ranking_workbook, three_digits,
};
pub use template::{Asked, definitions, template};
pub use words::standard_words;

use domain::area::Area;
use domain::id::AreaId;
use domain::month::Month;
use jiff::civil::Date;

/// Language of what is written. Both are read, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// One of two texts.
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A month as people write it: `2026年9月`, `September 2026`.
    pub fn month(self, month: Month) -> String {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        match self {
            Lang::Zh => format!("{}年{}月", month.year(), month.number()),
            Lang::En => format!("{} {}", NAMES[(month.number() - 1) as usize], month.year()),
        }
    }

    /// A day: `2026年10月10日`, `2026-10-10`.
    pub fn day(self, day: Date) -> String {
        match self {
            Lang::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
            Lang::En => day.to_string(),
        }
    }
}

/// An area that figures are handed in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct County {
    /// Its id.
    pub id: AreaId,
    /// Its code.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
}

impl County {
    /// An area as files name it.
    pub fn of(area: &Area) -> County {
        County {
            id: area.id,
            code: area.code.to_string(),
            name_zh: area.name_zh.clone(),
            name_en: area.name_en.clone(),
        }
    }

    /// Its name.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.name_zh, &self.name_en)
    }
}
