//! What stands around the cases on the day of the demo: requests for leave that wait for a desk, campaigns of a county and
//! of the city, and disputes in mediation. All through the doors that anyone uses.

use std::collections::BTreeSet;

use app::campaign::{self, Admission};
use app::dispute::{self, Doing, Party};
use app::leave::{self, Ask};
use app::{App, AppError, City};
use domain::area::{Area, Level};
use domain::campaign::{Draft, Subject};
use domain::class::Label;
use domain::dispute::MAJOR;
use domain::id::{ActId, AreaId, CampaignId, DisputeId, LeaveId, PersonId};
use domain::policy::{Actor, Role};
use jiff::{SignedDuration, Span, Timestamp};
use store::case::{CaseFilter, Order};

use crate::chance::Chance;
use crate::history::{Cast, Texts, id_at};

/// Requests for leave that wait.
const N_LEAVES: usize = 24;
/// Disputes in mediation.
const N_DISPUTES: usize = 12;

/// What was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Requests for leave.
    pub n_leaves: usize,
    /// Campaigns.
    pub n_campaigns: usize,
    /// Disputes.
    pub n_disputes: usize,
}

/// Makes it, as of the app's clock. The same seed makes the same.
pub async fn make(app: &App, cast: &Cast, texts: &Texts, seed: u64) -> Result<Made, AppError> {
    let city = app.city();
    let mut making = Making { app, cast, texts, city: &city, chance: Chance::new(seed).branch("work") };
    Ok(Made {
        n_leaves: making.leaves().await?,
        n_campaigns: making.campaigns().await?,
        n_disputes: making.disputes().await?,
    })
}

struct Making<'a> {
    app: &'a App,
    cast: &'a Cast,
    texts: &'a Texts,
    city: &'a City,
    chance: Chance,
}

impl Making<'_> {
    fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// A neighbour stands in; where they cannot, the next one asks.
    async fn leaves(&mut self) -> Result<usize, AppError> {
        let today = self.app.people.today();
        let day = |n: i64| today.saturating_add(Span::new().days(n));
        let grids: Vec<&Area> = self.city.tree.at_level(Level::Grid).collect();
        let mut n_made = 0;
        for at in (0..grids.len()).step_by((grids.len() / (2 * N_LEAVES)).max(1)) {
            let (grid, now) = (grids[at], self.now());
            let beside = grids.iter().find(|it| it.parent == grid.parent && it.id != grid.id);
            let Some(who) = self.worker(grid.id) else { continue };
            let substitute = beside.and_then(|it| self.cast.workers.get(&it.id)).copied();
            let from = 8 + self.chance.below(6) as i64;
            let to = from + 1 + self.chance.below(5) as i64;
            let Some(person) = who.person else { continue };
            let ask = Ask { person, from: day(from), to: day(to), substitute };
            match leave::ask(self.app, &who, LeaveId(id_at(&mut self.chance, now)), &ask).await {
                Ok(_) => n_made += 1,
                Err(AppError::Invalid(_)) => {} // the neighbour is away, too
                Err(error) => return Err(error),
            }
            if n_made == N_LEAVES {
                break;
            }
        }
        Ok(n_made)
    }

    /// One that the first county has admitted, and one of the whole city that waits.
    async fn campaigns(&mut self) -> Result<usize, AppError> {
        let today = self.app.people.today();
        let until = |n: i64| today.saturating_add(Span::new().days(n));
        let (Some(root), Some(county)) = (self.city.root(), self.city.tree.at_level(Level::County).next())
        else {
            return Ok(0);
        };
        let units = self.city.units.values().filter(|unit| !unit.ended);
        let Some(unit) = units.filter(|unit| unit.area == root.id).map(|unit| unit.id).min() else {
            return Ok(0);
        };
        let draft = |title: Label, task: Label, area: AreaId, days| Draft {
            title,
            task,
            subject: Subject::Grid,
            quota: None,
            areas: vec![area],
            from: today,
            to: until(days),
            unit,
            basis: "《消防安全责任制实施办法》第十四条".to_owned(),
            minutes: 20,
        };
        let sheds = draft(
            Label::new("充电棚查隐患", "Charging sheds"),
            Label::new("看线路、插座和灭火器，拍照留存", "Look at wires, sockets and extinguishers"),
            county.id,
            5,
        );
        let roofs = draft(
            Label::new("汛前查屋面排水", "Roof drains before the rain"),
            Label::new("看屋面落水口是否堵塞", "See whether roof drains are blocked"),
            root.id,
            21,
        );
        for (draft, admitted) in [(sheds, true), (roofs, false)] {
            let area = draft.areas[0];
            let Some(desk) = self.desk(area) else { continue };
            let now = self.now();
            let id = CampaignId(id_at(&mut self.chance, now));
            campaign::propose(self.app, &desk, id, &draft).await?;
            if admitted {
                let key = ActId(id_at(&mut self.chance, now));
                campaign::admit(self.app, &desk, id, area, key, &Admission::Admit).await?;
            }
        }
        Ok(2)
    }

    /// Some of the quarrels that a county has open.
    async fn disputes(&mut self) -> Result<usize, AppError> {
        let Some(county) = self.city.tree.at_level(Level::County).next() else { return Ok(0) };
        let Some(desk) = self.desk(county.id) else { return Ok(0) };
        let classes = self.city.classes.open_classes();
        let ordinary = classes.filter(|it| domain::dispute::not_mediated(Some(it)).is_none());
        let filter = CaseFilter {
            classes: ordinary.map(|it| it.code.0.clone()).filter(|code| code.starts_with(MAJOR)).collect(),
            states: vec![store::case::State::Open],
            ..CaseFilter::default()
        };
        let page = app::case::list(self.app, &desk, &filter, Order::Newest, None, N_DISPUTES as u32).await?;
        let now = self.now();
        for (at, row) in page.rows.iter().enumerate() {
            let id = DisputeId(id_at(&mut self.chance, now));
            let parties: Vec<Party> = (1..=2)
                .map(|side| Party { name: self.texts.person(&mut self.chance), contact: String::new(), side })
                .collect();
            dispute::open(self.app, &desk, id, row.id, &parties).await?;
            let mut acts = vec![Doing::Session {
                held: now - SignedDuration::from_hours(20),
                mediators: vec![self.texts.person(&mut self.chance)],
                summary: "双方各自说明经过，愿意再谈".to_owned(),
            }];
            if at % 3 == 0 {
                let today = self.app.people.today();
                acts.push(Doing::Agree {
                    on: today,
                    terms: "各让一步，按约定期限办理".to_owned(),
                    follow_ups: vec![today, today.saturating_add(Span::new().days(30))],
                });
            }
            for act in acts {
                let key = ActId(id_at(&mut self.chance, now));
                dispute::act(self.app, &desk, id, key, &act).await?;
            }
        }
        Ok(page.rows.len())
    }

    fn worker(&self, grid: AreaId) -> Option<Actor> {
        let person = *self.cast.workers.get(&grid)?;
        let grids = BTreeSet::from([grid]);
        Some(Actor { grids, ..actor(person, Role::Worker, grid, Level::Grid) })
    }

    fn desk(&self, area: AreaId) -> Option<Actor> {
        let level = self.city.tree.get(area)?.level;
        Some(actor(*self.cast.desks.get(&area)?, Role::Desk, area, level))
    }
}

fn actor(person: PersonId, role: Role, area: AreaId, level: Level) -> Actor {
    Actor { person: Some(person), role, area, level, unit: None, grids: BTreeSet::new() }
}
