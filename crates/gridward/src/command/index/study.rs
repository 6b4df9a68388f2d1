//! `index sensitivity`: the design, the outputs, the indices and the ranks as tables.

use super::files::{self, Folder};
use super::words::Sensitivity;
use crate::out::{End, Failed, bar, give, give_json, plain, say};
use index::io::number;
use index::sensitivity::{StudyResult, beats};

/// Beyond so many units a table of pairs is no longer read by anybody.
const PAIRS_UP_TO: usize = 500;

pub fn study(it: &Sensitivity) -> Result<End, Failed> {
    let read = files::read(&it.tables)?;
    let study = files::study(&it.study)?;
    let bar = bar("replicates");
    bar.set_length(study.runs() as u64);
    let tell = |done: usize, _total: usize| {
        bar.set_position(done as u64);
        true
    };
    let result = study.run(&read.inputs, &read.recipe, Some(&tell));
    bar.finish_and_clear();
    let result = result.map_err(|wrong| files::at(&it.tables, wrong))?;
    if it.pairs && result.units.len() > PAIRS_UP_TO {
        return Err(plain(format!("--pairs is for up to {PAIRS_UP_TO} units, not {}", result.units.len())));
    }
    let mut folder = Folder::make(&it.out)?;
    design(&result, &mut folder)?;
    indices(&result, &mut folder)?;
    ranks(&result, &mut folder)?;
    if it.pairs {
        pairs(&result, &mut folder)?;
    }
    if it.json {
        return tell_json(&result, &folder.written).map(|()| End::Done);
    }
    give(&format!("{:<24} {:>8} {:>8}", "input", "S", "ST"))?;
    for (name, first, total) in shares(&result) {
        give(&format!("{name:<24} {first:>8.3} {total:>8.3}"))?;
    }
    let exact = if result.is_exact { ", every combination" } else { "" };
    say(&format!(
        "{} replicates{exact}, {} failed and left out; {} files in {}",
        result.shift.len(),
        result.failures.len(),
        folder.written.len(),
        it.out.display()
    ));
    Ok(End::Done)
}

fn shares(result: &StudyResult) -> Vec<(&str, f64, f64)> {
    let both = |i: usize| match (result.total.exact.get(i), result.total.indices.get(i)) {
        (Some(e), _) => (e.first, e.total),
        (None, Some(e)) => (e.first, e.total),
        (None, None) => (f64::NAN, f64::NAN),
    };
    result.inputs.iter().enumerate().map(|(i, name)| (name.as_str(), both(i).0, both(i).1)).collect()
}

fn tell_json(result: &StudyResult, files: &[String]) -> Result<(), Failed> {
    let there = |x: f64| (!x.is_nan()).then_some(x);
    let inputs: Vec<_> = shares(result)
        .into_iter()
        .map(
            |(name, first, total)| serde_json::json!({ "name": name, "S": there(first), "ST": there(total) }),
        )
        .collect();
    let failures: Vec<_> = result
        .failures
        .iter()
        .map(|f| serde_json::json!({ "replicate": f.replicate + 1, "reason": f.reason }))
        .collect();
    give_json(&serde_json::json!({
        "replicates": result.shift.len(),
        "exact": result.is_exact,
        "inputs": inputs,
        "failures": failures,
        "files": files,
    }))
}

/// `design.csv` (the point and, for discrete inputs, the level from 1) and `y.csv`.
fn design(result: &StudyResult, folder: &mut Folder) -> Result<(), Failed> {
    let levels: Vec<String> = result.inputs.iter().map(|name| format!("{name} level")).collect();
    let mut head = vec!["rep"];
    for (name, level) in result.inputs.iter().zip(&levels) {
        head.extend([name.as_str(), level.as_str()]);
    }
    let rows: Vec<Vec<String>> = result
        .design
        .iter()
        .zip(&result.levels)
        .enumerate()
        .map(|(r, (point, levels))| {
            let mut row = vec![(r + 1).to_string()];
            for (u, level) in point.iter().zip(levels) {
                row.extend([number(*u), level.map_or(String::new(), |l| (l + 1).to_string())]);
            }
            row
        })
        .collect();
    folder.table("design.csv", &head, &rows)?;
    let mut reason = vec![String::new(); result.shift.len()];
    for f in &result.failures {
        reason[f.replicate].clone_from(&f.reason);
    }
    let y: Vec<Vec<String>> = result
        .shift
        .iter()
        .zip(reason)
        .enumerate()
        .map(|(r, (y, reason))| vec![(r + 1).to_string(), number(*y), reason])
        .collect();
    folder.table("y.csv", &["rep", "y", "failed"], &y)
}

fn indices(result: &StudyResult, folder: &mut Folder) -> Result<(), Failed> {
    let rows: Vec<Vec<String>> = shares(result)
        .into_iter()
        .enumerate()
        .map(|(i, (name, first, total))| {
            let (first_se, total_se) = result.total.se.get(i).copied().unwrap_or((f64::NAN, f64::NAN));
            let shapley = result.total.shapley.get(i).copied().unwrap_or(f64::NAN);
            let mut row = vec![name.to_owned()];
            row.extend([first, first_se, total, total_se, shapley].map(number));
            row
        })
        .collect();
    folder.table("indices.csv", &["Variable", "Si", "Si_se", "STi", "STi_se", "Shapley"], &rows)?;
    if result.total.second.is_empty() {
        return Ok(());
    }
    let second: Vec<Vec<String>> = result
        .total
        .second
        .iter()
        .map(|&(i, j, s)| vec![result.inputs[i].clone(), result.inputs[j].clone(), number(s)])
        .collect();
    folder.table("second.csv", &["Variable", "With", "Sij"], &second)
}

fn ranks(result: &StudyResult, folder: &mut Folder) -> Result<(), Failed> {
    let (top, bottom) = (format!("best_{}", result.stats.k), format!("worst_{}", result.stats.k));
    let head = [
        "uCode",
        "Nominal",
        "Mean",
        "Median",
        "Q5",
        "Q95",
        "Score_Q5",
        "Score_Q50",
        "Score_Q95",
        &top,
        &bottom,
    ];
    let rows: Vec<Vec<String>> = result
        .stats
        .units
        .iter()
        .map(|u| {
            let mut row = vec![u.unit.clone()];
            row.extend([u.nominal, u.mean, u.median, u.q05, u.q95].map(number));
            row.extend(u.score.map(number));
            row.extend([u.in_top, u.in_bottom].map(number));
            row
        })
        .collect();
    folder.table("ranks.csv", &head, &rows)
}

fn pairs(result: &StudyResult, folder: &mut Folder) -> Result<(), Failed> {
    let square = |head: Vec<&str>, cells: &[Vec<f64>], name: &str, folder: &mut Folder| {
        let rows: Vec<Vec<String>> = result
            .units
            .iter()
            .zip(cells)
            .map(|(unit, row)| std::iter::once(unit.clone()).chain(row.iter().map(|&x| number(x))).collect())
            .collect();
        folder.table(name, &head, &rows)
    };
    let places: Vec<String> = (1..=result.units.len()).map(|k| k.to_string()).collect();
    let named =
        |names: &'_ [String]| std::iter::once("uCode".to_owned()).chain(names.iter().cloned()).collect();
    let (by_place, by_unit): (Vec<String>, Vec<String>) = (named(&places), named(&result.units));
    if let Some(shares) = &result.stats.frequency {
        square(by_place.iter().map(String::as_str).collect(), shares, "rank_shares.csv", folder)?;
    }
    let wins = beats(&result.scores, result.units.len());
    square(by_unit.iter().map(String::as_str).collect(), &wins, "beats.csv", folder)
}
