//! Looking at one case: the case itself, its log, and what this person may do next.

use super::act::replay;
use crate::{App, AppError, City};
use domain::audit::{Entry, Hash};
use domain::case::{ActName, Case, Turn};
use domain::id::CaseId;
use domain::policy::{Actor, Facts, Role, Scope, permit};
use store::log;

/// A case with its log, as someone may see it.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// Its log, oldest first.
    pub log: Vec<Entry>,
    /// Hash of the newest entry.
    pub head: Hash,
    /// What this person may do next; the first is what most often comes next.
    pub next: Vec<NextAct>,
}

/// An act that both law and rights allow now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextAct {
    /// The act.
    pub act: ActName,
    /// What most often comes next.
    pub primary: bool,
}

/// One case; what this person may not see does not exist.
pub async fn look(app: &App, actor: &Actor, id: CaseId) -> Result<CaseView, AppError> {
    let log = log::of(&app.store, id).await?;
    let case = replay(id, &log)?;
    let city = app.city();
    if !may_see(&city, actor, &case) {
        return Err(AppError::NotFound { what: "case" });
    }
    let head = log.last().map(|entry| entry.hash).unwrap_or_default();
    let next = next_acts(&city, actor, &case);
    Ok(CaseView { case, log, head, next })
}

/// Whether this person may see this case.
pub fn may_see(city: &City, actor: &Actor, case: &Case) -> bool {
    Scope::of(actor).covers(&Facts::of(case, city.ancestors(case.side.desk)))
}

/// What law and rights allow this person now.
pub fn next_acts(city: &City, actor: &Actor, case: &Case) -> Vec<NextAct> {
    let facts = Facts::of(case, city.ancestors(case.side.desk));
    let by = super::plan::by(actor);
    let fits = |act: &ActName| match act {
        ActName::Absorb => false,
        ActName::Accept | ActName::Return | ActName::Progress | ActName::Handle | ActName::AskPostpone => {
            actor.unit.is_some_and(|unit| unit_may(case, unit, *act))
        }
        ActName::Check => !case.handled().is_some_and(|h| {
            h.handlers.iter().any(|d| {
                (d.person.is_some() && d.person == by.person) || (d.unit.is_some() && d.unit == by.unit)
            })
        }),
        _ => true,
    };
    let allowed: Vec<ActName> =
        case.legal().into_iter().filter(|act| permit(actor, *act, &facts).is_ok()).filter(fits).collect();
    let primary = usual(actor.role, case).into_iter().find(|act| allowed.contains(act));
    allowed.into_iter().map(|act| NextAct { act, primary: Some(act) == primary }).collect()
}

fn unit_may(case: &Case, unit: domain::id::UnitId, act: ActName) -> bool {
    use domain::case::ShareState::{Accepted, Done, Given};
    let Some(share) = case.assigned().and_then(|a| a.share(unit)) else { return false };
    match share.state {
        Given => matches!(act, ActName::Accept | ActName::Return),
        Accepted(_) => act != ActName::Accept,
        Done(..) => false,
    }
}

/// What most often comes next for a role, best first.
fn usual(role: Role, case: &Case) -> Vec<ActName> {
    match (role, case.turn()) {
        (Role::Worker, Turn::Verify) => vec![ActName::Verify],
        (_, Turn::Verify) => vec![ActName::File, ActName::Verify],
        (_, Turn::Desk) => vec![ActName::Answer, ActName::Assign, ActName::File],
        (Role::Handler, _) => vec![ActName::Accept, ActName::Handle],
        (_, Turn::Postpone) => vec![ActName::DecidePostpone],
        (_, Turn::Unit) => vec![ActName::Urge, ActName::Resume],
        (_, Turn::Check) => vec![ActName::Check],
        (_, Turn::Reporter) => vec![ActName::Confirm],
        (_, Turn::Nobody) => vec![ActName::DecideAppeal],
    }
}
