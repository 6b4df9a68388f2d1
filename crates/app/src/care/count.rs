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
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use ::index::small_area::{Equation, recoverable};
    use domain::area::{Area, AreaPath, Kind, Tree};
    use domain::id::AreaId;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::{FEWEST, told_of};

    /// One city, two counties, four townships, eight communities, sixteen grids; ids rise from 1.
    fn tree() -> Tree {
        let kinds = [Kind::City, Kind::County, Kind::Town, Kind::Residents, Kind::Basic];
        let mut all: Vec<Area> = Vec::new();
        let mut above: Vec<usize> = vec![0];
        for (depth, kind) in kinds.into_iter().enumerate() {
            let parents = above.clone();
            above.clear();
            for parent in parents {
                for _ in 0..if depth == 0 { 1 } else { 2 } {
                    let id = AreaId(all.len() as u32 + 1);
                    let up = (depth > 0).then(|| all[parent].clone());
                    above.push(all.len());
                    all.push(Area {
                        id,
                        parent: up.as_ref().map(|it| it.id),
                        level: kind.level(),
                        code: format!("{:0width$}", id.0, width = kind.level().digits()).parse().unwrap(),
                        name_zh: format!("地{id}"),
                        name_en: format!("Area {id}"),
                        pinyin: String::new(),
                        kind,
                        valid_from: date(2020, 1, 1),
                        valid_to: None,
                        successors: Vec::new(),
                        path: up.map_or_else(|| AreaPath::root(id), |it| it.path.child(id)),
                        polygon: None,
                    });
                }
            }
        }
        Tree::new(all).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whoever sees every number that is told, on every level, works out none that is hidden.
        #[test]
        fn no_hidden_number_follows_from_those_told(counts in prop::collection::vec(0..9_u64, 16)) {
            let tree = tree();
            let grids: Vec<AreaId> =
                tree.at_level(domain::area::Level::Grid).map(|area| area.id).collect();
            let of_grids: BTreeMap<AreaId, u64> = grids.into_iter().zip(counts).collect();
            let (sums, hidden) = told_of(&tree, &of_grids);
            let n = |id: &AreaId| sums.get(id).copied().unwrap_or(0);
            let ids: Vec<AreaId> = tree.iter().map(|area| area.id).collect();
            for id in ids.iter().filter(|id| !hidden.contains(id)) {
                prop_assert!(n(id) == 0 || n(id) >= FEWEST, "{} is told of {}", n(id), id);
            }
            let place = |id: AreaId| ids.iter().position(|it| *it == id).unwrap();
            let equations: Vec<Equation> = ids
                .iter()
                .filter_map(|id| {
                    let parts: Vec<usize> = tree.children(*id).map(|it| place(it.id)).collect();
                    (!parts.is_empty()).then(|| Equation { total: Some(place(*id)), parts })
                })
                .collect();
            let unseen: BTreeSet<usize> = hidden.iter().map(|id| place(*id)).collect();
            let unseen: Vec<usize> = unseen.into_iter().collect();
            let found = recoverable(ids.len(), &equations, &unseen);
            prop_assert!(found.is_empty(), "{found:?} of {unseen:?}");
        }
    }
}
