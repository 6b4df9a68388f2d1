//! What a change means for those who look after the ground: which cases must be placed anew, and who takes over which
//! duty. Pure: the tree before and after is all it needs.

use std::collections::BTreeSet;

use domain::area::{Area, Level, Tree};
use domain::id::{AreaChangeId, AreaId};
use jiff::civil::Date;
use store::area_change::Fate;
use store::duty::Duty;

use crate::case::Follows;

/// What a change does to the areas of its eve.
#[derive(Clone, Debug)]
pub struct Effect {
    /// First day on which it holds.
    pub on: Date,
    /// Areas that end, each as it last was.
    pub ended: Vec<Area>,
    /// Areas whose cases must be placed anew, each as it was on the eve.
    unsettled: Vec<Area>,
}

impl Effect {
    /// Of the parts of a change, in a tree that has its versions.
    pub fn of(history: &Tree, parts: &[(AreaId, Fate)], on: Date) -> Effect {
        let mut effect = Effect { on, ended: Vec::new(), unsettled: Vec::new() };
        let Ok(eve) = on.yesterday() else { return effect };
        for (id, fate) in parts {
            let Some(before) = history.get_on(*id, eve) else { continue };
            match fate {
                Fate::Begins => {}
                Fate::Ends => {
                    effect.ended.push(before.clone());
                    effect.unsettled.push(before.clone());
                }
                Fate::Changes => {
                    let is_moved = |after: &Area| {
                        before.path != after.path
                            || (after.level == Level::Grid && before.polygon != after.polygon)
                    };
                    if history.get_on(*id, on).is_some_and(is_moved) {
                        effect.unsettled.push(before.clone());
                    }
                }
            }
        }
        effect
    }

    /// Whose cases are placed anew.
    pub fn follows(&self, change: AreaChangeId) -> Follows {
        Follows { change, unsettled: self.unsettled.iter().map(|area| area.id).collect() }
    }

    /// The fewest areas whose cases are all the cases concerned: none under another one of them.
    pub fn ground(&self) -> Vec<(Level, AreaId)> {
        let all: BTreeSet<AreaId> = self.unsettled.iter().map(|area| area.id).collect();
        let is_top = |area: &&Area| area.parent.is_none_or(|parent| !all.contains(&parent));
        self.unsettled.iter().filter(is_top).map(|area| (area.level, area.id)).collect()
    }

    /// Areas above the grids that end: they may have had a desk, and cases from elsewhere with it.
    pub fn ended_desks(&self) -> impl Iterator<Item = AreaId> {
        self.ended.iter().filter(|area| area.level != Level::Grid).map(|area| area.id)
    }

    /// Grids that end, each with those that take over.
    pub fn ended_grids(&self, history: &Tree) -> Vec<(AreaId, Vec<AreaId>)> {
        let grids = self.ended.iter().filter(|area| area.level == Level::Grid);
        grids
            .map(|area| (area.id, history.get(area.id).map_or(Vec::new(), |a| a.successors.clone())))
            .collect()
    }
}

/// A duty that ends with its grid, and those that begin in the grids that take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passing {
    /// As it was.
    pub old: Duty,
    /// With the same person, kind and end; not yet numbered (0).
    pub new: Vec<Duty>,
}

/// Passes the duties of ended grids on. `known` are those that the grids which take over have already: nobody gets
/// the same duty twice.
pub fn pass_on(duties: Vec<Duty>, heirs: &[(AreaId, Vec<AreaId>)], known: &[Duty], on: Date) -> Vec<Passing> {
    let mut there: Vec<Duty> = known.to_vec();
    let mut passed = Vec::with_capacity(duties.len());
    for old in duties {
        let mut new = Vec::new();
        for &grid in heirs.iter().filter(|(ended, _)| *ended == old.grid).flat_map(|(_, heirs)| heirs) {
            let duty = Duty { id: 0, grid, from: old.from.max(on), ..old.clone() };
            if !there.iter().any(|it| covers(it, &duty)) {
                there.push(duty.clone());
                new.push(duty);
            }
        }
        passed.push(Passing { old, new });
    }
    passed
}

/// Whether someone has this duty already, for all of its days.
fn covers(known: &Duty, new: &Duty) -> bool {
    let whose = |it: &Duty| (it.grid, it.person, it.kind);
    let lasts = known.to.is_none_or(|to| new.to.is_some_and(|end| end <= to));
    whose(known) == whose(new) && known.from <= new.from && lasts
}
