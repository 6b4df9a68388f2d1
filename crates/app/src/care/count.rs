//! How many entries there are, for those who hold no purpose: by category and area, small numbers hidden so that none
//! can be worked out. A level is decided by itself and those above it, from the whole city down, so that it is hidden the
//! same whoever asks; categories are not added up, since a sum would give a hidden one away.

use std::collections::{BTreeMap, BTreeSet};

use ::index::small_area::{Equation, suppress};
use domain::area::Tree;
use domain::care::Category;
use domain::id::AreaId;
use domain::policy::{Actor, CareAct, CareFacts, permit_care};

use crate::{App, AppError};

/// From so many on a number is told.
pub const FEWEST: u64 = 5;

/// Counts of an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaCounts {
    /// The area.
    pub area: AreaId,
    /// By category; `None` is hidden. What is absent is nought.
    pub counts: BTreeMap<Category, Option<u64>>,
}

/// The numbers of an area and of those directly under it.
pub async fn counts(app: &App, who: &Actor, area: Option<AreaId>) -> Result<Vec<AreaCounts>, AppError> {
    let area = area.unwrap_or(who.area);
    let city = app.city();
    let facts = CareFacts { areas: city.ancestors(area), ..CareFacts::default() };
    let known = city.tree.get(area).is_some();
    if !known || permit_care(who, CareAct::Count, &facts).is_err() {
        return Err(AppError::NotFound { what: "area" });
    }
    let mut by_category: BTreeMap<Category, BTreeMap<AreaId, u64>> = BTreeMap::new();
    for (grid, category, n) in store::care::counts(&app.store, app.people.today()).await? {
        *by_category.entry(category).or_default().entry(grid).or_default() += n;
    }
    let shown: Vec<AreaId> = std::iter::once(area).chain(city.tree.children(area).map(|it| it.id)).collect();
    let mut told: Vec<AreaCounts> =
        shown.iter().map(|area| AreaCounts { area: *area, counts: BTreeMap::new() }).collect();
    for (category, grids) in by_category {
        let (sums, hidden) = told_of(&city.tree, &grids);
        for row in &mut told {
            let n = sums.get(&row.area).copied().unwrap_or(0);
            if hidden.contains(&row.area) {
                row.counts.insert(category, None);
            } else if n > 0 {
                row.counts.insert(category, Some(n));
            }
        }
    }
    Ok(told)
}

/// Sums of one category over every area, and which are hidden.
fn told_of(tree: &Tree, grids: &BTreeMap<AreaId, u64>) -> (BTreeMap<AreaId, u64>, BTreeSet<AreaId>) {
    let mut sums: BTreeMap<AreaId, u64> = BTreeMap::new();
    for (grid, n) in grids {
        let Some(area) = tree.get(*grid) else { continue };
        for id in area.path.ids() {
            *sums.entry(id).or_default() += n;
        }
    }
    let mut hidden = BTreeSet::new();
    let Some(root) = tree.root() else { return (sums, hidden) };
    if (1..FEWEST).contains(sums.get(&root.id).unwrap_or(&0)) {
        hidden.insert(root.id);
    }
    let mut left = vec![root.id];
    while let Some(parent) = left.pop() {
        let ids: Vec<AreaId> = tree.children(parent).map(|it| it.id).collect();
        let counts: Vec<u64> = ids.iter().map(|id| sums.get(id).copied().unwrap_or(0)).collect();
        if hidden.contains(&parent) {
            hidden.extend(&ids);
        } else {
            let whole = Equation { total: None, parts: (0..ids.len()).collect() };
            match suppress(&counts, &[whole], FEWEST) {
                Ok(found) => hidden.extend(found.into_keys().map(|at| ids[at])),
                Err(_) => hidden.extend(&ids),
            }
        }
        left.extend(ids);
    }
    (sums, hidden)
}

#[cfg(test)]
pub(crate) mod testing {
    //! For the test that works hidden numbers out.
    pub(crate) use super::told_of;
}
