//! Rights over places, things, forms and inspections. Whoever may not see a place is told that there is none; whoever
//! sees it and may not act is told so.

use super::{Actor, Denied, Reach, Role, lies_in};
use crate::area::Ancestors;
use crate::id::AreaId;
use std::collections::BTreeSet;

/// What is done with places and forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PlaceAct {
    /// See places, things and their inspections.
    SeePlace,
    /// Add, change, move one, set its state.
    ChangePlace,
    /// Bring in a file of many.
    ImportPlaces,
    /// Record an inspection.
    Inspect,
    /// See forms and kinds.
    SeeForm,
    /// Save forms and the list of what is known.
    ChangeForm,
    /// Save the kinds of places and things.
    ChangeKinds,
    /// See the minutes that forms cost, by department.
    SeeBurden,
}

impl PlaceAct {
    /// All, in the order of the printed table.
    pub const ALL: [PlaceAct; 8] = [
        PlaceAct::SeePlace,
        PlaceAct::ChangePlace,
        PlaceAct::ImportPlaces,
        PlaceAct::Inspect,
        PlaceAct::SeeForm,
        PlaceAct::ChangeForm,
        PlaceAct::ChangeKinds,
        PlaceAct::SeeBurden,
    ];

    /// As the printed table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            PlaceAct::SeePlace => "see_place",
            PlaceAct::ChangePlace => "change_place",
            PlaceAct::ImportPlaces => "import_places",
            PlaceAct::Inspect => "inspect",
            PlaceAct::SeeForm => "see_form",
            PlaceAct::ChangeForm => "change_form",
            PlaceAct::ChangeKinds => "change_kinds",
            PlaceAct::SeeBurden => "see_burden",
        }
    }
}

/// The table: how far each role's right reaches. `Grids` is where someone has duty today, `Area` one's area with all
/// under it; forms and kinds are the whole city's.
#[rustfmt::skip] // a table, best read as one
pub fn place_reach(role: Role, act: PlaceAct) -> Reach {
    use PlaceAct as A;
    match (role, act) {
        (Role::System, _)                                                                   => Reach::All,
        // What forms cost is published.
        (_, A::SeeBurden)                                                                   => Reach::All,
        (Role::Resident, _)                                                                 => Reach::No,
        (_, A::SeeForm)                                                                     => Reach::All,

        (Role::Worker, A::SeePlace | A::ChangePlace | A::Inspect)                           => Reach::Grids,
        (Role::Desk, A::SeePlace | A::ChangePlace | A::ImportPlaces | A::Inspect)           => Reach::Area,
        (Role::Handler, A::SeePlace | A::Inspect)                                           => Reach::Area,
        (Role::Leader | Role::Analyst, A::SeePlace)                                         => Reach::Area,
        (Role::Admin, A::SeePlace | A::ChangePlace | A::ImportPlaces
                    | A::ChangeForm | A::ChangeKinds)                                       => Reach::Area,

        _                                                                                   => Reach::No,
    }
}

/// Whether this actor may do this with what stands on `ground`. `Unseen` also where they may not see the place.
pub fn permit_place(actor: &Actor, act: PlaceAct, ground: &Ancestors) -> Result<(), Denied> {
    let reaches = match place_reach(actor.role, act) {
        Reach::All => true,
        Reach::Area => lies_in(ground, actor.area),
        Reach::Grids => ground.grid.is_some_and(|grid| actor.grids.contains(&grid)),
        Reach::No | Reach::Own | Reach::Share | Reach::Desk => false,
    };
    if reaches { Ok(()) } else { Err(Denied::Unseen) }
}

/// Which places someone sees: the same rule as a filter over lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceScope {
    /// Every one.
    All,
    /// Those in this area.
    Area(AreaId),
    /// Those in these grids; none, where there are none.
    Grids(BTreeSet<AreaId>),
}

impl PlaceScope {
    /// What an actor sees.
    pub fn of(actor: &Actor) -> PlaceScope {
        match place_reach(actor.role, PlaceAct::SeePlace) {
            Reach::All => PlaceScope::All,
            Reach::Area => PlaceScope::Area(actor.area),
            Reach::Grids => PlaceScope::Grids(actor.grids.clone()),
            Reach::No | Reach::Own | Reach::Share | Reach::Desk => PlaceScope::Grids(BTreeSet::new()),
        }
    }

    /// Whether a place is in it.
    pub fn covers(&self, ground: &Ancestors) -> bool {
        match self {
            PlaceScope::All => true,
            PlaceScope::Area(area) => lies_in(ground, *area),
            PlaceScope::Grids(grids) => ground.grid.is_some_and(|grid| grids.contains(&grid)),
        }
    }
}

/// The table printed: a line per act, a column per role.
pub fn place_table() -> String {
    let line = |head: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let mut out = line("act", Role::ALL.iter().map(|role| role.as_str().to_owned()).collect());
    for act in PlaceAct::ALL {
        let cell = |role: &Role| match place_reach(*role, act) {
            Reach::No => ".".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        out += &line(act.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}
