//! What the engine says about single choices: robust pairs, removed nodes, reversals, vetoes, chains, frontiers.

use std::collections::BTreeMap;

use index::{
    Inputs, Recipe,
    explain::{chain, frontier, reach},
    outrank,
    robustness::{pair_robustness, rank_reversals, rank_robustness, remove_one},
    run, run_multiple,
    sensitivity::{Design, Sampling, Study, shapley_effects},
    stats::Rng,
    structure,
};

use crate::laws::made;

fn recipe(text: &str) -> Recipe {
    Recipe::from_toml(text).unwrap()
}

#[test]
fn an_order_of_two_is_as_robust_as_its_lead_against_the_largest_objection() {
    // lead (10 + 2 - 3)/3 = 3, objection 3
    let r = pair_robustness(&[30.0, 22.0, 17.0], &[20.0, 20.0, 20.0], &[1.0; 3]).unwrap();
    assert!((r - 0.5).abs() < 1e-15);
    // at that share of free weights the order just turns: (1 - r) 3 + r (-3) = 0
    assert_eq!(pair_robustness(&[2.0, 2.0], &[1.0, 2.0], &[1.0; 2]), Some(1.0), "dominance");
    assert_eq!(pair_robustness(&[2.0, 1.0], &[1.0, 2.0], &[1.0; 2]), Some(0.0), "a tie");
    assert_eq!(pair_robustness(&[f64::NAN, 1.0], &[1.0, 2.0], &[1.0; 2]), None);
    let x = vec![vec![3.0, 3.0], vec![2.0, 2.0], vec![1.0, 2.5]];
    let all = rank_robustness(&x, &[1.0; 2]);
    assert_eq!((all.pairs, outrank::dominance(&x).0), (3, 2));
    assert!((all.dominance - 2.0 / 3.0).abs() < 1e-15);
    assert!(all.prevalence.windows(2).all(|w| w[0].1 >= w[1].1), "it never rises");
}

#[test]
fn every_node_is_removed_once_and_the_rest_runs() {
    let inputs = made(40, 3, 3, 0.0, 71);
    let r = recipe("[weigh.set]\nI0_0 = 2\n[normalise.only]\nI1_1 = { method = \"rank\" }");
    let removed = remove_one(&inputs, &r).unwrap();
    assert_eq!(removed.len(), 12);
    for one in &removed {
        let (mean, largest, unit) = one.outcome.as_ref().unwrap();
        assert!(*mean > 0.0 && largest >= mean && !unit.is_empty(), "{one:?}");
    }
    let alone = made(20, 1, 2, 0.0, 5);
    let whole = remove_one(&alone, &recipe("")).unwrap();
    assert!(
        whole.iter().any(|o| o.code == "G0" && o.outcome.is_err()),
        "nothing is left without the one branch"
    );
}

#[test]
fn only_rules_that_compare_units_or_take_bounds_from_them_reverse_ranks() {
    let inputs = made(14, 2, 3, 0.0, 81);
    let fixed = recipe(
        "[bound]\nby = { method = \"fixed\", lower = -100, upper = 200 }\n[normalise]\nto = { method = \"min-max\", from = 0, to = 100 }",
    );
    let none = rank_reversals(&inputs, &fixed, 0).unwrap();
    assert_eq!(none.len(), 14);
    assert!(none.iter().all(|r| r.without == 0 && r.copied == 0));
    let compared = recipe("[aggregate]\nrule = { by = \"copeland\" }");
    let some = rank_reversals(&inputs, &compared, 5).unwrap();
    assert_eq!(some.len(), 5);
    let ranges = rank_reversals(&inputs, &recipe(""), 0).unwrap();
    assert!(ranges.iter().any(|r| r.without > 0), "the range moves when its end leaves");
    assert!(ranges.iter().all(|r| r.copied == 0), "a copy moves no range");
}

#[test]
fn a_veto_is_a_flag_and_changes_no_score() {
    let inputs = made(12, 2, 2, 0.0, 91);
    let plain = run(&inputs, &recipe("")).unwrap();
    let code = &inputs.indicators.codes()[0];
    let x = inputs.indicators.column(0);
    let limit = index::stats::quantile(x, 0.8, index::stats::QuantileType::default()).unwrap();
    let text = format!("[[veto]]\nindicator = \"{code}\"\nabove = {limit}\nname = \"a death\"\n");
    let r = run(&inputs, &recipe(&text)).unwrap();
    assert!(r.scores.same_bytes(&plain.scores) && r.ranks.same_bytes(&plain.ranks));
    let flags = r.flags();
    assert_eq!(flags.len(), x.iter().filter(|v| **v > limit).count());
    assert!(flags.iter().all(|f| f.value > f.limit && f.name == "a death" && f.indicator == *code));
    assert_eq!(Recipe::from_toml(&r.recipe.to_toml()).unwrap(), r.recipe);
    let wrong = run(&inputs, &recipe("[[veto]]\nindicator = \"zz\"\nabove = 1")).unwrap_err().to_string();
    assert_eq!(wrong, "indicator of a veto \"zz\" is not known");
    let empty = format!("[[veto]]\nindicator = \"{code}\"");
    assert!(run(&inputs, &recipe(&empty)).unwrap_err().to_string().contains("give `above`, `below` or both"));
}

#[test]
fn editions_are_chained_where_they_overlap() {
    let s = |list: &[(&str, f64)]| list.iter().map(|(p, x)| ((*p).to_owned(), *x)).collect::<Vec<_>>();
    let linked = chain(&[
        s(&[("2019", 50.0), ("2020", 60.0)]),
        s(&[("2020", 40.0), ("2021", 44.0)]),
        s(&[("2021", 11.0), ("2022", 10.0)]),
    ])
    .unwrap();
    // 60/40 = 1.5, then 66/11 = 6
    assert_eq!(linked, s(&[("2019", 50.0), ("2020", 60.0), ("2021", 66.0), ("2022", 60.0)]));
    let gap = chain(&[s(&[("2019", 50.0)]), s(&[("2021", 44.0)])]).unwrap_err().to_string();
    assert_eq!(gap, "period shared with edition \"2\" is not known");
}

#[test]
fn the_frontier_names_the_best_peer_and_what_reaching_it_would_gain() {
    let data = "uCode,G_Group,a,b\nX,p,10,0\nY,p,20,10\nZ,q,90,30\nW,q,0,40\n";
    let meta = "iCode,Type,Parent,Direction,Weight\nR,Aggregate,,1,1\na,Indicator,R,1,3\nb,Indicator,R,1,1\nG_Group,Group,,,\n";
    let (inputs, _) = Inputs::from_csv(data.as_bytes(), meta.as_bytes()).unwrap();
    let r = run(&inputs, &recipe("[normalise]\nto = { method = \"raw\" }")).unwrap();
    let everybody = frontier(&r, 0, None).unwrap();
    assert_eq!((everybody[0].code.as_str(), everybody[0].by.as_str(), everybody[0].points), ("a", "Z", 60.0));
    let peers = frontier(&r, 0, Some("G_Group")).unwrap();
    assert_eq!(
        peers.iter().map(|g| (g.code.as_str(), g.by.as_str(), g.points)).collect::<Vec<_>>(),
        [("a", "Y", 7.5), ("b", "Y", 2.5)]
    );
}

#[test]
fn the_cheapest_way_up_a_copeland_order_is_found_exactly() {
    let inputs = made(9, 3, 2, 0.0, 17);
    let text = "[normalise]\nto = { method = \"min-max\", from = 0, to = 100 }\n[aggregate.only]\nROOT = { by = \"copeland\" }";
    let r = run(&inputs, &recipe(text)).unwrap();
    let row = r.order()[6];
    let plan = reach(&r, row, 3, 100.0, &BTreeMap::new()).unwrap();
    let (cost, moves) = (plan.cost.unwrap(), plan.together.unwrap());
    let children = &r.tree().nodes[r.tree().root].children;
    let weights: Vec<f64> = children.iter().map(|&c| r.weights[c]).collect();
    let x: Vec<Vec<f64>> = (0..9).map(|i| children.iter().map(|&c| r.scores.at(i, c)).collect()).collect();
    let rank = |own: &[f64]| {
        let mut y = x.clone();
        y[row] = own.to_vec();
        let s = outrank::copeland(&y, &weights);
        1 + s.iter().filter(|v| **v > s[row]).count()
    };
    let mut moved = x[row].clone();
    for m in &moves {
        let k = children.iter().position(|&c| r.tree().nodes[c].code == m.code).unwrap();
        moved[k] = m.score.1;
    }
    assert!(rank(&moved) <= plan.rank.1, "it reaches the rank");
    // a thousand cheaper changes at random: none reaches it
    let mut rng = Rng::new(1, 1);
    for _ in 0..1_000 {
        let d: Vec<f64> = (0..3).map(|_| rng.exponential()).collect();
        let total: f64 = d.iter().sum();
        let y: Vec<f64> =
            x[row].iter().zip(&d).map(|(x, d)| (x + d / total * cost * 0.999).min(100.0)).collect();
        assert!(rank(&y) > plan.rank.1, "cheaper and enough: {y:?}");
    }
}

#[test]
fn drawn_imputations_differ_and_are_pooled() {
    let inputs = made(60, 2, 3, 0.1, 23);
    let pooled = run_multiple(&inputs, &recipe(""), 5, 1).unwrap();
    assert_eq!(pooled.len(), 60);
    let without: Vec<bool> = (0..60).map(|i| inputs.indicators.row(i).iter().any(|x| x.is_nan())).collect();
    for (u, has_holes) in pooled.iter().zip(without) {
        let p = u.score.unwrap();
        assert!((p.total - 1.2 * p.between).abs() < 1e-12, "T = W + (1 + 1/m) B");
        assert!(!has_holes || p.between > 0.0, "{}: an imputed unit is unsure", u.unit);
        assert!(u.ranks.0 <= u.ranks.1);
    }
    assert_eq!(pooled, run_multiple(&inputs, &recipe(""), 5, 1).unwrap());
}

#[test]
fn an_indicator_in_the_wrong_pillar_is_found() {
    let mut inputs = made(80, 3, 4, 0.0, 29);
    let copy: Vec<f64> = (0..80)
        .map(|i| (0..4).map(|k| inputs.indicators.named(&format!("I2_{k}")).unwrap()[i]).sum())
        .collect();
    let at = inputs.indicators.position("I0_0").unwrap();
    inputs.indicators.column_mut(at).copy_from_slice(&copy);
    let r = run(&inputs, &recipe("")).unwrap();
    let all = structure::belonging(&r, 2).unwrap();
    assert_eq!(all.len(), 12);
    let wrong = all.iter().find(|b| b.code == "I0_0").unwrap();
    assert_eq!(wrong.own, "G0");
    assert!(wrong.closest.is_some() && all.iter().filter(|b| b.is_misplaced).count() < 6);
    assert!(structure::belonging(&r, 9).is_err());
}

#[test]
fn estimated_shapley_effects_sum_to_one_and_meet_the_known_ones() {
    // y = x0 + 2 x1 + 4 x0 x2: the interaction x0 x2 is shared by halves
    let (v0, v1, v2, v02) = (9.0 / 12.0, 4.0 / 12.0, 4.0 / 12.0, 16.0 / 144.0);
    let v = v0 + v1 + v2 + v02;
    for second in [false, true] {
        let n = 4_096;
        let design = Design::new(n, 3, Sampling::Sobol, 4).unwrap();
        let y: Vec<f64> = design
            .points_with_all_mixes(second)
            .iter()
            .map(|p| p[0] + 2.0 * p[1] + 4.0 * p[0] * p[2])
            .collect();
        assert_eq!(y.len(), 8 * n);
        let got = shapley_effects(&y, n, 3, second);
        for (g, w) in got.iter().zip([v0 + v02 / 2.0, v1, v2 + v02 / 2.0]) {
            assert!((g - w / v).abs() < 0.01, "{got:?}");
        }
        assert!((got.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn exact_studies_also_give_indices_of_every_unit() {
    let inputs = made(12, 2, 3, 0.0, 33);
    let text = "per-unit = true\n[[input]]\nname = \"rule\"\nkind = \"choice\"\npath = \"aggregate.rule\"\nvalues = [{ by = \"arithmetic\" }, { by = \"median\" }]\n[[input]]\nname = \"out\"\nkind = \"drop-one\"\nindicators = [\"I0_0\", \"I1_1\"]\n";
    let out = Study::from_toml(text).unwrap().run(&inputs, &recipe(""), None).unwrap();
    assert!(out.is_exact && out.per_unit.len() == 12);
    for unit in &out.per_unit {
        assert!(unit.iter().all(|i| (-1e-9..=1.0 + 1e-9).contains(&i.first) && i.total >= i.first - 1e-9));
    }
    let estimated = format!("n = 64\nexact-up-to = 0\nshapley = true\n{text}");
    let study = Study::from_toml(&estimated).unwrap();
    let about = study.run(&inputs, &recipe(""), None).unwrap();
    assert_eq!((about.shift.len(), study.runs()), (256, 256));
    assert!((about.total.shapley.iter().sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn bounds_look_back_as_far_as_each_indicator_says_and_leave_its_outliers_out() {
    use index::stage::bound::bounds;
    use index::{Frame, Meta, Units};
    let months: Vec<String> = (1..=24).map(|m| format!("2024-{m:02}")).collect();
    let mut units = Units::of(vec!["U"; 24]);
    units.periods = Some(months.clone());
    let values: Vec<f64> = (1..=24).map(f64::from).collect();
    let mut wild = values.clone();
    wild[5] = 1_000.0;
    let frame = Frame::from_columns(
        std::sync::Arc::new(units),
        vec![("all".into(), values.clone()), ("late".into(), values), ("wild".into(), wild)],
    )
    .unwrap();
    let mut rule = recipe("[bound.outliers]\nwild = { iqr = 3, mad = 3.5 }").bound;
    rule.windows.insert("late".into(), months[12..].to_vec());
    let found = bounds(&frame, &Meta::default(), &rule).unwrap();
    let of = |code: &str| found.find(code, None).unwrap();
    assert_eq!((of("all").lower, of("all").upper, of("all").n), (1.0, 24.0, 24));
    assert_eq!((of("late").lower, of("late").window.as_str()), (13.0, "2024-13..2024-24"));
    assert_eq!((of("wild").upper, of("wild").n, of("wild").left_out), (24.0, 23, 1));
    rule.outliers.insert("none".into(), rule.outliers["wild"]);
    assert!(bounds(&frame, &Meta::default(), &rule).unwrap_err().to_string().contains("none"));
}

#[test]
fn against_the_others_a_unit_is_not_its_own_yardstick() {
    use index::explain::{Baseline, contributions};
    let result = run(&made(5, 2, 2, 0.0, 3), &recipe("")).unwrap();
    let tree = contributions(&result, 2, Baseline::Others).unwrap();
    let others =
        result.index().iter().enumerate().filter(|(i, _)| *i != 2).map(|(_, x)| x).sum::<f64>() / 4.0;
    assert!((tree.score - others - tree.points).abs() < 1e-12);
}
