//! The framework of the safety index (指标体系): a tree of indicators with weights, departments and scoring standards.
//!
//! It is data: a [`FrameworkDoc`] of rows that is edited, compared and kept in versions. [`Framework::read`] checks
//! it as a whole and tells everything that is wrong, each fault with its row, column and, in a scoring standard, its
//! character. How scores are computed is the engine's; which figures there are is `intake`'s.

mod row;
mod source;
mod standard;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use row::{BaseRow, FrameworkDoc, FrameworkFault, FrameworkRow};
pub use source::{CaseMeasure, CaseQuery, sampling_error};
pub use standard::{BoundsBy, Cap, Curve, Measure, Outlier, Shrink, Standard, Transform};
pub use text::Wrong;

/// A framework that holds together.
#[derive(Clone, Debug, PartialEq)]
pub struct Framework {
    /// Name of the whole, above level 1.
    pub root: String,
    /// Nodes with others below them, in the order of the rows.
    pub nodes: Vec<Node>,
    /// Indicators, in the order of the rows.
    pub indicators: Vec<Indicator>,
    /// Base figures; departments as unit codes.
    pub bases: Vec<BaseRow>,
    /// Day of the following month until whose end figures are on time.
    pub due_day: i8,
}

/// A node with others below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// As kept; the department is a unit's code.
    pub row: FrameworkRow,
    /// How the nodes below are put together.
    pub mean: Mean,
    /// The other way that is tried when asking how much the choice matters.
    pub alternative: Option<Mean>,
}

/// How nodes are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mean {
    /// Weighted arithmetic mean: points can be traded one for one.
    Arithmetic,
    /// Weighted geometric mean: a weak part counts more.
    Geometric,
}

/// A node with a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// As kept; the department is a unit's code.
    pub row: FrameworkRow,
    /// How its figure becomes a score.
    pub standard: Standard,
    /// The query that gives its figure; `None` when a department hands it in.
    pub source: Option<CaseQuery>,
}

/// Weights below a node may miss 1 by so much: sums of decimals.
const SLACK: f64 = 1e-9;
/// Levels at most.
const DEEPEST: u8 = 6;

impl Framework {
    /// Reads a document. `unit_of` gives the code of the unit that a department's code or name means.
    pub fn read(
        doc: &FrameworkDoc,
        unit_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Framework, Vec<FrameworkFault>> {
        let mut reading = Reading { doc, unit_of, faults: Vec::new() };
        let bases = reading.bases();
        let root = reading.tree();
        reading.weights();
        let parents: BTreeSet<&str> = doc.rows.iter().map(|row| row.parent.as_str()).collect();
        let (mut nodes, mut indicators) = (Vec::new(), Vec::new());
        for (at, row) in doc.rows.iter().enumerate() {
            let department = reading
                .department(row.department.as_str(), |why| FrameworkFault::of_row(at, "department", why));
            let row = FrameworkRow { department, ..row.clone() };
            if parents.contains(row.code.as_str()) {
                nodes.extend(reading.node(at, row));
            } else {
                indicators.extend(reading.indicator(at, row, &bases));
            }
        }
        if indicators.is_empty() {
            reading.faults.push(FrameworkFault {
                row: 0,
                ..FrameworkFault::of_row(0, "code", "there is no indicator")
            });
        }
        if !(1..=28).contains(&doc.due_day) {
            let why = format!("due_day is {}, which not every month has: take 1 to 28", doc.due_day);
            reading.faults.push(FrameworkFault { row: 0, ..FrameworkFault::of_row(0, "due_day", why) });
        }
        if reading.faults.is_empty() {
            Ok(Framework { root, nodes, indicators, bases, due_day: doc.due_day })
        } else {
            Err(reading.faults)
        }
    }

    /// An indicator by its code.
    pub fn indicator(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|it| it.row.code == code)
    }

    /// A base figure by its code.
    pub fn base(&self, code: &str) -> Option<&BaseRow> {
        self.bases.iter().find(|it| it.code == code)
    }

    /// Whether a node or indicator hangs somewhere below a node.
    pub fn is_under(&self, code: &str, node: &str) -> bool {
        let parent = |code: &str| {
            let rows = self.nodes.iter().map(|it| &it.row).chain(self.indicators.iter().map(|it| &it.row));
            rows.into_iter().find(|row| row.code == code).map(|row| row.parent.as_str())
        };
        let mut at = parent(code);
        while let Some(above) = at {
            if above == node {
                return true;
            }
            at = parent(above);
        }
        false
    }

    /// Who hands in what: unit codes with the codes of their indicators and base figures. What the platform computes
    /// by itself is nobody's.
    pub fn departments(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let asked = self.indicators.iter().filter(|it| it.row.source.is_empty());
        for row in asked.map(|it| &it.row) {
            found.entry(&row.department).or_default().push(&row.code);
        }
        for base in &self.bases {
            found.entry(&base.department).or_default().push(&base.code);
        }
        found
    }

    /// The longest window of its standards, in months; `None` when one takes all there is.
    pub fn longest_window(&self) -> Option<u32> {
        let from_data = |it: &&Indicator| matches!(it.standard.bounds, BoundsBy::Data { .. });
        let mut windows = self.indicators.iter().filter(from_data).map(|it| it.standard.window_months);
        windows.try_fold(1, |longest: u32, window| Some(longest.max(window?)))
    }
}

struct Reading<'a> {
    doc: &'a FrameworkDoc,
    unit_of: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<FrameworkFault>,
}

impl Reading<'_> {
    fn department(&mut self, name: &str, fault: impl Fn(String) -> FrameworkFault) -> String {
        (self.unit_of)(name.trim()).unwrap_or_else(|| {
            self.faults.push(fault(format!(
                "{name:?} is no unit: write its code or its name as in the list of units"
            )));
            name.to_owned()
        })
    }

    fn bases(&mut self) -> Vec<BaseRow> {
        let mut seen = BTreeSet::new();
        let mut bases = Vec::new();
        for (at, base) in self.doc.bases.iter().enumerate() {
            if base.code.trim().is_empty() {
                self.faults.push(FrameworkFault::of_base(at, "code", "it is empty"));
            }
            if !seen.insert(&base.code) || self.doc.rows.iter().any(|row| row.code == base.code) {
                self.faults.push(FrameworkFault::of_base(
                    at,
                    "code",
                    format!("{:?} is there twice", base.code),
                ));
            }
            let department =
                self.department(&base.department, |why| FrameworkFault::of_base(at, "department", why));
            bases.push(BaseRow { department, ..base.clone() });
        }
        bases
    }

    /// Codes, levels and parents; the name of the whole.
    fn tree(&mut self) -> String {
        let rows = &self.doc.rows;
        let mut by_code: BTreeMap<&str, u8> = BTreeMap::new();
        let mut faults = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if row.code.trim().is_empty() {
                faults.push(FrameworkFault::of_row(at, "code", "it is empty"));
            } else if by_code.insert(&row.code, row.level).is_some() {
                faults.push(FrameworkFault::of_row(at, "code", format!("{:?} is there twice", row.code)));
            }
            for (column, text) in [("name_zh", &row.name_zh), ("name_en", &row.name_en)] {
                if text.trim().is_empty() {
                    faults.push(FrameworkFault::of_row(at, column, "it is empty"));
                }
            }
            if row.direction != 1 && row.direction != -1 {
                let why = format!("{} is neither 1 (more is better) nor -1 (less is better)", row.direction);
                faults.push(FrameworkFault::of_row(at, "direction", why));
            }
        }
        let root = rows.iter().find(|row| row.level == 1).map_or_else(String::new, |row| row.parent.clone());
        for (at, row) in rows.iter().enumerate() {
            let mut fault = |column, why: String| faults.push(FrameworkFault::of_row(at, column, why));
            match (row.level, by_code.get(row.parent.as_str())) {
                (1, None) if row.parent.trim().is_empty() => {
                    fault("parent", "at level 1 the name of the whole belongs here, as INDEX".to_owned());
                }
                (1, None) if row.parent != root => {
                    fault(
                        "parent",
                        format!(
                            "level 1 hangs below {root:?} and below {:?}: there is one whole",
                            row.parent
                        ),
                    );
                }
                (1, None) => {}
                (1, Some(_)) => {
                    fault("parent", format!("level 1 hangs below the whole, and {:?} is a row", row.parent));
                }
                (level, _) if level == 0 || level > DEEPEST => {
                    fault("level", format!("{level} is not a level: they go from 1 to {DEEPEST}"));
                }
                (_, None) => fault("parent", format!("there is no row {:?}", row.parent)),
                (level, Some(above)) if above + 1 != level => {
                    fault("level", format!("it is {level}, and its parent {:?} is at {above}", row.parent));
                }
                _ => {}
            }
        }
        self.faults.extend(faults);
        root
    }

    fn weights(&mut self) {
        let mut sums: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
        for (at, row) in self.doc.rows.iter().enumerate() {
            if !(row.weight.is_finite() && row.weight > 0.0) {
                let why = format!("{} is not a weight: it must be above 0 and at most 1", row.weight);
                self.faults.push(FrameworkFault::of_row(at, "weight", why));
            }
            let sum = sums.entry(&row.parent).or_insert((0.0, at));
            sum.0 += row.weight;
        }
        for (parent, (sum, first)) in sums {
            if (sum - 1.0).abs() > SLACK {
                let why = format!("the weights below {parent} sum to {sum:.6} and not to 1");
                self.faults.push(FrameworkFault::of_row(first, "weight", why));
            }
        }
    }

    fn node(&mut self, at: usize, row: FrameworkRow) -> Option<Node> {
        match means(&row.scoring_standard, row.level) {
            Ok((mean, alternative)) => Some(Node { row, mean, alternative }),
            Err(wrong) => {
                self.standard_fault(at, &wrong);
                None
            }
        }
    }

    fn indicator(&mut self, at: usize, row: FrameworkRow, bases: &[BaseRow]) -> Option<Indicator> {
        let standard = match Standard::parse(&row.scoring_standard, &row.unit) {
            Ok(standard) => standard,
            Err(wrong) => {
                self.standard_fault(at, &wrong);
                return None;
            }
        };
        if let Measure::Rate { base, .. } = &standard.measure
            && bases.iter().all(|it| it.code != *base)
        {
            let character = row.scoring_standard.split("den=").next().map_or(0, |it| it.chars().count()) + 5;
            let why = format!("{base:?} is no base figure: add it to the bases");
            self.faults.push(FrameworkFault {
                character: Some(character),
                ..FrameworkFault::of_row(at, "scoring_standard", why)
            });
        }
        let source = self.source(at, &row, &standard);
        Some(Indicator { row, standard, source })
    }

    fn source(&mut self, at: usize, row: &FrameworkRow, standard: &Standard) -> Option<CaseQuery> {
        if row.source.is_empty() {
            return None;
        }
        let mut fault = |character, why: String| {
            self.faults.push(FrameworkFault { character, ..FrameworkFault::of_row(at, "source", why) });
        };
        let query = match CaseQuery::parse(&row.source) {
            Ok(query) => query,
            Err(wrong) => {
                fault(Some(wrong.at + 1), wrong.why);
                return None;
            }
        };
        if !matches!(standard.measure, Measure::Share { .. }) {
            fault(None, "cases give shares: the standard needs num/den=".to_owned());
        } else if standard.needs_se && !query.measure.is_sample() {
            let why = "it counts all cases and has no sampling error: leave out design-se=required";
            fault(None, why.to_owned());
        }
        Some(query)
    }

    fn standard_fault(&mut self, at: usize, wrong: &Wrong) {
        self.faults.push(FrameworkFault {
            character: Some(wrong.at + 1),
            ..FrameworkFault::of_row(at, "scoring_standard", wrong.why.clone())
        });
    }
}

/// `weighted arithmetic mean of level-3 (alternative: geometric)`.
fn means(text: &str, level: u8) -> Result<(Mean, Option<Mean>), Wrong> {
    let place = |part: &str| text.find(part).map_or(0, |bytes| text[..bytes].chars().count());
    let head = format!(" mean of level-{}", level + 1);
    let form =
        format!("write \"weighted arithmetic{head}\", or geometric, and perhaps (alternative: geometric)");
    let (main, other) = match text.split_once('(') {
        Some((main, other)) => (main.trim(), Some(other.trim())),
        None => (text.trim(), None),
    };
    let kind = |word: &str| match word.trim() {
        "arithmetic" => Ok(Mean::Arithmetic),
        "geometric" => Ok(Mean::Geometric),
        word => Err(Wrong { at: place(word), why: format!("{word:?}: {form}") }),
    };
    let word = main.strip_prefix("weighted ").and_then(|it| it.strip_suffix(head.as_str()));
    let mean = kind(word.ok_or_else(|| Wrong { at: 0, why: format!("{main:?}: {form}") })?)?;
    let Some(other) = other else { return Ok((mean, None)) };
    let word = other.strip_prefix("alternative:").and_then(|it| it.strip_suffix(')'));
    let alternative = kind(word.ok_or_else(|| Wrong { at: place("("), why: form.clone() })?)?;
    Ok((mean, Some(alternative).filter(|it| *it != mean)))
}
