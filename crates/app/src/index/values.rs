//! From figures as handed in to values that can be compared: shares and rates, small numbers smoothed.
//!
//! The prior of a smoothed indicator is taken from all county-months of the edition, so that a quiet month of a small
//! county is pulled towards what is usual and not towards the few of the same month.

use super::materials::{EditionFault, KnownFigure, Materials};
use ::index::small_area::{Belief, Shrunk, beta_binomial_at, gamma_poisson_at};
use ::index::{Frame, Units};
use domain::framework::{Framework, Indicator, Measure, Shrink};
use domain::month::Month;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Values of all areas and months, and what became of each figure of the edition's month.
#[derive(Clone, Debug)]
pub struct Values {
    /// The first month with figures, or the first of the longest window.
    pub first: Month,
    /// A row for each month and area, a column for each indicator.
    pub panel: Frame,
    /// Figures of the edition's month, by indicator and area in their orders.
    pub told: Vec<Told>,
}

/// What became of one figure.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its indicator.
    pub indicator: String,
    /// Place of the area in the materials.
    pub area: usize,
    /// The value before smoothing, in the indicator's unit.
    pub raw: Option<f64>,
    /// The value that counts.
    pub value: Option<f64>,
    /// Share of its differences from the others that is no noise, from 0 to 1; `None` where nothing is smoothed.
    pub reliability: Option<f64>,
    /// 90 % interval of the value.
    pub interval: Option<(f64, f64)>,
    /// Why there is no value.
    pub lacking: Option<Lacking>,
    /// What the value is drawn from.
    pub doubt: Doubt,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// Nobody has handed in the figure.
    Figure,
    /// Nobody has handed in the base figure.
    Base,
    /// The denominator is below the least one.
    Small,
    /// Too few answers.
    Answers,
}

impl Lacking {
    /// As tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Lacking::Figure => "no figure",
            Lacking::Base => "no base figure",
            Lacking::Small => "denominator too small",
            Lacking::Answers => "too few answers",
        }
    }
}

/// How sure a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// As certain as counting can be: no error is known.
    None,
    /// Posterior of a smoothed value, times a scale.
    Smoothed(Belief, f64),
    /// Normal with this standard error.
    Survey(f64),
}

/// The counts behind a value.
#[derive(Clone, Copy, Debug)]
struct Counts {
    events: f64,
    exposure: f64,
    scale: f64,
}

enum Read {
    Counts(Counts),
    Value(f64, Option<f64>),
    Lacking(Lacking),
}

struct Shelf<'a> {
    figures: BTreeMap<(&'a str, usize, Month), &'a KnownFigure>,
}

impl Values {
    /// Indicators without any value in any month.
    pub fn never(&self) -> Vec<String> {
        let codes = self.panel.codes().iter().enumerate();
        let empty = codes.filter(|(at, _)| self.panel.column(*at).iter().all(|x| x.is_nan()));
        empty.map(|(_, code)| code.clone()).collect()
    }
}

/// Values of the materials' figures.
pub fn values(it: &Materials, framework: &Framework) -> Result<Values, EditionFault> {
    let shelf = shelf(it, framework)?;
    let indicators: Vec<&str> = framework.indicators.iter().map(|i| i.row.code.as_str()).collect();
    let earliest =
        it.figures.iter().filter(|f| indicators.contains(&f.indicator.as_str())).map(|f| f.month).min();
    let earliest = earliest.unwrap_or(it.month);
    if !it.figures.iter().any(|f| f.month == it.month && indicators.contains(&f.indicator.as_str())) {
        return Err(EditionFault::NoFigures(it.month));
    }
    let first =
        framework.longest_window().map_or(earliest, |months| earliest.max(it.month.plus(1 - months as i32)));
    let cells: Vec<(usize, Month)> = Month::range(first, it.month)
        .flat_map(|month| (0..it.areas.len()).map(move |area| (area, month)))
        .collect();
    let mut units = Units::of(cells.iter().map(|(area, _)| it.areas[*area].code.clone()));
    units.names = cells.iter().map(|(area, _)| it.areas[*area].name_zh.clone()).collect();
    units.periods = Some(cells.iter().map(|(_, month)| month.to_string()).collect());
    let mut panel = Frame::empty(Arc::new(units));
    let mut told = Vec::new();
    let newest = cells.len() - it.areas.len();
    for indicator in &framework.indicators {
        let reads: Vec<Read> =
            cells.iter().map(|(area, month)| shelf.read(indicator, *area, *month)).collect();
        let rows = valued(indicator, &reads, newest)?;
        panel.push(
            &indicator.row.code,
            &rows.iter().map(|row| row.value.unwrap_or(f64::NAN)).collect::<Vec<_>>(),
        )?;
        told.extend(rows.into_iter().skip(newest).enumerate().map(|(area, row)| Told { area, ..row }));
    }
    Ok(Values { first, panel, told })
}

fn shelf<'a>(it: &'a Materials, framework: &Framework) -> Result<Shelf<'a>, EditionFault> {
    let place: BTreeMap<&str, usize> =
        it.areas.iter().enumerate().map(|(at, area)| (area.code.as_str(), at)).collect();
    let mut figures = BTreeMap::new();
    for figure in &it.figures {
        let fault = |why: &str| EditionFault::Figure {
            indicator: figure.indicator.clone(),
            area: figure.area.clone(),
            month: figure.month,
            why: why.to_owned(),
        };
        let code = figure.indicator.as_str();
        if framework.indicator(code).is_none() && framework.base(code).is_none() {
            continue; // of an indicator that an older framework had
        }
        let area = *place.get(figure.area.as_str()).ok_or_else(|| fault("the area is not ranked"))?;
        if figure.month > it.month {
            return Err(fault("it is later than the edition"));
        }
        if figures.insert((code, area, figure.month), figure).is_some() {
            return Err(fault("it is there twice"));
        }
    }
    Ok(Shelf { figures })
}

impl Shelf<'_> {
    fn read(&self, indicator: &Indicator, area: usize, month: Month) -> Read {
        let standard = &indicator.standard;
        let Some(figure) = self.figures.get(&(indicator.row.code.as_str(), area, month)) else {
            return Read::Lacking(Lacking::Figure);
        };
        if figure.n.is_some_and(|n| n < f64::from(standard.min_n)) {
            return Read::Lacking(Lacking::Answers);
        }
        let counts = match &standard.measure {
            Measure::Plain => {
                let value =
                    figure.value.map_or(Read::Lacking(Lacking::Figure), |x| Read::Value(x, figure.se));
                return value;
            }
            Measure::Share { .. } => figure.num.zip(figure.den).map(|(num, den)| (num, den, 100.0)),
            Measure::Rate { base, scale } => {
                let Some(exposure) = self.base(base, area, month) else {
                    return Read::Lacking(Lacking::Base);
                };
                figure.num.map(|num| (num, exposure, *scale))
            }
        };
        match counts {
            None => Read::Lacking(Lacking::Figure),
            Some((_, exposure, _)) if exposure <= 0.0 || exposure < standard.min_den => {
                Read::Lacking(Lacking::Small)
            }
            Some((events, exposure, scale)) => Read::Counts(Counts { events, exposure, scale }),
        }
    }

    /// The base figure that holds in a month: its own or the last one before it.
    fn base(&self, code: &str, area: usize, month: Month) -> Option<f64> {
        let before = (code, area, Month::new(1, 1)?)..=(code, area, month);
        self.figures.range(before).next_back()?.1.value
    }
}

/// Values of one indicator, smoothed where its standard says so; with intervals from the row `newest` on.
fn valued(indicator: &Indicator, reads: &[Read], newest: usize) -> Result<Vec<Told>, EditionFault> {
    let code = &indicator.row.code;
    let counted: Vec<Counts> = reads
        .iter()
        .filter_map(|read| if let Read::Counts(counts) = read { Some(*counts) } else { None })
        .collect();
    let shrunk = match indicator.standard.shrink {
        Some(model) if counted.len() >= 2 => {
            let older = reads[..newest].iter().filter(|read| matches!(read, Read::Counts(_))).count();
            Some(smooth(model, &counted, older)?)
        }
        _ => None,
    };
    let mut next = 0;
    let empty = Told {
        indicator: code.clone(),
        area: 0,
        raw: None,
        value: None,
        reliability: None,
        interval: None,
        lacking: None,
        doubt: Doubt::None,
    };
    Ok(reads
        .iter()
        .map(|read| match *read {
            Read::Lacking(why) => Told { lacking: Some(why), ..empty.clone() },
            Read::Value(x, se) => Told {
                raw: Some(x),
                value: Some(x),
                interval: se.map(|se| (x - 1.644_853_6 * se, x + 1.644_853_6 * se)),
                doubt: se.map_or(Doubt::None, Doubt::Survey),
                ..empty.clone()
            },
            Read::Counts(Counts { events, exposure, scale }) => {
                let raw = Some(events / exposure * scale);
                let Some(shrunk) = &shrunk else { return Told { raw, value: raw, ..empty.clone() } };
                let area = &shrunk.areas[next];
                next += 1;
                Told {
                    raw,
                    value: Some(area.shrunk * scale),
                    reliability: Some(area.reliability),
                    interval: Some((area.interval.0 * scale, area.interval.1 * scale)),
                    doubt: Doubt::Smoothed(area.belief, scale),
                    ..empty.clone()
                }
            }
        })
        .collect())
}

fn smooth(model: Shrink, counted: &[Counts], older: usize) -> Result<Shrunk, EditionFault> {
    let events: Vec<f64> = counted.iter().map(|it| it.events).collect();
    let exposure: Vec<f64> = counted.iter().map(|it| it.exposure).collect();
    Ok(match model {
        Shrink::GammaPoisson => gamma_poisson_at(&events, &exposure, |row| row >= older)?,
        Shrink::BetaBinomial => beta_binomial_at(&events, &exposure, |row| row >= older)?,
    })
}
