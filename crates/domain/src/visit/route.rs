//! The order of a walk: nearest neighbour, then 2-opt and or-opt until nothing gets shorter. An open walk from where it
//! starts. For a day's visits (some twenty stops) it is within a few percent of the best; deterministic.

use crate::geo::{LngLat, Plane};

/// Gains below a decimetre are none: they would let rounding decide.
const LEAST_GAIN_M: f64 = 0.1;
/// Rounds of improvement; each is quadratic in the number of stops, and few are ever needed.
const ROUNDS: usize = 50;

/// The order in which stops are walked from a start (from the first of them, where there is none), and how many metres
/// that is as the crow flies.
pub fn walk(start: Option<LngLat>, stops: &[LngLat]) -> (Vec<usize>, f64) {
    let Some(origin) = start.or_else(|| stops.first().copied()) else { return (Vec::new(), 0.0) };
    let plane = Plane::at(origin);
    // Position 0 is the start; without one the first stop stands there and is walked first.
    let mut at: Vec<(f64, f64)> = vec![(0.0, 0.0)];
    let skipped = usize::from(start.is_none());
    at.extend(stops.iter().skip(skipped).map(|stop| {
        let m = plane.to_m(stop.coord());
        (m.x, m.y)
    }));
    let mut order = nearest_neighbour(&at);
    for _ in 0..ROUNDS {
        if !(two_opt(&at, &mut order) | or_opt(&at, &mut order)) {
            break;
        }
    }
    let length = order.windows(2).map(|pair| gap(&at, pair[0], pair[1])).sum();
    let own = if skipped == 1 { Some(0) } else { None };
    let walked = own.into_iter().chain(order[1..].iter().map(|i| i - 1 + skipped)).collect();
    (walked, length)
}

fn gap(at: &[(f64, f64)], a: usize, b: usize) -> f64 {
    (at[a].0 - at[b].0).hypot(at[a].1 - at[b].1)
}

fn nearest_neighbour(at: &[(f64, f64)]) -> Vec<usize> {
    let mut order = vec![0];
    let mut left: Vec<usize> = (1..at.len()).collect();
    while !left.is_empty() {
        let here = order[order.len() - 1];
        let near = |a: &usize, b: &usize| gap(at, here, *a).total_cmp(&gap(at, here, *b)).then(a.cmp(b));
        let next = left.iter().enumerate().min_by(|a, b| near(a.1, b.1)).map_or(0, |(place, _)| place);
        order.push(left.remove(next));
    }
    order
}

/// Turns a stretch round where that is shorter; the end of the walk is free.
fn two_opt(at: &[(f64, f64)], order: &mut [usize]) -> bool {
    let mut better = false;
    for i in 1..order.len() {
        for j in i + 1..order.len() {
            let (before, first, last) = (order[i - 1], order[i], order[j]);
            let after = order.get(j + 1).copied();
            let tail = |from: usize| after.map_or(0.0, |after| gap(at, from, after));
            let gain = gap(at, before, first) + tail(last) - gap(at, before, last) - tail(first);
            if gain > LEAST_GAIN_M {
                order[i..=j].reverse();
                better = true;
            }
        }
    }
    better
}

/// Moves one to three stops in a row elsewhere, either way round, where that is shorter.
fn or_opt(at: &[(f64, f64)], order: &mut Vec<usize>) -> bool {
    let mut better = false;
    for n in 1..=3 {
        let mut i = 1;
        while i + n <= order.len() {
            if let Some(moved) = best_place(at, order, i, n) {
                *order = moved;
                better = true;
            }
            i += 1;
        }
    }
    better
}

fn best_place(at: &[(f64, f64)], order: &[usize], i: usize, n: usize) -> Option<Vec<usize>> {
    let stretch = &order[i..i + n];
    let rest: Vec<usize> = order[..i].iter().chain(&order[i + n..]).copied().collect();
    let (head, tail) = (stretch[0], stretch[n - 1]);
    let after = order.get(i + n).copied();
    let closed = after.map_or(0.0, |after| gap(at, order[i - 1], after));
    let opened = gap(at, order[i - 1], head) + after.map_or(0.0, |after| gap(at, tail, after));
    let mut best: Option<(f64, usize, bool)> = None;
    for place in 1..=rest.len() {
        let (left, right) = (rest[place - 1], rest.get(place).copied());
        for turned in [false, true] {
            let (first, last) = if turned { (tail, head) } else { (head, tail) };
            let join = gap(at, left, first) + right.map_or(0.0, |right| gap(at, last, right));
            let broken = right.map_or(0.0, |right| gap(at, left, right));
            let gain = opened - closed - (join - broken);
            if gain > LEAST_GAIN_M && best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, place, turned));
            }
        }
    }
    let (_, place, turned) = best?;
    let mut stretch = stretch.to_vec();
    if turned {
        stretch.reverse();
    }
    let mut moved = rest;
    moved.splice(place..place, stretch);
    Some(moved)
}
