//! Campaigns (专项任务): something asked from above of many grids for some days. A campaign asks of what exists: of each
//! grid itself, of its open cases of some classes, of its places of a kind. What is more than exists is refused with the
//! true number, and a county admits it for its own grids, with the minutes it costs in view.

use crate::class::Label;
use crate::id::{AreaChangeId, AreaId, UnitId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Minutes that one item may take at most.
pub const MINUTES_MAX: u32 = 240;
/// Days that a campaign may last at most.
pub const DAYS_MAX: i32 = 366;

/// What a campaign asks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    /// Each grid, once.
    Grid,
    /// Open cases of classes whose codes begin so.
    Cases {
        /// The beginning of the codes.
        classes: String,
    },
    /// Places and things of a kind.
    Places {
        /// Code of the kind.
        kind: String,
    },
}

impl Subject {
    /// As it stands in the column and on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Subject::Grid => "grid",
            Subject::Cases { .. } => "cases",
            Subject::Places { .. } => "places",
        }
    }

    /// The code that narrows it; empty for grids.
    pub fn code(&self) -> &str {
        match self {
            Subject::Grid => "",
            Subject::Cases { classes } => classes,
            Subject::Places { kind } => kind,
        }
    }

    /// From the two columns.
    pub fn parse(word: &str, code: &str) -> Option<Subject> {
        match word {
            "grid" => Some(Subject::Grid),
            "cases" => Some(Subject::Cases { classes: code.to_owned() }),
            "places" => Some(Subject::Places { kind: code.to_owned() }),
            _ => None,
        }
    }
}

/// A campaign as it is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What it is called.
    pub title: Label,
    /// What is to be done at each item, in words.
    pub task: Label,
    /// What it is about.
    pub subject: Subject,
    /// So many in each grid; `None` for every one there is.
    pub quota: Option<u32>,
    /// Where: these areas with everything under them.
    pub areas: Vec<AreaId>,
    /// First day.
    pub from: Date,
    /// First day after.
    pub to: Date,
    /// The department that wants it.
    pub unit: UnitId,
    /// By what law or decision.
    pub basis: String,
    /// What one item takes, without the walk.
    pub minutes: u32,
}

/// A grid in which less exists than is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// The grid.
    pub grid: AreaId,
    /// How many there are.
    pub exist: u32,
}

/// How many items each grid gets, those without any left out; or the grids in which less exists than is asked for.
pub fn plan(quota: Option<u32>, exist: &[(AreaId, u32)]) -> Result<Vec<(AreaId, u32)>, Vec<Short>> {
    let Some(quota) = quota else { return Ok(exist.iter().copied().filter(|(_, n)| *n > 0).collect()) };
    let short = exist.iter().filter(|(_, n)| *n < quota).map(|(grid, n)| Short { grid: *grid, exist: *n });
    let short: Vec<Short> = short.collect();
    if short.is_empty() { Ok(exist.iter().map(|(grid, _)| (*grid, quota)).collect()) } else { Err(short) }
}

/// What is done with a campaign. Its canonical JSON is the record: variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum CampaignAct {
    /// It was proposed.
    Propose {
        /// As it was proposed.
        draft: Box<Draft>,
    },
    /// A county said yes for its grids: from then on they have it.
    Admit {
        /// Which county.
        county: AreaId,
        /// Grids that got something to do.
        n_grids: u32,
        /// Items in them.
        n_items: u32,
        /// Minutes that these cost.
        minutes: u32,
    },
    /// A county said no.
    Refuse {
        /// Which county.
        county: AreaId,
        /// Why.
        why: String,
    },
    /// It was ended before its day.
    Stop {
        /// Why.
        why: String,
    },
    /// Its last day was over.
    End,
}

/// What is done with the work of a campaign in one grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum ErrandAct {
    /// One item was done.
    Do {
        /// The case or place; `None` where the grid itself is the item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Uuid>,
        /// In words; may be empty.
        note: String,
    },
    /// The areas changed: it is of this grid now.
    Follow {
        /// Which change.
        change: AreaChangeId,
        /// The grid.
        grid: AreaId,
    },
    /// One item cannot be done.
    CannotDo {
        /// The case or place; `None` where the grid itself is the item.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<Uuid>,
        /// Why.
        reason: Impossible,
        /// In words; may be empty.
        note: String,
    },
}

/// Why an item cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impossible {
    /// It is not there any more.
    Gone,
    /// Nobody was there, or it was locked.
    Closed,
    /// Whoever it concerns does not want it.
    Declined,
    /// It would be dangerous.
    Unsafe,
    /// What is asked is known already.
    Known,
    /// Said in the note.
    Other,
}

impl Impossible {
    /// All, as told.
    pub const ALL: [Impossible; 6] = [
        Impossible::Gone,
        Impossible::Closed,
        Impossible::Declined,
        Impossible::Unsafe,
        Impossible::Known,
        Impossible::Other,
    ];

    /// As it stands in the column and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Impossible::Gone => "gone",
            Impossible::Closed => "closed",
            Impossible::Declined => "declined",
            Impossible::Unsafe => "unsafe",
            Impossible::Known => "known",
            Impossible::Other => "other",
        }
    }

    /// From the column or the wire.
    pub fn parse(text: &str) -> Option<Impossible> {
        Impossible::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exist(counts: &[u32]) -> Vec<(AreaId, u32)> {
        counts.iter().zip(1..).map(|(n, id)| (AreaId(id), *n)).collect()
    }

    #[test]
    fn a_quota_beyond_what_exists_is_refused_with_the_true_number() {
        let refused = plan(Some(5), &exist(&[7, 3, 0])).unwrap_err();
        let short = |grid, exist| Short { grid: AreaId(grid), exist };
        assert_eq!(refused, [short(2, 3), short(3, 0)]);
    }

    #[test]
    fn every_one_there_is_leaves_out_grids_without_any() {
        assert_eq!(plan(None, &exist(&[2, 0])).unwrap(), [(AreaId(1), 2)]);
    }

    proptest! {
        #[test]
        fn no_plan_asks_for_more_than_exists(
            counts in prop::collection::vec(0_u32..9, 0..20), quota in prop::option::of(0_u32..9),
        ) {
            if let Ok(planned) = plan(quota, &exist(&counts)) {
                for (grid, n) in planned {
                    prop_assert!(n <= counts[grid.0 as usize - 1]);
                }
            }
        }
    }
}
