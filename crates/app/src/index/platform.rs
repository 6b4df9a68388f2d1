//! The platform's own intake: what it computes from its cases, handed in and signed like that of a department, so that
//! each number has its source and a later count is the next vintage.

use std::collections::BTreeMap;

use domain::area::Level;
use domain::id::{AreaId, IntakeId};
use domain::intake::{Figure, PLATFORM};
use domain::month::Month;
use jiff::Timestamp;
use store::intake::figures_known;

use super::followed::followed;
use super::from_cases::of_counties;
use super::intake::{FigureIn, HandIn, save, sign};
use crate::people::{new_id, system};
use crate::{App, AppError};

/// Hands in what the cases say of a month that is over, where it is not known yet or says something else by now; since
/// when it counts. `None`: nothing is new.
pub async fn hand_in(app: &App, month: Month) -> Result<Option<Timestamp>, AppError> {
    let (_, framework) = followed(app).await?;
    let figures = of_counties(app, &framework, (month, month)).await?;
    let known = figures_known(&app.store, Level::County, month, month, Timestamp::MAX).await?;
    let known: BTreeMap<(String, AreaId), Figure> = known
        .into_iter()
        .map(|it| ((it.given.figure.indicator.clone(), it.given.figure.area), it.given.figure))
        .collect();
    let is_new = |figure: &&Figure| {
        let numbers = |it: &Figure| (it.num, it.den, it.se);
        known.get(&(figure.indicator.clone(), figure.area)).is_none_or(|old| numbers(old) != numbers(figure))
    };
    let new: Vec<FigureIn> = figures.iter().filter(is_new).map(given).collect();
    if new.is_empty() {
        return Ok(None);
    }
    let root = app.city().root().map_or(AreaId(0), |root| root.id);
    let platform = system(root);
    let asked = HandIn {
        department: Some(PLATFORM.to_owned()),
        month,
        note: String::new(),
        file: None,
        figures: new,
    };
    let id = IntakeId(new_id(app.clock.now()).0);
    save(app, &platform, id, &asked).await?;
    Ok(sign(app, &platform, id).await?.signed)
}

fn given(figure: &Figure) -> FigureIn {
    FigureIn {
        indicator: figure.indicator.clone(),
        area: figure.area.to_string(),
        num: figure.num,
        den: figure.den,
        value: figure.value,
        se: figure.se,
        n: figure.n,
        remark: Some("由本平台案件计算 · counted from the platform's cases".to_owned()),
    }
}
