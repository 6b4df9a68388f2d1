//! What an act on one case does to others: a merge, a link, the parts of a split. Pure, as `plan` is.

use super::clocks::CaseClocks;
use super::command::{Command, Part};
use super::plan::{Acting, Moved, by, request_hash};
use crate::AppError;
use domain::audit::Hash;
use domain::case::{Act, Case, Report};
use domain::clock::Stage;
use domain::id::{ActId, CaseId};
use domain::policy::{Facts, Scope};

impl Command {
    /// The other case it names, which must be read before it can be decided.
    pub fn other(&self) -> Option<CaseId> {
        match self {
            Command::Merge { into: other } | Command::Link { to: other } => Some(*other),
            _ => None,
        }
    }
}

/// What a command does to other cases, to be saved in the same change. `other` is the case it names, as read;
/// one that is absent or that the actor may not see is not found.
pub fn plan_others(
    acting: &Acting<'_>,
    case: &Case,
    command: &Command,
    other: Option<(&Case, Hash)>,
) -> Result<Vec<Moved>, AppError> {
    let act = match command {
        Command::Merge { .. } => Act::Absorb { from: case.id },
        Command::Link { .. } => Act::Link { to: case.id },
        Command::Split { parts } => return Ok(parts_of(acting, case, parts)),
        _ => return Ok(Vec::new()),
    };
    let sees = |other: &Case| {
        Scope::of(acting.actor).covers(&Facts::of(other, acting.city.ancestors(other.side.desk)))
    };
    let seen = other.filter(|(other, _)| sees(other));
    let (other, head) = seen.ok_or(AppError::NotFound { what: "case" })?;
    Ok(vec![Moved::other_side(other, head, &act, acting)?])
}

/// The parts of a split as new cases, each reported as the first one was.
fn parts_of(acting: &Acting<'_>, case: &Case, parts: &[Part]) -> Vec<Moved> {
    let reported = case.reported();
    parts
        .iter()
        .map(|part| {
            let class = part.class.clone().or_else(|| reported.class.clone());
            let clocks = CaseClocks::of(acting.city, class.as_ref(), &reported.place.areas);
            let report = Report {
                text: part.text.trim().to_owned(),
                class,
                split_from: Some(case.id),
                due: clocks.start(Stage::Verify, acting.now),
                desk: case.side.desk,
                level: case.side.level,
                ..(*reported.report).clone()
            };
            let acting = Acting { key: ActId(part.id.0), ..*acting };
            Moved::open(part.id, report, by(acting.actor), &acting, request_hash(part))
        })
        .collect()
}
