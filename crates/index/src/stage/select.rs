//! Which units and indicators take part.

use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    model::{Frame, Kind, Meta},
    note::{Note, Stage},
};

/// Who takes part; the default is everybody.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Select {
    /// Only these indicators, when not empty.
    pub only: Vec<String>,
    /// Not these indicators or aggregates (an aggregate takes its whole branch with it).
    pub without: Vec<String>,
    /// Not these units.
    pub without_units: Vec<String>,
    /// Only these periods, when not empty.
    pub periods: Vec<String>,
}

/// The framework without what was left out; branches that lose all their indicators go too.
pub fn select_meta(meta: &Meta, rule: &Select) -> Result<Meta> {
    for code in rule.only.iter().chain(&rule.without) {
        if meta.get(code).is_none() {
            return Err(IndexError::unknown("indicator", code));
        }
    }
    let mut entries = meta.entries.clone();
    entries.retain(|e| {
        let listed = rule.only.is_empty() || e.kind != Kind::Indicator || rule.only.contains(&e.code);
        listed && !rule.without.contains(&e.code)
    });
    loop {
        let before = entries.len();
        let kept: Vec<_> = entries.iter().map(|e| (e.code.clone(), e.parent.clone())).collect();
        entries.retain(|e| {
            let orphan = e.parent.as_ref().is_some_and(|p| rule_removed(meta, &kept, p));
            let barren = e.kind == Kind::Aggregate && !kept.iter().any(|(_, p)| p.as_ref() == Some(&e.code));
            let had_children = meta.entries.iter().any(|m| m.parent.as_ref() == Some(&e.code));
            !(orphan || barren && had_children)
        });
        if entries.len() == before {
            break;
        }
    }
    Ok(Meta { entries })
}

/// Whether a parent existed in the full framework but is gone now.
fn rule_removed(meta: &Meta, kept: &[(String, Option<String>)], parent: &str) -> bool {
    meta.get(parent).is_some() && !kept.iter().any(|(c, _)| c == parent)
}

/// The rows that take part, with a note for each unit left out.
pub fn select_rows(frame: &Frame, rule: &Select) -> Result<(Vec<usize>, Vec<Note>)> {
    let units = frame.units();
    for code in &rule.without_units {
        if !units.codes.contains(code) {
            return Err(IndexError::unknown("unit", code));
        }
    }
    let list = units.period_list();
    if let Some(p) = rule.periods.iter().find(|p| !list.contains(p)) {
        return Err(IndexError::unknown("period", p));
    }
    let rows = (0..frame.rows())
        .filter(|&i| {
            !rule.without_units.contains(&units.codes[i])
                && (rule.periods.is_empty()
                    || units.period(i).is_some_and(|p| rule.periods.iter().any(|q| q == p)))
        })
        .collect();
    let notes =
        rule.without_units.iter().map(|u| Note::new(Stage::Select, u, "left out by the recipe")).collect();
    Ok((rows, notes))
}
