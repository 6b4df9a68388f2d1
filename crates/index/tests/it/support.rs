//! Reading reference tables and comparing with them. They lie in `tests/golden`; of the two largest only a part does,
//! and the whole may lie beside the repository.

use std::{collections::HashMap, path::PathBuf};

use index::{Frame, Inputs};

fn inside(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(path)
}

/// Bytes of a reference file.
pub fn golden(path: &str) -> Vec<u8> {
    std::fs::read(inside(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// A table of text, by header.
pub struct Csv {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    pub fn load(path: &str) -> Self {
        Self::of(&golden(path))
    }
    /// The whole of a table of which the repository keeps a part: from beside it, else the part.
    pub fn whole(path: &str) -> Self {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/golden").join(path);
        std::fs::read(beside).map_or_else(|_| Self::load(path), |bytes| Self::of(&bytes))
    }
    fn of(bytes: &[u8]) -> Self {
        let mut r = csv::Reader::from_reader(bytes);
        let header = r.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = r.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { header, rows }
    }
    pub fn at(&self, name: &str) -> usize {
        self.header.iter().position(|h| h == name).unwrap_or_else(|| panic!("no column {name}"))
    }
    pub fn text(&self, row: usize, name: &str) -> &str {
        &self.rows[row][self.at(name)]
    }
    pub fn num(&self, row: usize, name: &str) -> f64 {
        parse(self.text(row, name))
    }
    /// Rows by the text of a column.
    pub fn by(&self, name: &str) -> HashMap<&str, usize> {
        let j = self.at(name);
        self.rows.iter().enumerate().map(|(i, r)| (r[j].as_str(), i)).collect()
    }
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        (0..self.rows.len()).map(|i| self.num(i, name)).collect()
    }
}

pub fn parse(text: &str) -> f64 {
    if text.is_empty() || text == "NA" {
        f64::NAN
    } else {
        text.parse().unwrap_or_else(|_| panic!("{text:?}"))
    }
}

/// Relative difference; 0 when both are missing, infinite when one is.
pub fn rel(a: f64, b: f64) -> f64 {
    if a.is_nan() && b.is_nan() || a == b {
        0.0
    } else if a.is_nan() || b.is_nan() {
        f64::INFINITY
    } else {
        (a - b).abs() / a.abs().max(b.abs())
    }
}

/// Every cell of the reference (key `uCode`) against the frame.
pub fn assert_frame(frame: &Frame, path: &str, limit: f64) {
    let csv = Csv::load(path);
    let units = &frame.units().codes;
    assert_eq!(csv.rows.len(), units.len(), "{path}: units");
    let mut worst = (0.0, String::new());
    let mut cells = 0;
    for row in &csv.rows {
        let i = units
            .iter()
            .position(|u| *u == row[csv.at("uCode")])
            .unwrap_or_else(|| panic!("{path}: unit {}", row[0]));
        for (j, code) in csv.header.iter().enumerate() {
            if code == "uCode" || code == "Rank" {
                continue;
            }
            let k = frame.position(code).unwrap_or_else(|| panic!("{path}: column {code}"));
            let (ours, theirs) = (frame.at(i, k), parse(&row[j]));
            let d = rel(ours, theirs);
            if d > worst.0 {
                worst = (d, format!("{} {code}: ours {ours:e}, theirs {theirs:e}", units[i]));
            }
            cells += 1;
        }
    }
    println!("{path}: {cells} cells, worst relative difference {:e}", worst.0);
    assert!(worst.0 <= limit, "{path}: {:e} at {}", worst.0, worst.1);
}

/// COINr's ASEM example.
pub fn asem() -> Inputs {
    let (data, meta) = (golden("coinr/00_iData.csv"), golden("coinr/00_iMeta.csv"));
    Inputs::from_csv(&data, &meta).unwrap().0
}
