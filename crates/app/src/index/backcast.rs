//! Looking back: what past months would have been under another framework, and what each month was in the editions that
//! came after it.

use super::compute::{Computed, compute};
use super::edition::Ranked;
use super::materials::{EditionFault, Materials};
use domain::framework::FrameworkDoc;
use domain::month::Month;
use std::collections::BTreeMap;

/// One month under a framework.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// Which month.
    pub month: Month,
    /// Areas from the best to the worst; only score and rank, without intervals.
    pub ranking: Vec<Ranked>,
}

/// Every month from `first` to that of the materials under another framework, on the bounds of the last: one scale for
/// all, so that months can be compared.
pub fn backcast(
    materials: &Materials,
    framework: FrameworkDoc,
    framework_version: u32,
    first: Month,
) -> Result<Vec<Past>, EditionFault> {
    let it = Materials { framework_version, framework, ..materials.clone() };
    let made = compute(&it)?;
    let months = Month::range(first.max(made.values.first), it.month);
    Ok(months.map(|month| past(&it, &made, month)).collect())
}

fn past(it: &Materials, made: &Computed, month: Month) -> Past {
    let n = it.areas.len();
    let begin = month.since(made.values.first) as usize * n;
    let score = |area: usize| made.panel.index()[begin + area];
    let rank = |area: usize| made.panel.index_rank()[begin + area];
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| {
        let key = |i: usize| if score(i).is_nan() { f64::NEG_INFINITY } else { score(i) };
        key(b).total_cmp(&key(a)).then(a.cmp(&b))
    });
    let there = |x: f64| (!x.is_nan()).then_some(x);
    let ranking = order.into_iter().map(|i| Ranked {
        area: it.areas[i].code.clone(),
        name_zh: it.areas[i].name_zh.clone(),
        name_en: it.areas[i].name_en.clone(),
        score: there(score(i)),
        rank: there(rank(i)).map(|rank| rank as usize),
        shared: None,
        interval: None,
        ranks: None,
    });
    Past { month, ranking: ranking.collect() }
}

/// The index of one area by month, as `scores.csv` of an archive has it.
pub fn scores_of(scores: &[u8], root: &str, area: &str) -> Result<BTreeMap<Month, f64>, csv::Error> {
    let mut reader = csv::Reader::from_reader(scores);
    let head = reader.headers()?.clone();
    let column = |name: &str| head.iter().position(|it| it == name).unwrap_or(usize::MAX);
    let (unit, time, root) = (column("uCode"), column("Time"), column(root));
    let mut found = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        if row.get(unit) == Some(area) {
            let month: Option<Month> = row.get(time).and_then(|it| it.parse().ok());
            found.extend(month.zip(row.get(root).and_then(|it| it.parse::<f64>().ok())));
        }
    }
    Ok(found)
}
