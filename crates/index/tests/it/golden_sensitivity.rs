//! Sensitivity against COINr's own runs and against the exact truth of all 2,000 combinations.

use std::collections::BTreeMap;

use index::{
    Recipe, run,
    sensitivity::{Design, Input, Sampling, Study, Vary, first_and_total, uncentred_first},
};

use crate::{
    golden_coinr::EXAMPLE,
    support::{Csv, asem, rel},
};

fn weight_sets() -> Vec<BTreeMap<String, f64>> {
    let csv = Csv::load("coinr/70_sa_noisy_weights_100sets.csv");
    let mut sets = vec![BTreeMap::new(); 100];
    for row in 0..csv.rows.len() {
        sets[csv.num(row, "set") as usize - 1]
            .insert(csv.text(row, "iCode").to_owned(), csv.num(row, "Weight"));
    }
    sets
}

fn norm(name: &str) -> &'static str {
    match name {
        "n_minmax" => r#"{ method = "min-max", from = 1, to = 100 }"#,
        _ => r#"{ method = "z-score", mean = 10, sd = 2 }"#,
    }
}

#[test]
fn sixty_replicates_equal_coinr_in_scores_and_rank_shift() {
    let (inputs, sets, design, y, scores) = (
        asem(),
        weight_sets(),
        Csv::load("coinr/70_sa_N10_design.csv"),
        Csv::load("coinr/70_sa_N10_y.csv"),
        Csv::load("coinr/70_sa_N10_scores.csv"),
    );
    let nominal = run(&inputs, &Recipe::from_toml(EXAMPLE).unwrap()).unwrap();
    let at = scores.by("uCode");
    for row in 0..design.rows.len() {
        let text = EXAMPLE
            .replace("max-points = 5", &format!("max-points = {}", design.text(row, "winmax")))
            .replace(r#"{ method = "min-max", from = 0, to = 100 }"#, norm(design.text(row, "norm")));
        let rule = if design.text(row, "agg") == "a_gmean" { "geometric" } else { "arithmetic" };
        let mut recipe =
            Recipe::from_toml(&format!("{text}\n[aggregate]\nrule = {{ by = \"{rule}\" }}")).unwrap();
        recipe.weigh.set = sets[design.num(row, "weight_set") as usize - 1].clone();
        let r = run(&inputs, &recipe).unwrap();
        let mut shift = 0.0;
        for (i, u) in r.scores.units().codes.iter().enumerate() {
            let theirs = scores.num(at[u.as_str()], &format!("r_{}", row + 1));
            assert!(
                rel(r.index()[i], theirs) < 1e-12,
                "replicate {} {u}: {} {theirs}",
                row + 1,
                r.index()[i]
            );
            shift += (r.index_rank()[i] - nominal.index_rank()[i]).abs();
        }
        assert!(rel(shift / 51.0, y.num(row, "y")) < 1e-12, "replicate {}", row + 1);
    }
}

fn factorial() -> Study {
    let choice = |name: &str, path: &str, values: &[&str]| Input {
        name: name.into(),
        vary: Vary::Choice {
            path: path.into(),
            values: values
                .iter()
                .map(|v| toml::from_str::<toml::Table>(&format!("v = {v}")).unwrap()["v"].clone())
                .collect(),
        },
    };
    Study {
        input: vec![
            choice("Winmax", "treat.steps.0.max-points", &["1", "2", "3", "4", "5"]),
            choice("Normalisation", "normalise.to", &[norm("n_minmax"), norm("n_zscore")]),
            Input { name: "Weights".into(), vary: Vary::WeightSets { sets: weight_sets() } },
            choice("Aggregation", "aggregate.rule", &[r#"{ by = "arithmetic" }"#, r#"{ by = "geometric" }"#]),
        ],
        ..Study::default()
    }
}

#[test]
fn all_combinations_give_the_exact_indices() {
    let (inputs, study, all, truth) = (
        asem(),
        factorial(),
        Csv::load("coinr/71_sa_full_factorial_y.csv"),
        Csv::load("coinr/71_sa_exact_full_factorial.csv"),
    );
    let result = study.run(&inputs, &Recipe::from_toml(EXAMPLE).unwrap(), None).unwrap();
    assert!(result.is_exact && result.failures.is_empty());
    assert_eq!(result.shift.len(), 2_000);
    for (row, y) in result.shift.iter().enumerate() {
        assert!(rel(*y, all.num(row, "y")) < 1e-12, "combination {row}: {y} {}", all.num(row, "y"));
    }
    for (k, exact) in result.total.exact.iter().enumerate() {
        assert_eq!(result.inputs[k], truth.text(k, "Variable"));
        assert!(rel(exact.first, truth.num(k, "Si_exact")) < 1e-10, "{exact:?}");
        assert!(rel(exact.total, truth.num(k, "STi_exact")) < 1e-10, "{exact:?}");
        assert!(rel(exact.shapley, truth.num(k, "Shapley_exact")) < 1e-10, "{exact:?}");
    }
}

#[test]
fn estimates_from_1024_points_are_close_to_the_truth() {
    let (all, truth) =
        (Csv::load("coinr/71_sa_full_factorial_y.csv"), Csv::load("coinr/71_sa_exact_full_factorial.csv"));
    let y_all = all.numbers("y");
    let levels = [5usize, 2, 100, 2];
    let output = |p: &[f64]| y_all[p.iter().zip(levels).fold(0, |k, (u, l)| k * l + (u * l as f64) as usize)];
    let n = 1_024;
    let rmse = |sampling: Sampling| {
        let (mut s, mut st, mut old) = (0.0, 0.0, 0.0);
        let seeds = 60;
        for seed in 0..seeds {
            let y: Vec<f64> =
                Design::new(n, 4, sampling, seed).unwrap().points(false).iter().map(|p| output(p)).collect();
            let (ours, coinr) = (first_and_total(&y, n, 4), uncentred_first(&y, n, 4));
            for k in 0..4 {
                s += (ours[k].first - truth.num(k, "Si_exact")).powi(2);
                st += (ours[k].total - truth.num(k, "STi_exact")).powi(2);
                old += (coinr[k] - truth.num(k, "Si_exact")).powi(2);
            }
        }
        let m = 4.0 * seeds as f64;
        ((s / m).sqrt(), (st / m).sqrt(), (old / m).sqrt())
    };
    let (sobol, random) = (rmse(Sampling::Sobol), rmse(Sampling::Random));
    println!(
        "RMSE at N = 1,024: Sobol S {:.4} ST {:.4}; random S {:.4} ST {:.4}; COINr's estimator S {:.4}",
        sobol.0, sobol.1, random.0, random.1, random.2
    );
    assert!(sobol.0 <= 0.010 && sobol.1 <= 0.007, "{sobol:?}");
    assert!(random.2 > 4.0 * sobol.0, "the uncentred estimator is worse: {random:?}");
}
