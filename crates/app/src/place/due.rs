//! Inspections of a day, as part of what a worker has to do.

use std::collections::HashMap;

use domain::class::Label;
use domain::id::AreaId;
use domain::place::Sort;
use domain::policy::{Actor, PlaceScope};
use domain::today::{Item, Kind as ItemKind};
use jiff::civil::Date;
use store::place::{self, Filter, List, Order};

use super::kinds::{kinds, plans};
use super::{day_number, day_of};
use crate::form::forms;
use crate::{App, AppError};

/// The most of a day.
const MOST: u32 = 200;

/// What is due to be inspected in these grids on a day or was before, the longest due first; at most 200, of what `who`
/// may see.
pub async fn due_in(app: &App, who: &Actor, grids: &[AreaId], day: Date) -> Result<Vec<Item>, AppError> {
    if grids.is_empty() {
        return Ok(Vec::new());
    }
    let (kinds, today) = (kinds(app).await?.body, day_number(day));
    let plans = plans(&kinds);
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter { grids: grids.to_vec(), due_by: Some(today), ..Filter::default() };
    let scope = PlaceScope::of(who);
    let list = List {
        filter: &filter,
        scope: (&scope, who.level),
        plans: &plans,
        order: Order::Due,
        after: None,
        limit: MOST,
    };
    let rows = place::list(&app.store, list).await?.0;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let minutes: HashMap<String, u32> =
        forms(app, true).await?.into_iter().map(|it| (it.code, u32::from(it.minutes))).collect();
    let zone = app.city().zone.clone();
    let item = |(row, due): (store::place::PlaceRow, Option<i32>)| {
        let (place, due) = (row.place, due?);
        let told = &place.told;
        let kind = kinds.get(told.sort, &told.kind)?;
        let name_en = if told.name_en.is_empty() { &told.name } else { &told.name_en };
        // Due until the day is over.
        let end = day_of(due).tomorrow().ok().and_then(|it| zone.to_timestamp(it.at(0, 0, 0, 0)).ok());
        Some(Item {
            kind: ItemKind::Inspection,
            id: place.id.0,
            grid: place.areas.grid?,
            title: Label::new(&told.name, name_en),
            place: told.address.clone(),
            point: told.point,
            due: end,
            minutes: minutes.get(&kind.form).copied().unwrap_or(0),
            reason: reason(&kind.name, told.sort, place.look.map(|it| it.failed), today - due),
            urgent: false,
        })
    };
    Ok(rows.into_iter().filter_map(item).collect())
}

fn reason(kind: &Label, sort: Sort, failed: Option<u16>, late: i32) -> Label {
    let (zh, en) = match failed {
        None => ("首次检查".to_owned(), "first inspection".to_owned()),
        Some(0) => ("到期检查".to_owned(), "inspection due".to_owned()),
        Some(n) => (format!("上次 {n} 项不合格，复查"), format!("{n} failed last time: look again")),
    };
    let (late_zh, late_en) = match late {
        ..=0 => (String::new(), String::new()),
        n => (format!("，已逾期 {n} 天"), format!(", {n} days late")),
    };
    let sort = match sort {
        Sort::Place => "",
        Sort::Thing => "部件·",
    };
    Label::new(format!("{sort}{} {zh}{late_zh}", kind.zh), format!("{}: {en}{late_en}", kind.en))
}
