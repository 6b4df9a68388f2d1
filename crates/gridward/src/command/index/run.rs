//! `index run`: every stage as a table.

use super::files::{self, Folder};
use super::words;
use crate::out::{End, Failed, give, give_json, say};
use index::io::{number, write_columns, write_frame};
use index::{Note, Run};

pub fn run(it: &words::Run) -> Result<End, Failed> {
    let read = files::read(&it.tables)?;
    let mut run = index::run(&read.inputs, &read.recipe).map_err(|wrong| files::at(&it.tables, wrong))?;
    run.notes.splice(0..0, read.notes);
    let mut folder = Folder::make(&it.out)?;
    stages(&run, &mut folder)?;
    beside(&run, &mut folder)?;
    if it.json {
        give_json(&serde_json::json!({
            "units": run.scores.rows(),
            "indicators": run.tree().leaves,
            "files": folder.written,
            "results": results_json(&run),
            "notes": run.notes,
        }))?;
        return Ok(End::Done);
    }
    let root = &run.tree().nodes[run.tree().root].code;
    give(&format!("{:>5} {:<16} {root}", "rank", "unit"))?;
    for row in run.order().into_iter().take(10) {
        give(&line(&run, row))?;
    }
    let left = run.scores.rows().saturating_sub(10);
    if left > 0 {
        give(&format!("      and {left} more in results.csv"))?;
    }
    say(&format!(
        "{} units, {} indicators; {} files in {}; {} notes in notes.csv",
        run.scores.rows(),
        run.tree().leaves,
        folder.written.len(),
        it.out.display(),
        run.notes.len()
    ));
    Ok(End::Done)
}

fn line(run: &Run, row: usize) -> String {
    format!(
        "{:>5} {:<16} {:.3}",
        number(run.index_rank()[row]),
        run.scores.units().label(row),
        run.index()[row]
    )
}

fn results_json(run: &Run) -> Vec<serde_json::Value> {
    let units = run.scores.units();
    let there = |x: f64| (!x.is_nan()).then_some(x);
    run.order()
        .into_iter()
        .map(|row| {
            serde_json::json!({
                "unit": units.codes[row],
                "time": units.period(row),
                "score": there(run.index()[row]),
                "rank": there(run.index_rank()[row]),
            })
        })
        .collect()
}

fn stages(run: &Run, folder: &mut Folder) -> Result<(), Failed> {
    let p = &run.prepared;
    for (name, frame) in [
        ("raw.csv", &p.raw),
        ("denominated.csv", &p.denominated),
        ("imputed.csv", &p.imputed),
        ("screened.csv", &p.screened),
        ("treated.csv", &p.treated),
        ("normalised.csv", &p.normalised),
        ("aggregated.csv", &run.scores),
    ] {
        folder.write(name, &write_frame(frame))?;
    }
    // Results: the index first, then the levels downwards; the best unit on top.
    let tree = run.tree();
    let mut nodes: Vec<usize> = tree.aggregates().collect();
    nodes.sort_by_key(|&k| std::cmp::Reverse(tree.nodes[k].level));
    let order = run.order();
    let units = run.scores.units().pick(&order);
    let column = |x: &[f64]| order.iter().map(|&i| number(x[i])).collect::<Vec<String>>();
    let code = |k: usize| tree.nodes[k].code.as_str();
    let mut scores = vec![("Rank", column(run.index_rank()))];
    scores.extend(nodes.iter().map(|&k| (code(k), column(run.scores.column(k)))));
    folder.write("results.csv", &write_columns(&units, &scores))?;
    let ranks: Vec<_> = nodes.iter().map(|&k| (code(k), column(run.ranks.column(k - tree.leaves)))).collect();
    folder.write("results_ranks.csv", &write_columns(&units, &ranks))
}

fn beside(run: &Run, folder: &mut Folder) -> Result<(), Failed> {
    let tree = run.tree();
    let share = tree.effective_weights(&run.weights);
    let weights: Vec<Vec<String>> = tree
        .nodes
        .iter()
        .enumerate()
        .map(|(k, node)| {
            let parent = node.parent.map_or(String::new(), |p| tree.nodes[p].code.clone());
            vec![node.code.clone(), node.level.to_string(), parent, number(run.weights[k]), number(share[k])]
        })
        .collect();
    folder.table("weights.csv", &["iCode", "Level", "Parent", "Weight", "Effective"], &weights)?;
    let maybe = |x: Option<f64>| x.map_or(String::new(), number);
    let bounds: Vec<Vec<String>> = run
        .prepared
        .bounds
        .list
        .iter()
        .map(|b| {
            vec![
                b.code.clone(),
                b.period.clone().unwrap_or_default(),
                number(b.lower),
                number(b.upper),
                maybe(b.lower_se),
                maybe(b.upper_se),
                b.n.to_string(),
                b.window.clone(),
                b.method.clone(),
                format!("{:016x}", b.digest),
            ]
        })
        .collect();
    let head = ["iCode", "Time", "lower", "upper", "lower_se", "upper_se", "n", "window", "method", "digest"];
    folder.table("bounds.csv", &head, &bounds)?;
    let treated: Vec<Vec<String>> = run
        .prepared
        .treatments
        .iter()
        .map(|t| {
            let (first, last) = (t.looks.first(), t.looks.last());
            vec![
                t.code.clone(),
                maybe(first.and_then(|l| l.skew)),
                maybe(first.and_then(|l| l.kurt)),
                maybe(last.and_then(|l| l.skew)),
                maybe(last.and_then(|l| l.kurt)),
                t.winsorised.to_string(),
                t.steps.len().to_string(),
                last.is_none_or(|l| l.passes).to_string(),
            ]
        })
        .collect();
    let head =
        ["iCode", "skew_before", "kurt_before", "skew_after", "kurt_after", "winsorised", "steps", "passes"];
    folder.table("treatment.csv", &head, &treated)?;
    flags(run, folder)?;
    folder.table("notes.csv", &["stage", "about", "note"], &notes(&run.notes))?;
    folder.write("recipe.toml", &run.recipe.to_toml())
}

/// Vetoes raised, by unit; no file when the recipe has none.
fn flags(run: &Run, folder: &mut Folder) -> Result<(), Failed> {
    if run.recipe.veto.is_empty() {
        return Ok(());
    }
    let units = run.scores.units();
    let rows: Vec<Vec<String>> = run
        .flags()
        .into_iter()
        .map(|f| {
            let time = units.period(f.row).unwrap_or_default().to_owned();
            vec![units.codes[f.row].clone(), time, f.indicator, number(f.value), number(f.limit), f.name]
        })
        .collect();
    folder.table("flags.csv", &["uCode", "Time", "iCode", "value", "limit", "veto"], &rows)
}

fn notes(notes: &[Note]) -> Vec<Vec<String>> {
    notes
        .iter()
        .map(|n| vec![format!("{:?}", n.stage).to_lowercase(), n.subject.clone(), n.text.clone()])
        .collect()
}
