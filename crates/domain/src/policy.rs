//! Who may do what: one table of role x act x reach, and the same rule as a filter over lists.
//!
//! Pure. Every use case asks `permit` first; lists ask `Scope`, which decides the same for one case
//! (`covers`) as the store decides for many.

use crate::area::{Ancestors, Level};
use crate::case::{ActName, Case};
use crate::id::{AreaId, PersonId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use thiserror::Error;

mod care;
mod grant;
mod index;
mod place;
mod score;
mod staff;
mod work;

pub use self::care::{CareAct, CareFacts, CareReach, care_reach, care_table, permit_care};
pub use self::grant::{Grant, Grants, grant_table, may_give};
pub use self::index::{IndexAct, index_reach, index_table, permit_index};
pub use self::place::{PlaceAct, PlaceScope, permit_place, place_reach, place_table};
pub use self::score::{ScoreAct, permit_score, score_reach, score_table, whole_city};
pub use self::staff::{StaffAct, permit_staff, staff_reach, staff_table};
pub use self::work::{Work, WorkAct, permit_work, work_reach, work_table};

/// In which capacity someone acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 网格员.
    Worker,
    /// 调度台: operator and dispatcher of an area.
    Desk,
    /// 部门经办: handler of a unit.
    Handler,
    /// 领导 of an area.
    Leader,
    /// 研判: analyst of an area.
    Analyst,
    /// 管理员.
    Admin,
    /// 居民, or a partner system on a resident's behalf.
    Resident,
    /// The platform itself.
    System,
}

impl Role {
    /// Every role, in the order of the printed table.
    pub const ALL: &[Role] = &[
        Role::Worker,
        Role::Desk,
        Role::Handler,
        Role::Leader,
        Role::Analyst,
        Role::Admin,
        Role::Resident,
        Role::System,
    ];

    /// As it stands in columns and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Worker => "worker",
            Role::Desk => "desk",
            Role::Handler => "handler",
            Role::Leader => "leader",
            Role::Analyst => "analyst",
            Role::Admin => "admin",
            Role::Resident => "resident",
            Role::System => "system",
        }
    }

    /// From a column or the wire.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|r| r.as_str() == text)
    }
}

/// Someone who wants to act, with what their right depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account; `None` for a resident without one and for the system.
    pub person: Option<PersonId>,
    /// In which capacity.
    pub role: Role,
    /// The area they answer for; everything under it is theirs.
    pub area: AreaId,
    /// That area's level.
    pub level: Level,
    /// The unit they act for.
    pub unit: Option<UnitId>,
    /// Grids they have duty in today (workers).
    pub grids: BTreeSet<AreaId>,
}

/// How far a right reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Reach {
    /// Never.
    No,
    /// Cases in the grids they have duty in.
    Grids,
    /// Cases they reported themselves.
    Own,
    /// Cases in which their unit has a share.
    Share,
    /// Cases held by the desk of their area, or of one below it.
    Desk,
    /// Cases anywhere in their area.
    Area,
    /// Every case.
    All,
}

/// The table of rights: how far each role's right to each act reaches.
#[rustfmt::skip] // a table, best read as one
pub fn reach(role: Role, act: ActName) -> Reach {
    use ActName as A;
    match (role, act) {
        (Role::System, A::Wake | A::Warn | A::Evaluate | A::Relocate)                       => Reach::All,

        (Role::Worker, A::Report)                                                           => Reach::All,
        (Role::Worker, A::Verify | A::FixOnSpot | A::Check | A::Note | A::Link)             => Reach::Grids,
        (Role::Worker, A::Confirm | A::Reopen | A::Withdraw)                                => Reach::Own,

        (Role::Resident, A::Report)                                                         => Reach::All,
        (Role::Resident, A::Confirm | A::Reopen | A::Withdraw)                              => Reach::Own,

        (Role::Desk, A::Report)                                                             => Reach::All,
        (Role::Desk, A::Verify | A::Refuse | A::Merge | A::Absorb | A::Split | A::File
                   | A::Assign | A::HandUp | A::HandDown | A::DecidePostpone | A::Suspend
                   | A::Resume | A::Answer)                                                 => Reach::Desk,
        (Role::Desk, A::Check | A::Urge | A::Link | A::Note | A::Confirm | A::Reopen)       => Reach::Area,

        (Role::Handler, A::Report)                                                          => Reach::All,
        (Role::Handler, A::Accept | A::Return | A::AskPostpone | A::Progress | A::Handle
                      | A::Appeal | A::Note)                                                => Reach::Share,
        (Role::Handler, A::Confirm | A::Reopen | A::Withdraw)                               => Reach::Own,

        (Role::Leader, A::Report)                                                           => Reach::All,
        (Role::Leader, A::Urge | A::Note | A::DecideAppeal)                                 => Reach::Area,
        (Role::Leader, A::DecidePostpone | A::Assign | A::Suspend | A::Resume)              => Reach::Desk,

        _                                                                                   => Reach::No,
    }
}

/// What a right depends on in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where it happened.
    pub areas: Ancestors,
    /// The area whose desk has it.
    pub desk: AreaId,
    /// That desk's own ancestors, itself included.
    pub desk_areas: Ancestors,
    /// Units with a share.
    pub units: Vec<UnitId>,
    /// Who reported it.
    pub reporter: Option<PersonId>,
    /// Hidden from all who do not work on it.
    pub private: bool,
}

impl Facts {
    /// Of a case; `desk_areas` are its desk's own ancestors, itself included.
    pub fn of(case: &Case, desk_areas: Ancestors) -> Facts {
        Facts {
            areas: case.ancestors(),
            desk: case.side.desk,
            desk_areas,
            units: case.assigned().map(|a| a.shares.iter().map(|s| s.unit).collect()).unwrap_or_default(),
            reporter: case.reported().reporter,
            private: case.is_private(),
        }
    }
}

/// Why someone may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Denied {
    /// They may not even know of it: answered as if it did not exist.
    #[error("there is no such case")]
    Unseen,
    /// They see it, and this act is not theirs.
    #[error("{} is not an act of a {}", act.as_str(), role.as_str())]
    NotYours {
        /// The act.
        act: ActName,
        /// The role.
        role: Role,
    },
}

/// Whether this actor may do this act on this case.
pub fn permit(actor: &Actor, act: ActName, facts: &Facts) -> Result<(), Denied> {
    if !Scope::of(actor).covers(facts) {
        return Err(Denied::Unseen);
    }
    let reaches = match reach(actor.role, act) {
        Reach::No => false,
        Reach::All => true,
        Reach::Grids => facts.areas.grid.is_some_and(|grid| actor.grids.contains(&grid)),
        Reach::Own => actor.person.is_some() && facts.reporter == actor.person,
        Reach::Share => actor.unit.is_some_and(|unit| facts.units.contains(&unit)),
        Reach::Desk => lies_in(&facts.desk_areas, actor.area),
        Reach::Area => lies_in(&facts.areas, actor.area) || lies_in(&facts.desk_areas, actor.area),
    };
    if reaches { Ok(()) } else { Err(Denied::NotYours { act, role: actor.role }) }
}

/// Which cases someone may see: a union of simple conditions, so that it is the same as a filter over lists.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Scope {
    /// Everything.
    pub all: bool,
    /// Cases that happened in this area (or are held by its desk).
    pub area: Option<AreaId>,
    /// Private cases of that area too.
    pub private: bool,
    /// Cases in these grids, private ones too: those who walk there verify them.
    pub grids: BTreeSet<AreaId>,
    /// Cases with a share of this unit.
    pub unit: Option<UnitId>,
    /// Cases reported by this person.
    pub reporter: Option<PersonId>,
}

impl Scope {
    /// What an actor may see.
    pub fn of(actor: &Actor) -> Scope {
        let own = Scope { reporter: actor.person, ..Scope::default() };
        match actor.role {
            Role::System => Scope { all: true, ..Scope::default() },
            Role::Worker => Scope { grids: actor.grids.clone(), ..own },
            Role::Handler => Scope { unit: actor.unit, ..own },
            Role::Desk => Scope { area: Some(actor.area), private: true, ..own },
            Role::Leader | Role::Analyst => Scope { area: Some(actor.area), ..own },
            Role::Admin | Role::Resident => own,
        }
    }

    /// Whether a case is in it.
    pub fn covers(&self, facts: &Facts) -> bool {
        let in_area = |area| lies_in(&facts.areas, area) || facts.desk == area;
        self.all
            || self.area.is_some_and(|area| in_area(area) && (self.private || !facts.private))
            || facts.areas.grid.is_some_and(|grid| self.grids.contains(&grid))
            || self.unit.is_some_and(|unit| facts.units.contains(&unit))
            || (self.reporter.is_some() && self.reporter == facts.reporter)
    }
}

fn lies_in(areas: &Ancestors, area: AreaId) -> bool {
    areas.upwards().any(|above| above == area)
}

/// The table of rights printed: a line per act, a column per role.
pub fn rights_table() -> String {
    let mut out = format!("{:<16}", "act");
    for role in Role::ALL {
        out += &format!(" {:<8}", role.as_str());
    }
    out.push('\n');
    for act in ActName::ALL {
        out += &format!("{:<16}", act.as_str());
        for role in Role::ALL {
            let cell = match reach(*role, *act) {
                Reach::No => ".".to_owned(),
                other => format!("{other:?}").to_lowercase(),
            };
            out += &format!(" {cell:<8}");
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    out
}
