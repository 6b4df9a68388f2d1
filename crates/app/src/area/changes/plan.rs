//! The plan of a change: what it makes of the tree, what stands in the way, and who would be affected. Saves nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::area::{Change, Dated, Preview, Tree, apply, preview};
use domain::id::{AreaId, UnitId};
use domain::policy::{Actor, Scope};
use domain::topology::{self, report};
use jiff::civil::Date;
use store::area_change::Fate;
use store::case::{self, CaseFilter, CaseRow, List, Order, State};
use store::duty::{self, Duty};
use store::person::{self, Person};
use store::scope::ScopeSql;
use store::{Store, area};

use super::effect::{Effect, Passing, pass_on};
use crate::area::rights;
use crate::area::topology::TOLERANCE_M2;
use crate::people::system;
use crate::{App, AppError, City};

/// The first of what may be many.
#[derive(Clone, Debug)]
pub struct Few<T> {
    /// How many there are; of cases, counted up to 10,000.
    pub total: usize,
    /// The first of them.
    pub first: Vec<T>,
}

/// A change as it would be, not saved.
#[derive(Clone)]
pub struct Planned {
    /// First day on which it holds.
    pub on: Date,
    /// The city it was planned in.
    pub city: Arc<City>,
    /// What it does to areas, and what stands in the way by the law of the tree.
    pub would: Preview,
    /// All versions afterwards; `None` while something stands in the way.
    pub after: Option<Tree>,
    /// Gaps, overlaps and stray ground of its day that are not there without it.
    pub flaws: Vec<topology::Finding>,
}

/// Who would be affected.
#[derive(Clone, Debug)]
pub struct Affected {
    /// Duties that would pass on.
    pub duties: Few<Passing>,
    /// Open cases that would be placed anew.
    pub cases: Few<CaseRow>,
    /// People whose post is in an area that ends: nobody moves these but an administrator.
    pub posts: Few<Person>,
    /// Units of an area that ends: likewise.
    pub units: Few<UnitId>,
}

/// Plans a change and looks who would be affected; the first `few` of each.
pub async fn plan(
    app: &App,
    who: &Actor,
    changes: Vec<Change>,
    on: Option<Date>,
    few: usize,
) -> Result<(Planned, Affected), AppError> {
    rights::may_change_some(who)?;
    let planned = worked_out(app, changes, on).await?;
    planned.permit(who)?;
    let affected = planned.affected(&app.store, few).await?;
    Ok((planned, affected))
}

/// Works a change out on the areas as they stand in the store.
pub(super) async fn worked_out(
    app: &App,
    changes: Vec<Change>,
    on: Option<Date>,
) -> Result<Planned, AppError> {
    app.refresh().await?;
    let (city, today, last_id) = (app.city(), app.people.today(), area::last_id(&app.store).await?);
    let on = on.unwrap_or(today);
    let planning = tokio::task::spawn_blocking(move || {
        let before = city.history.clone().counting_from(last_id);
        let dated: Vec<Dated> = changes.into_iter().map(|change| Dated { on, change }).collect();
        let would = preview(&before, &dated, today);
        let after = apply(&before, &dated, today).ok();
        let flaws = after.as_ref().map_or_else(Vec::new, |after| new_flaws(&before, after, &would, on));
        Planned { on, city, would, after, flaws }
    });
    Ok(planning.await.expect("planning does not panic"))
}

/// What is wrong between outlines on a day with a change that is not wrong without it.
fn new_flaws(before: &Tree, after: &Tree, would: &Preview, on: Date) -> Vec<topology::Finding> {
    let is_drawn = |id: AreaId| {
        let shape = |tree: &Tree| tree.get_on(id, on).and_then(|area| area.polygon.clone());
        let parent = |tree: &Tree| tree.get_on(id, on).and_then(|area| area.parent);
        (shape(before), parent(before)) != (shape(after), parent(after))
    };
    if !would.touched().any(is_drawn) {
        return Vec::new(); // names and codes move no ground
    }
    let then = report(&after.as_of(on), TOLERANCE_M2);
    if then.is_empty() {
        return then;
    }
    let known = report(&before.as_of(on), TOLERANCE_M2);
    let is_known = |it: &topology::Finding| {
        known.iter().any(|old| old.flaw == it.flaw && (old.area_m2 - it.area_m2).abs() <= TOLERANCE_M2)
    };
    then.into_iter().filter(|it| !is_known(it)).collect()
}

impl Planned {
    /// What it does to each area.
    pub fn parts(&self) -> Vec<(AreaId, Fate)> {
        let of = |ids: &[AreaId], fate| ids.iter().map(|id| (*id, fate)).collect::<Vec<_>>();
        let would = &self.would;
        [of(&would.created, Fate::Begins), of(&would.retired, Fate::Ends), of(&would.changed, Fate::Changes)]
            .concat()
    }

    /// The tree to ask about it: with the change where it could be made.
    pub fn history(&self) -> &Tree {
        self.after.as_ref().unwrap_or(&self.city.history)
    }

    /// Whether someone may change all that it touches.
    pub(super) fn permit(&self, who: &Actor) -> Result<(), AppError> {
        rights::may_change(who, [&self.city.history, self.history()], self.would.touched())
    }

    async fn affected(&self, store: &Store, few: usize) -> Result<Affected, AppError> {
        let effect = Effect::of(self.history(), &self.parts(), self.on);
        let ended: BTreeSet<AreaId> = effect.ended.iter().map(|area| area.id).collect();
        let posts = person::all(store).await?;
        let posts = posts.into_iter().filter(|it| ended.contains(&it.area) && !it.disabled).collect();
        let units = self.city.units.values().filter(|it| ended.contains(&it.area)).map(|it| it.id).collect();
        Ok(Affected {
            duties: Few::of(passing(store, self.history(), &effect).await?, few),
            cases: cases(store, &effect, few).await?,
            posts: Few::of(posts, few),
            units: Few::of(units, few),
        })
    }
}

impl<T> Few<T> {
    fn of(mut all: Vec<T>, few: usize) -> Few<T> {
        let total = all.len();
        all.truncate(few);
        Few { total, first: all }
    }
}

/// Duties of the grids that end, and what follows each of them.
pub(super) async fn passing(
    store: &Store,
    history: &Tree,
    effect: &Effect,
) -> Result<Vec<Passing>, AppError> {
    let heirs = effect.ended_grids(history);
    let (mut duties, mut known): (Vec<Duty>, Vec<Duty>) = (Vec::new(), Vec::new());
    for (grid, _) in &heirs {
        duties.extend(duty::of_grid(store, *grid, effect.on).await?);
    }
    let taking: BTreeSet<AreaId> = heirs.iter().flat_map(|(_, heirs)| heirs.iter().copied()).collect();
    for grid in taking {
        known.extend(duty::of_grid(store, grid, effect.on).await?);
    }
    Ok(pass_on(duties, &heirs, &known, effect.on))
}

async fn cases(store: &Store, effect: &Effect, few: usize) -> Result<Few<CaseRow>, AppError> {
    let areas = effect.ground();
    if areas.is_empty() {
        return Ok(Few { total: 0, first: Vec::new() });
    }
    let everything = system(AreaId(0));
    let scope = ScopeSql::new(Scope::of(&everything), everything.level);
    let filter = CaseFilter { areas, states: vec![State::Unclosed], ..CaseFilter::default() };
    let limit = u32::try_from(few).unwrap_or(u32::MAX);
    let list = List { filter: &filter, scope: &scope, order: Order::Due, after: None, limit };
    let (first, _) = case::list(store, list).await?;
    let total = usize::try_from(case::count(store, &filter, &scope).await?).unwrap_or_default();
    Ok(Few { total, first })
}
