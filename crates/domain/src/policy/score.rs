//! Rights over the assessment: a table of its own. Rankings of areas are seen by all who work for the city; a worker's
//! score by themselves, their own desk and leader; others see workers by grid, not by name. Whoever may not, may not even
//! know. That nobody decides about their own score is the law of `score::appeal`, on top of this.

use super::{Actor, Denied, Reach, Role, lies_in};
use crate::area::{Ancestors, Level};
use crate::id::{AreaId, PersonId};

/// What is done with the assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScoreAct {
    /// See a day's counters and the ranking of areas and units.
    SeeRanking,
    /// See one's own score with its lines and cases.
    SeeOwn,
    /// See the scores of workers by grid.
    SeeWorkers,
    /// See whose score it is, with its lines and cases.
    SeeNames,
    /// See what stands out and should be looked at.
    SeeAlarms,
    /// Contest one's own score.
    Appeal,
    /// See appeals.
    SeeAppeals,
    /// Decide an appeal.
    DecideAppeal,
    /// See recipes, and what another one would change.
    TryRecipe,
    /// Save the next recipe.
    ChangeRecipe,
    /// Make a day again and compare.
    VerifyDay,
    /// Take counts away as files.
    Export,
}

impl ScoreAct {
    /// All, in the order of the printed table.
    pub const ALL: [ScoreAct; 12] = [
        ScoreAct::SeeRanking,
        ScoreAct::SeeOwn,
        ScoreAct::SeeWorkers,
        ScoreAct::SeeNames,
        ScoreAct::SeeAlarms,
        ScoreAct::Appeal,
        ScoreAct::SeeAppeals,
        ScoreAct::DecideAppeal,
        ScoreAct::TryRecipe,
        ScoreAct::ChangeRecipe,
        ScoreAct::VerifyDay,
        ScoreAct::Export,
    ];

    /// As the printed table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            ScoreAct::SeeRanking => "see_ranking",
            ScoreAct::SeeOwn => "see_own",
            ScoreAct::SeeWorkers => "see_workers",
            ScoreAct::SeeNames => "see_names",
            ScoreAct::SeeAlarms => "see_alarms",
            ScoreAct::Appeal => "appeal",
            ScoreAct::SeeAppeals => "see_appeals",
            ScoreAct::DecideAppeal => "decide_appeal",
            ScoreAct::TryRecipe => "try_recipe",
            ScoreAct::ChangeRecipe => "change_recipe",
            ScoreAct::VerifyDay => "verify_day",
            ScoreAct::Export => "export",
        }
    }
}

/// The table: how far each role's right reaches. `Area` is one's own area and what lies under it; `Desk` the same, for
/// those who answer for a township or a county, whose workers are theirs to lead.
#[rustfmt::skip] // a table, best read as one
pub fn score_reach(role: Role, act: ScoreAct) -> Reach {
    use ScoreAct as A;
    match (role, act) {
        (Role::System, _)                                                                   => Reach::All,
        (Role::Worker, A::SeeRanking)                                                       => Reach::All,
        (Role::Worker, A::SeeOwn | A::Appeal)                                               => Reach::Own,
        (Role::Worker, A::SeeAppeals)                                                       => Reach::Own,
        (Role::Handler, A::SeeRanking | A::Export)                                          => Reach::All,
        (Role::Desk | Role::Leader, A::SeeRanking | A::Export | A::VerifyDay)               => Reach::All,
        (Role::Desk | Role::Leader, A::SeeWorkers | A::SeeAlarms | A::SeeAppeals)           => Reach::Area,
        (Role::Desk | Role::Leader, A::SeeNames | A::DecideAppeal)                          => Reach::Desk,
        (Role::Leader, A::TryRecipe)                                                        => Reach::All,
        (Role::Analyst, A::SeeRanking | A::Export | A::VerifyDay | A::TryRecipe)            => Reach::All,
        (Role::Analyst, A::SeeWorkers | A::SeeAlarms)                                       => Reach::Area,
        (Role::Admin, A::SeeRanking | A::TryRecipe | A::ChangeRecipe | A::VerifyDay)        => Reach::All,
        _                                                                                   => Reach::No,
    }
}

/// Whether this actor may do this; `ground` is the area it is about with all above it, `whom` the worker it is about.
///
/// # Errors
/// Always the same: who may not, may not know.
pub fn permit_score(
    actor: &Actor,
    act: ScoreAct,
    ground: &Ancestors,
    whom: Option<PersonId>,
) -> Result<(), Denied> {
    let theirs = || lies_in(ground, actor.area);
    let reaches = match score_reach(actor.role, act) {
        Reach::All => true,
        Reach::Own => actor.person.is_some() && actor.person == whom,
        Reach::Area => theirs(),
        Reach::Desk => actor.level > Level::City && theirs(),
        Reach::No | Reach::Grids | Reach::Share => false,
    };
    if reaches { Ok(()) } else { Err(Denied::Unseen) }
}

/// The table printed: a line per act, a column per role.
pub fn score_table() -> String {
    let line = |head: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let heads = Role::ALL.iter().map(|role| role.as_str().to_owned()).collect();
    let mut out = line("score", heads);
    for act in ScoreAct::ALL {
        let cell = |role: &Role| match score_reach(*role, act) {
            Reach::No => ".".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        out += &line(act.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}

/// The city's root as ground, for what is about no smaller area.
pub fn whole_city(root: AreaId) -> Ancestors {
    Ancestors { city: Some(root), ..Ancestors::default() }
}
