//! From the store to an edition's materials: what was known at a moment, and nothing that came later.

use super::followed::counties;
use super::framework::{CHOICES, FRAMEWORK};
use super::materials::{Choices, KnownFigure, Materials, RankedArea};
use crate::city::document;
use crate::{App, AppError};
use domain::area::{Area, Level};
use domain::framework::{Framework, FrameworkDoc};
use domain::id::AreaId;
use domain::month::Month;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::intake::{Known, figures_known, held};

/// The farthest back that figures are looked for, in months, where a window has no end.
const FARTHEST: u32 = 600;

/// The materials of a month's edition, of all that was signed by `known`, by the framework of that moment.
pub async fn materials(
    app: &App,
    month: Month,
    revision: u32,
    known: Timestamp,
) -> Result<Materials, AppError> {
    let found: Option<(u32, FrameworkDoc)> = document(&app.store, FRAMEWORK, known).await?;
    let (framework_version, framework) = found.ok_or_else(|| AppError::Blocked {
        why: "no framework of the index was saved by then: save one first".to_owned(),
    })?;
    let choices: Option<(u32, Choices)> = document(&app.store, CHOICES, known).await?;
    let counties = counties(&app.city(), month);
    let read = super::framework::read(&app.city(), &framework)?;
    let figures = figures(app, &read, month, known, &counties).await?;
    let areas = counties.iter().map(|area| ranked(area)).collect();
    let choices = choices.map(|(_, it)| it).unwrap_or_default();
    Ok(Materials { month, revision, known, framework_version, framework, choices, areas, figures })
}

fn ranked(area: &Area) -> RankedArea {
    RankedArea { code: area.code.to_string(), name_zh: area.name_zh.clone(), name_en: area.name_en.clone() }
}

async fn figures(
    app: &App,
    framework: &Framework,
    month: Month,
    known: Timestamp,
    counties: &[Arc<Area>],
) -> Result<Vec<KnownFigure>, AppError> {
    let back = framework.longest_window().unwrap_or(FARTHEST) as i32;
    let first = month.plus(1 - back);
    let mut all = figures_known(&app.store, Level::County, first, month, known).await?;
    // A base figure holds until the next, so the one before the window may hold in it.
    for base in &framework.bases {
        let older = held(&app.store, &base.code, Level::County, first.plus(-1), known).await?;
        all.extend(older);
    }
    let by_id: BTreeMap<AreaId, &Arc<Area>> = counties.iter().map(|area| (area.id, area)).collect();
    let taken = |code: &str| framework.indicator(code).is_some() || framework.base(code).is_some();
    let known = |it: Known| {
        let figure = it.given.figure;
        let area = by_id.get(&figure.area).filter(|_| taken(&figure.indicator))?;
        Some(KnownFigure {
            indicator: figure.indicator,
            area: area.code.to_string(),
            month: figure.month,
            num: figure.num,
            den: figure.den,
            value: figure.value,
            se: figure.se,
            n: figure.n,
            remark: figure.remark,
            vintage: it.vintage,
            intake: it.intake.0,
            signed: it.signed,
        })
    };
    Ok(all.into_iter().filter_map(known).collect())
}
