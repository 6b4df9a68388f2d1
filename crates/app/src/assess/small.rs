//! Counts of few in files that go out: below the counties a rate of fewer cases than a few is not told, nor one that a
//! difference would give away. Files hold single days for counties only and whole months below: months do not overlap, so
//! that no difference of two files tells of few.

use std::collections::BTreeSet;

use domain::area::{Level, Tree};
use domain::id::AreaId;
use domain::month::Month;
use domain::score::Rate;
use jiff::civil::Date;
use store::case::CaseCount;

use super::areas::Ranking;
use super::count::days_of;
use crate::AppError;
use crate::index::from_cases::{FEWEST, hidden as hidden_counts};

/// Areas whose rate must not be told, by rate.
pub fn hidden(tree: &Tree, ranking: &Ranking) -> Vec<BTreeSet<AreaId>> {
    let of = |rate: Rate| {
        let rows: Vec<CaseCount> = ranking
            .areas
            .iter()
            .map(|it| (it.area, rate.of(&it.tallies)))
            .filter(|(_, (_, den))| *den > 0)
            .map(|(area, (num, den))| CaseCount {
                area,
                period: 0,
                num: u64::from(num),
                den: u64::from(den),
                whole: u64::from(den),
            })
            .collect();
        hidden_counts(tree, ranking.level, &rows, FEWEST).into_iter().map(|(_, area)| area).collect()
    };
    Rate::ALL.map(of).to_vec()
}

/// Whether such a file may go out at all.
pub fn may_go_out(level: Level, from: Date, to: Date) -> Result<(), AppError> {
    let whole = (from, to) == days_of(Month::of(to));
    if level <= Level::County || whole {
        return Ok(());
    }
    let why = "below the counties files hold whole months: single days would give counts of few away by their differences; \
               ask with month=";
    Err(AppError::field("?day", "range", why))
}
