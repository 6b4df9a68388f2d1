//! The recipe: every choice of every stage, as a text a person can read, keep and compare. With the same inputs it
//! gives the same bytes.

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    stage::{
        aggregate::Aggregate, bound::BoundRule, denominate::Denominate, impute::Impute, normalise::Normalise,
        rank::RankRule, screen::Screen, select::Select, treat::Treat, weigh::Weigh,
    },
    veto::Veto,
};

/// The recipe format this engine writes.
pub const VERSION: u32 = 1;

/// All stages. What is left out of the text has its default: equal to COINr's defaults without treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    /// Format version.
    pub version: u32,
    /// Name for people.
    pub name: String,
    /// Who takes part.
    pub select: Select,
    /// Totals into rates.
    pub denominate: Denominate,
    /// Missing values.
    pub impute: Impute,
    /// Units with too little data.
    pub screen: Screen,
    /// Outliers and skew.
    pub treat: Treat,
    /// Bounds.
    pub bound: BoundRule,
    /// Scale.
    pub normalise: Normalise,
    /// Weights.
    pub weigh: Weigh,
    /// Up the tree.
    pub aggregate: Aggregate,
    /// Ranks.
    pub rank: RankRule,
    /// Limits that raise a flag beside the score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub veto: Vec<Veto>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            version: VERSION,
            name: String::new(),
            select: Select::default(),
            denominate: Denominate::default(),
            impute: Impute::default(),
            screen: Screen::default(),
            treat: Treat::default(),
            bound: BoundRule::default(),
            normalise: Normalise::default(),
            weigh: Weigh::default(),
            aggregate: Aggregate::default(),
            rank: RankRule::default(),
            veto: Vec::new(),
        }
    }
}

impl Recipe {
    /// Reads a recipe; errors name line and column of the text.
    pub fn from_toml(text: &str) -> Result<Self> {
        let recipe: Self = toml::from_str(text).map_err(|e| IndexError::Recipe(e.to_string()))?;
        recipe.checked()
    }
    /// Writes the whole recipe, defaults included.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a recipe holds only what TOML can say")
    }
    /// The recipe as a tree of values, for changing one by its path.
    pub fn to_value(&self) -> toml::Table {
        toml::Table::try_from(self).expect("a recipe holds only what TOML can say")
    }
    /// Back from a tree of values.
    pub fn from_value(value: toml::Table) -> Result<Self> {
        let recipe: Self =
            value.try_into().map_err(|e: toml::de::Error| IndexError::Recipe(e.to_string()))?;
        recipe.checked()
    }
    fn checked(self) -> Result<Self> {
        if self.version != VERSION {
            return Err(IndexError::parameter("version", self.version, "this engine reads version 1"));
        }
        Ok(self)
    }
    /// The stages up to normalising as text: equal texts give equal normalised frames.
    pub fn upstream_key(&self) -> String {
        let upstream = Self {
            name: String::new(),
            weigh: Weigh::default(),
            aggregate: Aggregate::default(),
            rank: RankRule::default(),
            veto: Vec::new(),
            ..self.clone()
        };
        upstream.to_toml()
    }
}
