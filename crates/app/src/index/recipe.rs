//! The engine's recipe and tree as a framework and the city's choices have them.

use super::materials::Choices;
use ::index::stage::aggregate::{Aggregate, Rule};
use ::index::stage::bound::{BoundBy, BoundRule, Outliers};
use ::index::stage::normalise::{Constant, Empty, Normalise, To};
use ::index::stage::select::Select;
use ::index::stage::treat::{Step, Treat};
use ::index::stats::QuantileType;
use ::index::{Direction, Entry, Kind, Meta, Recipe, Scope};
use domain::framework::{BoundsBy, Cap, Curve, Framework, Mean, Node, Transform};
use domain::month::Month;

/// The tree of a framework.
pub fn meta(framework: &Framework) -> Meta {
    let mut entries = vec![Entry::aggregate(&framework.root, None)];
    for node in &framework.nodes {
        let row = &node.row;
        let entry = Entry { name: row.name_zh.clone(), ..Entry::aggregate(&row.code, Some(&row.parent)) };
        entries.push(entry.weighing(row.weight));
    }
    for indicator in &framework.indicators {
        let row = &indicator.row;
        entries.push(Entry {
            name: row.name_zh.clone(),
            kind: Kind::Indicator,
            direction: if row.direction > 0 { Direction::Up } else { Direction::Down },
            weight: row.weight,
            unit: Some(row.unit.clone()),
            ..Entry::indicator(&row.code, &row.parent)
        });
    }
    Meta { entries }
}

/// The recipe of the edition of a month, when there are figures since `first`; `never` are indicators that nobody has
/// ever handed in.
pub fn recipe(
    framework: &Framework,
    choices: &Choices,
    (first, month): (Month, Month),
    never: &[String],
) -> Recipe {
    let mut treat = Treat::default();
    let mut bound = BoundRule {
        by: BoundBy::Range,
        scope: Scope::Pooled,
        bootstrap: choices.bootstrap,
        seed: choices.seed,
        ..BoundRule::default()
    };
    let mut scale = Normalise { constant: Constant::Missing, empty: Empty::Missing, ..Normalise::default() };
    for indicator in framework.indicators.iter().filter(|it| !never.contains(&it.row.code)) {
        let (code, standard) = (indicator.row.code.clone(), &indicator.standard);
        if standard.transform == Transform::Log1p {
            treat.transform.insert(code.clone(), Step::Log1p);
        }
        let to = match &standard.curve {
            Curve::Points(points) => To::Piecewise { points: points.clone() },
            Curve::Linear => {
                let (from, to) = standard.score;
                To::MinMax { from, to, cap: standard.cap == Cap::Both }
            }
        };
        scale.only.insert(code.clone(), to);
        if standard.curve != Curve::Linear {
            continue;
        }
        let by = match standard.bounds {
            BoundsBy::Fixed { lower, upper } => {
                let scaled = |x: f64| if standard.transform == Transform::Log1p { x.ln_1p() } else { x };
                BoundBy::Fixed { lower: scaled(lower), upper: scaled(upper) }
            }
            BoundsBy::Data { lower, upper } => {
                if let Some(months) = standard.window_months {
                    let begin = month.plus(1 - months as i32).max(first);
                    let window = Month::range(begin, month).map(|it| it.to_string()).collect();
                    bound.windows.insert(code.clone(), window);
                }
                if let Some(outlier) = standard.outlier {
                    bound.outliers.insert(code.clone(), Outliers { iqr: outlier.iqr, mad: outlier.mad });
                }
                BoundBy::Quantile { lower, upper, kind: QuantileType::default() }
            }
        };
        bound.only.insert(code, by);
    }
    let mut aggregate = Aggregate { min_available: choices.min_available, ..Aggregate::default() };
    let lives = |code: &str| {
        let below = framework.indicators.iter().filter(|it| !never.contains(&it.row.code));
        below.into_iter().any(|it| framework.is_under(&it.row.code, code))
    };
    let geometric = |node: &&Node| node.mean == Mean::Geometric && lives(&node.row.code);
    for node in framework.nodes.iter().filter(geometric) {
        aggregate.only.insert(node.row.code.clone(), Rule::Geometric);
    }
    Recipe {
        name: format!("{} {month}", framework.root),
        select: Select { without: never.to_vec(), ..Select::default() },
        treat,
        bound,
        normalise: scale,
        aggregate,
        ..Recipe::default()
    }
}
