//! Figures of all counties for a month: true levels from what a county, a dimension and a month have in common, and
//! counts drawn from them, so that small numbers look like small numbers.

use super::levels::{Kind, Level, Levels};
use super::planted::Planted;
use super::{Asked, County, Given, N_MONTHS};
use crate::chance::Chance;
use domain::framework::{Indicator, Measure};
use domain::month::Month;
use std::collections::BTreeMap;

/// Part of the variance between counties, and between months, that the indicators of a dimension share.
const IN_COMMON: f64 = 0.5;
/// How much of a month's own noise is left in the next.
const MEMORY: f64 = 0.6;
/// Spread of the logarithm of how much there is of a stock beyond what residents explain.
const STOCKS: f64 = 0.12;
/// Spread of the logarithm of single amounts.
const AMOUNTS: f64 = 1.0;

/// Draws the figures.
pub(super) struct Counties<'a> {
    chance: Chance,
    asked: &'a Asked<'a>,
    levels: &'a Levels,
    planted: &'a Planted,
}

/// One county in one month.
struct Here<'a> {
    county: &'a County,
    month: Month,
    /// Months since the first.
    since: i32,
    /// Base figures that hold.
    bases: BTreeMap<&'a str, f64>,
    /// Events and wholes drawn so far, for indicators that count the same ones.
    counted: BTreeMap<&'a str, f64>,
}

impl<'a> Counties<'a> {
    pub fn new(
        chance: &Chance,
        asked: &'a Asked<'a>,
        levels: &'a Levels,
        planted: &'a Planted,
    ) -> Counties<'a> {
        Counties { chance: chance.branch("figures"), asked, levels, planted }
    }

    /// All figures of a month: base figures that are due in it and every indicator, by county.
    pub fn figures(&self, month: Month) -> Vec<Given> {
        let framework = self.asked.framework;
        let mut all = Vec::new();
        for county in self.asked.counties {
            let since = month.since(self.asked.newest) + N_MONTHS - 1;
            let mut here = Here { county, month, since, bases: BTreeMap::new(), counted: BTreeMap::new() };
            for base in &framework.bases {
                let (value, is_new) = self.base(&base.code, &here);
                here.bases.insert(&base.code, value);
                if is_new {
                    all.push(Given { value: Some(value), ..Given::blank(&base.code, county.area) });
                }
            }
            for indicator in &framework.indicators {
                all.extend(self.figure(indicator, &mut here));
            }
        }
        all
    }

    /// A base figure that holds in a month, and whether it is handed in for this very month.
    fn base(&self, code: &str, here: &Here<'_>) -> (f64, bool) {
        let level = self.levels.of(code);
        let every = level.den.unwrap_or(1.0).max(1.0) as i32;
        let age = (i32::from(here.month.number()) - 1) % every;
        let told = (here.since - age).max(0);
        let residents = match here.bases.get("population") {
            Some(residents) => residents / 1e4,
            None => here.county.n_grids as f64,
        };
        let own =
            level.spread * self.own(code, here.county) + level.noise * self.wave(code, here.county, told);
        let by = own + level.trend * f64::from(told) / 12.0;
        ((level.usual * residents * by.exp()).round().max(1.0), told == here.since)
    }

    fn figure<'b>(&self, indicator: &'b Indicator, here: &mut Here<'b>) -> Option<Given>
    where
        'a: 'b,
    {
        let code = indicator.row.code.as_str();
        let level = self.levels.of(code);
        let back = here.month.since(self.asked.newest);
        let truth = level.moved(&indicator.row.unit, self.moved(indicator, level, here))
            * self.planted.times(&here.county.code, code, back);
        let mut chance = self.chance.branch(&format!("{code} {} {}", here.county.code, here.since));
        let residents = here.bases.get("population").copied().unwrap_or_default() / 1e4;
        let mut given = Given::blank(code, here.county.area);
        match level.kind {
            Kind::Flow | Kind::Stock | Kind::Sample => {
                let whole = match (&level.from, level.kind) {
                    (Some(from), _) => here.counted.get(from.as_str()).copied().unwrap_or_default(),
                    (None, Kind::Stock) => {
                        let much = (STOCKS * self.own(&format!("stock {code}"), here.county)).exp();
                        (level.den? * residents * much).round().max(1.0)
                    }
                    (None, _) => chance.events(level.den? * residents) as f64,
                };
                if whole < 1.0 {
                    return None;
                }
                let share = (truth / 100.0).clamp(0.0, 1.0);
                let part = match level.kind {
                    Kind::Stock => (whole * share).round(),
                    _ => chance.of(whole as u64, share) as f64,
                };
                here.counted.insert(code, whole);
                (given.num, given.den) = (Some(part), Some(whole));
                if level.kind == Kind::Sample {
                    let found = ((part + 0.5) / (whole + 1.0)).clamp(0.0, 1.0);
                    let error = 100.0 * (level.each.unwrap_or(1.0) * found * (1.0 - found) / whole).sqrt();
                    (given.se, given.n) = (Some(rounded(error, 2).max(0.01)), Some(whole));
                }
            }
            Kind::Events | Kind::Amount => {
                let Measure::Rate { base, scale } = &indicator.standard.measure else { return None };
                let exposed = here.bases.get(base.as_str())? / scale;
                let same = level.from.as_ref().map(|from| here.counted.get(from.as_str()).copied());
                let events = match same {
                    Some(counted) => counted?,
                    None => chance.events(truth * exposed) as f64,
                };
                here.counted.insert(code, events);
                let each = level.each.filter(|_| level.kind == Kind::Amount);
                given.num = Some(each.map_or(events, |each| {
                    let one = |_| each * (AMOUNTS * chance.normal() - AMOUNTS * AMOUNTS / 2.0).exp();
                    (0..events as u64).map(one).sum::<f64>().round()
                }));
            }
            Kind::Survey => {
                let answers = (level.den? * chance.between(0.95, 1.1)).round();
                let error = level.each? / answers.sqrt();
                given.value = Some(rounded((truth + error * chance.normal()).clamp(0.0, 100.0), 1));
                (given.se, given.n) = (Some(rounded(error, 2)), Some(answers));
            }
            Kind::Value | Kind::Base => given.value = Some(rounded(truth, 2)),
        }
        self.plant(&mut given, here.county, back);
        Some(given)
    }

    /// How far a figure lies from the usual, on the scale of its level.
    fn moved(&self, indicator: &Indicator, level: &Level, here: &Here<'_>) -> f64 {
        let (row, county) = (&indicator.row, here.county);
        let back = here.month.since(self.asked.newest);
        let shared = |a: f64, b: f64| IN_COMMON.sqrt() * a + (1.0 - IN_COMMON).sqrt() * b;
        let own = self.own(&row.code, county);
        let between = match self.planted.quality(&county.code, back) {
            Some(quality) => quality + (1.0 - IN_COMMON).sqrt() * own,
            None => shared(self.own(&row.dimension, county), own),
        };
        let shock = self.chance.branch(&format!("month {} {}", row.dimension, here.since)).normal();
        let within = shared(shock, self.wave(&row.code, county, here.since));
        let better =
            level.spread * between + level.noise * within + level.trend * f64::from(here.since) / 12.0;
        f64::from(row.direction) * better + level.season(here.month.number())
    }

    /// What a county is like for good: standard normal.
    fn own(&self, what: &str, county: &County) -> f64 {
        self.chance.branch(&format!("own {what} {}", county.code)).normal()
    }

    /// What passes: standard normal, and what there was last month is not gone at once.
    fn wave(&self, what: &str, county: &County, since: i32) -> f64 {
        let mut chance = self.chance.branch(&format!("wave {what} {}", county.code));
        let first = chance.normal();
        (0..since).fold(first, |last, _| MEMORY * last + (1.0 - MEMORY * MEMORY).sqrt() * chance.normal())
    }

    fn plant(&self, given: &mut Given, county: &County, back: i32) {
        let is_it = |code: &str, indicator: &str, month: i32| {
            code == county.code && indicator == given.indicator && month == back
        };
        if let Some(it) = self.planted.real.iter().find(|it| is_it(&it.county, &it.indicator, it.month)) {
            (given.num, given.remark) = (Some(it.num), Some(it.remark.clone()));
        } else if let Some(it) =
            self.planted.slip.iter().find(|it| is_it(&it.county, &it.indicator, it.month))
        {
            given.num = given.num.map(|num| (num / 10_f64.powi(it.digits as i32)).floor());
            given.remark = Some(it.remark.clone());
        }
    }
}

fn rounded(x: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (x * scale).round() / scale
}
