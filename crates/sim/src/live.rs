//! The city goes on: at each step somebody reports something or does what is their turn, through the same use cases
//! and on the same clock as everybody else. What it does is not reproducible; that it does is the point.

use crate::bundle::{ACTS, NAMES, REPORTS};
use crate::chance::Chance;
use crate::history::{BadTexts, Cast, Deed, Demand, Life, Texts, World, id_at, report, slowness};
use app::case::{self, load};
use app::{App, AppError};
use domain::case::{ActName, Case, Evidence, Turn};
use domain::id::{ActId, CaseId};
use std::time::Duration;
use store::case::{CaseFilter, Order, State};
use store::{duty, person};
use thiserror::Error;

/// One in so many steps is a report; the rest carry what is open round the loop.
const REPORTS_ONE_IN: usize = 7;
/// How many cases are looked at before a step is given up.
const LOOKS: usize = 20;

/// The city cannot go on.
#[derive(Debug, Error)]
#[allow(missing_docs)] // each is the failure of the thing it names
pub enum LiveError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Texts(#[from] BadTexts),
}

/// What happened at a step.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Which act.
    pub act: ActName,
    /// The case after it.
    pub case: Case,
}

/// A city that goes on.
pub struct Live {
    cast: Cast,
    texts: Texts,
    stock: Vec<Evidence>,
    chance: Chance,
    open: Vec<CaseId>,
}

impl Live {
    /// Begins with the cases that are open now. `stock` are pictures and papers to show.
    pub async fn begin(app: &App, seed: u64, stock: Vec<Evidence>) -> Result<Live, LiveError> {
        let (people, duties) = (
            person::all(&app.store).await.map_err(AppError::from)?,
            duty::all(&app.store).await.map_err(AppError::from)?,
        );
        let cast = Cast::of(&people, &duties);
        let open = open_cases(app, &cast).await?;
        Ok(Live { cast, texts: Texts::read(REPORTS, ACTS, NAMES)?, stock, chance: Chance::new(seed), open })
    }

    /// One step; `None` when nothing that chance wanted could be done.
    pub async fn step(&mut self, app: &App) -> Result<Option<Happened>, AppError> {
        if self.open.is_empty() || self.chance.below(REPORTS_ONE_IN) == 0 {
            return self.report(app).await.map(Some);
        }
        for _ in 0..LOOKS {
            let at = self.chance.below(self.open.len());
            let (case, head) = load(app, self.open[at]).await?;
            match case.turn() {
                Turn::Nobody => drop(self.open.swap_remove(at)),
                _ if case.side.hold.is_some() => {}
                _ => return self.act(app, case, head).await,
            }
            if self.open.is_empty() {
                break;
            }
        }
        Ok(None)
    }

    async fn report(&mut self, app: &App) -> Result<Happened, AppError> {
        let (city, now) = (app.city(), app.clock.now());
        let slowness = slowness(&self.chance);
        let world = World {
            city: &city,
            cast: &self.cast,
            texts: &self.texts,
            stock: &self.stock,
            slowness: &slowness,
        };
        let today = city.zone.to_datetime(now).date();
        let demand = Demand::new(&city, &self.chance, today, today.tomorrow().unwrap_or(today));
        let mut chance = self.chance.branch(&now.to_string());
        let (actor, command) = report(&world, &demand, &mut chance, now, None);
        let id = CaseId(id_at(&mut chance, now));
        let done = case::report(app, &actor, id, &command).await?;
        self.open.push(id);
        Ok(Happened { act: ActName::Report, case: done.case })
    }

    async fn act(
        &mut self,
        app: &App,
        case: Case,
        head: domain::audit::Hash,
    ) -> Result<Option<Happened>, AppError> {
        let (city, id, version) = (app.city(), case.id, case.version);
        let draw = self.chance.bits();
        let chance = self.chance.branch(&format!("{id}/{version}/{draw}"));
        let deed = {
            let slowness = slowness(&self.chance);
            let world = World {
                city: &city,
                cast: &self.cast,
                texts: &self.texts,
                stock: &self.stock,
                slowness: &slowness,
            };
            Life::of(case, head, chance.clone()).deed(&world)
        };
        let Some(Deed { actor, command }) = deed else { return Ok(None) };
        let key = ActId(id_at(&mut chance.branch("key"), app.clock.now()));
        match case::act(app, &actor, id, key, Some(version), &command).await {
            Ok(done) => Ok(Some(Happened { act: command.name(), case: done.case })),
            // Somebody was faster, or the law or the rights refuse it: the next step wants something else.
            Err(AppError::Fault(fault)) => Err(AppError::Fault(fault)),
            Err(_) => Ok(None),
        }
    }
}

async fn open_cases(app: &App, cast: &Cast) -> Result<Vec<CaseId>, AppError> {
    let city = app.city();
    let Some(root) = city.root() else { return Ok(Vec::new()) };
    let leader = cast.leader(&city, root.id);
    let filter = CaseFilter { states: vec![State::Open], ..CaseFilter::default() };
    let (mut open, mut after) = (Vec::new(), None);
    loop {
        let page = case::list(app, &leader, &filter, Order::Due, after, case::PAGE_MAX).await?;
        open.extend(page.rows.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            return Ok(open);
        }
    }
}

/// How long to wait between steps for so many a minute.
pub fn between(per_minute: f64) -> Duration {
    Duration::from_secs_f64(60.0 / per_minute.clamp(0.01, 60_000.0))
}
