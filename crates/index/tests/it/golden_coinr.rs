//! COINr 1.1.14 on its ASEM example: every stage, relative 1e-12, ranks exact.

use index::{
    Recipe, Run, run,
    stage::{normalise::normalise, treat::look},
    stats::{QuantileType, quantile},
};

use crate::support::{Csv, asem, assert_frame, rel};

const LIMIT: f64 = 1e-12;

/// The recipe of the files 11 to 17.
pub const EXAMPLE: &str = r#"
version = 1
name = "ASEM"
[impute]
fill = { method = "group-mean", group = "EurAsia_group" }
[screen]
by = "missing"
min-available = 0.9
[treat]
steps = [{ do = "winsorise", max-points = 5 }, { do = "log-ct" }]
[normalise]
to = { method = "min-max", from = 0, to = 100 }
"#;

pub fn example(change: &str) -> Run {
    let recipe = Recipe::from_toml(&format!("{EXAMPLE}{change}")).unwrap();
    run(&asem(), &recipe).unwrap()
}

/// The example with other scale and rule.
pub fn example_with(from: &str, to: &str) -> Run {
    let recipe = Recipe::from_toml(&EXAMPLE.replace(from, to)).unwrap();
    run(&asem(), &recipe).unwrap()
}

pub fn on_1_to_100(rule: &str) -> Run {
    let text = EXAMPLE.replace("from = 0, to = 100", "from = 1, to = 100");
    let recipe = Recipe::from_toml(&format!("{text}\n[aggregate]\nrule = {{ by = \"{rule}\" }}")).unwrap();
    run(&asem(), &recipe).unwrap()
}

#[test]
fn every_stage_of_the_example_equals_coinr() {
    let run = example("");
    let p = &run.prepared;
    assert_frame(&p.raw, "coinr/10_raw.csv", LIMIT);
    assert_frame(&p.denominated, "coinr/11_denominated.csv", LIMIT);
    assert_frame(&p.imputed, "coinr/12_imputed_mean_grp.csv", LIMIT);
    assert_frame(&p.screened, "coinr/13_screened.csv", LIMIT);
    assert_frame(&p.treated, "coinr/14_treated.csv", LIMIT);
    assert_frame(&p.normalised, "coinr/15_norm_minmax_0_100.csv", LIMIT);
    assert_frame(&run.scores, "coinr/16_agg_amean.csv", LIMIT);
    assert_frame(&run.scores, "coinr/17_results_scores.csv", LIMIT);
    assert_frame(&run.ranks, "coinr/17_results_ranks.csv", 0.0);
}

#[test]
fn treatment_tells_the_same_story_as_coinr() {
    let (run, csv) = (example(""), Csv::load("coinr/14_treated_details.csv"));
    let at = csv.by("iCode");
    for t in &run.prepared.treatments {
        let row = at[t.code.as_str()];
        assert_eq!(csv.text(row, "check_SkewKurt0.Pass") == "TRUE", t.looks[0].passes, "{}", t.code);
        assert!(rel(t.looks[0].skew.unwrap(), csv.num(row, "check_SkewKurt0.Skew")) < LIMIT, "{}", t.code);
        assert!(rel(t.looks[0].kurt.unwrap(), csv.num(row, "check_SkewKurt0.Kurt")) < LIMIT, "{}", t.code);
        if t.looks[0].passes {
            continue;
        }
        assert_eq!(csv.num(row, "winsorise.nwin"), t.winsorised as f64, "{}", t.code);
        assert!(rel(t.looks[1].skew.unwrap(), csv.num(row, "check_SkewKurt1.Skew")) < LIMIT, "{}", t.code);
        assert!(rel(t.looks[1].kurt.unwrap(), csv.num(row, "check_SkewKurt1.Kurt")) < LIMIT, "{}", t.code);
    }
}

#[test]
fn imputation_variants_equal_coinr() {
    let group = r#"{ method = "group-mean", group = "EurAsia_group" }"#;
    let r = example_with(group, r#"{ method = "mean" }"#);
    assert_frame(&r.prepared.imputed, "coinr/20_impute_mean.csv", LIMIT);
    let r = example_with("group-mean", "group-median");
    assert_frame(&r.prepared.imputed, "coinr/20_impute_median_grp.csv", LIMIT);
}

#[test]
fn skewness_and_kurtosis_equal_coinr() {
    let (run, csv) = (example(""), Csv::load("coinr/31_skew_kurt.csv"));
    let (mut compared, mut worst) = (0, 0.0f64);
    for row in 0..csv.rows.len() {
        let l = look(
            run.prepared.screened.named(csv.text(row, "iCode")).unwrap(),
            &index::stage::treat::Gate::default(),
        );
        worst = worst
            .max(rel(l.skew.unwrap(), csv.num(row, "skew")))
            .max(rel(l.kurt.unwrap(), csv.num(row, "kurt")));
        compared += 1;
    }
    println!("31_skew_kurt: {compared} indicators, worst {worst:e}");
    assert!(compared == 49 && worst < LIMIT, "{worst:e}");
}

#[test]
fn normalising_variants_equal_coinr() {
    let run = example("");
    let p = &run.prepared;
    let with = |to: &str| {
        let rule = Recipe::from_toml(&format!("[normalise]\nto = {to}")).unwrap().normalise;
        normalise(&p.treated, &p.bounds, &p.meta, &rule).unwrap().0
    };
    assert_frame(
        &with(r#"{ method = "z-score", mean = 10, sd = 2 }"#),
        "coinr/40_norm_zscore_10_2.csv",
        LIMIT,
    );
    assert_frame(&with(r#"{ method = "rank" }"#), "coinr/40_norm_rank.csv", 0.0);
    assert_frame(&with(r#"{ method = "percentile-rank" }"#), "coinr/40_norm_prank.csv", LIMIT);
    assert_frame(
        &with(r#"{ method = "min-max", from = 1, to = 100 }"#),
        "coinr/40_norm_minmax_1_100.csv",
        LIMIT,
    );
}

#[test]
fn goalposts_of_the_framework_are_cut_and_scaled() {
    let (data, meta) = (
        crate::support::golden("coinr/00_iData.csv"),
        crate::support::golden("coinr/40_iMeta_goalposts_q05_q95.csv"),
    );
    let (inputs, _) = index::Inputs::from_csv(&data, &meta).unwrap();
    let recipe = Recipe::from_toml("[denominate]\nenabled = false\n[bound]\nby = { method = \"goalposts\" }\n[normalise]\nto = { method = \"goalposts\" }").unwrap();
    let r = run(&inputs, &recipe).unwrap();
    assert_frame(&r.prepared.normalised, "coinr/40_norm_goalposts_q05_q95_raw.csv", LIMIT);
}

#[test]
fn quantile_types_1_to_9_equal_r() {
    let (inputs, csv) = (asem(), Csv::load("coinr/41_quantiles_types1_9_raw.csv"));
    let mut compared = 0;
    for row in 0..csv.rows.len() {
        let x = inputs.indicators.named(csv.text(row, "iCode")).unwrap();
        let kind = QuantileType::try_from(csv.num(row, "type") as u8).unwrap();
        for (name, p) in [
            ("p01", 0.01),
            ("p05", 0.05),
            ("p25", 0.25),
            ("p50", 0.5),
            ("p75", 0.75),
            ("p95", 0.95),
            ("p99", 0.99),
        ] {
            let (ours, theirs) = (quantile(x, p, kind).unwrap(), csv.num(row, name));
            assert!(
                rel(ours, theirs) < LIMIT,
                "{} type {kind:?} {name}: {ours} {theirs}",
                csv.text(row, "iCode")
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 49 * 9 * 7);
}

#[test]
fn means_up_the_tree_equal_coinr() {
    for (rule, file) in [("arithmetic", "amean"), ("geometric", "gmean"), ("harmonic", "hmean")] {
        let r = on_1_to_100(rule);
        assert_frame(&r.scores, &format!("coinr/50_agg_{file}.csv"), LIMIT);
    }
}

#[test]
fn missing_values_kept_are_left_out_of_means_above_the_threshold() {
    let inputs = asem();
    let recipe = Recipe::from_toml("[denominate]\nenabled = false\n[normalise]\nto = { method = \"min-max\", from = 1, to = 100 }\n[aggregate]\nmin-available = 0.9").unwrap();
    let r = run(&inputs, &recipe).unwrap();
    assert_frame(&r.prepared.normalised, "coinr/52_norm_raw_minmax_1_100_withNA.csv", LIMIT);
    assert_frame(&r.scores, "coinr/52_agg_amean_withNA_thresh0.9.csv", LIMIT);
}

#[test]
fn effective_weights_equal_coinr() {
    let (run, csv) = (example(""), Csv::load("coinr/64_effective_weights.csv"));
    let share = run.tree().effective_weights(&run.weights);
    for row in 0..csv.rows.len() {
        let k = run.tree().position(csv.text(row, "iCode")).unwrap();
        assert!(rel(share[k], csv.num(row, "EffWeight")) < LIMIT);
    }
    let leaves: f64 = share[..run.tree().leaves].iter().sum();
    assert!((leaves - 1.0).abs() < 1e-14);
}
