//! A look at figures before they are saved: what each is against the framework and against what is known. What cannot
//! be is a fault and blocks saving; what is unlikely is told and kept. Nothing is left out in silence.

use super::known::{Known, Subject};
use super::usual::{LOOKS_BACK, Usual, usual};
use super::{Figure, PLATFORM};
use crate::framework::{Framework, Indicator, Measure};
use crate::id::AreaId;
use crate::month::Month;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// A share in percent may differ by so much from its counts: one decimal is what people round to.
const ROUNDED: f64 = 0.05;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What figures there are.
    pub framework: &'a Framework,
    /// Who hands in: code of the city's unit, or [`PLATFORM`].
    pub department: &'a str,
    /// The month of the intake.
    pub month: Month,
    /// Areas of which each figure is asked.
    pub areas: &'a BTreeSet<AreaId>,
    /// What is handed in.
    pub figures: &'a [Figure],
    /// What is known without it, up to this month.
    pub known: &'a Known,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Each figure, in the order of what was asked.
    pub figures: Vec<Looked>,
    /// What cannot be.
    pub faults: Vec<Fault>,
    /// What is asked of this department for this month, is not known and not handed in now.
    pub missing: Vec<Missing>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// Against what is known of the same indicator, area and month.
    pub change: Change,
    /// What it stands for, in the indicator's unit; `None` where the base is lacking, or it cannot be.
    pub value: Option<f64>,
    /// What is usual there; `None` where too little is known.
    pub usual: Option<Usual>,
    /// The denominator (or number of answers) where it is below what the standard asks: the figure is kept, and takes
    /// no part in the index by itself.
    pub small: Option<f64>,
    /// The base that is lacking: until it is handed in, the rate has no value.
    pub lacks: Option<String>,
}

impl Looked {
    /// Whether someone must say why it is right.
    pub fn is_implausible(&self) -> bool {
        self.usual.is_some_and(|it| it.is_implausible())
    }
}

/// A figure against the one that is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// None is known.
    New,
    /// It says the same.
    Same,
    /// It says something else: a correction.
    Changed {
        /// What is known.
        before: Box<Figure>,
    },
}

/// A figure that is asked and not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// Code of the indicator or base.
    pub indicator: String,
    /// Where.
    pub area: AreaId,
}

/// Something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("figure {}, {column}: {why}", at + 1)]
pub struct Fault {
    /// Which figure, from 0.
    pub at: usize,
    /// Which part of it: a field of [`Figure`].
    pub column: &'static str,
    /// What is wrong, and what would be right.
    pub why: String,
}

/// Looks at figures.
pub fn look(asked: &Asked<'_>) -> Look {
    let mut looking = Looking { asked, with: with_own_bases(asked), earlier: BTreeMap::new() };
    let mut faults = Vec::new();
    let mut seen: BTreeMap<(&str, AreaId), usize> = BTreeMap::new();
    let mut figures = Vec::new();
    for (at, figure) in asked.figures.iter().enumerate() {
        let mut wrong = |column, why: String| faults.push(Fault { at, column, why });
        if let Some(first) = seen.insert((&figure.indicator, figure.area), at) {
            wrong(
                "indicator",
                format!("{} of this area is there twice: figure {} is the same", figure.indicator, first + 1),
            );
        }
        if figure.month != asked.month {
            wrong("month", format!("it is of {}, and this intake is of {}", figure.month, asked.month));
        }
        let Some(subject) = Subject::of(asked.framework, &figure.indicator) else {
            let why = format!("{:?} is no indicator and no base of the framework", figure.indicator);
            wrong("indicator", why);
            figures.push(unknown());
            continue;
        };
        if subject.department() != asked.department {
            wrong("indicator", whose(&figure.indicator, subject.department()));
        }
        let before = faults.len();
        faults.extend(impossible(subject, figure).into_iter().map(|(column, why)| Fault { at, column, why }));
        figures.push(if faults.len() == before { looking.at(subject, figure) } else { unknown() });
    }
    Look { figures, faults, missing: missing(asked) }
}

fn unknown() -> Looked {
    Looked { change: Change::New, value: None, usual: None, small: None, lacks: None }
}

fn whose(code: &str, department: &str) -> String {
    if department == PLATFORM {
        format!("{code} is computed from the city's own cases: leave it out")
    } else {
        format!("{code} is handed in by {department}: leave it out")
    }
}

/// What is known, with the bases of this intake: they count for its own rates.
fn with_own_bases<'a>(asked: &Asked<'a>) -> Cow<'a, Known> {
    let mut with = Cow::Borrowed(asked.known);
    let given = asked.figures.iter().filter(|it| it.value.is_some_and(|value| value > 0.0));
    for figure in given.filter(|it| it.month == asked.month) {
        if asked.framework.base(&figure.indicator).is_some() {
            with.to_mut().add(figure.clone());
        }
    }
    with
}

struct Looking<'a> {
    asked: &'a Asked<'a>,
    with: Cow<'a, Known>,
    /// Values of earlier months by area, of each code that was looked at.
    earlier: BTreeMap<&'a str, BTreeMap<AreaId, Vec<f64>>>,
}

impl<'a> Looking<'a> {
    fn at(&mut self, subject: Subject<'_>, figure: &'a Figure) -> Looked {
        let value = self.with.value(subject, figure);
        let numbers = |it: &Figure| (it.num, it.den, it.value, it.se, it.n);
        let change = match self.asked.known.at(&figure.indicator, figure.area, figure.month) {
            None => Change::New,
            Some(known) if numbers(known) == numbers(figure) => Change::Same,
            Some(known) => Change::Changed { before: Box::new(known.clone()) },
        };
        let lacks = match subject {
            Subject::Indicator(Indicator { standard, .. }) => match &standard.measure {
                Measure::Rate { base, .. } => Some(base.clone()).filter(|_| value.is_none()),
                _ => None,
            },
            Subject::Base(_) => None,
        };
        let (with, month) = (&self.with, self.asked.month);
        let earlier = self
            .earlier
            .entry(&figure.indicator)
            .or_insert_with(|| with.values(subject, &figure.indicator, month.plus(-LOOKS_BACK), month));
        let usual = value.and_then(|value| usual(with, subject, figure, value, earlier));
        Looked { change, value, usual, small: small(with, subject, figure), lacks }
    }
}

/// The denominator or number of answers that is smaller than the standard asks.
fn small(with: &Known, subject: Subject<'_>, figure: &Figure) -> Option<f64> {
    let Subject::Indicator(Indicator { standard, .. }) = subject else { return None };
    let den = match &standard.measure {
        Measure::Share { .. } => figure.den,
        Measure::Rate { base, .. } => with.base(base, figure.area, figure.month),
        Measure::Plain => None,
    };
    let answers = figure.n.filter(|n| *n < f64::from(standard.min_n));
    den.filter(|den| *den < standard.min_den).or(answers)
}

/// What cannot be in one figure, by field.
fn impossible(subject: Subject<'_>, figure: &Figure) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let fields = [
        ("num", figure.num),
        ("den", figure.den),
        ("value", figure.value),
        ("se", figure.se),
        ("n", figure.n),
    ];
    for (column, number) in fields {
        if number.is_some_and(|it| !it.is_finite()) {
            found.push((column, "it is no number".to_owned()));
        }
    }
    if !found.is_empty() {
        return found;
    }
    let mut want = |column, number: Option<f64>, least: f64, over: bool, what: &str| match number {
        None => found.push((column, format!("{what} is missing"))),
        Some(it) if it < least || (over && it <= least) => {
            let bound = if over { format!("above {least}") } else { format!("{least} or more") };
            found.push((column, format!("{what} is {it} and must be {bound}")));
        }
        Some(_) => {}
    };
    let standard = match subject {
        Subject::Base(_) => {
            want("value", figure.value, 0.0, true, "a base figure");
            leave_out(&mut found, figure, &["num", "den", "se", "n"], "a base figure is one number");
            return found;
        }
        Subject::Indicator(it) => &it.standard,
    };
    match &standard.measure {
        Measure::Share { of } => {
            want("num", figure.num, 0.0, false, &format!("how many of the {of}"));
            want("den", figure.den, 0.0, true, &format!("the number of {of}"));
        }
        Measure::Rate { .. } => want("num", figure.num, 0.0, false, "the number of events"),
        Measure::Plain if figure.value.is_none() => want("value", None, 0.0, false, "the figure"),
        Measure::Plain => {}
    }
    if standard.needs_se {
        want("se", figure.se, 0.0, true, "the standard error");
    }
    if standard.min_n > 0 {
        want("n", figure.n, 1.0, false, "the number of answers");
    }
    match &standard.measure {
        Measure::Share { .. } => disagreeing_share(&mut found, figure),
        Measure::Rate { base, .. } => {
            let why = format!("a rate is its events; {base} is a figure of its own");
            leave_out(&mut found, figure, &["den", "value"], &why);
        }
        Measure::Plain => leave_out(&mut found, figure, &["num", "den"], "this figure is one number"),
    }
    found
}

fn disagreeing_share(found: &mut Vec<(&'static str, String)>, figure: &Figure) {
    let (Some(num), Some(den)) = (figure.num, figure.den) else { return };
    if num > den {
        found.push(("num", format!("{num} of {den} is more than all")));
    } else if let Some(value) = figure.value
        && den > 0.0
        && (value - 100.0 * num / den).abs() > ROUNDED + 1e-9
    {
        let share = 100.0 * num / den;
        found.push((
            "value",
            format!("{num} of {den} is {share:.2} % and not {value}: leave it out or mend it"),
        ));
    }
}

fn leave_out(found: &mut Vec<(&'static str, String)>, figure: &Figure, columns: &[&'static str], why: &str) {
    let filled = |column: &str| match column {
        "num" => figure.num.is_some(),
        "den" => figure.den.is_some(),
        "value" => figure.value.is_some(),
        "se" => figure.se.is_some(),
        _ => figure.n.is_some(),
    };
    for column in columns.iter().filter(|column| filled(column)) {
        found.push((column, format!("leave it empty: {why}")));
    }
}

/// What is asked of the department, is not known and not among the figures. A base is asked for once: it holds until
/// the next.
fn missing(asked: &Asked<'_>) -> Vec<Missing> {
    let given: BTreeSet<(&str, AreaId)> =
        asked.figures.iter().map(|it| (it.indicator.as_str(), it.area)).collect();
    let codes = asked.framework.departments().remove(asked.department).unwrap_or_default();
    let mut missing = Vec::new();
    for code in codes {
        let is_base = asked.framework.base(code).is_some();
        for area in asked.areas {
            let known = if is_base {
                asked.known.held(code, *area, asked.month)
            } else {
                asked.known.at(code, *area, asked.month)
            };
            if known.is_none() && !given.contains(&(code, *area)) {
                missing.push(Missing { indicator: code.to_owned(), area: *area });
            }
        }
    }
    missing
}
