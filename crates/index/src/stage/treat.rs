//! Outliers and skew: a gate, then steps until the gate passes. What was done to whom is returned, never silent.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::{Frame, Scope},
    note::{Note, Stage},
    stats::{Moments, order_descending, range},
    sum::Sum,
};

/// A column passes when |skewness| < `max_skew` or kurtosis < `max_kurt` (the JRC's habit: 2 and 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gate {
    /// Limit of absolute adjusted skewness G1.
    pub max_skew: f64,
    /// Limit of adjusted excess kurtosis G2.
    pub max_kurt: f64,
}

impl Default for Gate {
    fn default() -> Self {
        Self { max_skew: 2.0, max_kurt: 3.5 }
    }
}

/// One treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// The most extreme value takes the value of the next, one block of ties at a time, until the gate passes.
    Winsorise {
        /// At most this many points; 0 turns the limit off.
        #[serde(rename = "max-points", default)]
        max_points: usize,
        /// At most this share of the values, for instance 0.025; the larger of both limits holds.
        #[serde(rename = "max-share", default)]
        max_share: f64,
    },
    /// ln(x - min + 0.01 (max - min)), COIN Tool's modified log.
    LogCt,
    /// ln(x - min + 1).
    LogShift,
    /// ln(x).
    Log,
    /// ln(1 + x).
    Log1p,
    /// ln((max - 1)(x - min)/(max - min) + 1), as in the Global Innovation Index; needs max > 1.
    LogGii,
    /// (x^L - 1)/L, ln x at L = 0 (Box and Cox 1964).
    BoxCox {
        /// L.
        lambda: f64,
        /// Whether x - min + 1 is taken for x, as COINr does; else every x must be above zero.
        #[serde(default = "yes")]
        shift: bool,
    },
    /// Yeo and Johnson (2000): Box-Cox for any sign.
    YeoJohnson {
        /// L.
        lambda: f64,
    },
    /// ln(x/s + sqrt((x/s)^2 + 1)).
    Asinh {
        /// s > 0.
        scale: f64,
    },
}

fn yes() -> bool {
    true
}

/// The rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Treat {
    /// Always applied, before the gate looks, to these indicators: a log of incomes, say.
    pub transform: BTreeMap<String, Step>,
    /// When a column is good enough.
    pub gate: Gate,
    /// Tried in order until the gate passes; no steps, no treatment.
    pub steps: Vec<Step>,
    /// Whether a step starts from the step before (else from the original).
    pub combine: bool,
    /// Whether steps run even where the gate passes from the start.
    pub always: bool,
    /// Steps of single indicators, in place of `steps`.
    pub only: BTreeMap<String, Vec<Step>>,
    /// Among which rows shape is judged.
    pub scope: Scope,
}

impl Treat {
    /// COINr's default: winsorise up to `max_points`, else the modified log of the original.
    pub fn winsorise_or_log(max_points: usize) -> Self {
        Self { steps: vec![Step::Winsorise { max_points, max_share: 0.0 }, Step::LogCt], ..Self::default() }
    }
}

/// Skewness and kurtosis at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// G1; `None` where it cannot be told (fewer than four values or no spread), which passes.
    pub skew: Option<f64>,
    /// G2.
    pub kurt: Option<f64>,
    /// Whether the gate passes.
    pub passes: bool,
}

/// What happened to one column in one pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Treated {
    /// The indicator.
    pub code: String,
    /// Looks: before, and after each step that ran.
    pub looks: Vec<Look>,
    /// Steps that ran.
    pub steps: Vec<Step>,
    /// Points that winsorising moved.
    pub winsorised: usize,
}

impl Treated {
    fn of(code: &str) -> Self {
        Self { code: code.into(), looks: Vec::new(), steps: Vec::new(), winsorised: 0 }
    }
}

/// Judges a column.
pub fn look(x: &[f64], gate: &Gate) -> Look {
    let m = Moments::of(x);
    Look::judge(m.and_then(|m| m.skewness()), m.and_then(|m| m.kurtosis()), gate)
}

impl Look {
    fn judge(skew: Option<f64>, kurt: Option<f64>, gate: &Gate) -> Self {
        let passes = match (skew, kurt) {
            (Some(s), Some(k)) => s.abs() < gate.max_skew || k < gate.max_kurt,
            _ => true,
        };
        Self { skew, kurt, passes }
    }
}

/// Treats every column.
pub fn treat(frame: &Frame, rule: &Treat) -> Result<(Frame, Vec<Treated>, Vec<Note>)> {
    if let Some(code) = rule.only.keys().chain(rule.transform.keys()).find(|c| frame.position(c).is_none()) {
        return Err(IndexError::unknown("indicator", code));
    }
    let mut out = frame.clone();
    let mut treated = Vec::new();
    let mut notes = Vec::new();
    for rows in frame.units().pools(rule.scope) {
        if rule.steps.is_empty() && rule.only.is_empty() && rule.transform.is_empty() {
            continue;
        }
        let done: Vec<Done> = out
            .par_columns_mut()
            .enumerate()
            .map(|(j, column)| {
                let unit = |at: usize| frame.units().label(rows[at]);
                treat_one(&Named { code: &frame.codes()[j], unit: &unit }, &rows, column, rule)
            })
            .collect::<Result<_>>()?;
        for (record, remarks) in done {
            treated.push(record);
            notes.extend(remarks);
        }
    }
    Ok((out, treated, notes))
}

type Done = (Treated, Vec<Note>);

/// How a column and its values are called in messages.
struct Named<'a> {
    code: &'a str,
    /// Name of the unit at a place of the column.
    unit: &'a dyn Fn(usize) -> String,
}

fn treat_one(named: &Named, rows: &[usize], column: &mut [f64], rule: &Treat) -> Result<Done> {
    let code = named.code;
    let mut notes = Vec::new();
    let mut x: Vec<f64> = rows.iter().map(|&i| column[i]).collect();
    let transform = rule.transform.get(code);
    if let Some(step) = transform {
        let mut ignored = Treated::of(code);
        x = apply(named, &x, step, rule, &mut ignored)?;
        notes.push(Note::new(Stage::Treat, code, format!("transformed: {step:?}")));
    }
    let (y, done) = treat_column(named, &x, rule.only.get(code).unwrap_or(&rule.steps), rule)?;
    if !done.steps.is_empty() {
        notes.push(note_of(&done));
    }
    if !done.steps.is_empty() || transform.is_some() {
        for (&i, v) in rows.iter().zip(&y) {
            column[i] = *v;
        }
    }
    Ok((done, notes))
}

fn note_of(done: &Treated) -> Note {
    let names: Vec<String> = done
        .steps
        .iter()
        .map(|s| match s {
            Step::Winsorise { .. } => format!("winsorised {} points", done.winsorised),
            other => format!("{other:?}"),
        })
        .collect();
    let end = if done.looks.last().is_some_and(|l| l.passes) { "passes" } else { "still fails the gate" };
    Note::new(Stage::Treat, &done.code, format!("{}; {end}", names.join(", then ")))
}

fn treat_column(named: &Named, x: &[f64], steps: &[Step], rule: &Treat) -> Result<(Vec<f64>, Treated)> {
    let mut y = x.to_vec();
    let mut done = Treated::of(named.code);
    if steps.is_empty() {
        return Ok((y, done));
    }
    done.looks.push(look(x, &rule.gate));
    for step in steps {
        if done.looks.last().is_some_and(|l| l.passes) && !rule.always {
            break;
        }
        let from = if rule.combine { y.clone() } else { x.to_vec() };
        y = apply(named, &from, step, rule, &mut done)?;
        done.looks.push(look(&y, &rule.gate));
        done.steps.push(step.clone());
    }
    Ok((y, done))
}

fn apply(named: &Named, x: &[f64], step: &Step, rule: &Treat, done: &mut Treated) -> Result<Vec<f64>> {
    let code = named.code;
    let Some((min, max)) = range(x) else { return Ok(x.to_vec()) };
    let map = |f: &dyn Fn(f64) -> f64| -> Result<Vec<f64>> {
        x.iter()
            .enumerate()
            .map(|(at, &v)| {
                let y = f(v);
                if v.is_nan() || y.is_finite() {
                    Ok(y)
                } else {
                    Err(IndexError::Untreatable {
                        unit: (named.unit)(at),
                        code: code.into(),
                        value: v,
                        step: format!("{step:?}"),
                    })
                }
            })
            .collect()
    };
    match *step {
        Step::Winsorise { max_points, max_share } => {
            let n = x.iter().filter(|v| !v.is_nan()).count();
            let by_share = (max_share * n as f64).floor() as usize;
            let limit =
                if max_points == 0 && max_share == 0.0 { usize::MAX } else { max_points.max(by_share) };
            let (y, moved) = winsorise(x, limit, &rule.gate);
            done.winsorised = moved;
            Ok(y)
        }
        Step::LogCt if max > min => map(&|v| (v - min + 0.01 * (max - min)).ln()),
        Step::LogGii if max > 1.0 && max > min => {
            map(&|v| ((max - 1.0) * (v - min) / (max - min) + 1.0).ln())
        }
        Step::LogGii => {
            Err(IndexError::parameter(format!("log-gii of {code}"), max, "the largest value must be above 1"))
        }
        Step::LogCt => Ok(x.to_vec()), // no spread: nothing to do
        Step::LogShift => map(&|v| (v - min + 1.0).ln()),
        Step::Log => map(&f64::ln),
        Step::Log1p => map(&f64::ln_1p),
        Step::BoxCox { lambda, shift: true } => map(&|v| box_cox(v - min + 1.0, lambda)),
        Step::BoxCox { lambda, shift: false } if min > 0.0 => map(&|v| box_cox(v, lambda)),
        Step::BoxCox { .. } => Err(IndexError::parameter(
            format!("box-cox of {code}"),
            min,
            "without shift the smallest value must be above zero",
        )),
        Step::YeoJohnson { lambda } => map(&|v| yeo_johnson(v, lambda)),
        Step::Asinh { scale } if scale > 0.0 => map(&|v| (v / scale).asinh()),
        Step::Asinh { scale } => Err(IndexError::parameter("asinh scale", scale, "it must be above zero")),
    }
}

/// Box and Cox (1964) for x > 0.
pub fn box_cox(x: f64, lambda: f64) -> f64 {
    if lambda == 0.0 { x.ln() } else { (x.powf(lambda) - 1.0) / lambda }
}

/// Yeo and Johnson (2000).
pub fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 { box_cox(x + 1.0, lambda) } else { -box_cox(1.0 - x, 2.0 - lambda) }
}

/// Moves extreme blocks inwards until the gate passes or `limit` points were moved. Skewness decides the side.
/// Points already moved tie with the extreme and are counted once.
pub fn winsorise(x: &[f64], limit: usize, gate: &Gate) -> (Vec<f64>, usize) {
    let mut y = x.to_vec();
    let (mut order, mut keys) = (Vec::new(), Vec::new());
    order_descending(x, 0..x.len(), &mut order, &mut keys);
    order.reverse();
    let v: Vec<f64> = order.iter().map(|&i| x[i as usize]).collect();
    let n = v.len();
    if n < 4 {
        return (y, 0); // the gate cannot tell
    }
    let mut powers = Powers::of(&v);
    // v[..low] all count as v[low], v[n - high..] as v[n - 1 - high].
    let (mut low, mut high) = (0, 0);
    while low + high < limit && low + high + 1 < n {
        let seen = powers.look(gate);
        if seen.passes {
            break;
        }
        if seen.skew.unwrap_or(0.0) >= 0.0 {
            let edge = v[n - 1 - high];
            #[allow(clippy::float_cmp)] // ties with the extreme, exactly
            let Some(at) = v[low..n - high].iter().rposition(|&z| z != edge).map(|k| k + low) else { break };
            powers.shift(edge, v[at], n - 1 - at);
            high = n - 1 - at;
        } else {
            let edge = v[low];
            #[allow(clippy::float_cmp)]
            let Some(at) = v[low..n - high].iter().position(|&z| z != edge).map(|k| k + low) else { break };
            powers.shift(edge, v[at], at);
            low = at;
        }
    }
    for &i in &order[..low] {
        y[i as usize] = v[low];
    }
    for &i in &order[n - high..] {
        y[i as usize] = v[n - 1 - high];
    }
    (y, low + high)
}

/// Power sums about a fixed centre (the median, which extremes cannot move), so that moving a few points costs
/// nothing. Kept with 106 bits: what an outlier added, its removal takes away again.
struct Powers {
    n: f64,
    centre: f64,
    sums: [Sum; 4],
}

impl Powers {
    fn of(sorted: &[f64]) -> Self {
        let mut p =
            Self { n: sorted.len() as f64, centre: sorted[sorted.len() / 2], sums: [Sum::default(); 4] };
        for &x in sorted {
            p.add(x, 1.0);
        }
        p
    }
    fn add(&mut self, x: f64, times: f64) {
        let d = x - self.centre;
        let mut power = times;
        for s in &mut self.sums {
            power *= d;
            s.add(power);
        }
    }
    /// `count` points go from one value to another.
    fn shift(&mut self, from: f64, to: f64, count: usize) {
        for _ in 0..count {
            self.add(from, -1.0);
            self.add(to, 1.0);
        }
    }
    fn look(&self, gate: &Gate) -> Look {
        let [s1, s2, s3, s4] = self.sums.map(Sum::value);
        let d = s1 / self.n; // the mean, seen from the centre
        let m = Moments {
            n: self.n as usize,
            mean: self.centre + d,
            s2: s2 - self.n * d * d,
            s3: s3 - 3.0 * d * s2 + 2.0 * self.n * d.powi(3),
            s4: s4 - 4.0 * d * s3 + 6.0 * d * d * s2 - 3.0 * self.n * d.powi(4),
        };
        Look::judge(m.skewness(), m.kurtosis(), gate)
    }
}
