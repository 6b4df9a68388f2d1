//! Exact indices when every combination of discrete levels has been run. Levels of an input are equally likely.

use super::estimate::shapley_from_subsets;
use crate::error::{IndexError, Result};

/// Exact indices of one input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactIndices {
    /// First order.
    pub first: f64,
    /// Total.
    pub total: f64,
    /// Shapley effect; over all inputs they sum to one.
    pub shapley: f64,
}

/// From the outputs of all combinations, the last input varying fastest. Needs every output; at most 20 inputs.
pub fn exact_indices(y: &[f64], levels: &[usize]) -> Result<Vec<ExactIndices>> {
    let d = levels.len();
    let total: usize = levels.iter().product();
    if y.len() != total {
        return Err(IndexError::Shape { what: "outputs of a full factorial", expected: total, got: y.len() });
    }
    if d > 20 {
        return Err(IndexError::parameter("inputs of a full factorial", d, "at most 20"));
    }
    if let Some(k) = y.iter().position(|v| v.is_nan()) {
        return Err(IndexError::NotFinite { what: "output", subject: format!("combination {}", k + 1) });
    }
    let mean = crate::sum::sum(y.iter().copied()) / total as f64;
    let closed: Vec<f64> = (0..1usize << d).map(|u| closed_variance(y, levels, u, mean)).collect();
    let full = (1usize << d) - 1;
    let v = closed[full];
    if v <= 0.0 {
        return Ok(vec![ExactIndices { first: 0.0, total: 0.0, shapley: 0.0 }; d]);
    }
    let share: Vec<f64> = closed.iter().map(|c| c / v).collect();
    let shapley = shapley_from_subsets(&share, d);
    Ok((0..d)
        .map(|i| ExactIndices {
            first: share[1 << i],
            total: 1.0 - share[full & !(1 << i)],
            shapley: shapley[i],
        })
        .collect())
}

/// Var(E[y | inputs in u]).
fn closed_variance(y: &[f64], levels: &[usize], u: usize, mean: f64) -> f64 {
    let cells: usize = levels.iter().enumerate().filter(|(i, _)| u >> i & 1 == 1).map(|(_, l)| l).product();
    let mut sums = vec![crate::sum::Sum::default(); cells];
    for (k, v) in y.iter().enumerate() {
        let (mut rest, mut cell, mut step) = (k, 0, 1);
        for (i, &l) in levels.iter().enumerate().rev() {
            if u >> i & 1 == 1 {
                cell += rest % l * step;
                step *= l;
            }
            rest /= l;
        }
        sums[cell].add(*v);
    }
    let each = (y.len() / cells) as f64;
    crate::sum::sum(sums.iter().map(|s| (s.value() / each - mean).powi(2))) / cells as f64
}
