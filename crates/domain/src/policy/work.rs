//! Rights over the work of a day: leave, hand-over, patrol, campaigns, disputes and gaps. Whoever may not, may not even
//! know: there is one answer for "not yours" and for "not there".

use super::{Actor, Denied, Reach, Role, lies_in};
use crate::area::Ancestors;
use crate::id::{PersonId, UnitId};

/// What is done with the work of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WorkAct {
    /// See what one's own day is made of.
    SeeToday,
    /// Ask for leave, see what it would leave open, take the request back.
    AskLeave,
    /// See requests of others.
    SeeLeave,
    /// Grant or refuse.
    DecideLeave,
    /// Pass a duty to another with what is open in it.
    PassDuty,
    /// Write and read what the next one in a grid must know.
    HandOver,
    /// See grids that have nobody, and how far that was told upwards.
    SeeFinding,
    /// Say that one was in a cell.
    Patrol,
    /// See which share of the cells was visited.
    SeeCoverage,
    /// See campaigns, their cost and their progress.
    SeeCampaign,
    /// Propose, change and stop a campaign.
    ProposeCampaign,
    /// A county's yes or no to a campaign.
    AdmitCampaign,
    /// Do an item of a campaign, or say why it cannot be done.
    DoItem,
    /// See and keep the record of a mediation.
    Mediate,
    /// Give a dispute on to judicial mediation, and close it.
    PassDispute,
    /// Make a case of what nobody answers for.
    RaiseGap,
}

impl WorkAct {
    /// All, in the order of the printed table.
    pub const ALL: [WorkAct; 16] = [
        WorkAct::SeeToday,
        WorkAct::AskLeave,
        WorkAct::SeeLeave,
        WorkAct::DecideLeave,
        WorkAct::PassDuty,
        WorkAct::HandOver,
        WorkAct::SeeFinding,
        WorkAct::Patrol,
        WorkAct::SeeCoverage,
        WorkAct::SeeCampaign,
        WorkAct::ProposeCampaign,
        WorkAct::AdmitCampaign,
        WorkAct::DoItem,
        WorkAct::Mediate,
        WorkAct::PassDispute,
        WorkAct::RaiseGap,
    ];

    /// As the printed table has it.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkAct::SeeToday => "see_today",
            WorkAct::AskLeave => "ask_leave",
            WorkAct::SeeLeave => "see_leave",
            WorkAct::DecideLeave => "decide_leave",
            WorkAct::PassDuty => "pass_duty",
            WorkAct::HandOver => "hand_over",
            WorkAct::SeeFinding => "see_finding",
            WorkAct::Patrol => "patrol",
            WorkAct::SeeCoverage => "see_coverage",
            WorkAct::SeeCampaign => "see_campaign",
            WorkAct::ProposeCampaign => "propose_campaign",
            WorkAct::AdmitCampaign => "admit_campaign",
            WorkAct::DoItem => "do_item",
            WorkAct::Mediate => "mediate",
            WorkAct::PassDispute => "pass_dispute",
            WorkAct::RaiseGap => "raise_gap",
        }
    }
}

/// The table: how far each role's right reaches. `Own` is oneself, `Grids` the grids one has duty in today, `Share` what
/// is one's own unit's, `Area` one's area with everything under it.
#[rustfmt::skip] // a table, best read as one
#[allow(clippy::match_same_arms)] // its lines are told apart by what they mean
pub fn work_reach(role: Role, act: WorkAct) -> Reach {
    use WorkAct as A;
    match (role, act) {
        (Role::System, _)                                                                   => Reach::All,
        (Role::Resident, _)                                                                 => Reach::No,

        (Role::Worker, A::SeeToday | A::AskLeave | A::SeeLeave)                             => Reach::Own,
        (Role::Worker, A::HandOver | A::Patrol | A::SeeCoverage | A::SeeCampaign
                     | A::DoItem | A::Mediate)                                              => Reach::Grids,

        (Role::Desk, A::AskLeave | A::SeeLeave | A::DecideLeave | A::PassDuty
                   | A::HandOver | A::SeeFinding | A::SeeCoverage | A::SeeCampaign
                   | A::ProposeCampaign | A::AdmitCampaign | A::Mediate | A::PassDispute
                   | A::RaiseGap)                                                           => Reach::Area,

        (Role::Leader, A::SeeLeave | A::SeeFinding | A::SeeCoverage | A::SeeCampaign
                     | A::ProposeCampaign)                                                  => Reach::Area,
        (Role::Analyst, A::SeeFinding | A::SeeCoverage | A::SeeCampaign)                    => Reach::Area,
        (Role::Admin, A::AskLeave | A::SeeLeave | A::DecideLeave | A::PassDuty
                    | A::SeeFinding | A::SeeCampaign)                                       => Reach::Area,

        (Role::Handler, A::AskLeave | A::SeeLeave)                                          => Reach::Own,
        (Role::Handler, A::SeeCampaign | A::ProposeCampaign)                                => Reach::Share,

        _                                                                                   => Reach::No,
    }
}

/// What a right over work depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Where it is.
    pub ground: Ancestors,
    /// Whose it is, if someone's.
    pub whom: Option<PersonId>,
    /// The unit it is of, if one's.
    pub unit: Option<UnitId>,
}

/// Whether this actor may do this.
pub fn permit_work(actor: &Actor, act: WorkAct, work: &Work) -> Result<(), Denied> {
    let reaches = match work_reach(actor.role, act) {
        Reach::All => true,
        Reach::Area => lies_in(&work.ground, actor.area),
        Reach::Grids => work.ground.grid.is_some_and(|grid| actor.grids.contains(&grid)),
        Reach::Own => actor.person.is_some() && actor.person == work.whom,
        Reach::Share => actor.unit.is_some() && actor.unit == work.unit,
        Reach::No | Reach::Desk => false,
    };
    if reaches { Ok(()) } else { Err(Denied::Unseen) }
}

/// The table printed: a line per act, a column per role.
pub fn work_table() -> String {
    let line = |head: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        format!("{head:<16} {}", cells.join(" ")).trim_end().to_owned() + "\n"
    };
    let mut out = line("act", Role::ALL.iter().map(|role| role.as_str().to_owned()).collect());
    for act in WorkAct::ALL {
        let cell = |role: &Role| match work_reach(*role, act) {
            Reach::No => ".".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        out += &line(act.as_str(), Role::ALL.iter().map(cell).collect());
    }
    out
}
