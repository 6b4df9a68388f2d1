//! Chain-linking: one series over editions whose bounds or frameworks differ.

use crate::error::{IndexError, Result};

/// One edition's scores of one unit: (period, score) in time order.
pub type Series = Vec<(String, f64)>;

/// Links editions into one series: the first as it is, each later one times the factor that makes it equal to the
/// series in the latest period that both have (Handbook 7.4; the rule of chained price indices). Periods that the
/// series has already keep their value.
pub fn chain(editions: &[Series]) -> Result<Series> {
    let Some((first, later)) = editions.split_first() else { return Ok(Vec::new()) };
    let mut out: Series = first.clone();
    for (k, edition) in later.iter().enumerate() {
        let shared = edition.iter().rev().find_map(|(period, new)| {
            let old = out.iter().find(|(p, _)| p == period)?.1;
            (!old.is_nan() && !new.is_nan()).then_some((old, *new))
        });
        let Some((old, new)) = shared else {
            return Err(IndexError::unknown("period shared with edition", (k + 2).to_string()));
        };
        if new == 0.0 {
            return Err(IndexError::NotFinite {
                what: "chain factor",
                subject: format!("edition {}", k + 2),
            });
        }
        let known: Vec<String> = out.iter().map(|(p, _)| p.clone()).collect();
        out.extend(
            edition.iter().filter(|(p, _)| !known.contains(p)).map(|(p, s)| (p.clone(), s * (old / new))),
        );
    }
    Ok(out)
}
