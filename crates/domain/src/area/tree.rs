//! The tree: every version of every area, and the questions asked of it. Changing it is `change`'s business.
//!
//! A whole tree holds past and arranged versions; [`Tree::as_of`] gives the tree of one day. Where an area has
//! several versions, [`Tree::get`] and its neighbours answer with the last one, so ask them of the tree of a day.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Area, AreaCode, AreaPath, Fault, Finding, Kind, Level};
use crate::id::AreaId;

/// The areas of one city. Cheap to clone: versions are shared.
#[derive(Clone, Debug)]
pub struct Tree {
    /// All versions, by id and then by first day.
    versions: BTreeMap<AreaId, Vec<Arc<Area>>>,
    ids: HashMap<AreaCode, AreaId>,
    children: HashMap<AreaId, Vec<AreaId>>,
    root: Option<AreaId>,
    /// The highest id ever given, also to an area whose change was cancelled before it began.
    last_id: AreaId,
}

/// An area and everything above it, one place per level; places below the area's own level are empty.
///
/// These are the five columns that hot tables carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ancestors {
    /// The city.
    pub city: Option<AreaId>,
    /// The county, district or zone.
    pub county: Option<AreaId>,
    /// The township or street.
    pub township: Option<AreaId>,
    /// The community or village.
    pub community: Option<AreaId>,
    /// The grid.
    pub grid: Option<AreaId>,
}

impl Ancestors {
    /// Reads them off a path.
    pub fn of(path: &AreaPath) -> Self {
        let ids = path.ids();
        let at = |level: Level| ids.get(level.depth()).copied();
        Self {
            city: at(Level::City),
            county: at(Level::County),
            township: at(Level::Township),
            community: at(Level::Community),
            grid: at(Level::Grid),
        }
    }

    /// The one at a level.
    pub fn at(&self, level: Level) -> Option<AreaId> {
        match level {
            Level::City => self.city,
            Level::County => self.county,
            Level::Township => self.township,
            Level::Community => self.community,
            Level::Grid => self.grid,
        }
    }

    /// From the lowest level that is filled up to the city: the order in which inheritance looks.
    pub fn upwards(&self) -> impl Iterator<Item = AreaId> + use<> {
        let all = *self;
        Level::ALL.into_iter().rev().filter_map(move |level| all.at(level))
    }
}

impl Default for Tree {
    fn default() -> Self {
        let (versions, ids, children) = (BTreeMap::new(), HashMap::new(), HashMap::new());
        Self { versions, ids, children, root: None, last_id: AreaId(0) }
    }
}

impl Tree {
    /// Builds a tree out of all versions of all areas, or says everything that is wrong with them.
    pub fn new(areas: Vec<Area>) -> Result<Self, Vec<Finding>> {
        let tree = Self::unchecked(areas.into_iter().map(Arc::new));
        let findings = tree.findings();
        if findings.is_empty() { Ok(tree) } else { Err(findings) }
    }

    /// The same, which goes on counting from an id that was given before: none is given twice.
    #[must_use]
    pub fn counting_from(self, last_id: AreaId) -> Self {
        Self { last_id: self.last_id.max(last_id), ..self }
    }

    fn unchecked(areas: impl Iterator<Item = Arc<Area>>) -> Self {
        let mut tree = Self::default();
        for area in areas {
            tree.last_id = tree.last_id.max(area.id);
            tree.ids.entry(area.code.clone()).or_insert(area.id);
            tree.versions.entry(area.id).or_default().push(area);
        }
        for versions in tree.versions.values_mut() {
            versions.sort_by_key(|a| a.valid_from);
        }
        for (&id, versions) in &tree.versions {
            match versions.last().and_then(|last| last.parent) {
                Some(parent) => tree.children.entry(parent).or_default().push(id),
                None => tree.root = tree.root.or(Some(id)),
            }
        }
        tree
    }

    /// The tree of one day: only the versions that were, are or will be true on it.
    #[must_use]
    pub fn as_of(&self, day: Date) -> Self {
        Self::unchecked(self.all_versions().filter(|a| a.is_valid_on(day)).cloned())
            .counting_from(self.last_id)
    }

    /// The city.
    pub fn root(&self) -> Option<&Area> {
        self.root.and_then(|id| self.get(id))
    }

    /// An area (its last version).
    pub fn get(&self, id: AreaId) -> Option<&Area> {
        self.versions.get(&id)?.last().map(Arc::as_ref)
    }

    /// The version of an area that holds on a day.
    pub fn get_on(&self, id: AreaId, day: Date) -> Option<&Area> {
        self.versions(id).find(|a| a.is_valid_on(day))
    }

    /// The area that has, or once had, this code. A code belongs to one area for ever.
    pub fn by_code(&self, code: &AreaCode) -> Option<&Area> {
        self.ids.get(code).and_then(|&id| self.get(id))
    }

    /// All versions of one area, oldest first.
    pub fn versions(&self, id: AreaId) -> impl Iterator<Item = &Area> {
        self.versions.get(&id).into_iter().flatten().map(Arc::as_ref)
    }

    /// All versions of all areas, by id.
    pub fn all_versions(&self) -> impl Iterator<Item = &Arc<Area>> {
        self.versions.values().flatten()
    }

    /// The areas (last versions), by id.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.versions.values().filter_map(|v| v.last()).map(Arc::as_ref)
    }

    /// The areas of one level, by id.
    pub fn at_level(&self, level: Level) -> impl Iterator<Item = &Area> {
        self.iter().filter(move |a| a.level == level)
    }

    /// How many areas.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Is there no area at all?
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// The areas directly under one, by id.
    pub fn children(&self, id: AreaId) -> impl Iterator<Item = &Area> {
        self.children.get(&id).into_iter().flatten().filter_map(|&id| self.get(id))
    }

    /// An area and everything under it, parents first.
    pub fn under(&self, id: AreaId) -> Vec<&Area> {
        let mut found: Vec<&Area> = self.get(id).into_iter().collect();
        let mut next = 0;
        while let Some(area) = found.get(next) {
            let id = area.id;
            found.extend(self.children(id));
            next += 1;
        }
        found
    }

    /// The area with everything above it; `None` when there is no such area.
    pub fn ancestors(&self, id: AreaId) -> Option<Ancestors> {
        self.get(id).map(|a| Ancestors::of(&a.path))
    }

    /// The id a new area gets: one more than any given so far.
    pub fn next_id(&self) -> AreaId {
        AreaId(self.last_id.0 + 1)
    }

    /// The highest id ever given; 0 before the first.
    pub fn last_id(&self) -> AreaId {
        self.last_id
    }

    fn findings(&self) -> Vec<Finding> {
        let roots = self.versions.values().filter(|v| v.iter().any(|a| a.parent.is_none())).count();
        let mut found = Vec::new();
        if roots != 1 {
            found.push(Finding { about: "tree".into(), fault: Fault::Roots { n: roots } });
        }
        for versions in self.versions.values() {
            for pair in versions.windows(2) {
                if pair[0].valid_to.is_none_or(|end| end > pair[1].valid_from) {
                    found.push(Finding::about(&pair[1].code, Fault::TwoVersions { day: pair[1].valid_from }));
                }
            }
            for area in versions {
                found.extend(self.faults(area).into_iter().map(|f| Finding::about(&area.code, f)));
            }
        }
        found
    }

    fn faults(&self, area: &Area) -> Vec<Fault> {
        let mut faults = area_faults(area);
        let holder =
            self.ids.get(&area.code).filter(|&&id| id != area.id).and_then(|&id| self.versions(id).next());
        faults.extend(holder.map(|h| Fault::CodeTaken {
            holder: h.id,
            holder_name: h.name_zh.clone(),
            since: h.valid_from,
        }));
        let Some(parent_id) = area.parent else {
            if area.level != Level::City {
                faults.push(Fault::NoParent { parent: String::new() });
            }
            return faults;
        };
        let Some(parent) = self.get_on(parent_id, area.valid_from) else {
            faults.push(Fault::NoParent { parent: parent_id.to_string() });
            return faults;
        };
        if area.level.above() != Some(parent.level) {
            faults.push(Fault::ParentOfOtherLevel { level: area.level, parent_level: parent.level });
        } else if parent.path.child(area.id) != area.path {
            faults.push(Fault::Path {
                path: area.path.to_string(),
                right: parent.path.child(area.id).to_string(),
            });
        }
        faults
    }
}

/// What is wrong with a version in itself.
fn area_faults(area: &Area) -> Vec<Fault> {
    let (code, level, kind): (&AreaCode, Level, Kind) = (&area.code, area.level, area.kind);
    let mut faults = Vec::new();
    if code.level() != level {
        faults.push(Fault::CodeOfOtherLevel { code: code.clone(), code_level: code.level(), level });
    }
    if kind.level() != level {
        faults.push(Fault::KindOfOtherLevel { kind, level });
    }
    if area.name_zh.trim().is_empty() {
        faults.push(Fault::NoName);
    }
    if let Some(end) = area.valid_to.filter(|&end| end <= area.valid_from) {
        faults.push(Fault::EndsBeforeItBegins { start: area.valid_from, end });
    }
    faults
}
