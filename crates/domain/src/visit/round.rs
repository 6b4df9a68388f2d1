//! A worker's days (走访安排): which visits on which day, at most so many a day, spread fairly over the days ahead, each
//! day in walking order. The same visits give the same plan, in whatever order they are given.

use jiff::civil::Date;

use super::route::walk;
use crate::care::days_between;
use crate::geo::{LngLat, distance_m};
use crate::id::VisitId;

/// A visit to be fitted in.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Which visit.
    pub id: VisitId,
    /// About where.
    pub near: Option<LngLat>,
    /// The day it is due.
    pub due: Date,
    /// Days it may come before it is due: a fair week is worth a day or two.
    pub slack: u16,
    /// Goes first whatever the day's number: someone is being looked for, or was poor last time.
    pub urgent: bool,
}

/// What a worker can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Days on which they have duty, rising; the first is the day that is planned from.
    pub days: Vec<Date>,
    /// Most visits of one day; urgent ones are made above it.
    pub at_most: usize,
    /// Where they set out, as far as it is known.
    pub start: Option<LngLat>,
}

/// One day of a round.
#[derive(Clone, Debug, PartialEq)]
pub struct DayPlan {
    /// Which.
    pub day: Date,
    /// Visits in walking order, urgent ones first.
    pub stops: Vec<VisitId>,
    /// Metres as the crow flies.
    pub metres: f64,
    /// Of these, visits that come after the day they were due.
    pub late: Vec<VisitId>,
}

/// Fits visits into days. Gives the days, and the visits for which there is no room in any of them.
///
/// The earliest due go first, each on the emptiest day up to the one it is due (of several, the one nearest to what is
/// there already, then the latest); where all of these are full, on the first later day with room.
pub fn plan_round(round: &Round, stops: &[Stop]) -> (Vec<DayPlan>, Vec<VisitId>) {
    let mut sorted: Vec<&Stop> = stops.iter().collect();
    sorted.sort_by(|a, b| b.urgent.cmp(&a.urgent).then(a.due.cmp(&b.due)).then(a.id.cmp(&b.id)));
    let mut days: Vec<Vec<&Stop>> = vec![Vec::new(); round.days.len()];
    let mut left = Vec::new();
    for stop in sorted {
        match place(round, &days, stop) {
            Some(at) => days[at].push(stop),
            None => left.push(stop.id),
        }
    }
    let plans = round.days.iter().zip(days).map(|(day, stops)| day_plan(*day, round.start, &stops));
    (plans.collect(), left)
}

fn place(round: &Round, days: &[Vec<&Stop>], stop: &Stop) -> Option<usize> {
    if stop.urgent {
        return (!days.is_empty()).then_some(0);
    }
    let has_room = |at: &usize| days[*at].len() < round.at_most;
    let in_time = |at: &usize| {
        let early = days_between(round.days[*at], stop.due);
        early >= 0 && early <= i32::from(stop.slack)
    };
    let all = 0..round.days.len();
    let fits: Vec<usize> = all.clone().filter(has_room).filter(in_time).collect();
    let emptiest = fits.iter().map(|at| days[*at].len()).min();
    let Some(emptiest) = emptiest else {
        // Overdue, full, or due on no day of duty: the first day with room that is not earlier than it may come.
        let early = |at: &usize| days_between(round.days[*at], stop.due) > i32::from(stop.slack);
        let beyond = round.days.last().is_none_or(|last| *last < stop.due);
        return if beyond { None } else { all.filter(has_room).find(|at| !early(at)) };
    };
    let near = |at: &usize| {
        let others = days[*at].iter().filter_map(|it| it.near);
        let nearest = stop.near.map(|own| others.map(|it| distance_m(own, it)).fold(f64::INFINITY, f64::min));
        nearest.unwrap_or(f64::INFINITY)
    };
    fits.into_iter()
        .filter(|at| days[*at].len() == emptiest)
        .min_by(|a, b| near(a).total_cmp(&near(b)).then(b.cmp(a)))
}

fn day_plan(day: Date, start: Option<LngLat>, stops: &[&Stop]) -> DayPlan {
    let (urgent, rest): (Vec<&Stop>, Vec<&Stop>) = stops.iter().copied().partition(|it| it.urgent);
    let (first, metres, here) = walked(start, &urgent);
    let (then, more, _) = walked(here, &rest);
    let late = stops.iter().filter(|it| it.due < day).map(|it| it.id).collect();
    DayPlan { day, stops: first.into_iter().chain(then).collect(), metres: metres + more, late }
}

/// In walking order, those of unknown place at the end; metres, and where the walk ends.
fn walked(start: Option<LngLat>, stops: &[&Stop]) -> (Vec<VisitId>, f64, Option<LngLat>) {
    let known: Vec<(&Stop, LngLat)> = stops.iter().filter_map(|it| Some((*it, it.near?))).collect();
    let points: Vec<LngLat> = known.iter().map(|(_, near)| *near).collect();
    let (order, metres) = walk(start, &points);
    let mut ids: Vec<VisitId> = order.iter().map(|at| known[*at].0.id).collect();
    ids.extend(stops.iter().filter(|it| it.near.is_none()).map(|it| it.id));
    (ids, metres, order.last().map(|at| points[*at]).or(start))
}
