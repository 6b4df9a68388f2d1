//! Reads `iData`: one row per unit (and period), one column per entry of the framework.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::table::Table;
use crate::{
    error::{IndexError, Result},
    model::{Frame, Kind, Meta, Units},
    note::{Note, Stage},
};

/// What `iData` held, split by what the columns are for.
#[derive(Debug, Clone)]
pub struct Data {
    /// The indicators, in the order of the framework.
    pub indicators: Frame,
    /// The denominators.
    pub denominators: Frame,
    /// Columns that were not used, and similar remarks.
    pub notes: Vec<Note>,
}

/// Reads a data table against its framework.
///
/// Needs `uCode` and every indicator; takes `uName`, `Time` (which makes it a panel), denominators and groups.
/// Missing values are empty cells or `NA`; every other text in a number column is an error naming row and column.
pub fn read_data(name: &str, bytes: &[u8], meta: &Meta) -> Result<Data> {
    let t = Table::read(name, bytes)?;
    let code_at = t.required("uCode")?;
    let time_at = t.column("Time").filter(|_| meta.get("Time").is_none_or(|e| e.kind == Kind::Other));
    let mut seen: HashMap<(String, Option<String>), usize> = HashMap::new();
    let mut codes = Vec::with_capacity(t.rows.len());
    let mut times = Vec::new();
    for i in 0..t.rows.len() {
        let code = t.filled(i, code_at)?.to_owned();
        let time = time_at.map(|j| t.filled(i, j).map(str::to_owned)).transpose()?;
        if let Some(first) = seen.insert((code.clone(), time.clone()), t.line(i)) {
            let unit = time.map_or(code.clone(), |p| format!("{code} {p}"));
            return Err(IndexError::DuplicateUnit { table: t.name, unit, first, row: i + 2 });
        }
        codes.push(code);
        times.extend(time);
    }
    let names = match t.column("uName") {
        Some(j) => (0..t.rows.len()).map(|i| t.text(i, j).unwrap_or(&codes[i]).to_owned()).collect(),
        None => codes.clone(),
    };
    let mut groups = BTreeMap::new();
    for code in meta.codes(Kind::Group) {
        if let Some(j) = t.column(code) {
            let column = (0..t.rows.len()).map(|i| t.text(i, j).map(str::to_owned)).collect();
            groups.insert(code.to_owned(), column);
        }
    }
    // One period only is a cross-section that happens to say when.
    let one_period = times.windows(2).all(|w| w[0] == w[1]);
    let periods = (time_at.is_some() && !one_period).then_some(times);
    let units = Arc::new(Units { codes, names, periods, groups });
    let indicators = numbers(&t, meta, Kind::Indicator, &units, true)?;
    let denominators = numbers(&t, meta, Kind::Denominator, &units, false)?;
    let notes = t
        .header
        .iter()
        .filter(|h| !matches!(h.as_str(), "uCode" | "uName" | "Time") && meta.get(h).is_none())
        .map(|h| Note::new(Stage::Read, h.clone(), "column is not in the framework and was not used"))
        .collect();
    Ok(Data { indicators, denominators, notes })
}

fn numbers(t: &Table, meta: &Meta, kind: Kind, units: &Arc<Units>, required: bool) -> Result<Frame> {
    let mut frame = Frame::empty(units.clone());
    let mut column = Vec::with_capacity(t.rows.len());
    for code in meta.codes(kind) {
        let at = match t.column(code) {
            Some(at) => at,
            None if required => {
                return Err(IndexError::MissingColumn { table: t.name.clone(), column: code.into() });
            }
            None => continue,
        };
        column.clear();
        for i in 0..t.rows.len() {
            column.push(t.number(i, at)?.unwrap_or(f64::NAN));
        }
        frame.push(code, &column)?;
    }
    Ok(frame)
}
