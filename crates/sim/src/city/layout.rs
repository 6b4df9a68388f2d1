//! Who gets which ground: county by county, share by share, down to the grid. Shapes are invented (`voronoi`).

use std::collections::BTreeMap;

use domain::area::{AreaCode, Kind};
use domain::geo::{Coord, LineString, Plane, Polygon};

use super::data::{CityData, Community, Outline, Township};
use super::names::{PURPOSES, Purpose, community_kind, township_kind};
use super::voronoi::{self, divide};
use super::{BuildError, on_plane};
use crate::chance::Chance;

/// A street's community needs this much less ground than a village.
const DENSITY_OF_STREETS: f64 = 5.0;
/// ... and this many times as many grids.
const GRIDS_OF_RESIDENTS: f64 = 1.8;

/// One grid: where it belongs and its ring, metres on the plane, not yet welded to its neighbours.
pub(super) struct Plot {
    pub county: AreaCode,
    pub township: AreaCode,
    pub community: AreaCode,
    /// 1 to 999 within the community.
    pub sequence: u16,
    /// What a dedicated grid is for; `None` for a basic one.
    pub purpose: Option<Purpose>,
    pub ring: LineString<f64>,
}

/// A township with its communities and how many grids each gets.
struct Share<'a> {
    township: &'a Township,
    communities: Vec<(&'a Community, usize)>,
}

impl Share<'_> {
    /// Relative need of ground.
    fn ground(&self) -> f64 {
        let n = self.communities.len().max(1) as f64;
        if township_kind(&self.township.code) == Kind::Street { n / DENSITY_OF_STREETS } else { n }
    }
}

/// All grids, in the order of the communities of the data.
pub(super) fn plots(data: &CityData, plane: &Plane, chance: &Chance) -> Result<Vec<Plot>, BuildError> {
    let counts = grids_per_community(data, chance)?;
    let mut shares: BTreeMap<&AreaCode, Share> =
        data.townships.iter().map(|t| (&t.code, Share { township: t, communities: Vec::new() })).collect();
    for (community, &n) in data.communities.iter().zip(&counts) {
        let share = shares.get_mut(&community.township);
        let share = share.ok_or_else(|| BuildError::NoParent(community.code.clone()))?;
        share.communities.push((community, n));
    }
    // Ground of a national county, by the county or zone that answers for it.
    let mut ground: BTreeMap<&AreaCode, BTreeMap<&AreaCode, Vec<Share>>> = BTreeMap::new();
    for share in shares.into_values().filter(|s| !s.communities.is_empty()) {
        let (gb, county) = (&share.township.gb_county_code, &share.township.county);
        if !data.counties.iter().any(|c| c.code == *county) {
            return Err(BuildError::NoParent(share.township.code.clone()));
        }
        ground.entry(gb).or_default().entry(county).or_default().push(share);
    }
    let mut plots = Vec::with_capacity(data.n_grids);
    for (gb, counties) in ground {
        let outline = data.outlines.iter().find(|o| o.code == *gb);
        let outline = outline.ok_or_else(|| BuildError::NoOutline(gb.clone()))?;
        lay_county(outline, &counties, plane, &chance.branch(gb.as_str()), &mut plots);
    }
    plots.sort_by(|a, b| (&a.community, a.sequence).cmp(&(&b.community, b.sequence)));
    Ok(plots)
}

/// At least one each; the rest by kind and chance, summing to the number wanted.
fn grids_per_community(data: &CityData, chance: &Chance) -> Result<Vec<usize>, BuildError> {
    let (communities, grids) = (data.communities.len(), data.n_grids);
    let spare = grids.checked_sub(communities).ok_or(BuildError::TooFewGrids { communities, grids })?;
    let weigh = |c: &Community| {
        let base = if community_kind(&c.name_zh) == Kind::Residents { GRIDS_OF_RESIDENTS } else { 1.0 };
        base * chance.branch(c.code.as_str()).between(0.3, 1.7)
    };
    let weights: Vec<f64> = data.communities.iter().map(weigh).collect();
    Ok(largest_remainders(&weights, spare).into_iter().map(|n| n + 1).collect())
}

/// Shares a whole number out by weight (Hamilton's method).
fn largest_remainders(weights: &[f64], total: usize) -> Vec<usize> {
    let sum: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|w| w / sum * total as f64).collect();
    let mut counts: Vec<usize> = exact.iter().map(|e| e.floor() as usize).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    let left = total - counts.iter().sum::<usize>();
    for i in order.into_iter().take(left) {
        counts[i] += 1;
    }
    counts
}

fn lay_county(
    outline: &Outline,
    counties: &BTreeMap<&AreaCode, Vec<Share>>,
    plane: &Plane,
    chance: &Chance,
    plots: &mut Vec<Plot>,
) {
    let ring = outline.ring.iter().map(|&c| plane.to_m(c)).collect();
    let whole = Polygon::new(LineString(ring), vec![]);
    let seat = on_plane(plane, outline.seat);
    let needs: Vec<f64> = counties.values().map(|s| s.iter().map(Share::ground).sum()).collect();
    // Zones lie around the seat, each in a direction of its own.
    let reach = voronoi::area(&whole).sqrt() / 4.0;
    let turn = chance.branch("zones").between(0.0, std::f64::consts::TAU);
    let towards = |(i, county): (usize, &&AreaCode)| {
        let angle = turn + std::f64::consts::TAU * i as f64 / counties.len() as f64;
        let out = if **county == outline.code { 0.0 } else { reach };
        Some(seat + Coord { x: angle.cos(), y: angle.sin() } * out)
    };
    let hints: Vec<_> = counties.keys().enumerate().map(towards).collect();
    let pieces = divide(&whole, &needs, &hints, chance.branch("shares"));
    for ((county, shares), piece) in counties.iter().zip(pieces) {
        let seat = if **county == outline.code { seat } else { voronoi::middle(&piece) };
        lay_townships(county, shares, &piece, seat, &chance.branch(county.as_str()), plots);
    }
}

/// Streets around the seat, towns about them.
fn lay_townships(
    county: &AreaCode,
    shares: &[Share],
    ground: &Polygon<f64>,
    seat: Coord<f64>,
    chance: &Chance,
    plots: &mut Vec<Plot>,
) {
    let needs: Vec<f64> = shares.iter().map(Share::ground).collect();
    let reach = voronoi::area(ground).sqrt() / 12.0;
    let mut near = chance.branch("streets");
    let mut centre = Some(seat); // the first street is the old town itself
    let mut hint = |share: &Share| {
        let beside = Coord { x: near.between(-reach, reach), y: near.between(-reach, reach) };
        let is_street = township_kind(&share.township.code) == Kind::Street;
        is_street.then(|| centre.take().unwrap_or(seat + beside))
    };
    let hints: Vec<_> = shares.iter().map(&mut hint).collect();
    let pieces = divide(ground, &needs, &hints, chance.branch("townships"));
    for (share, piece) in shares.iter().zip(pieces) {
        let chance = chance.branch(share.township.code.as_str());
        let mut sizes = chance.branch("sizes");
        let needs: Vec<f64> =
            share.communities.iter().map(|&(_, n)| (n as f64).sqrt() * sizes.between(0.7, 1.4)).collect();
        let pieces = divide(&piece, &needs, &vec![None; needs.len()], chance.branch("communities"));
        for (&(community, n), piece) in share.communities.iter().zip(pieces) {
            lay_grids(county, community, n, &piece, &chance, plots);
        }
    }
}

fn lay_grids(
    county: &AreaCode,
    community: &Community,
    n: usize,
    ground: &Polygon<f64>,
    chance: &Chance,
    plots: &mut Vec<Plot>,
) {
    let mut chance = chance.branch(community.code.as_str());
    let needs: Vec<f64> = (0..n).map(|_| chance.between(0.6, 1.4)).collect();
    let urban = community_kind(&community.name_zh) == Kind::Residents;
    let has_dedicated = n >= 3 && chance.happens(if urban { 0.6 } else { 0.1 });
    let purpose = PURPOSES[chance.below(PURPOSES.len())];
    let pieces = divide(ground, &needs, &vec![None; n], chance.branch("grids"));
    for (i, piece) in pieces.into_iter().enumerate() {
        plots.push(Plot {
            county: county.clone(),
            township: community.township.clone(),
            community: community.code.clone(),
            sequence: i as u16 + 1,
            purpose: (has_dedicated && i + 1 == n).then_some(purpose),
            ring: piece.exterior().clone(),
        });
    }
}
