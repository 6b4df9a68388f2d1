//! Rights over the safety index: the third table. Editions that are published are everyone's; figures of departments are
//! seen and handed in by the department itself, and seen by those who answer for the city. Whoever may not, may not even
//! know. That nobody reviews or publishes what they drafted is the law of `edition`, on top of this.

use super::{Actor, Denied, Reach, Role};
use crate::id::{AreaId, UnitId};

/// What is done with the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IndexAct {
    /// See published editions, and the framework they follow.
    SeePublished,
    /// See editions that are not published.
    SeeDraft,
    /// Draft an edition.
    DraftEdition,
    /// Say that a draft is right.
    ReviewEdition,
    /// Make an edition public.
    PublishEdition,
    /// Give an edition up before it is published.
    DiscardEdition,
    /// See figures that a department handed in, and whether it has.
    SeeIntake,
    /// Preview, save, sign and discard figures.
    HandIn,
    /// Change the framework.
    ChangeFramework,
    /// Have long studies made: sensitivity, backcasts.
    RunStudy,
}

impl IndexAct {
    /// All, in the order of the printed table.
    pub const ALL: [IndexAct; 10] = [
        IndexAct::SeePublished,
        IndexAct::SeeDraft,
        IndexAct::DraftEdition,
        IndexAct::ReviewEdition,
        IndexAct::PublishEdition,
        IndexAct::DiscardEdition,
        IndexAct::SeeIntake,
        IndexAct::HandIn,
        IndexAct::ChangeFramework,
        IndexAct::RunStudy,
    ];

    /// As the printed table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            IndexAct::SeePublished => "see_published",
            IndexAct::SeeDraft => "see_draft",
            IndexAct::DraftEdition => "draft_edition",
            IndexAct::ReviewEdition => "review_edition",
            IndexAct::PublishEdition => "publish_edition",
            IndexAct::DiscardEdition => "discard_edition",
            IndexAct::SeeIntake => "see_intake",
            IndexAct::HandIn => "hand_in",
            IndexAct::ChangeFramework => "change_framework",
            IndexAct::RunStudy => "run_study",
        }
    }
}

/// The table: how far each role's right reaches. `Share` is one's own unit, where it is a department of the whole city;
/// `Area` is the whole city, for those whose area it is.
#[rustfmt::skip] // a table, best read as one
pub fn index_reach(role: Role, act: IndexAct) -> Reach {
    use IndexAct as A;
    match (role, act) {
        (_, A::SeePublished) | (Role::System, _)                                            => Reach::All,

        (Role::Handler, A::SeeIntake | A::HandIn)                                           => Reach::Share,
        (Role::Analyst, A::SeeDraft | A::DraftEdition | A::ReviewEdition | A::DiscardEdition
                      | A::SeeIntake | A::ChangeFramework | A::RunStudy)                    => Reach::Area,
        (Role::Leader, A::SeeDraft | A::ReviewEdition | A::PublishEdition
                     | A::DiscardEdition | A::SeeIntake | A::RunStudy)                      => Reach::Area,
        (Role::Admin, A::ChangeFramework)                                                   => Reach::Area,

        _                                                                                   => Reach::No,
    }
}

/// Whether this actor may do this in a city whose root is `city`; `unit` is the department it is about, if it is about
/// one.
pub fn permit_index(actor: &Actor, act: IndexAct, city: AreaId, unit: Option<UnitId>) -> Result<(), Denied> {
    let reaches = match index_reach(actor.role, act) {
        Reach::All => true,
        Reach::Area => actor.area == city,
        Reach::Share => actor.unit.is_some() && actor.unit == unit,
        Reach::No | Reach::Grids | Reach::Own | Reach::Desk => false,
    };
    if reaches { Ok(()) } else { Err(Denied::Unseen) }
}

/// The table printed: a line per act, a column per role.
pub fn index_table() -> String {
    let line = |head: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let mut out = line("act", Role::ALL.iter().map(|role| role.as_str().to_owned()).collect());
    for act in IndexAct::ALL {
        let cell = |role: &Role| match index_reach(*role, act) {
            Reach::No => ".".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        out += &line(act.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}
