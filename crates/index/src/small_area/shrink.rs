//! Empirical Bayes for rates and shares: the prior comes from all areas, each area is pulled towards it by as much as
//! its own number is noise.

use rayon::prelude::*;

use crate::{
    error::{IndexError, Result},
    stats::{Rng, ln_gamma, regularized_beta, regularized_gamma},
    sum::{Sum, sum},
};

/// What is believed of one area's true rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Belief {
    /// Gamma with this shape and rate.
    Gamma {
        /// Shape.
        shape: f64,
        /// Rate.
        rate: f64,
    },
    /// Beta with these parameters.
    Beta {
        /// First.
        a: f64,
        /// Second.
        b: f64,
    },
    /// No spread between areas was found: every area has the mean.
    Point {
        /// The mean.
        at: f64,
    },
}

impl Belief {
    /// One draw.
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        match *self {
            Self::Gamma { shape, rate } => rng.gamma(shape) / rate,
            Self::Beta { a, b } => {
                let (x, y) = (rng.gamma(a), rng.gamma(b));
                x / (x + y)
            }
            Self::Point { at } => at,
        }
    }
}

/// One area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Events divided by exposure (or trials).
    pub raw: f64,
    /// Posterior mean: m + B (raw - m).
    pub shrunk: f64,
    /// A/(A + v): share of the spread of raw numbers that is real; 0 to 1.
    pub reliability: f64,
    /// 90 % interval of the true rate (5 % and 95 % posterior quantiles).
    pub interval: (f64, f64),
    /// The whole belief.
    pub belief: Belief,
}

/// All areas.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// By area, in the order given.
    pub areas: Vec<Area>,
    /// m: the overall rate.
    pub mean: f64,
    /// A: variance of true rates between areas, 0 when none was found.
    pub between: f64,
}

fn check(events: &[f64], exposure: &[f64], whole: bool) -> Result<()> {
    if events.len() != exposure.len() {
        return Err(IndexError::Shape { what: "exposures", expected: events.len(), got: exposure.len() });
    }
    if events.len() < 2 {
        return Err(IndexError::TooFew { what: "empirical Bayes".into(), needed: 2, got: events.len() });
    }
    for (i, (y, e)) in events.iter().zip(exposure).enumerate() {
        if !(y.is_finite() && *y >= 0.0 && e.is_finite() && *e > 0.0) || (whole && y > e) {
            let name = format!("events and exposure in row {}", i + 1);
            return Err(IndexError::parameter(
                name,
                format!("{y} of {e}"),
                "events from 0, exposure above 0, shares at most 1",
            ));
        }
    }
    Ok(())
}

/// Rates: gamma-Poisson with moments after Marshall (1991).
///
/// m = sum y / sum E, s2 = sum E (r - m)^2 / sum E, A = max(0, s2 - m / mean E), B_i = A/(A + m/E_i); the posterior is
/// Gamma(m^2/A + y, m/A + E), whose mean is m + B (r - m). Intervals also carry how badly A itself is known.
pub fn gamma_poisson(events: &[f64], exposure: &[f64]) -> Result<Shrunk> {
    gamma_poisson_at(events, exposure, |_| true)
}

/// The same with intervals only of the rows that are wanted: they are most of the work. Elsewhere both ends are `NaN`.
pub fn gamma_poisson_at(events: &[f64], exposure: &[f64], wanted: impl Fn(usize) -> bool) -> Result<Shrunk> {
    check(events, exposure, false)?;
    let total = sum(exposure.iter().copied());
    let m = sum(events.iter().copied()) / total;
    let s2 = weighted_spread(events, exposure, m) / total;
    let between = (s2 - m * events.len() as f64 / total).max(0.0);
    let prior = prior_of(events, exposure, m);
    let mut pairs: Vec<(u64, u64)> = events
        .iter()
        .zip(exposure)
        .enumerate()
        .filter(|(row, _)| wanted(*row))
        .map(|(_, (y, e))| (y.to_bits(), e.to_bits()))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let known: std::collections::HashMap<(u64, u64), (f64, f64)> = pairs
        .into_par_iter()
        .map(|(y, e)| {
            let (shape, rate) = (f64::from_bits(y), f64::from_bits(e));
            let cdf = |x: f64| {
                prior.iter().map(|&(a, w)| w * regularized_gamma(m * m / a + shape, x * (m / a + rate))).sum()
            };
            ((y, e), (invert(cdf, 0.05, m), invert(cdf, 0.95, m)))
        })
        .collect();
    let areas = events
        .iter()
        .zip(exposure)
        .map(|(&y, &e)| {
            let raw = y / e;
            let interval = known.get(&(y.to_bits(), e.to_bits())).copied().unwrap_or((f64::NAN, f64::NAN));
            if between <= 0.0 {
                return Area { interval, ..flat(raw, m) };
            }
            let (shape, rate) = (m * m / between + y, m / between + e);
            let reliability = between / (between + m / e);
            Area { raw, shrunk: shape / rate, reliability, interval, belief: Belief::Gamma { shape, rate } }
        })
        .collect();
    Ok(Shrunk { areas, mean: m, between })
}

/// How likely each variance between areas is, given all counts (negative binomial), on a grid of coefficients of
/// variation from 0.02 to 5, with A itself uniform beforehand (as Morris 1983 has it: it guards against too short
/// intervals). With small counts A is known badly, and an interval
/// that takes it for sure is too short or too long; those with less than a thousandth of the weight are dropped.
fn prior_of(events: &[f64], exposure: &[f64], m: f64) -> Vec<(f64, f64)> {
    const GRID: usize = 24;
    if m <= 0.0 {
        return vec![(1e-12, 1.0)];
    }
    // Equal pairs are counted once: most small areas have one of a few counts.
    let mut pairs: std::collections::BTreeMap<(u64, u64), f64> = std::collections::BTreeMap::new();
    for (y, e) in events.iter().zip(exposure) {
        *pairs.entry((y.to_bits(), e.to_bits())).or_insert(0.0) += 1.0;
    }
    let grid: Vec<(f64, f64)> = (0..GRID)
        .map(|k| {
            let cv = 0.02 * (5.0f64 / 0.02).powf(k as f64 / (GRID - 1) as f64);
            let shape = 1.0 / (cv * cv);
            let log_likelihood: f64 = pairs
                .iter()
                .map(|(&(y, e), times)| {
                    let (y, mean) = (f64::from_bits(y), m * f64::from_bits(e));
                    times
                        * (ln_gamma(shape + y) - ln_gamma(shape)
                            + shape * (shape / (shape + mean)).ln()
                            + y * (mean / (shape + mean)).ln())
                })
                .sum();
            // Equal steps of ln cv: dA = 2 cv^2 d(ln cv).
            (cv * cv * m * m, log_likelihood + 2.0 * cv.ln())
        })
        .collect();
    let top = grid.iter().map(|g| g.1).fold(f64::NEG_INFINITY, f64::max);
    let mut kept: Vec<(f64, f64)> =
        grid.into_iter().map(|(a, l)| (a, (l - top).exp())).filter(|g| g.1 > 1e-3).collect();
    let total: f64 = kept.iter().map(|g| g.1).sum();
    kept.iter_mut().for_each(|g| g.1 /= total);
    kept
}

/// Shares: beta-binomial by moments (Kleinman 1973, weights n).
///
/// A = max(0, (s2 - m(1-m)/mean n) / (1 - 1/mean n)); a + b = m(1-m)/A - 1; the posterior is Beta(a + y, b + n - y).
pub fn beta_binomial(successes: &[f64], trials: &[f64]) -> Result<Shrunk> {
    beta_binomial_at(successes, trials, |_| true)
}

/// The same with intervals only of the rows that are wanted: they are most of the work. Elsewhere both ends are `NaN`.
pub fn beta_binomial_at(successes: &[f64], trials: &[f64], wanted: impl Fn(usize) -> bool) -> Result<Shrunk> {
    check(successes, trials, true)?;
    let total = sum(trials.iter().copied());
    let m = sum(successes.iter().copied()) / total;
    let s2 = weighted_spread(successes, trials, m) / total;
    let mean_n = total / trials.len() as f64;
    let v = m * (1.0 - m);
    let between =
        if mean_n > 1.0 { ((s2 - v / mean_n) / (1.0 - 1.0 / mean_n)).clamp(0.0, v * 0.999) } else { 0.0 };
    let areas = successes
        .iter()
        .zip(trials)
        .enumerate()
        .map(|(row, (&y, &n))| {
            let raw = y / n;
            if between <= 0.0 {
                return flat(raw, m);
            }
            let strength = v / between - 1.0;
            let (a, b) = (m * strength + y, (1.0 - m) * strength + n - y);
            let q = |p| invert(|x| regularized_beta(a, b, x), p, a / (a + b)).min(1.0);
            let reliability = n / (n + strength);
            Area {
                raw,
                shrunk: a / (a + b),
                reliability,
                interval: if wanted(row) { (q(0.05), q(0.95)) } else { (f64::NAN, f64::NAN) },
                belief: Belief::Beta { a, b },
            }
        })
        .collect();
    Ok(Shrunk { areas, mean: m, between })
}

fn weighted_spread(events: &[f64], exposure: &[f64], m: f64) -> f64 {
    let mut s = Sum::default();
    for (y, e) in events.iter().zip(exposure) {
        let d = y / e - m;
        s.add(e * d * d);
    }
    s.value()
}

fn flat(raw: f64, m: f64) -> Area {
    Area { raw, shrunk: m, reliability: 0.0, interval: (m, m), belief: Belief::Point { at: m } }
}

/// The x >= 0 where an ascending distribution function reaches p, from a guess.
fn invert(cdf: impl Fn(f64) -> f64, p: f64, guess: f64) -> f64 {
    let (mut low, mut high) = (0.0, guess.max(1e-300));
    while cdf(high) < p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if cdf(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-8 * high {
            break;
        }
    }
    f64::midpoint(low, high)
}

/// Standard error of a share from a survey of `n` with design effect `deff` (Kish 1965): sqrt(deff p (1-p)/n).
pub fn design_effect_se(share: f64, n: f64, deff: f64) -> f64 {
    (deff * share * (1.0 - share) / n).sqrt()
}
