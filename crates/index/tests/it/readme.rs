//! The worked examples of the crate's README: its recipe and study are read from it, and its numbers must be ours.

use std::{collections::BTreeMap, fmt::Write as _};

use index::{
    Inputs, Recipe, Run,
    explain::{Baseline, contributions, reach},
    run,
    sensitivity::Study,
};

use crate::support::asem;

const README: &str = include_str!("../../README.md");

/// The text between `r#"` and `"#` of the example whose call begins with `call`.
fn quoted(call: &str) -> &'static str {
    let from = README.find(call).unwrap_or_else(|| panic!("{call} is in the README")) + call.len();
    let end = README[from..].find("\"#").unwrap();
    &README[from..from + end]
}

fn example() -> (Inputs, Recipe, Run) {
    let (inputs, recipe) = (asem(), Recipe::from_toml(quoted("Recipe::from_toml(r#\"")).unwrap());
    let result = run(&inputs, &recipe).unwrap();
    (inputs, recipe, result)
}

fn shows(lines: &str) {
    assert!(README.contains(&format!("```text\n{lines}```")), "the README should show\n{lines}");
}

#[test]
fn the_first_example_gives_the_ranks_it_shows() {
    let (_, _, result) = example();
    let mut lines = String::new();
    for row in result.order().into_iter().take(3) {
        let _ = writeln!(lines, "{} {:.3}", result.scores.units().codes[row], result.index()[row]);
    }
    shows(&lines);
}

#[test]
fn the_second_example_gives_the_indices_it_shows() {
    let (inputs, recipe, _) = example();
    let out = Study::from_toml(quoted("Study::from_toml(r#\"")).unwrap().run(&inputs, &recipe, None).unwrap();
    assert!(out.failures.is_empty());
    let mut lines = String::new();
    for (name, i) in out.inputs.iter().zip(&out.total.indices) {
        let _ = writeln!(lines, "{name}: S {:.3}, ST {:.3}", i.first, i.total);
    }
    for u in out.stats.units.iter().take(2) {
        let _ = writeln!(lines, "{}: rank {}, 90 % of replicates {} to {}", u.unit, u.nominal, u.q05, u.q95);
    }
    shows(&lines);
}

#[test]
fn the_third_example_gives_the_parts_it_shows() {
    let (_, _, result) = example();
    let row = result.scores.units().row_of("AUT", None).unwrap();
    let tree = contributions(&result, row, Baseline::MeanUnit).unwrap();
    let mut lines = String::new();
    for part in &tree.parts {
        let _ = writeln!(lines, "{:+.2} points from {}", part.points, part.code);
    }
    let plan = reach(&result, row, 3, 100.0, &BTreeMap::new()).unwrap();
    for m in plan.together.unwrap_or_default() {
        let _ = writeln!(lines, "{}: from {:.1} to {:.1}", m.code, m.score.0, m.score.1);
    }
    shows(&lines);
}
