//! What is planted in the demo city's figures, as `demo/index_planted.toml` says. Months count back from the newest
//! one, which is 0.

use super::{County, by_code};
use crate::bundle::{self, BadBundle};
use domain::framework::Framework;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Everything that is planted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // each is a list of the type that says what it is
pub struct Planted {
    pub improving: Vec<Improving>,
    pub weak_link: Vec<WeakLink>,
    pub late: Vec<Late>,
    pub missing: Vec<Missing>,
    pub correction: Vec<Correction>,
    pub slip: Vec<Slip>,
    pub real: Vec<Real>,
}

/// A county that gets better in everything.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // county, months and reason; the file explains them
pub struct Improving {
    pub county: String,
    pub from: Mark,
    pub to: Mark,
    pub why: String,
}

/// How good it is in a month.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Month.
    pub month: i32,
    /// In standard deviations between counties.
    pub quality: f64,
}

/// One indicator of one county that gets far worse and stays so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct WeakLink {
    pub county: String,
    pub indicator: String,
    /// First month in which it is worse.
    pub since: i32,
    /// Months until it is as bad as it gets.
    pub months: u32,
    /// The figure is then so many times what it would be.
    pub times: f64,
    pub why: String,
}

/// A department that is late.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Late {
    pub department: String,
    /// Days after the due day, by month.
    pub months: BTreeMap<String, i64>,
    pub why: String,
}

/// A department that hands in nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Missing {
    pub department: String,
    pub month: i32,
    pub why: String,
}

/// First figures that were wrong, and right ones later.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Correction {
    pub county: String,
    pub department: String,
    pub indicators: Vec<String>,
    pub month: i32,
    /// The first count was so many times the right one.
    pub times: f64,
    /// Days from the due day to the right figures.
    pub days: i64,
    /// What the department says to it.
    pub note: String,
    pub why: String,
}

/// A typing error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Slip {
    pub county: String,
    pub indicator: String,
    pub month: i32,
    /// So many digits of the count are lost at its end.
    pub digits: u32,
    pub remark: String,
    pub why: String,
}

/// An outlier that is true.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Real {
    pub county: String,
    pub indicator: String,
    pub month: i32,
    /// The count.
    pub num: f64,
    pub remark: String,
    pub why: String,
}

impl Planted {
    /// Reads the file.
    pub fn read() -> Result<Planted, BadBundle> {
        let planted: Planted = bundle::index_planted()?;
        match planted.late.iter().flat_map(|it| it.months.keys()).find(|it| it.parse::<i32>().is_err()) {
            Some(month) => Err(bad(format!("{month:?} is no number of months"))),
            None => Ok(planted),
        }
    }

    /// Whether what it names is there.
    pub(super) fn check(&self, framework: &Framework, counties: &[County]) -> Result<(), BadBundle> {
        let (known, departments) = (by_code(counties), framework.departments());
        let codes = (self.improving.iter().map(|it| &it.county))
            .chain(self.weak_link.iter().map(|it| &it.county))
            .chain(self.correction.iter().map(|it| &it.county))
            .chain(self.slip.iter().map(|it| &it.county))
            .chain(self.real.iter().map(|it| &it.county));
        let indicators = (self.weak_link.iter().map(|it| &it.indicator))
            .chain(self.correction.iter().flat_map(|it| &it.indicators))
            .chain(self.slip.iter().map(|it| &it.indicator))
            .chain(self.real.iter().map(|it| &it.indicator));
        let units = (self.late.iter().map(|it| &it.department))
            .chain(self.missing.iter().map(|it| &it.department))
            .chain(self.correction.iter().map(|it| &it.department));
        if let Some(code) = codes.into_iter().find(|code| !known.contains_key(code.as_str())) {
            return Err(bad(format!("there is no county {code}")));
        }
        if let Some(code) = indicators.into_iter().find(|code| framework.indicator(code).is_none()) {
            return Err(bad(format!("there is no indicator {code}")));
        }
        match units.into_iter().find(|unit| !departments.contains_key(unit.as_str())) {
            Some(unit) => Err(bad(format!("{unit} hands in nothing"))),
            None => Ok(()),
        }
    }

    /// How much better a county is in a month than by chance alone, in standard deviations; `None` for a county that
    /// goes by chance.
    pub(super) fn quality(&self, county: &str, month: i32) -> Option<f64> {
        let it = self.improving.iter().find(|it| it.county == county)?;
        let whole = f64::from((it.to.month - it.from.month).max(1));
        let share = (f64::from(month - it.from.month) / whole).clamp(0.0, 1.0);
        Some(it.from.quality + share * (it.to.quality - it.from.quality))
    }

    /// By how much a figure is multiplied.
    pub(super) fn times(&self, county: &str, indicator: &str, month: i32) -> f64 {
        let of = |it: &&WeakLink| it.county == county && it.indicator == indicator && it.since <= month;
        self.weak_link.iter().find(of).map_or(1.0, |it| {
            let share = f64::from(month - it.since + 1) / f64::from(it.months.max(1));
            it.times.powf(share.min(1.0))
        })
    }

    pub(super) fn days_late(&self, department: &str, month: i32) -> Option<i64> {
        let own = self.late.iter().find(|it| it.department == department)?;
        own.months.get(&month.to_string()).copied()
    }

    pub(super) fn is_missing(&self, department: &str, month: i32) -> bool {
        self.missing.iter().any(|it| it.department == department && it.month == month)
    }

    pub(super) fn corrections(&self, department: &str, month: i32) -> impl Iterator<Item = &Correction> {
        self.correction.iter().filter(move |it| it.department == department && it.month == month)
    }
}

fn bad(why: String) -> BadBundle {
    BadBundle { file: bundle::INDEX_PLANTED_FILE, why }
}
