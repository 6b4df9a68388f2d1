//! The demo city's ground: the real tree of areas, with invented shapes below the county, exactly covering it.
//!
//! County outlines and all names and codes down to the community are data. The shares of the zones, townships,
//! communities and grids are *made up*: a weighted Voronoi diagram inside the area above, level by level
//! (`voronoi`). All grids are then welded into one mesh of shared edges, and every outline above is the outer
//! edge of its grids (`mesh`), so that the cover is exact at all five levels.
//! Not here: people, places, cases. The same seed and data give the same city, bit for bit.

use std::collections::HashMap;

use domain::area::{Area, AreaCode, AreaPath, Kind, Level};
use domain::geo::{Coord, LngLat, MultiPolygon, Plane};
use domain::id::AreaId;

use crate::chance::Chance;

pub use self::data::{BadData, CityData, Sources};

mod data;
mod layout;
mod mesh;
mod names;
mod voronoi;

/// Why no city came out.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A county of the data has no outline.
    #[error("no outline for county {0}")]
    NoOutline(AreaCode),
    /// A township or community whose parent is not in the data.
    #[error("{0} answers to an area that is not in the data")]
    NoParent(AreaCode),
    /// Fewer grids than communities.
    #[error("{communities} communities cannot share {grids} grids: each needs one")]
    TooFewGrids {
        /// How many communities.
        communities: usize,
        /// How many grids.
        grids: usize,
    },
    /// The mesh did not close with any of the seeds tried; the county outlines are the likely cause.
    #[error("the grids do not form a closed mesh: {0}")]
    Mesh(#[from] mesh::Torn),
}

/// How many seeds in a row are tried when two invented corners fall so near each other that the mesh does not close.
const TRIES: u64 = 8;

/// The areas of all five levels with their outlines, parents before children, ids counted from 1.
pub fn build(seed: u64, data: &CityData) -> Result<Vec<Area>, BuildError> {
    let mut last = None;
    for attempt in 0..TRIES {
        match try_build(&Chance::new(seed).branch(&attempt.to_string()), data) {
            Err(BuildError::Mesh(torn)) => last = Some(torn),
            done => return done,
        }
    }
    Err(last.expect("at least one attempt was made").into())
}

fn try_build(chance: &Chance, data: &CityData) -> Result<Vec<Area>, BuildError> {
    let plane = Plane::at(data.middle());
    let plots = layout::plots(data, &plane, chance)?;
    let fixed: Vec<Coord<f64>> =
        data.outlines.iter().flat_map(|o| o.ring.iter()).map(|&c| plane.to_m(c)).collect();
    let rings: Vec<&[Coord<f64>]> = plots.iter().map(|p| p.ring.0.as_slice()).collect();
    let mesh = mesh::weld(&fixed, &rings)?.in_degrees(&plane);
    Ok(areas(data, &plots, &mesh))
}

/// Puts the tree together: rows in the order of the data, outlines from the mesh.
fn areas(data: &CityData, plots: &[layout::Plot], mesh: &mesh::Mesh) -> Vec<Area> {
    let mut maker = Maker { since: data.since, areas: Vec::new(), ids: HashMap::new() };
    let mut cells: HashMap<AreaCode, Vec<usize>> = HashMap::new();
    for (n, plot) in plots.iter().enumerate() {
        for code in [&data.city.code, &plot.county, &plot.township, &plot.community] {
            cells.entry(code.clone()).or_default().push(n);
        }
    }
    let outline = |code: &AreaCode| cells.get(code).map(|cells| mesh.dissolve(cells));
    maker.add(None, &data.city.code, data.city.kind, names::given(&data.city), outline(&data.city.code));
    for c in &data.counties {
        maker.add(Some(&data.city.code), &c.code, c.kind, names::given(c), outline(&c.code));
    }
    for t in &data.townships {
        let names = names::made(&t.name_zh, Level::Township);
        maker.add(Some(&t.county), &t.code, names::township_kind(&t.code), names, outline(&t.code));
    }
    for c in &data.communities {
        let names = names::made(&c.name_zh, Level::Community);
        maker.add(Some(&c.township), &c.code, names::community_kind(&c.name_zh), names, outline(&c.code));
    }
    let by_code: HashMap<&AreaCode, &str> =
        data.communities.iter().map(|c| (&c.code, c.name_zh.as_str())).collect();
    for (n, plot) in plots.iter().enumerate() {
        let code = plot.community.of_grid(plot.sequence).expect("far fewer than 999 grids in a community");
        let names = names::of_grid(by_code[&plot.community], plot.sequence, plot.purpose);
        let kind = if plot.purpose.is_some() { Kind::Dedicated } else { Kind::Basic };
        maker.add(Some(&plot.community), &code, kind, names, Some(mesh.dissolve(&[n])));
    }
    maker.areas
}

struct Maker {
    since: jiff::civil::Date,
    areas: Vec<Area>,
    ids: HashMap<AreaCode, usize>,
}

impl Maker {
    fn add(
        &mut self,
        parent: Option<&AreaCode>,
        code: &AreaCode,
        kind: Kind,
        names: names::Names,
        polygon: Option<MultiPolygon<f64>>,
    ) {
        let id = AreaId(self.areas.len() as u32 + 1);
        let above = parent.map(|p| &self.areas[self.ids[p]]);
        let area = Area {
            id,
            parent: above.map(|a| a.id),
            level: kind.level(),
            code: code.clone(),
            name_zh: names.zh,
            name_en: names.en,
            pinyin: names.pinyin,
            kind,
            valid_from: self.since,
            valid_to: None,
            successors: Vec::new(),
            path: above.map_or_else(|| AreaPath::root(id), |a| a.path.child(id)),
            polygon,
        };
        self.ids.insert(code.clone(), self.areas.len());
        self.areas.push(area);
    }
}

/// A point of the data as a coordinate pair on the plane, metres.
fn on_plane(plane: &Plane, p: LngLat) -> Coord<f64> {
    plane.to_m(p.coord())
}

#[cfg(test)]
mod tests;
