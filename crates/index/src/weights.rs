//! Weights from data and from people. Columns are the children's scores; weights sum to one.

use crate::{
    error::{IndexError, Result},
    stats::{eigen_symmetric, mean, pearson, perron, sample_sd},
    sum::sum,
};

fn shares(w: Vec<f64>, what: &'static str) -> Result<Vec<f64>> {
    let total = sum(w.iter().copied());
    if total > 0.0 && w.iter().all(|x| x.is_finite() && *x >= 0.0) {
        // A weight of zero would silence a child without anybody having decided it; a hair above keeps the order.
        Ok(w.into_iter().map(|x| (x / total).max(1e-12)).collect())
    } else {
        Err(IndexError::NotFinite { what, subject: "the columns given (no spread?)".into() })
    }
}

/// Entropy weights: p = x / sum x, E = -sum p ln p / ln n, w ~ 1 - E. Values must not be negative.
pub fn entropy(columns: &[&[f64]]) -> Result<Vec<f64>> {
    let w = columns
        .iter()
        .map(|c| {
            let v = crate::stats::present(c);
            let total = sum(v.iter().copied());
            if v.len() < 2 || v.iter().any(|&x| x < 0.0) || total <= 0.0 {
                return Err(IndexError::NotFinite {
                    what: "entropy",
                    subject: "a column with values below zero or fewer than two".into(),
                });
            }
            let e = -sum(v.iter().filter(|&&x| x > 0.0).map(|x| x / total * (x / total).ln()))
                / (v.len() as f64).ln();
            Ok(1.0 - e)
        })
        .collect::<Result<Vec<f64>>>()?;
    shares(w, "entropy weights")
}

/// CRITIC: s_j sum_k (1 - r_jk) with s the standard deviation after min-max (Diakoulaki and others 1995).
pub fn critic(columns: &[&[f64]]) -> Result<Vec<f64>> {
    let w = (0..columns.len())
        .map(|j| {
            let (lo, hi) = crate::stats::range(columns[j]).unwrap_or((0.0, 0.0));
            let s = if hi > lo { sample_sd(columns[j]).unwrap_or(0.0) / (hi - lo) } else { 0.0 };
            s * sum((0..columns.len()).map(|k| 1.0 - pearson(columns[j], columns[k]).unwrap_or(0.0)))
        })
        .collect();
    shares(w, "CRITIC weights")
}

/// Weights by standard deviation.
pub fn by_sd(columns: &[&[f64]]) -> Result<Vec<f64>> {
    shares(columns.iter().map(|c| sample_sd(c).unwrap_or(0.0)).collect(), "weights by standard deviation")
}

/// Weights by coefficient of variation.
pub fn by_cv(columns: &[&[f64]]) -> Result<Vec<f64>> {
    let w = columns.iter().map(|c| sample_sd(c).unwrap_or(0.0) / mean(c).unwrap_or(0.0).abs()).collect();
    shares(w, "weights by coefficient of variation")
}

/// Correlation matrix over complete pairs; refuses without spread.
pub fn correlations(columns: &[&[f64]]) -> Result<Vec<Vec<f64>>> {
    (0..columns.len())
        .map(|i| {
            (0..columns.len())
                .map(|j| {
                    if i == j {
                        return Ok(1.0);
                    }
                    pearson(columns[i], columns[j]).ok_or_else(|| IndexError::NotFinite {
                        what: "correlation",
                        subject: format!("columns {} and {}", i + 1, j + 1),
                    })
                })
                .collect()
        })
        .collect()
}

/// Squared loadings of the first principal component of the correlations.
pub fn first_component(columns: &[&[f64]]) -> Result<Vec<f64>> {
    let eigen = eigen_symmetric(&correlations(columns)?)?;
    shares(eigen.vectors[0].iter().map(|v| v * v).collect(), "weights by the first component")
}

/// Factor weights and what they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// Weights by column.
    pub weights: Vec<f64>,
    /// Rotated loadings by column, then factor.
    pub loadings: Vec<Vec<f64>>,
    /// Variance of each rotated factor.
    pub variances: Vec<f64>,
}

/// Principal components with eigenvalue above one (at least the first), varimax-rotated; each column gets the squared
/// loading on the factor where it loads most, divided by all the variance kept (Nicoletti and others 2000).
pub fn factors(columns: &[&[f64]]) -> Result<Factors> {
    let eigen = eigen_symmetric(&correlations(columns)?)?;
    let kept = eigen.values.iter().filter(|&&v| v > 1.0).count().max(1);
    let mut loadings: Vec<Vec<f64>> = (0..columns.len())
        .map(|j| (0..kept).map(|f| eigen.vectors[f][j] * eigen.values[f].max(0.0).sqrt()).collect())
        .collect();
    varimax(&mut loadings);
    let variances = (0..kept).map(|f| loadings.iter().map(|l| l[f] * l[f]).sum()).collect();
    let w = loadings.iter().map(|l| l.iter().map(|x| x * x).fold(0.0, f64::max)).collect();
    Ok(Factors { weights: shares(w, "factor weights")?, loadings, variances })
}

/// Rotates loadings to maximise the variance of squared loadings (Kaiser 1958, with his row normalisation).
pub fn varimax(loadings: &mut [Vec<f64>]) {
    let (p, k) = (loadings.len(), loadings.first().map_or(0, Vec::len));
    let h: Vec<f64> =
        loadings.iter().map(|l| l.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-300)).collect();
    for (l, h) in loadings.iter_mut().zip(&h) {
        l.iter_mut().for_each(|x| *x /= h);
    }
    for _ in 0..1_000 {
        let mut turned: f64 = 0.0;
        for a in 0..k {
            for b in a + 1..k {
                let (mut su, mut sv, mut suv, mut sd) = (0.0, 0.0, 0.0, 0.0);
                for l in loadings.iter() {
                    let (u, v) = (l[a] * l[a] - l[b] * l[b], 2.0 * l[a] * l[b]);
                    su += u;
                    sv += v;
                    suv += 2.0 * u * v;
                    sd += u * u - v * v;
                }
                let n = p as f64;
                let angle = 0.25 * (suv - 2.0 * su * sv / n).atan2(sd - (su * su - sv * sv) / n);
                turned = turned.max(angle.abs());
                let (s, c) = angle.sin_cos();
                for l in loadings.iter_mut() {
                    let (x, y) = (l[a], l[b]);
                    l[a] = c * x + s * y;
                    l[b] = -s * x + c * y;
                }
            }
        }
        if turned < 1e-12 {
            break;
        }
    }
    for (l, h) in loadings.iter_mut().zip(&h) {
        l.iter_mut().for_each(|x| *x *= h);
    }
}

/// Judgements of the analytic hierarchy process and how consistent they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahp {
    /// Principal eigenvector, summing to one.
    pub weights: Vec<f64>,
    /// Row geometric means, summing to one: the simpler estimate.
    pub geometric: Vec<f64>,
    /// Largest eigenvalue.
    pub lambda_max: f64,
    /// CI = (lambda - n)/(n - 1).
    pub consistency_index: f64,
    /// CR = CI/RI; above 0.1 the judgements contradict each other. `None` for n < 3 or > 10.
    pub consistency_ratio: Option<f64>,
}

/// Saaty's random indices for n = 3..10.
const RANDOM_INDEX: [f64; 8] = [0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49];

/// Weights from a matrix of pairwise judgements (a_ij = importance of i over j, a_ji = 1/a_ij).
pub fn ahp(a: &[Vec<f64>]) -> Result<Ahp> {
    let n = a.len();
    for (i, row) in a.iter().enumerate() {
        if row.len() != n {
            return Err(IndexError::Shape {
                what: "columns of the judgement matrix",
                expected: n,
                got: row.len(),
            });
        }
        for (j, &x) in row.iter().enumerate() {
            if !(x > 0.0 && x.is_finite()) || (x * a[j][i] - 1.0).abs() > 1e-6 {
                let name = format!("judgement in row {}, column {}", i + 1, j + 1);
                return Err(IndexError::parameter(
                    name,
                    x,
                    "it must be above zero and the inverse of its mirror",
                ));
            }
        }
    }
    if n < 2 {
        return Err(IndexError::TooFew { what: "pairwise judgements".into(), needed: 2, got: n });
    }
    let (lambda_max, weights) = perron(a)?;
    let g: Vec<f64> = a.iter().map(|r| (r.iter().map(|x| x.ln()).sum::<f64>() / n as f64).exp()).collect();
    let total: f64 = g.iter().sum();
    let ci = (lambda_max - n as f64) / (n as f64 - 1.0);
    let ri = (3..=10).contains(&n).then(|| RANDOM_INDEX[n - 3]);
    Ok(Ahp {
        weights,
        geometric: g.into_iter().map(|x| x / total).collect(),
        lambda_max,
        consistency_index: ci,
        consistency_ratio: ri.map(|ri| ci / ri),
    })
}

/// One matrix from several judges: entry-wise geometric means (Aczel and Saaty 1983).
pub fn ahp_group(judges: &[Vec<Vec<f64>>]) -> Result<Ahp> {
    let first = judges.first().ok_or(IndexError::TooFew { what: "judges".into(), needed: 1, got: 0 })?;
    let n = first.len();
    if let Some(j) = judges.iter().find(|j| j.len() != n || j.iter().any(|r| r.len() != n)) {
        return Err(IndexError::Shape { what: "judgement matrix", expected: n, got: j.len() });
    }
    let m = judges.len() as f64;
    let joint: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|k| (judges.iter().map(|j| j[i][k].ln()).sum::<f64>() / m).exp()).collect())
        .collect();
    ahp(&joint)
}

/// Budget allocation: each judge spreads points; mean of the shares.
pub fn budget(judges: &[Vec<f64>]) -> Result<Vec<f64>> {
    let n = judges.first().map_or(0, Vec::len);
    let mut w = vec![0.0; n];
    for judge in judges {
        let total = sum(judge.iter().copied());
        if judge.len() != n || total <= 0.0 || judge.iter().any(|x| *x < 0.0) {
            return Err(IndexError::parameter(
                "a judge's points",
                format!("{judge:?}"),
                "they must be zero or above, not all zero, one per child",
            ));
        }
        for (w, p) in w.iter_mut().zip(judge) {
            *w += p / total;
        }
    }
    shares(w, "budget allocation")
}

/// Swing weights (von Winterfeldt and Edwards 1986): each judge says what going from the worst to the best score of a
/// child is worth, the most valued being 100; mean of the shares.
pub fn swing(judges: &[Vec<f64>]) -> Result<Vec<f64>> {
    budget(judges)
}

/// Conjoint analysis: profiles (scores by child) rated by people, ratings explained by least squares. A child's
/// importance is its part-worth times the range of its scores over the profiles (Green and Rao 1971).
pub fn conjoint(profiles: &[Vec<f64>], ratings: &[f64]) -> Result<Vec<f64>> {
    let m = profiles.first().map_or(0, Vec::len);
    if profiles.len() != ratings.len() || profiles.iter().any(|p| p.len() != m) {
        return Err(IndexError::Shape {
            what: "ratings of profiles",
            expected: profiles.len(),
            got: ratings.len(),
        });
    }
    if ratings.len() <= m + 1 {
        return Err(IndexError::TooFew { what: "rated profiles".into(), needed: m + 2, got: ratings.len() });
    }
    let columns: Vec<Vec<f64>> = (0..m).map(|j| profiles.iter().map(|p| p[j]).collect()).collect();
    let refs: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let beta = slopes(&refs, ratings)?;
    let worth = refs.iter().zip(&beta).map(|(c, b)| {
        let (lo, hi) = crate::stats::range(c).unwrap_or((0.0, 0.0));
        b * (hi - lo)
    });
    shares(positive(worth.collect(), "part-worth")?, "weights by conjoint analysis")
}

/// Unobserved components (Handbook, 6.4; Kaufmann, Kraay and Zoido-Lobaton 1999): each standardised column is a common
/// component seen with noise, w_q = s_q^-2 / sum s_q^-2 with s_q^2 the variance of the noise in units of the
/// component. Estimated by maximum likelihood as one factor: s_q^-2 = l_q^2 / (1 - l_q^2).
pub fn unobserved(columns: &[&[f64]]) -> Result<Vec<f64>> {
    let l = crate::stats::one_factor(&correlations(columns)?)?;
    shares(l.iter().map(|l| l * l / (1.0 - l * l)).collect(), "weights by unobserved components")
}

/// Best-worst method, linear model (Rezaei 2016).
#[derive(Debug, Clone, PartialEq)]
pub struct BestWorst {
    /// Weights.
    pub weights: Vec<f64>,
    /// xi: the largest violation; 0 for consistent judgements.
    pub inconsistency: f64,
}

/// Weights from how much better the best child is than each (`over`), and how much better each is than the worst
/// (`under`), on 1 to 9. Solved over w >= 0 with sum w = 1.
pub fn best_worst(best: usize, worst: usize, over: &[f64], under: &[f64]) -> Result<BestWorst> {
    let n = over.len();
    if under.len() != n || best >= n || worst >= n || n < 2 {
        return Err(IndexError::Shape {
            what: "best-worst judgements",
            expected: n.max(2),
            got: under.len(),
        });
    }
    let mut rows = Vec::new();
    let mut add = |coef: &dyn Fn(usize) -> f64| {
        for sign in [1.0, -1.0] {
            let mut row: Vec<f64> = (0..n).map(|k| sign * coef(k)).collect();
            row.push(-1.0);
            rows.push((row, 0.0));
        }
    };
    for j in 0..n {
        add(&|k| f64::from(u8::from(k == best)) - if k == j { over[j] } else { 0.0 });
        add(&|k| f64::from(u8::from(k == j)) - if k == worst { under[j] } else { 0.0 });
    }
    let mut ones = vec![1.0; n];
    ones.push(0.0);
    rows.push((ones.clone(), 1.0));
    rows.push((ones.into_iter().map(|x| -x).collect(), -1.0));
    let mut c = vec![0.0; n];
    c.push(-1.0);
    let best = crate::lp::maximise(&c, &rows)?
        .ok_or(IndexError::NotFinite { what: "best-worst weights", subject: "these judgements".into() })?;
    Ok(BestWorst { weights: best.w[..n].to_vec(), inconsistency: best.w[n] })
}

/// Weights by least squares of an outcome on the columns, negative coefficients refused. A coefficient counts in
/// units of its column: standardise or scale the columns first.
pub fn regression(columns: &[&[f64]], outcome: &[f64]) -> Result<Vec<f64>> {
    let n = outcome.len();
    let p = columns.len();
    if n < 10 * p {
        return Err(IndexError::TooFew { what: "weights by regression".into(), needed: 10 * p, got: n });
    }
    shares(positive(slopes(columns, outcome)?, "regression coefficient")?, "weights by regression")
}

/// Coefficients of the columns in the least-squares regression of `y` with an intercept.
fn slopes(columns: &[&[f64]], y: &[f64]) -> Result<Vec<f64>> {
    let p = columns.len();
    let centre = |x: &[f64]| {
        let m = mean(x).unwrap_or(0.0);
        x.iter().map(|v| v - m).collect::<Vec<f64>>()
    };
    let z: Vec<Vec<f64>> = columns.iter().map(|c| centre(c)).collect();
    let y = centre(y);
    let a: Vec<Vec<f64>> =
        (0..p).map(|i| (0..p).map(|j| sum(z[i].iter().zip(&z[j]).map(|(a, b)| a * b))).collect()).collect();
    let b: Vec<f64> = (0..p).map(|i| sum(z[i].iter().zip(&y).map(|(a, b)| a * b))).collect();
    crate::stats::cholesky_solve(&a, &b).ok_or(IndexError::NotFinite {
        what: "least squares",
        subject: "collinear or missing columns".into(),
    })
}

fn positive(w: Vec<f64>, what: &str) -> Result<Vec<f64>> {
    match w.iter().position(|&x| x <= 0.0) {
        Some(k) => Err(IndexError::parameter(
            format!("{what} {}", k + 1),
            w[k],
            "it must be above zero to be a weight",
        )),
        None => Ok(w),
    }
}
