//! What an edition of the demo city is made of, without a store: for measuring, and for tests of what is planted.

use super::{County, HandedIn};
use app::index::materials::{Choices, KnownFigure, Materials, RankedArea};
use domain::framework::FrameworkDoc;
use domain::month::Month;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The materials of the first edition of a month, of all that was signed by `known`.
pub fn materials(
    framework: &FrameworkDoc,
    counties: &[County],
    all: &[HandedIn],
    (month, known): (Month, Timestamp),
) -> Materials {
    let code = |area| counties.iter().find(|it| it.area == area).map_or("", |it| it.code.as_str());
    let mut figures: BTreeMap<(String, String, Month), KnownFigure> = BTreeMap::new();
    for intake in all.iter().filter(|it| it.signed <= known && it.month <= month) {
        for it in &intake.figures {
            let key = (it.indicator.clone(), code(it.area).to_owned(), intake.month);
            let vintage = figures.get(&key).map_or(0, |old| old.vintage) + 1;
            let figure = KnownFigure {
                indicator: it.indicator.clone(),
                area: code(it.area).to_owned(),
                month: intake.month,
                num: it.num,
                den: it.den,
                value: it.value,
                se: it.se,
                n: it.n,
                remark: it.remark.clone(),
                vintage,
                intake: intake.id,
                signed: intake.signed,
            };
            figures.insert(key, figure);
        }
    }
    let area = |it: &County| RankedArea {
        code: it.code.clone(),
        name_zh: it.code.clone(),
        name_en: it.code.clone(),
    };
    Materials {
        month,
        revision: 0,
        known,
        framework_version: 1,
        framework: framework.clone(),
        choices: Choices::default(),
        areas: counties.iter().map(area).collect(),
        figures: figures.into_values().collect(),
    }
}
