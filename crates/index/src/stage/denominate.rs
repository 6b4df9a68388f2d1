//! Totals into rates: value / denominator * scale.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::{Frame, Meta},
    note::{Note, Stage},
};

/// Which indicators are divided by what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Denominate {
    /// Whether to divide at all.
    pub enabled: bool,
    /// Denominators by indicator, before those of the framework; an empty text means none.
    pub by: BTreeMap<String, String>,
    /// Factor by indicator, for instance 10,000 for "per ten thousand"; 1 where not given.
    pub scale: BTreeMap<String, f64>,
    /// Below this denominator a value becomes missing, with a note. 0 turns this off.
    pub minimum: f64,
}

impl Default for Denominate {
    fn default() -> Self {
        Self { enabled: true, by: BTreeMap::new(), scale: BTreeMap::new(), minimum: 0.0 }
    }
}

/// Divides. A missing denominator gives a missing value; zero or below is an error naming the unit.
pub fn denominate(
    frame: &Frame,
    denominators: &Frame,
    meta: &Meta,
    rule: &Denominate,
) -> Result<(Frame, Vec<Note>)> {
    let mut out = frame.clone();
    let mut notes = Vec::new();
    if !rule.enabled {
        return Ok((out, notes));
    }
    for code in rule.by.keys().chain(rule.scale.keys()) {
        if frame.position(code).is_none() {
            return Err(IndexError::unknown("indicator", code));
        }
    }
    let units = frame.units().clone();
    for j in 0..frame.columns() {
        let code = &frame.codes()[j];
        let named = match rule.by.get(code) {
            Some(d) => Some(d.as_str()).filter(|d| !d.is_empty()),
            None => meta.get(code).and_then(|e| e.denominator.as_deref()),
        };
        let Some(name) = named else { continue };
        let below = denominators.position(name).ok_or_else(|| IndexError::unknown("denominator", name))?;
        let scale = rule.scale.get(code).copied().unwrap_or(1.0);
        let mut small = 0;
        for (i, x) in out.column_mut(j).iter_mut().enumerate() {
            let d = denominators.at(i, below);
            if d <= 0.0 && !x.is_nan() {
                return Err(IndexError::BadDenominator {
                    unit: units.label(i),
                    code: code.clone(),
                    denominator: name.into(),
                    value: d,
                });
            }
            if d < rule.minimum && !x.is_nan() {
                small += 1;
                *x = f64::NAN;
            } else {
                let (total, rate) = (*x, *x / d * scale);
                if rate.is_infinite() {
                    return Err(IndexError::InfiniteRate {
                        unit: units.label(i),
                        code: code.clone(),
                        value: total,
                        denominator: name.into(),
                        below: d,
                    });
                }
                *x = rate; // missing where either is missing
            }
        }
        if small > 0 {
            let text = format!("{small} values set missing: {name} below {}", rule.minimum);
            notes.push(Note::new(Stage::Denominate, code, text));
        }
    }
    Ok((out, notes))
}
