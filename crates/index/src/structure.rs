//! Whether the framework's branches hold together: each indicator against its own pillar and the others, against the
//! denominators, and units or indicators in clusters.

use crate::{
    error::{IndexError, Result},
    model::{Frame, Tree},
    run::Run,
    stats::{Moments, pearson},
};

/// One indicator against the aggregates of one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Belonging {
    /// The indicator.
    pub code: String,
    /// The aggregate it belongs to.
    pub own: String,
    /// Correlation with it, of scores.
    pub with_own: Option<f64>,
    /// The other aggregate of that level that it goes with most, and the correlation.
    pub closest: Option<(String, f64)>,
    /// Whether another goes with it more than its own does: it may stand in the wrong place.
    pub is_misplaced: bool,
}

/// Correlations of every indicator with its own aggregate at `level` and with the others there.
pub fn belonging(run: &Run, level: u32) -> Result<Vec<Belonging>> {
    let tree = run.tree();
    let nodes: Vec<usize> = tree.aggregates().filter(|&k| tree.nodes[k].level == level).collect();
    if nodes.is_empty() {
        return Err(IndexError::unknown("level", level.to_string()));
    }
    let above = |tree: &Tree, k: usize| tree.path_up(k).into_iter().find(|n| nodes.contains(n));
    Ok((0..tree.leaves)
        .filter_map(|k| above(tree, k).map(|own| (k, own)))
        .map(|(k, own)| {
            let x = run.scores.column(k);
            let with = |n: usize| pearson(x, run.scores.column(n));
            let closest = nodes
                .iter()
                .filter(|&&n| n != own)
                .filter_map(|&n| with(n).map(|r| (tree.nodes[n].code.clone(), r)))
                .max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(&a.0)));
            let with_own = with(own);
            Belonging {
                code: tree.nodes[k].code.clone(),
                own: tree.nodes[own].code.clone(),
                is_misplaced: closest.as_ref().is_some_and(|c| with_own.is_none_or(|r| c.1 > r)),
                with_own,
                closest,
            }
        })
        .collect())
}

/// Indicators that still follow a denominator after dividing (or were never divided): |r| at or above `limit`.
/// (indicator, denominator, r), the strongest first.
pub fn size_effects(run: &Run, denominators: &Frame, limit: f64) -> Vec<(String, String, f64)> {
    let x = &run.prepared.imputed;
    let rows: Vec<Option<usize>> = (0..x.rows())
        .map(|i| denominators.units().row_of(&x.units().codes[i], x.units().period(i)))
        .collect();
    let mut out = Vec::new();
    for d in 0..denominators.columns() {
        let size: Vec<f64> = rows.iter().map(|r| r.map_or(f64::NAN, |r| denominators.at(r, d))).collect();
        for j in 0..x.columns() {
            if let Some(r) = pearson(x.column(j), &size).filter(|r| r.abs() >= limit) {
                out.push((x.codes()[j].clone(), denominators.codes()[d].clone(), r));
            }
        }
    }
    out.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()).then_with(|| (&a.0, &a.1).cmp(&(&b.0, &b.1))));
    out
}

/// Two clusters that join.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Join {
    /// First cluster: below n a point, else the join with number `a - n`.
    pub a: usize,
    /// Second cluster, always the larger number.
    pub b: usize,
    /// Ward's distance at the join (as in R's `ward.D2` and scipy).
    pub height: f64,
    /// Points together.
    pub size: usize,
}

/// Hierarchical clustering by Ward's criterion (1963) of the points of standardised columns. `columns` may be scores
/// of units (points are units). Up to 3,000 complete points.
pub fn ward(columns: &[&[f64]]) -> Result<Vec<Join>> {
    let n = columns.first().map_or(0, |c| c.len());
    if !(2..=3_000).contains(&n) {
        return Err(IndexError::parameter("points to cluster", n, "from 2 to 3000"));
    }
    let mut z: Vec<Vec<f64>> = Vec::new();
    for (j, c) in columns.iter().enumerate() {
        if c.iter().any(|v| v.is_nan()) {
            let subject = format!("column {} (clusters need complete data)", j + 1);
            return Err(IndexError::NotFinite { what: "a score", subject });
        }
        let (m, s) = Moments::of(c).map_or((0.0, 0.0), |m| (m.mean, m.sample_sd().unwrap_or(0.0)));
        z.push(c.iter().map(|v| if s > 0.0 { (v - m) / s } else { 0.0 }).collect());
    }
    // Squared distances between living clusters, updated by Lance and Williams' rule.
    let mut d: Vec<Vec<f64>> =
        (0..n).map(|i| (0..n).map(|k| z.iter().map(|c| (c[i] - c[k]).powi(2)).sum()).collect()).collect();
    let mut alive: Vec<(usize, usize, usize)> = (0..n).map(|i| (i, i, 1)).collect(); // place, name, size
    let mut out = Vec::with_capacity(n - 1);
    while alive.len() > 1 {
        let (mut p, mut q, mut least) = (0, 1, f64::INFINITY);
        for i in 0..alive.len() {
            for k in i + 1..alive.len() {
                let v = d[alive[i].0][alive[k].0];
                if v < least {
                    (p, q, least) = (i, k, v);
                }
            }
        }
        let ((x, a, na), (y, b, nb)) = (alive[p], alive[q]);
        for &(k, _, nk) in alive.iter().filter(|c| c.0 != x && c.0 != y) {
            let (na, nb, nk) = (na as f64, nb as f64, nk as f64);
            let v = ((na + nk) * d[x][k] + (nb + nk) * d[y][k] - nk * least) / (na + nb + nk);
            d[x][k] = v;
            d[k][x] = v;
        }
        let size = na + nb;
        alive[p] = (x, n + out.len(), size);
        alive.remove(q);
        out.push(Join { a: a.min(b), b: a.max(b), height: least.sqrt(), size });
    }
    Ok(out)
}

/// Cluster of each point when the last `k - 1` joins are undone, numbered from 0 in the order of the points.
pub fn cut(joins: &[Join], k: usize) -> Vec<usize> {
    let n = joins.len() + 1;
    let k = k.clamp(1, n);
    let mut of: Vec<usize> = (0..n).collect(); // the living cluster of each point
    for (j, join) in joins.iter().take(n - k).enumerate() {
        of.iter_mut().filter(|c| **c == join.a || **c == join.b).for_each(|c| *c = n + j);
    }
    let mut names: Vec<usize> = Vec::new();
    of.into_iter()
        .map(|c| {
            names.iter().position(|x| *x == c).unwrap_or_else(|| {
                names.push(c);
                names.len() - 1
            })
        })
        .collect()
}
