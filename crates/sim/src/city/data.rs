//! The demo city's files, parsed: rows of areas and outlines of counties. What they become is `layout`'s business.

use domain::area::{AreaCode, Kind};
use domain::geo::{Coord, LngLat};
use jiff::civil::Date;
use serde::Deserialize;

/// The texts of the files in `demo/areas` and `demo/boundaries`.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// `city_and_counties.csv`: code, level, kind, name_zh, name_en.
    pub city_and_counties: &'a str,
    /// `townships_to_11_counties.csv`: township_code, township, gb_county_code, county_code.
    pub townships: &'a str,
    /// `nbs2023_villages.csv`: code, name, streetCode.
    pub communities: &'a str,
    /// `counties.geojson`: features with `adcode`, `lon` and `lat` of the seat, and a Polygon each.
    pub outlines: &'a str,
}

/// Everything a city is built from.
#[derive(Clone, Debug)]
pub struct CityData {
    /// The root.
    pub city: Named,
    /// Counties and zones.
    pub counties: Vec<Named>,
    /// Townships and the county each answers to.
    pub townships: Vec<Township>,
    /// Communities and the township each answers to.
    pub communities: Vec<Community>,
    /// Outlines of the national counties; zones get a share of the one their townships' codes come from.
    pub outlines: Vec<Outline>,
    /// How many grids to make.
    pub n_grids: usize,
    /// First day of every area.
    pub since: Date,
}

/// An area whose names are given in both languages.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// Code.
    pub code: AreaCode,
    /// Kind.
    pub kind: Kind,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// A township.
#[derive(Clone, Debug, Deserialize)]
pub struct Township {
    /// Code; its prefix may be another county's.
    #[serde(rename = "township_code")]
    pub code: AreaCode,
    /// Chinese name.
    #[serde(rename = "township")]
    pub name_zh: String,
    /// The national county its ground belongs to.
    pub gb_county_code: AreaCode,
    /// The county or zone it answers to.
    #[serde(rename = "county_code")]
    pub county: AreaCode,
}

/// A community.
#[derive(Clone, Debug, Deserialize)]
pub struct Community {
    /// Code.
    pub code: AreaCode,
    /// Chinese name.
    #[serde(rename = "name")]
    pub name_zh: String,
    /// The township it answers to.
    #[serde(rename = "streetCode")]
    pub township: AreaCode,
}

/// The outline of a national county.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Code of the county.
    pub code: AreaCode,
    /// Its seat, around which the streets are laid.
    pub seat: LngLat,
    /// The outer ring, WGS-84 degrees, closed.
    pub ring: Vec<Coord<f64>>,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadData {
    /// A broken row.
    #[error("reading {file}")]
    Csv {
        /// Which.
        file: &'static str,
        /// Where and why.
        #[source]
        source: csv::Error,
    },
    /// Broken outlines.
    #[error("reading outlines")]
    Json(#[from] serde_json::Error),
    /// An outline with holes or several parts, or with too few corners.
    #[error("outline of {0} is not one plain ring")]
    NotOneRing(String),
    /// No row of kind city.
    #[error("no row of kind city")]
    NoCity,
}

impl CityData {
    /// Reads the texts.
    pub fn parse(sources: Sources, n_grids: usize, since: Date) -> Result<Self, BadData> {
        let mut counties: Vec<Named> = rows("city_and_counties", sources.city_and_counties)?;
        let city = counties.iter().position(|r| r.kind == Kind::City).ok_or(BadData::NoCity)?;
        Ok(Self {
            city: counties.remove(city),
            counties,
            townships: rows("townships", sources.townships)?,
            communities: rows("communities", sources.communities)?,
            outlines: outlines(sources.outlines)?,
            n_grids,
            since,
        })
    }

    /// Middle of the seats: where the plane touches.
    pub(super) fn middle(&self) -> LngLat {
        let sum = self.outlines.iter().fold(Coord::zero(), |sum, o| sum + o.seat.coord());
        (sum / self.outlines.len().max(1) as f64).into()
    }
}

fn rows<T: for<'de> Deserialize<'de>>(file: &'static str, text: &str) -> Result<Vec<T>, BadData> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|source| BadData::Csv { file, source })
}

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    adcode: AreaCode,
    lon: f64,
    lat: f64,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: Vec<Vec<[f64; 2]>>,
}

fn outlines(text: &str) -> Result<Vec<Outline>, BadData> {
    let collection: Collection = serde_json::from_str(text)?;
    let outline = |f: Feature| {
        let code = f.properties.adcode;
        let [ring] = f.geometry.coordinates.as_slice() else {
            return Err(BadData::NotOneRing(code.to_string()));
        };
        let ring: Vec<_> = ring.iter().map(|&[x, y]| Coord { x, y }).collect();
        if ring.len() < 4 || ring.first() != ring.last() {
            return Err(BadData::NotOneRing(code.to_string()));
        }
        Ok(Outline { seat: LngLat { lng: f.properties.lon, lat: f.properties.lat }, code, ring })
    };
    collection.features.into_iter().map(outline).collect()
}
