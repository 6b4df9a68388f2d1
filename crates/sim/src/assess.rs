//! The demo city's assessment: books of the days of last month and this, and a few appeals that wait for a decision.

use app::assess::appeals::{self, Asked};
use app::assess::{day, workers};
use app::{App, AppError};
use domain::area::Level;
use domain::id::{AppealId, PersonId};
use domain::month::Month;
use domain::policy::{Actor, Role};
use domain::score::Measure;

use crate::chance::Chance;
use crate::history::{Cast, id_at};

/// Appeals that wait.
const APPEALS: usize = 3;

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Books of days.
    pub n_days: usize,
    /// Appeals.
    pub n_appeals: usize,
}

/// Makes the books from the first of last month on, and the appeals.
pub async fn make(app: &App, cast: &Cast, seed: u64) -> Result<Made, AppError> {
    let last = day::last_over(app);
    let month = Month::of(app.people.today()).plus(-1);
    let mut made = Made::default();
    let mut at = month.first_day();
    while at <= last {
        day::make(app, at).await?;
        made.n_days += 1;
        let Ok(next) = at.tomorrow() else { break };
        at = next;
    }
    let mut chance = Chance::new(seed).branch("appeals");
    let contested = workers::month(app, month).await?;
    for worker in &contested.workers {
        if made.n_appeals == APPEALS {
            break;
        }
        let tally = worker.tallies[Measure::Valid as usize];
        let is_own = cast.workers.get(&worker.grid) == Some(&worker.person);
        if !is_own || worker.score.is_none() || tally.n == tally.own() {
            continue;
        }
        let who = actor(app, worker.person, worker.grid);
        let line = workers::outcomes(app, &who, worker.person, (month, Measure::Valid)).await?;
        let Some(bad) = line.iter().find(|it| !it.good) else { continue };
        let asked = Asked {
            month,
            measure: Measure::Valid,
            source: Some(bad.source),
            words: "核实时已有人处理，上报当时的照片在案，请复核".to_owned(),
        };
        let id = AppealId(id_at(&mut chance, app.clock.now()));
        appeals::ask(app, &who, id, &asked).await?;
        made.n_appeals += 1;
    }
    Ok(made)
}

fn actor(app: &App, person: PersonId, grid: domain::id::AreaId) -> Actor {
    let area = app.city().ancestors(grid).community.unwrap_or(grid);
    let (role, unit) = (Role::Worker, None);
    Actor { person: Some(person), role, area, level: Level::Community, unit, grids: [grid].into() }
}
