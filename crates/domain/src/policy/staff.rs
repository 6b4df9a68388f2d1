//! Rights over units, people, duties and the areas themselves: the second table. Whoever may not, may not even know: there is one
//! answer for "not yours" and for "not there".

use super::{Actor, Denied, Reach, Role, lies_in};
use crate::area::Ancestors;
use crate::id::PersonId;

/// What is done with units, people, duties and areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StaffAct {
    /// Look at a unit.
    SeeUnit,
    /// Add or change a unit.
    ChangeUnit,
    /// Look at someone's account, post and name.
    SeePerson,
    /// Open, change or close an account; send a new set-up link.
    ChangePerson,
    /// See and end someone's sessions and tokens.
    EndSessions,
    /// See who has duty, and where nobody has.
    SeeDuty,
    /// Give a duty, enter leave and substitutes.
    ChangeDuty,
    /// Check, import, change the areas themselves, and take an arranged change back.
    ChangeAreas,
    /// Change calendars, classes and responsibility of the whole city.
    ChangeSettings,
    /// Read what was done to accounts, units, duties and settings, and by whom.
    SeeDeed,
}

impl StaffAct {
    /// All, in the order of the printed table.
    pub const ALL: [StaffAct; 10] = [
        StaffAct::SeeUnit,
        StaffAct::ChangeUnit,
        StaffAct::SeePerson,
        StaffAct::ChangePerson,
        StaffAct::EndSessions,
        StaffAct::SeeDuty,
        StaffAct::ChangeDuty,
        StaffAct::ChangeAreas,
        StaffAct::ChangeSettings,
        StaffAct::SeeDeed,
    ];

    /// As the printed table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            StaffAct::SeeUnit => "see_unit",
            StaffAct::ChangeUnit => "change_unit",
            StaffAct::SeePerson => "see_person",
            StaffAct::ChangePerson => "change_person",
            StaffAct::EndSessions => "end_sessions",
            StaffAct::SeeDuty => "see_duty",
            StaffAct::ChangeDuty => "change_duty",
            StaffAct::ChangeAreas => "change_areas",
            StaffAct::ChangeSettings => "change_settings",
            StaffAct::SeeDeed => "see_deed",
        }
    }
}

/// The table: how far each role's right reaches. `Own` is oneself, `Area` one's area with everything under it.
#[rustfmt::skip] // a table, best read as one
#[allow(clippy::match_same_arms)] // its lines are told apart by what they mean
pub fn staff_reach(role: Role, act: StaffAct) -> Reach {
    use StaffAct as A;
    match (role, act) {
        (Role::System, _)                                                                   => Reach::All,
        (Role::Resident, _)                                                                 => Reach::No,
        (_, A::SeeUnit)                                                                     => Reach::All,

        (Role::Admin, _)                                                                    => Reach::Area,
        (Role::Desk, A::SeePerson | A::SeeDuty | A::ChangeDuty)                             => Reach::Area,
        (Role::Leader, A::SeePerson | A::SeeDuty)                                           => Reach::Area,

        (Role::Worker | Role::Handler | Role::Analyst,
                      A::SeePerson | A::SeeDuty | A::EndSessions)                           => Reach::Own,
        (Role::Desk | Role::Leader, A::EndSessions)                                         => Reach::Own,

        _                                                                                   => Reach::No,
    }
}

/// Whether this actor may do this with a thing that stands on `ground` and belongs to `whom`, if to someone.
pub fn permit_staff(
    actor: &Actor,
    act: StaffAct,
    ground: &Ancestors,
    whom: Option<PersonId>,
) -> Result<(), Denied> {
    let own = actor.person.is_some() && actor.person == whom;
    let reaches = match staff_reach(actor.role, act) {
        Reach::All => true,
        Reach::Area => lies_in(ground, actor.area),
        Reach::Own => own,
        Reach::No | Reach::Grids | Reach::Share | Reach::Desk => false,
    };
    if reaches { Ok(()) } else { Err(Denied::Unseen) }
}

/// The table printed: a line per act, a column per role.
pub fn staff_table() -> String {
    let line = |head: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let mut out = line("act", Role::ALL.iter().map(|role| role.as_str().to_owned()).collect());
    for act in StaffAct::ALL {
        let cell = |role: &Role| match staff_reach(*role, act) {
            Reach::No => ".".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        out += &line(act.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}
