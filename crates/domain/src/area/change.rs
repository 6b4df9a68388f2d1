//! Dated changes of the tree: split, merge, move, rename, reshape, retire, add; now or on a future day.
//!
//! A change never alters what was true: it closes versions and opens new ones. Areas are named by code, because
//! that is what a change file has; codes given earlier in the same file may be used later in it.
//! Counting the duties and open cases of the affected grids is `app`'s part.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use self::draft::Draft;
use super::{AreaCode, Finding, Kind, Level, Tree};
use crate::geo::MultiPolygon;
use crate::id::AreaId;

mod cancel;
mod draft;

pub use self::cancel::cancel;

/// A change and the first day on which it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dated {
    /// First day of the new state.
    pub on: Date,
    /// What changes.
    #[serde(flatten)]
    pub change: Change,
}

/// One change of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// One area becomes several of the same level and parent; its children are shared out among them.
    Split {
        /// The area that ends.
        area: AreaCode,
        /// At least two.
        into: Vec<Part>,
    },
    /// Several areas under one parent become one; all their children go to it.
    Merge {
        /// At least two, siblings.
        areas: Vec<AreaCode>,
        /// The area that begins. Without a polygon it gets the union of theirs.
        into: NewArea,
    },
    /// An area, with everything under it, goes to another parent.
    Move {
        /// The area that moves.
        area: AreaCode,
        /// Its new parent.
        to: AreaCode,
        /// Its new code, if it gets one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<AreaCode>,
    },
    /// A new name; the area stays the same.
    Rename {
        /// Which.
        area: AreaCode,
        /// The new Chinese name.
        name_zh: String,
        /// The new English name.
        #[serde(default)]
        name_en: String,
        /// Pinyin of the new name.
        #[serde(default)]
        pinyin: String,
    },
    /// A new outline; the area stays the same.
    Reshape {
        /// Which.
        area: AreaCode,
        /// The new outline, WGS-84.
        #[serde(with = "crate::geo::rings")]
        polygon: MultiPolygon<f64>,
    },
    /// An area without children ceases to exist.
    Retire {
        /// Which.
        area: AreaCode,
        /// Who takes over; may be empty.
        #[serde(default)]
        successors: Vec<AreaCode>,
    },
    /// An area that did not exist before.
    Add {
        /// What it lies under.
        parent: AreaCode,
        /// The area.
        area: NewArea,
    },
}

/// An area that begins with a change; its id, level and path follow from where it is put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewArea {
    /// A code that nobody ever had.
    pub code: AreaCode,
    /// Kind; its level must fit.
    pub kind: Kind,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    #[serde(default)]
    pub name_en: String,
    /// Pinyin without tones.
    #[serde(default)]
    pub pinyin: String,
    /// Outline in WGS-84.
    #[serde(default, with = "crate::geo::rings::option", skip_serializing_if = "Option::is_none")]
    pub polygon: Option<MultiPolygon<f64>>,
}

/// One of the areas a split makes, and the children that go to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The new area.
    pub area: NewArea,
    /// Which children of the old area go to it.
    #[serde(default)]
    pub children: Vec<AreaCode>,
}

/// What a set of changes would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Areas of all levels that would begin.
    pub created: Vec<AreaId>,
    /// Areas of all levels that would end.
    pub retired: Vec<AreaId>,
    /// Areas of all levels that go on with a new version.
    pub changed: Vec<AreaId>,
    /// The grids among them, by what happens to them.
    pub grids: AffectedGrids,
    /// What stands in the way. The changes can be applied when this is empty.
    pub findings: Vec<Finding>,
}

impl Preview {
    /// Every area that begins, ends or goes on differently.
    pub fn touched(&self) -> impl Iterator<Item = AreaId> {
        [&self.created, &self.retired, &self.changed].into_iter().flatten().copied()
    }
}

/// Grids that a set of changes touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedGrids {
    /// They begin.
    pub created: Vec<AreaId>,
    /// They end: their workers and open cases go to the successors.
    pub retired: Vec<AreaId>,
    /// They answer to another community, township or county than before.
    pub moved: Vec<AreaId>,
    /// They keep their place in the tree and get another name or outline.
    pub altered: Vec<AreaId>,
}

/// Says who would be affected and what stands in the way. `today` is the day it is asked: no change may lie before it.
pub fn preview(tree: &Tree, changes: &[Dated], today: Date) -> Preview {
    let (draft, mut findings) = Draft::after(tree, changes, today);
    let mut preview = differences(tree, &draft);
    if findings.is_empty() {
        findings = draft.into_tree().err().unwrap_or_default();
    }
    preview.findings = findings;
    preview
}

/// The tree after the changes, past versions untouched; or everything that stands in the way.
pub fn apply(tree: &Tree, changes: &[Dated], today: Date) -> Result<Tree, Vec<Finding>> {
    let (draft, findings) = Draft::after(tree, changes, today);
    if findings.is_empty() { draft.into_tree() } else { Err(findings) }
}

fn differences(before: &Tree, after: &Draft) -> Preview {
    let mut preview = Preview::default();
    for (id, last) in after.touched() {
        let grid = last.level == Level::Grid;
        let old = before.get(id);
        let (all, grids) = match old {
            None => (&mut preview.created, &mut preview.grids.created),
            Some(_) if last.valid_to.is_some() => (&mut preview.retired, &mut preview.grids.retired),
            Some(old) if old.path != last.path => (&mut preview.changed, &mut preview.grids.moved),
            Some(_) => (&mut preview.changed, &mut preview.grids.altered),
        };
        all.push(id);
        if grid {
            grids.push(id);
        }
    }
    preview
}
