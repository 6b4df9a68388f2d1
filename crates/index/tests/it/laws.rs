//! Laws of the engine, on generated frameworks: what must never change a result, and what must always add up.

use std::fmt::Write as _;

use index::{
    Inputs, Live, Recipe, Touched,
    explain::{Baseline, Contribution, Edition, change, contributions, reach, slopes},
    run,
    stats::Rng,
};
use proptest::prelude::*;

/// A seeded framework of three levels with correlated, skewed and missing values.
pub fn made(units: usize, groups: usize, each: usize, missing: f64, seed: u64) -> Inputs {
    let mut rng = Rng::new(seed, 0);
    let mut meta = String::from("iCode,Type,Parent,Direction,Weight\nROOT,Aggregate,,1,1\n");
    let mut header = String::from("uCode");
    let mut kinds = Vec::new();
    for g in 0..groups {
        let _ = writeln!(meta, "G{g},Aggregate,ROOT,1,{}", 1.0 + rng.uniform());
        for k in 0..each {
            let down = rng.uniform() < 0.3;
            let _ = writeln!(
                meta,
                "I{g}_{k},Indicator,G{g},{},{}",
                if down { -1 } else { 1 },
                0.5 + rng.uniform()
            );
            let _ = write!(header, ",I{g}_{k}");
            kinds.push((down, rng.uniform() < 0.3));
        }
    }
    let mut data = header;
    data.push('\n');
    for u in 0..units {
        let _ = write!(data, "U{u:05}");
        let talent = rng.normal();
        for (down, skewed) in &kinds {
            let z = 0.6 * talent * if *down { -1.0 } else { 1.0 } + 0.8 * rng.normal();
            let x = if *skewed { z.exp() } else { 50.0 + 10.0 * z };
            if rng.uniform() < missing {
                data.push(',');
            } else {
                let _ = write!(data, ",{x}");
            }
        }
        data.push('\n');
    }
    Inputs::from_csv(data.as_bytes(), meta.as_bytes()).unwrap().0
}

fn recipe(text: &str) -> Recipe {
    Recipe::from_toml(text).unwrap()
}

const FULL: &str = "[impute]\nfill = { method = \"median\" }\n[treat]\nsteps = [{ do = \"winsorise\", max-points = 5 }, { do = \"log-ct\" }]\n[normalise]\nto = { method = \"min-max\", from = 1, to = 100 }\n";

#[test]
fn one_two_and_four_threads_give_the_same_bytes() {
    let inputs = made(300, 4, 5, 0.03, 7);
    let all = recipe(&format!("{FULL}[aggregate.level]\n3 = {{ by = \"copeland\" }}"));
    let runs: Vec<_> = [1, 2, 4]
        .into_iter()
        .map(|t| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(t)
                .build()
                .unwrap()
                .install(|| run(&inputs, &all).unwrap())
        })
        .collect();
    for r in &runs[1..] {
        assert!(r.scores.same_bytes(&runs[0].scores) && r.ranks.same_bytes(&runs[0].ranks));
    }
    let study = index::sensitivity::Study::from_toml(
        "n = 32\nper-unit = true\n[[input]]\nname = \"w\"\nkind = \"dirichlet\"\nconcentration = 20\n[[input]]\nname = \"p\"\nkind = \"uniform\"\npath = \"normalise.to.from\"\nlow = 1\nhigh = 20\n",
    )
    .unwrap();
    let studies: Vec<_> = [1, 2, 4]
        .into_iter()
        .map(|t| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(t)
                .build()
                .unwrap()
                .install(|| study.run(&inputs, &recipe(FULL), None).unwrap())
        })
        .collect();
    for s in &studies[1..] {
        assert_eq!(s.shift, studies[0].shift);
        assert_eq!(s.ranks, studies[0].ranks);
        assert_eq!(s.stats, studies[0].stats);
    }
}

#[test]
fn a_recipe_survives_its_own_text() {
    let r = recipe(&format!(
        "{FULL}[bound]\nby = {{ method = \"quantile\", lower = 0.05, upper = 0.95, kind = 6 }}\n[weigh]\nby = {{ from = \"entropy\" }}\n[weigh.set]\nI0_0 = 2.5\n[aggregate.only]\nROOT = {{ by = \"owa\", orness = 0.3 }}"
    ));
    assert_eq!(Recipe::from_toml(&r.to_toml()).unwrap(), r);
    assert_eq!(Recipe::from_value(r.to_value()).unwrap(), r);
}

#[test]
fn one_changed_value_updates_to_the_bytes_of_a_full_run() {
    for (text, want) in
        [(FULL, None), ("[normalise]\nto = { method = \"min-max\", from = 0, to = 100 }", Some(Touched::Row))]
    {
        let inputs = made(120, 3, 4, 0.0, 11);
        let r = recipe(text);
        let mut live = Live::new(inputs.clone(), &r, None).unwrap();
        let mut changed = inputs;
        let mut rng = Rng::new(5, 1);
        let mut rows = 0;
        for step in 0..40 {
            let unit = format!("U{:05}", rng.below(120));
            let j = rng.below(12);
            let code = changed.indicators.codes()[j].clone();
            let i = changed.indicators.units().row_of(&unit, None).unwrap();
            let x = changed.indicators.at(i, j) * if step % 7 == 0 { 30.0 } else { 1.001 };
            changed.indicators.column_mut(j)[i] = x;
            rows += usize::from(live.set(&unit, None, &code, x).unwrap() == Touched::Row);
            let full = run(&changed, &r).unwrap();
            assert!(live.run().scores.same_bytes(&full.scores), "{text} step {step}");
            assert!(live.run().ranks.same_bytes(&full.ranks));
            assert_eq!(live.run().prepared.bounds, full.prepared.bounds);
        }
        if want.is_some() {
            assert!(rows > 20, "most small changes stay in their row: {rows}");
        }
    }
}

fn check_sums(c: &Contribution) {
    if !c.parts.is_empty() {
        let total = index::sum::sum(c.parts.iter().map(|p| p.points));
        assert_eq!(total, c.points, "parts of {} sum exactly", c.code);
        c.parts.iter().for_each(check_sums);
    }
}

#[test]
fn contributions_sum_exactly_under_every_rule_for_single_units() {
    let inputs = made(60, 3, 4, 0.05, 3);
    for by in [
        "by = \"arithmetic\"",
        "by = \"geometric\"",
        "by = \"harmonic\"",
        "by = \"mpi\"",
        "by = \"mean-min\", a = 0.5, b = 1",
        "by = \"power\", p = -1.5",
        "by = \"owa\", orness = 0.3",
        "by = \"median\"",
    ] {
        let r = run(&inputs, &recipe(&format!("[normalise]\nto = {{ method = \"min-max\", from = 1, to = 100 }}\n[aggregate]\nrule = {{ {by} }}"))).unwrap();
        for row in 0..60 {
            for base in [Baseline::MeanUnit, Baseline::Unit((row + 1) % 60)] {
                let c = contributions(&r, row, base).unwrap();
                assert!((c.points - (c.score - c.baseline)).abs() < 1e-12);
                check_sums(&c);
            }
        }
    }
    let r = run(&inputs, &recipe("")).unwrap();
    let c = contributions(&r, 0, Baseline::Zero).unwrap();
    assert!((c.points - r.index()[0]).abs() <= 2.0 * f64::EPSILON * r.index()[0]);
    check_sums(&c);
}

#[test]
fn change_between_editions_splits_exactly_and_blames_the_right_cause() {
    let old_inputs = made(40, 3, 3, 0.0, 21);
    let base = recipe("");
    let first = run(&old_inputs, &base).unwrap();
    let old =
        Edition { inputs: old_inputs.clone(), recipe: base.clone(), bounds: first.prepared.bounds.clone() };
    let mut heavier = old.clone();
    heavier.recipe.weigh.set.insert("I0_0".into(), 9.0);
    for c in change(&old, &heavier).unwrap() {
        assert!(
            c.data == 0.0
                && c.bounds == 0.0
                && c.method == 0.0
                && (c.weights - (c.to - c.from)).abs() < 1e-12
        );
    }
    let new_inputs = made(40, 3, 3, 0.0, 22);
    let mut all = Edition {
        bounds: run(&new_inputs, &base).unwrap().prepared.bounds,
        inputs: new_inputs,
        recipe: base,
    };
    all.recipe.aggregate.rule = index::stage::aggregate::Rule::MeanMin { a: 0.5, b: 0.0 };
    for c in change(&old, &all).unwrap() {
        let parts = [c.data, c.bounds, c.weights, c.method];
        let largest = parts.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        assert!((index::sum::sum(parts) - (c.to - c.from)).abs() <= 2.0 * f64::EPSILON * largest);
        assert!(c.data != 0.0 && c.bounds != 0.0 && c.method != 0.0);
    }
}

#[test]
fn the_cheapest_change_reaches_the_rank_and_no_single_one_is_cheaper() {
    for by in ["arithmetic", "geometric"] {
        let inputs = made(30, 3, 3, 0.0, 31);
        let r = run(&inputs, &recipe(&format!("[normalise]\nto = {{ method = \"min-max\", from = 1, to = 100 }}\n[aggregate]\nrule = {{ by = \"{by}\" }}"))).unwrap();
        let row = r.order()[12];
        let plan = reach(&r, row, 3, 100.0, &std::collections::BTreeMap::new()).unwrap();
        assert_eq!(plan.rank, (13, 10));
        let together = plan.together.unwrap();
        let mut normalised = r.scores.pick_columns(&r.tree().leaf_codes()).unwrap();
        for m in &together {
            let j = normalised.position(&m.code).unwrap();
            normalised.column_mut(j)[row] = m.score.1;
        }
        let again =
            index::stage::aggregate::aggregate(&normalised, r.tree(), &r.recipe.weigh, &r.recipe.aggregate)
                .unwrap();
        let index = again.frame.column(r.tree().root);
        let better = index.iter().filter(|s| **s > index[row] * (1.0 + 1e-11)).count();
        assert!(better < 10, "{by}: {better} still above");
        for m in &plan.alone {
            assert!(m.score.1 - m.score.0 >= plan.cost.unwrap() - 1e-6, "{by}: {} alone is cheaper", m.code);
        }
    }
}

#[test]
fn slopes_of_arithmetic_means_are_the_effective_weights() {
    let r = run(&made(30, 3, 3, 0.0, 41), &recipe("")).unwrap();
    let share = r.tree().effective_weights(&r.weights);
    for (k, s) in slopes(&r, 4).unwrap().iter().enumerate() {
        assert!((s - share[k]).abs() < 1e-8);
    }
}

#[test]
fn copeland_does_not_depend_on_row_order_with_missing_values() {
    let inputs = made(25, 2, 3, 0.2, 51);
    let r = recipe("[aggregate]\nrule = { by = \"copeland\" }");
    let a = run(&inputs, &r).unwrap();
    let rows: Vec<usize> = (0..25).rev().collect();
    let turned = Inputs {
        indicators: inputs.indicators.pick_rows(&rows),
        denominators: inputs.denominators.pick_rows(&rows),
        ..inputs
    };
    let b = run(&turned, &r).unwrap();
    for (i, u) in a.scores.units().codes.iter().enumerate() {
        assert_eq!(b.scores.get(u, "ROOT"), Some(a.index()[i]).filter(|x| !x.is_nan()));
    }
}

#[test]
fn a_failed_replicate_is_counted_named_and_left_out() {
    let inputs = made(40, 2, 3, 0.0, 61);
    let study = index::sensitivity::Study::from_toml(
        "n = 64\nexact-up-to = 0\n[[input]]\nname = \"rule\"\nkind = \"choice\"\npath = \"aggregate.rule\"\nvalues = [{ by = \"arithmetic\" }, { by = \"geometric\" }]\n[[input]]\nname = \"from\"\nkind = \"choice\"\npath = \"normalise.to.from\"\nvalues = [0, 1]\n",
    )
    .unwrap();
    let out = study
        .run(&inputs, &recipe("[normalise]\nto = { method = \"min-max\", from = 0, to = 100 }"), None)
        .unwrap();
    assert!(!out.failures.is_empty() && out.failures.len() < out.shift.len());
    assert!(
        out.failures[0].reason.contains("geometric mean needs values above zero"),
        "{}",
        out.failures[0].reason
    );
    assert!(out.total.indices.iter().all(|i| i.first.is_finite() && i.total.is_finite() && i.rows > 0));
    assert!(out.stats.units.iter().all(|u| u.mean.is_finite()));
    let stopped = study.run(&inputs, &recipe(""), Some(&|_, _| false));
    assert!(matches!(stopped, Err(index::IndexError::Cancelled { .. })));
}

#[test]
fn continuous_inputs_give_the_known_indices_of_an_additive_function() {
    use index::sensitivity::{Design, Sampling, first_and_total, second_order};
    let n = 4_096;
    let y: Vec<f64> = Design::new(n, 3, Sampling::Sobol, 9)
        .unwrap()
        .points(true)
        .iter()
        .map(|p| p[0] + 2.0 * p[1] + 4.0 * p[0] * p[2])
        .collect();
    // variances: x0: (1+2)^2/12, x1: 4/12, x2: (2)^2/12, x0x2: 16/144
    let (v0, v1, v2, v02) = (9.0 / 12.0, 4.0 / 12.0, 4.0 / 12.0, 16.0 / 144.0);
    let v = v0 + v1 + v2 + v02;
    let got = first_and_total(&y, n, 3);
    for (g, (s, t)) in got.iter().zip([(v0, v0 + v02), (v1, v1), (v2, v2 + v02)]) {
        assert!((g.first - s / v).abs() < 0.01 && (g.total - t / v).abs() < 0.01, "{g:?}");
    }
    let second = second_order(&y, n, 3);
    assert!((second[1].2 - v02 / v).abs() < 0.02 && second[0].2.abs() < 0.02, "{second:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn permuting_units_and_indicators_changes_nothing(seed in 0u64..1_000) {
        let inputs = made(35, 3, 3, 0.05, seed);
        let r = recipe(FULL);
        let a = run(&inputs, &r).unwrap();
        let mut rng = Rng::new(seed, 2);
        let mut rows: Vec<usize> = (0..35).collect();
        for i in (1..35).rev() { rows.swap(i, rng.below(i + 1)); }
        let mut meta = inputs.meta.clone();
        for i in (1..meta.entries.len()).rev() { meta.entries.swap(i, rng.below(i + 1)); }
        let mixed = Inputs { meta, indicators: inputs.indicators.pick_rows(&rows), denominators: inputs.denominators.pick_rows(&rows) };
        let b = run(&mixed, &r).unwrap();
        for (i, u) in a.scores.units().codes.iter().enumerate() {
            prop_assert_eq!(b.scores.get(u, "ROOT").unwrap().to_bits(), a.index()[i].to_bits());
        }
    }

    #[test]
    fn scaling_a_raw_indicator_changes_nothing_under_min_max(seed in 0u64..1_000, power in -8i32..8) {
        let inputs = made(35, 3, 3, 0.0, seed);
        let r = recipe("");
        let a = run(&inputs, &r).unwrap();
        let mut scaled = inputs;
        // powers of two and no shift, so that not even a bit may change
        scaled.indicators.column_mut(2).iter_mut().for_each(|x| *x *= 2f64.powi(power));
        let b = run(&scaled, &r).unwrap();
        prop_assert!(a.scores.same_bytes(&b.scores));
    }

    #[test]
    fn effective_weights_of_leaves_sum_to_one(seed in 0u64..1_000) {
        let r = run(&made(12, 4, 3, 0.0, seed), &recipe("")).unwrap();
        let share = r.tree().effective_weights(&r.weights);
        prop_assert!((share[..r.tree().leaves].iter().sum::<f64>() - 1.0).abs() < 1e-13);
    }

    #[test]
    fn means_stay_between_their_extremes_and_in_order(x in prop::collection::vec(0.1f64..100.0, 2..8)) {
        let w = vec![1.0; x.len()];
        let (h, g, a) = (index::mean::harmonic(&x, &w), index::mean::geometric(&x, &w), index::mean::arithmetic(&x, &w));
        let (lo, hi) = index::stats::range(&x).unwrap();
        prop_assert!(lo <= h * (1.0 + 1e-12) && h <= g * (1.0 + 1e-12) && g <= a * (1.0 + 1e-12) && a <= hi * (1.0 + 1e-12));
    }

    #[test]
    fn the_heuristic_order_never_beats_the_exact_one(seed in 0u64..500) {
        let mut rng = Rng::new(seed, 3);
        let x: Vec<Vec<f64>> = (0..7).map(|_| (0..5).map(|_| rng.uniform()).collect()).collect();
        let o = index::outrank::matrix(&x, &[1.0; 5]);
        let exact = index::outrank::kemeny(&o, 1).unwrap();
        let (score, _) = index::outrank::kemeny_heuristic(&o);
        prop_assert!(score <= exact.score + 1e-9 && score >= exact.score * 0.9);
    }
}
