//! Changes as people write them in JSON: outlines as GeoJSON or bare coordinates in a named system, names spelled out
//! where they are not given. Each thing that cannot be read is a field with its path.

use domain::area::{AreaCode, Change, Kind, NewArea, Part};
use domain::geo::{Crs, MultiPolygon, rings};
use domain::topology;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::import::read_shape;
use super::super::names;
use crate::{AppError, FieldError};

/// Most changes that are arranged at once.
const MOST: usize = 1_000;
/// Longest note, in characters.
const NOTE_MAX: usize = 2_000;

/// What a file of changes says.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeFile {
    /// First day on which they hold; `None` is today.
    pub on: Option<Date>,
    /// Why, in words.
    pub note: String,
    /// Save them although outlines would then overlap or leave gaps.
    pub accept_flaws: bool,
    /// The changes, in their order.
    pub changes: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    on: Option<String>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    accept_flaws: bool,
    changes: Vec<Value>,
}

/// A change by its name, so that an error in it knows its path.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Named {
    Split {
        area: AreaCode,
        into: Vec<Part>,
    },
    Merge {
        areas: Vec<AreaCode>,
        into: NewArea,
    },
    Move {
        area: AreaCode,
        to: AreaCode,
        code: Option<AreaCode>,
    },
    Rename {
        area: AreaCode,
        name_zh: String,
        #[serde(default)]
        name_en: String,
        #[serde(default)]
        pinyin: String,
    },
    Reshape {
        area: AreaCode,
        #[serde(with = "rings")]
        polygon: MultiPolygon<f64>,
    },
    Retire {
        area: AreaCode,
        #[serde(default)]
        successors: Vec<AreaCode>,
    },
    Add {
        parent: AreaCode,
        area: NewArea,
    },
}

const NAMES: [&str; 7] = ["split", "merge", "move", "rename", "reshape", "retire", "add"];

/// Reads `{"on": "2027-01-01", "note": …, "changes": [{"change": "split", …}, …]}`; outlines are in `crs`.
pub fn read(file: Value, crs: Crs) -> Result<ChangeFile, AppError> {
    let file: File = parsed(file, "")?;
    let mut wrong = Vec::new();
    let on = file.on.as_deref().map(str::parse).transpose();
    if on.is_err() {
        wrong.push(field("/on".into(), "format", "a day is written 2027-01-01".into()));
    }
    if file.note.chars().count() > NOTE_MAX {
        wrong.push(field("/note".into(), "range", format!("{NOTE_MAX} characters are the most")));
    }
    if file.changes.is_empty() || file.changes.len() > MOST {
        wrong.push(field("/changes".into(), "range", format!("1 to {MOST} changes are taken at once")));
    }
    let mut changes = Vec::with_capacity(file.changes.len());
    for (nth, value) in file.changes.into_iter().enumerate().take(MOST) {
        match change(value, &format!("/changes/{nth}"), crs) {
            Ok(change) => changes.push(change),
            Err(AppError::Invalid(fields)) => wrong.extend(fields),
            Err(error) => return Err(error),
        }
    }
    match on {
        Ok(on) if wrong.is_empty() => {
            Ok(ChangeFile { on, note: file.note.trim().to_owned(), accept_flaws: file.accept_flaws, changes })
        }
        _ => Err(AppError::Invalid(wrong)),
    }
}

fn change(mut value: Value, path: &str, crs: Crs) -> Result<Change, AppError> {
    made_plain(&mut value, path, crs)?;
    let no_object = || invalid(path.to_owned(), "type", "a change is an object".into());
    let fields = value.as_object_mut().ok_or_else(no_object)?;
    let name = fields.remove("change").and_then(|name| name.as_str().map(str::to_owned));
    let name = name.filter(|name| NAMES.contains(&name.as_str())).ok_or_else(|| {
        let taken = format!("name the change: one of {}", NAMES.join(", "));
        invalid(format!("{path}/change"), "unknown", taken)
    })?;
    let tagged = Value::Object(Map::from_iter([(name.clone(), value)]));
    let mut change = match parsed::<Named>(tagged, "") {
        Ok(named) => Change::from(named),
        Err(AppError::Invalid(fields)) => {
            let under = |it: FieldError| {
                let rest = it.path.strip_prefix(&format!("/{name}")).unwrap_or(&it.path).to_owned();
                FieldError { path: format!("{path}{rest}"), ..it }
            };
            return Err(AppError::Invalid(fields.into_iter().map(under).collect()));
        }
        Err(error) => return Err(error),
    };
    spelled(&mut change);
    Ok(change)
}

/// Outlines become bare coordinates in WGS-84, and a new area without a kind gets the plain one of its level.
fn made_plain(value: &mut Value, path: &str, crs: Crs) -> Result<(), AppError> {
    match value {
        Value::Array(items) => {
            items.iter_mut().enumerate().try_for_each(|(n, it)| made_plain(it, &format!("{path}/{n}"), crs))
        }
        Value::Object(fields) => {
            let code =
                fields.get("code").and_then(Value::as_str).and_then(|code| code.parse::<AreaCode>().ok());
            if let Some(code) =
                code.filter(|_| fields.contains_key("name_zh") && !fields.contains_key("kind"))
            {
                fields.insert("kind".to_owned(), json!(Kind::plain(code.level())));
            }
            for (name, it) in fields.iter_mut() {
                let path = format!("{path}/{name}");
                if name == "polygon" && !it.is_null() {
                    *it = outline(it, &path, crs)?;
                } else {
                    made_plain(it, &path, crs)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn outline(value: &Value, path: &str, crs: Crs) -> Result<Value, AppError> {
    let bare = json!({ "type": "MultiPolygon", "coordinates": value });
    let geometry = if value.is_array() { &bare } else { value };
    let wrong = |says: String| invalid(path.to_owned(), "format", says);
    let shape = read_shape(geometry, crs).map_err(wrong)?;
    if let Some(at) = topology::crosses_at(&shape) {
        let says = "the outline crosses itself, doubles back or encloses nothing at";
        return Err(wrong(format!("{says} {:.6},{:.6}; redraw it there", at.lng, at.lat)));
    }
    Ok(rings::serialize(&shape, serde_json::value::Serializer).expect("numbers are JSON"))
}

/// English name and pinyin where they are not given.
fn spelled(change: &mut Change) {
    let fill = |name_zh: &str, level, name_en: &mut String, pinyin: &mut String| {
        if name_en.trim().is_empty() {
            *name_en = names::english(name_zh, level);
        }
        if pinyin.trim().is_empty() {
            *pinyin = names::pinyin(name_zh);
        }
    };
    let new = |it: &mut NewArea| fill(&it.name_zh, it.code.level(), &mut it.name_en, &mut it.pinyin);
    match change {
        Change::Split { into, .. } => into.iter_mut().for_each(|part| new(&mut part.area)),
        Change::Merge { into, .. } => new(into),
        Change::Add { area, .. } => new(area),
        Change::Rename { area, name_zh, name_en, pinyin } => fill(name_zh, area.level(), name_en, pinyin),
        Change::Move { .. } | Change::Reshape { .. } | Change::Retire { .. } => {}
    }
}

impl From<Named> for Change {
    fn from(named: Named) -> Change {
        match named {
            Named::Split { area, into } => Change::Split { area, into },
            Named::Merge { areas, into } => Change::Merge { areas, into },
            Named::Move { area, to, code } => Change::Move { area, to, code },
            Named::Rename { area, name_zh, name_en, pinyin } => {
                Change::Rename { area, name_zh, name_en, pinyin }
            }
            Named::Reshape { area, polygon } => Change::Reshape { area, polygon },
            Named::Retire { area, successors } => Change::Retire { area, successors },
            Named::Add { parent, area } => Change::Add { parent, area },
        }
    }
}

/// Reads a value; an error names the field by its JSON pointer.
fn parsed<T: serde::de::DeserializeOwned>(value: Value, under: &str) -> Result<T, AppError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let says = error.inner().to_string();
        let named = says.split('`').nth(1).unwrap_or_default();
        let mut path = String::from(under);
        for segment in error.path() {
            use serde_path_to_error::Segment;
            match segment {
                Segment::Seq { index } => path += &format!("/{index}"),
                Segment::Map { key } | Segment::Enum { variant: key } => path += &format!("/{key}"),
                Segment::Unknown => {}
            }
        }
        let code = match says.as_str() {
            says if says.starts_with("missing field") => "missing",
            says if says.starts_with("unknown field") => "unknown_field",
            says if says.starts_with("unknown variant") => "unknown",
            says if says.starts_with("invalid type") => "type",
            _ => "format",
        };
        if matches!(code, "missing" | "unknown_field") && path.rsplit('/').next() != Option::Some(named) {
            path += &format!("/{named}");
        }
        invalid(path, code, says)
    })
}

fn field(path: String, code: &'static str, detail: String) -> FieldError {
    FieldError { path, code, detail }
}

fn invalid(path: String, code: &'static str, detail: String) -> AppError {
    AppError::Invalid(vec![field(path, code, detail)])
}
