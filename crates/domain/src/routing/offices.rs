//! Which departments have offices in which areas, as rows of a data file.
//!
//! A row gives a department an office in every area of some kinds: `police` in every district, county and
//! zone. Giving the offices ids and storing them is the shell's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::area::Kind;
use crate::class::Label;
use crate::id::AreaId;

/// A row of the file of units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeRow {
    /// Code of the department, shared by all its offices.
    pub code: String,
    /// Kinds of area in which it has an office, with spaces between.
    pub kinds: String,
    /// Chinese name; `{area}` stands for the area's.
    pub zh: String,
    /// English name; `{area}` stands for the area's.
    pub en: String,
    /// What it is for.
    #[serde(default)]
    pub duties_zh: String,
}

/// An office that should exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedOffice {
    /// Code of the department.
    pub department: String,
    /// The area it is for.
    pub area: AreaId,
    /// Its name.
    pub name: Label,
}

/// A fault of the rows, naming the row and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {why}")]
pub struct OfficeFault {
    /// Counted from 1 without the header.
    pub row: usize,
    /// What is wrong and what to do.
    pub why: String,
}

/// All offices the rows ask for in these areas, in the order of the areas, then of the rows.
pub fn plan_offices<'a>(
    rows: &[OfficeRow],
    areas: impl IntoIterator<Item = (AreaId, Kind, &'a Label)>,
) -> Result<Vec<PlannedOffice>, Vec<OfficeFault>> {
    let by_kind = rows_by_kind(rows)?;
    let offices = areas.into_iter().flat_map(|(area, kind, name)| {
        by_kind.get(&kind).into_iter().flatten().map(move |row| PlannedOffice {
            department: row.code.clone(),
            area,
            name: Label::new(row.zh.replace("{area}", &name.zh), row.en.replace("{area}", &name.en)),
        })
    });
    Ok(offices.collect())
}

fn rows_by_kind(rows: &[OfficeRow]) -> Result<BTreeMap<Kind, Vec<&OfficeRow>>, Vec<OfficeFault>> {
    let (mut by_kind, mut seen, mut faults) =
        (BTreeMap::<Kind, Vec<&OfficeRow>>::new(), BTreeMap::new(), vec![]);
    for (row, number) in rows.iter().zip(1..) {
        let mut fault = |why| faults.push(OfficeFault { row: number, why });
        if row.code.is_empty() || row.zh.is_empty() || row.en.is_empty() {
            fault("code, zh and en are all needed".to_owned());
        }
        if row.kinds.trim().is_empty() {
            fault(format!("`{}` has no kinds of area; write e.g. city, or district county", row.code));
        }
        for word in row.kinds.split_whitespace() {
            match word.parse::<Kind>() {
                Ok(kind) => {
                    let first = *seen.entry((&row.code, kind)).or_insert(number);
                    if first != number {
                        fault(format!(
                            "`{}` has its offices of the kind {kind} from row {first}; keep one",
                            row.code
                        ));
                    }
                    by_kind.entry(kind).or_default().push(row);
                }
                Err(why) => fault(why),
            }
        }
    }
    if faults.is_empty() { Ok(by_kind) } else { Err(faults) }
}
