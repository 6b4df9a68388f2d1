//! Two years of a city: reports as `demand` has them, lives as `life` has them, made by the use cases of `app` on
//! a virtual clock and saved in large commits. The same seed, city and days give the same history.

mod deeds;
mod demand;
mod life;
mod people;
mod said;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use demand::Demand;
pub(crate) use life::{Deed, Life, World};
pub use people::Cast;
pub(crate) use said::{point_in, report};
pub use texts::{BadTexts, Texts};

use crate::chance::Chance;
use app::case::{Acting, Moved, ReportCommand, plan_act, plan_others, plan_report, plan_wake};
use app::{App, AppError, City, bulk};
use domain::case::Evidence;
use domain::id::{ActId, CaseId, UnitId};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use uuid::Uuid;

/// What history to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The same seed gives the same history.
    pub seed: u64,
    /// How many reports.
    pub n_cases: usize,
    /// First moment.
    pub from: Timestamp,
    /// Last moment: what would happen later has not happened.
    pub to: Timestamp,
}

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Cases.
    pub n_cases: u64,
    /// Acts.
    pub n_acts: u64,
    /// Acts that chance wanted and the law or the rights refused.
    pub n_refused: u64,
}

/// Acts between two saves.
const SAVE_EVERY: usize = 60_000;
/// Reports that somebody may still repeat.
const LATELY: usize = 400;

/// Makes the history. `progress` hears how many of `n_cases` reports were made.
pub async fn make(
    app: &App,
    cast: &Cast,
    texts: &Texts,
    stock: &[Evidence],
    plan: Plan,
    progress: impl Fn(usize),
) -> Result<Made, AppError> {
    let city = app.city();
    let chance = Chance::new(plan.seed);
    let (first, last) = (day(&city, plan.from), day(&city, plan.to));
    let demand = Demand::new(&city, &chance, first, last.tomorrow().unwrap_or(last));
    let moments = demand.moments(&city, &chance, plan.n_cases);
    let slowness = slowness(&chance);
    let world = World { city: &city, cast, texts, stock, slowness: &slowness };
    let mut run = Run {
        world: &world,
        demand: &demand,
        lives: HashMap::new(),
        queue: BinaryHeap::new(),
        made: Made::default(),
        seed: plan.seed,
        lately: VecDeque::new(),
    };
    let mut saving: Option<tokio::task::JoinHandle<Result<(), AppError>>> = None;
    let mut n_unsaved = 0;
    for (n, at) in moments.into_iter().filter(|at| *at >= plan.from && *at < plan.to).enumerate() {
        n_unsaved += run.live_until(at);
        run.report(&chance.branch(&n.to_string()), at)?;
        if n_unsaved >= SAVE_EVERY {
            n_unsaved = 0;
            saved(saving.take()).await?;
            saving = Some(save(app, run.unsaved()));
        }
        if n % 500 == 0 {
            progress(n);
        }
    }
    run.live_until(plan.to);
    saved(saving.take()).await?;
    saved(Some(save(app, run.unsaved()))).await?;
    progress(plan.n_cases);
    Ok(run.made)
}

/// How slow each unit is: the same one every day; 1 is usual.
pub(crate) fn slowness(chance: &Chance) -> impl Fn(UnitId) -> f64 + use<> {
    let paces = chance.branch("paces");
    move |unit: UnitId| 0.7 + paces.branch(&unit.to_string()).between(0.0, 0.75)
}

fn save(app: &App, moves: Vec<Moved>) -> tokio::task::JoinHandle<Result<(), AppError>> {
    let app = app.clone();
    tokio::spawn(async move { bulk::save_cases(&app, moves).await })
}

async fn saved(saving: Option<tokio::task::JoinHandle<Result<(), AppError>>>) -> Result<(), AppError> {
    match saving {
        Some(saving) => saving.await.expect("saving does not panic"),
        None => Ok(()),
    }
}

fn day(city: &City, at: Timestamp) -> jiff::civil::Date {
    city.zone.to_datetime(at).date()
}

struct Run<'a> {
    world: &'a World<'a>,
    demand: &'a Demand,
    lives: HashMap<CaseId, Life>,
    queue: BinaryHeap<Reverse<(Timestamp, CaseId)>>,
    made: Made,
    seed: u64,
    /// The newest reports.
    lately: VecDeque<(CaseId, ReportCommand)>,
}

impl Run<'_> {
    /// Lets everything happen that happens before `until`; how many acts that were.
    fn live_until(&mut self, until: Timestamp) -> usize {
        let before = self.made.n_acts;
        while let Some(Reverse((at, id))) = self.queue.peek().copied().filter(|Reverse((at, _))| *at < until)
        {
            self.queue.pop();
            let Some(life) = self.lives.get_mut(&id) else { continue };
            if life.next_at() != Some(at) {
                continue;
            }
            let next = if life.is_clock_next() { self.wake(id, at) } else { self.act(id, at) };
            if let Some(next) = next {
                self.queue.push(Reverse((next, id)));
            }
        }
        (self.made.n_acts - before) as usize
    }

    /// The case's own time has come; when something happens to it next.
    fn wake(&mut self, id: CaseId, at: Timestamp) -> Option<Timestamp> {
        let life = self.lives.get_mut(&id)?;
        // What the law refuses the clock it would refuse again.
        let moved = plan_wake(self.world.city, &life.case, life.head, at).ok().flatten()?;
        self.made.n_acts += moved.entries.len() as u64;
        let is_same = moved.before.as_ref().is_some_and(|before| before.step == moved.after.step);
        if is_same && life.case.side.hold.is_none() {
            life.bear(moved);
        } else {
            life.take(moved, self.world);
        }
        life.next_at()
    }

    /// Somebody acts on a case; when something happens to it next.
    fn act(&mut self, id: CaseId, at: Timestamp) -> Option<Timestamp> {
        let deed = self.lives.get_mut(&id)?.deed(self.world);
        let done = deed.and_then(|deed| self.planned(id, &deed, at));
        let Some((moved, others)) = done else {
            self.made.n_refused += 1;
            let life = self.lives.get_mut(&id)?;
            life.try_again(at);
            return life.next_at();
        };
        self.made.n_acts += (moved.entries.len() + others.len()) as u64;
        for other in others {
            match self.lives.get_mut(&other.after.id) {
                Some(life) => life.bear(other),
                None => self.begin(other),
            }
        }
        let life = self.lives.get_mut(&id)?;
        life.take(moved, self.world);
        life.next_at()
    }

    /// What a deed does to its case and to others; `None` when the law or the rights refuse it.
    fn planned(&self, id: CaseId, deed: &Deed, at: Timestamp) -> Option<(Moved, Vec<Moved>)> {
        let life = self.lives.get(&id)?;
        let key = ActId(act_key(id, life.case.version + 1, at));
        let acting = Acting { city: self.world.city, actor: &deed.actor, now: at, key };
        let other = match deed.command.other() {
            Some(other) => Some(self.lives.get(&other)?),
            None => None,
        };
        let moved = plan_act(&acting, &life.case, life.head, &deed.command).ok()?;
        let other = other.map(|life| (&life.case, life.head));
        let others = plan_others(&acting, &life.case, &deed.command, other).ok()?;
        Some((moved, others))
    }

    /// A case begins to live.
    fn begin(&mut self, moved: Moved) {
        let id = moved.after.id;
        self.made.n_cases += 1;
        let chance = Chance::new(self.seed).branch(&id.to_string()).branch("life");
        let life = Life::new(moved, chance, self.world);
        if let Some(next) = life.next_at() {
            self.queue.push(Reverse((next, id)));
        }
        self.lives.insert(id, life);
    }

    fn report(&mut self, chance: &Chance, at: Timestamp) -> Result<(), AppError> {
        let mut chance = chance.clone();
        let id = CaseId(id_at(&mut chance, at));
        let twin = self.twin(&mut chance);
        let seen = twin.as_ref().map(|(_, seen)| seen);
        let (actor, mut command) = said::report(self.world, self.demand, &mut chance, at, seen);
        let acting = Acting { city: self.world.city, actor: &actor, now: at, key: ActId(id.0) };
        let moved = plan_report(&acting, id, &command)?;
        self.made.n_acts += 1;
        self.begin(moved);
        if let (Some((first, _)), Some(life)) = (twin, self.lives.get_mut(&id)) {
            life.twin = Some(first);
        }
        command.evidence.clear();
        self.lately.push_back((id, command));
        if self.lately.len() > LATELY {
            self.lately.pop_front();
        }
        Ok(())
    }

    /// Now and then somebody reports what another has just reported.
    fn twin(&self, chance: &mut Chance) -> Option<(CaseId, ReportCommand)> {
        let wanted = chance.happens(0.03);
        let (id, seen) = self.lately.get(chance.below(LATELY))?;
        (wanted && self.lives.contains_key(id)).then(|| (*id, seen.clone()))
    }

    /// Everything not saved yet; lives that are over are forgotten.
    fn unsaved(&mut self) -> Vec<Moved> {
        let moves = self.lives.values_mut().filter_map(|life| life.pending.take()).collect();
        self.lives.retain(|_, life| life.next_at().is_some());
        moves
    }
}

/// An id as a client would make it at that moment (UUIDv7, RFC 9562), with seeded bits.
pub fn id_at(chance: &mut Chance, at: Timestamp) -> Uuid {
    let bits = (u128::from(chance.bits()) << 64 | u128::from(chance.bits())).to_be_bytes();
    let random: [u8; 10] = bits[..10].try_into().expect("sixteen bytes have ten");
    uuid::Builder::from_unix_timestamp_millis(at.as_millisecond().unsigned_abs(), &random).into_uuid()
}

fn act_key(case: CaseId, version: u32, at: Timestamp) -> Uuid {
    let mut chance = Chance::new(case.0.as_u128() as u64 ^ u64::from(version)).branch("act");
    id_at(&mut chance, at + SignedDuration::ZERO)
}
