//! `index explain`: the parts of one unit's score, and the way to a better rank.

use super::files;
use super::words::Explain;
use crate::out::{End, Failed, give, give_json, plain};
use index::Run;
use index::explain::{Baseline, Contribution, Move, Reach, contributions, reach};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn explain(it: &Explain) -> Result<End, Failed> {
    let read = files::read(&it.tables)?;
    let wrong = |wrong| files::at(&it.tables, wrong);
    let run = index::run(&read.inputs, &read.recipe).map_err(wrong)?;
    let units = run.scores.units();
    let time = it.time.clone().or_else(|| units.period_list().pop());
    let row = |code: &str| {
        units.row_of(code, time.as_deref()).ok_or_else(|| {
            let when = time.as_ref().map_or(String::new(), |it| format!(" in {it}"));
            plain(format!(
                "unit {code:?} has no score{when}: it is not in iData, or was screened out (see notes.csv)"
            ))
        })
    };
    let own = row(&it.unit)?;
    let baseline = match it.against.as_str() {
        "mean" => Baseline::MeanUnit,
        "zero" => Baseline::Zero,
        other => Baseline::Unit(row(other)?),
    };
    let tree = contributions(&run, own, baseline).map_err(wrong)?;
    let way = it.up.map(|places| reach(&run, own, places, it.best, &BTreeMap::new()));
    let way = way.transpose().map_err(wrong)?;
    if it.json {
        give_json(&json!({
            "unit": it.unit,
            "time": time,
            "rank": run.index_rank()[own],
            "of": run.scores.rows(),
            "against": it.against,
            "contributions": tree_json(&tree),
            "way": way.as_ref().map(way_json),
        }))?;
        return Ok(End::Done);
    }
    head(&run, own, &it.against, &tree)?;
    parts(&tree, 0)?;
    match way {
        Some(way) => tell_way(&way),
        None => Ok(()),
    }
    .map(|()| End::Done)
}

fn head(run: &Run, row: usize, against: &str, tree: &Contribution) -> Result<(), Failed> {
    give(&format!(
        "{}: rank {}, score {:.3}; against {against} {:.3}",
        run.scores.units().label(row),
        run.index_rank()[row],
        tree.score,
        tree.baseline
    ))?;
    give(&format!("{:>9}  {:<24} {:>9} {:>9}", "points", "from", "score", "against"))
}

fn parts(tree: &Contribution, depth: usize) -> Result<(), Failed> {
    let name = format!("{}{}", "  ".repeat(depth), tree.code);
    give(&format!("{:>+9.3}  {name:<24} {:>9.3} {:>9.3}", tree.points, tree.score, tree.baseline))?;
    tree.parts.iter().try_for_each(|part| parts(part, depth + 1))
}

fn tell_way(way: &Reach) -> Result<(), Failed> {
    give("")?;
    give(&format!(
        "from rank {} to {}: the score must go from {:.3} to {:.3}",
        way.rank.0, way.rank.1, way.score.0, way.score.1
    ))?;
    match &way.together {
        Some(moves) if moves.is_empty() => give("even with everything at its best it cannot be reached")?,
        Some(moves) => {
            give("least change of scores in all:")?;
            moves.iter().try_for_each(step)?;
        }
        None => give(
            "the least change together is known for arithmetic and geometric means of complete data only",
        )?,
    }
    give(&format!("{} indicators can do it alone; the smallest changes:", way.alone.len()))?;
    way.alone.iter().take(5).try_for_each(step)
}

fn step(it: &Move) -> Result<(), Failed> {
    let value = it.value.map_or(String::new(), |(now, then)| format!("; value from {now:.6} to {then:.6}"));
    give(&format!("  {:<24} score from {:.3} to {:.3}{value}", it.code, it.score.0, it.score.1))
}

fn there(x: f64) -> Option<f64> {
    (!x.is_nan()).then_some(x)
}

fn tree_json(tree: &Contribution) -> Value {
    json!({
        "code": tree.code,
        "level": tree.level,
        "score": there(tree.score),
        "against": there(tree.baseline),
        "points": there(tree.points),
        "parts": tree.parts.iter().map(tree_json).collect::<Vec<_>>(),
    })
}

fn way_json(way: &Reach) -> Value {
    let moves = |list: &[Move]| -> Vec<Value> {
        list.iter().map(|m| json!({ "code": m.code, "score": m.score, "value": m.value })).collect()
    };
    json!({
        "rank": way.rank,
        "score": way.score,
        "alone": moves(&way.alone),
        "together": way.together.as_deref().map(moves),
        "cost": way.cost,
    })
}
