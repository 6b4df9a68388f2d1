//! The study: design, runs on all threads, outputs, indices. The result does not depend on the number of threads.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    design::{Design, Sampling},
    estimate::{Indices, bootstrap_se, first_and_total, second_order, shapley_effects},
    exact::{ExactIndices, exact_indices},
    input::Input,
    ranks::{RankStats, rank_stats},
    replicate::{Base, Runner},
};
use crate::{
    error::{IndexError, Result},
    recipe::Recipe,
    run::{Inputs, run},
    stats::order_descending,
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Study {
    /// What varies.
    pub input: Vec<Input>,
    /// N: the design has N (d + 2) runs, N (2d + 2) with second order. A power of two is best.
    pub n: usize,
    /// Seed.
    pub seed: u64,
    /// How points are chosen.
    pub sampling: Sampling,
    /// Whether to estimate second-order indices.
    pub second_order: bool,
    /// Whether to estimate Shapley effects too: N 2^d runs, up to 8 inputs.
    pub shapley: bool,
    /// Run every combination when all inputs are discrete and there are at most this many; 0 never.
    pub exact_up_to: usize,
    /// Bootstrap draws for standard errors of the indices.
    pub bootstrap: usize,
    /// k of "among the best k".
    pub top: usize,
    /// Whether indices are also wanted for each unit's score.
    pub per_unit: bool,
}

impl Default for Study {
    fn default() -> Self {
        Self {
            input: Vec::new(),
            n: 512,
            seed: 1,
            sampling: Sampling::Sobol,
            second_order: false,
            shapley: false,
            exact_up_to: 4_096,
            bootstrap: 200,
            top: 10,
            per_unit: false,
        }
    }
}

/// Told after each batch of runs: (done, total); false stops the study.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// A replicate that gave no result.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Position in the design, from 0.
    pub replicate: usize,
    /// Why.
    pub reason: String,
}

/// Indices of one output by input.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Estimated; empty when exact.
    pub indices: Vec<Indices>,
    /// Bootstrap standard errors of (first, total).
    pub se: Vec<(f64, f64)>,
    /// Exact, when all combinations were run.
    pub exact: Vec<ExactIndices>,
    /// Second order (i, j, S_ij).
    pub second: Vec<(usize, usize, f64)>,
    /// Shapley effects by input: estimated, or exact; empty when not asked for.
    pub shapley: Vec<f64>,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct StudyResult {
    /// Names of the inputs.
    pub inputs: Vec<String>,
    /// Points of the design in [0,1).
    pub design: Vec<Vec<f64>>,
    /// Level of each discrete input at each point (`None` for continuous ones).
    pub levels: Vec<Vec<Option<usize>>>,
    /// Units, with period in a panel.
    pub units: Vec<String>,
    /// Scores of the recipe as it is.
    pub nominal: Vec<f64>,
    /// Mean absolute shift of ranks against the recipe as it is, by replicate; `NaN` where it failed.
    pub shift: Vec<f64>,
    /// Root scores by replicate, then unit.
    pub scores: Vec<f32>,
    /// Ranks alike; 0 means none.
    pub ranks: Vec<u16>,
    /// Ranks and intervals by unit.
    pub stats: RankStats,
    /// Indices of the mean rank shift.
    pub total: Output,
    /// Indices of each unit's score, (first, total) by input, when asked for.
    pub per_unit: Vec<Vec<Indices>>,
    /// Replicates left out.
    pub failures: Vec<Failure>,
    /// Whether all combinations were run.
    pub is_exact: bool,
}

impl Study {
    /// Reads a study; errors name line and column of the text.
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| IndexError::Recipe(e.to_string()))
    }
    /// Runs the study.
    // table: the replicates of each design in order
    pub fn run(&self, inputs: &Inputs, recipe: &Recipe, progress: Option<Progress>) -> Result<StudyResult> {
        if self.input.is_empty() {
            return Err(IndexError::TooFew { what: "a sensitivity study".into(), needed: 1, got: 0 });
        }
        for input in &self.input {
            input.vary.check(&input.name)?;
        }
        let (points, exact) = self.points()?;
        let nominal = run(inputs, recipe)?;
        let rows = nominal.index().len();
        if rows > usize::from(u16::MAX) {
            return Err(IndexError::parameter("units in a study", rows, "at most 65535"));
        }
        let units: Vec<String> = (0..rows).map(|i| nominal.scores.units().label(i)).collect();
        let pools = nominal.scores.units().pools(recipe.rank.scope);
        let mut nominal_rank = vec![0u16; rows];
        Work::new(&pools).rank(nominal.index(), &mut nominal_rank);

        let mut scores = vec![f32::NAN; points.len() * rows];
        let mut ranks = vec![0u16; points.len() * rows];
        let runner = Runner::new(inputs, recipe, &self.input);
        let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        const BATCH: usize = 16;
        let outcome: Vec<Vec<(f64, Option<Failure>)>> = points
            .par_chunks(BATCH)
            .zip(scores.par_chunks_mut(BATCH * rows))
            .zip(ranks.par_chunks_mut(BATCH * rows))
            .enumerate()
            .map(|(batch, ((points, scores), ranks))| {
                if stop.load(Ordering::Relaxed) {
                    return Vec::new();
                }
                let mut work = Work::new(&pools);
                let mut out: Vec<(f64, Option<Failure>)> = vec![(f64::NAN, None); points.len()];
                let fail = |k: usize, e: &IndexError| {
                    (f64::NAN, Some(Failure { replicate: batch * BATCH + k, reason: e.to_string() }))
                };
                for (base, members) in by_base(&runner, points) {
                    let base: &Base = match &*base {
                        Ok(base) => base,
                        Err(e) => {
                            members.iter().for_each(|&k| out[k] = fail(k, e));
                            continue;
                        }
                    };
                    let together: Vec<&[f64]> = members.iter().map(|&k| points[k].as_slice()).collect();
                    for (&k, own) in members.iter().zip(runner.scores_of(base, &together)) {
                        let (s, r) =
                            (&mut scores[k * rows..(k + 1) * rows], &mut ranks[k * rows..(k + 1) * rows]);
                        out[k] = match own {
                            Ok(own) => {
                                work.keep(base, &own, &units, s, r);
                                (mean_shift(r, &nominal_rank), None)
                            }
                            Err(e) => fail(k, &e),
                        };
                    }
                }
                let now = done.fetch_add(points.len(), Ordering::Relaxed) + points.len();
                if progress.is_some_and(|p| !p(now, self.runs())) {
                    stop.store(true, Ordering::Relaxed);
                }
                out
            })
            .collect();
        if stop.load(Ordering::Relaxed) {
            return Err(IndexError::Cancelled { done: done.into_inner(), total: points.len() });
        }
        let (shift, failed): (Vec<f64>, Vec<Option<Failure>>) = outcome.into_iter().flatten().unzip();
        let failures: Vec<Failure> = failed.into_iter().flatten().collect();
        if failures.len() == points.len() {
            return Err(IndexError::NotFinite {
                what: "every replicate",
                subject: failures[0].reason.clone(),
            });
        }
        let nominal_f: Vec<f64> =
            nominal_rank.iter().map(|&r| if r == 0 { f64::NAN } else { f64::from(r) }).collect();
        let stats = rank_stats(&units, &nominal_f, &scores, &ranks, self.top);
        let total = self.output(&shift, exact.as_deref())?;
        let per_unit =
            if self.per_unit { self.unit_indices(&scores, rows, exact.as_deref()) } else { Vec::new() };
        let levels = points
            .iter()
            .map(|p| {
                self.input.iter().zip(p).map(|(i, &u)| i.vary.levels().map(|_| i.vary.level(u))).collect()
            })
            .collect();
        Ok(StudyResult {
            inputs: self.input.iter().map(|i| i.name.clone()).collect(),
            design: points,
            levels,
            units,
            nominal: nominal.index().to_vec(),
            shift,
            scores,
            ranks,
            stats,
            total,
            per_unit,
            failures,
            is_exact: exact.is_some(),
        })
    }
    /// How many runs the study has.
    pub fn runs(&self) -> usize {
        match self.combinations() {
            Some(c) => c,
            None => self.n * self.blocks(),
        }
    }
    /// Sets of N runs that the design has.
    fn blocks(&self) -> usize {
        let d = self.input.len();
        let plain = if self.second_order { 2 * d + 2 } else { d + 2 };
        if self.shapley && (2..=SHAPLEY_UP_TO).contains(&d) { plain.max(1 << d) } else { plain }
    }
    /// Number of combinations, when they are to be run all.
    fn combinations(&self) -> Option<usize> {
        let levels: Vec<usize> = self.input.iter().map(|i| i.vary.levels()).collect::<Option<_>>()?;
        let all = levels.iter().try_fold(1usize, |a, &l| a.checked_mul(l))?;
        (all <= self.exact_up_to && levels.len() <= 20).then_some(all)
    }
    fn points(&self) -> Result<(Vec<Vec<f64>>, Option<Vec<usize>>)> {
        let d = self.input.len();
        if let Some(all) = self.combinations() {
            let levels: Vec<usize> = self.input.iter().filter_map(|i| i.vary.levels()).collect();
            let points = (0..all)
                .map(|k| {
                    let mut rest = k;
                    let mut p = vec![0.0; d];
                    for i in (0..d).rev() {
                        p[i] = ((rest % levels[i]) as f64 + 0.5) / levels[i] as f64;
                        rest /= levels[i];
                    }
                    p
                })
                .collect();
            return Ok((points, Some(levels)));
        }
        if self.shapley && d > SHAPLEY_UP_TO {
            return Err(IndexError::parameter("inputs of a study with Shapley effects", d, "at most 8"));
        }
        let design = Design::new(self.n, d, self.sampling, self.seed)?;
        let second = self.second_order;
        Ok((if self.shapley { design.points_with_all_mixes(second) } else { design.points(second) }, None))
    }
    fn output(&self, y: &[f64], exact: Option<&[usize]>) -> Result<Output> {
        let d = self.input.len();
        let mut out = Output {
            indices: Vec::new(),
            se: Vec::new(),
            exact: Vec::new(),
            second: Vec::new(),
            shapley: Vec::new(),
        };
        if let Some(levels) = exact {
            // A failed combination leaves no exact answer; the failures say which.
            if y.iter().all(|v| !v.is_nan()) {
                out.exact = exact_indices(y, levels)?;
                out.shapley = out.exact.iter().map(|e| e.shapley).collect();
            }
            return Ok(out);
        }
        out.indices = first_and_total(y, self.n, d);
        if self.bootstrap > 1 {
            out.se = bootstrap_se(y, self.n, d, self.bootstrap, self.seed);
        }
        if self.second_order {
            out.second = second_order(y, self.n, d);
        }
        if self.shapley {
            out.shapley = shapley_effects(y, self.n, d, self.second_order);
        }
        Ok(out)
    }
    /// First and total indices of one output: exact when all combinations were run and none failed.
    fn indices_of(&self, y: &[f64], exact: Option<&[usize]>) -> Vec<Indices> {
        let d = self.input.len();
        match exact.map(|levels| exact_indices(y, levels)) {
            Some(Ok(all)) => {
                all.iter().map(|e| Indices { first: e.first, total: e.total, rows: y.len() }).collect()
            }
            Some(Err(_)) => vec![Indices { first: f64::NAN, total: f64::NAN, rows: 0 }; d],
            None => first_and_total(y, self.n, d),
        }
    }
    fn unit_indices(&self, scores: &[f32], rows: usize, exact: Option<&[usize]>) -> Vec<Vec<Indices>> {
        let runs = scores.len() / rows;
        (0..rows)
            .step_by(16)
            .collect::<Vec<_>>()
            .into_par_iter()
            .flat_map_iter(|from| {
                let to = (from + 16).min(rows);
                let mut y = vec![vec![0.0; runs]; to - from];
                for r in 0..runs {
                    for i in from..to {
                        y[i - from][r] = f64::from(scores[r * rows + i]);
                    }
                }
                y.into_iter().map(|y| self.indices_of(&y, exact)).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// All mixes of more inputs are too many.
const SHAPLEY_UP_TO: usize = 8;

/// Buffers of one thread.
struct Work<'a> {
    /// Rows ranked together.
    pools: &'a [Vec<usize>],
    place: Vec<u32>,
    keys: Vec<u64>,
}

impl<'a> Work<'a> {
    fn new(pools: &'a [Vec<usize>]) -> Self {
        Self { pools, place: Vec::new(), keys: Vec::new() }
    }
    fn rank(&mut self, x: &[f64], rank: &mut [u16]) {
        for pool in self.pools {
            rank_into(x, pool, rank, &mut self.place, &mut self.keys);
        }
    }
    /// Stores a replicate's scores and ranks in the order of the nominal units.
    fn keep(&mut self, base: &Base, own: &[f64], units: &[String], s: &mut [f32], r: &mut [u16]) {
        let aligned: Vec<f64>;
        let own = if base.codes().len() == units.len() {
            own
        } else {
            let labels = base.labels();
            let at: std::collections::HashMap<&str, usize> =
                labels.iter().enumerate().map(|(i, l)| (l.as_str(), i)).collect();
            aligned = units.iter().map(|u| at.get(u.as_str()).map_or(f64::NAN, |&i| own[i])).collect();
            &aligned
        };
        self.rank(own, r);
        for (s, x) in s.iter_mut().zip(own) {
            *s = *x as f32;
        }
    }
}

/// Points of a batch by the base they share, so that a strip of its columns serves several.
fn by_base(runner: &Runner, points: &[Vec<f64>]) -> Vec<(Arc<Result<Base>>, Vec<usize>)> {
    let mut groups: Vec<(Arc<Result<Base>>, Vec<usize>)> = Vec::new();
    for (k, point) in points.iter().enumerate() {
        let base = runner.base(point);
        match groups.iter_mut().find(|(b, _)| Arc::ptr_eq(b, &base)) {
            Some((_, members)) => members.push(k),
            None => groups.push((base, vec![k])),
        }
    }
    groups
}

/// Sport ranks among `rows`, 1 the highest; 0 where missing.
fn rank_into(x: &[f64], rows: &[usize], rank: &mut [u16], place: &mut Vec<u32>, keys: &mut Vec<u64>) {
    for &i in rows {
        rank[i] = 0;
    }
    order_descending(x, rows.iter().copied(), place, keys);
    let mut first = 0;
    for k in 0..place.len() {
        #[allow(clippy::float_cmp)] // ties are equal values
        if x[place[k] as usize] != x[place[first] as usize] {
            first = k;
        }
        rank[place[k] as usize] = (first + 1) as u16;
    }
}

/// Mean absolute difference of ranks over units that have both.
fn mean_shift(rank: &[u16], nominal: &[u16]) -> f64 {
    let (mut total, mut n) = (0u64, 0u64);
    for (a, b) in rank.iter().zip(nominal) {
        if *a > 0 && *b > 0 {
            total += u64::from(a.abs_diff(*b));
            n += 1;
        }
    }
    if n == 0 { f64::NAN } else { total as f64 / n as f64 }
}
