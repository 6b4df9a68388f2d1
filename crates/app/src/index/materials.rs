//! What an edition is made of. Equal materials and the same version of the program give the same bytes.

use domain::framework::{Framework, FrameworkDoc, FrameworkFault};
use domain::month::Month;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Everything an edition is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Materials {
    /// The month it tells of.
    pub month: Month,
    /// 0 for the first edition of the month, one more with each that follows corrections.
    pub revision: u32,
    /// Figures count that were signed until then.
    pub known: Timestamp,
    /// Version of the framework's document.
    pub framework_version: u32,
    /// The tree of indicators; departments as codes of units.
    pub framework: FrameworkDoc,
    /// What the framework leaves open.
    pub choices: Choices,
    /// Who is ranked, in the order of their codes.
    pub areas: Vec<RankedArea>,
    /// Figures of the months up to this one, as known then.
    pub figures: Vec<KnownFigure>,
}

/// Who is ranked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RankedArea {
    /// Code of the area.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
}

/// A figure that counted at a moment, with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownFigure {
    /// Code of the indicator or base figure.
    pub indicator: String,
    /// Code of the area.
    pub area: String,
    /// The month it tells of.
    pub month: Month,
    /// Events, or what was reached.
    pub num: Option<f64>,
    /// Of how many.
    pub den: Option<f64>,
    /// The figure itself, where it is not counted.
    pub value: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Answers it is made of.
    pub n: Option<f64>,
    /// What the department says of it.
    pub remark: Option<String>,
    /// 1 for what was handed in first, one more with each correction.
    pub vintage: u32,
    /// The intake it came with.
    pub intake: Uuid,
    /// Since when it counts.
    pub signed: Timestamp,
}

/// What a city decides beside its framework.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Choices {
    /// A node has no score when figures of less than this share of the nodes below are there, from 0 to 1.
    pub min_available: f64,
    /// Bootstrap replicates for the standard errors of bounds.
    pub bootstrap: usize,
    /// Draws from the errors of the figures for intervals and shared ranks, 100 to 100,000.
    pub draws: usize,
    /// Seed of both.
    pub seed: u64,
    /// Two areas share a rank as long as the better one is ahead with less than this probability.
    pub sure: f64,
    /// Robust z beyond which a figure is doubted.
    pub doubt: f64,
    /// Weak links told for each area.
    pub weak_links: usize,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            min_available: 0.5,
            bootstrap: 400,
            draws: 2_000,
            seed: 1,
            sure: 0.95,
            doubt: 3.5,
            weak_links: 6,
        }
    }
}

/// Why an edition cannot be made.
#[derive(Debug, Error)]
pub enum EditionFault {
    /// The framework does not hold together.
    #[error("the framework does not hold together: {}", list(.0))]
    Framework(Vec<FrameworkFault>),
    /// A choice is out of its range.
    #[error("choice {name} is {value}: {range}")]
    Choice {
        /// Its name.
        name: &'static str,
        /// As given.
        value: f64,
        /// What it must be.
        range: &'static str,
    },
    /// Nobody has handed in anything for the month.
    #[error("no figure of {0} is signed: an edition needs the figures of its month")]
    NoFigures(Month),
    /// A figure is of an area or indicator that takes no part.
    #[error("figure of {indicator}, {area}, {month}: {why}")]
    Figure {
        /// Its indicator.
        indicator: String,
        /// Its area.
        area: String,
        /// Its month.
        month: Month,
        /// What is wrong.
        why: String,
    },
    /// The engine refuses.
    #[error(transparent)]
    Engine(#[from] ::index::IndexError),
}

fn list(faults: &[FrameworkFault]) -> String {
    faults.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Materials {
    /// The framework, checked. Departments are not looked up again: they stand as codes of units.
    pub fn framework(&self) -> Result<Framework, EditionFault> {
        let kept = |code: &str| (!code.is_empty()).then(|| code.to_owned());
        Framework::read(&self.framework, &kept).map_err(EditionFault::Framework)
    }
}

impl Choices {
    /// That each is in its range.
    pub fn check(&self) -> Result<(), EditionFault> {
        let fault = |name, value, range| Err(EditionFault::Choice { name, value, range });
        if !(0.0..=1.0).contains(&self.min_available) {
            return fault("min-available", self.min_available, "from 0 to 1");
        }
        if !(100..=100_000).contains(&self.draws) {
            return fault("draws", self.draws as f64, "from 100 to 100,000");
        }
        if self.bootstrap > 100_000 {
            return fault("bootstrap", self.bootstrap as f64, "at most 100,000");
        }
        if !(0.5..1.0).contains(&self.sure) {
            return fault("sure", self.sure, "from 0.5 to below 1");
        }
        if !(self.doubt.is_finite() && self.doubt > 0.0) {
            return fault("doubt", self.doubt, "above zero");
        }
        Ok(())
    }
}
