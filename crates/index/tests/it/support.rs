//! Reading reference tables and comparing with them. The large tables lie beside the repository and may be absent; a
//! test that needs one then says so. Small extracts lie in `tests/golden`.

use std::{collections::HashMap, path::PathBuf};

use index::{Frame, Inputs};

/// Bytes of a reference file: beside the repository, else the extract inside it, else nothing and a printed line.
pub fn golden(path: &str) -> Option<Vec<u8>> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = here.join("../../../shared/golden").join(path);
    let inside = here.join("tests/golden").join(path);
    let found = std::fs::read(&beside).or_else(|_| std::fs::read(&inside)).ok();
    if found.is_none() {
        println!("skipped: {path} is neither beside the repository nor in tests/golden");
    }
    found
}

/// A table of text, by header.
pub struct Csv {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    pub fn load(path: &str) -> Option<Self> {
        let bytes = golden(path)?;
        let mut r = csv::Reader::from_reader(bytes.as_slice());
        let header = r.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = r.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
        Some(Self { header, rows })
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
    let Some(csv) = Csv::load(path) else { return };
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
pub fn asem() -> Option<Inputs> {
    let (data, meta) = (golden("coinr/00_iData.csv")?, golden("coinr/00_iMeta.csv")?);
    Some(Inputs::from_csv(&data, &meta).unwrap().0)
}
