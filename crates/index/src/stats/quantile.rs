//! Sample quantiles of the nine types of Hyndman and Fan (1996).

use serde::{Deserialize, Serialize};

/// Hyndman and Fan's type, 1 to 9; 7 is the default of R and spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct QuantileType(u8);

impl Default for QuantileType {
    fn default() -> Self {
        Self(7)
    }
}

impl TryFrom<u8> for QuantileType {
    type Error = String;
    fn try_from(k: u8) -> Result<Self, String> {
        if (1..=9).contains(&k) {
            Ok(Self(k))
        } else {
            Err(format!("quantile type {k} is not one of 1 to 9"))
        }
    }
}

impl From<QuantileType> for u8 {
    fn from(k: QuantileType) -> u8 {
        k.0
    }
}

/// Quantile at `p` (0 to 1) of the values that are there; `None` when there are none.
pub fn quantile(x: &[f64], p: f64, kind: QuantileType) -> Option<f64> {
    let mut v = super::present(x);
    v.sort_unstable_by(f64::total_cmp);
    quantile_sorted(&v, p, kind)
}

/// The same for values already in ascending order and without missing.
pub fn quantile_sorted(v: &[f64], p: f64, kind: QuantileType) -> Option<f64> {
    let n = v.len();
    if n == 0 || !(0.0..=1.0).contains(&p) {
        return None;
    }
    let at = |j: i64| v[(j.clamp(1, n as i64) - 1) as usize];
    let nf = n as f64;
    // A hair of tolerance so that n*p = 5 computed as 4.999... counts as 5, as R does.
    let fuzz = 4.0 * f64::EPSILON;
    if kind.0 <= 3 {
        let nppm = if kind.0 == 3 { nf * p - 0.5 } else { nf * p };
        let j = (nppm + fuzz).floor();
        let exact = (nppm - j).abs() < fuzz * nf.max(1.0);
        let h = match kind.0 {
            1 => f64::from(u8::from(nppm > j && !exact)),
            2 => {
                if exact {
                    0.5
                } else {
                    1.0
                }
            }
            _ => f64::from(u8::from(!exact || (j as i64) % 2 != 0)),
        };
        let j = j as i64;
        return Some(if h == 0.0 {
            at(j)
        } else if (h - 1.0).abs() < f64::EPSILON {
            at(j + 1)
        } else {
            f64::midpoint(at(j), at(j + 1))
        });
    }
    let (a, b) = match kind.0 {
        4 => (0.0, 1.0),
        5 => (0.5, 0.5),
        6 => (0.0, 0.0),
        7 => (1.0, 1.0),
        8 => (1.0 / 3.0, 1.0 / 3.0),
        _ => (3.0 / 8.0, 3.0 / 8.0),
    };
    let nppm = a + p * (nf + 1.0 - a - b);
    let j = (nppm + fuzz).floor();
    let mut h = nppm - j;
    if h.abs() < fuzz {
        h = 0.0;
    }
    let j = j as i64;
    let (lo, hi) = (at(j), at(j + 1));
    Some(if h == 0.0 {
        lo
    } else if (h - 1.0).abs() < f64::EPSILON {
        hi
    } else {
        (1.0 - h) * lo + h * hi
    })
}

/// The middle value, or the mean of the two middle values.
pub fn median(x: &[f64]) -> Option<f64> {
    quantile(x, 0.5, QuantileType(7))
}
