//! GCJ-02 and BD-09, the shifted systems of Chinese maps, to WGS-84 and back.
//!
//! There is no published standard: the polynomials are the widely reproduced ones (Krasovsky 1940 ellipsoid),
//! whose agreement with map providers is about a metre. The way back has no closed form; it is iterated until
//! the forward sum returns the input, so that a round trip is exact to a millimetre.
//! Outside the rectangle around China all three systems are the same.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Coord, LngLat};

/// A coordinate system that may be named at the edge with `crs=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Crs {
    /// GPS and everything stored here.
    #[default]
    #[serde(rename = "wgs84")]
    Wgs84,
    /// The shifted system that maps published in China use.
    #[serde(rename = "gcj02")]
    Gcj02,
    /// One vendor's second shift on top of GCJ-02.
    #[serde(rename = "bd09")]
    Bd09,
}

/// A `crs=` value that names no system known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown coordinate system {0:?}; use wgs84, gcj02 or bd09")]
pub struct UnknownCrs(pub String);

impl FromStr for Crs {
    type Err = UnknownCrs;
    /// Case, spaces, hyphens and underscores do not matter; `EPSG:4326` and `CRS84` mean WGS-84, longitude first.
    fn from_str(s: &str) -> Result<Self, UnknownCrs> {
        let plain: String =
            s.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect();
        match plain.as_str() {
            ""
            | "wgs84"
            | "epsg:4326"
            | "crs84"
            | "ogc:crs84"
            | "urn:ogc:def:crs:ogc:1.3:crs84"
            | "urn:ogc:def:crs:epsg::4326" => Ok(Self::Wgs84),
            "gcj02" => Ok(Self::Gcj02),
            "bd09" | "bd09ll" => Ok(Self::Bd09),
            _ => Err(UnknownCrs(s.to_owned())),
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        })
    }
}

impl Crs {
    /// The WGS-84 point that this system calls `p`.
    pub fn to_wgs84(self, p: LngLat) -> LngLat {
        self.coord_to_wgs84(p.coord()).into()
    }

    /// What this system calls the WGS-84 point `p`.
    pub fn from_wgs84(self, p: LngLat) -> LngLat {
        self.forward(p.coord()).into()
    }

    /// As [`Crs::to_wgs84`], on a coordinate pair.
    pub fn coord_to_wgs84(self, c: Coord<f64>) -> Coord<f64> {
        match self {
            Self::Wgs84 => c,
            Self::Gcj02 | Self::Bd09 => self.back(c),
        }
    }

    fn forward(self, c: Coord<f64>) -> Coord<f64> {
        match self {
            _ if !near_china(c) => c,
            Self::Wgs84 => c,
            Self::Gcj02 => shift(c),
            Self::Bd09 => second_shift(shift(c)),
        }
    }

    /// Finds `w` with `forward(w) = c` by fixed-point iteration; the shifts are almost constant over a kilometre,
    /// so each turn gains about four digits. A point that is nobody's image lies outside China: identity.
    fn back(self, c: Coord<f64>) -> Coord<f64> {
        let mut w = c;
        for _ in 0..12 {
            let there = match self {
                Self::Bd09 => second_shift(shift(w)),
                _ => shift(w),
            };
            let miss = c - there;
            w = w + miss;
            if miss.x.abs().max(miss.y.abs()) < 1e-11 {
                break;
            }
        }
        if near_china(w) { w } else { c }
    }
}

/// The rectangle inside which the shift is applied (the customary bounds).
fn near_china(c: Coord<f64>) -> bool {
    (72.004..=137.8347).contains(&c.x) && (0.8293..=55.8271).contains(&c.y)
}

/// WGS-84 to GCJ-02.
fn shift(c: Coord<f64>) -> Coord<f64> {
    const A: f64 = 6_378_245.0; // Krasovsky 1940, metres
    const EE: f64 = 0.006_693_421_622_965_943; // its eccentricity, squared
    let (x, y) = (c.x - 105.0, c.y - 35.0);
    let wave = |t: f64, a: f64, b: f64| a * (t * b).sin();
    let ripple = (wave(x, 20.0, 6.0 * PI) + wave(x, 20.0, 2.0 * PI)) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + ripple
        + (wave(y, 20.0, PI) + wave(y, 40.0, PI / 3.0)) * 2.0 / 3.0
        + (wave(y, 160.0, PI / 12.0) + wave(y, 320.0, PI / 30.0)) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + ripple
        + (wave(x, 20.0, PI) + wave(x, 40.0, PI / 3.0)) * 2.0 / 3.0
        + (wave(x, 150.0, PI / 12.0) + wave(x, 300.0, PI / 30.0)) * 2.0 / 3.0;
    let (sin, cos) = c.y.to_radians().sin_cos();
    let magic = 1.0 - EE * sin * sin;
    Coord {
        x: c.x + east * 180.0 / (A / magic.sqrt() * cos * PI),
        y: c.y + north * 180.0 / (A * (1.0 - EE) / (magic * magic.sqrt()) * PI),
    }
}

/// GCJ-02 to BD-09.
fn second_shift(c: Coord<f64>) -> Coord<f64> {
    const X_PI: f64 = PI * 3000.0 / 180.0;
    let r = c.x.hypot(c.y) + 0.000_02 * (c.y * X_PI).sin();
    let angle = c.y.atan2(c.x) + 0.000_003 * (c.x * X_PI).cos();
    Coord { x: r * angle.cos() + 0.0065, y: r * angle.sin() + 0.006 }
}
