//! Does the framework hold together? Correlations, reliability, components, and what each indicator really weighs.
//!
//! With few units these statistics mean nothing: functions that need n/p refuse or say so. Formulas from the OECD/JRC
//! Handbook (2008) and the sources named.

use crate::{
    error::{IndexError, Result},
    model::{Frame, Tree},
    stats::{
        Eigen, Moments, Rng, chi_square_upper, eigen_symmetric, kendall, mean, median, pearson, present,
        spearman, student_t_two_sided,
    },
    sum::sum,
    weights::correlations,
};

/// Kind of correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correlation {
    /// Product-moment.
    Pearson,
    /// Of ranks.
    Spearman,
    /// Tau-b.
    Kendall,
}

/// One pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// First column.
    pub a: String,
    /// Second column.
    pub b: String,
    /// Correlation; `None` without spread.
    pub r: Option<f64>,
    /// Two-sided p-value (Student's t for Pearson and Spearman, normal for Kendall).
    pub p: Option<f64>,
    /// The same after Benjamini and Hochberg (1995) over the pairs asked for.
    pub q: Option<f64>,
    /// `negative` or `collinear` (above 0.92), the JRC's flags.
    pub flag: Option<&'static str>,
}

/// Correlations of these pairs of columns.
pub fn correlate(frame: &Frame, pairs: &[(&str, &str)], kind: Correlation) -> Result<Vec<Pair>> {
    let mut out = pairs
        .iter()
        .map(|&(a, b)| {
            let (x, y) = (frame.named(a)?, frame.named(b)?);
            let r = match kind {
                Correlation::Pearson => pearson(x, y),
                Correlation::Spearman => spearman(x, y),
                Correlation::Kendall => kendall(x, y),
            };
            let n = x.iter().zip(y).filter(|(a, b)| !a.is_nan() && !b.is_nan()).count() as f64;
            let p = r.filter(|_| n > 3.0).map(|r| match kind {
                Correlation::Kendall => crate::stats::kendall_p(x, y).unwrap_or(f64::NAN),
                _ if r.abs() >= 1.0 => 0.0,
                _ => student_t_two_sided(r * ((n - 2.0) / (1.0 - r * r)).sqrt(), n - 2.0),
            });
            let flag = match r {
                Some(r) if a != b && r < 0.0 => Some("negative"),
                Some(r) if a != b && r > 0.92 => Some("collinear"),
                _ => None,
            };
            Ok(Pair { a: a.into(), b: b.into(), r, p, q: None, flag })
        })
        .collect::<Result<Vec<Pair>>>()?;
    let ps: Vec<f64> = out.iter().map(|x| x.p.unwrap_or(f64::NAN)).collect();
    for (pair, q) in out.iter_mut().zip(false_discovery(&ps)) {
        pair.q = Some(q).filter(|q| !q.is_nan());
    }
    Ok(out)
}

/// Benjamini-Hochberg adjusted p-values; missing stay missing.
pub fn false_discovery(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let m = order.len() as f64;
    let mut q = vec![f64::NAN; p.len()];
    let mut least: f64 = 1.0;
    for (k, &i) in order.iter().enumerate().rev() {
        least = least.min(p[i] * m / (k + 1) as f64);
        q[i] = least;
    }
    q
}

/// Cronbach's alpha and what it becomes without each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Alpha {
    /// k/(k-1) (1 - sum of variances / variance of the sum); below 0 when columns oppose each other.
    pub alpha: f64,
    /// By column; empty for two columns.
    pub if_deleted: Vec<f64>,
}

/// Alpha from pairwise complete covariances (Cronbach 1951). `None` below two columns or without spread.
pub fn cronbach(columns: &[&[f64]]) -> Option<Alpha> {
    let all: Vec<usize> = (0..columns.len()).collect();
    let cov: Vec<Vec<f64>> = all
        .iter()
        .map(|&i| all.iter().map(|&j| covariance(columns[i], columns[j])).collect::<Option<_>>())
        .collect::<Option<_>>()?;
    let alpha = |used: &[usize]| -> Option<f64> {
        let k = used.len() as f64;
        let total = sum(used.iter().flat_map(|&i| used.iter().map(move |&j| (i, j))).map(|(i, j)| cov[i][j]));
        let own = sum(used.iter().map(|&i| cov[i][i]));
        (used.len() > 1 && total > 0.0).then(|| k / (k - 1.0) * (1.0 - own / total))
    };
    let value = alpha(&all)?;
    let if_deleted = if columns.len() > 2 {
        all.iter()
            .map(|&d| alpha(&all.iter().copied().filter(|&i| i != d).collect::<Vec<_>>()).unwrap_or(f64::NAN))
            .collect()
    } else {
        Vec::new()
    };
    Some(Alpha { alpha: value, if_deleted })
}

fn covariance(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) =
        x.iter().zip(y).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).unzip();
    let (mx, my) = (mean(&x)?, mean(&y)?);
    (x.len() > 1).then(|| sum(x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my))) / (x.len() - 1) as f64)
}

/// McDonald's omega (1999): (sum l)^2 / ((sum l)^2 + sum (1 - l^2)) with l the loadings of one factor by maximum
/// likelihood. Needs three columns.
pub fn omega(columns: &[&[f64]]) -> Result<f64> {
    let l = crate::stats::one_factor(&correlations(columns)?)?;
    let s = l.iter().sum::<f64>().powi(2);
    Ok(s / (s + l.iter().map(|l| 1.0 - l * l).sum::<f64>()))
}

/// Components of the correlation matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// Eigenvalues and vectors.
    pub eigen: Eigen,
    /// Share of variance of each.
    pub share: Vec<f64>,
    /// Components with an eigenvalue above one.
    pub above_one: usize,
    /// Units per column; below 5 components are noise, below 3 they are refused.
    pub units_per_column: f64,
}

/// Principal components; refuses fewer than three units per column.
pub fn components(columns: &[&[f64]]) -> Result<Components> {
    let n = columns.first().map_or(0, |c| present(c).len());
    if n < 3 * columns.len() {
        return Err(IndexError::TooFew {
            what: "principal components".into(),
            needed: 3 * columns.len(),
            got: n,
        });
    }
    let eigen = eigen_symmetric(&correlations(columns)?)?;
    let total: f64 = eigen.values.iter().sum();
    Ok(Components {
        share: eigen.values.iter().map(|v| v / total).collect(),
        above_one: eigen.values.iter().filter(|&&v| v > 1.0).count(),
        units_per_column: n as f64 / columns.len() as f64,
        eigen,
    })
}

/// How many eigenvalues exceed the 95 % quantile of those of independent normal data (Horn 1965).
pub fn parallel_analysis(columns: &[&[f64]], draws: usize, seed: u64) -> Result<usize> {
    let real = components(columns)?.eigen.values;
    let n = columns[0].len();
    let mut chance = vec![Vec::with_capacity(draws); columns.len()];
    for d in 0..draws {
        let mut rng = Rng::new(seed, d as u64);
        let x: Vec<Vec<f64>> = (0..columns.len()).map(|_| (0..n).map(|_| rng.normal()).collect()).collect();
        let refs: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        for (c, v) in chance.iter_mut().zip(eigen_symmetric(&correlations(&refs)?)?.values) {
            c.push(v);
        }
    }
    let limit = |c: &[f64]| {
        crate::stats::quantile(c, 0.95, crate::stats::QuantileType::default()).unwrap_or(f64::MAX)
    };
    Ok(real.iter().zip(&chance).take_while(|(v, c)| **v > limit(c)).count())
}

/// Kaiser-Meyer-Olkin measure of sampling adequacy, 0 to 1; above 0.6 components are worth looking at. `None` when
/// the correlations cannot be inverted.
pub fn kmo(columns: &[&[f64]]) -> Result<Option<f64>> {
    let r = correlations(columns)?;
    let p = r.len();
    let unit = |k: usize| (0..p).map(|i| f64::from(u8::from(i == k))).collect::<Vec<f64>>();
    let Some(inverse) =
        (0..p).map(|k| crate::stats::cholesky_solve(&r, &unit(k))).collect::<Option<Vec<_>>>()
    else {
        return Ok(None);
    };
    let (mut simple, mut partial) = (0.0, 0.0);
    for i in 0..p {
        for j in (0..p).filter(|&j| j != i) {
            simple += r[i][j] * r[i][j];
            partial += inverse[i][j] * inverse[i][j] / (inverse[i][i] * inverse[j][j]);
        }
    }
    Ok(Some(simple / (simple + partial)))
}

/// Bartlett's test that all correlations are zero: (chi-square, degrees of freedom, p).
pub fn bartlett(columns: &[&[f64]]) -> Result<(f64, f64, f64)> {
    let r = correlations(columns)?;
    let (p, n) = (r.len() as f64, present(columns[0]).len() as f64);
    let ln_det: f64 = eigen_symmetric(&r)?.values.iter().map(|v| v.max(1e-300).ln()).sum();
    let chi = -(n - 1.0 - (2.0 * p + 5.0) / 6.0) * ln_det;
    let df = p * (p - 1.0) / 2.0;
    Ok((chi, df, chi_square_upper(chi, df)))
}

/// Main effect Var(E[y|x])/Var(y) by local-linear regression (Paruolo, Saisana and Saltelli 2013): what a column
/// really decides of an aggregate. Gaussian kernel, bandwidth by Silverman's rule. `None` below ten pairs.
pub fn main_effect(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y): (Vec<f64>, Vec<f64>) =
        x.iter().zip(y).filter(|(a, b)| !a.is_nan() && !b.is_nan()).map(|(a, b)| (*a, *b)).unzip();
    let (mx, my) = (Moments::of(&x)?, Moments::of(&y)?);
    if x.len() < 10 || mx.s2 <= 0.0 || my.s2 <= 0.0 {
        return None;
    }
    let h = 1.06 * mx.sample_sd()? * (x.len() as f64).powf(-0.2);
    // A grid of at most 200 places is enough for a smooth curve and keeps many units cheap.
    let step = (x.len() / 200).max(1);
    let mut at: Vec<usize> = (0..x.len()).collect();
    at.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    let fitted: Vec<f64> = at.iter().step_by(step).map(|&i| local_linear(&x, &y, x[i], h)).collect();
    let v = Moments::of(&fitted)?;
    Some((v.s2 / v.n as f64 / (my.s2 / my.n as f64)).min(1.0))
}

fn local_linear(x: &[f64], y: &[f64], at: f64, h: f64) -> f64 {
    let (mut s0, mut s1, mut s2, mut t0, mut t1) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let d = x - at;
        let k = (-0.5 * (d / h).powi(2)).exp();
        s0 += k;
        s1 += k * d;
        s2 += k * d * d;
        t0 += k * y;
        t1 += k * d * y;
    }
    let det = s0 * s2 - s1 * s1;
    if det.abs() > 1e-12 * s0 * s2 { (s2 * t0 - s1 * t1) / det } else { t0 / s0 }
}

/// Declared weight against what a child really decides of its parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The child.
    pub code: String,
    /// Its weight among its siblings.
    pub declared: f64,
    /// Main effect on the parent.
    pub main_effect: Option<f64>,
    /// Main effect divided by the sum over siblings.
    pub share: Option<f64>,
}

/// Importance of the children of a node, and the largest gap |declared - share|.
pub fn importance(
    scores: &Frame,
    tree: &Tree,
    weights: &[f64],
    node: usize,
) -> (Vec<Importance>, Option<f64>) {
    let children = &tree.nodes[node].children;
    let effects: Vec<Option<f64>> =
        children.iter().map(|&c| main_effect(scores.column(c), scores.column(node))).collect();
    let total: Option<f64> = effects.iter().copied().sum::<Option<f64>>().filter(|t| *t > 0.0);
    let list: Vec<Importance> = children
        .iter()
        .zip(&effects)
        .map(|(&c, e)| Importance {
            code: tree.nodes[c].code.clone(),
            declared: weights[c],
            main_effect: *e,
            share: e.zip(total).map(|(e, t)| e / t),
        })
        .collect();
    let gap = list.iter().map(|i| i.share.map(|s| (s - i.declared).abs())).collect::<Option<Vec<f64>>>();
    (list, gap.map(|g| g.into_iter().fold(0.0, f64::max)))
}

/// Weights (above zero, summing to one) that bring the correlations of children with their parent's arithmetic mean
/// closest to the shares wanted, by a multiplicative search that cannot leave the positive side
/// (aim of Becker and others 2017).
pub fn weights_for_importance(columns: &[&[f64]], wanted: &[f64]) -> Result<Vec<f64>> {
    let p = columns.len();
    if wanted.len() != p {
        return Err(IndexError::Shape { what: "wanted shares", expected: p, got: wanted.len() });
    }
    let shares = |w: &[f64]| -> Option<Vec<f64>> {
        let y: Vec<f64> =
            (0..columns[0].len()).map(|i| columns.iter().zip(w).map(|(c, w)| c[i] * w).sum()).collect();
        let r: Vec<f64> =
            columns.iter().map(|c| pearson(c, &y).map(|r| r.max(0.0).powi(2))).collect::<Option<_>>()?;
        let t: f64 = r.iter().sum();
        (t > 0.0).then(|| r.into_iter().map(|r| r / t).collect())
    };
    let gap = |s: &[f64]| -> f64 { s.iter().zip(wanted).map(|(a, b)| (a - b).powi(2)).sum() };
    let mut w = vec![1.0 / p as f64; p];
    let no = || IndexError::NotFinite { what: "importance", subject: "a column without spread".into() };
    let mut best = (gap(&shares(&w).ok_or_else(no)?), w.clone());
    let mut step = 0.5;
    for _ in 0..500 {
        let s = shares(&w).ok_or_else(no)?;
        for ((w, s), t) in w.iter_mut().zip(&s).zip(wanted) {
            *w = (*w * (t / s.max(1e-6)).powf(step)).max(1e-9);
        }
        let total: f64 = w.iter().sum();
        w.iter_mut().for_each(|w| *w /= total);
        let now = gap(&shares(&w).ok_or_else(no)?);
        if now < best.0 {
            best = (now, w.clone());
        } else {
            step *= 0.9;
            w.clone_from(&best.1);
        }
        if best.0 < 1e-16 || step < 1e-4 {
            break;
        }
    }
    Ok(best.1)
}

/// One column at a look.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // the names are the statistics
pub struct Described {
    pub code: String,
    pub n: usize,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    pub median: f64,
    pub sd: Option<f64>,
    pub skew: Option<f64>,
    pub kurt: Option<f64>,
    /// Values that are not zero.
    pub nonzero: usize,
    /// Different values.
    pub unique: usize,
    /// How often the most frequent value occurs.
    pub same: usize,
}

/// Describes every column; columns without a value are left out.
pub fn describe(frame: &Frame) -> Vec<Described> {
    (0..frame.columns())
        .filter_map(|j| {
            let mut v = present(frame.column(j));
            let m = Moments::of(&v)?;
            v.sort_unstable_by(f64::total_cmp);
            let (mut unique, mut same, mut run) = (0, 0, 0);
            let mut last = f64::NAN;
            for &x in &v {
                #[allow(clippy::float_cmp)] // equal values, exactly
                if x == last {
                    run += 1;
                } else {
                    unique += 1;
                    run = 1;
                }
                same = same.max(run);
                last = x;
            }
            Some(Described {
                code: frame.codes()[j].clone(),
                n: v.len(),
                min: v[0],
                max: v[v.len() - 1],
                mean: m.mean,
                median: median(&v)?,
                sd: m.sample_sd(),
                skew: m.skewness(),
                kurt: m.kurtosis(),
                nonzero: v.iter().filter(|x| **x != 0.0).count(),
                unique,
                same,
            })
        })
        .collect()
}
