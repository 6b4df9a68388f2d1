//! Shapes as bytes: what a database column holds. Text for browsers (GeoJSON) is written at the edge.
//!
//! Format, version 1: a byte `1`; then counts and coordinates as LEB128 variable-length integers: polygons, rings of each, and of
//! each ring the number of vertices without the closing one, followed by zigzag differences in 1e-7 degrees.

use super::{Coord, LineString, MultiPolygon, Polygon};

/// Steps per degree of a stored coordinate: 1e-7 degrees are about a centimetre.
const STEPS: f64 = 1e7;
const VERSION: u8 = 1;

/// Bytes that are not a stored shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stored shape is broken at byte {at}")]
pub struct BrokenShape {
    /// Offset of the first byte that makes no sense.
    pub at: usize,
}

/// The coordinate rounded to the stored precision of 1e-7 degrees.
pub fn snap(c: Coord<f64>) -> Coord<f64> {
    Coord { x: (c.x * STEPS).round() / STEPS, y: (c.y * STEPS).round() / STEPS }
}

/// A shape as bytes. Lossless for coordinates that passed through [`snap`]; others are rounded to it.
pub fn shape_to_bytes(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let mut out = vec![VERSION];
    put(&mut out, shape.0.len() as u64);
    for polygon in shape {
        put(&mut out, 1 + polygon.interiors().len() as u64);
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            let open = &ring.0[..ring.0.len().saturating_sub(1)];
            put(&mut out, open.len() as u64);
            let (mut x, mut y) = (0, 0);
            for c in open {
                let (cx, cy) = ((c.x * STEPS).round() as i64, (c.y * STEPS).round() as i64);
                put_signed(&mut out, cx - x);
                put_signed(&mut out, cy - y);
                (x, y) = (cx, cy);
            }
        }
    }
    out
}

/// The shape that [`shape_to_bytes`] wrote.
pub fn shape_from_bytes(bytes: &[u8]) -> Result<MultiPolygon<f64>, BrokenShape> {
    if bytes.first() != Some(&VERSION) {
        return Err(BrokenShape { at: 0 });
    }
    let mut input = Input { bytes, at: 1 };
    let n_polygons = input.count()?;
    let mut polygons = Vec::with_capacity(n_polygons);
    for _ in 0..n_polygons {
        let n_rings = input.count()?;
        let mut rings = (0..n_rings).map(|_| input.ring()).collect::<Result<Vec<_>, _>>()?;
        if rings.is_empty() {
            return Err(BrokenShape { at: input.at });
        }
        polygons.push(Polygon::new(rings.remove(0), rings));
    }
    if input.at == bytes.len() { Ok(MultiPolygon(polygons)) } else { Err(BrokenShape { at: input.at }) }
}

fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn put_signed(out: &mut Vec<u8>, n: i64) {
    put(out, ((n << 1) ^ (n >> 63)) as u64);
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Input<'_> {
    fn number(&mut self) -> Result<u64, BrokenShape> {
        let (mut n, mut bits) = (0, 0);
        loop {
            let byte = *self.bytes.get(self.at).ok_or(BrokenShape { at: self.at })?;
            if bits > 56 {
                return Err(BrokenShape { at: self.at });
            }
            self.at += 1;
            n |= u64::from(byte & 0x7f) << bits;
            bits += 7;
            if byte < 0x80 {
                return Ok(n);
            }
        }
    }

    /// A count: no more than there are bytes left, so that broken input cannot ask for memory.
    fn count(&mut self) -> Result<usize, BrokenShape> {
        let at = self.at;
        let n = self.number()?;
        if n <= (self.bytes.len() - self.at) as u64 { Ok(n as usize) } else { Err(BrokenShape { at }) }
    }

    fn signed(&mut self) -> Result<i64, BrokenShape> {
        let n = self.number()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    fn ring(&mut self) -> Result<LineString<f64>, BrokenShape> {
        let n = self.count()?;
        let (mut x, mut y) = (0_i64, 0_i64);
        let mut ring = Vec::with_capacity(n + 1);
        for _ in 0..n {
            x = x.wrapping_add(self.signed()?);
            y = y.wrapping_add(self.signed()?);
            ring.push(Coord { x: x as f64 / STEPS, y: y as f64 / STEPS });
        }
        if let Some(&first) = ring.first() {
            ring.push(first);
        }
        Ok(LineString(ring))
    }
}
