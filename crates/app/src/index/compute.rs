//! The edition itself: every stage of the engine over the months of its window, and what is told of its own month.

use super::doubts::{Doubted, doubts};
use super::materials::{EditionFault, Materials};
use super::recipe;
use super::standing::{Standing, standing};
use super::values::{Values, values};
use super::weak::{WeakLink, weak_links};
use ::index::stage::bound::Bounds;
use ::index::{Frame, Inputs, Recipe, Run, Units, run, run_frozen};
use domain::framework::{Framework, Transform};
use std::sync::Arc;

/// An edition as it comes out of its materials.
#[derive(Clone, Debug)]
pub struct Computed {
    /// The tree.
    pub framework: Framework,
    /// Values of all months.
    pub values: Values,
    /// Every choice of the engine.
    pub recipe: Recipe,
    /// All months on the bounds of this edition.
    pub panel: Run,
    /// The edition's month alone, areas in the order of the materials.
    pub now: Run,
    /// Where each area stands, in the same order.
    pub standing: Vec<Standing>,
    /// Weak links of each area, the heaviest first.
    pub weak: Vec<WeakLink>,
    /// Figures beyond a limit that no mean may hide.
    pub flags: Vec<Flag>,
    /// Figures far from what is usual, the farthest first.
    pub doubts: Vec<Doubted>,
}

/// A figure beyond a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// Place of the area in the materials.
    pub area: usize,
    /// The indicator.
    pub indicator: String,
    /// The value before smoothing.
    pub value: f64,
    /// The limit.
    pub limit: f64,
}

/// Makes the edition.
pub fn compute(it: &Materials) -> Result<Computed, EditionFault> {
    compute_with(it, None)
}

/// Makes the edition; where its bounds and standing are known already, without bootstrap and draws, which are most of
/// the work.
pub(super) fn compute_with(
    it: &Materials,
    known: Option<(Bounds, Vec<Standing>)>,
) -> Result<Computed, EditionFault> {
    it.choices.check()?;
    let framework = it.framework()?;
    let values = values(it, &framework)?;
    let never = values.never();
    let recipe = recipe::recipe(&framework, &it.choices, (values.first, it.month), &never);
    let meta = recipe::meta(&framework);
    let inputs = |indicators: Frame| Inputs {
        denominators: Frame::empty(indicators.units().clone()),
        meta: meta.clone(),
        indicators,
    };
    let panel = match &known {
        Some((bounds, _)) => run_frozen(&inputs(values.panel.clone()), &recipe, bounds)?,
        None => run(&inputs(values.panel.clone()), &recipe)?,
    };
    let now = run_frozen(&inputs(last_rows(&values.panel, it)?), &recipe, &panel.prepared.bounds)?;
    let standing = match known {
        Some((_, standing)) => standing,
        None => standing(&now, &values, &it.choices, &inputs)?,
    };
    let flags = flags(&framework, &values);
    let doubts = doubts(it, &framework);
    let mut made =
        Computed { framework, values, recipe, panel, now, standing, weak: Vec::new(), flags, doubts };
    made.weak = weak_links(&made, it)?;
    Ok(made)
}

/// The rows of the edition's month, without a period.
fn last_rows(panel: &Frame, it: &Materials) -> Result<Frame, EditionFault> {
    let begin = panel.rows() - it.areas.len();
    let mut units = Units::of(it.areas.iter().map(|area| area.code.clone()));
    units.names = it.areas.iter().map(|area| area.name_zh.clone()).collect();
    let mut rows = Frame::empty(Arc::new(units));
    for (code, at) in panel.codes().iter().zip(0..) {
        rows.push(code, &panel.column(at)[begin..])?;
    }
    Ok(rows)
}

fn flags(framework: &Framework, values: &Values) -> Vec<Flag> {
    let mut found = Vec::new();
    for told in &values.told {
        let Some((value, indicator)) = told.raw.zip(framework.indicator(&told.indicator)) else { continue };
        let above = indicator.standard.veto_above.filter(|limit| value > *limit);
        let below = indicator.standard.veto_below.filter(|limit| value < *limit);
        if let Some(limit) = above.or(below) {
            found.push(Flag { area: told.area, indicator: told.indicator.clone(), value, limit });
        }
    }
    found
}

impl Computed {
    /// A value on the scale of the engine back in the indicator's own unit.
    pub fn in_its_unit(&self, indicator: &str, treated: f64) -> f64 {
        let log =
            self.framework.indicator(indicator).is_some_and(|it| it.standard.transform == Transform::Log1p);
        if log { treated.exp_m1() } else { treated }
    }
}
