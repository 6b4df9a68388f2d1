//! The responsibility matrix (责任清单): lines of class prefix x area -> owner, checked as a whole.
//!
//! Which line wins is told and decided in `routing`.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::Place;
use crate::area::{Kind, Level};
use crate::class::Dictionary;
use crate::id::{AreaId, ClassCode, UnitId};

/// One line: these classes, in this area and all below it, are this owner's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Counted from 1 in the order of the file, for people to find it.
    pub number: u32,
    /// A class code or the beginning of some; empty for all classes.
    pub classes: String,
    /// The area it is for; it inherits down the tree.
    pub area: AreaId,
    /// Only for places in an area of this kind.
    pub kind: Option<Kind>,
    /// Whose matter it is.
    pub to: Owner,
}

/// Who a line names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// This unit, wherever the place is.
    Unit(UnitId),
    /// The office that a department has at this level of the place.
    Office {
        /// Code of the department, shared by all its offices.
        department: String,
        /// Level asked for.
        level: Level,
    },
}

/// Which unit is the office of which department in which area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offices(HashMap<String, HashMap<AreaId, UnitId>>);

/// A line as a row of a data file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the columns of the file; their meaning is told at `Line` and `Owner`")]
pub struct MatrixRow {
    pub classes: String,
    /// National code of the area.
    pub area: String,
    /// Empty for every kind.
    pub kind: String,
    /// Code of the department.
    pub unit: String,
    /// Level of the office.
    pub level: String,
    #[serde(default)]
    pub note: String,
}

/// What the rows are checked against.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The area of a national code.
    pub area: &'a dyn Fn(&str) -> Option<AreaId>,
    /// The classes there are.
    pub dictionary: &'a Dictionary,
}

/// A fault of the matrix, naming the line and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {why}")]
pub struct MatrixFault {
    /// The line.
    pub number: u32,
    /// What is wrong and what to do.
    pub why: String,
}

/// Everything that is wrong with a matrix, one fault a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct MatrixFaults(pub Vec<MatrixFault>);

/// Lines and offices, indexed.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    lines: Vec<Line>,
    offices: Offices,
    /// Area -> prefix -> lines, which differ in kind.
    by_area: HashMap<AreaId, HashMap<String, Vec<usize>>>,
}

impl Matrix {
    /// Indexes lines; refuses two with the same prefix, area and kind.
    pub fn new(lines: Vec<Line>, offices: Offices) -> Result<Matrix, MatrixFaults> {
        let (mut seen, mut faults) = (BTreeMap::new(), Vec::new());
        let mut by_area: HashMap<AreaId, HashMap<String, Vec<usize>>> = HashMap::new();
        for (i, line) in lines.iter().enumerate() {
            let first = *seen.entry((&line.classes, line.area, line.kind)).or_insert(line.number);
            if first != line.number {
                let why = format!("says who answers for `{}` where line {first} did; keep one", line.classes);
                faults.push(MatrixFault { number: line.number, why });
            }
            by_area.entry(line.area).or_default().entry(line.classes.clone()).or_default().push(i);
        }
        if faults.is_empty() { Ok(Matrix { lines, offices, by_area }) } else { Err(MatrixFaults(faults)) }
    }

    /// Reads rows, numbered from 1, against what is known.
    pub fn read(rows: &[MatrixRow], offices: Offices, known: Known<'_>) -> Result<Matrix, MatrixFaults> {
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        for (row, number) in rows.iter().zip(1..) {
            match row.line(number, &offices, known) {
                Ok(line) => lines.push(line),
                Err(whys) => faults.extend(whys.into_iter().map(|why| MatrixFault { number, why })),
            }
        }
        if faults.is_empty() { Matrix::new(lines, offices) } else { Err(MatrixFaults(faults)) }
    }

    /// The lines in the order given.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The offices of the departments.
    pub fn offices(&self) -> &Offices {
        &self.offices
    }

    /// The lines that speak for a class in a place, the winner first.
    pub(super) fn lines_for(&self, class: &ClassCode, place: &Place) -> impl Iterator<Item = &Line> {
        let here = place.upwards().filter_map(|(area, _)| self.by_area.get(&area));
        here.flat_map(move |by_prefix| {
            let prefixes = (0..=class.0.len()).rev().filter_map(|n| class.0.get(..n));
            prefixes.filter_map(move |prefix| by_prefix.get(prefix)).flat_map(move |lines| {
                let mut fitting: Vec<(usize, &Line)> = lines
                    .iter()
                    .filter_map(|&i| {
                        let line = &self.lines[i];
                        let depth = line.kind.map_or(Some(0), |kind| place.depth_of(kind).map(|d| d + 1))?;
                        Some((depth, line))
                    })
                    .collect();
                fitting.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
                fitting.into_iter().map(|(_, line)| line)
            })
        })
    }
}

impl Offices {
    /// The offices as (department, area, unit).
    pub fn new(offices: impl IntoIterator<Item = (String, AreaId, UnitId)>) -> Offices {
        let mut by_department: HashMap<String, HashMap<AreaId, UnitId>> = HashMap::new();
        for (department, area, unit) in offices {
            by_department.entry(department).or_default().insert(area, unit);
        }
        Offices(by_department)
    }

    /// The office of a department in exactly this area.
    pub fn get(&self, department: &str, area: AreaId) -> Option<UnitId> {
        self.0.get(department)?.get(&area).copied()
    }

    /// Whether the department has any office.
    pub fn has(&self, department: &str) -> bool {
        self.0.contains_key(department)
    }
}

impl MatrixRow {
    fn line(&self, number: u32, offices: &Offices, known: Known<'_>) -> Result<Line, Vec<String>> {
        let mut whys = Vec::new();
        let classes = if self.classes == "*" { "" } else { self.classes.as_str() };
        if self.classes.is_empty() || !known.dictionary.classes().any(|c| c.code.0.starts_with(classes)) {
            whys.push(format!(
                "no class begins with `{}`; write a class code, its beginning, or *",
                self.classes
            ));
        }
        let area = (known.area)(&self.area);
        if area.is_none() {
            whys.push(format!(
                "there is no area with the code `{}`; take one from the tree of areas",
                self.area
            ));
        }
        let kind: Result<Option<Kind>, String> =
            if self.kind.is_empty() { Ok(None) } else { self.kind.parse().map(Some) };
        let level: Result<Level, String> = self.level.parse();
        if !offices.has(&self.unit) {
            whys.push(format!(
                "department `{}` has no office anywhere; take a code from the units",
                self.unit
            ));
        }
        whys.extend(kind.as_ref().err().cloned());
        whys.extend(level.as_ref().err().cloned());
        match (area, kind, level) {
            (Some(area), Ok(kind), Ok(level)) if whys.is_empty() => {
                let to = Owner::Office { department: self.unit.clone(), level };
                Ok(Line { number, classes: classes.to_owned(), area, kind, to })
            }
            _ => Err(whys),
        }
    }
}
