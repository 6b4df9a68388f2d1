//! Areas into the store: the first tree of a city, or dated changes of the one it has. The files are read by
//! `crate::area::import`, the changes judged by `domain::area`.

use super::ImportError;
use super::mapping::unfit;
use crate::App;
use crate::area::changes::{Asked, Outcome, Planned, plan, save};
use crate::area::import::{Finding, Read, Weight, changes, founding};
use crate::area::rights;
use domain::area::{Area, Change, Tree};
use domain::id::AreaChangeId;
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
    let mut done = ImportedAreas { on: Some(on), ..ImportedAreas::default() };
    done.tell(read.findings.iter().cloned());
    let is_whole = read.findings.iter().all(|it| it.weight != Weight::LeftOut);
    app.refresh().await?;
    let city = app.city();
    if city.history.is_empty() {
        let new = found(read, on, &mut done).filter(|_| is_whole && !is_preview);
        if let Some(new) = new {
            app.store.commit(area::change(city.tree_version(), &new)).await?;
            app.refresh().await?;
            done.is_done = true;
        }
        return Ok(done);
    }
    let (dated, findings) = changes(&city.history, &read.drafts, on);
    let is_rooted = findings.is_empty();
    done.tell(findings.into_iter());
    let changes: Vec<Change> = dated.into_iter().map(|it| it.change).collect();
    let (planned, _) = plan(app, who, changes.clone(), Some(on), 0).await?;
    done.tell_plan(read, &planned);
    let is_clear = is_whole && is_rooted && planned.after.is_some();
    if is_preview || !is_clear {
        return Ok(done);
    }
    done.is_done = changes.is_empty() || saved(app, who, changes, on).await?;
    Ok(done)
}

/// Arranges what a file changes. A flaw between outlines is told and let pass: a file is often one of several.
async fn saved(app: &App, who: &Actor, changes: Vec<Change>, on: Date) -> Result<bool, ImportError> {
    let id = AreaChangeId(crate::people::new_id(app.clock.now()).0);
    let asked = Asked { id, on: Some(on), note: "import".to_owned(), changes, accept_flaws: true };
    Ok(matches!(save(app, who, &asked).await?, Outcome::Saved { .. }))
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

impl ImportedAreas {
    fn tell_plan(&mut self, read: &Read, planned: &Planned) {
        let would = &planned.would;
        (self.n_new, self.n_changed) = (would.created.len(), would.changed.len());
        self.n_grids = would.grids.created.len() + would.grids.moved.len() + would.grids.altered.len();
        self.tell(would.findings.iter().map(|law| Finding::in_the_way(read, law)));
        if !planned.flaws.is_empty() {
            let then = planned.history().as_of(planned.on);
            self.tell(planned.flaws.iter().map(|flaw| Finding::noted(flaw.say(&then))));
        }
    }

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
