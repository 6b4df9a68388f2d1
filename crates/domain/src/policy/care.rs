//! Rights over the care register, visits, referrals and timers: the table of those who look after people. Whoever may
//! not, may not even know that there is something. A purpose opens reading for those who look after an area from a
//! desk, and nothing else does.

use super::{Actor, Denied, Role};
use crate::area::Ancestors;
use crate::id::{PersonId, UnitId};

/// What is done in the care of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CareAct {
    /// See how many entries there are, small numbers hidden.
    Count,
    /// Put someone on the register.
    Enrol,
    /// See names in a list.
    List,
    /// Open an entry, or see who read it.
    Read,
    /// Correct, review or extend an entry.
    Keep,
    /// Give the person what is held of them, or a code to see who read it.
    Hand,
    /// End an entry: erase it, consent withdrawn, no longer needed.
    End,
    /// See and make visits, begin the ladder.
    Visit,
    /// Go on with a search that is the desk's.
    Search,
    /// Refer a need, withdraw or redirect a referral.
    Refer,
    /// See a referral and act on it.
    Handle,
    /// Start, extend and end one's own timer.
    RunTimer,
    /// See timers that ran out, take them on.
    Answer,
    /// Grant and end purposes.
    Grant,
    /// Enter warnings of the weather service.
    Warn,
}

impl CareAct {
    /// All, in the order of the printed table.
    pub const ALL: [CareAct; 15] = [
        CareAct::Count,
        CareAct::Enrol,
        CareAct::List,
        CareAct::Read,
        CareAct::Keep,
        CareAct::Hand,
        CareAct::End,
        CareAct::Visit,
        CareAct::Search,
        CareAct::Refer,
        CareAct::Handle,
        CareAct::RunTimer,
        CareAct::Answer,
        CareAct::Grant,
        CareAct::Warn,
    ];

    /// As the printed table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            CareAct::Count => "count_care",
            CareAct::Enrol => "enrol",
            CareAct::List => "list_care",
            CareAct::Read => "read_care",
            CareAct::Keep => "keep_care",
            CareAct::Hand => "hand_to_person",
            CareAct::End => "end_care",
            CareAct::Visit => "visit",
            CareAct::Search => "search",
            CareAct::Refer => "refer",
            CareAct::Handle => "handle_referral",
            CareAct::RunTimer => "run_timer",
            CareAct::Answer => "answer_timer",
            CareAct::Grant => "grant_purpose",
            CareAct::Warn => "warn_weather",
        }
    }
}

/// How far such a right reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CareReach {
    /// Never.
    No,
    /// In the grids they have duty in today.
    Grids,
    /// In their area, for a purpose that was granted to them and covers the entry.
    Purpose,
    /// In their area, where the search for someone has come to the desk.
    Rung,
    /// What was referred to their unit.
    Share,
    /// Their own.
    Own,
    /// Anywhere in their area.
    Area,
    /// Everywhere.
    All,
}

/// The table.
#[rustfmt::skip] // a table, best read as one
pub fn care_reach(role: Role, act: CareAct) -> CareReach {
    use CareAct as A;
    use CareReach as R;
    match (role, act) {
        (Role::System, _)                                                                   => R::All,

        (Role::Worker, A::Enrol | A::List | A::Read | A::Keep | A::Hand | A::End
                     | A::Visit | A::Search | A::Refer)                                     => R::Grids,
        (Role::Worker, A::RunTimer)                                                         => R::Own,

        (Role::Desk, A::Count | A::Answer | A::Warn)                                        => R::Area,
        (Role::Desk, A::List | A::Read | A::Keep | A::Hand | A::End | A::Refer)             => R::Purpose,
        (Role::Desk, A::Search)                                                             => R::Rung,

        (Role::Leader, A::Count | A::Answer)                                                => R::Area,
        (Role::Leader | Role::Analyst, A::List | A::Read)                                   => R::Purpose,
        (Role::Analyst, A::Count)                                                           => R::Area,

        (Role::Handler, A::Handle)                                                          => R::Share,

        (Role::Admin, A::Grant | A::Warn)                                                   => R::Area,

        _                                                                                   => R::No,
    }
}

/// What a right depends on.
#[derive(Clone, Debug, Default)]
pub struct CareFacts {
    /// Where the entry stands; for a purpose or a warning, the area it is for.
    pub areas: Ancestors,
    /// Whether a purpose granted to this person covers it now.
    pub purpose: bool,
    /// Whether the search for the person has come to the desk.
    pub desk_searches: bool,
    /// The unit it was referred to.
    pub unit: Option<UnitId>,
    /// Whose it is.
    pub owner: Option<PersonId>,
}

/// Whether this actor may do this.
pub fn permit_care(actor: &Actor, act: CareAct, facts: &CareFacts) -> Result<(), Denied> {
    let in_area = || facts.areas.upwards().any(|above| above == actor.area);
    let reaches = match care_reach(actor.role, act) {
        CareReach::No => false,
        CareReach::All => true,
        CareReach::Grids => facts.areas.grid.is_some_and(|grid| actor.grids.contains(&grid)),
        CareReach::Purpose => facts.purpose && in_area(),
        CareReach::Rung => facts.desk_searches && in_area(),
        CareReach::Share => actor.unit.is_some() && actor.unit == facts.unit,
        CareReach::Own => actor.person.is_some() && actor.person == facts.owner,
        CareReach::Area => in_area(),
    };
    if reaches { Ok(()) } else { Err(Denied::Unseen) }
}

/// The table printed: a line per act, a column per role.
pub fn care_table() -> String {
    let line = |head: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let mut out = line("act", Role::ALL.iter().map(|role| role.as_str().to_owned()).collect());
    for act in CareAct::ALL {
        let cell = |role: &Role| match care_reach(*role, act) {
            CareReach::No => ".".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        out += &line(act.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}
