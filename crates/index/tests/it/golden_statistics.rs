//! Reference values of weights, orders, reliability and components, made with R on the ASEM example.

use index::{
    Recipe, bod,
    coherence::{self, Correlation},
    mean::Penalty,
    outrank, run,
    stats::eigen_symmetric,
    weights,
};

use crate::{
    golden_coinr::{example, on_1_to_100},
    support::{Csv, golden, rel},
};

const PILLARS: [&str; 8] =
    ["ConEcFin", "Environ", "Instit", "P2P", "Physical", "Political", "Social", "SusEcFin"];

#[test]
fn entropy_critic_and_spread_weights_equal_r() {
    let (r, csv) = (on_1_to_100("arithmetic"), Csv::load("coinr/83_weights_entropy_critic.csv"));
    let columns: Vec<&[f64]> = PILLARS.iter().map(|p| r.scores.named(p).unwrap()).collect();
    let at = csv.by("pillar");
    let by = [
        ("entropy", weights::entropy(&columns).unwrap(), 1e-11), // 1 - E loses three digits in R too
        ("critic", weights::critic(&columns).unwrap(), 1e-12),
        ("std", weights::by_sd(&columns).unwrap(), 1e-12),
        ("cov_coefvar", weights::by_cv(&columns).unwrap(), 1e-12),
    ];
    for (name, w, limit) in by {
        for (p, w) in PILLARS.iter().zip(w) {
            let theirs = csv.num(at[p], name);
            assert!(rel(w, theirs) < limit, "{name} {p}: {w} {theirs}");
        }
    }
}

#[test]
fn judgements_give_the_known_weights_and_consistency() {
    let csv = Csv::load("coinr/84_ahp_5x5.csv");
    let a: Vec<Vec<f64>> =
        (0..5).map(|i| ["a1", "a2", "a3", "a4", "a5"].iter().map(|c| csv.num(i, c)).collect()).collect();
    let ours = weights::ahp(&a).unwrap();
    for i in 0..5 {
        assert!(rel(ours.weights[i], csv.num(i, "eigvec")) < 1e-10);
        assert!(rel(ours.geometric[i], csv.num(i, "geomean")) < 1e-12);
    }
    assert!(rel(ours.lambda_max, csv.num(0, "lambda_max")) < 1e-10);
    assert!(rel(ours.consistency_index, csv.num(0, "CI")) < 1e-9);
    assert!(rel(ours.consistency_ratio.unwrap(), csv.num(0, "CR_RI1.12")) < 1e-9);
}

#[test]
fn the_kemeny_order_of_eight_units_has_four_optima() {
    let (r, csv) = (example(""), Csv::load("coinr/86_kemeny_first8_exact.csv"));
    let units = &r.scores.units().codes;
    let mut first: Vec<&str> = units.iter().map(String::as_str).collect();
    first.sort_unstable();
    first.truncate(8);
    let (count, best) = (csv.num(0, "n_optimal"), csv.num(0, "score"));
    let order: Vec<usize> =
        (0..8).map(|k| first.iter().position(|u| *u == csv.text(k, "uCode")).unwrap()).collect();
    // Which columns were compared is not said: all 49 indicators or the eight pillars. One of them must fit.
    let leaves = r.tree().leaf_codes();
    let fits = [leaves.as_slice(), &PILLARS].iter().any(|codes| {
        let x: Vec<Vec<f64>> = first
            .iter()
            .map(|u| codes.iter().map(|c| r.scores.get(u, c).unwrap_or(f64::NAN)).collect())
            .collect();
        let o = outrank::matrix(&x, &vec![1.0; codes.len()]);
        let k = outrank::kemeny(&o, 100).unwrap();
        println!("{} columns: {} optima, score {}", codes.len(), k.optima, k.score * codes.len() as f64);
        k.optima as f64 == count
            && k.orders.contains(&order)
            && (k.score * codes.len() as f64 - best).abs() < 1e-6
    });
    assert!(fits);
}

#[test]
fn correlations_equal_r() {
    let r = example("");
    for (file, kind) in [
        ("60_corr_L1L2_parent_pearson", Correlation::Pearson),
        ("60_corr_L1L1_spearman", Correlation::Spearman),
    ] {
        let csv = Csv::load(&format!("coinr/{file}.csv"));
        let pairs: Vec<(&str, &str)> =
            (0..csv.rows.len()).map(|i| (csv.text(i, "Var1"), csv.text(i, "Var2"))).collect();
        let ours = coherence::correlate(&r.scores, &pairs, kind).unwrap();
        let worst = ours
            .iter()
            .enumerate()
            .map(|(i, p)| (p.r.unwrap() - csv.num(i, "Correlation")).abs())
            .fold(0.0, f64::max);
        println!("{file}: {} pairs, worst {worst:e}", ours.len());
        assert!(worst < 1e-12, "{file}: {worst:e}");
    }
}

#[test]
fn alpha_and_components_equal_r() {
    let r = example("");
    let tree = r.tree();
    let csv = Csv::load("coinr/62_cronbach_indicators_within.csv");
    for row in 0..csv.rows.len() {
        let node = tree.position(csv.text(row, "code")).unwrap();
        let columns: Vec<&[f64]> = tree.leaves_under(node).iter().map(|&k| r.scores.column(k)).collect();
        let ours = coherence::cronbach(&columns).unwrap().alpha;
        assert!(rel(ours, csv.num(row, "cronbach")) < 1e-11, "{}: {ours}", csv.text(row, "code"));
    }
    let csv = Csv::load("coinr/63_pca_eigen_L2.csv");
    for row in 0..csv.rows.len() {
        let node = tree.position(csv.text(row, "group")).unwrap();
        let columns: Vec<&[f64]> = tree.nodes[node].children.iter().map(|&k| r.scores.column(k)).collect();
        let e = eigen_symmetric(&weights::correlations(&columns).unwrap()).unwrap();
        let ours = e.values[csv.num(row, "pc") as usize - 1];
        assert!(rel(ours, csv.num(row, "eigenvalue")) < 1e-10, "{ours}");
    }
}

#[test]
fn raw_statistics_equal_coinr() {
    let (r, csv) = (example(""), Csv::load("coinr/10_raw_stats.csv"));
    let at = csv.by("iCode");
    for d in coherence::describe(&r.prepared.raw) {
        let row = at[d.code.as_str()];
        let pairs = [
            (d.min, "Min"),
            (d.max, "Max"),
            (d.mean, "Mean"),
            (d.median, "Median"),
            (d.sd.unwrap(), "Std"),
            (d.skew.unwrap(), "Skew"),
            (d.kurt.unwrap(), "Kurt"),
            (d.n as f64, "N.Avail"),
            (d.nonzero as f64, "N.NonZero"),
            (d.same as f64, "N.Same"),
        ];
        for (ours, name) in pairs {
            assert!(rel(ours, csv.num(row, name)) < 1e-12, "{} {name}: {ours}", d.code);
        }
    }
}

#[test]
fn the_mazziotta_pareto_index_uses_the_population_spread() {
    let (r, csv) = (on_1_to_100("arithmetic"), Csv::load("coinr/80_mpi_population_sd.csv"));
    for row in 0..csv.rows.len() {
        let u = csv.text(row, "uCode");
        let x: Vec<f64> = PILLARS.iter().map(|p| r.scores.get(u, p).unwrap()).collect();
        assert!(rel(index::mean::mpi(&x, Penalty::Minus), csv.num(row, "mpi_pop_minus")) < 1e-12);
        assert!(rel(index::mean::mpi(&x, Penalty::Plus), csv.num(row, "mpi_pop_plus")) < 1e-12);
    }
}

#[test]
fn the_adjusted_index_over_five_years_equals_compind() {
    let (data, csv) = (golden("coinr/81_ampi_input.csv"), Csv::load("coinr/81_ampi_compind_rounded3.csv"));
    let mut meta = String::from("iCode,Type,Parent,Direction,Weight\nAMPI,Aggregate,,1,1\n");
    for c in ["Goods", "Services", "FDI", "PRemit", "ForPort", "CostImpEx"] {
        meta.push_str(&format!("{c},Indicator,AMPI,1,1\n"));
    }
    let (inputs, _) = index::Inputs::from_csv(&data, meta.as_bytes()).unwrap();
    let recipe = Recipe::from_toml("[normalise]\nto = { method = \"ampi\", reference = \"2018\" }\n[aggregate]\nrule = { by = \"mpi\", penalty = \"minus\" }").unwrap();
    let r = run(&inputs, &recipe).unwrap();
    let mut compared = 0;
    for row in 0..csv.rows.len() {
        for year in ["2018", "2019", "2020", "2021", "2022"] {
            let i = r.scores.units().row_of(csv.text(row, "uCode"), Some(year)).unwrap();
            let theirs = csv.num(row, &format!("X{year}"));
            assert!(
                (r.index()[i] - theirs).abs() <= 0.000_500_1,
                "{} {year}: {} {theirs}",
                csv.text(row, "uCode"),
                r.index()[i]
            );
            compared += 1;
        }
    }
    println!("81_ampi: {compared} values");
}

#[test]
fn benefit_of_the_doubt_equals_the_linear_programme() {
    let (r, csv) = (on_1_to_100("arithmetic"), Csv::load("coinr/82_bod_highs.csv"));
    let units: Vec<&str> = (0..csv.rows.len()).map(|i| csv.text(i, "uCode")).collect();
    let x: Vec<Vec<f64>> =
        units.iter().map(|u| PILLARS.iter().map(|p| r.scores.get(u, p).unwrap()).collect()).collect();
    for (column, low, high) in [("bod", 0.0, 1.0), ("bod_pie_5_25", 0.05, 0.25)] {
        let ours = bod::scores(&x, low, high).unwrap();
        let worst = ours.iter().enumerate().map(|(i, s)| (s - csv.num(i, column)).abs()).fold(0.0, f64::max);
        println!("82 {column}: worst {worst:e}");
        assert!(worst < 1e-8, "{column}: {worst:e}");
    }
}
