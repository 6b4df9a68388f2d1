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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::areas::Ranked;
    use crate::assess::count::Tallies;
    use crate::index::from_cases::tests::tree;
    use ::index::small_area::{Equation, recoverable};
    use domain::score::{Recipe, RecipeDoc, Stock, Tally};

    fn file(tree: &Tree, level: Level, counts: &dyn Fn(AreaId) -> u32) -> Ranking {
        let of = |area: AreaId| {
            let below = tree.under(area).into_iter().filter(|it| it.level == Level::Grid);
            let n: u32 = below.map(|it| counts(it.id)).sum();
            let mut tallies = Tallies::default();
            tallies[Rate::HandledOnTime.measure() as usize] = Tally { n, good: n.cast_signed() };
            Ranked { area, score: None, rank: None, before: None, tallies, stock: Stock::default() }
        };
        let day = "2026-09-30".parse().unwrap();
        Ranking {
            from: "2026-09-01".parse().unwrap(),
            to: day,
            missing: Vec::new(),
            version: 0,
            recipe: Recipe::read(&RecipeDoc::plain()).unwrap(),
            level,
            areas: tree.at_level(level).map(|it| of(it.id)).collect(),
            whole: (AreaId(1), Tallies::default(), Stock::default()),
        }
    }

    #[test]
    fn no_difference_of_files_of_a_month_gives_a_count_of_few_away() {
        let tree = tree();
        let cells: Vec<AreaId> = tree.iter().map(|it| it.id).collect();
        let place = |id: AreaId| cells.iter().position(|it| *it == id).unwrap();
        let sums: Vec<Equation> = cells
            .iter()
            .map(|id| Equation {
                total: Some(place(*id)),
                parts: tree.children(*id).map(|it| place(it.id)).collect(),
            })
            .filter(|it| !it.parts.is_empty())
            .collect();
        let (mut n_hidden, mut n_shown) = (0, 0);
        for (round, most) in [(1, 6_u32), (2, 15), (3, 40), (4, 200)] {
            let counts = |id: AreaId| (id.0.wrapping_mul(2_654_435_761).wrapping_add(round * 97) >> 7) % most;
            let mut secret = Vec::new();
            for level in [Level::Township, Level::Community, Level::Grid] {
                let file = file(&tree, level, &counts);
                let at = Rate::ALL.iter().position(|it| *it == Rate::HandledOnTime).unwrap();
                let starred = &hidden(&tree, &file)[at];
                for it in &file.areas {
                    let n = Rate::HandledOnTime.of(&it.tallies).1;
                    let is_hidden = starred.contains(&it.area);
                    assert!(is_hidden || n == 0 || u64::from(n) >= FEWEST, "{n} is told of {}", it.area);
                    if is_hidden {
                        secret.push(place(it.area));
                    } else if n > 0 {
                        n_shown += 1;
                    }
                }
            }
            n_hidden += secret.len();
            assert_eq!(recoverable(cells.len(), &sums, &secret), Vec::<usize>::new(), "most {most}");
        }
        assert!(n_hidden > 60 && n_shown > 60, "{n_hidden} {n_shown}");
    }

    #[test]
    fn below_the_counties_only_whole_months_go_out() {
        let day = |text: &str| text.parse().unwrap();
        assert!(may_go_out(Level::County, day("2026-09-29"), day("2026-09-29")).is_ok());
        assert!(may_go_out(Level::Township, day("2026-09-01"), day("2026-09-30")).is_ok());
        assert!(may_go_out(Level::Township, day("2026-09-02"), day("2026-09-30")).is_err());
        assert!(may_go_out(Level::Grid, day("2026-09-29"), day("2026-09-29")).is_err());
    }
}
