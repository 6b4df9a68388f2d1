//! What nobody answers for, as a case for the level above: classes without a unit, and units without anybody in them. One
//! case for each gap; another only after that one was closed and the gap is still there.

use std::collections::{BTreeSet, HashMap};

use domain::area::Level;
use domain::case::Channel;
use domain::id::{ActId, AreaId, CaseId, ClassCode, UnitId};
use domain::policy::{Actor, WorkAct};
use domain::routing::{self, Destination};
use store::gap::{self, Raised};
use store::{Batch, CommitError, person};

use crate::case::{Acting, ReportCommand, plan_report};
use crate::people::new_id;
use crate::{App, AppError, City, settings, work};

/// Gaps of which cases are made at once.
pub const AT_ONCE: usize = 50;

/// Something that nobody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Which.
    pub what: What,
    /// The highest area in which it is so everywhere.
    pub area: AreaId,
    /// How many grids lie in it.
    pub n_grids: u32,
    /// The case that was made of it, while it is worked on.
    pub case: Option<CaseId>,
}

/// What nobody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A class of case that has no unit.
    Class(ClassCode),
    /// A unit in which nobody works who could sign in.
    Unit(UnitId),
}

impl Gap {
    /// By this it is known again.
    fn name(&self) -> String {
        match &self.what {
            What::Class(code) => format!("class:{code}@{}", self.area),
            What::Unit(unit) => format!("unit:{unit}"),
        }
    }
}

/// Gaps of an area, each with its case: classes first, by code, then units.
pub async fn list(app: &App, who: &Actor, area: Option<AreaId>) -> Result<Vec<Gap>, AppError> {
    let path = work::path_for(&app.city(), who, WorkAct::RaiseGap, area)?;
    let city = app.city();
    let raised: HashMap<String, Raised> =
        gap::all(&app.store).await?.into_iter().map(|it| (it.gap.clone(), it)).collect();
    let classes = settings::gaps_in(city.clone(), path.id()).await?;
    let classes = classes.into_iter().map(|it| (What::Class(it.class), it.area, it.n_places));
    let units = empty_units(app, &city, path.id()).await?.into_iter().map(|unit| {
        let area = city.units[&unit].area;
        (What::Unit(unit), area, grids_in(&city, area))
    });
    let gaps = classes.chain(units).map(|(what, area, n_grids)| {
        let mut gap = Gap { what, area, n_grids, case: None };
        gap.case = raised.get(&gap.name()).filter(|it| it.is_open).map(|it| it.case);
        gap
    });
    Ok(gaps.collect())
}

/// Makes cases of the gaps of an area that have none, at most fifty at once; those that were made.
pub async fn raise(app: &App, who: &Actor, area: Option<AreaId>) -> Result<Vec<Gap>, AppError> {
    let mut made = Vec::new();
    let raised: HashMap<String, Raised> =
        gap::all(&app.store).await?.into_iter().map(|it| (it.gap.clone(), it)).collect();
    let open = list(app, who, area).await?.into_iter().filter(|it| it.case.is_none());
    for mut it in open.take(AT_ONCE) {
        let (city, now) = (app.city(), app.clock.now());
        let id = CaseId(new_id(now).0);
        let acting = Acting { city: &city, actor: who, now, key: ActId(id.0) };
        let moved = plan_report(&acting, id, &report(&city, &it))?;
        let name = it.name();
        let known = match raised.get(&name) {
            Some(before) => gap::again(before, id, now),
            None => gap::insert(&name, id, now),
        };
        match app.store.commit(moved.batch(Batch::new("gap")).with(known)).await {
            Ok(()) => {
                it.case = Some(id);
                made.push(it);
            }
            Err(CommitError::Duplicate { .. } | CommitError::Conflict { .. }) => {} // another was faster
            Err(error) => return Err(error.into()),
        }
    }
    Ok(made)
}

/// Which unit answers for each class in each area directly under one: a table that a screen shows whole.
pub async fn table(app: &App, area: Option<AreaId>) -> Result<Table, AppError> {
    let city = app.city();
    let root = city.root().ok_or(AppError::NotFound { what: "area" })?.id;
    let top = city.tree.get(area.unwrap_or(root)).ok_or(AppError::NotFound { what: "area" })?.id;
    let drawn = tokio::task::spawn_blocking(move || drawn(&city, top)).await;
    Ok(drawn.expect("drawing a table does not panic"))
}

/// Who answers for what, where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The columns: the areas directly under the one that was asked for, or itself when it is a grid.
    pub areas: Vec<AreaId>,
    /// A row for each class, with a unit for each column; `None` where nobody answers.
    pub rows: Vec<(ClassCode, Vec<Option<UnitId>>)>,
}

fn drawn(city: &City, top: AreaId) -> Table {
    let mut areas: Vec<AreaId> = city.tree.children(top).map(|area| area.id).collect();
    if areas.is_empty() {
        areas.push(top);
    }
    let places: Vec<Option<routing::Place>> = areas
        .iter()
        .map(|area| {
            let mut path: Vec<_> =
                city.ancestors(*area).upwards().filter_map(|id| Some((id, city.area(id)?.kind))).collect();
            path.reverse();
            routing::Place::new(path, *area)
        })
        .collect();
    let cell = |class: &ClassCode, place: &Option<routing::Place>| {
        let place = place.as_ref()?;
        match routing::route(class, place, &city.matrix).to {
            Destination::Unit(unit) => Some(unit),
            Destination::Desk(_) => None,
        }
    };
    let rows = city
        .classes
        .open_classes()
        .map(|class| (class.code.clone(), places.iter().map(|place| cell(&class.code, place)).collect()));
    Table { areas, rows: rows.collect() }
}

/// Units of an area that are not ended and in which nobody has an open account.
async fn empty_units(app: &App, city: &City, area: AreaId) -> Result<BTreeSet<UnitId>, AppError> {
    let people = person::all(&app.store).await?;
    let staffed: BTreeSet<UnitId> =
        people.into_iter().filter(|it| !it.disabled).filter_map(|it| it.unit).collect();
    let own = city.units.values().filter(|unit| !unit.ended && !staffed.contains(&unit.id));
    let own = own.filter(|unit| city.ancestors(unit.area).upwards().any(|up| up == area));
    Ok(own.map(|unit| unit.id).collect())
}

fn grids_in(city: &City, area: AreaId) -> u32 {
    city.tree.under(area).iter().filter(|area| area.level == Level::Grid).count() as u32
}

/// A case for the level above: placed in the area above the one where it is so.
fn report(city: &City, gap: &Gap) -> ReportCommand {
    let what = match &gap.what {
        What::Class(code) => {
            let name = city.class(code).map(|class| class.name.zh.clone()).unwrap_or_default();
            format!("事项“{name}”（{code}）没有责任单位")
        }
        What::Unit(unit) => {
            let name = city.units.get(unit).map(|unit| unit.name_zh.clone()).unwrap_or_default();
            format!("单位“{name}”没有在岗人员")
        }
    };
    let words = city.area(gap.area).map(|area| area.name_zh.clone()).unwrap_or_default();
    let above = city.tree.get(gap.area).and_then(|area| area.parent).unwrap_or(gap.area);
    ReportCommand {
        text: format!("责任清单缺口：{what}（{} 个网格）", gap.n_grids),
        class: None,
        point: None,
        words,
        area: Some(above),
        channel: Channel::Desk,
        evidence: Vec::new(),
        happened_at: None,
        private: false,
        outside_no: None,
    }
}
