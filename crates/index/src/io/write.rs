//! Writes frames as CSV: key `uCode` (and `Time` in panels), 17 significant digits, empty cells for missing.

use std::fmt::Write as _;

use crate::model::{Frame, Units};

/// A number so that reading it gives the same bits: the shortest text that does, never an exponent below 1e15.
/// Missing is the empty text.
pub fn number(x: f64) -> String {
    if x.is_nan() {
        String::new()
    } else if x != 0.0 && !(1e-5..1e15).contains(&x.abs()) {
        format!("{x:e}")
    } else {
        format!("{x}")
    }
}

/// A frame as CSV.
pub fn write_frame(frame: &Frame) -> String {
    let columns: Vec<(&str, Vec<String>)> = (0..frame.columns())
        .map(|j| (frame.codes()[j].as_str(), frame.column(j).iter().map(|&x| number(x)).collect()))
        .collect();
    write_columns(frame.units(), &columns)
}

/// Columns of text beside the units as CSV.
pub fn write_columns(units: &Units, columns: &[(&str, Vec<String>)]) -> String {
    let mut out = String::from("uCode");
    if units.periods.is_some() {
        out.push_str(",Time");
    }
    for (code, _) in columns {
        let _ = write!(out, ",{}", quoted(code));
    }
    out.push('\n');
    for i in 0..units.len() {
        out.push_str(&quoted(&units.codes[i]));
        if let Some(period) = units.period(i) {
            let _ = write!(out, ",{}", quoted(period));
        }
        for (_, cells) in columns {
            out.push(',');
            out.push_str(&quoted(&cells[i]));
        }
        out.push('\n');
    }
    out
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
