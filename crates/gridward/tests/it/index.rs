//! `gridward index` on COINr's own example, as a statistician meets it: no server, no database, two tables.

use super::run::{Folder, gridward, json, text, with};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

fn asem(name: &str) -> String {
    format!("{}/../../examples/asem/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// `gridward index` over the example with more arguments.
fn index(what: &[&str], idata: &str, more: &[&str], variables: &[(&str, &str)]) -> Output {
    let tables =
        ["--idata", idata, "--imeta", &asem("iMeta.csv"), "--recipe", &asem("R.toml")].map(str::to_owned);
    let all: Vec<&str> =
        ["index"].iter().chain(what).copied().chain(tables.iter().map(String::as_str)).collect();
    with(&[&all, more].concat(), variables)
}

/// Cells by unit and column; the key is `uCode` and, in a panel, `Time`.
fn table(path: &Path) -> BTreeMap<(String, String), String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head[0], "uCode", "{}", path.display());
    let panel = head.get(1).is_some_and(|it| it == "Time");
    reader
        .records()
        .flat_map(|row| {
            let row = row.unwrap();
            let key = if panel { format!("{} {}", &row[0], &row[1]) } else { row[0].to_owned() };
            head.iter()
                .zip(row.iter())
                .map(|(h, x)| ((key.clone(), h.clone()), x.to_owned()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Every cell of a reference table is in ours, relative 1e-12.
fn holds(ours: &Path, theirs: &str) {
    let theirs = format!("{}/../index/tests/golden/coinr/{theirs}", env!("CARGO_MANIFEST_DIR"));
    let (ours, theirs) = (table(ours), table(Path::new(&theirs)));
    assert!(theirs.len() > 50);
    for (at, want) in theirs.iter().filter(|(at, _)| at.1 != "uCode") {
        let got = &ours[at];
        if want.is_empty() || got.is_empty() {
            assert_eq!(got, want, "{at:?}");
            continue;
        }
        let (a, b): (f64, f64) = (got.parse().unwrap(), want.parse().unwrap());
        assert!((a - b).abs() <= 1e-12 * a.abs().max(b.abs()), "{at:?}: {a} {b}");
    }
}

const STAGES: [&str; 8] =
    ["raw", "denominated", "imputed", "screened", "treated", "normalised", "aggregated", "results"];

#[test]
fn a_run_writes_one_table_per_stage_equal_to_coinr() {
    let folder = Folder::new();
    let out = folder.path("out");
    let told = text(&index(&["run"], &asem("iData.csv"), &["--out", out.to_str().unwrap()], &[]), 0);
    assert!(told.contains("CHE"), "the best unit is told: {told}");
    for stage in STAGES {
        assert!(!table(&out.join(format!("{stage}.csv"))).is_empty());
    }
    holds(&out.join("treated.csv"), "14_treated.csv");
    holds(&out.join("aggregated.csv"), "16_agg_amean.csv");
    holds(&out.join("results.csv"), "17_results_scores.csv");
    holds(&out.join("results_ranks.csv"), "17_results_ranks.csv");
}

#[test]
fn one_and_two_threads_and_the_recipe_it_wrote_give_the_same_bytes() {
    let folder = Folder::new();
    let (one, two, again) = (folder.path("one"), folder.path("two"), folder.path("again"));
    let data = asem("iData.csv");
    text(&index(&["run"], &data, &["--out", one.to_str().unwrap()], &[("RAYON_NUM_THREADS", "1")]), 0);
    text(&index(&["run"], &data, &["--out", two.to_str().unwrap()], &[("RAYON_NUM_THREADS", "2")]), 0);
    let written = two.join("recipe.toml");
    let third = gridward(&[
        "index",
        "run",
        "--recipe",
        written.to_str().unwrap(),
        "--idata",
        &data,
        "--imeta",
        &asem("iMeta.csv"),
        "--out",
        again.to_str().unwrap(),
    ]);
    text(&third, 0);
    for entry in std::fs::read_dir(&one).unwrap() {
        let name = entry.unwrap().file_name();
        let bytes = std::fs::read(one.join(&name)).unwrap();
        assert_eq!(bytes, std::fs::read(two.join(&name)).unwrap(), "{name:?}");
        assert_eq!(bytes, std::fs::read(again.join(&name)).unwrap(), "{name:?}");
    }
}

#[test]
fn a_panel_keeps_its_time_column_and_ranks_within_each_period() {
    let folder = Folder::new();
    let out = folder.path("out");
    let run = index(&["run"], &asem("iData_panel.csv"), &["--out", out.to_str().unwrap(), "--json"], &[]);
    let told = json(&run, 0);
    assert_eq!(told["results"].as_array().unwrap().len(), 51 * 5);
    let best: Vec<&serde_json::Value> =
        told["results"].as_array().unwrap().iter().filter(|it| it["rank"] == 1.0).collect();
    assert_eq!(best.len(), 5, "one first place a year");
    let results = table(&out.join("results.csv"));
    assert!(results.contains_key(&("AUT 2022".to_owned(), "Index".to_owned())));
}

#[test]
fn a_study_writes_its_design_outputs_indices_and_ranks() {
    let folder = Folder::new();
    let (out, study) = (folder.path("out"), folder.file("S.toml", "n = 64\n[[input]]\nname = \"weights\"\nkind = \"weight-noise\"\nshare = 0.25\n[[input]]\nname = \"rule\"\nkind = \"choice\"\npath = \"aggregate.rule\"\nvalues = [{ by = \"arithmetic\" }, { by = \"geometric\" }]\n"));
    let more = ["--study", study.to_str().unwrap(), "--out", out.to_str().unwrap(), "--pairs", "--json"];
    let told = json(&index(&["sensitivity"], &asem("iData.csv"), &more, &[]), 0);
    assert_eq!(told["replicates"], 256);
    let failed = told["failures"].as_array().unwrap();
    assert!(!failed.is_empty(), "the geometric mean cannot take the zeros of a scale from 0");
    assert!(failed[0]["reason"].as_str().unwrap().contains("geometric mean needs values above zero"));
    let lines = |name: &str| std::fs::read_to_string(out.join(name)).unwrap().lines().count();
    assert_eq!(
        (lines("design.csv"), lines("y.csv"), lines("indices.csv"), lines("ranks.csv")),
        (257, 257, 3, 52)
    );
    let shares = table(&out.join("rank_shares.csv"));
    let sum: f64 = shares
        .iter()
        .filter(|(at, _)| at.0 == "CHE" && at.1 != "uCode")
        .map(|(_, x)| x.parse::<f64>().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-12);
}

#[test]
fn an_explanation_sums_to_the_difference_and_names_a_way_up() {
    let told =
        json(&index(&["explain"], &asem("iData.csv"), &["--unit", "AUT", "--up", "2", "--json"], &[]), 0);
    let tree = &told["contributions"];
    let points = |it: &serde_json::Value| it["points"].as_f64().unwrap();
    let parts: f64 = tree["parts"].as_array().unwrap().iter().map(points).sum();
    assert!((parts - points(tree)).abs() < 1e-12);
    let difference = tree["score"].as_f64().unwrap() - tree["against"].as_f64().unwrap();
    assert!((points(tree) - difference).abs() < 1e-12);
    assert!(!told["way"]["together"].as_array().unwrap().is_empty());
    let nobody = index(&["explain"], &asem("iData.csv"), &["--unit", "XYZ"], &[]);
    text(&nobody, 1);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("XYZ"));
}

#[test]
fn an_audit_is_written_as_a_page_and_as_markdown() {
    let folder = Folder::new();
    let out = folder.path("out");
    text(&index(&["audit"], &asem("iData.csv"), &["--out", out.to_str().unwrap()], &[]), 0);
    let page = std::fs::read_to_string(out.join("audit.html")).unwrap();
    let markdown = std::fs::read_to_string(out.join("audit.md")).unwrap();
    assert!(page.starts_with("<!doctype html>") && markdown.starts_with("# Statistical audit"));
}

#[test]
fn the_recipe_and_the_study_to_begin_with_run_over_the_example() {
    let folder = Folder::new();
    let recipe = folder.file("R.toml", text(&gridward(&["index", "recipe", "init"]), 0));
    let study = folder.file("S.toml", text(&gridward(&["index", "recipe", "init", "--study"]), 0));
    let checked = gridward(&[
        "index",
        "recipe",
        "check",
        "--recipe",
        recipe.to_str().unwrap(),
        "--study",
        study.to_str().unwrap(),
        "--idata",
        &asem("iData.csv"),
        "--imeta",
        &asem("iMeta.csv"),
        "--json",
    ]);
    assert_eq!(json(&checked, 0)["ok"], true);
}

#[test]
fn a_wrong_recipe_is_found_with_its_line_and_the_exit_code_is_three() {
    let folder = Folder::new();
    let recipe = folder.file("R.toml", "version = 1\n[treat]\nstepz = []\n");
    let found =
        json(&gridward(&["index", "recipe", "check", "--recipe", recipe.to_str().unwrap(), "--json"]), 3);
    let wrong = found["wrong"].as_str().unwrap();
    assert!(wrong.contains("line 3") && wrong.contains("stepz"), "{wrong}");
}

#[test]
fn a_bad_cell_is_named_by_file_row_and_column_and_nothing_is_written() {
    let folder = Folder::new();
    let data = std::fs::read_to_string(asem("iData.csv")).unwrap();
    let mut lines: Vec<String> = data.lines().map(str::to_owned).collect();
    lines[3] = lines[3].replacen(',', ",x", 20);
    let bad = folder.file("bad.csv", lines.join("\n"));
    let out = folder.path("out");
    let told = index(&["run"], bad.to_str().unwrap(), &["--out", out.to_str().unwrap()], &[]);
    text(&told, 1);
    let why = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(why.contains("bad.csv") && why.contains("row 4, column"), "{why}");
    assert!(!out.exists());
}
