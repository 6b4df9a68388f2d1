//! Reads `iMeta`: one line per column of `iData`.

use std::collections::HashMap;

use super::table::Table;
use crate::{
    error::{IndexError, Result},
    model::{Direction, Entry, Goalposts, Kind, Meta},
};

/// Reads a framework table.
///
/// Needs `iCode`, `Type` (Indicator, Aggregate, Denominator, Group, Other), `Parent`, `Direction` (1 or -1) and
/// `Weight`; takes `iName`, `Level`, `Unit`, `Target`, `Denominator`, `goalpost_lower`, `goalpost_upper`,
/// `goalpost_scale`, `goalpost_trunc2posts` where present. Codes with `NA` or nothing in `Weight` or `Direction`
/// are refused for indicators and aggregates.
pub fn read_meta(name: &str, bytes: &[u8]) -> Result<Meta> {
    let t = Table::read(name, bytes)?;
    let (code_at, type_at) = (t.required("iCode")?, t.required("Type")?);
    let (parent_at, direction_at, weight_at) =
        (t.required("Parent")?, t.required("Direction")?, t.required("Weight")?);
    let optional = |column: &str| t.column(column);
    let (name_at, level_at, unit_at) = (optional("iName"), optional("Level"), optional("Unit"));
    let (target_at, denominator_at) = (optional("Target"), optional("Denominator"));
    let text = |i, at: Option<usize>| at.and_then(|j| t.text(i, j)).map(str::to_owned);
    let number = |i, at: Option<usize>| at.map_or(Ok(None), |j| t.number(i, j));

    let mut entries = Vec::with_capacity(t.rows.len());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for i in 0..t.rows.len() {
        let code = t.filled(i, code_at)?.to_owned();
        if let Some(first) = seen.insert(code.clone(), t.line(i)) {
            return Err(IndexError::DuplicateIndicator {
                table: t.name.clone(),
                code,
                first,
                row: t.line(i),
            });
        }
        let kind = kind_of(&t, i, type_at)?;
        let in_tree = matches!(kind, Kind::Indicator | Kind::Aggregate);
        let direction = if in_tree { direction_of(&t, i, direction_at)? } else { Direction::Up };
        let weight = t.number(i, weight_at)?;
        let weight = match weight {
            Some(w) if w > 0.0 => w,
            Some(weight) if in_tree => {
                return Err(IndexError::At {
                    table: t.name.clone(),
                    place: format!("row {}, column Weight", t.line(i)),
                    problem: Box::new(IndexError::BadWeight { code, weight }),
                });
            }
            None if in_tree => {
                t.filled(i, weight_at)?;
                1.0
            }
            _ => 1.0,
        };
        entries.push(Entry {
            name: text(i, name_at).unwrap_or_else(|| code.clone()),
            kind,
            level: number(i, level_at)?.map(|x| x as u32),
            direction,
            weight,
            parent: if in_tree { text(i, Some(parent_at)) } else { None },
            unit: text(i, unit_at),
            target: number(i, target_at)?,
            denominator: text(i, denominator_at),
            goalposts: goalposts_of(&t, i)?,
            code,
        });
    }
    Ok(Meta { entries })
}

fn kind_of(t: &Table, i: usize, at: usize) -> Result<Kind> {
    let text = t.filled(i, at)?;
    match text.to_ascii_lowercase().as_str() {
        "indicator" => Ok(Kind::Indicator),
        "aggregate" => Ok(Kind::Aggregate),
        "denominator" => Ok(Kind::Denominator),
        "group" => Ok(Kind::Group),
        "other" => Ok(Kind::Other),
        _ => Err(IndexError::NotAllowed {
            table: t.name.clone(),
            row: t.line(i),
            column: t.header[at].clone(),
            text: text.into(),
            allowed: "Indicator, Aggregate, Denominator, Group, Other",
        }),
    }
}

fn direction_of(t: &Table, i: usize, at: usize) -> Result<Direction> {
    let text = t.filled(i, at)?;
    match text.parse::<f64>() {
        Ok(1.0) => Ok(Direction::Up),
        Ok(-1.0) => Ok(Direction::Down),
        _ => Err(IndexError::NotAllowed {
            table: t.name.clone(),
            row: t.line(i),
            column: t.header[at].clone(),
            text: text.into(),
            allowed: "1, -1",
        }),
    }
}

fn goalposts_of(t: &Table, i: usize) -> Result<Option<Goalposts>> {
    let (Some(lower_at), Some(upper_at)) = (t.column("goalpost_lower"), t.column("goalpost_upper")) else {
        return Ok(None);
    };
    let (Some(lower), Some(upper)) = (t.number(i, lower_at)?, t.number(i, upper_at)?) else {
        return Ok(None);
    };
    if lower >= upper {
        return Err(IndexError::NotAllowed {
            table: t.name.clone(),
            row: t.line(i),
            column: "goalpost_upper".into(),
            text: upper.to_string(),
            allowed: "numbers above goalpost_lower",
        });
    }
    let scale = t.column("goalpost_scale").map_or(Ok(None), |j| t.number(i, j))?.unwrap_or(1.0);
    let truncate = t
        .column("goalpost_trunc2posts")
        .and_then(|j| t.text(i, j))
        .is_none_or(|x| !matches!(x, "FALSE" | "false" | "0"));
    Ok(Some(Goalposts { lower, upper, scale, truncate }))
}
