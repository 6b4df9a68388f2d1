//! Doubts: figures of the edition's month that are far from what is usual there. They count like all others; whoever
//! reads the ranking sees them beside it, with what the department says.

use super::materials::{KnownFigure, Materials};
use domain::framework::Framework;
use domain::id::AreaId;
use domain::intake::{Asked, Figure, Known, LOOKS_BACK, PLATFORM, look};
use std::collections::BTreeSet;

/// A figure far from what is usual.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubted {
    /// Place of the area in the materials.
    pub area: usize,
    /// The indicator or base figure.
    pub indicator: String,
    /// The value it stands for, in its unit.
    pub value: f64,
    /// What is usual there, the same.
    pub usual: f64,
    /// Robust deviations between them.
    pub z: f64,
    /// Values that what is usual was told by.
    pub n: usize,
    /// What the department says of it.
    pub remark: Option<String>,
}

/// Doubts of a month, the farthest first.
pub fn doubts(it: &Materials, framework: &Framework) -> Vec<Doubted> {
    let id = |code: &str| it.areas.iter().position(|area| area.code == code).map(|at| AreaId(at as u32));
    let figure = |known: &KnownFigure| {
        Some(Figure {
            indicator: known.indicator.clone(),
            area: id(&known.area)?,
            month: known.month,
            num: known.num,
            den: known.den,
            value: known.value,
            se: known.se,
            n: known.n,
            remark: known.remark.clone(),
        })
    };
    let earliest = it.month.plus(-LOOKS_BACK);
    let is_base = |code: &str| framework.base(code).is_some();
    let recent = it.figures.iter().filter(|known| known.month >= earliest || is_base(&known.indicator));
    let all: Vec<Figure> = recent.filter_map(figure).collect();
    let (own, earlier): (Vec<Figure>, Vec<Figure>) =
        all.into_iter().partition(|figure| figure.month == it.month);
    // Bases of the month count for its rates, and are looked at against those before.
    let bases = own.iter().filter(|figure| is_base(&figure.indicator)).cloned();
    let known = Known::of(earlier.into_iter().chain(bases));
    let areas: BTreeSet<AreaId> = (0..it.areas.len()).map(|at| AreaId(at as u32)).collect();
    let mut codes: Vec<(&str, Vec<&str>)> = framework.departments().into_iter().collect();
    let computed = framework.indicators.iter().filter(|indicator| !indicator.row.source.is_empty());
    codes.push((PLATFORM, computed.map(|indicator| indicator.row.code.as_str()).collect()));
    let mut found = Vec::new();
    for (department, codes) in codes {
        let figures: Vec<Figure> =
            own.iter().filter(|figure| codes.contains(&figure.indicator.as_str())).cloned().collect();
        let asked =
            Asked { framework, department, month: it.month, areas: &areas, figures: &figures, known: &known };
        let looked = look(&asked).figures.into_iter().zip(&figures);
        found.extend(looked.filter_map(|(looked, figure)| {
            let usual = looked.usual.filter(|usual| usual.z.abs() > it.choices.doubt)?;
            Some(Doubted {
                area: figure.area.0 as usize,
                indicator: figure.indicator.clone(),
                value: looked.value?,
                usual: usual.median,
                z: usual.z,
                n: usual.n,
                remark: figure.remark.clone(),
            })
        }));
    }
    found.sort_by(|a, b| {
        let place = |it: &Doubted| (it.indicator.clone(), it.area);
        b.z.abs().total_cmp(&a.z.abs()).then_with(|| place(a).cmp(&place(b)))
    });
    found
}
