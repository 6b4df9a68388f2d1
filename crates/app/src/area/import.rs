//! Files of areas (CSV) and outlines (GeoJSON), read into drafts; what cannot be read is found by row and column.
//!
//! Reading never stops at the first fault: the good rows become drafts, the others findings, and the caller shows both.
//! [`founding`] turns drafts into the areas of an empty city, [`changes`] into dated changes of one that exists,
//! which `domain::area::preview` then judges. Nothing is stored here.

use std::collections::{HashMap, HashSet};
use std::fmt;

use domain::area::{self, Area, AreaCode, AreaPath, Change, Dated, Kind, Level, NewArea, Tree};
use domain::geo::MultiPolygon;
use domain::id::AreaId;
use jiff::civil::Date;
use serde::Serialize;

pub use self::csv_file::read_csv;
pub use self::geojson_file::{read_features, read_geojson, read_shape};
use super::names;

mod csv_file;
mod geojson_file;

/// Where in a file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    /// The file as a whole.
    File,
    /// A row as a spreadsheet counts: the header is row 1.
    Row(usize),
    /// A feature, counted from 1.
    Feature(usize),
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Row(n) => write!(f, "row {n}"),
            Self::Feature(n) => write!(f, "feature {n}"),
        }
    }
}

/// Does a finding keep the row out?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The row or feature was left out.
    LeftOut,
    /// It was put right while reading, and is in.
    PutRight,
    /// It is in, and a person should look at the ground.
    Noted,
    /// It could be read, and the law of the tree does not allow what it asks.
    InTheWay,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub at: Spot,
    /// The column or property, if it is one.
    pub column: Option<String>,
    /// What is wrong and what would put it right.
    pub message: String,
    /// What was done about it.
    pub weight: Weight,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        if let Some(column) = &self.column {
            write!(f, ", {column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Finding {
    /// What the law of the tree says to a file, at the row or feature that has the area.
    pub fn in_the_way(read: &Read, law: &area::Finding) -> Self {
        let draft = read.drafts.iter().find(|d| d.code.as_str() == law.about);
        let at = draft.map_or(Spot::File, |d| d.at);
        Self { at, column: None, message: law.to_string(), weight: Weight::InTheWay }
    }

    /// A flaw between outlines that the file makes.
    pub fn noted(says: String) -> Self {
        Self { at: Spot::File, column: None, message: says, weight: Weight::Noted }
    }

    fn left_out(at: Spot, column: Option<&str>, message: impl Into<String>) -> Self {
        Self { at, column: column.map(str::to_owned), message: message.into(), weight: Weight::LeftOut }
    }
}

/// An area as a file gives it. What the file does not say is `None` and is filled in from code and name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    /// Where it stands.
    pub at: Spot,
    /// Its code.
    pub code: AreaCode,
    /// Its Chinese name; `None` in a file of outlines only.
    pub name_zh: Option<String>,
    /// Its English name.
    pub name_en: Option<String>,
    /// Its pinyin.
    pub pinyin: Option<String>,
    /// Its parent; without one, the area its code nests in.
    pub parent: Option<AreaCode>,
    /// Its kind.
    pub kind: Option<Kind>,
    /// Its outline, WGS-84.
    #[serde(skip)]
    pub polygon: Option<MultiPolygon<f64>>,
}

/// What a file came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Read {
    /// What could be read, in the order of the file; each code once.
    pub drafts: Vec<Draft>,
    /// What could not.
    pub findings: Vec<Finding>,
}

impl Draft {
    fn parent_code(&self) -> Option<AreaCode> {
        self.parent.clone().or_else(|| self.code.prefix())
    }

    fn level(&self) -> Level {
        self.code.level()
    }

    fn new_area(&self) -> NewArea {
        let name_zh = self.name_zh.clone().unwrap_or_else(|| self.code.to_string());
        NewArea {
            name_en: self.name_en.clone().unwrap_or_else(|| names::english(&name_zh, self.level())),
            pinyin: self.pinyin.clone().unwrap_or_else(|| names::pinyin(&name_zh)),
            code: self.code.clone(),
            kind: self.kind.unwrap_or(Kind::plain(self.level())),
            polygon: self.polygon.clone(),
            name_zh,
        }
    }
}

impl Read {
    /// Drops the drafts whose code came before, and says so.
    fn without_doubles(mut self) -> Self {
        let mut first: HashMap<AreaCode, Spot> = HashMap::new();
        let findings = &mut self.findings;
        self.drafts.retain(|d| {
            let earlier = *first.entry(d.code.clone()).or_insert(d.at);
            if earlier != d.at {
                let message = format!("{} already stands in {earlier}; keep one of the two", d.code);
                findings.push(Finding::left_out(d.at, Some("code"), message));
            }
            earlier == d.at
        });
        self.findings.sort_by_key(|f| f.at);
        self
    }

    /// Adds the outlines of another file to the drafts with the same codes; outlines of unknown areas become drafts.
    pub fn with_outlines(&mut self, outlines: Self) {
        let place: HashMap<AreaCode, usize> =
            self.drafts.iter().enumerate().map(|(i, d)| (d.code.clone(), i)).collect();
        for outline in outlines.drafts {
            match place.get(&outline.code) {
                Some(&i) => self.drafts[i].polygon = outline.polygon,
                None => self.drafts.push(outline),
            }
        }
        self.findings.extend(outlines.findings);
    }
}

/// The areas of a city that has none yet, ids counted from 1 by level; drafts whose parent is nowhere become findings.
///
/// Whether the whole is a tree (one city, codes and kinds that fit) is then asked of [`Tree::new`].
pub fn founding(drafts: &[Draft], since: Date) -> (Vec<Area>, Vec<Finding>) {
    let (mut areas, mut findings): (Vec<Area>, Vec<Finding>) = (Vec::new(), Vec::new());
    let mut place: HashMap<AreaCode, usize> = HashMap::new();
    for draft in by_level(drafts) {
        let parent = draft.parent_code();
        let above = parent.as_ref().and_then(|code| place.get(code)).map(|&i| &areas[i]);
        if let (Some(code), None) = (&parent, above) {
            findings.push(no_parent(draft, code));
            continue;
        }
        let (id, new) = (AreaId(areas.len() as u32 + 1), draft.new_area());
        let area = Area {
            id,
            parent: above.map(|a| a.id),
            level: draft.level(),
            code: new.code,
            name_zh: new.name_zh,
            name_en: new.name_en,
            pinyin: new.pinyin,
            kind: new.kind,
            valid_from: since,
            valid_to: None,
            successors: Vec::new(),
            path: above.map_or_else(|| AreaPath::root(id), |a| a.path.child(id)),
            polygon: new.polygon,
        };
        place.insert(area.code.clone(), areas.len());
        areas.push(area);
    }
    (areas, findings)
}

/// What the drafts would change in the tree of a day: new areas, other names, other parents, other outlines.
///
/// Areas that a file does not mention stay as they are. A change of kind alone is no change of these.
pub fn changes(tree: &Tree, drafts: &[Draft], on: Date) -> (Vec<Dated>, Vec<Finding>) {
    let day = tree.as_of(on);
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    let mut arriving: HashSet<AreaCode> = HashSet::new();
    for draft in by_level(drafts) {
        let Some(old) = day.by_code(&draft.code) else {
            let parent = draft.parent_code();
            let known = |p: &AreaCode| day.by_code(p).is_some() || arriving.contains(p);
            match parent {
                Some(parent) if known(&parent) => {
                    arriving.insert(draft.code.clone());
                    changes.push(Change::Add { parent, area: draft.new_area() });
                }
                parent => findings.push(no_parent(draft, &parent.unwrap_or_else(|| draft.code.clone()))),
            }
            continue;
        };
        changes.extend(differences(&day, old, draft));
    }
    (changes.into_iter().map(|change| Dated { on, change }).collect(), findings)
}

fn differences(day: &Tree, old: &Area, draft: &Draft) -> Vec<Change> {
    let area = || draft.code.clone();
    let mut found = Vec::new();
    let parent = old.parent.and_then(|p| day.get(p)).map(|p| &p.code);
    if let Some(to) = draft.parent.clone().filter(|to| Some(to) != parent) {
        found.push(Change::Move { area: area(), to, code: None });
    }
    let new = draft.new_area();
    let name_en = draft.name_en.as_ref().is_some_and(|en| *en != old.name_en);
    if draft.name_zh.as_ref().is_some_and(|zh| *zh != old.name_zh || name_en) {
        let (name_zh, name_en, pinyin) = (new.name_zh, new.name_en, new.pinyin);
        found.push(Change::Rename { area: area(), name_zh, name_en, pinyin });
    }
    if let Some(polygon) = new.polygon.filter(|p| Some(p) != old.polygon.as_ref()) {
        found.push(Change::Reshape { area: area(), polygon });
    }
    found
}

fn by_level(drafts: &[Draft]) -> Vec<&Draft> {
    let mut sorted: Vec<&Draft> = drafts.iter().collect();
    sorted.sort_by_key(|d| d.level());
    sorted
}

fn no_parent(draft: &Draft, parent: &AreaCode) -> Finding {
    let message = format!(
        "{} lies under {parent}, which is neither in the file nor in the city; add it or name another parent",
        draft.code
    );
    Finding::left_out(draft.at, Some("parent"), message)
}

#[cfg(test)]
mod tests;
