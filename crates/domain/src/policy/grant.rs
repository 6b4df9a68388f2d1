//! What a token of a program may be used for. A grant opens a door and nothing behind it: whoever holds the token may do
//! there what its person may, and no more. So a token can be given only what its person's role has some use for.

use std::collections::BTreeSet;

use super::{
    CareAct, CareReach, IndexAct, Reach, Role, StaffAct, care_reach, index_reach, reach, staff_reach,
};
use crate::case::ActName;

/// A group of doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grant {
    /// Lists, cases, their record, attachments, the feed.
    CasesRead,
    /// Reports, acts, attachments.
    CasesWrite,
    /// Areas, units, classes, calendars, responsibility.
    CityRead,
    /// Changes of these, except units.
    CityWrite,
    /// Accounts and duties.
    PeopleRead,
    /// Changes of accounts, duties and units.
    PeopleWrite,
    /// The care register, visits, referrals, timers.
    CareRead,
    /// Putting people on the register, visits, referrals, timers. Purposes are granted by people who signed in.
    CareWrite,
    /// The record of deeds.
    DeedsRead,
    /// Editions of the index, its framework, what departments handed in.
    IndexRead,
    /// Drafting, reviewing and publishing editions, studies, changes of the framework.
    IndexWrite,
    /// Handing in a department's figures.
    IntakeWrite,
}

impl Grant {
    /// All, in the order of the printed table.
    pub const ALL: [Grant; 12] = [
        Grant::CasesRead,
        Grant::CasesWrite,
        Grant::CityRead,
        Grant::CityWrite,
        Grant::PeopleRead,
        Grant::PeopleWrite,
        Grant::CareRead,
        Grant::CareWrite,
        Grant::DeedsRead,
        Grant::IndexRead,
        Grant::IndexWrite,
        Grant::IntakeWrite,
    ];

    /// As it stands in columns and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Grant::CasesRead => "cases.read",
            Grant::CasesWrite => "cases.write",
            Grant::CityRead => "city.read",
            Grant::CityWrite => "city.write",
            Grant::PeopleRead => "people.read",
            Grant::PeopleWrite => "people.write",
            Grant::CareRead => "care.read",
            Grant::CareWrite => "care.write",
            Grant::DeedsRead => "deeds.read",
            Grant::IndexRead => "index.read",
            Grant::IndexWrite => "index.write",
            Grant::IntakeWrite => "intake.write",
        }
    }

    /// From a column or the wire.
    pub fn parse(text: &str) -> Option<Grant> {
        Grant::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether nothing is changed behind it.
    pub const fn only_reads(self) -> bool {
        use Grant as G;
        !matches!(
            self,
            G::CareWrite | G::CasesWrite | G::CityWrite | G::PeopleWrite | G::IndexWrite | G::IntakeWrite
        )
    }
}

/// Whether someone of this role may give it to a token: whether the tables of rights let the role do anything there.
pub fn may_give(role: Role, grant: Grant) -> bool {
    let some = |acts: &[StaffAct]| acts.iter().any(|act| staff_reach(role, *act) != Reach::No);
    let index = |acts: &[IndexAct]| acts.iter().any(|act| index_reach(role, *act) != Reach::No);
    let care = |acts: &[CareAct]| acts.iter().any(|act| care_reach(role, *act) != CareReach::No);
    match grant {
        Grant::CasesRead | Grant::CityRead | Grant::IndexRead => role != Role::System,
        Grant::CasesWrite => ActName::ALL.iter().any(|act| reach(role, *act) != Reach::No),
        Grant::CityWrite => some(&[StaffAct::ChangeAreas, StaffAct::ChangeSettings]),
        Grant::PeopleRead => some(&[StaffAct::SeePerson, StaffAct::SeeDuty]),
        Grant::PeopleWrite => some(&[StaffAct::ChangePerson, StaffAct::ChangeUnit, StaffAct::ChangeDuty]),
        Grant::CareRead => CareAct::ALL.iter().any(|act| care_reach(role, *act) != CareReach::No),
        Grant::CareWrite => care(&[
            CareAct::Enrol,
            CareAct::Keep,
            CareAct::Visit,
            CareAct::Search,
            CareAct::Handle,
            CareAct::RunTimer,
            CareAct::Answer,
            CareAct::Warn,
        ]),
        Grant::DeedsRead => some(&[StaffAct::SeeDeed]),
        Grant::IndexWrite => index(&[
            IndexAct::DraftEdition,
            IndexAct::ReviewEdition,
            IndexAct::PublishEdition,
            IndexAct::ChangeFramework,
            IndexAct::RunStudy,
        ]),
        Grant::IntakeWrite => index(&[IndexAct::HandIn]),
    }
}

/// What a session may be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grants {
    /// Everything its person may do, their own account included.
    All,
    /// Looking only.
    Read,
    /// These doors.
    Only(BTreeSet<Grant>),
}

impl Grants {
    /// Whether a door is open.
    pub fn cover(&self, grant: Grant) -> bool {
        match self {
            Grants::All => true,
            Grants::Read => grant.only_reads(),
            Grants::Only(these) => these.contains(&grant),
        }
    }

    /// As they stand in a column: `all`, `read`, or names with commas between.
    pub fn text(&self) -> String {
        match self {
            Grants::All => "all".to_owned(),
            Grants::Read => "read".to_owned(),
            Grants::Only(_) => self.names().join(","),
        }
    }

    /// Each by its name; `all` and `read` are names, too.
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Grants::All => vec!["all"],
            Grants::Read => vec!["read"],
            Grants::Only(these) => these.iter().map(|it| it.as_str()).collect(),
        }
    }

    /// From a column.
    pub fn parse(text: &str) -> Option<Grants> {
        match text {
            "all" => Some(Grants::All),
            "read" => Some(Grants::Read),
            _ => text.split(',').map(Grant::parse).collect::<Option<_>>().map(Grants::Only),
        }
    }
}

/// The table printed: a line per grant, a column per role.
pub fn grant_table() -> String {
    let line = |head: &str, cells: Vec<&str>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let mut out = line("grant", Role::ALL.iter().map(|role| role.as_str()).collect());
    for grant in Grant::ALL {
        let cell = |role: &Role| if may_give(*role, grant) { "yes" } else { "." };
        out += &line(grant.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}
