//! The grammar of scoring standards: how an indicator's figure becomes a score.
//!
//! A standard is one line of words between semicolons, in any order after the first:
//!
//! ```text
//! linear; bounds=fixed:80..100; cap=both; score=0..100; num/den=sites; eb=beta-binomial; min_den=20
//! linear; bounds=data:q05..q95; window=36m; pool=county-month; transform=log1p; den=population; eb=gamma-poisson
//! points:0>100,5>60,20>0; veto=above:30
//! ```

use super::text::{Cursor, Wrong};
use serde::{Deserialize, Serialize};

/// How figures of one indicator become scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standard {
    /// The line between the bounds, or points of its own.
    pub curve: Curve,
    /// Where 0 and 100 lie; not asked where the curve has its own points.
    pub bounds: BoundsBy,
    /// Months that bounds from data look back, the edition's own included; `None` for all there are.
    pub window_months: Option<u32>,
    /// What is left out of the pool before bounds are taken from it.
    pub outlier: Option<Outlier>,
    /// Change of scale before bounds.
    pub transform: Transform,
    /// Whether scores beyond the bounds are cut.
    pub cap: Cap,
    /// Score at the worse and at the better bound.
    pub score: (f64, f64),
    /// What is measured.
    pub measure: Measure,
    /// How small numbers are smoothed.
    pub shrink: Option<Shrink>,
    /// Below this denominator a figure is noted as small and takes no part by itself.
    pub min_den: f64,
    /// Whether a survey's standard error must be handed in.
    pub needs_se: bool,
    /// Fewest answers of a survey.
    pub min_n: u32,
    /// A figure above this raises a flag.
    pub veto_above: Option<f64>,
    /// A figure below this raises a flag.
    pub veto_below: Option<f64>,
}

/// The shape of the scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Curve {
    /// A straight line between the bounds.
    Linear,
    /// Straight lines through (figure, score), flat outside: deductions and additions by steps.
    Points(Vec<(f64, f64)>),
}

/// Where bounds come from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum BoundsBy {
    /// Goalposts that experts have set.
    Fixed {
        /// The lower one.
        lower: f64,
        /// The upper one.
        upper: f64,
    },
    /// Quantiles of all county-months of the window.
    Data {
        /// Probability of the lower one, from 0 to 1.
        lower: f64,
        /// Probability of the upper one.
        upper: f64,
    },
}

/// Values far from the others do not set bounds: those beyond both fences are left out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    /// Beyond so many interquartile ranges from the quartiles (Tukey 1977).
    pub iqr: f64,
    /// And beyond so many scaled median absolute deviations from the median.
    pub mad: f64,
}

/// Change of scale before bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transform {
    /// None.
    Plain,
    /// ln(1 + x).
    Log1p,
}

/// Which ends are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cap {
    /// Both.
    Both,
    /// Neither: scores may lie outside the scale.
    None,
}

/// What a figure is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    /// So many of so many, in percent.
    Share {
        /// What is counted, as `sites`.
        of: String,
    },
    /// Events by a base figure.
    Rate {
        /// Code of the base figure.
        base: String,
        /// Events are told per so many of it: 10,000 for "per 10k".
        scale: f64,
    },
    /// A figure by itself.
    Plain,
}

/// Model by which small numbers are smoothed (empirical Bayes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shrink {
    /// Events of an exposure (Marshall 1991).
    GammaPoisson,
    /// So many of so many.
    BetaBinomial,
}

/// The months a pool of bounds looks back at most.
const LONGEST_WINDOW: u32 = 600;

impl Standard {
    /// Reads a standard; `unit` is the indicator's unit, in which the scale of a rate stands (`per 10k`).
    pub fn parse(text: &str, unit: &str) -> Result<Standard, Wrong> {
        let mut seen: Vec<&str> = Vec::new();
        let mut parts = Cursor::parts(text, ';');
        let first = parts.next().filter(|part| !part.text.is_empty());
        let first = first.ok_or_else(|| Wrong::at(0, "a scoring standard begins with linear or points:…"))?;
        let curve = curve(first)?;
        let mut it = Standard {
            bounds: BoundsBy::Data { lower: 0.0, upper: 1.0 },
            window_months: None,
            outlier: None,
            transform: Transform::Plain,
            cap: Cap::Both,
            score: (0.0, 100.0),
            measure: Measure::Plain,
            shrink: None,
            min_den: 0.0,
            needs_se: false,
            min_n: 0,
            veto_above: None,
            veto_below: None,
            curve,
        };
        let mut scale = None;
        for part in parts {
            let (key, value) = part.split('=').ok_or_else(|| part.wrong("write it as key=value"))?;
            if key.text != "veto" && seen.contains(&key.text) {
                return Err(key.wrong("it is there twice"));
            }
            seen.push(key.text);
            match key.text {
                "scale" => scale = Some(value.above_zero()?),
                _ => it.take(key, value)?,
            }
        }
        it.agree(first, &seen, unit, scale)
    }

    fn take(&mut self, key: Cursor<'_>, value: Cursor<'_>) -> Result<(), Wrong> {
        match key.text {
            "bounds" => self.bounds = bounds(value)?,
            "window" => self.window_months = Some(window(value)?),
            "pool" => value.one_of(&[("county-month", ())])?,
            "transform" => {
                self.transform = value.one_of(&[("none", Transform::Plain), ("log1p", Transform::Log1p)])?;
            }
            "cap" => self.cap = value.one_of(&[("both", Cap::Both), ("none", Cap::None)])?,
            "score" => self.score = value.range()?,
            "num/den" => self.measure = Measure::Share { of: value.word()?.to_owned() },
            "den" => self.measure = Measure::Rate { base: value.word()?.to_owned(), scale: 0.0 },
            "eb" => {
                let models =
                    [("beta-binomial", Shrink::BetaBinomial), ("gamma-poisson", Shrink::GammaPoisson)];
                self.shrink = Some(value.one_of(&models)?);
            }
            "min_den" => self.min_den = value.above_zero()?,
            "min_n" => self.min_n = value.whole()?,
            "design-se" => {
                value.one_of(&[("required", ())])?;
                self.needs_se = true;
            }
            "outlier" => self.outlier = Some(outlier(value)?),
            "veto" => {
                let (side, limit) =
                    value.split(':').ok_or_else(|| value.wrong("write veto=above:3 or veto=below:3"))?;
                let limit = limit.number()?;
                if side.one_of(&[("above", true), ("below", false)])? {
                    self.veto_above = Some(limit);
                } else {
                    self.veto_below = Some(limit);
                }
            }
            _ => return Err(key.wrong(KEYS)),
        }
        Ok(())
    }

    /// What one part says must not contradict another.
    fn agree(
        mut self,
        first: Cursor<'_>,
        seen: &[&str],
        unit: &str,
        scale: Option<f64>,
    ) -> Result<Standard, Wrong> {
        let has = |key: &str| seen.contains(&key);
        let wrong = |why: &str| Err(first.wrong(why));
        if has("num/den") && has("den") {
            return wrong("num/den= and den= exclude each other: a share, or a rate");
        }
        let linear = self.curve == Curve::Linear;
        if linear && !has("bounds") {
            return wrong("a linear standard needs bounds=fixed:a..b or bounds=data:q05..q95");
        }
        if !linear && (has("bounds") || has("score") || has("window")) {
            return wrong("points have their own scale: leave out bounds=, score= and window=");
        }
        let from_data = linear && matches!(self.bounds, BoundsBy::Data { .. });
        if !from_data && (has("window") || has("outlier") || has("pool")) {
            return wrong("window=, pool= and outlier= belong to bounds=data:…");
        }
        if self.needs_se && !matches!(self.measure, Measure::Plain | Measure::Share { .. }) {
            return wrong("design-se=required belongs to survey figures, not to rates");
        }
        match (&mut self.measure, self.shrink) {
            (Measure::Share { .. }, Some(Shrink::GammaPoisson)) => {
                return wrong("a share is smoothed by eb=beta-binomial");
            }
            (Measure::Rate { .. }, Some(Shrink::BetaBinomial)) => {
                return wrong("a rate is smoothed by eb=gamma-poisson");
            }
            (Measure::Plain, Some(_)) => {
                return wrong("eb= needs num/den= or den=: without counts nothing can be smoothed");
            }
            (Measure::Rate { scale: held, .. }, _) => match scale.or_else(|| scale_of(unit)) {
                Some(found) => *held = found,
                None => return wrong("the unit does not say per how many (per 10k): write scale=10000"),
            },
            _ if scale.is_some() => return wrong("scale= belongs to den="),
            _ => {}
        }
        if self.transform == Transform::Log1p
            && let BoundsBy::Fixed { lower, .. } = self.bounds
            && linear
            && lower <= -1.0
        {
            return wrong("ln(1 + x) has no value at bounds of -1 and below");
        }
        Ok(self)
    }
}

const KEYS: &str = "this is not a key of a scoring standard; there are bounds, window, pool, outlier, transform, cap, score, \
    num/den, den, scale, eb, min_den, min_n, design-se, veto";

fn curve(part: Cursor<'_>) -> Result<Curve, Wrong> {
    if part.text == "linear" {
        return Ok(Curve::Linear);
    }
    let points = match part.split(':') {
        Some((head, points)) if head.text == "points" => points,
        _ => return Err(part.wrong("a scoring standard begins with linear or points:…")),
    };
    let mut list: Vec<(f64, f64)> = Vec::new();
    for pair in points.split_all(',') {
        let (x, y) = pair.split('>').ok_or_else(|| pair.wrong("write a point as figure>score, as 5>60"))?;
        let point = (x.number()?, y.number()?);
        if list.last().is_some_and(|last| last.0 >= point.0) {
            return Err(x.wrong("the figures of points must ascend"));
        }
        list.push(point);
    }
    if list.len() < 2 { Err(points.wrong("at least two points are needed")) } else { Ok(Curve::Points(list)) }
}

fn bounds(value: Cursor<'_>) -> Result<BoundsBy, Wrong> {
    let form = "write bounds=fixed:80..100 or bounds=data:q05..q95";
    let (kind, range) = value.split(':').ok_or_else(|| value.wrong(form))?;
    match kind.text {
        "fixed" => range.range().map(|(lower, upper)| BoundsBy::Fixed { lower, upper }),
        "data" => {
            let (low, high) = range.split_at("..").ok_or_else(|| range.wrong(form))?;
            let (lower, upper) = (quantile(low)?, quantile(high)?);
            if lower < upper {
                Ok(BoundsBy::Data { lower, upper })
            } else {
                Err(range.wrong("the lower quantile must be below the upper"))
            }
        }
        _ => Err(kind.wrong(form)),
    }
}

/// `q05` is .05, `q975` is .975, `min` and `max` are the ends.
fn quantile(part: Cursor<'_>) -> Result<f64, Wrong> {
    match part.text {
        "min" => return Ok(0.0),
        "max" => return Ok(1.0),
        _ => {}
    }
    let digits =
        part.text.strip_prefix('q').filter(|it| it.len() >= 2 && it.bytes().all(|b| b.is_ascii_digit()));
    let found = digits.and_then(|it| format!("0.{it}").parse().ok());
    found.ok_or_else(|| part.wrong("write a quantile as q05, q95 or q975, or min or max"))
}

fn window(value: Cursor<'_>) -> Result<u32, Wrong> {
    let months = value.text.strip_suffix('m').and_then(|it| it.parse().ok());
    months
        .filter(|it| (1..=LONGEST_WINDOW).contains(it))
        .ok_or_else(|| value.wrong("write a window in months, from 1m to 600m"))
}

/// `iqr3+mad` is 3 interquartile ranges and 3.5 scaled deviations; `iqr1.5+mad5` sets both.
fn outlier(value: Cursor<'_>) -> Result<Outlier, Wrong> {
    let form = "write outlier=iqr3+mad, or with a number of its own iqr3+mad5";
    let (iqr, mad) = value.split('+').ok_or_else(|| value.wrong(form))?;
    let number = |part: Cursor<'_>, head: &str, otherwise: f64| {
        let rest = part.text.strip_prefix(head).ok_or_else(|| part.wrong(form))?;
        if rest.is_empty() {
            return Ok(otherwise);
        }
        rest.parse().ok().filter(|x: &f64| x.is_finite() && *x > 0.0).ok_or_else(|| part.wrong(form))
    };
    // 3.5 after Iglewicz and Hoaglin (1993).
    Ok(Outlier { iqr: number(iqr, "iqr", 3.0)?, mad: number(mad, "mad", 3.5)? })
}

/// What stands behind "per" in a unit: `per 10k` 10,000, `per CNY 100m GDP` 10⁸, `CNY per capita` 1.
fn scale_of(unit: &str) -> Option<f64> {
    let (_, behind) = unit.split_once("per ")?;
    let number = |word: &str| -> Option<f64> {
        if word == "million" {
            return Some(1e6);
        }
        let (digits, times) = match word.as_bytes().last()? {
            b'k' => (&word[..word.len() - 1], 1e3),
            b'm' => (&word[..word.len() - 1], 1e6),
            _ => (word, 1.0),
        };
        digits.parse().ok().filter(|x: &f64| x.is_finite() && *x > 0.0).map(|x: f64| x * times)
    };
    Some(behind.split_whitespace().find_map(number).unwrap_or(1.0))
}
