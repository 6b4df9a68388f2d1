//! A tree being changed: versions are closed and opened here, and every step that cannot be taken becomes a finding.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use geo::unary_union;
use jiff::civil::Date;

use super::super::{Area, AreaCode, Fault, Finding, Level, Tree};
use super::{Change, Dated, NewArea, Part};
use crate::id::AreaId;

/// Versions by area, oldest first, and the areas touched since.
pub(super) struct Draft {
    versions: BTreeMap<AreaId, Vec<Area>>,
    touched: BTreeSet<AreaId>,
    /// Who has or ever had a code.
    holders: HashMap<AreaCode, AreaId>,
    /// Versions opened by these very changes, which may therefore be altered again on the same day.
    fresh: BTreeSet<(AreaId, Date)>,
    next_id: AreaId,
}

type Step<T = ()> = Result<T, Finding>;

impl Draft {
    /// Takes the changes in the order of their days; a change that fails is skipped and found.
    pub(super) fn after(tree: &Tree, changes: &[Dated], today: Date) -> (Self, Vec<Finding>) {
        let mut draft = Self {
            versions: BTreeMap::new(),
            touched: BTreeSet::new(),
            holders: HashMap::new(),
            fresh: BTreeSet::new(),
            next_id: tree.next_id(),
        };
        for area in tree.all_versions() {
            draft.holders.entry(area.code.clone()).or_insert(area.id);
            draft.versions.entry(area.id).or_default().push((**area).clone());
        }
        let mut in_order: Vec<&Dated> = changes.iter().collect();
        in_order.sort_by_key(|c| c.on);
        let findings = in_order.into_iter().filter_map(|c| draft.take(c, today).err()).collect();
        (draft, findings)
    }

    pub(super) fn into_tree(self) -> Result<Tree, Vec<Finding>> {
        Tree::new(self.versions.into_values().flatten().collect())
    }

    /// The areas that began, ended or changed, each with its last version.
    pub(super) fn touched(&self) -> impl Iterator<Item = (AreaId, &Area)> {
        self.touched.iter().filter_map(|id| Some((*id, self.versions.get(id)?.last()?)))
    }

    fn take(&mut self, dated: &Dated, today: Date) -> Step {
        let on = dated.on;
        if on < today {
            return Err(Finding::about(dated.change.subject(), Fault::Past { on, today }));
        }
        match &dated.change {
            Change::Split { area, into } => self.split(area, into, on),
            Change::Merge { areas, into } => self.merge(areas, into, on),
            Change::Move { area, to, code } => self.relocate(area, to, code.as_ref(), on),
            Change::Rename { area, name_zh, name_en, pinyin } => {
                let id = self.find(area, on)?;
                let next = self.next_version(id, on)?;
                next.name_zh.clone_from(name_zh);
                next.name_en.clone_from(name_en);
                next.pinyin.clone_from(pinyin);
                Ok(())
            }
            Change::Reshape { area, polygon } => {
                let id = self.find(area, on)?;
                self.next_version(id, on)?.polygon = Some(polygon.clone());
                Ok(())
            }
            Change::Retire { area, successors } => self.retire(area, successors, on),
            Change::Add { parent, area } => {
                let parent_id = self.find(parent, on).map_err(|_| no_parent(&area.code, parent))?;
                self.add(area, parent_id, on).map(|_| ())
            }
        }
    }

    fn split(&mut self, code: &AreaCode, into: &[Part], on: Date) -> Step {
        let old = self.find_not_the_city(code, on)?;
        let parent = self.on(old, on).parent.expect("only the city has no parent");
        if into.len() < 2 {
            return Err(Finding::about(code, Fault::TooFew { verb: "split".into(), n: into.len() }));
        }
        let children = self.children(old, on);
        for &child in &children {
            let child = &self.on(child, on).code;
            let times = into.iter().flat_map(|p| &p.children).filter(|c| *c == child).count();
            if times != 1 {
                return Err(Finding::about(code, Fault::ChildNotShared { child: child.clone(), times }));
            }
        }
        for named in into.iter().flat_map(|p| &p.children) {
            if !children.iter().any(|&c| self.on(c, on).code == *named) {
                return Err(Finding::about(code, Fault::NotAChild { child: named.to_string() }));
            }
        }
        let mut successors = Vec::new();
        for part in into {
            let new = self.add(&part.area, parent, on)?;
            for child in &part.children {
                let child = self.find(child, on)?;
                self.put_under(child, new, on)?;
            }
            successors.push(new);
        }
        self.close(old, on, successors)
    }

    fn merge(&mut self, codes: &[AreaCode], into: &NewArea, on: Date) -> Step {
        let ids = codes.iter().map(|c| self.find_not_the_city(c, on)).collect::<Result<BTreeSet<_>, _>>()?;
        let Some(&first) = ids.first().filter(|_| ids.len() >= 2) else {
            return Err(Finding::about(&into.code, Fault::TooFew { verb: "merge".into(), n: ids.len() }));
        };
        let (parent, level) = (self.on(first, on).parent, self.on(first, on).level);
        for &id in &ids {
            let other = self.on(id, on);
            if other.parent != parent || other.level != level {
                return Err(Finding::about(&into.code, Fault::NotSiblings { other: other.code.clone() }));
            }
        }
        let mut into = into.clone();
        if into.polygon.is_none() {
            let shapes: Option<Vec<_>> = ids.iter().map(|&id| self.on(id, on).polygon.as_ref()).collect();
            into.polygon = shapes.map(unary_union);
        }
        let new = self.add(&into, parent.expect("only the city has no parent"), on)?;
        for id in ids {
            for child in self.children(id, on) {
                self.put_under(child, new, on)?;
            }
            self.close(id, on, vec![new])?;
        }
        Ok(())
    }

    fn relocate(&mut self, code: &AreaCode, to: &AreaCode, new_code: Option<&AreaCode>, on: Date) -> Step {
        let id = self.find_not_the_city(code, on)?;
        let parent = self.find(to, on).map_err(|_| no_parent(code, to))?;
        self.put_under(id, parent, on)?;
        if let Some(new_code) = new_code {
            self.code_is_free(new_code, id)?;
            self.next_version(id, on)?.code = new_code.clone();
            self.holders.insert(new_code.clone(), id);
        }
        Ok(())
    }

    fn retire(&mut self, code: &AreaCode, successors: &[AreaCode], on: Date) -> Step {
        let id = self.find_not_the_city(code, on)?;
        let level = self.on(id, on).level;
        let n = self.children(id, on).len();
        if n > 0 {
            return Err(Finding::about(code, Fault::HasChildren { n }));
        }
        let successor = |s: &AreaCode| {
            let found = self.find(s, on).ok().filter(|&s| s != id && self.on(s, on).level == level);
            found.ok_or_else(|| Finding::about(code, Fault::BadSuccessor { successor: s.to_string() }))
        };
        let successors = successors.iter().map(successor).collect::<Result<_, _>>()?;
        self.close(id, on, successors)
    }

    fn add(&mut self, new: &NewArea, parent: AreaId, on: Date) -> Step<AreaId> {
        let id = self.next_id;
        self.code_is_free(&new.code, id)?;
        self.stays(parent, on)?;
        let above = self.on(parent, on);
        let Some(level) = above.level.below() else {
            let fault = Fault::ParentOfOtherLevel { level: new.code.level(), parent_level: above.level };
            return Err(Finding::about(&new.code, fault));
        };
        let area = Area {
            id,
            parent: Some(parent),
            level,
            code: new.code.clone(),
            name_zh: new.name_zh.clone(),
            name_en: new.name_en.clone(),
            pinyin: new.pinyin.clone(),
            kind: new.kind,
            valid_from: on,
            valid_to: None,
            successors: Vec::new(),
            path: above.path.child(id),
            polygon: new.polygon.clone(),
        };
        self.next_id.0 += 1;
        self.holders.insert(area.code.clone(), id);
        self.versions.insert(id, vec![area]);
        self.touched.insert(id);
        self.fresh.insert((id, on));
        Ok(id)
    }

    /// Gives an area another parent, and it and everything under it the paths that follow.
    fn put_under(&mut self, id: AreaId, parent: AreaId, on: Date) -> Step {
        self.stays(parent, on)?;
        let (level, above) = (self.on(id, on).level, self.on(parent, on));
        if level.above() != Some(above.level) {
            let fault = Fault::ParentOfOtherLevel { level, parent_level: above.level };
            return Err(Finding::about(&self.on(id, on).code, fault));
        }
        let path = above.path.child(id);
        let next = self.next_version(id, on)?;
        next.parent = Some(parent);
        next.path = path;
        for child in self.children(id, on) {
            self.put_under(child, id, on)?;
        }
        Ok(())
    }

    fn find(&self, code: &AreaCode, on: Date) -> Step<AreaId> {
        let holds = |id: &AreaId| self.versions[id].iter().any(|a| a.code == *code && a.is_valid_on(on));
        let found = self.holders.get(code).copied().filter(holds);
        found.ok_or_else(|| Finding::about(code, Fault::NoSuchArea { on }))
    }

    fn find_not_the_city(&self, code: &AreaCode, on: Date) -> Step<AreaId> {
        let id = self.find(code, on)?;
        if self.on(id, on).level == Level::City { Err(Finding::about(code, Fault::TheCity)) } else { Ok(id) }
    }

    /// The version that holds on a day, of an area known to have one.
    fn on(&self, id: AreaId, day: Date) -> &Area {
        let versions = &self.versions[&id];
        versions.iter().find(|a| a.is_valid_on(day)).expect("callers looked it up for this day")
    }

    fn children(&self, id: AreaId, on: Date) -> Vec<AreaId> {
        let is_child = |a: &Area| a.parent == Some(id) && a.is_valid_on(on);
        self.versions.values().flatten().filter(|a| is_child(a)).map(|a| a.id).collect()
    }

    fn code_is_free(&self, code: &AreaCode, for_id: AreaId) -> Step {
        let Some(&holder) = self.holders.get(code).filter(|&&id| id != for_id) else { return Ok(()) };
        let first = &self.versions[&holder][0];
        let (holder_name, since) = (first.name_zh.clone(), first.valid_from);
        Err(Finding::about(code, Fault::CodeTaken { holder, holder_name, since }))
    }

    /// Closes the version that holds on the day and opens the next one, to be altered by the caller.
    fn next_version(&mut self, id: AreaId, on: Date) -> Step<&mut Area> {
        self.may_change(id, on)?;
        self.touched.insert(id);
        let versions = self.versions.get_mut(&id).expect("looked up before");
        if self.fresh.insert((id, on)) {
            let last = versions.last_mut().expect("an area has at least one version");
            let mut next = last.clone();
            last.valid_to = Some(on);
            next.valid_from = on;
            versions.push(next);
        }
        Ok(versions.last_mut().expect("an area has at least one version"))
    }

    fn close(&mut self, id: AreaId, on: Date, successors: Vec<AreaId>) -> Step {
        self.may_change(id, on)?;
        self.touched.insert(id);
        let last = self.versions.get_mut(&id).and_then(|v| v.last_mut()).expect("looked up before");
        if last.valid_from == on {
            return Err(Finding::about(&last.code, Fault::SameDay { on }));
        }
        last.valid_to = Some(on);
        last.successors = successors;
        Ok(())
    }

    /// Whatever is put under an area stays there: not when that area is arranged to end, or to hang elsewhere, later.
    fn stays(&self, parent: AreaId, on: Date) -> Step {
        let (now, versions) = (self.on(parent, on), &self.versions[&parent]);
        let moves = versions.iter().find(|a| a.valid_from > on && a.path != now.path).map(|a| a.valid_from);
        let ends = versions.last().and_then(|last| last.valid_to).filter(|&day| day > on);
        match moves.or(ends) {
            Some(later) => Err(Finding::about(&now.code, Fault::LaterChangeArranged { later })),
            None => Ok(()),
        }
    }

    /// Only the last, open version can be followed by another; and not on the day it began, unless it began here.
    fn may_change(&self, id: AreaId, on: Date) -> Step {
        let last = self.versions[&id].last().expect("an area has at least one version");
        let later = last.valid_to.or(Some(last.valid_from)).filter(|&day| day > on);
        if let Some(later) = later {
            return Err(Finding::about(&last.code, Fault::LaterChangeArranged { later }));
        }
        if last.valid_from == on && !self.fresh.contains(&(id, on)) {
            return Err(Finding::about(&last.code, Fault::SameDay { on }));
        }
        Ok(())
    }
}

fn no_parent(about: &AreaCode, parent: &AreaCode) -> Finding {
    Finding::about(about, Fault::NoParent { parent: parent.to_string() })
}

impl Change {
    /// The area that a finding about this change should name.
    fn subject(&self) -> &AreaCode {
        match self {
            Self::Split { area, .. }
            | Self::Move { area, .. }
            | Self::Rename { area, .. }
            | Self::Reshape { area, .. }
            | Self::Retire { area, .. } => area,
            Self::Merge { into, .. } => &into.code,
            Self::Add { area, .. } => &area.code,
        }
    }
}
