//! Which grid a point is in, from memory, on one core; beside a plain loop over the boxes and edges of all grids.

use super::city::{City, SEED};
use super::machine::Machine;
use super::{Figures, Measured};
use crate::cli::Bench;
use crate::out::{Failed, plain};
use domain::area::Level;
use domain::geo::{Coord, LngLat};
use sim::chance::Chance;
use std::hint::black_box;
use std::time::{Duration, Instant};

const POINTS: usize = 200_000;

/// Measures it.
pub async fn run(args: &Bench) -> Result<Measured, Failed> {
    let machine = Machine::here();
    let city = City::open(args, 0).await?;
    let facts = city.app.city();
    let shapes: Vec<Shape> = facts
        .tree
        .at_level(Level::Grid)
        .filter_map(|grid| Shape::of(grid.polygon.as_ref()?.0.first()?.exterior().0.as_slice()))
        .collect();
    let points = points(&shapes).ok_or_else(|| plain("this city has no outlines to look points up in"))?;
    let length = Duration::from_secs(args.seconds.min(3));
    let ours = rate(&points, length, |point| facts.locator.at(point).is_some());
    let plain = rate(&points, length, |point| shapes.iter().any(|shape| shape.has(point)));
    city.close().await;
    Ok(Measured {
        what: "lookup",
        database: "none",
        goal: "1,000,000 points a second on a core".to_owned(),
        met: ours >= 1e6,
        figures: Figures::from([("points_per_s", ours), ("grids", shapes.len() as f64)]),
        raw: Figures::from([("plain_loop_points_per_s", plain), ("times_faster", ours / plain)]),
        of_raw_pct: None,
        machine,
    })
}

/// How many points in a second, one after the other.
fn rate(points: &[LngLat], length: Duration, look: impl Fn(LngLat) -> bool) -> f64 {
    let (begun, mut n) = (Instant::now(), 0);
    for some in points.chunks(64).cycle() {
        for point in some {
            black_box(look(black_box(*point)));
        }
        n += some.len();
        if begun.elapsed() >= length {
            break;
        }
    }
    n as f64 / begun.elapsed().as_secs_f64()
}

/// A ring and the box around it.
struct Shape {
    ring: Vec<Coord<f64>>,
    low: Coord<f64>,
    high: Coord<f64>,
}

impl Shape {
    fn of(ring: &[Coord<f64>]) -> Option<Shape> {
        let first = *ring.first()?;
        let pick = |of: fn(f64, f64) -> f64| {
            ring.iter().fold(first, |so_far, c| Coord { x: of(so_far.x, c.x), y: of(so_far.y, c.y) })
        };
        Some(Shape { ring: ring.to_vec(), low: pick(f64::min), high: pick(f64::max) })
    }

    /// Even-odd crossings of a ray to the east.
    fn has(&self, at: LngLat) -> bool {
        let in_box =
            (self.low.x..=self.high.x).contains(&at.lng) && (self.low.y..=self.high.y).contains(&at.lat);
        in_box
            && self.ring.windows(2).fold(false, |inside, edge| {
                let (a, b) = (edge[0], edge[1]);
                let between = (a.y > at.lat) != (b.y > at.lat);
                inside ^ (between && at.lng < (b.x - a.x) * (at.lat - a.y) / (b.y - a.y) + a.x)
            })
    }
}

/// Points by chance in the boxes of grids by chance: most lie in the city, some beside it.
fn points(shapes: &[Shape]) -> Option<Vec<LngLat>> {
    let mut chance = Chance::new(SEED).branch("points");
    let mut point = || {
        let Shape { low, high, .. } = chance.clone().one_of(shapes);
        chance.bits();
        let (lng, lat) = (chance.between(low.x, high.x), chance.between(low.y, high.y));
        LngLat { lng, lat }
    };
    (!shapes.is_empty()).then(|| (0..POINTS).map(|_| point()).collect())
}
