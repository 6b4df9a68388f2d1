//! Welding: rings that nearly share their edges become a mesh that shares them exactly, and outlines of groups come out of it.
//!
//! Corners within five centimetres become one; a corner on a neighbour's edge is put into that edge. Then every edge is walked once in each direction, but for the rim: that is checked, not hoped.

use std::collections::{BTreeMap, HashMap};

use domain::geo::{Coord, LineString, MultiPolygon, Plane, Polygon, snap};
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

/// Corners nearer than this are one, metres.
const SAME_CORNER_M: f64 = 0.05;
/// A corner nearer than this to an edge lies on it, metres.
const ON_EDGE_M: f64 = 0.15;

/// Where the mesh does not close.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Torn {
    /// A ring that came down to less than a triangle.
    #[error("grid {0} has no ground")]
    NoGround(usize),
    /// Two rings on the same side of an edge.
    #[error("grids {0} and {1} are on the same side of an edge")]
    SameSide(usize, usize),
    /// The edges without a neighbour do not form one ring.
    #[error("the rim is in {0} parts")]
    Rim(usize),
}

type Corner = u32;

/// Rings over shared corners.
pub(super) struct Mesh {
    /// Metres on the plane; degrees after [`Mesh::in_degrees`].
    corners: Vec<Coord<f64>>,
    /// Counter-clockwise, open.
    rings: Vec<Vec<Corner>>,
    /// Ring to the left of each directed edge.
    left: HashMap<(Corner, Corner), usize>,
}

/// Welds rings (closed, metres on the plane). `fixed` corners keep their place: those of the given outlines.
pub(super) fn weld(fixed: &[Coord<f64>], rings: &[&[Coord<f64>]]) -> Result<Mesh, Torn> {
    let mut corners = Corners::default();
    for &c in fixed {
        corners.id_of(c);
    }
    let rough: Vec<Vec<Corner>> = rings.iter().map(|ring| ccw(ring, &mut corners)).collect();
    let places = corners.places;
    let nearby = RTree::bulk_load(
        places.iter().enumerate().map(|(i, c)| GeomWithData::new([c.x, c.y], i as Corner)).collect(),
    );
    let mut rings = Vec::with_capacity(rough.len());
    for (n, ring) in rough.iter().enumerate() {
        let ring = without_spikes(with_corners_on_edges(ring, &places, &nearby));
        if ring.len() < 3 {
            return Err(Torn::NoGround(n));
        }
        rings.push(ring);
    }
    let mut left = HashMap::new();
    for (n, ring) in rings.iter().enumerate() {
        for edge in edges(ring) {
            if let Some(other) = left.insert(edge, n) {
                return Err(Torn::SameSide(other, n));
            }
        }
    }
    let mesh = Mesh { corners: places, rings, left };
    let all: Vec<usize> = (0..mesh.rings.len()).collect();
    let rim = mesh.dissolve(&all);
    let parts: usize = rim.iter().map(|p| 1 + p.interiors().len()).sum();
    if parts == 1 { Ok(mesh) } else { Err(Torn::Rim(parts)) }
}

impl Mesh {
    /// The same mesh in degrees, rounded to the stored precision.
    pub(super) fn in_degrees(mut self, plane: &Plane) -> Self {
        for corner in &mut self.corners {
            *corner = snap(plane.to_deg(*corner));
        }
        self
    }

    /// The ring that shares most edge with this one; `None` for an island.
    pub(super) fn closest_neighbour(&self, ring: usize) -> Option<usize> {
        let mut shared: BTreeMap<usize, f64> = BTreeMap::new();
        for (a, b) in edges(&self.rings[ring]) {
            if let Some(&other) = self.left.get(&(b, a)) {
                let d = self.corners[a as usize] - self.corners[b as usize];
                *shared.entry(other).or_default() += d.x.hypot(d.y);
            }
        }
        shared.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(other, _)| other)
    }

    /// The outline of some of the rings taken together.
    ///
    /// Parts that meet in a corner only stay apart, as the rules for polygons want it.
    pub(super) fn dissolve(&self, rings: &[usize]) -> MultiPolygon<f64> {
        let member: std::collections::HashSet<usize> = rings.iter().copied().collect();
        let mut leaving: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
        for edge in rings.iter().flat_map(|&n| edges(&self.rings[n])) {
            let inner = self.left.get(&(edge.1, edge.0)).is_some_and(|n| member.contains(n));
            if !inner {
                leaving.entry(edge.0).or_default().push(edge.1);
            }
        }
        let (mut outer, mut holes) = (Vec::new(), Vec::new());
        while let Some((&start, _)) = leaving.first_key_value() {
            for ring in simple_rings(&self.walk(start, &mut leaving)) {
                let ring: Vec<_> = ring.iter().chain(&ring[..1]).map(|&c| self.corners[c as usize]).collect();
                if signed_area(&ring) > 0.0 { outer.push(ring) } else { holes.push(ring) }
            }
        }
        assemble(outer, holes)
    }

    /// Follows the outline from a corner back to it, at a crossing always along the ground just walked.
    fn walk(&self, start: Corner, leaving: &mut BTreeMap<Corner, Vec<Corner>>) -> Vec<Corner> {
        let place = |c: Corner| self.corners[c as usize];
        let mut path = vec![start];
        let mut came: Option<Corner> = None;
        let mut at = start;
        while let Some(ways) = leaving.get_mut(&at) {
            let turn = |to: &Corner| came.map_or(0.0, |came| clockwise(place(came), place(at), place(*to)));
            let best = (0..ways.len()).min_by(|&a, &b| turn(&ways[a]).total_cmp(&turn(&ways[b])));
            let next = ways.swap_remove(best.expect("empty entries are removed"));
            if ways.is_empty() {
                leaving.remove(&at);
            }
            path.push(next);
            (came, at) = (Some(at), next);
            if at == start {
                break;
            }
        }
        path
    }
}

/// Cuts a closed path at the corners it passes twice, as where a hole touches the rim; the rings are open.
fn simple_rings(path: &[Corner]) -> Vec<Vec<Corner>> {
    let (mut rings, mut open): (Vec<Vec<Corner>>, Vec<Corner>) = (Vec::new(), Vec::new());
    let mut place: HashMap<Corner, usize> = HashMap::new();
    for &corner in path {
        if let Some(&at) = place.get(&corner) {
            let ring = open.split_off(at);
            for c in &ring {
                place.remove(c);
            }
            rings.push(ring);
        }
        place.insert(corner, open.len());
        open.push(corner);
    }
    rings
}

fn edges(ring: &[Corner]) -> impl Iterator<Item = (Corner, Corner)> {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(&a, &b)| (a, b))
}

#[derive(Default)]
struct Corners {
    places: Vec<Coord<f64>>,
    boxes: HashMap<(i64, i64), Vec<Corner>>,
}

impl Corners {
    fn id_of(&mut self, c: Coord<f64>) -> Corner {
        let (bx, by) = ((c.x / SAME_CORNER_M).floor() as i64, (c.y / SAME_CORNER_M).floor() as i64);
        for key in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (bx + dx, by + dy))) {
            for &id in self.boxes.get(&key).into_iter().flatten() {
                let d = self.places[id as usize] - c;
                if d.x.hypot(d.y) < SAME_CORNER_M {
                    return id;
                }
            }
        }
        let id = self.places.len() as Corner;
        self.places.push(c);
        self.boxes.entry((bx, by)).or_default().push(id);
        id
    }
}

fn ccw(ring: &[Coord<f64>], corners: &mut Corners) -> Vec<Corner> {
    let mut ids: Vec<Corner> = ring.iter().map(|&c| corners.id_of(c)).collect();
    if signed_area(ring) < 0.0 {
        ids.reverse();
    }
    ids.pop(); // the closing corner
    ids.dedup();
    ids
}

fn with_corners_on_edges(
    ring: &[Corner],
    places: &[Coord<f64>],
    nearby: &RTree<GeomWithData<[f64; 2], Corner>>,
) -> Vec<Corner> {
    let mut full = Vec::with_capacity(ring.len() * 2);
    for (a, b) in edges(ring) {
        let (pa, pb) = (places[a as usize], places[b as usize]);
        let along = pb - pa;
        let length2 = along.x * along.x + along.y * along.y;
        let bounds = AABB::from_corners(
            [pa.x.min(pb.x) - ON_EDGE_M, pa.y.min(pb.y) - ON_EDGE_M],
            [pa.x.max(pb.x) + ON_EDGE_M, pa.y.max(pb.y) + ON_EDGE_M],
        );
        let mut between: Vec<(f64, Corner)> = Vec::new();
        for found in nearby.locate_in_envelope(bounds).filter(|f| f.data != a && f.data != b) {
            let to = places[found.data as usize] - pa;
            let t = (to.x * along.x + to.y * along.y) / length2;
            let off = (to.x * along.y - to.y * along.x).abs() / length2.sqrt();
            if t > 0.0 && t < 1.0 && off < ON_EDGE_M {
                between.push((t, found.data));
            }
        }
        between.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
        full.push(a);
        full.extend(between.into_iter().map(|(_, c)| c));
    }
    full
}

/// Takes out doubled corners and there-and-back steps.
fn without_spikes(mut ring: Vec<Corner>) -> Vec<Corner> {
    loop {
        let n = ring.len();
        if n < 3 {
            return ring;
        }
        let doubled = (0..n).find(|&i| ring[i] == ring[(i + 1) % n]);
        let spike = (0..n).find(|&i| ring[i] == ring[(i + 2) % n]).map(|i| (i + 1) % n);
        match doubled.or(spike) {
            Some(i) => ring.remove(i),
            None => return ring,
        };
    }
}

fn signed_area(ring: &[Coord<f64>]) -> f64 {
    let Some(&first) = ring.first() else { return 0.0 };
    let cross = |w: &[Coord<f64>]| {
        let (p, q) = (w[0] - first, w[1] - first);
        p.x * q.y - q.x * p.y
    };
    ring.windows(2).map(cross).sum::<f64>() / 2.0
}

/// Angle from the way back to `to`, turning clockwise, in radians above 0 and up to a full turn.
fn clockwise(came: Coord<f64>, at: Coord<f64>, to: Coord<f64>) -> f64 {
    let (back, ahead) = (came - at, to - at);
    let angle = (back.y.atan2(back.x) - ahead.y.atan2(ahead.x)).rem_euclid(std::f64::consts::TAU);
    if angle == 0.0 { std::f64::consts::TAU } else { angle }
}

fn assemble(outer: Vec<Vec<Coord<f64>>>, holes: Vec<Vec<Coord<f64>>>) -> MultiPolygon<f64> {
    #[allow(clippy::type_complexity)] // outer rings with their holes
    let mut parts: Vec<(Vec<Coord<f64>>, Vec<LineString<f64>>)> =
        outer.into_iter().map(|ring| (ring, Vec::new())).collect();
    for hole in holes {
        let inside = |outer: &[Coord<f64>]| hole.iter().filter(|&&c| holds(outer, c)).count();
        if let Some((_, in_it)) = parts.iter_mut().max_by_key(|(outer, _)| inside(outer)) {
            in_it.push(LineString(hole));
        }
    }
    MultiPolygon(parts.into_iter().map(|(ring, holes)| Polygon::new(LineString(ring), holes)).collect())
}

fn holds(ring: &[Coord<f64>], p: Coord<f64>) -> bool {
    let crosses = |w: &&[Coord<f64>]| {
        let (a, b) = (w[0], w[1]);
        (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}
