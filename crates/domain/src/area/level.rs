//! The five levels and the kinds of area within each. No codes (see `code`), no tree.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A level of the tree, from the whole to the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 市: the root.
    City,
    /// 县市区/开发区.
    County,
    /// 乡镇街道.
    Township,
    /// 社区/村.
    Community,
    /// 网格.
    Grid,
}

impl Level {
    /// All five, from the city down.
    pub const ALL: [Self; 5] = [Self::City, Self::County, Self::Township, Self::Community, Self::Grid];

    /// Depth in the tree: 0 for the city, 4 for a grid.
    pub fn depth(self) -> usize {
        self as usize
    }

    /// The level above; `None` for the city.
    pub fn above(self) -> Option<Self> {
        self.depth().checked_sub(1).map(|d| Self::ALL[d])
    }

    /// The level below; `None` for a grid.
    pub fn below(self) -> Option<Self> {
        Self::ALL.get(self.depth() + 1).copied()
    }

    /// Number of digits of a code at this level (GB/T 2260, GB/T 10114, statistical division code, + sequence).
    pub fn digits(self) -> usize {
        [4, 6, 9, 12, 15][self.depth()]
    }

    /// As people say it.
    pub fn zh(self) -> &'static str {
        ["市", "县市区", "乡镇街道", "社区/村", "网格"][self.depth()]
    }

    /// The word used in files and addresses.
    pub fn name(self) -> &'static str {
        ["city", "county", "township", "community", "grid"][self.depth()]
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = String;
    /// English words as [`Level::name`] writes them, any case.
    fn from_str(s: &str) -> Result<Self, String> {
        let word = s.trim().to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|l| l.name() == word)
            .ok_or_else(|| format!("unknown level {s:?}; use city, county, township, community or grid"))
    }
}

/// What sort of area within its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 地级市, the only kind of city.
    City,
    /// 区.
    District,
    /// 县.
    County,
    /// 县级市.
    CountyLevelCity,
    /// 开发区: a development zone with the standing of a county.
    Zone,
    /// 街道 (codes 001-099).
    Street,
    /// 镇 (100-199).
    Town,
    /// 乡 (200-399).
    Township,
    /// A place with the standing of a township (400-599): a market, a park, a farm.
    Special,
    /// 社区, run by a residents' committee.
    Residents,
    /// 村, run by a villagers' committee.
    Village,
    /// 基础网格.
    Basic,
    /// 专属网格: a campus, a market, a park.
    Dedicated,
}

impl Kind {
    /// All kinds, by level.
    pub const ALL: [Self; 13] = [
        Self::City,
        Self::District,
        Self::County,
        Self::CountyLevelCity,
        Self::Zone,
        Self::Street,
        Self::Town,
        Self::Township,
        Self::Special,
        Self::Residents,
        Self::Village,
        Self::Basic,
        Self::Dedicated,
    ];

    /// The level this kind belongs to.
    pub fn level(self) -> Level {
        match self {
            Self::City => Level::City,
            Self::District | Self::County | Self::CountyLevelCity | Self::Zone => Level::County,
            Self::Street | Self::Town | Self::Township | Self::Special => Level::Township,
            Self::Residents | Self::Village => Level::Community,
            Self::Basic | Self::Dedicated => Level::Grid,
        }
    }

    /// The word used in files and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::County => "county",
            Self::CountyLevelCity => "county_level_city",
            Self::Zone => "zone",
            Self::Street => "street",
            Self::Town => "town",
            Self::Township => "township",
            Self::Special => "special",
            Self::Residents => "residents",
            Self::Village => "village",
            Self::Basic => "basic",
            Self::Dedicated => "dedicated",
        }
    }

    /// As people say it.
    pub fn zh(self) -> &'static str {
        match self {
            Self::City => "地级市",
            Self::District => "区",
            Self::County => "县",
            Self::CountyLevelCity => "县级市",
            Self::Zone => "开发区",
            Self::Street => "街道",
            Self::Town => "镇",
            Self::Township => "乡",
            Self::Special => "类似乡级单位",
            Self::Residents => "社区",
            Self::Village => "村",
            Self::Basic => "基础网格",
            Self::Dedicated => "专属网格",
        }
    }

    /// What a file that says nothing means: the plainest kind of the level.
    pub fn plain(level: Level) -> Self {
        match level {
            Level::City => Self::City,
            Level::County => Self::County,
            Level::Township => Self::Town,
            Level::Community => Self::Residents,
            Level::Grid => Self::Basic,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;
    /// English words as [`Kind::name`] writes them, any case; a hyphen or a space serves as the underscore.
    fn from_str(s: &str) -> Result<Self, String> {
        let word = s.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        Self::ALL.into_iter().find(|k| k.name() == word).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|k| k.name()).collect();
            format!("unknown kind {s:?}; use one of {}", known.join(", "))
        })
    }
}
