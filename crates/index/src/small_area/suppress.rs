//! Hiding small counts so that published totals do not give them back.
//!
//! Cells are all published numbers, totals included; equations say which add up to which. Primary suppression hides
//! small counts, complementary suppression hides more until no hidden cell follows from what is shown.

use std::collections::BTreeMap;

use crate::error::{IndexError, Result};

/// `total = sum of parts`, by position of the cell. Differences between days or overlapping areas are equations too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equation {
    /// The total; `None` when it is known but not among the cells.
    pub total: Option<usize>,
    /// The parts.
    pub parts: Vec<usize>,
}

/// Why a cell is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// 1 to below the threshold.
    Small,
    /// It would give another away.
    Complementary,
}

/// Which cells are hidden, and why.
pub type Suppressed = BTreeMap<usize, Reason>;

/// Hides counts from 1 to below `threshold`, then more, until nothing hidden can be worked out and in every equation
/// the hidden parts together reach twice the threshold (so that their sum says little). The smallest fitting cell is
/// hidden first; ties by position.
pub fn suppress(counts: &[u64], equations: &[Equation], threshold: u64) -> Result<Suppressed> {
    for (k, e) in equations.iter().enumerate() {
        let at = e.parts.iter().chain(&e.total).find(|&&c| c >= counts.len());
        if let Some(c) = at {
            return Err(IndexError::parameter(
                format!("cell of equation {}", k + 1),
                c,
                "it must be one of the cells",
            ));
        }
        if let Some(t) = e.total
            && counts[t] != e.parts.iter().map(|&p| counts[p]).sum::<u64>()
        {
            return Err(IndexError::parameter(
                format!("total of equation {}", k + 1),
                counts[t],
                "it must be the sum of its parts",
            ));
        }
    }
    let mut hidden: Suppressed = counts
        .iter()
        .enumerate()
        .filter(|(_, c)| (1..threshold).contains(*c))
        .map(|(i, _)| (i, Reason::Small))
        .collect();
    loop {
        let weak = weakness(counts, equations, threshold, &hidden);
        let Some((equation, cells)) = weak else { return Ok(hidden) };
        // Of the shown cells of the weak equation, the smallest that is not zero.
        let next = cells
            .iter()
            .copied()
            .filter(|c| !hidden.contains_key(c) && counts[*c] > 0)
            .min_by_key(|&c| (counts[c], c))
            .or_else(|| nearby(counts, equations, &hidden));
        if let Some(c) = next {
            hidden.insert(c, Reason::Complementary);
        } else {
            let name = format!("equation {}", equation + 1);
            return Err(IndexError::parameter(
                name,
                "not protectable",
                "it has too few cells above zero; merge it or hide its total",
            ));
        }
    }
}

/// The smallest shown cell above zero in any equation that holds a hidden one.
fn nearby(counts: &[u64], equations: &[Equation], hidden: &Suppressed) -> Option<usize> {
    equations
        .iter()
        .map(|e| e.parts.iter().copied().chain(e.total).collect::<Vec<_>>())
        .filter(|cells| cells.iter().any(|c| hidden.contains_key(c)))
        .flatten()
        .filter(|c| !hidden.contains_key(c) && counts[*c] > 0)
        .min_by_key(|&c| (counts[c], c))
}

/// An equation that gives something away, with the cells that could be hidden to prevent it.
fn weakness(
    counts: &[u64],
    equations: &[Equation],
    threshold: u64,
    hidden: &Suppressed,
) -> Option<(usize, Vec<usize>)> {
    for (k, e) in equations.iter().enumerate() {
        let parts: Vec<usize> = e.parts.iter().copied().filter(|c| hidden.contains_key(c)).collect();
        let total_shown = e.total.is_none_or(|t| !hidden.contains_key(&t));
        if parts.is_empty() || !total_shown {
            continue;
        }
        let sum: u64 = parts.iter().map(|&c| counts[c]).sum();
        if parts.len() == 1 || sum < 2 * threshold {
            let mut cells = e.parts.clone();
            // When every part is hidden already, the total itself must go.
            if !e.parts.iter().any(|c| !hidden.contains_key(c) && counts[*c] > 0) {
                cells.extend(e.total);
            }
            return Some((k, cells));
        }
    }
    let given = recoverable(counts.len(), equations, &hidden.keys().copied().collect::<Vec<_>>());
    let first = *given.first()?;
    let k = equations.iter().position(|e| e.total == Some(first) || e.parts.contains(&first))?;
    // Prefer parts of any equation that holds the cell, then totals.
    let mut cells: Vec<usize> = equations
        .iter()
        .filter(|e| e.total == Some(first) || e.parts.contains(&first))
        .flat_map(|e| e.parts.clone())
        .collect();
    if !cells.iter().any(|c| !hidden.contains_key(c) && counts[*c] > 0) {
        cells.extend(equations.iter().filter(|e| e.parts.contains(&first)).filter_map(|e| e.total));
    }
    Some((k, cells))
}

/// The hidden cells that follow from what is shown: the differencing attack, as linear algebra. A cell follows when
/// the equations reduce to one that holds it alone.
pub fn recoverable(cells: usize, equations: &[Equation], hidden: &[usize]) -> Vec<usize> {
    let mut at = vec![usize::MAX; cells];
    for (k, &c) in hidden.iter().enumerate() {
        at[c] = k;
    }
    // Sparse rows over the hidden cells only; most equations hold none.
    let mut rows: Vec<BTreeMap<usize, f64>> = equations
        .iter()
        .map(|e| {
            let mut row = BTreeMap::new();
            for &p in &e.parts {
                if at[p] != usize::MAX {
                    *row.entry(at[p]).or_insert(0.0) += 1.0;
                }
            }
            if let Some(t) = e.total.filter(|&t| at[t] != usize::MAX) {
                *row.entry(at[t]).or_insert(0.0) -= 1.0;
            }
            row.retain(|_, v| *v != 0.0);
            row
        })
        .filter(|r| !r.is_empty())
        .collect();
    let mut pivots: Vec<(usize, usize)> = Vec::new();
    for r in 0..rows.len() {
        for &(column, source) in &pivots {
            if let Some(f) = rows[r].get(&column).copied() {
                let source = rows[source].clone();
                subtract(&mut rows[r], &source, f);
            }
        }
        let Some((&column, &v)) = rows[r].iter().next() else { continue };
        rows[r].values_mut().for_each(|x| *x /= v);
        let own = rows[r].clone();
        for &(_, other) in &pivots {
            if let Some(f) = rows[other].get(&column).copied() {
                subtract(&mut rows[other], &own, f);
            }
        }
        pivots.push((column, r));
    }
    let mut found: Vec<usize> =
        pivots.iter().filter(|(_, r)| rows[*r].len() == 1).map(|(column, _)| hidden[*column]).collect();
    found.sort_unstable();
    found
}

fn subtract(row: &mut BTreeMap<usize, f64>, other: &BTreeMap<usize, f64>, factor: f64) {
    for (&k, v) in other {
        let x = row.entry(k).or_insert(0.0);
        *x -= factor * v;
        if x.abs() < 1e-9 {
            row.remove(&k);
        }
    }
}
