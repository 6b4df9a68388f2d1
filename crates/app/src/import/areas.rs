//! Areas into the store: the first tree of a city, or dated changes of the one it has. The files are read by
//! `crate::area::import`, the changes judged by `domain::area`.

use super::ImportError;
use super::mapping::unfit;
use crate::App;
use crate::area::import::{Finding, Read, Weight, changes, founding};
use crate::area::rights;
use domain::area::{Area, Tree, apply, preview};
use domain::policy::Actor;
use jiff::civil::Date;
use serde::Serialize;
use store::area;

/// What a file of areas does to the tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportedAreas {
    /// From which day on.
    pub on: Option<Date>,
    /// Areas that begin.
    pub n_new: usize,
    /// Areas that go on with another name, parent or outline.
    pub n_changed: usize,
    /// Grids among both.
    pub n_grids: usize,
    /// Rows or features that were left out or put right, and what stands in the way; the first hundred.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub n_findings: usize,
    /// Whether it was done: not for a preview, nor when anything stands in the way.
    pub is_done: bool,
}

const TOLD: usize = 100;

/// Puts areas and outlines into the tree from a day on, or only says what that would do. A row that cannot be read
/// keeps the whole file out: half a tree helps nobody.
pub async fn import_areas(
    app: &App,
    who: &Actor,
    read: &Read,
    on: Option<Date>,
    is_preview: bool,
) -> Result<ImportedAreas, ImportError> {
    rights::may_change_some(who)?;
    let today = app.people.today();
    let on = on.unwrap_or(today);
    let version = area::tree_version(&app.store).await?;
    let stored = area::all(&app.store).await?;
    let mut done = ImportedAreas { on: Some(on), ..ImportedAreas::default() };
    done.tell(read.findings.iter().cloned());
    let is_whole = read.findings.iter().all(|it| it.weight != Weight::LeftOut);
    let new = if stored.is_empty() {
        found(read, on, &mut done)
    } else {
        change(stored, who, read, (on, today), &mut done)?
    };
    let Some(new) = new.filter(|_| is_whole && !is_preview) else { return Ok(done) };
    if !new.is_empty() {
        app.store.commit(area::change(version, &new)).await?;
        app.refresh().await?;
    }
    done.is_done = true;
    Ok(done)
}

/// The first tree; `None` when something stands in the way.
fn found(read: &Read, on: Date, done: &mut ImportedAreas) -> Option<Vec<Area>> {
    let (areas, findings) = founding(&read.drafts, on);
    done.n_new = areas.len();
    done.n_grids = areas.iter().filter(|it| it.level == domain::area::Level::Grid).count();
    let is_rooted = findings.is_empty();
    done.tell(findings.into_iter());
    let wrong = Tree::new(areas.clone()).err().unwrap_or_default();
    done.tell(wrong.iter().map(|law| Finding::in_the_way(read, law)));
    (is_rooted && wrong.is_empty()).then_some(areas)
}

/// The versions that the file changes or adds; `None` when something stands in the way.
fn change(
    stored: Vec<Area>,
    who: &Actor,
    read: &Read,
    (on, today): (Date, Date),
    done: &mut ImportedAreas,
) -> Result<Option<Vec<Area>>, ImportError> {
    let tree = match Tree::new(stored) {
        Ok(tree) => tree,
        Err(findings) => {
            done.tell(findings.iter().map(|law| Finding::in_the_way(read, law)));
            return Ok(None);
        }
    };
    let (dated, findings) = changes(&tree, &read.drafts, on);
    let is_rooted = findings.is_empty();
    done.tell(findings.into_iter());
    let would = preview(&tree, &dated, today);
    (done.n_new, done.n_changed) = (would.created.len(), would.changed.len());
    done.n_grids = would.grids.created.len() + would.grids.moved.len() + would.grids.altered.len();
    done.tell(would.findings.iter().map(|law| Finding::in_the_way(read, law)));
    let Some(after) = apply(&tree, &dated, today).ok().filter(|_| is_rooted) else { return Ok(None) };
    rights::may_change(who, [&tree, &after], would.touched())?;
    let is_new = |area: &Area| !tree.versions(area.id).any(|old| old == area);
    Ok(Some(after.all_versions().filter(|area| is_new(area)).map(|area| (**area).clone()).collect()))
}

impl ImportedAreas {
    fn tell(&mut self, findings: impl Iterator<Item = Finding>) {
        for finding in findings {
            self.n_findings += 1;
            if self.findings.len() < TOLD {
                self.findings.push(finding);
            }
        }
    }

    /// Ends an import that was meant to be done and was not.
    pub fn or_unfit(self, is_preview: bool) -> Result<ImportedAreas, ImportError> {
        let said: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        if self.is_done || is_preview { Ok(self) } else { Err(unfit(said.join("\n"))) }
    }
}
