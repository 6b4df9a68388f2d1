//! A weighted Voronoi diagram inside a polygon: cells of wanted relative sizes, each in one piece, together the polygon.
//!
//! Sites and weights are relaxed on a sample of points (as Voronoi treemaps do; Balzer & Deussen 2005, Nocaj &
//! Brandes 2012), then the cells of the power diagram are cut out exactly. Lengths in metres on a plane.

use domain::geo::{Coord, LineString, MultiPolygon, Polygon};
use geo::{Area, BooleanOps, BoundingRect};

use super::mesh;
use crate::chance::Chance;

const ROUNDS: usize = 24;
const SAMPLES_PER_CELL: usize = 60;
/// A cell must reach this share of the size it was to have.
const ENOUGH: f64 = 0.3;

#[derive(Clone, Copy)]
struct Site {
    at: Coord<f64>,
    /// Square metres added to its reach.
    weight: f64,
    /// A place it should not stray far from.
    anchor: Option<Coord<f64>>,
}

/// Divides `ground` in proportion to `needs`; `hints` say where a cell should begin. Cells come in the order of the needs.
pub(super) fn divide(
    ground: &Polygon<f64>,
    needs: &[f64],
    hints: &[Option<Coord<f64>>],
    mut chance: Chance,
) -> Vec<Polygon<f64>> {
    if needs.len() < 2 {
        return vec![ground.clone(); needs.len()];
    }
    let samples = scatter(ground, (needs.len() * SAMPLES_PER_CELL).max(150), &mut chance);
    let total: f64 = needs.iter().sum();
    let wanted: Vec<f64> = needs.iter().map(|n| n / total).collect();
    let mut sites = first_sites(&samples, hints, &mut chance);
    relax(&mut sites, &samples, &wanted, area(ground), &mut chance);
    bring_inside(&mut sites, ground, &samples);
    // Ever less weighted until every cell has enough ground; a plain Voronoi cell always holds its own site.
    loop {
        let cells = cells(ground, &sites);
        let plain = sites.iter().all(|s| s.weight == 0.0);
        let enough = |(cell, share): (&MultiPolygon<f64>, &f64)| {
            largest(cell) > ENOUGH * share * area(ground) || (plain && !cell.0.is_empty())
        };
        if cells.iter().zip(&wanted).all(enough) || plain {
            return in_one_piece(cells);
        }
        for site in &mut sites {
            site.weight = if site.weight.abs() < 1.0 { 0.0 } else { site.weight * 0.5 };
        }
    }
}

/// Area in square metres.
pub(super) fn area(polygon: &Polygon<f64>) -> f64 {
    polygon.unsigned_area()
}

/// A point about the middle of a polygon.
pub(super) fn middle(polygon: &Polygon<f64>) -> Coord<f64> {
    let corners = &polygon.exterior().0;
    corners.iter().fold(Coord::zero(), |sum, c| sum + *c) / corners.len().max(1) as f64
}

fn scatter(ground: &Polygon<f64>, n: usize, chance: &mut Chance) -> Vec<Coord<f64>> {
    let bounds = ground.bounding_rect().expect("ground has corners");
    let (min, max) = (bounds.min(), bounds.max());
    let mut points = Vec::with_capacity(n);
    while points.len() < n {
        let p = Coord { x: chance.between(min.x, max.x), y: chance.between(min.y, max.y) };
        if holds(&ground.exterior().0, p) {
            points.push(p);
        }
    }
    points
}

/// Even-odd test on a closed ring.
fn holds(ring: &[Coord<f64>], p: Coord<f64>) -> bool {
    let crosses = |w: &&[Coord<f64>]| {
        let (a, b) = (w[0], w[1]);
        (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

/// Where hinted, there; otherwise the farthest of a few random samples from the sites so far.
fn first_sites(samples: &[Coord<f64>], hints: &[Option<Coord<f64>>], chance: &mut Chance) -> Vec<Site> {
    let mut sites: Vec<Coord<f64>> = hints.iter().flatten().copied().collect();
    let hinted = sites.len();
    for _ in hinted..hints.len() {
        let tries: Vec<_> = (0..6).map(|_| samples[chance.below(samples.len())]).collect();
        let room = |p: &Coord<f64>| sites.iter().map(|s| distance2(*s, *p)).fold(f64::INFINITY, f64::min);
        let best = tries.into_iter().max_by(|a, b| room(a).total_cmp(&room(b))).expect("six were tried");
        sites.push(best);
    }
    let (mut with_hint, mut without) = (0, hinted);
    let mut take = |hint: &Option<Coord<f64>>| {
        let next = if hint.is_some() { &mut with_hint } else { &mut without };
        *next += 1;
        Site { at: nearest(samples, sites[*next - 1]), weight: 0.0, anchor: *hint }
    };
    hints.iter().map(&mut take).collect()
}

fn relax(sites: &mut [Site], samples: &[Coord<f64>], wanted: &[f64], ground_m2: f64, chance: &mut Chance) {
    let n = samples.len() as f64;
    for round in 0..ROUNDS {
        let mut sums = vec![(0_usize, Coord::zero()); sites.len()];
        for &p in samples {
            let reach = |s: &Site| distance2(s.at, p) - s.weight;
            let owner = (0..sites.len()).min_by(|&a, &b| reach(&sites[a]).total_cmp(&reach(&sites[b])));
            let sum = &mut sums[owner.expect("there are sites")];
            *sum = (sum.0 + 1, sum.1 + p);
        }
        for ((site, &(count, sum)), &share) in sites.iter_mut().zip(&sums).zip(wanted) {
            if count == 0 {
                let at = site.anchor.unwrap_or_else(|| samples[chance.below(samples.len())]);
                *site = Site { at, weight: 0.0, ..*site };
                continue;
            }
            let centroid = sum / count as f64;
            site.at = site.anchor.map_or(centroid, |anchor| anchor * 0.8 + centroid * 0.2);
            if round + 1 < ROUNDS {
                site.weight += 0.3 * (share - count as f64 / n) * ground_m2;
            }
        }
        let mean = sites.iter().map(|s| s.weight).sum::<f64>() / sites.len() as f64;
        sites.iter_mut().for_each(|s| s.weight -= mean);
        leave_room(sites);
    }
}

/// Caps the weights so that no site reaches another's place (Nocaj & Brandes 2012): every cell keeps some ground.
fn leave_room(sites: &mut [Site]) {
    for i in 0..sites.len() {
        let cap = |other: &Site| other.weight + 0.8 * distance2(sites[i].at, other.at);
        let others = sites.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| cap(other));
        let least = others.fold(f64::INFINITY, f64::min);
        sites[i].weight = sites[i].weight.min(least);
    }
}

/// A centroid or a hint may lie outside a crooked polygon: to the nearest sample that no other site is near.
fn bring_inside(sites: &mut [Site], ground: &Polygon<f64>, samples: &[Coord<f64>]) {
    let apart2 = area(ground) / sites.len() as f64 / 25.0;
    for i in 0..sites.len() {
        let at = sites[i].at;
        let near_another = |p: Coord<f64>, least2: f64| {
            sites.iter().enumerate().any(|(j, other)| j != i && distance2(other.at, p) < least2)
        };
        if holds(&ground.exterior().0, at) && !near_another(at, 1.0) {
            continue;
        }
        let free: Vec<_> = samples.iter().copied().filter(|&p| !near_another(p, apart2)).collect();
        sites[i].at = nearest(if free.is_empty() { samples } else { &free }, at);
    }
    leave_room(sites);
}

fn nearest(samples: &[Coord<f64>], p: Coord<f64>) -> Coord<f64> {
    let closest = samples.iter().min_by(|a, b| distance2(**a, p).total_cmp(&distance2(**b, p)));
    *closest.expect("there are samples")
}

fn distance2(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).powi(2) + (a.y - b.y).powi(2)
}

/// The part of the ground that each site reaches before all others.
fn cells(ground: &Polygon<f64>, sites: &[Site]) -> Vec<MultiPolygon<f64>> {
    let bounds = ground.bounding_rect().expect("ground has corners");
    let margin = bounds.width().max(bounds.height()) / 8.0;
    let (min, max) = (bounds.min(), bounds.max());
    let (w, s, e, n) = (min.x - margin, min.y - margin, max.x + margin, max.y + margin);
    let corners = [(w, s), (e, s), (e, n), (w, n)].map(|(x, y)| Coord { x, y });
    let cell = |i: usize| {
        let mut ring = corners.to_vec();
        for other in (0..sites.len()).filter(|&j| j != i) {
            ring = nearer_side(&ring, sites[i], sites[other]);
        }
        if let Some(&first) = ring.first() {
            ring.push(first);
        }
        Polygon::new(LineString(ring), vec![]).intersection(ground)
    };
    (0..sites.len()).map(cell).collect()
}

/// Cuts from a convex ring (open) what the other site reaches first.
fn nearer_side(ring: &[Coord<f64>], site: Site, other: Site) -> Vec<Coord<f64>> {
    // |p-a|² - wa <= |p-b|² - wb  is  2 (b-a)·p <= |b|² - |a|² + wa - wb. Relative to `a`, for the digits.
    let to = other.at - site.at;
    let limit = to.x * to.x + to.y * to.y + site.weight - other.weight;
    let over = |p: Coord<f64>| 2.0 * ((p.x - site.at.x) * to.x + (p.y - site.at.y) * to.y) - limit;
    let mut kept = Vec::with_capacity(ring.len() + 1);
    for (i, &p) in ring.iter().enumerate() {
        let q = ring[(i + 1) % ring.len()];
        let (at_p, at_q) = (over(p), over(q));
        if at_p <= 0.0 {
            kept.push(p);
        }
        if (at_p < 0.0 && at_q > 0.0) || (at_p > 0.0 && at_q < 0.0) {
            kept.push(p + (q - p) * (at_p / (at_p - at_q)));
        }
    }
    kept
}

fn largest(cell: &MultiPolygon<f64>) -> f64 {
    cell.iter().map(area).fold(0.0, f64::max)
}

/// Keeps the largest piece of every cell and gives the others to the neighbour they share most edge with.
fn in_one_piece(cells: Vec<MultiPolygon<f64>>) -> Vec<Polygon<f64>> {
    let (mut whole, mut loose) = (Vec::with_capacity(cells.len()), Vec::new());
    for cell in cells {
        let mut pieces = cell.0;
        pieces.sort_by(|a, b| area(b).total_cmp(&area(a)));
        let mut pieces = pieces.into_iter();
        whole.push(pieces.next().expect("every cell holds its site"));
        loose.extend(pieces);
    }
    // A piece may touch nothing but another loose piece: then it waits until that one has gone somewhere.
    while !loose.is_empty() {
        let n = whole.len();
        let all: Vec<_> = whole.iter().chain(&loose).map(|p| p.exterior().0.as_slice()).collect();
        let Ok(mesh) = mesh::weld(&[], &all) else { return whole };
        let home = |i: usize| mesh.closest_neighbour(n + i).filter(|&cell| cell < n);
        let Some((i, cell)) = (0..loose.len()).find_map(|i| Some((i, home(i)?))) else { return whole };
        let joined = mesh.dissolve(&[cell, n + i]);
        let Some(joined) = joined.into_iter().next() else { return whole };
        whole[cell] = joined;
        loose.swap_remove(i);
    }
    whole
}
