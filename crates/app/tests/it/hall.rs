//! The town hall: a built city with its use cases, the people in it, and a clock that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::case::{self, Command, Done, ReportCommand, ShareCommand};
use app::{App, AppError, Clock, Vault, timers};
use domain::area::Level;
use domain::case::{Case, Channel, Evidence, EvidenceKind};
use domain::id::{ActId, AreaId, AttachmentId, CaseId, ClassCode, PersonId, UnitId};
use domain::policy::{Actor, Role};
use jiff::{SignedDuration, Timestamp};
use store::Store;
use uuid::Uuid;

use super::city::{self, BRIDGE, CITY, EAST, HARBOUR, TEMPLE, WEST};

/// One node of the city. Clones share the clock and the count of keys.
#[derive(Clone)]
pub struct Hall {
    pub app: App,
    keys: Arc<AtomicU64>,
}

/// Monday, nine in the morning, local time.
pub fn monday() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

pub async fn hall(store: Store) -> Hall {
    city::build(&store).await;
    let app = App::new(store, Clock::standing_at(monday())).await.unwrap().with_vault(Vault::of_chance());
    Hall { app, keys: Arc::new(AtomicU64::new(1)) }
}

impl Hall {
    /// Of a city that was built otherwise.
    pub fn of(app: App) -> Hall {
        Hall { app, keys: Arc::new(AtomicU64::new(1)) }
    }

    /// The same city from another node: another store, the same clock, keys of its own.
    pub async fn another(&self, store: Store) -> Hall {
        let app = App::new(store, self.app.clock.clone()).await.unwrap();
        let app = app.with_vault(self.app.vault.clone());
        Hall { app, keys: Arc::new(AtomicU64::new(1_000_000)) }
    }

    /// An id nobody had before.
    pub fn fresh(&self) -> Uuid {
        let n = self.keys.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128((0x019C_AC00_0000_7000_8000_u128 << 48) + u128::from(n))
    }

    /// A hole in the road in a grid, reported by its worker.
    pub async fn reported_in(&self, grid: AreaId) -> CaseId {
        self.reports(&worker(grid), &a_report(grid)).await
    }

    pub async fn reports(&self, actor: &Actor, report: &ReportCommand) -> CaseId {
        let id = CaseId(self.fresh());
        case::report(&self.app, actor, id, report).await.unwrap();
        id
    }

    pub async fn tries(&self, actor: &Actor, id: CaseId, command: Command) -> Result<Done, AppError> {
        case::act(&self.app, actor, id, ActId(self.fresh()), None, &command).await
    }

    pub async fn does(&self, actor: &Actor, id: CaseId, command: Command) -> Case {
        let name = command.name().as_str();
        self.tries(actor, id, command).await.unwrap_or_else(|no| panic!("{name}: {no}")).case
    }

    pub async fn filed(&self, desk: &Actor, id: CaseId) -> Case {
        self.does(desk, id, file("01001")).await
    }

    /// Filed, assigned to a unit and accepted.
    pub async fn at_work(&self, desk: &Actor, id: CaseId, unit: UnitId) -> Case {
        self.filed(desk, id).await;
        self.does(desk, id, assign(unit)).await;
        self.does(&handler(unit), id, Command::Accept).await
    }

    pub fn hours_pass(&self, hours: i64) {
        self.app.clock.pass(SignedDuration::from_hours(hours));
    }

    pub async fn sweep(&self) -> u32 {
        timers::sweep(&self.app, "here").await.unwrap()
    }

    pub async fn case(&self, id: CaseId) -> Case {
        case::load(&self.app, id).await.unwrap().0
    }

    /// Whatever was done, the record holds.
    pub async fn holds(&self) {
        let found = app::verify::verify(&self.app, |_| ()).await.unwrap();
        assert_eq!(found.broken, [], "after {} cases", found.n_cases);
    }
}

pub fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn actor(role: Role, n: u32, area: AreaId, level: Level) -> Actor {
    let person = Some(person(u128::from(n)));
    Actor { person, role, area, level, unit: None, grids: std::iter::empty().collect() }
}

/// The worker of a grid.
pub fn worker(grid: AreaId) -> Actor {
    Actor {
        grids: [grid].into(),
        ..actor(Role::Worker, 1000 + grid.0, AreaId(7 + (grid.0 - 10) / 2), Level::Community)
    }
}

/// The desk of an area.
pub fn desk(area: AreaId) -> Actor {
    actor(Role::Desk, 2000 + area.0, area, level_of(area))
}

pub fn leader(area: AreaId) -> Actor {
    actor(Role::Leader, 3000 + area.0, area, level_of(area))
}

/// Someone of a unit.
pub fn handler(unit: UnitId) -> Actor {
    let area = if unit == city::ROADS { CITY } else { EAST };
    Actor { unit: Some(unit), ..actor(Role::Handler, 4000 + unit.0, area, level_of(area)) }
}

pub fn resident(n: u32) -> Actor {
    actor(Role::Resident, 5000 + n, CITY, Level::City)
}

fn level_of(area: AreaId) -> Level {
    match area {
        CITY => Level::City,
        EAST | WEST => Level::County,
        BRIDGE | TEMPLE | HARBOUR => Level::Township,
        _ => panic!("no desk there"),
    }
}

/// A hole in the road.
pub fn a_report(grid: AreaId) -> ReportCommand {
    ReportCommand {
        text: "路面有一个大坑".to_owned(),
        class: Some(ClassCode("01001".to_owned())),
        point: Some(city::middle_of(grid)),
        words: "东门口".to_owned(),
        area: None,
        channel: Channel::Worker,
        evidence: Vec::new(),
        happened_at: None,
        private: false,
        outside_no: None,
    }
}

pub fn file(class: &str) -> Command {
    Command::File { class: ClassCode(class.to_owned()), urgency: None, private: None }
}

pub fn assign(unit: UnitId) -> Command {
    assign_with(unit, &[])
}

pub fn assign_with(unit: UnitId, co: &[UnitId]) -> Command {
    let share = |unit| ShareCommand { unit, task: String::new() };
    let co = co.iter().copied().map(share).collect();
    Command::Assign { lead: share(unit), co, instead: Some("人手".to_owned()) }
}

pub fn give_back() -> Command {
    Command::Return { reason: "不属本单位".to_owned() }
}

pub fn handle() -> Command {
    Command::Handle { note: "已修复".to_owned(), evidence: Vec::new() }
}

pub fn check(passed: bool) -> Command {
    Command::Check { passed, note: "看过".to_owned(), evidence: Vec::new() }
}

pub fn note(text: &str) -> Command {
    Command::Note { text: text.to_owned() }
}

pub fn picture() -> Evidence {
    let attachment = AttachmentId(Uuid::from_u128(77));
    Evidence { attachment, sha256: "00".repeat(32), kind: EvidenceKind::After }
}
