//! Standing in: who stands in for whom, and why a chain of it is refused. Whose grid it is on which day is a row of the
//! store; here is only what follows from several of them.
//!
//! Someone stands in for whoever is away from a grid in days in which they have that grid as a substitute. A substitute
//! who is away themselves, or for whom another already counts on, would leave a grid with nobody on the first day
//! something goes wrong: both are refused, with the whole chain named, so that the desk sees which link to change.

use crate::area::Level;
use crate::id::{AreaChangeId, AreaId, PersonId};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Links of a chain that are followed at most.
const LONGEST: usize = 8;

/// In which way someone has to do with a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// It is theirs.
    Main,
    /// They stand in.
    StandsIn,
    /// They are away.
    Away,
}

/// Days of someone in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stint {
    /// The grid.
    pub grid: AreaId,
    /// Who.
    pub person: PersonId,
    /// In which way.
    pub way: Way,
    /// The days.
    pub days: Days,
}

/// Days from one to another; the last is not one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Days {
    /// First day.
    pub from: Date,
    /// First day after; `None` while it is open.
    pub to: Option<Date>,
}

impl Days {
    /// The days that both have; `None` when there are none.
    pub fn both(self, other: Days) -> Option<Days> {
        let from = self.from.max(other.from);
        let to = match (self.to, other.to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        to.is_none_or(|to| from < to).then_some(Days { from, to })
    }
}

/// One link: someone is away in these days, and another stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who is away.
    pub away: PersonId,
    /// Who stands in; `None` where the chain ends with nobody.
    pub by: Option<PersonId>,
    /// In which days both hold.
    pub days: Days,
}

/// Why somebody cannot stand in: the chain it would make, from whoever is away first. At least two links.
///
/// `person` is to be away in `days`, with `substitute` in all of their grids. `stints` are all that are known of these
/// two and of whoever has to do with their grids; others change nothing. `None` when nothing stands against it.
pub fn chain(stints: &[Stint], person: PersonId, substitute: PersonId, days: Days) -> Option<Vec<Link>> {
    let asked = Link { away: person, by: Some(substitute), days };
    if let Some(relied) = relies_on(stints, person, days) {
        return Some(vec![relied, asked]);
    }
    let mut links = vec![asked];
    let (mut who, mut when) = (substitute, days);
    while links.len() < LONGEST {
        let Some((away, next)) = away(stints, who, when) else { break };
        links.push(Link { away: who, by: next, days: away });
        match next {
            Some(next) if next != person && links.iter().all(|link| link.away != next) => {
                (who, when) = (next, away);
            }
            _ => break,
        }
    }
    (links.len() > 1).then_some(links)
}

/// Who is away in these days and has this person standing in: they would lose their substitute.
fn relies_on(stints: &[Stint], person: PersonId, days: Days) -> Option<Link> {
    let stands_in = stints.iter().filter(|it| it.person == person && it.way == Way::StandsIn);
    stands_in
        .filter_map(|mine| Some((mine, mine.days.both(days)?)))
        .flat_map(|(mine, when)| {
            stints.iter().filter_map(move |it| {
                let theirs = it.grid == mine.grid && it.way == Way::Away && it.person != person;
                let days = it.days.both(when).filter(|_| theirs)?;
                Some(Link { away: it.person, by: Some(person), days })
            })
        })
        .min_by_key(|link| (link.days, link.away))
}

/// The first days in which somebody is away, and who stands in for them then.
fn away(stints: &[Stint], who: PersonId, when: Days) -> Option<(Days, Option<PersonId>)> {
    let gone = stints.iter().filter(|it| it.person == who && it.way == Way::Away);
    let (grid, days) = gone.filter_map(|it| Some((it.grid, it.days.both(when)?))).min_by_key(|(_, d)| *d)?;
    let next = stints
        .iter()
        .filter(|it| it.grid == grid && it.way == Way::StandsIn && it.person != who)
        .filter(|it| it.days.both(days).is_some())
        .map(|it| it.person)
        .min();
    Some((days, next))
}

/// What is done with a request for leave. Its canonical JSON is the record: variants and fields are only ever added. Why
/// someone is away is nobody's business here and has no field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum LeaveAct {
    /// It was asked for.
    Ask {
        /// Who wants to be away.
        person: PersonId,
        /// First day away.
        from: Date,
        /// First day back.
        to: Date,
        /// Who is to stand in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        substitute: Option<PersonId>,
    },
    /// The desk said yes.
    Grant {
        /// Who stands in: another than was asked for, perhaps.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        substitute: Option<PersonId>,
        /// Grids that have nobody on some day of it, knowingly.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        nobody: Vec<AreaId>,
    },
    /// The desk said no.
    Refuse {
        /// Why, in words.
        why: String,
    },
    /// Whoever asked took it back.
    Withdraw,
}

/// What is done with a note of hand-over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum HandOverAct {
    /// It was written, sealed: it may name people.
    Write {
        /// For whoever has this grid.
        grid: AreaId,
        /// The text, sealed, in base64.
        sealed: String,
    },
    /// The areas changed: it is for whoever has this grid now.
    Follow {
        /// Which change.
        change: AreaChangeId,
        /// The grid.
        grid: AreaId,
    },
    /// Someone who has the grid read it and said so.
    Read {
        /// Who.
        person: PersonId,
    },
}

/// What happens to a grid that has nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum VacancyAct {
    /// It was found, and the desk of the township was told.
    Find {
        /// The grid.
        grid: AreaId,
        /// First day with nobody.
        from: Date,
    },
    /// Nobody was found: the desk of the next level was told.
    Climb {
        /// That level.
        to: Level,
    },
    /// Someone has it again.
    Fill,
}

/// How far ahead grids without anybody are looked for, in days; today is one of them.
pub const AHEAD_DAYS: i64 = 8;

/// To which level a vacancy climbs now, if it does: one level at a time, faster when its first day is near. A township
/// has a day for it, and four hours once the first day is tomorrow or today; a county the same.
pub fn climbs_to(told: Level, told_at: Timestamp, from: Date, today: Date, now: Timestamp) -> Option<Level> {
    let next = told.above()?;
    let is_near = today.tomorrow().is_ok_and(|tomorrow| from <= tomorrow);
    let patience = SignedDuration::from_hours(if is_near { 4 } else { 24 });
    (now.duration_since(told_at) >= patience).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn who(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn days(from: i8, to: i8) -> Days {
        Days { from: date(2026, 3, from), to: Some(date(2026, 3, to)) }
    }

    fn stint(grid: u32, n: u128, way: Way, days: Days) -> Stint {
        Stint { grid: AreaId(grid), person: who(n), way, days }
    }

    #[test]
    fn two_who_stand_in_for_each_other_in_the_same_days_are_named_in_a_circle() {
        let known = [stint(2, 2, Way::Away, days(5, 9)), stint(2, 1, Way::StandsIn, days(5, 9))];
        let found = chain(&known, who(1), who(2), days(7, 12)).unwrap();
        let names: Vec<_> = found.iter().map(|it| (it.away, it.by)).collect();
        assert_eq!(names, [(who(2), Some(who(1))), (who(1), Some(who(2)))]);
        assert_eq!(found[0].days, days(7, 9));
        assert_eq!(chain(&known, who(1), who(2), days(9, 12)), None, "the days do not meet");
    }

    #[test]
    fn a_substitute_who_is_away_is_named_with_whoever_stands_in_for_them() {
        let known = [stint(2, 2, Way::Away, days(5, 9)), stint(2, 3, Way::StandsIn, days(5, 9))];
        let found = chain(&known, who(1), who(2), days(1, 6)).unwrap();
        assert_eq!(found[1], Link { away: who(2), by: Some(who(3)), days: days(5, 6) });
        let alone = [stint(2, 2, Way::Away, days(5, 9))];
        assert_eq!(chain(&alone, who(1), who(2), days(1, 6)).unwrap()[1].by, None);
    }

    #[test]
    fn a_circle_of_three_is_followed_and_ends() {
        let known = [
            stint(2, 2, Way::Away, days(1, 9)),
            stint(2, 3, Way::StandsIn, days(1, 9)),
            stint(3, 3, Way::Away, days(1, 9)),
            stint(3, 4, Way::StandsIn, days(1, 9)),
            stint(4, 4, Way::Away, days(1, 9)),
            stint(4, 2, Way::StandsIn, days(1, 9)),
        ];
        let found = chain(&known, who(1), who(2), days(1, 9)).unwrap();
        assert_eq!(found.iter().map(|it| it.away).collect::<Vec<_>>(), [who(1), who(2), who(3), who(4)]);
    }

    #[test]
    fn a_vacancy_climbs_one_level_at_a_time_and_sooner_when_its_day_is_near() {
        let at = |hours: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let today = date(2026, 3, 2);
        let climbs = |told, from, hours| climbs_to(told, at(0), from, today, at(hours));
        assert_eq!(climbs(Level::Township, today, 3), None);
        assert_eq!(climbs(Level::Township, today, 4), Some(Level::County));
        assert_eq!(climbs(Level::Township, date(2026, 3, 6), 4), None);
        assert_eq!(climbs(Level::County, date(2026, 3, 6), 24), Some(Level::City));
        assert_eq!(climbs(Level::City, today, 400), None);
    }

    #[test]
    fn whoever_stands_in_for_nobody_who_is_away_may_leave() {
        let known = [stint(1, 1, Way::Main, days(1, 30)), stint(2, 1, Way::StandsIn, days(1, 30))];
        assert_eq!(chain(&known, who(1), who(2), days(3, 5)), None);
    }
}
