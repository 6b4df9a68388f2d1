//! How high each figure usually is, how much counties and months differ, and in which season it is high: the rows
//! of `demo/index_levels.csv`.

use crate::bundle::{self, BadBundle};
use domain::framework::Framework;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A row.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    /// Code of an indicator or base figure.
    pub code: String,
    /// What is drawn.
    pub kind: Kind,
    /// Usual figure in the indicator's unit, for one month; of a base figure so many per 10,000 residents, of the
    /// population so many per grid.
    pub usual: f64,
    /// Standard deviation between counties: of the logit where the unit is % or a score, else of the logarithm. The
    /// next four are on the same scale.
    pub spread: f64,
    /// Standard deviation between months.
    pub noise: f64,
    /// Half the difference between the seasons; negative where the peak month is the lowest.
    pub season: f64,
    /// Month of the highest figure.
    pub peak: i8,
    /// Change in a year; for indicators towards the better.
    pub trend: f64,
    /// What a share is of, per 10,000 residents: a stock, or as many as come in a month. Of a survey the answers per
    /// county. Of a base figure how many months lie between two figures.
    pub den: Option<f64>,
    /// The indicator whose events this one's are too: its numerator (`events`, `amount`) or its denominator (shares).
    pub from: Option<String>,
    /// `amount`: the mean of one event. `survey`: standard deviation of one answer. `sample`: design effect.
    pub each: Option<f64>,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A base figure.
    Base,
    /// A share of what comes in a month: both are counts with chance.
    Flow,
    /// A share of what is there all the time.
    Stock,
    /// A share of answers, with a standard error.
    Sample,
    /// Events by a base figure.
    Events,
    /// A sum over events by a base figure.
    Amount,
    /// A mean score of answers, with a standard error.
    Survey,
    /// A figure by itself.
    Value,
}

/// The rows by code.
pub(super) struct Levels(BTreeMap<String, Level>);

impl Levels {
    /// Reads the rows, which must be those of the framework.
    pub fn read(framework: &Framework) -> Result<Levels, BadBundle> {
        let rows: Vec<Level> = bundle::index_levels()?;
        let levels: BTreeMap<String, Level> = rows.into_iter().map(|row| (row.code.clone(), row)).collect();
        let asked = framework
            .indicators
            .iter()
            .map(|it| &it.row.code)
            .chain(framework.bases.iter().map(|it| &it.code));
        let bad = |why: String| BadBundle { file: bundle::INDEX_LEVELS_FILE, why };
        for code in asked {
            let level = levels.get(code).ok_or_else(|| bad(format!("there is no row {code}")))?;
            let needs_den =
                matches!(level.kind, Kind::Base | Kind::Flow | Kind::Stock | Kind::Sample | Kind::Survey);
            if needs_den && level.den.is_none() && level.from.is_none() {
                return Err(bad(format!("{code} needs den, or from another row")));
            }
            if level.from.as_ref().is_some_and(|from| !levels.contains_key(from) || *from >= level.code) {
                return Err(bad(format!("{code} is from a row that does not come before it")));
            }
        }
        Ok(Levels(levels))
    }

    /// The row of a code.
    pub fn of(&self, code: &str) -> &Level {
        &self.0[code]
    }
}

impl Level {
    /// The usual figure moved by so much on the scale on which counties and months differ.
    pub fn moved(&self, unit: &str, by: f64) -> f64 {
        if matches!(unit, "%" | "score") {
            let odds = self.usual / (100.0 - self.usual) * by.exp();
            100.0 * odds / (1.0 + odds)
        } else {
            self.usual * by.exp()
        }
    }

    /// How far the season moves a month of the year.
    pub fn season(&self, month: i8) -> f64 {
        self.season * (std::f64::consts::TAU * f64::from(month - self.peak) / 12.0).cos()
    }
}
