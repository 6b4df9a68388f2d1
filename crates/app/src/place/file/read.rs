//! Reading a file of places into drafts. Reading never stops at the first fault: good rows become drafts, the others
//! findings by row and column.

use std::collections::BTreeMap;
use std::fmt;

use domain::geo::{Crs, LngLat, snap};
use domain::place::{Kinds, Sort, State};
use serde_json::Value;
use sheet::{Known, Limits, Sheet, find_header, read};

use super::super::keep::PlaceIn;
use crate::city::City;

/// The most rows of one file.
const MOST_ROWS: usize = 20_000;

/// Where in a file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spot {
    /// The file as a whole.
    File,
    /// A row as a spreadsheet counts, the header being 1.
    Row(usize),
    /// A feature, counted from 1.
    Feature(usize),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spot::File => f.write_str("file"),
            Spot::Row(n) => write!(f, "row {n}"),
            Spot::Feature(n) => write!(f, "feature {n}"),
        }
    }
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub at: Spot,
    /// The column or property, if it is one.
    pub column: String,
    /// What is wrong, and what would put it right.
    pub says: String,
    /// The row was left out; else it is only noted.
    pub left_out: bool,
}

/// A place as a file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Where it stands.
    pub at: Spot,
    /// What it says.
    pub place: PlaceIn,
}

/// What a file came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadFile {
    /// What could be read, in the order of the file.
    pub drafts: Vec<Draft>,
    /// What could not, and what was passed over.
    pub findings: Vec<Finding>,
}

/// Columns that every file may have, with their names; the first is the one told.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("kind", &["kind", "种类", "类型", "类别"]),
    ("name", &["name", "名称", "name_zh"]),
    ("name_en", &["name_en", "英文名称"]),
    ("number", &["number", "编号", "部件编号"]),
    ("address", &["address", "地址", "位置"]),
    ("lng", &["lng", "经度", "lon", "longitude"]),
    ("lat", &["lat", "纬度", "latitude"]),
    ("grid", &["grid", "网格", "网格编码", "area"]),
    ("owner", &["owner", "权属单位", "产权单位", "主管部门"]),
    ("state", &["state", "状态", "现状"]),
];
/// Columns of our own exports that say nothing to whoever brings them in.
const PASSED_OVER: [&str; 5] = ["id", "sort", "version", "due", "looked_on"];

/// Reads CSV or XLSX: the first sheet that has the columns `kind` and `name`.
pub fn read_table(bytes: &[u8], sort: Sort, crs: Crs, city: &City, kinds: &Kinds) -> ReadFile {
    let mut file = ReadFile::default();
    let sheets = match read(bytes, &Limits::default()) {
        Ok(sheets) => sheets,
        Err(why) => {
            file.leave_out(Spot::File, "", why.to_string());
            return file;
        }
    };
    let known: Vec<Known> = COLUMNS
        .iter()
        .map(|(name, names)| {
            if matches!(*name, "kind" | "name") {
                Known::required(names.iter().copied())
            } else {
                Known::optional(names.iter().copied())
            }
        })
        .collect();
    let found = sheets.iter().map(|sheet| (sheet, find_header(sheet, &known)));
    let mut fault = None;
    for (sheet, header) in found {
        match header {
            Ok(header) => {
                table(&mut file, sheet, &header, &Reader { sort, crs, city, kinds });
                return file;
            }
            Err(why) => fault = fault.or(Some(why)),
        }
    }
    let why = fault.map_or_else(|| "the file is empty".to_owned(), |it| it.to_string());
    file.leave_out(Spot::File, "", format!("{why}; the first row names the columns: kind, name, number, address, lng, lat, grid, owner, state, and the fields of the kinds"));
    file
}

fn table(file: &mut ReadFile, sheet: &Sheet, header: &sheet::Header, reader: &Reader<'_>) {
    let fields: Vec<(usize, String)> =
        header.others.iter().filter(|(_, name)| !PASSED_OVER.contains(&name.trim())).cloned().collect();
    for (column, name) in &fields {
        if !reader.is_field(name) {
            let says = format!("the column {name} is of no kind's fields and is passed over");
            let at = Spot::Row(header.row + 1);
            file.findings.push(Finding { at, column: sheet::column_letters(*column), says, left_out: false });
        }
    }
    for row in (header.first..sheet.height()).filter(|row| !sheet.is_blank(*row)) {
        let at = Spot::Row(row + 1);
        if file.drafts.len() >= MOST_ROWS {
            file.leave_out(at, "", format!("{MOST_ROWS} rows are the most of one file; split it"));
            return;
        }
        let text = |column: Option<usize>| column.map_or_else(String::new, |it| sheet.cell(row, it).text());
        let get = |name: &str| {
            let nth = COLUMNS.iter().position(|(it, _)| *it == name);
            text(nth.and_then(|nth| header.columns[nth]))
        };
        let more = fields.iter().map(|(column, name)| (name.as_str(), Value::String(text(Some(*column)))));
        match reader.draft(&get, more.collect()) {
            Ok(place) => file.drafts.push(Draft { at, place }),
            Err((column, says)) => file.leave_out(at, column, says),
        }
    }
}

/// Reads a FeatureCollection of Points; properties are named as the columns are.
pub fn read_geojson(json: &Value, sort: Sort, crs: Crs, city: &City, kinds: &Kinds) -> ReadFile {
    let mut file = ReadFile::default();
    let Some(features) = json.get("features").and_then(Value::as_array) else {
        file.leave_out(
            Spot::File,
            "",
            "it is no FeatureCollection; export it as GeoJSON with features".to_owned(),
        );
        return file;
    };
    let reader = Reader { sort, crs, city, kinds };
    for (nth, feature) in features.iter().enumerate() {
        let at = Spot::Feature(nth + 1);
        if nth >= MOST_ROWS {
            file.leave_out(at, "", format!("{MOST_ROWS} features are the most of one file; split it"));
            break;
        }
        match reader.feature(feature) {
            Ok(place) => file.drafts.push(Draft { at, place }),
            Err((column, says)) => file.leave_out(at, column, says),
        }
    }
    file
}

impl ReadFile {
    fn leave_out(&mut self, at: Spot, column: &str, says: String) {
        self.findings.push(Finding { at, column: column.to_owned(), says, left_out: true });
    }
}

type Wrong = (&'static str, String);

struct Reader<'a> {
    sort: Sort,
    crs: Crs,
    city: &'a City,
    kinds: &'a Kinds,
}

impl Reader<'_> {
    fn is_field(&self, name: &str) -> bool {
        self.kinds.kinds.iter().filter(|it| it.sort == self.sort).any(|kind| {
            kind.fields.iter().any(|it| it.name == name || it.label.zh == name || it.label.en == name)
        })
    }

    fn feature(&self, feature: &Value) -> Result<PlaceIn, Wrong> {
        let empty = serde_json::Map::new();
        let properties = feature.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let point = match feature.get("geometry").filter(|it| !it.is_null()) {
            None => None,
            Some(it) if it.get("type").and_then(Value::as_str) == Some("Point") => {
                let pair: Option<Vec<f64>> = it
                    .get("coordinates")
                    .and_then(Value::as_array)
                    .and_then(|them| them.iter().take(2).map(Value::as_f64).collect());
                match pair.as_deref() {
                    Some([lng, lat]) => Some((*lng, *lat)),
                    _ => return Err(("geometry", "a Point has two numbers: longitude, latitude".to_owned())),
                }
            }
            Some(_) => {
                return Err(("geometry", "a place is a Point; take its middle, or the entrance".to_owned()));
            }
        };
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(it) => it.trim().to_owned(),
            other => other.to_string(),
        };
        let get = |name: &str| {
            let names = COLUMNS.iter().find(|(it, _)| *it == name).map_or(&[][..], |(_, names)| names);
            let found = names.iter().find_map(|it| properties.get(*it)).map(&text).unwrap_or_default();
            match (name, point) {
                ("lng", Some((lng, _))) => lng.to_string(),
                ("lat", Some((_, lat))) => lat.to_string(),
                _ => found,
            }
        };
        let is_column = |name: &str| COLUMNS.iter().any(|(_, names)| names.contains(&name));
        let more = properties.iter().filter(|(name, _)| !is_column(name) && self.is_field(name));
        self.draft(&get, more.map(|(name, value)| (name.as_str(), value.clone())).collect())
    }

    fn draft(&self, get: &dyn Fn(&str) -> String, more: Vec<(&str, Value)>) -> Result<PlaceIn, Wrong> {
        let said = get("kind");
        let is_kind = |kind: &&domain::place::Kind| {
            kind.sort == self.sort
                && [&kind.code, &kind.name.zh, &kind.name.en].into_iter().any(|it| *it == said)
        };
        let Some(kind) = self.kinds.kinds.iter().find(is_kind) else {
            let known = self.kinds.kinds.iter().filter(|it| it.sort == self.sort && !it.retired);
            let known: Vec<&str> = known.take(30).map(|it| it.code.as_str()).collect();
            return Err(("kind", format!("{said:?} is no kind; there are {}", known.join(", "))));
        };
        let point = self.point(&get("lng"), &get("lat"))?;
        let grid = get("grid");
        let area = match (point, grid.is_empty()) {
            (Some(_), _) => None,
            (None, true) => return Err(("lng", "give lng and lat, or the code of its grid".to_owned())),
            (None, false) => match self.city.area_by_text(&grid) {
                Some(area) => Some(area.id),
                None => return Err(("grid", format!("{grid:?} is no code of an area"))),
            },
        };
        let owner = get("owner");
        let owner = match owner.as_str() {
            "" => None,
            text => {
                let is_it =
                    |it: &&store::unit::Unit| it.code == text || it.name_zh == text || it.name_en == text;
                let found = self.city.units.values().filter(|it| !it.ended).find(is_it);
                Some(found.ok_or_else(|| ("owner", format!("{text:?} is no code or name of a unit")))?.id)
            }
        };
        let state = get("state");
        let state = match state.as_str() {
            "" => None,
            text => {
                let found = State::ALL.into_iter().find(|it| it.as_str() == text || it.zh() == text);
                Some(found.ok_or_else(|| {
                    ("state", format!("{text:?}: write intact, damaged, missing, retired or removed (完好、破损、丢失、停用、移除)"))
                })?)
            }
        };
        let mut facts = BTreeMap::new();
        for (name, value) in more {
            let field =
                kind.fields.iter().find(|it| it.name == name || it.label.zh == name || it.label.en == name);
            let is_blank = value.as_str().is_some_and(|it| it.trim().is_empty());
            if let Some(field) = field.filter(|_| !is_blank) {
                facts.insert(field.name.clone(), value);
            }
        }
        Ok(PlaceIn {
            sort: self.sort,
            kind: kind.code.clone(),
            number: get("number"),
            name: get("name"),
            name_en: get("name_en"),
            address: get("address"),
            point,
            area,
            owner,
            state,
            facts,
        })
    }

    fn point(&self, lng: &str, lat: &str) -> Result<Option<LngLat>, Wrong> {
        if lng.is_empty() && lat.is_empty() {
            return Ok(None);
        }
        let number = |text: &str, column: &'static str| {
            text.parse::<f64>().map_err(|_| (column, format!("{text:?} is no number of degrees")))
        };
        let point = LngLat::new(number(lng, "lng")?, number(lat, "lat")?);
        let point = point.map_err(|bad| ("lng", bad.to_string()))?;
        let there = self.crs.to_wgs84(point);
        let coord = snap(there.coord());
        Ok(Some(coord.into()))
    }
}
